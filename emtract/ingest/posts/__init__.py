"""Readers of posts, one module a format; each yields (line, `Post`) or `Rejection`."""
