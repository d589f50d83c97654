"""Misreading that goes with the outcome is seen, and where there is none the test keeps to its size."""

from datetime import date, timedelta

import msgspec
import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.tagging.differential import differential_error
from tests.tagging.conftest import made_sample
from tests.validation.differential import draw_outcome, judged, read_again, read_by_outcome
from tests.validation.tagged import draw_world

K = len(EMOTIONS)


def world(rng, bias, cells=600):
    """Two strata of cells with an outcome each; readings lean to happy with the outcome by `bias`, given the tag."""
    made = []
    for at, share in enumerate((0.6, 0.25)):
        for cell in range(cells // (1 + 2 * at)):
            y, texts = rng.normal(), []
            for t in range(int(rng.integers(1, 5)) + 1):
                tag = 1 if rng.random() < share else int(rng.integers(0, K))
                p = rng.dirichlet(np.ones(K) + 6 * np.eye(K)[tag])
                lean = np.clip(bias * y, -p[1], p[0])
                p[0], p[1] = p[0] - lean, p[1] + lean
                texts.append((f"{at}.{cell}.{t}", tag, tuple(p.tolist())))
            made.append((at, y, texts))
    return made


def draw(rng, population, each=40):
    strata, facts, outcomes = [], {}, []
    for at in range(2):
        own = [(y, texts) for of, y, texts in population if of == at]
        picked = []
        for place in rng.choice(len(own), each, replace=False):
            y, texts = own[place]
            chosen = [texts[t] for t in rng.choice(len(texts), 2, replace=False)]
            facts |= {key: (tag, p) for key, tag, p in chosen}
            picked.append((len(texts), [key for key, _, _ in chosen]))
            outcomes.append(y)
        strata.append((len(own), each, picked))
    sample = made_sample(strata, readings={key: p for key, (_, p) in facts.items()})
    # Cells of the helper share a session: here each has its own.
    days = [date(2015, 1, 1) + timedelta(days=n) for n in range(len(sample.cells))]
    cells = tuple(msgspec.structs.replace(c, session=d) for c, d in zip(sample.cells, days, strict=True))
    sample = msgspec.structs.replace(sample, cells=cells)
    outcome = pl.DataFrame({"symbol": [c.symbol for c in cells], "session": days, "value": outcomes})
    answers = [(key, "anna", EMOTIONS[tag]) for key, (tag, _) in facts.items()]
    tags = pl.DataFrame(answers, schema=["text_key", "tagger", "label"], orient="row")
    return sample, tags, outcome


def happy(found):
    return found.table.row(1, named=True)


def test_where_errors_do_not_go_with_the_outcome_the_test_rejects_as_often_as_it_says():
    rng = np.random.default_rng(5)
    population = world(rng, 0.0)
    found = [differential_error(*draw(rng, population)) for _ in range(150)]
    assert np.mean([f.p_value < 0.05 for f in found]) < 0.11
    assert 0.01 < np.mean([happy(f)["p_value"] < 0.05 for f in found]) < 0.10
    assert np.std([happy(f)["slope"] for f in found]) == pytest.approx(
        np.mean([happy(f)["std_error"] for f in found]), rel=0.25
    )


def test_errors_that_go_with_the_outcome_are_found_at_their_size():
    rng = np.random.default_rng(6)
    population = world(rng, 0.08)
    truth = sum(y * np.mean([(tag == 1) - p[1] for _, tag, p in texts]) for _, y, texts in population) / sum(
        y**2 for _, y, _ in population
    )
    found = [differential_error(*draw(rng, population)) for _ in range(60)]
    slopes = np.array([happy(f)["slope"] for f in found])
    assert truth < -0.03
    assert abs(slopes.mean() - truth) < 4 * slopes.std() / 60**0.5 + 0.005
    assert np.mean([f.p_value < 0.05 for f in found]) > 0.5
    assert np.mean([f.table.row(7, named=True)["slope"] for f in found]) < -0.03


def test_the_unit_of_the_outcome_moves_nothing():
    rng = np.random.default_rng(7)
    sample, tags, outcome = draw(rng, world(rng, 0.05))
    one = differential_error(sample, tags, outcome)
    other = differential_error(sample, tags, outcome.with_columns(pl.col("value") * 1e4))
    assert one.table["slope"].to_numpy() == pytest.approx(other.table["slope"].to_numpy())
    assert one.p_value == pytest.approx(other.p_value)


def test_too_few_cells_with_an_outcome_are_named():
    rng = np.random.default_rng(8)
    sample, tags, outcome = draw(rng, world(rng, 0.05))
    with pytest.raises(SourceError, match="20 cells have a tag and an outcome, and 30 are needed"):
        differential_error(sample, tags, outcome.head(20))


def test_a_scorer_that_is_merely_unsure_is_not_taken_for_one_who_reads_by_the_outcome():
    """Happiness moves the outcome: tag less reading goes with it, and the reading of texts of one tag does not."""
    rng = np.random.default_rng(9)
    unsure, leaning = ([], [])
    for share, told in ((0.0, unsure), (0.3, leaning)):
        for _ in range(40):
            cells = draw_world(rng, 800)
            outcome = draw_outcome(rng, cells, 2.0)
            told.append(judged(rng, read_by_outcome(rng, read_again(rng, cells), outcome, share), outcome))
    for found, whole, given in ((unsure, True, False), (leaning, False, True)):
        rejected = np.mean([(f.p_value < 0.05, f.p_given_tag < 0.05) for f in found], axis=0)
        assert bool(rejected[0] > 0.5) is whole
        assert rejected[1] > 0.6 if given else rejected[1] < 0.2
    slopes = [f.given_tag["slope"][1] for f in unsure]
    assert abs(np.mean(slopes)) < 4 * np.std(slopes) / 40**0.5
    assert np.mean([f.given_tag["std_error"][1] for f in unsure]) == pytest.approx(np.std(slopes), rel=0.4)


def test_given_the_tag_the_slope_is_that_of_a_regression_with_effects_of_the_tag():
    rng = np.random.default_rng(11)
    sample, tags, outcome = draw(rng, world(rng, 0.05))
    labels = dict(tags.select("text_key", "label").iter_rows())
    keys = sample.drawn_keys
    y = outcome["value"].to_numpy()[sample.owners]
    weight = 1 / np.array([c.texts for c in sample.cells])[sample.owners] / sample.probabilities
    columns = np.column_stack([y, *([[labels[k] == e for k in keys] for e in EMOTIONS])]).astype(float)
    root = np.sqrt(weight)[:, None]
    read = np.array([sample.readings[k] for k in keys])
    slopes = np.linalg.lstsq(columns * root, read * root, rcond=None)[0][0]
    found = differential_error(sample, tags, outcome)
    assert found.given_tag["slope"].to_numpy()[:K] == pytest.approx(slopes * y.std(), rel=1e-6)
    assert sum(found.given_tag["slope"][:K]) == pytest.approx(0, abs=1e-12)
    assert found.given_tag["slope"][K] == pytest.approx(
        found.given_tag["slope"].to_numpy()[:K] @ [0, 1, -1, -1, -1, 0, -1]
    )


def test_where_no_tag_has_two_outcomes_nothing_is_tested():
    rng = np.random.default_rng(12)
    sample, tags, outcome = draw(rng, world(rng, 0.05))
    high = dict(zip([c.symbol for c in sample.cells], outcome["value"] > 0, strict=True))
    side = {k: "happy" if high[c.symbol] else "sad" for c in sample.cells for k in c.keys}
    told = tags.with_columns(label=pl.col("text_key").replace_strict(side))
    with pytest.raises(SourceError, match="among texts of one tag the outcome does not vary"):
        differential_error(sample, told, outcome.with_columns(value=(pl.col("value") > 0).cast(pl.Float64)))
