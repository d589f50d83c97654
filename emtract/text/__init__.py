"""Post text to model text: ordered, pure, versioned rules."""

from emtract.text.clean import TEXT_KINDS, Cleaner, CleanText, TextKind, clean_post, clean_posts
from emtract.text.rules import CLEANER_VERSION

__all__ = ["CLEANER_VERSION", "TEXT_KINDS", "CleanText", "Cleaner", "TextKind", "clean_post", "clean_posts"]
