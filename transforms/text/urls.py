"""URLs as identities: which parts of an address name the article, and whose address it is."""

from __future__ import annotations

import contextlib
import ipaddress
import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote_plus, unquote_to_bytes, urlencode, urljoin, urlsplit, urlunsplit

import courlan
import tld

# Parameters that say where readers came from, or who they are, in addition to courlan's own list.
_TRACKERS = frozenset((
    "__twitter_impression", "_hsenc", "_hsmi", "asgtbndr", "cmp", "cmpid", "emc", "gclsrc", "guccounter",
    "hsctatracking", "icid", "igsh", "ito", "jsessionid", "li_fat_id", "ncid", "ocid", "phpsessid", "smid",
    "smtyp", "spm", "taid", "ttclid", "wt.mc_id", "wt_mc", "wtmc",
))  # fmt: skip
_TRACKER_STARTS = ("guce_", "matomo_", "mtm_", "ns_", "utm_", "wt_z")
# If these say "a feed", they say nothing about the page.
_ORIGINS = frozenset(("feature", "from", "origin", "partner", "ref", "referrer", "source", "src", "via"))
_FEEDS = frozenset(("atom", "feed", "feedburner", "newsfeed", "rss", "rss20", "rssfeed"))
_SESSION = re.compile(r"(?:;|%3b)jsessionid=[^/?]*", re.IGNORECASE)
# courlan takes these for trackers by their beginning ("ga"), but they name a page.
_PAGES = ("gall", "game", "glos", "reference")
_NUMBERS = frozenset(("cid", "eid", "uid"))
# A parameter without a value names a page if it is a number, but not if it is a time or a headline. Two of
# 2,498 URLs with parameters, in the feeds and pages read so far, have such a parameter.
_BARE = re.compile(r"^(?!1\d{9}(?:\d{3})?$).*(?:\d{4}|(?:[^-]+-){2})", re.DOTALL)
# Redirects that carry their target in a parameter, by host (without "www.") and path.
_WRAPPERS = {
    "google.com/url": ("url", "q"),
    "news.google.com/url": ("url", "q"),
    "bing.com/news/apiclick.aspx": ("url",),
    "facebook.com/l.php": ("u",),
    "l.facebook.com/l.php": ("u",),
    "lm.facebook.com/l.php": ("u",),
    "l.instagram.com/": ("u",),
    "out.reddit.com/": ("url",),
    "t.umblr.com/redirect": ("z",),
    "vk.com/away.php": ("to",),
    "youtube.com/redirect": ("q",),
    "slack-redir.net/link": ("url",),
    "go.skimresources.com/": ("url",),
}
# Such redirects nest, as Facebook's around Google's. A deeper one is fetched like any link.
_MAX_NESTED_REDIRECTS = 3
_AMP_CACHE = re.compile(r"^(?:/amp)?(?:/[cvi])?/(s/)?([^/]+\.[^/]+/.*)$")
_AMP_HOST = "cdn.ampproject.org"
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
# RFC 3986, 2.3: these characters mean the same with and without escapes.
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
# Parts that only AMP and mobile variants of a page add to its address.
_VARIANT_HOSTS = re.compile(r"^(?:www|m|mobile|amp|wap)\.(?=[^.]+\.)")
_VARIANT_PATHS = re.compile(r"^/amp(?=/.)|/amp$|\.amp(?=\.html?$|$)|/index\.(?:html?|php)$|/$")
_VARIANT_PARAMETERS = {
    "amp": None,
    "m": "1",
    "mobile": None,
    "outputtype": "amp",
    "output": "amp",
    "view": "amp",
}
_PORTS = {"http": 80, "https": 443}
# A section's address is followed by a headline or a number, an article's by the number of a page.
_HEADLINE = re.compile(r"(?:[^-]+-){3}|\d{5}")


def clean_url(url: str) -> str:
    """Return the URL without parts that do not name the page: tracking parameters, sessions, fragment,
    default port.

    Parameters are sorted; scheme and host are lower case. A URL that cannot be parsed is only stripped.
    """
    url = url.strip()
    try:
        parts = urlsplit(url)
        unquote_to_bytes(parts.query).decode()
    except UnicodeDecodeError:
        # The parser takes parameters for UTF-8, which would merge all pages in GBK or windows-1251. Another
        # level of escaping keeps their escapes.
        guarded = parts._replace(query=parts.query.replace("%", "%25"))
        cleaned = urlsplit(_cleaned(urlunsplit(guarded)))
        query = _ESCAPE.sub(lambda escape: escape[0].upper(), cleaned.query.replace("%25", "%"))
        return str(urlunsplit(cleaned._replace(query=query)))
    except ValueError:
        return url
    return _cleaned(url)


def _cleaned(url: str) -> str:
    try:
        parts = urlsplit(courlan.normalize_url(url, strict=False))
        pairs = parse_qsl(parts.query, keep_blank_values=True)
        taken = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    except ValueError:
        return url
    # "#!" and "#/" address separate pages on sites that render in the browser.
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    query = parts.query
    remaining = [pair for pair in pairs if not _is_tracker(*pair)]
    back = [pair for pair in taken if pair not in pairs and _names_page(*pair)]
    if back or len(remaining) < len(pairs):
        query = _query((*remaining, *back))
    path = _SESSION.sub("", parts.path) or "/"
    return str(urlunsplit((parts.scheme, parts.netloc, path, query, fragment)))


