"""The manifest-free form: a data file and what its columns mean, given in short, become a manifest.

    --label COLUMN=FAVOURABLE       what happened: `repaid=yes`
    --decision COLUMN=FAVOURABLE    what was decided: `decision=approve`
    --score COLUMN[=LEVEL]          the probability of that level of the label; of the favourable one where none is said
    --groups NAME[:EDGE,…],…        `sex,age:25,35,45,60`: a number continues the edges of the group before it

Values are read as they would be in YAML: `1` is a number, `yes` a text.
"""

from __future__ import annotations

import json
import math
import re
from pathlib import Path
from typing import Any

from assay.errors import AssayError, DataError, ManifestError, Problems
from assay.record.manifest import Manifest
from assay.source import nearest, parse_source
from assay.source.compose import scalar
from assay.subject.manifest import LoadedManifest, read_manifest

VERSION = "unversioned"


def load_data(
    data: Path, *, label: str | None, decision: str | None, score: str | None, groups: str | None
) -> LoadedManifest:
    """The manifest that the short form stands for; `source.data` are the bytes to save beside the data file.

    Raises DataError where there is no such file, ManifestError where an option cannot be read.
    """
    _require_file(data)
    if data.suffix.lower() in _MODELS:
        what, hint = "this is a model, not a table of people", f"Describe it: assay init --model {data} --data FILE"
        raise DataError(what, where=str(data), hint=f"{hint}, then audit the model.yaml that it writes.")
    tree = _tree(data, label, decision, score, groups)
    try:
        source = parse_source(manifest_text(tree, _MADE).encode(), "model.yaml", error=ManifestError)
        return read_manifest(source, data.parent)
    except (AssayError, UnicodeEncodeError) as error:
        first = error.problems[0] if isinstance(error, Problems) else error
        what = first.what if isinstance(first, AssayError) else "a name is not valid text"
        raise ManifestError(f"the options make no manifest: {what}", where=str(data), hint=_WRITE_ONE) from None


def manifest_from_data(
    data: Path, *, label: str | None, decision: str | None, score: str | None, groups: str | None
) -> tuple[Manifest, bytes]:
    """The manifest and the YAML that `--save-manifest` writes; it loads again to the same manifest."""
    loaded = load_data(data, label=label, decision=decision, score=score, groups=groups)
    return loaded.manifest, loaded.source.data


_READABLE = (".csv", ".csv.gz", ".parquet", ".arrow", ".feather", ".yaml", ".yml")
_GIVE = "Give a CSV, Parquet or Arrow file, or a manifest such as model.yaml."
_MODELS = (".skops", ".joblib", ".pkl", ".pickle", ".onnx", ".ubj")
_WRITE_ONE = "Write a manifest (model.yaml), where columns can have any name."


def _require_file(data: Path) -> None:
    try:
        if data.is_file():
            return
        folder = data.is_dir()
        names = [other.name for other in data.parent.iterdir() if other.is_file()] if data.parent.is_dir() else []
    except (OSError, ValueError):
        raise DataError("cannot be read", where=str(data)[:200], hint="Check its name and permissions.") from None
    if folder:
        raise DataError("this is a folder, not a data file", where=str(data), hint=_GIVE)
    readable = [name for name in names if name.lower().endswith(_READABLE)]
    raise DataError("there is no such data file", where=str(data), hint=nearest(data.name, readable) or _GIVE)


def _tree(data: Path, label: str | None, decision: str | None, score: str | None, groups: str | None) -> dict[str, Any]:
    if label is None and decision is None:
        raise ManifestError(
            "a data file needs --label, --decision or both",
            where=str(data),
            hint="Say which value is favourable, e.g. --label repaid=yes --decision decision=approve.",
        )
    return {
        "assay": "manifest/v1",
        "identity": {"id": id_of(data.name), "name": data.name, "version": VERSION},
        "data": {"test": {"path": data.name}},
        "columns": columns_of(label=label, decision=decision, score=score, groups=groups),
    }


def columns_of(*, label: str | None, decision: str | None, score: str | None, groups: str | None) -> dict[str, Any]:
    """The block `columns` that the options stand for. Raises ManifestError where one cannot be read."""
    columns: dict[str, Any] = {}
    if label is not None:
        columns["label"] = _favourable("--label", label, "repaid=yes")
    if decision is not None:
        columns["decision"] = _favourable("--decision", decision, "decision=approve")
    if score is not None:
        columns["score"] = _score(score, columns.get("label"))
    if groups is not None:
        columns["groups"] = _groups(groups)
    return columns


