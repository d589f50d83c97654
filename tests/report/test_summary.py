"""The index puts questions in the order in which a reader asks, and the archives of one question side by side."""

import json

from emtract.report.index import write_index
from emtract.report.results import collect_results
from emtract.report.summary import TOPICS, summarise
from emtract.study.find import list_studies
from tests.report.test_results import page


def test_every_shipped_study_has_one_place():
    named = [name for members in TOPICS.values() for name in members]
    assert len(named) == len(set(named))
    assert set(named) == set(list_studies())


def told(folder, name, question):
    page(folder / "page", name="daily_returns")
    path = folder / "page" / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "name": name, "question": question}))


def test_questions_are_ordered_by_topic_and_archives_stand_together(tmp_path):
    for home in (tmp_path, tmp_path / "small"):
        for name in ("own", "robustness", "daily_returns"):
            told(home / name, name, f"What of {name}?")
            (home / name / "page").rename(home / f"{name}_page")
            (home / name).rmdir()
    (tmp_path / "small" / "index.html").write_text("")
    found = summarise(tmp_path, collect_results(tmp_path))
    assert [question.text for question in found] == ["What of daily_returns?", "What of robustness?", "What of own?"]
    assert [answer.archive for answer in found[0].answers] == ["", "small"]
    text = write_index(tmp_path).read_text("utf-8")
    assert text.index("What of daily_returns?") < text.index("What of own?") < text.index("All headline numbers")


def test_a_page_without_a_primary_number_is_summed_up_by_its_first(tmp_path):
    page(tmp_path / "daily_returns", {"role": "headline"})
    page(tmp_path / "other", name="other")
    (tmp_path / "small").mkdir()
    numbers = {
        answer.page: answer.number
        for question in summarise(tmp_path, collect_results(tmp_path))
        for answer in question.answers
    }
    assert numbers["daily_returns/index.html"].role == "headline"
    assert numbers["daily_returns/index.html"].n_obs and numbers["other/index.html"].role == "primary"
