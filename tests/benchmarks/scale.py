"""What a large archive costs: time and memory of each stage, over a small archive and over one many times its size.

What `make bench-archive` runs: python -m tests.benchmarks.scale.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from time import perf_counter, process_time, sleep
from typing import TYPE_CHECKING, Annotated, Final, Literal, get_args

import numpy as np
import typer

from emtract.errors import EmtractError, SourceError
from emtract.text import Cleaner
from emtract.workers import available_cores
from tests.benchmarks.cost import Rates, cost_rows, read_rates
from tests.benchmarks.grown import GrownArchive, grow_archive
from tests.benchmarks.machine import describe_machine
from tests.benchmarks.measure import Measure, number, significant
from tests.benchmarks.report import WHERE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from emtract.config import Settings
    from emtract.model.scorer import Scores
    from emtract.store import Store

Step = Literal["ingest", "clean", "score", "nothing", "default", "fast"]
#: Steps with the scorer that reads nothing, and those of a whole line with a real one.
STEPS: Final[tuple[Step, ...]] = ("ingest", "clean", "score", "nothing")
REAL: Final[tuple[Step, ...]] = ("ingest", "clean", "default", "fast")
#: Posts that the comparator reads, and its rounds.
_COMPARED: Final = 384
#: Times that the large archive of the published report repeats StockNet.
_COPIES: Final = 100
_ROUNDS: Final = 3


class ConstantScorer:
    """A scorer that reads nothing and says the same of every text: what is left is the cost of everything else."""

    name = "constant"
    revision = "1"
    cleaner = Cleaner()

    def score(self, texts: Sequence[str]) -> Scores:
        """Seven equal probabilities a text."""
        from emtract.model.scorer import Scores

        n = len(texts)
        return Scores(np.full((n, 7), 1 / 7, np.float32), np.ones(n, np.int32), np.zeros(n, bool))

    def predict(self, posts: Sequence[str]) -> pl.DataFrame:
        """Clean and score raw posts."""
        from emtract.model.scorer import predict_posts

        return predict_posts(self, posts)


@dataclass(frozen=True)
class Cost:
    """What one step took.

    Attributes
    ----------
    seconds
        By the clock.
    busy
        Seconds of processor time of the process that writes the store, without its workers.
    own, peak
        Most bytes of that process, and of all processes together.
    """

    seconds: float
    busy: float
    own: int
    peak: int


@dataclass(frozen=True)
class Run:
    """All steps over one archive.

    Attributes
    ----------
    archive
        What was read.
    costs
        Step -> cost.
    posts, texts
        Posts in the store and distinct model texts among them.
    store
        Bytes of the store, and those of them that are not texts of posts.
    """

    archive: GrownArchive
    costs: dict[Step, Cost]
    posts: int
    texts: int
    store: int
    besides_texts: int


def run_steps(archive: GrownArchive, store: Path, steps: Sequence[Step] = STEPS) -> Run:
    """Take an archive through steps, each in a process of its own."""
    config = store.with_suffix(".toml")
    config.write_text(
        f"[store]\npath = {json.dumps(str(store))}\n[[posts]]\n"
        f'files = {json.dumps(str(archive.folder / "*" / "*.jsonl.zst"))}\nformat = "twitter_v1"\n',
        encoding="utf-8",
    )
    store.unlink(missing_ok=True)
    costs: dict[Step, Cost] = {step: _in_process(config, step) for step in steps}
    return Run(archive, costs, *_sizes(store))


def _in_process(config: Path, step: Step) -> Cost:
    command = [sys.executable, "-m", "tests.benchmarks.scale", "step", str(config), step]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SourceError(f"the step {step} failed: {done.stderr.strip().splitlines()[-1]}")
    return Cost(**json.loads(done.stdout.splitlines()[-1]))


def _sizes(path: Path) -> tuple[int, int, int, int]:
    from emtract.store import Store

    with Store.open(path, read_only=True) as store:
        texts = store.sql("SELECT count(*) AS n FROM texts").item()
        size = path.stat().st_size
        return store.count("posts"), int(texts), size, size - _text_bytes(store)


def _text_bytes(store: Store) -> int:
    """Bytes of the blocks that hold bodies and model texts."""
    block = store.sql("SELECT block_size FROM pragma_database_size()").item()
    blocks = 0
    for table, column in (("posts", "body"), ("texts", "text")):
        blocks += store.sql(
            f"SELECT count(DISTINCT block_id) AS n FROM pragma_storage_info('{table}') "
            "WHERE column_name = $column AND block_id >= 0 AND segment_type = 'VARCHAR'",
            column=column,
        ).item()
        blocks += store.sql(
            f"SELECT count(DISTINCT b) AS n FROM (SELECT unnest(additional_block_ids) AS b "
            f"FROM pragma_storage_info('{table}') WHERE column_name = $column)",
            column=column,
        ).item()
    return int(block) * blocks


def take_step(settings: Settings, step: Step) -> None:
    """Do one step on the store of the settings."""
    from emtract import pipeline
    from emtract.model import load_scorer
    from emtract.scoring import score_store
    from emtract.scoring.cleaning import clean_store

    scorer = ConstantScorer()
    with pipeline.open_store(settings) as store:
        if step in {"ingest", "nothing"}:
            pipeline.ingest(settings, store)
        if step == "clean":
            clean_store(store, scorer.cleaner, lambda *_: None)
        if step in {"score", "nothing"}:
            score_store(store, scorer)
        if step in {"default", "fast"}:
            score_store(store, load_scorer(step))


class MemoryWatch:
    """Watches the memory of this process and its children, five times a second, from its creation on.

    The system's own figure (`ru_maxrss`) is of no use here: a new process inherits that of the one that started it.
    """

    def __init__(self) -> None:
        self.own = self.whole = 0
        Thread(target=self._watch, daemon=True).start()

    def _watch(self) -> None:
        while True:
            own = _resident(os.getpid())
            self.own = max(self.own, own)
            self.whole = max(self.whole, own + sum(map(_resident, _children())))
            sleep(0.2)


def _resident(pid: int) -> int:
    """Resident bytes of a process; zero where it is gone."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * resource.getpagesize()


