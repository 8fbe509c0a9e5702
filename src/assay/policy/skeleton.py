"""The first draft of a policy: a folder that loads, whose tests hold, and that says what to change."""

from __future__ import annotations

import json
import re
from pathlib import Path

from assay.errors import PolicyError
from assay.policy.load import read_policy
from assay.policy.packs import FILE, find_pack, packs
from assay.policy.schema import schema_of
from assay.record.policy import Policy
from assay.source import nearest

SCHEMA = "policy.schema.json"
_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


def skeleton(name: str, folder: Path, extends: str | None = None) -> dict[str, str]:
    """The files of a new policy by their path below `folder`, which need not be there yet.

    Raises PolicyError where the id cannot be used, and where there is no pack to extend.
    """
    if not _ID.fullmatch(name):
        raise PolicyError(
            f'"{name[:80]}" cannot be the id of a policy', hint="Lower-case letters, digits and -, e.g. card-lending."
        )
    if name in packs():
        raise PolicyError(f"there is a pack `{name}` already", hint="Give yours another id.")
    if extends == name:
        raise PolicyError("a policy cannot extend itself", hint="Name the id of another pack.")
    parent = _parent(extends, folder) if extends else None
    return {
        FILE: _policy(name, parent),
        f"tests/{name}.yaml": _TESTS,
        "README.md": _readme(name, parent),
        SCHEMA: json.dumps(schema_of("policy"), indent=1, ensure_ascii=False) + "\n",
    }


def _parent(name: str, folder: Path) -> Policy:
    """The pack, found as it will be from the new folder."""
    beside = folder.parent / name / FILE
    if name not in packs() and not (_ID.fullmatch(name) and beside.is_file()):
        near = nearest(name, [*packs(), *(path.parent.name for path in folder.parent.glob(f"*/{FILE}"))])
        raise PolicyError(f"there is no pack `{name[:80]}`", hint=near)
    return read_policy(beside if name not in packs() else find_pack(name).path).policy


def _title(name: str) -> str:
    words = name.replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def _policy(name: str, parent: Policy | None) -> str:
    extends = _NO_PARENT
    if parent is not None:
        major, minor, _ = parent.version.split(".")
        extends = _PARENT.replace("PACK", parent.id).replace("RANGE", f"^{major}.{minor}")
    head = _HEAD.replace("SCHEMA", SCHEMA).replace("ID", name).replace("TITLE", json.dumps(_title(name)))
    return head + extends + _CONTROLS


def _readme(name: str, parent: Policy | None) -> str:
    said = f"It extends `{parent.id}`: every control of it holds too.\n\n" if parent is not None else ""
    return _README.replace("SAID\n\n", said).replace("TITLE", _title(name)).replace("SCHEMA", SCHEMA)


_HEAD = """\
# yaml-language-server: $schema=SCHEMA
# A policy says what is asked of a model and when the answer is good enough. A typo is an error, never a rule left out.
#   assay policy check policy.yaml     every error with its place
#   assay policy test policy.yaml      the tests of tests/
assay: policy/v1
id: ID
version: 0.1.0
title: TITLE
# Every report says that a draft is one. Take the line out when the policy is approved.
status: draft
# Who answers for this policy. None of them may approve a waiver.
owners: []
# Which models it binds, by their manifests; without it, every model that it is used on.
# applies_to: {field: risk.tier, in: [high, critical]}
"""

_NO_PARENT = """\
# A parent brings all of its controls. This policy may be stricter than it, never milder.
# extends:
#   - {pack: baseline, version: "^1.0"}
"""

_PARENT = """\
# Every control of the parent holds too. This policy may be stricter than it, never milder.
extends:
  - pack: PACK
    version: "RANGE"
    # tighten:
    #   parameters: {NAME: {value: 0.9, source: house, note: why}}
    #   controls: {CONTROL: {enforcement: block}}
"""

_CONTROLS = """\
# Numbers with a name. A child policy may move them only in the strict direction.
parameters:
  four_fifths: {type: number, default: 0.80, minimum: 0.80, maximum: 1.0, tighten: up, description: Least ratio}
controls:
  # A fact of the manifest. An absent field is unknown, and unknown is inconclusive: it never passes.
  - id: GOV-01
    title: The validator is not the developer
    severity: high # orders the report; does nothing else
    enforcement: {development: inform, staging: warn, production: block} # what the gate does with a fail
    require: {field: owners.validator, disjoint_from: {field: owners.developer}}

  # A measurement. `assay explain fairness.impact_ratio` says what is measured and how.
  - id: FAIR-01
    title: Every group receives the favourable decision at least four fifths as often as any other
    severity: high
    cites: [{ref: us-ugesp/1607.4(D)}] # places of catalogues; one of yours may lie beside this file
    when: {field: columns.decision, is: present} # false: not applicable; unknown: inconclusive
    check: fairness.impact_ratio
    with: {groups: declared, reference: highest}
    # Who says the number: statute, regulation, guidance, convention or house. The report prints it.
    criterion: {at_least: $four_fifths, source: convention, note: by analogy outside of employment}
"""

_TESTS = """\
# What the controls have to say of subjects written down here. A control that no test expects anything of is told.
assay: policy-tests/v1
manifest:
  identity: {id: tested, name: Tested, version: "1"}
  owners: {developer: [{id: ann}], validator: [{id: bob}]}
  columns:
    decision: {column: decision, favourable: "yes"}
    groups: {sex: {column: sex}}
tests:
  # Close to the threshold on both sides, so that a threshold which somebody moves breaks a test:
  # `assay policy test policy.yaml --mutate` counts which changes of the policy no test notices.
  - name: two people, and a ratio of 0.83
    counts:
      test: # `n` people stand behind each row
        columns: [sex, decision, n]
        rows: [[f, "yes", 8300], [f, "no", 11700], [m, "yes", 10000], [m, "no", 10000]]
    expect: {GOV-01: pass, FAIR-01: pass}

  - name: the developer validates, and the ratio is 0.76
    manifest: {owners: {validator: [{id: ann}]}}
    counts:
      test:
        columns: [sex, decision, n]
        rows: [[f, "yes", 7600], [f, "no", 12400], [m, "yes", 10000], [m, "no", 10000]]
    expect: {GOV-01: fail, FAIR-01: fail}

  - name: nobody is named as validator, and too few people decide nothing
    manifest: {owners: {validator: null}}
    counts:
      test:
        columns: [sex, decision, n]
        rows: [[f, "yes", 20], [f, "no", 20], [m, "yes", 22], [m, "no", 18]]
    expect:
      GOV-01: {outcome: inconclusive, reason: evidence_missing}
      FAIR-01: {outcome: inconclusive, reason: interval_straddles}

  - name: a model that decides nothing
    manifest: {columns: {decision: null}}
    expect: {FAIR-01: not_applicable}
"""

_README = """\
# TITLE

SAID

`policy.yaml` holds the controls, `tests/` what they have to say of subjects that are written down.

    assay policy check policy.yaml
    assay policy test policy.yaml
    assay policy docs policy.yaml --out controls.md
    assay audit model.yaml --policy policy.yaml

Editors with the YAML language server complete and explain the keys by `SCHEMA`; after an update of assay,
`assay policy schema` prints it again.
"""
