"""The hub's internal port, as the runtime and the command line use it."""

from pathlib import Path
from typing import TypeVar

import httpx
from pydantic import BaseModel, ValidationError
from researchfleet_core.wire.base import Message, Refusal
from researchfleet_core.wire.evaluation import FleetScores, ReproductionEnd
from researchfleet_core.wire.findings import Finding, FindingPage
from researchfleet_core.wire.ledger import LedgerEntry, LedgerPage
from researchfleet_core.wire.principals import IssuedToken, IssueToken, Principal
from researchfleet_core.wire.setup import FleetReady, FleetSetup
from researchfleet_core.wire.sync import SyncRequest, SyncResponse

Answer = TypeVar("Answer", bound=BaseModel)

# A sync waits for one transaction; a nomination ranks all experiments.
_SECONDS = 30.0


class HubUnreachableError(Exception):
    """No answer, or one that says to come again later."""


class HubRefusedError(Exception):
    """The hub understood, and said no."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.error)
        self.refusal = refusal


class Connection(Message):
    """connection.json: how to reach the hub of a run while it runs."""

    port: int
    token: str
    fleet_uid: str

    @property
    def url(self) -> str:
        """Of the internal port."""
        return f"http://127.0.0.1:{self.port}"


class InternalHub:
    """A client of one fleet. Every method raises HubUnreachableError or HubRefusedError."""

    def __init__(self, connection: Connection) -> None:
        self._fleet = f"/internal/v1/fleets/{connection.fleet_uid}"
        self._http = httpx.AsyncClient(
            base_url=connection.url,
            headers={"Authorization": f"Bearer {connection.token}"},
            timeout=_SECONDS,
            trust_env=False,
        )

    @classmethod
    def of_run(cls, folder: Path) -> "InternalHub":
        """Of the run in `folder`. Raises HubUnreachableError when nothing runs there."""
        try:
            return cls(Connection.model_validate_json((folder / "connection.json").read_bytes()))
        except FileNotFoundError:
            raise HubUnreachableError(f"nothing runs in {folder}: it has no connection.json") from None

    async def aclose(self) -> None:
        """Close its connections."""
        await self._http.aclose()

    async def setup(self, setup: FleetSetup) -> FleetReady:
        """Make the fleet known, or change its limits."""
        return await self._ask("PUT", self._fleet, FleetReady, setup)

    async def sync(self, request: SyncRequest) -> SyncResponse:
        """The one poll."""
        return await self._ask("POST", f"{self._fleet}/sync", SyncResponse, request)

    async def issue_token(self, principal: Principal) -> str:
        """A token for one attempt."""
        return (await self._ask("POST", "/internal/v1/tokens", IssuedToken, IssueToken(principal=principal))).token

    async def scores(self) -> FleetScores:
        """All scores, for people."""
        return await self._ask("GET", f"{self._fleet}/scores", FleetScores)

    async def findings(self) -> list[Finding]:
        """Everything shared, in order of id."""
        found: list[Finding] = []
        cursor = 0
        while True:
            page = await self._ask("GET", f"{self._fleet}/findings?since={cursor}", FindingPage)
            found += page.findings
            if not page.findings or page.cursor == cursor:
                return found
            cursor = page.cursor

    async def ledger(self) -> list[LedgerEntry]:
        """Every entry, in order of id."""
        found: list[LedgerEntry] = []
        cursor = 0
        while True:
            page = await self._ask("GET", f"{self._fleet}/ledger?since={cursor}", LedgerPage)
            found += page.entries
            if not page.entries or page.cursor == cursor:
                return found
            cursor = page.cursor

    async def end_reproduction(self, uid: str, why: str) -> None:
        """Give it up: what is missing has failed."""
        await self._send("POST", f"/internal/v1/reproductions/{uid}/end", ReproductionEnd(reason=why))

    async def _ask(self, method: str, path: str, answer: type[Answer], body: Message | None = None) -> Answer:
        response = await self._send(method, path, body)
        try:
            return answer.model_validate_json(response.content)
        except ValidationError as error:
            raise HubUnreachableError(f"{method} {path}: not what a hub of this version answers: {error}") from None

    async def _send(self, method: str, path: str, body: Message | None = None) -> httpx.Response:
        content = None if body is None else body.model_dump_json()
        try:
            response = await self._http.request(
                method, path, content=content, headers={"Content-Type": "application/json"} if content else None
            )
        except httpx.HTTPError as error:
            raise HubUnreachableError(f"{method} {path}: {error or type(error).__name__}") from None
        if response.status_code >= 500:
            raise HubUnreachableError(f"{method} {path}: status {response.status_code}: {response.text[:500]}")
        if response.is_error:
            raise HubRefusedError(_refusal(response))
        return response


def _refusal(response: httpx.Response) -> Refusal:
    try:
        return Refusal.model_validate_json(response.content)
    except ValidationError:
        return Refusal(error=f"status {response.status_code}: {response.text[:500]}", reason="Refused")
