"""Study files of earlier versions are read as they are: their imports name modules that bear other names today."""

import sys
from importlib import import_module

import pytest

import emtract.study
from emtract.study import load_study
from emtract.study.former import FORMER

#: The imports that studies of version 0.1.0 could have, and what they took from each module.
IMPORTS = {
    "emtract.econometrics.calendar_time": "CalendarTime",
    "emtract.econometrics.contrast": "Contrast",
    "emtract.econometrics.curve": "Axis, Choice, Placebo, SpecificationCurve",
    "emtract.econometrics.curve_grid": "Axis, Choice",
    "emtract.econometrics.events": "EventPaths, MeanReturns",
    "emtract.econometrics.famamacbeth": "FamaMacBeth",
    "emtract.econometrics.garch": "GarchX",
    "emtract.econometrics.groups": "GroupComparison",
    "emtract.econometrics.hours": "OPEN_SHARE, HourlyMood",
    "emtract.econometrics.multiple": "FamilyTest",
    "emtract.econometrics.portfolio.finding": "BREAK_EVEN, SHARPE, SPREAD",
    "emtract.econometrics.portfolio.signals": "SignalSorts",
    "emtract.econometrics.portfolio_signals": "SignalSorts",
    "emtract.econometrics.portfolios": "BREAK_EVEN, SPREAD, PortfolioSort",
    "emtract.econometrics.projections": "LocalProjection",
    "emtract.econometrics.spec": "BY, Spec",
    "emtract.econometrics.unusual": "UnusualDays",
    "emtract.econometrics.vector": "VectorAutoregression",
    "emtract.panel.announcements": "Announcements",
    "emtract.panel.derive": "Absolute, Cumulated, Disagreement, Lag, Lead, Logarithm, MedianSplit, OtherFirms, Shuffled",
    "emtract.panel.firm_days": "FIRM_DAYS, MOVING_POSTS, FirmDays, MovingPosts",
    "emtract.panel.hours": "POSTING_HOURS, PostingHours",
    "emtract.panel.ipos": "IpoDays, IpoMonths, Ipos",
    "emtract.panel.market": "MarketSessions",
    "emtract.panel.posts": "GROUPS, BotRule, PostFilter, Split",
    "emtract.panel.requests": "FIRM_SESSIONS, FirmSessions",
    "emtract.panel.series": "ReturnSeries",
    "emtract.emotions": "NON_NEUTRAL",
    "emtract.study": "Exhibit, Expectation, Published, Study",
}
STUDY = """
SPEC = Spec(
    y="return_open_close", x=("happy_pre_open",), effects=("symbol", "session"), weights=None, covariance="clustered",
    clusters=("symbol", "session"), small_sample="fixest", label="Happiness",
)
STUDY = Study(
    name="old", question="Does an old file run?", design="One regression.", papers=("None",), specs={"one": SPEC},
    primary=("one", "happy_pre_open"), headline=(("one", "happy_pre_open"),), samples={FIRM_SESSIONS: FirmSessions()},
)
"""


@pytest.fixture
def forgotten():
    """Former names are not yet known to this process."""
    for name in FORMER:
        sys.modules.pop(name, None)


def test_a_study_with_every_import_of_earlier_versions_is_loaded(tmp_path, forgotten):
    path = tmp_path / "old.py"
    path.write_text("\n".join(f"from {module} import {names}" for module, names in IMPORTS.items()) + STUDY)
    study = load_study(path)
    assert study.specs["one"].effects == ("symbol", "session")
    assert isinstance(study, emtract.study.Study)


def test_a_module_of_ones_own_may_use_the_former_names_too(tmp_path, forgotten, monkeypatch):
    (tmp_path / "my_base_of_an_old_study.py").write_text("from emtract.econometrics.spec import Spec\n")
    path = tmp_path / "old.py"
    others = [
        f"from {m} import {names}" for m, names in IMPORTS.items() if m.startswith(("emtract.panel.r", "emtract.study"))
    ]
    path.write_text("\n".join(["from my_base_of_an_old_study import Spec", *others]) + STUDY)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load_study(path).name == "old"


@pytest.mark.parametrize("name", sorted(FORMER))
def test_what_a_former_module_gave_stands_where_the_table_says_and_in_the_vocabulary(name):
    module = import_module(FORMER[name])
    for taken in IMPORTS[name].split(", "):
        assert hasattr(module, taken)
        assert taken == "BY" or getattr(module, taken) is getattr(emtract.study, taken)
