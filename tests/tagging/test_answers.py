"""Files of answers as people hand them back: whole, partly done, cut, edited, of another sample, two people under one name."""

import json
import random

import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.tagging.answers import BAD, TAGS, load_tags, read_tags
from emtract.tagging.sample import read_sample, write_sample
from tests.cut import content, files_cut_at
from tests.tagging.conftest import made_sample

KEYS = [f"k{n}" for n in range(8)]


@pytest.fixture
def folder(tmp_path):
    sample = made_sample(
        [(9, 3, [(4, KEYS[:2]), (4, KEYS[2:4]), (2, ["k0", "k4"])]), (4, 3, [(1, [k]) for k in KEYS[5:]])]
    )
    write_sample(tmp_path / "tags", sample, {key: key for key in KEYS})
    return tmp_path / "tags"


def saved(folder, name, given, *, tagger=None, **changes):
    told = {
        "format": "emtract tags", "version": 1, "digest": read_sample(folder).digest, "tagger": tagger or name,
        "count": len(given), "of": len(KEYS), "answers": given,
    } | changes  # fmt: skip
    path = folder.parent / f"{name}.json"
    path.write_text(json.dumps(told))
    return path


def alike(label="happy", keys=KEYS):
    return [[key, label] for key in keys]


def said(tags, *words):
    found = [note for note in tags.notes if all(word in note for word in words)]
    assert len(found) == 1, tags.notes
    return found[0]


def test_tags_of_several_people_stand_beside_what_was_read_and_what_they_stand_for(folder):
    files = [saved(folder, "anna", alike()), saved(folder, "ben", [*alike("sad", KEYS[:3]), ["k3", "cannot tell"]])]
    tags = read_tags(folder, files)
    assert tags.frame.height == 12 and tags.bad.is_empty()
    assert tags.frame.columns == ["text_key", "tagger", "label", "weight", *EMOTIONS]
    assert tags.frame.row(by_predicate=(pl.col("text_key") == "k3") & (pl.col("tagger") == "ben"))[2] is None
    weights = dict(tags.frame.select("text_key", "weight").iter_rows())
    assert weights == pytest.approx(
        {"k0": 9, "k1": 6, "k2": 6, "k3": 6, "k4": 3, "k5": 4 / 3, "k6": 4 / 3, "k7": 4 / 3}
    )
    assert load_tags(folder).equals(tags.frame)
    assert said(tags, "ben") == "ben: 4 of 8 texts, 1 of them cannot be told"
    assert "sad (3)" in said(tags, "fewer than 30 tags")


def test_an_earlier_save_of_a_tagger_adds_nothing_whatever_the_order(folder):
    files = [saved(folder, "early", alike(keys=KEYS[:3]), tagger="anna"), saved(folder, "late", alike(), tagger="anna")]
    for given in (files, files[::-1], [*files, files[0]]):
        tags = read_tags(folder, given)
        assert tags.frame["text_key"].to_list() == KEYS and tags.bad.is_empty()


def test_answers_that_are_none_are_counted_and_listed_and_the_rest_is_kept(folder):
    answers = [
        *alike(keys=KEYS[:3]),
        ["stranger", "sad"],
        ["k3", "joy"],
        ["k4", "sad"],
        ["k4", "fear"],
        "k5",
        ["k6", 3],
    ]
    tags = read_tags(folder, [saved(folder, "anna", answers)])
    assert tags.frame["text_key"].to_list() == KEYS[:3]
    reasons = dict(tags.bad.group_by("reason").len().iter_rows())
    assert reasons == {"no text of this sample": 1, "no such label": 3, "answered in two ways": 2}
    assert pl.read_csv(folder / BAD, glob=False).height == tags.bad.height == 6
    assert tags.frame.height + tags.bad.height == len(answers)
    assert said(tags, "3 answers do not count", "no such label")


def test_tags_that_others_take_the_place_of_are_named(folder):
    anna, ben = saved(folder, "anna", alike()), saved(folder, "ben", alike())
    assert not [note for note in read_tags(folder, [anna]).notes if "were read before" in note]
    assert said(read_tags(folder, [ben]), "were read before").startswith("tags of anna were read before")
    assert not [note for note in read_tags(folder, [anna, ben]).notes if "were read before" in note]


def test_two_people_under_one_name_are_told_and_neither_is_chosen(folder):
    files = [saved(folder, "one", alike(), tagger="anna"), saved(folder, "two", alike("sad", KEYS[:2]), tagger="anna")]
    tags = read_tags(folder, files)
    assert tags.frame["text_key"].to_list() == KEYS[2:] and tags.bad.height == 4
    assert "(one.json, two.json): leave the earlier file out" in said(tags, "anna answers 2 texts in two ways")


def test_one_tagger_alone_and_a_count_that_does_not_hold_are_said(folder):
    tags = read_tags(folder, [saved(folder, "anna", alike(), count=5)])
    assert said(tags, "one tagger only").endswith("have a second one tag the same sample")
    assert "says that it holds 5 answers and holds 8: it was edited" in said(tags, "anna.json")


REFUSED = {
    "another sample": ({"digest": "f" * 64}, r"belongs to another sample \(ffffffff, not .*or its digest was edited"),
    "no digest": ({"digest": None}, "belongs to another sample"),
    "another file": ({"format": "notes"}, "is no file of answers"),
    "answers gone": ({"answers": None}, "is no file of answers"),
    "a newer page": ({"version": 2}, "newer emtract: upgrade"),
    "nobody's": ({"tagger": " "}, "does not say whose answers it holds"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_of_something_else_is_refused_and_nothing_is_written(folder, case):
    changes, says = REFUSED[case]
    good = saved(folder, "ben", alike())
    with pytest.raises(SourceError, match=says):
        read_tags(folder, [good, saved(folder, "anna", alike(), **changes)])
    assert not (folder / TAGS).exists()


def test_a_file_cut_anywhere_is_refused_in_a_sentence(folder):
    path = saved(folder, "anna", alike())
    whole = path.read_bytes()
    for end in random.Random(1).sample(range(len(whole)), 20):
        path.write_bytes(whole[:end])
        with pytest.raises(SourceError, match=r"anna\.json is cut off or was edited.*save it again from the page"):
            read_tags(folder, [path])
    path.write_bytes(b"[" * 100_000)
    with pytest.raises(SourceError, match="cut off or was edited"):
        read_tags(folder, [path])
    with pytest.raises(SourceError, match="there is no file"):
        read_tags(folder, [folder / "none.json"])


def test_tags_that_are_missing_or_damaged_are_told(folder):
    with pytest.raises(SourceError, match=r"there are no tags in .* read the tags of your taggers"):
        load_tags(folder)
    (folder / TAGS).write_bytes(b"PAR1")
    with pytest.raises(SourceError, match="damaged: read the taggers' files again"):
        load_tags(folder)


def test_tags_are_there_only_once_what_was_left_out_of_them_is(folder):
    read_tags(folder, [saved(folder, "anna", alike())])
    before = content(folder)
    bad = saved(folder, "anna", [*alike("sad"), *([f"x{n}", "happy"] for n in range(99))])
    with files_cut_at(len(before[BAD]) + 100), pytest.raises(OSError, match="too large"):
        read_tags(folder, [bad])
    assert content(folder) == before
