"""The whole line on a small archive with a scorer that needs no model: what is done is skipped, what changed is redone."""

import json
import shutil
from datetime import date, datetime, time, timedelta
from types import SimpleNamespace

import msgspec
import numpy as np
import pytest

from emtract import pipeline
from emtract.config import PostSource, PriceSource, ReportSettings, Settings, StoreSettings, StudySettings
from emtract.emotions import EMOTIONS
from emtract.errors import ConfigError, StudiesFailedError, StudyError
from emtract.misreading import KEY, misreading_of
from emtract.options import PanelSettings
from emtract.panel.sessions import sessions
from emtract.pipeline import files, pages, panel, scoring, studies
from emtract.scoring import Scope
from tests.conftest import FakeScorer

SYMBOLS = [f"ZQ{a}{b}" for a in "ABC" for b in "ABCD"]
#: One regression: the laws of the line are those of any study, and the demonstration runs the shipped one.
STUDY = '''"""Valence and returns."""

from emtract.econometrics.regression.spec import Spec
from emtract.study import Exhibit, Study

SPEC = Spec(
    y="return_open_close", x=("valence_pre_open",), effects=("symbol", "session"), covariance="clustered",
    clusters=("symbol",), small_sample="fixest", standardise=("valence_pre_open",),
)
STUDY = Study(
    name="mine", question="Does valence predict returns?", design="A panel.", papers=(), specs={"main": SPEC},
    exhibits=(Exhibit("Valence and returns", ("main",)),), primary=("main", "valence_pre_open"),
    headline=(("main", "valence_pre_open"),),
)
'''


MODULES = (scoring, pages, panel)
made_scorers: list[FakeScorer] = []


def make_scorer(*_):
    made_scorers.append(FakeScorer())
    return made_scorers[-1]


def line_settings(folder):
    return Settings(
        store=StoreSettings(path="s.duckdb"),
        posts=(PostSource(files="posts/*.jsonl", format="stocktwits"),),
        prices=(PriceSource(files="prices/*.csv"),),
        panel=PanelSettings(volatility_sessions=5),
        studies=("mine.py",),
        base=folder,
    )


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    """The files of a user who has run nothing yet."""
    folder = tmp_path_factory.mktemp("archive")
    write_archive(folder, np.random.default_rng(3))
    (folder / "mine.py").write_text(STUDY)
    return folder


@pytest.fixture(scope="module")
def run_once(archive, tmp_path_factory):
    """The same folder after one run."""
    folder = shutil.copytree(archive, tmp_path_factory.mktemp("run") / "once")
    with pytest.MonkeyPatch.context() as patch:
        for module in MODULES:
            patch.setattr(module, "open_scorer", make_scorer)
        pipeline.run(line_settings(folder))
    return folder


@pytest.fixture
def _fake_scorer(monkeypatch):
    made_scorers.clear()
    for module in MODULES:
        monkeypatch.setattr(module, "open_scorer", make_scorer)


@pytest.fixture
def settings(archive, tmp_path, _fake_scorer):
    """A copy of the archive that nobody has run."""
    return line_settings(shutil.copytree(archive, tmp_path, dirs_exist_ok=True))


@pytest.fixture
def ran(run_once, tmp_path, _fake_scorer):
    """A copy of the folder after its first run."""
    return line_settings(shutil.copytree(run_once, tmp_path, dirs_exist_ok=True))


@pytest.fixture
def scored(ran):
    """The same with no page."""
    shutil.rmtree(ran.base / "reports")
    return ran


def write_archive(folder, rng):
    (folder / "posts").mkdir()
    (folder / "prices").mkdir()
    calendar = sessions("XNYS", date(2015, 1, 5), date(2015, 4, 30))["session"].to_list()
    number = 0
    for symbol in SYMBOLS:
        price, rows, posts = 20.0, [], []
        for day in calendar:
            opening = price * (1 + rng.normal(0, 0.005))
            price = opening * (1 + rng.normal(0, 0.01))
            rows.append(
                f"{day},{opening:.6f},{max(opening, price):.6f},{min(opening, price):.6f},{price:.6f},{price:.6f},1000"
            )
            for hour in [12] * rng.integers(1, 3) + [16] * rng.integers(1, 3):
                number += 1
                when = datetime.combine(day, time(hour)) + timedelta(seconds=int(rng.integers(3000)))
                body = f"${symbol} " + " ".join(f"w{chr(97 + i)}" for i in rng.integers(0, 26, 3))
                user = {"id": int(rng.integers(99)), "followers": int(rng.integers(999))}
                posts.append(
                    json.dumps(
                        {"id": number, "body": body, "created_at": f"{when.isoformat()}Z", "user": user, "symbols": []}
                    )
                )
        header = "Date,Open,High,Low,Close,Adj Close,Volume"
        (folder / f"prices/{symbol}.csv").write_text("\n".join([header, *rows]) + "\n")
        (folder / f"posts/{symbol}.jsonl").write_text("\n".join(posts) + "\n")


