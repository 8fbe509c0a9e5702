"""Manifest and files → Subject: what will be read is there, and is what the manifest says it is."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, cast

from assay.errors import DataError
from assay.record.artefact import Artefact, Candidate, ModelFile, ModelSignature, Role
from assay.record.audit import FileDigest
from assay.record.manifest import Manifest
from assay.source import Loc, Source
from assay.subject.data import DataFiles, find_data
from assay.subject.paths import digest, identity, inside

if TYPE_CHECKING:
    from assay.subject.manifest import LoadedManifest

MODEL: Loc = ("identity", "artefact")
"""Where the manifest names the model's file."""


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
    folder: bool = False
    """Whether it may be a folder."""


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
    data: Mapping[Role, DataFiles] = field(default_factory=dict, repr=False)
    """The files that each dataset is read from: its own, or those of a snapshot."""
    identities: Mapping[Role, Mapping[Path, tuple[int, ...] | None]] = field(default_factory=dict, repr=False)
    """What `identity` said of the files of each dataset before their digests were taken."""
    kept: object = field(default=None, repr=False, compare=False)
    """What must not go away before it: the folder of the snapshots."""

    @property
    def digest(self) -> str:
        """SHA-256 over the canonical list of files: role, path and digest of each."""
        import rfc8785

        listed = [{"role": file.role, "path": file.path, "digest": file.digest} for file in self.files]
        return "sha256:" + sha256(rfc8785.dumps(listed)).hexdigest()

    def path(self, relative: str) -> Path:
        """The file of that name below the manifest's folder; ManifestError where it leaves it."""
        return inside(self.folder, relative, where=self.source.name)

    def require_unchanged(self, roles: Collection[Role]) -> None:
        """DataError where a file of these datasets is no longer the one whose digest was taken."""
        for role in sorted(roles):
            for path, seen in self.identities.get(role, {}).items():
                if identity(path) != seen:
                    raise DataError(
                        f"the data changed while they were measured: {path.name!r} of data.{role} is another file now",
                        where=self.place("data", role, "path"),
                        hint="Wait until nobody writes to it, or name a copy; then audit again.",
                    )

    def place(self, *loc: str | int) -> str:
        """`model.yaml:12:5`: where the manifest says it."""
        return self.source.place(loc)


def named_files(manifest: Manifest) -> Iterator[Named]:
    """Everything with a path: data by role, the model, other artefacts and models, documents by id."""
    for of, dataset in sorted(manifest.data.items()):
        if dataset.path is not None:
            yield Named(f"data.{of}", ("data", of), dataset.path, dataset.digest)
    model, lineage, training, docs = manifest.model, manifest.lineage, manifest.training, manifest.docs
    artefacts: list[tuple[str, tuple[str | int, ...], Artefact | Candidate | None]] = [
        ("model", MODEL, manifest.identity.artefact),
        *((f"pipeline.stages.{at[2]}", at, model_file(manifest, at)) for at in _stages(manifest)),
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
            folder = artefact.format == "mlflow"
            yield Named(role, loc, artefact.path, artefact.digest, signature=signature, folder=folder)
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
    wanted = {f"data.{role}" for role in roles}
    if needs_model:
        wanted |= {"model", *(f"pipeline.stages.{at[2]}" for at in _stages(manifest))}
    computed: dict[str, str | None] = {}
    data: dict[Role, DataFiles] = {}
    seen: dict[Path, tuple[int, ...] | None] = {}
    files = [FileDigest(role="manifest", path=Path(loaded.source.name).name, digest=loaded.digest)]
    for named in named_files(manifest):
        where = place((*named.loc, named.key))
        path = inside(loaded.folder, named.path, where=where)
        read = _data(named, loaded.folder, where, wanted=named.role in wanted)
        if read is not None:
            data[cast(Role, named.loc[1])] = read
            seen |= {file.path: identity(file.path) for file in read.files if file.path not in seen}
        if named.path not in computed:
            computed[named.path] = read.digest() if read is not None else digest(path)
        found = computed[named.path]
        if named.role in wanted:
            _require(named, found, path, loaded.source)
        if found is not None:
            files.append(FileDigest(role=named.role, path=named.path, digest=found))
    if needs_model:
        for at in (*_stages(manifest), *(() if manifest.identity.endpoint else (MODEL,))):
            require_loadable(manifest, loaded.source, trust_model=trust_model, at=at)
    identities = {role: {file.path: seen[file.path] for file in read.files} for role, read in data.items()}
    return Subject(manifest, loaded.source, loaded.folder, tuple(files), trust_model, computed, data, identities)


def _data(named: Named, folder: Path, where: str, *, wanted: bool) -> DataFiles | None:
    """The files of a dataset. What nobody wants to read may be anything: a folder like any other."""
    if named.loc[0] != "data":
        return None
    try:
        return find_data(folder, named.path, where=where)
    except DataError:
        if wanted:
            raise
        return None


def _require(named: Named, found: str | None, path: Path, source: Source) -> None:
    """The file is there, is a file or a folder of data, and has the declared digest."""
    is_data = named.loc[0] == "data"
    if found is None or (path.is_dir() and not (is_data or named.folder)):
        what = "is not there"
        if path.is_dir():
            what = "is a folder without Parquet files" if is_data else "is a folder, not a file"
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


def model_file(manifest: Manifest, at: Loc) -> ModelFile | None:
    """The model's file that stands there in the manifest."""
    if at[0] == "pipeline" and manifest.pipeline is not None:
        return manifest.pipeline.stages[int(at[2])].artefact
    return manifest.identity.artefact


def _stages(manifest: Manifest) -> tuple[Loc, ...]:
    """Where the files of models stand whose scores the model reads."""
    stages = manifest.pipeline.stages if manifest.pipeline else ()
    return tuple(("pipeline", "stages", i, "artefact") for i, stage in enumerate(stages) if stage.artefact is not None)


def require_loadable(manifest: Manifest, source: Source, *, trust_model: bool, at: Loc = MODEL) -> ModelFile:
    """The model; one that may run code when it is loaded needs a digest and the word of the user. Else DataError."""
    artefact = model_file(manifest, at)
    if artefact is None:
        hint = "Name its file under identity.artefact."
        raise DataError("the model is needed and the manifest names none", where=source.name, hint=hint)
    where = source.place(at)
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
