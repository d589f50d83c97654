import numpy as np

from tests.benchmarks.encoder import input_lengths, padded_batches, sorted_batches

LENGTHS = np.array([5, 3, 5, 9, 3, 3], dtype=np.int32)


def test_special_tokens_count_and_the_cut_holds():
    assert input_lengths(np.array([0, 6, 500], dtype=np.int32), 128).tolist() == [2, 8, 128]


def test_sorted_batches_hold_every_token_once_and_no_padding():
    batches = sorted_batches(LENGTHS, 6)
    assert sum(batch.size for batch in batches) == LENGTHS.sum()
    assert [batch.shape for batch in batches] == [(1, 9), (1, 5), (1, 5), (2, 3), (1, 3)]


def test_padded_batches_keep_the_order_and_fill_up():
    assert [batch.shape for batch in padded_batches(LENGTHS, 4)] == [(4, 9), (2, 3)]
