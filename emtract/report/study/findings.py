"""Sections of analyses that are not one regression: figures, estimates in words, further tables, notes, design."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.econometrics.estimates import ESTIMATE_COLUMNS
from emtract.report.figures.draw import draw, plot_parts
from emtract.report.figures.palette import tone
from emtract.report.tables.table import TERM_COLUMNS, Table, cell_texts, frame_table, heading, text_table
from emtract.words.names import in_words, term_name
from emtract.words.numbers import NONE, decimals_for, p_text, signed, stars

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from datetime import date

    from emtract.econometrics.finding import Chart, Finding, Quantity
    from emtract.study import StudyResult

#: More estimates than this are folded away, but for those that the study speaks of.
MOST_ROWS = 16
#: Words at the beginning of neighbours' names that are worth a line of their own.
LEAST_SHARED = 5

#: Further columns of estimates that are in the unit of the estimate, and take its decimals.
_IN_UNIT: Final = {"band_low", "band_high", "median"}

#: Platform -> form of its ids, and the address of a post.
_ADDRESSES: Final = {
    "twitter": (re.compile(r"\d{1,20}"), "https://twitter.com/i/web/status/{id}"),
    "stocktwits": (re.compile(r"\d{1,20}"), "https://stocktwits.com/message/{id}"),
}


@dataclass(frozen=True)
class TellingPost:
    """A text that moved a day: by how much, how the model reads it, how often it was posted, and its first post.

    There is an address where there is no text.
    """

    moved: str
    emotion: str
    probability: str
    copies: int
    platform: str
    post_id: str
    time: str
    address: str | None
    body: str | None


@dataclass(frozen=True)
class Story:
    """An unusual day of a firm, and the posts that moved it most."""

    day: date
    mark: str
    facts: str
    posts: tuple[TellingPost, ...]


@dataclass(frozen=True)
class EstimateRow:
    """One number of a finding, every cell as text."""

    term: str
    label: str
    unit: str
    tone: str
    estimate: str
    stars: str
    error: str
    interval: str
    p: str
    n: str
    more: tuple[str, ...]
    primary: bool = False


@dataclass(frozen=True)
class Rows:
    """Estimates that stand together: what their names share, with dots for what they do not, and (the rest, row) of each."""

    shared: str
    rows: tuple[tuple[str, EstimateRow], ...]


def share_names(rows: Sequence[EstimateRow]) -> Iterator[Rows]:
    """Say once what the names of neighbours share: six emotions of one design differ in a word or two.

    Parameters
    ----------
    rows
        In the order of the table, which is kept.

    Yields
    ------
    Rows
        Two rows or more whose names begin with the same `LEAST_SHARED` words, or a row alone, under its whole name.
    """
    names = [row.label.split(" ") for row in rows]
    start = 0
    while start < len(rows):
        end, first = start + 1, len(names[start]) - 1
        while end < len(rows) and (fewer := min(first, _shared(names[start], names[end]))) >= LEAST_SHARED:
            end, first = end + 1, fewer
        if end - start == 1:
            yield Rows("", ((rows[start].label, rows[start]),))
        else:
            rest = [name[first:] for name in names[start:end]]
            last = min(_shared(rest[0][::-1], other[::-1]) for other in rest[1:])
            shared = [*names[start][:first], "\u2026", *rest[0][len(rest[0]) - last :]]
            own = (" ".join(words[: len(words) - last]) for words in rest)
            yield Rows(" ".join(shared), tuple(zip(own, rows[start:end], strict=True)))
        start = end


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """Words at the beginning of two names that are the same; one word of each stays its own."""
    most = min(len(one), len(other)) - 1
    return next((place for place in range(most) if one[place] != other[place]), most)


@dataclass(frozen=True)
class Figure:
    """A chart with its place on the page and beside it, and what is told below it, view by view."""

    chart: Chart
    plot: Mapping[str, Any]
    file: str
    stories: tuple[tuple[Story, ...], ...] = ()


@dataclass(frozen=True)
class FindingSection:
    """One analysis, ready to print.

    Attributes
    ----------
    name, anchor, label, words
        Of the analysis, id of the section, its heading, and the design in words.
    unit
        Unit that all estimates share; '' where they differ, and each row names its own.
    rows, folded
        Estimates that are shown, and all of them where there are too many to show.
    more
        Headings of further columns of the estimates.
    """

    name: str
    anchor: str
    label: str
    words: str
    unit: str
    rows: tuple[EstimateRow, ...]
    folded: tuple[EstimateRow, ...]
    more: tuple[str, ...]
    figures: tuple[Figure, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]

    def as_table(self) -> Table:
        """Return all estimates as one table, for LaTeX and Word."""
        rows = self.folded or self.rows
        headings = ("", self.estimate_heading, "Std. error", "95\u00a0% interval", "p", "N", *self.more)
        cells = [(_with_unit(r), r.estimate + r.stars, r.error, r.interval, r.p, r.n, *r.more) for r in rows]
        return text_table(self.label, headings, cells, tones=[r.tone for r in rows], notes=self.notes)

    @staticmethod
    def parts(rows: Sequence[EstimateRow]) -> tuple[Rows, ...]:
        """Rows as they stand on a page: what neighbours' names share is said once."""
        return tuple(share_names(rows))

    @property
    def estimate_heading(self) -> str:
        """`Estimate`, with the unit that all share."""
        return f"Estimate, {self.unit}" if self.unit else "Estimate"

    @property
    def units_differ(self) -> bool:
        """Whether rows name their own units."""
        return not self.unit and any(row.unit for row in self.rows + self.folded)


