"""How a tagger does by itself on marked articles: spans by kind, and whom they point to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import torch

from stance.encoding import StatementEncoder
from stance.tagging.decoding import Reading, WindowOutputs
from stance.tagging.labels import ROOM
from stance.tagging.speakers import meet
from stance.tagging.windows import framed, starts_of, tokenise
from stance.text import clean
from stance.training.articles import Article
from stance.training.tagging.examples import names_of
from stance.training.tagging.model import Tagger
from stance.types import StatementKind

_GROUPS = {"quoted": ("direct", "mixed"), "indirect": ("indirect",)}


def reading(model: Tagger, encoder: StatementEncoder, text: str) -> Reading:
    """Return a cleaned text as the torch model reads it."""
    tokens = tokenise(encoder, text)
    starts = starts_of(len(tokens.ids))
    outputs = []
    with torch.inference_mode():
        for start in starts:
            ids = torch.from_numpy(framed(encoder, tokens.ids[start : start + ROOM]))[None]
            found = model(ids, torch.ones_like(ids))
            outputs.append(WindowOutputs.of(*(part[0].numpy() for part in (found.tags, found.queries, found.keys))))
    return Reading(text, tokens, starts, outputs)


def evaluate(model: Tagger, encoder: StatementEncoder, articles: Sequence[Article]) -> dict[str, float]:
    """Return overlap F1 by kind (mean over languages), and shares of right mentions and names, all from 0 to 1.

    Mentions and names are asked about where the statement truly stands.
    """
    model.eval()
    counts: Counter[tuple[str, str, str]] = Counter()
    pointed: Counter[str] = Counter()
    for article in articles:
        cleaned = clean(article.text)
        found = reading(model, encoder, cleaned.text)
        stretches = [(cleaned.to_original(*one.span), one.kind) for one in found.stretches()]
        for group, kinds in _GROUPS.items():
            gold = [span for one in article.statements if one.kind in kinds for span in one.spans]
            given = [span for span, kind in stretches if kind in {StatementKind(name) for name in kinds}]
            key = (article.language, group)
            counts[*key, "gold"] += len(gold)
            counts[*key, "found"] += len(given)
            counts[*key, "recalled"] += sum(any(meet(span, other) for other in given) for span in gold)
            counts[*key, "right"] += sum(any(meet(span, other) for other in gold) for span in given)
        for one in article.statements:
            spans = [(cleaned.to_clean(start), cleaned.to_clean(end)) for start, end in one.spans]
            answers = found.point(spans)
            names = names_of(article.text, one)
            mention = [one.speaker_span] if one.speaker_span else []
            for target, places in (("mention", mention), ("name", names)):
                if places is None:
                    continue
                place = answers[target].span
                where = None if place is None else cleaned.to_original(*place)
                pointed[target] += 1
                right = not places if where is None else any(meet(where, other) for other in places)
                pointed[f"{target} right"] += right
    result = {target: pointed[f"{target} right"] / max(pointed[target], 1) for target in ("mention", "name")}
    languages = sorted({article.language for article in articles})
    for group in _GROUPS:
        scores = []
        for language in languages:
            part = {name: counts[language, group, name] for name in ("gold", "found", "recalled", "right")}
            precision, recall = part["right"] / max(part["found"], 1), part["recalled"] / max(part["gold"], 1)
            scores.append(2 * precision * recall / (precision + recall) if precision + recall else 0.0)
            result[f"{group} {language}"] = scores[-1]
        result[group] = sum(scores) / max(len(scores), 1)
    return result
