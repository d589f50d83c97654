"""The only joiner: settings in, stages in order, reports of what each did. Every stage skips what is done."""

from emtract.econometrics.measurement.reliability import panel_curve, panel_reliability
from emtract.pipeline.codebook import find_columns, known_columns
from emtract.pipeline.demo import run_demo, run_market_demo
from emtract.pipeline.explore import build_explorer
from emtract.pipeline.line import RunReport, run
from emtract.pipeline.loading import IngestReport, ingest
from emtract.pipeline.newstudy import write_new_study
from emtract.pipeline.opening import open_scorer, open_store
from emtract.pipeline.pages import build_pages, estimate_study, run_one_study
from emtract.pipeline.panel import build_panel, check_factor_output, check_panel_output, page_path, write_panel_factor
from emtract.pipeline.scoring import (
    forget_shards,
    kept,
    parse_scope,
    run_log,
    score,
    score_shards,
    write_shards,
)
from emtract.pipeline.studies import configured_studies
from emtract.scoring.folder import load_shards, write_slurm
from emtract.store.revisions import find_held, forget_held

__all__ = [
    "IngestReport",
    "RunReport",
    "build_explorer",
    "build_pages",
    "build_panel",
    "check_factor_output",
    "check_panel_output",
    "configured_studies",
    "estimate_study",
    "find_columns",
    "find_held",
    "forget_held",
    "forget_shards",
    "ingest",
    "kept",
    "known_columns",
    "load_shards",
    "open_scorer",
    "open_store",
    "page_path",
    "panel_curve",
    "panel_reliability",
    "parse_scope",
    "run",
    "run_demo",
    "run_log",
    "run_market_demo",
    "run_one_study",
    "score",
    "score_shards",
    "write_new_study",
    "write_panel_factor",
    "write_shards",
    "write_slurm",
]
