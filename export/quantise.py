"""Eight-bit layers with constant activation scales and smoothed inputs, and what they are compared with.

Activations of the encoder have channels many times larger than the rest. Each input channel is divided by a factor that
is multiplied into its row of the weights (SmoothQuant, Xiao et al. 2023), so that one scale fits all channels; how far
the outliers move into the weights is chosen for each product by the error that it leaves. The scale of an input is a
constant, the range seen on calibration texts: with a scale taken from the values at hand an answer would depend on
padding, on the batch and on the other actors asked about. Weights are rounded so that the product changes least
(:mod:`export.rounding`), and the mean error that is left goes into the bias.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from export import rounding
from export.weights import Array, LayerWeights, LinearWeights, ModelWeights
from stance.errors import InputError
from stance.training.model import StanceModel
from stance.training.tagging.model import Tagger

# Weights of 7 bits: 2 * 255 * 64 stays below 2 ** 15, so the AVX2 kernels, which add pairs in 16 bits, never saturate.
WEIGHT_LIMIT = 64
# Of 8 bits; in signed bytes only processors that add in 32 bits (VNNI) compute them right.
FULL_LIMIT = 127

# Shares of the outliers that are tried, and how many tokens of each calibration text they are tried on.
ALPHAS = (0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
SAMPLED_TOKENS = 24


@dataclass(frozen=True, slots=True)
class Scheme:
    """How layers are made 8-bit; the defaults are what measured best (``python -m benchmarks.quantisation``).

    ``smoothed`` divides inputs by factors that go into the weights; ``alpha`` is the share of the outliers that they
    move there, None chooses it for each product. ``limit`` is the greatest weight in steps, and ``unsigned`` stores
    weights as unsigned bytes, which no kernel saturates. ``fitted`` rounds weights with the inputs in view and moves
    the mean error that is left into the bias, else each weight goes to the nearest step and the bias stays. ``dynamic``
    takes the scale of an input from its values at each call. ``exact`` names what stays float32, as ``layer3`` or
    ``layer3.outer``; the products of a layer are attention, attention_out, inner and outer. ``nibbles`` makes every
    weight a 4-bit number times a whole one that 32 inputs share, so that 8 bits could be unfolded from 4 at loading.
    """

    smoothed: bool = True
    alpha: float | None = None
    limit: int = WEIGHT_LIMIT
    unsigned: bool = False
    fitted: bool = True
    dynamic: bool = False
    exact: frozenset[str] = frozenset()
    nibbles: bool = False

    def __post_init__(self) -> None:
        """Check the numbers and the names."""
        if self.alpha is not None and not 0.0 <= self.alpha <= 1.0:
            raise InputError(f"alpha must be from 0 to 1, not {self.alpha}")
        if not 1 <= self.limit <= FULL_LIMIT:
            raise InputError(f"limit must be from 1 to {FULL_LIMIT}, not {self.limit}")
        if self.nibbles and (not self.fitted or self.limit < rounding.NIBBLE_LIMIT):
            raise InputError(f"nibbles need fitted weights and a limit of at least {rounding.NIBBLE_LIMIT}")
        wrong = [name for name in self.exact if not _EXACT.fullmatch(name)]
        if wrong:
            raise InputError(f"exact names layers and products, as layer3 or layer3.outer, not {sorted(wrong)}")

    def keeps(self, layer: str, product: str) -> bool:
        """Tell whether a product of a layer stays float32."""
        return layer in self.exact or f"{layer}.{product}" in self.exact


PRODUCTS = ("attention", "attention_out", "inner", "outer")
_EXACT = re.compile(rf"(layer|tagger)\d+(\.({'|'.join(PRODUCTS)}))?")


@dataclass(frozen=True, slots=True)
class Range:
    """The least and the greatest value of every channel of an input, and a sample of inputs (tokens, channels)."""

    low: Array
    high: Array
    sample: Array


@dataclass(frozen=True, slots=True)
class LayerScales:
    """Ranges of the inputs of a layer's four products."""

    attention: Range
    attention_out: Range
    inner: Range
    outer: Range


@dataclass(frozen=True, slots=True)
class TaggerScales:
    """The scales of a tagger's layers, and the range of what its heads read."""

    layers: tuple[LayerScales, ...]
    heads: Range


@dataclass(frozen=True, slots=True)
class QuantisedLinear:
    """A dense layer in 8 bits.

    An input is divided by ``divisors`` (None: not at all), then by ``input_scale``, rounded and moved by
    ``input_zero``; where ``dynamic``, by a scale and a zero of its own values. ``weight`` is int8 of shape (inputs,
    outputs) with a scale for each output; where ``unsigned``, it is stored moved up by 128.
    """

    weight: npt.NDArray[np.int8]
    weight_scales: Array
    bias: Array
    divisors: Array | None
    input_scale: float
    input_zero: int
    dynamic: bool = False
    unsigned: bool = False


