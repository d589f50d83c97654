# Writes portfolios_series.csv and portfolios.csv: terciles of a signal held from close to next close, their returns, turnover of
# weights that drift, costs, alphas and ratios with errors of Newey and West by sandwich, ratios by deltaMethod of car; and alphas
# of monthly event portfolios. Run by `python -m tests.reference.make_portfolios`.
suppressMessages({library(car); library(sandwich)})
source(file.path(commandArgs(trailingOnly = TRUE)[1], "by_r.R"))

firms <- read.csv("firms.csv")
series <- read.csv("series.csv")
months <- read.csv("months.csv")
calendar <- sort(unique(firms$session))

# Degrees of freedom whose t has the 97.5 per cent quantile of Kiefer and Vogelsang (2005) for Bartlett's kernel.
fixed_b <- function(lags, n) {
  b <- (lags + 1) / n
  uniroot(function(df) qt(0.975, df) - (1.96 + 2.9694 * b + 0.4160 * b^2 - 0.5324 * b^3), c(1, 1e6), tol = 1e-12)$root
}
out <- list()
tell <- function(weights, term, estimate, error, n, k) {
  df <- min(fixed_b(rule_of_thumb(n), n), n - k)
  half <- qt(0.975, df) * error
  out[[length(out) + 1]] <<- data.frame(
    weights = weights, term = term, estimate = estimate, std_error = error, p_value = 2 * pt(-abs(estimate / error), df),
    conf_low = estimate - half, conf_high = estimate + half, n_obs = n
  )
}
regress <- function(weights, terms, fit) {
  errors <- sqrt(diag(NeweyWest(fit, lag = rule_of_thumb(nobs(fit)), prewhite = FALSE, adjust = TRUE)))
  for (i in seq_along(coef(fit))) tell(weights, terms[i], coef(fit)[[i]], errors[[i]], nobs(fit), length(coef(fit)))
}
# A function of two means: their joint covariance by NeweyWest, times n / (n - 1), and the delta method.
ratio <- function(weights, term, one, two, formula) {
  fit <- lm(cbind(one, two) ~ 1)
  n <- length(one)
  v <- NeweyWest(fit, lag = rule_of_thumb(n), prewhite = FALSE, adjust = FALSE) * n / (n - 1)
  found <- deltaMethod(c(a = mean(one), b = mean(two)), formula, vcov. = unname(v))
  tell(weights, term, found$Estimate, found$SE, n, 1)
}

# Terciles of one session by rank, equal signals together; NULL where it has fewer than ten firms or an empty portfolio.
sorted <- function(session, weights) {
  rows <- firms[firms$session == session & !is.na(firms$valence_pre_open), ]
  if (weights == "value") rows <- rows[!is.na(rows$size), ]
  if (nrow(rows) < 10) return(NULL)
  rows$portfolio <- 1 + floor(3 * (rank(rows$valence_pre_open, ties.method = "average") - 0.5) / nrow(rows))
  rows <- rows[!is.na(rows$return_close_close_next), ]
  if (length(unique(rows$portfolio)) < 3) return(NULL)
  lapply(1:3, function(p) {
    of <- rows[rows$portfolio == p, ]
    w <- if (weights == "value") exp(of$size) else rep(1, nrow(of))
    list(w = setNames(w / sum(w), of$symbol), r = setNames(of$return_close_close_next, of$symbol))
  })
}
# Half of what is bought and sold: from drifted weights, or from nothing, to the targets; and to nothing where no session follows.
turned <- function(held, t, p) {
  target <- held[[t]][[p]]$w
  last <- if (t > 1 && !is.null(held[[t - 1]])) held[[t - 1]][[p]]
  drifted <- if (is.null(last)) numeric(0) else last$w * (1 + last$r) / sum(last$w * (1 + last$r))
  weight <- function(w, firms) ifelse(firms %in% names(w), w[firms], 0)
  everyone <- union(names(target), names(drifted))
  closes <- t == length(held) || is.null(held[[t + 1]])
  (sum(abs(weight(target, everyone) - weight(drifted, everyone))) + closes) / 2
}

panels <- lapply(c("equal", "value"), function(weights) {
  held <- lapply(calendar, sorted, weights = weights)
  places <- which(!sapply(held, is.null))
  earned <- 1e4 * t(sapply(places, function(t) sapply(held[[t]], function(part) sum(part$w * part$r))))
  market <- 1e4 * tapply(firms$return_close_close_next, firms$session, mean, na.rm = TRUE)[calendar[places]]
  turnover <- t(sapply(places, function(t) c(turned(held, t, 1), turned(held, t, 3))))
  spread <- earned[, 3] - earned[, 1]
  traded <- 2 * rowSums(turnover)

  for (p in 1:3) regress(weights, paste("tercile", p), lm(earned[, p] ~ 1))
  regress(weights, "long minus short", lm(spread ~ 1))
  # What is held overnight is earned in the next session of the panel, and belongs to that session's factors.
  factors <- 1e4 * series[match(calendar[places + 1], series$session), c("mkt_rf", "smb")]
  terms <- c("alpha two", "mkt_rf", "smb")
  regress(weights, terms, lm(spread ~ mkt_rf + smb, cbind(factors, spread)))
  regress(weights, c("alpha panel market", "panel market"), lm(spread ~ market))
  for (cost in c(5, 20)) regress(weights, paste("net of", cost), lm(spread - cost * traded ~ 1))
  ratio(weights, "break-even cost", spread, traded, "a / b")
  ratio(weights, "Sharpe ratio", spread, spread^2, "sqrt(252) * a / sqrt(b - a^2)")
  data.frame(
    weights = weights, session = calendar[places], low = earned[, 1], middle = earned[, 2], high = earned[, 3], market = market,
    turned_low = turnover[, 1], turned_high = turnover[, 2]
  )
})

# Months in which no factor lacks a day, of fifteen days or more; the market is compounded with the riskless rate.
whole <- do.call(rbind, lapply(split(series, substr(series$session, 1, 7)), function(days) {
  if (nrow(days) < 15 || anyNA(days)) return(NULL)
  compound <- function(x) prod(1 + x) - 1
  rf <- compound(days$rf)
  data.frame(
    month = substr(days$session[1], 1, 7), rf = rf, mkt_rf = compound(days$mkt_rf + days$rf) - rf, smb = compound(days$smb)
  )
}))
both <- merge(months, whole, by = "month")
outcomes <- with(both, list("alpha all" = all - rf, "alpha high" = high - rf, "alpha low" = low - rf, "alpha high minus low" = high - low))
for (term in names(outcomes)) {
  y <- outcomes[[term]]
  regress("months", c(term, paste(term, "on", c("mkt_rf", "smb"))), lm(100 * y ~ I(100 * mkt_rf) + I(100 * smb), both))
}
store("portfolios_series", do.call(rbind, panels))
store("portfolios", do.call(rbind, out), "car", "sandwich")
