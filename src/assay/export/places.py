"""Where a finding is shown in a repository: the control in its policy file, else the manifest that it judges."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from assay.export.recorded import Recorded
from assay.record.finding import Finding

_READ = re.compile(r"\(([^()\n]{1,200}):([0-9]{1,7}):[0-9]{1,7}\)")
"""What a condition says of a field that it read: `it is high (model.yaml:12:9)`."""
_MANIFEST = "model.yaml"


@dataclass(frozen=True)
class Place:
    """A line of a file. There is always one: a platform that is told none refuses all results of an upload."""

    path: str
    """From the root of the repository, with `/`."""
    line: int


def place(recorded: Recorded, finding: Finding) -> Place:
    """The line of the control; of the manifest where the policy is a pack, or nobody said where its file lies."""
    policy = recorded.policy_paths.get(finding.policy)
    line = finding.place.rpartition(":")[2]
    if policy is not None and line.isdecimal():
        return Place(policy, max(1, int(line)))
    read = read_places(recorded, finding)
    return read[0] if read else Place(manifest_path(recorded), 1)


def read_places(recorded: Recorded, finding: Finding) -> tuple[Place, ...]:
    """The lines of the manifest that its conditions read, in their order."""
    path = manifest_path(recorded)
    names = {PurePosixPath(path).name, _manifest_name(recorded)}
    said = [reading.sentence for reading in (finding.applicability, finding.requirement) if reading is not None]
    lines = [int(line) for text in said for name, line in _READ.findall(text) if name in names]
    return tuple(Place(path, line) for line in dict.fromkeys(lines) if line)


def manifest_path(recorded: Recorded) -> str:
    """The manifest as a path from the root of the repository; its name alone where nobody said where it lies."""
    return recorded.manifest_path or _manifest_name(recorded)


def _manifest_name(recorded: Recorded) -> str:
    files = recorded.audit.subject.files
    named = next((file.path for file in files if file.role == "manifest"), _MANIFEST)
    return PurePosixPath(named.replace("\\", "/")).name or _MANIFEST
