"""The tokenizer without the pieces that the shipped languages do not use.

A unigram tokenizer takes the likeliest path of pieces through a word. Taking pieces away that are not on the path
leaves the path as it is, so a text all of whose pieces are kept has the same pieces before and after.
"""

from __future__ import annotations

import importlib
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import regex
from tokenizers import Tokenizer

from export.texts import Record
from stance.encoding import ACTOR, END, PAD, START
from stance.errors import MissingExtraError, ModelError
from stance.text import plain

SPACE = "▁"
UNKNOWN, MASK = "<unk>", "<mask>"
MAX_LENGTH = 512
# A word list counts as much as this many words of running text.
WORD_LIST_WEIGHT = 2_000_000.0
# How often a word stands after a mark instead of after a space.
AFTER_MARK = 0.1
# Pieces that are weighed by the tokenizer's own probabilities: of Chinese characters, and without any letter.
SCORED_PIECES = (r"^[\p{Han}\p{P}]+$", r"^[^\p{L}]+$")
UNSPACED_LANGUAGES = frozenset({"ja", "zh"})


@dataclass(frozen=True, slots=True)
class Choice:
    """What is kept whatever the counts: single characters of ``scripts`` and every piece of ``whole_scripts``."""

    pieces: int
    scripts: tuple[str, ...]
    whole_scripts: tuple[str, ...]


def piece_counts(tokenizer: Tokenizer, texts: Iterable[str]) -> Counter[int]:
    """Return how often each id occurs in the cleaned texts."""
    counts: Counter[int] = Counter()
    for group in _groups(map(plain, texts), 2000):
        for encoding in tokenizer.encode_batch_fast(group, add_special_tokens=False):
            counts.update(encoding.ids)
    return counts


def _groups(items: Iterable[str], size: int) -> Iterator[list[str]]:
    iterator = iter(items)
    while group := list(islice(iterator, size)):
        yield group


def word_counts(tokenizer: Tokenizer, language: str, *, top: int) -> dict[int, float]:
    """Return weights of ids out of the ``top`` most frequent words of a language, by the package ``wordfreq``."""
    try:
        wordfreq: Any = importlib.import_module("wordfreq")
    except ImportError as error:
        raise MissingExtraError("wordfreq", "export") from error
    scores = np.array([score for _, score in _vocabulary(tokenizer)])
    frequencies = wordfreq.get_frequency_dict(language)
    counts: dict[int, float] = {}
    space, mark = (AFTER_MARK, 1.0) if language in UNSPACED_LANGUAGES else (1.0, AFTER_MARK)
    for words in _groups(islice(frequencies, top), 5000):
        weights = np.array([frequencies[word] * WORD_LIST_WEIGHT for word in words])
        for prefix, factor in (("", space), ('"', mark)):
            texts = [prefix + word for word in words]
            forms = [[form(text) for text in texts] for form in (str.lower, _capitalised, str.upper)]
            if language == "de":
                # The lists write every ß as ss.
                forms += [[text.replace("ss", "ß") for text in form] for form in forms[:2]]
            _count_forms(tokenizer, scores, forms, weights * factor, counts)
    return counts


def _count_forms(
    tokenizer: Tokenizer,
    scores: npt.NDArray[np.float64],
    forms: list[list[str]],
    weights: npt.NDArray[np.float64],
    counts: dict[int, float],
) -> None:
    """Add the pieces of words, which a list has in lower case, as they are written: *Uganda* rather than *uganda*.

    The tokenizer's own probabilities tell how much of a word's weight goes to each of its forms.
    """
    paths = [[code.ids for code in tokenizer.encode_batch_fast(form, add_special_tokens=False)] for form in forms]
    likelihoods = np.array([[scores[path].sum() for path in form] for form in paths])
    shares = np.exp(likelihoods - likelihoods.max(axis=0))
    shares = shares / shares.sum(axis=0) * weights
    for form, form_weights in zip(paths, shares, strict=True):
        for path, weight in zip(form, form_weights.tolist(), strict=True):
            for number in path:
                counts[number] = counts.get(number, 0.0) + weight


