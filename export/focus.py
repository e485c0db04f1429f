"""The part of the graph that finds the names of each actor block in the text, as ``named_places`` does in training."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from onnx import TensorProto

from export.nodes import GraphWriter
from stance.training.model import NAME_REACH


def write_focus(writer: GraphWriter, block: str, special: Sequence[int]) -> str:
    """Add the nodes; return the name of what each token's block is open to.

    ``block`` names the block numbers, of shape (batch, sequence). The result is bool of shape (batch, sequence,
    sequence): True where the query's block may look at the key if that is text.
    """
    add, integers = writer.add, writer.integers
    in_block, in_text = _words(writer, block, special)
    like = _alike(writer, in_block, in_text)
    numbers = add("Range", [writer.number(0), _blocks(writer, block), writer.number(1)], "block_numbers")
    column = add("Unsqueeze", [numbers, integers(0, 2)], "block_number_column")
    is_member = add("Equal", [add("Unsqueeze", [block, integers(1)], "block_row"), column], "is_member")
    members = writer.cast(is_member, TensorProto.FLOAT, "members")
    counts = add("MatMul", [members, writer.cast(like, TensorProto.FLOAT, "like_floats")], "named_counts")
    zero = writer.constant("float_zero", np.array(0, dtype=np.float32))
    most = add("ReduceMax", [counts, integers(2)], "named_most")
    # A block whose actor the text does not name is open to all of it, and so is the text itself.
    unnamed = add("Equal", [most, zero], "is_unnamed")
    places = add("Or", [add("Greater", [counts, zero], "is_named"), unnamed], "is_open_block")
    turned = add("Transpose", [members], "members_turned", attributes={"perm": [0, 2, 1]})
    spread = add("MatMul", [turned, writer.cast(places, TensorProto.FLOAT, "open_floats")], "open_counts")
    return add("Greater", [spread, zero], "is_open")


def _blocks(writer: GraphWriter, block: str) -> str:
    last = writer.add("ReduceMax", [block, writer.integers(0, 1)], "last_block", attributes={"keepdims": 0})
    return writer.add("Add", [last, writer.number(1)], "block_count")


def _words(writer: GraphWriter, block: str, special: Sequence[int]) -> tuple[str, str]:
    """Return which tokens are words of a block, and which are words of the text."""
    add, integers = writer.add, writer.integers
    ids = add("Unsqueeze", ["input_ids", integers(2)], "ids_to_compare")
    is_special = add("Equal", [ids, integers(*special)], "is_one_special")
    ones = writer.cast(is_special, TensorProto.INT64, "special_ones")
    count = add("ReduceSum", [ones, integers(2)], "special_count", attributes={"keepdims": 0})
    is_word = add("Equal", [count, writer.number(0)], "is_word")
    in_text = add("Equal", [block, writer.number(0)], "is_in_text")
    in_block = add("Not", [in_text], "is_in_block")
    return add("And", [is_word, in_block], "block_word"), add("And", [is_word, in_text], "text_word")


def _shifted(writer: GraphWriter, value: str, by: int, axes: Sequence[int], name: str, *, rank: int) -> str:
    """Return a bool tensor moved by one place forwards (1) or backwards (-1) along axes, False moving in."""
    ends = (0, -1) if by > 0 else (1, np.iinfo(np.int64).max)
    first, last = ([end] * len(axes) for end in ends)
    bounds = [writer.integers(*first), writer.integers(*last), writer.integers(*axes)]
    kept = writer.add("Slice", [value, *bounds], f"{name}_kept")
    margins = [int(axis in axes) for axis in range(rank)]
    pads = [*margins, *[0] * rank] if by > 0 else [*[0] * rank, *margins]
    return writer.add("Pad", [kept, writer.integers(*pads)], name)


def _alike(writer: GraphWriter, in_block: str, in_text: str) -> str:
    """Return where a piece of a block (second axis) stands in the text (third axis) with its neighbours."""
    add, integers = writer.add, writer.integers
    before = _shifted(writer, in_block, 1, [1], "block_word_before", rank=2)
    after = _shifted(writer, in_block, -1, [1], "block_word_after", rank=2)
    first = add("Unsqueeze", [add("Not", [before], "is_first"), integers(2)], "is_first_row")
    last = add("Unsqueeze", [add("Not", [after], "is_last"), integers(2)], "is_last_row")
    rows = add("Unsqueeze", ["input_ids", integers(2)], "ids_of_block")
    columns = add("Unsqueeze", ["input_ids", integers(1)], "ids_of_text")
    both = add(
        "And",
        [
            add("Unsqueeze", [in_block, integers(2)], "block_word_row"),
            add("Unsqueeze", [in_text, integers(1)], "text_word_column"),
        ],
        "is_block_and_text",
    )
    like = add("And", [add("Equal", [rows, columns], "is_same_piece"), both], "like0")
    for number in range(NAME_REACH):
        name = f"like{number + 1}"
        left = add("Or", [_shifted(writer, like, 1, [1, 2], f"{name}_before", rank=3), first], f"{name}_left")
        right = add("Or", [_shifted(writer, like, -1, [1, 2], f"{name}_after", rank=3), last], f"{name}_right")
        like = add("And", [like, add("And", [left, right], f"{name}_sides")], name)
    return like
