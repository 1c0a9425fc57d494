"""Furniture: everything on a page that is not the article, recognised by structure and removed."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from lxml import etree
from lxml.html import HtmlElement

from transforms.extract.body.shape import HEADINGS, shape

_STOPS = ".!?…。！？।۔؟։።"
_CLOSING = ('"', "'", "”", "“", "’", "»", "«", "›", "‹", "״", ")", "]", "）", "】")
SENTENCE_ENDS = (*_STOPS, "」", "』", *(f"{stop}{quote}" for stop in _STOPS for quote in _CLOSING))

# Never part of a text; forms only if they are short, since some frameworks wrap a page in one.
_NEVER = (
    "script", "style", "nav", "template", "select", "button", "dialog", "figcaption", "noscript", "input",
    "textarea",
)  # fmt: skip
# Elements that a block named after pictures or players must hold.
_MEDIA_TAGS = ("img", "picture", "video", "audio", "iframe", "object", "canvas", "svg", "source", "amp-img")
# A heading above a player is its title.
_PLAYERS = ("video", "audio")
_FRAMES = ("html", "body", "main", "article")
# Maximum characters of furniture by its sign; a longer block also holds text of the article.
_MAX_FORM_CHARS = 600
_MAX_CAPTION_CHARS = 600
_MAX_MEDIA_CHARS = 500
_MAX_TITLE_CHARS = 100
_MAX_LINK_CHARS = 400
_MAX_LINKS_CHARS = 1_500
_MAX_CARD_CHARS = 1_200
_MAX_LABEL_CHARS = 60
# Maximum share of a page that a sign may remove.
_MAX_SHARE_OF_PAGE = 0.3
# Shares of text in links above which a paragraph is a link, a list is one of links, and a label has its link.
_MIN_SHARE_OF_LINK = 0.85
_MIN_SHARE_OF_LIST = 0.7
_MIN_SHARE_OF_LABEL = 0.5

_EMBEDS = re.compile(
    r"(?:^|\s)(?:twitter-(?:tweet|video)|instagram-media|tiktok-embed|fb-(?:post|video)|reddit-(?:embed-bq|card)"
    r"|bluesky-embed|mastodon-embed|telegram-post)(?:\s|$)"
)
_CAPTIONS = frozenset(["caption", "captions", "figcaption", "credit", "credits", "copyright"])
_MEDIA = frozenset((
    "image", "images", "img", "photo", "photos", "picture", "pictures", "media", "video", "videos",
    "audio", "player", "gallery", "slideshow", "carousel", "figure", "foto", "fotos", "bild", "bilder",
    "infographic",
))  # fmt: skip
# Parts of an article on every site: its author, and buttons to share it.
_AUTHORS = frozenset(("author", "authors", "autor", "auteur", "writer", "contributor"))
_ABOUT = frozenset(("box", "bio", "biography", "about", "profile", "card", "description"))
_SHARES = frozenset(("share", "shares", "sharing", "social", "sharethis", "addthis", "addtoany"))
_MAX_ABOUT_CHARS = 800
_MAX_SHARE_BUTTONS_CHARS = 120
# Boxes of an editor that are named after media and hold text next to a picture.
_TEXT_BOXES = re.compile(r"(?:^|\s)wp-block-(?:media-text|cover)")
_MAX_BOX_CHARS = 240
_COLUMNS = frozenset(("column", "columns", "col", "cols", "row", "grid"))
# `photo-story` is text; `story-photo` is a picture.
_OF_TEXT = re.compile(r"(?i:story|text|article|report)(?:\s|$|--)")
_PICTURES = ("img", "picture", "amp-img")
_MAX_UNDER_PICTURE_CHARS = 300
_MIN_PARAGRAPH_CHARS = 60
_MIN_PARAGRAPHS = 3
# A class whose words matter has one of these.
_SIGNS = _CAPTIONS | _MEDIA | _AUTHORS | _SHARES
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def text_of(element: HtmlElement) -> str:
    """Return the text of an element on one line."""
    return " ".join("".join(element.itertext()).split())


@functools.lru_cache(maxsize=4_096)
def _words(names: str) -> frozenset[str]:
    return frozenset(word.lower() for word in _WORDS.findall(names))


def words_of(element: HtmlElement) -> frozenset[str]:
    """Return the words of an element's class and id: "articleImage-wide" has article, image and wide."""
    names = element.get("class") or ""
    if name := element.get("id"):
        names = f"{names} {name}"
    return _words(names) if names else frozenset()


