"""Vector autoregressions: the request and the numbers."""
