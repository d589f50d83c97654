"""What a verb did, for programs and as one line a stage."""

import json
import math
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.pipeline import IngestReport
from emtract.pipeline.line import Stage
from emtract.scoring import ScoringReport
from emtract.store.sources import Loaded
from emtract.summaries import duration, plain, stage_line


@dataclass
class Told:
    path: Path
    share: float


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.dates() | st.just(Path("a/b")),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.integers() | st.text(), inner, max_size=3),
)


@given(VALUES)
def test_anything_becomes_json_that_says_the_same_when_it_is_read(value):
    made = plain(value)
    assert json.loads(json.dumps(made, allow_nan=False)) == made


def test_frames_dataclasses_and_what_is_no_number():
    frame = pl.DataFrame({"day": [date(2020, 1, 2)], "x": [math.nan]})
    told = plain({"rows": frame, "one": Told(Path("a"), math.inf), 3: (1, 2)})
    assert told == {"rows": [{"day": "2020-01-02", "x": None}], "one": {"path": "a", "share": None}, "3": [1, 2]}


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.0 s"), (9.94, "9.9 s"), (9.96, "10 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s"), (7_800, "2 h 10 min")],
)
def test_durations_are_told_as_people_do(seconds, said):
    assert duration(seconds) == said


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (
            Stage("ingest", 3.21, IngestReport(2, 5, Loaded(10, 8, 1, 1), Loaded(4, 4, 0, 0), Loaded(0, 0, 0, 0), ())),
            "3.2 s  2 files read, 8 new posts, 4 new prices, 1 row quarantined, 5 files skipped",
        ),
        (Stage("score", 61, ScoringReport(9, 3, 10, 9)), "1 min 01 s  3 distinct texts scored, 6 skipped"),
        (Stage("score", 1, ScoringReport(9, 3, 10, 9, left=6)), "3 distinct texts scored, 0 skipped"),
        (Stage("studies", 2, {"a": (Path("x"), True), "b": (Path("y"), False)}), "1 page built, 1 skipped"),
    ],
)
def test_a_stage_is_one_line_with_its_time_and_what_was_skipped(stage, words):
    line = stage_line(stage)
    assert line.startswith(stage.name) and words in line and "\n" not in line
