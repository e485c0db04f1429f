"""Reporting in Chinese: subject, verb, colon, quotation; or quotation, subject, verb."""

from __future__ import annotations

import regex

from stance.quotes import chinesesigns
from stance.quotes.chinesenouns import ChineseNouns
from stance.quotes.marks import Quotation
from stance.quotes.passage import Draft
from stance.quotes.tables import Hit
from stance.quotes.words import BLOT, Mention
from stance.types import StatementKind


class Chinese(ChineseNouns):
    """Chinese: subject, verb, colon, quotation; or quotation, subject, verb."""

    stops = "。！？!?\n"

    def draft(self, found: Quotation, before: Quotation | None, after: Quotation | None) -> Draft | None:
        """Read one quotation; None where it is no statement."""
        lead, _tail, first, last = self.around(found, before, after)
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        inner = self.passage.text[found.start : found.end].strip()
        if self._is_name(found, start, end, inner):
            return None
        earlier = [hit for hit in self.cues_in(first, start) if not self._negated(hit) and hit.end <= start]
        voices = self._voices(start, end)
        if voices is not None:
            return self.make(found, StatementKind.MIXED, first, last, None, self._subject(voices, first))
        later = [hit for hit in self.cues_in(end, last) if not self._about(hit)]
        if inner[-1:] in "。！？!?…" and regex.match(r"[^，。\ue000]{1,30}[：:]\ue000", self.masked[end:]):
            # what leads in the next quotation belongs to that one
            later, last = [], end
        if not lead.strip(" ，、　") or chinesesigns.LEAD.sub("", lead).strip(" ，、　") == "":
            return self._leading(found, first, end, last, later, inner)
        if lead.rstrip().endswith(("：", ":")):
            cue = earlier[-1] if earlier else None
            mention = self._subject(cue.start if cue else start - 1, first) or self._subject(start - 1, first)
            if mention is None and cue is None and len(inner) < 6 and inner[-1:] not in "。！？!?":
                return None
            return self.make(found, StatementKind.DIRECT, first, last, cue, mention)
        return self._inside(found, first, last, earlier, later, inner)

    def _voices(self, start: int, end: int) -> int | None:
        """Return where a run of quotations begins that voices follow: *from the seats came "A" and "B"*."""
        run = regex.compile(r"[、和及或\s]{0,2}(?:\ue000+[、和及或\s]{0,2}+)*+").match(self.masked, end, end + 400)
        if run is None or chinesesigns.VOICES.match(self.masked, run.end()) is None:
            return None
        first = max(0, start - 400)
        while start > first and self.masked[start - 1] in "\ue000、和及或":
            start -= 1
        return start

    def _is_name(self, found: Quotation, start: int, end: int, inner: str) -> bool:
        """Tell whether words around a quotation say that it is a name or that nobody means it."""
        if self.masked[:start].rstrip()[-1:] in "：:":
            return False
        if self._scare(start, inner) or (found.is_single and len(inner) < 12):
            return True
        after = self.masked[end : end + 6]
        verbal = bool(chinesesigns.SENTENCE.search(inner)) and len(inner) >= 6
        if not verbal and inner[-1:] not in "。！？!?，," and chinesesigns.NAMED_AFTER.match(self.masked, end):
            return True
        if (not verbal or len(inner) <= 8) and chinesesigns.CALLED_BEFORE.search(
            self.masked[max(0, start - 8) : start]
        ):
            return self.masked[end : end + 1] not in tuple("，。；,") or self.masked[start - 2 : start - 1] == "所"
        asked = chinesesigns.ASKED.search(self.masked[max(0, start - 20) : start])
        if asked and chinesesigns.ASKED_AFTER.match(self.masked, end):
            return True
        answered = regex.search(r"(?:回[应應]|[谈談]|[评評])$", self.masked[:start])
        if after[:1] in tuple("：:") and (after[1:2] == BLOT or answered):
            return True
        if any("scare" in hit.kinds and hit.start <= end + 2 for hit in self.hits_in(end, end + 3)):
            return True
        return bool(regex.match(r"[号號]|(?:之[称稱说說]|一[词詞]|二字|字[样樣])", after))

    def _inside(
        self, found: Quotation, first: int, last: int, earlier: list[Hit], later: list[Hit], inner: str
    ) -> Draft | None:
        """Read a quotation inside a sentence, after other words than a colon."""
        start, end = found.outer_start - self.offset, found.outer_end - self.offset
        kind = StatementKind.MIXED
        whole = len(inner) >= 9 and bool(chinesesigns.SENTENCE.search(inner))
        if len(inner) <= 8 and not chinesesigns.SENTENCE.search(inner) and self.masked[end : end + 1] == "的":
            return None
        linked = bool(regex.search(r"[是为為成作做于於像如有说說称稱道到，、：]\s?$", self.masked[first:start]))
        modifies = (
            len(inner) < 9
            and not chinesesigns.VERBAL.search(inner)
            and bool(regex.match(r"(?![的地之而但并並等来來作做与與和去吧吗了为為在])\p{Han}", self.masked[end:]))
        )
        if earlier and start - earlier[-1].end <= 60:
            cue = earlier[-1]
            adjacent = start - cue.end <= 1
            listed = self.masked[start - 2 : start - 1] == BLOT and self.masked[start - 1] in "、和或及"
            adjacent = adjacent or listed
            if len(inner) < (2 if adjacent else chinesesigns.SHORT) or (modifies and not linked and not adjacent):
                return None
            mention = self._subject(cue.start, first)
            return self.make(found, kind, first, last, cue, mention or self._subject(start, first))
        near = [hit for hit in later if hit.start - end <= 12]
        if near and len(inner) >= chinesesigns.SHORT:
            mention = self._subject(start, first) or self._between(end, near[0])
            return self.make(found, kind, first, last, near[0], mention)
        so = self._so(end, last)
        if so is not None and len(inner) >= chinesesigns.SHORT:
            return self.make(found, kind, first, last, so[0], so[1])
        mention = self._subject(start, first)
        finished = inner[-1:] in "。！？…!?" and len(inner) >= 5
        if finished or (whole and mention is not None and not modifies):
            if self.masked[:start].rstrip()[-1:] in "，,":
                kind = StatementKind.DIRECT
            return self.make(found, kind, first, last, None, mention)
        if linked and mention is not None and not modifies and len(inner) >= chinesesigns.SHORT and self.headline:
            return self.make(found, kind, first, last, None, mention)
        return None

    def _leading(self, found: Quotation, first: int, end: int, last: int, later: list[Hit], inner: str) -> Draft | None:
        """Read a quotation that begins its sentence."""
        tail = self.masked[end:last]
        cue = next((hit for hit in later if hit.start - end <= 40), None)
        mention = None
        if dash := regex.match(r"\s*[–—-]+\s*", tail):
            stop = regex.search(r"[在说說，。于於]", tail[dash.end() :])
            place = end + dash.end()
            mention = self.noun(place, place + (stop.start() if stop else len(tail) - dash.end()))
        elif cue is not None:
            mention = self._between(end, cue)
        elif tail.strip(" ，。"):
            mention = self._clauses(end, last)
        finished = inner[-1:] in "。！？，…!?,"
        if cue is None and len(inner) < 7 and not finished:
            return None
        if cue is None and mention is None and tail.strip(" ，。") and not finished and len(inner) < 10:
            return None
        draft = self.make(found, StatementKind.DIRECT, first, last, cue, mention)
        draft.at_start = True
        return draft

    def joins(self, last: Draft, draft: Draft, before: Quotation) -> bool:
        """Tell whether a draft goes on with the one before it."""
        between = self.passage.text[before.outer_end : draft.parts[0][0] - 1]
        if draft.cue is not None and draft.cue == last.cue and draft.cue[0] < draft.parts[0][0]:
            return True
        if last.parts[-1][0] == before.start and draft.cue is None and between.strip() in ("", "、", "和", "或", "及"):
            behind = draft.parts[-1][1] + 1 - self.offset
            if chinesesigns.VOICES.match(self.masked, behind):
                return True
        if last.parts[-1][0] != before.start:
            return False
        if not between.strip():
            return draft.cue is None
        told = last.cue is not None and last.cue[0] > last.parts[-1][0]
        told = told or (last.mention is not None and last.mention.start + self.offset > last.parts[-1][0])
        asked = self.passage.text[before.end - 1 : before.end] in "？?"
        alone = draft.at_start and draft.cue is None and draft.mention is None
        if between.rstrip().endswith(("，", ",")) and "。" not in between and last.at_start:
            return told and draft.cue is None
        return told and alone and not asked and between.rstrip().endswith("。") and between.count("。") == 1

    def _so(self, end: int, last: int) -> tuple[Hit, Mention | None] | None:
        if match := regex.match(r"[，,]\s?如此(?P<who>[^，。]{2,16})(?=[，。]|$)", self.masked[end:last]):
            hit = Hit(end + match.start("who") - 2, end + match.start("who"), frozenset({"cue_before"}))
            return hit, self.noun(end + match.start("who"), end + match.end("who"))
        return None

    def _negated(self, cue: Hit) -> bool:
        window = self.masked[max(0, cue.start - 8) : cue.start]
        if self.masked[cue.start : cue.end][-1:] in "为為作做" and regex.search(r"被[^，。]{0,6}$", window):
            return True
        if self.masked[cue.start : cue.start + 1] in "说說称稱" and window[-1:] in tuple(
            "之小传傳学學据據游遊俗名职職"
        ):
            return True
        if regex.search(
            r"[没沒未]有?(?:明确|明確|正面)?$|(?:没有|沒有|并未|並未|拒绝|拒絕|不愿|不願|不肯)\p{Han}{0,2}$|不$", window
        ):
            return not window.endswith(("不得不", "忍不住"))
        return False

    def _scare(self, start: int, inner: str) -> bool:
        if regex.search(r"[把將将][^，。]{1,30}$", self.masked[max(0, start - 36) : start]):
            return False
        verbal = bool(chinesesigns.SENTENCE.search(inner))
        return any(
            (
                "scare" in hit.kinds
                and start - 1 <= hit.end <= start
                and self.masked[hit.end : start] not in ("。", "！", "？")
            )
            or (
                "name_nouns" in hit.kinds
                and hit.end == start
                and not verbal
                and self.masked[hit.start - 1 : hit.start] != BLOT
            )
            for hit in self.hits_in(start - 12, start)
        )
