"""Tags of one's own archive: a sample drawn by known chances, a page to tag it on, and what the tags say of the scorer."""
