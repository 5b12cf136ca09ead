"""Good and bad resources: changes to a bare one, and of the bad ones the field and the sentence about it."""

from typing import Any

from .worlds import BARE, merged

DIGEST = "sha256:" + "0a" * 32
HARD_TO_WRITE = 'a duration such as "90s", "3m", "1h30m" or "120h"'
QUOTED = 'a whole number, or one in quotes with at most 9 decimals such as "1.50"'
ONE_SOURCE = "Value error, bundled: exactly one of bundled, s3, pvc, image is needed"
TESTBED = {"problem": {"testbed": {"bundled": None}}}


def fleet(changes: dict[str, Any], name: str = "f") -> dict[str, Any]:
    """A ResearchFleet: changes are to its spec; None takes a field out."""
    body = {"apiVersion": "researchfleet.dev/v1alpha1", "kind": "ResearchFleet", "metadata": {"name": name}}
    return {**body, "spec": without_none(merged(BARE, changes))}


def agent(changes: dict[str, Any], name: str = "f-0") -> dict[str, Any]:
    """An Agent: changes are to its spec."""
    body = {"apiVersion": "researchfleet.dev/v1alpha1", "kind": "Agent", "metadata": {"name": name}}
    return {**body, "spec": {"fleetRef": {"name": "f"}, **changes}}


def without_none(values: dict[str, Any]) -> dict[str, Any]:
    """Mappings without the fields that are None."""
    return {
        key: without_none(value) if isinstance(value, dict) else value for key, value in values.items() if value is not None
    }


def source(**where: Any) -> dict[str, Any]:
    """A testbed from elsewhere."""
    return {"problem": {"testbed": {"bundled": None, **where}}}


def rules(*rules: dict[str, Any]) -> dict[str, Any]:
    return {"failurePolicy": {"rules": list(rules)}}


GOOD: dict[str, dict[str, Any]] = {
    "the bare minimum": fleet({}),
    "the longest name": fleet({}, "a" * 40),
    "no agents at all": fleet({"agents": {"replicas": 0}}),
    "ten thousand agents": fleet({"agents": {"replicas": 10_000}}),
    "a testbed in an object store": fleet(source(s3={"url": "s3://bucket/folder", "secretName": "keys"})),
    "a testbed on a volume": fleet(source(pvc={"claimName": "data", "path": "movie"})),
    "a testbed in an image": fleet(source(image={"reference": "registry.example/testbed:1"})),
    "a pinned testbed": fleet({"problem": {"testbed": {"digest": DIGEST}}}),
    "transfer and other students": fleet(
        {"problem": {"transfer": [{"bundled": "nyt"}] * 8, "otherStudents": [{"bundled": "minilm-cut3"}] * 4}}
    ),
    "a directed fleet": fleet({"directions": {"mode": "Directed", "prompts": ["a", "b", "c"]}}),
    "an undirected fleet with a prompt": fleet({"directions": {"prompts": ["a"]}}),
    "a researcher with its model": fleet({"agents": {"researcher": "claude", "model": "a-model"}}),
    "a researcher of one's own": fleet({"agents": {"researcher": "image", "image": "registry.example/mine:1"}}),
    "every limit": fleet(
        {
            "budget": {
                "usd": 18000,
                "agentHours": "800",
                "gpuHours": "0.5",
                "tokens": 10**12,
                "evaluations": 0,
                "deadline": "120h",
                "perAgent": {"usd": "1.50"},
                "softPercent": 100,
                "prices": {"podHour": "0.05", "gpuHour": 2, "gibMonth": "0.023"},
            }
        }
    ),
    "exact feedback": fleet({"evaluation": {"feedback": "exact", "seeds": 16}}),
    "no finalists": fleet({"evaluation": {"reproduction": {"finalists": 0}}}),
    "finalists now and then": fleet({"evaluation": {"reproduction": {"every": "10s"}}}),
    "a GPU": fleet({"agents": {"resources": {"gpu": {}}}}),
    "a part of a GPU": fleet({"agents": {"resources": {"gpu": {"resource": "nvidia.com/mig-1g.10gb", "count": 2}}}}),
    "a shared GPU": fleet({"agents": {"resources": {"gpu": {"resource": "nvidia.com/gpu.shared"}}}}),
    "cores and memory": fleet({"agents": {"resources": {"cpu": "500m", "memory": "3Gi"}, "workspace": {"size": "10Gi"}}}),
    "cores as a number": fleet({"agents": {"resources": {"cpu": 2}}}),
    "where pods run": fleet(
        {
            "agents": {
                "nodeSelector": {"pool": "gpu"},
                "tolerations": [{"key": "gpu", "operator": "Exists", "effect": "NoSchedule"}],
                "runtimeClassName": "gvisor",
                "priorityClassName": "low",
                "queueName": "research",
                "labels": {"team": "a"},
                "annotations": {"note": "b"},
            }
        }
    ),
    "a failure policy": fleet(
        {
            "failurePolicy": {
                "maxRestarts": 0,
                "backoff": "1s",
                "maxBackoff": "1s",
                "rules": [
                    {"onExitCodes": [3], "action": "FailAgent"},
                    {"onReasons": ["Preempted", "NodeLost"], "action": "RestartUncounted"},
                ],
            }
        }
    ),
    "storage": fleet({"storage": {"snapshots": {"url": "s3://bucket"}, "databaseSecretName": "postgres"}}),
    "a suspended fleet": fleet({"desiredState": "Suspended", "ttlSecondsAfterFinished": 0}),
    "an agent": agent({}),
    "an agent with its direction": agent({"direction": "try co-training", "seed": 2**31 - 1}),
    "the longest name of an agent": agent({}, "a" * 52),
}

