"""From a text to its statements: paragraphs, quotations, reports, speakers, and the way back to the original."""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass

import regex

from stance.errors import InputError
from stance.quotes import eastern, people, speech
from stance.quotes.blocks import LONGEST_PARAGRAPH, Block, BlockKind, blocks
from stance.quotes.headlines import name_officials, take_from_body
from stance.quotes.interview import asked_after_dashes, bold_lines, interview
from stance.quotes.marks import Quotation, pair
from stance.quotes.passage import Draft, Passage, blot, split
from stance.quotes.people import Register
from stance.quotes.phrases import Frame
from stance.quotes.reporting import Reader, subjects
from stance.quotes.tables import Table, generic, table
from stance.quotes.words import Mention
from stance.text import CleanText, clean, detect_language, sentences
from stance.types import ExtractionMode, Span, Statement, StatementKind

_EDGE = ' \t\n\r"“”„«»‹›「」『』‘’‚'
_CLOSING = '”»“"」』’'
_INNER_CAPITAL = regex.compile(r"(?<=[\p{Ll}\p{N},] )\p{Lu}[\p{L}\p{M}'’\-]+")
_SENTENCE_END = regex.compile(r"[.!?…]\s")


@dataclass(frozen=True, slots=True)
class Extraction:
    """The statements of a text, in the order in which they start.

    ``language`` is the ISO 639-1 code given or detected, None where there was too little text to tell; ``warnings``
    say in plain words what a reader must know.
    """

    language: str | None
    statements: tuple[Statement, ...] = ()
    warnings: tuple[str, ...] = ()


def extract(
    text: str, *, language: str | None = None, kinds: Collection[StatementKind | str] | None = None
) -> Extraction:
    """Find the quoted statements of a text with their speakers.

    Args:
        text: an article as it was scraped; every offset of the answer counts its characters.
        language: its ISO 639-1 code; detected where it is None.
        kinds: the kinds wanted, all by default.

    Returns:
        The statements, each with spans that slice ``text``.

    Raises:
        TypeError: ``text`` is no str.
        InputError: ``language`` or one of ``kinds`` is not known as such.
    """
    if not isinstance(text, str):
        raise TypeError(f"text must be str, not {type(text).__name__}")
    wanted = kinds_of(kinds)
    cleaned = clean(text)
    code = language_of(cleaned.text, language=language)
    words = table(code)
    warnings: list[str] = []
    if words is None:
        words = generic()
        if code is not None and any(mark in cleaned.text for mark in '"“„«'):
            warnings.append(
                f"there is no quotation table for the language {code!r}; the rules looked for plain quotations only"
            )
    longest = max(map(len, cleaned.text.split("\n")))
    if longest > LONGEST_PARAGRAPH:
        warnings.append(
            f"a paragraph of {longest} characters was read in pieces of at most {LONGEST_PARAGRAPH}; "
            "a quotation that goes on from one to the next may be cut or missed"
        )
    if wanted == {StatementKind.INDIRECT} and cleaned.text.strip():
        warnings.append("the rules find no indirect statements; the mode 'full' does")
    drafts = _Article(cleaned, words, text).drafts()
    statements = [_statement(draft, text, cleaned) for draft in drafts if draft.kind in wanted]
    kept = [statement for statement in statements if statement is not None]
    return Extraction(code, tuple(sorted(kept, key=lambda statement: statement.start)), tuple(warnings))


def mode_of(mode: ExtractionMode | str) -> ExtractionMode:
    """Return a mode that was asked for; InputError where there is none such."""
    try:
        return ExtractionMode(mode)
    except ValueError:
        raise InputError(f"mode must be one of {[one.value for one in ExtractionMode]}, not {mode!r}") from None


def kinds_of(kinds: Collection[StatementKind | str] | None) -> frozenset[StatementKind]:
    """Return the kinds that were asked for, all for None; InputError where one is not known."""
    if kinds is None:
        return frozenset(StatementKind)
    if isinstance(kinds, str):
        raise InputError(f"kinds must be several kinds, not the str {kinds!r}; write [{kinds!r}]")
    if not kinds:
        raise InputError("kinds is empty, so nothing could be found; leave it out for all kinds")
    try:
        return frozenset(StatementKind(kind) for kind in kinds)
    except ValueError:
        raise InputError(f"kinds must be among {[kind.value for kind in StatementKind]}, not {list(kinds)}") from None


