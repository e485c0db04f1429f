"""Where a person's name stands in a Korean noun phrase: before or after a role, by surname or as a foreign name."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from stance.types import Span

_SURNAMES = frozenset(
    "김이박최정강조윤장임한오서신권황안송전홍유고문양손배백허남심노하곽성차주우구민류나진지엄채원천방공현함변염여추도소석선설마길연위표명기반왕금옥육인맹제모탁국어은편용예경봉사부가복태목형피두감빈동온호범좌"
    "팽승간갈견계당대돈라량려로뢰룡리림묵미비상순습시야엽영운응초판포학해화희후"
)
_DOUBLE = ("남궁", "황보", "제갈", "선우", "독고", "사공", "서문", "동방", "망절", "어금")
#: Titles that a name stands before; other roles (an official, a resident) carry none.
_TITLE = regex.compile(
    r"(?:대통령|총리|장관|차관|차관보|총장|차장|의원|대표|대변인|위원장|부위원장|위원|교수|박사|국장|대사|공사|사령관|주석|서기장?|의장|장군|대령|중령|소령|회장|사장|감독|선수|변호사|판사|검사|"
    r"총재|외무상|외교부장|부장|부부장|방위상|외상|국방상|수상|고문|소장|원장|이사장|본부장|단장|실장|팀장|센터장|작가|기자|특파원|목사|신부|스님|교황|추기경|주교|국왕|여왕|황태자|왕세자|"
    r"연구위원|연구원|보좌관|특사|대위|대장|중장|준장|원수|할머니|할아버지|선생|셰프|피디|아나운서|앵커|조합장|[가-힣]+장|코치|여사|옹)$"
)
#: Countries before an office: *Name, of the American ministry, spokesman*.
COUNTRIES = frozenset(
    [
        "미국",
        "중국",
        "러시아",
        "일본",
        "한국",
        "북한",
        "우크라이나",
        "영국",
        "프랑스",
        "독일",
        "이탈리아",
        "스페인",
        "폴란드",
        "튀르키예",
        "터키",
        "인도",
        "이란",
        "이스라엘",
        "체코",
        "핀란드",
        "스웨덴",
        "노르웨이",
        "덴마크",
        "네덜란드",
        "벨기에",
        "리투아니아",
        "라트비아",
        "에스토니아",
        "벨라루스",
        "헝가리",
        "루마니아",
        "대만",
        "베트남",
        "캐나다",
        "호주",
        "몽골",
        "유럽연합",
        "유엔",
        "나토",
        "백악관",
        "크렘린궁",
        "크렘린",
    ]
)
_PLAIN = regex.compile(
    r"(?:[부처청국실당회단군과팀소사대원교도시구읍동역항섬층]|협회|연구소|대학|업체|단체|병원|은행|신문|방송|통신|정부|의회|위원회|여단|사단|대대|중대|함대|소속|출신|전직|현직|익명|해당|다른|다음|모든|여러|"
    r"전국|세계|국제|국가|지역|현지|이번|당시|최고|고위|핵심|일부|외국|해외|국내|남성|여성|젊은|늙은|외곽|인근|근처|주재|주한|주중|주미|주일|주유엔|고려인|조선족)$"
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a noun phrase without its age in brackets, and what the table says about it."""

    start: int
    end: int
    text: str
    role: bool
    collective: bool
    aged: bool

    @property
    def unknown(self) -> bool:
        """Tell whether the word can be a name or a part of one."""
        return not (self.role or self.collective or self.text.endswith("의"))


def is_korean_name(word: str) -> bool:
    """Tell whether a word has the form of a Korean name: a surname and one or two syllables."""
    if not regex.fullmatch(r"[가-힣]{2,4}", word) or (_PLAIN.search(word) and len(word) != 3):
        return False
    if word.startswith(_DOUBLE):
        return True
    if regex.fullmatch(r"[가-힣]\s?모", word):
        return True
    return word[0] in _SURNAMES and len(word) == 3 and not _PLAIN.search(word)


def find_name(words: list[Word]) -> Span | None:
    """Return the place of the person's own name in a noun phrase, None where it has none."""
    if not words:
        return None
    last = words[-1]
    if last.text in ("씨", "군", "양", "님"):
        return _run(words[:-1], 3)
    if glued := regex.fullmatch(r"(?P<name>[가-힣]{2,6})씨", last.text):
        return last.start, last.start + glued.end("name")
    if last.unknown:
        if len(words) > 1 and regex.search(r"[관장원사자수인]$", last.text) and is_korean_name(words[0].text):
            return words[0].start, words[0].end
        run = _run(words, 4)
        leads = run is not None and any(word.role for word in words if word.end <= run[0])
        sure = last.aged or leads or (len(words) == 1 and is_korean_name(last.text))
        return run if sure and not _PLAIN.search(last.text) else None
    if not last.role:
        return None
    index = len(words) - 1
    while index >= 0 and not words[index].unknown and not words[index].text.endswith("의"):
        index -= 1
    return _before_title(words[: index + 1], last, direct=index == len(words) - 2)


def _run(words: list[Word], most: int) -> Span | None:
    """Return the unknown words at the end of a phrase, at most so many."""
    run: list[Word] = []
    for word in reversed(words):
        plain = _PLAIN.search(word.text) and not (run and len(word.text) == 2)
        if not word.unknown or len(run) == most or plain or (run and word.aged):
            break
        run.append(word)
        if len(run) == 1 and is_korean_name(word.text):
            break
    return (run[-1].start, run[0].end) if run else None


def _before_title(words: list[Word], title: Word, *, direct: bool) -> Span | None:
    """Return the name before a title: a Korean one anywhere, a foreign one right before."""
    if not words or not words[-1].unknown:
        return None
    last = words[-1]
    if is_korean_name(last.text):
        return last.start, last.end
    if not direct and _TITLE.search(title.text) and len(words) >= 2 and all(word.unknown for word in words):
        run = _run(words, 4)
        return run if run is not None and run[0] == words[0].start else None
    if not direct and not (_TITLE.search(title.text) and len(last.text) >= 3 and not _PLAIN.search(last.text)):
        return None
    if not _TITLE.search(title.text) or _PLAIN.search(last.text) or len(last.text) < 2:
        return None
    return _run(words, 4)
