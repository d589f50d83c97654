"""One regression: the spec, its rows, the effects taken out, the covariance, and what comes of it."""
