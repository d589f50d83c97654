"""All sections of the benchmark in order."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, Literal, get_args

from emtract.errors import ConfigError
from tests.benchmarks.machine import SIDE, describe_machine, matrix_rate

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.benchmarks.measure import Measure
    from tests.benchmarks.posts import Posts
    from tests.benchmarks.report import Sections

Section = Literal["machine", "comparison", "encoder", "tiers", "cleaner", "hostile"]
SECTIONS: Final[tuple[Section, ...]] = get_args(Section)


@dataclass(frozen=True)
class Plan:
    """How much is measured.

    Attributes
    ----------
    posts
        Posts of the default tier; the encoder's ten ways take half of them.
    compared
        Posts of the comparison: the first of the same draw.
    repeats
        Rounds.
    seed
        Seed of the draw.
    side
        Side of the square matrices whose product gives the machine's rate.
    """

    posts: int = 4096
    compared: int = 1024
    repeats: int = 3
    seed: int = 7
    side: int = SIDE


def run_benchmark(
    posts: Posts,
    plan: Plan | None = None,
    *,
    only: Sequence[str] = (),
    progress: Callable[[str, int, int], None] = lambda *_: None,
) -> Sections:
    """Measure the sections named in `only`, or all of them; the machine is always described.

    Raises
    ------
    ConfigError
        `only` names no section.
    ModelError
        The shipped model or the training extra is missing.
    """
    plan = plan or Plan()
    if strange := sorted(set(only) - set(SECTIONS)):
        raise ConfigError(f"no section is called {strange[0]!r}; there are {', '.join(SECTIONS)}")
    chosen = [name for name in SECTIONS if not only or name in only or name == "machine"]
    rate = matrix_rate(plan.repeats, side=plan.side, progress=partial(progress, "machine"))
    found: Sections = {}
    for name in chosen:
        step = partial(progress, name)
        found[name] = (
            [*describe_machine(), *rate.rows()]
            if name == "machine"
            else _SECTIONS[name](posts, plan, rate["int8"], step)
        )
    return found


def _comparison(posts: Posts, plan: Plan, int8: float, progress: Callable[[int, int], None]) -> list[Measure]:
    from emtract.model import load_scorer
    from emtract.model.card import TOKENIZER
    from emtract.model.registry import shipped_folder
    from tests.benchmarks.comparator import Comparator
    from tests.benchmarks.tiers import compare, measure_default

    del int8
    scorer = load_scorer("default")
    comparator = Comparator(shipped_folder("default") / TOKENIZER)
    rows = compare(scorer, comparator, posts.sample(plan.compared, plan.seed), plan.repeats, progress)
    return rows + measure_default(scorer, posts.sample(plan.posts, plan.seed), plan.repeats)


def _encoder(posts: Posts, plan: Plan, int8: float, progress: Callable[[int, int], None]) -> list[Measure]:
    from emtract.model import load_scorer
    from emtract.model.registry import shipped_folder
    from emtract.text import clean_posts
    from tests.benchmarks.encoder import measure_encoder

    texts = list(dict.fromkeys(clean.text for clean in clean_posts(posts.sample(plan.posts // 2, plan.seed))))
    n_tokens = load_scorer("default").score(texts).n_tokens
    return measure_encoder(shipped_folder("default"), n_tokens, int8, plan.repeats, progress)


def _tiers(posts: Posts, plan: Plan, int8: float, progress: Callable[[int, int], None]) -> list[Measure]:
    from tests.benchmarks.tiers import measure_tiers

    del int8
    return measure_tiers(lambda n: posts.sample(n, plan.seed), plan.posts, plan.repeats, progress)


def _cleaner(posts: Posts, plan: Plan, int8: float, progress: Callable[[int, int], None]) -> list[Measure]:
    from tests.benchmarks.cleaner import measure_cleaner

    del int8
    return measure_cleaner(posts, plan.repeats, progress)


def _hostile(posts: Posts, plan: Plan, int8: float, progress: Callable[[int, int], None]) -> list[Measure]:
    from tests.benchmarks.cleaner import measure_hostile

    del posts, int8
    return measure_hostile(plan.repeats, progress)


_SECTIONS: Final = {
    "comparison": _comparison,
    "encoder": _encoder,
    "tiers": _tiers,
    "cleaner": _cleaner,
    "hostile": _hostile,
}
