"""The same key and body get the first answer, another body 409."""

import hashlib
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy import Connection, select, update

from researchfleet_hub.refusals import RefusalReason, refuse
from researchfleet_hub.state.database import insert
from researchfleet_hub.state.tables import answers


@dataclass(frozen=True)
class Write:
    """A write as its sender named it.

    writer: the uid of the agent or reproduction; key: its idempotency key; fingerprint: sha256 of what it asks.
    """

    writer: str
    key: str
    fingerprint: str

    @classmethod
    def of(cls, writer: str, key: str, asked: str, body: BaseModel | bytes) -> "Write":
        """asked: the operation and whatever its path names."""
        raw = body if isinstance(body, bytes) else body.model_dump_json().encode()
        digest = hashlib.sha256(asked.encode() + b"\0" + raw)
        return cls(writer, key, digest.hexdigest())


def claim(connection: Connection, write: Write, at: int) -> str | None:
    """Take the key in this transaction; the first answer when it was taken before.

    A concurrent write with the same key waits here until the first has ended. Refused with 409 for another body.
    """
    taken = insert(connection, answers).values(writer=write.writer, key=write.key, fingerprint=write.fingerprint, created=at)
    if connection.execute(taken.on_conflict_do_nothing().returning(answers.c.key)).first():
        return None
    return recall(connection, write)


def recall(connection: Connection, write: Write) -> str | None:
    """The first answer, None when there is none yet. Refused with 409 for another body."""
    found = connection.execute(
        select(answers.c.fingerprint, answers.c.answer).where(answers.c.writer == write.writer, answers.c.key == write.key)
    ).first()
    if found is None:
        return None
    if found.fingerprint != write.fingerprint:
        raise refuse(
            409,
            RefusalReason.IDEMPOTENCY_KEY_REUSED,
            f"idempotency key {write.key} was used for another request; send a new key with a new request",
        )
    return str(found.answer)


def keep(connection: Connection, write: Write, answer: BaseModel) -> None:
    """Remember the answer of a claimed key."""
    connection.execute(
        update(answers)
        .where(answers.c.writer == write.writer, answers.c.key == write.key)
        .values(answer=answer.model_dump_json())
    )
