"""What only a server can be: absent, empty, foreign, slow to answer; and whose password is whose."""

from __future__ import annotations

import socket
import threading

import pytest

from assay.attest.ledger import open_ledger, prove
from assay.attest.ledger.consistency import Kept, check
from assay.errors import AssayError, WriteError
from assay.postgresql import password_for
from ledgers import KEY, ORIGIN, entry


def test_a_database_without_a_ledger_is_told(postgresql):
    with pytest.raises(AssayError, match="not a ledger: this database holds none"):
        open_ledger(postgresql)


def test_a_socket_leads_to_the_same_ledger(postgresql, server):
    open_ledger(postgresql, create=True, origin=ORIGIN).close()
    with open_ledger(f"postgresql://owner@:{server.port}/postgres?host={server.folder}") as ledger:
        assert ledger.append([entry("a")]) == range(1)
    with open_ledger(postgresql) as ledger:
        assert ledger.size() == 1


def test_a_wrong_password_is_one_clear_error_that_does_not_say_it(postgresql, monkeypatch):
    monkeypatch.setenv("PGPASSWORD", "sesame")
    with pytest.raises(AssayError, match="cannot be reached: password authentication failed") as caught:
        open_ledger(postgresql)
    assert "sesame" not in str(caught.value)


def test_the_password_file_is_read_where_the_environment_says_nothing(postgresql, server, tmp_path, monkeypatch):
    open_ledger(postgresql, create=True, origin=ORIGIN).close()
    monkeypatch.delenv("PGPASSWORD")
    (tmp_path / "pass").write_text(f"# ours\nelsewhere:*:*:*:no\n127.0.0.1:{server.port}:*:owner:{server.password}\n")
    (tmp_path / "pass").chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "pass"))
    with open_ledger(postgresql) as ledger:
        assert ledger.origin == ORIGIN
    (tmp_path / "pass").chmod(0o644)
    with pytest.raises(AssayError, match="others may read this password file"):
        open_ledger(postgresql)


@pytest.mark.parametrize(
    ("line", "password"),
    [
        ("db:5432:x:me:secret", "secret"),
        ("*:*:*:*:secret", "secret"),
        (r"db:5432:x:me:a\:b\\c", r"a:b\c"),
        ("db:5433:x:me:secret", None),
        ("db:5432:x:you:secret", None),
        ("db:5432:x:me", None),
        ("#db:5432:x:me:secret", None),
        ("", None),
        (":::::::", None),
    ],
)
def test_a_line_of_the_password_file_is_for_whom_it_names(tmp_path, monkeypatch, line, password):
    monkeypatch.delenv("PGPASSWORD", raising=False)
    path = tmp_path / "pass"
    path.write_text(f"{line}\n")
    path.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(path))
    assert password_for("db", 5432, "x", "me") == password


@pytest.mark.parametrize(
    "address",
    [
        "postgresql://me:sesame@localhost/x",
        "postgresql://me:sesame@[::1/x",
        "postgresql://localhost/x",
        "postgresql://me@localhost",
        "postgresql://me@localhost:99999/x",
        "postgresql://me@localhost:port/x",
        "postgresql://me@localhost/x?sslmode=prefer",
        "postgresql://me@localhost/x?password=sesame",
        "postgresql://me@localhost/x?host=relative",
        "postgresql://me@localhost/x?a",
        "postgresql://me@localhost/x#y",
        "postgresql://",
    ],
)
def test_an_address_that_is_none_is_refused_before_anybody_is_called(address, monkeypatch):
    monkeypatch.setattr(socket, "create_connection", None)
    with pytest.raises(AssayError) as caught:
        open_ledger(address)
    assert "sesame" not in caught.value.where


