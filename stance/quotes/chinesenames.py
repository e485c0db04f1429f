"""Where a Chinese name begins and ends: by surname, by the dots of a foreign name, by the signs foreign names use."""

from __future__ import annotations

import regex

from stance.quotes.japanesesigns import SURNAMES

#: Surnames of one sign, simplified and traditional; those that are mostly function words are left out.
_SURNAMES = frozenset(
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许何吕施张孔曹严华金魏陶姜戚谢邹喻柏窦章云苏潘葛奚范彭郎鲁韦昌马苗凤花方俞任袁柳鲍史唐费廉岑薛雷贺倪汤滕殷罗毕郝邬安常乐傅皮卞齐康伍余元顾孟黄穆"
    "萧尹姚邵湛汪祁毛禹狄米贝臧伏成戴谈宋茅庞熊纪舒屈项祝董梁杜阮蓝闵席季麻贾路娄江童颜郭梅盛林刁钟徐邱骆高夏蔡田樊胡凌霍虞万支柯管卢莫房裘缪宗丁宣邓郁杭洪包诸左石崔吉钮龚程嵇邢裴陆荣翁荀羊惠甄"
    "曲封芮储靳段富巫焦巴牧谷车侯班秋仲伊宫宁仇栾甘厉戎祖武符刘景詹束龙叶幸司黎薄印白怀蒲邰鄂索咸赖卓蔺屠蒙池乔胥闻莘翟谭贡劳姬申冉宰雍桑桂濮牛寿边扈燕冀浦尚农温庄晏柴瞿阎慕连茹习艾鱼容古易"
    "廖庾居衡步耿满弘匡文寇欧聂关荆游权盖桓肖付代曾辛邝岳缑佟邸佘竺练朴佴丘沙楚隋"
    "趙錢孫吳鄭馮陳衛蔣韓楊許呂張嚴華陶謝鄒竇雲蘇魯韋馬鳳費賀湯羅畢鄔樂齊顧黃蕭貝談龐紀項藍閔賈婁顏鐘鍾駱萬盧莫繆鄧鬱諸龔陸榮儲車宮寧欒厲劉龍葉懷賴藺喬陰聞譚貢勞邊農溫莊閻連習魚滿歐聶關"
    "權蓋鄺嶽"
)
_COMPOUND = [
    "相里",
    "百里",
    "东郭",
    "東郭",
    "西门",
    "西門",
    "濮阳",
    "濮陽",
    "澹台",
    "钟离",
    "鍾離",
    "太史",
    "仲孙",
    "宗政",
    "万俟",
    "赫连",
    "赫連",
    "淳于",
    "单于",
    "第五",
    "欧阳",
    "歐陽",
    "司马",
    "司馬",
    "诸葛",
    "諸葛",
    "上官",
    "皇甫",
    "尉迟",
    "尉遲",
    "公孙",
    "公孫",
    "令狐",
    "慕容",
    "夏侯",
    "司徒",
    "范姜",
    "端木",
    "南宫",
    "南宮",
    "东方",
    "東方",
    "独孤",
    "獨孤",
    "呼延",
    "宇文",
    "长孙",
    "長孫",
    "轩辕",
    "司空",
    "申屠",
    "公冶",
    "鲜于",
    "鮮于",
    "闻人",
    "聞人",
    "完颜",
    "完顏",
    "拓跋",
]
#: Signs with which foreign names are written; a run of three or more of them is taken for one.
_FOREIGN = frozenset(
    "阿埃艾爱安奥巴拜班邦鲍贝本比彼宾波伯博布查达戴丹道德登邓狄迪蒂丁东杜顿多厄恩尔法菲费芬丰冯佛弗福夫盖甘冈戈哥格根古瓜圭哈海汉豪赫亨洪胡华霍基吉加贾江金喀卡凯坎康科可克肯库夸奎拉莱赖兰朗劳勒雷"
    "里利莉丽连列林琳隆卢鲁伦罗洛吕玛迈麦曼芒毛梅门蒙米密缪摩莫默姆木穆拿纳娜奈南内尼宁纽努诺欧帕派潘庞佩彭蓬皮普奇恰乔切琴丘屈荣瑞若撒萨塞赛桑瑟森沙珊施史舒朔斯丝思松苏索塔泰坦汤唐陶特滕提廷图托瓦"
    "旺威韦维卫魏温翁沃乌西希锡夏谢辛欣休雪逊雅亚扬耶叶伊英尤赞泽扎詹兹佐茨柯莎茜察什茹涅耐雷妮娃廖因采秋曾勃柳娅嘉久哲乃楚捷申绍京舍措津昆雯昂瓜仁畔彻杰日洁嘎莲芙马馬"
    "愛奧鮑貝賓達鄧東頓爾費豐馮蓋岡漢華賈凱喬誇萊賴蘭勞裡麗連盧魯倫羅呂瑪邁麥門蒙繆內寧紐諾歐潘龐賽絲蘇湯圖韋維衛溫烏錫謝遜亞揚葉贊澤茲"
)
_DOTS = "·•・．‧"
_DOTTED = regex.compile(rf"[\p{{Han}}A-Za-z]{{1,8}}(?:[{_DOTS}][\p{{Han}}A-Za-z]{{1,8}})+")
_LIMIT = frozenset(
    "0123456789，。：；、！？“”‘’「」『』（）()【】[]:;,!?—–-…《》 \u3000\t\n\ue000"
    "在于於就对對向把将將用当當今昨说說称稱则則也还還又并並曾已却卻都只随隨后後此另同与與及从從被给給是的了着著和为為以因至倒便"
)
#: Words that begin with a surname's sign.
_WORDS = regex.compile(
    r"张贴|張貼|张开|許多|许多|高[喊呼声聲度举舉兴興]|周[一二三四五六日末边邊]|温和|溫和|马上|高[层層]|小说|小說|老[板闆师師人兵百]|小[组組区區时時学學]|大[学學使校家会會]|阿[拉姨]|馬上|常常|白天|成[为為立功]|方[面才]|尚未|容易|连[续續夜声聲连連]|"
    r"关[注于闭]|關[注於閉]|谈[到及起话]|談[到及起話]|申[明请請]|严[厉肃正]|嚴[厲肅正]|安[慰排全]|任[命何]|甘愿|包括|石油|何[时時况況]|文[中章件]|步[出入行]|"
    r"居[住民]|代[表替]|支[持援]|管[理道]|路[透上]|游行|武[器装裝力]|曾[经經在]|米[高]|季度|段[时時]|时|全|成员|成員|花[了费費]|牧[民场]|农[民业]|車|车[站上里]|林业|江[边上]|边[说境]|邊[說境]|"
    r"易[地]|古[老代]|盛[赞讚]|祝[贺賀福]|康复|富[有]|雷[达達]|沙[发]|索[性要]|惠[及]|荣[获誉]|欧[洲盟]|歐[洲盟]|蒙[古受]|巴[西黎]|乌[克]|烏[克]|印[度发]|伊[朗拉]|古巴|韩[国方军]|韓[國方軍]|法|德[国]"
)
#: Signs with which a gesture or an adverb goes on after a name.
_GESTURES = frozenset("一笑叹嘆耸聳摇搖点點苦冷怒先再仍更拍站坐走放举舉挥揮起跑看望低抬")
_GENERATION = frozenset("老小阿大")


