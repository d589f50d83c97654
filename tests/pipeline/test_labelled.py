"""Any scorer on anybody's labels: the figures are those of the posts, what was not used is said, wrong input is a line."""

import json
from functools import reduce
from operator import getitem

import numpy as np
import polars as pl
import pytest

from emtract.config import Settings, StoreSettings
from emtract.emotions import EMOTIONS, VALENCE_CLASSES
from emtract.errors import PanelError, SourceError
from emtract.misreading import read_misreading
from emtract.model.evaluate import evaluate
from emtract.pipeline import opening
from emtract.pipeline.imports import import_file
from emtract.pipeline.labelled import evaluate_labels
from emtract.pipeline.labelledfile import LabelledColumns
from emtract.store import Store
from tests.conftest import batch, load_posts, post, source
from tests.model.fakes import FakeScorer
from tests.prompt import emtract

N = 120


@pytest.fixture
def fake(monkeypatch):
    scorer = FakeScorer()
    monkeypatch.setattr(opening, "load_scorer", lambda name: scorer)
    return scorer


@pytest.fixture
def posts():
    emotions = np.random.default_rng(0).choice(EMOTIONS[:6], N, p=[0.3, 0.3, 0.1, 0.1, 0.1, 0.1]).tolist()
    return pl.DataFrame(
        {"id": [str(i) for i in range(1, N + 1)], "body": [f"w{i} $A" for i in range(N)], "mood": emotions}
    )


def written(path, frame):
    {".csv": frame.write_csv, ".parquet": frame.write_parquet, ".jsonl": frame.write_ndjson}[path.suffix](path)
    return path


def of_texts(path, **columns):
    return evaluate_labels(path, columns=LabelledColumns(**({"label": "mood"} | columns)))


def by_hand(scorer, posts):
    labels = np.array([EMOTIONS.index(name) for name in posts["mood"]])
    return scorer.predict(posts["body"].to_list()).select(EMOTIONS).to_numpy().astype(float), labels


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_the_figures_are_those_of_the_posts(posts, fake, tmp_path, suffix):
    found = of_texts(written(tmp_path / f"posts{suffix}", posts))
    p, labels = by_hand(fake, posts)
    wanted = evaluate(p, labels)
    assert (found.n, found.scorer, found.corpus) == (N, "fake@1", f"posts{suffix}")
    assert found.details["metrics"]["log_loss"] == pytest.approx(wanted.log_loss)
    assert found.details["metrics"]["macro_f1"] == pytest.approx(wanted.macro_f1)
    assert np.array(found.details["confusion"]).sum() == N and found.details["left_out"] == {}
    for place, mean in enumerate(found.details["mean_by_label"][:6]):
        assert mean == pytest.approx(p[labels == place].mean(axis=0))
    assert found.details["mean_by_label"][6] is None and found.details["n_by_label"][6] == 0


def test_intervals_hold_their_values_and_stay_in_range(posts, fake, tmp_path):
    found = of_texts(written(tmp_path / "posts.csv", posts))
    for measure, value, _, low, high in found.table.rows():
        assert 0 <= low <= value <= high, measure
        assert high <= 1 or measure in {"log loss", "valence log loss", "brier"}
    again = of_texts(tmp_path / "posts.csv")
    assert again.to_json() == found.to_json()


def test_labels_of_others_are_mapped_and_what_is_not_used_is_counted(posts, fake, tmp_path):
    own = {"happy": "Joy", "sad": "sadness"}
    frame = posts.with_columns(pl.col("mood").replace(own))
    more = pl.DataFrame(
        {"id": ["x"] * 5, "body": ["a", "b", None, "nan", "c"], "mood": ["awe", None, "fear", "joy", "awe"]}
    )
    path = written(tmp_path / "posts.csv", pl.concat([frame, more]))
    found = of_texts(path, labels="joy=happy,sadness=sad")
    assert found.n == N and found.details["rows"] == N + 5
    assert found.details["left_out"] == {"unknown label": 2, "no text": 2, "missing label": 1}
    assert found.details["left_out_share"] == pytest.approx(5 / (N + 5)) and found.details["unknown_labels"] == {
        "awe": 2
    }
    (note,) = [note for note in found.notes if "were not used" in note]
    assert "2 unknown label ('awe'): say what each means with --map" in note
    assert found.details["metrics"]["n"] == of_texts(written(tmp_path / "b.csv", posts)).n


def test_few_labels_of_an_emotion_are_noted_and_macro_f1_of_those_labelled_is_told(posts, fake, tmp_path):
    found = of_texts(written(tmp_path / "posts.csv", posts))
    n = found.details["n_by_label"]
    (few,) = [note for note in found.notes if note.startswith("fewer than 30 labels")]
    assert f"fear ({n[6]})" in few and f"sad ({n[2]})" in few and "neutral" not in few
    (told,) = [note for note in found.notes if note.startswith("macro f1 is over seven")]
    p, labels = by_hand(fake, posts)
    scores = [
        2 * ((p.argmax(1) == e) & (labels == e)).sum() / ((p.argmax(1) == e).sum() + (labels == e).sum())
        for e in range(6)
    ]
    assert told.endswith(f"only 6 are labelled; over those it is {np.mean(scores):.4f}")


