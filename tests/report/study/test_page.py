"""The page: whole or not at all, the same twice, small, and deaf to hostile text."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import polars as pl
import pytest

from emtract.errors import ReportError
from emtract.ledger import Ledger
from emtract.report.files import script_json
from emtract.report.study import page as page_module
from emtract.report.study.content import spec_groups, spec_labels
from emtract.report.study.data import ledger_blocks
from emtract.report.study.page import write_index, write_study
from emtract.study import StudyResult
from tests.report.conftest import Inputs, make_provenance, make_result, simulated_panel, study

HOSTILE = "</script><script>window.hacked=1</script><img src=x onerror='window.hacked=1'>"


class Elements(HTMLParser):
    """Tags, ids and text of a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.ids += [value for key, value in attrs if key == "id" and value]

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def html(page: Path) -> str:
    return (page / "daily_returns" / "index.html").read_text(encoding="utf-8")


def small_result(name: str = "small", **changes: object) -> StudyResult:
    rng = np.random.default_rng(3)
    return make_result(replace(study(name), **changes), simulated_panel(rng, symbols=["AAA", "BBB"], sessions=30), rng)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_the_folder_holds_every_file(page: Path) -> None:
    assert set(contents(page)) == {
        "plotly.min.js",
        *(f"daily_returns/{n}" for n in ("index.html", "estimates.csv", "attrition.csv", "manifest.json", "table.tex")),
        "daily_returns/influence.csv",
        "daily_returns/charts/over_time.csv",
    }


def test_two_runs_are_byte_identical(inputs: Inputs, page: Path, tmp_path: Path) -> None:
    notice = "Synthetic data: no post here was ever written."
    write_study(inputs.result, inputs.provenance, tmp_path, notice=notice, truth=inputs.truth)
    assert contents(tmp_path) == contents(page)


def test_a_page_without_a_number_of_the_headline_shows_the_other_parts(tmp_path: Path) -> None:
    result = small_result()
    left = {name for name, _ in result.study.headline}
    rest = {name: found for name, found in result.results.items() if name not in left}
    assert rest
    without = replace(result, results=rest, skipped=dict.fromkeys(left, "could not be estimated: no rows left"))
    written = write_study(without, make_provenance(), tmp_path)
    told = json.loads((tmp_path / "small" / "manifest.json").read_text())
    assert told["headline"] == [] and "does not answer the question" in told["answer"]
    assert "does not answer the question" in written.index.read_text(encoding="utf-8")
    write_index(tmp_path)


def test_the_page_is_small(page: Path) -> None:
    assert (page / "daily_returns" / "index.html").stat().st_size < 2_000_000


def test_sections_stand_in_order(html: str) -> None:
    wanted = [
        "coefficients",
        "tables",
        "truth",
        "expectations",
        "time",
        "descriptives",
        "sample",
        "specs",
        "provenance",
    ]
    assert [i for i in Elements(html).ids if i in wanted] == wanted
    assert (
        html.index("Synthetic data")
        < html.index("<h1>")
        < html.index('class="answer"')
        < html.index('id="coefficients"')
    )


def test_no_address_leads_out_of_the_folder(html: str) -> None:
    addresses = re.findall(r'(?:src|href)="([^"#][^"]*)"', html)
    files = {"estimates.csv", "attrition.csv", "manifest.json", "table.tex", "influence.csv", "charts/over_time.csv"}
    assert set(addresses) == {"../plotly.min.js", "../index.html", *files}
    assert "http" not in re.sub(r"<meta http-equiv", "", html)


