"""Generated files in the place of inputs that cannot be shared: their names, fields, days and symbols, nothing else."""
