"""What the columns and features of the data mean: the only place of the manifest where favourable is said."""

from typing import Literal, Self

from pydantic import Field, model_validator

from assay.record.codes import spellings
from assay.record.frozen import Frozen, Name, Scalar, Text


class Favourable(Frozen):
    """A cut of the score: favourable strictly below or above it, or at it and beyond."""

    below: float | None = None
    """In the unit of the score, as the others."""
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None

    @model_validator(mode="after")
    def _one_cut(self) -> Self:
        if sum(value is not None for value in (self.below, self.at_most, self.above, self.at_least)) != 1:
            raise ValueError("favourable takes exactly one of below, at_most, above, at_least")
        return self


class LabelColumn(Frozen):
    """What happened. Only here and in `decision` is favourable said."""

    column: Text
    favourable: Scalar | None = None
    """The value that is good for the person. Left out only where the label is a number, as a regression predicts it."""
    unfavourable: Scalar | None = None
    """The other level; where it is not said, the column may hold one more level besides the favourable one."""


class DecisionColumn(Frozen):
    """What was decided: a column, or a cut of the score."""

    column: Text | None = None
    from_: Literal["score"] | None = Field(default=None, alias="from")
    favourable: Scalar | Favourable
    """The value that is good for the person, or a cut of the score."""
    unfavourable: Scalar | None = None

    @model_validator(mode="after")
    def _column_or_cut(self) -> Self:
        if (self.column is None) == (self.from_ is None):
            raise ValueError("a decision takes either `column` or `from: score`")
        if (self.from_ is not None) != isinstance(self.favourable, Favourable):
            raise ValueError("`from: score` takes a cut such as `favourable: {below: 0.15}`; a column takes a value")
        return self


class ScoreColumn(Frozen):
    """The model's number: a column of the data, or computed by the model of `identity.artefact`."""

    column: Text | None = None
    from_: Literal["model"] | None = Field(default=None, alias="from")
    kind: Literal["probability", "rank", "value"]
    """`probability`; `rank` where only the order means something; `value`: the outcome itself in its own unit, as a
    regression predicts it.
    """
    of: Scalar | None = None
    """probability: of which level of the label."""
    higher: Literal["favourable", "unfavourable"] | None = None
    """rank, and a value that is to rank people: what a higher score means."""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.column is None) == (self.from_ is None):
            raise ValueError("a score takes either `column` or `from: model`")
        if self.kind == "probability" and self.of is None:
            raise ValueError("a probability needs `of`: the level of the label it is the probability of")
        if self.kind == "rank" and self.higher is None:
            raise ValueError("a rank needs `higher`: favourable or unfavourable")
        if self.kind == "value" and self.of is not None:
            raise ValueError("a value is the probability of nothing: leave `of` out")
        return self


class GroupColumn(Frozen):
    """An attribute by which people are compared: a column, or where it is not known, probabilities."""

    column: Text | None = None
    labels: dict[str, Name] | None = Field(default=None, max_length=1000)
    """Code → label; several codes may share one label."""
    edges: tuple[float, ...] | None = Field(default=None, max_length=200)
    """Bins [a, b) of a number; below the first and from the last on are bins too."""
    probabilities: dict[Name, Text] | None = Field(default=None, min_length=2, max_length=50)
    """Instead of `column`: group → the column that holds the probability of belonging to it, as BISG gives one. Those
    of a row add up to 1."""

    @model_validator(mode="after")
    def _column_or_probabilities(self) -> Self:
        if (self.column is None) == (self.probabilities is None):
            raise ValueError("a group takes either `column` or `probabilities`")
        if self.probabilities is not None:
            if self.labels is not None or self.edges is not None:
                raise ValueError("`labels` and `edges` go with `column`, not with `probabilities`")
            if len(set(self.probabilities.values())) < len(self.probabilities):
                raise ValueError("the probability of each group is a column of its own")
        return self

    @model_validator(mode="after")
    def _labels_or_edges(self) -> Self:
        if self.labels is not None and self.edges is not None:
            raise ValueError("a group takes `labels` or `edges`, not both")
        if self.edges is not None and (not self.edges or list(self.edges) != sorted(set(self.edges))):
            raise ValueError("edges must rise")
        return self


