"""Rules that recognise furniture: each names a kind, the tags it can have, and a test."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import NamedTuple

from lxml.html import HtmlElement

from transforms.extract.body.elements import SENTENCE_ENDS, Sizes, text_of, words_in, words_of
from transforms.extract.body.shape import HEADINGS, PICTURE_TAGS

# Elements that a block named after pictures or players must hold if it is longer than a title.
MEDIA_TAGS = (*PICTURE_TAGS, "source")
FRAME_TAGS = ("html", "body", "main", "article")
_PLAYER_TAGS = ("video", "audio")
_STILL_TAGS = ("img", "picture", "amp-img")
# Maximum characters of furniture, by kind; a longer block also holds text of the article. Forms may be long,
# since some frameworks wrap a page in one.
_MAX_FORM_CHARS = 600
_MAX_CAPTION_CHARS = 600
_MAX_MEDIA_CHARS = 500
_MAX_MEDIA_PARAGRAPH_CHARS = 250
_MAX_TITLE_CHARS = 100
_MAX_LINK_CHARS = 400
_MAX_LINKS_CHARS = 1_500
_MAX_AUTHOR_BOX_CHARS = 800
_MAX_SHARE_BUTTONS_CHARS = 120
_MAX_LINK_BOX_CHARS = 240
_MAX_UNDER_PICTURE_CHARS = 300
# Maximum characters of a label above or before something, and of one before a link in the same line.
MAX_LABEL_CHARS = 60
_MAX_LINK_LABEL_CHARS = 40
# Maximum share of a page's text that one piece of furniture may have; blocks named after media have less.
MAX_SHARE_OF_PAGE = 0.3
_MAX_MEDIA_SHARE_OF_PAGE = 0.2
# Shares of text in links above which a paragraph is a link, a list is one of links, and a label has its link.
_MIN_SHARE_OF_LINK = 0.85
_MIN_SHARE_OF_LIST = 0.7
_MIN_SHARE_OF_LABEL = 0.5
# A box is among paragraphs if its container directly holds this many paragraphs of this length.
_MIN_PARAGRAPHS = 3
_MIN_LONG_PARAGRAPH_CHARS = 60
# Characters from which a paragraph that is one link, and ends like a sentence, is a sentence; the shorter
# limit is for a full stop, which headlines do not have.
_MIN_LINKED_SENTENCE_CHARS = 60
_MIN_LINKED_QUESTION_CHARS = 120

_EMBEDS = re.compile(
    r"(?:^|\s)(?:twitter-(?:tweet|video)|instagram-media|tiktok-embed|fb-(?:post|video)|reddit-(?:embed-bq|card)"
    r"|bluesky-embed|mastodon-embed|telegram-post)(?:\s|$)"
)
_CAPTION_WORDS = frozenset(["caption", "captions", "figcaption", "credit", "credits", "copyright"])
MEDIA_WORDS = frozenset((
    "image", "images", "img", "photo", "photos", "picture", "pictures", "media", "video", "videos",
    "audio", "player", "gallery", "slideshow", "carousel", "figure", "foto", "fotos", "bild", "bilder",
    "infographic",
))  # fmt: skip
_AUTHOR_WORDS = frozenset(("author", "authors", "autor", "auteur", "writer", "contributor"))
_BIOGRAPHY_WORDS = frozenset(("box", "bio", "biography", "about", "profile", "card", "description"))
_SHARE_WORDS = frozenset(("share", "shares", "sharing", "social", "sharethis", "addthis", "addtoany"))
_COLUMN_WORDS = frozenset(("column", "columns", "col", "cols", "row", "grid"))
# Boxes of an editor that are named after media and hold text next to a picture.
_TEXT_BOXES = re.compile(r"(?:^|\s)wp-block-(?:media-text|cover)")
# `photo-story` is text; `story-photo` is a picture.
_NAMED_AFTER_TEXT = re.compile(r"(?i:story|text|article|report)(?:\s|$|--)")


class Rule(NamedTuple):
    """One kind of furniture and the test that recognises it."""

    name: str
    matches: Callable[[Sizes, HtmlElement], bool]
    tags: tuple[str, ...] = ()
    """Tags that the rule applies to; all but `except_tags` if empty."""
    except_tags: tuple[str, ...] = ()
    words: frozenset[str] = frozenset()
    """The element must have a class, and its class or id one of these words; empty if any name will do."""

    def applies_to(self, tag: str) -> bool:
        """Return True if elements with this tag can match."""
        return tag in self.tags if self.tags else tag not in self.except_tags


def has_headline(element: HtmlElement) -> bool:
    """Return True if an element holds an h1."""
    return next(element.iter("h1"), None) is not None


def _is_small(sizes: Sizes, element: HtmlElement, limit: int) -> bool:
    return sizes.text[element] < min(limit, MAX_SHARE_OF_PAGE * sizes.page)


def _is_aside(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True for all asides but one that holds much of the page."""
    return _is_small(sizes, element, sizes.page)