def rests(settings, store):
    """What the page of the study depends on."""
    return pages.find_study(settings, "mine.py").provenance(pages.find_origin(settings, store))


def read():
    return sum(len(s.read) for s in made_scorers)


def test_a_second_run_finds_nothing_to_do_and_a_changed_input_is_redone(settings):
    seen = []
    first = pipeline.run(settings, progress=lambda *call: seen.append(call))
    assert not first.nothing_to_do
    assert {stage.split(" (")[0] for stage, _, _ in seen} >= {"ingest", "clean", "score", "studies"}
    page, built = first.studies["mine.py"]
    assert (page.parent.name, built) == ("mine", True)
    before, scored = page.read_bytes(), read()
    second = pipeline.run(settings)
    assert second.nothing_to_do
    assert read() == scored
    extra = settings.base / "posts/extra.jsonl"
    extra.write_text(
        '{"id": 999999, "body": "$ZQAA something new", "created_at": "2015-02-03T16:00:00Z", "user": {"id": 1}, "symbols": []}\n'
    )
    third = pipeline.run(settings)
    assert (third.ingest.files, third.scoring.scored) == (1, 1)
    assert third.studies["mine.py"][1]
    assert page.read_bytes() != before


def test_two_runs_from_nothing_give_the_same_bytes(ran):
    once = {str(f.relative_to(ran.base)): f.read_bytes() for f in (ran.base / "reports/mine").rglob("*") if f.is_file()}
    ran.resolve("s.duckdb").unlink()
    page, _ = pipeline.run(ran, force=True).studies["mine.py"]
    again = {str(f.relative_to(ran.base)): f.read_bytes() for f in page.parent.rglob("*") if f.is_file()}
    assert again == once
    assert {f"reports/mine/{n}" for n in ("index.html", "estimates.csv", "attrition.csv", "manifest.json")} <= set(once)


def test_other_settings_build_another_page(ran):
    other = msgspec.structs.replace(ran, panel=PanelSettings(weights="one_vote", volatility_sessions=5))
    assert pipeline.run(other).studies["mine.py"][1]


def test_a_run_that_is_killed_while_scoring_resumes(settings, monkeypatch):
    settings = msgspec.structs.replace(settings, studies=())
    monkeypatch.setattr("emtract.scoring.engine.SCORE_SLICE", 100)
    monkeypatch.setattr(scoring, "open_scorer", lambda *_: FakeScorer(fail_after=300))
    with pytest.raises(KeyboardInterrupt):
        pipeline.run(settings)
    monkeypatch.setattr(scoring, "open_scorer", lambda *_: FakeScorer())
    report = pipeline.run(settings)
    assert report.ingest.files == 0
    assert report.scoring.scored == report.scoring.distinct_texts - 300


def test_one_study_can_be_run_on_a_store_that_is_open_to_read(scored):
    with pipeline.open_store(scored, read_only=True) as store:
        page, result = pipeline.run_one_study(scored, store, "mine.py")
    assert page.is_file()
    assert result.answer()


def test_pages_alone_are_built_from_a_scored_store_and_may_hold_all_they_need(ran):
    with pipeline.open_store(ran, read_only=True) as store:
        assert pipeline.build_pages(ran, store)["mine.py"][1] is False
        page, built = pipeline.build_pages(ran, store, single_file=True)["mine.py"]
    assert built
    text = page.read_text(encoding="utf-8")
    assert "../plotly.min.js" not in text
    assert len(text) > 3_000_000


def test_patterns_and_paths(settings, tmp_path):
    jobs = files.post_jobs(settings)
    assert [job.name for job in jobs] == sorted(f"posts/{s}.jsonl" for s in SYMBOLS)
    odd = tmp_path / "a [b] 'c'"
    odd.mkdir()
    (odd / "x.jsonl").write_text("")
    for pattern in (str(odd / "x.jsonl"), "a [b] 'c'/x.jsonl"):
        named = msgspec.structs.replace(settings, posts=(PostSource(files=pattern, format="stocktwits"),))
        assert len(files.post_jobs(named)) == 1
    with pytest.raises(ConfigError, match="no file matches"):
        files.post_jobs(msgspec.structs.replace(settings, posts=(PostSource(files="none/*", format="stocktwits"),)))


