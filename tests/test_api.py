"""From Python: the names at the top, the examples of their docstrings, and studies on panels, samples and stores."""

import contextlib
import doctest
import importlib
from dataclasses import dataclass, replace

import polars as pl
import pytest

import emtract
from emtract.econometrics.regression.spec import Spec
from emtract.errors import PanelError, ReportError, StudyError
from emtract.study import Exhibit, Study
from emtract.study.tailor import part_of

SPEC = Spec(
    y="return_open_close",
    x=("valence_market",),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    label="Same session",
)


def tiny(**changes):
    declared = Study(
        name="tiny",
        question="Does valence move with returns?",
        design="One regression.",
        papers=(),
        specs={"valence": SPEC},
        exhibits=(Exhibit("Valence", ("valence",)),),
        primary=("valence", "valence_market"),
        headline=(("valence", "valence_market"),),
    )
    return replace(declared, **changes)


@pytest.fixture
def store(demo):
    with emtract.Store.open(demo[0] / "demo.duckdb", read_only=True) as opened:
        yield opened


@pytest.fixture(scope="module")
def panel(demo):
    with emtract.Store.open(demo[0] / "demo.duckdb", read_only=True) as opened:
        return emtract.build_panel(opened, scorer="default")


def examples(name, *, within):
    """Run the docstring examples of a module's names, and return what they leave behind."""
    module = importlib.import_module(name)
    tests = [test for test in doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__) if test.examples]
    assert tests, f"{name} has no example"
    said, left = [], {}
    with contextlib.chdir(within):
        for test in tests:
            outcome = doctest.DocTestRunner().run(test, out=said.append, clear_globs=False)
            assert outcome.failed == 0, "".join(said)
            left |= test.globs
    return left


@pytest.fixture(scope="module")
def example(beside_demo):
    return examples("emtract.api", within=beside_demo)


@pytest.mark.parametrize("name", emtract.__all__)
def test_every_name_at_the_top_is_there_and_told_to_type_checkers(name):
    assert getattr(emtract, name) is not None
    assert name in dir(emtract)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'frobnicate'"):
        _ = emtract.frobnicate


def test_the_example_of_run_study_gives_every_figure_by_name(example):
    result = example["result"]
    assert result.figures()[0] == "coefficients"
    assert result.figures()[-1] == "over_time"
    assert list(result.findings) == ["predictive_family"]
    assert result.figures()[1:-1] == ("predictive_family",)
    figure = result.figure("coefficients")
    assert figure == result.figure(), "the first, where none is named"
    assert figure.layout.title.text == "Estimates"
    assert not figure.layout.updatemenus, "one group needs no button"
    shown = result.figure_data("coefficients")
    assert set(shown["term"]) == {term for r in result.results.values() for term in r.spec.x}
    with pytest.raises(ReportError, match=r"no figure 'wall'.*coefficients"):
        result.figure("wall")


def test_a_panel_and_a_store_give_the_same_numbers(panel, store):
    on_panel = emtract.run_study(tiny(), panel)
    on_store = emtract.run_study(tiny(), store, options=emtract.PanelOptions(scorer="default"))
    assert on_panel.tidy().equals(on_store.tidy())
    assert on_panel.answer() == on_store.answer()
    few = emtract.run_study(tiny(), store, options=emtract.PanelOptions(scorer="default", min_posts=3))
    assert few.tidy()["n_obs"].item() < on_panel.tidy()["n_obs"].item()


def test_part_of_a_study_keeps_what_speaks_of_it():
    study = emtract.load_study("daily_returns")
    part = part_of(study, ["predictive_emotions"])
    assert list(part.specs) == ["predictive_emotions"]
    assert part.headline == (("predictive_emotions", "happy_pre_open"),)
    assert {e.spec for e in part.expectations} == {"predictive_emotions"}
    assert part_of(study, ["drift_valence"]).headline == (("drift_valence", "valence_market"),)
    assert [e.title for e in part_of(study, list(study.specs)).exhibits] == [e.title for e in study.exhibits]
    with pytest.raises(StudyError, match="name some of the specs of daily_returns: contemporaneous_valence"):
        part_of(study, [])
    with pytest.raises(StudyError, match="no spec 'predictive_emotion': did you mean 'predictive_emotions'"):
        part_of(study, ["predictive_emotions", "predictive_emotion"])


@dataclass(frozen=True)
class Lacking:
    """A request that no store can meet."""

    def build(self, store, options):
        raise PanelError("the store holds no offers: name files under [[ipos]]")


def test_a_sample_that_the_store_cannot_give_is_named_with_its_remedy(store):
    second = replace(SPEC, sample="offers")
    study = tiny(samples={**tiny().samples, "offers": Lacking()}, specs={"valence": SPEC, "offers": second})
    result = emtract.run_study(study, store, options=emtract.PanelOptions(scorer="default"))
    assert result.skipped == {"offers": "the store holds no offers: name files under [[ipos]]"}
    assert set(result.results) == {"valence"}
    with pytest.raises(StudyError, match=r"needs the sample ipos: .*name files of IPOs"):
        emtract.run_study("ipo", store, options=emtract.PanelOptions(scorer="default"))


def test_a_result_saves_what_a_paper_needs(panel, tmp_path):
    result = emtract.run_study(tiny(), panel)
    folder = result.save(tmp_path / "paper")
    names = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    tables = {"estimates.csv", "attrition.csv", "influence.csv", "tables.tex", "tables.html", "tables.docx"}
    figures = {f"figures/{name}.{kind}" for name in ("coefficients", "over_time") for kind in ("csv", "html")}
    assert names == tables | figures | {"figures/plotly.min.js"}
    assert pl.read_csv(folder / "estimates.csv").height == result.tidy().height
    assert result.to_latex() == (folder / "tables.tex").read_text(encoding="utf-8")
    assert r"\toprule" in result.to_latex(tmp_path / "again.tex")


def test_the_prompt_exports_the_same(demo, tmp_path):
    from typer.testing import CliRunner

    from emtract.cli import app

    study = tmp_path / "tiny.py"
    study.write_text('"""Valence."""\nfrom tests.test_api import tiny\n\nSTUDY = tiny()\n', encoding="utf-8")
    command = ["study", "export", str(study), "-c", str(demo[0] / "emtract.toml"), "-o", str(tmp_path / "paper")]
    done = CliRunner().invoke(app, command)
    assert done.exit_code == 0, done.output
    assert "2 figures written to" in done.output
    assert (tmp_path / "paper/tables.docx").is_file()
    assert "Synthetic data" in (tmp_path / "paper/NOTICE.txt").read_text(encoding="utf-8")
