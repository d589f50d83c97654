"""A changed mapping is never left unapplied in silence; what posts do without is said."""

import pytest

from emtract import pipeline
from emtract.config import load_settings
from emtract.errors import ConfigError
from emtract.pipeline.notes import note_sentence
from emtract.scoring import Scope, score_store

CONFIG = """
[store]
path = "s.duckdb"
[[posts]]
files = "posts.csv"
[posts.columns]
post_id = "id"
created_at = "time"
body = "text"
followers = "fans"
timezone = "{zone}"
{more}
"""
HEADER = "id,time,text,fans\n"


@pytest.fixture
def project(tmp_path):
    def make(rows=None, zone="America/New_York", more=""):
        if rows is not None:
            (tmp_path / "posts.csv").write_text(HEADER + rows)
        (tmp_path / "e.toml").write_text(CONFIG.format(zone=zone, more=more))
        return load_settings(tmp_path / "e.toml")

    return make


def ingest(settings, **options):
    with pipeline.open_store(settings) as store:
        report = pipeline.ingest(settings, store, **options)
        return report, store.sql("SELECT epoch(created_at)::BIGINT AS s FROM posts ORDER BY s")["s"].to_list()


def test_a_changed_mapping_is_refused_and_applied_by_again(project):
    rows = "1,2020-01-02 09:30:00,a,5\n2,2020-01-02 09:31:00,b,6\n"
    assert ingest(project(rows))[1] == [1577975400, 1577975460]
    with pytest.raises(ConfigError, match="emtract ingest --again"):
        ingest(project(zone="UTC"))
    with pytest.raises(ConfigError, match="emtract ingest --again"):
        ingest(project(more='platform = "x"'))
    report, times = ingest(project(zone="UTC"), again=True)
    assert (report.posts.kept, report.posts.repeated, times) == (2, 0, [1577957400, 1577957460])
    assert ingest(project(zone="UTC"))[0].files == 0


def test_again_keeps_what_a_missing_file_brought(project, tmp_path):
    settings = project("1,2020-01-02 09:30:00,a,5\n")
    ingest(settings)
    (tmp_path / "posts.csv").rename(tmp_path / "b.csv")
    (tmp_path / "e.toml").write_text((tmp_path / "e.toml").read_text().replace("posts.csv", "b.csv"))
    with pytest.raises(ConfigError, match=r"posts.csv is in the store"):
        ingest(load_settings(tmp_path / "e.toml"), again=True)


def test_a_file_of_which_nothing_was_kept_is_read_as_it_is_configured_now(project):
    assert ingest(project("1,2020-01-02,a,5\n"))[0].posts.rejected == 1
    report, times = ingest(project(more='time_format = "end_of_day"'))
    assert (report.posts.kept, times) == (1, [1578027599])


def test_fields_left_out_and_days_are_told(project):
    report, _ = ingest(project('1,2020-01-02 00:00:00,a,"1,234"\n2,2020-01-03 00:00,b,6\n'))
    assert [note.partition(": ")[2][:40] for note in report.notes] == [
        "all 2 times are 00:00: is the time of da",
        "followers is left out of 1 of 2 posts: w",
    ]
    assert note_sentence("created_at", "time of day is 00:00", 3, 9) is None


def test_a_changed_table_of_symbols_is_refused_and_applied_by_again(project, tmp_path):
    def symbols():
        with pipeline.open_store(settings) as store:
            return store.sql("SELECT symbol FROM post_symbols ORDER BY symbol")["symbol"].to_list()

    (tmp_path / "beside.csv").write_text("post_id,symbol\n1,AAPL\n")
    settings = project("1,2020-01-02 09:30:00,a,5\n", more='symbols_file = "beside.csv"')
    ingest(settings)
    assert ingest(settings)[0].files == 0 and symbols() == ["AAPL"]
    (tmp_path / "beside.csv").write_text("post_id,symbol\n1,MSFT\n")
    with pytest.raises(ConfigError, match=r"another symbols_file than now.*`emtract ingest --again"):
        ingest(settings)
    ingest(settings, again=True)
    assert ingest(settings)[0].files == 0 and symbols() == ["MSFT"]


