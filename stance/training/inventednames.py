"""Names of countries that do not exist, without end: what is learnt of a name that is nobody's is learnt of its words.

A dozen fixed names would be learnt as names like any other; the model is asked about names that it has never read.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sounds:
    """What the names of a script are put together of: ``shortest`` to ``longest`` syllables, then an ending.

    Syllables and endings are words between spaces.
    """

    syllables: str
    endings: str
    shortest: int
    longest: int


LATIN = Sounds(
    "ka ka ro ve ta mo dra sil qua bel or ter nor vel lu mar zan pe ri sto gre ul be cor da fen "
    "gal il jo kri lan mi os pra ra sem tu ur vo wes yo zel ast bor cal du er fla gor",
    "via land nia stan ria ra lia mark dor sia tan burg ne ona esh uela",
    shortest=1,
    longest=2,
)
CYRILLIC = Sounds(
    "ка ро ве та мо дра сил бел ор тер нор вел лу мар зан пе ри сто гре ул кор да фен гал",
    "вия ния ландия стан рия лия мария дор сия она",
    shortest=1,
    longest=2,
)
UKRAINIAN = Sounds(
    "ка ро ве та мо дра сил бел ор тер нор вел лу мар зан пе рі сто гре ул кор да фен гал",
    "вія нія ландія стан рія лія марія дор сія она",
    shortest=1,
    longest=2,
)
ARABIC = Sounds(
    "كار رو في تا مو درا سيل بل أور تر نور لو مار زان بي ري ستو غال كور",
    "فيا نيا لاند ستان ريا ليا دور سيا ونا",
    shortest=1,
    longest=2,
)
CHINESE = Sounds(
    "卡 罗 维 塔 莫 德 西 贝 奥 特 诺 卢 马 赞 佩 里 斯 格 科 达 芬 加",
    "维亚 尼亚 兰 斯坦 里亚 多尔",
    shortest=1,
    longest=2,
)
KATAKANA = Sounds(
    "カ ロ ヴェ タ モ ドラ シル ベル オル テル ノル ル マル ザン ペ リ スト グレ コル ガル",
    "ヴィア ニア ランド スタン リア ドール シア ーナ",
    shortest=2,
    longest=3,
)
HANGUL = Sounds(
    "카 로 베 타 모 드라 실 벨 오르 테르 노르 루 마르 잔 페 리 스토 그레 코르 갈",
    "비아 니아 란드 스탄 리아 도르 시아 오나",
    shortest=1,
    longest=2,
)
SCRIPTS: Mapping[str, Sounds] = {
    "ru": CYRILLIC,
    "bg": CYRILLIC,
    "uk": UKRAINIAN,
    "ar": ARABIC,
    "zh": CHINESE,
    "ja": KATAKANA,
    "ko": HANGUL,
}


def invented_name(language: str, chance: random.Random) -> str:
    """Return a name in the script of a language; the same ``chance`` gives the same name."""
    sounds = SCRIPTS.get(language, LATIN)
    count = chance.randint(sounds.shortest, sounds.longest)
    syllables = chance.choices(sounds.syllables.split(), k=count)
    return "".join([*syllables, chance.choice(sounds.endings.split())]).capitalize()
