"""The page of an audit: what it answers, and that it holds whatever was found."""

import re
from dataclasses import replace
from datetime import date

import polars as pl
import pytest

from emtract.emotions import EMOTIONS
from emtract.model.vintage import vintages_of_scorer
from emtract.report.audit.findings import Audit
from emtract.report.audit.page import write_audit
from emtract.scoring.variants import VARIANTS

HOSTILE = '<script>alert("x")</script>'


def change(variant, texts=100, labels=0.02):
    told = {"variant": variant, "texts": texts, "share": texts / 500, "labels_of_all": labels * texts / 500}
    if texts:
        told |= {
            "labels": labels,
            "low": labels / 2,
            "high": labels * 2,
            "abs_valence": 0.01,
            "mean_valence": 0.001,
            "se_valence": 0.0005,
        }
        told |= {f"abs_{name}": 0.01 for name in EMOTIONS}
    return told


def month(name, reading, p):
    return {
        "month": name, "reading": reading, "estimate": 8.2, "std_error": 3.5, "p_value": p, "conf_low": 1.3, "conf_high": 15.1,
        "n_obs": 22_000, "firms": 87, "sd": 0.017, "power": 9.9,
    }  # fmt: skip


def number(spec, p, *, told=True):
    row = {
        "study": "daily_returns",
        "spec": spec,
        "label": f"Label {HOSTILE}",
        "term": "happy_market",
        "difference": -0.1,
        "n_obs": 99,
    }
    for prefix in ("plain_", "neutral_"):
        row |= {
            f"{prefix}estimate": 3.0,
            f"{prefix}std_error": 1.0,
            f"{prefix}p_value": 0.01,
            f"{prefix}conf_low": 1.0,
            f"{prefix}conf_high": 5.0,
        }
    row["neutral_p_value"] = p
    ends = ("std_error", "p_value", "conf_low", "conf_high")
    return row | {f"difference_{key}": 0.04 if told else None for key in ends}


GROUP = pl.DataFrame([{"group": HOSTILE, "audited": 200, **{k: v for k, v in change("all").items() if k != "variant"}}])
AUDIT = Audit(
    scorer="default@1",
    cleaner="2",
    texts=500,
    posts=600,
    first=date(2014, 1, 2),
    last=date(2022, 1, 2),
    hidden=pl.DataFrame({"what": ["cashtags"], "share": [0.9]}),
    changes=pl.DataFrame([change(v, texts=0 if v == "events" else 100) for v in VARIANTS], infer_schema_length=None),
    placebo={
        "texts": 100,
        "labels": -0.01,
        "labels_low": -0.02,
        "labels_high": -0.005,
        "valence": 0,
        "valence_low": 0,
        "valence_high": 0,
    },
    by_year=GROUP,
    by_symbol=GROUP,
    terms=pl.DataFrame({"channel": ["names"], "term": [HOSTILE], "texts": [9]}),
    ahead=pl.DataFrame([month(m, r, 0.2) for m in ("later", "before") for r in ("all", "placebo")]),
    ahead_unknown="",
    coefficients=pl.DataFrame([number("a", 0.2), number("b", 0.01, told=False)], infer_schema_length=None),
    skipped={f"x, {HOSTILE}": HOSTILE},
    vintages=vintages_of_scorer("default"),
    years=pl.DataFrame({"year": [2014, 2022], "place": ["inside", "after"], "posts": [500, 100]}),
)


def page_of(audit, tmp_path):
    return write_audit(audit, tmp_path / "a.html").read_text(encoding="utf-8")


def test_the_page_is_one_file_and_whatever_words_hold_is_escaped(tmp_path):
    html = page_of(AUDIT, tmp_path)
    assert HOSTILE not in html and "&lt;script&gt;" in html
    assert not re.search(r"<script src|<link|url\(http", html)
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]
    for anchor in re.findall(r'href="#([\w-]+)"', html):
        assert f'id="{anchor}"' in html


def test_the_answer_says_which_side_of_the_placebo(tmp_path):
    assert "fewer than hiding as many other words" in AUDIT.answer()
    more = replace(AUDIT, placebo={**AUDIT.placebo, "labels": 0.01, "labels_low": 0.002, "labels_high": 0.02})
    same = replace(AUDIT, placebo={**AUDIT.placebo, "labels_low": -0.02, "labels_high": 0.02})
    assert "more than hiding" in more.answer() and "about as many as hiding" in same.answer()
    assert more.answers()[0] in page_of(more, tmp_path).replace("&nbsp;", "\u00a0")


@pytest.mark.parametrize(
    ("later", "before", "said"),
    [
        (0.2, 0.01, "not significantly associated"),
        (0.01, 0.2, "look-ahead would do so, and one sample in twenty by chance"),
        (0.01, 0.01, "a reputation would do both"),
    ],
)
def test_later_returns_are_read_beside_the_month_before(later, before, said):
    rows = [month(m, r, p) for m, p in (("later", later), ("before", before)) for r in ("all", "placebo")]
    assert said in replace(AUDIT, ahead=pl.DataFrame(rows)).answer()


def test_a_month_before_of_the_other_sign_is_no_reputation():
    rows = [month(m, r, 0.01) for m in ("later", "before") for r in ("all", "placebo")]
    rows[2] |= {"estimate": -8.7}
    assert "prices that turn back would do both" in replace(AUDIT, ahead=pl.DataFrame(rows)).answer()


def test_headline_numbers_are_counted():
    assert AUDIT.verdicts_that_change() == 1
    assert "Of 1 headline coefficients 1 differs at 5 %" in AUDIT.answer()
    assert "1 of 2 headline numbers is significant on one reading only" in AUDIT.answer()


def test_what_is_not_known_is_said(tmp_path):
    bare = replace(
        AUDIT, ahead=pl.DataFrame(), ahead_unknown="no prices", coefficients=pl.DataFrame(), skipped={}, vintages=(),
        years=AUDIT.years.with_columns(place=pl.lit("")), notice="Synthetic",
    )  # fmt: skip
    html = page_of(bare, tmp_path)
    for words in (
        "cannot be tested here: no prices",
        "No headline number could be compared",
        "states no training texts",
        "Synthetic",
    ):
        assert words in html
    assert len(bare.answers()) == 2


def test_the_share_of_posts_inside_the_training_texts_is_told(tmp_path):
    assert "83.3" in page_of(AUDIT, tmp_path) and "out of its reach" in page_of(AUDIT, tmp_path)
    inside = replace(AUDIT, years=AUDIT.years.with_columns(place=pl.lit("inside")))
    assert "none of them is out of the reader" in page_of(inside, tmp_path)
