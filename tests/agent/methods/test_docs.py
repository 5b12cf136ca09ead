from pathlib import Path

from researchfleet_agent.methods import METHODS
from researchfleet_agent.methods.method import STUDENT
from researchfleet_agent.methods.space import Choice, Hyperparameter, Real

DOCS = Path(__file__).parents[3] / "docs" / "methods.md"


def in_words(one: Hyperparameter) -> str:
    if isinstance(one, Choice):
        return f"{', '.join(map(str, one.values))} ({one.default})"
    log = ", log" if isinstance(one, Real) and one.log else ""
    return f"{one.low:g} to {one.high:g}{log} ({one.default:g})"


def test_the_documented_methods_are_the_ones_there_are():
    lines = DOCS.read_text(encoding="utf-8").splitlines()
    for method in METHODS.values():
        own = {name: one for name, one in method.space.hyperparameters.items() if name not in STUDENT}
        told = "; ".join(f"`{name}` {in_words(one)}" for name, one in own.items()) or "none"
        assert f"| {method.name} | {method.family} | {told} | {method.source} |" in lines
    for name, one in STUDENT.items():
        assert any(line.startswith(f"| `{name}` | {in_words(one)} |") for line in lines)
