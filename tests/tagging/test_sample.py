"""Chances of a sample, against every sample that could have been drawn; and the file that keeps it."""

from itertools import combinations, product

import msgspec
import numpy as np
import pytest

from emtract.errors import SourceError
from emtract.tagging.sample import read_posts, read_sample, write_sample
from tests.tagging.conftest import made_sample

#: Texts of the cells of two strata, and cells and texts that are drawn of each.
POPULATION = [([3, 2, 3], 2, 2), ([1, 1], 1, 1)]


def every_sample():
    """All samples of `POPULATION`, which are equally likely within each choice of cells, and their probabilities."""
    for chosen in product(*(combinations(range(len(sizes)), drawn) for sizes, drawn, _ in POPULATION)):
        cells = [(at, cell) for at, of in enumerate(chosen) for cell in of]
        choices = [
            list(combinations(range(POPULATION[at][0][cell]), min(POPULATION[at][2], POPULATION[at][0][cell])))
            for at, cell in cells
        ]
        share = np.prod([1 / len(list(combinations(range(len(s)), d))) for s, d, _ in POPULATION])
        for texts in product(*choices):
            yield cells, texts, share / np.prod([len(c) for c in choices])


def as_sample(cells, texts):
    strata = [
        (len(sizes), drawn, [
            (sizes[cell], [f"{at}{cell}{t}" for t in of]) for (where, cell), of in zip(cells, texts, strict=True) if where == at
        ])
        for at, (sizes, drawn, _) in enumerate(POPULATION)
    ]  # fmt: skip
    return made_sample(strata)


def test_chances_of_one_text_and_of_two_are_how_often_they_are_drawn():
    drawn, told = {}, {}
    for cells, texts, chance in every_sample():
        sample = as_sample(cells, texts)
        joint = sample.joint_probabilities()
        assert np.array_equal(np.diag(joint), sample.probabilities)
        for (i, one), (j, two) in product(enumerate(sample.drawn_keys), repeat=2):
            drawn[one, two] = drawn.get((one, two), 0) + chance
            told[one, two] = joint[i, j]
    assert len(drawn) == 10 * 10 - 2, "the two cells of which one is drawn never meet"
    assert told == pytest.approx(drawn)


def test_a_text_of_two_cells_stands_for_what_it_stands_for_in_each():
    sample = made_sample([(6, 2, [(4, ["a", "b"]), (2, ["a", "c"])])])
    assert sample.keys == ("a", "b", "c") and sample.drawn_keys == ("a", "b", "a", "c")
    assert sample.weights() == pytest.approx({"a": 6 + 3, "b": 6, "c": 3})


@pytest.fixture
def folder(tmp_path):
    write_sample(tmp_path / "tags", made_sample([(6, 2, [(1, ["a"]), (1, ["b"])])]), {"a": "up", "b": "down"})
    return tmp_path / "tags"


def test_what_is_written_is_read_again_and_may_be_written_again(folder):
    sample = read_sample(folder)
    assert read_posts(folder, sample) == {"a": "up", "b": "down"}
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    write_sample(folder, sample, {"b": "down", "a": "up"})
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert "up" not in (folder / "sample.json").read_text()


def test_another_sample_never_takes_its_place(folder):
    with pytest.raises(SourceError, match="holds another sample, which may have tags: name another folder with -o"):
        write_sample(folder, made_sample([(6, 2, [(1, ["a"]), (1, ["c"])])]), {"a": "up", "c": "down"})


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda told: told | {"seed": 2}, "was changed since it was drawn: restore"),
        (lambda told: told | {"strata": 3}, "is damaged"),
        (lambda told: told | {"version": 99}, "newer emtract: upgrade"),
    ],
)
def test_a_design_that_was_changed_is_refused(folder, change, says):
    told = msgspec.json.decode((folder / "sample.json").read_bytes())
    (folder / "sample.json").write_bytes(msgspec.json.encode(change(told)))
    with pytest.raises(SourceError, match=says):
        read_sample(folder)


def test_half_a_file_none_and_changed_posts_are_refused(folder, tmp_path):
    sample = read_sample(folder)
    (folder / "texts.json").write_text('{"a": "down", "b": "down"}')
    with pytest.raises(SourceError, match=r"texts\.json is missing or was changed: draw the sample again"):
        read_posts(folder, sample)
    (folder / "sample.json").write_bytes((folder / "sample.json").read_bytes()[:100])
    with pytest.raises(SourceError, match=r"sample\.json is damaged"):
        read_sample(folder)
    with pytest.raises(SourceError, match=r"there is no sample in .*: draw one with `emtract tag draw"):
        read_sample(tmp_path)
