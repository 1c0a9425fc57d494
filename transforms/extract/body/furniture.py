"""Furniture: everything on a page that is not the article, recognised by structure and removed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lxml import etree
from lxml.html import HtmlElement

from transforms.extract.body.elements import SENTENCE_ENDS, Sizes, text_of, words_of
from transforms.extract.body.rules import (
    FRAME_TAGS,
    MAX_LABEL_CHARS,
    MAX_SHARE_OF_PAGE,
    MEDIA_TAGS,
    MEDIA_WORDS,
    has_headline,
    is_furniture,
    is_link_box,
    is_picture_box,
)
from transforms.extract.body.shape import HEADINGS, shape

# Never part of a text.
_NEVER_TEXT = (
    "script", "style", "nav", "template", "select", "button", "dialog", "figcaption", "noscript", "input",
    "textarea",
)  # fmt: skip
_MAX_CARD_CHARS = 1_200
# Share of a heading in links from which it is a link.
_MIN_SHARE_OF_HEADING = 0.9
# Characters that a card may have more than its sign: a link with the whole teaser in it, or a heading.
_MORE_THAN_LINK_CHARS = 120
_MORE_THAN_HEADING_CHARS = 300


def clear(tree: HtmlElement, headlines: Sequence[str] = ()) -> Sizes | None:
    """Remove the furniture from a page's tree; return None if it has no body.

    Removed are elements that never hold text, such as scripts and navigation; articles with another
    headline than the first of `headlines` that one has; cards of other articles; all that a rule of
    rules.py matches; and the headings and empty boxes that remain. A site's own names for its parts
    count only if all sites use the word.
    """
    body = tree.find("body")
    if body is None:
        return None
    etree.strip_elements(body, *_NEVER_TEXT, with_tail=False)
    shape(body)
    for article in list(_other_articles(body, headlines)):
        article.drop_tree()
    sizes = Sizes(body)
    for find in (_cards, _furniture):
        for element in list(find(sizes)):
            _drop_with_shell(sizes, element)
    etree.strip_elements(body, *MEDIA_TAGS, with_tail=False)
    return sizes


def _other_articles(body: HtmlElement, headlines: Sequence[str]) -> Iterator[HtmlElement]:
    """Yield whole articles other than the one that is meant, as endless pages load them."""
    first = [(article, article.find(".//h1")) for article in body.iter("article")]
    headed = [(article, text_of(heading)) for article, heading in first if heading is not None]
    if len(headed) > 1:
        meant = next((line for line in headlines if any(line == text for _, text in headed)), None)
        yield from (article for article, text in headed if meant not in (None, text))


def _cards(sizes: Sizes) -> Iterator[HtmlElement]:
    """Yield teasers of other articles: links around a heading or a paragraph, headings that are a link."""
    for element in sizes.elements:
        if element.tag == "a":
            is_card = next(element.iter(*HEADINGS, "p"), None) is not None
        elif element.tag in HEADINGS:
            is_card = 0 < sizes.text[element] * _MIN_SHARE_OF_HEADING <= sizes.links[element]
        elif element.tag == "article":
            is_card = next(element.iterancestors("article", "li"), None) is not None
        else:
            continue
        if is_card:
            card = _whole_card(sizes, element)
            if sizes.text[card] < min(_MAX_CARD_CHARS, MAX_SHARE_OF_PAGE * sizes.page):
                yield card


def _whole_card(sizes: Sizes, sign: HtmlElement) -> HtmlElement:
    """Return the largest element around a card's sign that holds little more, and no other heading."""
    more = _MORE_THAN_LINK_CHARS if sign.tag == "a" else _MORE_THAN_HEADING_CHARS
    limit = sizes.text[sign] + more
    headings = set(sign.iter(*HEADINGS))
    card = sign
    while True:
        parent = card.getparent()
        if parent is None or parent.tag in FRAME_TAGS or sizes.text[parent] > limit:
            return card
        if any(heading not in headings for heading in parent.iter(*HEADINGS)):
            return card
        card = parent


def _furniture(sizes: Sizes) -> Iterator[HtmlElement]:
    """Yield the outermost elements that a rule matches."""
    gone: set[HtmlElement] = set()
    for element in sizes.elements:
        if element.getparent() in gone:
            gone.add(element)
        elif is_furniture(sizes, element):
            gone.add(element)
            yield element


def _drop_with_shell(sizes: Sizes, element: HtmlElement) -> None:
    """Drop an element, the label above it, and boxes left with only a label."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tag in ("ul", "ol", "div", "section") and words_of(element).isdisjoint(MEDIA_WORDS):
        label = _label_of(element)
        if label is not None and not _is_of_story(sizes, label, element):
            sizes.drop(label)
    sizes.drop(element)
    while parent is not None and parent.tag not in FRAME_TAGS and parent is not sizes.root:
        if sizes.text[parent] >= MAX_LABEL_CHARS or text_of(parent).endswith(SENTENCE_ENDS):
            break
        if has_headline(parent):
            break
        parent, shell = parent.getparent(), parent
        sizes.drop(shell)


def _is_of_story(sizes: Sizes, label: HtmlElement, element: HtmlElement) -> bool:
    """Return True if a heading above a box belongs to the story, which goes on below the box."""
    if element.tag in ("ul", "ol") or next(label.iter(*HEADINGS), None) is None:
        return False
    return is_picture_box(sizes, element) or is_link_box(sizes, element)


def _label_of(element: HtmlElement) -> HtmlElement | None:
    """Return the heading or short line directly above an element, if any."""
    above: Iterable[HtmlElement] = element.itersiblings(preceding=True)
    nearest = next((sibling for sibling in above if isinstance(sibling.tag, str)), None)
    if nearest is None or nearest.tag not in (*HEADINGS[1:], "p", "div", "strong"):
        return None
    if (nearest.tail or "").strip() or (element.tail or "").strip():
        return None
    text = text_of(nearest)
    return nearest if 0 < len(text) < MAX_LABEL_CHARS and not text.endswith(SENTENCE_ENDS) else None
