# Writes forecast.csv and forecast_tests.csv beside forecast_rows.csv: forecasts from windows by lm, their tests by forecast,
# lmtest and sandwich. Run by `python -m tests.reference.make_forecast`, which makes the rows.
library(forecast)
library(lmtest)
library(sandwich)

rows <- read.csv("forecast_rows.csv", comment.char = "#")
rows$symbol <- factor(rows$symbol)
first <- 30
every <- 7

# Forecasts of each session from lm with a mean of each firm, on sessions whose outcome is known `gap` sessions later.
forecasts <- function(rolling, gap, formula) {
  found <- rep(NA_real_, nrow(rows))
  last <- max(rows$place)
  for (start in seq(first + gap - 1, last, by = every)) {
    known <- rows$place <= start - gap
    if (rolling) known <- known & rows$place > start - gap - first
    fit <- lm(formula, data = rows[known, ])
    ahead <- rows$place >= start & rows$place < start + every
    found[ahead] <- predict(fit, rows[ahead, ])
  }
  found
}
models <- list(model = y ~ x1 + x2 + z + symbol, controls = y ~ z + symbol, mean = y ~ symbol)
out <- rows[, c("symbol", "place")]
for (kind in c("expanding", "rolling")) for (gap in c(1, 3)) for (name in names(models)) {
  out[[paste(name, kind, gap, sep = "_")]] <- forecasts(kind == "rolling", gap, models[[name]])
}
out <- out[!is.na(out$model_expanding_1), ]
write.csv(format(out, digits = 17, trim = TRUE), "forecast.csv", row.names = FALSE, quote = FALSE)

newey <- function(series, lag) {
  fit <- lm(series ~ 1)
  coeftest(fit, vcov. = NeweyWest(fit, lag = lag, prewhite = FALSE, adjust = TRUE))[1, 1:3]
}
y <- rows$y[as.integer(rownames(out))]
tests <- data.frame()
for (kind in c("expanding", "rolling")) {
  model <- out[[paste("model", kind, 1, sep = "_")]]
  mean0 <- out[[paste("mean", kind, 1, sep = "_")]]
  sums <- function(v) as.vector(tapply(v, out$place, sum))
  base <- sums((y - mean0)^2)
  own <- sums((y - model)^2)
  adjusted <- base - own + sums((model - mean0)^2)
  r2 <- 1 - sum(own) / sum(base)
  add <- function(name, value) tests <<- rbind(tests, data.frame(kind = kind, name = name, value = format(value, digits = 17)))
  add("r2", 100 * r2)
  add("r2_error", 100 * newey(base - own - r2 * base, 3)[2] / mean(base))
  cw <- newey(adjusted, 3)
  add("clark_west", 100 * cw[1] / mean(base))
  add("clark_west_error", 100 * cw[2] / mean(base))
  add("clark_west_t", cw[3])
  for (h in c(1, 2, 3)) {
    dm <- dm.test(sqrt(base), sqrt(own), h = h, power = 2)
    add(paste0("dm_", h), dm$statistic)
    add(paste0("dm_p_", h), dm$p.value)
  }
}
write.csv(tests, "forecast_tests.csv", row.names = FALSE, quote = FALSE)
