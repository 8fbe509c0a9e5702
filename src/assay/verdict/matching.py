"""Regular expressions in time linear in the text: the engine has neither look-around nor back-references."""

from __future__ import annotations

from functools import lru_cache

from pydantic_core import SchemaError, SchemaValidator, core_schema

NO_PATTERN = "Look-around and back-references do not exist here; large repetitions such as {1000}{1000} are refused."


def whole_text_matches(pattern: str, text: str) -> bool:
    """Whether the pattern matches from the first to the last character. ValueError where it is no valid pattern."""
    return _compiled(pattern).isinstance_python(text)


def pattern_problem(pattern: str) -> str | None:
    """What is wrong with a pattern, in a few words."""
    try:
        _compiled(pattern)
    except ValueError as problem:
        return str(problem)
    return None


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> SchemaValidator:
    """By itself first: `a)|(b` is only valid once it stands between brackets."""
    _schema(pattern)
    return _schema(f"^(?:{pattern})$")


def _schema(pattern: str) -> SchemaValidator:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=pattern, strict=True))
    except SchemaError as problem:
        last = str(problem).strip().splitlines()[-1].strip()
        if "size limit" in last:
            raise ValueError("it is too large") from None
        raise ValueError(last.removeprefix("error: ") or "it cannot be read") from None
