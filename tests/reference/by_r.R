# What the scripts share. They run in the folder of their tables; Rscript gives them the folder of the results, and the seed.
arguments <- commandArgs(trailingOnly = TRUE)

# Write rows to NAME.csv under a line with the versions of R and of these packages.
store <- function(name, rows, ...) {
  path <- file.path(arguments[1], paste0(name, ".csv"))
  versions <- sapply(c(...), function(package) paste(package, packageVersion(package)))
  writeLines(paste0("# ", paste(c(paste("R", getRversion()), versions), collapse = ", "), "; seed ", arguments[2]), path)
  doubles <- sapply(rows, is.double)
  rows[doubles] <- lapply(rows[doubles], function(x) ifelse(is.na(x), "", sprintf("%.15e", x)))
  suppressWarnings(write.table(rows, path, append = TRUE, sep = ",", quote = FALSE, row.names = FALSE, na = ""))
}

# The rule of thumb of Newey and West (1994) for the last lag of Bartlett's kernel.
rule_of_thumb <- function(n) floor(4 * (n / 100)^(2 / 9))
