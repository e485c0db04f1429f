"""Writes what any port of the model must reproduce: ``python -m benchmarks.reference --output tests/fixtures``.

Fifty of the project's own statements in ten languages, each with one actor as a plain sentence pair: the text, the
token ids, the logits of the shipped int8 file and the label. A port replays them from text to label.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from stance.encoding import StatementEncoder
from stance.folder import ModelFolder
from stance.runtime import Runtime, RuntimeOptions
from stance.types import StanceLabel

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "ru", "zh")
EACH = 5


def cases(data: Path) -> Iterator[tuple[str, str, str]]:
    """Yield language, statement and the name of an actor: the first of each statement's that is related to it."""
    for language in LANGUAGES:
        path = next(path for path in (data / f"{language}.jsonl", data / f"{language}-press.jsonl") if path.is_file())
        records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for record in records[:: max(1, len(records) // EACH)][:EACH]:
            related = [actor for actor, label in record["stance"].items() if label != StanceLabel.UNRELATED]
            yield language, record["text"], (related or ["NATO"])[0]


def answers(folder: ModelFolder, data: Path) -> list[dict[str, Any]]:
    """Return the reference cases with the folder's answers."""
    encoder = StatementEncoder.from_file(folder.tokenizer, lengths=folder.lengths)
    runtime = Runtime(folder.model("int8"), options=RuntimeOptions(threads=1))
    temperatures, offsets = folder.scaling("stance")
    found = []
    for language, text, actor in cases(data):
        ids = encoder.encode(text, [actor]).windows[0].input_ids
        logits = runtime.run([ids])[0].stance[0]
        label = list(StanceLabel)[int(np.argmax(logits / temperatures + offsets))]
        found.append(
            {
                "lang": language,
                "text": text,
                "actor": actor,
                "input_ids": ids.tolist(),
                "logits": [round(float(value), 5) for value in logits],
                "label": label.value,
            }
        )
    return found


def main() -> None:
    """Read the command line and write the fixture."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None, help="a model folder; the package's own by default")
    parser.add_argument("--data", type=Path, default=Path("data/quotes"), help="folder of statements")
    parser.add_argument("--output", type=Path, required=True, help="a folder for reference.jsonl")
    options = parser.parse_args()
    lines = [json.dumps(one, ensure_ascii=False) for one in answers(ModelFolder.open(options.model), options.data)]
    (options.output / "reference.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
