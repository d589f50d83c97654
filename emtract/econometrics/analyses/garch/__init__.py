"""GARCH with emotions in the variance equation: the request and the variance process."""
