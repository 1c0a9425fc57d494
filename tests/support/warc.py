"""Makes records of WARC files."""

from __future__ import annotations

import io

from fastwarc.warc import WarcRecord, WarcRecordType

HTML = "text/html; charset=iso-8859-1"


def record(
    url: str, body: bytes = b"<p>caf\xe9</p>", status: str = "200 OK", kind: str = HTML, extra: str = ""
) -> bytes:
    """Return a response record as a crawler writes it."""
    response = WarcRecord()
    response.init_headers(record_type=WarcRecordType.response)
    response.headers["WARC-Target-URI"] = url
    response.headers["WARC-Date"] = "2026-03-04T06:00:00Z"
    response.headers["Content-Type"] = "application/http; msgtype=response"
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\n{extra}Content-Length: {len(body)}\r\n\r\n"
    response.set_bytes_content(head.encode() + body)
    stream = io.BytesIO()
    response.write(stream)
    return stream.getvalue()
