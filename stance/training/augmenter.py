"""Changes examples at random, so that a name carries no prior and the way a text is typed does not matter."""

from __future__ import annotations

import dataclasses
import random
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from stance.actors import ActorMatcher, Mention, matcher_for, registry
from stance.training.config import AugmentConfig
from stance.training.examples import Example, plain_example, registered_wording
from stance.training.inventednames import invented_name
from stance.training.sources import STANCE_NUMBERS


class Augmenter:
    """Changes examples at random: names, wordings, what is known besides the statement."""

    def __init__(self, config: AugmentConfig) -> None:
        self.config = config

    @property
    def _matcher(self) -> ActorMatcher:
        return matcher_for(registry.resolve(registry.names()))

    def _find(self, text: str, record: Mapping[str, Any]) -> list[Mention]:
        """Return who is named; in the record's language, in which some aliases alone count."""
        return list(self._matcher.find(text, language=record["language"]))

    def __call__(self, record: Mapping[str, Any], chance: random.Random) -> Example:
        """Return a changed copy of the record; the same ``chance`` gives the same copy."""
        example = self._changed(record, chance)
        order = list(range(len(example.wordings)))
        chance.shuffle(order)
        return _in_order(example, order)

    def pair(self, record: Mapping[str, Any], chance: random.Random) -> tuple[Example, Example]:
        """Return a changed copy of the record, and the same with a new name for one actor where that can be done.

        The blocks of both have the same order and the same labels.
        """
        one = self._changed(record, chance)
        other = dataclasses.replace(one, wordings=list(one.wordings), labels=list(one.labels))
        self._rename(other, record, chance, ask_old=False)
        order = list(range(len(one.wordings)))
        chance.shuffle(order)
        return _in_order(one, order), _in_order(other, order)

    def _changed(self, record: Mapping[str, Any], chance: random.Random) -> Example:
        example = plain_example(record)
        own_share = record["drop_context"]
        if chance.random() < (self.config.drop_context if own_share is None else own_share):
            example.context = None
        if chance.random() < self.config.drop_speaker:
            example.speaker = None
        if record["registered"]:
            self._reword(example, record, chance)
            self._add_unrelated(example, record, chance)
        turn = chance.random()
        if turn < self.config.rename:
            self._rename(example, record, chance)
        elif turn < self.config.rename + self.config.exchange and record["registered"]:
            self._exchange(example, record, chance)
        if chance.random() < self.config.noise:
            self._type_badly(example, record["language"], chance)
        return example

    def _type_badly(self, example: Example, language: str, chance: random.Random) -> None:
        clean = example.text
        named = [(mention.start, mention.end) for mention in self._matcher.find(clean, language=language)]
        example.text = noisy(clean, chance, language=language, names=named)
        if example.context:
            # The encoder finds the statement in its context by its words.
            example.context = example.context.replace(clean, example.text)

    def _reword(self, example: Example, record: Mapping[str, Any], chance: random.Random) -> None:
        for place, name in enumerate(record["actors"]):
            known = registry.wordings(name)
            if known and chance.random() < self.config.other_wording:
                own = [wording for language, wording in known if language == record["language"]]
                example.wordings[place] = chance.choice(own if own and chance.random() < 0.5 else [w for _, w in known])

    def _add_unrelated(self, example: Example, record: Mapping[str, Any], chance: random.Random) -> None:
        """Ask about actors that nothing here names, so that other actors too are learnt to be unrelated."""
        named = {mention.actor for mention in self._find(f"{record['text']} {record['context'] or ''}", record)}
        free = [name for name in registry.names() if name not in named and name not in record["actors"]]
        for name in chance.sample(free, min(self.config.unrelated_actors, len(free))):
            known = [wording for _, wording in registry.wordings(name)]
            example.wordings.append(chance.choice(known) if known else registered_wording(name))
            example.labels.append(STANCE_NUMBERS["unrelated"])

    def _rename(
        self, example: Example, record: Mapping[str, Any], chance: random.Random, *, ask_old: bool = True
    ) -> None:
        """Give one actor that the text names another name, with its label: a name must carry no prior.

        ``ask_old`` asks about the old name too, of which nothing is said any more. Targets of other corpora keep their
        names: there a side is far more frequent, and invented names would be learnt as names that side is taken on.
        """
        if not record["registered"]:
            return
        found = self._find(example.text, record)
        spans = {name: [(m.start, m.end) for m in found if m.actor == name] for name in record["actors"]}
        taken = {(m.actor, m.start, m.end) for m in found}
        # Where two names share a word (Sino-Russian) both would change.
        named = [name for name, places in spans.items() if places and not _touches_others(name, places, taken)]
        if not named:
            return
        name = chance.choice(named)
        new = invented_name(record["language"], chance)
        context = self._find(example.context, record) if example.context else []
        if chance.random() < 0.4:
            present = {mention.actor for mention in (*found, *context)} | set(spans)
            asked = {wording.casefold() for wording in example.wordings}
            others = [other for other in registry.names() if other not in present and not asked & _every_wording(other)]
            new = _wording_in(chance.choice(others), record["language"])
        place = record["actors"].index(name)
        old, example.wordings[place] = example.wordings[place], new
        example.text = _replace(example.text, spans[name], new)
        if example.context:
            places = [(m.start, m.end) for m in context if m.actor == name]
            example.context = _replace(example.context, places, new)
        if ask_old and old != new:
            example.wordings.append(old)
            example.labels.append(STANCE_NUMBERS["unrelated"])

    def _exchange(self, example: Example, record: Mapping[str, Any], chance: random.Random) -> None:
        """Let two actors change places, in the text and in their labels: who is named decides, not which name it is.

        One of them is named in the statement; the other may be named there, or nowhere.
        """
        texts = {"text": example.text, "context": example.context or "", "speaker": example.speaker or ""}
        mentions = {part: self._find(text, record) for part, text in texts.items()}
        places: dict[str, dict[str, list[tuple[int, int]]]] = {}
        for part, found in mentions.items():
            for mention in found:
                places.setdefault(mention.actor, {}).setdefault(part, []).append((mention.start, mention.end))
        taken = {part: {(m.actor, m.start, m.end) for m in found} for part, found in mentions.items()}
        # Where two names share a word (Sino-Russian) both would change.
        free = [
            name
            for name in record["actors"]
            if registry.wordings(name)
            and not any(_touches_others(name, spans, taken[part]) for part, spans in places.get(name, {}).items())
        ]
        named = [name for name in free if "text" in places.get(name, {})]
        if not named or len(free) < 2:
            return
        one = chance.choice(named)
        other = chance.choice([name for name in free if name != one])
        for part, text in texts.items():
            edits = [(span, other) for span in places.get(one, {}).get(part, [])]
            edits += [(span, one) for span in places.get(other, {}).get(part, [])]
            for (start, end), name in sorted(edits, reverse=True):
                text = text[:start] + _wording_in(name, record["language"]) + text[end:]
            texts[part] = text
        example.text, example.context = texts["text"], texts["context"] or None
        example.speaker = texts["speaker"] or None
        first, second = record["actors"].index(one), record["actors"].index(other)
        example.labels[first], example.labels[second] = example.labels[second], example.labels[first]


