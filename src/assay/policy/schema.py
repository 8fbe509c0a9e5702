"""The JSON Schema of policy files, for editors."""

from __future__ import annotations

from typing import Any

from assay.checks.registry import names
from assay.record.policy import Policy


def policy_schema() -> dict[str, Any]:
    """JSON Schema 2020-12: descriptions from the models, `$name` where a number of a criterion may stand."""
    schema = Policy.model_json_schema(by_alias=True, mode="validation")
    check = schema["$defs"]["Control"]["properties"]["check"]
    check["anyOf"] = [{"enum": list(names())}, *check["anyOf"]]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": "Assay policy"}