def _children() -> list[int]:
    found: list[int] = []
    for path in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):
            found += map(int, path.read_text(encoding="ascii").split())
    return found


def whole_line(stocknet: Path, store: Path, compared: int = _COMPARED) -> list[Measure]:
    """Raw files to scores in the store, default and fast, beside a DistilBERT of EmTract's shape in the same call.

    Parameters
    ----------
    stocknet
        Folder above `tweets`.
    store
        File that is made anew.
    compared
        Posts that the comparator reads.
    """
    from emtract.model.card import TOKENIZER
    from emtract.model.registry import shipped_folder
    from tests.benchmarks.comparator import PUBLISHED_CLEANING, Comparator, with_cleaning
    from tests.benchmarks.measure import alternate
    from tests.benchmarks.posts import read_archive

    posts = read_archive(stocknet.parent)
    lines = len(posts.rows)
    drawn = posts.sample(compared, 7)
    comparator = Comparator(shipped_folder("default") / TOKENIZER)
    comparator.predict(drawn[:64])
    timing = alternate({"comparator": lambda: comparator.predict(drawn)}, _ROUNDS)["comparator"]
    theirs = with_cleaning(timing.rate(compared), PUBLISHED_CLEANING * available_cores())
    files = list((stocknet / "tweets").glob("*.jsonl.zst"))
    archive = GrownArchive(stocknet, len(files), lines, sum(path.stat().st_size for path in files))
    run = run_steps(archive, store, REAL)
    note = f"DistilBERT {number(timing.rate(compared))} posts/s on {compared} posts, cleaning 210 posts/s a core"
    rows = [Measure("EmTract's way", significant(theirs), "posts/s", note)]
    for tier in ("default", "fast"):
        seconds = {step: run.costs[step].seconds for step in ("ingest", "clean", tier)}
        parts = ", ".join(f"{step} {number(value)} s" for step, value in seconds.items())
        ours = lines / sum(seconds.values())
        rows.append(Measure(f"raw files to scores, {tier}", significant(ours), "posts/s", f"{lines:,} lines; {parts}"))
        rows.append(Measure(f"ratio, {tier}", significant(ours / theirs, 3), "times", "target: 100 or more"))
    return rows


