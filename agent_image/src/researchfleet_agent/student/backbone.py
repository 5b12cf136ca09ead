"""A pre-trained model folder and all that was computed with it; shared by the students of a run."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from researchfleet_agent.student.store import FeatureStore, Ragged, StudentError
from researchfleet_agent.students import CONFIG, student_digest

if TYPE_CHECKING:
    from researchfleet_agent.student.transformer import Transformer


# What configs of transformers call the same thing; reading them here spares every run the import of transformers.
LAYERS = ("num_hidden_layers", "n_layer", "n_layers", "num_layers")
WIDTH = ("hidden_size", "n_embd", "d_model", "dim")


@dataclass(frozen=True)
class Places:
    """Where texts stand among the corpora a backbone knows. corpora, rows: [texts]."""

    corpora: NDArray[np.intp]
    rows: NDArray[np.intp]


class Backbone:
    """Frozen features of any `transformers` model folder (a config, weights, a tokenizer.json).

    features: a folder written by `python -m researchfleet_agent.features build`; what it lacks is computed with torch
    and kept in memory. Without torch, all must be there.
    """

    def __init__(self, folder: Path, features: Path | None = None) -> None:
        try:
            config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
            self.layers = next(int(config[name]) for name in LAYERS if name in config)
            self.width = next(int(config[name]) for name in WIDTH if name in config)
        except (OSError, ValueError, StopIteration) as error:
            raise StudentError(f"{folder / CONFIG}: not the config of a transformers model ({error!r})") from None
        self.folder = folder
        self.store = None if features is None else FeatureStore(features, student_digest(folder))
        self._corpora: list[tuple[str, ...]] = []
        self._places: dict[str, tuple[int, int]] = {}
        self._pooled: dict[int, NDArray[np.float32]] = {}
        self._activations: dict[tuple[int, int], Ragged] = {}

    @cached_property
    def transformer(self) -> "Transformer":
        """The model itself. Raises StudentError where torch and transformers are not installed."""
        try:
            from researchfleet_agent.student.transformer import Transformer  # noqa: PLC0415  (torch is optional)
        except ModuleNotFoundError as error:
            raise StudentError(
                f"{error.name} is not installed, and what was asked is not among the precomputed features; "
                "install researchfleet-agent[train] or build the features first"
            ) from error
        return Transformer(self.folder)

    def know(self, texts: Sequence[str]) -> None:
        """Take note of a list of texts that features were built for as one, so that they are found."""
        new = len(self._corpora)
        self._corpora.append(tuple(texts))
        for row, text in enumerate(texts):
            self._places.setdefault(text, (new, row))

    def pooled(self, texts: Sequence[str], layer: int) -> NDArray[np.float32]:
        """Pooled features after `layer` (0: embeddings, -1: last), [texts, width]."""
        depth = layer + self.layers + 1 if layer < 0 else layer
        if not 0 <= depth <= self.layers:
            raise StudentError(f"layer {layer} is not allowed ({-self.layers - 1} to {self.layers})")
        places = self._find(texts)
        first = int(places.corpora[0]) if len(texts) else 0
        if np.array_equal(places.rows, np.arange(len(self._corpora[first]))) and not (places.corpora != first).any():
            whole: NDArray[np.float32] = self._pooled_of(first)[depth]  # as it lies in the file
            return whole
        out = np.empty((len(texts), self.width), np.float32)
        for corpus in np.unique(places.corpora):
            mine = places.corpora == corpus
            out[mine] = self._pooled_of(int(corpus))[depth, places.rows[mine]]
        return out

    def activations(self, texts: Sequence[str], depth: int) -> list[NDArray[np.floating]]:
        """Hidden states after `depth` layers, one array [tokens, width] a text; views, not copies."""
        places = self._find(texts)
        return [
            self._activations_of(int(corpus), depth).row(int(row))
            for corpus, row in zip(places.corpora, places.rows, strict=True)
        ]

    def _find(self, texts: Sequence[str]) -> Places:
        new = list(dict.fromkeys(text for text in texts if text not in self._places))
        if new:
            self.know(new)
        pairs = np.array([self._places[text] for text in texts], np.intp).reshape(-1, 2)
        return Places(pairs[:, 0], pairs[:, 1])

    def _pooled_of(self, corpus: int) -> NDArray[np.float32]:
        if corpus not in self._pooled:
            texts = self._corpora[corpus]
            found = None if self.store is None else self.store.pooled(texts)
            self._pooled[corpus] = self.transformer.run(texts)[0] if found is None else found
        return self._pooled[corpus]

    def _activations_of(self, corpus: int, depth: int) -> Ragged:
        key = (corpus, depth)
        if key not in self._activations:
            texts = self._corpora[corpus]
            found = None if self.store is None else self.store.activations(texts, depth)
            self._activations[key] = self.transformer.run(texts, [depth])[1][depth] if found is None else found
        return self._activations[key]
