"""The signs by which Chinese sentences are taken apart: what leads in, breaks off, names or tells."""

from __future__ import annotations

import regex

#: What can stand before the subject of a clause: a dateline, a time, a place, a conjunction.
LEAD = regex.compile(
    r"^(?:[\s，。：；、,]+|[^，。]{2,16}[电電讯訊]\s?(?:（[^）]{1,30}）|\([^)]{1,30}\)|[：:　 ]|$)|"
    r"[（(【〔\[][^）)】〕\]]{1,30}[）)】〕\]]|"
    r"据悉|據悉|此外|另外|同时|同時|随后|隨後|但是?|而且?|不过|不過|然而|对此|對此|另据|其中|于是|於是|接着|接著|最后|最後|"
    r"当[天日晚]|當[天日晚]|[昨今前明]天?[日晚晨早](?:间)?|[昨今前明]天|日前|近日|此前|稍早|稍后|稍後|早些时候|目前|如今|当时|當時|上午|下午|晚间|晚間|深夜|凌晨|"
    r"周[一二三四五六日末]|週[一二三四五六日末]|星期[一二三四五六日天]|(?:在|当|當|于|於)[^，。在]{1,16}?(?:期间|期間|[中上里裡后後时時前间間])(?!\p{Han}?[部将將])|"
    r"批评来自反对派|[专專采採受][访訪][中时時]|[\d一二三四五六七八九十]{1,4}[年月日号號时時点點分](?:[上下]旬)?)*"
)
#: Clauses that only name what is spoken about, or when.
TOPIC = regex.compile(
    r"^(?:谈[到起及]|談[到起及]|[说說]起|提[到起及]|被?[问問](?:[到及起]|是否)|记者[问追]|記者[問追]|面[对對]|[对對]于|對於|针对|針對|关于|關於|就|[对對]|看着|看著|随着|隨著|为了?|為了?|"
    r"由[于於]|除了?|据|據|根据|根據|当|當|在|自从?|从|從|经过|經過|至[于於]|如果|尽管|盡管|虽然|雖然|截获|截獲|听[到完]|聽[到完]|作为|作為|[话話]未|[话話]音)"
)
#: A verb or preposition between two nouns tells that the second is no longer the subject.
BREAK = regex.compile(
    r"[，。；：、在于於就对對向把將将用当當说說称稱则則也还還又并並却卻与與及从從被给給了着著让讓请請派使叫看听聽问問打跟为為以]|[会會接]见|會見|[访訪][问問]|接受|出席|前往|宣布|批评|批評|描述|竖起"
)
RELATIVE = regex.compile(
    r"[^，。；：\ue000]{0,26}的(?:前|原|那|这|這|一[名位个個]|多[名位]|[另别別]一[名位])?\p{Han}{0,4}"
)
INDEFINITE = regex.compile(
    r"^(?:有的?(?!关|關)|[一两兩几幾多数數]{1,2}[名位个個些]|某|另一|部分|不少|许多|許多|众|眾|\p{Han}{2,12}[一两兩几幾多数數][名位个個])"
)
ARTICLE = regex.compile(r"(?:[这這那][位名个個]|[该該](?=\p{Han}{2}))")
PERSON_END = frozenset(
    "者员員长長官家师師民客手兵工人迷商方部局署院社報报党黨军軍省庭团團生宾賓妇婦将將友眷属屬嫂姐哥爷爺们們"
)
SURE_PERSON = frozenset("族妇婦女生工者员員长長官師师民兵人商客迷手")
SENTENCE = regex.compile(r"[我你您他她它们們是不了没沒要会會能都就还還吗嗎呢吧别別让讓把被着著过過很太谁誰怎什再无無]")
VERBAL = regex.compile(r"^[坚堅不将將绝絕已正必要无無没沒应應]|反[对對]|支持|[谴譴][责責]|[欢歡]迎|拒[绝絕]")
#: A noun after a quotation that says what bears the name; a verb that says that others call it so.
NAMED_AFTER = regex.compile(
    r"(?:平台|网站|網站|频道|頻道|演习|演習|行动|行動|计划|計劃|系列|专栏|專欄|会议|會議|论坛|論壇|工程|项目|項目|模式|效应|效應|构想|構想|概念|战略|戰略|倡议|倡議|联盟|聯盟|集团|集團|公司|"
    r"大赛|大賽|标语|標語|横幅|橫幅|口号|口號|标签|標籤|话题|話題|导弹|導彈|无人机|無人機|轰炸机|战机|戰機|航母|字眼|说法|說法|二字|三字|四字|等(?:标语|標語|口号|口號|字样|字樣))"
)
CALLED_BEFORE = regex.compile(r"(?:所[称稱说說谓謂]的?|[称稱叫]作?[为為]的?|名[为為叫]|自[称稱]的?)$")
ASKED = regex.compile(
    r"(?:被?[问問][及到]|[谈談][及到]|提[及到]|[关關][于於]|[针針][对對]|就|[对對])[^，。\ue000]{0,12}$"
)
ASKED_AFTER = regex.compile(r"[^，。\ue000]{0,8}(?:[时時]|之[际際]|一事|[问問][题題]|的[问問][题題])[，,]?")
#: Papers that institutions issue: they speak for somebody.
PAPER = regex.compile(
    r"^(?:[该該])?(?:[声聲]明|[谈談][话話]|文章|社[论論]|[评評][论論]|[报報]告|文件|公[报報]|[讲講][话話]|信)$"
)
#: Shouts and voices after quotations.
VOICES = regex.compile(
    r"的(?:[喊呼骂罵怒吼吆喝叫质疑質抗议議批评評][^，。]{0,3}[声聲]|[声聲]音|[质質]疑|[说說]法|言[论論]|警告|指[责責]|承[诺諾]|表[态態])"
)
#: The next speaker's name between two quotations: *"A", while the other side called it "B"*.
OTHER_SIDE = regex.compile(r"[，,；;]\s?[^，。；\ue000]{2,14}?(?:[则則却卻也亦]|斥之|回[应應敬])")
KIN = regex.compile(
    r"的?(?:丈夫|妻子|太太|先生|老公|老婆|母[亲親]|父[亲親]|[妈媽][妈媽]|爸爸|[儿兒]子|女[儿兒]|哥哥|弟弟|姐姐|妹妹|同事|[邻鄰]居|朋友|律[师師]|家人|[爷爺][爷爺]|奶奶|助[手理]|老[师師]|同[学學]|[发發]言人)"
)
#: Somebody of a kind, without a name: *a commuter*.
SOMEBODY = regex.compile(r"(?:[一两兩几幾多数數]|有|另|某|另一)[名位个個]?\p{Han}{1,8}?[族者员員民人生客工众眾]")
ADVERB = regex.compile(
    r"(?:半晌|良久|片刻|[许許]久|[随隨]即|[转轉]而|[继繼]而|[进進]而|反复|反覆|多次|再三|一再|直言|[这這]才|才|[终終][于於]|不[时時]|一字一[顿頓]地?|[当當]即|立即|立刻|[继繼][续續]|[还還]|也|又|仍)+(?:才|就|便|只)?"
)
ABOUT = frozenset(
    [
        "谈到",
        "談到",
        "提到",
        "提及",
        "谈及",
        "談及",
        "谈起",
        "說起",
        "说起",
        "希望",
        "相信",
        "期待",
        "要求",
        "反对",
        "同意",
        "支持",
    ]
)
SHORT = 4
