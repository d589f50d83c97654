"""What emtract promises stands in API.md, and nothing of it changes unsaid."""

from tests.promised import FILE, promised


def test_the_list_of_what_stays_is_that_of_the_code():
    assert FILE.read_text(encoding="utf-8") == promised(), (
        "what emtract promises has changed: say so in CHANGELOG.md, keep the old name or key for a minor version, and write the "
        "list again with python -m tests.promised"
    )
