"""Catalogues: which instruments can be cited, at which places, in which words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from assay.errors import PolicyError
from assay.record.catalogue import Catalogue, Instrument
from assay.resources import packaged
from assay.source import Source, nearest, raise_all, read_model, read_source

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


def load_citations(*folders: Path, cited: Iterable[str] | None = None) -> Citations:
    """The catalogues of all shipped packs, and those in the given folders, unless they are copies of one of them.

    Where `cited` is given, shipped catalogues that hold none of these citations are left unread. Raises PolicyError
    where two catalogues hold the same instrument: nobody may reword a shipped one.
    """
    shipped = sorted(packaged("policies").glob(f"*/{FILE}"))
    files: list[Path] = []
    for file in dict.fromkeys(folder / FILE for folder in folders):
        if file.is_file() and not any(_same(file, other) for other in (*shipped, *files)):
            files.append(file)
    others = [entry for file in files for entry in _instruments(file)]
    wanted = None if cited is None else {ref.partition("/")[0] for ref in cited} | {one.id for one, _, _ in others}
    instruments: dict[str, Instrument] = {}
    for file in shipped:
        if wanted is None or any(name.encode() in file.read_bytes() for name in wanted):
            instruments |= {one.id: one for one, _, _ in _instruments(file)}
    for one, source, index in others:
        if one.id in instruments:
            twice = PolicyError(
                f"the instrument `{one.id}` is in another catalogue already",
                where=source.place(("instruments", index, "id")),
                hint="Give yours another id.",
            )
            raise_all([twice], source)
        instruments[one.id] = one
    return Citations(instruments)


def _instruments(file: Path) -> Iterator[tuple[Instrument, Source, int]]:
    source = read_source(file, error=PolicyError)
    for index, instrument in enumerate(read_model(source, Catalogue, error=PolicyError).instruments):
        yield instrument, source, index


def _same(own: Path, shipped: Path) -> bool:
    try:
        return own.stat().st_size == shipped.stat().st_size and own.read_bytes() == shipped.read_bytes()
    except OSError:
        return False  # whoever reads it says why it cannot be read
