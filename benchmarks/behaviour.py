"""What the model understands: ``python -m benchmarks.behaviour [--model FOLDER] [--json FILE] [--failures N]``.

Behaviour tests in the manner of CheckList (Ribeiro et al., 2020) through the public ``classify``. First the written
cases of ``data/behaviour`` (a case passes when every label of it is right), then changes made by program to these cases
and to ``real/dev.jsonl`` under ``--data``: labels must follow exchanged actors, an invented name must get the label of
the name it stands for, spelling and marks must change nothing, and an actor that is not named is unrelated. No expected
answer comes out of the model, except that a changed statement is held against the unchanged one. Every figure of a
change counts pairs of a statement and an actor that a reader calls related (for ``absent``: that is not named).
"""

from __future__ import annotations

import argparse
import json
import sys
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import stance
from benchmarks import behaviour_changes as changes
from benchmarks.behaviour_changes import Item
from benchmarks.tables import table_lines
from stance.actors import DEFAULT_ACTORS
from stance.types import StanceLabel

CASES = Path(__file__).parents[1] / "data" / "behaviour"
INTRODUCTION = """# What the model understands

Printed by `python -m benchmarks.behaviour`: the share in per cent, and in brackets the number, of written cases whose
every label is right, and of pairs of a statement and an actor whose label a change leaves as it should be.
[data/behaviour](../data/behaviour/README.md) tells what each test asks; `side kept` counts a change between neutral
and a side as no failure.

"""
TESTS = (
    "negation",
    "concession",
    "irony",
    "reported",
    "role_swap",
    "question",
    "conditional",
    "used_to",
    "opposite",
    "plain_fact",
    "denial",
    "absent",
)
ACTORS = (*DEFAULT_ACTORS, "Ukraine", "USA", "EU", "Iran", "Japan")
# In the order of the languages that most readers of the table will look for.
LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "ru", "uk", "pl", "nl", "tr", "ar", "zh", "ja", "ko", "ro", "bg")
UNRELATED, NEUTRAL = StanceLabel.UNRELATED.value, StanceLabel.NEUTRAL.value
SIDES = {StanceLabel.AGAINST.value, StanceLabel.FAVOR.value}
Question = tuple[Item, str]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must hold: the answer to ``asked`` is one of ``expected`` or that to the question ``like``."""

    test: str
    name: str
    asked: Question
    expected: tuple[str, ...] = ()
    like: Question | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Whether a check or a whole case passed, and how it failed in words."""

    test: str
    lang: str
    passed: bool
    failure: str = ""


