"""A new key for secrets at rest: every secret is under it afterwards, and still says the same."""

from pathlib import Path

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP
from cryptography.fernet import Fernet
from django.conf import settings
from tests.cast import ALICE, AT, World

from entrepot.connections import grants
from entrepot.connections.stores import create_store
from entrepot.core import secrets
from entrepot.core.models import User
from entrepot.core.rotate import rewrite_secrets
from entrepot.marketplaces.contract import App, Grant


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.delenv("ENTREPOT_FERNET_KEYS", raising=False)
    monkeypatch.setattr(settings, "HOME", tmp_path)
    return secrets.key_file()


def granted(world: World) -> int:
    with world.scope():
        store = create_store(
            organization_id=world.organization_id, name="Shop", marketplace="shopify", currency="USD", time_zone="UTC",
            actor=world.actor, at=AT,
        )  # fmt: skip
        grants.keep_grant(world.organization_id, store.id, App("k", "s", {}, {}), Grant("acc", "tok", "ref"), AT)
    return store.id


def test_every_secret_is_under_the_new_key_and_says_the_same(alice: World, keys: Path) -> None:
    store, user = granted(alice), User.objects.get(email=ALICE)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    codes = RecoveryCodes.activate(user).generate_codes()
    (old,) = keys.read_text().split()
    before = alice.value("SELECT secrets FROM connections_grant WHERE organization_id = %s AND store_id = %s", store)
    assert secrets.add_key()
    assert (keys.stat().st_mode & 0o777, len(keys.read_text().split())) == (0o600, 2)
    assert rewrite_secrets() == 3
    keys.write_text(keys.read_text().replace(old, "").strip() + "\n")  # the old key is gone for good
    after = alice.value("SELECT secrets FROM connections_grant WHERE organization_id = %s AND store_id = %s", store)
    new = Fernet(keys.read_text().strip())
    assert new.decrypt(after.encode()) == Fernet(old).decrypt(before.encode())
    assert b"tok" in new.decrypt(after.encode())
    steps = {one.type: one.data for one in user.authenticator_set.all()}
    assert get_adapter().decrypt(steps["totp"]["secret"]) == "JBSWY3DPEHPK3PXP"
    assert RecoveryCodes(user.authenticator_set.get(type="recovery_codes")).generate_codes() == codes


def test_keys_of_the_environment_are_not_ours_to_add_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENTREPOT_FERNET_KEYS", Fernet.generate_key().decode())
    assert secrets.add_key() is False
