"""The set-up pages over HTTP: who sees what, in both languages, in a fixed number of statements."""

import time
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret, hotp_value
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.cast import ALICE, AT, BOB, CHARLIE, World, draft, line

from entrepot.core import files
from entrepot.core.models import User
from entrepot.core.permissions import Permission

PAGES = (
    "/account/", "/account/password/", "/account/two-step/", "/settings/organization/", "/settings/members/",
    "/settings/tokens/", "/settings/stores/", "/settings/stores/new/", "/settings/services/", "/settings/services/new/",
    "/import/", "/stock/", "/stock/?short=1&q=SKU", "/stock/skus/", "/stock/skus/?q=SKU-1", "/stock/skus/new/",
    "/pairing/", "/pairing/?show=paired&q=SKU",
)  # fmt: skip
ONLY_FOR_SETTINGS = ("/settings/organization/", "/settings/stores/new/", "/settings/services/new/")


@pytest.fixture(autouse=True)
def static_folder() -> None:
    """WhiteNoise warns when there is none; `entrepot up` makes it."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)


def client_of(email: str, language: str = "en") -> Client:
    User.objects.filter(email=email).update(language=language)
    client = Client()
    client.force_login(User.objects.get(email=email), backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("path", PAGES)
def test_every_page_opens_for_its_owner_in_both_languages(alice: World, path: str, language: str) -> None:
    alice.take_in(draft("B-1", line("GIFT-SET")))
    answer = client_of(ALICE, language).get(path)
    assert answer.status_code == 200
    assert ("设置" in answer.content.decode()) is (language == "zh-hans")


@pytest.mark.parametrize("path", ONLY_FOR_SETTINGS)
def test_a_packer_is_told_that_the_role_does_not_allow_it(bob: World, path: str) -> None:
    assert client_of(BOB).get(path).status_code == 403


def test_a_packer_cannot_post_what_the_page_does_not_offer(bob: World) -> None:
    client = client_of(BOB)
    for path, data in (
        (
            "/stock/receive/",
            {"sku": "SKU-00", "pieces": "5", "bin_code": "A-00", "uuid": "0a0b7d52-3c1c-4d1e-8f0e-6d1f4f1f5f10"},
        ),
        ("/pairing/make/", {}),
        ("/settings/members/1/", {"name": "Bob", "role": "owner", "is_active": "on"}),
        ("/settings/services/accounts/", {"name": "Mine"}),
        ("/import/", {"kind": "orders", "files": SimpleUploadedFile("a.csv", b"x")}),
    ):
        assert client.post(path, data).status_code == 403, path
    assert bob.shelf("SKU-00") == (10_000, 0)


def test_charlie_finds_nothing_of_alice_s(alice: World, charlie: World) -> None:
    store, service = alice.store.id, alice.service()
    ((stock,),) = alice.rows("SELECT min(id) FROM inventory_stock WHERE organization_id = %s")
    ((sku,),) = alice.rows("SELECT min(id) FROM catalog_sku WHERE organization_id = %s")
    with alice.scope():
        file_id = files.store(
            alice.organization_id, "secret.csv", "text/csv", b"a,b\n1,2\n", AT, permission=Permission.IMPORT
        )
    client = client_of(CHARLIE)
    paths = (
        f"/settings/stores/{store}/", f"/settings/services/{service}/", f"/stock/{stock}/", f"/stock/skus/{sku}/",
        f"/import/{file_id}/", f"/settings/members/{alice.actor.member_id}/",
    )  # fmt: skip
    assert [client.get(path).status_code for path in paths] == [404] * 6


@pytest.mark.parametrize(
    ("path", "most"), [("/stock/", 16), ("/stock/skus/", 16), ("/pairing/", 17), ("/settings/services/", 17)]
)
def test_a_list_costs_a_fixed_number_of_statements(alice: World, path: str, most: int) -> None:
    client = client_of(ALICE)
    alice.take_in(*[draft(f"B-{n}", line(f"NEW-{n}"), n=n) for n in range(30)])
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as few:
        client.get(path)
    alice.stock({f"MORE-{n}": 3 for n in range(60)})
    alice.take_in(*[draft(f"C-{n}", line(f"ODD-{n}"), n=n) for n in range(60)])
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(many) == len(few) <= most


def test_a_wrong_number_adds_none_of_the_pasted_ones(alice: World) -> None:
    service = alice.service()
    before = alice.value("SELECT count(*) FROM connections_poolednumber WHERE organization_id = %s")
    answer = client_of(ALICE).post(f"/settings/services/{service}/numbers/", {"numbers": "LX000000014DE RB12"})
    assert "1 number cannot be taken, so none was added." in answer.content.decode()
    assert alice.value("SELECT count(*) FROM connections_poolednumber WHERE organization_id = %s") == before


def test_a_range_of_the_post_fills_the_pool(alice: World) -> None:
    data = {"letters": "lx", "first": "1", "last": "3", "country": "de"}
    answer = client_of(ALICE).post(f"/settings/services/{alice.service()}/numbers/", data)
    assert answer.status_code == 302
    added = alice.column(
        "SELECT number FROM connections_poolednumber WHERE organization_id = %s AND number LIKE 'LX%%' ORDER BY id"
    )
    assert added == ["LX000000014DE", "LX000000028DE", "LX000000031DE"]


def test_a_new_token_is_shown_once_and_works(alice: World) -> None:
    from entrepot.core.clock import now
    from entrepot.core.tokens import actor_of_token

    client = client_of(ALICE)
    page = client.post("/settings/tokens/", {"name": "script", "expires": "30", "scopes": ["view"]}).content.decode()
    token = page.split('id="fresh-token">')[1].split("<")[0]
    actor = actor_of_token(token, at=now())
    assert actor is not None
    assert [permission.value for permission in actor.permissions] == ["view"]
    assert token not in client.get("/settings/tokens/").content.decode()


def test_nobody_gives_a_token_more_than_the_own_role_has(bob: World) -> None:
    answer = client_of(BOB).post("/settings/tokens/", {"name": "x", "expires": "30", "scopes": ["members"]})
    assert 'id="fresh-token"' not in answer.content.decode()
    assert bob.value("SELECT count(*) FROM core_apitoken WHERE organization_id = %s") == 0


def test_eight_wrong_passwords_close_the_door_for_this_e_mail(alice: World) -> None:
    client: Any = Client()
    said = [client.post("/sign-in/", {"login": ALICE, "password": f"wrong {n}"}).status_code for n in range(9)]
    assert said == [200] * 7 + [429] * 2
    locked = client.post("/sign-in/", {"login": ALICE, "password": "correct horse battery"})
    assert locked.status_code == 429
    assert "Too many wrong passwords" in locked.content.decode()
    other = client.post("/sign-in/", {"login": BOB, "password": "correct horse battery"})
    assert other.status_code == 302


def second_step(address: str) -> Any:
    """A client of Alice that is asked for her code."""
    client: Any = Client(REMOTE_ADDR=address)
    answer = client.post("/sign-in/", {"login": ALICE, "password": "correct horse battery"})
    assert answer.headers["Location"] == "/sign-in/second-step/"
    return client


def test_eight_wrong_codes_close_the_second_step_from_every_address_and_the_right_one_forgets_them(
    alice: World,
) -> None:
    secret = generate_totp_secret()
    user = User.objects.get(email=ALICE)
    TOTP.activate(user, secret)
    (backup,) = RecoveryCodes.activate(user).generate_codes()[:1]
    code = f"{hotp_value(secret, int(time.time()) // 30):06}"
    wrong = f"{(int(code) + 1) % 10**6:06}"

    def tries(client: Any, *codes: str) -> list[int]:
        return [client.post("/sign-in/second-step/", {"code": one}).status_code for one in codes]

    first = second_step("192.0.2.1")
    assert tries(first, *[wrong] * 5, backup) == [200] * 5 + [302]  # five wrong ones are forgotten
    second = second_step("192.0.2.2")
    assert tries(second, *[wrong] * 9) == [200] * 7 + [429] * 2
    third = second_step("192.0.2.3")
    refused = third.post("/sign-in/second-step/", {"code": code})
    assert refused.status_code == 429
    assert "Too many wrong codes" in refused.content.decode()
    assert third.get("/desk/review/").status_code == 302  # still outside


@pytest.mark.parametrize("path", ["/account/password/", "/account/two-step/", "/stock/"])
def test_the_counts_beside_a_page_are_the_organization_s(alice: World, path: str) -> None:
    alice.orders(3)
    page = client_of(ALICE).get(path).content.decode()
    assert "<span>To review</span><b>3</b>" in page


def test_the_button_of_receiving_pressed_twice_receives_once(alice: World) -> None:
    client, before = client_of(ALICE), alice.shelf("SKU-00")
    uuid = client.get("/stock/").content.decode().split('name="uuid" value="')[1].split('"')[0]
    for _press in range(2):
        said = client.post("/stock/receive/", {"sku": "SKU-00", "bin_code": "A-00", "pieces": "10", "uuid": uuid})
        assert said.status_code == 302
    assert alice.shelf("SKU-00") == (before[0] + 10, before[1])


@pytest.mark.parametrize("path", ["/stock/skus/?q=%00&after=%00", "/stock/skus/suggest/?q=%00", "/stock/?q=%00"])
def test_a_sign_that_cannot_be_stored_is_not_searched_for_and_not_taken_in(alice: World, path: str) -> None:
    client = client_of(ALICE)
    assert client.get(path).status_code == 200
    held = {"ids": str(alice.orders(1)[0]), "reason": "a\0b", "uuid": "0a0b7d52-3c1c-4d1e-8f0e-6d1f4f1f5f10"}
    assert client.post("/desk/review/do/hold/", held).status_code == 400


def test_digits_of_others_and_numbers_too_large_are_no_ids_and_no_pieces(alice: World) -> None:
    client = client_of(ALICE)
    for ids in ("9" * 25, "²"):
        answer = client.post("/notices/do/retry/", {"ids": ids, "uuid": "0a0b7d52-3c1c-4d1e-8f0e-6d1f4f1f5f10"})
        assert "Nothing is selected." in answer.content.decode()
    alice.take_in(draft("B-1", line("GIFT-SET")))
    listing = alice.value("SELECT id FROM catalog_listing WHERE organization_id = %s AND code = 'GIFT-SET'")
    said = client.post(f"/pairing/{listing}/", {"sku": "SKU-00", "pieces": "²"}, follow=True).content.decode()
    assert "Each SKU stands once, with 1 to 10,000 pieces." in said
