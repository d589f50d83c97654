"""The verbs' tree, the options that several verbs share, and the configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from emtract.config import Settings

app = typer.Typer(
    name="emtract",
    help="Investor emotions from social media: posts in, evidence out.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
study_app = typer.Typer(help="Run the studies.", no_args_is_help=True, rich_markup_mode=None)
model_app = typer.Typer(help="Train, evaluate and report models.", no_args_is_help=True, rich_markup_mode=None)
report_app = typer.Typer(help="Pages of the studies.", no_args_is_help=True, rich_markup_mode=None)
prices_app = typer.Typer(help="Fetch market data.", no_args_is_help=True, rich_markup_mode=None)
shards_app = typer.Typer(help="Score on other machines.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(study_app, name="study")
app.add_typer(model_app, name="model")
app.add_typer(report_app, name="report")
app.add_typer(prices_app, name="prices")
app.add_typer(shards_app, name="shards")

ConfigOption = Annotated[Path, typer.Option("--config", "-c", help="Configuration file.")]
EngineOption = Annotated[Optional[str], typer.Option(help="local, or ray (extra ray).")]  # noqa: UP045
ThreadsOption = Annotated[Optional[int], typer.Option(help="Threads of each process.")]  # noqa: UP045
BatchOption = Annotated[Optional[int], typer.Option(help="Tokens a batch: speed and memory.")]  # noqa: UP045
DeviceOption = Annotated[Optional[str], typer.Option(help="cpu, or cuda for models named hf:NAME.")]  # noqa: UP045
LimitOption = Annotated[Optional[int], typer.Option(help="Distinct texts at most.")]  # noqa: UP045
SinceOption = Annotated[Optional[str], typer.Option(help="First day of the posts (UTC).")]  # noqa: UP045
UntilOption = Annotated[Optional[str], typer.Option(help="Last day of the posts (UTC, included).")]  # noqa: UP045
DEFAULT_CONFIG = Path("emtract.toml")


def _from_here(name: str) -> str:
    """Take a study file that lies in the working directory, wherever the configuration is."""
    path = Path(name)
    return str(path.resolve()) if path.suffix == ".py" and path.is_file() else name


StudyArgument = Annotated[
    str,
    typer.Argument(
        help="Name of a study, or the path of a study file, from here or from the configuration.", callback=_from_here
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
