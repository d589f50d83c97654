"""A set of emotions as a tree, and how many posts carry each label: Parrott's tiers, or the seven over what others tell apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import plotly.graph_objects as go

from emtract.atomic import write_if_changed, write_whole
from emtract.report.figures import canvas
from emtract.report.figures.palette import LIGHT
from emtract.report.files import PLOTLY_JS
from emtract.words.taxonomies import PARROTT, STAND_IN, taxonomy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

#: Over labels that no emotion of the seven stands for.
NO_EMOTION: Final = "no emotion of the seven"
_HEIGHT: Final = 560
_BETWEEN: Final = "/"
_TIERS: Final = ("parrott_primary", "parrott_secondary", "parrott_tertiary")


def paths(name: str) -> dict[str, tuple[str, ...]]:
    """Label of a taxonomy -> the way to it from the root, itself included: Parrott's tiers, else the emotion it is read as."""
    found = taxonomy(name)
    if name.startswith("parrott_"):
        return {path[-1]: path for path in _parrott(_TIERS.index(name) + 1)}
    return {label: (emotion or NO_EMOTION, label) for label, emotion in found.emotions.items()}


def _parrott(depth: int) -> Iterator[tuple[str, ...]]:
    for first, below in PARROTT.items():
        if depth == 1:
            yield (first,)
        for second, thirds in below.items():
            if depth == 2:
                yield first, second
            if depth == 3:
                yield from ((first, second, third) for third in thirds)


def label_tree(name: str, counts: Mapping[str, int] | None = None) -> go.Figure:
    """Draw a taxonomy as an icicle; labels are as wide as they are frequent, and of one width where nothing was counted.

    Parameters
    ----------
    name
        Of `emtract.words.taxonomies.TAXONOMIES`.
    counts
        Label -> posts that carry it; labels of another set are passed over. None draws the tree alone.
    """
    emotions, sums, colours = taxonomy(name).emotions, dict[tuple[str, ...], int](), dict[tuple[str, ...], str]()
    for label, path in paths(name).items():
        weight = 1 if counts is None else counts.get(label, 0)
        image = emotions[label] or "quiet"
        tone = LIGHT[STAND_IN.get(image, image)]
        for depth in range(len(path) + 1):
            sums[path[:depth]] = sums.get(path[:depth], 0) + weight
            colours.setdefault(path[:depth], tone if depth else LIGHT["quiet"])
        colours[path] = tone
    nodes = [path for path, total in sums.items() if total]
    told = (
        "%{label}<extra></extra>" if counts is None else "%{label}: %{value:,} posts, %{percentRoot:.1%}<extra></extra>"
    )
    figure = go.Figure(
        go.Icicle(
            ids=[_BETWEEN.join((name, *path)) for path in nodes],
            labels=[path[-1] if path else name for path in nodes],
            parents=[_BETWEEN.join((name, *path[:-1])) if path else "" for path in nodes],
            values=[sums[path] for path in nodes],
            marker={"colors": [colours[path] for path in nodes]},
            branchvalues="total",
            hovertemplate=told,
            sort=False,
        )
    )
    return figure.update_layout(height=_HEIGHT, margin={"l": 8, "r": 8, "t": 8, "b": 8}, font={"family": canvas.FONT})


def write_tree(figure: go.Figure, path: Path) -> None:
    """Write a drawn tree as a page that draws with the `plotly.min.js` of its folder, which is put there too."""
    import plotly.offline

    write_if_changed(path.with_name(PLOTLY_JS), plotly.offline.get_plotlyjs())
    write_whole(path, figure.to_html(include_plotlyjs="directory", div_id="tree", config={"displaylogo": False}))
