"""Policies for tests: as files, or read from memory by the loader's own steps."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import yaml

from assay.errors import PolicyError
from assay.policy.load import LoadedPolicy
from assay.policy.parameters import put_in
from assay.record.policy import Policy
from assay.source import check_model, parse_source, raise_all


def policy(id, *controls, **more):  # noqa: A002
    """A policy as a tree."""
    given = {"assay": "policy/v1", "id": id, "version": "1.0.0", "title": id}
    return given | more | ({"controls": list(controls)} if controls else {})


def control(id, **more):  # noqa: A002
    """A control with a check, or with `require` or `attest` where that is given."""
    given = {"id": id, "title": f"The control {id}"}
    if not {"require", "attest"} & more.keys() and more.get("status") != "planned":
        given |= {"check": "performance.auc", "criterion": {"at_least": 0.7, "source": "house"}}
    return given | more


def extends(pack, version="^1.0", **tighten):
    """An entry of `extends`."""
    return {"pack": pack, "version": version, **({"tighten": tighten} if tighten else {})}


def write(path: Path, tree) -> Path:
    """A policy file, with the folders above it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(tree if isinstance(tree, str) else yaml.safe_dump(tree, sort_keys=False), encoding="utf-8")
    return path


def in_memory(tree, name=None) -> LoadedPolicy:
    """A policy that was never written: for many examples."""
    data = yaml.dump(tree, Dumper=getattr(yaml, "CSafeDumper", yaml.SafeDumper), sort_keys=False).encode()
    source = parse_source(data, name or f"{tree['id']}.yaml", error=PolicyError)
    values, uses, unknown = put_in(source)
    source = replace(source, tree=values)
    read, problems = check_model(source, Policy, error=PolicyError)
    raise_all([*unknown, *problems], source)
    return LoadedPolicy(read, source, "sha256:" + sha256(data).hexdigest(), {}, Path(source.name), uses=uses)
