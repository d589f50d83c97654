"""The training loop: seeded, length-bucketed, the same on cpu and cuda."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import torch
from torch import Tensor, nn

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from emtract.model.train.corpora import Corpus, FloatArray
    from emtract.model.train.halfway import Halfway
    from emtract.model.train.network import Network
    from emtract.model.train.recipe import Precision, Stage

Progress = Callable[[int, int], None]
#: Batches that are sorted by length together: enough to waste little padding, few enough to keep batches mixed.
_BUCKET: Final = 32
#: Texts that are read at once.
_READ_AT_ONCE: Final = 64


@dataclass(frozen=True)
class Examples:
    """Token ids with the targets of every head.

    Attributes
    ----------
    ids
        Token ids of each text, cut to the recipe's length, [CLS] and [SEP] included.
    targets
        Head -> array of shape (n, labels); a row of zeros where the text says nothing about the head.
    """

    ids: Sequence[Sequence[int]]
    targets: Mapping[str, FloatArray]


def encode(texts: Sequence[str], tokenizer: Any, *, max_length: int) -> list[list[int]]:
    """Token ids of each text; the last token stays [SEP] where a text is cut.

    Parameters
    ----------
    texts
        Cleaned texts.
    tokenizer
        As `build_tokenizer` or `leave_out` returns it.
    max_length
        Most tokens of a text, [CLS] and [SEP] included.
    """
    found = [encoding.ids for encoding in tokenizer.encode_batch_fast(list(texts))]
    return [ids if len(ids) <= max_length else [*ids[: max_length - 1], ids[-1]] for ids in found]


def join(corpora: Sequence[Corpus], tokenizer: Any, *, max_length: int) -> Examples:
    """Stack corpora into one set of examples; each keeps its own heads.

    A text has a row of zeros as target of a head that its corpus lacks.

    Parameters
    ----------
    corpora
        Their texts follow one another; a head that several corpora share has the same labels in each.
    tokenizer, max_length
        See `encode`.
    """
    heads = {head: len(labels) for corpus in corpora for head, labels in corpus.labels.items()}
    targets = {
        head: np.vstack([c.targets.get(head, np.zeros((len(c.texts), size), np.float32)) for c in corpora])
        for head, size in heads.items()
    }
    texts = [text for corpus in corpora for text in corpus.texts]
    return Examples(encode(texts, tokenizer, max_length=max_length), targets)


def batches(lengths: NDArray[np.int_], size: int, rng: np.random.Generator) -> Iterator[NDArray[np.intp]]:
    """Random batches of texts of like length: shuffle, sort within buckets of batches, shuffle the batches.

    Parameters
    ----------
    lengths
        Tokens of each text, shape (n,).
    size
        Texts a batch; one batch may hold fewer.
    rng
        Source of both shuffles.

    Yields
    ------
    NDArray
        Row numbers of a batch; over all batches each row stands once.
    """
    order = rng.permutation(len(lengths))
    span = size * _BUCKET
    buckets = [order[start : start + span] for start in range(0, len(order), span)]
    sorted_order = np.concatenate([bucket[np.argsort(lengths[bucket], kind="stable")] for bucket in buckets])
    starts = np.arange(0, len(order), size)
    for start in rng.permutation(starts):
        yield sorted_order[start : start + size]


def pad(ids: Sequence[Sequence[int]], filler: int, device: str) -> tuple[Tensor, Tensor]:
    """Pad with `filler` to the longest: ids and attention mask of shape (n, longest).

    Parameters
    ----------
    ids
        Token ids of each of n texts.
    filler
        Id of the padding token; see `Network.filler`.
    device
        Device of torch that the tensors are put on.

    Returns
    -------
    tuple
        Ids, and the mask: 1 at tokens, 0 at padding.
    """
    lengths = torch.tensor([len(values) for values in ids])
    out = torch.full((len(ids), int(lengths.max())), filler, dtype=torch.long)
    for row, values in enumerate(ids):
        out[row, : len(values)] = torch.tensor(values)
    mask = torch.arange(out.shape[1]) < lengths.unsqueeze(1)
    return out.to(device), mask.long().to(device)


def loss_of(logits: Mapping[str, Tensor], targets: Mapping[str, Tensor], smoothing: float) -> Tensor:
    """Mean cross-entropy against soft, smoothed targets over the (text, head) pairs that have one.

    Parameters
    ----------
    logits
        Head -> shape (n, labels of the head).
    targets
        Head -> probabilities of the same shape; a row of zeros where the text says nothing about the head.
    smoothing
        Share of a target, in [0, 1], that is spread evenly over the labels of its head.

    Notes
    -----
    A row of zeros adds nothing, so a head learns from its own corpus alone. With one head and no smoothing this is
    ordinary cross-entropy.
    """
    total, count = torch.zeros(()), torch.zeros(())
    for head, values in logits.items():
        target = targets[head]
        present = target.sum(dim=1)
        smooth = (1 - smoothing) * target + smoothing / target.shape[1] * present.unsqueeze(1)
        total = total.to(values.device) - (smooth * values.log_softmax(dim=1)).sum()
        count = count.to(values.device) + present.sum()
    return total / count.clamp(min=1)


def _optimizer(network: nn.Module, stage: Stage) -> Any:
    groups: dict[tuple[float, float], list[Any]] = {}
    for name, parameter in network.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = stage.head_rate if name.startswith("heads.") else stage.learning_rate
        decay = 0.0 if parameter.ndim < 2 else stage.weight_decay
        groups.setdefault((rate, decay), []).append(parameter)
    return torch.optim.AdamW(
        [{"params": p, "lr": rate, "peak": rate, "weight_decay": decay} for (rate, decay), p in groups.items()],
        fused=True,
    )


def _set_rates(optimizer: Any, stage: Stage, step: int, steps: int) -> None:
    """Give each parameter its rate at a step: up to the peak over the warm-up, and down to zero."""
    warm = max(1, round(stage.warmup * steps))
    share = min((step + 1) / warm, max(0.0, (steps - step) / max(1, steps - warm)))
    for group in optimizer.param_groups:
        group["lr"] = group["peak"] * share


def fit(
    network: Network,
    examples: Examples,
    stage: Stage,
    *,
    seed: int,
    device: str,
    precision: Precision,
    progress: Progress | None = None,
    halfway: Halfway | None = None,
) -> list[float]:
    """Train encoder and heads in place and return the mean loss of each epoch; see `optimise`.

    Parameters
    ----------
    network
        Starts from the parameters that it has; it ends on `device`.
    examples
        Its heads are the network's.
    stage
        The optimisation; its `frozen` lowest layers stay as they are.
    seed
        Seed of the order of batches and of dropout.
    device
        Device of torch: cpu, cuda.
    precision
        Arithmetic of the forward pass; parameters and losses stay in fp32.
    progress
        Called with the batches done and the batches of all epochs.
    halfway
        Where an unfinished stage is kept and taken up; nowhere by default.
    """

    def loss(rows: NDArray[np.intp]) -> Tensor:
        ids, mask = pad([examples.ids[row] for row in rows], network.filler, device)
        targets = {head: torch.from_numpy(target[rows]).to(device) for head, target in examples.targets.items()}
        with autocast(device, precision):
            logits = network(ids, mask)
        return loss_of(logits, targets, stage.smoothing)

    lengths = np.array([len(ids) for ids in examples.ids])
    network.freeze(stage.frozen or 0)
    return optimise(network, loss, lengths, stage, seed=seed, device=device, progress=progress, halfway=halfway)


def autocast(device: str, precision: Precision) -> Any:
    """Context in which matrix products run in bf16, if the recipe asks for it."""
    return torch.autocast(device.split(":", maxsplit=1)[0], dtype=torch.bfloat16, enabled=precision == "bf16")


def optimise(
    network: nn.Module,
    loss: Callable[[NDArray[np.intp]], Tensor],
    lengths: NDArray[np.int_],
    stage: Stage,
    *,
    seed: int,
    device: str,
    progress: Progress | None = None,
    halfway: Halfway | None = None,
) -> list[float]:
    """Minimise a loss over batches of rows, in place, and return its mean over each epoch.

    Parameters
    ----------
    network
        What is trained; parameters whose name begins with `heads.` take the stage's `head_rate`.
    loss
        Rows of a batch -> mean loss.
    lengths
        Tokens of each row, by which batches are formed.
    stage
        Epochs, batch size, rates and decay; `frozen` and `smoothing` are the caller's to heed.
    seed
        Seed of the order of batches and of dropout.
    device
        Device of torch that the network is moved to.
    progress
        Called with the batches done and the batches of all epochs.
    halfway
        Where an unfinished stage is kept and taken up; nowhere by default.

    Notes
    -----
    The same seed, data, device and number of threads give the same parameters, and a stage that was taken up gives the parameters
    of one that was not stopped.
    """
    rng = np.random.default_rng(seed)
    torch.manual_seed(seed)
    steps = stage.epochs * -(-len(lengths) // stage.batch_size)
    network.to(device).train()
    optimizer = _optimizer(network, stage)
    done, losses, total = halfway.take_up(network, optimizer) if halfway else (0, [], 0.0)
    step = 0
    for _ in range(stage.epochs):
        for rows in batches(lengths, stage.batch_size, rng):
            step += 1
            if step <= done:
                continue
            _set_rates(optimizer, stage, step - 1, steps)
            value = loss(rows)
            value.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            total += float(value.detach()) * len(rows)
            if halfway:
                halfway.keep(network, optimizer, done=step, losses=losses, total=total)
            if progress:
                progress(step, steps)
        if step >= done:
            losses.append(total / len(lengths))
            total = 0.0
    return losses


def infer(
    network: Network,
    ids: Sequence[Sequence[int]],
    head: str,
    *,
    device: str,
    precision: Precision = "fp32",
) -> FloatArray:
    """Logits of one head, shape (n, labels), float32, in the order given.

    Parameters
    ----------
    network
        Moved to `device` and put in evaluation mode.
    ids
        Token ids of each of n texts, see `encode`.
    head
        Name of a head of the network.
    device
        Device of torch: cpu, cuda.
    precision
        Arithmetic of the encoder.
    """
    network.to(device).eval()
    order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
    out = np.empty((len(ids), network.heads[head].out_features), dtype=np.float32)
    with torch.inference_mode(), autocast(device, precision):
        for start in range(0, len(order), _READ_AT_ONCE):
            rows = order[start : start + _READ_AT_ONCE]
            out[rows] = network(*pad([ids[row] for row in rows], network.filler, device))[head].cpu().numpy()
    return out
