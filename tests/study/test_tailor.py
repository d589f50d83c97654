"""A study asked otherwise: what changes, what does not, and what is refused."""

from dataclasses import replace

import pytest

from emtract.econometrics.analyses.curve.analysis import SpecificationCurve
from emtract.econometrics.analyses.curve.grid import Axis, Choice
from emtract.econometrics.analyses.family import FamilyTest
from emtract.econometrics.regression.spec import Spec
from emtract.errors import StudyError
from emtract.study import Exhibit, Study, load_study
from emtract.study.tailor import tailored

PLAIN = Spec(
    y="return_open_close", x=("happy_market",), effects=("symbol",), covariance="robust", clusters=(), small_sample="none",
)  # fmt: skip
HELD = replace(PLAIN, controls=("lagged_return",), x=("happy_market", "size"))
AXIS = Axis(
    "controls", (Choice("all"), Choice("none", {"controls": ()}), Choice("one", {"controls": ("attention_market",)}))
)
STUDY = Study(
    name="small",
    question="Does it?",
    design="As simulated.",
    papers=(),
    specs={
        "plain": PLAIN,
        "held": HELD,
        "family": FamilyTest(label="F", spec=HELD),
        "curve": SpecificationCurve(label="C", base=HELD, axes=(AXIS,)),
    },
    primary=("held", "happy_market"),
    headline=(("held", "happy_market"), ("plain", "happy_market")),
)


def test_a_study_of_which_nothing_is_asked_is_itself():
    assert tailored(STUDY) is STUDY


def test_controls_join_those_of_every_spec_that_has_some_and_of_regressions_within():
    specs = tailored(STUDY, controls=["size", "short_ratio", "lagged_return", "short_ratio"]).specs
    assert specs["plain"] is PLAIN
    assert specs["held"].controls == ("lagged_return", "short_ratio"), "what is a regressor already stays what it is"
    assert specs["family"].spec == specs["curve"].base == specs["held"]
    whole, none, one = specs["curve"].axes[0].choices
    assert (whole, none) == AXIS.choices[:2], "a choice without controls stays without"
    assert one.changes == {"controls": ("attention_market", "size", "short_ratio", "lagged_return")}
    assert STUDY.specs["held"] is HELD


def test_every_shipped_study_takes_a_further_control_or_says_that_it_has_none():
    for name in ("daily_returns", "robustness", "earnings"):
        study = load_study(name)
        assert tailored(study, controls=["book_to_market"]).specs != study.specs


def test_specs_and_the_limit_of_attrition_are_those_asked_for():
    part = tailored(STUDY, only=["plain"], max_attrition=0.25)
    assert (list(part.specs), part.max_attrition, part.primary) == (["plain"], 0.25, ("plain", "happy_market"))


def test_a_part_of_a_study_keeps_a_table_of_every_regression_that_is_left():
    """LaTeX of a part had a preamble and no table."""
    shown = replace(STUDY, exhibits=(Exhibit("Both", ("plain", "held"), "A note."), Exhibit("One", ("held",))))
    assert tailored(shown, only=["plain"]).exhibits == (Exhibit("Both", ("plain",), "A note."),)
    assert tailored(STUDY, only=["held", "curve"]).exhibits == (Exhibit("Does it?", ("held",)),)
    assert tailored(shown, only=["curve"]).exhibits == ()


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"only": ["plian"]}, "small has no spec 'plian': did you mean 'plain'"),
        ({"only": ["zzz"]}, "small has no spec 'zzz': name some of plain, held, family, curve"),
        ({"only": []}, "name some of the specs of small"),
        ({"only": ["plain"], "controls": ["size"]}, "small has no spec whose controls size could join"),
        (
            {"controls": ["return_open_close"]},
            "small, held, with the controls return_open_close: return_open_close is both",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(asked, message):
    with pytest.raises(StudyError, match=message) as caught:
        tailored(STUDY, **asked)
    assert "\n" not in str(caught.value)
