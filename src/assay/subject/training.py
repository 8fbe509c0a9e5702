"""The recorded training, run again: a Python script with the declared files, behind the walls of a model's process.

The script is code of whoever wrote the manifest: it is run where the user says so, and never else. It gets copies of
`training.script`, `data.train` and `data.validation`, under the names they have beside the manifest, in a folder of its
own; it reads nothing else but Python, and has no network, no other program and nothing of the user's environment.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from assay.errors import DataError, ManifestError
from assay.record.artefact import Training
from assay.subject.data import find_data
from assay.subject.model import harmless, home
from assay.subject.origins import Unsupported
from assay.subject.paths import digest, inside
from assay.subject.process import Ended, WorkerProcess
from assay.subject.scorer import ModelFailure
from assay.subject.subject import Named, Subject, named_files

PYTHON = "python"
"""The first word of a command that can be run: the Python that runs Assay."""
GIVEN = ("training.script", "data.train", "data.validation")
"""What the training gets of what the manifest names; the last where it is declared."""
LARGEST_INPUTS = 10**9
"""Bytes that are copied for it."""
LARGEST_MODEL = 5 * 10**8
"""Bytes of the model that it makes."""


@dataclass(frozen=True)
class _Command:
    words: tuple[str, ...]
    """The script, then its arguments."""
    produces: str


@contextmanager
def train_again(subject: Subject, *, memory: int, seconds: float, without: Collection[str] = ()) -> Iterator[Path]:
    """Run the recorded command; the file that it made, which is there until the end.

    Raises Unsupported for what the manifest does not say or what cannot be given to a script; ModelFailure where the
    command fails, takes more than it may or makes no file; ManifestError for a path that leaves the folder.
    """
    command, files = _command(subject), _files(subject)
    try:
        private = [home(), subject.folder.resolve()]
        process = WorkerProcess([], private, memory=memory, seconds=seconds, without=without)
    except OSError as error:
        raise _failed(subject, f"no process for it can be started: {error.strerror or error}") from None
    try:
        place = subject.place("training", "produces")
        made = inside(process.work, command.produces, where=place)
        _copy(subject, files, process.work)
        if made.exists():
            raise Unsupported("a `training.produces` that is not among the files which the training is given")
        process.send({"job": "train", "words": list(command.words)})
        _wait(subject, process)
        yield _made(subject, process.work, command.produces)
    finally:
        process.close()


def _command(subject: Subject) -> _Command:
    """What is to be run. Unsupported where it cannot be."""
    manifest, training = subject.manifest, subject.manifest.training or Training()
    if training.command is None or training.produces is None or training.script is None:
        raise Unsupported("`training.script`, `training.command` and `training.produces`")
    if manifest.pipeline is not None or manifest.identity.artefact is None:
        raise Unsupported("one model in one file: a service, or a model that reads scores of others, is not made again")
    if manifest.identity.artefact.format == "mlflow":
        raise Unsupported("a model in one file: a folder is not made again")
    program, *words = training.command
    if program != PYTHON:
        raise Unsupported(f"a training command that begins with `{PYTHON}`: behind its walls nothing else is started")
    if not words or Path(words[0]) != Path(training.script.path):
        raise Unsupported("a training command whose second word is the path of `training.script`")
    return _Command(tuple(words), training.produces)


def _files(subject: Subject) -> dict[str, tuple[Named, Path]]:
    """Path below the manifest's folder → what it is and where its bytes are."""
    named = {each.role: each for each in named_files(subject.manifest) if each.role in GIVEN}
    for dataset in ("train", "validation"):
        if f"data.{dataset}" not in named and (dataset == "train" or dataset in subject.manifest.data):
            raise Unsupported(f"data.{dataset} as files, which a script can be given")
    model = subject.manifest.identity.artefact
    own = None if model is None else subject.computed.get(model.path)
    found: dict[str, tuple[Named, Path]] = {}
    for role, each in sorted(named.items()):
        computed = subject.computed.get(each.path)
        if computed is None:
            raise Unsupported(f"{each.path} ({role})")
        if each.declared not in (None, computed):
            raise Unsupported(f"{each.path} ({role}) as the manifest declares it: its digest is another")
        data = find_data(subject.folder, each.path) if each.loc[0] == "data" else None
        parts = {each.path: subject.path(each.path)} if data is None else {one.told: one.path for one in data.files}
        for name, path in parts.items():
            if not path.is_file():
                raise Unsupported(f"{name} ({role}) as a file")
            if digest(path) == own:
                raise Unsupported(f"a training that is not given its own result: {name} ({role}) is the model")
            found[name] = each, path
    if sum(path.stat().st_size for _, path in found.values()) > LARGEST_INPUTS:
        raise Unsupported(f"training data of at most {LARGEST_INPUTS / 1e9:g} GB, which are copied")
    return found


def _copy(subject: Subject, files: dict[str, tuple[Named, Path]], work: Path) -> None:
    """Copies below `work`, whose bytes are those that the digests in the record are of."""
    try:
        for name, (_, path) in files.items():
            target = inside(work, name)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
    except OSError as error:
        raise _failed(subject, f"its files cannot be copied: {error.strerror or error}") from None
    for each in {each.role: each for each, _ in files.values()}.values():
        data = find_data(work, each.path) if each.loc[0] == "data" else None
        if (digest(work / each.path) if data is None else data.digest()) != subject.computed[each.path]:
            raise DataError(
                f"{each.path!r} of {each.role} changed while it was read",
                where=subject.place(*each.loc, each.key),
                hint="Wait until nobody writes to it; then audit again.",
            )


def _wait(subject: Subject, process: WorkerProcess) -> None:
    """The command has run when its process has ended by itself, as any command: no word of it counts."""
    try:
        ended = process.end()
    except Ended as sooner:
        ended = sooner
    if ended.code != 0:
        raise _failed(subject, str(ended))


def _made(subject: Subject, work: Path, produces: str) -> Path:
    """The file that the command left, which nobody writes any more."""
    try:
        made = inside(work, produces)
        if not made.exists():
            raise _failed(subject, f"wrote no file {produces!r}")
        if not made.is_file():
            raise _failed(subject, f"made something else than a file of {produces!r}")
        if made.stat().st_size > LARGEST_MODEL:
            raise _failed(subject, f"wrote {produces!r} of more than {LARGEST_MODEL / 1e6:,.0f} MB")
        with made.open("rb"):
            return made
    except (OSError, ManifestError):
        raise _failed(subject, f"wrote {produces!r} so that it cannot be read") from None


def _failed(subject: Subject, what: str) -> ModelFailure:
    return ModelFailure(
        harmless(f"the training command {what}"),
        where=subject.place("training", "command"),
        hint="Does it run by itself with only its script and its data, without network and other programs?",
    )
