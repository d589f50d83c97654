"""Figures of an archive from a sample of it: right on average, with the variance that samples have."""

from itertools import product

import numpy as np
import polars as pl
import pytest
from scipy import stats

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.model.calibration import wilson
from emtract.model.evaluate import macro_f1
from emtract.tagging.accuracy import half_as_wide, measure_accuracy, stratum_variances
from tests.tagging.conftest import made_sample
from tests.tagging.test_sample import as_sample, every_sample


def test_the_variance_is_right_on_average_over_every_sample():
    """Not of the second stratum, of which one of two cells is drawn: there its numbers are the same."""
    rng = np.random.default_rng(3)
    e = {f"{at}{cell}{t}": rng.normal() + cell for at, cell, t in product((0, 1), range(3), range(3))}
    e |= {f"1{cell}0": 1.5 for cell in range(2)}
    totals, variances, chances = [], [], []
    for cells, texts, chance in every_sample():
        sample = as_sample(cells, texts)
        own = np.array([e[key] for key in sample.drawn_keys])
        totals.append((own / sample.probabilities).sum())
        variances.append(stratum_variances(sample, own).sum())
        chances.append(chance)
    mean = np.average(totals, weights=chances)
    population = sum(e[f"0{cell}{t}"] for cell, size in enumerate((3, 2, 3)) for t in range(size)) + 3.0
    assert mean == pytest.approx(population)
    assert np.average(variances, weights=chances) == pytest.approx(np.average((totals - mean) ** 2, weights=chances))


