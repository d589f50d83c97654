"""Arithmetic of large archives."""

import json

import pytest

from tests.benchmarks.cost import Rates, cost_rows, read_rates

RATES = Rates(cores=2, lines=20_000, committed=100_000, share=0.5, texts={"default": 1_000, "fast": 40_000})


def hours():
    return {row.name: row.value for row in cost_rows(RATES, archive=72_000_000)}


def test_hours_are_work_over_rate():
    found = hours()
    assert found["2 cores: ingest and clean"] == 1
    assert found["2 cores: score, default"] == 10
    assert found["32 cores: score, fast"] == pytest.approx(10 / 16 / 40, rel=1e-2)
    assert found["Ray, 10 machines of 32 cores: score, default"] == pytest.approx(10 / 160, rel=1e-2)


def test_the_one_writer_ends_the_scaling_of_ingestion():
    found = hours()
    assert found["32 cores: ingest and clean"] == found["Ray, 10 machines of 32 cores: ingest and clean"] == 0.2


def test_rates_are_those_of_the_report_and_none_without_one(tmp_path):
    path = tmp_path / "model.json"
    assert read_rates(path) == {}
    path.write_text(json.dumps([{"name": "tier fast: cleaned texts", "value": 7}, {"name": "x", "value": "y"}]))
    assert read_rates(path) == {"fast": 7.0}
