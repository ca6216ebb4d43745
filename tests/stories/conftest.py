"""The stories need a browser, a served installation, and people who sign in."""

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Playwright, StorageState, sync_playwright

from config.demo.companies import PASSWORD
from config.local import browser as local_browser
from tests.conftest import _fingerprint
from tests.stories.installation import Installation, installation
from tests.stories.visitor import PICTURES, Visitor

FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync"
).split()
PATIENCE_MS = 15_000
Visit = Callable[..., Visitor]


@pytest.fixture(scope="session")
def served(django_db_setup: None) -> Iterator[Installation]:
    for old in PICTURES.glob("*.png"):
        old.unlink()
    with installation(f"test_template_{_fingerprint()}") as running:
        yield running


@pytest.fixture(scope="session")
def playwright_here() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def chromium(playwright_here: Playwright) -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM_PATH") or local_browser.find()
    running = playwright_here.chromium.launch(executable_path=path, args=FLAGS)
    yield running
    running.close()


@pytest.fixture(scope="session")
def signed_in() -> dict[str, StorageState]:
    """By e-mail: cookies of those who already signed in, so that a story begins where it begins."""
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
    signed_in: dict[str, StorageState],
    request: pytest.FixtureRequest,
) -> Iterator[Visit]:
    """`visit("nadia@bluebird.example")` is that person at the desk; `visit()` is a stranger."""
    visitors: list[Visitor] = []
    story = request.node.name.removeprefix("test_").replace("_", "-")

    def come(email: str = "", **options: Any) -> Visitor:
        state = signed_in.get(email)
        context = chromium.new_context(
            base_url=served.address,
            storage_state=state,
            locale="en-GB",
            viewport={"width": 1440, "height": 900},
            **options,
        )
        context.set_default_timeout(PATIENCE_MS)
        visitor = Visitor(context, story)
        visitors.append(visitor)
        if email and state is None:
            sign_in(visitor, email)
            signed_in[email] = context.storage_state()
        elif email:
            visitor.go("/")
        return visitor

    yield come
    report = getattr(request.node, "story_report", None)
    for visitor in visitors:
        if report is not None and report.failed:
            visitor.show_failure()
        visitor.context.close()
    for visitor in visitors:
        visitor.is_content()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Any:
    report = yield
    if report.when == "call":
        item.story_report = report  # type: ignore[attr-defined]
    return report
