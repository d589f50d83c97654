"""The parts of the documentation that are made from the code and from committed results: `python -m tests.docs` writes them."""

from __future__ import annotations

import inspect
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import polars as pl
from msgspec import inspect as types
from typer.main import get_command

import emtract
import emtract.study
from emtract import config, schema
from emtract.cli import app
from emtract.emotions import DIMENSIONS
from emtract.model.card import read_card
from emtract.model.registry import shipped_folder
from emtract.text.causes import CAUSE_WORDS
from emtract.words.codebook import codebook
from tests import told
from tests.audits import found as audited
from tests.markdown import filled, table
from tests.two_archives import number
from tests.validation_tables import beside, differential, misread_worlds, slopes, trusted, worlds

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
#: Names that the pages tell of and that API.md does not promise.
FURTHER = (
    "emtract.report.study.result.StudyReport",
    "emtract.model.scorer.Scorer",
    "emtract.words.codebook.codebook",
    "emtract.text.clean.clean_post",
    "emtract.misreading.Misreading",
    "emtract.misreading.read_misreading",
    "emtract.econometrics.measurement.reliability.reliability",
    "emtract.econometrics.measurement.correct.correct",
    "emtract.econometrics.measurement.second.by_second",
    "emtract.model.divergence.read_divergence",
    "emtract.econometrics.regression.estimate.estimate",
)
#: Classes whose methods the reference shows; of others the fields say all.
CALLED = ("emtract.Store", "emtract.study.StudyResult", *FURTHER)
_METHODS = "\n    options: {members: null}"


def escaped(text: str) -> str:
    """Text for a cell of a table: on one line, its bars and angle brackets shown."""
    told = " ".join(text.split()).replace("|", "\\|")
    return re.sub(r"`[^`]*`|<", lambda part: "&lt;" if part[0] == "<" else part[0], told)


def plain(text: str) -> str:
    """A docstring's literals as Markdown has them."""
    return text.replace("``", "`").replace("\\", "")


# The configuration: sections, keys, types, defaults, meanings.


def kind(hint: types.Type) -> str:
    """What a key may be, in words."""
    match hint:
        case types.UnionType():
            return " or ".join(kind(part) for part in hint.types if not isinstance(part, types.NoneType))
        case types.LiteralType():
            return ", ".join(f'`"{value}"`' for value in hint.values)
        case types.IntType():
            return "whole number" if hint.ge is None else f"whole number, at least {hint.ge}"
        case types.FloatType():
            return "number" if hint.ge is None else f"number from {hint.ge} to {hint.le}"
        case types.VarTupleType():
            return f"list of {kind(hint.item_type)}s"
        case types.DictType():
            return f"table of name = {kind(hint.value_type)}"
        case types.StructType():
            return "table"
    return {types.StrType: "text", types.BoolType: "true or false", types.DateType: "day"}[type(hint)]


def default(field: types.Field) -> str:
    """What a key is where the file does not say it."""
    if field.required:
        return "needed"
    value = field.default_factory() if field.default is msgspec.NODEFAULT else field.default
    if value is None or value in ((), {}) or isinstance(value, msgspec.Struct):
        return ""
    return f"`{msgspec.json.encode(value).decode()}`"


def parameters(thing: Any) -> dict[str, str]:
    """Names that a docstring tells of under Parameters or Attributes, with what it says."""
    text = inspect.getdoc(thing) or ""
    found = re.search(r"^(?:Parameters|Attributes)\n-+\n(.*?)(?=^\w[\w ]*\n-+\n|\Z)", text, re.MULTILINE | re.DOTALL)
    parts = re.split(r"^(\w[\w, ]*)\n(?=    )", found[1] if found else "", flags=re.MULTILINE)
    return {
        name: plain(" ".join(said.split()))
        for names, said in zip(parts[1::2], parts[2::2], strict=True)
        for name in names.split(", ")
    }


def unset(text: str) -> str:
    """The meaning of a key as a file in TOML has it, which knows no None."""
    return re.sub(r"(^|\. )None\b", r"\1Unset", text).replace("None", "unset")


def sections() -> Iterator[tuple[str, type[config.Section]]]:
    """Each section of the configuration as the file writes it, with the class that declares it."""
    for place, section in config._sections().items():
        yield config._written(place) if place else "Above every section", section


