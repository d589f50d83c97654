"""The shortest way to a market file's rows and reasons."""

import polars as pl
import pytest

from emtract import schema
from emtract.ingest.market import read_market

from ..conftest import pack_zip


class Market:
    """One file read: a frame a table, and the reasons with their lines."""

    def __init__(self, path, kind, *, columns=None, **options):
        batch = read_market(path, format=kind, columns=columns or {}, options=options)
        for name, table in batch.tables.items():
            assert table.schema == getattr(schema, f"PARSED_{name.upper()}").arrow
        assert batch.rejected.schema == schema.REJECTED.arrow
        self.tables = {name: pl.from_arrow(table) for name, table in batch.tables.items()}
        self.rejected = pl.from_arrow(batch.rejected)
        self.rows_read = batch.rows_read
        for name, frame in self.tables.items():
            key = list(getattr(schema, f"PARSED_{name.upper()}").key)
            assert not frame.select(key).is_duplicated().any(), name
        assert not self.rejected.select("line", "reason").is_duplicated().any()

    def __getattr__(self, name):
        return self.tables[name]

    @property
    def reasons(self):
        return list(self.rejected.select("line", "reason").iter_rows())

    @property
    def details(self):
        return self.rejected["detail"].to_list()


@pytest.fixture
def read():
    return Market


def write_french_sic(industries, path):
    """Definitions of industries by ranges of SIC codes, as the publisher writes them: `.txt`, or the `.zip` of it."""
    lines = []
    for number, (name, ranges) in enumerate(industries.items(), start=1):
        lines += [f"{number:2d} {name:<6} Firms of {name}"]
        lines += [f"          {first:04d}-{last:04d} codes of {name}" for first, last in ranges] + [""]
    text = "\r\n".join(lines).encode()
    path.write_bytes(pack_zip({f"{path.stem}.csv": text}) if path.suffix == ".zip" else text)