@dataclass(frozen=True, slots=True)
class QuantisedLayer:
    """The four products of a layer in 8 bits; None for one that stays float32."""

    attention: QuantisedLinear | None
    attention_out: QuantisedLinear | None
    inner: QuantisedLinear | None
    outer: QuantisedLinear | None


@dataclass(frozen=True, slots=True)
class QuantisedModel:
    """Every layer of a model in 8 bits, with those of its tagger and the tagger's heads where it has one."""

    layers: tuple[QuantisedLayer, ...]
    tagger: tuple[QuantisedLayer, ...] = ()
    tagger_heads: QuantisedLinear | None = None


def quantise(
    weights: ModelWeights,
    scales: Sequence[LayerScales],
    *,
    scheme: Scheme,
    tagger_scales: TaggerScales | None = None,
) -> QuantisedModel:
    """Return the layers of a model in 8 bits; InputError where the scheme names a layer that there is not."""
    tagged = () if weights.tagger is None else weights.tagger.layers
    names = {f"layer{place}" for place in range(len(weights.layers))} | {f"tagger{n}" for n in range(len(tagged))}
    strange = sorted(name for name in scheme.exact if name.partition(".")[0] not in names)
    if strange:
        raise InputError(f"exact names {strange}, but the model has only {', '.join(sorted(names))}")
    layers = tuple(
        quantise_layer(layer, found, scheme, f"layer{number}")
        for number, (layer, found) in enumerate(zip(weights.layers, scales, strict=True))
    )
    if weights.tagger is None or tagger_scales is None:
        return QuantisedModel(layers)
    tagger = tuple(
        quantise_layer(layer, found, scheme, f"tagger{number}")
        for number, (layer, found) in enumerate(zip(weights.tagger.layers, tagger_scales.layers, strict=True))
    )
    return QuantisedModel(layers, tagger, quantise_linear(weights.tagger.heads, tagger_scales.heads, scheme))


def calibrate(model: StanceModel, inputs: Iterable[npt.NDArray[np.int64]]) -> list[LayerScales]:
    """Return the scales of every layer, from the values seen while the model reads ``inputs`` one by one.

    Each of ``inputs`` is an int64 array of the model's own ids; there must be at least one.
    """
    parts = [part for layer in model.encoder.encoder.layer for part in _parts(layer)]
    return _scales(_seen(model, parts, inputs))


def calibrate_tagger(tagger: Tagger, inputs: Iterable[npt.NDArray[np.int64]]) -> TaggerScales:
    """Return the scales of the tagger's own layers and heads; as :func:`calibrate`."""
    parts = [part for layer in tagger.layers for part in _parts(layer)]
    *ranges, heads = _seen(tagger, [*parts, tagger.tags], inputs)
    return TaggerScales(tuple(_scales(ranges)), heads)


def _seen(model: nn.Module, parts: Sequence[nn.Module], inputs: Iterable[npt.NDArray[np.int64]]) -> list[Range]:
    """Return what goes into each of the parts while the model reads the inputs."""
    watchers = [_Watcher(part) for part in parts]
    try:
        with torch.inference_mode():
            for ids in inputs:
                batch = torch.from_numpy(ids)[None]
                model(batch, torch.ones_like(batch))
        return [watcher.range() for watcher in watchers]
    finally:
        for watcher in watchers:
            watcher.remove()


def _scales(ranges: Sequence[Range]) -> list[LayerScales]:
    fours = zip(ranges[::4], ranges[1::4], ranges[2::4], ranges[3::4], strict=True)
    return [LayerScales(*four) for four in fours]


def _parts(layer: Any) -> tuple[nn.Module, nn.Module, nn.Module, nn.Module]:
    attention = layer.attention
    return attention.self.query, attention.output.dense, layer.intermediate.dense, layer.output.dense


