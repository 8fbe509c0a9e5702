"""Ledgers of both kinds: an SQLite file, and a real PostgreSQL server of the test's own."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from assay.attest.ledger import Ledger, LedgerKey, open_ledger
from ledgers import KEY, ORIGIN, ledger_with

UNPRIVILEGED = "postgres"


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


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    programs = _programs()
    user = UNPRIVILEGED if os.geteuid() == 0 else None  # the server refuses to run as root
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
         f"--pwfile={folder / 'password'}"], check=True, **options,
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


def _programs() -> Path:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [
        Path(shutil.which("initdb") or "/nowhere/initdb")
    ]
    usable = found[-1].exists() and hasattr(os, "geteuid")
    if not usable:
        if os.environ.get("ASSAY_REQUIRE_TOOLS") == "1":
            pytest.fail("PostgreSQL is not installed, and ASSAY_REQUIRE_TOOLS=1 demands it")
        pytest.skip("PostgreSQL is not installed: its ledger cannot be tried")
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


@pytest.fixture
def postgresql(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a database without a ledger; the password is in the environment."""
    monkeypatch.setenv("PGPASSWORD", server.password)
    server.run("DROP SCHEMA IF EXISTS assay_ledger CASCADE")
    return server.address


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a ledger may be made: each test that asks for it runs on both databases."""
    return str(tmp_path / "ledger.sqlite") if request.param == "sqlite" else request.getfixturevalue("postgresql")


@pytest.fixture
def ledger(address: str) -> Iterator[Ledger]:
    """An empty ledger."""
    with open_ledger(address, create=True, origin=ORIGIN) as made:
        yield made


@pytest.fixture
def key() -> LedgerKey:
    return KEY


@pytest.fixture(scope="session")
def twelve(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger of twelve entries, which no test changes."""
    path = tmp_path_factory.mktemp("twelve") / "ledger.sqlite"
    ledger_with(path, 12).close()
    return path


@pytest.fixture
def copy(twelve: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Make a copy of the ledger of twelve entries, to be tampered with."""

    def make(name: str = "copy.sqlite") -> Path:
        return Path(shutil.copy(twelve, tmp_path / name))

    return make
