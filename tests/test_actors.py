"""Actors: the registry, the notation of aliases, and where texts name them."""

from __future__ import annotations

import json
import pickle
import threading
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stance.actors import (
    DEFAULT_ACTORS,
    ActorMatcher,
    Mention,
    get,
    matcher_for,
    names,
    resolve,
    without_capitals,
    wordings,
)
from stance.actors.characters import fold, lower
from stance.actors.notation import AliasPattern, parse_alias
from stance.errors import ActorError
from stance.types import Actor

SHARED = Path(__file__).parents[2] / "shared" / "data"
LANGUAGES = ["en", "it", "de", "fr", "es", "pt", "nl", "pl", "ru", "uk", "zh", "ko", "ja", "tr", "ar"]
DEFAULT_LANGUAGES = [*LANGUAGES, "bg", "ro"]
EVERY = matcher_for(resolve(names()))


def found(text: str, language: str | None = None) -> set[str]:
    return {mention.actor for mention in EVERY.find(text, language=language)}


def _cases(table: str) -> dict[str, list[tuple[str, str]]]:
    """Read lines of ``language: text = actor | text = actor``; ``~`` stands for a line break."""
    cases: dict[str, list[tuple[str, str]]] = {}
    for line in filter(None, map(str.strip, table.splitlines())):
        language, _, rest = line.partition(": ")
        for case in rest.split(" | "):
            text, _, actor = case.partition(" = ")
            cases.setdefault(language, []).append((text.replace("~", "\n"), actor))
    return cases


POSITIVE = _cases(
    """
en: Pyongyang's troops crossed the river = DPRK | NORTH KOREAN SHELLS = DPRK | pro-Russian fighters = Russia
en: a Sino-Russian pact = China | US-led talks = USA | The U.S. said no = USA | the Kremlin’s spokesman = Russia
en: Stoltenberg thanked them = NATO | Xi and his guests = China | Kim and his guests = DPRK | the UN voted = UN
en: North~Korea = DPRK
it: le truppe nordcoreane = DPRK | i soldati russi = Russia | l'Alleanza atlantica = NATO | lo dice la Nato = NATO
it: Pechino tace = China | i dazi cinesi = China | il Cremlino = Russia | gli ucraini = Ukraine | gli Usa = USA
it: dell’UE = EU
de: die nordkoreanischen Soldaten = DPRK | der Nato-Generalsekretär = NATO | Nordatlantikpakts = NATO
de: das Reich der Mitte = China | ein chinesisches Schiff = China | Putins Armee = Russia | aus Pjöngjang = DPRK
de: US-Präsident = USA | die Ukrainer = Ukraine
fr: les soldats nord-coréens = DPRK | l'Otan = NATO | l’Alliance atlantique = NATO | Poutine a dit = Russia
fr: les forces russes = Russia | la diplomatie chinoise = China | Pékin dément = China | les États-Unis = USA
es: tropas norcoreanas = DPRK | la OTAN = NATO | Moscú responde = Russia | los misiles rusos = Russia
es: empresas chinas = China | la diplomacia china = China | EE.UU. avisa = USA | Zelenski pide = Ukraine
es: la Alianza Atlántica = NATO
pt: soldados norte-coreanos = DPRK | a Aliança Atlântica = NATO | Moscovo nega = Russia | Moscou nega = Russia
pt: tropas russas = Russia | o governo chinês = China | Pequim calou = China | os EUA = USA
nl: Noord-Koreaanse soldaten = DPRK | de NAVO-top = NATO | Poetin zei = Russia | Russische troepen = Russia
nl: de Chinezen = China | Peking zwijgt = China | de Verenigde Staten = USA | de VS = USA
pl: północnokoreańskich żołnierzy = DPRK | Koreą Północną = DPRK | Sojuszu Północnoatlantyckiego = NATO
pl: rosyjskimi wojskami = Russia | Putinowi = Russia | z Chinami = China | wobec Chin = China | w Pekinie = China
pl: Stanom Zjednoczonym = USA | Ukraińcy = Ukraine | Ukraińcom = Ukraine | Ukrainkami = Ukraine
ru: северокорейских солдат = DPRK | в Пхеньяне = DPRK | Северной Кореей = DPRK | натовские генералы = NATO
ru: российскими войсками = Russia | Путину = Russia | китайского посла = China | с Китаем = China
ru: Соединённых Штатов = USA | в ЕС = EU
uk: північнокорейських військ = DPRK | Північною Кореєю = DPRK | Північноатлантичного альянсу = NATO
uk: російськими дронами = Russia | Кремлем = Russia | китайського посла = China | у Пекіні = China
uk: Зеленського = Ukraine | Московські війська = Russia
zh: 朝鲜士兵 = DPRK | 金正恩表示 = DPRK | 北約東擴 = NATO
zh: 俄军进攻 = Russia | 中俄关系 = China | 中俄关系 = Russia | 美方指责 = USA
zh: 习近平会见 = China | 对NATO的看法 = NATO
ko: 북한군이 도착했다 = DPRK | 김정은은 = DPRK | 나토는 = NATO
ko: 러시아의 = Russia | 북러 조약 = Russia | 중국과 = China | 한미일 회담 = USA
ko: NATO가 = NATO
ja: 北朝鮮の兵士 = DPRK | 日米韓の協力 = USA | 日米韓の協力 = South Korea
ja: ロシア軍 = Russia | 中ロ首脳 = China | 中ロ首脳 = Russia
ja: 習近平国家主席 = China | ＮＡＴＯ加盟国 = NATO
tr: Kuzey Kore'nin askerleri = DPRK | NATO’nun genişlemesi = NATO | Rusya'ya karşı = Russia | Rus askerleri = Russia
tr: Çinli yetkililer = China | Pekin yönetimi = China | ABD'nin tavrı = USA | İran'dan = Iran | İRAN = Iran
ar: قوات كوريا الشمالية = DPRK | وبيونغ يانغ = DPRK | للناتو = NATO | وروسيا = Russia | القوات الروسية = Russia
ar: والصين = China | للصين = China | بالولايات المتحدة = USA | أوكرانيا = Ukraine
bg: севернокорейските войници = DPRK | руския президент = Russia | китайската страна = China
ro: trupele nord-coreene = DPRK | Rusiei = Russia | Chinei = China | Alianței = NATO
    """
)

