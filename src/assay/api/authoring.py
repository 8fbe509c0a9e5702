"""Writing policies: schemas for editors, a first draft, control lists, what covers what."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from assay.api.bundles import record_of
from assay.api.writing import write_over
from assay.errors import AssayError, WriteError

if TYPE_CHECKING:
    from assay.record.coverage import Coverage

LARGEST_LIST = 16 << 20


def schema_of(kind: str = "policy") -> dict[str, Any]:
    """The JSON Schema of one kind of file: `assay: KIND/v1` is its first line.

    Raises PolicyError for another kind.
    """
    from assay.policy.schema import schema_of as schema

    return schema(kind)


def new_policy(name: str, *, out: str | Path = ".", extends: str | None = None) -> Path:
    """Write the folder of a new policy, whole or not at all; its path.

    Raises PolicyError for an id or parent that cannot be used, AssayError where the folder is there already.
    """
    from shutil import rmtree

    from assay.policy.skeleton import skeleton

    target = Path(out) / name
    files = skeleton(name, target, extends)
    if not _present(Path(out), folder=True):
        raise AssayError("there is no such folder", where=str(out)[:200], hint="Make it first, or give another --out.")
    try:
        if target.exists() or target.is_symlink():
            raise AssayError("it is there already, and nothing was written", where=str(target), hint="Give another id.")
        made = Path(mkdtemp(prefix=f".{name}-", dir=out))
        try:
            inside = made / name
            for path, text in files.items():
                (inside / path).parent.mkdir(parents=True, exist_ok=True)
                (inside / path).write_text(text, encoding="utf-8", newline="\n")
            inside.rename(target)
        finally:
            rmtree(made, ignore_errors=True)
    except (OSError, ValueError) as error:
        raise _unwritten(target, error) from None
    return target


def policy_docs(names_or_paths: Sequence[str | Path]) -> str:
    """The control list, in Markdown, of policies and all that they extend: a child before its parents."""
    from assay.policy.control_list import control_list
    from assay.policy.load import load_policies

    waiting, listed = list(load_policies(names_or_paths)), []
    while waiting:
        extended = {extension.pack for policy in waiting for extension in policy.policy.extends}
        listed += [policy for policy in waiting if policy.policy.id not in extended]
        waiting = [policy for policy in waiting if policy.policy.id in extended]
    return control_list(listed)


def write_policy_docs(names_or_paths: Sequence[str | Path], out: str | Path) -> None:
    """Write the control list. Raises AssayError where another file would be written over."""
    from assay.policy.control_list import MARK

    target, text = Path(out), policy_docs(names_or_paths)
    if _present(target) and not _text_of(target, LARGEST_LIST).startswith(MARK):
        hint = "Its first line would say so. Give another name."
        raise AssayError("the file is there and is no control list", where=str(target), hint=hint)
    if target.is_dir():
        raise AssayError("this is a folder, not a file", where=str(target)[:200])
    write_over(target, text)


def policy_docs_are_current(names_or_paths: Sequence[str | Path], file: str | Path) -> bool:
    """Whether the file is the control list of the policies. Raises AssayError where there is no such file."""
    path = Path(file)
    if not _present(path):
        raise AssayError("there is no such file", where=str(path), hint="`assay policy docs … --out FILE` writes it.")
    return _text_of(path, LARGEST_LIST) == policy_docs(names_or_paths)


def policy_matrix(
    names_or_paths: Sequence[str | Path], *, audit: str | Path | None = None, manifest: str | Path | None = None
) -> Coverage:
    """Which place of a law is asked for by which control, with which outcome, and what nothing asks for.

    `audit` is a bundle, intact or not signed at all; its manifest is looked at where no other is given.
    """
    from assay.api.subjects import load_manifest
    from assay.policy.load import load_policies
    from assay.run.matrix import matrix

    policies = load_policies(names_or_paths)
    record, found = record_of(audit) if audit is not None else (None, None)
    given = load_manifest(manifest).manifest if manifest is not None else None
    return matrix(policies, record, given, signed=found is None or found.intact)


def _present(path: Path, *, folder: bool = False) -> bool:
    try:
        return path.is_dir() if folder else path.is_file()
    except (OSError, ValueError):
        raise AssayError("the path is not valid", where=str(path)[:200]) from None


def _text_of(path: Path, most: int) -> str:
    try:
        with path.open("rb") as file:
            return file.read(most).decode("utf-8", "replace")
    except OSError as error:
        raise AssayError(f"cannot be read: {(error.strerror or '').lower()}", where=str(path)) from None


def _unwritten(target: Path, error: OSError | ValueError) -> WriteError:
    told = os.strerror(error.errno).lower() if isinstance(error, OSError) and error.errno else "the path is not valid"
    return WriteError(f"cannot be written: {told}", where=str(target)[:200])