def test_the_notice_reaches_the_first_line_of_the_page(scored):
    noted = msgspec.structs.replace(scored, report=ReportSettings(notice="Synthetic data."))
    page, _ = pipeline.run(noted).studies["mine.py"]
    html = page.read_text(encoding="utf-8")
    body = html[html.index("<body") :]
    assert body.index("Synthetic data.") < body.index("<h1")


def test_a_page_of_part_of_the_scores_is_made_again_when_the_rest_is_there(settings):
    with pipeline.open_store(settings) as store:
        pipeline.ingest(settings, store)
        pipeline.score(settings, store, scope=Scope(limit=400))
        assert pipeline.build_pages(settings, store)["mine.py"][1]
        assert not pipeline.build_pages(settings, store)["mine.py"][1]
        part = (settings.base / "reports/mine/estimates.csv").read_bytes()
        pipeline.score(settings, store)
        assert pipeline.build_pages(settings, store)["mine.py"][1]
        assert (settings.base / "reports/mine/estimates.csv").read_bytes() != part


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE text_scores SET happy = fear, fear = happy WHERE happy <> fear",
        "DELETE FROM text_scores WHERE text_key = (SELECT min(text_key) FROM text_scores)",
        'UPDATE sources SET mapping = \'{"timezone": "UTC"}\' WHERE source_id = 1',
        "INSERT INTO post_scores SELECT post_key, cleaner, 'hand', '1', 1, 0, 0, 0, 0, 0, 0, NULL, NULL FROM cleaned LIMIT 1",
        "UPDATE text_scores SET bearish = 0.25, bullish = 0.5 WHERE text_key = (SELECT min(text_key) FROM text_scores)",
        "DELETE FROM prices WHERE session = (SELECT max(session) FROM prices)",
        "UPDATE prices SET close = close * 1.1 WHERE session = (SELECT max(session) FROM prices)",
        "UPDATE posts SET created_at = created_at + INTERVAL 8 HOUR",
        "UPDATE posts SET followers = 7",
        "UPDATE post_symbols SET symbol = 'ZZ' WHERE post_key = (SELECT min(post_key) FROM post_symbols)",
    ],
)
def test_what_the_numbers_rest_on_makes_the_page_anew(ran, change):
    with pipeline.open_store(ran) as store:
        study, before = pages.find_study(ran, "mine.py"), rests(ran, store)
        assert study.is_up_to_date(pages.find_origin(ran, store))
        store.execute(change)
        assert rests(ran, store) != before
        assert not study.is_up_to_date(pages.find_origin(ran, store))


def test_digests_do_not_depend_on_the_order_of_rows(ran):
    with pipeline.open_store(ran) as store:
        before = rests(ran, store)
        store.execute("CREATE TABLE again AS SELECT * FROM text_scores ORDER BY fear DESC")
        store.execute("DELETE FROM text_scores")
        store.execute("INSERT INTO text_scores SELECT * FROM again")
        assert rests(ran, store) == before


