"""Several models one after the other: the score of each is an input of the later ones."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

from assay.errors import DataError
from assay.record.pipeline import ModelStage
from assay.source.told import nearest
from assay.subject.inputs import Input
from assay.subject.origins import Unsupported
from assay.subject.scorer import Attributions, Scorer

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import numpy.typing as npt

    from assay.record.audit import Confinement
    from assay.subject.subject import Subject

    Floats = npt.NDArray[np.float64]


class StagedScorer:
    """Each stage with a scorer of its own; the last one gives the score."""

    needs_background = False

    def __init__(self, subject: Subject, open_stage: Callable[[int], Scorer]) -> None:
        assert subject.manifest.pipeline is not None  # noqa: S101
        stages = subject.manifest.pipeline.stages
        _require_inputs(subject, stages)
        with ExitStack() as opened:
            self._stages: list[tuple[ModelStage, Scorer]] = []
            for place, stage in enumerate(stages):
                scorer = open_stage(place)
                opened.callback(scorer.close)
                self._stages.append((stage, scorer))
            self._opened = opened.pop_all()

    @property
    def confinement(self) -> Confinement | None:
        """Of the first stage that has a process; all have the same."""
        return next((held for _, scorer in self._stages if (held := scorer.confinement) is not None), None)

    def score(self, inputs: tuple[Input, ...], of: Any) -> Floats:
        """What the last stage gives for the class `of`, from the features and what the others gave."""
        *earlier, (last, scorer) = self._stages
        known = {each.name: each for each in inputs}
        for stage, before in earlier:
            output = str(stage.output)
            known[output] = Input(output, before.score(_taken(stage, known), stage.of))
        return scorer.score(_taken(last, known), of)

    def attributions(self, inputs: tuple[Input, ...], of: Any, background: tuple[Input, ...] | None) -> Attributions:  # noqa: ARG002
        """What an input does through several models is not added up."""
        raise Unsupported("attributions of a model of several stages")

    def close(self) -> None:
        """End all of them."""
        self._opened.close()


def _taken(stage: ModelStage, known: dict[str, Input]) -> tuple[Input, ...]:
    return tuple(known.values()) if stage.inputs is None else tuple(known[name] for name in stage.inputs)


def _require_inputs(subject: Subject, stages: tuple[ModelStage, ...]) -> None:
    """DataError where a stage reads what is neither a feature nor the output of an earlier one, or gives a feature."""
    known = [feature.name for feature in subject.manifest.features or ()]
    for place, stage in enumerate(stages):
        for index, name in enumerate(stage.inputs or ()):
            if name not in known:
                raise DataError(
                    f"the stage {stage.id!r} reads {name!r}: neither a feature nor the output of an earlier stage",
                    where=subject.place("pipeline", "stages", place, "inputs", index),
                    hint=nearest(name, known),
                )
        if stage.output is not None and stage.output in known:
            raise DataError(
                f"the output {stage.output!r} of the stage {stage.id!r} is the name of a feature",
                where=subject.place("pipeline", "stages", place, "output"),
                hint="Give it another name.",
            )
        known += [] if stage.output is None else [stage.output]
