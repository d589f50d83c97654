"""How well the mood was measured, what could have been seen, and estimates corrected for it."""
