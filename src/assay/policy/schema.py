"""The JSON Schemas of the files that people write, for editors. What a schema cannot know, the loader says.

They are made from the models which read the files, so that neither can say what the other does not.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from assay.checks.registry import Check, find, names
from assay.errors import PolicyError
from assay.record.attestation import Attestations, SignOffs
from assay.record.catalogue import Catalogue
from assay.record.described import descriptions, models_of
from assay.record.lock import Lock
from assay.record.manifest import Manifest
from assay.record.policy import Policy
from assay.record.policy_tests import PolicyTests, Survivors
from assay.record.trust import Trust
from assay.record.waiver import Waivers
from assay.source import nearest

Json = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_COMPARISONS = ("at_least", "at_most", "above", "below", "between", "equals", "margin", "significance", "reported")
NAME: Json = {"type": "string", "pattern": r"^\$[A-Za-z_][A-Za-z0-9_]*$", "description": "The parameter of that name."}
"""`$name` stands for a number wherever one may stand in `criterion` and `with`."""

_KINDS: dict[str, tuple[type[BaseModel], str]] = {
    "policy": (Policy, "Assay policy"),
    "manifest": (Manifest, "Assay manifest"),
    "waivers": (Waivers, "Assay waivers"),
    "attestations": (Attestations, "Assay attestations"),
    "sign-offs": (SignOffs, "Assay sign-offs"),
    "catalogue": (Catalogue, "Assay catalogue"),
    "policy-tests": (PolicyTests, "Assay policy tests"),
    "survivors": (Survivors, "Assay survivors of mutation"),
    "lock": (Lock, "Assay lock"),
    "trust": (Trust, "Assay trust"),
}


def schema_of(kind: str) -> Json:
    """The JSON Schema, draft 2020-12, of one kind of file: `assay:` of the file, without its version."""
    if kind not in _KINDS:
        raise PolicyError(f"there is no schema of `{kind[:60]}`", hint=nearest(kind, _KINDS))
    model, title = _KINDS[kind]
    checks = [find(name) for name in names()] if model is Policy else []
    models = [model, *(check.parameters for check in checks)]
    references, document = models_json_schema([(one, "validation") for one in models])
    definitions: Json = document["$defs"]
    places = {one: definition["$ref"].rpartition("/")[2] for (one, _), definition in references.items()}
    known = models_of(model) | {places[check.parameters]: check.parameters for check in checks}
    for name, definition in definitions.items():
        _describe(definition, known[name])
    if checks:
        for check in checks:
            definitions[check.id] = definitions[places[check.parameters]]
        for name in {places[check.parameters] for check in checks}:
            del definitions[name]
        _complete(definitions, checks)
    if "Test" in definitions:
        _one_operator(definitions["Test"])
    whole = {"$schema": DIALECT, **definitions.pop(places[model]), "$defs": dict(sorted(definitions.items()))}
    plain: Json = _without_titles(whole)
    return {**plain, "title": title}


def _describe(definition: Json, model: type[BaseModel]) -> None:
    """The docstrings below the fields, as descriptions of the keys."""
    told = descriptions(model)
    for name, info in model.model_fields.items():
        if name in told:
            definition["properties"][info.alias or name]["description"] = told[name]


def _complete(definitions: Json, checks: list[Check]) -> None:
    """What the models say in code: one comparison, one question, the parameters of each check."""
    for name in ("Comparison", "Criterion"):
        properties = definitions[name]["properties"]
        comparisons = [key for key in _COMPARISONS if key in properties]
        for key in comparisons:
            properties[key] = _without_null(properties[key])
        definitions[name]["oneOf"] = [_compares_by(key) for key in comparisons]
    for name in ("Criterion", *(check.id for check in checks)):
        _names_for_numbers(definitions[name])

    control = definitions["Control"]
    summaries = [{"const": check.id, "description": check.docstring.partition("\n\n")[0]} for check in checks]
    properties = control["properties"]
    properties["check"] = {**properties["check"], "anyOf": [*summaries, {"type": "null"}]}
    for branch in properties["criterion"]["anyOf"]:
        if branch.get("type") == "array":
            branch["minItems"] = 1
    control["allOf"] = [
        *(_with_of(check.id, definitions[check.id]) for check in checks),
        {
            "if": {"properties": {"status": {"const": "planned"}}, "required": ["status"]},
            "then": _says((), silent=("require", "check", "attest", "criterion", "with")),
            "else": {
                "oneOf": [
                    _says(("require",), silent=("check", "attest", "criterion", "with")),
                    _says(("check", "criterion"), silent=("require", "attest")),
                    _says(("attest",), silent=("require", "check", "criterion", "with")),
                ]
            },
        },
    ]


def _compares_by(key: str) -> Json:
    """The one comparison; a significance may stand beside a margin."""
    required: Json = {"required": [key]}
    return required | {"not": {"required": ["margin"]}} if key == "significance" else required


def _with_of(name: str, parameters: Json) -> Json:
    """Under a control with that check, `with` holds its parameters."""
    then: Json = {"properties": {"with": {"$ref": f"#/$defs/{name}"}}}
    if parameters.get("required"):
        then["required"] = ["with"]
    return {"if": {"properties": {"check": {"const": name}}, "required": ["check"]}, "then": then}


def _says(keys: tuple[str, ...], *, silent: tuple[str, ...]) -> Json:
    """The keys are there, and of the silent ones none says anything."""
    nothing = {"anyOf": [{"type": "null"}, {"const": {}}]}
    given = {key: {"not": {"type": "null"}} for key in keys}
    return {"required": list(keys), "properties": {**given, **dict.fromkeys(silent, nothing)}}


def _one_operator(test: Json) -> None:
    """A field and one operator, which has a value."""
    test["properties"] = {key: _without_null(value) for key, value in test["properties"].items()}
    test["minProperties"] = test["maxProperties"] = 2


def _without_null(value: Json) -> Json:
    branches = [branch for branch in value.get("anyOf", ()) if branch != {"type": "null"}]
    said = {key: member for key, member in value.items() if key not in ("anyOf", "default")}
    return {**(branches[0] if len(branches) == 1 else {"anyOf": branches} if branches else {}), **said}


def _names_for_numbers(model: Json) -> None:
    model["properties"] = {key: _or_name(value) for key, value in model.get("properties", {}).items()}


def _or_name(value: Json) -> Json:
    """The same, with `$name` where a number may stand."""
    if value.get("type") in ("number", "integer"):
        said: Json = {key: value[key] for key in ("description", "default", "examples") if key in value}
        return {"anyOf": [{key: member for key, member in value.items() if key not in said}, NAME], **said}
    changed = dict(value)
    for key in ("anyOf", "prefixItems"):
        if key in value:
            changed[key] = [_or_name(branch) for branch in value[key]]
    if isinstance(value.get("items"), dict):
        changed["items"] = _or_name(value["items"])
    return changed


def _without_titles(value: Any) -> Any:
    """Titles that only repeat the key are noise in an editor."""
    if isinstance(value, list):
        return [_without_titles(member) for member in value]
    if not isinstance(value, dict):
        return value
    return {key: _without_titles(member) for key, member in value.items() if key != "title" or isinstance(member, dict)}