def test_the_first_screen_says_what_the_primary_number_rests_on(html: str) -> None:
    lead = html.split('<section class="lead"')[1].split("</section>", maxsplit=1)[0]
    facts = dict(re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", lead))
    assert 'id="coefficients"' in lead
    assert facts["N"].endswith("firm-sessions") and facts["Clusters"] == "87 firms, 500 sessions"
    assert {"Estimate", "Seen in 4 of 5 such samples", "Period"} <= facts.keys()
    assert not re.search(r"\d-\d|p [=<]", " ".join(facts.values())), "no narrow screen takes a date or a p apart"
    assert html.index('class="lead"') < html.index('class="contents"') < html.index('class="part"')


def test_every_entry_of_the_contents_opens_a_part(html: str) -> None:
    contents = html.split('<nav class="contents"')[1].split("</nav>", maxsplit=1)[0]
    anchors = re.findall(r'href="#([^"]+)"', contents)
    assert anchors
    for anchor in anchors:  # within the part, so that a link opens it without a script
        assert re.search(rf'</summary>\s*<section id="{anchor}"', html), anchor


def test_ids_are_unique(html: str) -> None:
    ids = Elements(html).ids
    assert len(ids) == len(set(ids))


def test_numbers_in_figures_are_short(html: str) -> None:
    data = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert len(data) == 2
    digits = [n.replace(".", "").strip("0") for n in re.findall(r"-?(\d+\.\d+)", "".join(data))]
    assert max(len(d) for d in digits) <= 5


def test_without_truth_and_notice(tmp_path: Path) -> None:
    made = write_study(small_result(), make_provenance(files=1), tmp_path)
    text = made.index.read_text(encoding="utf-8")
    assert 'id="truth"' not in text and "diamond" not in text and 'class="notice"' not in text
    assert json.loads(made.manifest.read_text(encoding="utf-8"))["notice"] is None


def test_without_expectations(tmp_path: Path) -> None:
    made = write_study(small_result(expectations=()), make_provenance(files=0), tmp_path)
    assert "states no expectation" in made.index.read_text(encoding="utf-8")


def test_inline_needs_no_neighbour(tmp_path: Path) -> None:
    made = write_study(small_result(), make_provenance(files=1), tmp_path, plotly_js="inline")
    assert not (tmp_path / "plotly.min.js").exists()
    assert "../plotly.min.js" not in made.index.read_text(encoding="utf-8")
    assert made.index.stat().st_size > 3_000_000


def test_tables_on_disk_equal_the_result(inputs: Inputs, page: Path) -> None:
    folder = page / "daily_returns"
    assert pl.read_csv(folder / "estimates.csv")["estimate"].to_list() == pytest.approx(
        inputs.result.tidy()["estimate"].to_list()
    )
    assert pl.read_csv(folder / "attrition.csv").height == inputs.result.attrition().height


def test_manifest_describes_the_page(inputs: Inputs, page: Path) -> None:
    manifest = json.loads((page / "daily_returns" / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["question"] == inputs.result.study.question
    assert manifest["provenance"]["inputs"][0]["sha256"] == inputs.provenance.inputs[0].sha256
    assert manifest["files"]["estimates.csv"]["bytes"] == (page / "daily_returns" / "estimates.csv").stat().st_size
    assert [h["term"] for h in manifest["headline"]] == ["Valence, pre-open", "Valence, market"]


def hostile_result() -> StudyResult:
    rng = np.random.default_rng(3)
    panel = simulated_panel(rng, symbols=[HOSTILE, "BBB"], sessions=30)
    panel = replace(panel, ledger=Ledger().start(HOSTILE, HOSTILE, 60, HOSTILE), settings={HOSTILE: HOSTILE})
    base = study("hostile")
    specs = {name: replace(spec, label=HOSTILE) for name, spec in base.specs.items()}
    made = replace(base, question=HOSTILE, design=HOSTILE, papers=(HOSTILE,), specs=specs)
    made = replace(made, exhibits=tuple(replace(e, title=HOSTILE, note=HOSTILE) for e in made.exhibits))
    made = replace(made, expectations=tuple(replace(e, source=HOSTILE) for e in made.expectations))
    return make_result(made, panel, rng)


def hostile_page(folder: Path) -> Path:
    provenance = replace(
        make_provenance(files=2, path=HOSTILE + "{}"),
        scorer=HOSTILE,
        sql={HOSTILE: HOSTILE},
        settings={HOSTILE: HOSTILE},
    )
    write_study(hostile_result(), provenance, folder, notice=HOSTILE)
    return write_index(folder)


def test_the_index_names_collections_beneath_it(tmp_path: Path) -> None:
    hostile_page(tmp_path / "other <b>")
    text = write_index(tmp_path).read_text(encoding="utf-8")
    assert '<a href="other%20%3Cb%3E/index.html">other &lt;b&gt;</a> <span class="quiet">1 study</span>' in text
    hostile_page(tmp_path)
    assert write_index(tmp_path).read_text(encoding="utf-8").count("Other collections") == 1


def test_hostile_text_never_becomes_an_element(tmp_path: Path) -> None:
    index = hostile_page(tmp_path).read_text(encoding="utf-8")
    text = (tmp_path / "hostile" / "index.html").read_text(encoding="utf-8")
    tags = Elements(text).tags
    assert "img" not in tags and tags.count("script") == 4
    assert "img" not in Elements(index).tags and Elements(index).tags.count("script") == 1
    for data in re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', text, re.DOTALL):
        assert "<" not in data
        json.loads(data)


def test_script_json_neutralises_and_round_trips() -> None:
    value = {"b": "</script>\u2028&", "a": [1.5, None]}
    text = script_json(value)
    assert not set("<>&\u2028") & set(text)
    assert json.loads(text) == value
    assert text.startswith('{"a"')
    with pytest.raises(ValueError, match="JSON"):
        script_json(float("nan"))


def test_a_failure_leaves_the_old_page_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_study(small_result(), make_provenance(files=1), tmp_path)
    before = contents(tmp_path)

    def fail(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(page_module, "_seal", fail)
    with pytest.raises(OSError, match="no space"):
        write_study(small_result(), make_provenance(files=1), tmp_path, notice="new")
    assert contents(tmp_path) == before
    assert sorted(p.name for p in tmp_path.iterdir()) == ["plotly.min.js", "small"]


def test_a_failing_rename_puts_the_old_page_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_study(small_result(), make_provenance(files=1), tmp_path)
    before, rename = contents(tmp_path), Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if ".new-" in self.name:
            raise PermissionError("denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(PermissionError):
        write_study(small_result(), make_provenance(files=1), tmp_path, notice="new")
    assert contents(tmp_path) == before


@pytest.mark.parametrize("name", ["../up", "a/b", ".hidden", "", "a b"])
def test_a_study_name_cannot_leave_the_folder(name: str, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match="cannot be a folder"):
        write_study(small_result(name), make_provenance(files=1), tmp_path)
    assert not any(tmp_path.iterdir())


def test_the_index_lists_finished_studies(tmp_path: Path) -> None:
    for name in ("beta", "alpha"):
        write_study(
            small_result(name), make_provenance(files=1), tmp_path, notice="Synthetic" if name == "beta" else None
        )
    (tmp_path / ".gamma.new-1").mkdir()
    (tmp_path / ".gamma.new-1" / "manifest.json").write_text("{", encoding="utf-8")
    index = write_index(tmp_path)
    text = index.read_text(encoding="utf-8")
    listed, numbers = text.split("All headline numbers", maxsplit=1)
    assert re.findall(r'href="([^"]+)"', listed) == ["alpha/index.html", "beta/index.html"]
    pages = ["alpha/index.html", "alpha/index.html", "beta/index.html", "beta/index.html"]
    assert re.findall(r'href="([^"]+)"', numbers) == ["results.csv", "results.tex", *pages]
    assert text.count("Synthetic") == 1
    assert index.read_bytes() == write_index(tmp_path).read_bytes()


def test_the_index_of_an_empty_folder_says_so(tmp_path: Path) -> None:
    assert "No study has been run" in write_index(tmp_path).read_text(encoding="utf-8")


def test_groups_take_the_first_word_or_the_shared_label() -> None:
    result = small_result()
    assert list(spec_groups(result)) == ["Contemporaneous", "Predictive", "Next"]
    relabelled = {n: replace(r, spec=replace(r.spec, label=n[:4])) for n, r in result.results.items()}
    assert list(spec_groups(replace(result, results=relabelled))) == ["cont", "pred", "next"]
    study = replace(result.study, specs={name: r.spec for name, r in relabelled.items()})
    assert spec_labels(replace(result, study=study, results=relabelled))["next_valence"] == "next, valence"
    names = ("contemporaneous_firm_month", "predictive_firm_month", "next_firm_month")
    alike = SimpleNamespace(outcomes=names, study=SimpleNamespace(label=lambda _: "Firm-month effects"))
    assert spec_labels(alike)["next_firm_month"] == "Firm-month effects, next"
    assert len({*spec_labels(alike).values()}) == len(names)
    alone = {"baseline": result.results["next_valence"], "placebo": result.results["predictive_valence"]}
    assert spec_groups(replace(result, results=alone)) == {"All specs": ("baseline", "placebo")}


def test_ledger_blocks_split_at_units_and_join_specs(inputs: Inputs) -> None:
    blocks = ledger_blocks(inputs.result.attrition(), specs=spec_labels(inputs.result))
    assert [b.unit for b in blocks] == ["posts", "post × symbol", "firm-sessions", "firm-sessions"]
    assert [b.title for b in blocks] == ["Panel", "", "", "Every specification"]
    assert blocks[0].steps[1].dropped == "−33,106"
    assert blocks[0].steps[1].kept == pytest.approx(100 * 1_871_006 / 1_904_112, abs=0.01)


def test_the_shipped_study_makes_a_page(tmp_path: Path) -> None:
    from emtract.study.run import run_study
    from tests.worlds.panels import simulate_panel

    result = run_study("daily_returns", simulate_panel(np.random.default_rng(1), 25, n_sessions=60).panel)
    text = write_study(result, make_provenance(files=3), tmp_path).index.read_text(encoding="utf-8")
    assert result.study.question in text
    assert text.count('class="regression"') == len(result.study.exhibits)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_findings_after_the_second_open_below_it_and_none_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    told = tuple(f"Finding number {i}." for i in range(count))
    monkeypatch.setattr(StudyResult, "answers", lambda _: told)
    page = write_study(small_result(), make_provenance(files=1), tmp_path).index.read_text("utf-8")
    header = page.split("<header", 1)[1].split("</header>", maxsplit=1)[0]
    plain, *folded = header.split('<details class="more">')
    assert [text in plain for text in told] == [i < 2 for i in range(count)]
    assert len(folded) == (count > 2) and all(text in header for text in told)
    assert ("3 more findings" in header) == (count == 5)
