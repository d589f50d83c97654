"""Whether tags speak for an archive: shares that are found, size where some are zero, power where readings differ."""

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from emtract.econometrics.measurement.transport import _merged, stand_ins, transport, transport_of
from emtract.emotions import EMOTIONS
from emtract.errors import EstimationError, SpecError
from emtract.misreading import misreading_of
from tests.worlds.cells import CellWorld, simulate_cells
from tests.worlds.panels import BASE_SHARES
from tests.worlds.readers import Reader, misread, misreading_by, tagged_sample

READER = Reader()
#: Two emotions that nobody shows: the boundary.
BOUNDARY = np.array([0.45, 0.3, 0.1, 0.0, 0.0, 0.05, 0.1])


def archive(rng, shares, reader, *, firms=20, sessions=25, texts=4):
    """Texts whose shares of emotions move with firm and session, and are zero where they are zero."""
    moved = shares * np.exp(0.4 * rng.standard_normal((firms, 1, 7)) + 0.4 * rng.standard_normal((1, sessions, 7)))
    moved /= moved.sum(axis=2, keepdims=True)
    chances = np.repeat(moved.reshape(-1, 7), texts, axis=0)
    tags = (rng.random((len(chances), 1)) > chances.cumsum(axis=1)).sum(axis=1).clip(max=6)
    p = misread(rng, tags, reader)
    cell = np.repeat(np.arange(firms * sessions), texts)
    frame = pl.DataFrame(p, schema=list(EMOTIONS))
    return frame.with_columns(symbol=pl.Series(cell // sessions), session=pl.Series(cell % sessions)), tags


def tags_of(rng, reader=READER, n=3000):
    p, tags = tagged_sample(rng, reader, n)
    return pl.DataFrame(p, schema=list(EMOTIONS)).with_columns(label=pl.Series([EMOTIONS[j] for j in tags]))


def test_the_shares_of_an_archive_are_found_and_the_tags_speak_for_it():
    rng = np.random.default_rng(1)
    texts, tags = archive(rng, np.array(BASE_SHARES), READER)
    found = transport(texts, tags_of(rng), draws=199)
    wanted = np.bincount(tags, minlength=7) / len(tags)
    np.testing.assert_allclose(list(found.shares.values()), wanted, atol=0.06)
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.p_value > 0.05 and "can be from the archive" in str(found)
    assert (found.n_texts, found.n_tags, found.n_clusters) == (2000, 3000, 20)
    assert transport(texts, tags_of(np.random.default_rng(9)), draws=99) == transport(
        texts, tags_of(np.random.default_rng(9)), draws=99
    )


def test_where_two_emotions_are_absent_it_rejects_no_more_than_it_says():
    """At most 5 of 100; 11 or more would be seen in one of 100 such runs."""
    rejected = 0
    for rng in np.random.default_rng(2).spawn(100):
        texts, _ = archive(rng, BOUNDARY, READER, firms=15, sessions=15, texts=4)
        rejected += transport(texts, tags_of(rng), draws=99).p_value <= 0.05
    assert rejected <= 10


def test_readings_that_do_not_travel_are_seen_and_named():
    rng = np.random.default_rng(3)
    texts, _ = archive(rng, np.array(BASE_SHARES), Reader(sharpness=5.0))
    found = transport(texts, tags_of(rng), draws=199)
    assert found.p_value < 0.02 and "are not from the archive" in str(found)
    assert abs(found.deviation) > 3 and f"{abs(found.deviation):.1f} standard errors" in found.deviates


def test_weights_are_posts_that_stand_more_than_once():
    rng = np.random.default_rng(4)
    texts, _ = archive(rng, np.array(BASE_SHARES), READER, firms=8, sessions=8)
    tags = tags_of(rng, n=800)
    once = transport(pl.concat([texts, texts]), tags.with_columns(w=pl.lit(3.0)), draws=49)
    weighted = transport(texts.with_columns(w=pl.lit(2.0)), tags, draws=49)
    assert once.statistic == pytest.approx(weighted.statistic) and once.p_value == weighted.p_value


def test_what_cannot_be_tested_is_said():
    rng = np.random.default_rng(5)
    texts, _ = archive(rng, np.array(BASE_SHARES), READER, firms=4, sessions=4)
    tags = tags_of(rng, n=800)
    with pytest.raises(EstimationError, match="fewer than 2 posts are tagged fear"):
        transport(texts, tags.filter(pl.col("label") != "fear"))
    with pytest.raises(EstimationError, match="readings of the archive are no probabilities"):
        transport(texts.with_columns(happy=pl.lit(2.0)), tags)
    for w in (-1.0, 0.0, float("nan"), None):
        odd = pl.when(pl.int_range(pl.len()) == 0).then(w).otherwise(1.0)
        with pytest.raises(EstimationError, match="weights of the tagged posts are one positive number"):
            transport(texts, tags.with_columns(w=odd))
    with pytest.raises(EstimationError, match="of one cluster"):
        transport(texts.with_columns(symbol=pl.lit("A")), tags, clusters=("symbol",))
    with pytest.raises(SpecError, match="at most two"):
        transport(texts, tags, clusters=("symbol", "session", "happy"))
    assert transport(texts, tags, clusters=(), draws=49).n_clusters == texts.height


def test_a_misreading_stands_in_for_the_tagged_posts():
    rng = np.random.default_rng(7)
    p, tags = tagged_sample(rng, READER, 3000)
    card = misreading_by(p, tags)
    for (products, share), mean, spread in zip(stand_ins(card), card.means, card.covariances, strict=True):
        np.testing.assert_allclose(share @ products, (spread + np.outer(mean, mean))[np.triu_indices(7)])
    same, _ = archive(rng, np.array(BASE_SHARES), READER)
    other, _ = archive(rng, np.array(BASE_SHARES), Reader(sharpness=5.0))
    assert transport(same, card, draws=199).p_value > 0.05
    assert transport(other, card, draws=199).p_value < 0.02


def test_cells_tell_what_their_texts_do():
    drawn = simulate_cells(np.random.default_rng(8), CellWorld(n_firms=20, n_sessions=30, texts=4, reader=READER))
    card = misreading_by(*tagged_sample(np.random.default_rng(9), READER, 3000))
    cells, texts = transport_of(drawn.panel, card, ("market",), draws=199), transport(drawn.posts, card, draws=199)
    np.testing.assert_allclose(list(cells.shares.values()), list(texts.shares.values()), atol=0.05)
    assert cells.n_texts == texts.n_texts or cells.n_texts > 0.9 * texts.n_texts
    assert abs(cells.p_value - texts.p_value) < 0.3


def test_a_shift_that_is_said_to_be_seen_is_seen_in_80_of_100():
    """Of 40 archives 24 or more, which 80 of 100 give but for one time in 300, and fewer of a third of the shift."""
    rng = np.random.default_rng(10)
    reader = Reader(hits=0.55, alike=0.1)
    card = misreading_by(*tagged_sample(rng, reader, 8000))
    drawn = [archive(draw, np.array(BASE_SHARES), reader, firms=40, sessions=60)[0] for draw in rng.spawn(3)]
    seen = np.median([transport(texts, card, draws=199).seen for texts in drawn])
    assert 0 < seen < 0.4
    found = {
        shift: np.mean(
            [
                transport(
                    archive(draw, np.array(BASE_SHARES), replace(reader, happier=shift), firms=40, sessions=60)[0],
                    card,
                    draws=99,
                ).p_value
                <= 0.05
                for draw in rng.spawn(40)
            ]
        )
        for shift in (seen, seen / 3)
    }
    assert found[seen] >= 0.6 > found[seen / 3]


def test_products_of_summed_readings_are_those_of_the_sums():
    rng = np.random.default_rng(3)
    p = rng.dirichlet(np.ones(7), 50)
    card = misreading_of(p, np.arange(50) % 7, scorer="r", revision="1", how="", grain="valence")
    one, two = np.triu_indices(7)
    summed = p @ card.merge
    a, b = np.triu_indices(3)
    np.testing.assert_allclose((p[:, one] * p[:, two]) @ _merged(card.merge), summed[:, a] * summed[:, b])
    for (products, share), row in zip(stand_ins(card), card.rows, strict=True):
        mean, spread = card.means[row] @ card.merge, card.merge.T @ card.covariances[row] @ card.merge
        np.testing.assert_allclose(share @ products, (spread + np.outer(mean, mean))[a, b])


def test_a_card_of_valence_travels_where_emotions_of_a_class_are_mixed_otherwise():
    """Readings of sad and of fearful texts differ, and the archive has more fear: of valence nothing has changed."""
    rng = np.random.default_rng(5)
    p, tags = tagged_sample(rng, READER, 6000)
    other = rng.choice([0, 1, 6], 3000, p=[0.5, 0.2, 0.3])
    texts = pl.DataFrame(misread(rng, other, READER), schema=list(EMOTIONS))
    card = misreading_by(p, tags, "valence")
    found = transport(texts, card, clusters=(), draws=199)
    assert found.p_value > 0.05 and set(found.shares) == {"neutral", "positive", "negative"}
    assert found.shares["negative"] == pytest.approx(0.3, abs=0.05)
    happier = pl.DataFrame(misread(rng, other, replace(READER, happier=0.2)), schema=list(EMOTIONS))
    assert transport(happier, card, clusters=(), draws=199).p_value < 0.02
    assert 0 < found.seen < 0.2
