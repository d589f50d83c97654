import pytest

from emtract.model import load_scorer
from emtract.model.onnx import OnnxScorer
from tests.model.fakes import FakeScorer


@pytest.fixture
def fake() -> FakeScorer:
    return FakeScorer()


@pytest.fixture(scope="session")
def shipped() -> OnnxScorer:
    scorer = load_scorer("default", threads=1)
    assert isinstance(scorer, OnnxScorer)
    return scorer
