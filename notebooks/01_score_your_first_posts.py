# %% [markdown]
# # Score your first posts
#
# A post goes in, seven probabilities come out: neutral, happy, sad, anger, disgust, surprise, fear. This tour takes a
# minute, needs no data and no network, and ends with what you should check before you believe a model of emotions.

# %%
import polars as pl

import emtract

scorer = emtract.load_scorer("default")
posts = [
    "$TSLA to the moon 🚀🚀",
    "i can't watch this bleed anymore, down 40% and nobody cares 😭",
    "management lied AGAIN. crooks, all of them!!!",
    "$AAPL reports after the close on Thursday",
    "wow did not see that guidance coming 😳",
    "$GME 🤮",
    "http://example.com",
]
scores = scorer.predict(posts)
scores.select("label", "valence", *emtract.EMOTIONS).with_columns(pl.col(pl.Float64, pl.Float32).round(2))

# %% [markdown]
# **Seven numbers that add up to one.** `label` is only the largest of them. A study uses the probabilities and not
# the label: a post that is 0.48 happy and 0.45 surprised is counted as what it is, and averages over many posts are
# less noisy.

# %%
sums = scores.select(pl.sum_horizontal(emtract.EMOTIONS)).to_series()
assert ((sums - 1).abs() < 1e-5).all()

# %% [markdown]
# **Valence** is happy less the four unpleasant ones (sad, anger, disgust, fear): one number where a single axis is
# wanted. It cannot tell fear from anger, which is why a study shows both.

# %%
unpleasant = pl.col("sad") + pl.col("anger") + pl.col("disgust") + pl.col("fear")
assert (scores["valence"] - scores.select(pl.col("happy") - unpleasant).to_series()).abs().max() < 1e-5

# %% [markdown]
# ## What the model reads
#
# `text` is the post after cleaning: links, user names, numbers and tickers become placeholders, so that the model
# cannot learn that one company's name is good news. `kind` says what is left: a bare link holds no words, carries no
# emotion, and is left out of every panel.

# %%
scores.select("text", "kind", "n_tokens", "truncated")

# %%
assert scores["kind"].to_list()[-1] not in ("words", "emoji_only")

# %% [markdown]
# ## Which words the answer rests on
#
# `explain` leaves words out, scores again, and shares the difference out (Shapley values). The rows add up to what
# the model said of the whole post less what it says of no words at all. This describes the model, not the writer.

# %%
explanation = emtract.explain(posts[0], scorer)
explanation

# %%
happy = emtract.EMOTIONS.index("happy")
shared_out = explanation.frame("happy")["happy"].sum()
assert abs(shared_out - (explanation.probabilities[happy] - explanation.base[happy])) < 1e-6

# %% [markdown]
# ## Before you believe it
#
# Negation, irony and quotation are where short-text models fail. Look at pairs that differ in one word, in *your*
# posts, and decide with eyes open: misread posts are noise in a regressor, and noise pulls a coefficient towards
# zero.

# %%
pairs = ["great quarter", "not a great quarter", "oh great, another offering", "great, again 🙄"]
scorer.predict(pairs).select("text", "label", "happy", "anger", "disgust")

# %% [markdown]
# The same model gives the same numbers tomorrow: name and revision are written beside every score that is stored.

# %%
print(scorer.name, scorer.revision)
assert scorer.predict(posts).equals(scores)

# %% [markdown]
# ## Exercises
#
# 1. Write the same thought three times: with an emoji, in capitals, with a cashtag. Which of the three moves the
#    probabilities?
# 2. Find a post of your own that the model misreads. Which word does `explain` blame? Try `method="occlusion"` and
#    say why the two differ.
# 3. Score the posts with a word list, `emtract.load_scorer("vader")` (`pip install 'emtract[baselines]'`). Where do
#    the two disagree, and who is right?
# 4. At the prompt: `emtract predict '$TSLA to the moon'`, and `emtract explain` with `--html page.html`.
