"""The behaviour tests are tested: their cases are well-formed and their changes do what they say."""

import json
import random
import re
import unicodedata
from collections import Counter

import pytest

from benchmarks import behaviour, behaviour_changes
from benchmarks.behaviour import ACTORS, CASES, TESTS, Check, check_results, figures, read
from benchmarks.behaviour_changes import Item
from stance.types import StanceLabel

FILES = sorted(CASES.glob("*.jsonl"))
LANGUAGES = {"en", "de", "es", "fr", "it", "pt", "ru", "uk", "pl", "nl", "tr", "ar", "zh", "ja", "ko", "ro", "bg"}


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_file_of_cases_is_well_formed(file):
    records = read([file])
    for record in records:
        assert set(record) - {"pair"} == {"id", "lang", "test", "text", "speaker", "context", "stance"}
        assert record["lang"] == file.stem
        assert re.fullmatch(rf"{file.stem}-\d{{3}}", record["id"])
        assert record["text"] == record["text"].strip() != ""
        assert record["stance"]
        assert set(record["stance"]) <= set(ACTORS)
        assert set(record["stance"].values()) <= {label.value for label in StanceLabel}
        assert ("pair" in record) == (record["test"] == "role_swap")
    assert {record["test"] for record in records} == set(TESTS)
    pairs = Counter(record["pair"] for record in records if "pair" in record)
    assert set(pairs.values()) == {2}


def test_every_language_has_cases_and_no_id_or_text_occurs_twice():
    assert {file.stem for file in FILES} == LANGUAGES
    records = read(FILES)
    for key in ("id", "text"):
        repeated = [value for value, count in Counter(record[key] for record in records).items() if count > 1]
        assert key == "text" or not repeated
        # One text twice is the same question twice, unless what stands around it differs.
        assert all(len({r["context"] for r in records if r[key] == value}) > 1 for value in repeated)


def test_the_two_cases_of_a_pair_exchange_their_actors():
    pairs = {}
    for record in read(FILES):
        if "pair" in record:
            pairs.setdefault(record["pair"], []).append(record["stance"])
    for one, other in pairs.values():
        assert set(one) == set(other)
        assert one != other
        assert sorted(one.values()) == sorted(other.values())


def test_no_config_reads_the_cases():
    configs = (CASES.parents[1] / "configs").rglob("*.yaml")
    assert not [config for config in configs if "behaviour" in config.read_text(encoding="utf-8")]


@pytest.mark.parametrize(
    ("lang", "text", "one", "other", "expected"),
    [
        ("en", "Putin's men fear NATO; the Kremlin lies.", "Russia", "NATO", "NATO's men fear Russia; NATO lies."),
        ("de", "Peking dankt der NATO.", "China", "NATO", "NATO dankt der China."),
        ("fr", "L'OTAN craint la Chine.", "NATO", "China", "La Chine craint l'OTAN."),
        ("ru", "Китаю помогла Россия.", "China", "Russia", "Россия помогла Китай."),
        ("ar", "والصين تشكر روسيا", "China", "Russia", "وروسيا تشكر الصين"),
        ("zh", "北京批评北约。", "China", "NATO", "北约批评中国。"),
    ],
)
def test_two_actors_change_places(lang, text, one, other, expected):
    assert behaviour_changes.swap(Item(text, lang), one, other) == Item(expected, lang)


def test_speaker_and_context_change_with_the_text():
    item = Item("Russia is right.", "en", "Wang Yi of China", "Wang Yi of China spoke of Moscow.")
    changed = behaviour_changes.swap(item, "China", "Russia")
    assert changed == Item("China is right.", "en", "Russia of Russia", "Russia of Russia spoke of China.")


def test_actors_in_one_word_are_not_exchanged():
    assert behaviour_changes.swap(Item("中俄都错了，俄罗斯更错。", "zh"), "China", "Russia") is None


def test_an_actor_takes_the_place_of_another_only_where_it_is_not_named():
    item = Item("We thank Beijing.", "en")
    assert behaviour_changes.substitute(item, "China", "DPRK") == Item("We thank North Korea.", "en")
    assert behaviour_changes.substitute(Item("We thank Beijing and NATO.", "en"), "China", "NATO") is None


def test_a_mask_leaves_no_name_of_the_actor():
    masked = behaviour_changes.mask(Item("Moscow lies, and Putin knows it.", "en", "the Kremlin"), "Russia")
    assert masked == Item("Halvoria lies, and Halvoria knows it.", "en", "Halvoria")
    assert behaviour_changes.mask(Item("俄罗斯撒谎。", "zh"), "Russia") == Item("哈尔沃里亚撒谎。", "zh")


@pytest.mark.parametrize(
    ("lang", "text", "why"),
    [
        ("en", "They lie about everything.", "not named"),
        ("zh", "中俄关系很好。", "one word names two actors"),
        ("en", "Russia lies, and its Russianness is a costume.", "a compound that the registry does not list"),
    ],
)
def test_what_cannot_be_masked_is_skipped(lang, text, why):
    assert behaviour_changes.mask(Item(text, lang), "Russia") is None, why


