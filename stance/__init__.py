"""Quoted statements in multilingual news: who said them, their stance toward actors, and their sentiment.

>>> import stance
>>> document = stance.predict('"We condemn Russia," the minister said on Monday.')
>>> [(found.statement.speaker, found.stances["Russia"].label.value) for found in document.predictions]
[('minister', 'against')]
"""

from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from stance.errors import (
    ActorError,
    InputError,
    MissingExtraError,
    ModelError,
    RecordError,
    StanceError,
)
from stance.types import (
    Actor,
    Document,
    ExtractionMode,
    Prediction,
    Sentiment,
    SentimentLabel,
    Stance,
    StanceLabel,
    Statement,
    StatementKind,
    WordWeight,
)
from stance.version import __version__

if TYPE_CHECKING:
    from stance.api import classify, extract, load, predict, predict_many
    from stance.predictor import Predictor

__all__ = [
    "Actor",
    "ActorError",
    "Document",
    "ExtractionMode",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "Prediction",
    "Predictor",
    "RecordError",
    "Sentiment",
    "SentimentLabel",
    "Stance",
    "StanceError",
    "StanceLabel",
    "Statement",
    "StatementKind",
    "WordWeight",
    "__version__",
    "classify",
    "extract",
    "load",
    "predict",
    "predict_many",
]

# What needs numpy, the runtime and the tables of fifteen languages is imported when it is first asked for.
_LATER = dict.fromkeys(("classify", "extract", "load", "predict", "predict_many"), "stance.api")
_LATER["Predictor"] = "stance.predictor"


def __getattr__(name: str) -> object:
    value: object
    if name in _LATER:
        value = getattr(import_module(_LATER[name]), name)
    elif name.isidentifier() and not name.startswith("_") and find_spec(f"{__name__}.{name}") is not None:
        value = import_module(f"{__name__}.{name}")
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