def _is_tracker(name: str, value: str) -> bool:
    name = name.lower()
    if name in _TRACKERS or name.startswith(_TRACKER_STARTS):
        return True
    return name in _ORIGINS and value.lower() in _FEEDS


def _names_page(name: str, value: str) -> bool:
    """Return True if a parameter that courlan drops names the page: `?12345`, `?gameId=401`, `?cid=5678`."""
    if not value:
        return bool(_BARE.search(name))
    name = name.lower()
    return name.startswith(_PAGES) or (name in _NUMBERS and value.isdecimal())


def _query(pairs: Iterable[tuple[str, str]]) -> str:
    return "&".join(
        urlencode([pair]) if pair[1] else quote_plus(pair[0])
        for pair in sorted(pairs, key=lambda pair: pair[0])
    )


def target_of(url: str) -> str:
    """Return the target of a redirect that names it, or of an AMP cache; otherwise the URL itself."""
    for _ in range(_MAX_NESTED_REDIRECTS):
        wrapped, url = url, _unwrapped(url)
        if url == wrapped:
            break
    return url


def _unwrapped(url: str) -> str:
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
        names = _WRAPPERS.get(f"{host}{parts.path}", ())
        said = dict(parse_qsl(parts.query)) if names else {}
    except ValueError:
        return url
    target = next((said[name] for name in names if is_web_url(said.get(name, ""))), "")
    cache = host == _AMP_HOST or host.endswith(f".{_AMP_HOST}")
    caches = cache or (host == "google.com" and parts.path.startswith("/amp/"))
    if caches and (shown := _AMP_CACHE.match(parts.path)):
        query = f"?{parts.query}" if parts.query else ""
        target = f"{'https' if shown[1] else 'http'}://{shown[2]}{query}"
    return target if is_web_url(target) else url


def page_identity(url: str) -> str:
    """Return the common part of the AMP, mobile, http and www. variants of a URL. It is a key, not an
    address."""
    try:
        parts = urlsplit(clean_url(target_of(url)))
        # As bytes, whatever their charset.
        pairs = parse_qsl(parts.query, keep_blank_values=True, encoding="latin-1")
        host = _VARIANT_HOSTS.sub("", parts.hostname or "")
    except ValueError:
        return url
    path, before = _ESCAPE.sub(_unescaped, parts.path), ""
    while path != before:
        before, path = path, _VARIANT_PATHS.sub("", path)
    query = urlencode([pair for pair in pairs if not _is_variant(*pair)], encoding="latin-1")
    return f"{host}{path}?{query}#{parts.fragment}"


def _unescaped(escape: re.Match[str]) -> str:
    """Return an escape of RFC 3986 in its one form; feed and page often differ in it."""
    letter = chr(int(escape[1], 16))
    return letter if letter in _UNRESERVED else escape[0].upper()


def _is_variant(name: str, value: str) -> bool:
    expected = _VARIANT_PARAMETERS.get(name.lower(), "")
    return expected is None or (bool(expected) and value.lower() == expected)


def canonical_url(final_url: str, declared: str | None) -> str:
    """Return the address that an article is filed under: the declared one if it can be trusted, cleaned.

    `declared` is rel=canonical or og:url, relative or absolute. It is only a hint. A home page, the
    article's section, or an address on another site (a sign of a copy) is not believed.
    """
    final_url = target_of(final_url)
    try:
        declared = urljoin(final_url, declared.strip()) if declared else ""
    except ValueError:
        declared = ""
    if declared and is_web_url(declared):
        trusted = registrable_domain(declared) == registrable_domain(final_url)
        if trusted and not _is_section(declared, final_url):
            return clean_url(declared)
    return clean_url(final_url)


def _is_section(declared: str, final_url: str) -> bool:
    """Return True if an address is the home page or a section that the page belongs to."""
    if is_home_page(declared):
        return not is_home_page(final_url)
    section, path = urlsplit(declared).path.rstrip("/"), urlsplit(final_url).path
    below = path.removeprefix(section + "/") if path.startswith(section + "/") else ""
    return bool(_HEADLINE.search(below)) and not _HEADLINE.search(section)


def is_web_url(url: str) -> bool:
    """Return True if this is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def is_home_page(url: str) -> bool:
    """Return True if a URL is a site's front page."""
    parts = urlsplit(url)
    return not parts.query and parts.path.strip("/").lower() in ("", "index.html", "index.htm", "index.php")


def host_of(url: str) -> str:
    """Return host and port of a URL in lower-case ASCII, the port only if it is not the default; '' if
    there is no host."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").removesuffix("."), parts.port
        host = host if host.isascii() else host.encode("idna").decode()
    except ValueError:
        return ""
    return f"{host}:{port}" if port and port != _PORTS.get(parts.scheme) else host


def registrable_domain(url: str) -> str:
    """Return the registrable domain (Public Suffix List), or the host; in Unicode, not as xn--."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    if "xn--" in host:
        with contextlib.suppress(UnicodeError):
            host = host.encode().decode("idna")
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        # The list's own rule for an unknown suffix: the last label is one.
        known = tld.get_fld(host, fix_protocol=True, fail_silently=True)
        return known or ".".join(host.split(".")[-2:])
