"""Do the studies find what is there, and nothing that is not? Simulated samples with a written-down truth."""
