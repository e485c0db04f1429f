"""Reporting in Korean: subject with its particle, quotation, quotative ending, verb."""

from __future__ import annotations

from dataclasses import replace

import regex

from stance.quotes import koreansigns
from stance.quotes.easternbase import EasternReader
from stance.quotes.koreannames import Word, find_name, is_korean_name
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import Span, StatementKind


class Korean(EasternReader):
    """Korean: subject with its particle, quotation, quotative ending, verb."""

    stops = ".\n"

    def prepared(self, quotations: list[Quotation]) -> list[Quotation]:
        """Add what stands between title marks or glued single ones, where a quotative ending follows."""
        made = list(super().prepared(quotations))
        text = self.passage.text
        for match in regex.finditer(koreansigns.OTHER_MARKS, text[self.passage.start : self.passage.end]):
            start, end = match.start() + self.passage.start, match.end() + self.passage.start
            told = koreansigns.TOLD.match(text, end) or koreansigns.JUDGED.match(text, end)
            apart = all(end <= found.outer_start or found.outer_end <= start for found in made)
            if told and apart and not koreansigns.NAMED.match(text, end):
                made.append(Quotation(start + 1, end - 1, start, end, "‘" if text[start] == "'" else "“"))
        return quotations if made == quotations else sorted(made, key=lambda found: found.start)

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        first = self._sentence_start(start, before)
        lead = self.masked[first:start].strip(" -–—\u3000")
        last = self._sentence_end(end)
        limit = min(last, after.outer_start - self.offset) if after is not None else last
        tail = self.masked[end:last]
        inner = self.passage.text[found.start : found.end].strip()
        if koreansigns.NAMED.match(tail):
            return None
        told = koreansigns.TOLD.match(tail)
        cue = next(iter(self.cues_in(end, last)), None)
        verbal = bool(koreansigns.ENDING.search(inner)) and len(inner.split()) >= 2
        if found.is_single and not (told and (cue is not None or verbal)) and not self._judged(tail, cue):
            return self._headline(found, first, start, last, lead) if found.outer_end == self.passage.end else None
        if told:
            return self._told(found, first, last, limit, lead, cue, told.end())
        if not lead:
            return self._leading(found, first, last, limit, cue, inner)
        return self._inside(found, first, last, lead, cue, inner)

    def _told_by(self, first: int, start: int) -> Mention | None:
        """Return who says what stands at ``start``: who is cited, who stands right before it, or the topic."""
        subject, source = self._subject(first, start), self._source(first, start)
        if source is not None and (subject is None or source.start > subject.start):
            return source
        near = regex.search(r"(?P<who>[^\s\ue000]+)[이가]\s?$", self.masked[first:start])
        if near and self._rank(first + near.start("who"), first + near.end("who"), first + near.end("who"), "가") >= 6:
            return self._phrase(first, first + near.end("who")) or subject
        return subject

    def _owner(self, end: int, last: int) -> Mention | None:
        """Return whose claim it is: *"..." is the ministry's explanation*."""
        owner = regex.search(
            rf"(?:^|\s)(?P<who>[^\s\ue000]+)의\s(?:{koreansigns.REACTION})(?:이다|이었다|다|이라고)",
            self.masked[end:last],
        )
        return self._phrase(end + owner.start(), end + owner.end("who")) if owner else None

    def _source(self, first: int, start: int) -> Mention | None:
        """Return who is cited: *according to a source*, *citing an official*."""
        cited = regex.search(
            r"(?P<who>[^\s\ue000]+?)(?:에\s?(?:따르|의하)면|의\s말을\s(?:빌리면|인용[^\s]*)|[을를]\s인용(?:해|하며|해서)?)(?=[\s,])",
            self.masked[first:start],
        )
        return self._phrase(first, first + cited.end("who")) if cited else None

    def _judged(self, tail: str, cue: Hit | None) -> bool:
        return koreansigns.JUDGED.match(tail) is not None and (cue is not None or len(tail) < 60)

    def _told(
        self, found: Quotation, first: int, last: int, limit: int, lead: str, cue: Hit | None, skip: int
    ) -> Draft | None:
        """Read a quotation with a quotative ending."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        mention = self._told_by(first, start) if lead else None
        mention = mention or self._subject(end + skip, limit) or self._owner(end + skip, last)
        noun = regex.match(r"\s?이?(?:라는|란)", self.masked[end:last])
        if noun and cue is None and (mention is None or len(inner) < 5):
            return None
        kind = StatementKind.DIRECT
        if lead and len(inner.split()) <= 4 and regex.search(r"(?:을|를|에 대해|두고|향해|가리켜)\s?$", lead):
            kind = StatementKind.MIXED
        draft = self.make(found, kind, first, last, cue, mention)
        draft.at_start = not lead
        return draft

    def _leading(
        self, found: Quotation, first: int, last: int, limit: int, cue: Hit | None, inner: str
    ) -> Draft | None:
        """Read a quotation that begins its sentence and has no ending after it."""
        end = found.outer_end - self.offset
        tail = self.masked[end:last]
        finished = inner[-1:] in ".?!…" or bool(koreansigns.ENDING.search(inner))
        alone = not tail.strip(" .…")
        if self.headline and tail.startswith("…") and len(inner) > 4:
            piece = regex.match(r"…\s?(?P<who>[^,…\ue000]{2,20})", tail)
            who = self.noun(end + piece.start("who"), end + piece.end("who")) if piece else None
            return self.make(found, StatementKind.DIRECT, first, last, None, who)
        if len(inner) <= 5 or (not alone and not (finished and tail[:1] in " \n")):
            return None
        mention = None
        opening = not self.masked[: found.outer_start - self.offset].strip(" -–—")
        if not alone and (cue is not None or opening):
            mention = self._subject(end, limit)
        if mention is None and opening and self._sentence_end(last) < len(self.masked) + 1:
            mention = self._subject(last, min(self._sentence_end(last + 1), self._next_quotation(last)))
        draft = self.make(found, StatementKind.DIRECT, first, last, cue if mention and not alone else None, mention)
        draft.at_start = True
        label = koreansigns.LABEL.search(self.passage.text, max(0, self.passage.start - 120), self.passage.start)
        if mention is None and opening and label:
            draft.speaker, draft.place = label.group("name"), label.span("name")
        return draft

    def _next_quotation(self, place: int) -> int:
        found = self.masked.find(BLOT, place)
        return len(self.masked) if found < 0 else found

    def _inside(self, found: Quotation, first: int, last: int, lead: str, cue: Hit | None, inner: str) -> Draft | None:
        """Read a quotation after other words of its sentence and without a quotative ending."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        tail = self.masked[end:last]
        if regex.search(r"[:：]$", lead) and len(inner) > 4:
            return self.make(found, StatementKind.DIRECT, first, last, cue, self._label(first, start))
        if said := regex.search(r"왈,?$", lead):
            stop = first + self.masked[first:start].rfind(said.group())
            return self.make(found, StatementKind.DIRECT, first, last, None, self._phrase(first, stop))
        if self.headline or self._heads_page():
            return self._headline(found, first, start, last, lead)
        earlier = self.cues_in(first, start)
        mention = self._subject(first, start)
        if not found.closed or (inner[-1:] in ".?!" and (cue is not None or mention is not None)):
            return self.make(found, StatementKind.DIRECT, first, last, earlier[-1] if earlier else cue, mention)
        words = len(inner.split())
        reported = regex.match(
            r"\s?[^\s,.]{0,12}(?:\s[^\s,.]{1,8})?(?:이?라고|이?라며|다고|다며|라면서|뿐이며|이?라는|고)", tail
        )
        if mention is not None and (self._judged(tail, cue) or (words >= 2 and cue is not None and reported)):
            return self.make(found, StatementKind.MIXED, first, last, cue, mention)
        if mention is not None and cue is not None and words >= 3 and koreansigns.ENDING.search(inner):
            return self.make(found, StatementKind.MIXED, first, last, cue, mention)
        return None

    def _label(self, first: int, start: int) -> Mention | None:
        return self.noun(first, first + len(self.masked[first:start].rstrip(" :：")))

    def _heads_page(self) -> bool:
        """Tell whether the paragraph is a headline after a line of navigation."""
        words = self.passage.text[self.passage.start : self.passage.end]
        return self.passage.index <= 2 and len(words) < 120 and "\n" not in words and not regex.search(r"다\.", words)

    def _sentence_start(self, start: int, before: Quotation | None) -> int:
        first = found = max(0, start - 1500)
        for match in regex.finditer(r"(?<=[다요까죠오라네][.!?])\s+|\n|…|\.\.(?!\.)", self.masked[first:start]):
            found = first + match.end()
        if before is not None and self.passage.text[before.end - 1 : before.end] in ".?!":
            after = before.outer_end - self.offset
            if self.masked[after : after + 1] in (" ", "\n"):
                found = max(found, after + 1)
        return found

    def _sentence_end(self, place: int) -> int:
        match = regex.search(r"\.(?=\s|$)|\n", self.masked[place:])
        return place + match.start() + (match.group() == ".") if match else len(self.masked)

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it: in one chain of reporting, one statement."""
        if last.parts[-1][0] != before.start:
            return False
        between = self.passage.text[before.outer_end : draft.parts[0][0] - 1]
        if draft.cue is not None and draft.cue == last.cue and "." not in between:
            return not self._subject(before.outer_end - self.offset, draft.parts[0][0] - 1 - self.offset)
        chained = regex.fullmatch(
            r"\s?(?:이?라|다|자|냐)?(?:고|며|면서)도?,?\s?(?:[^\s.]+(?:며|면서)도?,?\s)?(?:[^\s.]+\s){0,2}", between
        )
        return chained is not None and regex.search(r"(?:며|면서)도?,?\s", between) is not None

    def _headline(self, found: Quotation, first: int, start: int, last: int, lead: str) -> Draft | None:
        if not lead or not (self.headline or self._heads_page()):
            return None
        piece = regex.split(r"[…·,.\]】]|\ue000+", self.masked[first:start].rstrip())[-1].strip()
        inner = self.passage.text[found.start : found.end].rstrip()
        place = self.masked.rfind(piece, first, start) if piece else -1
        mention = self.noun(place, place + len(piece)) if place >= 0 else None
        verbal = inner[-1:] in "다나중함까라자" or len(inner.split()) > 2
        if mention is None or (found.is_single and not (verbal and len(piece.split()) <= 3)):
            return None
        return self.make(found, StatementKind.DIRECT if verbal else StatementKind.MIXED, first, last, None, mention)

    # --- who speaks ---------------------------------------------------------------------------------------------------

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
        known = [hit for hit in self.hits_in(begin, end) if hit.end == bare]
        topical = 1 if particle.startswith(("은", "는", "께")) else 0
        if any("pronouns" in hit.kinds and hit.start == begin for hit in known):
            return 6 + topical
        if any(hit.kinds & {"roles", "collectives"} for hit in known):
            return 6 + topical - (particle == "도")
        if bare < end or is_korean_name(word) or word.endswith("측") or self._known(word):
            return 4 + topical if particle != "도" else 0
        told = any("cue_verbs" in hit.kinds and hit.start == begin for hit in self.hits_in(begin, begin + 1))
        after = regex.match(r"\S{1,3}\s(?:뒤|후|것|채|적|다음|직후|이후|끝)", self.masked[end:])
        if (
            told
            or after
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
            rf"(?P<who>[^\s\ue000]+)의\s(?:{koreansigns.REACTION})(?:은|는|이|가|도)(?=[\s,])", text
        ):
            stop = first + owner.end("who")
            begin = self._phrase_start(first, first + owner.start("who"))
            mention = self.noun(begin, stop)
            if mention is not None and (mention.name or mention.kind in ("role", "collective", "indefinite")):
                return mention
        if cleft := regex.search(r"것은\s(?:.*\s)?(?P<who>[^\s]+?)(?:이었다|였다|이다|다)\.?\s*$", text):
            place = first + cleft.start("who")
            return self.noun(self._phrase_start(first, place), first + cleft.end("who"))
        return self._subject(first, last)

    def note_people(self) -> None:
        """Enter the people whom the paragraph names with a role, a form of address or an age."""
        ending = r"(?:\s?[(（]\d{1,3}[)）])?(?:은|는|이|가|의|을|를|에게|도|과|와|이었다)?(?=[\s,.]|$)"
        for match in regex.finditer(rf"(?<=^|\s)(?P<word>[가-힣]{{1,12}}){ending}", self.masked):
            start, stop = match.span("word")
            roles = [hit for hit in self.hits_in(start, stop) if hit.end == stop and "roles" in hit.kinds]
            if roles or "(" in match.group():
                self.noun(self._phrase_start(0, start), stop)

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
            kinds = {kind for hit in heads if hit.end == bare and hit.start >= begin for kind in hit.kinds}
            words.append(
                Word(begin, bare, self.masked[begin:bare], "roles" in kinds, "collectives" in kinds, aged is not None)
            )
            if aged and match.group()[aged.end() :] in ("씨", "군", "양", "님"):
                words.append(Word(begin + aged.end(), stop, match.group()[aged.end() :], True, False, False))
        return find_name(words)

    def unmarked_end(self, inner: str) -> int | None:
        """Return where a quotation that no mark closes goes over into a quotative ending and its verb."""
        for match in regex.finditer(r"(?:이?라고|(?<=다)고|이?라며|(?<=다)며)\s(?P<verb>\S{2,})", inner):
            hits = [hit for hit in self.table.hits(match.group("verb")) if hit.start == 0 and "cue_verbs" in hit.kinds]
            if hits and match.start() > 6:
                return int(match.start())
        return None
