"""The specification curve: its choices, its estimates, and what they show together."""
