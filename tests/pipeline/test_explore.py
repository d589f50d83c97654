"""`emtract report explore` on the demonstration: one page of ids, without a text or an author of any post."""

import base64
import gzip
import json
import re

from emtract.report.explore.page import MOST_BYTES
from emtract.store import Store
from tests.prompt import emtract


def embedded(html, name):
    return gzip.decompress(base64.b64decode(re.search(rf'id="{name}">([^<]*)<', html)[1]))


def test_the_page_of_the_demonstration_holds_ids_and_nothing_else_of_posts(demo, tmp_path):
    page = tmp_path / "new" / "explore.html"
    index = page.with_name("index.html")
    index.parent.mkdir()
    index.write_text("an index that knows of no page to explore", encoding="utf-8")
    done = emtract("report", "explore", "-c", demo[0] / "emtract.toml", "-o", page)
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"Page: {page} ({page.stat().st_size / 1e6:.1f} MB)\n"
    assert page.stat().st_size < MOST_BYTES
    assert '<a href="explore.html">' in index.read_text(encoding="utf-8")
    html = page.read_text(encoding="utf-8")
    ids = json.loads(embedded(html, "posts"))
    with Store.open(demo[0] / "demo.duckdb", read_only=True) as store:
        posts = store.sql("SELECT post_id, body, author_id FROM posts")
    shown = {post for cells in ids.values() for held in cells.values() for post in held}
    assert shown and shown <= set(posts["post_id"])
    text = html + json.dumps(ids)
    long = posts.filter(posts["body"].str.len_chars() > 30)["body"].head(500)
    assert not [body for body in long if body in text]
    assert not [author for author in posts["author_id"].drop_nulls().unique() if f'"{author}"' in text]