def test_a_scorer_of_valence_alone_says_so(posts, fake, tmp_path):
    fake.name = "vader"
    assert "tells positive from negative only" in of_texts(written(tmp_path / "posts.csv", posts)).notes[0]


WRONG = {
    "a column that is not there": ({}, {"label": "emotion"}, ("no column 'emotion'", "id, body, mood", "--label")),
    "a text column that is not there": ({}, {"text": "words"}, ("no column 'words'", "--text")),
    "labels of another taxonomy": (
        {"mood": pl.lit("awe")},
        {},
        ("0 of the 120 rows", "120 unknown label ('awe')", "--map"),
    ),
    "a map to no emotion": ({}, {"labels": "joy=glad"}, ("'glad'", "no emotion")),
    "too few labels": (
        {"mood": pl.when(pl.int_range(pl.len()) < 29).then("mood")},
        {},
        ("29 of the 120 rows", "30 are needed", "91 missing label"),
    ),
    "no row": ({}, {"rows": 0}, ("is empty",)),
    "ids and no store": ({}, {"id": "id"}, ("--config",)),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_measured_is_one_line(posts, fake, tmp_path, case):
    changed, columns, words = WRONG[case]
    path = written(tmp_path / "posts.csv", posts.with_columns(**changed)[: columns.get("rows")])
    with pytest.raises(SourceError) as told:
        of_texts(path, **{name: value for name, value in columns.items() if name != "rows"})
    assert "\n" not in str(told.value) and all(word in str(told.value) for word in words), told.value


@pytest.fixture
def store(posts, tmp_path):
    """A store whose posts 1 to 100 have imported scores."""
    path = tmp_path / "s.duckdb"
    rows = [post(i, body, "2014-01-02T15:00") for i, body in zip(range(1, N + 1), posts["body"], strict=True)]
    scores = (
        FakeScorer().predict(posts["body"].to_list()).select(EMOTIONS).insert_column(0, posts["id"].alias("post_id"))
    )
    settings = Settings(store=StoreSettings(path="s.duckdb"), base=tmp_path)
    with Store.open(path) as opened:
        load_posts(opened, source(), [batch(*rows)])
        import_file(settings, opened, written(tmp_path / "scores.parquet", scores[:100]), name="llm")
    return settings


def test_scores_of_the_store_are_found_by_ids(posts, store, tmp_path):
    more = pl.DataFrame({"id": ["999", None], "body": ["a", "b"], "mood": ["sad", "sad"]})
    path = written(tmp_path / "posts.csv", pl.concat([posts, more]))
    found = evaluate_labels(path, "llm", columns=LabelledColumns("mood", id="id"), settings=store)
    assert found.n == 100 and found.scorer.startswith("llm@")
    assert found.details["left_out"] == {"no score of llm": 20, "no such post": 1, "missing field": 1}
    p, labels = by_hand(FakeScorer(), posts[:100])
    assert found.details["metrics"]["log_loss"] == pytest.approx(evaluate(p, labels).log_loss, rel=1e-6)
    with pytest.raises(PanelError, match=r"one of: llm@"):
        evaluate_labels(path, "gpt", columns=LabelledColumns("mood", id="id"), settings=store)


def test_a_post_that_two_people_label_alike_is_one_post_on_a_card(fake, posts, tmp_path):
    once = evaluate_labels(written(tmp_path / "once.csv", posts), "fake", columns=LabelledColumns("mood", text="body"))
    twice = evaluate_labels(
        written(tmp_path / "twice.csv", pl.concat([posts, posts])), "fake", columns=LabelledColumns("mood", text="body")
    )
    assert twice.n == 2 * once.n == 2 * N
    one, two = once.details["misreading"], twice.details["misreading"]
    assert two["how"] == f"on {N} posts of twice.csv, {2 * N} labels" and one["how"] == f"on {N} posts of once.csv"
    for part in (("tags",), ("means", 0), ("means", 1), ("covariances", 0), ("covariances", 1)):
        np.testing.assert_allclose(reduce(getitem, part, two), reduce(getitem, part, one))


def test_the_command_prints_tables_and_writes_them(posts, store, tmp_path):
    written(tmp_path / "posts.csv", posts)
    (tmp_path / "emtract.toml").write_text('[store]\npath = "s.duckdb"\n')
    asked = ("model", "evaluate", "posts.csv", "--id", "id", "--label", "mood", "--model", "llm", "-o")
    for name in ("out.json", "out.csv"):
        done = emtract(*asked, name, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    assert "on 100 posts (posts.csv)" in done.stdout and "mean probabilities by label" in done.stdout
    told = json.loads((tmp_path / "out.json").read_text(encoding="utf-8"))
    assert np.array(told["mean_by_label"][:6]).shape == (6, 7) and sum(told["n_by_label"]) == told["n"] == 100
    misreading = read_misreading(tmp_path / "out.json")
    assert misreading.name == told["scorer"] and misreading.how == "on 100 posts of posts.csv"
    assert (misreading.grain, misreading.missing) == ("valence", ())
    assert any("is of valence: too few posts are labelled fear" in note for note in told["notes"])
    np.testing.assert_allclose(misreading.means[:2].sum(axis=1), 1)
    rows = pl.read_csv(tmp_path / "out.csv", infer_schema=False)
    accuracy = rows.row(by_predicate=(pl.col("row") == "accuracy") & (pl.col("column") == "value"), named=True)
    assert float(accuracy["value"]) == told["metrics"]["accuracy"]
    for wrong, word in (((*asked[:-1], "-o", "out.txt"), ".json or .csv"), (("model", "evaluate"), "--data")):
        done = emtract(*wrong, cwd=tmp_path)
        assert done.returncode == 1 and word in done.stderr and "Traceback" not in done.stderr


@pytest.mark.real_data
def test_the_tagged_messages_are_read_as_the_card_says(data, tmp_path):
    """The same posts, by the verb for anybody's labels and by that of the tagged sample."""
    from emtract.pipeline.evaluation import evaluate_scorer

    frame = pl.read_parquet(data / "emtract_tagged" / "tagged.parquet").sort("row").filter(pl.col("fold") == 4)
    own = frame.select("body", mood=pl.col("emotion").replace({"happy": "joy", "sad": "sadness"}))
    columns = LabelledColumns("mood", "joy=happy,sadness=sad", text="body")
    found = evaluate_labels(written(tmp_path / "posts.csv", own), "fast", columns=columns)
    wanted = evaluate_scorer(data, "fast", folds=(4,))
    assert found.n == wanted.n and found.details["left_out"] == {}
    for name in ("metrics", "standard_errors", "per_class", "confusion"):
        assert found.details[name] == wanted.details[name], name


def test_labels_of_stance_measure_valence_of_any_scorer_and_say_so(tmp_path):
    rows = {"body": ["great gains", "awful losses", "ok"] * 40, "label": ["bullish", "bearish", None] * 40}
    pl.DataFrame(rows).write_csv(tmp_path / "tags.csv")
    done = emtract("model", "evaluate", tmp_path / "tags.csv", "--model", "vader", "-o", tmp_path / "told.json")
    assert done.returncode == 0, done.stderr
    assert "bullish as positive, bearish as negative" in done.stdout and "macro f1 is over seven" not in done.stdout
    told = json.loads((tmp_path / "told.json").read_text())
    assert told["metrics"]["valence_accuracy"] == 1 and "accuracy" not in told["metrics"] and told["n"] == 80
    assert told["auc"]["value"] == 1 and "auc of valence, positive over negative" in done.stdout
    assert (told["labels"], told["confusion"]) == (list(VALENCE_CLASSES), [[40, 0, 0], [0, 0, 0], [0, 0, 40]])


class OfValence(FakeScorer):
    """Tells valence alone, under labels that its name does not tell of."""

    name, reads = "hf:mine", "valence"


def test_what_a_scorer_says_of_itself_counts_more_than_its_name(posts, tmp_path):
    path = written(tmp_path / "posts.csv", posts)
    found = evaluate_labels(path, OfValence(), columns=LabelledColumns(label="mood"), beside=FakeScorer())
    assert any("hf:mine tells positive from negative only" in note for note in found.notes)
    (row,) = found.details["agreement"]
    assert row["same_label"] is None and row["same_valence"] is not None


def test_a_post_that_several_people_labelled_counts_once_in_errors(posts, fake, tmp_path):
    once = of_texts(written(tmp_path / "once.csv", posts)).details
    often = of_texts(written(tmp_path / "often.csv", pl.concat([posts] * 4)))
    assert often.details["metrics"]["accuracy"] == pytest.approx(once["metrics"]["accuracy"])
    for end in (0, 1):
        assert often.details["intervals"]["accuracy"][end] == pytest.approx(
            once["intervals"]["accuracy"][end], abs=0.02
        )
    assert often.details["standard_errors"]["log_loss"] == pytest.approx(once["standard_errors"]["log_loss"], rel=0.2)
    assert any(f"{4 * N} labels are of {N} posts" in note for note in often.notes)


def test_a_class_that_no_label_is_of_is_said_beside_macro_f1(posts, fake, tmp_path):
    signs = posts.with_columns(pl.Series("mood", ["bullish", "bearish"] * (N // 2)))
    notes = of_texts(written(tmp_path / "signs.csv", signs)).notes
    assert any("valence macro f1 is over three classes, of which only 2 are labelled" in note for note in notes)
