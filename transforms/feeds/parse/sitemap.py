"""Parser of news sitemaps (https://www.google.com/schemas/sitemap-news/0.9)."""

from __future__ import annotations

from lxml import etree

from transforms.feeds.parse.dates import Times
from transforms.feeds.parse.document import Document, NotAFeedError
from transforms.feeds.parse.items import ParsedItem, ParsedItems

_NEWS = "schemas/sitemap-news"
_EXPECTED = "expected a feed or a news sitemap"


def read_sitemap(document: Document) -> ParsedItems:
    """Return the pages of a news sitemap. Raises NotAFeedError for an index and for other sitemaps."""
    if document.root == "sitemapindex":
        raise NotAFeedError(f"{_EXPECTED}, but this is a sitemap index; use a news sitemap that it lists")
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(document.text.encode("utf-8", "replace"), parser)
    except (etree.LxmlError, ValueError) as error:
        raise NotAFeedError(f"{_EXPECTED}: {error}") from None
    pages = [] if root is None else [page for page in root if _local(page) == "url"]
    news = [(page, child) for page in pages for child in page if _local(child) == "news"]
    # A news sitemap may be empty today; then it still declares the namespace.
    if not news and _NEWS not in document.text:
        raise NotAFeedError(f"{_EXPECTED}, but this is a sitemap of {len(pages)} pages without news:news")
    times = Times()
    return ParsedItems([_item(page, child, times) for page, child in news])


def _item(page: etree._Element, news: etree._Element, times: Times) -> ParsedItem:
    publication = next((child for child in news if _local(child) == "publication"), None)
    image = next((child for child in page if _local(child) == "image"), None)
    link = _text(page, "loc")
    return ParsedItem(
        link=link,
        id=link,
        title=_text(news, "title"),
        tags=[tag.strip() for tag in _text(news, "keywords").split(",")],
        published=times.read(_text(news, "publication_date")),
        updated=times.read(_text(page, "lastmod")),
        language=_text(publication, "language") or None,
        image=_text(image, "loc") or None,
        publisher=_text(publication, "name") or None,
    )


def _local(element: etree._Element) -> str:
    """Return an element's name without namespace: sitemaps get namespaces wrong as often as right."""
    tag = element.tag
    return tag.rpartition("}")[2].rpartition(":")[2].lower() if isinstance(tag, str) else ""


def _text(parent: etree._Element | None, name: str) -> str:
    if parent is None:
        return ""
    return next(("".join(child.itertext()).strip() for child in parent if _local(child) == name), "")
