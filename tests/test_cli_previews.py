"""The dry run on a terminal: narrow, whole lines, nothing that acts."""

import os
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from emtract.cli.previews import WIDTH, describe, fit, print_previews
from emtract.pipeline.dryrun import Preview
from emtract.spelling import visible
from emtract.store import Store
from tests.prompt import emtract

TEXTS = st.text(max_size=150)
POSTS = st.fixed_dictionaries(
    {
        "id": TEXTS,
        "time": st.just("2020-01-02T14:30:00+00:00"),
        "author": st.none() | TEXTS,
        "symbols": st.lists(TEXTS, max_size=3),
        "text": TEXTS,
    }
)
PREVIEWS = st.builds(
    Preview,
    files=st.lists(TEXTS.filter(bool), min_size=1, max_size=3).map(tuple),
    format=st.just("csv"),
    mapping=st.none() | st.dictionaries(st.sampled_from(["post_id", "body", "symbol"]), TEXTS),
    why=TEXTS,
    error=st.none() | TEXTS,
    kept=st.integers(0, 10**9),
    reasons=st.just({"not JSON": 3}),
    examples=st.tuples(TEXTS, st.integers(1, 10**15), TEXTS).map(lambda example: {"not JSON": example}),
    posts=st.lists(POSTS, max_size=3).map(tuple),
)


@given(PREVIEWS)
def test_every_line_fits_and_none_acts_on_the_terminal(preview):
    for line in describe(preview):
        assert cell_len(line) <= WIDTH
        assert all(unicodedata.category(c) not in {"Cc", "Cs", "Zl", "Zp"} for c in line)
        assert not set(line) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200f")


def test_what_could_act_is_spelt_out_and_emojis_stay():
    assert visible("a\n\x1b[31m\u202eb\t\x00\ud800") == r"a\n\x1b[31m\u202eb\t\x00\ud800"
    assert visible("👩‍👩‍👧 é 漢 ❤️") == "👩‍👩‍👧 é 漢 ❤️"


def test_a_cut_shows_and_wide_letters_count_twice():
    assert fit("abcdef", 6) == "abcdef"
    assert fit("abcdefg", 6) == "abcde…"
    assert fit("漢字漢字", 6) == "漢字…"


def test_a_block_reads_well(capsys):
    post = {"id": "1", "time": "2020-01-02T14:30:00+00:00", "author": None, "symbols": ["AAPL", "TSLA"], "text": "hi\n"}
    read = Preview(
        ("in/a.csv", "in/deep/b.csv"),
        format="csv",
        mapping={"post_id": "id", "body": "text"},
        why="a table with the columns of the mapping",
        lines=10_000,
        kept=9_998,
        repeated=1,
        damaged=3,
        whole=False,
        reasons={"not CSV": 2},
        examples={"not CSV": ("in/a.csv", 7, "unexpected end")},
        posts=(post,),
    )
    print_previews([read, Preview((f"in{os.sep}x.bin",), error="holds NUL bytes")])
    assert capsys.readouterr().out.splitlines() == [
        "2 files in in: a.csv … deep/b.csv",
        "  format      csv: a table with the columns of the mapping",
        "  mapping     post_id = id, body = text",
        "  lines       the first 10,000: 9,998 posts, 2 to quarantine, 1 repeat an id, 3 hold damaged",
        "              characters, mended for reading",
        "  quarantine  2 not CSV, first at a.csv line 7: unexpected end",
        "",
        "  id  time (UTC)           author  symbols    text",
        r"  1   2020-01-02 14:30:00          AAPL TSLA  hi\n",
        "",
        "not read: in/x.bin",
        "  holds NUL bytes",
        "",
        "2 files would be read, 1 would not; nothing was written",
    ]


@pytest.mark.parametrize(
    ("stamp", "options", "remedy"),
    [
        ("02.01.2020 14:30", "", "time_format, such as %d/%m/%Y %H:%M"),
        ("2020-13-02 14:30:00", "", "time_format, such as %d/%m/%Y %H:%M"),
        ("1577975400", "", 'time_format = "epoch_seconds" or "epoch_milliseconds"'),
        ("1577975400000", ', time_format = "epoch_seconds"', 'write time_format = "epoch_milliseconds"'),
        ("1577975400", ', time_format = "epoch_milliseconds"', 'write time_format = "epoch_seconds"'),
        ("1/2/2020 2:30 PM", "", "with hours to twelve and %p"),
    ],
)
def test_a_time_that_cannot_be_read_is_told_with_its_remedy_whole(tmp_path, stamp, options, remedy):
    columns = f'{{post_id = "id", created_at = "at", body = "body", timezone = "UTC"{options}}}'
    (tmp_path / "emtract.toml").write_text(
        f'[store]\npath = "s.duckdb"\n[[posts]]\nfiles = "posts.csv"\nformat = "csv"\ncolumns = {columns}\n'
    )
    (tmp_path / "posts.csv").write_text(f"id,at,body\n1,{stamp},hello\n")
    said = emtract("ingest", "--dry-run", cwd=tmp_path).stdout
    assert remedy in " ".join(said.split()), said
    assert max(map(len, said.splitlines())) <= 100


def test_followers_as_pages_shorten_them_are_read(tmp_path):
    columns = '{post_id = "id", created_at = "at", body = "body", followers = "followers"}'
    (tmp_path / "emtract.toml").write_text(
        f'[store]\npath = "s.duckdb"\n[[posts]]\nfiles = "posts.csv"\nformat = "csv"\ncolumns = {columns}\n'
    )
    (tmp_path / "posts.csv").write_text(
        "id,at,body,followers\n1,2020-01-02T14:30:00Z,a,1.2K\n2,2020-01-02T14:30:00Z,b,3M\n3,2020-01-02T14:30:00Z,c,many\n"
    )
    assert "followers is left out of 1 of 3 posts" in emtract("ingest", "--dry-run", cwd=tmp_path).stdout
    assert emtract("ingest", cwd=tmp_path).returncode == 0
    with Store.open(tmp_path / "s.duckdb", read_only=True) as store:
        told = store.sql("SELECT followers FROM posts ORDER BY post_id")["followers"].to_list()
    assert told == [1_200, 3_000_000, None]
