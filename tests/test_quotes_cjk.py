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


WITHOUT_MARKS = [
    # turns under a name, a name and a space, answers and comments that no marks bound
    (
        "ja",
        "――船は出ますか\n大城　出します。霧が晴れれば。\n――客は\n大城　三人です。",
        [("出します。霧が晴れれば", "大城"), ("三人です", "大城")],
    ),
    ("ja", "灯台守（61）の話　霧は三日続く。", [("霧は三日続く", "灯台守")]),
    (
        "zh",
        "《海港周刊》：船什么时候开？\n\n凌少峰：雾散了就开。\n\n《海港周刊》：票呢？\n\n凌少峰：卖完了。",
        [("雾散了就开", "凌少峰"), ("卖完了", "凌少峰")],
    ),
    (
        "ko",
        "오금석 등대장을 만났다.\n\nQ. 얼마나 걸리나.\nA. 사흘은 갑니다.\nQ. 그다음은.\nA. 기다려야죠.",
        [("사흘은 갑니다", "오금석"), ("기다려야죠", "오금석")],
    ),
    # marks seldom used
    (
        "ja",
        "大城市長は｢桟橋は閉じない｣と述べ。県警は”金がない”と話した。",
        [("桟橋は閉じない", "大城"), ("金がない", "県警")],
    ),
]


@pytest.mark.parametrize(("language", "text", "wanted"), WITHOUT_MARKS)
def test_speech_without_quotation_marks(language, text, wanted):
    assert found(text, language) == wanted


VOICES = [
    # a source in brackets, voices of many, a topic before short words, a sentence that points back
    ("ja", "「霧で眠れない」（港の女性）という声も上がる。", [("霧で眠れない", "港の女性")]),
    ("ja", "住民からは「遅い」「危ない」と不満の声が上がった。", [("遅い|危ない", "住民")]),
    ("ja", "隣町の代表は「同感だ」とうなずいた。", [("同感だ", "隣町の代表")]),
    ("ja", "「うそだろ」。父はそう言ったきり黙った。", [("うそだろ", "父")]),
    (
        "ja",
        "「橋は残す」。港湾局のヨナス・ヴェルト次長はこう切り出し、「船は減らす」と続けた。",
        [("橋は残す", "ヨナス・ヴェルト"), ("船は減らす", "ヨナス・ヴェルト")],
    ),
    ("ja", "港を営む大城ミツさん（77）は「客が来ない」と話す。", [("客が来ない", "大城ミツ")]),
    ("ko", "야당에서 “물러가라” “사과하라”는 고함이 쏟아졌다.", [("물러가라|사과하라", "야당")]),
    (
        "ko",
        "“배가 안 떠요.” 표를 파는 도현주(33)씨는 한숨을 쉬었다. “손님이 없거든요.” 항만청 관계자는 “곧 뜬다”고 했다.",
        [("배가 안 떠요|손님이 없거든요", "도현주"), ("곧 뜬다", "항만청 관계자")],
    ),
    (
        "ko",
        "오금석 외교부 장관이 부두를 찾았다. 오 장관은 “부두는 닫지 않는다”고 말했다.",
        [("부두는 닫지 않는다", "오금석")],
    ),
    (
        "ko",
        "선장은 “배는 뜬다고 못 박았다. 항만청은 “안개가 문제”라고 했다.",
        [("배는 뜬다", "선장"), ("안개가 문제", "항만청")],
    ),
    ("zh", "看台上的渔民传来“开船”“退票”的喊声。", [("开船|退票", "看台上的渔民")]),
    ("zh", "“雾太大了，”沈桂兰说。她丈夫也说：“船开不了。”", [("雾太大了", "沈桂兰"), ("船开不了", "她丈夫")]),
    (
        "zh",
        "國防部長顧長青說：「碼頭不關。」船東問何時開船？顧答：「霧散就開。」",
        [("碼頭不關", "顧長青"), ("霧散就開", "顧長青")],
    ),
    (
        "zh",
        "“谁还坐船？”罗秀琴叹气。一名渔民回应说：“雾散就开。”",
        [("谁还坐船", "罗秀琴"), ("雾散就开", "一名渔民")],
    ),
]


@pytest.mark.parametrize(("language", "text", "wanted"), VOICES)
def test_voices_brackets_and_sentences_that_point_back(language, text, wanted):
    assert found(text, language) == wanted


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ja", "港は「北の灯」となる塔を建て、「海の窓」という言葉を使った。"),
        ("ko", "‘바다길’이라는 용어는 작년에 나왔다."),
        ("zh", "港务局所称的“蓝色通道”已经开放，“北岸灯火”平台也上线了。"),
        ("zh", "被问及“北岸大桥”构想时，局长没有说话。"),
    ],
)
def test_terms_and_names_of_things_are_none(language, text):
    assert found(text, language) == []