def _with_unit(row: EstimateRow) -> str:
    return f"{row.label} ({row.unit})" if row.unit else row.label


def finding_sections(result: StudyResult) -> tuple[FindingSection, ...]:
    """Prepare every finding of a study, in its order."""
    spoken = {*result.study.headline, *((e.spec, e.term) for e in result.study.expectations)}
    return tuple(
        _section(name, result, tuple(term for spec, term in spoken if spec == name)) for name in result.analyses
    )


def chart_files(result: StudyResult) -> dict[str, pl.DataFrame]:
    """Return the data of every chart by file name, as they go beside the page."""
    charts = {
        file: chart
        for name, finding in result.findings.items()
        for file, chart in zip(_files(name, finding), finding.charts, strict=True)
    }
    told = {f"{f.removesuffix('.csv')}_posts.csv": c.stories for f, c in charts.items() if c.stories is not None}
    return {file: chart.frame for file, chart in charts.items()} | told


def anchor(name: str) -> str:
    """Return an id for a page and a file: letters, digits and underscores only."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_") or "analysis"


def _files(name: str, finding: Finding) -> list[str]:
    alone = len(finding.charts) == 1
    return [f"{anchor(name)}{'' if alone else f'_{i}'}.csv" for i in range(1, len(finding.charts) + 1)]


def _section(name: str, result: StudyResult, spoken: Sequence[str]) -> FindingSection:
    finding, request = result.findings[name], result.analyses[name]
    rows, unit = estimate_rows(finding)
    rows = tuple(replace(row, primary=(name, row.term) == result.study.primary) for row in rows)
    if len({row.tone for row in rows}) == 1:
        rows = tuple(replace(row, tone="other") for row in rows)
    many = len(rows) > MOST_ROWS
    columns = {column for sample in result.samples.values() for column in sample.data.columns}
    design = result.designs[name]
    extra = [c for c in finding.estimates.columns if c not in ESTIMATE_COLUMNS]
    notes = tuple(in_words(note, columns).replace("`", "") for note in _unsaid(finding.notes, design))
    return FindingSection(
        name=name,
        anchor=f"finding-{anchor(name)}",
        label=request.label or term_name(name),
        words=in_words(design, columns),
        unit=unit,
        rows=tuple(r for r in rows if r.term in spoken) if many else rows,
        folded=rows if many else (),
        more=tuple(heading(c) for c in extra),
        figures=tuple(
            Figure(chart, plot_parts(f"chart-{file.removesuffix('.csv')}", draw(chart)), file, stories_of(chart))
            for chart, file in zip(finding.charts, _files(name, finding), strict=True)
        ),
        tables=tuple(
            frame_table(_named(frame, columns), title=title, notes=notes) for title, frame in finding.tables.items()
        ),
        notes=notes,
    )


def _named(frame: pl.DataFrame, columns: Collection[str]) -> pl.DataFrame:
    """Name the columns of the samples that a table's cells speak of."""
    texts = [c for c, dtype in frame.schema.items() if dtype == pl.String and c not in TERM_COLUMNS]
    names = {v: term_name(v) for c in texts for v in frame[c].drop_nulls() if "_" in v and v in columns}
    return frame.with_columns(pl.col(c).replace(names) for c in texts) if names else frame


def _unsaid(notes: Sequence[str], design: str) -> list[str]:
    """Sentences of the notes that the design in words does not say already."""
    sentences = [s for note in notes for s in re.split(r"(?<=\.)\s+(?=[A-Z])", note)]
    return [s for s in sentences if s not in design]


