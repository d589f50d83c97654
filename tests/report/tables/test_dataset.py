"""A sample as a file: the suffix says what it is, and what is written can be read back by other programs."""

import shutil
import subprocess
from datetime import date

import pandas as pd
import polars as pl
import pytest

from emtract.errors import ReportError
from emtract.report.tables import dataset
from emtract.report.tables.dataset import stata_names, write_dataset

FRAME = pl.DataFrame(
    {
        "symbol": ["=A1", "B", None],
        "session": [date(2014, 1, 2), date(2014, 1, 3), None],
        "n_posts_pre_open": [1, None, 3_000_000_000],
        "happy_pre_open": [0.25, None, 1.0],
        "a_column_with_a_name_of_more_than_32_characters": [True, None, False],
        "a_column_with_a_name_of_more_than_32_letters": [1.0, 2.0, 3.0],
        "2nd-lag": [1.0, 2.0, 3.0],
    }
)


@pytest.mark.parametrize("name", ["p.parquet", "p.csv", "p.feather", "p.arrow", "p.PARQUET", "p[1].csv"])
def test_what_polars_reads_is_the_sample(tmp_path, name):
    path = tmp_path / name
    write_dataset(FRAME, path)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        back = pl.read_csv(path, schema=FRAME.schema, glob=False)
    else:
        back = pl.read_parquet(path, glob=False) if suffix == ".parquet" else pl.read_ipc(path)
    assert back.equals(FRAME)


def test_stata_has_labels_days_and_short_names(tmp_path):
    write_dataset(FRAME, tmp_path / "p.dta")
    back = pd.read_stata(tmp_path / "p.dta")
    names = stata_names(FRAME.columns)
    assert list(back) == list(names.values()) and all(len(name) <= 32 for name in back)
    assert back["session"].dt.date.tolist()[:2] == [date(2014, 1, 2), date(2014, 1, 3)] and pd.isna(back["session"][2])
    assert back["n_posts_pre_open"].tolist()[::2] == [1, 3_000_000_000] and back["symbol"].tolist() == ["=A1", "B", ""]
    with pd.read_stata(tmp_path / "p.dta", iterator=True) as reader:
        labels = reader.variable_labels()
    assert labels["happy_pre_open"].startswith("Happy") and labels["_2nd_lag"] == "2nd-lag"


def test_pyreadstat_reads_labels_and_days_of_every_column(tmp_path):
    pyreadstat = pytest.importorskip("pyreadstat")
    write_dataset(FRAME, tmp_path / "p.dta")
    table, told = pyreadstat.read_dta(tmp_path / "p.dta")
    assert table["session"][0] == date(2014, 1, 2) and all(told.column_labels)
    assert told.column_names_to_labels["happy_pre_open"] == "Happy, pre-open"


@pytest.mark.skipif(shutil.which("Rscript") is None, reason="R is not here")
def test_r_reads_labels_and_days(tmp_path):
    write_dataset(FRAME, tmp_path / "p.dta")
    code = (
        "if (!requireNamespace('haven', quietly = TRUE)) quit(status = 9); p <- haven::read_dta('p.dta');"
        "cat(format(p$session[1]), class(p$session), attr(p$happy_pre_open, 'label'), p$n_posts_pre_open[3], sep = '|')"
    )
    done = subprocess.run(["Rscript", "-e", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    if done.returncode == 9:
        pytest.skip("R has no haven")
    assert done.stdout == "2014-01-02|Date|Happy, pre-open|3e+09"


def test_excel_holds_the_cells_as_they_are(tmp_path):
    write_dataset(FRAME, tmp_path / "p.xlsx")
    back = pl.read_excel(tmp_path / "p.xlsx")
    assert back["symbol"].to_list() == ["=A1", "B", None] and back["session"].to_list() == FRAME["session"].to_list()
    assert back["n_posts_pre_open"].to_list() == [1, None, 3_000_000_000]
    told = pl.read_excel(tmp_path / "p.xlsx", sheet_name="codebook")
    assert told.columns == ["name", "meaning", "unit", "known"] and told["name"].to_list() == FRAME.columns


def test_what_a_sheet_cannot_hold_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(dataset, "_SHEET", (3, 10))
    with pytest.raises(ReportError, match=r"a sheet holds 2 rows.*write \.parquet"):
        write_dataset(FRAME, tmp_path / "p.xlsx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["p", "p.sav", "p.txt", "p.csv.gz", "none/p.csv"])
def test_other_places_are_refused_before_anything_is_written(tmp_path, name):
    with pytest.raises(ReportError, match="cannot write"):
        write_dataset(FRAME, tmp_path / name)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("suffix", dataset.SUFFIXES)
def test_a_full_disk_leaves_what_was_there(tmp_path, monkeypatch, suffix):
    path = tmp_path / f"p{suffix}"
    path.write_text("earlier")

    def full(frame, fresh):
        fresh.write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setitem(dataset._WRITERS, suffix, full)
    with pytest.raises(ReportError, match="No space left on device"):
        write_dataset(FRAME, path)
    assert path.read_text() == "earlier" and len(list(tmp_path.iterdir())) == 1