# Of each the field and the sentence that pydantic, or a rule of ours, has about it.
BAD: dict[str, tuple[dict[str, Any], str, str]] = {
    "no problem": (fleet({"problem": None}), "spec.problem", "Field required"),
    "no student": (fleet({"problem": {"student": None}}), "spec.problem.student", "Field required"),
    "no researcher": (fleet({"agents": {"researcher": None}}), "spec.agents.researcher", "Field required"),
    "a misspelt field": (fleet({"agents": {"replcas": 3}}), "spec.agents.replcas", "Extra inputs are not permitted"),
    "a field in Python's spelling": (
        fleet({"desired_state": "Running"}),
        "spec.desired_state",
        "Extra inputs are not permitted",
    ),
    "fewer than no agents": (
        fleet({"agents": {"replicas": -3}}),
        "spec.agents.replicas",
        "Input should be greater than or equal to 0",
    ),
    "too many agents": (
        fleet({"agents": {"replicas": 10_001}}),
        "spec.agents.replicas",
        "Input should be less than or equal to 10000",
    ),
    "a number in quotes": (
        fleet({"agents": {"replicas": "3"}}),
        "spec.agents.replicas",
        "Input should be a valid integer",
    ),
    "a truth value for a number": (
        fleet({"evaluation": {"seeds": True}}),
        "spec.evaluation.seeds",
        "Input should be a valid integer",
    ),
    "a word for a truth value": (
        fleet({"agents": {"workspace": {"persistent": "yes"}}}),
        "spec.agents.workspace.persistent",
        "Input should be a valid boolean",
    ),
    "an unknown researcher": (
        fleet({"agents": {"researcher": "gpt"}}),
        "spec.agents.researcher",
        "Input should be 'search', 'claude' or 'image'",
    ),
    "an unknown state": (
        fleet({"desiredState": "Paused"}),
        "spec.desiredState",
        "Input should be 'Running', 'Suspended' or 'Drained'",
    ),
    "a capital in a name": (
        fleet({}, "Fleet"),
        "metadata.name",
        "String should match pattern '^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$'",
    ),
    "a name that leaves no room for agents": (
        fleet({}, "a" * 41),
        "metadata.name",
        "String should have at most 40 characters",
    ),
    "an agent's name that leaves no room for attempts": (
        agent({}, "a" * 53),
        "metadata.name",
        "String should have at most 52 characters",
    ),
    "money as a fraction": (
        fleet({"budget": {"usd": 1.5}}),
        "spec.budget.usd",
        f"Value error, 1.5 is not allowed ({QUOTED})",
    ),
    "money below nothing": (fleet({"budget": {"usd": -1}}), "spec.budget.usd", f"Value error, -1 is not allowed ({QUOTED})"),
    "tokens below nothing": (
        fleet({"budget": {"tokens": -1}}),
        "spec.budget.tokens",
        "Input should be greater than or equal to 0",
    ),
    "a duration in days": (
        fleet({"budget": {"deadline": "5d"}}),
        "spec.budget.deadline",
        f"Value error, '5d' is not allowed ({HARD_TO_WRITE})",
    ),
    "a duration without a unit": (
        fleet({"agents": {"idleTimeout": 600}}),
        "spec.agents.idleTimeout",
        f"Value error, 600 is not allowed ({HARD_TO_WRITE})",
    ),
    "idle at once": (
        fleet({"agents": {"idleTimeout": "0s"}}),
        "spec.agents",
        "Value error, idleTimeout: idleTimeout must be 10s or more: agents are heard of every few seconds",
    ),
    "finalists all the time": (
        fleet({"evaluation": {"reproduction": {"every": "0s"}}}),
        "spec.evaluation.reproduction",
        "Value error, every: every must be 10s or more: each time the evaluator ranks all experiments",
    ),
    "a share above all": (
        fleet({"budget": {"softPercent": 101}}),
        "spec.budget.softPercent",
        "Input should be less than or equal to 100",
    ),
    "two seeds for an interval": (
        fleet({"evaluation": {"reproduction": {"seeds": 2}}}),
        "spec.evaluation.reproduction.seeds",
        "Input should be greater than or equal to 3",
    ),
    "more seeds than there are": (
        fleet({"evaluation": {"seeds": 17}}),
        "spec.evaluation.seeds",
        "Input should be less than or equal to 16",
    ),
    "a testbed from nowhere": (fleet(source()), "spec.problem.testbed", ONE_SOURCE),
    "a testbed from two places": (
        fleet({"problem": {"testbed": {"pvc": {"claimName": "data"}}}}),
        "spec.problem.testbed",
        ONE_SOURCE,
    ),
    "an address that is none": (
        fleet(source(s3={"url": "https://bucket"})),
        "spec.problem.testbed.s3.url",
        "String should match pattern '^s3://[a-z0-9.-]+(/.*)?$'",
    ),
    "a digest that is none": (
        fleet({"problem": {"testbed": {"digest": "sha256:12"}}}),
        "spec.problem.testbed.digest",
        "String should match pattern '^sha256:[0-9a-f]{64}$'",
    ),
    "too many transfer testbeds": (
        fleet({"problem": {"transfer": [{"bundled": "nyt"}] * 9}}),
        "spec.problem.transfer",
        "List should have at most 8 items after validation, not 9",
    ),
    "directions that are none": (
        fleet({"directions": {"mode": "Directed"}}),
        "spec.directions",
        "Value error, prompts: mode Directed needs at least one prompt",
    ),
    "several prompts for an undirected fleet": (
        fleet({"directions": {"prompts": ["a", "b"]}}),
        "spec.directions",
        "Value error, prompts: mode Undirected takes at most one prompt, the one that all agents get",
    ),
    "a prompt of blanks": (
        fleet({"directions": {"prompts": ["  "]}}),
        "spec.directions.prompts.0",
        "String should have at least 1 character",
    ),
    "a language model without a name": (
        fleet({"agents": {"researcher": "claude"}}),
        "spec.agents",
        "Value error, model: researcher claude needs model: the model's name at the provider",
    ),
    "an empty name of a language model": (
        fleet({"agents": {"researcher": "claude", "model": ""}}),
        "spec.agents.model",
        "String should have at least 1 character",
    ),
    "an image without a name": (
        fleet({"agents": {"researcher": "image"}}),
        "spec.agents",
        "Value error, image: researcher image needs image: the image to run",
    ),
    "two of one time-sliced GPU": (
        fleet({"agents": {"resources": {"gpu": {"resource": "nvidia.com/gpu.shared", "count": 2}}}}),
        "spec.agents.resources.gpu",
        "Value error, count: count must be 1 for a time-sliced (.shared) resource: more are the same device",
    ),
    "memory in thousandths of a byte": (
        fleet({"agents": {"resources": {"memory": "500m"}}}),
        "spec.agents.resources.memory",
        'Value error, \'500m\' is not allowed (a number of bytes such as "500Mi", "3Gi" or "2G")',
    ),
    "memory in units that are none": (
        fleet({"agents": {"resources": {"memory": "3ki"}}}),
        "spec.agents.resources.memory",
        'Value error, \'3ki\' is not allowed (a number of bytes such as "500Mi", "3Gi" or "2G")',
    ),
    "too few processes": (
        fleet({"agents": {"resources": {"processes": 7}}}),
        "spec.agents.resources.processes",
        "Input should be greater than or equal to 8",
    ),
    "a first wait longer than the longest": (
        fleet({"failurePolicy": {"backoff": "10m"}}),
        "spec.failurePolicy",
        "Value error, backoff: backoff must not be longer than maxBackoff",
    ),
    "a rule about nothing": (
        fleet(rules({"action": "FailAgent"})),
        "spec.failurePolicy.rules.0",
        "Value error, onExitCodes: a rule needs at least one of onExitCodes, onReasons",
    ),
    "a rule that does nothing": (
        fleet(rules({"onExitCodes": [1]})),
        "spec.failurePolicy.rules.0.action",
        "Field required",
    ),
    "an agent of no fleet": (agent({"fleetRef": {}}), "spec.fleetRef.name", "Field required"),
    "an agent with a seed below nothing": (agent({"seed": -1}), "spec.seed", "Input should be greater than or equal to 0"),
}
