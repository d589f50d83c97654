import pytest

from emtract.errors import ModelError, SourceError
from emtract.pipeline.taxonomies import count_labels, label_table
from tests.prompt import emtract


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "labels.csv"
    path.write_text("label,body\nJoy,a\njoy ,b\ntrust,c\n,d\n<b>x</b>,e\n", encoding="utf-8")
    return path


def test_labels_are_counted_in_any_case(file):
    assert count_labels(file) == {"joy": 2, "trust": 1, "<b>x</b>": 1}
    with pytest.raises(SourceError, match="no column 'mood'"):
        count_labels(file, "mood")


def test_every_post_is_read_lost_or_of_another_set(file):
    table, notes = label_table("plutchik", count_labels(file))
    assert dict(table.select("label", "posts").rows())["joy"] == 2
    assert notes == (
        "no emotion of the seven: anticipation, trust",
        "no label is read as neutral",
        "4 labelled posts: 2 are read, 1 have no emotion of the seven, 1 a label of another set",
    )
    with pytest.raises(ModelError, match="known are emtract"):
        label_table("none")


def test_the_verb_prints_the_map_and_writes_the_tree(file, tmp_path):
    done = emtract("model", "taxonomy", "plutchik", file, "-o", tmp_path / "tree.html")
    assert done.returncode == 0, done.stderr
    assert "anticipation" in done.stdout and "note: no label is read as neutral" in done.stdout
    page = (tmp_path / "tree.html").read_text(encoding="utf-8").replace("\\u002f", "/")
    assert "plutchik/happy/joy" in page and "<b>x" not in page and (tmp_path / "plotly.min.js").is_file()
    assert "https://" not in page.replace("https://plotly.com", "")
    assert emtract("model", "taxonomy", "plutchik", "-o", tmp_path / "tree.png").returncode == 1