NEGATIVE = _cases(
    """
en: South Korea agreed = DPRK | in Chinatown = China | fine china plates = China | roast turkey = Turkey
en: tell us more = USA | UNIONS MEET IN THE NORTH AND THE UN OF OLD = UN | a clever ruse = Russia
en: the South China Sea = China | Pope Pius XI = China | Prussia = Russia | South Korean Kim Yong-hyun = DPRK
it: la Corea del Sud = DPRK | il senatore = NATO | è nato a Roma = NATO | Nato a Roma nel 1950 = NATO
it: una cena e una cina = China | Un uomo, un voto = UN | una mosca = Russia
de: Südkorea = DPRK | die Preußen = Russia | Bündnis 90 = NATO | uns = USA | Senatoren = NATO
fr: la Corée du Sud = DPRK | Un homme = UN | sénatorial = NATO | la mer de Chine = China
es: Corea del Sur = DPRK | Un día = UN | la montaña rusa = Russia | innato = NATO
pt: Coreia do Sul = DPRK | Eu disse = EU | eu disse = EU | um prato nato = NATO
nl: Zuid-Korea = DPRK | rust = Russia | Chinatown = China
pl: Korei Południowej = DPRK | natomiast = NATO | pierogi ruskie = Russia
ru: Южной Корее = DPRK | белорусский посол = Russia | натолкнулся = NATO | русский язык = Russia
uk: Південній Кореї = DPRK | натовп = NATO | білоруський = Russia | російської мови = Russia
zh: 发展中国家 = China | 朝鲜半岛 = DPRK | 白俄罗斯 = Russia | 美中不足 = USA | 印度尼西亚 = India
ko: 러시아워 = Russia | 인도네시아 = India | 미나토 = NATO | 초·중·고 = China | 조선일보 = DPRK
ko: 우리는 서방을 동경했지만 = Japan
ja: ベラルーシ = Russia | 中国地方 = China | インドネシア = India | プロイセン = Russia | 韓国 = DPRK
tr: Güney Kore = DPRK | Beyaz Rusya = Russia | senatör = NATO | Çinko = China
ar: كوريا الجنوبية = DPRK | بيلاروسيا = Russia | عروس = Russia | رومانيا = Italy
    """
)


@pytest.mark.parametrize(("language", "text", "actor"), [(k, *case) for k, cases in POSITIVE.items() for case in cases])
def test_finds(language, text, actor):
    assert actor in found(text, language)


