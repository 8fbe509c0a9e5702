"""Files of decisions: waivers, attestations, sign-offs. Each kind has its own, so that other people can own them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from assay.errors import AssayError, PolicyError
from assay.record.attestation import Attestation, Attestations, SignOff, SignOffs
from assay.record.frozen import Frozen
from assay.source import Source, raise_all, read_model, read_source


class Decision(Protocol):
    """What a person decided, known by its id."""

    @property
    def id(self) -> str:
        """Unlike that of any other of its kind."""


D = TypeVar("D", bound=Decision, covariant=True)


@dataclass(frozen=True)
class LoadedDecisions(Generic[D]):
    """The decisions of one file."""

    decisions: tuple[D, ...]
    source: Source
    """Its places are without folder."""
    digest: str
    """`sha256:…` of the file's bytes."""
    path: Path
    """Where it was found."""


def load_attestations(paths: Sequence[Path]) -> tuple[LoadedDecisions[Attestation], ...]:
    """Load files of attestations. Raises PolicyError, or Problems, for what is wrong in one and for an id twice."""
    return load_decisions(paths, Attestations, "attestations", "attestation")


def load_sign_offs(paths: Sequence[Path]) -> tuple[LoadedDecisions[SignOff], ...]:
    """Load files of sign-offs. Raises PolicyError, or Problems, for what is wrong in one and for an id twice."""
    return load_decisions(paths, SignOffs, "sign_offs", "sign-off")


def load_decisions(paths: Sequence[Path], model: type[Frozen], key: str, word: str) -> tuple[LoadedDecisions[Any], ...]:
    """Load several files of one kind, which stand under `key`. An id that is there twice is an error at its place."""
    loaded: list[LoadedDecisions[Any]] = []
    places: dict[str, tuple[int, str]] = {}
    twice: list[AssayError] = []
    for number, path in enumerate(paths):
        source = read_source(path, error=PolicyError)
        decisions = getattr(read_model(source, model, error=PolicyError), key)
        for index, one in enumerate(decisions):
            place = source.place((key, index, "id"))
            if one.id in places:
                earlier, at = places[one.id]
                hint = f"The other one is at {at}. Give each an id of its own." if earlier != number else ""
                what = f"the {word} `{one.id}` is there twice"
                twice.append(PolicyError(what, where=place, hint=hint or "Give it an id of its own."))
            places.setdefault(one.id, (number, place))
        digest = "sha256:" + sha256(source.data).hexdigest()
        loaded.append(LoadedDecisions(decisions, replace(source, name=path.name), digest, path))
    raise_all(twice, *(replace(file.source, name=str(file.path)) for file in loaded))
    return tuple(loaded)
