# Writes vector.csv: a vector autoregression by lm an equation, sums of lags and Granger tests by linearHypothesis of car with
# covariances of sandwich, responses by recursion, their errors by tsboot of boot with blocks that do not wrap around.
# Run by `python -m tests.reference.make_vector`.
suppressMessages({library(boot); library(car); library(sandwich)})
source(file.path(commandArgs(trailingOnly = TRUE)[1], "by_r.R"))

data <- read.csv("sessions.csv")
variables <- c("mood", "volume", "market")
lags <- 2
horizons <- 4
for (lag in seq_len(lags)) for (v in variables) data[[paste(v, lag, sep = "_")]] <- data[[v]][match(data$number - lag, data$number)]
rows <- data[complete.cases(data), ]
lagged <- as.vector(outer(variables, seq_len(lags), paste, sep = "_"))
n <- nrow(rows)
k <- length(variables)

# Responses to a shock that raises its own variable by one: Phi_h P, each column over the diagonal of P.
responses <- function(y, z) {
  fit <- lm.fit(z, y)
  sigma <- crossprod(fit$residuals) / (nrow(y) - ncol(z))
  impact <- t(chol(sigma))
  impact <- sweep(impact, 2, diag(impact), "/")
  a <- lapply(seq_len(lags), function(lag) t(fit$coefficients[2 + (lag - 1) * k + seq_len(k), ]))
  phi <- list(diag(k))
  for (h in seq_len(horizons)) {
    terms <- lapply(seq_len(min(h, lags)), function(lag) phi[[h + 1 - lag]] %*% a[[lag]])
    phi[[h + 1]] <- Reduce(`+`, terms)
  }
  sapply(phi, function(p) p %*% impact)
}
y <- as.matrix(rows[variables])
z <- cbind(1, rows$monday, as.matrix(rows[lagged]))
paths <- responses(y, z)
set.seed(1)
again <- tsboot(
  as.ts(cbind(y, z)), function(d) as.vector(responses(unclass(d)[, 1:k], unclass(d)[, -(1:k)])), R = 20000,
  l = ceiling(n^(1 / 3)), sim = "fixed", endcorr = FALSE
)
errors <- matrix(apply(again$t, 2, sd), k * k) * sqrt(n / (n - ncol(z)))

out <- list()
add <- function(...) out[[length(out) + 1]] <<- data.frame(...)
for (effect in variables) for (cause in setdiff(variables, effect)) {
  fit <- lm(reformulate(c("monday", lagged), effect), rows)
  named <- paste(cause, seq_len(lags), sep = "_")
  covariances <- list(
    "HC3" = vcovHC(fit, type = "HC3"), "Newey-West" = NeweyWest(fit, lag = 3, prewhite = FALSE, adjust = TRUE),
    "classical" = vcov(fit)
  )
  for (kind in names(covariances)) {
    v <- covariances[[kind]]
    test <- linearHypothesis(fit, named, vcov. = v, test = "F")
    add(
      cause = cause, effect = effect, errors = kind, horizon = NA, estimate = sum(coef(fit)[named]),
      std_error = sqrt(sum(v[named, named])), statistic = test$F[2], p_value = test$`Pr(>F)`[2], n_obs = n
    )
  }
  at <- (match(cause, variables) - 1) * k + match(effect, variables)
  for (h in seq_len(horizons)) add(
    cause = cause, effect = effect, errors = "bootstrap", horizon = h, estimate = paths[at, h + 1],
    std_error = errors[at, h + 1], statistic = NA, p_value = NA, n_obs = n
  )
}
store("vector", do.call(rbind, out), "boot", "car", "sandwich")
