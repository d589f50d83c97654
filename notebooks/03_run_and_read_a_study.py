# %% [markdown]
# # Run and read a study
#
# A study is a question, a handful of fully stated regressions, and what was expected before the run. This tour runs
# one on the demonstration, reads its table line by line, writes another in twenty lines, and saves tables and figures
# for a paper.

# %%
import os
import tempfile
from dataclasses import replace
from pathlib import Path

import polars as pl

import emtract
from emtract.study import Exhibit, Expectation, Spec, Study

places = (Path(os.environ.get("EMTRACT_DEMO", "runs/demo")), Path("../runs/demo"))
DEMO = next((place for place in places if (place / "demo.duckdb").is_file()), None)
assert DEMO is not None, "make the demonstration first: emtract demo"
with emtract.Store.open(DEMO / "demo.duckdb", read_only=True) as store:
    panel = emtract.build_panel(store, scorer="default")

# %% [markdown]
# ## What there is to ask

# %%
pl.DataFrame(
    [(name, emtract.load_study(name).question) for name in emtract.list_studies()],
    schema=["study", "question"],
    orient="row",
)

# %% [markdown]
# ## Run one
#
# `run_study` takes a panel, or a store: then it builds every sample that the study asks for (offers, announcements,
# series), and names those that the store cannot give. `only` picks some of its regressions for a quick look; leave it
# out for all of them.

# %%
PART = ("contemporaneous_valence", "contemporaneous_emotions", "predictive_emotions", "predictive_family")
result = emtract.run_study("daily_returns", panel, only=PART)
result

# %%
result.results["predictive_emotions"]

# %% [markdown]
# **How to read a line.** The dependent variable is in basis points and every regressor is per standard deviation. So
# `happy_pre_open` says: on a session before which a firm's posts are one standard deviation happier than usual, given
# the other emotions, attention and what the firm did yesterday, its open-to-close return is higher by `estimate`
# hundredths of a per cent.
#
# *Than usual* is the work of the fixed effects. The firm's own mean is taken out (Tesla's crowd is always louder) and
# so is the day's (everybody is happier when the market rises). What is left compares a firm with itself, against
# others on the same day.
#
# **What the interval says.** If the study were run on many samples of this kind, 95 of 100 such intervals would hold
# the true value. An interval that holds zero does not say that there is no effect; it says which effects the data
# cannot rule out. Read its ends: is the whole of it too small to matter, or is it simply wide? The errors are
# clustered by firm and by session, because the firms of one day share its news and the days of one firm share its
# temper: without that, intervals are too short.
#
# **Several emotions at once.** Six coefficients give one below p = 0.05 about every fourth time when nothing is true.
# The study tests them as a family too.

# %%
result.tidy().filter(pl.col("spec") == "predictive_family").select("term", "estimate", "p_value")

# %% [markdown]
# ## Was it expected?
#
# Signs are written down before the run, with their source. *Not distinguishable* is not *refuted*.

# %%
result.expectations().select("spec", "term", "sign", "estimate", "p_value", "verdict")

# %% [markdown]
# The demonstration knows the truth: it planted effects, and zeros beside them. So here, and only here, intervals can
# be checked.

# %%
from emtract.synthetic import open_archive, truth_table

truth = truth_table(open_archive(DEMO / "archive")).join(result.tidy(), on=["spec", "term"])
truth.select("spec", "term", "truth", "estimate", covered=pl.col("truth").is_between("conf_low", "conf_high"))

# %% [markdown]
# Most of the planted effects come out somewhat too small: the model misreads some posts, and noise in a regressor
# attenuates. That holds for your data too, where nobody knows by how much.
#
# ## Figures and tables
#
# `figures()` lists the names; `figure(name)` draws one, with buttons; `figure_data(name)` is what it shows.

# %%
print(result.figures())
figure = result.figure("coefficients")
figure

# %%
folder = Path(tempfile.mkdtemp()) / "paper"
result.save(folder)
sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))

# %% [markdown]
# `tables.tex` goes into LaTeX with `\input`, `tables.docx` into Word; `formats=("svg", "pdf")` makes pictures where a
# Chrome is installed (`pip install 'emtract[figures]'`). At the prompt the same is `emtract study export
# daily_returns -o paper`.
#
# ## Your own study
#
# A study is a file that declares and runs nothing: put it into `studies/` of your project, name its path in
# `emtract.toml`, and `emtract run` makes its page. One base regression, varied with `replace`, so that two columns
# differ in what you meant to vary.

# %%
BASE = Spec(
    y="return_open_close",
    x=("fear_pre_open",),
    controls=("attention_pre_open", "lagged_return"),
    effects=("symbol", "session"),
    covariance="clustered",
    clusters=("symbol", "session"),
    small_sample="fixest",
    standardise=("fear_pre_open", "attention_pre_open", "lagged_return"),
    y_scale=10_000,
    label="All firm-sessions",
)
SPECS = {
    "all": BASE,
    "crowded": replace(BASE, where="n_posts_pre_open >= 3", label="Three posts or more"),
    "calm": replace(BASE, where="lagged_volatility < 0.02", label="Calm firms"),
}
STUDY = Study(
    name="morning_fear",
    question="Does fear before the open come before a fall?",
    design="Open-to-close returns on fear in the posts before the open, within firms and sessions.",
    papers=("Yours",),
    specs=SPECS,
    exhibits=(Exhibit("Fear before the open", tuple(SPECS)),),
    primary=("all", "fear_pre_open"),
    headline=(("all", "fear_pre_open"),),
    expectations=(Expectation("all", "fear_pre_open", "negative", "written down before the run"),),
)
mine = emtract.run_study(STUDY, panel)
mine

# %%
mine.expectations().select("term", "verdict")

# %%
mine.tidy().filter(pl.col("term") == "fear_pre_open").select("label", "estimate", "conf_low", "conf_high", "n_obs")

# %% [markdown]
# Three columns, three samples: were they all chosen before the first was run? Write the expectation down first, keep
# every column that you ran, and let the attrition say what each sample lost.

# %%
mine.attrition().filter(pl.col("spec") == "crowded").select("step", "rows_in", "dropped", "rows_out", "reason")

# %% [markdown]
# ## Exercises
#
# 1. Build the panel with `weights="one_vote"` and with `min_posts=3`, run `STUDY` on each, and put the three
#    estimates of fear side by side. Does your conclusion depend on a choice that you made for convenience?
# 2. Replace `effects=("symbol", "session")` by `("symbol",)`. How does the interval change, and which of the two do
#    you believe?
# 3. Move the window: use `fear_market`. Whatever the estimate: why is this not a prediction?
# 4. Add an `Expectation` for attention, with its source, and only then look.
