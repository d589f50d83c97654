import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("torch", reason='needs pip install "emtract[train]"')

import torch

from emtract.model.train.loop import batches, encode, loss_of, pad
from emtract.model.train.tokens import build_tokenizer


@settings(deadline=None)
@given(st.lists(st.integers(1, 100), min_size=1, max_size=300), st.integers(1, 40), st.integers(0, 9))
def test_batches_hold_every_text_once(lengths, size, seed):
    found = list(batches(np.array(lengths), size, np.random.default_rng(seed)))
    assert sorted(row for batch in found for row in batch) == list(range(len(lengths)))
    assert max(len(batch) for batch in found) <= size


def test_batches_are_of_like_length_and_seeded():
    lengths = np.random.default_rng(0).integers(1, 100, 640)
    found = list(batches(lengths, 32, np.random.default_rng(1)))
    assert np.mean([np.ptp(lengths[batch]) for batch in found]) < 12
    again = list(batches(lengths, 32, np.random.default_rng(1)))
    assert all(np.array_equal(a, b) for a, b in zip(found, again, strict=True))


def test_a_cut_text_ends_as_every_text_does(encoder):
    ids = encode(["moon " * 100, "moon"], build_tokenizer(encoder), max_length=10)
    assert [len(row) for row in ids] == [10, 6]
    assert ids[0][-1] == ids[1][-1]


def test_padding_is_masked():
    ids, mask = pad([[2, 5, 3], [2, 3]], 0, "cpu")
    assert ids.tolist() == [[2, 5, 3], [2, 3, 0]]
    assert mask.tolist() == [[1, 1, 1], [1, 1, 0]]


def test_the_loss_is_cross_entropy_and_skips_what_has_no_target():
    logits = torch.randn(4, 3, generator=torch.Generator().manual_seed(0))
    labels = torch.tensor([0, 2, 1, 1])
    one_hot = torch.nn.functional.one_hot(labels, 3).float()
    for smoothing in (0.0, 0.1):
        expected = torch.nn.functional.cross_entropy(logits, labels, label_smoothing=smoothing)
        assert loss_of({"a": logits}, {"a": one_hot}, smoothing) == pytest.approx(expected.item(), rel=1e-5)
    half = one_hot.clone()
    half[2:] = 0
    expected = torch.nn.functional.cross_entropy(logits[:2], labels[:2])
    both = loss_of({"a": logits, "b": logits}, {"a": half, "b": torch.zeros(4, 3)}, 0.0)
    assert both == pytest.approx(expected.item(), rel=1e-5)
