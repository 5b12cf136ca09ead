"""What every student has to do, whatever its architecture."""

import numpy as np
import pytest
import torch
from researchfleet_agent.student import Backbone, FeatureStore, Fit, Recipe, Student, StudentError
from researchfleet_core.testbed import Row
from transformers import AutoModel

TOP = Recipe(fit=Fit.TOP, epochs=5, learning_rate=2e-3, batch=4)
HEAD = Recipe(penalty=0.002)


@pytest.fixture(scope="module")
def backbone(student_folder):
    return Backbone(student_folder)


def test_features_are_pooled_states_of_every_layer(backbone, sentences):
    rows, _ = sentences
    student = Student(backbone)
    for layer in range(backbone.layers + 1):
        features = student.features(rows, layer)
        assert features.shape == (len(rows), backbone.width)
        assert np.array_equal(features, student.features(rows, layer - backbone.layers - 1))
    with pytest.raises(StudentError, match=f"layer {backbone.layers + 1} is not allowed"):
        student.features(rows, backbone.layers + 1)


def test_features_are_what_transformers_computes(backbone, sentences):
    rows, _ = sentences
    model = AutoModel.from_pretrained(backbone.folder).eval()
    tokens = torch.tensor(backbone.transformer.tokens([rows[0].text]))
    with torch.inference_mode():
        states = model(input_ids=tokens, attention_mask=torch.ones_like(tokens)).last_hidden_state[0]
    expected = states[-1] if backbone.transformer.causal else states.mean(0)
    assert np.allclose(Student(backbone).features(rows[:1])[0], expected.numpy(), atol=1e-4)


def test_a_causal_model_pools_its_last_token_and_an_encoder_the_mean(backbone):
    assert backbone.transformer.causal == (backbone.transformer.model.config.model_type == "qwen2")


def test_features_do_not_depend_on_the_rows_beside_them(student_folder, sentences):
    rows, _ = sentences
    longer = [*rows, Row("x", "w1 w2 w3 " * 30)]
    alone = Student(Backbone(student_folder)).features(rows[:1])
    assert np.allclose(alone[0], Student(Backbone(student_folder)).features(longer)[0], atol=1e-4)


@pytest.fixture(scope="module", params=[HEAD, TOP], ids=["head", "top"])
def recipe(request):
    return request.param


@pytest.fixture(scope="module")
def predicted(backbone, sentences, recipe):
    """What a student of seed 3 predicts of the rows it was fitted to."""
    rows, labels = sentences
    return Student(backbone, seed=3).fit(rows, labels, recipe=recipe).predict(rows)


def test_a_student_learns_what_it_is_taught(predicted, sentences):
    _, labels = sentences
    assert predicted.shape == labels.shape
    assert ((predicted >= 0) & (predicted <= 1)).all()
    assert ((predicted > 0.5) == labels).mean() >= 0.9


def test_the_same_seed_gives_the_same_student_and_leaves_the_backbone_as_it_was(backbone, sentences, recipe, predicted):
    rows, labels = sentences
    texts = [row.text for row in rows[:4]]
    before = backbone.transformer.run(texts)[0]
    assert np.array_equal(predicted, Student(backbone, seed=3).fit(rows, labels, recipe=recipe).predict(rows))
    assert np.array_equal(before, backbone.transformer.run(texts)[0])


def test_another_seed_gives_another_fine_tuned_student(backbone, sentences, recipe, predicted):
    rows, labels = sentences
    other = Student(backbone, seed=1).fit(rows, labels, recipe=recipe).predict(rows)
    assert np.array_equal(other, predicted) == (recipe.fit is Fit.HEAD)


def test_a_row_of_weight_zero_is_not_learnt(backbone, sentences, recipe):
    rows, labels = sentences
    half = len(rows) // 2
    wrong = np.r_[labels[:half], 1 - labels[half:]]
    weights = np.r_[np.ones(half), np.zeros(half)]
    right = (Student(backbone, seed=3).fit(rows, wrong, weights, recipe=recipe).predict(rows) > 0.5) == labels
    assert right[:half].mean() >= 0.8
    assert right[half:].mean() >= 0.5


def test_stored_features_give_the_same_student(student_folder, backbone, sentences, recipe, predicted, tmp_path):
    rows, labels = sentences
    texts = [row.text for row in rows]
    depth = backbone.layers - 1
    pooled, activations = backbone.transformer.run(texts, [depth])
    stored = Backbone(student_folder, tmp_path)
    stored.know(texts)
    assert isinstance(stored.store, FeatureStore)
    stored.store.put_pooled(texts, pooled)
    stored.store.put_activations(texts, depth, activations[depth])
    again = Student(stored, seed=3).fit(rows, labels, recipe=recipe).predict(rows)
    assert np.allclose(predicted, again, atol=1e-6)


def test_a_soft_target_is_a_probability_not_a_decision(backbone, sentences):
    rows, _ = sentences
    predicted = Student(backbone).fit(rows, np.full(len(rows), 0.7), recipe=HEAD).predict(rows)
    assert np.allclose(predicted, 0.7, atol=0.01)


def test_targets_that_are_no_probabilities_are_refused(backbone, sentences):
    rows, labels = sentences
    student = Student(backbone)
    with pytest.raises(StudentError, match=r"targets: 2\.0 is not allowed"):
        student.fit(rows, labels * 2)
    with pytest.raises(StudentError, match=r"targets: float64 \[31\] is not allowed"):
        student.fit(rows, labels[1:])
    with pytest.raises(StudentError, match="weights: all 0"):
        student.fit(rows, labels, np.zeros(len(rows)))
    with pytest.raises(StudentError, match="not fitted"):
        student.predict(rows)
