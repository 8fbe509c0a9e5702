"""A ledger as plain files, from which anybody can make its root again."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from tempfile import mkdtemp

from assay.attest.ledger.notes import LedgerKey
from assay.attest.ledger.store import Ledger
from assay.errors import AssayError, WriteError

ENTRIES, CHECKPOINT, INSTRUCTIONS = "entries.jsonl", "checkpoint.txt", "VERIFY.txt"

_INSTRUCTIONS = """\
A LEDGER AS PLAIN FILES

entries.jsonl    every entry in its order, one a line: canonical JSON (RFC 8785), each line ends with one line feed,
                 which is not part of the entry
checkpoint.txt   a signed note (c2sp.org/signed-note, c2sp.org/tlog-checkpoint): name of the ledger, number of entries,
                 root of their Merkle tree (RFC 6962) in base64, a blank line, Ed25519 signatures. It covers as many
                 entries as it says, from the first on

This program makes the root again, with Python alone; compare it with an older checkpoint that you have kept, too:

    import base64, hashlib

    def sha256(data):
        return hashlib.sha256(data).digest()

    lines = open("entries.jsonl", "rb").read().split(b"\\n")[:-1]
    origin, size, root = open("checkpoint.txt", encoding="utf-8").read().split("\\n")[:3]
    peaks = []  # (number of leaves, hash) of complete subtrees
    for line in lines[:int(size)]:
        peaks.append((1, sha256(b"\\x00" + line)))
        while len(peaks) > 1 and peaks[-1][0] == peaks[-2][0]:
            (n, right), (_, left) = peaks.pop(), peaks.pop()
            peaks.append((2 * n, sha256(b"\\x01" + left + right)))
    top = peaks.pop()[1] if peaks else sha256(b"")
    while peaks:
        top = sha256(b"\\x01" + peaks.pop()[1] + top)
    same = len(lines) >= int(size) and base64.b64encode(top).decode() == root
    print(origin, size, "the root is the same" if same else "THE ROOT IS ANOTHER ONE")
"""


def export(ledger: Ledger, folder: Path, key: LedgerKey | None) -> tuple[int, int]:
    """Write a ledger into a new folder, under a checkpoint signed now or, without a key, under its last one.

    Gives how many entries were written and how many of them the checkpoint covers. Raises AssayError where the folder
    is there already or the ledger has no checkpoint, WriteError where it cannot be written.
    """
    where = str(folder)[:200]
    note = ledger.checkpoint(key) if key is not None else ledger.last_checkpoint()
    if note is None:
        raise AssayError("the ledger has no checkpoint yet", where=ledger.address, hint="Name its key with --key.")
    try:
        if os.path.lexists(folder):
            raise AssayError("is there already, and nothing is overwritten", where=where, hint="Give another --out.")
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
        try:
            written = _entries(ledger, partial / ENTRIES)
            (partial / CHECKPOINT).write_bytes(note)
            (partial / INSTRUCTIONS).write_text(_INSTRUCTIONS, encoding="utf-8")
            partial.chmod(0o755)
            partial.rename(folder)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except (OSError, ValueError) as error:
        told = getattr(error, "strerror", None) or "the path is not valid"
        raise WriteError(f"cannot be written: {told.lower()}", where=where) from None
    return written, int(note.split(b"\n")[1])


def _entries(ledger: Ledger, path: Path) -> int:
    count = 0
    with path.open("xb") as file:
        for row in ledger.rows():
            if row.position != count or not isinstance(row.entry, bytes) or b"\n" in row.entry:
                raise AssayError(
                    f"entry {count} is missing or is no entry", where=ledger.address, hint="Run `assay ledger check`."
                )
            file.write(row.entry + b"\n")
            count += 1
    return count