@pytest.mark.parametrize(("language", "text", "actor"), [(k, *case) for k, cases in NEGATIVE.items() for case in cases])
def test_does_not_find(language, text, actor):
    assert actor not in found(text, language)


def test_no_language_needed_for_unmarked_aliases():
    assert "Russia" in found("северокорейских и российских солдат")
    assert "China" not in found("Chin State")
    assert "China" in found("rząd w stolicy Chin", "pl-PL")


def test_offsets_are_those_of_the_text():
    text = "İstanbul: “NATO’nun”, ＮＡＴＯ, \ud800 Nord\u00a0Corea, Rusya'nın"
    mentions = matcher_for(resolve(None)).find(text)
    assert [(m.actor, text[m.start : m.end]) for m in mentions] == [
        ("NATO", "NATO"),
        ("NATO", "ＮＡＴＯ"),
        ("DPRK", "Nord\u00a0Corea"),
        ("Russia", "Rusya"),
    ]


def test_longest_wins_and_actors_may_share_a_place():
    text = "朝鲜中央, 中俄"
    mentions = EVERY.find(text)
    assert {(m.actor, text[m.start : m.end]) for m in mentions} >= {("China", "中俄"), ("Russia", "中俄")}
    long = EVERY.find("North Korean leader Kim Jong Un")
    assert [(m.start, m.end) for m in long if m.actor == "DPRK"] == [(0, 12), (20, 31)]


def test_a_longer_unbounded_string_does_not_hide_a_shorter_bounded_one():
    actor = Actor("Rome", {"*": ("rome", "rome burn")})
    assert [(m.start, m.end) for m in ActorMatcher((actor,)).find("rome burning")] == [(0, 4)]


def test_an_exclusion_blocks_its_own_actor_only():
    first = Actor("A", {"*": ("red sea", "-red sea bream")})
    second = Actor("B", {"*": ("red",)})
    assert ActorMatcher((first, second)).find("a red sea bream") == [Mention("B", 2, 5)]


def test_own_actor_is_found_by_name_and_aliases():
    own = Actor("Sweden", {"sv": ("svensk*", "Sverige"), "ru": ("Швеци{я,и,ю,ей}",)})
    mentions = ActorMatcher(resolve([own])).find("Sweden, svenska, SVERIGE, Швецией, svalt")
    assert [(m.start, m.end) for m in mentions] == [(0, 6), (8, 15), (17, 24), (26, 33)]


def test_a_name_with_signs_is_literal():
    matcher = ActorMatcher(resolve(["E*TRADE {x}"]))
    assert [(m.start, m.end) for m in matcher.find("an E*TRADE {x} account")] == [(3, 14)]


def test_order_of_actors_does_not_matter():
    text = "Russia, China and North Korea face NATO; 中俄"
    one = matcher_for(resolve(["NATO", "Russia", "DPRK", "China"])).find(text)
    two = matcher_for(resolve(["China", "DPRK", "Russia", "NATO"])).find(text)
    assert sorted(one, key=repr) == sorted(two, key=repr)
    alone = matcher_for(resolve(["Russia"])).find(text)
    assert alone == [m for m in one if m.actor == "Russia"]


ALIASES = {
    lower(fold(p.name)) for a in resolve(None) for group in a.aliases.values() for x in group for p in parse_alias(x)
}
PIECES = ["NATO", "Nato a ", "İ", "ß", "e\u0301", "\ud800", "Corea del ", "Nord", "Kim ", "و", "ال", "صين", *"中俄北한"]


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.lists(st.one_of(st.sampled_from(PIECES), st.characters()), max_size=30).map("".join)))
def test_any_text_gives_exact_sorted_mentions(text):
    mentions = matcher_for(resolve(None)).find(text)
    assert mentions == sorted(mentions, key=lambda m: (m.start, m.end, DEFAULT_ACTORS.index(m.actor)))
    last: dict[str, int] = {}
    for mention in mentions:
        assert 0 <= mention.start < mention.end <= len(text)
        assert mention.start >= last.get(mention.actor, 0)
        last[mention.actor] = mention.end
        piece = lower(fold(text[mention.start : mention.end]))
        assert any(piece[i:j] in ALIASES for i in range(len(piece)) for j in range(i + 1, len(piece) + 1))