def configuration() -> str:
    """Every section with its keys."""
    parts = []
    for name, section in sections():
        said = parameters(section)
        about = re.split(r"^(?:Parameters|Attributes)\n-", inspect.getdoc(section) or "", flags=re.MULTILINE)[0]
        about = unset(plain(about.partition(": ")[2] if about.startswith("[") else about)).strip()
        fields = [f for f in types.type_info(section).fields if f.encode_name in config._keys(section)]
        own = [f for f in fields if not any(s for s in config._sections().values() if _holds(f.type, s))]
        rows = [
            (f"`{f.encode_name}`", kind(f.type), default(f), unset(escaped(said.get(f.encode_name, ""))))
            for f in own or fields
        ]
        heading = f"## `{name}`" if name.startswith("[") else f"## {name}"
        parts.append(
            f"{heading}\n\n{about[:1].upper()}{about[1:]}\n\n" + table(("key", "what", "default", "meaning"), rows)
        )
    return "\n\n".join(parts)


def _holds(hint: types.Type, section: type) -> bool:
    """Whether a key is nothing but a section of its own."""
    inner = hint.item_type if isinstance(hint, types.VarTupleType) else hint
    inner = hint.value_type if isinstance(hint, types.DictType) else inner
    return isinstance(inner, types.StructType) and inner.cls is section


# The codebook: columns of samples, columns of stored tables.


def columns() -> str:
    """Every column of a sample that is stated."""
    rows = [
        (f"`{row['name']}`", escaped(row["meaning"]), row["unit"], row["known"] or "")
        for row in codebook().iter_rows(named=True)
    ]
    return table(("column", "meaning", "unit", "known"), rows)


def stored() -> str:
    """Every table of the store with its columns."""
    parts = []
    for held in schema.TABLES:
        rows = [(f"`{c.name}`", c.type, "yes" if c.nullable else "", escaped(c.description)) for c in held.columns]
        key = f" Key: {', '.join(f'`{name}`' for name in held.key)}." if held.key else ""
        parts.append(
            f"### `{held.name}`\n\nA row is {held.grain}.{key}\n\n"
            + table(("column", "type", "may be null", "meaning"), rows)
        )
    return "\n\n".join(parts)


# The commands: what each does, examples, options.


def verbs(command: Any = None, path: tuple[str, ...] = ()) -> dict[str, Any]:
    """Every verb as it is typed after `emtract`, with its command."""
    command = command or get_command(app)
    if not hasattr(command, "commands"):
        return {" ".join(path): command}
    return {name: c for word, sub in command.commands.items() for name, c in verbs(sub, (*path, word)).items()}


def options() -> str:
    """Every verb with its help."""
    parts = []
    for name, command in sorted(verbs().items()):
        paragraphs = [" ".join(part.split()) for part in (command.help or "").split("\n\n")]
        told = [escaped(part) for part in paragraphs if part and not part.startswith("Example: ")]
        examples = [part.removeprefix("Example: ") for part in paragraphs if part.startswith("Example: ")]
        rows = [
            (f"`{_written(parameter)}`", escaped(parameter.help or ""), _default(parameter))
            for parameter in command.params
            if not getattr(parameter, "hidden", False)
        ]
        parts += [f"### `emtract {name}`", *told]
        parts += ["```bash\n" + "\n".join(examples) + "\n```"] if examples else []
        parts += [table(("option", "what", "default"), rows)] if rows else []
    return "\n\n".join(parts)


def _written(parameter: Any) -> str:
    """An argument or option as it is typed."""
    if parameter.param_type_name == "argument":
        return (parameter.name or "").upper()
    return ", ".join((*parameter.opts, *parameter.secondary_opts))


def _default(parameter: Any) -> str:
    value = parameter.default
    known = isinstance(value, str | int | float | Path) and not isinstance(value, bool)
    return f"`{value}`" if known else "needed" if parameter.required else ""


# The reference: every public name.


def promised_names() -> list[str]:
    """Every public name, once, by the place that it is imported from."""
    ours = [f"emtract.{name}" for name in emtract.__all__]
    return ours + [f"emtract.study.{name}" for name in emtract.study.__all__ if name not in emtract.__all__]


