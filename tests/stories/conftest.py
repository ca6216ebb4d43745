"""The stories need a browser, a served installation, and people who sign in."""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, StorageState, expect, sync_playwright

from config.demo.companies import PASSWORD
from config.local import browser as local_browser
from tests.conftest import _fingerprint
from tests.stories.installation import Installation, installation
from tests.stories.visitor import DRAWN, PICTURES, Visitor

# The frame around the pages is drawn by pages of its own, in a process for each window that nobody sees.
_UNSEEN = "PreloadTopChromeWebUI,InitialWebUI,WebUIReloadButton,WebUIOmniboxPopup,WebUIOmniboxFullPopup"
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    f" --disable-component-update --disable-sync --disable-features={_UNSEEN}"
).split()
PATIENCE_MS = 15_000
Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def served(django_db_setup: None) -> Iterator[Installation]:
    for old in PICTURES.glob("*.png" if DRAWN else "failed-*.png"):
        old.unlink()
    with installation(f"test_template_{_fingerprint()}") as running:
        yield running


@pytest.fixture(scope="session")
def playwright_here() -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright_here: Playwright) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM_PATH") or local_browser.find()
    running = playwright_here.chromium.launch(executable_path=path, args=FLAGS)
    yield running
    running.close()


@dataclass(frozen=True)
class SignedIn:
    """Somebody's browser as it was after signing in; what it has loaded of scripts and styles it keeps."""

    context: BrowserContext
    state: StorageState


@pytest.fixture
def signed_in() -> dict[str, SignedIn]:
    """By e-mail: those who already signed in, so that a story begins where it begins."""
    return {}


def sign_in(visitor: Visitor, email: str, password: str = PASSWORD) -> None:
    """By the form, as everybody does."""
    visitor.go("/accounts/login/")
    visitor.page.get_by_label("E-mail").fill(email)
    visitor.page.get_by_label("Password").first.fill(password)
    visitor.page.get_by_role("button", name="Sign in").click()
    visitor.page.wait_for_url("**/t/**")


@pytest.fixture
def visit(
    served: Installation,
    chromium: Browser,
    signed_in: dict[str, SignedIn],
    request: pytest.FixtureRequest,
) -> Iterator[Visit]:
    """`visit("nadia@bluebird.example")` is that person at the desk; `visit()` is a stranger."""
    visitors: list[Visitor] = []
    story = request.node.name.removeprefix("test_").replace("_", "-")

    def window(**options: Any) -> BrowserContext:
        context = chromium.new_context(
            base_url=served.address,
            locale="en-GB",
            viewport={"width": 1440, "height": 900},
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        return context

    def come(email: str = "", **options: Any) -> Visitor:
        known = None if options else signed_in.get(email)
        visitor = Visitor(known.context if known else window(**options), story)
        visitors.append(visitor)
        if known:
            known.context.clear_cookies()
            known.context.add_cookies(known.state["cookies"])
            visitor.go("/")
            visitor.page.evaluate("localStorage.clear()")
        elif email:
            sign_in(visitor, email)
            if not options:
                signed_in[email] = SignedIn(visitor.context, visitor.context.storage_state())
        return visitor

    yield come
    report = getattr(request.node, "story_report", None)
    if report is not None and report.failed:
        for visitor in visitors:
            visitor.show_failure()
    for visitor in visitors:
        visitor.leave(for_good=True)
    for visitor in visitors:
        visitor.is_content()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.story_report = report  # type: ignore[attr-defined]
    return report