def read(files: Iterable[Path]) -> list[Record]:
    """Return the records of JSON Lines files."""
    return [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").splitlines() if line]


def item_of(record: Record) -> Item:
    """Return a record's statement."""
    return Item(record["text"], record["lang"], record.get("speaker"), record.get("context"))


def related(record: Record) -> list[str]:
    """Return the actors that the record is about, of those that the tests ask for, in their order."""
    return [actor for actor in ACTORS if record["stance"].get(actor, UNRELATED) != UNRELATED]


def _renamed(record: Record, skipped: Counter[str]) -> Iterator[Check]:
    """Yield what must hold after actors are exchanged or one takes the place of another."""
    item = item_of(record)
    named = changes.named(item)
    actors = [actor for actor in related(record) if actor in named and actor in DEFAULT_ACTORS]
    free = [actor for actor in DEFAULT_ACTORS if actor not in named]
    for one, other in combinations(actors, 2):
        changed = changes.swap(item, one, other)
        if changed is None:
            skipped["swap: a mention names both"] += 1
            continue
        for old, new in ((one, other), (other, one)):
            yield Check("swap", record["id"], (changed, new), like=(item, old))
    for place, actor in enumerate(actors):
        if not free:
            continue
        # Which actor takes the place is drawn by the statement, so that every pair of actors occurs.
        other = free[(zlib.crc32(item.text.encode()) + place) % len(free)]
        changed = changes.substitute(item, actor, other)
        if changed is None:
            skipped["rename: a mention names another actor too"] += 1
            continue
        yield Check("rename", record["id"], (changed, other), like=(item, actor))


def _masked(record: Record, skipped: Counter[str]) -> Iterator[Check]:
    """Yield what must hold when an actor gets an invented name."""
    item = item_of(record)
    for actor in related(record):
        changed = changes.mask(item, actor)
        if changed is None:
            skipped["mask: not named in the text, or a name of the actor would be left"] += 1
            continue
        yield Check("mask", record["id"], (changed, changes.invented(item.lang)), like=(item, actor))


def _unchanged(record: Record, skipped: Counter[str]) -> Iterator[Check]:
    """Yield what must hold when only the spelling or the surroundings change."""
    item = item_of(record)
    for name, change in changes.INVARIANCES.items():
        changed = change(item)
        if changed is None:
            skipped[f"{name}: does not apply"] += 1
            continue
        for actor in related(record):
            yield Check(name, record["id"], (changed, actor), like=(item, actor))


def _absent(record: Record) -> Iterator[Check]:
    """Yield that the actors that neither a name nor the label puts into the statement are unrelated."""
    item = item_of(record)
    taken = changes.named(item) | set(related(record))
    for actor in ACTORS:
        if actor not in taken:
            yield Check("absent", record["id"], (item, actor), expected=(UNRELATED,))


def _bare(languages: Iterable[str]) -> Iterator[Check]:
    """Yield that statements that say nothing take no side."""
    for lang in languages:
        for item in changes.bare(lang, {actor: changes.wording(actor, lang) for actor in DEFAULT_ACTORS}):
            for actor in DEFAULT_ACTORS:
                yield Check("empty", f"{lang}: {item.text}", (item, actor), expected=(UNRELATED, NEUTRAL))


def checks_of(records: Sequence[Record], skipped: Counter[str]) -> list[Check]:
    """Return all checks of changed statements; what cannot be changed is counted in ``skipped`` by its reason."""
    found: list[Check] = []
    for record in records:
        found += [*_renamed(record, skipped), *_masked(record, skipped), *_unchanged(record, skipped)]
        found += _absent(record)
    return found


def answers(predictor: stance.Predictor, questions: Iterable[Question]) -> dict[Question, str]:
    """Return the label of every question; a statement is read once for all its actors."""
    asked: dict[Item, dict[str, None]] = {}
    for item, actor in questions:
        asked.setdefault(item, {})[actor] = None
    groups: dict[tuple[str, ...], list[Item]] = {}
    for item, actors in asked.items():
        groups.setdefault(tuple(sorted(actors)), []).append(item)
    found: dict[Question, str] = {}
    for together, items in groups.items():
        predictions = predictor.classify(
            [item.text for item in items],
            actors=[actor if actor in ACTORS else stance.Actor(actor) for actor in together],
            speakers=[item.speaker for item in items],
            contexts=[item.context for item in items],
        )
        for item, prediction in zip(items, predictions, strict=True):
            found.update({(item, actor): prediction.stances[actor].label.value for actor in together})
    return found


def case_results(records: Sequence[Record], found: Mapping[Question, str]) -> list[Result]:
    """Return whether each written case has every label right, and whether both cases of a pair have."""
    results: list[Result] = []
    pairs: dict[str, list[Result]] = {}
    for record in records:
        item = item_of(record)
        wrong = [
            f"{actor} is {label}, answered {found[item, actor]}"
            for actor, label in record["stance"].items()
            if found[item, actor] != label
        ]
        result = Result(record["test"], item.lang, not wrong, f"{record['id']} {'; '.join(wrong)}: {item.text}")
        results.append(result)
        if record.get("pair"):
            pairs.setdefault(record["pair"], []).append(result)
    for name, both in pairs.items():
        results.append(Result("role_swap, both", both[0].lang, all(result.passed for result in both), name))
    return results


def check_results(checks: Sequence[Check], found: Mapping[Question, str]) -> list[Result]:
    """Return whether each check holds; exchanged and masked names also give whether a side turned into the other."""
    results = []
    for check in checks:
        item, actor = check.asked
        answer = found[check.asked]
        expected = check.expected if check.like is None else (found[check.like],)
        failure = f"{check.name} {actor} is {' or '.join(expected)}, answered {answer}: {item.text}"
        results.append(Result(check.test, item.lang, answer in expected, failure))
        if check.test in {"swap", "rename", "mask"}:
            turned = {answer, *expected} == SIDES
            results.append(Result(f"{check.test}, side kept", item.lang, not turned, failure))
    return results


def table(results: Sequence[Result]) -> str:
    """Return a Markdown table: tests by language, the share that passed in % and the number of cases."""
    counted = figures(results)
    present = {lang for row in counted.values() for lang in row}
    languages = [*(lang for lang in LANGUAGES if lang in present), *sorted(present - set(LANGUAGES) - {"all"})]
    head = ["", "all", *languages]
    lines = table_lines(head)
    for test, row in counted.items():
        cells = [
            f"{100 * row[lang]['passed'] / row[lang]['cases']:.0f} ({row[lang]['cases']})" if lang in row else "–"
            for lang in head[1:]
        ]
        lines.append(f"| {test} | {' | '.join(cells)} |")
    return "\n".join(lines)


def figures(results: Sequence[Result]) -> dict[str, dict[str, dict[str, int]]]:
    """Return how many passed of how many cases, by test and language (``all`` for all languages)."""
    counted: dict[str, dict[str, dict[str, int]]] = {}
    for result in results:
        row = counted.setdefault(result.test, {})
        for lang in ("all", result.lang):
            cell = row.setdefault(lang, {"passed": 0, "cases": 0})
            cell["passed"] += result.passed
            cell["cases"] += 1
    return counted


def failed(results: Sequence[Result], count: int) -> str:
    """Return up to ``count`` failures of each test, one a line: every language in turn."""
    failures: dict[str, list[tuple[int, str]]] = {}
    ranks: Counter[tuple[str, str]] = Counter()
    for result in results:
        if not result.passed:
            failures.setdefault(result.test, []).append((ranks[result.test, result.lang], result.failure))
            ranks[result.test, result.lang] += 1
    lines = []
    for test, ranked in failures.items():
        ranked.sort(key=lambda entry: entry[0])
        lines += [f"- {test}: {failure}" for _, failure in ranked[:count]]
    return "\n".join(lines)


def _written(records: Sequence[Record], predictor: stance.Predictor) -> list[Result]:
    """Return the results of the written cases, in the order of the tests, then of all of them together."""
    found = answers(predictor, [(item_of(record), actor) for record in records for actor in record["stance"]])
    results = case_results(records, found)
    order = [*TESTS, "role_swap, both"]
    results.sort(key=lambda result: order.index(result.test))
    return results + [Result("all tests", r.lang, r.passed) for r in results if r.test in TESTS]


def _changed(
    records: Sequence[Record], predictor: stance.Predictor, *, bare: bool
) -> tuple[list[Result], Counter[str]]:
    """Return the results of the changes of statements, and what was skipped by its reason."""
    skipped: Counter[str] = Counter()
    checks = checks_of(records, skipped)
    if bare:
        checks += _bare(dict.fromkeys(record["lang"] for record in records))
    found = answers(predictor, [question for c in checks for question in (c.asked, c.like) if question])
    results = check_results(checks, found)
    order = {
        test: place for place, test in enumerate(["swap", "rename", "mask", *changes.INVARIANCES, "absent", "empty"])
    }
    results.sort(key=lambda result: (order[result.test.split(",")[0]], result.test))
    return results, skipped


def _section(title: str, results: Sequence[Result], failures: int, skipped: Mapping[str, int]) -> str:
    lines = [f"## {title}", "", table(results), ""]
    if skipped:
        lines += ["Not asked: " + "; ".join(f"{name} ({count})" for name, count in sorted(skipped.items())) + ".", ""]
    if failures:
        lines += [failed([r for r in results if r.test != "all tests"], failures), ""]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables and, where asked for, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, default=None, help="a model folder; the package's own by default")
    parser.add_argument("--precision", default="auto", choices=["auto", "int8", "fp32"])
    parser.add_argument("--cases", type=Path, default=CASES, help="the folder with the written cases")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the folder with real/dev.jsonl")
    parser.add_argument("--json", type=Path, default=None, help="a file for the figures")
    parser.add_argument("--failures", type=int, default=0, help="how many failures of each test to print")
    given = parser.parse_args(arguments)
    records = read(sorted(given.cases.glob("*.jsonl")))
    if not records:
        sys.exit(f"there are no cases in {given.cases}; give the folder that has them with --cases")
    predictor = stance.load(given.model, precision=given.precision)
    report: dict[str, Any] = {}
    written = _written(records, predictor)
    report["cases"] = figures(written)
    sys.stdout.write(INTRODUCTION)
    sys.stdout.write(_section("Written cases, right in %", written, given.failures, {}))
    sources = {"cases": records}
    dev = given.data / "real" / "dev.jsonl"
    if dev.is_file():
        sources["dev"] = read([dev])
    for name, source in sources.items():
        results, skipped = _changed(source, predictor, bare=name == "cases")
        report[f"changes_{name}"] = figures(results)
        report[f"skipped_{name}"] = dict(skipped)
        sys.stdout.write("\n" + _section(f"Changes to {name}, held in %", results, given.failures, skipped))
    if "dev" not in sources:
        sys.stdout.write(f"\nThere is no {dev}: the changes were tried on the written cases alone.\n")
    if given.json:
        given.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
