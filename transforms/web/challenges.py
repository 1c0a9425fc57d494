"""Challenge pages: a site asks its readers to prove that they are human."""

from __future__ import annotations

# A page of at most this length with one of these markers is a challenge of Cloudflare, DataDome, HUMAN,
# Imperva, AWS or Akamai, not an article.
MAX_CHALLENGE_BYTES = 40_000
CHALLENGES = (
    b"<title>Just a moment...</title>",
    b"<title>Attention Required! | Cloudflare</title>",
    b"geo.captcha-delivery.com",
    b'id="px-captcha"',
    b"/_Incapsula_Resource?SWUDNSAI=",
    b"window.gokuProps",
    b'id="sec-if-cpt-container"',
)


def is_challenge(body: bytes) -> bool:
    """Return True if a page is a challenge. It is recorded, never circumvented."""
    return len(body) <= MAX_CHALLENGE_BYTES and any(sign in body for sign in CHALLENGES)
