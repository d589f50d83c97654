"""The page of an audit: one file that holds all it needs."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from emtract.atomic import write_if_changed
from emtract.econometrics.finding import Chart
from emtract.model.vintage import span_of
from emtract.report.audit import tables
from emtract.report.figures.draw import draw, plot_parts
from emtract.report.files import plotly_script, render
from emtract.words.names import term_name, words

if TYPE_CHECKING:
    from pathlib import Path

    from emtract.report.audit.findings import Audit

QUESTION: Final = "Does the instrument read posts by what it knows of the firm and of later days?"


def write_audit(audit: Audit, path: Path) -> Path:
    """Write the page of an audit; it takes the place of an old one at once, and holds no text of a post.

    Parameters
    ----------
    audit
        What was found.
    path
        File to write.
    """
    write_if_changed(path, render("audit.html.j2", **audit_context(audit), plotly=plotly_script()))
    return path


def audit_context(audit: Audit) -> dict[str, Any]:
    """Return everything that the template prints."""
    span = span_of(audit.vintages)
    first, *further = audit.answers()
    charts = {"changes": changes_chart(audit), "estimates": coefficients_chart(audit)}
    return {
        "notice": audit.notice,
        "question": QUESTION,
        "answer": first,
        "further": further,
        "facts": [
            ("Scorer", audit.scorer),
            ("Distinct texts", f"{audit.texts:,}"),
            ("Posts", f"{audit.posts:,}"),
            ("Written", f"{audit.first:%-d %b %Y} to {audit.last:%-d %b %Y}"),
            ("Cleaner", audit.cleaner),
        ],
        "hidden": tables.shares(audit),
        "channels": tables.channel_table(audit),
        "changes": tables.change_table(audit),
        "emotions": tables.emotion_table(audit),
        "years_changed": tables.group_table(audit.by_year, "Changes by year of the first post"),
        "symbols_changed": tables.group_table(audit.by_symbol, "Changes by symbol"),
        "ahead": None if audit.ahead.is_empty() else tables.ahead_table(audit),
        "ahead_unknown": audit.ahead_unknown,
        "coefficients": None if audit.coefficients.is_empty() else tables.coefficient_table(audit),
        "skipped": sorted(audit.skipped.items()),
        "vintages": tables.vintage_table(audit) if audit.vintages else None,
        "span": "" if span is None else f"{span[0]:%B %Y} to {span[1]:%B %Y}",
        "years": tables.year_table(audit),
        "rests": _rests(audit),
        "plots": {name: plot_parts(name, draw(chart)) for name, chart in charts.items() if chart is not None},
        "version": version("emtract"),
    }


def _rests(audit: Audit) -> str:
    """Say which share of the posts stands inside the training texts' days, and what follows."""
    posts = {place: int(rows["posts"].sum()) for (place,), rows in audit.years.group_by("place")}
    total = sum(posts.values())
    if not total or set(posts) == {""}:
        return ""
    told = [f"{100 * posts[p] / total:.1f}\u00a0% are {p}" for p in ("before", "inside", "after") if posts.get(p)]
    inside = posts.get("inside", 0) + posts.get("before", 0)
    rest = "none of them is out of the reader's reach" if inside == total else "posts after it are out of its reach"
    return f"Of the posts {', '.join(told)} this span. Every result of this page rests on all of them, and {rest}."


def changes_chart(audit: Audit) -> Chart:
    """Share of the changed texts whose label changes, kind by kind, beside the placebo."""
    rows = [
        {
            "group": "",
            "bar": tables.VARIANT_NAMES[row["variant"]],
            "estimate": 100 * row["labels"],
            "conf_low": 100 * row["low"],
            "conf_high": 100 * row["high"],
            "n_obs": row["texts"],
        }
        for row in audit.changes.iter_rows(named=True)
        if row["texts"]
    ]
    return Chart(
        "bars", "Labels that change", pl.DataFrame(rows), x_title="per cent of the texts that the edit changes"
    )


def coefficients_chart(audit: Audit) -> Chart | None:
    """Headline numbers as read and neutral, a button a study; None where there are none."""
    rows = [
        {
            "group": words(row["study"]),
            "term": f"{term_name(row['term'])}, {row['label']}: {name}",
            "estimate": row[f"{reading}_estimate"],
            "conf_low": row[f"{reading}_conf_low"],
            "conf_high": row[f"{reading}_conf_high"],
            "p_value": row[f"{reading}_p_value"],
            "n_obs": row["n_obs"],
        }
        for row in audit.coefficients.iter_rows(named=True)
        for reading, name in (("plain", "as read"), ("neutral", "neutral"))
    ]
    return Chart("coefficients", "Headline numbers", pl.DataFrame(rows), x_title="unit of the study") if rows else None
