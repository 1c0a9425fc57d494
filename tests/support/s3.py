"""An S3 server on loopback, in its own process, that can be told to fail."""

from __future__ import annotations

import contextlib
import io
import itertools
import multiprocessing
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from typing import Any

import boto3
import pyarrow.parquet as pq

KEYS = {"aws_access_key_id": "key", "aws_secret_access_key": "secret", "region_name": "us-east-1"}
SLOW_DOWN = b"<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>"


class Store:
    """A server with one bucket, named bucket."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.client: Any = boto3.client("s3", endpoint_url=url, **KEYS)

    def reset(self) -> None:
        """Empty the server and let it answer every request."""
        self.fail_each(0)
        self._post("/moto-api/reset")
        self.client.create_bucket(Bucket="bucket")

    def fail_each(self, requests: int) -> int:
        """Answer one in `every` requests with 503 from now on, 0 for none; return the number so far."""
        return int(self._post(f"/fail-each/{requests}"))

    def _post(self, path: str) -> bytes:
        with urllib.request.urlopen(urllib.request.Request(self.url + path, method="POST")) as answer:
            return bytes(answer.read())

    @property
    def options(self) -> list[str]:
        """Return the Beam options for an S3 service other than Amazon's."""
        keys = ["--s3_access_key_id=key", "--s3_secret_access_key=secret", "--s3_region_name=us-east-1"]
        return [f"--s3_endpoint_url={self.url}", *keys]

    def files(self) -> dict[str, int]:
        """Return the sizes of all objects, by name."""
        listed = self.client.list_objects_v2(Bucket="bucket").get("Contents", [])
        return {item["Key"]: item["Size"] for item in listed}

    def rows(self, prefix: str) -> list[dict[str, Any]]:
        """Return the rows of all Parquet files below a folder, as another program reads them."""
        found = []
        for name in self.files():
            if name.startswith(prefix):
                body = self.client.get_object(Bucket="bucket", Key=name)["Body"].read()
                found += pq.read_table(io.BytesIO(body), use_threads=False).to_pylist()
        return found


def _serve(ready: Connection) -> None:
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
    from werkzeug.serving import make_server

    app = DomainDispatcherApplication(create_backend_app)
    requests, each, failed = itertools.count(1), 0, 0

    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        nonlocal each, failed
        path = environ["PATH_INFO"]
        if path.startswith("/fail-each/"):
            each, before = int(path.rsplit("/", 1)[1]), failed
            failed = 0
            start_response("200 OK", [("Content-Type", "text/plain")])
            return [str(before).encode()]
        if each and next(requests) % each == 0:
            failed += 1
            start_response("503 Slow Down", [("Content-Type", "application/xml")])
            return [SLOW_DOWN]
        return app(environ, start_response)  # type: ignore[no-any-return]

    import logging

    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = make_server("127.0.0.1", 0, answer, threaded=True)
    ready.send(server.server_port)
    server.serve_forever()


@contextlib.contextmanager
def serve_s3() -> Iterator[Store]:
    """Yield an empty store."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there,), daemon=True)
    process.start()
    try:
        yield Store(f"http://127.0.0.1:{here.recv()}")
    finally:
        process.kill()
        process.join()
