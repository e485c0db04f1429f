"""Simpler ways to answer the same questions: the commonest label, lexicons, words with weights, a frozen encoder.

Each learns from labelled questions and answers others with one of the labels that are allowed.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from benchmarks.quality_sets import Question
from benchmarks.scoring import macro_f1
from stance.types import Span

FloatArray = npt.NDArray[np.float32]
Embed = Callable[[Sequence[str]], FloatArray]

UNRELATED = "unrelated"
# What speaks for, and what against.
POLES = (("favor", "against"), ("positive", "negative"))
# Characters around a mention that tell of it, and what stands in the place of its name.
NEAR = 90
MARK = "§"
MENTIONS = 4
_CJK = "\u3040-\u30ff\u3400-\u9fff"
_WORDS = re.compile(rf"[{_CJK}]+|[^\W\d_{_CJK}]+")


class System(Protocol):
    """What answers questions."""

    def fit(self, questions: Sequence[Question]) -> None:
        """Learn from questions with their labels."""

    def predict(self, questions: Sequence[Question], allowed: Sequence[str]) -> list[str]:
        """Return one of the allowed labels for each question."""


def words(text: str) -> list[str]:
    """Return the words of a text in lower case; of Chinese and Japanese, which set no spaces, pairs of characters."""
    found = []
    for match in _WORDS.finditer(text.casefold()):
        word = match.group()
        if re.match(f"[{_CJK}]", word) and len(word) > 1:
            found += [word[place : place + 2] for place in range(len(word) - 1)]
        else:
            found.append(word)
    return found


def around(question: Question) -> str:
    """Return the words around the mentions of the actor with a mark for its name; all words where it has no mention."""
    if not question.places:
        return question.shown
    places = _disjoint(question.places)
    return " … ".join(_piece(question.shown, places, place) for place in places[:MENTIONS])


def _disjoint(places: Sequence[Span]) -> list[Span]:
    kept: list[Span] = []
    for start, end in sorted(places):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _piece(text: str, places: Sequence[Span], place: Span) -> str:
    """Return one mention with what is near it, whole words only."""
    start, end = max(0, place[0] - NEAR), min(len(text), place[1] + NEAR)
    if start and (first := re.search(r"\s", text[start : place[0]])):
        start += first.end()
    if end < len(text) and (last := list(re.finditer(r"\s", text[place[1] : end]))):
        end = place[1] + last[-1].start()
    piece = text[start:end]
    for one, other in reversed(places):
        if start <= one and other <= end:
            piece = f"{piece[: one - start]}{MARK}{piece[other - start :]}"
    return piece


class Majority:
    """Answers with the commonest label of the training data."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()

    def fit(self, questions: Sequence[Question]) -> None:
        """Count the labels."""
        self._counts = Counter(question.label for question in questions)

    def predict(self, questions: Sequence[Question], allowed: Sequence[str]) -> list[str]:
        """Return the commonest of the allowed labels, every time."""
        return [max(allowed, key=self._counts.__getitem__)] * len(questions)


def _by_score(score: float, low: float, high: float, poles: tuple[str, str]) -> str:
    favor, against = poles
    return favor if score > high else against if score < low else "neutral"


def _unrelated(question: Question, allowed: Sequence[str]) -> bool:
    """Tell whether a lexicon can only say that the statement is not about the actor."""
    return UNRELATED in allowed and not question.places


def _poles(labels: Sequence[str]) -> tuple[str, str]:
    return next(pair for pair in POLES if set(pair) & set(labels))


class Vader:
    """The English lexicon VADER on the words around the mention, with the thresholds that its authors recommend."""

    def __init__(self) -> None:
        from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

        self._analyser: Any = SentimentIntensityAnalyzer()

    def fit(self, questions: Sequence[Question]) -> None:
        """Learn nothing."""

    def predict(self, questions: Sequence[Question], allowed: Sequence[str]) -> list[str]:
        """Return the answers; ValueError for a question that is not English."""
        strange = {question.language for question in questions} - {"en"}
        if strange:
            raise ValueError(f"VADER knows English words only, not those of {sorted(strange)}")
        return [
            UNRELATED
            if _unrelated(question, allowed)
            else _by_score(self._analyser.polarity_scores(around(question))["compound"], -0.05, 0.05, _poles(allowed))
            for question in questions
        ]


