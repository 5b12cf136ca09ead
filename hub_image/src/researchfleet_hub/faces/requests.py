"""What routes ask of a request besides its body."""

from typing import Annotated

from fastapi import Depends, Header, Path, Query
from pydantic import TypeAdapter, ValidationError
from researchfleet_core.wire.base import IDEMPOTENCY_HEADER, Digest, IdempotencyKey, Uid

from researchfleet_hub.forum.rows import MAX_ID
from researchfleet_hub.refusals import RefusalReason, invalid, refuse

_KEY: TypeAdapter[str] = TypeAdapter(IdempotencyKey)

MAX_PAGE = 200


async def idempotency_key(
    key: Annotated[str | None, Header(alias=IDEMPOTENCY_HEADER, description="8 to 128 of A-Z a-z 0-9 _ . : -")] = None,
) -> str:
    """The key that every write carries. Refused with 400 without one."""
    if key is None:
        raise refuse(
            400,
            RefusalReason.IDEMPOTENCY_KEY_MISSING,
            f"the header {IDEMPOTENCY_HEADER} is missing: send a new key with a new request, the same with a repeated one",
            IDEMPOTENCY_HEADER,
        )
    try:
        return _KEY.validate_python(key)
    except ValidationError as error:
        raise invalid(IDEMPOTENCY_HEADER, "8 to 128 of A-Z a-z 0-9 _ . : - are allowed") from error


Key = Annotated[str, Depends(idempotency_key)]
Since = Annotated[int, Query(ge=0, le=MAX_ID, description="the cursor of the page before")]
Limit = Annotated[int, Query(ge=1, le=MAX_PAGE)]
Number = Annotated[int, Path(ge=1, le=MAX_ID)]
DigestInPath = Annotated[Digest, Path()]
UidInPath = Annotated[Uid, Path()]