def _capitalised(word: str) -> str:
    start = word.startswith('"')
    return word[:start] + word[start:].capitalize()


def score_counts(tokenizer: Tokenizer, pattern: str) -> dict[int, float]:
    """Return the tokenizer's own probability of every piece that the pattern fits, for what no word list holds."""
    fitting = regex.compile(pattern)
    pieces = enumerate(_vocabulary(tokenizer))
    return {number: math.exp(score) for number, (piece, score) in pieces if score < 0 and fitting.search(piece)}


def actor_names() -> Iterator[str]:
    """Yield every name of the actors that the library knows."""
    for file in resources.files("stance.actors").joinpath("data").iterdir():
        if file.name.endswith(".json"):
            yield from _strings(json.loads(file.read_text(encoding="utf-8")))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from _strings(inner)


def choose(
    tokenizer: Tokenizer, by_language: Mapping[str, Mapping[int, float]], names: Iterable[str], choice: Choice
) -> npt.NDArray[np.int64]:
    """Return the ids to keep, in their order and with ``[ACTOR]`` last.

    Beside what is always kept, pieces are taken by the share they have in their languages, each language counting
    alike, until there are ``choice.pieces``.
    """
    vocabulary = _vocabulary(tokenizer)
    forced = _always_kept(vocabulary, choice)
    forced |= set(piece_counts(tokenizer, names))
    shares: dict[int, float] = {}
    for counts in by_language.values():
        total = sum(counts.values())
        for number, count in counts.items():
            shares[number] = shares.get(number, 0.0) + count / total
    actor = _required(tokenizer, ACTOR)
    kept = forced | {_required(tokenizer, token) for token in (START, END, PAD, UNKNOWN)}
    ranked = sorted((number for number in shares if number not in kept), key=lambda number: (-shares[number], number))
    kept |= set(ranked[: max(choice.pieces - len(kept), 0)])
    kept = {number for number in kept if number < len(vocabulary)} - {actor}
    return np.array([*sorted(kept), actor], dtype=np.int64)


def everything(tokenizer: Tokenizer) -> npt.NDArray[np.int64]:
    """Return the ids of the whole vocabulary, with ``[ACTOR]`` last."""
    actor = _required(tokenizer, ACTOR)
    return np.array([*(n for n in range(len(_vocabulary(tokenizer))) if n != actor), actor], dtype=np.int64)


def _required(tokenizer: Tokenizer, token: str) -> int:
    number = tokenizer.token_to_id(token)
    if number is None:
        raise ModelError(f"the tokenizer of the run has no token {token}")
    return int(number)


def _vocabulary(tokenizer: Tokenizer) -> list[tuple[str, float]]:
    model = json.loads(tokenizer.to_str())["model"]
    if model["type"] != "Unigram":
        raise ModelError(f"only a Unigram tokenizer can be exported, not {model['type']}")
    return [(piece, score) for piece, score in model["vocab"]]


def _always_kept(vocabulary: list[tuple[str, float]], choice: Choice) -> set[int]:
    single = regex.compile(f"{SPACE}?{_script_class((*choice.scripts, 'Common'))}")
    whole = regex.compile(_script_class(choice.whole_scripts)) if choice.whole_scripts else None
    kept = {
        number
        for number, (piece, _) in enumerate(vocabulary)
        if single.fullmatch(piece) or (whole is not None and whole.search(piece))
    }
    # The worst score sets the price of an unknown character, and with it paths around one.
    kept.add(min(range(len(vocabulary)), key=lambda number: vocabulary[number][1]))
    return kept | {number for number, (piece, _) in enumerate(vocabulary) if piece in (MASK, SPACE)}


def _script_class(scripts: Iterable[str]) -> str:
    return "[" + "".join(rf"\p{{{script}}}" for script in scripts) + "]"


