"""Attributions against scorers whose every word's worth is known."""

import json
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtract.emotions import EMOTIONS
from emtract.errors import EmtractError
from emtract.model.explain import MAX_EXACT, explain, occlusion_design, shapley_design
from emtract.model.scorer import Scores, predict_posts, softmax
from emtract.text import Cleaner

FEAR, HAPPY = EMOTIONS.index("fear"), EMOTIONS.index("happy")
WORTH = {"panic": (FEAR, 2.0), "crash": (FEAR, 1.0), "moon": (HAPPY, 2.0), "🚀": (HAPPY, 1.5), "lol": (FEAR, -1.0)}
LONG = "panic moon the crash is lol 🚀 of a stock and nobody knows it"


class Toy:
    """Logits add up over words; `not` turns them round; a second rocket says nothing new; the window is a count of words."""

    name, revision, cleaner = "toy", "1", Cleaner()

    def __init__(self, window: int = 1000) -> None:
        self.window = window
        self.calls: list[list[str]] = []

    def score(self, texts: Sequence[str]) -> Scores:
        self.calls.append(list(texts))
        lengths = np.array([len(text.split()) for text in texts], dtype=np.int32)
        return Scores(softmax(np.array([self.logits(t) for t in texts]).reshape(-1, 7)), lengths, lengths > self.window)

    def logits(self, text: str) -> np.ndarray:
        words = text.split()[: self.window]
        total = np.zeros(7, dtype=np.float32)
        for word in dict.fromkeys(words):
            if word in WORTH:
                total[WORTH[word][0]] += WORTH[word][1]
        return -total if "not" in words else total

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        return predict_posts(self, posts)


def probabilities(text: str) -> np.ndarray:
    return Toy().score([text]).probabilities[0].astype(float)


def test_occlusion_is_the_whole_less_the_rest() -> None:
    found = explain("Panic about the CRASH", Toy(), method="occlusion")
    assert found.tokens == ("panic", "about", "the", "crash")
    rests = ["about the crash", "panic the crash", "panic about crash", "panic about the"]
    expected = [probabilities("panic about the crash") - probabilities(rest) for rest in rests]
    np.testing.assert_allclose(found.attributions, expected, atol=1e-7)
    assert found.attributions[0, FEAR] > found.attributions[3, FEAR] > 0 == found.attributions[1, FEAR]


def test_the_whole_the_empty_text_and_the_identity_of_the_scores() -> None:
    toy = Toy()
    found = explain("$TSLA panic", toy)
    assert (found.label, found.kind, found.text) == ("fear", "words", "<ticker> panic")
    np.testing.assert_allclose(found.probabilities, toy.predict(["$TSLA panic"]).select(EMOTIONS).to_numpy()[0])
    np.testing.assert_allclose(found.base, np.full(7, 1 / 7), atol=1e-7)
    assert (found.scorer, found.revision, found.cleaner) == ("toy", "1", Cleaner().version)
    assert not found.truncated


def test_one_call_scores_each_distinct_text_once() -> None:
    toy = Toy()
    found = explain("moon moon panic", toy, method="occlusion")
    assert len(toy.calls) == 2 and len(toy.calls[0]) == 1, "one look at the length, then everything at once"
    assert len(set(toy.calls[1])) == len(toy.calls[1]) == found.n_scored == 4
    assert found.tokens == ("moon", "moon", "panic")


def test_two_rockets_hide_each_other_from_occlusion_and_share_a_shapley_value() -> None:
    occlusion, shapley = (explain("🚀🚀", Toy(), method=m).attributions[:, HAPPY] for m in ("occlusion", "shapley"))
    assert occlusion.tolist() == [0, 0]
    gain = probabilities("🚀")[HAPPY] - 1 / 7
    np.testing.assert_allclose(shapley, [gain / 2, gain / 2], atol=1e-7)


def test_a_negation_takes_what_it_turns_round() -> None:
    frame = explain("not panic", Toy(), method="occlusion").frame("fear")
    assert frame["token"].to_list() == ["not", "panic"]
    assert (frame["fear"] < 0).all()


def test_shapley_values_of_few_words_equal_the_mean_over_all_orders() -> None:
    from itertools import permutations

    words = ["panic", "not", "moon"]
    expected = np.zeros((3, 7))
    for order in permutations(range(3)):
        texts = [" ".join(words[i] for i in sorted(order[:n])) for n in range(4)]
        for word, (before, after) in zip(order, pairwise(texts), strict=True):
            expected[word] += (probabilities(after) - probabilities(before)) / 6
    np.testing.assert_allclose(explain("panic not moon", Toy(), method="shapley").attributions, expected, atol=1e-7)


