"""Catalogues: the instruments that policies cite, with their editions and their citable places."""

from typing import Literal

from pydantic import Field

from assay.record.frozen import Day, Frozen, Id, Line, Text


class Instrument(Frozen):
    """A law, standard or guideline, with its edition and the places that can be cited."""

    id: Id
    title: Line
    edition: Line
    url: Text | None = None
    verified_on: Day | None = None
    """The day somebody compared the places with the original; absent: not verified."""
    places: dict[str, Text]


class Catalogue(Frozen):
    """`policies/<pack>/catalogue.yaml`."""

    assay: Literal["catalogue/v1"]
    instruments: tuple[Instrument, ...] = Field(min_length=1)
