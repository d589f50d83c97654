"""Which posts still need scores, and the engine that gives them."""

from emtract.scoring.engine import ScoringReport, score_store
from emtract.scoring.pending import Scope

__all__ = ["Scope", "ScoringReport", "score_store"]
