"""One page to explore a panel: its numbers packed into the page, and the page itself."""