def test_ids_that_a_spreadsheet_rounded_are_told_where_all_are(project):
    rows = "1079890068867810000,2020-01-02 09:30:00,a,5\n1079890105282840000,2020-01-02 09:31:00,b,6\n"
    report, _ = ingest(project(rows))
    assert [note.partition(": ")[2][:28] for note in report.notes] == ["all 2 ids end in zeros: a sp"]
    assert note_sentence("post_id", "id ends in zeros", 1, 2) is None


def test_a_file_that_the_configuration_no_longer_names_is_told_since_its_rows_count(project, tmp_path):
    settings = project("1,2020-01-02 09:30:00,a,5\n")
    assert not any("no file of the configuration" in note for note in ingest(settings)[0].notes)
    (tmp_path / "b.csv").write_text(HEADER + "2,2020-01-03 09:30:00,b,6\n")
    (tmp_path / "e.toml").write_text((tmp_path / "e.toml").read_text().replace("posts.csv", "b.csv"))
    for files in (1, 0):
        report, times = ingest(load_settings(tmp_path / "e.toml"))
        assert (report.files, len(times)) == (files, 2)
        assert report.notes[0].startswith("posts.csv: in the store and no file of the configuration any longer")


def test_a_post_that_another_file_has_at_another_time_is_told(project, tmp_path):
    rows = "1,2020-01-02 09:30:00,a,5\n2,2020-01-02 09:31:00,b,6\n"
    project(rows)
    (tmp_path / "b.csv").write_text(HEADER + rows.replace("09:31", "14:31") + "3,2020-01-02 09:32:00,c,7\n")
    second = CONFIG.format(zone="UTC", more="").partition("[[posts]]")[2].replace("posts.csv", "b.csv")
    (tmp_path / "e.toml").write_text((tmp_path / "e.toml").read_text() + "[[posts]]" + second)
    report, times = ingest(load_settings(tmp_path / "e.toml"))
    assert (report.posts.kept, report.posts.repeated, times[:2]) == (3, 2, [1577957520, 1577975400])
    assert report.notes == (
        "b.csv: 1 of 3 posts are in the store with another time, which stands: do both files say their time zone right?",
    )


def test_texts_of_posts_that_were_read_anew_as_others_count_for_nothing(project, tmp_path, scorer):
    def score(settings, **scope):
        with pipeline.open_store(settings) as store:
            report = score_store(store, scorer, scope=Scope(**scope))
            return report.scored, report.posts, report.distinct_texts, report.left

    rows = "".join(f"{n},2020-01-02 09:3{n}:00,{text},{n}\n" for n, text in enumerate("aabc"))
    ingest(project(rows))
    assert score(load_settings(tmp_path / "e.toml"), limit=1) == (1, 4, 3, 2)
    (tmp_path / "posts.csv").write_text(HEADER + rows.replace(",c,", ",d,"))
    ingest(load_settings(tmp_path / "e.toml"), again=True)
    assert score(load_settings(tmp_path / "e.toml"), limit=1) == (1, 4, 3, 1)
    assert score(load_settings(tmp_path / "e.toml")) == (1, 4, 3, 0)


def test_posts_that_a_changed_file_has_no_longer_are_told_and_again_does_without_them(project):
    rows = [f"{n},2020-01-02 09:3{n}:00,text {n},5\n" for n in range(4)]
    ingest(project("".join(rows)))
    assert ingest(project("".join([*rows, rows[0].replace("0,", "4,", 1)])))[0].notes == ()
    changed = rows[0] + rows[1].replace("text", "other") + rows[2].replace("2,", "5,", 1)
    report, times = ingest(project(changed))
    assert (report.posts.kept, report.posts.repeated, report.posts.rejected, len(times)) == (1, 1, 1, 6)
    assert len(report.notes) == 1 and "posts.csv: at least 3 posts of an earlier reading" in report.notes[0]
    assert ingest(project(changed))[0].notes == ()
    report, times = ingest(project(changed), again=True)
    assert (report.posts.kept, len(times), report.notes) == (3, 3, ())
