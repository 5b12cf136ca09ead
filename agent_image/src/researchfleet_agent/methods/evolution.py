"""Evolutionary reweighting: weights of groups of rows are bred for how well a student predicts held-out sure labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from researchfleet_core.families import Family

from researchfleet_agent.methods.method import method
from researchfleet_agent.methods.plan import Floats, Plan
from researchfleet_agent.methods.space import Parameters, Real, Whole
from researchfleet_agent.methods.study import Study
from researchfleet_agent.student.head import fit_head

# A third of the pool judges; only the surer half of its labels does, as the others are close to coin flips.
JUDGES = 3
SURE = 0.5


def breed(study: Study, plan: Plan, parameters: Parameters) -> Plan:
    """Weights of the fittest of the last generation.

    A (mu + lambda) evolution with normal steps on the logarithms of the weights of groups; a group is a label, a level of
    the weak teacher's confidence, and whether held-out students agree with the label.
    """
    world = _World.of(study, plan, levels=int(parameters["levels"]))
    rng = study.rng("evolution")
    size = int(parameters["population"])
    genomes = rng.normal(0.0, float(parameters["spread"]), (size, world.groups))
    genomes[0] = 0.0
    fitness = np.array([world.fitness(genome) for genome in genomes])
    for _ in range(int(parameters["generations"])):
        parents = genomes[rng.integers(0, len(genomes), (size, 2))]
        mask = rng.random((size, world.groups)) < 0.5
        children = np.where(mask, parents[:, 0], parents[:, 1]) + rng.normal(0.0, float(parameters["spread"]), mask.shape)
        genomes = np.concatenate([genomes, children])
        fitness = np.concatenate([fitness, [world.fitness(child) for child in children]])
        best = np.argsort(-fitness, kind="stable")[:size]
        genomes, fitness = genomes[best], fitness[best]
    return plan.weighted(world.weights(genomes[0]))


@dataclass(frozen=True)
class _World:
    """group: of each pool row, [pool]; judges: pool rows that are never trained on while breeding."""

    plan: Plan
    features: NDArray[np.float32]
    group: NDArray[np.intp]
    groups: int
    judging: NDArray[np.bool_]
    sure: NDArray[np.bool_]

    @classmethod
    def of(cls, study: Study, plan: Plan, *, levels: int) -> "_World":
        features = study.features(plan)
        confidence = np.abs(plan.targets - 0.5)
        level = np.searchsorted(np.quantile(confidence, np.linspace(0, 1, levels + 1)[1:-1]), confidence)
        agrees = plan.agreement(study.held_out(features, plan)) > 0.5
        group = (plan.hard() * 2 + agrees).astype(np.intp) * levels + level
        judging = study.folds(JUDGES) == 0
        sure = confidence >= np.quantile(confidence[judging], 1 - SURE)
        return cls(plan, features, group, 4 * levels, judging, judging & sure)

    def weights(self, genome: Floats) -> Floats:
        """Weights of the pool rows, [pool]."""
        return np.asarray(np.exp(genome)[self.group], np.float64)

    def fitness(self, genome: Floats) -> float:
        """Minus the cross-entropy against the sure labels of rows that were not trained on."""
        weights = self.plan.weights * self.weights(genome)
        used = ~self.judging & (weights > 0)
        recipe = self.plan.recipe
        head = fit_head(
            self.features[used], self.plan.targets[used], weights[used], penalty=recipe.penalty, loss=recipe.loss
        )
        likely = self.plan.agreement(np.clip(head.predict(self.features), 1e-6, 1 - 1e-6))[self.sure]
        return float(np.log(likely).mean())


METHOD = method(
    "evolution",
    Family.EVOLUTIONARY,
    breed,
    source="Rechenberg 1973 (evolution strategies); learnt example weights, Ren et al. 2018",
    population=Whole(4, 16, 6),
    generations=Whole(1, 8, 4),
    levels=Whole(2, 6, 3),
    spread=Real(0.1, 1.5, 0.5, log=True),
)