class Sizes:
    """Characters of text, and of text in links, of each element; kept up to date as others are dropped."""

    def __init__(self, root: HtmlElement) -> None:
        self.root = root
        self.elements: list[HtmlElement] = []
        nodes = list(root.iter())
        text = self.text = dict.fromkeys(nodes, 0)
        links = self.links = dict.fromkeys(nodes, 0)
        for node in reversed(nodes):  # Children before their parents.
            own = text[node]
            if isinstance(node.tag, str):
                self.elements.append(node)
                if said := node.text:
                    own = text[node] = own + len(said.strip())
                if node.tag == "a":
                    links[node] = own
            if node is root:
                break
            if said := node.tail:
                own += len(said.strip())
            parent = node.getparent()
            text[parent] += own
            links[parent] += links[node]
        self.elements.reverse()
        self.page = text[root]
        self._classes: Counter[tuple[str, str]] = Counter()
        self.among: dict[HtmlElement | None, bool] = {}
        # Elements of dropped parts are kept to the end: lxml searches the whole part for others whenever a
        # node outlives its root.
        self._dropped: list[HtmlElement] = []

    def of_class(self, element: HtmlElement) -> int:
        """Return the characters of all elements with the tag and class of this one."""
        if not self._classes:
            for counted in self.elements:
                if names := counted.get("class"):
                    self._classes[counted.tag, names] += self.text[counted]
        return self._classes[element.tag, element.get("class") or ""]

    def drop(self, element: HtmlElement) -> None:
        """Remove an element from the tree; the text after it stays."""
        if element.getparent() is None or element is self.root:
            return
        text, links = self.text[element], self.links[element]
        for ancestor in element.iterancestors():
            if ancestor not in self.text:
                break
            self.text[ancestor] -= text
            self.links[ancestor] -= links
        element.drop_tree()
        self._dropped.append(element)

    def in_links(self, element: HtmlElement) -> float:
        """Return the share of an element's text that is in links, 0 to 1."""
        return self.links[element] / (self.text[element] or 1)


def clear(tree: HtmlElement, headlines: Sequence[str] = ()) -> Sizes | None:
    """Remove the furniture from a page's tree; return None if it has no body.

    Removed are navigation, forms and scripts; captions, credits and players; posts of other sites;
    asides, lists of links, cards of other articles, articles within the article, and articles with
    another headline than the first of `headlines` that one has; paragraphs that are a link, with or
    without a label; and the headings and empty boxes that remain. A site's own names for its parts
    count only if all sites use the word.
    """
    body = tree.find("body")
    if body is None:
        return None
    etree.strip_elements(body, *_NEVER, with_tail=False)
    shape(body)
    for article in list(_other_articles(body, headlines)):
        article.drop_tree()
    sizes = Sizes(body)
    for signs in (_cards, _furniture):
        for element in list(signs(sizes)):
            _drop_with_shell(sizes, element)
    etree.strip_elements(body, *_MEDIA_TAGS, with_tail=False)
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
            is_card = 0 < sizes.text[element] * 0.9 <= sizes.links[element]
        elif element.tag == "article":
            is_card = next(element.iterancestors("article", "li"), None) is not None
        else:
            continue
        if is_card:
            card = _whole_card(sizes, element)
            if sizes.text[card] < min(_MAX_CARD_CHARS, _MAX_SHARE_OF_PAGE * sizes.page):
                yield card


def _whole_card(sizes: Sizes, sign: HtmlElement) -> HtmlElement:
    """Return the largest element around a card's sign that holds little more, and no other heading."""
    room = sizes.text[sign] + (120 if sign.tag == "a" else 300)
    own = set(sign.iter(*HEADINGS))
    card = sign
    while True:
        parent = card.getparent()
        if parent is None or parent.tag in _FRAMES or sizes.text[parent] > room:
            return card
        if any(heading not in own for heading in parent.iter(*HEADINGS)):
            return card
        card = parent


