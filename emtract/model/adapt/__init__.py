"""Models that labels adapt: their states and logits, a head that shrinks towards the shipped one, and what it gains."""
