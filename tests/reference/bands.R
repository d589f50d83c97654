# Writes bands.csv: two-way regressions of cumulated returns, a horizon each, and of what lies between two of them (no horizon); errors of Thompson (2011) out of three of plm's,
# the joint law of the horizons from influences by sandwich, the band and the joint test by multcomp and mvtnorm.
# Run by `python -m tests.reference.make_bands`.
suppressMessages({library(multcomp); library(plm); library(sandwich)})
source(file.path(commandArgs(trailingOnly = TRUE)[1], "by_r.R"))

panel <- read.csv("panel.csv")
x <- c("happy_pre_open", "fear_pre_open")
regressors <- c(x, "attention_pre_open")
horizons <- c(1L, 2L, 3L, 5L)
cumulated <- function(k) {
  growth <- sapply(seq_len(k), function(j) {
    1 + panel$return_close_close[match(paste(panel$symbol, panel$number + j), paste(panel$symbol, panel$number))]
  })
  1e4 * (apply(growth, 1, prod) - 1)
}

# Of all sessions that any horizon has: those of the first.
sessions <- max(panel$number)
response <- function(y, span) {
  panel$y <- y
  rows <- panel[!is.na(panel$y), ]
  fit <- lm(reformulate(c(regressors, "factor(symbol)", "factor(number)"), "y"), rows)
  within <- plm(reformulate(regressors, "y"), rows, index = c("symbol", "number"), model = "within", effect = "twoways")
  stopifnot(isTRUE(all.equal(coef(within), coef(fit)[regressors])))
  n <- nrow(rows)
  groups <- min(lengths(lapply(rows[c("symbol", "number")], unique)))
  scale <- (n - 1) / (n - length(regressors) - 1) * groups / (groups - 1)
  plain <- vcovCL(fit, cluster = rows[c("symbol", "number")], type = "HC0", cadjust = FALSE)[x, x]
  lags <- if (span == 1) 0 else span - 1 + rule_of_thumb(sessions)
  thompson <- vcovHC(within, method = "arellano", type = "HC0", cluster = "group")
  thompson <- thompson + vcovSCC(within, type = "HC0", maxlag = lags) - vcovNW(within, type = "HC0", maxlag = lags)
  influence <- matrix(0, nrow(panel), length(x), dimnames = list(NULL, x))
  influence[!is.na(panel$y), ] <- (estfun(fit) %*% bread(fit) / n)[, x]
  # Without overlap the spec's own error stands, else the larger of the two.
  variance <- if (lags > 0) pmax(diag(plain), diag(thompson[x, x])) else diag(plain)
  list(
    estimate = coef(fit)[x], error = sqrt(scale * variance), influence = influence, n = n,
    df = min(groups - 1, sessions %/% span - 1), thompson = scale * diag(thompson[x, x])
  )
}
fits <- lapply(horizons, function(k) response(cumulated(k), k))
between <- response(cumulated(5) - cumulated(2), 3)

of_sums <- function(values, by) crossprod(rowsum(values, by))
rows <- do.call(rbind, lapply(x, function(name) {
  estimate <- sapply(fits, function(fit) fit$estimate[[name]])
  error <- sapply(fits, function(fit) fit$error[[name]])
  influence <- sapply(fits, function(fit) fit$influence[, name])
  joint <- of_sums(influence, panel$symbol) + of_sums(influence, panel$number) - crossprod(influence)
  correlation <- cov2cor(joint)
  stopifnot(min(eigen(correlation)$values) > 0)
  dfs <- sapply(fits, function(fit) fit$df)
  path <- glht(parm(estimate, correlation * outer(error, error), df = min(dfs)))
  inside <- function(c) {
    set.seed(1)
    pmvt(rep(-c, length(dfs)), rep(c, length(dfs)), df = min(dfs), corr = correlation, maxpts = 2e5, abseps = 1e-4)[1]
  }
  critical <- uniroot(function(c) inside(c) - 0.95, c(1.9, 4), tol = 1e-6)$root
  band <- confint(path, calpha = critical)$confint
  any <- min(summary(path, test = adjusted("single-step", maxpts = 2e5, abseps = 1e-4))$test$pvalues)
  all <- c(fits, list(between))
  of <- function(part) sapply(all, function(fit) fit[[part]][[name]])
  df <- sapply(all, function(fit) fit$df)
  b <- of("estimate")
  se <- of("error")
  data.frame(
    x = name, horizon = c(horizons, NA), estimate = b, std_error = se, p_value = 2 * pt(-abs(b / se), df),
    conf_low = b - qt(0.975, df) * se, conf_high = b + qt(0.975, df) * se, band_low = c(band[, "lwr"], NA),
    band_high = c(band[, "upr"], NA), any_horizon = any, n_obs = sapply(all, function(fit) fit$n), thompson = of("thompson")
  )
}))
store("bands", rows, "multcomp", "mvtnorm", "plm", "sandwich")