def _is_form(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a form is short."""
    return _is_small(sizes, element, _MAX_FORM_CHARS)


def _is_link_list(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if most of a list is links."""
    return sizes.text[element] < _MAX_LINKS_CHARS and sizes.in_links(element) >= _MIN_SHARE_OF_LIST


def _is_embed(_: Sizes, element: HtmlElement) -> bool:
    """Return True if an element is a post of another site, by the class that this site prescribes."""
    names = element.get("class")
    return bool(names) and _EMBEDS.search(names) is not None


def _is_caption(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a block named after captions or credits is short."""
    return _is_small(sizes, element, _MAX_CAPTION_CHARS) and not has_headline(element)


def _is_media(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a block named after media is as short as a title, or holds media and only short text."""
    limit = min(_MAX_MEDIA_CHARS, _MAX_MEDIA_SHARE_OF_PAGE * sizes.page)
    if sizes.text[element] >= limit or has_headline(element):
        return False
    if sizes.text[element] > _MAX_TITLE_CHARS and next(element.iter(*MEDIA_TAGS), None) is None:
        return False
    if any(sizes.text[paragraph] > _MAX_MEDIA_PARAGRAPH_CHARS for paragraph in element.iter("p")):
        return False
    names = element.get("class") or ""
    if _TEXT_BOXES.search(names):
        return False
    paragraph = element.find(".//p")
    if paragraph is None:
        return True
    if _NAMED_AFTER_TEXT.search(names) and text_of(paragraph).endswith(SENTENCE_ENDS):
        return False
    # If most of a page's text is in such boxes, they are the story.
    return sizes.of_class(element) < MAX_SHARE_OF_PAGE * sizes.page


def _is_author_box(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a block is named after its author's biography, and short."""
    if words_of(element).isdisjoint(_BIOGRAPHY_WORDS):
        return False
    return _is_small(sizes, element, _MAX_AUTHOR_BOX_CHARS) and not has_headline(element)


def _is_share_buttons(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a block named after sharing is short and not a sentence."""
    words = words_of(element)
    # The box of an author is judged by its own rule only.
    if not (words.isdisjoint(_AUTHOR_WORDS) or words.isdisjoint(_BIOGRAPHY_WORDS)):
        return False
    length = sizes.text[element]
    return length < _MAX_SHARE_BUTTONS_CHARS and not text_of(element).endswith(SENTENCE_ENDS)


def is_link_box(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a box is only links or, among paragraphs, a label and a link below it."""
    length, links = sizes.text[element], sizes.links[element]
    if not 0 < length <= _MAX_LINK_BOX_CHARS or sizes.in_links(element) < _MIN_SHARE_OF_LABEL:
        return False
    if length - links >= MAX_LABEL_CHARS:
        return False
    is_links = links >= _MIN_SHARE_OF_LINK * length and len(element.findall(".//a")) > 1
    if not is_links and not _is_among_paragraphs(sizes, element):
        return False
    return not text_of(element).endswith(SENTENCE_ENDS) and next(element.iter("p", *HEADINGS), None) is None


def is_picture_box(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if an element holds only a picture and a short text below it."""
    if not 0 < sizes.text[element] <= _MAX_UNDER_PICTURE_CHARS:
        return False
    has_picture = next(element.iter(*_STILL_TAGS), None) is not None
    if element.tag == "p":  # A picture with a plain text may be within a sentence.
        is_italic = _is_italic(sizes, element)
        return is_italic and (has_picture or _is_below_picture(sizes, element))
    if not has_picture or (element.text or "").strip():
        return False
    names = element.get("class") or ""
    if words_in(names) & _COLUMN_WORDS or _TEXT_BOXES.search(names) or _NAMED_AFTER_TEXT.search(names):
        return False
    if next(element.iter(*HEADINGS, "li"), None) is not None or len(element.findall(".//p")) > 1:
        return False
    if sizes.text[next(element.iterchildren("*"))] > 0:
        return False  # A caption is below its picture.
    return _is_among_paragraphs(sizes, element)


def _is_italic(sizes: Sizes, element: HtmlElement) -> bool:
    italic = sum(sizes.text[part] for part in element.iterchildren("em", "i", "small"))
    return italic == sizes.text[element]


def _is_below_picture(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a short line follows a picture that follows a paragraph; a lead follows none."""
    picture = element.getprevious()
    if sizes.text[element] > _MAX_TITLE_CHARS or picture is None or sizes.text.get(picture) != 0:
        return False
    if next(picture.iter(*_STILL_TAGS), None) is None:
        return False
    above = picture.getprevious()
    return above is not None and above.tag == "p" and sizes.text.get(above, 0) >= _MIN_LONG_PARAGRAPH_CHARS


def _is_among_paragraphs(sizes: Sizes, element: HtmlElement) -> bool:
    container = element.getparent()
    if container not in sizes.long_paragraphs:
        paragraphs = container.iterchildren("p") if container is not None else ()
        sizes.long_paragraphs[container] = sum(
            sizes.text[paragraph] >= _MIN_LONG_PARAGRAPH_CHARS for paragraph in paragraphs
        )
    return sizes.long_paragraphs[container] >= _MIN_PARAGRAPHS


def _is_player_title(_: Sizes, element: HtmlElement) -> bool:
    """Return True if a heading is directly above a player."""
    below = element.getnext()
    return below is not None and below.tag in _PLAYER_TAGS


def _is_link(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if a short paragraph or heading is a link, perhaps after a label."""
    if not 0 < sizes.text[element] < _MAX_LINK_CHARS:
        return False
    share = sizes.in_links(element)
    if share < _MIN_SHARE_OF_LABEL:
        return False
    text = text_of(element)
    if share >= _MIN_SHARE_OF_LINK:
        return element.tag != "p" or not _is_linked_sentence(text)
    label_chars = len(text) - sizes.links[element]
    if label_chars >= _MAX_LINK_LABEL_CHARS or text.endswith("."):
        return False
    if (element.text or "").rstrip().endswith(":"):
        return True
    *_, link = element.iter("a")
    label = text[:label_chars].rstrip()
    return label.endswith((":", ">", "–", "|", "»")) and text.endswith(text_of(link))


def _is_linked_sentence(text: str) -> bool:
    """Return True if a text that is one link is long enough, and ends, like a sentence."""
    has_stop = text.endswith((".", "。", "।"))
    limit = _MIN_LINKED_SENTENCE_CHARS if has_stop else _MIN_LINKED_QUESTION_CHARS
    return len(text) > limit and text.endswith(SENTENCE_ENDS)


# Tags whose class says nothing.
_UNNAMED = ("a", "aside", "form")
RULES: tuple[Rule, ...] = (
    Rule("aside", _is_aside, ("aside",)),
    Rule("form", _is_form, ("form",)),
    Rule("link-list", _is_link_list, ("ul", "ol")),
    Rule("embed", _is_embed, ("div", "section", "blockquote", "figure")),
    Rule("caption", _is_caption, except_tags=_UNNAMED, words=_CAPTION_WORDS),
    Rule("media", _is_media, except_tags=(*_UNNAMED, *HEADINGS, "p"), words=MEDIA_WORDS),
    Rule("author-box", _is_author_box, except_tags=(*_UNNAMED, *FRAME_TAGS), words=_AUTHOR_WORDS),
    Rule("share-buttons", _is_share_buttons, except_tags=(*_UNNAMED, *FRAME_TAGS), words=_SHARE_WORDS),
    Rule("link-box", is_link_box, ("div", "section")),
    Rule("picture-box", is_picture_box, ("p", "div", "table", "center")),
    Rule("player-title", _is_player_title, HEADINGS[1:]),
    Rule("link", _is_link, ("p", "li", *HEADINGS)),
)
"""Kinds of furniture; the first rule that an element matches gives it its name."""

_WORDS: frozenset[str] = frozenset().union(*(rule.words for rule in RULES))


@functools.lru_cache(maxsize=1_024)
def _rules_of(tag: str) -> tuple[tuple[Rule, ...], tuple[Rule, ...]]:
    """Return the rules of a tag that need no word; and, if others do, all rules of the tag."""
    rules = tuple(rule for rule in RULES if rule.applies_to(tag))
    wordless = tuple(rule for rule in rules if not rule.words)
    return wordless, rules if len(rules) > len(wordless) else ()


def furniture_rule(sizes: Sizes, element: HtmlElement) -> str | None:
    """Return the name of the first rule that an element matches, or None."""
    rules, rules_with_words = _rules_of(element.tag)
    if rules_with_words and element.get("class"):
        words = words_of(element)
        if not words.isdisjoint(_WORDS):
            rules = tuple(rule for rule in rules_with_words if not rule.words or rule.words & words)
    for rule in rules:
        if rule.matches(sizes, element):
            return rule.name
    return None


def is_furniture(sizes: Sizes, element: HtmlElement) -> bool:
    """Return True if an element matches a rule."""
    return furniture_rule(sizes, element) is not None
