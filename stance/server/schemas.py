"""What requests and answers look like: checked on the way in, described in OpenAPI on the way out."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic.json_schema import SkipJsonSchema

from stance.types import ExtractionMode, StatementKind

MOST_ACTORS, MOST_LANGUAGES = 100, 100


Item = TypeVar("Item")
# The first wrong item is told and the others are not looked at: a million wrong ones would take seconds and gigabytes.
Several = Annotated[list[Item], Field(min_length=1, fail_fast=True)]
MOST_KEYS, MOST_NAMES = 20, 1000


class _Strict(BaseModel):
    # A misspelt key is an error and not a default.
    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _has_few_keys(cls, data: Any) -> Any:
        # Each unknown key would be told, and there may be a million.
        if isinstance(data, dict):
            for place, most in ((data, MOST_KEYS), (data.get("aliases"), MOST_LANGUAGES)):
                if isinstance(place, dict) and len(place) > most:
                    raise ValueError(f"an object here has at most {most} keys, not {len(place)}")
        return data


class ActorInput(_Strict):
    """An actor of the caller's own."""

    name: str
    aliases: dict[str, Annotated[list[str], Field(fail_fast=True)]] = Field(
        default={}, max_length=MOST_LANGUAGES, description="Names in the text, by ISO 639-1 code or `*`."
    )
    wording: str | None = Field(None, description="What the model reads as the name; the name itself where it is null.")


Actors = Annotated[
    list[str | ActorInput] | None,
    Field(
        max_length=MOST_ACTORS,
        description="Names or actors of your own; null for NATO, Russia, DPRK and China.",
        examples=[["NATO", "Russia"]],
    ),
]


class PredictRequest(_Strict):
    """One text or several, and what to find in them."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["text"]}, {"required": ["texts"]}]})

    text: str | SkipJsonSchema[None] = Field(None, examples=['"We condemn Russia," the minister said on Monday.'])
    texts: Several[str] | SkipJsonSchema[None] = Field(None, description="Several texts, in place of `text`.")
    actors: Actors = None
    language: str | None = Field(None, description="ISO 639-1 code; detected where it is null.", examples=["en"])
    kinds: Several[Annotated[StatementKind, Field(strict=False)]] | None = None
    mode: Annotated[ExtractionMode, Field(strict=False)] = ExtractionMode.FULL
    only_named: bool = Field(False, description="Only statements that name an actor, or stand beside its name.")
    explain: bool = Field(False, description="Tell which words carry each stance; takes many times longer.")

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if (self.text is None) == (self.texts is None):
            raise ValueError("give either text or texts")
        return self

    @property
    def all_texts(self) -> list[str]:
        """The texts, however many."""
        return [self.text] if self.text is not None else self.texts or []


class StatementInput(_Strict):
    """A statement that the caller has."""

    text: str = Field(min_length=1)
    speaker: str | None = None
    context: str | None = Field(None, description="The reporting sentence with its neighbours.")


Words = Annotated[str, Field(min_length=1)]


class ClassifyRequest(_Strict):
    """One statement or several."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["statement"]}, {"required": ["statements"]}]})

    statement: Words | StatementInput | SkipJsonSchema[None] = Field(None, examples=["We thank NATO for its help."])
    statements: Several[Words | StatementInput] | SkipJsonSchema[None] = Field(
        None, description="In place of `statement`."
    )
    actors: Actors = None
    explain: bool = False

    @model_validator(mode="after")
    def _one_or_several(self) -> Self:
        if (self.statement is None) == (self.statements is None):
            raise ValueError("give either statement or statements")
        return self

    @property
    def all_statements(self) -> list[StatementInput]:
        """The statements, however many."""
        given = [self.statement] if self.statement is not None else self.statements or []
        return [StatementInput(text=one, context=None) if isinstance(one, str) else one for one in given]


class WordAnswer(BaseModel):
    """How much a word carries the label: how far its probability falls when the word is hidden."""

    start: int
    end: int
    weight: float


class StanceAnswer(BaseModel):
    """The stance toward one actor."""

    label: Literal["against", "favor", "neutral", "unrelated"]
    confidence: float
    probabilities: dict[str, float]
    mentions: list[tuple[int, int]]
    words: list[WordAnswer] | None = Field(None, description="Only where `explain` was asked for.")


class SentimentAnswer(BaseModel):
    """The tone of a statement."""

    label: Literal["negative", "neutral", "positive"]
    confidence: float
    probabilities: dict[str, float]


class PredictionAnswer(BaseModel):
    """A statement with its stances, by the actor's name. Offsets count Unicode code points of the text."""

    text: str
    start: int
    end: int
    spans: list[tuple[int, int]]
    kind: StatementKind
    speaker: str | None
    speaker_span: tuple[int, int] | None
    cue: str | None
    context: str | None
    stances: dict[str, StanceAnswer]
    sentiment: SentimentAnswer


class DocumentAnswer(BaseModel):
    """The statements of one text."""

    language: str | None
    warnings: list[str]
    statements: list[PredictionAnswer]


class ProblemAnswer(BaseModel):
    """Problem details of RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    instance: str | None = None


class FailedItem(BaseModel):
    """An item of several that failed alone."""

    error: ProblemAnswer


class Limits(BaseModel):
    """What a request may be."""

    body_bytes: int
    items: int
    characters: int
    seconds: float


class ModelAnswer(BaseModel):
    """The model that answers."""

    name: str
    version: str
    precision: str
    languages: list[str]
    actors: list[str]
    default_actors: list[str]
    limits: Limits


class StatusAnswer(BaseModel):
    """Whether the service lives, and whether it can answer."""

    status: Literal["ok", "starting"]
    workers: int
