"""Records of WARC files."""

from __future__ import annotations

import io

from fastwarc.warc import WarcRecord, WarcRecordType

HTML = "text/html; charset=iso-8859-1"


def record(
    url: str, body: bytes = b"<p>caf\xe9</p>", status: str = "200 OK", kind: str = HTML, extra: str = ""
) -> bytes:
    """Return a record as a crawler writes it."""
    written = WarcRecord()
    written.init_headers(record_type=WarcRecordType.response)
    written.headers["WARC-Target-URI"] = url
    written.headers["WARC-Date"] = "2026-03-04T06:00:00Z"
    written.headers["Content-Type"] = "application/http; msgtype=response"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
    written.set_bytes_content(head.encode() + body)
    stream = io.BytesIO()
    written.write(stream)
    return stream.getvalue()
