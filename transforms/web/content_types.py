"""Content types that a page may be served as."""

from __future__ import annotations

from typing import Final

HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml"})
"""Types that only HTML has."""
LENIENT_HTML_TYPES: Final = HTML_TYPES | {"", "application/xml", "text/xml"}
"""Types that servers send for HTML, and '' for no type; the body is not checked."""
UNSURE_TYPES: Final = frozenset({"text/plain", "application/octet-stream"})
"""Types that servers send if they do not know; the first bytes of the body decide."""
