"""What a check may know of the subject before anything is read: its manifest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assay.evidence.keys import ENTITY, grouping_keys
from assay.evidence.request import CellsRequest
from assay.record.artefact import Role
from assay.record.condition import Condition
from assay.record.manifest import Manifest


@dataclass(frozen=True)
class SubjectView:
    """The manifest, with the questions that checks ask of it."""

    manifest: Manifest

    def groupings(self, wanted: Sequence[str] | str) -> tuple[str, ...]:
        """The wanted groupings whose attributes are all declared; "declared" means every attribute of the manifest."""
        declared = self.manifest.columns.certain if self.manifest.columns else ()
        if isinstance(wanted, str):
            return tuple(declared)
        return tuple(name for name in wanted if all(part in declared for part in name.split("*")))

    def cells(
        self, data: Role, outcomes: Sequence[str], groupings: Sequence[str], where: Condition | None = None
    ) -> dict[str, CellsRequest]:
        """For each grouping, counts by the outcomes and its attributes: one request for all of them.

        Where somebody stands in several rows the counts are by entity too, and each grouping has a request of its own:
        400 random groups by the attributes of all groupings together would be too many cells. Sampling weights come
        with the cells by themselves.
        """
        columns = self.manifest.columns
        if columns is not None and columns.entity is not None:
            return {
                grouping: CellsRequest(data, (*outcomes, *grouping_keys(grouping), ENTITY), where)
                for grouping in groupings
            }
        keys = dict.fromkeys(key for grouping in groupings for key in grouping_keys(grouping))
        return dict.fromkeys(groupings, CellsRequest(data, (*outcomes, *keys), where))

    def lacks(
        self,
        *,
        data: Sequence[Role | None] = (),
        label: bool = False,
        decision: bool = False,
        score: bool = False,
        probability: bool = False,
        groups: Sequence[str] | str = (),
        features: bool = False,
        model: bool = False,
        sections: Sequence[str] = (),
        strata: Sequence[str] = (),
        candidates: Sequence[str] = (),
        champion: Sequence[str] = (),
        grade: bool = False,
        previous_grade: bool = False,
        time: bool = False,
    ) -> tuple[str, ...]:
        """The manifest paths which a check needs and the manifest does not have."""
        manifest, columns = self.manifest, self.manifest.columns
        lacking = [f"data.{role}" for role in data if role is not None and role not in manifest.data]
        for wanted, name in (
            (label, "label"), (decision, "decision"), (score or probability, "score"), (grade, "grade"),
            (previous_grade, "previous_grade"), (time, "time"),
        ):  # fmt: skip
            if wanted and (columns is None or getattr(columns, name) is None):
                lacking.append(f"columns.{name}")
        if label and columns and columns.label and columns.label.favourable is None:
            lacking.append("columns.label.favourable")
        if probability and columns and columns.score and columns.score.kind != "probability":
            lacking.append("columns.score.kind: probability")
        if (score or probability) and columns and columns.score and columns.score.kind == "value":
            lacking += [] if columns.score.higher else ["columns.score.higher"]
        declared = columns.groups if columns else {}
        if groups == "declared":
            lacking += [] if declared else ["columns.groups"]
            parts = dict.fromkeys(declared)
        else:
            parts = dict.fromkeys(part for grouping in groups for part in grouping.split("*"))
            lacking += [f"columns.groups.{part}" for part in parts if part not in declared]
        lacking += [
            f"columns.groups.{part}.column (the attribute is known as probabilities only, which "
            "fairness.uncertain_impact_ratio measures)"
            for part in parts
            if part in declared and declared[part].column is None
        ]
        lacking += [f"columns.strata.{name}" for name in strata if columns is None or name not in columns.strata]
        in_use = columns.champion if columns else None
        lacking += [f"columns.champion.{name}" for name in champion if getattr(in_use, name, None) is None]
        known = columns.candidates if columns else {}
        lacking += [f"columns.candidates.{name}" for name in candidates if name not in known]
        if features and not manifest.features:
            lacking.append("features")
        if model and manifest.identity.artefact is None and manifest.identity.endpoint is None:
            lacking.append("identity.artefact")
        present = manifest.docs.sections if manifest.docs else {}
        lacking += [f"docs.sections.{name}" for name in sections if name not in present]
        return tuple(lacking)
