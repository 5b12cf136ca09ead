"""Every way a fleet.yaml can be wrong, and the sentence that says so."""

from pathlib import Path

import pytest
from researchfleet.fleetfile import FleetFileError, read_fleet

GOOD = """\
apiVersion: researchfleet.dev/v1alpha1
kind: ResearchFleet
metadata:
  name: quickstart
spec:
  problem:
    testbed: {bundled: movie}
    student: {bundled: minilm}
  agents:
    replicas: 3
    researcher: search
"""

# What is replaced in the good file, by what, and what is said of it (the file's name left out).
BENT = {
    "a number below its range": (
        "replicas: 3",
        "replicas: -3",
        ":10:15: spec.agents.replicas: -3 is not allowed (0 to 10000)",
    ),
    "a number above its range": (
        "replicas: 3",
        "replicas: 10001",
        ":10:15: spec.agents.replicas: 10001 is not allowed (0 to 10000)",
    ),
    "a number of more digits than Python reads": (
        "replicas: 3",
        "replicas: " + "9" * 5000,
        f":10:15: spec.agents.replicas: {'9' * 60}... is not allowed (a whole number, 0 to 10000)",
    ),
    "a number in quotes": (
        "replicas: 3",
        'replicas: "3"',
        ':10:15: spec.agents.replicas: "3" is not allowed (a whole number, 0 to 10000)',
    ),
    "a truth value for a number": (
        "replicas: 3",
        "replicas: true",
        ":10:15: spec.agents.replicas: true is not allowed (a whole number, 0 to 10000)",
    ),
    "a fraction for a whole number": (
        "replicas: 3",
        "replicas: 2.5",
        ":10:15: spec.agents.replicas: 2.5 is not allowed (a whole number, 0 to 10000)",
    ),
    "nothing for a number": (
        "replicas: 3",
        "replicas:",
        ":10:5: spec.agents.replicas: an empty value is not allowed (a whole number, 0 to 10000)",
    ),
    "a misspelt field": (
        "replicas: 3",
        "replcas: 3",
        ":10:5: spec.agents.replcas: there is no such field; did you mean replicas?",
    ),
    "a field in Python's spelling": (
        "replicas: 3",
        "idle_timeout: 3m",
        ":10:5: spec.agents.idle_timeout: there is no such field; did you mean idleTimeout?",
    ),
    "a field in the wrong place": (
        "spec:\n",
        "spec:\n  replicas: 3\n",
        ":6:3: spec.replicas: there is no such field; did you mean spec.agents.replicas?",
    ),
    "a field that nothing resembles": (
        "student: {bundled: minilm}",
        "student: {bundled: minilm, xyzzy: 1}",
        ":8:32: spec.problem.student.xyzzy: there is no such field; allowed are bundled, s3, pvc, image, digest",
    ),
    "an unknown word": (
        "researcher: search",
        "researcher: serch",
        ":11:17: spec.agents.researcher: serch is not allowed (search, claude or image)",
    ),
    "a missing field": (
        "    researcher: search\n",
        "",
        ":9:3: spec.agents.researcher: is missing (search, claude or image)",
    ),
    "a missing part": (
        "    student: {bundled: minilm}\n",
        "",
        ":6:3: spec.problem.student: is missing (a mapping with bundled, s3, pvc, image, digest)",
    ),
    "a name in capitals": (
        "name: quickstart",
        "name: Quick",
        ":4:9: metadata.name: Quick is not allowed (lower-case letters, digits and -, a letter first, at most 40)",
    ),
    "a misspelt name": (
        "name: quickstart",
        "name: quick\n  lables: {}",
        ":5:3: metadata.lables: there is no such field; did you mean labels?",
    ),
    "a reference to nothing": (
        "student: {bundled: minilm}",
        "student: {}",
        ":8:5: spec.problem.student: bundled is missing (exactly one of bundled, s3, pvc, image is needed)",
    ),
    "a reference to two things": (
        "student: {bundled: minilm}",
        'student: {bundled: minilm, s3: {url: "s3://models/minilm"}}',
        ":8:24: spec.problem.student.bundled: minilm is not allowed (exactly one of bundled, s3, pvc, image is needed)",
    ),
    "an address that is none": (
        "student: {bundled: minilm}",
        "student: {s3: {url: https://models}}",
        ":8:25: spec.problem.student.s3.url: https://models is not allowed (s3://bucket/folder)",
    ),
    "a short digest": (
        "{bundled: movie}",
        "{bundled: movie, digest: sha256:12}",
        ":7:39: spec.problem.testbed.digest: sha256:12 is not allowed (sha256: and 64 hexadecimal digits)",
    ),
    "money as a fraction": (
        "  agents:",
        "  budget: {usd: 1.5}\n  agents:",
        ":9:17: spec.budget.usd: 1.5 is not allowed "
        '(a whole number, or one in quotes with at most 9 decimals such as "1.50")',
    ),
    "a duration without a unit": (
        "  agents:",
        "  budget: {deadline: 150}\n  agents:",
        ':9:22: spec.budget.deadline: 150 is not allowed (a duration such as "90s", "3m", "1h30m" or "120h")',
    ),
    "memory in another unit": (
        "researcher: search",
        "researcher: search\n    resources: {memory: 3 GB}",
        ':12:25: spec.agents.resources.memory: 3 GB is not allowed (a number of bytes such as "500Mi", "3Gi" or "2G")',
    ),
    "a name that is too long": (
        "name: quickstart",
        f"name: {'a' * 41}",
        f":4:9: metadata.name: {'a' * 41} is not allowed (lower-case letters, digits and -, a letter first, at most 40)",
    ),
    "an item of a list": (
        "  agents:",
        "  failurePolicy:\n    rules:\n    - {action: Restart, onReasons: [Crash]}\n  agents:",
        ":11:37: spec.failurePolicy.rules[0].onReasons[0]: Crash is not allowed (Completed, Crashed, MemoryLimit, "
        "ProcessLimit, DiskLimit, TimeLimit, Idle, NeverRan, LeaseExpired, BudgetExhausted, Suspended, Drained, ScaledDown, "
        "ResearchOver, RuntimeLost, Preempted, Evicted, NodeLost or ImageError)",
    ),
    "a list for a mapping": (
        "  agents:",
        "  evaluation: [ladder]\n  agents:",
        ":9:3: spec.evaluation: a list of 1 item is not allowed (a mapping with feedback, seeds, reproduction)",
    ),
    "a mapping for a list": (
        "  agents:",
        "  directions: {prompts: {a: b}}\n  agents:",
        ":9:16: spec.directions.prompts: a mapping of 1 field is not allowed (a list, each item text, 1 to 4000 characters)",
    ),
    "a number for text": (
        "researcher: search",
        "researcher: search\n    priorityClassName: 4",
        ":12:24: spec.agents.priorityClassName: 4 is not allowed (text, at most 253 characters, in quotes)",
    ),
    "a word for a truth value": (
        "researcher: search",
        "researcher: search\n    workspace: {persistent: yes}",
        ":12:29: spec.agents.workspace.persistent: yes is not allowed (true or false)",
    ),
    "an empty prompt": (
        "  agents:",
        '  directions: {prompts: ["  "]}\n  agents:',
        ':9:26: spec.directions.prompts[0]: "  " is not allowed (1 to 4000 characters)',
    ),
    "directions that are none": (
        "  agents:",
        "  directions: {mode: Directed}\n  agents:",
        ":9:3: spec.directions: prompts is missing (mode Directed needs at least one prompt)",
    ),
    "too many prompts for the mode": (
        "  agents:",
        "  directions: {prompts: [a, b]}\n  agents:",
        ":9:16: spec.directions.prompts: a list of 2 items is not allowed "
        "(mode Undirected takes at most one prompt, the one that all agents get)",
    ),
    "a researcher without its model": (
        "researcher: search",
        "researcher: claude",
        ":9:3: spec.agents: model is missing (researcher claude needs model: the model's name at the provider)",
    ),
    "a first wait longer than the longest": (
        "  agents:",
        "  failurePolicy: {backoff: 10m}\n  agents:",
        ":9:28: spec.failurePolicy.backoff: 10m is not allowed (backoff must not be longer than maxBackoff)",
    ),
    "another kind": ("kind: ResearchFleet", "kind: Agent", ":2:7: kind: Agent is not allowed (ResearchFleet)"),
    "another version": (
        "researchfleet.dev/v1alpha1",
        "researchfleet.dev/v1",
        ":1:13: apiVersion: researchfleet.dev/v1 is not allowed (researchfleet.dev/v1alpha1)",
    ),
    "no kind": ("kind: ResearchFleet\n", "", ":1:1: kind: is missing (ResearchFleet)"),
    "a key given twice": (
        "replicas: 3",
        "replicas: 3\n    replicas: 4",
        ":11:5: spec.agents.replicas: is given twice (first on line 10); keep one",
    ),
    "a key that is no text": (
        "researcher: search",
        "researcher: search\n    labels: {1: a}",
        ":12:14: spec.agents.labels: the key 1 is not allowed (text; other keys in quotes, no <<)",
    ),
    "a tag that makes an object": (
        "researcher: search",
        "researcher: !!python/object:os.system search",
        ":11:17: spec.agents.researcher: the tag python/object:os.system is not allowed (plain values only)",
    ),
    "a second document": (
        "    researcher: search\n",
        "    researcher: search\n---\nkind: Agent\n",
        ":13:1: a second document begins here; one ResearchFleet a file is allowed, not 2 documents",
    ),
    "a control character for the terminal": (
        "name: quickstart",
        'name: "\\e[2Jx"',
        ':4:9: metadata.name: "\\u001b[2Jx" is not allowed (lower-case letters, digits and -, a letter first, at most 40)',
    ),
}

