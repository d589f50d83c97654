"""Settings: read from `emtract.toml` once, by the CLI; frozen, checked, and explained where they are wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, get_args, get_type_hints

import msgspec

from emtract.annotator import LlmSettings
from emtract.citations import check_cite
from emtract.errors import ConfigError, PanelError
from emtract.options import PanelSettings
from emtract.sections import explain
from emtract.sources import Closes, DecimalMark, MarketFormat, PostColumns, PostFormat, PriceColumns, Section
from emtract.spelling import is_text
from emtract.symbols import canonical_symbol

_Positive = Annotated[int, msgspec.Meta(ge=1)]


class StoreSettings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[store]: where the DuckDB file is, what it may use, and whose ids it holds.

    Parameters
    ----------
    path
        The DuckDB file.
    authors
        `as_given` stores the platform's id of each account (old Reddit dumps carry only the user name; for tables it is the
        mapped `author_id` column), on which other files of the platform join. `hashed` stores a keyed hash instead, and the
        quarantine keeps no part of a line that could not be read; every result is the same.
    authors_key
        File of the key behind `hashed`, made at the first use. Back it up: without it no other file can be joined by author.
    memory_limit
        What DuckDB may use, such as `4GB`; None leaves it to DuckDB.
    threads
        Threads of DuckDB; None for all cores.
    """

    path: str
    authors: Literal["as_given", "hashed"] = "as_given"
    authors_key: str = "authors.key"
    memory_limit: str | None = None
    threads: _Positive | None = None


