"""Manifest and files → Subject: what will be read is there, and is what the manifest says it is."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from assay.errors import DataError
from assay.record.artefact import Artefact, Candidate, ModelSignature, Role
from assay.record.audit import FileDigest
from assay.record.manifest import Manifest
from assay.source import Source
from assay.subject.paths import digest, inside

if TYPE_CHECKING:
    from assay.subject.manifest import LoadedManifest


@dataclass(frozen=True)
class Named:
    """A file that the manifest names."""

    role: str
    """`data.test`, `model`, `training.script`, `champion`, `docs.<id>`, `candidates.0`, `signature.model`, …"""
    loc: tuple[str | int, ...]
    """Where the manifest names it, without the last key."""
    path: str
    declared: str | None
    key: str = "path"
    """The last key."""
    signature: ModelSignature | None = None
    """What the manifest says of its signature; the files of it are named by themselves."""


@dataclass(frozen=True)
class Subject:
    """The model version under audit: its manifest and the digests of the files it names."""

    manifest: Manifest
    source: Source
    folder: Path
    files: tuple[FileDigest, ...]
    """What is there: the manifest first, then data by role, the model, other artefacts, documents."""
    trust_model: bool = False
    computed: dict[str, str | None] = field(default_factory=dict, repr=False)
    """Digest by the path as the manifest writes it; None: nothing is there."""

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical list of files: role, path and digest of each."""
        import rfc8785

        listed = [{"role": file.role, "path": file.path, "digest": file.digest} for file in self.files]
        return "sha256:" + sha256(rfc8785.dumps(listed)).hexdigest()

    def path(self, relative: str) -> Path:
        """The file of that name below the manifest's folder; ManifestError where it leaves it."""
        return inside(self.folder, relative, where=self.source.name)

    def place(self, *loc: str | int) -> str:
        """`model.yaml:12:5`: where the manifest says it."""
        return self.source.place(loc)


def named_files(manifest: Manifest) -> Iterator[Named]:
    """Everything with a path: data by role, the model, other artefacts and models, documents by id."""
    for of, dataset in sorted(manifest.data.items()):
        yield Named(f"data.{of}", ("data", of), dataset.path, dataset.digest)
    model, lineage, training, docs = manifest.model, manifest.lineage, manifest.training, manifest.docs
    artefacts: list[tuple[str, tuple[str | int, ...], Artefact | Candidate | None]] = [
        ("model", ("identity", "artefact"), manifest.identity.artefact),
        ("model.inputs_schema", ("model", "inputs_schema"), model.inputs_schema if model else None),
        ("model.outputs_schema", ("model", "outputs_schema"), model.outputs_schema if model else None),
        ("lineage.log", ("lineage", "log"), lineage.log if lineage else None),
        ("training.script", ("training", "script"), training.script if training else None),
        ("sample_request", ("docs", "sample_request"), docs.sample_request if docs else None),
        ("champion", ("champion",), manifest.champion),
        *((f"candidates.{i}", ("candidates", i), candidate) for i, candidate in enumerate(manifest.candidates or ())),
    ]
    for role, loc, artefact in artefacts:
        if artefact is not None and artefact.path is not None:
            signature = artefact.signature if isinstance(artefact, Artefact) else None
            yield Named(role, loc, artefact.path, artefact.digest, signature=signature)
            if signature is not None:
                loc = (*loc, "signature")
                yield Named(f"signature.{role}", loc, signature.path, None)
                if signature.public_key is not None:
                    yield Named(f"signature.{role}.public_key", loc, signature.public_key, None, "public_key")
    for name, section in sorted((manifest.docs.sections if manifest.docs else {}).items()):
        yield Named(f"docs.{name}", ("docs", "sections", name), section.path, section.digest)


def load_subject(
    loaded: LoadedManifest, *, roles: Collection[Role], needs_model: bool, trust_model: bool = False
) -> Subject:
    """The subject, with a digest of every file the manifest names and that is there.

    Datasets of `roles`, and the model where it is needed, must be there with their declared digest: DataError. What
    the documents and other artefacts hold is for a control to judge. A path which leaves the folder: ManifestError.
    """
    manifest, place = loaded.manifest, loaded.source.place
    wanted = {f"data.{role}" for role in roles} | ({"model"} if needs_model else set())
    computed: dict[str, str | None] = {}
    files = [FileDigest(role="manifest", path=Path(loaded.source.name).name, digest=loaded.digest)]
    for named in named_files(manifest):
        where = place((*named.loc, named.key))
        path = inside(loaded.folder, named.path, where=where)
        if named.path not in computed:
            computed[named.path] = digest(path)
        found = computed[named.path]
        if named.role in wanted:
            _require(named, found, path, loaded.source)
        if found is not None:
            files.append(FileDigest(role=named.role, path=named.path, digest=found))
    if needs_model:
        require_loadable(manifest, loaded.source, trust_model=trust_model)
    return Subject(manifest, loaded.source, loaded.folder, tuple(files), trust_model, computed)


def _require(named: Named, found: str | None, path: Path, source: Source) -> None:
    """The file is there, is a file, and has the declared digest."""
    if found is None or path.is_dir():
        what = "is a folder, not a file" if path.is_dir() else "is not there"
        raise DataError(
            f"the file {named.path!r} of {named.role} {what}",
            where=source.place((*named.loc, "path")),
            hint=_beside(path),
        )
    if named.declared is not None and named.declared != found:
        raise DataError(
            f"{named.path!r} is not the file the manifest declares: declared {named.declared}, computed {found}",
            where=source.place((*named.loc, "digest")),
            hint="Restore the file, or, if the new one is meant, write its digest into the manifest.",
        )


def require_loadable(manifest: Manifest, source: Source, *, trust_model: bool) -> Artefact:
    """The model; one that may run code when it is loaded needs a digest and the word of the user. Else DataError."""
    artefact = manifest.identity.artefact
    if artefact is None:
        hint = "Name its file under identity.artefact."
        raise DataError("the model is needed and the manifest names none", where=source.name, hint=hint)
    where = source.place(("identity", "artefact"))
    if artefact.format == "other":
        raise DataError(
            f"the model {artefact.path!r} has no format that can be loaded",
            where=where,
            hint="Store it with skops and write `format: skops`, or put its scores into the data.",
        )
    if artefact.format == "joblib":
        _require_trust(artefact, where, trust_model=trust_model)
    return artefact


def _require_trust(artefact: Artefact, where: str, *, trust_model: bool) -> None:
    if artefact.digest is None:
        raise DataError(
            f"the model {artefact.path!r} is a pickle and the manifest does not declare its digest",
            where=where,
            hint="Loading a pickle runs what is in it. Write its digest into the manifest, or store it with skops.",
        )
    if not trust_model:
        raise DataError(
            f"the model {artefact.path!r} is a pickle: loading it runs what is in it",
            where=where,
            hint="If you trust whoever made it, say --trust-model; better, store it with skops.",
        )


def _beside(path: Path) -> str:
    try:
        names = sorted(other.name for other in path.parent.iterdir())
    except OSError:
        return f"There is no folder {path.parent.name!r} either."
    near = difflib.get_close_matches(path.name, names, 1)
    return f"Did you mean {near[0]!r}?" if near else "Paths count from the manifest's folder."
