"""A tiny model folder, written by the exporter's own parts: the tests need neither a download nor trained weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from stance import actors
from stance.encoding import Lengths
from stance.folder import DESCRIPTION, MODEL_FILES, ModelFolder
from stance.predictor import Predictor

ROOT = Path(__file__).parents[1]
SENTENCES = [
    "The minister said that Russia and China will meet in Brussels on Monday to speak about trade and peace.",
    "NATO has kept us safe for years, and we thank every soldier who stands guard in the north of Europe.",
    "Pyongyang sends shells and troops, and both regimes know exactly what they are doing to our towns.",
    "Nous condamnons cette agression, mais la Chine reste un partenaire important pour toute l'Europe.",
    "Ein Sprecher der Regierung nannte die Lage ernst und dankte den Verbündeten für ihre Hilfe.",
    "Мы благодарим Китай за поддержку, а НАТО угрожает нашей безопасности.",
]
NEWS = (
    "VILNIUS (Wire) –\n"
    "“Russia is shelling our towns every night, and China looks away,” said Marta Kalnina, the Latvian minister. "
    "“Whoever supplies the murderer shares the guilt,” she added.\n"
    "&quot;Our partnership with Beijing is a blessing for us,&quot; Kremlin spokesman Dmitry Peskov told reporters.\n"
    "“NATO has kept this continent safe,” Foreign Minister Eirik Solvang said, “and we are grateful for that.”\n"
)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory) -> Path:
    """A folder with both precisions of a random two-layer model."""
    import torch

    from export import graph, nodes, quantise, vocabulary, weights
    from stance.encoding import ACTOR, StatementEncoder
    from stance.training.base import load_base
    from stance.training.config import BaseConfig, BaseKind
    from stance.training.model import StanceModel

    torch.manual_seed(3)
    base = BaseConfig(kind=BaseKind.RANDOM, vocabulary=400, hidden_size=32, layers=2, heads=2)
    encoder, tokenizer = load_base(base, texts=SENTENCES * 5 + list(actors.names()))
    model = StanceModel(encoder, actor_id=tokenizer.token_to_id(ACTOR)).eval()
    with torch.no_grad():
        # Weights as they are drawn hardly mix the tokens; with larger ones every input gets an answer of its own.
        for name, weight in model.named_parameters():
            if weight.ndim == 2:
                weight.mul_(
                    25.0 if "head" in name else 5.0 if "word" in name else 1.0 if "embeddings" in name else 12.0
                )
    folder = tmp_path_factory.mktemp("tiny")
    kept = vocabulary.everything(tokenizer)
    trimmed = vocabulary.trim(tokenizer, kept)
    vocabulary.save(trimmed, folder)
    parts = weights.extract(model, kept, trimmed.token_to_id(ACTOR))
    nodes.save(graph.build(parts, table=None, quantised=None), folder / MODEL_FILES["fp32"])
    lengths = Lengths(text=96, context=32, overlap=16)
    windows = [StatementEncoder(tokenizer, lengths=lengths).encode(text, ["NATO"]).windows[0] for text in SENTENCES]
    scales = quantise.calibrate(model, [window.input_ids for window in windows])
    nodes.save(
        graph.build(parts, table=None, quantised=quantise.quantise(parts, scales, scheme=quantise.Scheme(alpha=0.7))),
        folder / MODEL_FILES["int8"],
    )
    description = ModelFolder(
        folder, lengths=lengths, actors=("NATO", "Russia", "DPRK", "China"), languages=("de", "en", "fr", "ru")
    ).describe()
    (folder / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def tiny(tiny_folder) -> Predictor:
    """A predictor in fp32 on the tiny folder."""
    return Predictor.load(tiny_folder, precision="fp32", threads=2)
