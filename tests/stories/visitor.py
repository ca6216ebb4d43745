"""One person in one browser window, who notices whatever goes wrong behind the page."""

import os
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, ConsoleMessage, Locator, Page, Response

from config.local.place import CHECKOUT

PICTURES = CHECKOUT / "var" / "screenshots"
SIZES = {"wide": (1440, 900), "phone": (390, 844), "huge": (1920, 1080), "small": (360, 780)}
HIGHEST = 2400
JUDGED = {"wide": "light", "phone": "dark", "huge": "dark", "small": "light"}
"""Contrast differs by theme and layout by width: two of four pictures show both to axe."""
DRAWN = os.environ.get("PICTURES") == "all"
"""Pictures are for people: nothing judges them, and they would take as long as the rest of a story."""
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_VIOLATIONS = """([rules, alike]) => axe.run(alike ? {exclude: [[alike]]} : document,
    {runOnly: rules, resultTypes: ["violations"], preload: false}).then(found => found.violations)"""
"""What axe allows is as long as the page and is left in the browser."""
_ALIKE = "" if DRAWN else "tbody tr:nth-child(n+13)"
"""Lines of a table after the first twelve look like those; with the pictures axe reads them all."""
_SETTLED = """() => document.fonts.ready.then(() => new Promise(drawn => {
    requestAnimationFrame(() => requestAnimationFrame(drawn));
    setTimeout(drawn, 500);
}))"""
"""Drawn in its new size and colours; a window behind another one is not drawn at all."""
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Visitor:
    """`page` is Playwright's; `complaints` is what the browser held against the pages so far."""

    def __init__(self, context: BrowserContext, story: str) -> None:
        self.context = context
        self.story = story
        self.complaints: list[str] = []
        self.expected: set[int] = set()
        self.seen = 0
        self.page = self.open_window()

    def open_window(self) -> Page:
        page = self.context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("response", self._answer)
        return page

    def go(self, path: str) -> Response | None:
        return self.page.goto(path)

    def click(self, name: str, *, role: Any = "link", exact: bool = False) -> None:
        self.page.get_by_role(role, name=name, exact=exact).first.click()

    def main(self) -> Locator:
        return self.page.locator("main")

    def says(self, text: str) -> None:
        """The page, outside of what is hidden, shows this text, now or in a moment."""
        self.page.get_by_text(text).locator("visible=true").first.wait_for()

    def gets(self, path: str, *statuses: int) -> None:
        """The address answers with one of these."""
        self.expected |= set(statuses)
        answer = self.go(path)
        assert answer is not None
        assert answer.status in statuses, f"{path}: {answer.status}, not {statuses}"

    def look(
        self,
        what: str,
        *,
        sizes: tuple[str, ...] = ("wide", "phone"),
        themes: tuple[str, ...] = ("light", "dark"),
    ) -> None:
        """Light and dark, wide and narrow: nothing wider than the window, nothing that axe objects to."""
        page = self.page
        self.seen += 1
        for size in sizes:
            width = self._resize(page, size)
            for theme in themes:
                judged = JUDGED.get(size) == theme or len(themes) == 1
                if not (judged or DRAWN):
                    continue
                page.emulate_media(color_scheme=theme, reduced_motion="reduce")
                name = f"{self.story}-{self.seen:02}-{what}-{theme}-{size}"
                if DRAWN:
                    self._picture(name)
                if judged:
                    self._judge(page, name)
            too_wide = page.evaluate(_OVERFLOW)
            assert too_wide <= 0, f"{self.story}, {what}: {too_wide} px wider than a window of {width}"
        self._resize(page, "wide")
        page.emulate_media(color_scheme="light")

    def _resize(self, page: Page, size: str) -> int:
        """To a usual window first; then as high as the page, so that what sticks to an edge is seen at the edge."""
        width, height = SIZES[size]
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_load_state()
        wanted = page.evaluate("() => document.documentElement?.scrollHeight ?? 0")
        if wanted > height and size != "wide":
            page.set_viewport_size({"width": width, "height": min(wanted, HIGHEST)})
        return width

    def show_failure(self) -> None:
        self._picture(f"failed-{self.story}")

    def _picture(self, name: str) -> None:
        # Playwright would hide the caret by a style attribute on each field; where the page swaps a field just then,
        # htmx copies the attribute, and the browser complains of an inline style that is not ours.
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png", caret="initial")

    def leave(self, *, for_good: bool) -> None:
        """Closes the windows, or the browser with all that it remembers."""
        if for_good:
            self.context.close()
        for page in self.context.pages:
            page.close()

    def is_content(self) -> None:
        assert not self.complaints, "\n".join(self.complaints)

    def _judge(self, page: Page, name: str) -> None:
        page.evaluate(_SETTLED)
        if not page.evaluate("() => 'axe' in window"):
            page.evaluate(AXE_SCRIPT)
        for broken in page.evaluate(_VIOLATIONS, [WCAG, _ALIKE]):
            where = "; ".join(
                f"{' '.join(map(str, node['target']))}: {node['failureSummary']}"
                for node in broken["nodes"][:3]
            )
            self.complaints.append(f"axe, {name}: {broken['id']} ({len(broken['nodes'])}): {where}")

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type != "error" or "the server responded with a status of" in message.text:
            return
        self.complaints.append(f"console at {self.page.url}: {message.text}")

    def _answer(self, response: Response) -> None:
        if response.status >= 400 and response.status not in self.expected | {422}:
            self.complaints.append(f"{response.status} {response.request.method} {response.url}")