def _in_order(example: Example, order: Sequence[int]) -> Example:
    wordings = [example.wordings[place] for place in order]
    return dataclasses.replace(example, wordings=wordings, labels=[example.labels[place] for place in order])


def noisy(text: str, chance: random.Random, *, language: str, names: Sequence[tuple[int, int]] = ()) -> str:
    """Return the text as careless hands would have left it; who is meant and what is said of them stays the same.

    ``names`` are the spans of mentions, which keep their letters.
    """
    kinds = [_with_link, _in_quotes]
    if text.upper() != text.lower():
        kinds += [_upper, _lower, lambda text, chance, language: _mistyped(text, chance, names)]
    return chance.choice(kinds)(text, chance, language)


def _upper(text: str, chance: random.Random, language: str) -> str:
    return (text.replace("i", "İ") if language == "tr" else text).upper()


def _lower(text: str, chance: random.Random, language: str) -> str:
    return (text.replace("İ", "i").replace("I", "ı") if language == "tr" else text).lower()


def _with_link(text: str, chance: random.Random, language: str) -> str:
    return f"{text} https://{chance.choice(('t.co', 'bit.ly', 'news.example'))}/{chance.randrange(16**6):06x}"


def _in_quotes(text: str, chance: random.Random, language: str) -> str:
    first, last = chance.choice(('""', "“”", "«»", "„“", "''"))
    return f"{first}{text}{last}"


def _mistyped(text: str, chance: random.Random, names: Sequence[tuple[int, int]]) -> str:
    words = [
        (word.start(), word.end())
        for word in re.finditer(r"\b[^\W\d_]{5,}\b", text)
        if not any(start < word.end() and word.start() < end for start, end in names)
    ]
    for start, end in chance.sample(words, min(len(words), 1 + len(words) // 8)):
        at = chance.randrange(start + 1, end - 2)
        text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text


def _wording_in(name: str, language: str) -> str:
    return next((wording for lang, wording in registry.wordings(name) if lang == language), registered_wording(name))


def _every_wording(name: str) -> set[str]:
    return {wording.casefold() for _, wording in registry.wordings(name)} | {registered_wording(name).casefold()}


def _touches_others(name: str, places: Sequence[tuple[int, int]], taken: Collection[tuple[str, int, int]]) -> bool:
    return any(
        other != name and start <= end_of_other and start_of_other <= end
        for other, start_of_other, end_of_other in taken
        for start, end in places
    )


def _replace(text: str, spans: Sequence[tuple[int, int]], new: str) -> str:
    for start, end in sorted(spans, reverse=True):
        text = text[:start] + new + text[end:]
    return text