class PostSource(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[[posts]]: one archive of posts.

    Parameters
    ----------
    files
        A path, a glob or a folder, relative to the configuration file.
    format
        `auto` detects each file's format by its name and its first bytes; set the format if detection fails.
    columns
        Which column of a table holds what; needed for `csv`, `jsonl` and `parquet`.
    bare_symbols
        Whether Reddit posts may name a symbol without `$` too, where it has prices in the store and can mean nothing else.
    cite
        The archive's name where emtract knows it (`stocknet`, `stockemotions`, ...), or its reference in full: the README of a
        replication package cites it.
    """

    files: str
    format: Literal["auto", PostFormat] = "auto"
    columns: PostColumns | None = None
    bare_symbols: bool = False
    cite: str | None = None


class PriceSource(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[[prices]]: daily prices, one file a symbol (named after it) or one file with a column `symbol`.

    Parameters
    ----------
    files
        A path, a glob or a folder, relative to the configuration file.
    columns
        Which column holds what, where the names differ from Yahoo's.
    symbol
        Symbol of every row, where neither the file's name nor a column tells it.
    close
        What open, high, low and close are: `as_traded`, or `split_adjusted` (as Yahoo's are), for the splits of the column
        `splits` of the same file, which must then reach to the day of the download. Files of `emtract prices download` say it
        themselves, in the column `later_splits`. Where nobody says it, values in dollars a share (market value,
        offers, earnings over price) are left out.
    date_format
        How days are written, where the file does not show it: a pattern such as `%d/%m/%Y`, `excel`, `epoch_seconds` or
        `epoch_milliseconds`.
    timezone
        The exchange's zone, which gives bars stamped in UTC their date; None for the zone of the [panel] calendar.
    decimal
        The decimal mark, where the file does not show it.
    cite
        As of [[posts]]; files of Yahoo have the name `yahoo`.
    """

    files: str
    columns: PriceColumns = PriceColumns()
    symbol: str | None = None
    close: Closes | None = None
    date_format: str | None = None
    timezone: str | None = None
    decimal: DecimalMark | None = None
    cite: str | None = None


class MarketSource(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[[market]]: what is known of firms and markets besides prices, as its publisher ships it; formats: docs/formats.md.

    Parameters
    ----------
    files
        A path, a glob or a folder, relative to the configuration file.
    format
        Who publishes the file, or what kind of table it is.
    columns
        Names of columns, where the format leaves them open.
    options
        Options of the format's reader.
    cite
        As of [[posts]]; formats of one publisher need none.
    """

    files: str
    format: MarketFormat
    columns: dict[str, str] = msgspec.field(default_factory=dict)
    options: dict[str, str | int | float | bool] = msgspec.field(default_factory=dict)
    cite: str | None = None


class ModelSettings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[model]: which scorer reads the posts.

    Parameters
    ----------
    name
        A shipped model, a baseline, the folder of a model, relative to the configuration file, or `hf:NAME_OR_PATH`.
    also
        Further scorers, for studies that compare instruments.
    threads
        Threads of each scoring process; None for all cores, divided among the processes.
    batch_tokens
        Tokens in one batch; None for the scorer's own choice.
    device
        Where an `hf:` model runs.
    llm
        The section [model.llm]: how models named `llm:NAME` are asked.
    misreading
        A file, relative to the configuration file, that says how the scorer misreads posts of each emotion: what
        `emtract model evaluate -o` or `emtract tag card` wrote, or a `model.json` that holds it. Studies then report what
        their estimates are once corrected for it, beside the plain ones.
    dimensions
        Whether pleasure, arousal and dominance of each post are read too, by a head of `default` whichever scorer is named:
        panels then have the columns `pleasure_pre_open` and so on. They are read in one process, after the scores.
    """

    name: str = "default"
    also: tuple[str, ...] = ()
    misreading: str | None = None
    dimensions: bool = False
    threads: _Positive | None = None
    batch_tokens: _Positive | None = None
    device: Literal["cpu", "cuda"] = "cpu"
    llm: LlmSettings = LlmSettings()


class ScoringSettings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[scoring]: engine and number of worker processes.

    Parameters
    ----------
    engine
        `local` for processes of this machine, `ray` for a Ray cluster (extra `ray`).
    workers
        Processes that score; `[model] threads` applies to each.
    """

    engine: Literal["local", "ray"] = "local"
    workers: _Positive = 1


class ReportSettings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[report]: where pages go and what they may show.

    Parameters
    ----------
    folder
        Folder of the pages, relative to the configuration file.
    notice
        Text of the first line of each page.
    posts
        `ids` names posts by their ids; `text` shows their texts too. Choose it only where the platform's terms, and the terms
        under which the archive was given, allow it.
    """

    folder: str = "reports"
    notice: str | None = None
    posts: Literal["ids", "text"] = "ids"


class StudySettings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """[study.NAME]: what is asked otherwise of the study of that name, shipped or of one's own.

    Parameters
    ----------
    max_attrition
        Largest share of its rows that a regression may lose; 1 for no limit. None leaves the study's own.
    only
        Names of the regressions and analyses to estimate; None for all.
    controls
        Columns that join the controls of every regression and analysis that has controls.
    """

    max_attrition: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    only: tuple[str, ...] | None = None
    controls: tuple[str, ...] = ()

    @property
    def told(self) -> dict[str, str | float]:
        """What is set, as the grounds of a page repeat it."""
        limit = {} if self.max_attrition is None else {"max_attrition": self.max_attrition}
        names = {"only": self.only, "controls": self.controls or None}
        return limit | {name: ", ".join(said) for name, said in names.items() if said is not None}


class Settings(Section, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Everything that a run depends on besides the files themselves.

    Attributes
    ----------
    studies
        Studies to run, by name or by the path of a study file.
    base
        Folder of the configuration file: relative paths start there.
    """

    store: StoreSettings
    posts: tuple[PostSource, ...] = ()
    prices: tuple[PriceSource, ...] = ()
    market: tuple[MarketSource, ...] = ()
    model: ModelSettings = ModelSettings()
    scoring: ScoringSettings = ScoringSettings()
    panel: PanelSettings = PanelSettings()
    studies: tuple[str, ...] = ("daily_returns",)
    study: dict[str, StudySettings] = msgspec.field(default_factory=dict)
    report: ReportSettings = ReportSettings()
    base: Path = Path()

    def resolve(self, path: str) -> Path:
        """Return a configured path as seen from the working directory."""
        return self.base / Path(path).expanduser()

    def locate(self, study: str) -> str | Path:
        """Return the name of a shipped study, or the path of a configured one as seen from the working directory."""
        path = self.resolve(study)
        return path if path.suffix == ".py" else study


def load_settings(path: Path | str) -> Settings:
    """Read and check a configuration file.

    Parameters
    ----------
    path
        A TOML file.

    Raises
    ------
    ConfigError
        When the file is missing, is no TOML, holds a key that emtract does not know (the nearest known key is named), or a
        value of the wrong kind.
    """
    path = Path(path)
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ConfigError(
            f"cannot read {path}: {error.strerror}; name a configuration file with --config (`emtract init` writes one)"
        ) from error
    try:
        raw = msgspec.toml.decode(text)
        if "base" in raw:
            raise ConfigError(f"{path}: unknown key 'base'")
        settings = msgspec.convert(raw, Settings)
    except msgspec.ValidationError as error:
        raise ConfigError(f"{path}: {explain(str(error), Settings)}") from error
    except PanelError as error:
        raise ConfigError(f"{path}: [panel]: {error}") from error
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise ConfigError(f"{path} is not valid TOML: {error}") from error
    sources: tuple[PostSource | PriceSource | MarketSource, ...] = (*settings.posts, *settings.prices, *settings.market)
    for cite in filter(None, (source.cite for source in sources)):
        check_cite(cite)
    base = path.resolve().parent
    check_folder(base)
    panel = msgspec.structs.replace(settings.panel, symbols=read_symbols(settings.panel.symbols, base))
    return msgspec.structs.replace(settings, base=base, panel=panel)


def read_symbols(named: tuple[str, ...] | str | None, base: Path) -> tuple[str, ...] | None:
    """Return the symbols that [panel] names, as the store spells them, or None where it names none.

    Parameters
    ----------
    named
        Symbols, or a file with one a line; what follows a `#` is a note.
    base
        Folder from which the file is named.

    Raises
    ------
    ConfigError
        The file cannot be read, or there is no symbol.
    """
    if named is None:
        return None
    lines: list[str] | tuple[str, ...] = named if isinstance(named, tuple) else _lines(base / Path(named).expanduser())
    symbols = dict.fromkeys(canonical_symbol(text) for line in lines if (text := line.partition("#")[0].strip()))
    if not symbols:
        raise ConfigError("symbols of [panel] names no symbol: leave it out to study all")
    return tuple(symbols)


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text in UTF-8"
        raise ConfigError(
            f"symbols of [panel]: cannot read {path}: {why}; write a list of symbols, or name a file with one a line"
        ) from error


def check_folder(folder: Path) -> None:
    """Make sure that a project can live in a folder, be it made already or not.

    Raises
    ------
    ConfigError
        Its path is not UTF-8.
    """
    if not is_text(str(folder.absolute())):
        raise ConfigError(
            f"the folder {folder} has a name that is not UTF-8, which DuckDB cannot open: rename the folder"
        )


def with_options(settings: Settings, **options: str | int | None) -> Settings:
    """Return settings with options of the prompt in the place of keys of [model] and [scoring]; a None changes nothing.

    Raises
    ------
    ConfigError
        An option has a value that its key may not have.
    """
    given = {name: value for name, value in options.items() if value is not None}
    sections = {}
    for section in ("model", "scoring"):
        before = getattr(settings, section)
        raw = msgspec.structs.asdict(before)
        try:
            sections[section] = msgspec.convert(raw | {k: given[k] for k in given.keys() & raw.keys()}, type(before))
        except msgspec.ValidationError as error:
            what, _, key = str(error).partition(" - at `$.")
            name = key.rstrip("`")
            known = [text for text in get_args(get_type_hints(type(before))[name]) if isinstance(text, str)]
            what = f"known are {', '.join(known)}" if known else f"{what[:1].lower()}{what[1:]}"
            raise ConfigError(f"--{name.replace('_', '-')} {given[name]}: {what}") from error
    return msgspec.structs.replace(settings, **sections)
