import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtract.errors import ModelError
from emtract.model.adapt.protobuf import Field, fields, integer, joined, message, text
from emtract.model.card import GRAPH
from emtract.model.registry import shipped_folder

NUMBERS = st.integers(1, 2**29 - 1)
FIELDS = st.one_of(
    st.builds(integer, NUMBERS, st.integers(0, 2**64 - 1)),
    st.builds(Field, NUMBERS, st.binary(max_size=300), st.just(2)),
    st.builds(Field, NUMBERS, st.binary(min_size=4, max_size=4), st.just(5)),
    st.builds(Field, NUMBERS, st.binary(min_size=8, max_size=8), st.just(1)),
)


@given(st.lists(FIELDS, max_size=6))
def test_a_message_is_its_fields(parts):
    data = joined(parts)
    assert list(fields(data)) == parts
    assert joined(fields(data)) == data


def test_bytes_are_those_of_the_documented_examples():
    # 150 in field 1, "testing" in field 2, a message of the first in field 3, as the description of the format has them.
    assert joined([integer(1, 150)]).hex() == "089601"
    assert joined([text(2, "testing")]).hex() == "120774657374696e67"
    assert joined([message(3, integer(1, 150))]).hex() == "1a03089601"


@pytest.mark.parametrize("data", [b"\x08", b"\x12\x07test", b"\x0b", b"\x08\x96", b"\x0d\x00\x00"])
def test_bytes_that_are_no_message_are_one_line(data):
    with pytest.raises(ModelError, match="damaged: put the model's files back"):
        list(fields(data))


def test_the_shipped_graph_is_read_and_written_as_it_is():
    data = (shipped_folder("default") / GRAPH).read_bytes()
    assert joined(fields(data)) == data
