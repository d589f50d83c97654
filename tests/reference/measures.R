# Writes measures.csv: logarithms of the volatility of one session by TTR, abnormal volume, and volatility and illiquidity of the
# sessions before by base R. Run by `python -m tests.reference.make_measures`.
suppressMessages(library(TTR))
source(file.path(commandArgs(trailingOnly = TRUE)[1], "by_r.R"))

prices <- read.csv("prices.csv")
calendar <- sort(unique(prices$session))
known <- function(x) ifelse(is.finite(x), x, NA)

# A function of the values that lie `from` to `to` sessions back, where three quarters of these sessions have one.
over <- function(values, number, from, to, f) {
  sapply(number, function(now) {
    past <- values[number >= now - from & number <= now - to & !is.na(values)]
    if (length(past) >= 0.75 * (from - to + 1)) f(past) else NA
  })
}
rows <- do.call(rbind, lapply(split(prices, prices$symbol), function(p) {
  number <- match(p$session, calendar)
  bars <- as.matrix(p[c("open", "high", "low", "close")])
  # A price that does not move leaves a root of zero, give or take what runSum rounds.
  log_range <- function(kind) {
    ifelse(p$high > p$low, log(suppressWarnings(volatility(bars, n = 1, calc = kind, N = 1))), NA)
  }
  change <- p$close / p$close[match(number - 1, number)] - 1
  log_volume <- known(log(p$volume))
  data.frame(
    symbol = p$symbol, session = p$session, log_range_parkinson = log_range("parkinson"),
    log_range_garman_klass = log_range("garman.klass"),
    abnormal_volume = log_volume - over(log_volume, number, 20, 5, mean),
    lagged_volatility = over(change, number, 10, 1, sd),
    lagged_amihud = over(known(1e6 * abs(change) / (p$close * p$volume)), number, 10, 1, mean)
  )
}))
store("measures", rows, "TTR")
