"""A study: one question, its named specs and analyses, what was expected, and what came out."""

from emtract.study.declare import SIGNIFICANCE, Exhibit, Expectation, Published, Sign, Study, Verdict
from emtract.study.describe import descriptives
from emtract.study.find import (
    list_studies,
    load_study,
    look_at_study,
    stated_name,
    studies_folder,
    study_digests,
    study_file,
)
from emtract.study.result import StudyResult
from emtract.study.run import run_study

__all__ = [
    "SIGNIFICANCE",
    "Exhibit",
    "Expectation",
    "Published",
    "Sign",
    "Study",
    "StudyResult",
    "Verdict",
    "descriptives",
    "list_studies",
    "load_study",
    "look_at_study",
    "run_study",
    "stated_name",
    "studies_folder",
    "study_digests",
    "study_file",
]