def test_a_page_whose_files_were_cut_changed_or_removed_is_made_again(ran):
    page = ran.base / "reports/mine/index.html"
    whole = {path: path.read_bytes() for path in page.parent.rglob("*") if path.is_file()}
    shared = page.parents[1] / "plotly.min.js"
    with pipeline.open_store(ran, read_only=True) as store:
        origin = pages.find_origin(ran, store)
    study = pages.find_study(ran, "mine.py")
    for path in [*whole, shared]:
        kept = path.read_bytes()
        path.write_bytes(kept[: len(kept) // 2])
        assert not study.is_up_to_date(origin), path
        path.unlink()
        assert not study.is_up_to_date(origin), path
        path.write_bytes(kept)
    assert study.is_up_to_date(origin)
    page.write_bytes(whole[page][:100])
    assert pipeline.run(ran).studies["mine.py"][1]
    assert page.read_bytes() == whole[page]


def test_a_helper_beside_the_study_counts(scored, monkeypatch):
    monkeypatch.syspath_prepend(scored.base)
    (scored.base / "zq_helper.py").write_text("WORD = 1\n")
    (scored.base / "mine.py").write_text("import zq_helper\n" + STUDY)
    assert not pipeline.run(scored).nothing_to_do
    assert pipeline.run(scored).nothing_to_do
    (scored.base / "zq_helper.py").write_text("WORD = 2\n")
    assert pipeline.run(scored).studies["mine.py"][1]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("STUDY = (", "not Python at line 1"),
        ("import zq_absent\nSTUDY = 1\n", "line 1 fails .ModuleNotFoundError"),
        (STUDY.replace("valence_pre_open", "no_such"), "no_such"),
        ("raise SystemExit(3)\nSTUDY = 1\n", "SystemExit"),
    ],
)
def test_a_study_that_fails_stops_no_other_and_its_page_says_why(scored, text, says):
    (scored.base / "bad.py").write_text(text.replace('name="mine"', 'name="bad"'))
    both = msgspec.structs.replace(scored, studies=("bad.py", "mine.py"))
    for built in (True, False):
        with pytest.raises(StudiesFailedError, match=says) as caught:
            pipeline.run(both)
        assert "1 of 2 studies failed: bad.py" in str(caught.value)
        assert caught.value.pages["mine.py"][1] is built
        assert caught.value.pages["bad.py"][1]
    page = scored.base / "reports/bad/index.html"
    assert "failed, and this page holds no estimates" in page.read_text("utf-8")
    assert "Failed, so there are no estimates" in (scored.base / "reports/index.html").read_text("utf-8")
    (scored.base / "bad.py").write_text(STUDY.replace('name="mine"', 'name="bad"'))
    assert pipeline.run(both).studies["bad.py"][1]
    assert pipeline.run(both).nothing_to_do


def test_two_studies_of_one_name_are_refused(scored):
    (scored.base / "copy.py").write_text(STUDY)
    both = msgspec.structs.replace(scored, studies=("mine.py", "copy.py"))
    with pytest.raises(StudyError, match=r"mine\.py and copy\.py would both write the page of the study mine"):
        pipeline.run(both)


def test_whether_there_is_something_to_do_is_asked_without_loading_the_model(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("loaded")

    monkeypatch.setattr("emtract.model.registry.load_scorer", refuse)
    write_archive(tmp_path, np.random.default_rng(3))
    plain = Settings(store=StoreSettings(path="s.duckdb"), base=tmp_path)
    with pipeline.open_store(plain) as store:
        assert pipeline.score(plain, store).scored == 0
        assert pages.find_origin(plain, store).scorer == "default"


def asked(settings, **tables):
    return msgspec.structs.replace(settings, study={name: StudySettings(**told) for name, told in tables.items()})


def test_what_a_table_asks_of_a_study_every_route_follows_and_its_page_is_made_anew(scored):
    settings = msgspec.structs.replace(scored, panel=PanelSettings(volatility_sessions=5, min_posts=2))
    pipeline.run(settings)
    page = settings.base / "reports/mine/manifest.json"
    with pipeline.open_store(settings, read_only=True) as store:
        strict = asked(settings, mine={"max_attrition": 0.0})
        with pytest.raises(StudiesFailedError, match=r"limit 0.0%.*Raise max_attrition, .* under \[study.mine\]"):
            pipeline.build_pages(strict, store)
        for route in (pipeline.run_one_study, pipeline.estimate_study):
            with pytest.raises(StudyError, match=r"limit 0.0%"):
                route(strict, store, "mine")
        loose = asked(settings, mine={"max_attrition": 0.99, "only": ("main",)})
        assert pipeline.build_pages(loose, store)["mine.py"][1]
        told = json.loads(page.read_text())["provenance"]["settings"]
        assert (told["study.max_attrition"], told["study.only"]) == (0.99, "main")
        assert not pipeline.build_pages(loose, store)["mine.py"][1]
        assert pipeline.build_pages(settings, store)["mine.py"][1]
    assert not any(name.startswith("study.m") for name in json.loads(page.read_text())["provenance"]["settings"])


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"mien": {}}, r"\[study.mien\] is of no study: did you mean \[study.mine\]"),
        ({"daily_return": {}}, r"did you mean \[study.daily_returns\]"),
        ({"mine": {"only": ("mian",)}}, r"\[study.mine\]: mine has no spec 'mian': did you mean 'main'"),
        ({"mine": {"controls": ("size",)}}, r"\[study.mine\]: mine has no spec whose controls size could join"),
    ],
)
def test_a_table_that_fits_no_study_is_refused(settings, tables, message):
    with pytest.raises(StudyError, match=message):
        pages.find_study(asked(settings, **tables), "mine").estimate(None)


