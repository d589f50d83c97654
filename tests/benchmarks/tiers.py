"""Speed of the scorers as they are used: raw posts in, a frame of predictions out; beside the comparator, and by tier."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from typing import TYPE_CHECKING, Final

from emtract.errors import ModelError
from emtract.model.registry import BASELINES, load_scorer
from emtract.text import clean_posts
from emtract.workers import available_cores
from tests.benchmarks.cleaner import forget
from tests.benchmarks.comparator import PUBLISHED_CLEANING, Comparator, normalise, with_cleaning
from tests.benchmarks.measure import Measure, Timing, alternate, number, ratio, significant

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from emtract.model.scorer import Scorer

#: Tiers that are read by as many processes as there are cores too, as archives are.
_SPREAD: Final = ("fast", "default")
#: Tier or baseline -> how many times the posts of the default tier it reads here.
TIERS: Final = {"fast": 4.0, "default": 1.0, "exact": 1 / 8} | dict.fromkeys(BASELINES, 1 / 16)
_LOADING: Final = (
    "import sys, time; start = time.perf_counter(); import emtract; "
    "emtract.load_scorer(sys.argv[1]).predict(['to the moon']); print(time.perf_counter() - start)"
)


def compare(
    scorer: Scorer,
    comparator: Comparator,
    posts: Sequence[str],
    repeats: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Measure]:
    """Posts a second of a scorer and of the comparator on the same posts, in turns with cold caches; their ratio three ways."""
    ours = [clean.text for clean in clean_posts(posts, scorer.cleaner)]
    theirs = [normalise(post) for post in posts]
    contenders: dict[str, Callable[[], object]] = {
        "default": lambda: scorer.predict(posts),
        "default, model only": lambda: scorer.score(ours),
        "comparator": lambda: comparator.predict(posts),
        "comparator, model only": lambda: comparator.score(theirs),
    }
    scorer.score(ours)
    comparator.score(theirs[:8])
    timed = alternate(contenders, repeats, before=forget, progress=progress)
    return [*_ratios(timed, len(posts)), *_rates(timed, len(posts), comparator.parameters)]


def _ratios(timed: dict[str, Timing], n: int) -> list[Measure]:
    cleaned = with_cleaning(timed["comparator"].rate(n), PUBLISHED_CLEANING * available_cores())
    return [
        ratio(
            "ratio: posts, cleaning on both sides",
            timed["default"],
            timed["comparator"],
            "the comparator's cleaning is one regular expression, which favours it; target: 60 or more",
        ),
        ratio(
            "ratio: model only",
            timed["default, model only"],
            timed["comparator, model only"],
            "cleaned texts in, repeated ones too; tokenizers on both sides",
        ),
        Measure(
            "ratio: posts, EmTract's own cleaning",
            significant(timed["default"].rate(n) / cleaned, 3),
            "times",
            f"computed: the comparator's time and that of {PUBLISHED_CLEANING:.0f} posts/s a core on {available_cores()} cores, "
            "measured elsewhere",
        ),
    ]


def _rates(timed: dict[str, Timing], n: int, parameters: int) -> list[Measure]:
    shape = f"DistilBERT, {parameters / 1e6:.0f}M parameters, fp32, padded to 64 tokens, batches of 64"
    return [
        timing.row(name, n, "posts/s", f"{n:,} posts" + (f"; {shape}" if name == "comparator" else ""))
        for name, timing in timed.items()
    ]


def measure_default(
    scorer: Scorer, posts: Sequence[str], repeats: int, progress: Callable[[int, int], None] | None = None
) -> list[Measure]:
    """Posts a second of the default tier on many posts: as they come, and where no two share a cleaned text."""
    cleaned = clean_posts(posts, scorer.cleaner)
    distinct = list({clean.text: post for post, clean in zip(posts, cleaned, strict=True)}.values())
    contenders: dict[str, Callable[[], object]] = {
        "posts as they come": lambda: scorer.predict(posts),
        "posts of distinct texts": lambda: scorer.predict(distinct),
    }
    timed = alternate(contenders, repeats, before=forget, progress=progress)
    notes = (f"{len(posts):,} posts, {len(distinct):,} distinct texts", f"{len(distinct):,} posts, none spared")
    return [
        timing.row(f"default: {name}", size, "posts/s", note)
        for (name, timing), size, note in zip(timed.items(), (len(posts), len(distinct)), notes, strict=True)
    ]


def measure_tiers(
    posts: Callable[[int], Sequence[str]],
    n: int,
    repeats: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Measure]:
    """Posts a second and seconds to the first prediction of every tier and baseline that is installed.

    Parameters
    ----------
    posts
        Gives so many posts.
    n
        Posts of the default tier.
    """
    rows: list[Measure] = []
    for done, (name, share) in enumerate(TIERS.items(), 1):
        rows += _tier(name, posts(max(1, round(share * n))), repeats)
        if progress:
            progress(done, len(TIERS))
    return rows


def _tier(name: str, posts: Sequence[str], repeats: int) -> list[Measure]:
    try:
        scorer = load_scorer(name)
    except ModelError as error:
        return [Measure(f"tier {name}", "not here", "", str(error))]
    texts = list(dict.fromkeys(clean.text for clean in clean_posts(posts, scorer.cleaner)))
    scorer.score(texts[:64])
    calls: dict[str, Callable[[], object]] = {
        "posts": lambda: scorer.predict(posts),
        "texts": lambda: scorer.score(texts),
    }
    timed = alternate(calls, repeats, before=forget)
    loaded = Timing(tuple(loading_seconds(name) for _ in range(repeats)))
    spread = [_spread_row(name, posts, repeats)] if name in _SPREAD else []
    return [
        timed["posts"].row(f"tier {name}: posts", len(posts), "posts/s", f"{len(posts):,} posts, cleaning included"),
        *spread,
        timed["texts"].row(f"tier {name}: cleaned texts", len(texts), "texts/s", f"{len(texts):,} distinct texts"),
        Measure(
            f"tier {name}: first prediction",
            significant(loaded.median, 3),
            "s",
            f"a new process, imports included; {number(min(loaded.seconds))} to {number(max(loaded.seconds))}",
        ),
    ]


def _spread_row(name: str, posts: Sequence[str], repeats: int) -> Measure:
    """Posts a second of as many processes as there are cores, each with one thread, the model loaded before."""
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    n = available_cores()
    shares = [(name, posts[start::n]) for start in range(n)]
    with ProcessPoolExecutor(n, mp_context=multiprocessing.get_context("spawn")) as pool:

        def run() -> None:
            list(pool.map(_read_share, shares))

        run()
        timing = alternate({"": run}, repeats)[""]
    note = f"{len(posts):,} posts over {n} processes of one thread, cleaning included"
    return timing.row(f"tier {name}: posts, all cores", len(posts), "posts/s", note)


@cache
def _single(name: str) -> Scorer:
    return load_scorer(name, threads=1) if name == "default" else load_scorer(name)


def _read_share(share: tuple[str, Sequence[str]]) -> None:
    name, posts = share
    forget()
    _single(name).predict(posts)


def loading_seconds(name: str) -> float:
    """Seconds from `import emtract` to the first prediction in a new process."""
    done = subprocess.run([sys.executable, "-c", _LOADING, name], capture_output=True, text=True, check=True)
    return float(done.stdout)
