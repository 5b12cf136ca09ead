"""YAML text as plain values that remember where they stand and how they were written."""

import json
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from ruamel.yaml.reader import ReaderError

from researchfleet.fleetfile.problem import Path, Problem, dotted

# A fleet of 10,000 prompts is below it; a file of aliases to aliases ("billion laughs") is not.
MAX_VALUES = 100_000
SHOWN = 60

_TAG = "tag:yaml.org,2002:"
_PLAIN = {f"{_TAG}{kind}" for kind in ("str", "int", "float", "bool", "null", "timestamp", "map", "seq")}


class SyntaxProblem(Exception):  # noqa: N818 - it carries a Problem
    """The text is not one YAML document."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(problem.message)


@dataclass
class Document:
    """One YAML document. values: plain. problems: what YAML allows and a fleet file does not (duplicate keys, tags)."""

    values: Any = None
    problems: list[Problem] = field(default_factory=list)
    _keys: dict[Path, Node] = field(default_factory=dict)
    _nodes: dict[Path, Node] = field(default_factory=dict)

    def place(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at `path`; of the nearest field above it that the file has."""
        node = self._nodes.get(path)
        if node is not None and not (_blank(node) or (path and not isinstance(node, ScalarNode))):
            return _position(node)
        # Nothing, a mapping or a list stands on a line after its key, where nobody would look for it.
        return self.key_place(path)

    def key_place(self, path: Path) -> tuple[int, int]:
        """Line and column of the key (or list item) at `path`, or of the nearest above it."""
        while path and path not in self._keys:
            path = path[:-1]
        return _position(self._keys[path]) if path else (1, 1)

    def is_scalar(self, path: Path) -> bool:
        """Whether one plain value stands there, no mapping and no list."""
        return isinstance(self._nodes.get(path), ScalarNode)

    def written(self, path: Path) -> str:
        """The value as it stands in the file, shortened; a mapping or list by its size."""
        node = self._nodes[path]
        if isinstance(node, ScalarNode):
            return _scalar_text(node)
        kind, thing = ("mapping", "field") if isinstance(node, MappingNode) else ("list", "item")
        size = len(node.value)
        return f"a {kind} of {size} {thing}{'' if size == 1 else 's'}" if size else f"an empty {kind}"

    def read(self, root: Node) -> None:
        """Take values and places from a composed node."""
        self._nodes[()] = root
        self.values = self._value(root, (), frozenset())

    def _value(self, node: Node, path: Path, above: frozenset[int]) -> Any:
        if id(node) in above:
            raise SyntaxProblem(Problem(*_position(node), dotted(path), "refers to itself; write the value out"))
        if len(self._nodes) > MAX_VALUES:
            raise SyntaxProblem(Problem(None, None, "", f"more than {MAX_VALUES:,} values with all aliases written out"))
        self._nodes[path] = node
        if node.tag not in _PLAIN:
            self._complain(node, path, f"the tag {str(node.tag).removeprefix(_TAG)} is not allowed (plain values only)")
            return None
        inside = above | {id(node)}
        if isinstance(node, MappingNode):
            return self._mapping(node, path, inside)
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.value):
                self._keys[*path, index] = item
            return [self._value(item, (*path, index), inside) for index, item in enumerate(node.value)]
        return _scalar(node)

    def _mapping(self, node: MappingNode, path: Path, inside: frozenset[int]) -> dict[str, Any]:
        values: dict[str, Any] = {}
        for key, value in node.value:
            name = key.value if isinstance(key, ScalarNode) else None
            if name is None or key.tag != f"{_TAG}str":
                shown = "a mapping or list" if name is None else _scalar_text(key)
                self._complain(key, path, f"the key {shown} is not allowed (text; other keys in quotes, no <<)")
            elif name in values:
                first = _position(self._keys[*path, name])[0]
                self._complain(key, (*path, name), f"is given twice (first on line {first}); keep one")
            else:
                self._keys[*path, name] = key
                values[name] = self._value(value, (*path, name), inside)
        return values

    def _complain(self, node: Node, path: Path, message: str) -> None:
        self.problems.append(Problem(*_position(node), dotted(path), message))


def parse(text: str) -> Document:
    """The one YAML document in `text`. Raises SyntaxProblem when there is none, several, or no YAML."""
    document = Document()
    try:
        roots = [root for root in YAML(typ="safe", pure=True).compose_all(text) if not _blank(root)]
        if not roots:
            raise SyntaxProblem(Problem(None, None, "", "is empty; a ResearchFleet is needed (see examples/)"))
        if len(roots) > 1:
            message = f"a second document begins here; one ResearchFleet a file is allowed, not {len(roots)} documents"
            raise SyntaxProblem(Problem(*_position(roots[1]), "", message))
        document.read(roots[0])
    except ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        column = error.position - (text.rfind("\n", 0, error.position) + 1) + 1
        message = f"the character U+{ord(text[error.position]):04X} is not allowed (printable text)"
        raise SyntaxProblem(Problem(line, column, "", message)) from None
    except MarkedYAMLError as error:
        raise SyntaxProblem(_syntax(error)) from None
    except (YAMLError, RecursionError) as error:
        message = "is nested too deeply" if isinstance(error, RecursionError) else f"is not YAML: {error}"
        raise SyntaxProblem(Problem(None, None, "", message)) from None
    return document


def _syntax(error: MarkedYAMLError) -> Problem:
    mark = error.problem_mark or error.context_mark
    what = (error.problem or error.context or "cannot be read").replace("\n", " ")
    if "'\\t'" in what:
        what = "a tab stands where YAML wants spaces"
    opened = error.context_mark
    if opened and mark and opened.line != mark.line and error.context:
        what += f" ({error.context} from line {opened.line + 1})"
    line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
    return Problem(line, column, "", f"is not YAML: {what}")


def _position(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1


def _blank(node: Node | None) -> bool:
    """Whether a document says nothing, as after a last `---`."""
    return node is None or (isinstance(node, ScalarNode) and not node.value and node.style is None)


def _scalar(node: Node) -> Any:
    if node.tag in {f"{_TAG}str", f"{_TAG}timestamp"}:
        return node.value
    constructor = YAML(typ="safe", pure=True).constructor
    try:
        return constructor.construct_object(node)
    except ValueError:
        # Python refuses whole numbers of more than 4,300 digits; as text it is refused by its field.
        return node.value


def _scalar_text(node: ScalarNode) -> str:
    if _blank(node):
        return "an empty value"
    text = node.value if len(node.value) <= SHOWN else f"{node.value[:SHOWN]}..."
    # JSON's escapes also keep control characters of the file from reaching a terminal.
    quoted = json.dumps(text, ensure_ascii=False)
    return quoted if node.style is not None or quoted != f'"{text}"' or not text.isprintable() else text
