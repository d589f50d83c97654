"""A synthetic archive of posts and prices with written-down truth: what a study should find is known before it runs."""

from emtract.synthetic.archive import Archive, generate_archive, open_archive, oracle_scores, true_labels, truth_table

__all__ = ["Archive", "generate_archive", "open_archive", "oracle_scores", "true_labels", "truth_table"]
