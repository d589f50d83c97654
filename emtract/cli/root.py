"""The verbs' tree, the options that several verbs share, and the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emtract.cli.completion import complete_model, complete_study

if TYPE_CHECKING:
    from emtract.config import Settings
    from emtract.model import Scorer
    from emtract.pipeline.opening import Progress

app = typer.Typer(
    name="emtract",
    help="Investor emotions from social media: posts in, evidence out. After `emtract --install-completion` the Tab key "
    "completes verbs, options, studies, models and columns.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _branch(name: str, told: str) -> typer.Typer:
    """Add a verb that has verbs of its own."""
    branch = typer.Typer(help=told, no_args_is_help=True, rich_markup_mode=None)
    app.add_typer(branch, name=name)
    return branch


study_app = _branch("study", "Run the studies.")
model_app = _branch("model", "Train, evaluate and report models.")
report_app = _branch("report", "Pages of the studies.")
prices_app = _branch("prices", "Fetch market data.")
shards_app = _branch("shards", "Score on other machines.")
scores_app = _branch("scores", "Scores in the store: import the scores of another model, forget a revision.")
tag_app = _branch("tag", "Tag posts of your own archive by hand, and see how well they were read.")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="Configuration file.")]
EngineOption = Annotated[str | None, typer.Option(help="local, or ray (extra ray).")]
ThreadsOption = Annotated[int | None, typer.Option(help="Threads of each process.")]
BatchOption = Annotated[int | None, typer.Option(help="Tokens a batch: speed and memory.")]
ScorerOption = Annotated[
    str,
    typer.Option(
        help="Scorer: a shipped model, vader, textblob, nrclex, nade, a folder, hf:NAME_OR_PATH, or llm:NAME.",
        autocompletion=complete_model,
    ),
]
TaxonomyOption = Annotated[
    str | None,
    typer.Option(
        help="For hf:NAME: the set of emotions that its labels are of, such as goemotions or parrott_secondary."
    ),
]
DeviceOption = Annotated[str | None, typer.Option(help="cpu, or cuda for models named hf:NAME.")]
IdOption = Annotated[str | None, typer.Option("--id", help="Column of the posts' ids.")]
MapOption = Annotated[
    str | None,
    typer.Option(
        "--map", help="What labels mean, as joy=happy,sadness=sad, or a file of such lines; the seven mean themselves."
    ),
]
QuietOption = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but errors.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print what was done as JSON, for programs.")]
LimitOption = Annotated[int | None, typer.Option(help="Distinct texts at most.")]
SinceOption = Annotated[str | None, typer.Option(help="First day of the posts (UTC).")]
UntilOption = Annotated[str | None, typer.Option(help="Last day of the posts (UTC, included).")]
DEFAULT_CONFIG = Path("emtract.toml")
#: Largest whole number that a query takes.
MOST = 2**63 - 1


def _from_here(name: str) -> str:
    """Take a study file that lies in the working directory, wherever the configuration is."""
    path = Path(name)
    return str(path.resolve()) if path.suffix == ".py" and path.is_file() else name


StudyArgument = Annotated[
    str,
    typer.Argument(
        help="Name of a study, the configuration's own files too, or the path of a file, from here or from the configuration.",
        callback=_from_here,
        autocompletion=complete_study,
    ),
]


def _version(show: bool) -> None:
    if show:
        from importlib.metadata import version

        typer.echo(f"emtract {version('emtract')}")
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    del show_version


def read_settings(config: Path) -> Settings:
    """Read the configuration that a verb was given."""
    from emtract.config import load_settings

    return load_settings(config)


def open_reader(name: str, config: Path, *, taxonomy: str | None = None, progress: Progress | None = None) -> Scorer:
    """Load a scorer for a verb that needs no configuration; what it says of [model.llm] holds where there is one."""
    from emtract.model import load_scorer
    from emtract.model.registry import LLM

    if not name.startswith(LLM):
        return load_scorer(name, taxonomy=taxonomy)
    settings = read_settings(config) if config != DEFAULT_CONFIG or config.is_file() else None
    scorer = load_scorer(name, llm=settings.model.llm if settings else None, taxonomy=taxonomy)
    if progress is not None:
        scorer.progress = progress  # type: ignore[attr-defined]
    return scorer
