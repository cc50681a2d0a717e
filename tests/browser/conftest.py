"""A real browser against a real server. Every test starts from the same seeded world and fails on any console error."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests import plugin
from tests.browser.waits import settled
from tests.conftest import pointed_at

LAUNCH = [
    "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
]  # fmt: skip
QUIET = "/requests-under-way"  # see tests/browser/served.py
expect.set_options(timeout=10_000)  # milliseconds: a machine that does other work too is slow, not wrong


@dataclass
class Live:
    """A running Entrepot."""

    base: str  # "http://127.0.0.1:12345"
    database: str
    seed: str
    sandbox: str  # where the server looks for a sandbox; a test that needs one starts it there
    log: Path
    read: int = 0  # characters of the log that were looked at

    def reset(self) -> None:
        """Puts the database back as it was seeded; the server opens a connection per request, so it need not stop.
        No request may be under way, or it loses its connection: `quiet` comes first."""
        plugin.clone(self.database, self.seed)

    def quiet(self) -> None:
        """Waits until the server is at no request. A page that was closed asks nothing new, yet its last look may last."""
        urllib.request.urlopen(self.base + QUIET, timeout=30)

    def said(self) -> str:
        """What the server wrote since the last time."""
        text = self.log.read_text()
        new, self.read = text[self.read :], len(text)
        return new


@dataclass
class Trouble:
    """What went wrong inside the page. A test that provokes an error says so: `trouble.expect("409")`."""

    seen: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, text: str) -> None:
        self.expected.append(text)

    def left(self) -> list[str]:
        return [said for said in self.seen if not any(text in said for text in self.expected)]

    def watch(self, page: Page) -> None:
        def failed(request: Any) -> None:
            # A navigation or a download breaks off what was under way; that is no failure.
            if request.failure and "ERR_ABORTED" not in request.failure:
                self.seen.append(f"{request.method} {request.url}: {request.failure}")

        def answered(response: Any) -> None:
            if response.status >= 400:
                self.seen.append(f"{response.status} {response.request.method} {response.url}")

        page.on("console", lambda said: self.seen.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: self.seen.append(f"error: {error}"))
        page.on("requestfailed", failed)
        page.on("response", answered)


def _free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


def _wait_until_up(base: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if server.poll() is not None:
            break
        try:
            urllib.request.urlopen(base + "/static/none", timeout=5)
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"The server did not start:\n{log.read_text()[-3000:]}")


@pytest.fixture(scope="session")
def live(template: str, worker_name: str, django_db_blocker: Any) -> Iterator[Live]:
    """The web server, with a database of its own. No job worker runs: a test calls `core.submit.run_queued` itself."""
    from tests.browser import seed

    name, seeded = f"live_{worker_name}", f"seed_{worker_name}"
    plugin.clone(seeded, template)
    with django_db_blocker.unblock(), pointed_at(seeded):
        seed.fill()
    plugin.clone(name, seeded)
    base = f"http://127.0.0.1:{_free_port()}"
    sandbox = f"http://127.0.0.1:{_free_port()}"
    log = Path(os.environ["ENTREPOT_HOME"]) / f"server-{worker_name}.log"
    environment = {**os.environ, "DATABASE_URL": plugin.url(name), "DJANGO_SETTINGS_MODULE": "entrepot.settings",
                   "ENTREPOT_SANDBOX": sandbox, "ENTREPOT_TEST_QUIET": QUIET}  # fmt: skip
    command = [sys.executable, "-m", "gunicorn", "tests.browser.served", "--bind", base.removeprefix("http://"),
               "--worker-class", "gthread", "--threads", "6", "--graceful-timeout", "1"]  # fmt: skip
    with ExitStack() as closing:
        out = closing.enter_context(log.open("wb"))
        server = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[2], stdout=out, stderr=out)
        closing.callback(_end, server)
        _wait_until_up(base, server, log)
        yield Live(base, name, seeded, sandbox, log)
    plugin.drop(name)
    plugin.drop(seeded)


def _end(server: "subprocess.Popen[bytes]") -> None:
    server.terminate()
    try:
        server.wait(10)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def _chromium() -> str | None:
    """CHROMIUM, else a system's own; None lets Playwright take the one it installed."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # Playwright's sync API keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=_chromium(), args=[*LAUNCH, *sandbox])
        yield opened
        opened.close()


@pytest.fixture
def house(live: Live, django_db_blocker: Any) -> Iterator[Live]:
    """The server in its seeded state; in the test itself the database is open too (see `tests.cast.world_of`)."""
    live.reset()
    with django_db_blocker.unblock(), pointed_at(live.database):
        yield live
    live.quiet()
    said = live.said()
    assert "Traceback" not in said, f"The server wrote a traceback:\n{said[-5000:]}"


def session_cookie(live: Live, email: str) -> dict[str, Any]:
    """A signed-in session, made on the server's side."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from entrepot.core.models import User

    user = User.objects.get(email=email)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return {"name": settings.SESSION_COOKIE_NAME, "value": session.session_key, "url": live.base}


Opener = Callable[..., Page]


@pytest.fixture
def trouble() -> Trouble:
    return Trouble()


@pytest.fixture
def open_page(house: Live, browser: Browser, trouble: Trouble) -> Iterator[Opener]:
    """`open_page(email=…, locale=…, dark=…)` opens a page as somebody (email=None: nobody is signed in)."""
    from tests import cast

    contexts: list[BrowserContext] = []

    def opened(email: str | None = cast.ALICE, *, locale: str = "en-US", dark: bool = False, width: int = 1440) -> Page:
        if email:
            from entrepot.core.models import User

            User.objects.filter(email=email).update(language="zh-hans" if locale.startswith("zh") else "en")
        context = browser.new_context(
            base_url=house.base, locale=locale, timezone_id="UTC", color_scheme="dark" if dark else "light",
            viewport={"width": width, "height": 900}, accept_downloads=True,
        )  # fmt: skip
        contexts.append(context)
        context.set_default_timeout(10_000)
        if email:
            context.add_cookies([session_cookie(house, email)])
        page = context.new_page()
        trouble.watch(page)
        return page

    yield opened
    try:
        for context in contexts:
            for page in context.pages:
                settled(page)  # what answers late may be trouble too
    finally:
        for context in contexts:
            context.close()
    assert trouble.left() == [], "The page had trouble"


@pytest.fixture
def page(open_page: Opener) -> Page:
    """Signed in as Alice, in English, light."""
    return open_page()


@pytest.fixture
def page_zh(open_page: Opener) -> Page:
    """The same in Chinese."""
    return open_page(locale="zh-CN")


@pytest.fixture
def page_dark(open_page: Opener) -> Page:
    return open_page(dark=True)
