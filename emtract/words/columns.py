"""Words for columns: what the panel, the characteristics and the events are called in tables, figures and sentences."""

from __future__ import annotations

from typing import Final

from emtract.emotions import EMOTIONS

#: Between the columns of a product of regressors, or of a combined effect or cluster: `happy_pre_open:high_size`.
BY: Final = ":"
#: Windows of posts, in the order of the day.
WINDOW_NAMES: Final = {"pre_open": "pre-open", "market": "market", "day": "whole day"}
#: Measures of a window: `{base}_{window}`, and `{base}_{window}_{group}` for a part of the posts.
MEASURES: Final[dict[str, str]] = {
    **{emotion: emotion.capitalize() for emotion in EMOTIONS},
    "valence": "Valence",
    "attention": "Attention (log messages)",
    "n_posts": "Posts",
    "n_authors": "Authors",
    "enthusiasm": "Enthusiasm",
    "disagreement": "Disagreement",
    "share": "Share of posts",
    "positive": "Positive emotion",
    "negative": "Negative emotion",
}
#: Nouns that name an emotion in running words.
NOUNS: Final = {"happiness": "happy", "sadness": "sad", "neutrality": "neutral"}
#: Parts of the posts, after the window.
GROUPS: Final = {
    "finance": "finance language",
    "original": "original posts",
    "disseminating": "disseminating posts",
    "verified": "verified authors",
    "unverified": "unverified authors",
    "followed": "followed authors",
    "unfollowed": "authors with few followers",
    "regulars": "regular authors",
    "newcomers": "new authors",
}
#: The same after an emotion in running words: `happiness before the open in posts in finance language`.
GROUP_PHRASES: Final = {
    "finance": "in posts in finance language",
    "chat": "in posts without finance language",
    "original": "in original posts",
    "disseminating": "in disseminating posts",
    "verified": "of verified authors",
    "unverified": "of unverified authors",
    "followed": "of followed authors",
    "unfollowed": "of authors with few followers",
    "regulars": "of regular authors",
    "newcomers": "of new authors",
}
#: Windows in running words.
WINDOW_PHRASES: Final = {"pre_open": "before the open", "market": "during market hours", "day": "of the day"}
COLUMNS: Final[dict[str, str]] = {
    "return_open_close": "Open-to-close return",
    "return_close_close": "Close-to-close return",
    "return_overnight": "Overnight return",
    "return_open_close_next": "Next session\u2019s open-to-close return",
    "return_close_close_next": "Next session\u2019s close-to-close return",
    "log_range_parkinson": "Log range (Parkinson)",
    "log_range_garman_klass": "Log range (Garman\u2013Klass)",
    "abnormal_volume": "Abnormal volume (log)",
    "lagged_amihud": "Lagged Amihud illiquidity",
    "lagged_volatility": "Lagged volatility",
    "size": "Size (log market value)",
    "short_ratio": "Short interest ratio",
    "institutional_share": "Institutional ownership",
    "book_to_market": "Book-to-market",
    "first_return": "First-day return",
    "log_age": "Log age",
    "log_offer_price": "Log offer price",
    "mkt_rf": "Market less risk-free rate",
    "smb": "SMB",
    "hml": "HML",
    "rmw": "RMW",
    "cma": "CMA",
    "umd": "Momentum",
    "rf": "Risk-free rate",
    "sue": "Earnings surprise (SUE)",
    "car_market": "Announcement return (CAR, less the market)",
    "car_industry": "Announcement return (CAR, less the industry)",
    "car_size": "Announcement return (CAR, less firms of its size)",
    "symbol": "Firm",
    "n_posts": "Posts",
}
#: Words that keep their capitals wherever they stand.
ACRONYMS: Final = {
    "ipo": "IPO", "ipos": "IPOs", "vc": "VC", "bhar": "BHAR", "car": "CAR", "sue": "SUE", "var": "VAR", "garch": "GARCH",
    "capm": "CAPM", "ols": "OLS", "sd": "s.d.", "bm": "B/M", "nyse": "NYSE", "etf": "ETF", "usd": "USD",
    "aic": "AIC", "bic": "BIC", "hqic": "HQIC",
}  # fmt: skip
#: Effects, clusters and counted levels: singular and plural.
LEVELS: Final = {
    "symbol": ("Firm", "Firms"),
    "session": ("Session", "Sessions"),
    "month": ("Month", "Months"),
    "year": ("Year", "Years"),
    "industry": ("Industry", "Industries"),
    "quarter": ("Quarter", "Quarters"),
}
