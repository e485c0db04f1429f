"""The marked articles and passages of the project keep to their format."""

from pathlib import Path

import pytest

from stance.training import articles
from stance.types import StatementKind

DATA = Path(__file__).parents[1] / "data"
LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "ko", "nl", "pl", "pt", "ru", "tr", "uk", "zh")


@pytest.mark.parametrize("language", LANGUAGES)
def test_passages_are_whole_and_each_stands_once(language):
    found = articles.read_passages(DATA / "passages" / f"{language}.txt")
    assert len(found) >= 80
    assert len({passage.text for passage in found}) == len(found)
    for passage in found:
        for statement in passage.statements:
            assert statement.kind in set(StatementKind), passage.name
            assert (statement.speaker is None) or statement.speaker_span, passage.name
            spans = [*statement.spans, *statement.cues, *([statement.speaker_span] if statement.speaker_span else [])]
            for start, end in spans:
                words = passage.text[start:end]
                assert words
                assert words == words.strip(), passage.name


def test_a_passage_that_is_not_closed_is_named(tmp_path):
    file = tmp_path / "en.txt"
    file.write_text('A.\n===\n<q id="1" kind="direct" by="">No end.\n', encoding="utf-8")
    with pytest.raises(articles.RecordError, match=r"en-passage-2.*never closed"):
        articles.read_passages(file)
