"""What a user's typed program looks like; mypy --strict reads it, nobody runs it."""

from collections.abc import Iterator
from pathlib import Path
from typing import assert_type

import stance


def main(path: Path) -> dict[str, float]:
    text = path.read_text(encoding="utf-8")
    document = stance.predict(text, actors=["NATO", stance.Actor("Iran", aliases={"en": ("Tehran",)})], language="en")
    assert_type(document, stance.Document)
    for prediction in document.predictions:
        assert_type(prediction.statement.speaker, str | None)
        assert_type(prediction.statement.spans, tuple[tuple[int, int], ...])
        assert_type(prediction.statement.kind, stance.StatementKind)
        assert_type(prediction.stances["NATO"].label, stance.StanceLabel)
        assert_type(prediction.stances["NATO"].confidence, float)
        assert_type(prediction.sentiment.label, stance.SentimentLabel)
    assert_type(stance.predict_many([text], kinds=[stance.StatementKind.DIRECT]), Iterator[stance.Document])
    predictor = stance.load(path, threads=2, precision="fp32")
    assert_type(predictor, stance.Predictor)
    assert_type(predictor.extract(text, kinds=["direct"]), list[stance.Statement])
    try:
        found = predictor.classify(["We thank NATO."], speakers=[None], contexts=["He said so."])
    except stance.StanceError:
        return {}
    assert_type(found, list[stance.Prediction])
    assert_type(found[0].to_dict()["text"], object)  # type: ignore[assert-type]  # plain JSON values are Any
    return dict(found[0].stances["NATO"].probabilities)


def wrong(text: str) -> None:
    stance.predict(text, "NATO")  # type: ignore[call-arg]  # options are keyword-only
    stance.predict(text, actors=3)  # type: ignore[arg-type]
    stance.predict(text, actor=["NATO"])  # type: ignore[call-arg]
    stance.predict(text).language = "en"  # type: ignore[misc]  # frozen
    stance.load(threads="two")  # type: ignore[arg-type]
