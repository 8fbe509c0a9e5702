"""Subjects on disk for tests of subject/ and engines/: a manifest, data files, a model; read by the real loader."""

from pathlib import Path

import yaml

from assay.engines.measure import measure
from assay.subject.manifest import load_manifest
from assay.subject.paths import digest
from assay.subject.subject import Subject, load_subject


def write_manifest(folder: Path, **blocks) -> Path:
    tree = {"assay": "manifest/v1", "identity": {"id": "m", "name": "M", "version": "1"}, **blocks}
    path = folder / "model.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False))
    return path


def subject(folder: Path, *, roles=(), needs_model=False, trust_model=False, **blocks) -> Subject:
    loaded = load_manifest(write_manifest(folder, **blocks))
    return load_subject(loaded, roles=roles, needs_model=needs_model, trust_model=trust_model)


def with_data(folder: Path, columns=None, *, kind="parquet", needs_model=False, blocks=None, **frames) -> Subject:
    """A subject whose datasets are these pandas frames, by role."""
    data = {}
    for role, frame in frames.items():
        name = f"{role}.{kind}"
        write_frame(frame, folder / name)
        data[role] = {"path": name}
    blocks = dict(blocks or {}, data=data)
    if columns is not None:
        blocks["columns"] = columns
    return subject(folder, roles=tuple(frames), needs_model=needs_model, **blocks)


def write_frame(frame, path: Path) -> None:
    """Parquet through DuckDB, so that the tests need no other writer; CSV through pandas."""
    if path.suffix == ".parquet":
        import duckdb

        connection = duckdb.connect()
        texts = [name for name, dtype in frame.dtypes.items() if str(dtype) in ("str", "string")]
        connection.register("frame", frame.astype(dict.fromkeys(texts, object)))
        connection.execute(f"COPY (SELECT * FROM frame) TO '{path}' (FORMAT parquet)").fetchall()
        connection.close()
    else:
        frame.to_csv(path, index=False)


def value(of: Subject, request, seed=1):
    return measure([request], of, seed=seed, progress=lambda *told: None)[request]


def with_model(folder: Path, model, *, file_format="skops", declared=True) -> dict:
    """The `identity` block of a model written beside the manifest."""
    if file_format == "skops":
        import skops.io

        skops.io.dump(model, folder / "model.skops")
    else:
        import joblib

        joblib.dump(model, folder / "model.joblib")
    artefact = {"path": f"model.{file_format}", "format": file_format}
    if declared:
        artefact["digest"] = digest(folder / artefact["path"])
    return {"id": "m", "name": "M", "version": "1", "artefact": artefact}
