"""`emtract scores import` at the prompt: what is told, what is stored, and that the name works wherever a scorer is named."""

import json
import shutil
import subprocess
import sys

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.model.registry import known_models
from emtract.options import PanelOptions
from emtract.panel.firm_sessions import FirmSessions
from emtract.store import Store
from tests.pipeline.test_line import STUDY, write_archive
from tests.prompt import emtract
from tests.test_cli import CONFIG, one_clear_line, tweet
from tests.test_cli_score import WORDS

DAYS = ["Jan 02", "Jan 03", "Jan 06", "Jan 07", "Jan 08", "Jan 09"]
SEVEN = dict.fromkeys(EMOTIONS, 0.0) | {"neutral": 0.25, "happy": 0.75}


@pytest.fixture(scope="module")
def sixty(tmp_path_factory):
    """A project of sixty posts of two firms, read once."""
    folder = tmp_path_factory.mktemp("sixty")
    (folder / "posts").mkdir()
    (folder / "prices").mkdir()
    (folder / "emtract.toml").write_text(CONFIG)
    for name in ("A", "B"):
        rows = "".join(f"2014-01-{d[-2:]},10,19,9,{10 + i / 7 + (name == 'A')},10.5,1000\n" for i, d in enumerate(DAYS))
        (folder / f"prices/{name}.csv").write_text("Date,Open,High,Low,Close,Adj Close,Volume\n" + rows)
    lines = [
        tweet(i, f"{WORDS[i % 7]} {WORDS[i % 5]} ${'AB'[i % 2]}", f"Thu {DAYS[i % 6]} {12 + i % 7}:00:00 +0000 2014")
        for i in range(1, 61)
    ]
    (folder / "posts/a.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    printed(emtract("ingest", cwd=folder))
    return folder


@pytest.fixture
def project(sixty, tmp_path):
    return shutil.copytree(sixty, tmp_path, dirs_exist_ok=True)


@pytest.fixture(scope="module")
def enough(tmp_path_factory):
    """Posts and prices enough for a regression, read once."""
    folder = tmp_path_factory.mktemp("enough")
    write_archive(folder, np.random.default_rng(3))
    (folder / "mine.py").write_text(STUDY)
    text = CONFIG.replace("twitter_v1", "stocktwits") + "[panel]\nvolatility_sessions = 5\n"
    (folder / "emtract.toml").write_text('studies = ["mine.py"]\n' + text)
    printed(emtract("ingest", cwd=folder))
    return folder


@pytest.fixture
def archive(enough, tmp_path):
    return shutil.copytree(enough, tmp_path, dirs_exist_ok=True)


def random_scores(project, share):
    """Scores of some posts of the archive, which no model gave."""
    ids = [row[0] for row in held(project, "SELECT post_id FROM posts ORDER BY post_key")]
    drawn = np.random.default_rng(1).dirichlet(np.ones(7), size=int(share * len(ids)))
    return pl.DataFrame(drawn, schema=list(EMOTIONS)).insert_column(0, pl.Series("post_id", ids[: len(drawn)]))


def printed(done):
    assert done.returncode == 0, done.stderr
    return done.stdout


def scores(*ids, **more):
    return pl.DataFrame([{"post_id": str(i)} | SEVEN | more for i in ids])


def bring(project, frame, *options, name="my_llm", file="s.csv"):
    {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".jsonl": frame.write_ndjson}[file[file.index(".") :]](
        project / file
    )
    return emtract("scores", "import", file, "--name", name, *options, cwd=project)


def held(project, query="SELECT * FROM post_scores ORDER BY ALL"):
    with Store.open(project / "s.duckdb", read_only=True) as store:
        store.check()
        return store.sql(query).rows()


def everything(project):
    return [
        held(project, f"SELECT * FROM {table} ORDER BY ALL")
        for table in ("sources", "quarantine", "post_scores", "cleaned")
    ]


def test_every_row_is_kept_repeated_or_shown_with_its_reason(project):
    wrong = [
        ({"post_id": "99"}, "no such post"),
        ({"post_id": None}, "missing field"),
        ({"post_id": "4.18E+17"}, "rounded id"),
        ({"post_id": "11", "happy": 0.5}, "probabilities do not sum to 1"),
        ({"post_id": "12", "happy": -0.1}, "probability below 0"),
        ({"post_id": "13", "happy": 1.5}, "probability above 1"),
        ({"post_id": "14", "happy": None}, "probability missing or no number"),
        ({"post_id": "15", "happy": float("nan")}, "probability missing or no number"),
        ({"post_id": "1", "happy": 0.25, "fear": 0.5}, "two scores of one post"),
    ]
    frame = pl.concat([scores(*range(1, 9), 8), *(scores("x", **row) for row, _ in wrong)], how="vertical_relaxed")
    out = printed(bring(project, frame))
    assert "18 rows read, 7 kept, 1 repeated, 10 quarantined" in out
    for _, reason in wrong:
        assert reason in out
    assert "2 two scores of one post, first on line 2: give one row a post" in out
    assert "7 of 60 posts have a score of my_llm@" in out and "--renormalise divides each row" in out
    shown = printed(emtract("quarantine", cwd=project))
    assert all(reason in shown for _, reason in wrong) and "s.csv" in shown
    assert [row[0] for row in held(project)] == [2, 3, 4, 5, 6, 7, 8]
    of_scores = "FROM quarantine JOIN sources USING (source_id) WHERE kind = 'scores'"
    lines = held(project, f"SELECT line, reason {of_scores} ORDER BY ALL")
    assert lines == sorted([(2, "two scores of one post"), *((11 + i, reason) for i, (_, reason) in enumerate(wrong))])


@pytest.mark.parametrize("again", ["s.csv", "same.parquet", "same.jsonl"])
def test_a_second_import_changes_nothing_whatever_the_file_is_called(project, again):
    frame = pl.concat([scores(*range(1, 20)), scores(77)])
    first = printed(bring(project, frame))
    before = everything(project)
    out = printed(bring(project, frame.reverse(), file=again))
    assert (
        "nothing is new" in out and out.split("score of ")[1].split(",")[0] == first.split("score of ")[1].split(",")[0]
    )
    assert held(project) == before[2]
    printed(bring(project, frame))
    assert [[r[:7] for r in t] if i == 0 else t for i, t in enumerate(everything(project))] == [
        [r[:7] for r in t] if i == 0 else t for i, t in enumerate(before)
    ]


def test_a_changed_file_is_another_revision_and_takes_the_place_of_the_former(project):
    first = printed(bring(project, scores(1, 2, 99))).split("my_llm@")[1][:12]
    out = printed(bring(project, scores(2, 3, happy=0.5, fear=0.25)))
    second = out.split("score of my_llm@")[1][:12]
    assert first != second and f"my_llm@{first} made way" in out
    assert [(row[0], row[3]) for row in held(project)] == [(2, second), (3, second)]
    assert held(project, "SELECT count(*), sum(rows_kept) FROM sources WHERE kind = 'scores'") == [(1, 2)]
    assert held(project, "SELECT * FROM quarantine JOIN sources USING (source_id) WHERE kind = 'scores'") == []


def test_posts_that_come_later_take_their_scores_from_the_same_file(project):
    frame = scores(*range(1, 71))
    assert "60 of 60 posts" in printed(bring(project, frame))
    more = [json.dumps(tweet(i, f"later {i} $A")) for i in range(61, 71)]
    (project / "posts/b.jsonl").write_text("\n".join(more) + "\n")
    printed(emtract("ingest", cwd=project))
    (project / "emtract.toml").write_text(CONFIG.replace('"fast"', '"my_llm"'))
    assert "10 posts have no score" in printed(emtract("score", cwd=project))
    out = printed(bring(project, frame))
    assert "70 of 70 posts" in out and "10 of them new" in out and "made way" not in out
    assert len({row[3] for row in held(project)}) == 1


def test_labels_are_probability_one_and_may_be_some_of_the_seven(project):
    frame = pl.DataFrame({"tweet": ["1", "2", "3", "4", "5"], "mood": ["Joy", "fear", " sadness", None, "awe"]})
    out = printed(bring(project, frame, "--id", "tweet", "--label", "mood", "--map", "joy=happy,sadness=sad"))
    assert "5 rows read, 3 kept, 0 repeated, 2 quarantined" in out
    assert (
        "1 unknown label ('awe'), first on line 6: say what each means with --map" in out and "1 missing label" in out
    )
    assert [dict(zip(EMOTIONS, row[4:11], strict=True)) for row in held(project)] == [
        dict.fromkeys(EMOTIONS, 0.0) | {emotion: 1.0} for emotion in ("happy", "fear", "sad")
    ]


def test_columns_of_other_names_are_named_and_an_emotion_without_one_has_probability_zero(project):
    frame = pl.DataFrame({"post_id": ["1", "2"], "joy": [0.75, 0.3], "neutral": [0.25, 0.3]})
    out = printed(bring(project, frame, "--columns", "happy=joy"))
    assert "no column of sad, anger, disgust, surprise, fear: probability 0" in out and "1 kept" in out
    assert held(project)[0][4:] == (0.25, 0.75, 0.0, 0.0, 0.0, 0.0, 0.0, None, None)
    out = printed(bring(project, frame, "--columns", "happy=joy", "--renormalise"))
    assert "2 kept" in out and "1 rows were divided by their sum" in out
    assert held(project)[1][4:6] == (0.5, 0.5) and held(project)[0][4:6] == (0.25, 0.75)


def test_stances_come_with_the_scores_under_their_names_or_others(project):
    frame = scores(1, 2).with_columns(down=pl.Series([0.25, None]), bullish=pl.Series([0.5, None]))
    out = printed(bring(project, frame, "--columns", "bearish=down"))
    assert "2 kept" in out and "1 rows tell a stance too" in out
    assert [row[11:] for row in held(project)] == [(0.25, 0.5), (None, None)]
    one_clear_line(bring(project, frame, "--columns", "bullish=down"), "a column of bullish alone")


def test_a_platform_is_needed_where_an_id_stands_on_two(project):
    with Store.open(project / "s.duckdb") as store:
        store.execute(
            "INSERT INTO posts SELECT post_key + 100, * EXCLUDE (post_key) REPLACE ('reddit' AS platform) FROM posts"
        )
        store.execute("UPDATE sources SET rows_kept = 120, rows_read = 120 WHERE kind = 'posts'")
    one_clear_line(bring(project, scores(1, 2)), "2 post on several platforms", "--platform")
    frame = pl.concat(
        [scores(1, 2, site="twitter"), scores(1, site="reddit"), scores(3, site=None)], how="vertical_relaxed"
    )
    assert "4 rows read, 3 kept, 0 repeated, 1 quarantined" in printed(bring(project, frame, "--platform", "site"))
    assert [row[0] for row in held(project)] == [1, 2, 101]


NOTHING_FITS = {
    "ids of another archive": (scores(901, 902), (), ("none of the 2 rows", "2 no such post", "emtract ingest")),
    "no column of ids": (scores(1).rename({"post_id": "id"}), (), ("no column 'post_id'", "--id", "id, neutral")),
    "no scores": (pl.DataFrame({"post_id": ["1"], "mood": ["happy"]}), (), ("mood", "--label", "--columns")),
    "a column that is not there": (scores(1), ("--columns", "happy=joy"), ("no column 'joy'",)),
    "no such platform column": (scores(1), ("--platform", "site"), ("no column 'site'", "--platform")),
    "no such label column": (scores(1), ("--label", "mood"), ("no column 'mood'", "--label")),
    "a map to no emotion": (scores(1), ("--map", "joy=joyous"), ("'joyous'", "no emotion", "fear")),
    "a map without a sign": (scores(1), ("--map", "joy"), ("--map 'joy'", "joy=happy")),
    "two ways at once": (scores(1), ("--columns", "happy=joy", "--label", "x"), ("one of the two",)),
    "an emotion twice": (scores(1), ("--columns", "happy=joy,happy=glee"), ("names happy twice",)),
    "no row": (scores(1)[:0], (), ("is empty",)),
}


@pytest.mark.parametrize("case", NOTHING_FITS)
def test_where_nothing_fits_one_line_says_why_and_the_store_is_as_it_was(project, case):
    frame, options, words = NOTHING_FITS[case]
    before = everything(project)
    one_clear_line(bring(project, frame, *options), *words)
    assert everything(project) == before


@pytest.mark.parametrize("name", [*known_models(), "vader", "hf:bert", "a b", "../x", ""])
def test_names_of_other_scorers_and_what_is_no_name_are_refused(project, name):
    one_clear_line(bring(project, scores(1), name=name), f"--name {name}".strip())


def test_a_name_under_which_a_model_has_scored_is_refused(project):
    with Store.open(project / "s.duckdb") as store:
        store.execute("INSERT INTO text_scores SELECT 1, '2', 'own', 'r', 1, 0, 0, 0, 0, 0, 0, 1, false, NULL, NULL")
    one_clear_line(bring(project, scores(1), name="own"), "1 scores of a model of this name")


def test_nothing_of_a_line_is_kept_where_authors_are_hashed(project):
    (project / "emtract.toml").write_text(CONFIG.replace("[[posts]]", 'authors = "hashed"\n[[posts]]', 1))
    scores(1).write_csv(project / "s.csv")
    with (project / "s.csv").open("a") as file:
        file.write("secret author,1\n")
    printed(emtract("scores", "import", "s.csv", "--name", "my_llm", cwd=project))
    (detail,) = held(project, "SELECT detail FROM quarantine WHERE reason = 'wrong number of cells'")
    assert "secret" not in detail[0] and "withheld" in detail[0]


def test_scores_of_a_model_under_another_name_give_the_same_panel_to_the_last_digit(project):
    printed(emtract("score", cwd=project))
    query = "SELECT p.post_id, s.* EXCLUDE (post_key) FROM scores AS s JOIN posts AS p USING (post_key) WHERE scorer = 'fast'"
    with Store.open(project / "s.duckdb", read_only=True) as store:
        frame = store.sql(query).select("post_id", *EMOTIONS)
    for file in ("s.csv", "s.parquet"):
        printed(bring(project, frame, file=file, name="copy"))
        printed(emtract("panel", "--scorer", "fast", "-o", "fast.csv", cwd=project))
        printed(emtract("panel", "--scorer", "copy", "-o", "copy.csv", cwd=project))
        assert (project / "fast.csv").read_bytes() == (project / "copy.csv").read_bytes()


def test_the_name_works_wherever_a_scorer_is_named(archive):
    config = archive / "emtract.toml"
    config.write_text(config.read_text().replace('"fast"', '"my_llm"'))
    frame = random_scores(archive, 0.9)
    posts = len(held(archive, "SELECT 1 FROM posts"))
    printed(bring(archive, frame))
    revision = held(archive)[0][3]
    ledger = printed(emtract("panel", cwd=archive))
    (step,) = [" ".join(line.split()) for line in ledger.splitlines() if line.startswith("scored posts")]
    left = posts - frame.height
    assert step == f"scored posts lines {posts:,} {left} {frame.height:,} not scored by this scorer yet"
    assert ledger == printed(emtract("panel", "--scorer", "my_llm", cwd=archive))
    assert f"{left} posts have no score" in printed(emtract("run", cwd=archive))
    page = (archive / "reports/mine/index.html").read_text(encoding="utf-8")
    assert f"<dd>my_llm@{revision}</dd>" in page
    assert "nothing to do" in printed(emtract("run", cwd=archive))
    checks = emtract("doctor", cwd=archive).stdout
    assert f"{left} posts have none of my_llm@{revision}" in checks and "emtract scores import" in checks
    export = emtract("study", "export", "mine.py", "-o", "paper", cwd=archive)
    assert "tables and" in printed(export)
    one_clear_line(emtract("shards", "write", "out", cwd=archive), "my_llm reads no text here", "emtract scores import")
    one_clear_line(
        emtract("replicate", "mine.py", "-o", "package", cwd=archive), "the scores of my_llm came from a file"
    )
    one_clear_line(
        emtract("ingest", "--again", cwd=archive), f"{frame.height:,} scores of posts that were brought from outside"
    )
    printed(bring(archive, random_scores(archive, 1)))
    assert "study mine.py" in (out := printed(emtract("run", cwd=archive))) and "up to date" not in out


def test_another_instrument_may_be_compared_with_and_moves_no_estimate(archive):
    config = archive / "emtract.toml"
    printed(bring(archive, random_scores(archive, 1), name="first"))
    config.write_text(config.read_text().replace('"fast"', '"first"'))
    printed(emtract("run", cwd=archive))
    estimates = (archive / "reports/mine/estimates.csv").read_bytes()
    printed(bring(archive, random_scores(archive, 0.5)))
    config.write_text(config.read_text().replace('"first"', '"first"\nalso = ["my_llm"]'))
    assert "0 files read" in printed(emtract("ingest", cwd=archive))
    assert "0 distinct texts scored" in emtract("run", cwd=archive).stderr
    assert (archive / "reports/mine/estimates.csv").read_bytes() == estimates
    with Store.open(archive / "s.duckdb", read_only=True) as store:
        ours, others = (FirmSessions(scorer=name).build(store, PanelOptions()) for name in ("first", "my_llm"))
    assert (
        others.settings["scorer"] == "my_llm"
        and others.data["n_posts_market"].sum() < ours.data["n_posts_market"].sum()
    )


def test_a_scorer_that_nobody_brought_is_told_how_to_come(project):
    (project / "emtract.toml").write_text(CONFIG.replace('"fast"', '"my_llm"'))
    one_clear_line(emtract("score", cwd=project), "no model is called 'my_llm'", "emtract scores import")


def test_scores_of_a_revision_are_forgotten_once_somebody_has_answered(project):
    said = printed(bring(project, scores(1, 2, 3)))
    revision = said.partition("a score of my_llm@")[2].partition(",")[0]
    before = held(project)
    asked = emtract("scores", "forget", f"my_llm@{revision}", cwd=project)
    one_clear_line(asked, "add --yes", "0 scores of texts and 3 scores of posts")
    assert held(project) == before
    assert "removed 0 scores of texts and 3 scores of posts" in printed(
        emtract("scores", "forget", f"my_llm@{revision}", "--yes", cwd=project)
    )
    assert held(project) == []
    assert held(project, "SELECT * FROM sources WHERE kind = 'scores'") == []
    one_clear_line(emtract("scores", "forget", f"my_llm@{revision}", "--yes", cwd=project), "holds no scores")
    assert "3 kept" in printed(bring(project, scores(1, 2, 3)))


INSIDE = """
import threading
from emtract.store import imports
def record(*_):
    print("inside", flush=True)
    threading.Event().wait()
imports._record = record
from emtract.cli import main
main()
"""


def test_an_import_that_is_killed_inside_its_transaction_leaves_the_former_scores(project):
    printed(bring(project, scores(1, 2)))
    before = everything(project)
    scores(2, 3, happy=0.5, fear=0.25).write_csv(project / "s.csv")
    command = [sys.executable, "-c", INSIDE, "scores", "import", "s.csv", "--name", "my_llm"]
    with subprocess.Popen(command, cwd=project, stdout=subprocess.PIPE, text=True) as running:
        try:
            assert "inside" in running.stdout.readline()
        finally:
            running.kill()
    assert everything(project) == before
    assert "2 of 60 posts" in printed(emtract("scores", "import", "s.csv", "--name", "my_llm", cwd=project))
