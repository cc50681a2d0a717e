"""Signing up, in, and in two steps; organizations and members, played in a browser."""

import re
import time

import pytest
from playwright.sync_api import Page, expect
from tests import cast
from tests.browser.conftest import Live, Opener, Trouble
from tests.browser.waits import follow

pytestmark = pytest.mark.browser
PASSWORD = "lantern harbour seven"


def sign_in(page: Page, email: str, password: str) -> None:
    page.goto("/sign-in/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    follow(page.get_by_role("button", name="Sign in"))


def code_of(secret: str) -> str:
    """The code that an authenticator app shows whose clock is half a minute ahead. It is the right one soon."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + 1)))


def test_a_newcomer_signs_up_and_owns_an_organization(open_page: Opener) -> None:
    page = open_page(None)
    page.goto("/")
    expect(page).to_have_url(re.compile("/sign-in/"))
    follow(page.get_by_role("link", name="Create an account"))
    page.get_by_label("Your name").fill("Mina Park")
    page.get_by_label("E-mail").fill("mina@loom.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    follow(page.get_by_role("button", name="Create account"))
    page.get_by_label("Name of the organization").fill("Loom & Co")
    page.get_by_label("Time zone").fill("Mars/Olympus")
    follow(page.get_by_role("button", name="Create organization"))
    expect(page.get_by_text("There is no time zone of this name.")).to_be_visible()
    page.get_by_label("Time zone").fill("Asia/Shanghai")
    follow(page.get_by_role("button", name="Create organization"))
    expect(page.locator(".rail .org")).to_have_text("Loom & Co")
    page.goto("/settings/members/")
    expect(page.locator("tbody tr")).to_contain_text(["Mina Park (you)"])


def test_an_invited_person_opens_the_link_and_chooses_a_password(open_page: Opener) -> None:
    owner = open_page()
    owner.goto("/settings/members/")
    owner.get_by_label("Name").fill("Dora")
    owner.get_by_label("E-mail").fill("dora@lantern.example")
    owner.get_by_label("Role").select_option("packer")
    follow(owner.get_by_role("button", name="Make the invitation"))
    link = owner.get_by_label("Invitation link").input_value()
    owner.goto("/settings/members/")
    expect(owner.get_by_label("Invitation link")).to_have_count(0)
    expect(owner.get_by_text("dora@lantern.example")).to_have_count(0)

    page = open_page(None)
    page.goto(link)
    expect(page.get_by_role("heading", name="Join Lantern Lane")).to_be_visible()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_label("Password again").fill(PASSWORD)
    follow(page.get_by_role("button", name="Choose this password and join"))
    expect(page.locator(".rail .org")).to_have_text("Lantern Lane")
    page.goto("/settings/members/")
    expect(page.get_by_text("Only owners change members.")).to_be_visible()
    expect(page.get_by_role("button", name="Make the invitation")).to_have_count(0)


def test_a_given_password_works_once_and_an_own_one_is_chosen(open_page: Opener) -> None:
    owner = open_page()
    owner.goto("/settings/members/")
    follow(owner.get_by_role("row", name="Bob").get_by_role("link", name="Edit"))
    follow(owner.get_by_role("button", name="Give a new password"))
    password = owner.locator("#one-time-password").inner_text()
    owner.goto("/settings/members/")
    expect(owner.get_by_text(password)).to_have_count(0)

    page = open_page(None)
    sign_in(page, cast.BOB, password)
    expect(page).to_have_url(re.compile("/account/password/"))
    page.get_by_label("Current password").fill(password)
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_label("New password again").fill(PASSWORD)
    follow(page.get_by_role("button", name="Save password"))
    expect(page.get_by_text("Your password is changed.")).to_be_visible()


def test_the_last_owner_cannot_step_down(page: Page) -> None:
    page.goto("/settings/members/")
    follow(page.get_by_role("row", name="Alice").get_by_role("link", name="Edit"))
    page.get_by_label("Role").select_option("viewer")
    follow(page.get_by_role("button", name="Save"))
    expect(page.get_by_role("alert")).to_contain_text("An organization needs an owner.")


def test_two_step_sign_in_asks_for_the_code_and_takes_a_recovery_code(open_page: Opener) -> None:
    page = open_page(None)
    sign_in(page, cast.BOB, cast.PASSWORD)
    expect(page).to_have_url(re.compile("/account/password/"))  # the very first sign-in
    page.goto("/account/two-step/app/")
    expect(page.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    page.get_by_label("Password").fill(cast.PASSWORD)
    follow(page.get_by_role("button", name="Confirm"))
    expect(page.locator(".qr img")).to_be_visible()
    page.get_by_label("Six-digit code").fill("000000")
    follow(page.get_by_role("button", name="Switch on"))
    expect(page.locator(".errorlist")).to_contain_text("Incorrect code.")
    secret = page.locator(".secret").inner_text()
    page.get_by_label("Six-digit code").fill(code_of(secret))
    follow(page.get_by_role("button", name="Switch on"))
    expect(page.locator(".codes li")).to_have_count(10)
    codes = page.locator(".codes li").all_inner_texts()
    page.locator("details.menu summary").last.click()
    follow(page.get_by_role("button", name="Sign out"))

    sign_in(page, cast.BOB, cast.PASSWORD)
    expect(page.get_by_role("heading", name="Second step")).to_be_visible()
    page.get_by_label("Six-digit code, or a recovery code").fill("123456")
    follow(page.get_by_role("button", name="Sign in"))
    expect(page.locator(".errorlist")).to_contain_text("Incorrect code.")
    page.get_by_label("Six-digit code, or a recovery code").fill(codes[0])
    follow(page.get_by_role("button", name="Sign in"))
    expect(page.locator(".rail .org")).to_have_text("Lantern Lane")
    page.goto("/account/two-step/")
    expect(page.get_by_text("9 unused codes are left.")).to_be_visible()


def test_too_many_wrong_passwords_say_how_long_to_wait(open_page: Opener, trouble: Trouble) -> None:
    trouble.expect("429")
    page = open_page(None)
    for number in range(8):
        sign_in(page, cast.BOB, f"wrong password {number}")
    expect(page.get_by_role("heading", name="Too many wrong passwords")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("closed for 15 minutes")


def test_a_forgotten_password_says_who_gives_a_new_one(open_page: Opener) -> None:
    page = open_page(None)
    page.goto("/sign-in/")
    follow(page.get_by_role("link", name="Forgot your password?"))
    expect(page.get_by_text("No mail server is set up here")).to_be_visible()
    expect(page.get_by_text("entrepot set-password")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_have_count(0)


def test_the_profile_changes_language_and_rows(house: Live, page: Page) -> None:
    page.goto("/account/")
    page.get_by_label("Language").select_option("zh-hans")
    page.get_by_label("Time zone").fill("Asia/Shanghai")
    page.get_by_label("Compact rows").check()
    follow(page.get_by_role("button", name="Save"))
    expect(page.get_by_text("已保存。")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    expect(page.locator("body.compact")).to_have_count(1)


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-up/", "/password/forgotten/"])
def test_the_entrance_speaks_chinese_too(open_page: Opener, path: str) -> None:
    page = open_page(None, locale="zh-CN", dark=True)
    page.goto(path)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    shown = page.locator(".entrance").inner_text().replace("entrepot set-password you@example.com", "")
    assert re.search(r"[A-Za-z]{4,}", shown) is None
