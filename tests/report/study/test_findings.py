"""Pages of studies without a panel: findings in words, files beside the page, what was not estimated."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.econometrics.estimates import estimate_row
from emtract.econometrics.finding import STORY_COLUMNS, Chart, Finding, Quantity
from emtract.errors import EstimationError
from emtract.ledger import Ledger
from emtract.report.figures.draw import draw, plot_parts
from emtract.report.figures.gallery import named_figures
from emtract.report.study.data import extent
from emtract.report.study.findings import (
    EstimateRow,
    estimate_rows,
    finding_sections,
    post_address,
    share_names,
    stories_of,
)
from emtract.report.study.page import StudyPage, write_index, write_study
from emtract.report.tables.export import study_latex
from emtract.report.tables.table import cell_texts
from emtract.study import StudyResult
from emtract.words.names import in_words, term_name
from tests.report.conftest import make_provenance
from tests.report.gallery import KINDS, gallery
from tests.report.study.test_page import HOSTILE, Elements, contents


@pytest.fixture(scope="module")
def result() -> StudyResult:
    return gallery()


@pytest.fixture(scope="module")
def written(result: StudyResult, tmp_path_factory: pytest.TempPathFactory) -> StudyPage:
    return write_study(result, make_provenance(files=2), tmp_path_factory.mktemp("gallery"), notice="Generated data.")


@pytest.fixture(scope="module")
def html(written: StudyPage) -> str:
    return written.index.read_text(encoding="utf-8")


def test_estimates_stand_in_words_with_interval_stars_and_n(result: StudyResult) -> None:
    section = finding_sections(result)[0]
    row, truth = section.rows[0], result.findings["bars"].row("high_less_low")
    assert row.label == "The first-day return for IPOs with high enthusiasm minus for IPOs with low enthusiasm"
    assert (row.estimate, row.unit, row.n) == (f"{truth['estimate']:.2f}", "percentage points", "398")
    assert row.interval == f"{truth['conf_low']:.2f} to {truth['conf_high']:.2f}".replace("-", "\u2212")
    assert section.rows[1].stars == "***" and section.units_differ


def in_text(numbers: dict[str, dict[str, float]], unit: str) -> dict[str, EstimateRow]:
    rows = [{**estimate_row(term, told, n_obs=72), **told} for term, told in numbers.items()]
    quantities = {term: Quantity(term, unit) for term in numbers}
    frame = pl.DataFrame(rows, infer_schema_length=None)
    found = Finding(estimates=frame, n_obs=72, ledger=Ledger(), notes=(), quantities=quantities)
    return {row.term: row for row in estimate_rows(found)[0]}


def test_numbers_in_the_unit_of_an_estimate_have_its_decimals() -> None:
    told = {"estimate": -16.7, "std_error": 12.3, "conf_low": -42.1, "conf_high": 8.7, "band_low": -52.149, "lags": 2.5}
    row = in_text({"a": told}, "basis points")["a"]
    assert (row.estimate, row.more) == ("\u221217", ("\u221252", "2.50"))


def test_an_estimate_far_smaller_than_others_of_its_unit_has_its_own_decimals() -> None:
    """Per basis point beside per standard deviation: 0.001 (0.000) would say nothing."""
    sizes = {"large": (0.015, 0.023), "larger": (-0.014, 0.032), "small": (0.00059, 0.0005)}
    shown = in_text({term: {"estimate": b, "std_error": s} for term, (b, s) in sizes.items()}, "standard deviations")
    assert (shown["large"].estimate, shown["large"].error) == ("0.015", "0.023")
    assert (shown["small"].estimate, shown["small"].error) == ("0.00059", "0.00050")


def test_statistics_of_a_thousand_and_more_have_no_decimals() -> None:
    assert cell_texts(pl.Series("statistic", [5.44, 1081.0, 20.06])) == ["5.44", "1,081", "20.06"]


def test_many_estimates_are_folded_but_for_those_of_the_answer(result: StudyResult) -> None:
    fan = finding_sections(result)[1]
    assert [row.term for row in fan.rows] == ["happy_1"] and len(fan.folded) == 30


def test_each_finding_has_its_section_and_the_page_no_time_strip(html: str) -> None:
    ids = Elements(html).ids
    assert [i for i in ids if i.startswith("finding-")] == [f"finding-{kind}" for kind in KINDS]
    assert not {"estimates", "tables", "time"} & set(ids) and len(ids) == len(set(ids))
    wanted = ["skipped", "expectations", "published", "limits"]
    assert [i for i in ids if i in wanted] == wanted
    for part in (
        "Generated data.",
        "this store does not give the sample factors",
        "29.73 %",
        "The sample is small.",
        "Two-sample tests",
    ):
        assert part in html


def test_the_extent_counts_what_the_sample_has(result: StudyResult) -> None:
    found = extent(result.main)
    assert (found.unit, found.rows, found.first, found.last) == ("IPOs", 398, "2012-01-03", "2019-08-13")


def test_the_data_of_every_chart_lie_beside_the_page(result: StudyResult, written: StudyPage) -> None:
    files = {p.name for p in (written.folder / "charts").iterdir()}
    charts = {"bars", "fan", "lines_1", "lines_2", "coefficients", "curve", "heat", "firms", "firms_posts"}
    assert files == {f"{name}.csv" for name in charts}
    drawn = pl.read_csv(written.folder / "charts" / "fan.csv")
    assert drawn["estimate"].to_list() == pytest.approx(result.findings["fan"].charts[0].frame["estimate"].to_list())
    manifest = json.loads(written.manifest.read_text("utf-8"))
    assert manifest["files"]["charts/fan.csv"]["bytes"] == (written.folder / "charts" / "fan.csv").stat().st_size
    assert manifest["unit"] == "IPOs" and manifest["analyses"]["bars"]["fields"]["kind"] == "Request"
    assert manifest["skipped"] == {"alphas": "this store does not give the sample factors"}


def test_numbers_on_disk_are_those_of_the_findings(result: StudyResult, written: StudyPage) -> None:
    assert pl.read_csv(written.estimates)["estimate"].to_list() == pytest.approx(result.tidy()["estimate"].to_list())


def test_two_runs_are_byte_identical_and_small(result: StudyResult, written: StudyPage, tmp_path: Path) -> None:
    again = write_study(gallery(), make_provenance(files=2), tmp_path, notice="Generated data.")
    assert contents(again.folder) == contents(written.folder)
    assert again.index.stat().st_size < 1_000_000


def test_latex_holds_estimates_and_further_tables(result: StudyResult) -> None:
    source = study_latex(result)
    assert source.count(r"\toprule") == len(KINDS) + 1
    assert (
        "high enthusiasm minus for IPOs with low enthusiasm (percentage points)" in source and "Mann-Whitney" in source
    )


def test_the_index_shows_findings_of_each_unit_on_its_own_scale(written: StudyPage) -> None:
    text = write_index(written.folder.parent).read_text("utf-8")
    assert text.count("<circle") == 1 and "N 398" in text
    assert "percentage points" in text and "basis points" in text


def test_hostile_text_never_becomes_an_element(tmp_path: Path) -> None:
    made = write_study(gallery("hostile", words=HOSTILE), make_provenance(files=1), tmp_path, notice=HOSTILE)
    for page in (made.index, write_index(tmp_path)):
        assert "img" not in Elements(page.read_text("utf-8")).tags


def row_named(label: str) -> EstimateRow:
    return EstimateRow(label, label, "", "other", "1", "", "", "", "", "", ())


def test_what_six_names_share_is_said_once() -> None:
    design = "The difference in the same-session open-to-close return that goes with one standard deviation of {} before the open"
    labels = [*(design.format(mood) for mood in ("happiness", "fear")), "Lagged return", design.format("valence")]
    parts = list(share_names([row_named(label) for label in labels]))
    assert [part.shared for part in parts] == [design.format("\u2026"), "", ""]
    assert [[name for name, _ in part.rows] for part in parts] == [["happiness", "fear"], labels[2:3], labels[3:]]


@given(st.lists(st.lists(st.sampled_from("abc"), min_size=1, max_size=9).map(" ".join), max_size=12))
def test_shared_words_and_the_rest_make_the_name_again(labels: list[str]) -> None:
    parts = list(share_names([row_named(label) for label in labels]))
    assert [row.label for part in parts for _, row in part.rows] == labels, "the order of the rows stays"
    for part in parts:
        assert (len(part.rows) > 1) == bool(part.shared)
        for rest, row in part.rows:
            assert rest and row.label == (part.shared.replace("\u2026", rest) if part.shared else rest).strip()


def test_columns_in_sentences_become_words() -> None:
    columns = {"happy_pre_open", "return_open_close", "lagged_amihud"}
    said = in_words("Sorted by happy_pre_open, return_open_close and lagged_amihud; log_x stays.", columns)
    assert (
        said
        == "Sorted by happiness before the open, same-session open-to-close return and lagged Amihud illiquidity; log_x stays."
    )


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ("happy_pre_open:high_lagged_volatility", "Happy, pre-open\u00a0× high lagged volatility"),
        ("happy_pre_open_finance", "Happy, pre-open, finance language"),
        ("return_close_close_lead_1", "Close-to-close return, 1 session later"),
        ("valence_market_shuffled", "Valence, market, shuffled"),
        ("bhar_5_12_industry", "BHAR, months 5–12, against industry"),
        ("happy_day", "Happy, whole day"),
        ("ipo_age", "IPO age"),
    ],
)
def test_names_of_made_columns(term: str, name: str) -> None:
    assert term_name(term) == name


DAYS = [dt.date(2020, 1, 1) + dt.timedelta(days=k) for k in range(40)]


def story(group="A", day=DAYS[3], body=None, **more):
    row = {
        "group": group, "x": day, "mark": "brightest", "departure": 4.0, "mood": 0.5, "posts": 12, "texts": 1,
        "share_texts": 1 / 12, "share_promoted": 0.25, "return": -0.013, "moved": -0.02,
        "emotion": "fear", "probability": 0.81, "copies": 3, "platform": "twitter", "post_id": "123",
        "created_at": dt.datetime(2020, 1, 4, 15, tzinfo=dt.UTC), "body": body,
    }  # fmt: skip
    return row | more


def chart(stories):
    frame = pl.DataFrame(
        [(g, d, 0.1 * k, 0.05, k, 100.0 + k, "") for g in ("B", "A") for k, d in enumerate(DAYS)],
        schema=["group", "x", "mood", "usual", "posts", "price", "mark"],
        orient="row",
    )
    told = pl.DataFrame(stories, schema_overrides={"body": pl.String}) if stories else None
    return Chart("firms", "Firms", frame, stories=told)


def test_views_of_stories_are_the_views_of_the_figure():
    made = chart([story("A"), story("A", DAYS[3], moved=0.01), story("A", DAYS[9]), story("B")])
    labels = plot_parts("chart-x", draw(made))["labels"]
    told = stories_of(made)
    assert labels == ["B", "A"]
    assert [[(s.day, len(s.posts)) for s in view] for view in told] == [[(DAYS[3], 1)], [(DAYS[3], 2), (DAYS[9], 1)]]
    assert told[0][0].facts == (
        "valence 0.50, 12 posts, 1 distinct text (8\u00a0%), 25\u00a0% likely promotion, return \u22121.3\u00a0%"
    )
    assert [p.moved for p in told[1][0].posts] == ["\u22120.020", "+0.010"]
    assert stories_of(chart([])) == ()


def test_a_text_stands_in_the_place_of_an_address():
    bare, texted = (stories_of(chart([story("B", body=body)]))[0][0].posts[0] for body in (None, "so low"))
    assert (bare.address, bare.body) == ("https://twitter.com/i/web/status/123", None)
    assert (texted.address, texted.body) == (None, "so low")


@pytest.mark.parametrize(
    ("platform", "post_id"),
    [("twitter", "1?x=javascript:alert(1)"), ("twitter", '1" onclick="x'), ("table", "1"), ("stocktwits", "")],
)
def test_only_ids_of_known_platforms_become_addresses(platform, post_id):
    assert post_address(platform, post_id) is None


def test_a_story_without_its_columns_is_refused():
    with pytest.raises(EstimationError, match="lacks body"):
        Chart("firms", "x", chart([]).frame, stories=pl.DataFrame([story()]).drop("body"))
    assert set(story()) == set(STORY_COLUMNS)


def test_each_firm_is_a_view_with_mood_price_posts_and_marks():
    made = chart([story("A")])
    marked = made.frame.with_columns(
        mark=pl.when(pl.col("x") == DAYS[3]).then(pl.lit("brightest")).otherwise(pl.lit(""))
    )
    figure = draw(Chart("firms", "x", marked))
    shown = [t for t in figure.data if t.visible]
    assert {t.meta["group"] for t in shown} == {"B"}
    assert len(figure.data) == 2 * len(shown) == 14
    price, mood, trailing, posts = shown[:4]
    assert list(price.y) == [100.0 + k for k in range(40)] and price.yaxis == "y2"
    assert trailing.y[39] == pytest.approx(sum(0.1 * k for k in range(20, 40)) / 20)
    assert list(posts.y) == list(range(40)) and mood.y[1] == 0.1
    assert [list(t.x) for t in shown if t.type == "scatter" and t.mode == "markers"] == [[DAYS[3].isoformat()], []]
    assert figure.layout.xaxis.rangeslider.visible


def test_a_study_with_stories_names_each_figure_once():
    assert list(named_figures(gallery(kinds=("bars", "firms")))) == ["bars", "firms"]
