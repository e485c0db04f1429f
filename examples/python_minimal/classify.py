"""The model without this library: ``python classify.py FOLDER STATEMENT ACTOR`` prints its probabilities.

Needs ``transformers`` and ``onnxruntime`` alone.
"""

import json
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from onnxruntime import InferenceSession
from transformers import AutoTokenizer

Answer = tuple[np.ndarray, np.ndarray, dict[str, float]]


def load(folder: str | Path) -> Callable[[str, str], Answer]:
    """Return what maps a statement and an actor's name to the token ids, the logits and the probabilities."""
    folder = Path(folder)
    described = json.loads((folder / "stance.json").read_text(encoding="utf-8"))
    tokenizer = AutoTokenizer.from_pretrained(folder)
    session = InferenceSession(folder / "onnx" / "model_quantized.onnx", providers=["CPUExecutionProvider"])

    def classify(statement: str, actor: str) -> Answer:
        inputs = tokenizer(statement, actor, return_tensors="np")
        names = ("input_ids", "attention_mask")
        logits = session.run(["logits"], {name: inputs[name].astype(np.int64) for name in names})[0][0]
        scaled = logits / described["temperatures"]["stance"] + described["offsets"]["stance"]
        shares = np.exp(scaled - scaled.max())
        return (
            inputs["input_ids"][0],
            logits,
            dict(zip(described["heads"]["stance"], shares / shares.sum(), strict=True)),
        )

    return classify


if __name__ == "__main__":
    _, _, probabilities = load(sys.argv[1])(sys.argv[2], sys.argv[3])
    for label, share in sorted(probabilities.items(), key=lambda pair: -pair[1]):
        sys.stdout.write(f"{label} {share:.3f}\n")
