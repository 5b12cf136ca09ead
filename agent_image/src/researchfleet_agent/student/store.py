"""Features found again by what they were computed from: a folder of .npy files, one writer, many readers."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Sentences of the bundled domains have 17 to 34 tokens in the mean; longer texts are cut here in every student alike.
MAX_TOKENS = 64


class StudentError(RuntimeError):
    """A student cannot do what is asked here: what is missing, and how to get it."""


@dataclass(frozen=True)
class Ragged:
    """Rows of different length, end to end. values: [tokens, width]; offsets: int64 [rows + 1]."""

    values: NDArray[np.floating]
    offsets: NDArray[np.int64]

    def lengths(self) -> NDArray[np.int64]:
        """Tokens of each row, [rows]."""
        return np.diff(self.offsets)

    def row(self, index: int) -> NDArray[np.floating]:
        """One row's values, [tokens of it, width]."""
        return self.values[self.offsets[index] : self.offsets[index + 1]]


class FeatureStore:
    """What one student computed from lists of texts; the key is (student digest, texts digest, what, token limit)."""

    def __init__(self, folder: Path, student: str) -> None:
        self.folder = folder
        self.student = student

    def pooled(self, texts: Sequence[str]) -> NDArray[np.float32] | None:
        """Pooled features of all layers, [layers + 1, rows, width], or None when they were not built."""
        return self._read(self._key(texts, "pooled"))

    def put_pooled(self, texts: Sequence[str], values: NDArray[np.float32]) -> None:
        """Keep pooled features of all layers."""
        self._write(self._key(texts, "pooled"), values)

    def activations(self, texts: Sequence[str], depth: int) -> Ragged | None:
        """Activations after `depth` layers, or None when they were not built."""
        key = self._key(texts, f"activations-{depth}")
        values, offsets = self._read(key), self._read(f"{key}-offsets")
        return None if values is None or offsets is None else Ragged(values, offsets)

    def put_activations(self, texts: Sequence[str], depth: int, ragged: Ragged) -> None:
        """Keep activations after `depth` layers."""
        key = self._key(texts, f"activations-{depth}")
        self._write(f"{key}-offsets", ragged.offsets)
        self._write(key, ragged.values)

    def _key(self, texts: Sequence[str], what: str) -> str:
        content = sha256(json.dumps(list(texts), ensure_ascii=True).encode()).hexdigest()
        return sha256(json.dumps([self.student, content, what, MAX_TOKENS]).encode()).hexdigest()[:40]

    def _read(self, key: str) -> NDArray[Any] | None:
        try:
            array: NDArray[Any] = np.load(self.folder / f"{key}.npy", mmap_mode="r", allow_pickle=False)
        except FileNotFoundError:
            return None
        return array

    def _write(self, key: str, values: NDArray[np.generic]) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=self.folder, suffix=".part", delete=False) as file:
            np.save(file, values, allow_pickle=False)
        part = Path(file.name)
        part.chmod(0o644)
        part.replace(self.folder / f"{key}.npy")