class LogOdds:
    """A lexicon without a model: the mean log odds of the words near the mention, favor against against.

    The two thresholds between the labels are those with the best macro-F1 on a fifth of the training statements under
    the weights learnt from the other four.
    """

    def __init__(self, *, least: int = 3) -> None:
        """Take how often a word must occur to count."""
        self._least = least
        self._weights: dict[str, float] = {}
        self._bounds = (0.0, 0.0)

    def fit(self, questions: Sequence[Question]) -> None:
        """Learn the weights and the thresholds."""
        related = [question for question in questions if question.label != UNRELATED]
        poles = _poles([question.label for question in related])
        held = [question for question in related if question.statement % 5 == 0] or related
        self._weights = self._learn([question for question in related if question.statement % 5], poles)
        self._bounds = self._best_bounds(held, poles)
        self._weights = self._learn(related, poles)

    def predict(self, questions: Sequence[Question], allowed: Sequence[str]) -> list[str]:
        """Return the answers."""
        return [
            UNRELATED
            if _unrelated(question, allowed)
            else _by_score(self.score(question), *self._bounds, _poles(allowed))
            for question in questions
        ]

    def score(self, question: Question) -> float:
        """Return the mean weight of the known words, 0 where none is known."""
        known = [self._weights[word] for word in words(around(question)) if word in self._weights]
        return float(np.mean(known)) if known else 0.0

    def _learn(self, questions: Sequence[Question], poles: tuple[str, str]) -> dict[str, float]:
        counts: dict[str, Counter[str]] = {pole: Counter() for pole in poles}
        seen: Counter[str] = Counter()
        for question in questions:
            here = set(words(around(question)))
            seen.update(here)
            if question.label in counts:
                counts[question.label].update(here)
        known = [word for word, count in seen.items() if count >= self._least]
        favor, against = (counts[pole] for pole in poles)
        totals = [count.total() + len(known) for count in (favor, against)]
        return {
            word: float(np.log((favor[word] + 1) / totals[0]) - np.log((against[word] + 1) / totals[1]))
            for word in known
        }

    def _best_bounds(self, questions: Sequence[Question], poles: tuple[str, str]) -> tuple[float, float]:
        names = [*poles, "neutral"]
        labels = np.array([names.index(question.label) for question in questions], np.int64)
        scores = np.array([self.score(question) for question in questions])
        steps = np.quantile(scores, np.linspace(0.02, 0.98, 49))
        best = (-1.0, 0.0, 0.0)
        for place, low in enumerate(steps):
            for high in steps[place:]:
                predicted = np.where(scores > high, 0, np.where(scores < low, 1, 2)).astype(np.int64)
                best = max(best, (macro_f1(labels, predicted, 3), float(low), float(high)))
        return best[1], best[2]


def _most_probable(model: Any, features: Any, allowed: Sequence[str]) -> list[str]:
    """Return the most probable of the allowed labels; one that was never learnt has no probability."""
    classes = list(model.classes_)
    columns = [classes.index(label) for label in allowed if label in classes]
    chosen = model.predict_proba(features)[:, columns].argmax(axis=1)
    return [classes[columns[place]] for place in chosen]


def _regression(strength: float) -> Any:
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=strength, class_weight="balanced", max_iter=300)


class WordWeights:
    """TF-IDF of characters near the mention, of the words of the text and of the name, with a logistic regression."""

    def __init__(self, *, strength: float = 4.0) -> None:
        self._strength = strength
        self._parts: list[Any] = []
        self._model: Any = None

    def fit(self, questions: Sequence[Question]) -> None:
        """Learn the vocabulary and the weights."""
        from sklearn.feature_extraction.text import TfidfVectorizer

        least = 3 if len(questions) > 1000 else 1
        shared = {"sublinear_tf": True, "dtype": np.float32, "max_features": 100_000}
        self._parts = [
            TfidfVectorizer(analyzer="char", ngram_range=(2, 5), min_df=least, **shared),
            TfidfVectorizer(ngram_range=(1, 2), min_df=least, tokenizer=words, token_pattern=None, **shared),
            TfidfVectorizer(tokenizer=_name_words, token_pattern=None, lowercase=False, **shared),
        ]
        features = self._features(questions, fit=True)
        self._model = _regression(self._strength).fit(features, [question.label for question in questions])

    def predict(self, questions: Sequence[Question], allowed: Sequence[str]) -> list[str]:
        """Return the answers."""
        return _most_probable(self._model, self._features(questions, fit=False), allowed)

    def _features(self, questions: Sequence[Question], *, fit: bool) -> Any:
        from scipy.sparse import hstack

        columns = (
            [around(question) for question in questions],
            [question.shown for question in questions],
            [f"{'named' if question.places else 'absent'} {question.name}" for question in questions],
        )
        return hstack(
            [
                (part.fit_transform if fit else part.transform)(column)
                for part, column in zip(self._parts, columns, strict=True)
            ],
            format="csr",
        )


def _name_words(text: str) -> list[str]:
    """Return whether the actor is named (the first word, marked) and the words of its name."""
    first, _, name = text.partition(" ")
    return [f"={first}", *words(name)]


class FrozenEncoder:
    """Mean states of a pretrained encoder of text and name, and their product, with a logistic regression."""

    def __init__(self, embed: Embed, *, strength: float = 0.1) -> None:
        """Take what returns one row of features a text."""
        self._embed = embed
        self._strength = strength
        self._scaler: Any = None
        self._model: Any = None

    def fit(self, questions: Sequence[Question]) -> None:
        """Learn the regression; the encoder stays as it is."""
        from sklearn.preprocessing import StandardScaler

        self._scaler = StandardScaler()
        features = self._scaler.fit_transform(self._features(questions))
        self._model = _regression(self._strength).fit(features, [question.label for question in questions])

    def predict(self, questions: Sequence[Question], allowed: Sequence[str]) -> list[str]:
        """Return the answers."""
        return _most_probable(self._model, self._scaler.transform(self._features(questions)), allowed)

    def _features(self, questions: Sequence[Question]) -> FloatArray:
        texts = self._embed([question.shown for question in questions])
        if not any(question.actor for question in questions):
            return texts
        names = self._embed([question.name for question in questions])
        # States have length one: the product of two is small against them until it is scaled.
        return np.concatenate([texts, names, texts * names], axis=1)


def batches(texts: Sequence[str], size: int) -> Iterator[list[str]]:
    """Yield the different texts, alike in length, in batches."""
    different = sorted(set(texts), key=len)
    for start in range(0, len(different), size):
        yield different[start : start + size]


def cached(embed: Embed) -> Embed:
    """Return the same function, which computes a text once and keeps it."""
    known: dict[str, FloatArray] = {}

    def remembering(texts: Sequence[str]) -> FloatArray:
        for batch in batches([text for text in texts if text not in known], 64):
            known.update(zip(batch, embed(batch), strict=True))
        return np.stack([known[text] for text in texts])

    return remembering
