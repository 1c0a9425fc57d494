"""Attributes cut to a length that libraries can handle.

Trafilatura removes tags from meta tags, and libxml2 writes attributes, in time that grows with the square
of their length. No useful value is so long: only images and scripts in attributes are cut.
"""

from __future__ import annotations

from lxml import etree
from lxml.html import HtmlElement

MAX_ATTRIBUTE_CHARS = 5_000
"""Maximum characters of an attribute."""
_LONG = etree.XPath("//*/@*[string-length() > $max_chars]")


def shorten_meta(tree: HtmlElement) -> None:
    """Cut the contents of meta tags; call it before they are read."""
    for tag in tree.iter("meta"):
        if len(content := tag.get("content") or "") > MAX_ATTRIBUTE_CHARS:
            tag.set("content", content[:MAX_ATTRIBUTE_CHARS])


def shorten_all(tree: HtmlElement) -> None:
    """Cut all attributes; call it before a tree is serialised.

    It takes 0.5 ms per page, so most pages go without it.
    """
    for value in _LONG(tree, max_chars=MAX_ATTRIBUTE_CHARS):
        value.getparent().set(value.attrname, value[:MAX_ATTRIBUTE_CHARS])
