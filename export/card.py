"""The model card, made of what the run and the export measured."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from export.tables import table
from stance.folder import HEADS, MODEL_FILES, ModelFolder

OWN_LICENCE = "apache-2.0"
# `python -m benchmarks.card` puts here what the benchmarks measured on the finished folder.
MEASURED_BEGIN, MEASURED_END = "<!-- measured: begin -->", "<!-- measured: end -->"
MEASURED = f"{MEASURED_BEGIN}\n{MEASURED_END}"


def card(
    folder: ModelFolder,
    report: Mapping[str, Any],
    metrics: Mapping[str, Any],
    stages: Sequence[Mapping[str, Any]],
    *,
    name: str,
    averaged: Mapping[str, float] | None = None,
) -> str:
    """Return the README of a model folder as Markdown.

    ``report`` is the export report, ``metrics`` are the run's scores on dev, ``stages`` the configurations of the runs
    that trained it, one after the other. ``averaged`` tells which runs the weights are a mean of, with their shares.
    """
    base = stages[0]["model"]["base"]["name"]
    parts = [
        _front_matter(folder, base),
        f"# {name}\n\n{_what(base)}",
        "## Use\n\n" + _use(),
        "## Input and output\n\n" + _layout(),
        "## Trained on\n\n" + _sources(stages),
        "## Recipe\n\n" + recipe(stages, averaged or {}),
        "## Scores\n\n" + _scores(metrics),
        "## Calibration\n\n" + _calibration(report.get("calibration") or {}),
        MEASURED,
        "## Files\n\n" + _files(report),
        *(["## Statements and speakers\n\n" + _tagger(report["tagger"])] if "tagger" in report else []),
        "## Vocabulary\n\n" + _vocabulary(report),
        "## Limits\n\n" + _limits(folder),
    ]
    return "\n\n".join(parts) + "\n"


def _front_matter(folder: ModelFolder, base: str) -> str:
    languages = "\n".join(f"- {language}" for language in folder.languages)
    tags = "\n".join(f"- {tag}" for tag in ("stance-detection", "news", "quotations", "onnx"))
    return (
        f"---\nlicense: {OWN_LICENCE}\nbase_model: {base}\npipeline_tag: text-classification\nlibrary_name: onnx\n"
        f"language:\n{languages}\ntags:\n{tags}\n---"
    )


def _what(base: str) -> str:
    return (
        f"Reads a quoted statement and tells the speaker's stance toward any number of actors "
        f"({', '.join(HEADS['stance'])}) and the statement's sentiment ({', '.join(HEADS['sentiment'])}). "
        f"Fine-tuned from {base}. One pass answers for all actors, and an actor's answer does not depend on which "
        "others are asked about. Any name can be asked about, also one that was never seen in training."
    )


def _use() -> str:
    return (
        '```python\nimport stance\n\npredictor = stance.load("this/folder")\n'
        "for prediction in predictor.predict(text).predictions:\n"
        '    print(prediction.statement.text, prediction.stances["NATO"].label)\n```\n\n'
        "Any client of ONNX text classification can send a pair, the statement and an actor's name, and read "
        "`logits`:\n\n"
        "```python\nfrom onnxruntime import InferenceSession\nfrom transformers import AutoTokenizer\n\n"
        'tokenizer = AutoTokenizer.from_pretrained("this/folder")\n'
        'session = InferenceSession("this/folder/onnx/model_quantized.onnx")\n'
        'inputs = tokenizer("We will not forget what Moscow did.", "Russia", return_tensors="np")\n'
        'logits = session.run(["logits"], dict(inputs))[0]\n```'
    )


def _layout() -> str:
    return (
        "`<s> statement </s> speaker: context </s> [ACTOR] name </s> [ACTOR] name </s> other name in the text </s> "
        "...`; the second segment may be left out, and so may the other names. A block looks at the places where the "
        "text has one of its names, piece by piece as it stands there, and at all of a text that has none. "
        "Inputs are `input_ids` and `attention_mask` (int64); blocks, positions and masks are made inside. "
        "Outputs: `stance_logits`, one row for every `[ACTOR]` of the flattened batch; `sentiment_logits`, one row for "
        "every input; `logits`, the stance toward the first actor of every input. `stance.json` has "
        "temperatures and offsets: divide the logits of a head by the first and add the second before the softmax."
    )


def _sources(stages: Sequence[Mapping[str, Any]]) -> str:
    uses: dict[tuple[str, str, str], list[str]] = {}
    for number, stage in enumerate(stages, 1):
        for use, what in (("sources", "training"), ("dev", "choosing")):
            for name, source in stage["data"].get(use, {}).items():
                key = (name, source["origin"], source["licence"])
                uses.setdefault(key, []).append(f"{what} in stage {number} ({stage['task']})")
    rows = [(*key, "; ".join(found)) for key, found in uses.items()]
    return table(("source", "origin", "licence", "used for"), rows)


def recipe(stages: Sequence[Mapping[str, Any]], averaged: Mapping[str, float]) -> str:
    """Return how the stages were trained, as Markdown."""
    rows = []
    for number, stage in enumerate(stages, 1):
        trainer, augment, model = stage.get("trainer", {}), stage["data"].get("augment", {}), stage["model"]
        changed = ", ".join(f"{key} {augment[key]}" for key in ("exchange", "rename", "noise") if augment.get(key))
        rows.append(
            (
                f"{number} ({stage['task']})",
                trainer.get("epochs", "–"),
                trainer.get("learning_rate", "–"),
                stage.get("seed", "–"),
                model.get("new_layers", 0),
                changed or "–",
            )
        )
    head = ("stage", "epochs", "learning rate", "seed", "new top layers", "names and typing changed, share of examples")
    text = table(head, rows)
    if stages[-1]["model"].get("focus"):
        text += "\n\nAn actor's block sees of a text that names its actor the names alone."
    teacher = stages[-1].get("distil", {}).get("teacher")
    if teacher:
        kept = stages[-1]["model"].get("kept_layers")
        layers = "" if kept is None else f" The layers {', '.join(map(str, kept))} of that run went on."
        text += (
            f"\n\nThe last stage learnt from the answers and the states of {teacher.rsplit('/', 1)[-1]} as well as "
            f"from labels.{layers}"
        )
    if averaged:
        runs = ", ".join(f"{share:g} of {run.rsplit('/', 1)[-1]}" for run, share in averaged.items())
        text += f"\n\nThe weights are a mean of runs of the last stage (the table shows one of them): {runs}."
    return text


def _scores(metrics: Mapping[str, Any]) -> str:
    rows = [(key, f"{value:.3f}") for key, value in metrics.items() if isinstance(value, int | float)]
    text = (
        "On dev, in float32 and with the whole vocabulary; `stance_f1` is the macro-F1 over the four labels.\n\n"
        + table(("score", "value"), rows)
    )
    languages = metrics.get("by_language") or {}
    if languages:
        rows = [
            (language, *(f"{part[key]:.3f}" for key in ("stance_f1", "related_f1", "accuracy")), part["pairs"])
            for language, part in languages.items()
        ]
        text += "\n\n" + table(("language", "stance_f1", "related_f1", "accuracy", "pairs"), rows)
    return text


def _calibration(calibration: Mapping[str, Any]) -> str:
    if not calibration:
        return "Not measured."
    rows = []
    for head, found in calibration.items():
        rows.append((head, f"{found['before']:.1%}", f"{found['after']:.1%}"))
        if "related" in found:
            rows.append((f"{head}, answers other than unrelated", "", f"{found['related']:.1%}"))
    bins = [
        (head, f"{one['confidence']:.2f}", f"{one['accuracy']:.2f}", one["answers"])
        for head, found in calibration.items()
        for one in found["bins"]
    ]
    return (
        "How far confidence is from accuracy on dev (expected calibration error, 15 bins), before scaling and after; "
        "after by five-fold cross-validation over statements, so no answer was scaled by what it was fitted on. "
        "The diagram is `reliability.svg`.\n\n"
        + table(("head", "before", "after"), rows)
        + "\n\n"
        + table(("head", "mean confidence", "accuracy", "answers"), bins)
    )


def _files(report: Mapping[str, Any]) -> str:
    rows = []
    for precision, file in report["files"].items():
        times = file["milliseconds"]
        score = file["score"]
        rows.append(
            (
                f"`{MODEL_FILES[precision]}`",
                f"{file['bytes'] / 1e6:.1f} MB",
                f"{file['agreement']['stance']:.2%}",
                "" if score is None else f"{score['stance_f1']:.3f}",
                f"{times['0_actors']} / {times['1_actors']} / {times['4_actors']}",
            )
        )
    head = ("file", "size", "labels as float32", "stance_f1", "ms with 0 / 1 / 4 actors")
    machine = report["machine"]
    return (
        table(head, rows)
        + f"\n\nMeasured on {report['statements']} statements; times are of 64 tokens of text on one thread of "
        f"{machine['processor']} with ONNX Runtime {machine['versions']['onnxruntime']}. The int8 file has constant "
        "activation scales, so its answers do not depend on the batch either."
    )


def _tagger(tagger: Mapping[str, Any]) -> str:
    files = tagger["files"]
    shares = ", ".join(f"{found['tags']:.2%} in {MODEL_FILES[name]}" for name, found in files.items())
    layers, tap = tagger["layers"], tagger["tap"]
    return (
        f"The same files find statements: {layers} layers of a tagger's own go on from layer {tap} of the encoder, "
        "which they leave as it is. For every token of a text, lines apart by `</s>`, `tag_logits` tell whether it "
        "belongs to a direct, mixed or indirect statement (O, then B and I of each), and `pointer_queries` with "
        "`pointer_keys` where its words point to: first and last token of the speaker's mention, of the speaker's full "
        "name, of the reporting word; `<s>` is nowhere. An `attention_mask` of ones asks for stance and sentiment, one "
        "of twos for the tagger; a call computes one of the two, and the outputs of the other are empty. "
        "Learnt from the project's own marked articles and passages "
        f"({tagger['texts']} texts, Apache-2.0). Tags as in torch on {tagger['articles']} articles: {shares}."
    )


def _vocabulary(report: Mapping[str, Any]) -> str:
    words = report["vocabulary"]
    stored = "in 4 bits, without loss" if report["embeddings"]["lossless"] else "in 4 bits in the int8 file"
    if words["pieces"] == words["pieces_before"]:
        return (
            f"The model was trained with the {words['pieces']} pieces that it has. Word embeddings are stored {stored}."
        )
    text = f"{words['pieces']} of {words['pieces_before']} pieces of the tokenizer are kept, with their scores."
    if words["held_out"]:
        rows = [
            (language, found["texts"], f"{found['identical']:.1%}", f"{found['growth']:.3f}")
            for language, found in words["held_out"].items()
        ]
        head = ("language", "texts", "same pieces", "tokens after for each before")
        text += " On texts that were not counted:\n\n" + table(head, rows)
    return f"{text}\n\nWord embeddings are stored {stored}."


def _limits(folder: ModelFolder) -> str:
    return (
        f"Made for news in {', '.join(folder.languages)}. `favor` is rare in news and the hardest label. A label "
        "is the speaker's attitude in this one statement, not the outlet's and not a fact about the speaker. Irony and "
        "references that only the wider text resolves are often missed, and in a statement that blames one actor and "
        "praises another the two may get the same answer.\n\n"
        "For: reading many articles at once, finding statements to look at, trends over many statements. Not for: "
        "judging, listing or sanctioning persons or outlets; deciding anything on a single answer without reading the "
        "statement; evidence of intent, loyalty or guilt; texts that are no news (private messages, poetry, law)."
    )
