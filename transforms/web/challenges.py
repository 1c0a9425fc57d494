"""Pages that ask their reader to prove that he is a person, served instead of what was asked for."""

from __future__ import annotations

# A page no longer than this that holds one of these is no article but a test whether its reader is a person:
# what Cloudflare, DataDome, HUMAN, Imperva, AWS and Akamai put before a site.
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
    """Whether a page asks its reader to prove that he is a person; it is not got round, but told."""
    return len(body) <= MAX_CHALLENGE_BYTES and any(sign in body for sign in CHALLENGES)
