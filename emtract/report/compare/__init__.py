"""The page of several instruments side by side."""