class _Watcher:
    """Keeps the least and greatest value of every channel that goes into a module, and some of the values."""

    def __init__(self, module: nn.Module) -> None:
        self._low: torch.Tensor | None = None
        self._high: torch.Tensor | None = None
        self._sample: list[torch.Tensor] = []
        self._hook = module.register_forward_pre_hook(self._see)

    def _see(self, module: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        values = inputs[0].detach().reshape(-1, inputs[0].shape[-1])
        low, high = values.amin(dim=0), values.amax(dim=0)
        self._low = low if self._low is None else torch.minimum(self._low, low)
        self._high = high if self._high is None else torch.maximum(self._high, high)
        places = torch.linspace(0, len(values) - 1, min(SAMPLED_TOKENS, len(values))).long()
        self._sample.append(values[places].clone())

    def range(self) -> Range:
        if self._low is None or self._high is None:
            raise ValueError("there is nothing to calibrate on: no calibration text was read")
        return Range(self._low.numpy().copy(), self._high.numpy().copy(), torch.cat(self._sample).numpy())

    def remove(self) -> None:
        self._hook.remove()


def quantise_layer(layer: LayerWeights, scales: LayerScales, scheme: Scheme, name: str) -> QuantisedLayer:
    """Return the layer in 8 bits; its ``name`` tells which of its products stay float32 in the scheme."""
    attention_out = divisors = None
    if not scheme.keeps(name, "attention_out"):
        attention_out = quantise_linear(layer.attention_out, scales.attention_out, scheme)
        divisors = attention_out.divisors
    attention = layer.attention
    if attention_out is not None and divisors is not None and not scheme.keeps(name, "attention"):
        # The inputs of the output product are the values, mixed: their divisors go into the value weights for free.
        attention = _divide_values(attention, divisors)
        attention_out = replace(attention_out, divisors=None)
    return QuantisedLayer(
        None if scheme.keeps(name, "attention") else quantise_linear(attention, scales.attention, scheme),
        attention_out,
        None if scheme.keeps(name, "inner") else quantise_linear(layer.inner, scales.inner, scheme),
        None if scheme.keeps(name, "outer") else quantise_linear(layer.outer, scales.outer, scheme),
    )


def quantise_linear(linear: LinearWeights, seen: Range, scheme: Scheme) -> QuantisedLinear:
    """Return a product in 8 bits; without an alpha, by the one that leaves the least error."""
    alphas = ALPHAS if scheme.alpha is None else (scheme.alpha,)
    divisors = [_divisors(linear, seen, value) for value in alphas] if scheme.smoothed else [np.ones_like(seen.low)]
    exact = seen.sample @ linear.weight
    tried = [_fitted(linear, seen, one, exact, scheme) for one in divisors]
    return min(tried, key=lambda fitted: fitted[1])[0]


def _fitted(
    linear: LinearWeights, seen: Range, divisors: Array, exact: Array, scheme: Scheme
) -> tuple[QuantisedLinear, float]:
    """Return a product in 8 bits that makes up for what rounding changes on the sample, and its mean squared error."""
    plain = _quantise(linear, seen, divisors, scheme)
    inputs = rounded_inputs(plain, seen.sample)
    if not scheme.fitted:
        return plain, float(np.square(exact - inputs @ (plain.weight * plain.weight_scales)).mean())
    smoothed = linear.weight * divisors[:, None]
    weight = rounding.rounded(smoothed, plain.weight_scales, inputs, limit=scheme.limit, nibbles=scheme.nibbles)
    error = exact - inputs @ (weight * plain.weight_scales)
    mean = error.mean(axis=0, dtype=np.float64)
    fitted = replace(plain, weight=weight, bias=(linear.bias + mean).astype(np.float32))
    return fitted, float(np.square(error - mean).mean())


def _divide_values(attention: LinearWeights, divisors: Array) -> LinearWeights:
    weight, bias = attention.weight.copy(), attention.bias.copy()
    start = weight.shape[1] - len(divisors)
    weight[:, start:] /= divisors
    bias[start:] /= divisors
    return LinearWeights(weight, bias)


def _divisors(linear: LinearWeights, seen: Range, alpha: float) -> Array:
    """Return the divisors of the channels."""
    inputs = np.maximum(np.maximum(np.abs(seen.low), np.abs(seen.high)), 1e-5)
    weights = np.maximum(np.abs(linear.weight).max(axis=1), 1e-5)
    divisors = np.maximum(inputs**alpha / weights ** (1.0 - alpha), 1e-5)
    return np.asarray(divisors, dtype=np.float32)


def rounded_inputs(linear: QuantisedLinear, values: Array) -> Array:
    """Return the divided inputs as their 8 bits stand for them."""
    divided = values if linear.divisors is None else values / linear.divisors
    steps = np.clip(np.rint(divided / linear.input_scale) + linear.input_zero, 0, 255) - linear.input_zero
    return np.asarray(steps * linear.input_scale, dtype=np.float32)


def _quantise(linear: LinearWeights, seen: Range, divisors: Array, scheme: Scheme) -> QuantisedLinear:
    # Zero is always inside the range, so that it is reproduced exactly.
    low = min(float((seen.low / divisors).min()), 0.0)
    high = max(float((seen.high / divisors).max()), 0.0)
    scale = max((high - low) / 255.0, 1e-8)
    smoothed, limit = linear.weight * divisors[:, None], scheme.limit
    weight_scales = np.maximum(np.abs(smoothed).max(axis=0) / limit, 1e-12).astype(np.float32)
    weight = np.clip(np.rint(smoothed / weight_scales), -limit, limit).astype(np.int8)
    zero = int(np.clip(np.rint(-low / scale), 0, 255))
    return QuantisedLinear(
        weight, weight_scales, linear.bias, divisors, scale, zero, dynamic=scheme.dynamic, unsigned=scheme.unsigned
    )
