"""A slow connection: what matches is held on its way to the server until the test lets it go."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from playwright.sync_api import Page, Request, Route


@contextmanager
def held(page: Page, match: Callable[[Request], bool]) -> Iterator[None]:
    """Within it no request that matches goes through; at its end they all do, those held and those to come."""
    waiting: list[Route] = []
    shut = True

    def door(route: Route) -> None:
        if shut and match(route.request):
            waiting.append(route)
        else:
            route.fallback()

    page.route("**/*", door)
    yield
    shut = False
    for route in waiting:
        route.continue_()


def acts(request: Request) -> bool:
    return request.method == "POST"


def lists(request: Request) -> bool:
    """The list when it is renewed."""
    return request.headers.get("hx-target") == "desk"


def stories(request: Request) -> bool:
    """What the drawer shows."""
    return request.headers.get("hx-target") == "drawer"
