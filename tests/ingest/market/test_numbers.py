"""A comma is read where the file shows what it means, and never guessed."""

import pytest

from emtract.errors import SourceError

HEAD = "symbol;period;available;x\n"


@pytest.fixture
def values(write, read):
    def of(*cells, **options):
        rows = "".join(f"F{n};2020-01-31;2020-02-28;{cell}\n" for n, cell in enumerate(cells))
        market = read(write("n.csv", (HEAD + rows).encode()), "characteristics", **options)
        found = dict(zip(market.characteristics["symbol"], market.characteristics["value"], strict=True))
        assert len(found) + market.rejected.filter(reason="impossible number").height == len(cells)
        return [found.get(f"F{n}") for n in range(len(cells))]

    return of


def test_commas_that_group_thousands(values):
    assert values("1,234.5", "1,234,567", "1,234", "$12", "-$1,000.25", "1e3", "12.") == [
        *(1234.5, 1_234_567, 1234, 12, -1000.25, 1000, 12)
    ]


def test_a_comma_that_may_be_anything_is_quarantined(values):
    assert values("1,234", "7") == [None, 7]
    assert values("1,234", "7", decimal=".") == [1234, 7]
    assert values("1,234", "7", decimal=",") == [1.234, 7]


@pytest.mark.parametrize("shows", ["12,5", "0,123", "1.234,5", "1.234.567", "3,14159"])
def test_a_decimal_comma_is_to_be_stated(values, shows):
    with pytest.raises(SourceError, match=r'decimal = ","'):
        values("1,234", shows)


def test_a_stated_decimal_comma(values):
    assert values("1.234,5", "1.234", "12,5", "1,2.3", "7", decimal=",") == [1234.5, 1234, 12.5, None, 7]


def test_a_file_of_both_marks_reads_what_is_certain(values):
    assert values("12.5", "12,5", "1,234", "1,234.5") == [12.5, None, None, 1234.5]


@pytest.mark.parametrize("cell", ["(123)", "12%", "1.2K", "1_000", "１２", "0x10", "12,34,567", "1 234", "inf", "€5"])
def test_what_is_no_number_is_quarantined(values, cell):
    assert values(cell, "2.5") == [None, 2.5]


@pytest.mark.parametrize("name", ["shares (thousands)", "mcap_mm", "Shares 000s", "sales $ million"])
def test_a_unit_in_the_name_of_a_column_is_to_be_stated(write, read, name):
    path = write("n.csv", f"symbol,period,available,{name}\nA,2020-01-31,2020-02-28,5\n".encode())
    with pytest.raises(SourceError, match="unit = 1"):
        read(path, "characteristics")
    assert read(path, "characteristics", unit=1e3).characteristics["value"].to_list() == [5000]
    assert read(path, "characteristics", unit=1.0).characteristics["value"].to_list() == [5]
