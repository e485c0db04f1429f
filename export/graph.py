"""The graph, written node by node: fused kernels, and everything about the blocks made out of ``input_ids`` inside.

Inputs are ``input_ids`` and ``attention_mask``, int64 of shape (batch, sequence). Outputs:

``stance_logits``
    (actor blocks of the whole batch, 4): one row for every ``[ACTOR]`` token, in the order of the flattened batch.
``sentiment_logits``
    (batch, 3).
``logits``
    (batch, 4): the stance toward the first actor of each input, what a plain client of a classifier reads; zeros where
    an input asks about no actor.

With a tagger, which goes on from the output of one of the lower layers by layers of its own, a call computes one of
the two: where the greatest value of ``attention_mask`` is 1 the answers above, and where it is 2 the tagger's. The
outputs of the other are empty.

``tag_logits``
    (batch, sequence, tags of :mod:`stance.tagging.labels`).
``pointer_queries``, ``pointer_keys``
    (batch, sequence, pointers times their size).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto

from export.blocks import BLOCK, BlockTable
from export.focus import write_focus
from export.layers import LayerWriter, write_norm
from export.nodes import GraphWriter
from export.quantise import QuantisedLayer, QuantisedModel
from export.weights import LinearWeights, ModelWeights, TaggerWeights
from stance.runtime import FIND_STATEMENTS, TAGGER_NAMES


@dataclass(frozen=True, slots=True)
class _Blocks:
    """Names of what is made out of the inputs alone."""

    is_actor: str
    positions: str
    mask: str
    first_rows: str
    actor_rows: str
    batch: str


def build(
    weights: ModelWeights,
    *,
    table: BlockTable | None,
    quantised: QuantisedModel | None,
) -> onnx.ModelProto:
    """Return the model.

    ``table`` holds the word embeddings in 4 bits, None writes them in float32. ``quantised`` are the layers of the int8
    file, None writes float32 layers.
    """
    writer = GraphWriter()
    layers = None if quantised is None else quantised.layers
    blocks = _write_blocks(writer, weights)
    states = _write_embeddings(writer, weights, blocks, table, halves=quantised is not None)
    tagger = weights.tagger
    shared = 0 if tagger is None else tagger.tap
    states = _write_layers(writer, weights, range(shared), blocks, states, layers)
    rest = range(shared, len(weights.layers))
    labels, tones = weights.stance.weight.shape[1], weights.sentiment.weight.shape[1]
    outputs: dict[str, tuple[str | int, ...]] = {
        "logits": ("batch", labels),
        "stance_logits": ("actors", labels),
        "sentiment_logits": ("batch", tones),
    }
    if tagger is None:
        states = _write_layers(writer, weights, rest, blocks, states, layers)
        _write_heads(writer, weights, blocks, states, tuple(outputs))
    else:
        answers, tags = tuple(outputs), TAGGER_NAMES
        outputs |= {name: ("batch", "sequence", width) for name, width in zip(tags, tagger.widths, strict=True)}
        judge, find = writer.branch(), writer.branch()
        inner = [f"inner_{name}" for name in outputs]
        above = _write_layers(judge, weights, rest, blocks, states, layers)
        _write_heads(judge, weights, blocks, above, inner[: len(answers)])
        _write_nothing(judge, inner[len(answers) :], [(0, 0, width) for width in tagger.widths])
        found = [f"found_{name}" for name in outputs]
        _write_tagger(find, weights, tagger, blocks.mask, states, quantised, found[len(answers) :])
        _write_nothing(find, found[: len(answers)], [(0, labels), (0, labels), (0, tones)])
        greatest = writer.add("ReduceMax", ["attention_mask"], "greatest_mask", attributes={"keepdims": 0})
        asked = writer.add("Equal", [greatest, writer.number(FIND_STATEMENTS)], "is_for_tagger")
        writer.choose(asked, list(outputs), yes=(find, found), no=(judge, inner))
    return writer.model(
        name="stance",
        inputs={"input_ids": ("batch", "sequence"), "attention_mask": ("batch", "sequence")},
        outputs=outputs,
        metadata={
            "precision": "fp32" if quantised is None else "int8",
            "embeddings": "fp32" if table is None else "int4",
        },
    )


def _write_layers(
    writer: GraphWriter,
    weights: ModelWeights,
    numbers: range,
    blocks: _Blocks,
    states: str,
    layers: Sequence[QuantisedLayer] | None,
) -> str:
    """Write some of the encoder's layers and return the name of the last one's states."""
    for index in numbers:
        last = index == len(weights.layers) - 1
        # Only the heads' rows leave the last layer, so only they are computed after its attention.
        rows = _write_rows(writer, blocks) if last else None
        part = LayerWriter(writer, weights, f"layer{index}", blocks.mask, rows)
        states = part.write(weights.layers[index], states, None if layers is None else layers[index])
    return states


def _write_nothing(writer: GraphWriter, names: Sequence[str], shapes: Sequence[tuple[int, ...]]) -> None:
    """Write empty answers: of what a call did not ask for."""
    for name, shape in zip(names, shapes, strict=True):
        empty = writer.constant(f"nothing_{'_'.join(map(str, shape))}", np.zeros(shape, dtype=np.float32))
        writer.add("Identity", [empty], name)


def _write_blocks(writer: GraphWriter, weights: ModelWeights) -> _Blocks:
    """Derive block numbers, positions, the mask and the heads' rows from the inputs."""
    add, integers = writer.add, writer.integers
    is_actor = add("Equal", ["input_ids", writer.number(weights.actor_id)], "is_actor")
    ones = writer.cast(is_actor, TensorProto.INT64, "actor_ones")
    block = add("CumSum", [ones, writer.number(1)], "block")
    queries = add("Unsqueeze", [block, integers(2)], "block_of_query")
    keys = add("Unsqueeze", [block, integers(1)], "block_of_key")
    # Blocks follow each other, so a block starts after all the tokens of the blocks before it.
    before = writer.cast(add("Less", [keys, queries], "is_before"), TensorProto.INT64, "before")
    start = add("ReduceSum", [before, integers(2)], "start", attributes={"keepdims": 0})
    shape = add("Shape", ["input_ids"], "shape")
    row_ones = add("Expand", [integers(1), shape], "row_ones")
    index = add("CumSum", [row_ones, writer.number(1)], "index", attributes={"exclusive": 1})
    raw = add("Sub", [index, start], "raw_positions")
    # Padding after a last block may run past the table; nobody reads it.
    positions = add("Min", [raw, writer.number(len(weights.positions) - 1)], "positions")
    same = add("Equal", [queries, keys], "is_same_block")
    text = add("Equal", [keys, writer.number(0)], "is_text")
    if weights.special is not None:
        text = add("And", [text, write_focus(writer, block, weights.special)], "is_open_text")
    seen = add("Or", [same, text], "is_seen")
    real = add("Greater", ["attention_mask", writer.number(0)], "is_real")
    visible = add("And", [seen, add("Unsqueeze", [real, integers(1)], "is_real_key")], "is_visible")
    mask = writer.cast(visible, TensorProto.INT32, "mask")
    batch = add("Shape", ["input_ids"], "batch", attributes={"start": 0, "end": 1})
    batch_number = add("Squeeze", [batch, integers(0)], "batch_number")
    length = add("Gather", [shape, writer.number(1)], "length")
    size = add("Mul", [batch_number, length], "size")
    first_rows = add("Range", [writer.number(0), size, length], "first_rows")
    flat = add("Reshape", [is_actor, integers(-1)], "is_actor_flat")
    actor_rows = add("Squeeze", [add("NonZero", [flat], "actor_places"), integers(0)], "actor_rows")
    return _Blocks(is_actor, positions, mask, first_rows, actor_rows, batch)


