"""URLs as identities: what of an address names the article, and whose it is."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit, urlunsplit

import courlan
import tld


def clean_url(url: str) -> str:
    """The URL without what does not name the page: tracking parameters, fragment, default port.

    Parameters are sorted, scheme and host are lower case. A URL that cannot be
    parsed comes back stripped.
    """
    url = url.strip()
    try:
        parts = urlsplit(courlan.normalize_url(url, strict=False))
    except ValueError:
        return url
    # "#!" and "#/" address a page of their own on sites that draw pages in the browser.
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    return str(urlunsplit((parts.scheme, parts.netloc, parts.path or "/", parts.query, fragment)))


def canonical_url(final_url: str, declared: str | None) -> str:
    """The address an article is filed under: the declared one where it can be trusted, cleaned.

    `declared` is rel=canonical or og:url. It is a hint: a home page, or another
    site's address (which is a sign of a copy), is not believed.
    """
    if declared and is_web_url(declared):
        trusted = registrable_domain(declared) == registrable_domain(final_url)
        if trusted and (not is_home_page(declared) or is_home_page(final_url)):
            return clean_url(declared)
    return clean_url(final_url)


def is_web_url(url: str) -> bool:
    """Whether this is an absolute http or https URL with a host."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        return False


def is_home_page(url: str) -> bool:
    """Whether a URL names a site's front page rather than a page of it."""
    parts = urlsplit(url)
    return not parts.query and parts.path.strip("/").lower() in ("", "index.html", "index.htm", "index.php")


def host_of(url: str) -> str:
    """Host and port of a URL, lower case; '' where it has none."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    return f"{host}:{port}" if port else host


def registrable_domain(url: str) -> str:
    """The domain that a registrant owns (Public Suffix List), else the host."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        return ""
    try:
        return str(ipaddress.ip_address(host))
    except ValueError:
        # The list's own rule for a suffix it does not know: the last label is one.
        known = tld.get_fld(host, fix_protocol=True, fail_silently=True)
        return known or ".".join(host.split(".")[-2:])
