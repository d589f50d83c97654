"""What a reader of emotions gets wrong: checks by capability and kind, in the manner of CheckList (Ribeiro et al. 2020)."""
