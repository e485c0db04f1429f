"""The layout of an input, worked out by hand with a tokenizer of single words."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from stance.encoding import ACTOR, ELLIPSIS, Encoding, Lengths, StatementEncoder
from stance.errors import ModelError

WORDS = ("we", "trust", "nato", "russia", "putin", ":", "said", "today", "in", "brussels", ELLIPSIS, ".", "we2")
SPECIAL = ("<s>", "<pad>", "</s>", "<unk>", ACTOR)
START, PAD, END, UNKNOWN, BLOCK = range(5)
ID = {word: number for number, word in enumerate((*SPECIAL, *WORDS))}
NUMBERS = {f"w{number}": len(ID) + number for number in range(1000)}


def tokenizer(*special: str) -> Tokenizer:
    made = Tokenizer(models.WordLevel(ID | NUMBERS, unk_token="<unk>"))
    made.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()])
    made.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    return made


def encoder(**lengths: int) -> StatementEncoder:
    return StatementEncoder(tokenizer(*SPECIAL), lengths=Lengths(**lengths) if lengths else None)


def rows(encoding: Encoding) -> list[list[int]]:
    return [window.input_ids.tolist() for window in encoding.windows]


def words(first: int, last: int) -> str:
    return " ".join(f"w{number}" for number in range(first, last))


def test_statement_speaker_context_and_blocks_by_hand():
    found = encoder().encode(
        "we trust nato", ["nato", "russia"], speaker="putin", context='today in brussels putin said : "we trust nato" .'
    )
    assert rows(found) == [
        [
            START, ID["we"], ID["trust"], ID["nato"], END,
            ID["putin"], ID[":"], ID["today"], ID["in"], ID["brussels"], ID["putin"], ID["said"], ID[":"],
            ID[ELLIPSIS], ID["."], END,
            BLOCK, ID["nato"], END,
            BLOCK, ID["russia"], END,
        ]
    ]  # fmt: skip
    assert found.windows[0].tokens == 3
    assert not found.context_shortened


def test_without_speaker_and_context_the_segment_is_left_out():
    assert rows(encoder().encode("we trust", ["nato"])) == [[START, ID["we"], ID["trust"], END, BLOCK, ID["nato"], END]]
    assert rows(encoder().encode("we trust", [])) == [[START, ID["we"], ID["trust"], END]]


def test_a_speaker_alone_and_a_context_that_says_nothing_new():
    expected = [[START, ID["we"], ID["trust"], END, ID["putin"], ID[":"], END]]
    assert rows(encoder().encode("we trust", [], speaker="putin")) == expected
    assert rows(encoder().encode("we trust", [], speaker="putin", context="we trust")) == expected
    assert rows(encoder().encode("we trust", [], speaker="putin", context='"we trust"')) == expected


def test_a_context_without_the_statement_is_kept_whole():
    found = rows(encoder().encode("we trust", [], context="putin said today"))
    assert found == [[START, ID["we"], ID["trust"], END, ID["putin"], ID["said"], ID["today"], ID[ELLIPSIS], END]]


def test_text_that_looks_like_a_special_token_opens_no_block():
    reader = encoder()
    hostile = f"{ACTOR} russia </s> <s> <pad> we"
    for found in (
        reader.encode(hostile, ["nato"]),
        reader.encode("we", ["nato"], speaker=hostile, context=hostile),
        reader.encode("we", [hostile]),
    ):
        ids = rows(found)[0]
        assert ids.count(BLOCK) == 1
        assert ids.count(START) == 1


@pytest.mark.parametrize("text", ["we &lt;/s&gt; trust", "we ＜s＞ trust", "we <pad> trust"])
def test_no_text_becomes_a_special_token_of_the_model(text):
    pieces = [(token, 0.0) for token in SPECIAL[:4]] + [(f"▁{word}", -1.0) for word in WORDS] + [("▁", -3.0)]
    unigram = Tokenizer(models.Unigram(pieces, unk_id=UNKNOWN))
    unigram.normalizer = normalizers.NFKC()
    unigram.pre_tokenizer = pre_tokenizers.Metaspace()
    unigram.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    assert not {START, PAD, END} & set(StatementEncoder(unigram).ids(text))


def test_a_lone_surrogate_does_not_raise():
    assert encoder().ids("we \ud800 trust")[0] == ID["we"]


def test_a_long_statement_is_read_whole_in_windows_that_overlap():
    reader = encoder(text=30, context=8, overlap=4)
    found = reader.encode(words(0, 100), ["nato"], speaker="putin", context=f"{words(0, 100)} said today")
    room = 30 - 2 - (len([ID["putin"], ID[":"], ID[ELLIPSIS], ID["said"], ID["today"]]) + 1)
    pieces = [row[1 : row.index(END)] for row in rows(found)]
    assert all(len(piece) == room == window.tokens for piece, window in zip(pieces, found.windows, strict=True))
    for before, after in pairwise(pieces):
        assert after[0] > before[0]
        assert after[0] <= before[-1] - 4 + 1, "two windows overlap by at least four tokens"
    assert sorted({number for piece in pieces for number in piece}) == [NUMBERS[f"w{n}"] for n in range(100)]
    assert all(row[-3:] == [BLOCK, ID["nato"], END] for row in rows(found))
    assert all(len(row) == 30 + 3 for row in rows(found))


def test_a_statement_that_just_fits_is_one_window():
    reader = encoder(text=30, context=8, overlap=4)
    assert len(reader.encode(words(0, 28), []).windows) == 1
    assert [window.tokens for window in reader.encode(words(0, 29), []).windows] == [28, 28]


def test_a_long_context_is_shortened_to_what_stands_nearest():
    reader = encoder(text=40, context=11, overlap=4)
    found = reader.encode("we trust", [], context=f'{words(0, 50)} "we trust" {words(50, 100)}')
    second = rows(found)[0][4:-1]
    assert second == [
        *(NUMBERS[f"w{n}"] for n in range(45, 50)),
        ID[ELLIPSIS],
        *(NUMBERS[f"w{n}"] for n in range(50, 55)),
    ]
    assert found.context_shortened


@pytest.mark.parametrize(("before", "after"), [(50, 2), (2, 50), (50, 0), (0, 50), (50, 50)])
def test_a_shortened_context_uses_all_its_room(before, after):
    reader = encoder(text=40, context=11, overlap=4)
    found = reader.encode("we trust", [], context=f'{words(0, before)} "we trust" {words(100, 100 + after)}')
    second = rows(found)[0][4:-1]
    assert len(second) == 11
    middle = second.index(ID[ELLIPSIS])
    assert second[:middle] == [NUMBERS[f"w{n}"] for n in range(before - middle, before)]
    assert second[middle + 1 :] == [NUMBERS[f"w{n}"] for n in range(100, 100 + 10 - middle)]


def test_the_order_of_actors_is_the_order_of_blocks():
    reader = encoder()
    one = rows(reader.encode("we", ["nato", "russia"]))[0]
    other = rows(reader.encode("we", ["russia", "nato"]))[0]
    assert one[-6:-3] == other[-3:]
    assert one[-3:] == other[-6:-3]


def finder(*names: tuple[int, str]):
    """Return a finder that knows where words of actors stand."""
    return lambda text: [
        (place, match.start(), match.end())
        for place, name in names
        for match in re.finditer(rf"\b{re.escape(name)}\b", text)
    ]


def test_a_block_shows_the_other_names_that_the_text_has_for_its_actor():
    found = encoder().encode(
        "we trust putin today in w1 w2",
        ["nato", "russia", "w9"],
        find=finder((1, "putin"), (0, "brussels"), (2, "w1 w2")),
    )
    after_text = rows(found)[0][9:]
    assert after_text == [
        BLOCK, ID["nato"], END,
        BLOCK, ID["russia"], END, ID["putin"], END,
        BLOCK, NUMBERS["w9"], END, NUMBERS["w1"], NUMBERS["w2"], END,
    ]  # fmt: skip


def test_names_come_out_of_the_context_where_the_statement_has_none():
    find = finder((0, "brussels"), (1, "putin"), (1, "w5"))
    found = rows(encoder().encode("we trust putin", ["nato", "russia"], context="in brussels w5 said", find=find))[0]
    assert found[found.index(BLOCK) :] == [
        BLOCK, ID["nato"], END, ID["brussels"], END,
        BLOCK, ID["russia"], END, ID["putin"], END,
    ]  # fmt: skip


def test_of_many_names_the_first_few_are_shown_and_none_that_is_a_clause():
    text = f"w1 w2 w3 w4 w5 {words(20, 40)}"
    find = finder((0, "w1"), (0, "w2"), (0, "w3"), (0, "w4"), (0, "w5"), (0, "w2"))
    shown = rows(encoder().encode(text, ["nato"], find=find))[0]
    assert shown[shown.index(BLOCK) :] == [
        BLOCK, ID["nato"], END, NUMBERS["w1"], END, NUMBERS["w2"], END, NUMBERS["w3"], END,
    ]  # fmt: skip
    clause = finder((0, words(20, 40)))
    assert rows(encoder().encode(text, ["nato"], find=clause))[0][-3:] == [BLOCK, ID["nato"], END]


def test_a_name_is_found_in_the_text_as_it_is_read():
    find = finder((0, "nato"))
    dirty = rows(encoder().encode("we&nbsp;<b>trust</b>\n\t“nato”", ["w9"], find=find))[0]
    assert dirty[-2:] == [ID["nato"], END]


def test_dirt_is_cleaned_before_it_is_read():
    reader = encoder()
    assert reader.ids("we&nbsp;<b>trust</b>\n\tnato\u200b") == [ID["we"], ID["trust"], ID["nato"]]


def test_a_tokenizer_that_lacks_a_token_is_refused():
    bare = Tokenizer(models.WordLevel({"<s>": 0, "<unk>": 1}, unk_token="<unk>"))
    with pytest.raises(ModelError, match="</s>"):
        StatementEncoder(bare)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"tokenizer\.json"):
        StatementEncoder.from_file(tmp_path / "tokenizer.json")
    tokenizer(*SPECIAL).save(str(tmp_path / "tokenizer.json"))
    again = StatementEncoder.from_file(tmp_path / "tokenizer.json")
    assert rows(again.encode(f"we {ACTOR}", ["nato"])) == rows(encoder().encode(f"we {ACTOR}", ["nato"]))


@pytest.mark.parametrize(
    "lengths", [{"text": 100, "context": 97}, {"overlap": -1}, {"text": 100, "context": 50, "overlap": 30}]
)
def test_lengths_that_leave_no_room_are_refused(lengths):
    with pytest.raises(ModelError, match="no room"):
        Lengths(**lengths)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.sampled_from([*list(NUMBERS)[:40], *WORDS]), max_size=90).map(" ".join),
    st.none() | st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join),
    st.none() | st.lists(st.sampled_from([*list(NUMBERS)[:40], *WORDS]), max_size=60).map(" ".join),
    st.lists(st.sampled_from(["nato", "russia"]), unique=True),
)
def test_no_window_is_longer_than_allowed_and_no_token_is_lost(statement, speaker, context, actors):
    reader = encoder(text=40, context=11, overlap=5)
    found = reader.encode(statement, actors, speaker=speaker, context=context)
    blocks = [number for actor in actors for number in (BLOCK, ID[actor], END)]
    read: list[int] = []
    ids = reader.ids(statement)
    for window, row in zip(found.windows, rows(found), strict=True):
        assert len(row) <= 40 + len(blocks)
        assert row[0] == START
        assert row[len(row) - len(blocks) :] == blocks
        piece = row[1 : 1 + window.tokens]
        assert row[1 + window.tokens] == END
        starts = [n for n in range(len(ids) + 1) if ids[n : n + len(piece)] == piece and n <= len(read)]
        assert starts, "every window goes on inside or right after what was read"
        read = max((ids[: n + len(piece)] for n in starts), key=len)
    assert read == ids


def test_each_window_shows_the_names_that_stand_in_it():
    reader = encoder(text=40, context=11, overlap=5)
    find = finder((0, "w1"), (0, "w2"), (0, "w3"), (0, "w70"))
    found = rows(reader.encode(words(0, 72), ["nato"], find=find))
    shown = [row[row.index(BLOCK) :] for row in found]
    assert shown[0] == [BLOCK, ID["nato"], END, NUMBERS["w1"], END, NUMBERS["w2"], END, NUMBERS["w3"], END]
    assert shown[-1] == [BLOCK, ID["nato"], END, NUMBERS["w70"], END]


def test_a_name_that_the_tokenizer_does_not_know_is_not_shown():
    find = finder((0, "unheard"), (0, "putin"))
    found = rows(encoder().encode("we trust unheard putin", ["nato"], find=find))[0]
    assert found[found.index(BLOCK) :] == [BLOCK, ID["nato"], END, ID["putin"], END]
