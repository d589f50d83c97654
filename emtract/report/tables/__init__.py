"""Tables, and samples as files for other programs."""
