"""Domain-adaptive pre-training: the encoder learns posts by filling in masked tokens, those that carry emotion above all.

Masked language modelling on the target domain (Gururangan et al. 2020), with words of a lexicon masked more often than
others, an idea of Chinese MentalBERT (Zhai et al. 2024) for the words of investors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import torch
from torch import Tensor, nn

from emtract.model.train.loop import autocast, optimise, pad
from emtract.model.train.tokens import added_tokens
from emtract.text.lexicon import PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from emtract.model.train.corpora import Corpus
    from emtract.model.train.loop import Progress
    from emtract.model.train.network import Network
    from emtract.model.train.recipe import Precision, Stage

#: Share of a text's tokens that is masked, and how much likelier a token of the lexicon is than another.
SHARE: Final = 0.15
EMPHASIS: Final = 3.0
_LEXICON_WORDS: Final = 1500
_FEWEST: Final = 20


class TokenNetwork(nn.Module):  # type: ignore[misc]
    """The encoder with a head that names the token at a place; its output matrix is the embedding itself."""

    def __init__(self, network: Network) -> None:
        super().__init__()
        self.encoder = network.encoder
        width, size = self.encoder.config.hidden_size, self.encoder.config.vocab_size
        turn = nn.Linear(width, width)
        nn.init.eye_(turn.weight)
        nn.init.zeros_(turn.bias)
        self.heads = nn.ModuleDict({"turn": nn.Sequential(turn, nn.LayerNorm(width))})
        self.bias = nn.Parameter(torch.zeros(size))

    def forward(self, ids: Tensor, mask: Tensor, places: Tensor) -> Tensor:
        """Logits over the vocabulary at the masked places.

        Parameters
        ----------
        ids
            Token ids, padded, shape (n, length).
        mask
            1 at tokens, 0 at padding, shape (n, length).
        places
            True where a token is to be named, shape (n, length).

        Returns
        -------
        Tensor
            Shape (number of true places, vocabulary).
        """
        states = self.encoder(input_ids=ids, attention_mask=mask).last_hidden_state[places]
        embeddings = self.encoder.embeddings.word_embeddings.weight
        return nn.functional.linear(self.heads["turn"](states), embeddings, self.bias)


def emotional_words(corpora: Sequence[Corpus], size: int = _LEXICON_WORDS) -> frozenset[str]:
    """Words whose presence tells most of a text's labels: mutual information, summed over the corpora's heads.

    Parameters
    ----------
    corpora
        Labelled corpora, the tagged sample not among them.
    size
        Words to return, of those that stand in at least twenty texts of a corpus.
    """
    gains: dict[str, float] = {}
    for corpus in corpora:
        words, present = _presence(corpus.texts)
        for targets in corpus.targets.values():
            for word, gain in zip(words, _information(present, targets), strict=True):
                gains[word] = gains.get(word, 0.0) + gain
    return frozenset(sorted(gains, key=lambda word: (-gains[word], word))[:size])


def _presence(texts: Sequence[str]) -> tuple[list[str], list[NDArray[np.intp]]]:
    rows: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        for word in set(text.split()):
            rows.setdefault(word, []).append(row)
    kept = sorted(word for word, found in rows.items() if len(found) >= _FEWEST)
    return kept, [np.array(rows[word], dtype=np.intp) for word in kept]


def _information(present: Sequence[NDArray[np.intp]], targets: NDArray[np.float32]) -> list[float]:
    """Mutual information (nats) between a word's presence and the label, weighted by how often the word stands."""
    base = targets.sum(axis=0) / targets.sum()
    gains = []
    for rows in present:
        share = (targets[rows].sum(axis=0) + base) / (len(rows) + 1)
        gains.append(float(len(rows) / len(targets) * (share * np.log(share / np.maximum(base, 1e-12) + 1e-12)).sum()))
    return gains


def token_weights(tokenizer: object, words: frozenset[str]) -> NDArray[np.float64]:
    """How likely each token of the vocabulary is to be masked, relative to an ordinary one.

    Special tokens and placeholders weigh nothing, emojis, slang and the words of the lexicon `EMPHASIS`.
    """
    vocabulary: Mapping[str, int] = tokenizer.get_vocab()  # type: ignore[attr-defined]
    weights = np.ones(len(vocabulary))
    emphasised = (words | added_tokens().keys()) - set(PLACEHOLDERS)
    for token, place in vocabulary.items():
        if token in emphasised:
            weights[place] = EMPHASIS
        elif token in PLACEHOLDERS or (token[:1], token[-1:]) == ("[", "]"):
            weights[place] = 0.0
    return weights


def mask_tokens(
    ids: Tensor, weights: Tensor, generator: torch.Generator, *, mask_id: int, share: float = SHARE
) -> tuple[Tensor, Tensor]:
    """Mask tokens with a chance that follows their weight.

    Parameters
    ----------
    ids
        Token ids, (n, length).
    weights
        Weight of each token of the vocabulary.
    generator
        Source of chance.
    mask_id
        Id of [MASK].
    share
        Expected share of a text's weighted tokens that is masked.

    Returns
    -------
    tuple
        Ids of which, among the chosen, 80 % are [MASK], 10 % random and 10 % as they were (Devlin et al. 2019); and the
        bool array of the chosen places, (n, length).
    """
    weight = weights[ids]
    mean = weight.sum(dim=1, keepdim=True) / (weight > 0).sum(dim=1, keepdim=True).clamp(min=1)
    chosen = torch.rand(ids.shape, generator=generator) < (share * weight / mean.clamp(min=1e-6))
    fate = torch.rand(ids.shape, generator=generator)
    other = torch.randint(len(weights), ids.shape, generator=generator)
    out = torch.where(chosen & (fate < 0.8), torch.full_like(ids, mask_id), ids)
    return torch.where(chosen & (fate >= 0.9), other, out), chosen


def fit_masked(
    network: Network,
    ids: Sequence[Sequence[int]],
    weights: NDArray[np.float64],
    stage: Stage,
    *,
    mask_id: int,
    seed: int,
    device: str,
    precision: Precision,
    progress: Progress | None = None,
) -> list[float]:
    """Train the network's encoder in place to fill in masked tokens, and return the mean loss of each epoch.

    Parameters
    ----------
    network
        Only its encoder learns; the head that names tokens is made for this and dropped.
    ids
        Token ids of each text, see `emtract.model.train.loop.encode`.
    weights
        Weight of each token of the vocabulary, shape (vocabulary,), see `token_weights`.
    stage
        The optimisation; `head_rate` is the rate of the new layer, `frozen` and `smoothing` are not used.
    mask_id
        Id of [MASK].
    seed
        Seed of which tokens are masked, of the order of batches and of dropout.
    device
        Device of torch: cpu, cuda.
    precision
        Arithmetic of the forward pass; parameters and losses stay in fp32.
    progress
        Called with the batches done and the batches of all epochs.
    """
    model = TokenNetwork(network)
    chance = torch.from_numpy(weights)
    generator = torch.Generator().manual_seed(seed)

    def loss(rows: NDArray[np.intp]) -> Tensor:
        whole, mask = pad([ids[row] for row in rows], network.filler, "cpu")
        masked, chosen = mask_tokens(whole, chance, generator, mask_id=mask_id)
        with autocast(device, precision):
            logits = model(masked.to(device), mask.to(device), chosen.to(device))
        return nn.functional.cross_entropy(logits.float(), whole[chosen].to(device), reduction="sum") / max(
            1, int(chosen.sum())
        )

    lengths = np.array([len(row) for row in ids])
    return optimise(model, loss, lengths, stage, seed=seed, device=device, progress=progress)
