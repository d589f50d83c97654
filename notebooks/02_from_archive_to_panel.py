# %% [markdown]
# # From an archive to a panel
#
# Posts have authors and seconds; regressions have firms and days. Between them lie decisions, and this tour makes
# them visible: which post belongs to which session, what counts as a post, how a mean is weighted, and what was lost
# on the way.
#
# It reads the demonstration (`emtract demo`), a generated archive whose truth is written down. Nothing in it is about
# real firms.

# %%
import os
from pathlib import Path

import polars as pl

import emtract

places = (Path(os.environ.get("EMTRACT_DEMO", "runs/demo")), Path("../runs/demo"))
DEMO = next((place for place in places if (place / "demo.duckdb").is_file()), None)
assert DEMO is not None, "make the demonstration first: emtract demo"
store = emtract.Store.open(DEMO / "demo.duckdb", read_only=True)

# %% [markdown]
# ## What is in the store
#
# One file holds everything. A line that could not be used is not gone: it stands in `quarantine` with file, line and
# reason.

# %%
{name: store.count(name) for name in ("posts", "post_symbols", "prices", "quarantine")}

# %%
store.sql("SELECT reason, count(*) AS lines FROM quarantine GROUP BY reason ORDER BY lines DESC, reason")

# %% [markdown]
# ## The panel
#
# One row a firm and session. Each emotion stands there twice: over the posts *before the open* (from the previous
# close on) and *during market hours*.

# %%
panel = emtract.build_panel(store, scorer="default")
panel

# %%
panel.data.select(
    "symbol", "session", "n_posts_pre_open", "happy_pre_open", "fear_pre_open", "return_open_close"
).head()

# %% [markdown]
# **Point in time.** A post written after the close on Friday, or on Sunday, belongs to Monday's pre-open window: that
# is the first session on which anybody could have traded on it. So `happy_pre_open` is known when `return_open_close`
# begins to happen, and a regression of the second on the first asks whether emotion comes *before* the return.
# `happy_market` overlaps with that return: it can only say that the two move *together*. Mixing up the two windows is
# the commonest way to find a trading rule that nobody could have followed.

# %%
first = store.sql(
    "SELECT created_at, symbol FROM posts JOIN post_symbols USING (post_key) ORDER BY created_at, symbol LIMIT 5"
)
first

# %% [markdown]
# These five were written after the last close of the year, or on New Year's Day, when nobody trades. They wait for the
# panel's first session:

# %%
session = panel.data["session"].min()
waiting = panel.data.filter(pl.col("session") == session, pl.col("symbol").is_in(first["symbol"].to_list()))
assert first["created_at"].dt.date().max() < session
assert (waiting["n_posts_pre_open"] >= 1).all()
waiting.select("symbol", "session", "n_posts_pre_open", "n_posts_market")

# %% [markdown]
# **Attention beside emotion.** `attention_pre_open` is log(1 + number of posts). On days when everybody writes,
# emotions are strong too: a study that leaves attention out gives emotion the credit for the crowd. So every study
# here holds it fixed.

# %%
panel.data.select(pl.corr("attention_pre_open", "happy_pre_open"), pl.corr("attention_market", "absolute_return"))

# %% [markdown]
# **A day without posts is not a neutral day.** Its emotions are null and its attention is zero. A null leaves the
# regression, and the ledger says so.

# %%
quiet = panel.data.filter(pl.col("n_posts_pre_open") == 0)
assert quiet["happy_pre_open"].null_count() == quiet.height
assert (quiet["attention_pre_open"] == 0).all()

# %% [markdown]
# ## What was lost where
#
# Every step from lines of files to rows of the panel, with the reason. This is the first table of a data section.

# %%
panel.ledger

# %% [markdown]
# ## Other choices
#
# `min_posts`: a mean of one post is a noisy mean. Asking for more posts a window loses rows and gains precision:
# report both.

# %%
demanding = emtract.build_panel(store, scorer="default", min_posts=3)
rows = {name: p.data["happy_pre_open"].count() for name, p in (("one post", panel), ("three posts", demanding))}
rows

# %%
assert rows["three posts"] < rows["one post"]

# %% [markdown]
# `weights`: should an author who writes fifty posts count fifty times? `one_vote` gives each author one vote a
# window; `distinct_text` gives each text one, however many accounts post it; `log_followers` weighs posts by how many could
# have read them, with followers *as the post carried them* and not as of today.

# %%
votes = emtract.build_panel(store, scorer="default", weights="one_vote")
both = panel.data.join(votes.data, on=["symbol", "session"], suffix="_votes")
both.select(pl.corr("happy_market", "happy_market_votes"))

# %% [markdown]
# `posts` says which posts count; a `Split` puts the emotions of two groups beside those of all, e.g. posts that talk
# finance and posts that chat. Each rule stands in the panel's settings and in its ledger.

# %%
split = emtract.build_panel(
    store,
    scorer="default",
    posts=emtract.PostFilter(drop_bots=emtract.BotRule(posts_per_day=20)),
    split=emtract.Split("content"),
)
split.data.select("happy_market", "happy_market_finance", "happy_market_chat").describe()

# %%
split.settings

# %%
store.close()

# %% [markdown]
# ## Exercises
#
# 1. Plot the number of rows with emotions against `min_posts` from 1 to 10. Where would you stop, and what would a
#    referee ask?
# 2. `cutoff_minutes=30` leaves out the last half hour before the open: time to read the posts and trade. What does
#    the ledger say?
# 3. Write a `PostFilter` that keeps authors with at least 100 followers. Which step of the ledger names what it
#    dropped?
# 4. Your own archive: `emtract init my-study`, name the files in `emtract.toml`, then `emtract ingest --dry-run`
#    before anything else.
