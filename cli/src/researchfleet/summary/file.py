"""summary.json on disk."""

from pathlib import Path

from pydantic import ValidationError
from pydantic_core import from_json

from researchfleet.summary.model import SCHEMA, Summary


class SummaryError(Exception):
    """A summary.json that is not there or cannot be used; str() says which and what to do."""


def write_summary(summary: Summary, path: Path) -> None:
    """Put the summary in place in one step, so that a reader never sees half of it."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(summary.model_dump_json(indent=1, by_alias=True) + "\n", encoding="utf-8")
    fresh.replace(path)


def read_summary(path: Path) -> Summary:
    """The summary in a file. Raises SummaryError naming the file and what is wrong with it."""
    try:
        content = from_json(path.read_bytes())
    except OSError as error:
        raise SummaryError(f"{path}: cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise SummaryError(f"{path}: is not JSON: {error}") from None
    version = content.get("schema_version") if isinstance(content, dict) else None
    if version != SCHEMA:
        raise SummaryError(f"{path}: schema_version: {version!r} is not allowed ({SCHEMA})")
    try:
        return Summary.model_validate(content)
    except ValidationError as errors:
        first = errors.errors(include_url=False)[0]
        field = ".".join(str(step) for step in first["loc"])
        raise SummaryError(f"{path}: {field}: {first['msg']} ({errors.error_count()} errors; see docs/summary.md)") from None