def trim(tokenizer: Tokenizer, kept: npt.NDArray[np.int64]) -> Tokenizer:
    """Return a tokenizer whose id ``i`` is the id ``kept[i]`` of ``tokenizer``, which must end with ``[ACTOR]``.

    A single text becomes ``<s> text </s>`` and a pair ``<s> text </s> [ACTOR] name </s>``.
    """
    data = json.loads(tokenizer.to_str())
    model, order = data["model"], [int(number) for number in kept[:-1]]
    new_ids = {old: new for new, old in enumerate(order)}
    model["vocab"] = [model["vocab"][old] for old in order]
    model["unk_id"] = new_ids[model["unk_id"]]
    added = [token | {"id": new_ids[token["id"]]} for token in data["added_tokens"] if token["id"] in new_ids]
    actor = next(token for token in data["added_tokens"] if token["content"] == ACTOR)
    data["added_tokens"] = [*sorted(added, key=lambda token: int(token["id"])), actor | {"id": len(order)}]
    ids = {token["content"]: int(token["id"]) for token in data["added_tokens"]}
    ids |= {piece: number for number, (piece, _) in enumerate(model["vocab"]) if piece in (START, END, PAD)}
    data["truncation"] = data["padding"] = None
    data["post_processor"] = _post_processor(ids)
    return Tokenizer.from_str(json.dumps(data))


def _post_processor(ids: Mapping[str, int]) -> dict[str, Any]:
    def special(token: str) -> dict[str, Any]:
        return {"SpecialToken": {"id": token, "type_id": 0}}

    def sequence(name: str) -> dict[str, Any]:
        return {"Sequence": {"id": name, "type_id": 0}}

    single = [special(START), sequence("A"), special(END)]
    known = {token: {"id": token, "ids": [ids[token]], "tokens": [token]} for token in (START, END, ACTOR)}
    return {
        "type": "TemplateProcessing",
        "single": single,
        "pair": [*single, special(ACTOR), sequence("B"), special(END)],
        "special_tokens": known,
    }


def save(tokenizer: Tokenizer, folder: Path) -> None:
    """Write ``tokenizer.json`` without blanks, ``tokenizer_config.json`` and ``special_tokens_map.json``."""
    tokenizer.save(str(folder / "tokenizer.json"), pretty=False)
    special: dict[str, Any] = {
        "bos_token": START,
        "cls_token": START,
        "eos_token": END,
        "sep_token": END,
        "pad_token": PAD,
        "unk_token": UNKNOWN,
        "additional_special_tokens": [ACTOR],
    }
    config = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": MAX_LENGTH,
        "model_input_names": ["input_ids", "attention_mask"],
        "clean_up_tokenization_spaces": False,
        **special,
    }
    for name, content in (("tokenizer_config.json", config), ("special_tokens_map.json", special)):
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def coverage(
    full: Tokenizer, trimmed: Tokenizer, kept: npt.NDArray[np.int64], records: Iterable[Record]
) -> dict[str, dict[str, float]]:
    """Return by language what trimming changes for texts that were not counted.

    ``texts`` is how many there are, ``identical`` the share whose pieces are the same, ``growth`` the number of tokens
    after for each before.
    """
    groups: dict[str, list[str]] = {}
    for record in records:
        groups.setdefault(record.language, []).extend(plain(words) for words in record.words())
    found = {}
    for language, texts in sorted(groups.items()):
        before = [encoding.ids for encoding in full.encode_batch_fast(texts, add_special_tokens=False)]
        after = [encoding.ids for encoding in trimmed.encode_batch_fast(texts, add_special_tokens=False)]
        same = [old == kept[new].tolist() for old, new in zip(before, after, strict=True)]
        found[language] = {
            "texts": len(texts),
            "identical": round(sum(same) / len(same), 4),
            "growth": round(sum(map(len, after)) / max(sum(map(len, before)), 1), 4),
        }
    return found
