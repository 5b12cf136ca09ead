"""Tiny randomly initialised `transformers` models with a word-level tokenizer, as folders."""

import json
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import GPT2Config, GPT2Model, Qwen2Config, Qwen2Model

WORDS = [f"w{number}" for number in range(60)]


def _save(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    tokenizer = Tokenizer(WordLevel({"[UNK]": 0} | {word: at for at, word in enumerate(WORDS, start=1)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "student.json").write_text(json.dumps({"digest": f"sha256:{folder.name}"}))
    return folder


def tiny_causal(folder: Path) -> Path:
    """Qwen2, three layers: takes hidden states in place of embeddings."""
    torch.manual_seed(1)
    config = Qwen2Config(
        vocab_size=64,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=128,
    )
    return _save(Qwen2Model(config), folder)


def tiny_with_added_positions(folder: Path) -> Path:
    """GPT-2, two layers: adds positions to what it is given, so it can't be run from a depth upwards."""
    torch.manual_seed(2)
    return _save(GPT2Model(GPT2Config(vocab_size=64, n_embd=32, n_layer=2, n_head=4, n_positions=128)), folder)