def estimate_rows(finding: Finding) -> tuple[tuple[EstimateRow, ...], str]:
    """Put every estimate into text, and return the unit that all of them share, or ''.

    Notes
    -----
    Estimates of one unit share their decimals: two significant digits of their typical standard error, unless a quantity
    states its own, or these decimals would show nothing of its standard error.
    """
    found = list(finding.estimates.iter_rows(named=True))
    told = [finding.said[row["term"]] for row in found]
    units = [quantity.unit for quantity in told]
    shared = units[0] if len(set(units)) == 1 else ""
    decimals = {u: decimals_for(_scales(found, units, u), digits=2) for u in set(units)}
    extra = [c for c in finding.estimates.columns if c not in ESTIMATE_COLUMNS]
    digits = [_digits(row, q, decimals[q.unit]) for row, q in zip(found, told, strict=True)]
    further = (
        [signed(v, d) if v is not None else "" for v, d in zip(finding.estimates[c], digits, strict=True)]
        if c in _IN_UNIT
        else cell_texts(finding.estimates[c])
        for c in extra
    )
    more = list(zip(*further, strict=True)) or [()] * len(found)
    rows = tuple(
        _row(row, q, d, unit="" if shared else q.unit, more=texts)
        for row, q, d, texts in zip(found, told, digits, more, strict=True)
    )
    return rows, shared


def _digits(row: Mapping[str, Any], quantity: Quantity, shared: int) -> int:
    """Decimals of an estimate: its own where it is far smaller than others of its unit."""
    if quantity.decimals is not None:
        return quantity.decimals
    own = decimals_for([row["std_error"]], digits=2)
    return own if own >= shared + 2 else shared


def _scales(rows: Sequence[Mapping[str, Any]], units: Sequence[str], unit: str) -> list[float]:
    """Standard errors of one unit; where there are none, the estimates tenfold smaller."""
    own = [row for row, u in zip(rows, units, strict=True) if u == unit]
    errors = [row["std_error"] for row in own if row["std_error"] is not None]
    return errors or [row["estimate"] / 10 for row in own if row["estimate"] is not None]


def _row(row: Mapping[str, Any], quantity: Quantity, digits: int, *, unit: str, more: tuple[str, ...]) -> EstimateRow:
    name = quantity.words
    texts = {c: "" if row[c] is None else signed(row[c], digits) for c in ("estimate", "conf_low", "conf_high")}
    within = f"{texts['conf_low']} to {texts['conf_high']}" if texts["conf_low"] and texts["conf_high"] else ""
    p = row["p_value"]
    return EstimateRow(
        term=row["term"],
        label=f"{name[:1].upper()}{name[1:]}".rstrip(", "),
        unit=unit,
        tone=tone(f"{row['term']} {name}"),
        estimate=texts["estimate"] or NONE,
        stars="" if p is None or not texts["estimate"] else stars(p),
        error="" if row["std_error"] is None else signed(row["std_error"], digits),
        interval=within,
        p="" if p is None else p_text(p),
        n="" if row["n_obs"] is None else f"{int(row['n_obs']):,}",
        more=more,
    )


def stories_of(chart: Chart) -> tuple[tuple[Story, ...], ...]:
    """Return the stories of each view of a chart, in the order of its views; none where it tells none."""
    if chart.stories is None:
        return ()
    days: dict[tuple[str, date], list[dict[str, Any]]] = {}
    for row in chart.stories.iter_rows(named=True):
        days.setdefault((row["group"], row["x"]), []).append(row)
    views = chart.frame["group"].unique(maintain_order=True)
    return tuple(tuple(_story(rows) for (group, _), rows in days.items() if group == view) for view in views)


def _story(rows: list[dict[str, Any]]) -> Story:
    first = rows[0]
    texts = f"{first['texts']:,} distinct text{'s' * (first['texts'] != 1)} ({100 * first['share_texts']:.0f}\u00a0%)"
    promoted = f"{100 * first['share_promoted']:.0f}\u00a0% likely promotion"
    facts = [f"valence {signed(first['mood'], 2)}", f"{first['posts']:,} posts", texts, promoted]
    if first["return"] is not None:
        facts.append(f"return {signed(100 * first['return'], 1)}\u00a0%")
    return Story(first["x"], first["mark"], ", ".join(facts), tuple(_post(row) for row in rows))


def _post(row: dict[str, Any]) -> TellingPost:
    return TellingPost(
        moved=f"{'+' if row['moved'] > 0 else ''}{signed(row['moved'], 3)}",
        emotion=row["emotion"],
        probability=f"{row['probability']:.2f}",
        copies=row["copies"],
        platform=row["platform"],
        post_id=row["post_id"],
        time=f"{row['created_at']:%Y-%m-%d %H:%M} UTC",
        address=None if row["body"] else post_address(row["platform"], row["post_id"]),
        body=row["body"],
    )


def post_address(platform: str, post_id: str) -> str | None:
    """Return where a platform shows a post, or None where the platform is unknown or the id is none of its ids."""
    form, address = _ADDRESSES.get(platform, (None, ""))
    return address.format(id=post_id) if form and form.fullmatch(post_id) else None
