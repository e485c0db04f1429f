"""Statements and stances for every row of a Hugging Face dataset: ``python examples/datasets_map.py [MODEL]``.

Needs ``pip install quote-stance datasets``. With ``num_proc=2`` every process opens a model of its own.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from datasets import Dataset

import stance

ROWS = [
    "“We will not lift the sanctions on Russia until the last soldier has left,” said the minister, Ilse Maarten.",
    "Der Sprecher sagte: „Wir danken der NATO für ihren Schutz.“",
    "The harbour of Veldby was closed on Sunday because of fog.",
    "",
]


@cache
def predictor(model: str | None) -> stance.Predictor:
    """Open the model when the first row comes: what travels to another process is the function, not the model."""
    return stance.load(model, threads=1)


def answer(batch: dict[str, list[Any]], model: str | None) -> dict[str, list[Any]]:
    """Return the new columns of a batch: plain lists and strings, which a dataset keeps as Arrow."""
    documents = list(predictor(model).predict_many(batch["text"], actors=["NATO", "Russia"]))
    return {
        "language": [document.language for document in documents],
        "speakers": [[one.statement.speaker for one in document.predictions] for document in documents],
        "statements": [[one.statement.text for one in document.predictions] for document in documents],
        "russia": [[one.stances["Russia"].label.value for one in document.predictions] for document in documents],
    }


def main() -> None:
    """Print what the rows say."""
    model = sys.argv[1] if len(sys.argv) > 1 else None
    dataset = Dataset.from_dict({"text": ROWS})
    dataset = dataset.map(answer, batched=True, batch_size=64, fn_kwargs={"model": model})
    for row in dataset:
        for speaker, text, label in zip(row["speakers"], row["statements"], row["russia"], strict=True):
            sys.stdout.write(f"{row['language']}  {speaker or '?'}: {text}  [Russia: {label}]\n")


if __name__ == "__main__":
    main()
