"""A study: one question, its named specs and analyses, what was expected, and what came out.

Everything that a study file names is here: ``from emtract.study import FirmSessions, LocalProjection, Spec, Study``.
"""

from emtract.econometrics.analyses.contrast import Contrast
from emtract.econometrics.analyses.curve.analysis import Placebo, SpecificationCurve
from emtract.econometrics.analyses.curve.grid import Axis, Choice
from emtract.econometrics.analyses.event_study import EventPaths, MeanReturns
from emtract.econometrics.analyses.fama_macbeth import FamaMacBeth
from emtract.econometrics.analyses.family import FamilyTest
from emtract.econometrics.analyses.forecast.analysis import Forecast
from emtract.econometrics.analyses.forecast.investor import Investor
from emtract.econometrics.analyses.garch.analysis import GarchX
from emtract.econometrics.analyses.half_panel import HalfPanel
from emtract.econometrics.analyses.high_low import GroupComparison
from emtract.econometrics.analyses.hourly_mood import OPEN_SHARE, HourlyMood
from emtract.econometrics.analyses.log_odds import MarkingExpressions
from emtract.econometrics.analyses.projections import LocalProjection
from emtract.econometrics.analyses.stacked import StackedEvents
from emtract.econometrics.analyses.tag_flips import TagFlips
from emtract.econometrics.analyses.transition_matrix import TransitionMatrix
from emtract.econometrics.analyses.two_measures import TwoMeasures
from emtract.econometrics.analyses.unusual_days import UnusualDays
from emtract.econometrics.analyses.vector.analysis import VectorAutoregression
from emtract.econometrics.portfolio.calendar_time import CalendarTime
from emtract.econometrics.portfolio.sort import PortfolioSort, SignalSorts
from emtract.econometrics.portfolio.summary import BREAK_EVEN, SHARPE, SPREAD
from emtract.econometrics.regression.spec import Spec
from emtract.panel.aftermath import IpoDays, IpoMonths
from emtract.panel.announcements import Announcements
from emtract.panel.characteristics import FirmOptions
from emtract.panel.derive import (
    Absolute,
    Cumulated,
    Disagreement,
    Lag,
    Lead,
    Logarithm,
    MedianSplit,
    Product,
    Standardised,
)
from emtract.panel.expressions import EXPRESSIONS, Expressions
from emtract.panel.firm_days import FIRM_DAYS, MOVING_POSTS, FirmDays, MovingPosts
from emtract.panel.firm_sessions import FIRM_SESSIONS, FirmSessions
from emtract.panel.first_days import IpoFirstDays
from emtract.panel.holding import Holding
from emtract.panel.hours import POSTING_HOURS, PostingHours
from emtract.panel.ipos import Ipos
from emtract.panel.market import MARKET_SESSIONS, MarketSessions
from emtract.panel.peers import PeerEarnings
from emtract.panel.placebos import OtherFirms, Shuffled
from emtract.panel.replies import REPLIES, Replies
from emtract.panel.series import ReturnSeries
from emtract.panel.signals import AfterBreak, FirstComponent, MostPosted, Shock, WholeDay
from emtract.panel.transitions import TRANSITIONS, Transitions
from emtract.posts import GROUPS, BotRule, PostFilter, Split
from emtract.study.declare import Exhibit, Expectation, Published, Study
from emtract.study.find import list_studies, load_study
from emtract.study.result import StudyResult

__all__ = [
    "BREAK_EVEN",
    "EXPRESSIONS",
    "FIRM_DAYS",
    "FIRM_SESSIONS",
    "GROUPS",
    "MARKET_SESSIONS",
    "MOVING_POSTS",
    "OPEN_SHARE",
    "POSTING_HOURS",
    "REPLIES",
    "SHARPE",
    "SPREAD",
    "TRANSITIONS",
    "Absolute",
    "AfterBreak",
    "Announcements",
    "Axis",
    "BotRule",
    "CalendarTime",
    "Choice",
    "Contrast",
    "Cumulated",
    "Disagreement",
    "EventPaths",
    "Exhibit",
    "Expectation",
    "Expressions",
    "FamaMacBeth",
    "FamilyTest",
    "FirmDays",
    "FirmOptions",
    "FirmSessions",
    "FirstComponent",
    "Forecast",
    "GarchX",
    "GroupComparison",
    "HalfPanel",
    "Holding",
    "HourlyMood",
    "Investor",
    "IpoDays",
    "IpoFirstDays",
    "IpoMonths",
    "Ipos",
    "Lag",
    "Lead",
    "LocalProjection",
    "Logarithm",
    "MarketSessions",
    "MarkingExpressions",
    "MeanReturns",
    "MedianSplit",
    "MostPosted",
    "MovingPosts",
    "OtherFirms",
    "PeerEarnings",
    "Placebo",
    "PortfolioSort",
    "PostFilter",
    "PostingHours",
    "Product",
    "Published",
    "Replies",
    "ReturnSeries",
    "Shock",
    "Shuffled",
    "SignalSorts",
    "Spec",
    "SpecificationCurve",
    "Split",
    "StackedEvents",
    "Standardised",
    "Study",
    "StudyResult",
    "TagFlips",
    "TransitionMatrix",
    "Transitions",
    "TwoMeasures",
    "UnusualDays",
    "VectorAutoregression",
    "WholeDay",
    "list_studies",
    "load_study",
]