def _furniture(sizes: Sizes) -> Iterator[HtmlElement]:
    """Yield furniture by its tag, name or links, the outermost element of each."""
    gone: set[HtmlElement] = set()
    for element in sizes.elements:
        if element.getparent() in gone or _is_furniture(sizes, element):
            if element.getparent() not in gone:
                yield element
            gone.add(element)


def _is_furniture(sizes: Sizes, element: HtmlElement) -> bool:
    tag, length, most = element.tag, sizes.text[element], _MAX_SHARE_OF_PAGE * sizes.page
    if tag in ("aside", "form"):
        return length < (most if tag == "aside" else min(_MAX_FORM_CHARS, most))
    if tag in ("ul", "ol") and length < _MAX_LINKS_CHARS and sizes.in_links(element) >= _MIN_SHARE_OF_LIST:
        return True
    names = element.get("class")
    if names and tag in ("div", "section", "blockquote", "figure") and _EMBEDS.search(names):
        return True
    if names and tag != "a" and not (words := words_of(element)).isdisjoint(_SIGNS):
        if words & _CAPTIONS and length < min(_MAX_CAPTION_CHARS, most) and not _has_headline(element):
            return True
        if words & _MEDIA and tag not in HEADINGS and tag != "p" and _is_media(sizes, element):
            return True
        if tag not in _FRAMES and _is_about(sizes, element, words):
            return True
    if tag in ("div", "section") and _is_link_box(sizes, element):
        return True
    if tag in ("p", "div", "table", "center") and _is_under_picture(sizes, element):
        return True
    if tag in HEADINGS[1:] and (below := element.getnext()) is not None and below.tag in _PLAYERS:
        return True
    if tag in ("p", "li") or tag in HEADINGS:
        return 0 < length < _MAX_LINK_CHARS and _is_link(sizes, element)
    return False


