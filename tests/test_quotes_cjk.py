"""Chinese, Japanese and Korean quotations: who speaks, what is a statement, and what is only a name."""

import pytest

from stance.quotes import extract


def found(text, language):
    """Return (words of the spans joined by |, speaker) of every direct or mixed statement."""
    result = extract(text, language=language, kinds=["direct", "mixed"])
    for one in result.statements:
        assert " ".join(text[start:end] for start, end in one.spans) == one.text
    return [
        ("|".join(text[a:b].strip("。，！？.,!?…") for a, b in one.spans), one.speaker) for one in result.statements
    ]


SPEAKERS = [
    # a phrase of role, relative clause or rank around the name, and what follows a name without a sign
    ("zh", "“今晚没有灯，”68岁的退休护工沈桂兰叹气，“明晚也没有。”", [("今晚没有灯|明晚也没有", "沈桂兰")]),
    ("zh", "渔政局发言人诺沃瓦列夫上校称：“网已经收起来了。”", [("网已经收起来了", "诺沃瓦列夫")]),
    ("zh", "「船票早就賣完了！」船東公會的歐陽樹拍桌痛批。", [("船票早就賣完了", "歐陽樹")]),
    ("zh", "谈到灯塔，从北岸赶来的渔民老秦笑了笑：“它比我岁数大。”", [("它比我岁数大", "老秦")]),
    # the second verb shares the subject of the first, not of the clause between
    (
        "zh",
        "港务局副局长凌少峰昨晚答复，三号码头将在月底重开，并称这是“最后的期限”。",
        [("最后的期限", "凌少峰")],
    ),
    ("zh", "《海港晚报》援引一名领航员的话说：“雾里谁也看不见谁。”", [("雾里谁也看不见谁", "一名领航员")]),
    ("zh", "“雾太大了。”守塔人放下望远镜。", [("雾太大了", "守塔人")]),
    # topics, relative clauses and names with an age; who follows the quotation, or closes the sentence
    (
        "ja",
        "「網が全部流された」。浜で片付けをしていた大城ミツさん（77）は首を振る。",
        [("網が全部流された", "大城ミツ")],
    ),
    ("ja", "「霧で何も見えん」と、船頭の石動太郎さん（61）。", [("霧で何も見えん", "石動太郎")]),
    ("ja", "「もう出航か」と灯台守は尋ねた。", [("もう出航か", "灯台守")]),
    ("ja", "会見したのは港湾局のヨナス・ヴェルト次長。「桟橋は閉じない」", [("桟橋は閉じない", "ヨナス・ヴェルト")]),
    ("ja", "県警によると、船員は「眠っていた」と供述している。", [("眠っていた", "船員")]),
    ("ja", "港湾局長は、古い桟橋を「海の墓標」だと評し、撤去を急ぐと言った。", [("海の墓標", "港湾局長")]),
    ("ja", "港湾局長は「桟橋は明日閉じると強調し、詳細は語らなかった。", [("桟橋は明日閉じる", "港湾局長")]),
    # particles, names before and after roles, who follows the quotation, who is cited
    ("ko", '요나스 벨트 항만청장은 "부두는 닫지 않는다"고 강조했다.', [("부두는 닫지 않는다", "요나스 벨트")]),
    ("ko", '등대지기 오금석(71) 씨도 "안개가 짙다"고 말했다.', [("안개가 짙다", "오금석")]),
    ("ko", '"배표가 다 팔렸어요." 매표소 직원 도현주(33) 씨가 말했다.', [("배표가 다 팔렸어요", "도현주")]),
    ("ko", '"그물을 다 잃었다"라며 선장 마태식 씨는 고개를 저었다.', [("그물을 다 잃었다", "마태식")]),
    ("ko", '항만청 관계자에 따르면 "부두는 내일 연다"고 한다.', [("부두는 내일 연다", "항만청 관계자")]),
    ("ko", "등대지기 오금석 씨의 답은 짧았다. “안개가 곧 걷힙니다.”", [("안개가 곧 걷힙니다", "오금석")]),
    ("ko", "항만청은 새 부두를 “바다로 난 창”으로 규정했다.", [("바다로 난 창", "항만청")]),
    ("ko", "대변인은 '근거 없는 소문'이라고 일축했다.", [("근거 없는 소문", "대변인")]),
    (
        "ko",
        '선장은 "배가 낡았다"라고 맞서며 "고칠 돈도 없다"고 비꼬았다.',
        [("배가 낡았다|고칠 돈도 없다", "선장")],
    ),
]


@pytest.mark.parametrize(("language", "text", "wanted"), SPEAKERS)
def test_what_is_said_and_by_whom(language, text, wanted):
    assert found(text, language) == wanted


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("zh", "这家名为“北岸灯火”的店推出了“海风套餐”。"),
        ("zh", "学校回应“午餐变冷”：家长可以自带。"),
        ("ja", "「北岸の灯」と名付けられた像の前に「海の日」と書かれた札がある。"),
        ("ja", "母は「早く帰って」と心の中で祈った。"),
        ("ja", "通信では「#灯台」がトレンド入りした。"),
        ("ko", "방청객은 ‘힘내라 등대’가 적힌 부채를 흔들었다."),
        ("ko", "연극 '북쪽 등대'가 막을 올렸다."),
    ],
)
def test_names_thoughts_and_slogans_are_none(language, text):
    assert found(text, language) == []


@pytest.mark.parametrize(
    ("language", "text", "mention"),
    [
        ("zh", "渔民老秦来得很晚。“风要变了。”", "渔民老秦"),
        ("ja", "大城ミツさん（77）は手を止めない。「風が変わる」", "大城ミツさん（77）"),
        ("ko", "오금석(71) 씨는 등대를 가리켰다. “바람이 바뀌네요.”", "오금석(71) 씨"),
    ],
)
def test_the_sentence_before_names_who_speaks(language, text, mention):
    (one,) = extract(text, language=language).statements
    assert text[slice(*one.speaker_span)] == mention


def test_a_role_that_nobody_had_before_is_somebody_new():
    text = "船长秦守义说：“风要变了。”“什么时候？”记者问。"
    assert [speaker for _, speaker in found(text, "zh")] == ["秦守义", "记者"]


def test_a_part_of_a_name_finds_the_whole():
    text = "歌手の大城みつる（21）が港で歌った。\n\n大城は「風が気持ちいい」と話した。"
    assert found(text, "ja") == [("風が気持ちいい", "大城みつる")]


def test_answers_without_a_name_are_those_of_who_was_asked():
    text = "大城ミツ市長に聞いた。\n\n――桟橋は残りますか。\n\n「残します。ただし船は減ります」\n\n"
    text += "――費用は。\n\n「国に頼るしかありません」"
    assert [speaker for _, speaker in found(text, "ja")] == ["大城ミツ", "大城ミツ"]
