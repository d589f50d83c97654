from datetime import date

import polars as pl

from emtract.synthetic import publishers

DAY = date(2020, 1, 2)
IPO = pl.DataFrame({"offer_date": [DAY], "symbol": ["AA"]})
WRITERS = {
    "dsf.csv": lambda path: publishers.write_crsp_ciz(
        pl.DataFrame(
            {"permno": 1, "session": [DAY], "symbol": "A", "total_return": 0.1, "volume": 1, "shares_outstanding": 5}
            | dict.fromkeys(("open", "high", "low", "close"), 1.0)
        ),
        path,
    ),
    "ff.zip": lambda path: publishers.write_french_factors(pl.DataFrame({"session": [DAY], "rf": 0.1}), path),
    "13f.zip": lambda path: publishers.write_sec_13f(
        pl.DataFrame(
            {"accession": "a", "filed": [DAY], "type": "13F-HR", "manager": 1, "period": DAY, "amendment": None}
        ),
        pl.DataFrame({"accession": ["a"], "cusip": "1", "shares": 5, "value": 5}),
        path,
    ),
    "IPO-age.xlsx": lambda path: publishers.write_ritter_ipos(IPO, path),
    "offers.csv": lambda path: publishers.write_ipo_offers(IPO, path),
}


def test_equal_frames_give_equal_bytes(tmp_path):
    for name, write in WRITERS.items():
        write(tmp_path / name)
        once = (tmp_path / name).read_bytes()
        write(tmp_path / name)
        assert (tmp_path / name).read_bytes() == once, name