def world(rng, cells=400):
    """Cells of one to six texts by stratum: readings, and whether a text is a tag of its likeliest emotion."""
    made = []
    for at, chance in enumerate((0.9, 0.6, 0.3)):
        for cell in range(cells // (1 + 3 * at)):
            texts, own = int(rng.integers(2, 7)), np.clip(chance + rng.normal(0, 0.2), 0, 1)
            made.append((at, [(f"{at}.{cell}.{t}", rng.random() < own) for t in range(texts)]))
    return made


def draw(rng, population, each=15):
    strata = []
    for at in range(3):
        own = [texts for of, texts in population if of == at]
        chosen = [own[place] for place in rng.choice(len(own), each, replace=False)]
        picked = [
            (len(texts), [texts[place][0] for place in rng.choice(len(texts), 2, replace=False)]) for texts in chosen
        ]
        strata.append((len(own), each, picked))
    return made_sample(strata)


def tagged(sample, right, tagger="anna"):
    """Tags neutral, which is likeliest, where the scorer is right, else sad."""
    rows = [(key, tagger, "neutral" if right[key] else "sad") for key in sample.keys]
    return pl.DataFrame(rows, schema=["text_key", "tagger", "label"], orient="row")


def row(table, name):
    return table.row(by_predicate=pl.col(table.columns[0]) == name, named=True)


def test_accuracy_is_that_of_the_archive_within_its_interval_as_often_as_it_says():
    rng = np.random.default_rng(8)
    population = world(rng)
    right = {key: hit for _, texts in population for key, hit in texts}
    truth, naive = np.mean(list(right.values())), []
    found = []
    for _ in range(120):
        sample = draw(rng, population)
        found.append(row(measure_accuracy(sample, tagged(sample, right)).table, "accuracy"))
        naive.append(np.mean([right[key] for key in sample.keys]))
    told = pl.DataFrame(found)
    error = told["value"].std() / 120**0.5
    assert abs(told["value"].mean() - truth) < 4 * error < abs(np.mean(naive) - truth)
    assert told["std_error"].mean() == pytest.approx(told["value"].std(), rel=0.2)
    inside = told.filter((pl.col("low") <= truth) & (pl.col("high") >= truth)).height
    assert 0.88 < inside / 120 < 1


def test_a_census_gives_the_figures_themselves_without_error():
    rng = np.random.default_rng(1)
    keys = [f"k{n}" for n in range(40)]
    readings = {key: tuple(p) for key, p in zip(keys, rng.dirichlet(np.ones(7), 40).tolist(), strict=True)}
    labels = rng.integers(0, 7, 40)
    sample = made_sample([(20, 20, [(2, keys[2 * n : 2 * n + 2]) for n in range(20)])], readings=readings)
    tags = pl.DataFrame({"text_key": keys, "tagger": "anna", "label": [EMOTIONS[n] for n in labels]})
    found = measure_accuracy(sample, tags)
    p = np.array([readings[key] for key in keys])
    assert row(found.table, "accuracy")["value"] == pytest.approx(np.mean(p.argmax(axis=1) == labels))
    assert row(found.table, "macro f1")["value"] == pytest.approx(macro_f1(p.argmax(axis=1), labels, 7))
    assert found.by_emotion["read"].to_numpy() == pytest.approx(p.mean(axis=0))
    assert found.by_emotion["tagged"].to_numpy() == pytest.approx(np.bincount(labels, minlength=7) / 40)
    assert found.table["std_error"].to_numpy() == pytest.approx(0)
    assert found.by_confidence["texts"].sum() <= 40
    assert row(found.table, "accuracy")["low"] == row(found.table, "accuracy")["high"]


def test_no_misreading_among_a_few_texts_is_not_none_in_the_archive():
    keys = [f"k{n}" for n in range(20)]
    sample = made_sample([(900, 20, [(1, [key]) for key in keys])])
    tags = pl.DataFrame({"text_key": keys, "tagger": "anna", "label": "neutral"})
    found = measure_accuracy(sample, tags)
    for told in (row(found.table, "accuracy"), found.by_confidence.rename({"right": "value"}).row(0, named=True)):
        assert told["value"] == 1 and told["std_error"] == 0
        assert (told["low"], told["high"]) == pytest.approx(wilson(20, 20, z=stats.t.ppf(0.975, 19)))


def test_an_interval_that_rests_on_two_cells_is_that_of_two_cells():
    keys = [f"k{n}" for n in range(42)]
    sample = made_sample([(4, 2, [(1, [k]) for k in keys[:2]]), (400, 40, [(1, [k]) for k in keys[2:]])])
    labels = ["sad"] + ["neutral"] * 41
    found = measure_accuracy(sample, pl.DataFrame({"text_key": keys, "tagger": "anna", "label": labels}))
    gap = row(found.table, "that probability less accuracy")
    assert gap["value"] == pytest.approx(0.4 - 402 / 404)
    # Of four cells two are drawn, which differ by 1.
    assert gap["std_error"] == pytest.approx((4 * 2 / 2 * 0.5) ** 0.5 / 404)
    assert (gap["high"] - gap["low"]) / 2 / gap["std_error"] == pytest.approx(stats.t.ppf(0.975, 1))


def test_two_taggers_count_half_each_and_what_nobody_could_tell_is_left_out_and_said():
    sample = made_sample([(10, 4, [(1, [k]) for k in "abcd"]), (10, 2, [(1, [k]) for k in "ef"])])
    rows = [(k, "anna", "neutral") for k in "abcde"] + [(k, "ben", "sad") for k in "abcde"]
    rows += [("f", "anna", None), ("f", "ben", None)]
    tags = pl.DataFrame(rows, schema=["text_key", "tagger", "label"], orient="row")
    found = measure_accuracy(sample, tags)
    assert row(found.table, "accuracy")["value"] == pytest.approx(0.5)
    assert row(found.table, "texts that nobody could tell")["value"] == pytest.approx(5 / 20)
    assert (found.texts, found.taggers) == (5, 2)
    assert any("1 of 6 texts have no tag" in note for note in found.notes)
    with pytest.raises(SourceError, match="2 of 6 texts have a tag: too few"):
        measure_accuracy(sample, tags.filter(pl.col("text_key").is_in(["a", "b"])))


def test_as_many_texts_as_the_plan_says_halve_the_interval():
    rng = np.random.default_rng(12)
    population = world(rng, 4000)
    right = {key: hit for _, texts in population for key, hit in texts}

    def width(each):
        found = [
            row(measure_accuracy(s, tagged(s, right)).table, "accuracy")
            for s in (draw(rng, population, each) for _ in range(30))
        ]
        return np.mean([f["std_error"] for f in found])

    sample = draw(rng, population, 40)
    e = np.array([right[key] - 0.7 for key in sample.drawn_keys]) / sum(1 / sample.probabilities)
    planned = half_as_wide(sample, e)
    assert planned < 4 * len(sample.keys), "of a finite archive fewer than four times as many"
    assert width(round(40 * planned / len(sample.keys))) == pytest.approx(width(40) / 2, rel=0.12)
    assert "hours for each tagger at 10 seconds" in measure_accuracy(sample, tagged(sample, right)).notes[-1]


def test_kinds_of_cells_that_are_all_right_or_all_wrong_leave_no_certainty():
    """Ten of a hundred cells of each kind, one kind read right and one wrong: no variance, and an interval of twenty texts."""
    keys = [f"k{n}" for n in range(20)]
    sample = made_sample([(100, 10, [(1, [k]) for k in keys[:10]]), (100, 10, [(1, [k]) for k in keys[10:]])])
    tags = pl.DataFrame({"text_key": keys, "tagger": "anna", "label": ["neutral"] * 10 + ["sad"] * 10})
    found = measure_accuracy(sample, tags)
    told = row(found.table, "accuracy")
    assert (told["value"], told["std_error"]) == (0.5, 0.0)
    assert (told["low"], told["high"]) == pytest.approx(wilson(10, 20, z=stats.t.ppf(0.975, 18)))
    assert "all read right or all wrong" in found.notes[-1]


def test_a_kind_of_one_cell_is_no_part_of_what_more_cells_would_help():
    """Of 400 texts of the one cell two are tagged: that part of the variance stays, however many cells are drawn."""
    keys = [f"k{n}" for n in range(12)]
    small, alone = [(1, [k]) for k in keys[:10]], [(400, keys[10:])]
    sample = made_sample([(50, 10, small), (1, 1, alone)])
    tags = pl.DataFrame({"text_key": keys, "tagger": "anna", "label": ["neutral"] * 9 + ["sad", "neutral", "sad"]})
    assert measure_accuracy(sample, tags).notes[-1].startswith("no number of texts drawn by this design")
    # All cells of the first kind are drawn, and of the second a hundredth: only the second can have more.
    rest = [(1, [f"r{n}"]) for n in range(20)]
    sample = made_sample([(10, 10, small), (2000, 20, rest)])
    e = np.array([1.0, -1.0] * 15)
    planned = half_as_wide(sample, e)
    (second,) = stratum_variances(sample, e)[1:]
    endless = second / (1 - 20 / 2000)
    assert planned == int(np.ceil(10 + 20 / (1 - (1 - 1 / 4) * second / endless)))
