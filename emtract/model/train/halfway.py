"""A stage that stops halfway goes on where it was: parameters, moments and chance are kept as safetensors."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from torch import Tensor, nn

_CHANCE: Final = "chance"


@dataclass(frozen=True)
class Halfway:
    """Where an unfinished stage is kept, and what it must rest on to be taken up.

    Attributes
    ----------
    path
        The file; it appears whole or not at all, and goes when the stage is done.
    key
        Digest of all that decides the stage; a file of another key is not taken up.
    every
        Batches from one writing to the next.
    """

    path: Path
    key: str
    every: int = 250

    def keep(self, network: nn.Module, optimizer: Any, *, done: int, losses: Sequence[float], total: float) -> None:
        """Write the state after `done` batches, if it is time to.

        Parameters
        ----------
        network
            What is trained.
        optimizer
            AdamW over it.
        done
            Batches so far, of all epochs.
        losses
            Mean loss of each finished epoch.
        total
            Sum of the losses of the epoch under way.
        """
        if done % self.every:
            return
        moments = {
            f"moments.{place}.{name}": value
            for place, values in optimizer.state_dict()["state"].items()
            for name, value in values.items()
        }
        parameters = {f"network.{name}": value for name, value in network.state_dict().items()}
        tensors = {name: value.detach().cpu().clone() for name, value in (parameters | moments).items()}
        notes = {"key": self.key, "done": done, "losses": [*losses], "total": total}
        part = self.path.with_suffix(".part")
        save_file({**tensors, **_chance()}, part, metadata={"notes": json.dumps(notes)})
        part.replace(self.path)

    def take_up(self, network: nn.Module, optimizer: Any) -> tuple[int, list[float], float]:
        """Put network, optimiser and chance where they were: batches done, losses of finished epochs, sum of the epoch's.

        Parameters
        ----------
        network
            In its starting state, on its device.
        optimizer
            AdamW over it, before its first step.
        """
        if not self.path.is_file():
            return 0, [], 0.0
        with safe_open(self.path, framework="pt") as file:
            notes = json.loads(file.metadata()["notes"])
        if notes["key"] != self.key:
            return 0, [], 0.0
        tensors = load_file(self.path)
        network.load_state_dict(_under("network.", tensors))
        state: dict[int, dict[str, Tensor]] = {}
        for name, value in _under("moments.", tensors).items():
            place, _, moment = name.partition(".")
            state.setdefault(int(place), {})[moment] = value
        optimizer.load_state_dict({**optimizer.state_dict(), "state": state})
        _return_to(_under(f"{_CHANCE}.", tensors))
        return notes["done"], notes["losses"], notes["total"]

    def leave(self) -> None:
        """Remove the file of a stage that is done."""
        self.path.unlink(missing_ok=True)


def _under(prefix: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {name.removeprefix(prefix): value for name, value in tensors.items() if name.startswith(prefix)}


def _chance() -> dict[str, Tensor]:
    found = {f"{_CHANCE}.cpu": torch.get_rng_state()}
    if torch.cuda.is_available():
        found[f"{_CHANCE}.cuda"] = torch.cuda.get_rng_state()
    return found


def _return_to(chance: dict[str, Tensor]) -> None:
    torch.set_rng_state(chance["cpu"])
    if "cuda" in chance and torch.cuda.is_available():
        torch.cuda.set_rng_state(chance["cuda"])
