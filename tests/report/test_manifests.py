"""Manifests are files that anybody may have written: what is not ours is passed over, whatever it holds."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emtract.report.index import write_index
from emtract.report.manifests import are_whole, model_manifest, read_json, study_manifest

SOUND = {
    "format": 3,
    "name": "sound",
    "question": "Is it sound?",
    "answer": "Yes.",
    "headline": [
        {
            "spec": "a",
            "term": "b",
            "tone": "happy",
            "unit": "bp",
            "estimate": 1,
            "conf_low": 0,
            "conf_high": 2,
            "p_value": 0.5,
        }
    ],
    "specs": {"a": {}},
    "firms": 2,
    "sessions": 3,
    "provenance": {"scorer": "fast", "revision": "1"},
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
BROKEN = [
    b"", b"[1]", b"{bad", b'{"headline":[{}]}', b"[]", b"null", b"\xff", b"[" * 100_000, b'{"failed": 3}', b'{"kind": "model"}',
    json.dumps({**SOUND, "answer": "\ud800"}).encode(), b'{"headline": [], "n": 1' + b"0" * 5000 + b"}",
]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("reports")
    for name in ("sound", "other"):
        (folder / name).mkdir()
    (folder / "sound/manifest.json").write_text(json.dumps(SOUND))
    return folder


@pytest.mark.parametrize("data", BROKEN, ids=range(len(BROKEN)))
def test_a_manifest_of_something_else_is_passed_over(home, data):
    (home / "other/manifest.json").write_bytes(data)
    text = write_index(home).read_text("utf-8")
    assert text.count('class="found"') == 1
    assert "Is it sound?" in text


def test_what_else_is_significant_is_counted_and_opens(home):
    further = (
        "Of 3 other estimates here 1 has p < 0.05 (0.2 by chance): sadness <b>before</b> the open -9 bp (t = -4.0)."
    )
    (home / "other/manifest.json").write_text(json.dumps({**SOUND, "finding": "Higher.", "further": further}))
    text = write_index(home).read_text("utf-8")
    assert "<p>Higher.</p>" in text
    assert "<summary>Of 3 other estimates here 1 has p &lt; 0.05 (0.2 by chance)</summary>" in text
    assert "<p>sadness &lt;b&gt;before&lt;/b&gt; the open -9 bp (t = -4.0).</p>" in text


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(key=st.sampled_from([*SOUND, "failed", "kind", "files", "shared", "provenance"]), value=JSON)
def test_any_value_of_any_key_gives_an_index(home, key, value):
    (home / "other/manifest.json").write_text(json.dumps({**SOUND, key: value}))
    assert "Is it sound?" in write_index(home).read_text("utf-8")
    told = read_json(home / "other/manifest.json")
    assert are_whole(home / "other", told if isinstance(told, dict) else {}) is False


@given(value=JSON)
def test_no_value_is_taken_for_a_manifest(value):
    assert study_manifest(value) is None
    assert model_manifest(value) is None


def test_a_folder_named_manifest_is_no_manifest(tmp_path):
    (tmp_path / "x/manifest.json").mkdir(parents=True)
    assert read_json(tmp_path / "x/manifest.json") is None
    assert write_index(tmp_path).is_file()


def test_files_outside_the_page_are_never_looked_at(tmp_path):
    (tmp_path / "secret").write_text("")
    listed = {"files": {"index.html": {}, "../secret": {"sha256": "e3b0"}}}
    (tmp_path / "page").mkdir()
    assert not are_whole(tmp_path / "page", listed)
