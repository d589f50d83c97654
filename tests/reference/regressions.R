# Writes regressions.csv: what the studies heterogeneity and volatility_volume regress, by lm with a dummy a firm and a session,
# two-way clustered errors by vcovCL of sandwich, families by multcomp. Run by `python -m tests.reference.make_regressions`.
suppressMessages({library(multcomp); library(sandwich)})
source(file.path(commandArgs(trailingOnly = TRUE)[1], "by_r.R"))

panel <- read.csv("panel.csv")
emotions <- c("happy", "sad", "anger", "disgust", "surprise", "fear")
before <- match(paste(panel$symbol, panel$number - 1), paste(panel$symbol, panel$number))
high <- function(x) as.numeric(x > ave(x, panel$number, FUN = function(v) median(v, na.rm = TRUE)))
of <- function(names, window) rowSums(panel[paste(names, window, sep = "_")])
panel$log_lagged_amihud <- log(panel$lagged_amihud)
panel$high_lagged_volatility <- high(panel$lagged_volatility)
panel$high_short_ratio <- high(panel$short_ratio)
panel$absolute_return_open_close <- abs(panel$return_open_close)
for (y in c("log_range_parkinson", "absolute_return_open_close", "abnormal_volume")) {
  panel[[paste0(y, "_lag_1")]] <- panel[[y]][before]
}
for (window in c("market", "pre_open")) {
  p <- of("happy", window)
  n <- of(c("sad", "anger", "disgust", "fear"), window)
  panel[[paste0("absolute_valence_", window)]] <- abs(of("valence", window))
  panel[[paste0("disagreement_", window)]] <- sqrt(1 - ((p - n) / (p + n))^2)
}

# Rows with every column, less those that are alone in their firm or session, until there is none.
usable <- function(columns) {
  rows <- panel[complete.cases(panel[columns]), ]
  repeat {
    size <- function(by) ave(rows$number, by, FUN = length)
    alone <- size(rows$symbol) == 1 | size(rows$number) == 1
    if (!any(alone)) return(rows)
    rows <- rows[!alone, ]
  }
}

# `by` is the column that x is multiplied with, after both are standardised where they are named.
regression <- function(spec, y, scale, x, controls, standardised = c(x, controls), by = NULL, winsorised = NULL) {
  rows <- usable(c(y, x, controls))
  for (name in winsorised) {
    ends <- quantile(rows[[name]], c(0.01, 0.99), type = 7)
    rows[[name]] <- pmin(pmax(rows[[name]], ends[1]), ends[2])
  }
  for (name in standardised) rows[[name]] <- as.vector(scale(rows[[name]]))
  products <- if (!is.null(by)) sapply(x, function(name) rows[[name]] * rows[[by]])
  if (!is.null(by)) colnames(products) <- paste(x, by, sep = ":")
  design <- cbind(as.matrix(rows[x]), products, as.matrix(rows[controls]))
  outcome <- scale * rows[[y]]
  fit <- lm(outcome ~ design + factor(rows$symbol) + factor(rows$number))

  k <- ncol(design)
  at <- 1 + seq_len(k)
  both <- list(firm = rows$symbol, session = rows$number)
  plain <- vcovCL(fit, cluster = as.data.frame(both), type = "HC0", cadjust = FALSE)[at, at]
  by_session <- vcovCL(fit, cluster = rows$number, type = "HC1")[at, at]
  # The package's factor: effects that lie in a cluster are not counted, and all three terms take the smaller number of clusters.
  n <- nrow(rows)
  groups <- min(lengths(lapply(both, unique)))
  v <- plain * (n - 1) / (n - k - 1) * groups / (groups - 1)
  b <- coef(fit)[at]
  error <- sqrt(diag(v))
  half <- qt(0.975, groups - 1) * error
  # Adjusted for the family of x, products and controls aside; multcomp takes no difference of covariances that is not positive.
  adjusted_for <- function(kind, ...) {
    values <- rep(NA_real_, k)
    first <- seq_along(x)
    part <- unname(v[first, first, drop = FALSE])
    if (length(x) > 1 && min(eigen(cov2cor(part))$values) > 0) {
      family <- glht(parm(unname(b[first]), part, df = groups - 1))
      values[first] <- summary(family, test = adjusted(kind, ...))$test$pvalues
    }
    values
  }
  data.frame(
    spec = spec, term = colnames(design), estimate = b, std_error = error, p_value = 2 * pt(-abs(b / error), groups - 1),
    conf_low = b - half, conf_high = b + half, uncorrected = sqrt(diag(plain)), by_session = sqrt(diag(by_session)),
    step_down = adjusted_for("free", maxpts = 2e5, abseps = 1e-4), benjamini_hochberg = adjusted_for("BH"), n_obs = n
  )
}

in_window <- function(names, window) paste(names, window, sep = "_")
products <- function(spec, moods, window, by, continuous) {
  x <- in_window(moods, window)
  held <- setdiff(c(in_window("attention", window), "lagged_return", "lagged_volatility"), by)
  regression(
    spec, "return_open_close", 1e4, x, c(by, held), by = by, standardised = c(x, held, if (continuous) by),
    winsorised = if (continuous) by
  )
}
activity <- function(spec, y, scale, window, moods) {
  controls <- c(in_window("attention", window), paste0(y, "_lag_1"), "lagged_return", "lagged_volatility")
  regression(spec, y, scale, in_window(moods, window), controls)
}
set.seed(1)
rows <- rbind(
  products("predictive_illiquidity_continuous", emotions, "pre_open", "log_lagged_amihud", TRUE),
  products("contemporaneous_volatility_split", emotions, "market", "high_lagged_volatility", FALSE),
  products("predictive_short_interest_valence", "valence", "pre_open", "high_short_ratio", FALSE),
  activity("predictive_parkinson_emotions", "log_range_parkinson", 100, "pre_open", emotions),
  activity("contemporaneous_volume_mood", "abnormal_volume", 100, "market", c("absolute_valence", "disagreement")),
  activity("predictive_absolute_mood", "absolute_return_open_close", 1e4, "pre_open", c("absolute_valence", "disagreement"))
)
store("regressions", rows, "multcomp", "sandwich")
