-- Which firm bears a symbol on a day: one row a span of a symbol whose firm changes, or whose firm bears several symbols over time.
-- Symbols of one permno are one firm, named by the last of them; where another firm bore that symbol before, its first day of it
-- follows the name. A symbol stays with its firm before the first and after the last day that its file tells of, until another bears
-- it; `told_first` and `told_last` are those days. A symbol is here with all of its spans, or it is a firm of that name.
-- reads: firm_changes, permnos
-- makes: firms
CREATE OR REPLACE TEMP TABLE firms AS
WITH starts AS (
    SELECT symbol, DATE '0001-01-01' AS first FROM permnos
    UNION
    SELECT symbol, DATE '0001-01-01' FROM firm_changes
    UNION
    SELECT symbol, first FROM firm_changes
),
spans AS (
    SELECT symbol, first, lead(first, 1, DATE '9999-12-31') OVER (PARTITION BY symbol ORDER BY first) - 1 AS last
    FROM starts
),
told AS (
    SELECT
        s.symbol,
        s.first,
        s.last,
        coalesce(arg_min(p.label, p.first), s.symbol || ' ' || s.first) AS bearer,
        coalesce(min(p.first), s.first) AS told_first,
        coalesce(max(coalesce(p.last, DATE '9999-12-31')) FILTER (p.first >= s.first), s.last) AS told_last
    FROM spans AS s
    LEFT JOIN permnos AS p ON p.symbol = s.symbol AND p.first BETWEEN s.first AND s.last
    GROUP BY s.symbol, s.first, s.last
),
last_symbols AS (
    SELECT
        bearer,
        arg_max(symbol, (told_first, symbol)) AS symbol,
        arg_max(told_first, (told_first, symbol)) AS since,
        count(*) AS n_spans
    FROM told
    GROUP BY bearer
),
named AS (
    SELECT
        bearer,
        n_spans,
        count(*) OVER (PARTITION BY symbol) AS n_bearers,
        symbol || CASE WHEN row_number() OVER (PARTITION BY symbol ORDER BY since, bearer) = 1 THEN '' ELSE ' from ' || since END AS firm
    FROM last_symbols
)
SELECT t.symbol, t.first, t.last, n.firm, t.told_first, t.told_last
FROM told AS t
JOIN named AS n USING (bearer)
QUALIFY bool_or(n.n_spans > 1 OR n.n_bearers > 1 OR n.firm <> t.symbol) OVER (PARTITION BY t.symbol)