def is_limit(text: str, place: int) -> bool:
    """Tell whether a name can end before the sign at ``place``: the end, punctuation or a function word."""
    return place >= len(text) or text[place] in _LIMIT


def name_end(text: str, start: int, end: int, bounds: frozenset[int] = frozenset(), *, sure: bool = True) -> int:
    """Return where a Chinese or foreign name that begins at ``start`` ends.

    Args:
        text: the text.
        start: where the name would begin.
        end: where to stop.
        bounds: places where a known word begins, such as a reporting verb.
        sure: a role stands before, so that a name is likely; else only clear names count.

    Returns:
        The place after the name, ``start`` where there is none.
    """
    dotted = _DOTTED.match(text, start, min(end, start + 40))
    if dotted:
        last = max(text.rfind(dot, start, dotted.end()) for dot in _DOTS) + 1
        run = _foreign_run(text, last, dotted.end(), bounds)
        return run if run > last else last + max(1, _run(text, last, dotted.end(), bounds, 4))
    if start >= end or text[start] in _LIMIT or start in bounds or _WORDS.match(text, start):
        return start
    run = _foreign_run(text, start, end, bounds)
    if run - start >= 4:
        return run
    if text[start] in _GENERATION and text[start + 1 : start + 2] in _SURNAMES and start + 2 <= end:
        return start + 2 if sure or _ends(text, start, end, bounds, (2,)) else start
    if text[start : start + 2] in SURNAMES and (stop := _ends(text, start, end, bounds, (4,))):
        return stop
    if any(text.startswith(surname, start) for surname in _COMPOUND):
        return _ends(text, start, end, bounds, (4, 3)) or (_likely(text, start, end, 4) if sure else start)
    if text[start] in _SURNAMES and (stop := _ends(text, start, end, bounds, (3, 2))):
        return stop
    if stop := _linked_name(text, start, end, bounds):
        return stop
    if run - start >= 2 and (run >= end or run in bounds or is_limit(text, run) or text[run] in _GESTURES):
        return run if sure or run - start >= 3 else start
    if run - start >= 3 and sure:
        return run
    if sure and text[start] in _SURNAMES:
        return _likely(text, start, end, 3) if _run(text, start, min(start + 3, end), bounds, 3) == 3 else start
    return start


def _linked_name(text: str, start: int, end: int, bounds: frozenset[int]) -> int:
    """Return where a name ends whose second sign else links two nouns, where a limit or a verb follows; else 0."""
    stop = start + 3
    if stop > end or text[start] not in _SURNAMES or text[start + 1] not in "与與向和" or text[start + 2] in _LIMIT:
        return 0
    return stop if stop in bounds or is_limit(text, stop) else 0


def _likely(text: str, start: int, end: int, most: int) -> int:
    """Return where a name ends that nothing limits: a gesture after the first given name is none of it."""
    return start + most - 1 if text[start + most - 1 : start + most] in _GESTURES else min(start + most, end)


def _foreign_run(text: str, start: int, end: int, bounds: frozenset[int]) -> int:
    """Return where the signs with which foreign names are written end."""
    run = start
    while run < end and text[run] in _FOREIGN and (run == start or run not in bounds) and run - start < 9:
        run += 1
    return run


def _run(text: str, start: int, end: int, bounds: frozenset[int], most: int) -> int:
    """Return how many signs from ``start`` can belong to a name."""
    place = start
    while (
        place < end and place - start < most and text[place] not in _LIMIT and (place == start or place not in bounds)
    ):
        place += 1
    return place - start


def _ends(text: str, start: int, end: int, bounds: frozenset[int], lengths: tuple[int, ...]) -> int:
    """Return where a name of one of the lengths ends at a limit, 0 where none does."""
    for length in lengths:
        stop = start + length
        if (
            stop <= end
            and _run(text, start, stop, bounds, length) == length
            and (stop == end or stop in bounds or is_limit(text, stop))
        ):
            return stop
    return 0