WHOLE = {
    "an empty file": (b"", ": is empty; a ResearchFleet is needed (see examples/)"),
    "comments only": (b"# nothing\n---\n", ": is empty; a ResearchFleet is needed (see examples/)"),
    "a list": (b"- a\n- b\n", ":1:1: a list of 2 items is not allowed (a mapping with apiVersion, kind, metadata, spec)"),
    "a word": (b"hello\n", ":1:1: hello is not allowed (a mapping with apiVersion, kind, metadata, spec)"),
    "a bracket left open": (
        b"a: [1,\nb: 2\n",
        ":3:1: is not YAML: expected ',' or ']', but got '<stream end>' (while parsing a flow sequence from line 1)",
    ),
    "a tab": (b"a:\n\tb: 2\n", ":2:1: is not YAML: a tab stands where YAML wants spaces"),
    "an alias to nothing": (b"a: *x\n", ":1:4: is not YAML: found undefined alias 'x'"),
    "a picture": (b"\x89PNG\r\n\x1a\n\x00\xff", ":1:1: byte 0x89 is not UTF-8; a YAML text is needed"),
    "a binary file that is UTF-8": (b"a: b\nc\x00d\n", ":2:2: the character U+0000 is not allowed (printable text)"),
    "another encoding": ("apiVersion: \xe9".encode("latin-1"), ":1:13: byte 0xe9 is not UTF-8; a YAML text is needed"),
    "a value inside itself": (b"a: &x [*x]\n", ":1:4: a[0]: refers to itself; write the value out"),
    "brackets without end": (b"[" * 1200, ": is nested too deeply"),
    "a file too large": (b"#" * 1_500_001, ": is larger than 1,500,000 bytes"),
}


