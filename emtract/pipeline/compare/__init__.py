"""Several instruments side by side: `emtract compare`."""

from emtract.pipeline.compare.instruments import find_instruments, parse_scorers
from emtract.pipeline.compare.run import SAMPLE, SEED, compare, compare_scorers

__all__ = ["SAMPLE", "SEED", "compare", "compare_scorers", "find_instruments", "parse_scorers"]