class Columns(Frozen):
    """What the columns of the data mean; the only place where favourable is said."""

    label: LabelColumn | None = None
    decision: DecisionColumn | None = None
    score: ScoreColumn | None = None
    groups: dict[str, GroupColumn] = Field(default_factory=dict)
    strata: dict[str, GroupColumn] = Field(default_factory=dict)
    """Legitimate reasons by which people differ, such as the job applied for: groups are compared within them."""
    candidates: dict[str, DecisionColumn] = Field(default_factory=dict)
    """What other models that could be used instead decide for the same people: a column of the data each."""
    query: Text | None = None
    """Which ranked list a row stands in, where the score ranks several lists."""
    count: Text | None = None
    """Ready-made counts: each row stands for this many people."""
    weight: Text | None = None
    """Sampling weight of a row, not negative: how many of the population it stands for. A check that does not honour
    weights is inconclusive."""
    entity: Text | None = None
    """Who a row is about, where somebody stands in several: intervals are then by entity. A check that does not honour
    entities is inconclusive."""
    time: Text | None = None
    """The day of the decision. No check reads it yet."""
    unknown_values: tuple[Scalar, ...] = ()
    """Values of a group column which mean "not known", beside null."""

    @property
    def attributes(self) -> dict[str, GroupColumn]:
        """Groups and strata by name."""
        return {**self.groups, **self.strata}

    @property
    def certain(self) -> tuple[str, ...]:
        """Groups that are a column; the others are known as probabilities only."""
        return tuple(name for name, group in self.groups.items() if group.column is not None)

    @property
    def higher(self) -> Literal["favourable", "unfavourable"] | None:
        """What a higher score means for the person. A probability says it by its level of the label, any other score by
        `higher`, and so does a probability where no label is declared. None: nothing says it.
        """
        if self.score is None:
            return None
        if self.score.kind != "probability" or self.label is None:
            return self.score.higher
        same = set(spellings(self.score.of)) & set(spellings(self.label.favourable))
        return "favourable" if same else "unfavourable"

    @model_validator(mode="after")
    def _levels_or_numbers(self) -> Self:
        regression = self.score is not None and self.score.kind == "value"
        if self.label is not None and self.label.favourable is None and not regression:
            raise ValueError(
                "label needs `favourable`, the value that is good for the person; "
                "it is left out only where columns.score is of kind: value, and the label a number"
            )
        return self

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        if both := sorted(set(self.groups) & set(self.strata)):
            raise ValueError(f"{both[0]} is declared as a group and as a stratum")
        if unsure := [name for name, stratum in self.strata.items() if stratum.column is None]:
            raise ValueError(f"strata.{unsure[0]}: a stratum is a column, not probabilities")
        if cut := [name for name, declared in self.candidates.items() if declared.from_ is not None]:
            raise ValueError(f"candidates.{cut[0]}: what a candidate decides is a column of the data")
        return self


class Feature(Frozen):
    """One input of the model."""

    name: Text
    dtype: Literal["number", "category"] = "number"
    role: Text | None = None
    definition: Text | None = None
    """What it means."""
    source: Text | None = None
    """Which system or dataset it comes from."""
    transformation: Text | None = None
    """How it is computed from its source; `none` where it is taken as it is."""
    protected: bool | None = None
    """true: an attribute that the law protects."""
    proxy_for: tuple[Text, ...] = ()
    """Groupings this input stands in for."""
    justification: Text | None = None
    """Why it is used all the same."""
    reason_text: Text | None = None
    """How the reason is told to a person who was refused because of this input."""
    monotone: Literal["increasing", "decreasing"] | None = None
    """The score may only rise, or only fall, with this input."""
