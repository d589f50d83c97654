"""Everything a study asks that is not one regression: each a frozen request that gives a finding."""
