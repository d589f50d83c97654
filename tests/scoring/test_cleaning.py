from emtract.scoring import score_store
from emtract.scoring.cleaning import clean_store
from emtract.store import Store
from emtract.text import CLEANER_VERSION, Cleaner
from tests.conftest import batch, load_posts, post, source


def silent(*_):
    pass


def test_posts_with_damage_are_counted_and_read_as_what_was_meant(tmp_path):
    with Store.open(tmp_path / "s.duckdb") as store:
        bodies = ["$GME ðŸš€", "$GME 🚀", "donâ€™t", "fine"]
        load_posts(store, source(), [batch(*(post(i, body, "2014-01-02T15:00") for i, body in enumerate(bodies)))])
        assert clean_store(store, Cleaner(), silent) == 4
        found = store.sql(
            "SELECT body, text, mended FROM cleaned JOIN texts USING (text_key) JOIN posts USING (post_key)"
        ).rows()
        assert sorted(found) == sorted(
            [
                ("$GME ðŸš€", "<ticker> 🚀", True),
                ("$GME 🚀", "<ticker> 🚀", False),
                ("donâ€™t", "do not", True),
                ("fine", "fine", False),
            ]
        )


def test_a_store_that_an_older_cleaner_read_is_cleaned_and_scored_anew(tmp_path, scorer):
    with Store.open(tmp_path / "s.duckdb") as store:
        load_posts(store, source(), [batch(post(1, "to the moon", "2014-01-02T15:00"))])
        score_store(store, scorer)
        for table in ("cleaned", "texts", "text_scores"):
            store.execute(f"UPDATE {table} SET cleaner = '1'")
        again = score_store(store, scorer)
        assert (again.cleaned, again.scored) == (1, 1)
        assert store.sql("SELECT DISTINCT cleaner FROM scores ORDER BY 1").rows() == [("1",), (CLEANER_VERSION,)]
