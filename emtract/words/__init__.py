"""Words for columns, numbers and findings: what a reader sees instead of an identifier."""
