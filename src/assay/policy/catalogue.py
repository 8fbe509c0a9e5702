"""Catalogues: which instruments can be cited, at which places, in which words."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from assay.errors import PolicyError
from assay.record.catalogue import Catalogue, Instrument
from assay.resources import packaged
from assay.source import nearest, raise_all, read_model, read_source

FILE = "catalogue.yaml"


@dataclass(frozen=True)
class Citations:
    """All instruments that a policy can cite."""

    instruments: dict[str, Instrument]

    def words(self, ref: str) -> str | None:
        """`title (edition): words` of a citation; None where there is no such place."""
        name, _, place = ref.partition("/")
        instrument = self.instruments.get(name)
        if instrument is None or place not in instrument.places:
            return None
        unverified = "" if instrument.verified_on else " [not yet compared with the original]"
        return f"{instrument.title} ({instrument.edition}): {instrument.places[place]}{unverified}"

    def hint(self, ref: str) -> str:
        """The nearest citation that exists."""
        name, _, _ = ref.partition("/")
        instrument = self.instruments.get(name)
        if instrument is None:
            return nearest(name, self.instruments)
        return nearest(ref, [f"{name}/{place}" for place in instrument.places])


def load_citations(folder: Path | None = None) -> Citations:
    """The catalogues of all shipped packs, and the one in the policy's own folder, unless it is a copy of one of them.

    Raises PolicyError where two catalogues hold the same instrument: nobody may reword a shipped one.
    """
    files = sorted(packaged("policies").glob(f"*/{FILE}"))
    own = folder / FILE if folder is not None else None
    if own is not None and own.is_file() and not any(_same(own, file) for file in files):
        files.append(own)
    instruments: dict[str, Instrument] = {}
    for file in files:
        source = read_source(file, error=PolicyError)
        for index, instrument in enumerate(read_model(source, Catalogue, error=PolicyError).instruments):
            if instrument.id in instruments:
                twice = PolicyError(
                    f"the instrument `{instrument.id}` is in another catalogue already",
                    where=source.place(("instruments", index, "id")),
                    hint="Give yours another id.",
                )
                raise_all([twice], source)
            instruments[instrument.id] = instrument
    return Citations(instruments)


def _same(own: Path, shipped: Path) -> bool:
    return own.stat().st_size == shipped.stat().st_size and own.read_bytes() == shipped.read_bytes()