def test_a_typo_swaps_two_letters_outside_of_names_and_is_the_same_every_time():
    item = Item("Russia betrayed everyone.", "en", None, "He said: Russia betrayed everyone.")
    changed = behaviour_changes.typo(item)
    assert changed is not None
    assert changed == behaviour_changes.typo(item)
    assert changed.text.startswith("Russia ")
    assert changed.text != item.text
    assert sorted(changed.text) == sorted(item.text)
    assert changed.context == f"He said: {changed.text}"
    assert behaviour_changes.typo(Item("Russia did it.", "en")) is None


def test_spelling_changes():
    item = Item('"Russia" is tired.', "en", "Ada Brandt")
    assert behaviour_changes.lower_case(item).text == '"russia" is tired.'
    assert behaviour_changes.upper_case(Item("Çin iyi", "tr")).text == "ÇİN İYİ"
    assert behaviour_changes.upper_case(Item("NATOは強い", "ja")) is None
    assert behaviour_changes.lower_case(Item("中国", "zh")) is None
    assert behaviour_changes.quote_style(item).text == "«Russia» is tired."
    assert behaviour_changes.quote_style(Item("Gut.", "de")).text == "“Gut.”"
    assert behaviour_changes.honorific(item).speaker == "Mr Ada Brandt"
    assert behaviour_changes.honorific(Item("Gut.", "de", "der Minister")) is None
    assert behaviour_changes.link(item).text.startswith(item.text + " https://")
    assert behaviour_changes.hard_spaces(item).text == '"Russia"\u00a0is\u00a0tired.'
    assert behaviour_changes.hard_spaces(Item("中国", "zh")) is None
    assert unicodedata.normalize("NFC", behaviour_changes.decomposed(Item("Être", "fr")).text) == "Être"
    assert behaviour_changes.decomposed(Item("Russia", "en")) is None


def test_an_answer_that_turns_is_counted_apart():
    item, changed = Item("We thank China.", "en"), Item("We thank NATO.", "en")
    check = Check("swap", "en-1", (changed, "NATO"), like=(item, "China"))
    for answer, held, kept in (("favor", 1, 1), ("neutral", 0, 1), ("against", 0, 0)):
        results = check_results([check], {(item, "China"): "favor", (changed, "NATO"): answer})
        counted = figures(results)
        assert counted["swap"]["en"] == {"passed": held, "cases": 1}
        assert counted["swap, side kept"]["all"] == {"passed": kept, "cases": 1}


def test_failures_come_from_every_language_in_turn():
    results = [
        behaviour.Result("irony", lang, passed, f"{lang}{n}")
        for lang in ("ar", "de")
        for n, passed in enumerate([False, True, False])
    ]
    assert behaviour.failed(results, 3).splitlines() == ["- irony: ar0", "- irony: de0", "- irony: ar2"]


def test_actors_that_are_not_named_are_asked_for_and_the_others_are_not():
    record = {"id": "1", "lang": "en", "text": "Moscow lies.", "speaker": "Rutte", "stance": {"Russia": "against"}}
    asked = {check.asked[1] for check in behaviour.checks_of([record], Counter()) if check.test == "absent"}
    assert asked == set(ACTORS) - {"Russia", "NATO"}


def test_the_command_prints_its_tables_and_writes_the_figures(tmp_path, capsys):
    five = (CASES / "en.jsonl").read_text(encoding="utf-8").splitlines()[:5]
    (tmp_path / "en.jsonl").write_text("\n".join(five), encoding="utf-8")
    file = tmp_path / "figures.json"
    given = ["--cases", str(tmp_path), "--data", str(tmp_path), "--json", str(file), "--failures", "1"]
    behaviour.main(given)
    printed = capsys.readouterr().out
    assert "| negation |" in printed
    assert "| mask |" in printed
    assert "real/dev.jsonl" in printed
    counted = json.loads(file.read_text(encoding="utf-8"))
    assert counted["cases"]["all tests"]["all"]["cases"] == 5
    assert counted["changes_cases"]["absent"]["en"]["cases"] > 10


def test_a_folder_without_cases_is_named(tmp_path):
    with pytest.raises(SystemExit, match="--cases"):
        behaviour.main(["--cases", str(tmp_path)])


def test_the_names_that_mask_an_actor_are_none_that_training_has_seen():
    names = pytest.importorskip("stance.training.inventednames", reason="the extra 'train' is not installed")
    chance = random.Random(1)
    for lang in ("en", *behaviour_changes.INVENTED):
        seen = {names.invented_name(lang, chance).casefold() for _ in range(20_000)}
        assert behaviour_changes.invented(lang).casefold() not in seen
        assert len(seen) > 400
