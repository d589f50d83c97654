"""What the content of a post makes of it: one text of title and body, and an id where its table has none."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

if TYPE_CHECKING:
    from emtract.ingest.posts.post import Post

#: Note on a post whose table has no ids.
MADE: Final = "made of the post's content"
_BYTES: Final = 16


def titled(title: str | None, body: str | None) -> str | None:
    """Return title and text as one: an empty line between them, or the one of the two that there is."""
    parts = [part for part in (title, body) if part and not part.isspace()]
    return "\n\n".join(parts) if title is not None and parts else body


def with_content_id(post: Post) -> Post:
    """Return the post under an id made of its content: platform, time, author, text, symbols in order of name.

    Equal rows are one post, and the id is the same in every file and on every machine.
    """
    said = [post.platform, post.created_at, post.author_id, post.body, sorted(post.symbols)]
    digest = hashlib.blake2b(json.dumps(said, ensure_ascii=False).encode(), digest_size=_BYTES).hexdigest()
    return replace(post, post_id=f"content:{digest}", notes=(*post.notes, ("post_id", MADE)))
