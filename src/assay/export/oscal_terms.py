"""What every part of an OSCAL document is made of: names, properties, times, lists."""

from __future__ import annotations

from collections.abc import Sequence

from assay.export.document import identity
from assay.export.escaping import line, markdown
from assay.export.recorded import Recorded

NAMESPACE = "urn:assay:oscal"


def token(finding: str) -> str:
    """`retail-credit/FAIR-01` as OSCAL can write it: `retail-credit_FAIR-01`.

    The name can be read back: the name of a policy holds no `_` and begins with a small letter or a digit, so the
    first `_` that is not at the start stands for the `/`.
    """
    return ("_" if finding[:1].isdigit() else "") + finding.replace("/", "_", 1)


def properties(**given: object) -> list[dict[str, str]]:
    """Properties in our own namespace, one for each value; what says nothing is left out."""
    return [
        {"name": name.replace("_", "-"), "ns": NAMESPACE, "value": value}
        for name, held in given.items()
        for value in (line(str(each)) for each in (held if isinstance(held, (list, tuple)) else (held,)) if each)
        if value
    ]


def listed(texts: Sequence[str]) -> str:
    """A list in Markdown, or nothing."""
    return "\n".join(f"- {markdown(text)}" for text in texts)


def evidence_id(recorded: Recorded, number: int) -> str:
    """The UUID of a table of the evidence."""
    return identity(recorded, "evidence", str(number))


def by_the_tool(recorded: Recorded) -> list[dict[str, object]]:
    """The origin of what was observed: no person, a program."""
    return [{"actors": [{"type": "tool", "actor-uuid": identity(recorded, "tool")}]}]
