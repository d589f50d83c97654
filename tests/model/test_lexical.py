"""Baselines: what they say is what their packages say, carried to the seven emotions by the stated map."""

import hashlib
import subprocess
import sys
from dataclasses import replace
from importlib.metadata import version

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.emotions import EKMAN, EMOTIONS, NEGATIVE, PLUTCHIK, SENTIMENT, VALENCE_CLASSES, valence
from emtract.errors import ModelError
from emtract.extras import has
from emtract.model import Scorer, lexical, load_scorer
from emtract.model.lexical import INSTRUMENTS, polarity_shares, shares
from emtract.model.registry import BASELINES, scorer_reads
from emtract.scoring import score_store
from emtract.store import Store
from tests.conftest import batch, load_posts, post, source

POSTS = [
    "$TSLA to the moon 🚀🚀 i love this stock, great!!",
    "so scared this will crash, terrible and horrible news :(",
    "furious: i hate these lying crooks, what a disgusting fraud",
    "$AAPL opens at 9:30",
    "",
    "not good at all",
]


@pytest.fixture(scope="module", params=BASELINES)
def baseline(request):
    pytest.importorskip(INSTRUMENTS[request.param].module, reason='needs pip install "emtract[baselines]"')
    return load_scorer(request.param)


def test_every_baseline_has_a_name_in_the_registry():
    assert set(BASELINES) == set(INSTRUMENTS)


def test_a_baseline_is_a_scorer_that_says_what_it_reads(baseline):
    assert isinstance(baseline, Scorer)
    assert baseline.reads == INSTRUMENTS[baseline.name].reads == scorer_reads(baseline.name)
    installed, digest = baseline.revision.split("+")
    assert installed == version(INSTRUMENTS[baseline.name].package)
    assert digest == INSTRUMENTS[baseline.name].digest


def test_only_scorers_without_emotions_read_valence():
    expected = {"vader": "valence", "textblob": "valence", "nrclex": "emotions", "nade": "emotions"}
    models = {"default": "emotions", "hf:ProsusAI/finbert": "valence", "hf:unknown/model": "emotions"}
    assert {name: scorer_reads(name) for name in expected | models} == expected | models


def test_predictions_have_the_columns_of_every_scorer(baseline, fake):
    frame = baseline.predict(POSTS)
    assert frame.schema == fake.predict(POSTS).schema
    assert np.allclose(frame.select(EMOTIONS).to_numpy().sum(axis=1), 1, atol=1e-6)
    assert frame["valence"][0] > 0 > frame["valence"][1]
    assert set(frame["label"]) <= set(VALENCE_CLASSES if baseline.reads == "valence" else EMOTIONS)
    assert baseline.predict([]).schema == frame.schema


def test_a_text_is_read_alike_alone_and_among_others(baseline):
    together = baseline.score(POSTS * 2).probabilities
    alone = np.vstack([baseline.score([text]).probabilities for text in POSTS])
    assert np.array_equal(together, np.vstack([alone, alone]))


def test_placeholders_are_not_words(baseline):
    bare, framed = baseline.score(["a great day", "<ticker> a <unknown> great day <number> <user> <url>"]).probabilities
    assert np.array_equal(bare, framed)


def test_every_string_has_a_score(baseline):
    texts = ["", "\ud800", "a\x00b", "\u202eabc", "👨\u200d👩\u200d👧" * 50, "a\nb\u2028c", "🚀" * 10_000, "x" * 10**6]
    scores = baseline.score(texts)
    assert np.isfinite(scores.probabilities).all()
    assert (scores.probabilities >= 0).all()
    assert np.allclose(scores.probabilities.sum(axis=1), 1, atol=1e-6)
    assert scores.truncated.tolist() == [False] * 7 + [True]


def test_more_than_512_tokens_are_cut_and_say_so(baseline):
    scores = baseline.score(["so " * 512 + "great", "so " * 512])
    assert scores.n_tokens.tolist() == [513, 512]
    assert scores.truncated.tolist() == [True, False]
    assert np.array_equal(scores.probabilities[0], scores.probabilities[1])


def test_valence_is_vaders_compound():
    package = pytest.importorskip("vaderSentiment.vaderSentiment")
    analyzer, scorer = package.SentimentIntensityAnalyzer(), load_scorer("vader")
    texts = ["i love it", "i hate it !!!", "great news but terrible price", "the market opens", "😭 😭", "not bad :)"]
    compound = [analyzer.polarity_scores(text)["compound"] for text in texts]
    probabilities = scorer.score(texts).probabilities
    assert np.allclose(valence(probabilities), compound, atol=1e-6)
    quarters = probabilities[:, [EMOTIONS.index(emotion) for emotion in NEGATIVE]]
    assert (quarters == quarters[:, :1]).all()
    expected = ["positive" if c >= 0.05 else "negative" if c <= -0.05 else "neutral" for c in compound]
    assert scorer.predict(texts)["label"].to_list() == expected
    assert set(expected) == set(VALENCE_CLASSES)


def test_valence_is_textblobs_polarity():
    textblob = pytest.importorskip("textblob")
    texts = ["a great day", "a horrible day", "very good", "not good", "monday"]
    found = valence(load_scorer("textblob").score(texts).probabilities)
    assert np.allclose(found, [textblob.TextBlob(text).sentiment.polarity for text in texts], atol=1e-6)


