# Writes plm.csv: Driscoll and Kraay's errors by plm, Fama and MacBeth's means by plm with Newey and West's errors by sandwich.
# Run by `python -m tests.reference.make_plm`.
library(plm)
library(sandwich)
source(file.path(commandArgs(trailingOnly = TRUE)[1], "by_r.R"))
data <- read.csv("panel.csv")
terms <- setdiff(names(data), c("symbol", "session", "y"))
formula <- reformulate(terms, "y")
rows <- list()
add <- function(spec, lags, estimates, errors) {
  rows[[length(rows) + 1]] <<- data.frame(
    spec = spec, lags = as.integer(lags), term = terms, estimate = estimates[terms], std_error = errors[terms]
  )
}
for (effect in c("twoways", "individual")) {
  fit <- plm(formula, data, index = c("symbol", "session"), model = "within", effect = effect)
  for (lags in c(0, 2, 5)) {
    add(paste("driscoll_kraay", effect), lags, coef(fit), sqrt(diag(vcovSCC(fit, type = "HC0", maxlag = lags))))
  }
}
# Groups of pmg are the units that each have a regression: sessions.
means <- pmg(formula, data, index = c("session", "symbol"), model = "mg")
add("fama_macbeth", 0, coef(means), sqrt(diag(vcov(means))))
each <- t(means$indcoef)
for (lags in c(2, 5)) {
  errors <- sapply(terms, function(term) {
    sqrt(NeweyWest(lm(each[, term] ~ 1), lag = lags, prewhite = FALSE, adjust = TRUE)[1, 1])
  })
  add("fama_macbeth", lags, coef(means), errors)
}
store("plm", do.call(rbind, rows), "plm", "sandwich")
