"""A real PostgreSQL server of the tests' own, and a door in front of it that can be shut."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Server:
    """A running server whose users show a password."""

    folder: Path
    port: int
    password: str

    @property
    def address(self) -> str:
        return f"postgresql://owner@127.0.0.1:{self.port}/postgres"

    def run(self, *statements: str) -> None:
        """Run statements as the owner of the database, who may do everything."""
        from pg8000.native import Connection

        place = {"host": "127.0.0.1", "port": self.port, "database": "postgres", "ssl_context": False}
        with Connection("owner", password=self.password, **place) as sql:
            for statement in statements:
                sql.run(statement)


@contextmanager
def running_server() -> Iterator[Server]:
    programs = _programs()
    user = "postgres" if os.geteuid() == 0 else None  # the server refuses to run as root
    folder = Path(tempfile.mkdtemp(prefix="assay-pg-", dir="/tmp"))
    password = secrets.token_hex(8)
    (folder / "password").write_text(password)
    if user is not None:
        shutil.chown(folder, user)
        shutil.chown(folder / "password", user)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    data = folder / "data"
    options = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.PIPE, "user": user}
    subprocess.run(
        [programs / "initdb", "-D", data, "-U", "owner", "-A", "scram-sha-256", "--no-sync", "--no-locale",
         "--encoding=UTF8", f"--pwfile={folder / 'password'}"], check=True, **options,
    )  # fmt: skip
    running = subprocess.Popen(
        [programs / "postgres", "-D", data, "-p", str(port), "-k", folder, "-c", "listen_addresses=127.0.0.1"],
        **options,
    )
    try:
        made = Server(folder, port, password)
        _wait(running, made)
        yield made
    finally:
        running.send_signal(signal.SIGQUIT)  # at once: nobody needs its data again
        running.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def door(port: int, let_through: int) -> Iterator[int]:
    """The port of a proxy that closes the connection after so many bytes from the server."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, port, let_through), daemon=True).start()
        yield listening.getsockname()[1]


def _serve(listening: socket.socket, port: int, let_through: int) -> None:
    with suppress(OSError):
        client, _ = listening.accept()
        with client, socket.create_connection(("127.0.0.1", port)) as server:
            threading.Thread(target=_pass_on, args=(client, server, None), daemon=True).start()
            _pass_on(server, client, let_through)
            for each in (client, server):
                each.shutdown(socket.SHUT_RDWR)


def _pass_on(source: socket.socket, target: socket.socket, most: int | None) -> None:
    passed = 0
    with suppress(OSError):
        while (data := source.recv(4096)) and (most is None or passed < most):
            target.sendall(data)
            passed += len(data)


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(shutil.which("initdb") or "/nowhere/initdb")
    ]
    if not found[-1].exists() or not hasattr(os, "geteuid"):
        if os.environ.get("ASSAY_REQUIRE_TOOLS") == "1":
            pytest.fail("PostgreSQL is not installed, and ASSAY_REQUIRE_TOOLS=1 demands it")
        pytest.skip("PostgreSQL is not installed: it cannot be tried")
    return found[-1].parent


def _wait(running: subprocess.Popen[bytes], made: Server) -> None:
    last: Exception | None = None
    for _ in range(300):
        try:
            made.run("SELECT 1")
        except Exception as error:  # noqa: BLE001  whatever it is, the server is not there yet
            last = error
            if running.poll() is not None:
                pytest.fail(f"the server did not start: {running.stderr.read().decode()[-500:]}")
            time.sleep(0.1)
        else:
            return
    pytest.fail(f"the server did not start within 30 s: {last}")