def test_the_nrc_lexicon_is_counted():
    pytest.importorskip("nrclex")
    probabilities = load_scorer("nrclex").score(["happy", "fear", "happy fear", "monday"]).probabilities
    named = [dict(zip(EMOTIONS, row.tolist(), strict=True)) for row in probabilities]
    assert named[0]["happy"] == 1
    assert (named[1]["fear"], named[1]["anger"]) == (0.5, 0.5)
    assert named[2]["happy"] == pytest.approx(1 / 3)
    assert named[3]["neutral"] == 1


def test_nade_gives_shares_of_its_eight_intensities():
    package = pytest.importorskip("nade")
    text = "so scared this will crash"
    found = {label: float(values[0].as_py()) for label, values in package.Nade().predict([text]).items()}
    scores = dict(zip(EMOTIONS, load_scorer("nade").score([text]).probabilities[0].tolist(), strict=True))
    total = sum(found.values())
    assert scores["fear"] == max(scores.values()) == pytest.approx(found["fear"] / total)
    assert scores["neutral"] == pytest.approx((found["anticipation"] + found["trust"]) / total, abs=1e-7)


@given(st.lists(st.floats(-1, 1), min_size=1, max_size=20))
def test_polarity_comes_back_as_positive_less_negative(values):
    shares = polarity_shares(np.array(values))
    assert np.allclose(shares.sum(axis=1), 1)
    assert (shares >= 0).all()
    assert np.array_equal(shares[:, 0] - shares[:, 2], np.array(values))


def test_weights_become_shares_and_none_is_neutral():
    assert shares(np.array([[2.0, 1, 1], [0.0, 0, 0]])).tolist() == [[0.5, 0.25, 0.25], [0, 0, 1]]
    assert shares(np.empty((0, 3))).shape == (0, 3)


def test_readers_and_maps_share_an_order():
    assert EKMAN[tuple(EKMAN)[-1]] == PLUTCHIK[tuple(PLUTCHIK)[-1]] == "neutral"
    assert tuple(SENTIMENT) == ("positive", "neutral", "negative")


def test_the_revision_follows_the_map_and_the_rule():
    base = INSTRUMENTS["nrclex"]
    assert base.digest == replace(base).digest != replace(base, rule="other").digest
    assert base.digest != replace(base, targets={**EKMAN, "surprise": "neutral"}).digest


@pytest.mark.parametrize("error", [ImportError("libgomp.so.1\nmore"), PermissionError(13, "denied"), OSError()])
def test_a_broken_package_is_one_line(error, monkeypatch):
    def fail():
        raise error

    broken = replace(INSTRUMENTS["vader"], package="numpy", module="numpy", open=fail)
    monkeypatch.setattr(lexical, "INSTRUMENTS", {"vader": broken})
    with pytest.raises(ModelError, match="vader needs numpy, which is installed and cannot be loaded") as caught:
        load_scorer("vader")
    assert "\n" not in str(caught.value)


def test_a_label_map_is_not_for_baselines():
    with pytest.raises(ModelError, match="label_map is for"):
        load_scorer("vader", label_map={"compound": "happy"})


def test_nade_is_unpacked_whole_or_not_at_all(tmp_path):
    import gzip

    (tmp_path / "reg_joy.txt.gz").write_bytes(gzip.compress(b"tree\n" * 99))
    for torn in (None, b"tree\n"):
        if torn is not None:
            (tmp_path / "reg_joy.txt").write_bytes(torn)
        lexical._unpack(tmp_path)
        assert (tmp_path / "reg_joy.txt").read_bytes() == b"tree\n" * 99
    assert sorted(path.name for path in tmp_path.iterdir()) == ["reg_joy.txt", "reg_joy.txt.gz"]


def test_no_baseline_reaches_the_network_or_unpickles():
    names = [name for name in BASELINES if has(INSTRUMENTS[name].module)]
    script = (
        "import sys\n"
        "from emtract.model import load_scorer\n"
        "def refuse(event, args):\n"
        "    if event in ('socket.connect', 'socket.getaddrinfo', 'pickle.find_class'):\n"
        "        raise RuntimeError(event)\n"
        "sys.addaudithook(refuse)\n"
        "for name in sys.argv[1:]:\n"
        "    load_scorer(name).predict(['so happy, to the moon 🚀'])\n"
    )
    done = subprocess.run([sys.executable, "-c", script, *names], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_store_is_scored_by_a_baseline(tmp_path):
    pytest.importorskip("vaderSentiment", reason='needs pip install "emtract[baselines]"')
    scorer = load_scorer("vader")
    rows = [post(i, body, "2015-01-05T12:00", symbols=["TSLA"]) for i, body in enumerate(POSTS, start=1)]
    with Store.open(tmp_path / "s.duckdb") as store:
        load_posts(store, source(sha=hashlib.sha256(b"").hexdigest()), [batch(*rows)])
        assert score_store(store, scorer).scored == len(set(POSTS))
        assert score_store(store, scorer).scored == 0
        held = store.sql("SELECT DISTINCT scorer, revision, cleaner FROM scores").rows()
    assert held == [("vader", scorer.revision, scorer.cleaner.version)]