def test_a_file_that_the_configuration_lists_is_found_by_the_name_of_its_study(settings):
    assert pages.find_study(settings, "mine").name == "mine"
    (settings.base / "mine.py").rename(settings.base / "other.py")
    moved = msgspec.structs.replace(settings, studies=("daily_returns", "other.py"))
    assert studies.locate_study(moved, "mine") == settings.base / "other.py"
    assert [study.said for study in pages.configured_studies(moved)] == ["configured", "configured; other.py"]
    with pytest.raises(StudyError, match=r"there is no study 'other': .* mine of the configuration, .*daily_returns"):
        pages.find_study(moved, "other").estimate(None)


def test_a_file_in_the_folder_of_the_configuration_is_found_by_its_name(settings):
    moved = msgspec.structs.replace(settings, studies=())
    assert studies.locate_study(moved, "mine") == settings.base / "mine.py"
    assert pages.find_study(moved, "mine").name == "mine"
    with pytest.raises(StudyError, match=r"no study 'daily_return': did you mean 'daily_returns'"):
        pages.find_study(moved, "daily_return").estimate(None)


def test_a_card_of_misreading_and_what_it_says_make_the_page_anew(ran, tmp_path):
    def with_card(seed):
        rng = np.random.default_rng(seed)
        labels = rng.integers(0, len(EMOTIONS), 400)
        told = misreading_of(
            rng.dirichlet(np.ones(7), 400), labels, scorer=of.scorer, revision=of.revision, how="on draws"
        )
        (tmp_path / "card.json").write_text(json.dumps({KEY: told.to_plain()}))
        model = msgspec.structs.replace(ran.model, misreading=str(tmp_path / "card.json"))
        return pages.find_origin(msgspec.structs.replace(ran, model=model), store)

    with pipeline.open_store(ran, read_only=True) as store:
        of = pages.find_origin(ran, store)
        one, other, again = with_card(1), with_card(2), with_card(1)
        assert pages.find_study(ran, "mine").is_up_to_date(of) and not pages.find_study(ran, "mine").is_up_to_date(one)
    assert "model.misreading" not in of.settings
    assert one == again and one.settings["model.misreading"] != other.settings["model.misreading"]


def test_what_the_panel_picks_stands_in_the_manifest_and_makes_the_page_anew(ran):
    manifest = ran.base / "reports/mine/manifest.json"
    whole = json.loads(manifest.read_text())["provenance"]["settings"]
    assert {name for name in whole if name.startswith("panel.")} == {
        f"panel.{name}"
        for name in ("calendar", "weights", "min_posts", "volatility_sessions", "language", "spam", "tags")
    }
    picks = PanelSettings(volatility_sessions=5, start=date(2015, 1, 12), symbols=tuple(SYMBOLS[:9]), split="content")
    with pipeline.open_store(ran, read_only=True) as store:
        part = pages.find_origin(msgspec.structs.replace(ran, panel=picks), store).settings
        assert not pages.find_study(ran, "mine").is_up_to_date(
            pages.find_origin(msgspec.structs.replace(ran, panel=picks), store)
        )
    said = {name: value for name, value in part.items() if name not in whole}
    assert said == {
        "panel.start": "2015-01-12",
        "panel.symbols": ", ".join(SYMBOLS[:9]),
        "panel.split_by": "content",
    }


def test_a_study_that_does_not_exist_is_told_before_anything_is_read(settings):
    misspelt = msgspec.structs.replace(settings, studies=("mine.py", "daily_retruns"))
    with pytest.raises(StudyError, match="there is no study 'daily_retruns': did you mean 'daily_returns'"):
        pipeline.run(misspelt)
    assert not settings.resolve(settings.store.path).exists()


def test_what_a_study_makes_of_ctrl_c_is_no_failure_of_the_study(tmp_path, monkeypatch):
    """Its page of before stays, and no other study is begun."""

    def estimate(*_):
        try:
            raise KeyboardInterrupt
        except:  # noqa: E722
            raise ValueError("singular matrix") from None

    study = SimpleNamespace(asked="mine", name="mine", question="", page=None, estimate=estimate)
    study.is_up_to_date = lambda _: False
    monkeypatch.setattr(pages, "configured_studies", lambda _: (study,))
    for name in ("find_origin", "SampleBuilder", "panel_options"):
        monkeypatch.setattr(pages, name, lambda *_: None)
    with pytest.raises(ValueError, match="singular"):
        pages.build_pages(line_settings(tmp_path), None)
    assert not list(tmp_path.iterdir())
