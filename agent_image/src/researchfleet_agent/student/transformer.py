"""The torch side of a student: any `transformers` model as blocks, run whole or from a depth upwards. Needs torch."""

import copy
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn
from transformers import AutoModel
from transformers.utils import logging

from researchfleet_agent.student.store import MAX_TOKENS, Ragged, StudentError

BATCH = 64
# Run from a depth upwards, a model must give what it gives as a whole; float32 sums differ by less than this.
SAME = 1e-3
HALF_MAX = 6e4

os.environ["TOKENIZERS_PARALLELISM"] = "false"
logging.disable_progress_bar()


class Transformer:
    """A model folder, loaded: tokens in, hidden states of every layer out.

    pooling: over the last token where a token sees only those before it (causal decoders), else the mean (encoders).
    """

    def __init__(self, folder: Path) -> None:
        torch.set_num_threads(1)
        self.model = AutoModel.from_pretrained(folder, dtype=torch.float32, local_files_only=True).eval()
        self.model.config.use_cache = False
        self.model.requires_grad_(requires_grad=False)
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS)
        self.layers = int(self.model.config.num_hidden_layers)
        self.width = int(self.model.config.hidden_size)
        self.causal = self._is_causal()

    def tokens(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text, at most MAX_TOKENS; a text without any token counts as one unknown token."""
        return [encoding.ids or [0] for encoding in self.tokenizer.encode_batch(list(texts))]

    @torch.inference_mode()
    def run(self, texts: Sequence[str], depths: Sequence[int] = ()) -> tuple[NDArray[np.float32], dict[int, Ragged]]:
        """One pass over the texts.

        Returns pooled hidden states of all layers, [layers + 1, rows, width] (layer 0: the embeddings), and the hidden
        states after each of `depths` layers, token by token, in half precision where that holds them.
        """
        pooled = np.empty((self.layers + 1, len(texts), self.width), np.float32)
        parts = {depth: [np.empty((0, self.width), np.float32)] * len(texts) for depth in depths}
        for rows, states, mask in self._passes(texts):
            for layer, state in enumerate(states):
                pooled[layer, rows] = self.pool(state, mask).numpy()
            for depth, mine in parts.items():
                for row, state, length in zip(rows, states[depth], mask.sum(1).tolist(), strict=True):
                    mine[row] = state[: int(length)].numpy().copy()
        return pooled, {depth: _ragged(mine) for depth, mine in parts.items()}

    def pool(self, states: Tensor, mask: Tensor) -> Tensor:
        """[rows, tokens, width] and a mask of real tokens [rows, tokens] to [rows, width]."""
        if self.causal:
            return states[torch.arange(len(states)), mask.sum(1) - 1]
        kept = mask.unsqueeze(-1).to(states.dtype)
        return (states * kept).sum(1) / kept.sum(1)

    def upper(self, depth: int) -> "Upper | Whole":
        """A fresh, trainable copy of what lies above `depth` layers (0 to layers - 1).

        Where an architecture can't be cut there with the same result, it is run whole from token ids, slower.
        """
        if not 0 <= depth < self.layers:
            raise StudentError(f"depth {depth} is not allowed (0 to {self.layers - 1})")
        upper = Upper(self.model, depth)
        return upper if self._is_same(upper, depth) else Whole(self.model, depth)

    def _is_causal(self) -> bool:
        ids = torch.tensor([[1, 2, 3], [1, 2, 4]]) % int(self.model.config.vocab_size)
        with torch.inference_mode():
            first = self.model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[:, 0]
        return bool(torch.allclose(first[0], first[1], atol=1e-5))

    def _is_same(self, upper: "Upper", depth: int) -> bool:
        ids, mask = padded([[1, 2, 3, 4, 5], [5, 4, 3]])
        ids %= int(self.model.config.vocab_size)
        with torch.inference_mode():
            whole = self.model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
            try:
                again = upper(whole.hidden_states[depth], mask)
            except (TypeError, ValueError, RuntimeError, AttributeError, KeyError):
                return False
        difference = (again - whole.last_hidden_state)[mask.bool()].abs().max()
        return bool(difference < SAME)

    def _passes(self, texts: Sequence[str]) -> Iterator[tuple[list[int], Sequence[Tensor], Tensor]]:
        ids = self.tokens(texts)
        order = sorted(range(len(ids)), key=lambda row: len(ids[row]))
        for start in range(0, len(order), BATCH):
            rows = order[start : start + BATCH]
            batch, mask = padded([ids[row] for row in rows])
            yield rows, self.model(input_ids=batch, attention_mask=mask, output_hidden_states=True).hidden_states, mask


def _ragged(parts: Sequence[NDArray[np.float32]]) -> Ragged:
    values = np.concatenate(parts)
    kind = np.float16 if np.abs(values).max() < HALF_MAX else np.float32
    offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
    return Ragged(values.astype(kind), offsets)


def padded(ids: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Token ids padded on the right, and the mask of real tokens; both [rows, longest]."""
    longest = max(map(len, ids))
    batch = torch.zeros(len(ids), longest, dtype=torch.long)
    mask = torch.zeros(len(ids), longest, dtype=torch.long)
    for row, one in enumerate(ids):
        batch[row, : len(one)] = torch.tensor(one)
        mask[row, : len(one)] = 1
    return batch, mask


class Upper(nn.Module):
    """The model's own forward over its upper blocks only, fed with hidden states in place of embeddings.

    Masks, positions and the final norm stay the architecture's own business. An encoder's embeddings are replaced by
    the identity; a decoder takes hidden states as they come.
    """

    def __init__(self, model: Any, depth: int) -> None:
        super().__init__()
        path = _blocks(model)
        left_out = [*model.get_submodule(path)[:depth], model.get_input_embeddings()]
        cut = copy.deepcopy(model, {id(module): module for module in left_out})
        holder, _, name = path.rpartition(".")
        setattr(cut.get_submodule(holder), name, cut.get_submodule(path)[depth:])
        cut.config.num_hidden_layers = len(cut.get_submodule(path))
        if getattr(cut.config, "layer_types", None):
            cut.config.layer_types = cut.config.layer_types[depth:]
        if isinstance(getattr(cut, "embeddings", None), nn.Module):
            cut.embeddings = _Given()
        else:
            cut.set_input_embeddings(nn.Identity())
        cut.pooler = None
        self.model = cut.requires_grad_(requires_grad=True)

    def forward(self, states: Tensor, mask: Tensor) -> Tensor:
        """Hidden states after the lower layers to those of the last one, [rows, tokens, width]."""
        out: Tensor = self.model(inputs_embeds=states, attention_mask=mask).last_hidden_state
        return out


class Whole(nn.Module):
    """The whole model with only its upper blocks trainable, fed with token ids."""

    def __init__(self, model: Any, depth: int) -> None:
        super().__init__()
        self.model = copy.deepcopy(model)
        self.model.get_submodule(_blocks(model))[depth:].requires_grad_(requires_grad=True)

    def forward(self, ids: Tensor, mask: Tensor) -> Tensor:
        """Token ids to hidden states of the last layer, [rows, tokens, width]."""
        out: Tensor = self.model(input_ids=ids, attention_mask=mask).last_hidden_state
        return out


class _Given(nn.Module):
    """Embeddings that were computed before."""

    def forward(self, *_: Any, inputs_embeds: Tensor, **__: Any) -> Tensor:
        return inputs_embeds


def _blocks(model: Any) -> str:
    """The path of the list of blocks: as long as the model is deep."""
    layers = model.config.num_hidden_layers
    for path, module in model.named_modules():
        if isinstance(module, nn.ModuleList) and len(module) == layers:
            return str(path)
    raise StudentError(f"{type(model).__name__} has no list of {layers} blocks; only its head can be fitted (fit: head)")
