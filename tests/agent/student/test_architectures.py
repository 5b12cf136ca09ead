"""How fine-tuning copes with architectures it was not written for."""

import numpy as np
import pytest
import torch
from researchfleet_agent.student import Backbone, Fit, Recipe, Student
from researchfleet_agent.student.transformer import Upper, Whole, padded
from tiny_models import tiny_with_added_positions


@pytest.mark.parametrize("depth", [0, 1, 2])
def test_the_upper_layers_continue_what_the_lower_ones_computed(tiny_causal_folder, depth):
    transformer = Backbone(tiny_causal_folder).transformer
    upper = transformer.upper(depth)
    assert isinstance(upper, Upper)
    ids, mask = padded([[3, 4, 5, 6, 7, 8], [9, 8, 7]])
    with torch.inference_mode():
        whole = transformer.model(input_ids=ids, attention_mask=mask, output_hidden_states=True)
        again = upper(whole.hidden_states[depth], mask)
    assert torch.allclose(again[mask.bool()], whole.last_hidden_state[mask.bool()], atol=1e-5)


def test_only_what_lies_above_the_depth_is_trained(tiny_causal_folder):
    transformer = Backbone(tiny_causal_folder).transformer
    block = sum(parameter.numel() for parameter in transformer.model.layers[2].parameters())
    norm = transformer.model.norm.weight.numel()
    trained = sum(parameter.numel() for parameter in transformer.upper(2).parameters() if parameter.requires_grad)
    assert trained == block + norm


def test_a_model_that_cannot_be_cut_is_run_whole_and_learns_too(tmp_path, sentences):
    rows, labels = sentences
    backbone = Backbone(tiny_with_added_positions(tmp_path / "gpt2"))
    assert isinstance(backbone.transformer.upper(1), Whole)
    recipe = Recipe(fit=Fit.TOP, epochs=8, learning_rate=3e-3, batch=8)
    predicted = Student(backbone, seed=1).fit(rows, labels, recipe=recipe).predict(rows)
    assert ((predicted > 0.5) == labels).mean() >= 0.9
    first, second = (Student(backbone, seed=1).fit(rows, labels, recipe=recipe).predict(rows) for _ in range(2))
    assert np.array_equal(first, second)
