"""`make bench`: cleaner, encoder and tiers beside a DistilBERT of EmTract's shape, on the same posts in the same run."""