def test_sampled_shapley_values_approach_the_exact_ones() -> None:
    post = " ".join(LONG.split()[:MAX_EXACT])
    exact = explain(post, Toy(), method="shapley").attributions
    sampled = explain(f"{post} it", Toy(), method="shapley", n_samples=2000).attributions
    np.testing.assert_allclose(sampled[:-1], exact, atol=0.02)
    np.testing.assert_allclose(sampled[-1], 0, atol=1e-9)


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from([*WORTH, "not", "the", "$A"]), max_size=14), st.integers(1, 9), st.integers(0, 9))
def test_shapley_values_add_up_to_the_post_less_the_empty_text(words: list[str], n_samples: int, seed: int) -> None:
    found = explain(" ".join(words), Toy(), method="shapley", n_samples=n_samples, rng=np.random.default_rng(seed))
    np.testing.assert_allclose(found.attributions.sum(axis=0), found.probabilities - found.base, atol=1e-6)
    np.testing.assert_allclose(found.attributions.sum(axis=1), 0, atol=1e-6)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 20), st.integers(1, 20))
def test_weights_of_a_design_sum_to_zero_over_texts(n: int, n_samples: int) -> None:
    for design in (occlusion_design(n), shapley_design(n, n_samples, np.random.default_rng(0))):
        assert design.kept.shape == design.weights.shape == (len(design.kept), n)
        np.testing.assert_allclose(design.weights.sum(axis=0), 0, atol=1e-9)


def test_the_same_generator_gives_the_same_values_and_another_gives_others() -> None:
    first, same, other = (
        explain(LONG, Toy(), method="shapley", n_samples=4, rng=np.random.default_rng(seed)).attributions
        for seed in (1, 1, 2)
    )
    assert np.array_equal(first, same) and not np.array_equal(first, other)
    unseeded = [explain(LONG, Toy(), method="shapley", n_samples=4).attributions for _ in range(2)]
    assert np.array_equal(*unseeded)


def test_a_long_post_costs_about_a_thousand_texts_and_its_values_still_add_up() -> None:
    words = [f"{first}{second}" for first in "bcdfghjklm" for second in ("ash", "ent", "imp", "orn", "ulk")] + ["panic"]
    found = explain(" ".join(words), Toy(), method="shapley")
    assert len(found.tokens) == 51 and 500 < found.n_scored < 1100
    np.testing.assert_allclose(found.attributions.sum(axis=0), found.probabilities - found.base, atol=1e-6)


def test_a_post_beyond_the_window_is_cut_where_the_scorer_cuts_and_says_so() -> None:
    toy = Toy(window=5)
    found = explain(LONG, toy, method="occlusion")
    assert found.truncated and len(found.tokens) == 6, "the word that overflows the window may be read in part"
    np.testing.assert_allclose(found.probabilities, toy.predict([LONG]).select(EMOTIONS).to_numpy()[0], atol=1e-7)
    assert not explain(LONG, Toy(window=len(LONG.split()))).truncated


@pytest.mark.parametrize("post", ["a" * 1_000_000, "panic " * 200_000, "🚀" * 20_001])
def test_a_post_beyond_what_the_cleaner_reads_is_truncated(post: str) -> None:
    assert explain(post, Toy(window=9)).truncated


@pytest.mark.parametrize("method", ["occlusion", "shapley"])
@pytest.mark.parametrize("post", ["", "  \n", "\u200b"])
def test_an_empty_post_has_an_answer_and_no_rows(post: str, method: str) -> None:
    found = explain(post, Toy(), method=method)
    assert (found.kind, found.tokens, found.attributions.shape) == ("empty", (), (0, 7))
    assert found.frame().height == 0 and found.frame().columns == ["token", *EMOTIONS]
    np.testing.assert_array_equal(found.probabilities, found.base)


def test_the_frame_is_in_the_order_of_the_post() -> None:
    found = explain("moon 🚀 panic moon", Toy())
    assert found.frame()["token"].to_list() == ["moon", "🚀", "panic", "moon"]
    assert found.frame().schema["fear"] == pl.Float64
    assert found.frame("fear").equals(found.frame().select("token", "fear"))


def test_everything_survives_json() -> None:
    back = json.loads(json.dumps(explain("moon \ud800 🚀", Toy()).as_dict()))
    assert back["post"] == "moon ? 🚀"
    assert back["tokens"][-1]["token"] == "🚀"
    assert set(back["probabilities"]) == set(EMOTIONS)


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(EmtractError, match="occlusion and shapley"):
        explain("x", Toy(), method="magic")  # type: ignore[arg-type]
    with pytest.raises(EmtractError, match="fear"):
        explain("x", Toy()).frame("joy")  # type: ignore[arg-type]
    with pytest.raises(EmtractError, match="n_samples"):
        explain(LONG, Toy(), method="shapley", n_samples=0)


def test_the_package_offers_it() -> None:
    import emtract

    assert emtract.explain is explain


def test_a_text_that_the_scorer_leaves_unread_is_no_neutral_one() -> None:
    class Picky(Toy):
        def score(self, texts: Sequence[str]) -> Scores:
            found = super().score(texts)
            reasons = tuple(None if text else "nothing to read" for text in texts)
            read = np.array([reason is None for reason in reasons])[:, None]
            return Scores(np.where(read, found.probabilities, np.nan), found.n_tokens, found.truncated, reasons=reasons)

    with pytest.raises(EmtractError, match="toy gives 1 of the 4 texts"):
        explain("panic moon", Picky())
