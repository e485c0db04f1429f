"""The signs by which Japanese sentences are taken apart: particles, endings, suffixes of people and institutions."""

from __future__ import annotations

import regex

#: What stands after a quotation that is told.
TOLD = regex.compile(
    r"(?:（[^）]{1,24}）)?(?:など|等)?(?:だ|だった|である)?(?:と(?!いう\p{Han}|の(?:\p{Han}{1,2}(?:板|札|字)))|って|とも|なんて)"
)
#: What stands after words that are a name, a title, a sign, or only thought.
NAMED = regex.compile(
    r"と(?:呼ばれ|名付|名づけ|題し|題する|題された|銘打|称さ|(?:大きく)?(?:書か|記さ|刻ま|印字さ)れた(?=[\p{Han}ァ-ヶ])|心の中|心で|思[っい]|な(?:る(?!\p{Han}{0,2}警告)|った|って|ら)|言え[るばそ]|並[ぶびん]|比べ|祈[っり]|感じ|願[っい]|信じ|なっている)|"
    r"という(?:名|題|言葉|語|用語|単語|表現|概念|呼称|呼び名|タイトル|テーマ|称号|標語|スローガン|歌|曲|映画|作品|小説|看板|見出し|文字|\p{Han}{1,3}の)|の(?:文字|愛称|通称|異名|標語|名で)|こと(?=[\p{Han}ァ-ヶ])"
)
#: Voices of many: *"..." is heard from the neighbours*.
VOICES = regex.compile(
    r"と(?:の|い(?:う|った))?[^、。\ue000]{0,12}?(?:声|意見|不満|批判|反発|異論|懸念|疑問|悲鳴|歓声|やじ|ヤジ|怒号|掛け声)[がもをはの]"
)
#: The source in brackets after a quotation, and a group from which voices come before it.
SOURCE = regex.compile(r"[\s、]*[（(](?P<who>[^（）()\ue000\d][^（）()\ue000]{1,24})[）)]")
FROM = regex.compile(r"(?P<who>[^、。\s\ue000]{2,16}?)(?:内|の間)?から(?:は|も|)、?$")
#: What a person says of something with a quoted phrase: *called it "..."*.
CALLED = regex.compile(
    r"と(?:呼[んび](?!でいる\p{Han})|名指し(?!された)|位置[付づ]け(?!られ)|形容し|評し|表現し|断じ|決めつけ|言い切)"
)
#: The next sentence points back to the quotation: *so said the father*.
BACK = regex.compile(r"(?:そう|こう)(?!した|いう|いった)")
#: Papers that institutions issue: they speak for somebody.
DOCUMENT = regex.compile(
    r"(?:声明|談話|論評|社説|文書|報告書|書簡|記事|発表|コメント|投稿|動画|声|意見|不満|疑問|懸念)$"
)
_REGIONS = "米中露ロ韓朝北英仏独伊日印豪台欧越比蘭"
#: A country with one sign, as headlines name it.
COUNTRY = regex.compile(rf"(?:^|[　 」』、。\ue000])(?P<who>[{_REGIONS}])$")
#: A quotation that is the predicate of what somebody says, or compared with something.
PREDICATE = regex.compile(
    r"(?:だ|だった|である|であり|な(?:の|ん)だ|の(?:よう|ごと)|よう|ような|に(?:たとえ|なぞらえ|例え|等しい)|と同じ|[をにへのでが]|など)"
)
TOPIC = regex.compile(
    r"(?P<words>[^、。，．,\s「」『』\ue000【】〈〉＜＞]{1,44}?)(?P<particle>(?:は|が|も|では)|に?(?:によると|によれば|よると|よれば))(?=[、，,\p{L}\p{N}\ue000\s])"
)
AGE = r"[（(][^（）()]{1,14}[）)]"
PERSON = regex.compile(
    rf"(?:さん|氏|ちゃん|君|様|選手|被告|容疑者|議員|たち|ら|側|[者員長官家師士生手民兵婦客主人親父母妻夫子女男友孫兄姉弟妹娘将帥相王]|省|庁|局|社|党|軍|府|署|団|紙|派|筋)(?:{AGE})?$"
)
KATAKANA = regex.compile(r"(?:.*[のでた])?[ァ-ヶー]{2,}(?:[・＝=][ァ-ヶー]+)*$")
DOTTED = regex.compile(r"[ァ-ヶー]+(?:[・＝=][ァ-ヶー]+)+")
NO_SPEAKER = regex.compile(
    r"(?:^(?:これ|それ|あれ|ここ|そこ|今|何|誰|どれ)$|[日月年時分秒中後前上下間回点面件体果的声々]$|(?:対応|関係|姿勢|行動|主張|計画|目的|協力|演習|発射|攻撃|制裁|政策|合意|会談|戦争|提案|決定|措置|状況)$|こと$|もの$|ため$|とき$|言葉$|表情$|反応$|際$|場合$|そう$|よう$|[るたいなてに]$|[での]$)"
)
CUT = regex.compile(
    r"^.*(?:で|を|た|る|に|、|ない|へ|から|一方|対し)(?=(?:[\p{Han}\p{Katakana}A-Za-zＡ-Ｚ]|元)[^をにる]*$)"
)
SPOKEN = regex.compile(
    r"(?:[。！？!?…♪]|です|ます|た|だ|る|い|ん|よ|ね|か|わ|ぞ|ない|べき|せよ|しろ|で|や|な|って|から|けど)[）)]?$"
)
INSTITUTION = regex.compile(
    r"(?:サイト|新聞|紙|誌|通信社?|[局社党会]|団体|グループ|集団|チャンネル|アカウント|メディア|企業|政府系)$"
)
#: A relative clause before a noun; nouns for people that carry no name before them.
RELATIVE = regex.compile(r"(?:る|た|う|す|く|ない|んだ|いる|しい|るい|かい)(?P<noun>[\p{Han}\p{Katakana}ー]{1,5})$")
NAMELESS = frozenset(
    [
        "関係者",
        "担当者",
        "幹部",
        "職員",
        "役員",
        "住民",
        "市民",
        "研究者",
        "専門家",
        "高官",
        "当局者",
        "漁師",
        "農家",
        "男性",
        "女性",
        "関係筋",
        "外交筋",
        "筋",
        "者",
        "労働者",
        "従業員",
        "組合員",
        "組合長",
        "高校生",
        "学生",
        "遺族",
        "家族",
    ]
)
NO_NAME = regex.compile(r"[会社省庁党軍団業界組員学校院病署営課室国県市町村区]$|関係|[会省庁党軍業]")
FULL = regex.compile(r"(?!地元|現地|主要|匿名|国営|大手|同)(?![^の]*[会社省庁党軍業組員])\p{Han}{3,5}")
DATELINE = regex.compile(r"^[\s　]*(?:[（(【＝〔][^）)】＝〕]{1,24}[）)】＝〕][\s　]*)+")
CLOCK = regex.compile(r"[\s　]*\d{1,2}(?:[:：]\d{2}|時\d{0,2}分?)[\s　]*")
SUFFIXES = ("さん", "氏", "ちゃん", "君", "選手", "議員", "容疑者", "被告")
#: Heads of offices, before whose title the office stands more often than a name; and common surnames.
CHIEF = regex.compile(r"(?:[局部課室所署館園院校係隊班団支]長|次長|本部長|組合長|理事長)$")
SURNAMES = frozenset(
    [
        "佐藤",
        "鈴木",
        "高橋",
        "田中",
        "伊藤",
        "渡辺",
        "渡邊",
        "山本",
        "中村",
        "小林",
        "加藤",
        "吉田",
        "山田",
        "山口",
        "松本",
        "井上",
        "木村",
        "斎藤",
        "斉藤",
        "清水",
        "山崎",
        "池田",
        "橋本",
        "阿部",
        "石川",
        "山下",
        "中島",
        "石井",
        "小川",
        "前田",
        "岡田",
        "藤田",
        "後藤",
        "近藤",
        "村上",
        "遠藤",
        "青木",
        "坂本",
        "福田",
        "太田",
        "西村",
        "藤井",
        "金子",
        "岡本",
        "藤原",
        "三浦",
        "中野",
        "中川",
        "原田",
        "松田",
        "竹内",
        "小野",
        "田村",
        "中山",
        "和田",
        "石田",
        "森田",
        "上田",
        "内田",
        "柴田",
        "酒井",
        "宮崎",
        "横山",
        "高木",
        "安藤",
        "宮本",
        "大野",
        "小島",
        "谷口",
        "今井",
        "工藤",
        "高田",
        "増田",
        "丸山",
        "杉山",
        "村田",
        "大塚",
        "新井",
        "小山",
        "平野",
        "藤本",
        "河野",
        "上野",
        "野口",
        "武田",
        "松井",
        "千葉",
        "菅原",
        "岩崎",
        "木下",
        "久保",
        "佐野",
        "野村",
        "松尾",
        "市川",
        "菊地",
        "杉本",
        "古川",
        "大西",
        "島田",
        "水野",
        "桜井",
        "高野",
        "渡部",
        "吉川",
        "山内",
        "西田",
        "飯田",
        "菊池",
        "西川",
        "小松",
        "北村",
        "安田",
        "川口",
        "平田",
        "中田",
        "服部",
        "岩田",
        "土屋",
        "川崎",
        "福島",
        "本田",
        "樋口",
        "秋山",
        "田口",
        "永井",
        "山中",
        "中西",
        "吉村",
        "川上",
        "大橋",
        "石原",
        "松岡",
        "浜田",
        "馬場",
        "森本",
        "矢野",
        "浅野",
        "松下",
        "星野",
        "吉岡",
        "小池",
        "野田",
        "荒井",
        "大谷",
        "熊谷",
        "松浦",
        "森川",
        "佐伯",
        "有馬",
        "桐山",
        "権藤",
        "小牧",
        "古賀",
        "大城",
        "比嘉",
        "金城",
        "宮城",
        "石動",
    ]
)
