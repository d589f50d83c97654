import re

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
