"""Whether quoted words are somebody's statement, and of which kind; or a name, a title, a scare quote."""

from __future__ import annotations

import regex

from stance.quotes.marks import Quotation
from stance.quotes.passage import TERMINAL, Reading
from stance.quotes.words import BLOT, Cue, common
from stance.types import Span, StatementKind

_WORD = regex.compile(r"[\p{L}\p{N}][\p{L}\p{M}\p{N}'’\-]*")
_CODE = regex.compile(r"^[\p{L}\- ]{1,20}[-–]\d{1,4}[\p{L}]?$|^\p{Lu}{1,4}\d+$")
_DOMAIN = regex.compile(r"^(?:https?://|www\.)\S+$|^[\p{L}\d\-]+(?:\.[\p{L}\d\-]+)*\.\p{L}{2,6}(?:/\S*)?$")
#: German prepositions with an article: a large letter after them begins a place or event (*im „Haus am See“*).
_PLACED = frozenset({"im", "beim"})
#: What German papers and agencies do: few marked words right beside such a verb are the paper (*schreibt die „Woche“*).
_PUBLISHES = regex.compile(r"(?:berichte|melde)(?:n|t|te|ten)|schr(?:eib|ieb)(?:t|en)?|zitier(?:t|te|en|ten)")
_SOV = frozenset({"tr"})
_QUOTATIVE = regex.compile(r"diy|ded[iı]|demiş|söz(?:ler)?iyle|ifade|şeklinde")
_WORDY = regex.compile(r"(?:[\p{L}'’\-]+[\s,]+){6}")


#: Endings of verbs that need no subject in the third person of the plural: *they say*, which is *people say*.
_PLURAL = {
    "ru": ("ют", "ят", "ут", "ат", "ли"),
    "uk": ("ють", "ять", "уть", "ать", "ли"),
    "pl": ("ją", "ią", "zą", "li", "ły"),
}


