"""From a text to its statements, by the rules, by the tagger, or by both."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import regex

from stance import quotes
from stance.encoding import StatementEncoder
from stance.errors import ModelError
from stance.quotes import Extraction
from stance.runtime import Progress, Runtime
from stance.tagging.decoding import Reading, WindowOutputs
from stance.tagging.labels import ROOM
from stance.tagging.union import LIMITS, unite
from stance.tagging.windows import framed, starts_of, tokenise
from stance.text import clean
from stance.types import ExtractionMode, StatementKind

_LETTER = regex.compile(r"\p{L}")
_NO_TAGGER = "the model has no tagger, so statements without quotation marks were not looked for"


class StatementFinder:
    """Finds statements with a model folder's tagger; it keeps no state of a call, so threads may share it."""

    def __init__(self, encoder: StatementEncoder, runtime: Runtime) -> None:
        self._encoder = encoder
        self._runtime = runtime

    def read(self, text: str, *, progress: Progress | None = None) -> Reading:
        """Return a cleaned text as the tagger reads it; ModelError where the model has none."""
        tokens = tokenise(self._encoder, text)
        starts = starts_of(len(tokens.ids))
        windows = [framed(self._encoder, tokens.ids[start : start + ROOM]) for start in starts]
        outputs = self._runtime.tag(windows, progress=progress)
        return Reading(text, tokens, starts, [WindowOutputs.of(one.tags, one.queries, one.keys) for one in outputs])

    def extract(
        self,
        text: str,
        *,
        language: str | None = None,
        kinds: Collection[StatementKind | str] | None = None,
        mode: ExtractionMode | str = ExtractionMode.FULL,
        progress: Progress | None = None,
    ) -> Extraction:
        """Return the statements of a text; see :func:`stance.extract`.

        ``progress`` is called with how many windows the tagger has read and how many there are.

        A model without a tagger answers as the rules do and says so in the warnings; ModelError in the mode
        ``precise``, which needs one.
        """
        chosen = quotes.mode_of(mode)
        wanted = quotes.kinds_of(kinds)
        if chosen is ExtractionMode.RULES:
            return quotes.extract(text, language=language, kinds=wanted)
        if not self._runtime.has_tagger:
            if chosen is ExtractionMode.PRECISE:
                raise ModelError(
                    f"{_NO_TAGGER}; the mode 'precise' needs one: take the package's default model, "
                    "or export yours again with tagger=..."
                )
            found = quotes.extract(text, language=language, kinds=wanted)
            missing = (_NO_TAGGER,) if StatementKind.INDIRECT in wanted and _LETTER.search(text) else ()
            return replace(found, warnings=(*found.warnings, *missing))
        # All kinds, whatever is wanted: what one finder calls indirect the other may call mixed.
        found = quotes.extract(text, language=language)
        cleaned = clean(text)
        united = unite(cleaned, text, found, self.read(cleaned.text, progress=progress), limits=LIMITS[chosen])
        return replace(found, statements=tuple(one for one in united if one.kind in wanted))
