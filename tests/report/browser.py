"""A headless Chromium under Playwright: what a page drew, logged and asked the network for, and what axe-core finds in it."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import ConsoleMessage, Page, sync_playwright
from playwright.sync_api import TimeoutError as TooLong

FLAGS = ("--disable-gpu", "--disable-background-networking", "--hide-scrollbars", "--no-first-run")
# A page that lacks Plotly's script shows its tables, and a closed part draws nothing: there is nothing to wait for.
READY = """() => document.readyState === 'complete' && (!window.Plotly || [...document.querySelectorAll('.plot')]
    .every(plot => plot.closest('details:not([open])') || plot.querySelector('.main-svg')))"""
OPEN = "document.querySelectorAll('details.part').forEach(part => part.open = true)"
# Rows of a table are made alike, and axe-core takes half a minute for all of a long page: the first few stand for the rest.
ALIKE = "tbody tr:nth-child(n+4), tbody:nth-of-type(n+4), dl > :nth-child(n+13)"
SETTLED = "() => new Promise(done => requestAnimationFrame(() => setTimeout(done, 50)))"


@dataclass
class Visit:
    """What one page did: script errors, requests, and the page itself to ask for more."""

    page: Page
    errors: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    @property
    def files(self) -> set[str]:
        """Names of the files that the page asked for; a heat map is an image that the page itself holds."""
        return {Path(url).name for url in self.requests if not url.startswith("data:")}

    def run(self, expression: str, argument: Any = None) -> Any:
        return self.page.evaluate(expression, argument)

    def settle(self) -> None:
        self.page.evaluate(SETTLED)

    def tab(self) -> bool:
        """Move the focus on by a key; False at the end of the page."""
        self.page.keyboard.press("Tab")
        return bool(self.run("document.activeElement !== document.body"))

    def faults(self) -> list[str]:
        """Serious and critical faults that axe-core finds, each with the first elements that have it; removes like rows."""
        self.run(f"document.querySelectorAll('{ALIKE}').forEach(e => e.remove())")
        options = {"resultTypes": ["violations"], "preload": False}
        found = Axe().run(self.page, options=options).response["violations"]
        return [_told(fault) for fault in found if fault["impact"] in {"serious", "critical"}]


@dataclass
class Browser:
    """One Chromium with a tab for a desk and one for a phone, each used again for the next page."""

    chromium: Chromium

    def open(
        self,
        path: Path,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        mobile: bool = False,
        opened: bool = True,
    ) -> Visit:
        """Load a file, open its parts and wait until every plot of it is drawn, or 20 seconds have passed."""
        visit = self._tab(mobile)
        visit.errors, visit.requests = [], []
        visit.page.emulate_media(color_scheme="dark" if dark else "light")
        visit.page.set_viewport_size({"width": width, "height": height})
        visit.page.goto(path.resolve().as_uri())
        if opened:
            visit.run(OPEN)
        try:
            visit.page.wait_for_function(READY, timeout=20_000)
        except TooLong:
            visit.errors.append("a plot was not drawn within 20 seconds")
        visit.settle()
        return visit

    @functools.cache  # noqa: B019
    def _tab(self, mobile: bool) -> Visit:
        page = self.chromium.new_context(is_mobile=mobile, has_touch=mobile).new_page()
        visit = Visit(page)
        page.on("pageerror", lambda error: visit.errors.append(str(error)))
        page.on("console", lambda message: visit.errors.extend(_complaints(message)))
        page.on("request", lambda request: visit.requests.append(request.url))
        page.on("websocket", lambda socket: visit.requests.append(socket.url))
        return visit

    __hash__ = object.__hash__


def _told(fault: dict[str, Any]) -> str:
    nodes = [(node["target"][0], *(check["message"] for check in node["any"])) for node in fault["nodes"][:4]]
    return f"{fault['id']} ({fault['impact']}, {len(fault['nodes'])}): {nodes}"


def _complaints(message: ConsoleMessage) -> list[str]:
    return [message.text] if message.type in {"error", "assert"} else []


@contextmanager
def launched(executable: str) -> Iterator[Browser]:
    """Start a browser of this machine; none is downloaded."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=list(FLAGS))
        yield Browser(chromium)
        chromium.close()
