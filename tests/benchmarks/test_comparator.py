import pytest

from emtract.model.card import TOKENIZER
from emtract.model.registry import shipped_folder
from tests.benchmarks.comparator import LENGTH, VOCABULARY, Comparator, normalise, with_cleaning


def test_normalising_is_case_and_blanks_alone():
    assert normalise("  To the\n\tMOON 🚀 ") == "to the moon 🚀"


def test_the_times_of_model_and_cleaner_add_up():
    assert with_cleaning(60.0, 30.0) == pytest.approx(20.0)


def test_the_comparator_reads_posts_padded_to_64_tokens_in_batches_of_64():
    pytest.importorskip("torch", reason="the comparator needs the train extra")
    pytest.importorskip("transformers", reason="the comparator needs the train extra")
    tiny = Comparator(shipped_folder("default") / TOKENIZER, dim=8, hidden_dim=16, n_layers=1, n_heads=2)
    shapes = [tuple(ids.shape) for ids, _ in tiny.encode(["to the moon", "sell " * 500] * 40)]
    assert shapes == [(64, LENGTH), (16, LENGTH)]
    assert tiny.predict(["To the moon \ud800", ""]).shape == (2, 7)
    assert tiny.parameters > VOCABULARY * 8
