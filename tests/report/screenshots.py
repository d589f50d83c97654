"""Pictures of the main pages for the README: `make screenshots`, after the pages under reports/ were built."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emtract.report.figures.export import find_browser
from tests.report.browser import launched

if TYPE_CHECKING:
    from tests.report.browser import Browser, Visit

REPORTS = Path(__file__).parents[2] / "reports"
FOLDER = REPORTS / "screenshots"


@dataclass(frozen=True)
class Shot:
    """One picture: which page, from which element on, how large, and what is done before."""

    name: str
    page: str
    start: str = "header.top"
    width: int = 1180
    height: int = 900
    dark: bool = False
    mobile: bool = False


_OPEN = "place => { for (let a = document.querySelector(place); a; a = a.parentElement) if (a.matches('details')) a.open = true }"

SHOTS = (
    Shot("daily_returns", "daily_returns"),
    Shot("table", "daily_returns", start="#tables"),
    Shot("overview", "overview", start="[id^=finding-unusual]", height=1060),
    Shot("hours", "overview", start="[id^=finding-hours]", height=620),
    Shot("persistence", "persistence", start="main section"),
    Shot("robustness", "robustness", start="main section", height=1000),
    Shot("ipo", "generated/ipo", start="main section", height=1000),
    Shot("model", "model", start="main section", height=1000),
    Shot("index", "."),
    Shot("dark", "daily_returns", dark=True),
    Shot("phone", "overview", width=390, height=844, mobile=True),
)


def take(browser: Browser, shot: Shot) -> bytes:
    """Open a page and return a picture of its part as PNG."""
    visit = browser.open(
        REPORTS / shot.page / "index.html", width=shot.width, height=shot.height, dark=shot.dark, mobile=shot.mobile
    )
    # A closed part is opened, and its figure drawn.
    visit.run(_OPEN, shot.start)
    visit.page.wait_for_timeout(400)
    return visit.page.screenshot(full_page=True, clip=_clip(visit, shot))


def _clip(visit: Visit, shot: Shot) -> dict[str, Any]:
    place = f"(document.querySelector('{shot.start}') ?? document.body).getBoundingClientRect().top + scrollY"
    top = 0 if shot.start == "header.top" else max(0, visit.run(place) - 8)
    return {"x": 0, "y": top, "width": shot.width, "height": shot.height}


def main() -> None:
    """Take every picture."""
    if (found := find_browser()) is None:
        raise SystemExit("no Chrome or Chromium on the path: install one, e.g. apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with launched(found) as browser:
        for shot in SHOTS:
            (FOLDER / f"{shot.name}.png").write_bytes(take(browser, shot))


if __name__ == "__main__":
    main()
