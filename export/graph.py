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
from export.nodes import CONTRIB, GraphWriter
from export.quantise import LayerScales, QuantisedLinear, TaggerScales, quantise_layer, quantise_linear
from export.weights import Array, LayerWeights, LinearWeights, ModelWeights, NormWeights, TaggerWeights
from stance.runtime import FIND_STATEMENTS, TAGGER_NAMES

# Enough to make a softmax weight exactly 0 in float32, and finite, so that a row of padding alone is no NaN.
MASKED = -10000.0


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
    scales: Sequence[LayerScales] | None,
    tagger_scales: TaggerScales | None = None,
) -> onnx.ModelProto:
    """Return the model.

    ``table`` holds the word embeddings in 4 bits, None writes them in float32. ``scales`` are the activation scales of
    every layer for the int8 file, ``tagger_scales`` those of the tagger's; None writes float32 layers.
    """
    writer = GraphWriter()
    blocks = _write_blocks(writer, weights)
    states = _write_embeddings(writer, weights, blocks, table, halves=scales is not None)
    tagger = weights.tagger
    shared = 0 if tagger is None else tagger.tap
    states = _write_layers(writer, weights, range(shared), blocks, states, scales)
    rest = range(shared, len(weights.layers))
    labels, tones = weights.stance.weight.shape[1], weights.sentiment.weight.shape[1]
    outputs: dict[str, tuple[str | int, ...]] = {
        "logits": ("batch", labels),
        "stance_logits": ("actors", labels),
        "sentiment_logits": ("batch", tones),
    }
    if tagger is None:
        states = _write_layers(writer, weights, rest, blocks, states, scales)
        _write_heads(writer, weights, blocks, states, tuple(outputs))
    else:
        answers, tags = tuple(outputs), TAGGER_NAMES
        outputs |= {name: ("batch", "sequence", width) for name, width in zip(tags, tagger.widths, strict=True)}
        judge, find = writer.branch(), writer.branch()
        inner = [f"inner_{name}" for name in outputs]
        above = _write_layers(judge, weights, rest, blocks, states, scales)
        _write_heads(judge, weights, blocks, above, inner[: len(answers)])
        _write_nothing(judge, inner[len(answers) :], [(0, 0, width) for width in tagger.widths])
        found = [f"found_{name}" for name in outputs]
        _write_tagger(find, weights, tagger, blocks.mask, states, tagger_scales, found[len(answers) :])
        _write_nothing(find, found[: len(answers)], [(0, labels), (0, labels), (0, tones)])
        greatest = writer.add("ReduceMax", ["attention_mask"], "greatest_mask", attributes={"keepdims": 0})
        asked = writer.add("Equal", [greatest, writer.number(FIND_STATEMENTS)], "is_for_tagger")
        writer.choose(asked, list(outputs), yes=(find, found), no=(judge, inner))
    return writer.model(
        name="stance",
        inputs={"input_ids": ("batch", "sequence"), "attention_mask": ("batch", "sequence")},
        outputs=outputs,
        metadata={"precision": "fp32" if scales is None else "int8", "embeddings": "fp32" if table is None else "int4"},
    )


def _write_layers(
    writer: GraphWriter,
    weights: ModelWeights,
    numbers: range,
    blocks: _Blocks,
    states: str,
    scales: Sequence[LayerScales] | None,
) -> str:
    """Write some of the encoder's layers and return the name of the last one's states."""
    for index in numbers:
        last = index == len(weights.layers) - 1
        # Only the heads' rows leave the last layer, so only they are computed after its attention.
        rows = _write_rows(writer, blocks) if last else None
        part = LayerWriter(writer, weights, f"layer{index}", blocks.mask, rows)
        states = part.write(weights.layers[index], states, None if scales is None else scales[index])
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
    return _write_norm(writer, [words, positions], weights.embedding_norm, weights.epsilon, "embedded")


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


def _write_norm(writer: GraphWriter, inputs: Sequence[str], norm: NormWeights, epsilon: float, name: str) -> str:
    """Write the normalisation of the sum of the inputs.

    In plain operators: those are vectorised, and together four times as fast as the kernels of LayerNormalization and
    SkipLayerNormalization, which are not (ONNX Runtime 1.31, one thread: 22 instead of 98 microseconds for 67 tokens).
    """
    add, width = writer.add, len(norm.gamma)
    total = inputs[0]
    for number, other in enumerate(inputs[1:]):
        total = add("Add", [total, other], f"{name}_sum{number}")
    last = writer.integers(2)
    centred = add("Sub", [total, add("ReduceMean", [total, last], f"{name}_mean")], f"{name}_centred")
    squares = add("ReduceSum", [add("Mul", [centred, centred], f"{name}_squares"), last], f"{name}_power")
    # Sums of squares stand for means here; the root of the width goes into gamma.
    room = writer.constant(f"epsilon_{width}", np.array(epsilon * width, dtype=np.float32))
    spread = add("Sqrt", [add("Add", [squares, room], f"{name}_safe")], f"{name}_spread")
    scaled = add("Mul", [centred, add("Reciprocal", [spread], f"{name}_factor")], f"{name}_scaled")
    gamma = writer.constant(f"{name}_gamma", (norm.gamma * np.sqrt(width)).astype(np.float32))
    stretched = add("Mul", [scaled, gamma], f"{name}_stretched")
    return add("Add", [stretched, writer.constant(f"{name}_beta", norm.beta)], name)


