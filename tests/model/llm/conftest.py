import pytest

from emtract.annotator import CACHE_VARIABLE, URL_VARIABLE
from tests.model.llm.server import serving


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A server, named in the environment, whose answers are kept beneath the test's folder."""
    monkeypatch.setenv(CACHE_VARIABLE, str(tmp_path / "answers"))
    monkeypatch.delenv("EMTRACT_LLM_KEY", raising=False)
    with serving() as fake:
        monkeypatch.setenv(URL_VARIABLE, fake.url)
        yield fake
