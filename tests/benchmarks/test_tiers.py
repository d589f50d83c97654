from emtract.errors import ModelError
from tests.benchmarks.measure import Timing
from tests.benchmarks.tiers import compare, measure_default, measure_tiers
from tests.model.fakes import FakeScorer

POSTS = ["$TSLA up", "$AAPL up", "down :("]


class FakeComparator:
    parameters = 66_000_000

    def score(self, texts):
        return texts

    predict = score


def test_the_ratio_is_given_in_three_ways_and_the_published_cleaning_is_computed(monkeypatch):
    seconds = {"default": 1.0, "default, model only": 0.5, "comparator": 60.0, "comparator, model only": 40.0}
    monkeypatch.setattr("tests.benchmarks.tiers.available_cores", lambda: 2)
    monkeypatch.setattr(
        "tests.benchmarks.tiers.alternate",
        lambda contenders, repeats, **_: {name: Timing((seconds[name],) * repeats) for name in contenders},
    )
    rows = {row.name: row for row in compare(FakeScorer(), FakeComparator(), POSTS * 140, 3)}
    assert rows["ratio: posts, cleaning on both sides"].value == 60
    assert rows["ratio: model only"].value == 80
    # 420 posts: 60 s of the model and 1 s of cleaning at 210 posts/s on each of 2 cores.
    assert rows["ratio: posts, EmTract's own cleaning"].value == 61
    assert "computed" in rows["ratio: posts, EmTract's own cleaning"].note
    assert rows["comparator"].value == 7


def test_posts_that_share_a_cleaned_text_are_counted_apart():
    first, second = measure_default(FakeScorer(), POSTS, 1)
    assert first.note.startswith("3 posts, 2 distinct texts")
    assert second.note.startswith("2 posts")


def test_a_tier_that_is_not_installed_is_a_row_that_says_so(monkeypatch):
    def load(name):
        if name != "default":
            raise ModelError(f"no model is called {name!r}")
        return FakeScorer()

    monkeypatch.setattr("tests.benchmarks.tiers.load_scorer", load)
    monkeypatch.setattr("tests.benchmarks.tiers.loading_seconds", lambda name: 0.5)
    rows = {row.name: row for row in measure_tiers(lambda n: POSTS[:n], 2, 1)}
    assert rows["tier fast"].note == "no model is called 'fast'"
    assert rows["tier default: first prediction"].value == 0.5
    assert rows["tier default: posts"].note.startswith("2 posts")
