"""Names as they are stored and shown: text, and no two alike."""

import os
import shlex
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from emtract.spelling import is_text, spelt_out, stored_name, typed, visible

BYTES = st.lists(st.sampled_from([b"\xe9", b"\\", b"x", b"e9", b"a", b"\xff", b"\n", "é".encode(), b"\\xe9"])).map(
    b"".join
)


@given(BYTES, BYTES)
@example(b"a\\b\xe9", b"a\\\\b\\xe9")
@example(b"\xe9", b"\\xe9")
def test_no_two_names_are_stored_alike_and_each_can_be_written(first, second):
    names = os.fsdecode(first), os.fsdecode(second)
    stored = [stored_name(name) for name in names]
    assert all(name.encode() for name in stored if name)
    assert (stored[0] == stored[1]) == (first == second)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x24F, exclude_categories=("Cc", "Cs")), min_size=1))
@example("my study/emtract.toml")
def test_a_path_in_a_command_is_one_argument_of_the_shell(name):
    assert shlex.split(f"emtract doctor -c {typed(Path(name))}")[3:] == [str(Path(name))]


def test_a_name_of_text_is_stored_as_it_is_and_a_byte_is_spelt_out():
    assert stored_name("posts/café\n.csv") == "posts/café\n.csv"
    assert stored_name("caf\udce9.csv") == spelt_out("caf\udce9.csv") == visible("caf\udce9.csv") == r"caf\xe9.csv"
    assert stored_name(r"caf\xe9.csv") == r"caf\\xe9.csv"


@given(st.text(st.characters(codec=None)))
def test_what_is_spelt_out_is_text_and_what_is_visible_stays_on_its_line(text):
    assert is_text(spelt_out(text)) and is_text(stored_name(text)) and is_text(visible(text))
    assert len(visible(text).splitlines()) <= 1 and "\x1b" not in visible(text)
