"""What the documentation takes from the code and from committed results: `python -m tests.docs` writes it into the pages."""
