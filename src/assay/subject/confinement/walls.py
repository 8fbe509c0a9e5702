"""All walls at once, from inside: called by the worker before anything of the model is read."""

from __future__ import annotations

import signal
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from assay.subject.confinement import hooks, landlock, namespaces, seccomp
from assay.subject.confinement.limits import limit
from assay.subject.confinement.places import NOTHING, installation
from assay.subject.confinement.system import PR_SET_NO_NEW_PRIVS, PR_SET_PDEATHSIG, prctl

IN_PYTHON = "by Python only (audit hook), not kept against code that tries"


@dataclass(frozen=True)
class Allowed:
    """What the process may have."""

    files: Sequence[Path]
    """Of the model, to read."""
    given: Path
    """Folder with what the parent writes for it."""
    work: Path
    """The one folder it may write."""
    private: Sequence[Path]
    """Folders that are not opened even where Python imports from them: the home, and that of the manifest."""
    memory: int
    """Bytes."""


def confine(allowed: Allowed, *, without: Collection[str] = ()) -> dict[str, str]:
    """Put this process behind walls, for good, and tell what holds: the fields of record.audit.Confinement.

    It must have no other threads.

    `without` leaves out `namespaces`, `landlock` or `seccomp`, as on a system that does not have them.
    """
    reading = [*installation(allowed.private), *allowed.files, allowed.given]
    writing = [allowed.work, NOTHING]
    network = "namespaces" not in without and namespaces.leave_network()
    namespaces.drop_capabilities(keep_reading="landlock" not in without and landlock.version() > 0)
    privileged = not _no_new_privileges()
    held = limit(allowed.memory, processes="seccomp" in without or privileged)
    version = 0 if "landlock" in without or privileged else landlock.restrict(reading, writing)
    calls = not ("seccomp" in without or privileged) and seccomp.refuse_calls()
    hooks.refuse(network=not calls, processes=not calls, files=None if version else (reading, writing))
    return {
        "network": _network(namespace=network, calls=calls),
        "files": "only Python and the model can be read, only its own folder written: "
        + (f"kept by Landlock {version}" if version else f"refused {IN_PYTHON}"),
        "processes": "none can be started or signalled: "
        + ("kept by seccomp" if calls else f"refused {IN_PYTHON}; their number is limited"),
        "memory": f"at most {allowed.memory / 1e6:,.0f} MB" if held else "not limited by this system",
    }


def _no_new_privileges() -> bool:
    """No program that it might start gets more rights than it has; and it ends with its parent."""
    try:
        prctl(PR_SET_NO_NEW_PRIVS, 1)
        prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    except OSError:
        return False
    return True


def _network(*, namespace: bool, calls: bool) -> str:
    """A namespace does not know sockets that stand in the file system: they are refused beside it."""
    sockets = "sockets refused " + ("by seccomp" if calls else IN_PYTHON)
    return f"none: a network namespace of its own, {sockets}" if namespace else f"none: {sockets}"