@pytest.fixture
def file(tmp_path, monkeypatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path("fleet.yaml")


@pytest.mark.parametrize(("old", "new", "said"), BENT.values(), ids=BENT)
def test_a_bad_value_is_named_with_its_place_and_what_is_allowed(file, old, new, said):
    assert GOOD.count(old) == 1
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(FleetFileError) as error:
        read_fleet(file)
    assert str(error.value) == f"fleet.yaml{said}"


@pytest.mark.parametrize(("content", "said"), WHOLE.values(), ids=WHOLE)
def test_a_file_that_is_no_yaml_of_ours_is_refused_with_a_sentence(file, content, said):
    file.write_bytes(content)
    with pytest.raises(FleetFileError) as error:
        read_fleet(file)
    assert str(error.value) == f"fleet.yaml{said}"


def test_aliases_of_aliases_are_refused_before_they_fill_the_memory(file):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 12)]
    file.write_text("\n".join(lines))
    with pytest.raises(FleetFileError, match="more than 100,000 values with all aliases written out"):
        read_fleet(file)


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_file_that_cannot_be_read_is_named(file, name):
    with pytest.raises(FleetFileError, match=f"^{name}: cannot be read: "):
        read_fleet(Path(name))


def test_all_errors_come_at_once_in_the_order_of_the_file(file):
    bent = GOOD.replace("replicas: 3", "replicas: -3\n    seed: x").replace("name: quickstart", "name: Q")
    file.write_text(bent.replace("researcher: search", "researcher: claude\n    seed: 1"))
    with pytest.raises(FleetFileError) as error:
        read_fleet(file)
    assert [(one.line, one.field) for one in error.value.problems] == [
        (4, "metadata.name"),
        (9, "spec.agents"),
        (10, "spec.agents.replicas"),
        (11, "spec.agents.seed"),
        (13, "spec.agents.seed"),
    ]


def test_a_rule_over_a_field_that_is_wrong_itself_is_not_complained_of(file):
    file.write_text(GOOD.replace("  agents:", "  failurePolicy: {backoff: 10m, maxBackoff: 20}\n  agents:"))
    with pytest.raises(FleetFileError) as error:
        read_fleet(file)
    assert [one.field for one in error.value.problems] == ["spec.failurePolicy.maxBackoff"]
