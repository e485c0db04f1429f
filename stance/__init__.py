"""Quoted statements in multilingual news: who said them, their stance toward actors, and their sentiment.

>>> import stance
>>> document = stance.predict('"Russia must leave at once," the minister said on Monday.')
>>> [(found.statement.speaker, found.stances["Russia"].label.value) for found in document.predictions]
[('minister', 'against')]
"""

from stance.api import classify, extract, load, predict, predict_many
from stance.errors import (
    ActorError,
    InputError,
    MissingExtraError,
    ModelError,
    RecordError,
    StanceError,
)
from stance.predictor import Predictor
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
)
from stance.version import __version__

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
    "__version__",
    "classify",
    "extract",
    "load",
    "predict",
    "predict_many",
]
