"""Who speaks in a Korean sentence: subjects with their particles, and the people whom they name."""

from __future__ import annotations

from dataclasses import replace

import regex

from stance.quotes import koreansigns
from stance.quotes.easternbase import EasternReader
from stance.quotes.koreannames import COUNTRIES, Word, find_name, is_korean_name
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import Span


class KoreanNouns(EasternReader):
    """Finds the subjects of Korean sentences."""

    def _subject(self, first: int, start: int) -> Mention | None:
        """Return the likeliest subject between two places: a role or a person with a topic particle first."""
        best: tuple[int, Span] | None = None
        for match in koreansigns.SUBJECT.finditer(self.masked, first, start):
            end = match.end("word")
            bare = end - len(match.group("word")) + len(koreansigns.AGED.sub("", match.group("word")))
            rank = self._rank(match.start("word"), end, bare, match.group("particle"))
            if rank and (best is None or rank > best[0]):
                best = rank, (self._phrase_start(first, match.start("word")), end)
        titled = self._titled(first, start)
        if titled is not None and (best is None or best[0] < 7):
            return titled
        return self.noun(*best[1]) if best else None

    def _rank(self, begin: int, end: int, bare: int, particle: str) -> int:
        """Return how likely a word with its particle is the speaker, 0 for never."""
        word = self.masked[begin:bare]
        if koreansigns.DOCUMENT.search(word):
            return 0
        known = [hit for hit in self.hits_in(begin, end) if hit.end == bare]
        topical = 1 if particle.startswith(("은", "는", "께")) else 0
        if any("pronouns" in hit.kinds and hit.start == begin for hit in known):
            return 6 + topical
        if any(hit.kinds & {"roles", "collectives"} for hit in known):
            return 6 + topical - (particle == "도")
        verb = particle == "는" and bare == end and koreansigns.VERB_STEM.search(word) and len(word) > 2
        verb = verb and not self._known(word)
        if not verb and (bare < end or is_korean_name(word) or word.endswith("측") or self._known(word)):
            return 4 + topical if particle != "도" or bare < end else 0
        told = any("cue_verbs" in hit.kinds and hit.start == begin for hit in self.hits_in(begin, begin + 1))
        after = regex.match(r"\S{1,3}\s(?:뒤|후|것|채|적|다음|직후|이후|끝)", self.masked[end:])
        if (
            told
            or after
            or (particle == "는" and koreansigns.VERB_STEM.search(word))
            or not topical
            or koreansigns.NO_SPEAKER.search(word)
            or (koreansigns.ADNOMINAL.search(word + particle[:1]) and len(word) < 2)
        ):
            return 0
        if word in self.table.is_name_never or regex.search(r"\d[일월년시분]?$", word):
            return 0
        return 2

    def _known(self, word: str) -> bool:
        """Tell whether a word is a part of a name of the article."""
        return len(word) >= 2 and any(word in person.words for person in self.register.people[-200:])

    def _titled(self, first: int, start: int) -> Mention | None:
        """Return an institution whose name stands between marks: *production company 'Laon'*."""
        match = regex.search(
            rf"(?P<word>[가-힣]{{2,12}})\s?(?P<name>{BLOT}{{4,24}})(?:은|는|이|가|측은)(?=[\s,])",
            self.masked[first:start],
        )
        if match is None or not regex.search(
            r"(?:사|체|지|원|당|부|회|신문|방송|통신|단체|그룹|매체|업체|기업|채널|측)$", match.group("word")
        ):
            return None
        name = first + match.start("name") + 1, first + match.end("name") - 1
        return Mention(self._phrase_start(first, first + match.start("word")), name[1] + 1, "collective", name)

    def _phrase(self, first: int, end: int) -> Mention | None:
        """Return the noun phrase that ends at a place."""
        end = first + len(self.masked[first:end].rstrip())
        begin = max(self.masked.rfind(" ", first, end), first - 1) + 1
        return self.noun(self._phrase_start(first, begin), end)

    def topic(self, first: int, last: int) -> Mention | None:
        """Return the subject of a sentence, or whose reaction it tells, or whom it names at its end."""
        text = self.masked[first:last]
        if owner := regex.search(
            rf"(?P<who>[^\s\ue000]+)의\s(?:{koreansigns.REACTION})(?:은|는|이다|이었다|이|가|도)(?=[\s,.]|$)", text
        ):
            stop = first + owner.end("who")
            begin = self._phrase_start(first, first + owner.start("who"))
            mention = self.noun(begin, stop)
            if mention is not None and (mention.name or mention.kind in ("role", "collective", "indefinite")):
                return mention
        if cleft := regex.search(r"것은\s(?:.*\s)?(?P<who>[^\s]+?)(?:이었다|였다|이다|다)\.?\s*$", text):
            place = first + cleft.start("who")
            return self.noun(self._phrase_start(first, place), first + cleft.end("who"))
        if met := koreansigns.MET.search(text):
            mention = self._phrase(first, first + met.end("who"))
            if mention is not None and mention.name is not None:
                return mention
        return self._subject(first, last)

    def note_people(self) -> None:
        """Enter the people whom the paragraph names with a role, a form of address or an age."""
        ending = r"(?:\s?[(（]\d{1,3}[)）])?(?:은|는|이|가|의|을|를|에게|도|과|와|이었다)?(?=[\s,.]|$)"
        for match in regex.finditer(rf"(?<=^|\s)(?P<word>[가-힣]{{1,12}}){ending}", self.masked):
            start, stop = match.span("word")
            # the longest expression that is a role tells where the word ends and its particle begins
            ends = [hit.end for hit in self.hits_in(start, stop) if "roles" in hit.kinds]
            roles = [end for end in ends if koreansigns.PARTICLE.fullmatch(self.masked, end, stop)]
            if roles or "(" in match.group():
                self.noun(self._phrase_start(0, start), max(roles, default=stop))

    def _phrase_start(self, first: int, place: int) -> int:
        """Go back over the words that belong to the noun phrase whose last word begins at ``place``."""
        begin = place
        while begin > first and place - begin < 40:
            previous = self.masked[first:begin].rstrip()
            left = first + max(previous.rfind(" "), previous.rfind("\n"), previous.rfind("\u3000")) + 1
            word = self.masked[left : first + len(previous)]
            if (
                not word
                or (word[-1] in ",.:…·」』】]=>)" and not koreansigns.AGED.search(word))
                or BLOT in word
                or self._ends_phrase(word, left)
            ):
                break
            begin = left
        return begin

    def _ends_phrase(self, word: str, place: int) -> bool:
        """Tell whether a word before a noun is no longer a part of its phrase."""
        word = koreansigns.AGED.sub("", word)
        if word in ("한", "다른", "어느", "어떤", "또", "주한") or word in self.table.particles or word.endswith("의"):
            return False
        if koreansigns.OPENERS.search(word) or (len(word) > 1 and word in self.table.is_name_never):
            return True
        if koreansigns.ADNOMINAL.search(word) and any("cue_verbs" in h.kinds for h in self.hits_in(place, place + 1)):
            return True
        stop = place + len(word)
        if word[-1:] in tuple("은는이가") and any(
            hit.end == stop - 1 and hit.kinds & {"roles", "collectives"} for hit in self.hits_in(place, stop)
        ):
            return True
        noun = any(hit.end == stop and hit.kinds & {"roles", "collectives"} for hit in self.hits_in(place, stop))
        if noun or is_korean_name(word) or self._known(word):
            return False
        if koreansigns.NAME_LIKE.fullmatch(word) and not regex.search(
            r"[을를이가에서로은는]\s$", self.masked[:place][-8:]
        ):
            return False
        return bool(koreansigns.ADNOMINAL.search(word) or koreansigns.BREAK.search(word))

    def noun(self, start: int, end: int) -> Mention | None:
        """Make a mention, its age in brackets included; one of somebody new and unnamed is ``indefinite``."""
        words = self.masked[start:end]
        end = start + len(words.rstrip(" ,"))
        start += len(words) - len(words.lstrip(" ,·-▲◇◆■▶"))
        if start >= end or end - start > 60:
            return None
        stripped = self.masked[start:end]
        inside = [hit for hit in self.hits_in(start, end) if hit.end <= end]
        if any(hit.end == end and "pronouns" in hit.kinds and hit.start == start for hit in inside):
            return Mention(start, end, "pronoun")
        bare = end - len(stripped) + len(koreansigns.AGED.sub("", stripped)) if stripped.endswith((")", "）")) else end
        ends = [hit for hit in inside if hit.end in (end, bare)]
        kind = "collective" if any("collectives" in hit.kinds for hit in ends) else "role"
        kind = "role" if any("roles" in hit.kinds for hit in ends) else kind
        name = self.person(start, end, inside)
        if name is None and regex.match(r"(?:\S+(?:의)?\s)*(?:한|어느|또 다른|다른)\s\S", stripped):
            return Mention(start, end, "indefinite")
        own = self.masked[name[0] : name[1]] if name else None
        self.register.note(stripped, own, start + self.offset, kind)
        return Mention(start, end, kind, name)

    def referred(self, mention: Mention | None) -> Mention | None:
        """Return the mention with the fullest name: *President Lee* is the Lee whom the article named last."""
        if mention is None or mention.name is not None or mention.kind != "role" or mention.end <= mention.start:
            return super().referred(mention)
        words = self.masked[mention.start : mention.end].split()
        if len(words) != 2 or not regex.fullmatch(r"[가-힣]", words[0]) or words[0] == "한":
            return super().referred(mention)
        here = mention.start + self.offset
        for person in reversed(self.register.people[-200:]):
            if person.place < here and len(person.name) in (2, 3) and person.name.startswith(words[0]):
                start = self.passage.text.find(person.name, person.place, person.place + 80)
                if start >= 0:
                    span = start - self.offset, start - self.offset + len(person.name)
                    return Mention(mention.start, mention.end, mention.kind, span, mention.governed)
        return super().referred(mention)

    def person(self, start: int, end: int, heads: list[Hit]) -> Span | None:
        """Return the place of the person's own name in a noun phrase, None where it has none."""
        words: list[Word] = []
        for match in regex.finditer(r"\S+", self.masked[start:end]):
            begin, stop = start + match.start(), start + match.end()
            aged = koreansigns.AGED.search(match.group())
            bare = begin + aged.start() if aged else stop
            if bare == begin:
                if words:
                    words[-1] = replace(words[-1], aged=True)
                continue
            quoted = regex.match(r"['‘\"“]+", match.group())
            begin += quoted.end() if quoted else 0
            bare -= len(self.masked[begin:bare]) - len(self.masked[begin:bare].rstrip("'’\"”"))
            surname = aged is not None and regex.fullmatch(r"[가-힣]모", self.masked[begin:bare]) is not None
            kinds = {
                kind for hit in heads if hit.end == bare and hit.start >= begin and not surname for kind in hit.kinds
            }
            words.append(
                Word(
                    begin,
                    bare,
                    self.masked[begin:bare],
                    "roles" in kinds,
                    "collectives" in kinds or self.masked[begin:bare] in COUNTRIES,
                    aged is not None,
                )
            )
            if aged and match.group()[aged.end() :] in ("씨", "군", "양", "님"):
                words.append(Word(begin + aged.end(), stop, match.group()[aged.end() :], True, False, False))
        return find_name(words)
