"""Pages and feeds of the sample newsroom, as bytes."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable, Mapping
from email.utils import format_datetime
from string import Template

from pipeline.demo.content import Outlet, SampleItem

XML_TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "rdf": "application/rdf+xml"}
BROKEN = '<?xml version="1.0"?><rss version="2.0"><channel><title>Broken Bulletin</title><description>We are'
LOGIN = (
    "<!doctype html><html><body><h1>Subscribers only</h1><form><p>Log in to read on</p></form></body></html>"
)


def page(outlet: Outlet, item: SampleItem, url: str, layout: str, furniture: Mapping[str, object]) -> bytes:
    """Render an article's page in its outlet's layout, with furniture around and inside the text."""
    fields = {name: value for name, value in furniture.items() if isinstance(value, str)}
    for name in ("nav", "related"):
        links = furniture[name]
        assert isinstance(links, list)
        fields[name] = "".join(
            f'<li><a href="/{number}">{html.escape(link)}</a></li>' for number, link in enumerate(links)
        )
    data = {
        "@context": "https://schema.org",
        "@type": "NewsArticle",
        "headline": item.title,
        "datePublished": item.published.isoformat(),
        "author": [{"@type": "Person", "name": item.author or outlet.name}],
    }
    filled = Template(layout).substitute(
        fields,
        title=html.escape(item.title),
        outlet=html.escape(outlet.name),
        author=html.escape(item.author or outlet.name),
        language=outlet.language,
        encoding=outlet.encoding,
        url=url,
        published=item.published.isoformat(),
        day=f"{item.published:%d.%m.%Y}",
        json_ld=json.dumps(data).replace("</", "<\\/"),
        body=body(item.text),
    )
    return filled.encode(outlet.encoding, "xmlcharrefreplace")


def body(text: str) -> str:
    """Render an article's text as HTML; lines that begin with !! are promotions and captions."""
    parts = []
    for paragraph in paragraphs(text):
        kind, _, words = paragraph.removeprefix("!! ").partition(": ")
        if not paragraph.startswith("!! "):
            parts.append(f"<p>{html.escape(paragraph)}</p>")
        elif kind == "caption":
            caption = f"<figcaption>{html.escape(words)}</figcaption>"
            parts.append(f'<figure><img src="/p.jpg" alt="">{caption}</figure>')
        else:
            parts.append(f'<aside class="promo ad-slot"><a href="/promo">{html.escape(words)}</a></aside>')
    return "\n".join(parts)


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of an article's file."""
    return [part.strip() for part in text.split("\n\n") if part.strip()]


def feed(outlet: Outlet, base: str, entries: Iterable[tuple[SampleItem, str]]) -> tuple[bytes, str]:
    """Render an outlet's feed, and return it with its media type; entries are items with their URLs."""
    items = list(entries)
    if outlet.feed == "broken":
        return BROKEN.encode(), XML_TYPES["rss"]
    if outlet.feed == "json":
        return _json_feed(outlet, base, items), "application/feed+json"
    kind = "rss" if outlet.feed == "content" else outlet.feed
    text = {"rss": _rss, "atom": _atom, "rdf": _rdf}[kind](outlet, base, items)
    declaration = f'<?xml version="1.0" encoding="{outlet.encoding}"?>\n'
    return (declaration + text).encode(outlet.encoding, "xmlcharrefreplace"), XML_TYPES[kind]


def _rss(outlet: Outlet, base: str, entries: list[tuple[SampleItem, str]]) -> str:
    items = []
    for item, url in entries:
        parts = [
            f"<title>{html.escape(item.title)}</title><link>{url}?utm_source=rss</link>",
            f'<guid isPermaLink="false">{outlet.slug}:{item.slug}</guid>',
            f"<pubDate>{format_datetime(item.published)}</pubDate>",
        ]
        if item.author:
            parts.append(f"<dc:creator>{html.escape(item.author)}</dc:creator>")
        if item.summary:
            parts.append(f"<description>{html.escape(item.summary)}</description>")
        if outlet.feed == "content" and item.text:
            parts.append(f"<content:encoded>{html.escape(body(item.text))}</content:encoded>")
        items.append(f"<item>{''.join(parts)}</item>")
    return (
        '<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/" '
        'xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>{html.escape(outlet.name)}</title><link>{base}/</link><language>{outlet.language}</language>"
        f"{''.join(items)}</channel></rss>"
    )


def _atom(outlet: Outlet, base: str, entries: list[tuple[SampleItem, str]]) -> str:
    items = "".join(
        f"<entry><title>{html.escape(item.title)}</title><id>tag:{outlet.slug}.example,2026:{item.slug}</id>"
        f'<link rel="alternate" href="{url}"/><published>{item.published.isoformat()}</published>'
        f"<updated>{item.published.isoformat()}</updated><summary>{html.escape(item.summary)}</summary></entry>"
        for item, url in entries
    )
    return (
        f'<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{outlet.language}">'
        f'<title>{html.escape(outlet.name)}</title><id>{base}/</id><link href="{base}/"/>{items}</feed>'
    )


def _rdf(outlet: Outlet, base: str, entries: list[tuple[SampleItem, str]]) -> str:
    items = "".join(
        f'<item rdf:about="{url}"><title>{html.escape(item.title)}</title><link>{url}</link>'
        f"<description>{html.escape(item.summary)}</description>"
        f"<dc:date>{item.published.isoformat()}</dc:date></item>"
        for item, url in entries
    )
    return (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        f'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="{base}/">'
        f"<title>{html.escape(outlet.name)}</title><link>{base}/</link></channel>{items}</rdf:RDF>"
    )


def _json_feed(outlet: Outlet, base: str, entries: list[tuple[SampleItem, str]]) -> bytes:
    items = [
        {
            "id": item.slug,
            "url": url,
            "title": item.title,
            "summary": item.summary,
            "date_published": item.published.isoformat(),
        }
        for item, url in entries
    ]
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": outlet.name,
        "home_page_url": f"{base}/",
        "items": items,
    }
    return json.dumps(document, ensure_ascii=False).encode()
