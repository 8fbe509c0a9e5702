"""What the columns and features of the data mean: the only place of the manifest where favourable is said."""

from math import fsum
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator

from assay.record.codes import spellings
from assay.record.frozen import Frozen, Line, Name, Scalar, Text
from assay.record.grade import GradeColumn

ROUNDED = 0.005
"""By how much shares of a population, as they are published, may miss 1."""


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


class ChampionColumns(Frozen):
    """What the model in use today says of the same rows; the model under audit challenges it."""

    score: Text | None = None
    """The column of its score."""
    kind: Literal["probability", "rank", "value"] | None = None
    """As for the model's own score; the same as that where it is not said."""
    of: Scalar | None = None
    """probability: of which level of the label; the same as the model's own where it is not said."""
    higher: Literal["favourable", "unfavourable"] | None = None
    """rank or value: what a higher score means; the same as of the model's own where it is not said."""
    decision: DecisionColumn | None = None
    """A column, or a cut of the champion's score."""

    @model_validator(mode="after")
    def _something(self) -> Self:
        if self.score is None and self.decision is None:
            raise ValueError("a champion takes `score`, `decision`, or both")
        if self.score is None and any(said is not None for said in (self.kind, self.of, self.higher)):
            raise ValueError("`kind`, `of` and `higher` say what the champion's `score` means: name its column")
        if self.score is None and self.decision is not None and self.decision.from_ is not None:
            raise ValueError("`from: score` cuts the champion's own score: name its column as `score`")
        return self


class GroupColumn(Frozen):
    """An attribute by which people are compared: a column, or where it is not known, probabilities."""

    column: Text | None = None
    labels: dict[str, Name] | None = Field(default=None, max_length=1000)
    """Code → label; several codes may share one label."""
    edges: tuple[float, ...] | None = Field(default=None, max_length=200)
    """Bins [a, b) of a number; below the first and from the last on are bins too."""
    probabilities: dict[Name, Text] | None = Field(default=None, max_length=50)
    """Instead of `column`: group → the column that holds the probability of belonging to it, as BISG gives one. Those
    of a row add up to 1."""
    population: dict[Name, float] | None = Field(default=None, min_length=2, max_length=1000)
    """Group → its share of the population that the data are to stand for. They add up to 1, but for rounding."""
    population_source: Line | None = None
    """Who published these shares, and when."""

    @model_validator(mode="after")
    def _column_or_probabilities(self) -> Self:
        if (self.column is None) == (self.probabilities is None):
            raise ValueError("a group takes either `column` or `probabilities`")
        if self.probabilities is not None:
            if self.labels is not None or self.edges is not None:
                raise ValueError("`labels` and `edges` go with `column`, not with `probabilities`")
            if len(self.probabilities) < 2:
                raise ValueError("probabilities are of two groups at least; one of them may be all others")
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

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if (self.population is None) != (self.population_source is None):
            raise ValueError("`population` and `population_source` go together")
        shares = tuple((self.population or {}).values())
        if any(not 0 <= share <= 1 for share in shares):
            raise ValueError("a share of `population` is a number from 0 to 1")
        if shares and abs(fsum(shares) - 1) > ROUNDED:
            raise ValueError(f"the shares of `population` add up to {fsum(shares):.4g}, not to 1")
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
    champion: ChampionColumns | None = None
    """What the model in use today says of the same rows."""
    grade: GradeColumn | None = None
    """The grade of each row."""
    previous_grade: Text | None = None
    """The grade that the same client had a period before, out of the same `order`; blank where there was none."""
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
    """The day of the decision: a date, a timestamp, or text that begins 2026-03-31. A timestamp with a time zone counts
    in UTC; anything else as it stands."""
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
        return None if self.score is None else self.meaning_of(self.score)

    def meaning_of(self, score: ScoreColumn) -> Literal["favourable", "unfavourable"] | None:
        """The same of any score of these rows."""
        if score.kind != "probability" or self.label is None:
            return score.higher
        same = set(spellings(score.of)) & set(spellings(self.label.favourable))
        return "favourable" if same else "unfavourable"

    @property
    def champion_score(self) -> ScoreColumn | None:
        """The champion's score; what is not said of it is said of the model's own."""
        champion, own = self.champion, self.score
        if champion is None or champion.score is None:
            return None
        kind = champion.kind or (own.kind if own else None)
        if kind is None:
            raise ValueError("columns.champion needs `kind`: there is no columns.score to take it from")
        like = own if own is not None and own.kind == kind else None
        of = champion.of if champion.of is not None or like is None else like.of
        return ScoreColumn(
            column=champion.score,
            kind=kind,
            of=of if kind == "probability" else None,
            higher=champion.higher or (like.higher if like else None),
        )

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
    def _names(self) -> Self:
        for block, names in (("groups", self.groups), ("strata", self.strata), ("candidates", self.candidates)):
            for name in names:
                if name.splitlines() != [name] or not name.strip():
                    raise ValueError(f"{block}: a name is one line, and not blank")
                if "*" in name and block != "candidates":
                    raise ValueError(f"{block}.{name[:60]}: `*` stands between the names of two, and in none")
        return self

    @model_validator(mode="after")
    def _one_meaning(self) -> Self:
        if special := [name for name in self.attributes if name.startswith("(") and name.endswith(")")]:
            raise ValueError(
                f"{special[0]}: names in parentheses, such as (grade) and (month), have a meaning of their own"
            )
        if self.previous_grade is not None and self.grade is None:
            raise ValueError("previous_grade needs `grade`, whose `order` it shares")
        if both := sorted(set(self.groups) & set(self.strata)):
            raise ValueError(f"{both[0]} is declared as a group and as a stratum")
        if unsure := [name for name, stratum in self.strata.items() if stratum.column is None]:
            raise ValueError(f"strata.{unsure[0]}: a stratum is a column, not probabilities")
        if cut := [name for name, declared in self.candidates.items() if declared.from_ is not None]:
            raise ValueError(f"candidates.{cut[0]}: what a candidate decides is a column of the data")
        return self

    @model_validator(mode="after")
    def _champion_is_told(self) -> Self:
        """Whatever is inherited from the model's own score, the champion's means something."""
        if self.champion is not None and self.champion.of is not None and self.champion.kind in ("rank", "value"):
            raise ValueError("champion: only a probability has `of`")
        try:
            self.champion_score  # noqa: B018
        except ValidationError as error:
            raise ValueError(f"champion: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from error
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
    minimum: float | None = None
    """Of a number: no value is smaller."""
    maximum: float | None = None
    """Of a number: no value is larger."""
    levels: tuple[Scalar, ...] | None = Field(default=None, min_length=1, max_length=10_000)
    """Of a category: it has no other values than these."""
    may_be_missing: bool | None = None
    """false: every row has a value."""

    @model_validator(mode="after")
    def _code_book(self) -> Self:
        numbers = self.minimum is not None or self.maximum is not None
        if numbers and self.dtype != "number":
            raise ValueError("`minimum` and `maximum` go with a number; a category has `levels`")
        if self.levels is not None and self.dtype != "category":
            raise ValueError("`levels` go with `dtype: category`; a number has `minimum` and `maximum`")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError("the minimum is above the maximum")
        return self