def _is_media(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a block named after a picture or player holds one, and no text of its own."""
    if sizes.text[element] >= min(_MAX_MEDIA_CHARS, 0.2 * sizes.page) or _has_headline(element):
        return False
    if sizes.text[element] > _MAX_TITLE_CHARS and next(element.iter(*_MEDIA_TAGS), None) is None:
        return False
    if any(sizes.text[paragraph] > 250 for paragraph in element.iter("p")):
        return False
    names = element.get("class") or ""
    if _TEXT_BOXES.search(names):
        return False
    paragraph = element.find(".//p")
    if paragraph is None:
        return True
    if _OF_TEXT.search(names) and text_of(paragraph).endswith(SENTENCE_ENDS):
        return False
    # If most of a page's text is in such boxes, they are the story.
    return sizes.of_class(element) < _MAX_SHARE_OF_PAGE * sizes.page


def _is_about(sizes: Sizes, element: HtmlElement, words: frozenset[str]) -> bool:
    """Return True if a block is named after its author's biography, or after buttons to share the page."""
    length = sizes.text[element]
    if words & _AUTHORS and words & _ABOUT:
        return length < min(_MAX_ABOUT_CHARS, _MAX_SHARE_OF_PAGE * sizes.page) and not _has_headline(element)
    return (
        bool(words & _SHARES)
        and length < _MAX_SHARE_BUTTONS_CHARS
        and not text_of(element).endswith(SENTENCE_ENDS)
    )


def _is_under_picture(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a paragraph, or a box among paragraphs, holds only a picture and a short text below
    it."""
    length = sizes.text[element]
    if not 0 < length <= _MAX_UNDER_PICTURE_CHARS:
        return False
    has_picture = next(element.iter(*_PICTURES), None) is not None
    if element.tag == "p":  # Elsewhere the picture is inside the text.
        italic = sum(sizes.text[part] for part in element.iterchildren("em", "i", "small"))
        return italic == length and (has_picture or _has_picture_above(sizes, element))
    if not has_picture:
        return False
    names = element.get("class") or ""
    if (element.text or "").strip() or _words(names) & _COLUMNS:
        return False
    if _TEXT_BOXES.search(names) or _OF_TEXT.search(names):
        return False
    if next(element.iter(*HEADINGS, "li"), None) is not None or len(element.findall(".//p")) > 1:
        return False
    if sizes.text[next(element.iterchildren("*"))] > 0:
        return False  # A caption is below its picture.
    return _stands_among_paragraphs(sizes, element)


def _has_headline(element: HtmlElement) -> bool:
    return next(element.iter("h1"), None) is not None


def _is_link(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a short paragraph or heading leads elsewhere: all of it, or all after its label, is a
    link."""
    share = sizes.in_links(element)
    if share < _MIN_SHARE_OF_LABEL:
        return False
    text = text_of(element)
    if share >= _MIN_SHARE_OF_LINK:
        # A sentence that is one link is still a sentence.
        least = _MIN_PARAGRAPH_CHARS if text.endswith((".", "。", "।")) else 120
        return not (element.tag == "p" and len(text) > least and text.endswith(SENTENCE_ENDS))
    label = len(text) - sizes.links[element]
    if label >= 40 or text.endswith("."):
        return False
    *_, last = element.iter("a")
    before = text[:label].rstrip().endswith((":", ">", "–", "|", "»"))
    return (before and text.endswith(text_of(last))) or (element.text or "").rstrip().endswith(":")


def _has_picture_above(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if only a picture is above a short line, and a paragraph above that: otherwise it may be
    a lead."""
    above = element.getprevious()
    if sizes.text[element] > _MAX_TITLE_CHARS or above is None or sizes.text.get(above) != 0:
        return False
    if next(above.iter(*_PICTURES), None) is None:
        return False
    before = above.getprevious()
    return before is not None and before.tag == "p" and sizes.text.get(before, 0) >= _MIN_PARAGRAPH_CHARS


def _is_link_box(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a box is only links or, among paragraphs, a label and a link below it."""
    length = sizes.text[element]
    if not 0 < length <= _MAX_BOX_CHARS or sizes.in_links(element) < _MIN_SHARE_OF_LABEL:
        return False
    several = sizes.links[element] >= _MIN_SHARE_OF_LINK * length and len(element.findall(".//a")) > 1
    if length - sizes.links[element] >= _MAX_LABEL_CHARS or not (
        several or _stands_among_paragraphs(sizes, element)
    ):
        return False
    return not text_of(element).endswith(SENTENCE_ENDS) and next(element.iter("p", *HEADINGS), None) is None


def _stands_among_paragraphs(sizes: Sizes, element: HtmlElement) -> bool:
    parent = element.getparent()
    if parent not in sizes.among:  # Once per box, since a page may have thousands.
        beside = parent.iterchildren("p") if parent is not None else ()
        long = sum(sizes.text[sibling] >= _MIN_PARAGRAPH_CHARS for sibling in beside)
        sizes.among[parent] = long >= _MIN_PARAGRAPHS
    return sizes.among[parent]


def _drop_with_shell(sizes: Sizes, element: HtmlElement) -> None:
    """Drop an element, the label above it, and boxes left with only a label."""
    parent = element.getparent()
    if parent is None:
        return
    if element.tag in ("ul", "ol", "div", "section") and not (words_of(element) & _MEDIA):
        label = next(_labels(element), None)
        if label is not None and not _is_of_story(sizes, label, element):
            sizes.drop(label)
    sizes.drop(element)
    while parent is not None and parent.tag not in _FRAMES and parent is not sizes.root:
        if sizes.text[parent] >= _MAX_LABEL_CHARS or text_of(parent).endswith(SENTENCE_ENDS):
            break
        if _has_headline(parent):
            break
        parent, shell = parent.getparent(), parent
        sizes.drop(shell)


def _is_of_story(sizes: Sizes, label: HtmlElement, element: HtmlElement) -> bool:
    """Return True if a heading above a picture or a box of links belongs to the story, which goes on
    below."""
    if element.tag in ("ul", "ol") or next(label.iter(*HEADINGS), None) is None:
        return False
    return _is_under_picture(sizes, element) or _is_link_box(sizes, element)


def _labels(element: HtmlElement) -> Iterator[HtmlElement]:
    """Return the heading or short line directly above an element, if any."""
    above: Iterable[HtmlElement] = element.itersiblings(preceding=True)
    nearest = next((sibling for sibling in above if isinstance(sibling.tag, str)), None)
    if nearest is None or nearest.tag not in (*HEADINGS[1:], "p", "div", "strong"):
        return
    if (nearest.tail or "").strip() or (element.tail or "").strip():
        return
    text = text_of(nearest)
    if 0 < len(text) < _MAX_LABEL_CHARS and not text.endswith(SENTENCE_ENDS):
        yield nearest