def reference() -> str:
    """A line a name, from which mkdocstrings makes its entry; methods of the objects that users call."""
    mine = [name for name in promised_names() if not name.startswith("emtract.study.")]
    studies = [name for name in promised_names() if name.startswith("emtract.study.")]
    parts = {"`import emtract`": mine, "`from emtract.study import ...`": studies, "Further names": FURTHER}
    return "\n\n".join(
        f"## {title}\n\n" + "\n\n".join(f"::: {name}{_METHODS if name in CALLED else ''}" for name in names)
        for title, names in parts.items()
    )


# First results: figures of the README, from committed results.


def estimate(folder: str, spec: str, term: str) -> str:
    """One committed estimate in basis points, with its interval."""
    told = pl.read_csv(ROOT / "reports" / folder / "estimates.csv").row(
        by_predicate=(pl.col("spec") == spec) & (pl.col("term") == term), named=True
    )
    low, value, high = (f"{told[key]:.1f}".replace("-", "−") for key in ("conf_low", "estimate", "conf_high"))
    return f"{value} ({low} to {high})"


def found() -> str:
    """What two archives show of the first study."""
    wanted = {
        "happiness in market hours and the return of the same session": ("contemporaneous_emotions", "happy_market"),
        "valence in market hours and the return of the same session": ("contemporaneous_valence", "valence_market"),
        "happiness before the open and the return of the session that opens": ("predictive_emotions", "happy_pre_open"),
        "valence before the open and the return of the session that opens": ("predictive_valence", "valence_pre_open"),
    }
    rows = [
        (words, estimate("daily_returns", *name), estimate("stocktwits/daily_returns", *name))
        for words, name in wanted.items()
    ]
    return table(("basis points per standard deviation (95 % interval)", "StockNet", "StockTwits"), rows)


def primary() -> str:
    """The number by which each study answers its question, on two archives."""
    rows = (
        pl.read_csv(ROOT / "reports/results.csv").with_columns(pl.col("archive").fill_null("")).filter(role="primary")
    )
    shown = {(row["study"], row["archive"]): row for row in rows.iter_rows(named=True)}
    cells = []
    for study in sorted({study for study, archive in shown if archive in ("", "stocktwits")}):
        found = [shown.get((study, archive)) for archive in ("", "stocktwits")]
        words = next(f"{row['label']}: {row['words']}" for row in found if row)
        unit = next(row["unit"] or "share" for row in found if row)
        cells.append((f"`{study}`", words, unit, *("" if row is None else number(row, "") for row in found)))
    return table(("study", "primary number", "unit", "StockNet", "StockTwits"), cells)


def counted() -> str:
    """How many lines, posts and firm-sessions are behind them."""
    told = []
    for name, folder in {"StockNet": "daily_returns", "StockTwits": "stocktwits/daily_returns"}.items():
        ledger = pl.read_csv(ROOT / "reports" / folder / "attrition.csv").filter(pl.col("spec").fill_null("") == "")
        rows = dict(ledger.select("step", "rows_out").iter_rows())
        lines, posts, cells = (rows[s] for s in ("lines read", "distinct posts", "firm-sessions with a price"))
        told.append(f"{name}: {lines:,} lines, {posts:,} distinct posts, {cells:,} firm-sessions with a price.")
    return "\n".join(told)


def measured() -> str:
    """How well the shipped models read, out of fold."""
    names = ("default", "fast")
    cards = {name: read_card(shipped_folder(name)).metrics for name in names}
    rows = []
    for key, words in {"accuracy": "accuracy", "macro_f1": "macro-F1", "log_loss": "log loss"}.items():
        told = [next(iter(card.values()))[key] if "int8" not in card else card["int8"][key] for card in cards.values()]
        rows.append((words, *(f"{t['mean']:.3f} ± {t['sd']:.3f}".replace("0.", ".") for t in told)))
    return table(("out of fold", *(f"`{name}`" for name in names)), rows)


def dimensions() -> str:
    """How well pleasure, arousal and dominance are read, beside word counts and published figures."""
    rows = pl.read_csv(ROOT / "reports/model/dimensions.csv")
    cells = []
    for (what, ratings), part in rows.group_by("what", "ratings", maintain_order=True):
        told = {row["dimension"]: row for row in part.iter_rows(named=True)}
        if {*DIMENSIONS} <= told.keys():
            cells.append((what, ratings, *(_correlation(told[name]) for name in DIMENSIONS)))
    return table(("what", "ratings", *DIMENSIONS), cells)


