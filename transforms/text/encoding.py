"""Decode the bytes of a page or feed, whatever encoding they claim."""

from __future__ import annotations

import codecs

import webencodings

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# Markup in UTF-16 without a byte order mark begins like this.
_STARTS = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"))
_SAMPLE = 4_096
# UTF-8 with a few bytes cut or pasted wrongly; in other encodings hardly any character would be valid.
_MOSTLY_RIGHT = 4


def decode(body: bytes, *claims: str | None) -> str:
    """Return a body as text. Claims are labels of the WHATWG Encoding Standard, the most trustworthy
    first.

    Valid UTF-8 is taken as UTF-8, since other encodings almost never look like it. Then come the
    claims, then UTF-8 with a few faults, then a guess from the bytes.
    """
    for mark, name in (*_BOMS, *_STARTS):
        if body.startswith(mark):
            return body.removeprefix(mark if (mark, name) in _BOMS else b"").decode(name, "replace")
    # ISO-2022-JP is ASCII with escapes, so it would pass for UTF-8.
    first = () if b"\x1b" in body else ("utf-8",)
    for claim in (*first, *claims):
        encoding = webencodings.lookup(claim) if claim else None
        if encoding is None or (encoding.name.startswith("utf-16") and b"\0" not in body[:_SAMPLE]):
            continue  # Any bytes decode as UTF-16; real markup in it has a NUL next to each letter.
        try:
            return str(encoding.codec_info.decode(body, "strict")[0])
        except ValueError:
            continue
    text = body.decode("utf-8", "replace")
    faults = text.count("\ufffd")
    if sum(not char.isascii() for char in text) > _MOSTLY_RIGHT * faults:
        return text
    return _guessed(body)


def _guessed(body: bytes) -> str:
    from charset_normalizer import from_bytes  # noqa: PLC0415  Few bodies need it, and it loads slowly.

    best = from_bytes(body[: 64 * _SAMPLE]).best()
    return body.decode(best.encoding if best else "windows-1252", "replace")
