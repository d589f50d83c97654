from dataclasses import replace
from typing import get_args

import pytest

from emtract.econometrics.regression.prose import covariance_rule
from emtract.econometrics.regression.spec import SmallSample, Spec

SPEC = Spec(y="y", x=("x",), effects=("symbol",), covariance="clustered", clusters=("symbol",), small_sample="fixest")


@pytest.mark.parametrize("rule", get_args(SmallSample))
def test_every_small_sample_rule_has_its_words(rule):
    words = covariance_rule(replace(SPEC, small_sample=rule))
    assert words.startswith("are clustered by firm")
    assert ("every effect" in words) == (rule == "full")
