"""A timestamp authority for tests: `openssl ts -reply` behind HTTP on the loopback, independent of pyHanko."""

from __future__ import annotations

import subprocess
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding

from attest.pki import Issued

_CONFIG = """\
[tsa]
serial = {folder}/serial
signer_cert = {folder}/stamper.pem
signer_key = {folder}/stamper.key
certs = {folder}/chain.pem
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256, sha384, sha512
accuracy = secs:1
ordering = no
tsa_name = no
ess_cert_id_chain = no
ess_cert_id_alg = sha256
"""


@dataclass(frozen=True)
class Tsa:
    """A running timestamp authority."""

    url: str
    root: Path
    """PEM file of the certificate at the top."""
    stamper: Issued


@contextmanager
def serving(answer_to) -> Iterator[str]:
    """Serve HTTP on the loopback; `answer_to(question) -> (status, headers, body)`. Gives the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            question = self.rfile.read(int(self.headers["Content-Length"]))
            status, headers, body = answer_to(question)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/tsa"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def timestamp_authority(stamper: Issued) -> Iterator[Tsa]:
    """Run an authority that signs its tokens with this certificate."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "stamper.pem").write_bytes(stamper.pem)
        (folder / "stamper.key").write_bytes(stamper.key_pem)
        (folder / "chain.pem").write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in stamper.chain))
        (folder / "root.pem").write_bytes(stamper.chain[-1].public_bytes(Encoding.PEM))
        (folder / "serial").write_text("1000\n")
        (folder / "tsa.cnf").write_text(_CONFIG.format(folder=folder))
        one_at_a_time = threading.Lock()  # openssl counts in a file

        def reply(question: bytes) -> tuple[int, dict[str, str], bytes]:
            with one_at_a_time:
                (folder / "question.tsq").write_bytes(question)
                subprocess.run(
                    ["openssl", "ts", "-reply", "-config", "tsa.cnf", "-section", "tsa", "-queryfile", "question.tsq",
                     "-out", "answer.tsr"], cwd=folder, check=True, capture_output=True, timeout=30,
                )  # fmt: skip
                return 200, {"Content-Type": "application/timestamp-reply"}, (folder / "answer.tsr").read_bytes()

        with serving(reply) as url:
            yield Tsa(url, folder / "root.pem", stamper)
