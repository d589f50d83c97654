"""Tags that outlive a scorer: what stays, what is read again, and the misreading that they show."""

import json

import numpy as np
import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError
from emtract.misreading import read_misreading
from emtract.model import load_scorer
from emtract.tagging.answers import load_tags, read_tags
from emtract.tagging.draw import draw_sample
from emtract.tagging.reread import misreading_of_tags, reread_sample, write_card
from emtract.tagging.sample import POSTS, read_sample, write_sample
from tests.tagging.conftest import open_archive, posts


@pytest.fixture
def folder(tmp_path, options):
    with open_archive(tmp_path / "s.duckdb", posts()) as store:
        sample, texts = draw_sample(store, options, n=120, seed=1)
    sample = write_sample(tmp_path / "tags", sample, texts)
    answers = [[key, EMOTIONS[place % 7]] for place, key in enumerate(sample.keys)]
    told = {"format": "emtract tags", "version": 1, "digest": sample.digest, "tagger": "anna"}
    (tmp_path / "anna.json").write_text(json.dumps({**told, "count": len(answers), "answers": answers}))
    read_tags(tmp_path / "tags", [tmp_path / "anna.json"])
    return tmp_path / "tags"


def test_design_and_tags_stay_and_readings_are_the_new_scorers(folder, tmp_path):
    scorer = load_scorer("fast")
    before = read_sample(folder)
    for _ in range(2):
        sample, tags = reread_sample(folder, tmp_path / "again", scorer)
    assert (sample.scorer, sample.revision) == (scorer.name, scorer.revision)
    assert (sample.cells, sample.strata, sample.keys) == (before.cells, before.strata, before.keys)
    shown = json.loads((folder / POSTS).read_text())
    wanted = scorer.predict([shown[key] for key in sample.keys]).select(EMOTIONS).to_numpy()
    np.testing.assert_allclose(np.array(list(sample.readings.values())), wanted, atol=1e-7)
    old = load_tags(folder)
    columns = ["text_key", "tagger", "label", "weight"]
    assert load_tags(tmp_path / "again").equals(tags) and tags.select(columns).equals(old.select(columns))
    assert read_sample(folder) == before


def test_posts_that_are_not_those_of_the_sample_are_refused(folder, tmp_path):
    scorer = load_scorer("fast")
    with pytest.raises(SourceError, match="the first readings, which would be lost"):
        reread_sample(folder, folder, scorer)
    (folder / POSTS).write_text("{}")
    with pytest.raises(SourceError, match="missing or was changed"):
        reread_sample(folder, tmp_path / "again", scorer)
    assert not (tmp_path / "again").exists()


def test_each_text_counts_by_one_over_its_chance(folder, tmp_path):
    sample, tags = read_sample(folder), load_tags(folder)
    found = misreading_of_tags(sample, tags)
    own = tags.filter(pl.col("label") == "happy")
    p, w = own.select(EMOTIONS).to_numpy(), own["weight"].to_numpy()
    np.testing.assert_allclose(found.means[1], w @ p / w.sum())
    twice = pl.concat([tags, tags.with_columns(tagger=pl.lit("ben"))])
    for grain in ("emotion", "valence"):
        one, two = (misreading_of_tags(sample, of, grain=grain) for of in (tags, twice))
        np.testing.assert_allclose(two.means, one.means)
        np.testing.assert_allclose(two.tags, one.tags, err_msg="a second tagger who agrees is no further text")
        np.testing.assert_allclose(two.covariances, one.covariances)
    write_card(folder, tmp_path / "card.json")
    np.testing.assert_allclose(read_misreading(tmp_path / "card.json").means, found.means)
    with pytest.raises(SourceError, match="no text of this sample has a tag"):
        misreading_of_tags(sample, tags.with_columns(label=pl.lit(None, pl.String)))


def test_a_scorer_that_leaves_a_text_unread_is_refused(folder, tmp_path):
    class Silent:
        """Reads as `fast` does, all but the first text."""

        name, revision, cleaner = "silent", "1", load_scorer("fast").cleaner

        def predict(self, posts):
            read = load_scorer("fast").predict(posts)
            return read.with_columns(pl.when(pl.int_range(pl.len()) > 0).then(pl.col(e)).alias(e) for e in EMOTIONS)

    with pytest.raises(SourceError, match="gave 1 of"):
        reread_sample(folder, tmp_path / "again", Silent())
    assert not (tmp_path / "again").exists()
