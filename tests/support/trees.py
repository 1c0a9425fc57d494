"""Small trees of pages, with three sentences that are long enough for paragraphs."""

from __future__ import annotations

import lxml.html
from lxml.html import HtmlElement

from tests.support.extraction import NOW
from transforms.extract.body.blocks import Block, blocks_of
from transforms.extract.meta.metadata import Metadata, read_metadata

LONG = (
    "The harbour master counted eleven boats on Tuesday, all of them older than the pier they lay at.",
    "The council has put off the repair three times since autumn because the price of timber doubled.",
    "Fishermen say that they can wait no longer, and have begun to mend the planks by themselves on Sundays.",
)
STORY = "".join(f"<p>{line}</p>" for line in LONG)


def tree(body: str, head: str = "") -> HtmlElement:
    """The parsed page with this body and head."""
    return lxml.html.document_fromstring(f"<html><head>{head}</head><body>{body}</body></html>")


def blocks(body: str) -> list[Block]:
    """The blocks of a page with this body."""
    return blocks_of(tree(body).find("body"))


def metadata_of(head: str = "", body: str = "") -> Metadata:
    """The metadata of a page with this head and body."""
    return read_metadata(tree(body, head), NOW)