class Deciding(Reading):
    """Decides about one quotation at a time."""

    def _is_statement(
        self, found: Quotation, cue: Cue | None, side: str, at_start: bool, colon: bool, sentence: Span
    ) -> bool:
        inner = self.passage.text[found.start : found.end].strip()
        words = _WORD.findall(inner)
        if not words:
            return False
        finished = bool(TERMINAL.search(inner))
        if found.mark == "–":
            return True
        if _CODE.match(inner) or _DOMAIN.match(inner) or self._publisher(found) or self._named(found, side, colon):
            return False
        if at_start and self._stands_alone(found, sentence):
            stopped = self.passage.text[found.outer_end : found.outer_end + 1] in (".", "!", "?", "…")
            return len(words) >= 4 or finished or (len(words) >= 2 and (cue is not None or stopped))
        if (
            at_start
            and cue is not None
            and (self._comma_after(found) or self._adjacent(found.outer_end - self.offset, cue))
        ):
            return True
        if colon:
            start = found.outer_start - self.offset
            told = any(not m.governed for m in self.frame.mentions_in(sentence[0] - self.offset, start))
            known = cue is not None or told or len(words) >= 4 or finished
            return known and (len(words) >= 2 or cue is not None)
        return self._fragment(found, words, finished, cue, side, at_start, sentence)

    def _stands_alone(self, found: Quotation, sentence: Span) -> bool:
        return not self._words(found.outer_end, sentence[1])

    def _comma_after(self, found: Quotation) -> bool:
        rest = self.passage.text[found.outer_end : found.outer_end + 4].lstrip()
        return rest[:1] in (",", "،", "–", "—", "-") or self.passage.text[found.end - 1 : found.end] in ",!?…"

    def _fragment(
        self,
        found: Quotation,
        words: list[str],
        finished: bool,
        cue: Cue | None,
        side: str,
        at_start: bool,
        sentence: Span,
    ) -> bool:
        """Weigh the evidence that quoted words inside a sentence are somebody's."""
        score = {1: -2.0, 2: 0.0, 3: 0.5}.get(len(words), 2.0 if len(words) >= 7 else 1.0)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        if cue is not None:
            gap = self._gap(cue.end, start) if side == "before" else self._gap(end, cue.start)
            direct_object = side == "before" and gap <= 4 and not self._introduced(cue.end, start)
            score += 2.0 if direct_object or (side == "after" and self._adjacent(end, cue)) else 1.5
            if cue.kind == "cue_before" and side == "before":
                score -= 0.5
            named = any(m.name and not m.governed for m in self.frame.mentions_in(cue.end, start))
            if len(words) == 1 and direct_object and not named and cue.kind == "cue_verbs":
                score += 1.5
        elif self._introduced_directly(found) or self._quotative(end):
            score += 1.5
        elif self._headline_link(found):
            score += 2.0 + (1.5 if len(words) == 1 else 0.0)
        elif at_start and self._comma_after(found) and (len(words) >= 4 or (len(words) == 3 and words[1][0].islower())):
            score += 1.5
        elif self._after_colon(found):
            score += 1.0
        if len(words) == 1 and self._noun_goes_on(end):
            score -= 1.5
        if len(words) in (2, 3) and words[0][0].isupper() and not finished and side == "after":
            score -= 0.0 if cue is not None and self._adjacent(end, cue) else 1.0
        if self._title_case(words):
            score -= 1.0 if len(words) > 1 else 0.5
        score += 0.5 if finished else 0.0
        if cue is not None and side == "before":
            score += self._predicate(found, words, cue) - self._impersonal(words, cue, sentence)
        return score + self._plain_words(found, words, sentence) >= 1.5

    def _plain_words(self, found: Quotation, words: list[str], sentence: Span) -> float:
        """Weigh that quoted words begin with a small letter, as names and titles do not, and that somebody is named."""
        if len(words) < 3 or not words[0][0].islower():
            return 0.0
        lead = self.frame.cues_in(sentence[0] - self.offset, found.outer_start - self.offset)
        if lead and lead[-1].negated:
            return 0.0
        before = self.frame.mentions_in(sentence[0] - self.offset, found.outer_start - self.offset)
        return 1.0 if any(mention.kind != "noun" for mention in before) or len(words) >= 5 else 0.5

    def _predicate(self, found: Quotation, words: list[str], cue: Cue) -> float:
        """Weigh that few words at the end of a clause are what a source says of something (*are “unlawful”*)."""
        start = found.outer_start - self.offset
        before = self.frame.before(start, 3)
        large = words[0][0].isupper()
        if len(words) > 3 or not before or (large and self.table.language != "de"):
            return 0.0
        sourced = cue.kind in ("cue_before", "cue_after")
        if not self.frame.cased and sourced and before[-1].kinds & {"collectives", "roles"}:
            return 0.5
        after = self.frame.between(found.outer_end - self.offset, found.outer_end - self.offset + 4)[:1]
        if after and after[0].is_word:
            return 0.0
        copula = any(token.low in common("copulas") for token in before[-2:] if not large or token is not before[-1])
        if copula:
            return 2.5 if len(words) == 1 else 1.0
        last = before[-1]
        small = self.frame.grammar.stops | self.frame.grammar.links
        bound = not last.is_word or last.low in small or "articles" in last.kinds or "name_nouns" in last.kinds
        sourced = sourced or (self.table.language in ("ru", "uk") and self._introduced(cue.end, start))
        if large or not sourced or (bound and self.frame.cased):
            return 0.0
        # one word alone is a predicate only right after its verb or its subject, which no name is before a title
        return 0.5 if len(words) > 1 else 2.5 if last.text[0].islower() else 0.0

    def _impersonal(self, words: list[str], cue: Cue, sentence: Span) -> float:
        """Weigh that a plural verb without a subject tells what something is called (*пишут «операция»*)."""
        if len(words) > 2 or cue.kind != "cue_verbs":
            return 0.0
        first, last = sentence[0] - self.offset, sentence[1] - self.offset
        if self.table.language == "fr":
            near = self.frame.before(cue.start, 3)
            return 2.0 if len(words) == 1 and any(token.low == "on" for token in near) else 0.0
        ending = _PLURAL.get(self.table.language)
        if ending is None or not self.frame.masked[cue.start : cue.end].lower().endswith(ending):
            return 0.0
        named = self.frame.mentions_in(first, last)
        return 0.0 if any(not m.governed or m.kind == "collective" for m in named) else 2.0

    def _noun_goes_on(self, end: int) -> bool:
        """Tell whether a plain word right after one quoted word shows that it is part of a phrase (*“soft” power*)."""
        after = self.frame.between(end, end + 20)[:1]
        if not after or not after[0].is_word or after[0].cue or not after[0].text[0].islower():
            return False
        small = self.frame.grammar.stops | self.frame.grammar.links | self.frame.grammar.joins
        return after[0].low not in small and not after[0].kinds and self.table.language not in _SOV

    def _quotative(self, end: int) -> bool:
        """Tell whether a Turkish word that always closes a quotation follows (*"..." diye*)."""
        after = self.frame.between(end, end + 12)[:1]
        return self.table.language == "tr" and bool(after) and _QUOTATIVE.match(after[0].low) is not None

    def _introduced_directly(self, found: Quotation) -> bool:
        """Tell whether a conjunction of reported speech stands right before the quotation."""
        before = self.frame.before(found.outer_start - self.offset, 1)
        return bool(before) and "introducers" in before[0].kinds and before[0].low not in common("weak_introducers")

    def _after_colon(self, found: Quotation) -> bool:
        """Tell whether the clause with the quotation comes after *somebody ...:* in its sentence."""
        sentence = self._sentence(found)
        lead = self._masked(sentence[0], found.outer_start)
        colon = lead.rfind(": ")
        return colon > 0 and any(
            m.end <= sentence[0] - self.offset + colon and m.kind != "noun"
            for m in self.frame.mentions_in(sentence[0] - self.offset, sentence[0] - self.offset + colon)
        )

    def _introduced(self, start: int, end: int) -> bool:
        return any(
            "introducers" in t.kinds and t.low not in ("as", "come", "als", "como", "comme", "di", "de", "um")
            for t in self.frame.between(start, end)
        )

    def _title_case(self, words: list[str]) -> bool:
        if self.table.language == "ar" or len(words) > 5 or (self.table.language == "de" and len(words) < 2):
            return False
        return all(
            word[0].isupper() or word[0].isdigit() or self.table.lower(word) in self.table.particles for word in words
        )

    def _headline_link(self, found: Quotation) -> bool:
        """Tell whether the quotation follows a person or institution directly, in a headline."""
        if not self.passage.headline:
            return False
        place = found.outer_start - self.offset
        ends = [m.end for m in self.frame.mentions_in(0, place) if m.end <= place and m.kind != "noun"]
        return (bool(ends) and not self.frame.masked[max(ends) : place].strip(" :,")) or bool(
            ends and ":" in self.frame.masked[max(ends) : place]
        )

    def _named(self, found: Quotation, side: str, colon: bool) -> bool:
        """Tell whether the words before a quotation say that it is a name or that nobody means it."""
        if colon:
            return False
        place = found.outer_start - self.offset
        before = self.frame.before(place, 4)
        window = before[-1:]
        while before and not before[-1].is_word:
            if before.pop().text in ".!?…":
                before.clear()
        if any("scare" in token.kinds and not token.cue for token in before) and not _WORDY.match(
            self.passage.text[found.start : found.end]
        ):
            return True
        if self._on_a_banner(found):
            return True
        if self.table.language == "tr":
            after = self.frame.between(found.outer_end - self.offset, found.outer_end - self.offset + 30)[:1]
            if any(t.low.startswith(("soru", "adlı", "isimli", "slogan", "başlıklı", "yazılı")) for t in after):
                return True
        if window and window[0].is_word and not window[0].cue:
            inner = self.passage.text[found.start : found.end].strip()
            if inner[:1].islower() and any(t.cue for t in self.frame.before(place, 4)):
                return False
            if self.table.language == "de" and window[0].low in _PLACED and inner[:1].isupper():
                return not TERMINAL.search(inner)
            clause = len(_WORD.findall(inner)) >= 3 and inner[:1].islower()
            return not clause and ("name_nouns" in window[0].kinds or self._compound(window[0].low))
        return False

    def _publisher(self, found: Quotation) -> bool:
        """Tell whether few words right beside *schreibt* or *berichtet* are the name of a German paper or agency."""
        inner = self.passage.text[found.start : found.end].strip()
        if self.table.language != "de" or len(_WORD.findall(inner)) > 5 or TERMINAL.search(inner):
            return False
        before = self.frame.before(found.outer_start - self.offset, 2)
        article = bool(before) and "articles" in before[-1].kinds
        told = article and len(before) == 2 and _PUBLISHES.fullmatch(before[0].low) is not None
        after = self.frame.between(found.outer_end - self.offset, found.outer_end - self.offset + 30)[:1]
        tells = bool(after) and _PUBLISHES.fullmatch(after[0].low) is not None
        return told or (tells and (article or not before or before[-1].low == "wie" or not before[-1].is_word))

    def _on_a_banner(self, found: Quotation) -> bool:
        """Tell whether the sentence says that the words stand on a banner or a sign, close before them."""
        if found.end - found.start > 80:
            return False
        before = self.frame.before(found.outer_start - self.offset, 8)
        for token in reversed(before):
            if token.text in ".!?;" or token.text.startswith(BLOT):
                return False
            if any(token.low.startswith(stem) for stem in common("banners")) and not token.cue:
                return True
        return False

    def _compound(self, word: str) -> bool:
        """Tell whether a German or Dutch compound ends with a noun that announces a name."""
        if self.table.language not in ("de", "nl"):
            return False
        if self.table.language == "de" and word.endswith("s") and word.removesuffix("s") in self.table.long_name_nouns:
            # "im Äther des Kanals"
            return True
        return any(word.endswith(noun) for noun in self.table.long_name_nouns if len(word) > len(noun) + 2)

    def _kind(
        self, found: Quotation, lead: str, cue: Cue | None, side: str, at_start: bool, colon: bool
    ) -> StatementKind:
        if at_start or colon:
            return StatementKind.DIRECT
        inner = self.passage.text[found.start : found.end].strip()
        if self.table.language in _SOV and side == "after" and lead.endswith(","):
            return StatementKind.DIRECT
        if side == "before" and cue is not None and lead.endswith(",") and inner[:1].isupper():
            gap = self._gap(cue.end, found.outer_start - self.offset)
            return StatementKind.DIRECT if gap <= 6 else StatementKind.MIXED
        return StatementKind.MIXED
