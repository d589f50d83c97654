"""Portfolio sorts and event portfolios: formed, held, charged for trading, and compared with factors."""
