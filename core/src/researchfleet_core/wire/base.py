"""What all messages share: strictness and the words they use."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints


class Message(BaseModel):
    """A message on the wire: unknown fields are refused, so that a misspelt one is never silently lost."""

    model_config = ConfigDict(extra="forbid", frozen=True, ser_json_inf_nan="null")


class Refusal(Message):
    """The body of every 4xx and 5xx answer.

    error: a sentence for the reader that names the field, the value and what is allowed. reason: a constant for programs.
    """

    error: str
    reason: str
    field: str | None = None


Digest = Annotated[str, StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", max_length=63)]
Uid = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]
# Plain text: a control character would reach terminals, and PostgreSQL cannot hold NUL.
ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
MANY_LINES = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$"
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=ONE_LINE)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=5000, pattern=MANY_LINES)]
IdempotencyKey = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{8,128}$")]

# Every write from a sandbox carries it: the same key and body get the first answer, another body 409.
IDEMPOTENCY_HEADER = "Idempotency-Key"
