"""Training of the shipped model; needs `pip install "emtract[train]"`, and imports nothing before it is asked to."""
