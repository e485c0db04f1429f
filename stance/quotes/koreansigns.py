"""The signs by which Korean sentences are taken apart: quotative endings, particles, nouns that never speak."""

from __future__ import annotations

import regex

#: What stands after a quotation that is told.
TOLD = regex.compile(
    r"\s?(?:(?:이?라|다|자|냐)?고(?:만|까지|도|는)?(?=[\s,.])(?!\s?질문)|(?:이?라)?며(?=[\s,.])|(?:이?라)?면서|이?라는|이?라던|이?라(?=[\s,])|이?라니|하고(?=\s)|이?였다|이었다|이?란\s|"
    r"는\s(?:입장|반응|말|주장|설명|지적|비판|것|단서|답|뜻|취지|의견|평가|경고|전언|메시지|호소|해명|목소리|당부|이야기|얘기|푸념|하소연|게|고함|외침|야유|탄식|함성|항의|호통|볼멘소리|지침|방침|우려|전망|진단|관측|판단|분석|의지|결의|약속|요구|요청))"
)
#: What stands after words that are a name, a title, a slogan, a question.
NAMED = regex.compile(
    r"\s?(?:이?라는|이?란|는|라던|이?라고\s(?:적힌|쓰인|쓴|새겨진|이름|불리))\s?(?:제목|이름|질문|물음|문구|뜻의|의미|구호|표현|글귀|간판|현수막|명칭|별명|단체|팻말|노래|책|영화|작품|드라마|부채|별칭)|"
    r"\s?(?:이?라고|이?라)\s?(?:적힌|쓰인|쓴|새겨진|이름|불리|불린)|[은는이가]?\s?적힌|\s?(?:현수막|팻말|구호|문구|간판|해시태그)"
)
#: A word for words: what stands before it is only named.
TERM = regex.compile(
    r"\s?(?:이?라는|이?란|이?라던)\s(?:\S+\s)?(?:용어|단어|말(?:을|이|은)\s(?:쓰|사용|썼)|개념|낱말|호칭|칭호|상호|이름|별칭|주제|글자|행사|사업|프로그램|작전|훈련|연습|계정|댓글|해시태그|노래|제도|정책|캠페인|코너|상품|가게|식당|카페|회사|팀|밴드)"
)
#: The next clause points back to the quotation: *so he began, and added*.
BACK = regex.compile(r"이렇게|그렇게|이같이|이 같이|이처럼|이런 말|하소연이다|목소리|말(?:이다|을 잇|했)")
MET = regex.compile(
    r"(?P<who>[^,.\ue000]{2,40}?)(?:[을를]\s(?:\S+\s)?(?:만났|만나|인터뷰|찾았)|에게\s(?:\S+\s)?(?:물었|들었|들어)|[과와](?:의)?\s(?:\S+\s)?(?:일문일답|인터뷰|문답|만났))"
)
VERB_STEM = regex.compile(
    r"(?:하|되|시키|있|없|벌이|꾸리|키우|지키|살|사|다니|오|보|파|짓|나오|이끄|맡|만들|다루|기르)$"
)
#: Foreign names that end as a verb before a noun may.
NAME_LIKE = regex.compile(r"[가-힣]{1,3}(?:든|린|킨|산|간|본|온|던|한|진)")
#: The gap between a quotation and the next in which one sentence tells who speaks.
BETWEEN = regex.compile(r"\s*[^.\n]{4,90}\.\s*")
PLACE = regex.compile(r"(?P<who>[^\s,.\ue000]+(?:\s[^\s,.\ue000]+)?)에서(?:는|도)?\s?$")
#: An end without a mark inside what the pairing took for one quotation: *“A, he said. B: “C”*.
RUN_ON = regex.compile(r"(?<=[다요까자])(?P<end>고)\s(?:[^\s.]+\s){0,2}[^\s.]+다\.\s[^“\".]{1,40}(?P<mark>[“\"])")
PARTICLE = regex.compile(r"(?:은|는|이|가|의|을|를|에게|도|과|와|이었다)?")
DOCUMENT = regex.compile(r"(?:담화|성명|논평|사설|보고서|글|서한|기사|발표문|입장문)$")
#: Verbs that judge with a quoted phrase: *calls it "..."*.
JUDGED = regex.compile(
    r"(?:으?로|에|처럼)\s?(?:\S+\s){0,2}?(?:규정|비유|빗[대댔]|묘사|칭[하했]|부르|불[렀러]|표현|평[가했]|지목|지칭|호칭|명명|적시|폄하|추켜|추어|치켜|깎아|몰[아았]|낙인|락인|단정|간주|정의|요약|일축|비판|비난|깎아내|맞[받섰])"
)
ENDING = regex.compile(r"(?:[다요까죠라자네군지야오소음함됨임것]|니다|습니까)[.!?…]*$")
SUBJECT = regex.compile(
    r"(?<=^|[\s\ue000)])(?P<word>[^\s\ue000]{1,16}?)(?P<particle>께서는?|은|는|이|가|도|\s역시)(?=[\s,]|\ue000|$)"
)
ADNOMINAL = regex.compile(
    r"(?:은|는|던|한|된|인|운|난|온|간|친|진|긴|단|린|킨|낸|연|든|른|힌|쓴|본|준|산|넘긴|막힌|할|될|올|갈|낼|같은|있는|없는)$"
)
BREAK = regex.compile(
    r"(?:에서|에게|에|을|를|으로|로|며|고|면서|듯|까지|부터|보다|처럼|께|뒤|후|때|중|동안|가운데|결과|따르면|의하면|이었던|와|랑|지만|(?<=.)(?:아서|어서|해서)|통해|위해|대해|"
    r"관련해|향해|맞아|이어|앞서|따라|들어|비해|더해|함께|[하되했됐었았였겠있없않으](?:자|게|니|만|서|다)|[하되]여|히|(?<=[가-힣]{2})해)$"
)
OPENERS = regex.compile(
    r"(?:\d+[일월년시]|이날|전날|한편|또한?|특히|반면|이어|다만|그러자|그러나|하지만|앞서|최근|당시|현재|이후|그러면서|그런데|그리고|여기에|이에|따라서|실제로|오전|오후|[▲◆◇■▶●○△▷☞=]+)$"
)
NO_SPEAKER = regex.compile(
    r"(?:것|수|말|이유|배경|결과|절반|관계|문제|점|때|데|일|측면|가운데|반응|설명|입장|목소리|표정|반격|귀띔|대답|답|생각|이번|에|에서|로|까지|부터|만|지난해|올해|오늘|내일|어제|이후|그림자|질문|물음|움직임|"
    r"상황|분위기|가격|사건|사고|소식|여기|저기|거기|이곳|그곳|무엇|누가|누구|아무|이것|그것|우리|저|나|내|제|의)$"
)
REACTION = (
    "반격|반응|말|설명|입장|답|답변|대답|귀띔|목소리|"
    "주장|이야기|얘기|일성|해명|항변|호소|생각|첫마디|분석|전언|심경|하소연|경고|지적|평가"
)
#: Quotations in the title marks of the North, or in straight single marks to which a particle is glued.
OTHER_MARKS = r"《([^《》]*(?:《[^《》]*》[^《》]*)*)》|(?<![\p{L}\p{N}'])'[^'\n]{2,120}'(?=[가-힣])"
AGED = regex.compile(r"\s?[(（][^()（）]{1,12}[)）]")
LABEL = regex.compile(
    r"(?:인터뷰|싱크|녹취|현장음)\s*[:：]\s*(?P<name>[^\n/<]{2,30}?)\s*(?:/[^\n]*)?(?:<[^>]*>)?\s*-?\s*$"
)