def id_of(name: str, otherwise: str = "data") -> str:
    """The name of a file or folder as an identifier: at most 80 letters, digits, `.`, `_` and `-`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name.split(".")[0]).strip("-._")[:80] or otherwise


def _favourable(option: str, text: str, example: str) -> dict[str, Any]:
    column, equals, value = text.partition("=")
    column = column.strip()
    if not column or not equals or not value.strip():
        what = "says no column" if not column else "does not say which value is favourable"
        raise ManifestError(f'{option} "{text}" {what}', hint=f"Write {option} COLUMN=FAVOURABLE, e.g. {example}.")
    return {"column": column, "favourable": _value(option, value)}


def _value(option: str, text: str) -> Any:
    value = scalar(text.strip())
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        raise ManifestError(f'{option}: "{text.strip()}" is no value', hint="Give a text, a number, true or false.")
    return value


def _score(text: str, label: dict[str, Any] | None) -> dict[str, Any]:
    column, equals, level = text.partition("=")
    column = column.strip()
    if not column or (equals and not level.strip()):
        raise ManifestError(f'--score "{text}" says no column or level', hint="Write --score COLUMN, e.g. --score pd.")
    if label is None:
        raise ManifestError(
            "--score needs --label: it is the probability of a level of the label", hint="E.g. --label repaid=yes."
        )
    return {"column": column, "kind": "probability", "of": _value("--score", level) if equals else label["favourable"]}


_NUMBER = re.compile(r"[-+]?[0-9]+(\.[0-9]+)?")
_GROUPS = "Write --groups NAME or NAME:EDGE,EDGE, e.g. --groups sex,age:25,35,45,60."


def _groups(text: str) -> dict[str, Any]:
    groups: dict[str, Any] = {}
    edges: list[int | float] | None = None
    for token in (part.strip() for part in text.split(",")):
        if edges is not None and _NUMBER.fullmatch(token):
            edges.append(_edge(token, text))
            continue
        name, colon, edge = token.partition(":")
        name, edge = name.strip(), edge.strip()
        _require_name(name, token, text, groups)
        edges = [_edge(edge, text)] if colon else None
        groups[name] = {"column": name} if edges is None else {"column": name, "edges": edges}
    for name, group in groups.items():
        given = group.get("edges", [])
        if given != sorted(set(given)):
            raise ManifestError(f'--groups "{text}": the edges of {name} do not rise', hint=_GROUPS)
    return groups


def _require_name(name: str, token: str, text: str, groups: dict[str, Any]) -> None:
    if not name:
        raise ManifestError(f'--groups "{text}" has an empty name', hint=_GROUPS)
    if _NUMBER.fullmatch(token):
        what = f'--groups "{text}": {token} is a number, and no group before it has edges'
        raise ManifestError(what, hint="The first edge follows a colon, e.g. age:25,35.")
    if "*" in name:
        what = f'--groups "{text}": {name} is an intersection'
        raise ManifestError(what, hint="Name the attributes; a policy names intersections.")
    if name in groups:
        raise ManifestError(f'--groups "{text}" names {name} twice', hint=_GROUPS)


def _edge(token: str, text: str) -> int | float:
    if not _NUMBER.fullmatch(token):
        raise ManifestError(f'--groups "{text}": the edge "{token}" is no number', hint=_GROUPS)
    value = scalar(token)
    if isinstance(value, str) or value is None or not math.isfinite(value):
        raise ManifestError(f'--groups "{text}": the edge "{token}" cannot be used', hint="Write it as 25 or 0.5.")
    return value


_MADE = "Made from the options of the command line; complete it and audit it instead of the data file."


def manifest_text(tree: dict[str, Any], comment: str) -> str:
    """YAML whose every value is written as JSON, so that nothing is read as something else."""
    lines = [f"# {comment}"]
    for key, value in tree.items():
        if not isinstance(value, dict):
            lines.append(f"{key}: {json.dumps(value)}")
            continue
        lines.append(f"{key}:")
        lines += [f"  {inner}: {_flow(member)}" for inner, member in value.items() if inner != "groups"]
        groups = value.get("groups", {})
        lines += ["  groups:"] if groups else []
        lines += [f"    {json.dumps(name, ensure_ascii=False)}: {_flow(group)}" for name, group in groups.items()]
    return "\n".join(lines) + "\n"


def _flow(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(member)}" for key, member in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)
