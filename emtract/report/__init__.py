"""Pages of a study: figures, tables, the interactive page, and the index of all studies in a folder."""