def _write_embeddings(
    writer: GraphWriter, weights: ModelWeights, blocks: _Blocks, table: BlockTable | None, *, halves: bool
) -> str:
    """Write the sum of word and position vectors; the latter in half precision, which is half a megabyte, on demand."""
    if table is None:
        words = writer.add("Gather", [writer.constant("words", weights.words), "input_ids"], "word_states")
    else:
        words = _write_block_gather(writer, table, weights.words.shape[1])
    choose = writer.add("Unsqueeze", [blocks.is_actor, writer.integers(-1)], "choose_actor")
    words = writer.add("Where", [choose, writer.constant("actor_vector", weights.actor), words], "token_states")
    places = writer.constant("position_table", weights.positions.astype(np.float16) if halves else weights.positions)
    positions = writer.add("Gather", [places, blocks.positions], "position_halves" if halves else "position_states")
    if halves:
        positions = writer.cast(positions, TensorProto.FLOAT, "position_states")
    return write_norm(writer, [words, positions], weights.embedding_norm, weights.epsilon, "embedded")


def _write_block_gather(writer: GraphWriter, table: BlockTable, width: int) -> str:
    """Read rows of 4-bit blocks with standard operators, in float32, so that no scale is rounded again."""
    add, count, half = writer.add, width // BLOCK, BLOCK // 2
    packed = add("Gather", [writer.constant("word_nibbles", table.nibbles), "input_ids"], "word_bytes")
    scales = add("Gather", [writer.constant("word_scales", table.scales), "input_ids"], "word_scale_halves")
    wide = writer.cast(scales, TensorProto.FLOAT, "word_scale_floats")
    low = add("BitwiseAnd", [packed, writer.constant("low_half", np.array(15, dtype=np.uint8))], "low_nibbles")
    four = writer.constant("four_bits", np.array(4, dtype=np.uint8))
    high = add("BitShift", [packed, four], "high_nibbles", attributes={"direction": "RIGHT"})
    halves = [add("Reshape", [value, writer.integers(0, 0, count, half)], f"{value}_of_block") for value in (low, high)]
    nibbles = writer.cast(add("Concat", halves, "nibbles", attributes={"axis": 3}), TensorProto.FLOAT, "nibble_floats")
    centred = add("Sub", [nibbles, writer.constant("middle", np.array(8, dtype=np.float32))], "centred")
    scaled = add("Mul", [centred, add("Unsqueeze", [wide, writer.integers(-1)], "scale_of_block")], "word_blocks")
    return add("Reshape", [scaled, writer.integers(0, 0, width)], "word_states")


