r"""A panel as a tagger would have it: its moods, and the noise of them, carried from how a scorer reads to what people tag.

Notes
-----
Of a cell with distinct texts u of weights w, :math:`x = \sum w_u p_u` is read and :math:`s = \sum w_u t_u` is what a tagger
would say, t having a one at the text's emotion. Where text given emotion is as in the tagged sample, :math:`E[p \mid t = j] =
P_j`, so

.. math:: z = P'^{-1} x = s + \text{noise}

is without bias for s. Its noise is :math:`P'^{-1} V P^{-1}`, with V the noise of x. For the tags of these very posts it is

.. math:: V = \sum_j \varphi_j S_j, \qquad \varphi = P'^{-1} \sum_u w_u^2 p_u

whatever goes with the weights, since :math:`E[\varphi \mid t] = \sum w_u^2 t_u`; cells that share texts have the same with
:math:`\sum w_{cu} w_{du} p_u`. For the tags of all posts that a cell's mood could have brought, V is the variance between the
units of a cell, which misreading is a part of. A regression on all six emotions of z is the regression on x, turned:
:math:`\beta_j - \beta_0 = \sum_k (P_{jk} - P_{0k}) \gamma_k`.

P is estimated, row j from :math:`n_j` tags: :math:`\operatorname{Cov}(dP_j) = S_j / n_j`. The regressors are :math:`x^* = Lx`,
rows of L being :math:`a'P'^{-1}`, and :math:`dL = -L\, dP' P'^{-1}`. With :math:`u_z` the products of all seven z with y, and Q
the moments of :math:`x^*` with all seven z less the noise, all after effects, the corrected moments :math:`u - W\beta` move by

.. math:: du = -L\, dP' u_z, \qquad dW = -(L\, dP' Q' + Q\, dP\, L')

which is one more part of their covariance, at any value of the coefficients. Of six emotions the point then has the further
variance :math:`g'S_jg/n_j + g'S_0g/n_0`, the last shared by all, with :math:`g = \gamma`. That V too rests on P and S is left
out: it is of the order of the noise times the error of P.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
import polars as pl

from emtract.econometrics.columns import asked_columns
from emtract.econometrics.measurement.moods import Mood, column_of, mood_columns, named_moods, packed, row_keys
from emtract.econometrics.measurement.prepared import given, noise_of, noise_of_rows
from emtract.econometrics.regression.absorb import absorb, choose_engine
from emtract.econometrics.regression.spec import parts
from emtract.emotions import EMOTIONS, STANCE, TAGS
from emtract.errors import EstimationError, SpecError
from emtract.panel.frame import ENTITY, TIME, valence
from emtract.panel.noise import SQUARES, VARIANCES, Noise

if TYPE_CHECKING:
    from emtract.econometrics.estimates import Floats
    from emtract.econometrics.measurement.prepared import Rows
    from emtract.econometrics.regression.spec import Spec
    from emtract.misreading import Misreading
    from emtract.panel.frame import Sample

#: Whose tags: of the very posts of a cell, or of all that its mood could have brought.
Told = Literal["posts", "mood"]
_K: Final = len(EMOTIONS)
_COUNTS: Final = ("n_posts", "n_texts", "n_authors", "n_units", "concentration")


def as_tagged(spec: Spec, panel: Sample, *, misreading: Misreading, told: Told) -> Sample:
    """Return a panel whose emotions and valence are what a tagger would give on average, with the noise of that.

    Parameters
    ----------
    spec
        A regression, of whose windows the moods are carried over.
    panel
        Built with the noise of its moods.
    misreading
        Of the scorer that read its posts.
    told
        `posts`: noise is misreading alone. `mood`: the sampling of posts is noise too.

    Raises
    ------
    ModelError
        When the misreading is of another scorer or revision.
    SpecError
        When the spec asks for what cannot be carried over.
    EstimationError
        When the panel lacks what is needed, or the scorer tells two emotions not apart.
    """
    noise = noise_of(panel)
    _check(spec, noise, misreading)
    scorer, revision = (panel.settings.get(key) for key in ("scorer", "revision"))
    misreading.check(*(None if found is None else str(found) for found in (scorer, revision)))
    inverse = misreading.inverse()
    data = panel.data
    for suffix in dict.fromkeys(suffix for _, suffix in mood_columns(spec, noise).values()):
        data = _carried(data, suffix, inverse, noise)
    return replace(panel, data=data, noise=_noise_as_tagged(noise, misreading, inverse, told))


def _check(spec: Spec, noise: Noise, misreading: Misreading) -> None:
    """Refuse what has no counterpart among tags of emotions, or of classes of valence."""
    found = mood_columns(spec, noise)
    if finer := [name for name, (mood, _) in found.items() if misreading.grain == "valence" and mood != "valence"]:
        raise SpecError(
            f"this misreading is of valence and says nothing of {finer[0]}: name a misreading of all seven emotions, or correct "
            "by noise"
        )
    if stances := [name for name, (mood, _) in found.items() if mood in (*TAGS, STANCE)]:
        raise SpecError(
            f"the misreading is of emotions and says nothing of {stances[0]}: take it out, or correct by noise"
        )
    if products := [name for name in found if len(parts(name)) > 1]:
        raise SpecError(f"the error of a misreading in {products[0]} is not worked out: correct products by noise")
    carried = {suffix for _, suffix in found.values()}
    moods = {name for name, (_, suffix) in named_moods(noise).items() if suffix in carried}
    if read := [name for name in asked_columns(spec.where) if noise.aliases.get(name, name) in moods]:
        raise SpecError(
            f"where reads {read[0]}, which is carried to tags: make a column of the condition and name that"
        )


def _carried(data: pl.DataFrame, suffix: str, inverse: Floats, noise: Noise) -> pl.DataFrame:
    """Write what tags would say in the place of emotions and valence of a suffix, and of what bears another name of them."""
    names = [column_of(emotion, suffix) for emotion in EMOTIONS]
    if lacking := [name for name in names if name not in data.columns]:
        raise EstimationError(f"a misreading needs all seven emotions, and the sample has no {lacking[0]}")
    z = data.select(pl.col(names).cast(pl.Float64)).to_numpy() @ inverse
    made = pl.DataFrame({e: pl.Series(column).fill_nan(None) for e, column in zip(EMOTIONS, z.T, strict=True)})
    made = made.with_columns(valence=valence())
    columns = {column_of(mood, suffix): made[mood] for mood in made.columns}
    others = {
        other: columns[name] for other, name in noise.aliases.items() if name in columns and other in data.columns
    }
    return data.with_columns(column.alias(name) for name, column in (columns | others).items())


def _noise_as_tagged(noise: Noise, misreading: Misreading, inverse: Floats, told: Told) -> Noise:
    upper = list(zip(*np.triu_indices(_K), strict=True))
    turned = np.array([packed(inverse[:, i], inverse[:, j]) for i, j in upper]).T
    if told == "posts":
        spreads = np.array([spread[np.triu_indices(_K)] for spread in misreading.spreads])
        turned = inverse @ spreads @ turned
    read = SQUARES if told == "posts" else VARIANCES
    if lacking := [name for frame in (noise.cells, noise.pairs) for name in read if name not in frame.columns]:
        raise EstimationError(f"the noise of this sample has no {lacking[0]}: build the sample again")

    def moved(frame: pl.DataFrame, keys: tuple[str, ...]) -> pl.DataFrame:
        values = frame.select(pl.col(read).cast(pl.Float64)).to_numpy() @ turned
        made = [pl.Series(n, column).fill_nan(None) for n, column in zip(VARIANCES, values.T, strict=True)]
        return frame.select(keys).with_columns(made)

    keys = (ENTITY, TIME, "suffix", *_COUNTS), (TIME, "suffix", "one", "two")
    return Noise(moved(noise.cells, keys[0]), moved(noise.pairs, keys[1]), noise.aliases)


def tag_spread(rows: Rows, panel: Sample, misreading: Misreading) -> Floats:
    """Return what the sampling of tags adds to the covariance of the moments (u, W row by row), shape (p + p^2, p + p^2).

    Parameters
    ----------
    rows
        A regression on p moods of a panel of `as_tagged`.
    panel
        That panel.
    misreading
        With which it was carried.
    """
    sds, inverse = rows.design.sds[rows.places], misreading.inverse()
    p = len(rows.moods)
    # What each moment moves by as row j of P does, a step of which is a step of seven numbers.
    slopes = np.zeros((_K, p + p * p, _K))
    for suffix in dict.fromkeys(mood.suffix for mood in rows.moods):
        outcome, products = _with_all(rows, panel, suffix)
        lean = np.array([inverse @ mood.shares * (mood.suffix == suffix) for mood in rows.moods]) / sds[:, None]
        slopes[:, :p] -= outcome[:, None, None] * lean
        both = products.T[:, None, :, None] * lean[:, None]
        slopes[:, p:] -= (both + both.transpose(0, 2, 1, 3)).reshape(_K, p * p, _K)
    return np.asarray(np.einsum("jak,jkl,jbl->ab", slopes, misreading.mean_spreads, slopes, optimize=True))


def _with_all(rows: Rows, panel: Sample, suffix: str) -> tuple[Floats, Floats]:
    """u_z of all seven emotions of a suffix, shape (7,), and Q, shape (p, 7)."""
    keys, names = row_keys(rows.sample), [column_of(emotion, suffix) for emotion in EMOTIONS]
    told = rows.sample.select(keys).join(panel.data.select(*keys, *names), on=keys, how="left", maintain_order="left")
    exact = rows.design.z[:, [j for j in range(len(rows.spec.regressors)) if j not in rows.places]]
    columns = np.column_stack([told.select(names).to_numpy(), exact])
    within = absorb(columns, rows.design, choose_engine(rows.spec, len(columns)))
    z = given(within[:, :_K], within[:, _K:])
    moods = (*rows.moods, *(Mood(-1, suffix, own, np.ones(len(z))) for own in np.eye(_K)))
    noisy = noise_of_rows(rows.sample, rows.noise, moods, rows.design, exact, rows.cells).sum(axis=0)
    full = np.zeros((len(moods), len(moods)))
    full[np.triu_indices(len(moods))] = noisy
    p = len(rows.moods)
    return np.asarray(z.T @ rows.y), np.asarray(rows.x.T @ z - full[:p, p:])
