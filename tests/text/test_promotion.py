import re

import numpy as np
import polars as pl
import pytest

from emtract.text import clean_post
from emtract.text.promotion import PROMOTION, is_promotion, promotion_pattern

EXAMPLES = {
    "invites to a group": "Join our free Discord for alerts $TSLA",
    "asks for messages": "DM me for signals, WhatsApp +1 (555) 010-9999",
    "offers": "Start your free trial today https://a.co",
    "advertises signals": "We alerted the BUY signal at $5.13",
    "a form that programs fill in": "SEC Form 4 filed by A. Person https://a.co/1",
}


@pytest.mark.parametrize("rule", PROMOTION)
def test_each_rule_finds_its_kind(rule):
    assert re.search(PROMOTION[rule], clean_post(EXAMPLES[rule]).text)
    assert is_promotion(clean_post(EXAMPLES[rule]).text)


@pytest.mark.parametrize(
    "body",
    [
        "$TSLA to the moon, I am holding 🚀",
        "they sent me a message about the price target",
        "our company reported results today, read https://a.co",
        "joined the call, telegram from the board",
        "$A $B $C $D $E look good",
    ],
)
def test_ordinary_posts_are_no_promotion(body):
    assert not is_promotion(clean_post(body).text)


def test_duckdb_reads_the_pattern_as_python_does():
    import duckdb

    for body in (*EXAMPLES.values(), "$A up"):
        text = clean_post(body).text
        (found,) = duckdb.connect().execute("SELECT regexp_matches($1, $2)", [text, promotion_pattern()]).fetchone()
        assert found == is_promotion(text)


@pytest.mark.real_data
def test_the_rules_are_as_good_as_their_docstring_says(data):
    labelled = pl.read_csv(data / "labelled" / "stocktwits_smallcap_spam.csv", infer_schema=False)
    marked = (labelled["sentiment"] == "spam").to_numpy()
    found = np.array([is_promotion(clean_post(body or "").text) for body in labelled["body"]])
    assert (found & marked).sum() / found.sum() == pytest.approx(0.905, abs=0.001)
    assert (found & marked).sum() / marked.sum() == pytest.approx(0.379, abs=0.001)