def language_of(text: str, *, language: str | None = None) -> str | None:
    """Return the language that was given, as its code alone, or else the one that a text is in, if that can be told.

    InputError if ``language`` is no code.
    """
    if language is None:
        return detect_language(text)
    if not isinstance(language, str) or not regex.fullmatch(r"[A-Za-z]{2,3}([-_].{0,20})?", language):
        raise InputError(f"language must be an ISO 639-1 code such as 'de', not {language!r}")
    return language.lower().replace("_", "-").partition("-")[0]


class _Article:
    """Reads one text; made for one call and thrown away."""

    def __init__(self, cleaned: CleanText, words: Table, raw: str) -> None:
        self.text = cleaned.text
        self.cleaned, self.raw = cleaned, raw
        self.table = words
        self.register = Register(words)
        self.topics: dict[int, list[tuple[int, Mention]]] = {}
        self.known = frozenset(words.lower(word) for word in _INNER_CAPITAL.findall(self.text))

    def drafts(self) -> list[Draft]:
        """Return the statements of the text, speakers resolved."""
        self.blocks = blocks(self.text, self.table)
        turns = speech.turns(self.text, self.blocks) or self._interview()
        spoken = {index for turn in turns for index in range(turn.block, turn.block + len(turn.parts))}
        trusted = self._has_dialogue()
        made: list[Draft] = []
        self.passages: dict[int, Passage] = {}
        for index, block in enumerate(self.blocks):
            if block.kind is not BlockKind.BODY or index in spoken:
                continue
            passage = self._passage(index, block, trusted)
            self.passages[index] = passage
            self.register.add(passage.frame)
            if self.table.language in eastern.LANGUAGES:
                eastern.note_people(passage, self.table, self.register)
            made.extend(self._read(passage))
        made = self._continued(self._answers(made))
        self._name(made)
        made.extend(self._turn(turn) for turn in turns)
        made.sort(key=lambda draft: draft.parts[0])
        for draft in made:
            draft.context = self._context(draft)
        return made

    def _answers(self, drafts: list[Draft]) -> list[Draft]:
        """Leave out the questions of an interview that is printed as dialogue."""
        whole = [
            draft.block
            for draft in drafts
            if draft.parts[-1][1] == self.blocks[draft.block].end
            and draft.parts[0][0] - self.blocks[draft.block].start <= 3
            and self.text[self.blocks[draft.block].start] in "–—-"
            and len(draft.parts) == 1
        ]
        told = {draft.block for draft in drafts if self.text[self.blocks[draft.block].start] in "–—-"}
        asked = asked_after_dashes(self.text, self.blocks, whole, told)
        return [draft for draft in drafts if draft.block not in asked]

    def _interview(self) -> list[speech.Turn]:
        spans = [self.cleaned.to_original(block.start, block.end) for block in self.blocks]
        return interview(self.text, self.blocks, bold_lines(self.raw, spans))

    def _context(self, draft: Draft) -> str:
        """Return the reporting sentence with the one before and the one after, on one line."""
        first = min(draft.sentence[0], draft.parts[0][0])
        last = max(draft.sentence[1], draft.parts[-1][1])
        passage = self.passages.get(draft.block)
        spans = passage.sentences if passage else []
        if passage is not None and not spans:
            quoted = [(one.outer_start, one.outer_end) for one in passage.quotations]
            spans = [
                (a + passage.start, b + passage.start)
                for a, b in sentences(
                    self.text[passage.start : passage.end],
                    abbreviations=self.table.stops,
                    quotations=[(a - passage.start, b - passage.start) for a, b in quoted],
                )
            ]
            passage.sentences = spans
        before = [span for span in spans if span[1] <= first][-1:]
        after = [span for span in spans if span[0] >= last][:1]
        first = before[0][0] if before and first - before[0][0] < 400 else first
        last = after[0][1] if after and after[0][1] - last < 400 else last
        edge = self.text[last : last + 1]
        return " ".join(self.text[first : last + (edge in _CLOSING and edge != "")].split())

    def _read(self, passage: Passage) -> list[Draft]:
        if self.table.language in eastern.LANGUAGES:
            return eastern.read(passage, self.table, self.register) if passage.quotations else []
        passage.sentences = split(passage, self.table)
        return Reader(passage, self.table).read() if passage.quotations else []

    def _has_dialogue(self) -> bool:
        """Tell whether a paragraph that begins with a dash has an aside too."""
        return any(
            block.kind is BlockKind.BODY and len(speech.dialogue(self.text, block, self.table, trusted=False)) > 0
            for block in self.blocks
            if self.text[block.start] in "–—-"
        )

    def _passage(self, index: int, block: Block, trusted: bool) -> Passage:
        text = self.text
        spoken = speech.dialogue(text, block, self.table, trusted=trusted)
        if spoken:
            quotations = list(spoken)
            rest = [(block.start, spoken[0].outer_start)] + [
                (one.outer_end, other.outer_start) for one, other in itertools.pairwise(spoken)
            ]
            for start, end in [*rest, (spoken[-1].outer_end, block.end)]:
                if start < end:
                    quotations.extend(self._pairs(start, end))
        else:
            quotations = self._pairs(block.start, block.end)
        quotations.sort(key=lambda found: found.start)
        frame = Frame(blot(text, block.start, block.end, quotations), block.start, self.table, self.known)
        head = index == 0 or (index == 1 and len(text[self.blocks[0].start : self.blocks[0].end]) < 40)
        short = block.end - block.start < 200 and text[block.end - 1] not in "."
        return Passage(text, block.start, block.end, index, quotations, frame, headline=head and short)

    def _pairs(self, start: int, end: int) -> list[Quotation]:
        text = self.text

        def reports(first: int, last: int) -> bool:
            piece = text[first:last]
            return any(
                piece[: hit.start].rstrip()[-1:] in (*".,!?…–—-。！？", "") or hit.start < 3
                for hit in speech.reporting_hits(piece[:4000], self.table)
            )

        found = []
        for one in pair(text, start, end, language=self.table.language, reports=reports):
            if one.is_title:
                continue
            after = _SENTENCE_END.split(text[one.outer_end : min(one.outer_end + 60, end)], maxsplit=1)[0]
            if text[one.end - 1] in ".!?…" and after.lstrip()[:1].isupper():
                after = ""
            reported = one.closed and bool(speech.reporting_hits(after, self.table))
            for part in speech.asides(text, one, self.table, reported=reported):
                found.append(speech.trim_unclosed(text, part, self.table))
        return found

    def _continued(self, drafts: list[Draft]) -> list[Draft]:
        """Join a quotation that each paragraph opens anew and only the last closes."""
        made: list[Draft] = []
        for draft in drafts:
            last = made[-1] if made else None
            opens = draft.parts[0][0] - self.blocks[draft.block].start <= 3
            if last is not None and last.open_end and self._next_block(last.block) == draft.block and opens:
                last.parts.extend(draft.parts)
                last.open_end = draft.open_end
                last.block = draft.block
                if draft.cue is not None and (last.cue is None or last.mention is None):
                    last.cue, last.mention = draft.cue, draft.mention
                    last.sentence, last.offset = draft.sentence, draft.offset
                continue
            made.append(draft)
        return made

    def _next_block(self, index: int) -> int:
        return index + 1 if index + 1 < len(self.blocks) else -1

    # --- speakers -----------------------------------------------------------------------------------------------------

    def _subjects(self, index: int) -> list[tuple[int, Mention]]:
        """Return who the sentences of a paragraph are about, with places of the whole text."""
        if index not in self.topics:
            passage = self.passages.get(index)
            found: list[Mention] = []
            if passage is not None and self.table.language in eastern.LANGUAGES:
                found = eastern.subjects(passage, self.table, self.register)
            elif passage is not None:
                found = subjects(passage, self.table)
            start = self.blocks[index].start
            self.topics[index] = sorted(
                ((mention.start + start, mention) for mention in found), key=lambda topic: topic[0]
            )
        return self.topics[index]

    def _antecedent(
        self, place: int, block: int, done: list[Draft], *, person: bool = False, reach: int = 4
    ) -> str | None:
        """Return who was spoken of last before a place: subject of a sentence or speaker of a statement."""
        for index in range(block, max(block - reach, -1), -1):
            candidates: list[tuple[int, str]] = [
                (draft.parts[0][0], draft.speaker)
                for draft in done
                if draft.block == index
                and draft.speaker
                and not (person and draft.mention and self._is_thing(draft.mention))
            ]
            topics = self._subjects(index)
            here = bisect_left(topics, place, key=lambda topic: topic[0])
            # Who was spoken of further back is not who is meant, and a paragraph may be as long as a book.
            for start, mention in topics[max(here - 40, 0) : here]:
                if mention.kind == "pronoun":
                    earlier = [found for found in candidates if found[0] < start]
                    if earlier or (done and done[-1].speaker):
                        candidates.append((start, max(earlier)[1] if earlier else str(done[-1].speaker)))
                elif not (person and self._is_thing(mention)):
                    candidates.append((start, self._direct_name(mention, index, done)))
            before = [found for found in candidates if found[0] < place]
            named = self.register.named_between(max(place - 300, self.blocks[index].start), place) if person else None
            if before and not (person and named and not self.register.is_person(max(before)[1])):
                return max(before)[1]
            if named:
                return named
        if person:
            return None
        return done[-1].speaker if done else self.register.last_person(place)

    def _nearest(self, draft: Draft, done: list[Draft]) -> str | None:
        """Return who speaks where nothing near a statement says it: whom its paragraph was about, people first."""
        place, block = draft.sentence[0], draft.block
        person = self._antecedent(place, block, done, person=True, reach=1) if draft.cue else None
        return person or self._antecedent(place, block, done)

    def _named_near(self, draft: Draft) -> str | None:
        """Return the speaker of a draft, the person whom its *he* or *she* fits, or whom its paragraph names later."""
        mention, block = draft.mention, self.blocks[draft.block]
        if (mention is not None and mention.kind != "pronoun") or (draft.speaker and mention is None):
            return draft.speaker
        if draft.speaker is not None and mention is not None and draft.offset is not None:
            place = mention.start + draft.offset
            return self.register.agreeing(self.text[place : mention.end + draft.offset], draft.speaker, place)
        stop = draft.parts[-1][1]
        return None if self.text[block.start] in "–—-" else self.register.next_person(stop, min(block.end, stop + 300))

    def _is_thing(self, mention: Mention) -> bool:
        return mention.kind == "collective" and mention.name is None

    def _direct_name(self, mention: Mention, block: int, done: list[Draft]) -> str:
        offset = self.blocks[block].start
        words = self.text[mention.start + offset : mention.end + offset]
        last = next((draft.speaker for draft in reversed(done) if draft.speaker), None)
        return people.resolve(mention, self.text, offset, self.register, lambda: last) or words

    def _name(self, drafts: list[Draft]) -> None:
        """Give every draft the fullest name of its speaker."""
        for index, draft in enumerate(drafts):
            done = drafts[:index][-40:]
            if draft.mention is not None and draft.offset is not None:
                place = draft.mention.start + draft.offset
                first = min(place, draft.sentence[0])

                def antecedent(
                    first: int = first,
                    block: int = draft.block,
                    done: list[Draft] = done,
                    pronoun: bool = draft.mention.kind == "pronoun",
                ) -> str | None:
                    found = self._antecedent(first, block, done, person=True)
                    return found or (self._antecedent(first, block, done) if pronoun else None)

                draft.speaker = people.resolve(draft.mention, self.text, draft.offset, self.register, antecedent)
            elif draft.speaker is None:
                draft.speaker = self._nearest(draft, done)
            draft.speaker = self._named_near(draft)
        take_from_body(drafts, self.text)
        headlines = frozenset(index for index, passage in self.passages.items() if passage.headline)
        name_officials(drafts, self.text, self.register, headlines=headlines, starts=self._starts())

    def _starts(self) -> list[int]:
        return [block.start for block in self.blocks]

    def _turn(self, turn: speech.Turn) -> Draft:
        label = self.text[turn.label[0] : turn.label[1]]
        name = self.register.main_person(turn.label[0]) if turn.answer else self.register.full_name(label)
        if name == label and label.isupper():
            name = self.register.full_name(label.title())
        draft = Draft(list(turn.parts), StatementKind.DIRECT, (turn.label[0], turn.parts[-1][1]), turn.block)
        draft.speaker = name
        draft.place = None if turn.answer else turn.label
        return draft


def _statement(draft: Draft, text: str, cleaned: CleanText) -> Statement | None:
    spans: list[Span] = []
    for start, end in draft.parts:
        while start < end and cleaned.text[start] in _EDGE:
            start += 1
        while end > start and cleaned.text[end - 1] in _EDGE:
            end -= 1
        if start < end:
            span = cleaned.to_original(start, end)
            if not spans or span[0] >= spans[-1][1]:
                spans.append(span)
    if not any(character.isalnum() for start, end in spans for character in text[start:end]):
        return None
    place = draft.place
    if place is None and draft.mention is not None and draft.offset is not None:
        place = (draft.mention.start + draft.offset, draft.mention.end + draft.offset)
    cue = " ".join(cleaned.text[draft.cue[0] : draft.cue[1]].split()) if draft.cue else None
    return Statement.of_spans(
        text,
        spans,
        kind=draft.kind,
        speaker=draft.speaker,
        speaker_span=cleaned.to_original(*place) if place else None,
        cue=cue or None,
        context=draft.context,
    )
