"""What EmTract's authors published of their model, to be printed beside ours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SOURCE: Final = "Vamossy & Skog, EmTract: five-fold cross-validation on 10,000 tagged messages"


@dataclass(frozen=True)
class Published:
    """A published mean over folds and its standard deviation, where one was printed."""

    mean: float
    sd: float | None = None


#: Name of a field of `Metrics` -> what was published of it.
EMTRACT: Final[dict[str, Published]] = {
    "accuracy": Published(0.6453, 0.0198),
    "macro_f1": Published(0.4909, 0.0294),
    "log_loss": Published(1.009, 0.059),
    "valence_accuracy": Published(0.7234),
    "valence_macro_f1": Published(0.7084),
    "valence_log_loss": Published(0.6636),
}
