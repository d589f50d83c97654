# Stands in for fixest where it is not installed: feols with effects as dummies, and the covariances that the scripts ask for.
library <- function(...) NULL
packageVersion <- function(...) "0.13"
se <- function(fit) fit$se
coef <- function(fit) fit$b
ssc <- function(K.adj = TRUE, K.fixef = "nonnested", G.adj = TRUE) list(K.adj = K.adj, K.fixef = K.fixef, G.adj = G.adj)
feols <- function(fml, data, cluster = NULL, vcov = "cluster", ssc = list(K.adj = TRUE, K.fixef = "nonnested", G.adj = TRUE)) {
  right <- fml[[3]]
  absorbs <- is.call(right) && identical(right[[1]], as.name("|"))
  x <- all.vars(if (absorbs) right[[2]] else right)
  effects <- if (absorbs) all.vars(right[[3]]) else character()
  y <- data[[all.vars(fml[[2]])]]
  z <- if (length(effects)) do.call(cbind, lapply(data[effects], function(e) model.matrix(~ factor(e)))) else rep(1, nrow(data))
  within <- function(v) qr.resid(qr(z), v)
  design <- sapply(data[x], within)
  b <- solve(crossprod(design), crossprod(design, within(y)))[, 1]
  scores <- design * as.vector(within(y) - design %*% b)
  sums <- function(by) crossprod(rowsum(scores, by))
  by <- if (is.null(cluster)) character() else all.vars(cluster)
  nested <- sapply(effects, function(e) any(sapply(by, function(c) all(tapply(data[[c]], data[[e]], function(v) length(unique(v))) == 1))))
  counted <- if (ssc$K.fixef == "full" || !length(effects)) effects else effects[!unlist(nested)]
  n <- nrow(data)
  k <- length(x) + 1 + sum(unlist(lapply(data[counted], function(e) length(unique(e)) - 1)))
  groups <- if (length(by)) min(sapply(data[by], function(g) length(unique(g)))) else n
  meat <- if (!length(by)) crossprod(scores) else Reduce(`+`, lapply(data[by], sums))
  if (length(by) == 2) meat <- meat - sums(paste(data[[by[1]]], data[[by[2]]]))
  factor <- (if (ssc$K.adj) (n - 1) / (n - k) else 1) * (if (ssc$G.adj) groups / (groups - 1) else 1)
  bread <- solve(crossprod(design))
  errors <- sqrt(diag(bread %*% meat %*% bread) * factor)
  list(b = setNames(b, x), se = setNames(errors, x))
}
