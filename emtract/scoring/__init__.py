"""Which posts still need scores, and the engine that gives them."""

from emtract.scoring.engine import ScoringReport, score_store

__all__ = ["ScoringReport", "score_store"]