def measures(small: Run, large: Run) -> list[Measure]:
    """Rows of the report."""
    rows = [*describe_machine()]
    for name, run in (("small", small), ("large", large)):
        archive = run.archive
        note = (
            f"{archive.files:,} files, {archive.bytes / 1e6:,.0f} MB packed; {run.posts:,} posts, {run.texts:,} texts"
        )
        rows.append(Measure(f"{name} archive", archive.lines, "lines", note))
        for step, cost in run.costs.items():
            memory = f"{cost.own / 1e6:,.0f} MB, with workers {cost.peak / 1e6:,.0f} MB"
            rows.append(Measure(f"{name}, {step}", significant(cost.seconds), "s", memory))
        both = run.costs["ingest"].seconds + run.costs["clean"].seconds
        rows.append(Measure(f"{name}, ingest and clean", significant(archive.lines / both), "lines/s"))
        per_post = run.besides_texts / run.posts
        rows.append(
            Measure(f"{name}, store", significant(run.store / 1e6), "MB", f"{per_post:.0f} bytes a post, texts aside")
        )
    whole = {run.archive.lines: sum(run.costs[s].seconds for s in STEPS[:3]) for run in (small, large)}
    growth = (whole[large.archive.lines] / large.archive.lines) / (whole[small.archive.lines] / small.archive.lines)
    peaks = [max(cost.peak for cost in run.costs.values()) for run in (small, large)]
    rows.append(Measure("growth", significant(growth, 3), "times", "time a line, large over small, constant scorer"))
    rows.append(Measure("memory", significant(peaks[1] / peaks[0], 3), "times", "peak, large over small"))
    return rows


def _rates(run: Run, model_report: Path) -> Rates:
    lines = run.archive.lines
    both = [run.costs[step] for step in ("ingest", "clean")]
    return Rates(
        cores=available_cores(),
        lines=lines / sum(cost.seconds for cost in both),
        committed=lines / sum(cost.busy for cost in both),
        share=run.texts / lines,
        texts=read_rates(model_report),
    )


app = typer.Typer(add_completion=False)


@app.command()
def compare(
    folder: Annotated[Path, typer.Argument(help="Folder of the grown archive and the stores; kept.")],
    copies: Annotated[int, typer.Option(help="Times that the large archive repeats StockNet.")] = _COPIES,
    compared: Annotated[int, typer.Option(help="Posts that the comparator reads.")] = _COMPARED,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help=f"Folder of archive.json and archive.md; {WHERE}.")
    ] = None,
) -> None:
    """Measure a small and a large archive; EMTRACT_DATA names the folder above stocknet."""
    from emtract.console.tables import print_table
    from emtract.console.voice import progress_bars
    from tests.benchmarks.report import frame, report_folder, write_report

    data = os.environ.get("EMTRACT_DATA")
    if not data:
        raise SourceError("EMTRACT_DATA is unset: point it to the folder above stocknet")
    tweets = Path(data).resolve() / "stocknet" / "tweets"
    # Absolute, since a configuration takes a relative path as seen from its own folder.
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    output = output or report_folder(whole=(copies, compared) == (_COPIES, _COMPARED))
    runs = []
    sections = {"StockNet": whole_line(tweets.parent, folder / "stocknet.duckdb", compared)}
    with progress_bars() as progress:
        for name, times in (("small", 1), ("large", copies)):
            archive = grow_archive(tweets, folder / name, times, progress=lambda *n: progress(f"{name} archive", *n))  # noqa: B023
            runs.append(run_steps(archive, folder / f"{name}.duckdb"))
    sections |= {"archive": measures(*runs), "550 million posts": cost_rows(_rates(runs[1], output / "model.json"))}
    print_table(frame(sections), fold=("detail",))
    paths = write_report(sections, output, posts=f"StockNet and {copies} copies of it", name="archive")
    typer.echo(f"\nwritten: {', '.join(map(str, paths))}")


@app.command(hidden=True)
def step(config: Path, name: str) -> None:
    """Do one step, and say what it took."""
    from emtract.config import load_settings

    start, watch = perf_counter(), MemoryWatch()
    take_step(load_settings(config), next(known for known in get_args(Step) if known == name))
    cost = {"seconds": perf_counter() - start, "busy": process_time(), "own": watch.own, "peak": watch.whole}
    typer.echo(json.dumps(cost))


if __name__ == "__main__":
    try:
        app()
    except EmtractError as error:
        raise SystemExit(f"emtract: {error}") from None