def test_no_character_changes_the_length():
    text = "".join(map(chr, range(0x110000)))
    assert len(lower(fold(text))) == len(text)


def test_long_text_is_fast():
    sentence = "Путин сказал, что НАТО и Китай... North Korean troops, le truppe russe e cinesi; 中俄关系, 북한군이. "
    text = sentence * (100_000 // len(sentence))
    matcher = matcher_for(resolve(None))
    matcher.find(text)
    times = []
    for _ in range(3):
        start = time.perf_counter()
        mentions = matcher.find(text)
        times.append(time.perf_counter() - start)
    assert len(mentions) > 5000
    assert min(times) < 0.5  # a wide margin for a busy machine


def test_matcher_pickles_and_is_cached_and_shared_by_threads():
    matcher = matcher_for(resolve(None))
    assert matcher is matcher_for(resolve(["NATO", "Russia", "DPRK", "China"]))
    text = "Russia and NATO"
    assert pickle.loads(pickle.dumps(matcher)).find(text) == matcher.find(text)
    results: list[list[Mention]] = []
    threads = [threading.Thread(target=lambda: results.append(matcher.find(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [matcher.find(text)] * 4


def test_find_wants_a_str():
    with pytest.raises(TypeError, match="bytes"):
        matcher_for(resolve(None)).find(b"NATO")


# --- registry ---------------------------------------------------------------------------------------------------------


def test_registry_names():
    assert names()[:4] == DEFAULT_ACTORS
    wanted = "NATO Russia DPRK China Ukraine USA EU Japan Iran Belarus Taiwan UK Germany France Italy Turkey India UN"
    assert set(names()) >= {*wanted.split(), "South Korea"}


@pytest.mark.parametrize("name", names())
def test_registry_actor_has_every_language(name):
    languages = DEFAULT_LANGUAGES if name in (*DEFAULT_ACTORS, "Ukraine", "USA", "EU") else LANGUAGES
    own = wordings(name)
    assert {language for language, _ in own} >= set(languages)
    assert set(get(name).aliases) >= set(languages)
    # a full name must be found in its own language, by this actor
    for language, wording in own:
        assert any(m.actor == name for m in EVERY.find(wording, language=language)), (language, wording)


@pytest.mark.parametrize("name", names())
def test_registry_actor_is_found_by_every_name_it_can_be_asked_for(name):
    data = Path(ActorMatcher.__module__.replace(".", "/")).parent / "data"
    record = json.loads(
        (Path(__file__).parents[1] / data / f"{name.lower().replace(' ', '_')}.json").read_text("utf-8")
    )
    for asked in (name, *record["also"]):
        assert get(asked.lower()).name == name
        assert ActorMatcher((get(name),)).find(f"we met {asked} there"), asked


def test_wordings_of_an_unknown_actor_are_empty():
    assert wordings("Atlantis") == ()
    assert ("it", "Corea del Nord") in wordings("north korea")


def test_resolve_defaults():
    assert tuple(actor.name for actor in resolve(None)) == DEFAULT_ACTORS
    assert get("DPRK").wording == "North Korea"


def test_resolve_keeps_the_name_asked_for():
    (actor,) = resolve(["  North Korea "])
    assert (actor.name, actor.wording) == ("North Korea", "North Korea")
    assert matcher_for((actor,)).find("nordkoreanische Soldaten") == [Mention("North Korea", 0, 15)]
    (nato,) = resolve(["nato"])
    assert nato.name == "nato"
    assert ActorMatcher((nato,)).find("è nato") == []
    assert ActorMatcher((nato,)).find("la NATO") == [Mention("nato", 3, 7)]


def test_resolve_unknown_name_stands_for_itself():
    (actor,) = resolve(["Wagadu"])
    assert actor == Actor("Wagadu", {"*": ("Wagadu",)})
    assert ActorMatcher((actor,)).find("in Wagadu.") == [Mention("Wagadu", 3, 9)]


@pytest.mark.parametrize(
    ("value", "message"), [("NATO", r"\['NATO'\]"), (Actor("NATO"), "list"), ([3], "int"), ([None], "NoneType")]
)
def test_resolve_rejects_other_types(value, message):
    with pytest.raises(TypeError, match=message):
        resolve(value)


@pytest.mark.parametrize(
    ("actors", "message"),
    [
        ([], "no actor"),
        (["NATO", "nato"], "'nato' and 'NATO'"),
        (["DPRK", "North Korea"], "'North Korea' and 'DPRK'"),
        (["Mali", Actor("MALI")], "same actor"),
        ([" "], "empty"),
        (["a\nb"], "control"),
        (["\ud800"], "control"),
        (["x" * 101], "longer"),
    ],
)
def test_resolve_rejects(actors, message):
    with pytest.raises(ActorError, match=message):
        resolve(actors)


def test_actor_round_trip_keeps_what_it_finds():
    actor = Actor.from_dict(json.loads(json.dumps(get("DPRK").to_dict())))
    text = "Corea del Sud, nordcoreani, Kim Yong, Kim"
    assert ActorMatcher((actor,)).find(text) == ActorMatcher((get("DPRK"),)).find(text)


# --- notation ---------------------------------------------------------------------------------------------------------


def test_alternatives_multiply():
    assert [p.name for p in parse_alias("russisch{,e}")] == ["russisch", "russische"]
    assert len(parse_alias("{a,b} {c,d,e}")) == 6


def test_signs():
    assert parse_alias("-?=|北|") == (AliasPattern("北", True, True, True, False, True, True),)
    assert parse_alias("китайск*") == (AliasPattern("китайск", open_end=True),)


@pytest.mark.parametrize(
    "bad", ["a{b", "a}b", "a{b}", "a{b{c,d},e}", "a*b", "*", "--a", "-", "a|b", "{a,}", "a|*", "{ a,b}"]
)
def test_malformed_aliases(bad):
    with pytest.raises(ActorError):
        parse_alias(bad)


def test_too_many_alternatives():
    with pytest.raises(ActorError, match="1000 names"):
        parse_alias("{0,1,2,3,4,5,6,7,8,9}" * 3)


@pytest.mark.parametrize("bad", ["中*", "a-*"])
def test_open_end_needs_letters(bad):
    with pytest.raises(ActorError, match="must have a letter"):
        ActorMatcher((Actor("x", {"*": (bad,)}),))


def test_case_rules():
    matcher = ActorMatcher((Actor("x", {"*": ("Turkey", "US", "russe", "=Kim")}),))
    text = "turkey TURKEY us US Us Russe kim KIM Kim"
    assert [text[m.start : m.end] for m in matcher.find(text)] == ["TURKEY", "US", "Russe", "Kim"]


def test_closed_ends():
    matcher = ActorMatcher((Actor("x", {"ko": ("북|",), "zh": ("|中|",)}),))
    assert [m.start for m in matcher.find("북, 북한 중북 中。中国")] == [0, 9]


# --- coverage of the statements written for the project ---------------------------------------------------------------


def _rates(lines: list[dict]) -> tuple[float, float]:
    matcher = matcher_for(resolve(None))
    related = hit = named = 0
    for record in lines:
        text = record["text"] + "\n" + (record["context"] or "")
        here = {m.actor for m in matcher.find(text, language=record["lang"])}
        for actor in DEFAULT_ACTORS:
            is_related = record["stance"][actor] != "unrelated"
            related += is_related
            named += actor in here
            hit += is_related and actor in here
    return hit / related, hit / named


@pytest.mark.parametrize("language", ["de", "en", "es", "fr", "it", "ja", "ko", "pl", "pt", "ru", "uk", "zh"])
def test_coverage_of_written_statements(language):
    places = [root / "quotes" / f"{language}.jsonl" for root in (Path(__file__).parents[1] / "data", SHARED)]
    path = next(filter(Path.exists, places), None)
    if path is None:
        pytest.skip(f"the written statements are in none of {places}")
    recall, precision = _rates([json.loads(line) for line in path.read_text("utf-8").splitlines()])
    assert recall > 0.75
    assert precision > 0.94


def test_names_without_capitals_are_found_on_request():
    text = "russia and north korea know what nato is, and so do us"
    assert EVERY.find(text) == []
    found = EVERY.find(text, ignore_case=True)
    assert [(m.actor, text[m.start : m.end]) for m in found] == [
        ("Russia", "russia"),
        ("DPRK", "north korea"),
        ("NATO", "nato"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [("russia pays", True), ("Russia pays", False), ("俄罗斯", False), ("12", False), ("россия", True)],
)
def test_a_text_without_capitals_is_told_from_one_whose_script_has_none(text, expected):
    assert without_capitals(text) is expected