def test_a_server_that_is_not_there_is_one_clear_error():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(AssayError, match="cannot be reached"):
        open_ledger(f"postgresql://me@127.0.0.1:{port}/x")


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", b"R\0\0\0\x08\0\0\0\x09", b"E\0\0\0\x05\0", b"\xff" * 4096]
)
def test_a_server_that_speaks_otherwise_is_one_clear_error(answer):
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            caller, _ = listening.accept()
            with caller:
                caller.recv(4096)
                caller.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        with pytest.raises(AssayError, match="cannot be reached"):
            open_ledger(f"postgresql://me@127.0.0.1:{listening.getsockname()[1]}/x")


def test_over_a_network_a_server_without_a_certificate_gets_no_password(monkeypatch, server):
    asked = []
    monkeypatch.setattr(socket, "create_connection", _to(server, asked, socket.create_connection))
    monkeypatch.setenv("PGPASSWORD", server.password)
    with pytest.raises(AssayError, match="cannot be reached: Server refuses SSL"):
        open_ledger(f"postgresql://owner@db.bank.example:{server.port}/postgres")
    with pytest.raises(AssayError, match="holds none"):
        open_ledger(f"postgresql://owner@db.bank.example:{server.port}/template1?sslmode=disable")
    assert asked == ["db.bank.example"] * 2


def _to(server, asked, really):
    def call(address, *rest, **more):
        asked.append(address[0])
        return really(("127.0.0.1", server.port), *rest, **more)

    return call


def test_a_writer_needs_no_right_but_to_insert_and_select(postgresql, server):
    with open_ledger(postgresql, create=True, origin=ORIGIN) as ledger:
        ledger.append([entry("a")])
    server.run(
        "DROP ROLE IF EXISTS writer",
        f"CREATE ROLE writer LOGIN PASSWORD '{server.password}'",
        "GRANT USAGE ON SCHEMA assay_ledger TO writer",
        "GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA assay_ledger TO writer",
    )
    with open_ledger(postgresql.replace("owner", "writer")) as ledger:
        assert ledger.append([entry("b")]) == range(1, 2)
        assert prove(ledger, 1, KEY)
        with pytest.raises(WriteError, match="permission denied"), ledger._database.writing() as run:
            run("DELETE FROM entries")
    server.run("DROP OWNED BY writer", "DROP ROLE writer")


def test_a_reader_without_the_right_to_write_is_told(postgresql, server):
    open_ledger(postgresql, create=True, origin=ORIGIN).close()
    server.run(
        "DROP ROLE IF EXISTS reader",
        f"CREATE ROLE reader LOGIN PASSWORD '{server.password}'",
        "GRANT USAGE ON SCHEMA assay_ledger TO reader",
        "GRANT SELECT ON ALL TABLES IN SCHEMA assay_ledger TO reader",
    )
    with open_ledger(postgresql.replace("owner", "reader")) as ledger:
        assert ledger.size() == 0
        with pytest.raises(WriteError, match="permission denied"):
            ledger.append([entry("a")])
        assert ledger.size() == 0
    server.run("DROP OWNED BY reader", "DROP ROLE reader")


def test_what_the_owner_of_the_database_changes_past_the_guards_is_found(postgresql, server):
    with open_ledger(postgresql, create=True, origin=ORIGIN) as ledger:
        ledger.append([entry(number) for number in range(9)])
        kept = Kept("my copy", ledger.checkpoint(KEY))
    for statement, told in (
        ("UPDATE assay_ledger.entries SET entry = entry || '\\x20'::bytea WHERE position = 4", "entry 4"),
        ("DELETE FROM assay_ledger.entries WHERE position >= 7", "covers 9 entries, and the ledger holds 7"),
        ("DELETE FROM assay_ledger.entries WHERE position = 2", "entry 2 is missing"),
        ("TRUNCATE assay_ledger.entries", "covers 9 entries, and the ledger holds 0"),
    ):
        server.run("SET session_replication_role = replica; " + statement)
        with open_ledger(postgresql) as ledger:
            shown = check(ledger, [kept], [KEY.verifier])
        assert shown.verdict == "inconsistent"
        assert any(told in one for one in shown.problems), (statement, shown.problems)
