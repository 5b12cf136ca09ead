"""From a direction's prompt to the methods that are tried first: a table of word beginnings, no understanding.

A prompt with no known word, such as an undirected fleet's, means all methods. "Not self-training" means self-training.
"""

import re

from researchfleet_agent.methods import METHODS
from researchfleet_agent.student import Fit

# Beginnings of words, matched at a word's start without regard to case; a blank stands for blank or hyphen.
RULES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (("self train", "pseudo label", "pseudolabel", "relabel", "iterat"), ("self-training", "crossfit")),
    (("cross fit", "crossfit", "cross valid", "out of fold"), ("crossfit",)),
    (("ensemble", "bagg", "averag", "vote", "voting", "committee"), ("bagged-ensemble",)),
    (("distil", "soft label", "temperature"), ("distillation", "soft-labels")),
    (("filter", "discard", "clean", "select", "prun"), ("confident-only", "critic-filter")),
    (("critic", "critique"), ("critic-filter",)),
    (("confiden",), ("confident-only", "log-confidence", "noise-channel")),
    (("weighting", "reweight", "weights of", "nois", "channel", "expectation maxim"), ("noise-channel", "evolution")),
    (("loss", "objective", "smooth", "regulari", "auxiliary"), ("log-confidence", "label-smoothing")),
    (("elicit", "unsupervised", "latent", "coheren", "without label"), ("elicitation",)),
    (("curricul", "easy", "easier", "agreement", "stage"), ("curriculum",)),
    (
        ("internal", "layer", "hidden", "representation", "activation", "probe", "probing", "co train", "view"),
        ("co-training",),
    ),
    (("evolution", "genetic", "mutat", "population", "breed"), ("evolution",)),
    (("baseline", "hard label", "naive", "simple"), ("hard-labels", "soft-labels")),
)

BOTH_FITS = frozenset(Fit)
# How students are fitted, where the prompt speaks of one way only.
FITS: tuple[tuple[tuple[str, ...], Fit], ...] = (
    (("frozen", "linear head", "head only"), Fit.HEAD),
    (("fine tun", "finetun"), Fit.TOP),
)


def fits_of(prompt: str) -> frozenset[Fit]:
    """The fits a prompt asks for; both where it names none or both."""
    return frozenset(fit for beginnings, fit in FITS if _pattern(beginnings).search(prompt)) or BOTH_FITS


def methods_of(prompt: str) -> tuple[str, ...]:
    """Names of methods: those of all rules that match, in the order in which their words first appear; else all."""
    found: list[tuple[int, int, tuple[str, ...]]] = []
    for order, (beginnings, methods) in enumerate(RULES):
        if match := _pattern(beginnings).search(prompt):
            found.append((match.start(), order, methods))
    wanted = [name for _, _, methods in sorted(found) for name in methods]
    return tuple(dict.fromkeys(wanted)) or tuple(METHODS)


def _pattern(beginnings: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(re.escape(one).replace(r"\ ", r"[\s-]+") for one in beginnings)
    return re.compile(rf"\b(?:{words})", re.IGNORECASE)