def _write_tagger(
    writer: GraphWriter,
    weights: ModelWeights,
    tagger: TaggerWeights,
    mask: str,
    states: str,
    quantised: QuantisedModel | None,
    names: Sequence[str],
) -> None:
    """Write the tagger's layers and heads, whose outputs get ``names``, on the states of the layer that it reads."""
    for index, layer in enumerate(tagger.layers):
        part = LayerWriter(writer, weights, f"tagger{index}", mask, None)
        states = part.write(layer, states, None if quantised is None else quantised.tagger[index])
    heads = LayerWriter(writer, weights, "tagger_heads", mask, None).product(
        states, tagger.heads, None if quantised is None else quantised.tagger_heads, "tagger_heads"
    )
    start = 0
    for name, width in zip(names, tagger.widths, strict=True):
        bounds = [writer.integers(edge) for edge in (start, start + width, 2)]
        writer.add("Slice", [heads, *bounds], name)
        start += width


def _write_rows(writer: GraphWriter, blocks: _Blocks) -> str:
    return writer.add("Concat", [blocks.first_rows, blocks.actor_rows], "head_rows", attributes={"axis": 0})


def _write_heads(
    writer: GraphWriter, weights: ModelWeights, blocks: _Blocks, states: str, names: Sequence[str]
) -> None:
    """Write the heads; ``names`` are those of the first actor's logits, of all actors' and of the sentiment's."""
    add, integers = writer.add, writer.integers
    flat = add("Squeeze", [states, integers(0)], "head_states")
    end = integers(np.iinfo(np.int64).max)
    first = add("Slice", [flat, integers(0), blocks.batch, integers(0)], "sentiment_states")
    actors = add("Slice", [flat, blocks.batch, end, integers(0)], "stance_states")
    stance = _write_head(writer, actors, weights.stance, names[1])
    _write_head(writer, first, weights.sentiment, names[2])
    counts = add("ReduceSum", ["actor_ones", integers(1)], "actor_counts", attributes={"keepdims": 0})
    begin = add("CumSum", [counts, writer.number(0)], "first_actor", attributes={"exclusive": 1})
    total = add("Shape", [blocks.actor_rows], "actor_total")
    asked = add("Greater", [counts, writer.number(0)], "is_asked")
    # A row of zeros at the end answers for inputs without an actor.
    zeros = writer.constant("no_answer", np.zeros((1, weights.stance.weight.shape[1]), dtype=np.float32))
    answers = add("Concat", [stance, zeros], "answers", attributes={"axis": 0})
    add("Gather", [answers, add("Where", [asked, begin, total], "answer_rows")], names[0])


def _write_head(writer: GraphWriter, states: str, head: LinearWeights, name: str) -> str:
    product = writer.add("MatMul", [states, writer.constant(f"{name}_weight", head.weight)], f"{name}_product")
    return writer.add("Add", [product, writer.constant(f"{name}_bias", head.bias)], name)
