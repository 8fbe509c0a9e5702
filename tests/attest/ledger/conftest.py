"""Ledgers of both kinds: an SQLite file, and a real PostgreSQL server of the test's own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from assay.attest.ledger import Ledger, LedgerKey, open_ledger
from ledgers import KEY, ORIGIN, ledger_with
from servers import Server, running_server


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as made:
        yield made


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