def essays() -> str:
    """How well distress and empathy of essays are read, which decides that no head of them is shipped."""
    rows = pl.read_csv(ROOT / "reports/model/dimensions.csv").filter(pl.col("dimension").is_in(DIMENSIONS).not_())
    cells = [(row["dimension"], row["ratings"], _correlation(row), row["n"]) for row in rows.iter_rows(named=True)]
    return table(("what", "ratings", "r (95 % interval)", "essays"), cells)


def _correlation(row: dict[str, Any]) -> str:
    told = [f"{row[name]:.2f}".replace("0.", ".") for name in ("r", "low", "high") if row[name] is not None]
    return told[0] if len(told) == 1 else f"{told[0]} ({told[1]} to {told[2]})"


def divergence() -> str:
    """How well a text alone tells that its writer's tag goes against its mood."""
    rows = pl.read_csv(ROOT / "reports/benchmarks/divergence.csv").iter_rows(named=True)
    cells = [
        (
            r["contender"],
            r["judged_on"],
            f"{r['posts']:,}",
            f"{r['auc']:.3f} ({r['low']:.3f} to {r['high']:.3f})",
            f"{r['auc_positive']:.2f}, {r['auc_negative']:.2f}",
        )
        for r in rows
    ]
    return table(("read from", "judged on", "posts", "area under the curve", "within a sign"), cells)


def cause_spans() -> str:
    """How well an emotion's cause is found in RECCON."""
    told = pl.read_csv(ROOT / "reports/causes/reccon.csv")
    parts = []
    for (questions,), rows in told.group_by("questions", maintain_order=True):
        cells = []
        for row in rows.iter_rows(named=True):
            low, high = (f"{100 * row[f'all_gap_{end}']:.1f}".replace("-", "−") for end in ("low", "high"))
            shown = [f"{100 * row[f'{name}_f1']:.1f}" for name in ("positive", "negative", "all")]
            passes = "yes" if row["passes"] else "no"
            cells.append((row["reader"], *shown, f"{100 * row['exact']:.1f}", passes, f"{low} to {high}"))
        head = ("positive F1", "negative F1", "F1 of all", "exact match", "gate", "F1 of all less position's, 95 %")
        parts.append(table((f"{questions} ({rows['n'][0]:,})", *head), cells))
    return "\n\n".join(parts)


def cause_kinds() -> str:
    """How often the kinds of cause are right."""
    rows = [
        (
            CAUSE_WORDS.get(row["kind"], row["kind"]),
            row["found"],
            *(f"{row[n]:.2f} ({row[f'{n}_low']:.2f} to {row[f'{n}_high']:.2f})" for n in ("precision", "recall")),
        )
        for row in pl.read_csv(ROOT / "reports/causes/precision.csv").iter_rows(named=True)
    ]
    return table(("the emotion is about", "found in", "precision (95 % interval)", "recall (95 % interval)"), rows)


#: File -> the blocks that stand between its marks.
PARTS = {
    "README.md": {"found": found, "counted": counted, "measured": measured},
    "docs/audit.md": {"audited": audited},
    "docs/studies.md": {"primary": primary, "stocknet": told.stocknet, "stocktwits": told.stocktwits},
    "docs/scale.md": {"speeds": told.speeds, "archives": told.archives, "panels": told.panels},
    "docs/inference.md": {"validation": told.validation},
    "docs/configuration.md": {"configuration": configuration},
    "docs/codebook.md": {"columns": columns, "stored": stored},
    "docs/commands.md": {"verbs": options},
    "docs/reference.md": {"reference": reference},
    "docs/dimensions.md": {"dimensions": dimensions, "essays": essays},
    "docs/causes.md": {"spans": cause_spans, "kinds": cause_kinds},
    "docs/tagging.md": {"trusted": trusted, "differential": differential, "slopes": slopes},
    "docs/measurement.md": {"worlds": worlds, "misread": misread_worlds, "beside": beside, "divergence": divergence},
}


def made(name: str) -> str:
    """A page with its parts as the code has them now."""
    return filled((ROOT / name).read_text(encoding="utf-8"), {mark: make() for mark, make in PARTS[name].items()})


if __name__ == "__main__":
    for name in PARTS:
        (ROOT / name).write_text(made(name), encoding="utf-8")