def _write_tagger(
    writer: GraphWriter,
    weights: ModelWeights,
    tagger: TaggerWeights,
    mask: str,
    states: str,
    scales: TaggerScales | None,
    names: Sequence[str],
) -> None:
    """Write the tagger's layers and heads, whose outputs get ``names``, on the states of the layer that it reads."""
    for index, layer in enumerate(tagger.layers):
        part = LayerWriter(writer, weights, f"tagger{index}", mask, None)
        states = part.write(layer, states, None if scales is None else scales.layers[index])
    quantised = None if scales is None else quantise_linear(tagger.heads, scales.heads, scales.alpha)
    heads = LayerWriter(writer, weights, "tagger_heads", mask, None).product(
        states, tagger.heads, quantised, "tagger_heads"
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


class LayerWriter:
    """Writes one encoder layer, in float32 or in int8."""

    def __init__(self, writer: GraphWriter, weights: ModelWeights, name: str, mask: str, rows: str | None) -> None:
        """Take the graph, the name of the mask and, for the last layer, that of the rows to go on with."""
        self._writer = writer
        self._heads = weights.heads
        self._epsilon = weights.epsilon
        self._hidden = weights.words.shape[1]
        self._name = name
        self._mask = mask
        self._rows = rows

    def write(self, layer: LayerWeights, states: str, scales: LayerScales | None) -> str:
        """Add the layer and return the name of its output."""
        name, writer = self._name, self._writer
        parts = None if scales is None else quantise_layer(layer, scales)
        if parts is None:
            context = self._attention(states, layer.attention)
        else:
            context = self._quantised_attention(states, parts.attention)
        if self._rows is not None:
            context, states = self._take(context), self._take(states)
        mixed = self.product(context, layer.attention_out, parts.attention_out if parts else None, f"{name}_mixed")
        states = _write_norm(writer, [mixed, states], layer.attention_norm, self._epsilon, f"{name}_attended")
        inner = self.product(states, layer.inner, parts.inner if parts else None, f"{name}_inner", bias=False)
        bias = writer.constant(f"{name}_inner_bias", layer.inner.bias)
        active = writer.add("BiasGelu", [inner, bias], f"{name}_active", domain=CONTRIB)
        outer = self.product(active, layer.outer, parts.outer if parts else None, f"{name}_outer")
        return _write_norm(writer, [outer, states], layer.outer_norm, self._epsilon, f"{name}_states")

    def _take(self, states: str) -> str:
        assert self._rows is not None
        flat = self._writer.add("Reshape", [states, self._writer.integers(1, -1, self._hidden)], f"{states}_flat")
        return self._writer.add("Gather", [flat, self._rows], f"{states}_rows", attributes={"axis": 1})

    def _attention(self, states: str, attention: LinearWeights) -> str:
        name = f"{self._name}_context"
        weight = self._writer.constant(f"{name}_weight", attention.weight)
        bias = self._writer.constant(f"{name}_bias", attention.bias)
        attributes = {"num_heads": self._heads, "mask_filter_value": MASKED}
        inputs = [states, weight, bias, self._mask]
        return self._writer.add("Attention", inputs, name, domain=CONTRIB, attributes=attributes)

    def _quantised_attention(self, states: str, linear: QuantisedLinear) -> str:
        name = f"{self._name}_context"
        values, scale, zero = self._quantised(states, linear, name)
        weight, weight_scale, weight_zero = self._quantised_weight(linear, name)
        bias = self._writer.constant(f"{name}_bias", linear.bias)
        inputs = [values, weight, bias, scale, weight_scale, self._mask, zero, weight_zero]
        attributes = {"num_heads": self._heads, "mask_filter_value": MASKED}
        return self._writer.add("QAttention", inputs, name, domain=CONTRIB, attributes=attributes)

    def product(
        self, states: str, linear: LinearWeights, quantised: QuantisedLinear | None, name: str, *, bias: bool = True
    ) -> str:
        """Write the product with the weights; ``bias`` is left out where the kernel after it adds it."""
        biases = [self._writer.constant(f"{name}_bias", linear.bias)] if bias else []
        if quantised is not None:
            values, scale, zero = self._quantised(states, quantised, name)
            weight, weight_scale, weight_zero = self._quantised_weight(quantised, name)
            inputs = [values, weight, scale, weight_scale, zero, weight_zero, *biases]
            return self._writer.add("MatMulIntegerToFloat", inputs, name, domain=CONTRIB)
        weight = self._writer.constant(f"{name}_weight", linear.weight)
        if not bias:
            return self._writer.add("MatMul", [states, weight], name)
        product = self._writer.add("MatMul", [states, weight], f"{name}_product")
        return self._writer.add("Add", [product, *biases], name)

    def _quantised(self, states: str, linear: QuantisedLinear, name: str) -> tuple[str, str, str]:
        """Return the names of the input in 8 bits, its scale and its zero point."""
        if linear.divisors is not None:
            factors: Array = (1.0 / linear.divisors).astype(np.float32)
            states = self._writer.add(
                "Mul", [states, self._writer.constant(f"{name}_smoothing", factors)], f"{name}_smooth"
            )
        scale = self._writer.constant(f"{name}_scale", np.array(linear.input_scale, dtype=np.float32))
        zero = self._writer.constant(f"{name}_zero", np.array(linear.input_zero, dtype=np.uint8))
        return self._writer.add("QuantizeLinear", [states, scale, zero], f"{name}_bytes"), scale, zero

    def _quantised_weight(self, linear: QuantisedLinear, name: str) -> tuple[str, str, str]:
        zeros = np.zeros(len(linear.weight_scales), dtype=np.int8)
        return (
            self._writer.constant(f"{name}_weight", linear.weight),
            self._writer.constant(f"{name}_weight_scale", linear.weight_scales),
            self._writer.constant(f"{name}_weight_zero", zeros),
        )
