"""Every page that this repository carries: of the shipped models, whole, and opened once from its file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from emtract.model.registry import identify, known_models
from emtract.report.manifests import are_whole
from tests.report.browser import Browser

REPORTS = Path(__file__).parents[2] / "reports"
PAGES = sorted(REPORTS.rglob("index.html"))
MANIFESTS = sorted(REPORTS.rglob("manifest.json"))
#: One page of each study, of the model and of the index: pages of one kind differ in numbers, not in their parts.
OF_EACH_KIND = set({path.parent.name: path for path in PAGES}.values())
DRAWN = ".trace, .point, .hm, .shapelayer path"
UNDRAWN = f"[...document.querySelectorAll('.plot')].filter(p => !p.querySelector('{DRAWN}')).map(p => p.id)"


@pytest.fixture(scope="module")
def shipped() -> dict[str, str]:
    """Model -> revision."""
    return {name: identify(name)[1] for name in known_models()}


@pytest.mark.browser
@pytest.mark.parametrize("index", PAGES, ids=lambda path: path.relative_to(REPORTS).parent.as_posix())
def test_a_page_is_drawn_silent_and_without_serious_fault(browser: Browser, index: Path) -> None:
    visit = browser.open(index)
    assert visit.errors == []
    assert {url.split(":")[0] for url in visit.requests} <= {"file", "data", "blob"}
    assert visit.run(UNDRAWN) == []
    if index in OF_EACH_KIND:
        # What is drawn in a plot counts as one image, which the page names: axe-core need not walk through it.
        visit.run("document.querySelectorAll('.plot').forEach(plot => plot.replaceChildren())")
        assert visit.faults() == []


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.relative_to(REPORTS).parent.as_posix())
def test_a_page_names_the_models_that_are_shipped(shipped: dict[str, str], path: Path) -> None:
    told = json.loads(path.read_text(encoding="utf-8"))
    told |= {"instruments": [(told["provenance"]["scorer"], told["provenance"]["revision"])]}
    told["instruments"] += [(s["scorer"], s["revision"]) for s in told["provenance"].get("scores", ())]
    named = [(scorer, revision) for scorer, revision in told["instruments"] if scorer in shipped]
    assert named
    assert named == [(scorer, shipped[scorer]) for scorer, _ in named]
    assert "failed" not in told


@pytest.mark.parametrize("path", MANIFESTS, ids=lambda path: path.relative_to(REPORTS).parent.as_posix())
def test_a_page_has_the_files_that_its_manifest_tells_of(path: Path) -> None:
    assert are_whole(path.parent, json.loads(path.read_text(encoding="utf-8")))
