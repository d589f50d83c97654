"""Regenerates krippendorff.json beside this file: alpha of drawn tags by the package krippendorff 0.9.0.

Run `python -m tests.reference.make_krippendorff` where that package is installed.
"""

import json
from pathlib import Path

import krippendorff
import numpy as np

STORED = Path(__file__).with_name("krippendorff.json")
CASES = ((2, 30, 0.0, 0.8), (2, 200, 0.3, 0.5), (3, 50, 0.2, 0.6), (5, 40, 0.6, 0.4))


def main() -> None:
    rng, out = np.random.default_rng(20), []
    for taggers, texts, missing, agree in CASES:
        truth = rng.choice(7, texts, p=[0.4, 0.25, 0.1, 0.1, 0.05, 0.05, 0.05])
        tags = np.where(rng.random((taggers, texts)) < agree, truth, rng.integers(0, 7, (taggers, texts))).astype(float)
        tags[rng.random(tags.shape) < missing] = np.nan
        alpha = krippendorff.alpha(tags, level_of_measurement="nominal", value_domain=list(range(7)))
        rows = [[None if np.isnan(tag) else int(tag) for tag in row] for row in tags]
        out.append({"tags": rows, "alpha": alpha})
    STORED.write_text(json.dumps(out) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
