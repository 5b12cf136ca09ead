"""A double of the hub's internal port, for tests of the runtime: it takes every report and answers as it was told to."""

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from researchfleet_core.wire.sync import (
    Amounts,
    AttemptReport,
    LedgerState,
    ReproductionFacts,
    ReproductionState,
    SyncRequest,
    SyncResponse,
    Verdict,
)


class HubDouble:
    """reports: the newest of each attempt by uid; ends: how often each end was told. Times and money are nobody's."""

    def __init__(self):
        self.reports: dict[str, AttemptReport] = {}
        self.ends: list[str] = []
        self.tokens: list[dict] = []
        self.setups: list[dict] = []
        self.given_up: dict[str, str] = {}
        self.finalists = 0
        self.delivered = False  # what a reproduction's sandbox leaves behind when it ends
        self.reproductions: dict[str, ReproductionFacts] = {}
        self.verdict = Verdict.OPEN
        self.pinned: list | None = None
        self.refusal: tuple[int, str] | None = None
        self.away = False
        self._server = None
        self.port = 0

    def start(self):
        """Answer on `port` from now on."""
        double = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                status, text = double.respond(self.path, json.loads(body) if body else None)
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_POST = do_PUT = answer  # noqa: N815 - names of the standard library

            def log_message(self, *_):
                """Quiet."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def stop(self):
        """Hang up."""
        self._server.shutdown()
        self._server.server_close()

    def respond(self, path, body):  # noqa: PLR0911 - one for each route
        """Status and text."""
        if self.away:
            return 503, json.dumps({"error": "away", "reason": "EvaluatorUnreachable"})
        if path.endswith("/sync"):
            return 200, self.sync(SyncRequest.model_validate(body)).model_dump_json()
        if path == "/internal/v1/tokens":
            self.tokens.append(body["principal"])
            return 200, json.dumps({"token": f"token-{len(self.tokens)}"})
        if path.endswith("/end"):
            self.given_up[path.split("/")[-2]] = body["reason"]
            self.settle(path.split("/")[-2], ReproductionState.FAILED)
            return 204, ""
        if self.refusal:
            status, reason = self.refusal
            return status, json.dumps({"error": f"because of {reason}", "reason": reason})
        if self.pinned is not None and body["plan"]["transfer"] != self.pinned:
            return 409, json.dumps({"error": "transfer is pinned", "reason": "ProblemChanged"})
        self.setups.append(body)
        return 200, json.dumps({"testbed": "movie@sha256:0", "problem": "sha256:0"})

    def sync(self, request):
        """Everything that runs may run on for 30 s."""
        for report in request.attempts:
            if report.ended:
                self.ends.append(report.uid)
                if self.delivered and report.kind == "reproduction":
                    self.settle(report.uid.rpartition("-")[0], ReproductionState.DONE)
            self.reports[report.uid] = report
        if request.nominate:
            for number in range(self.finalists):
                self.reproductions[f"rep-{number}"] = self.facts(f"rep-{number}", ReproductionState.PENDING)
        now = datetime.now(UTC)
        active = [uid for uid, report in self.reports.items() if report.ended is None]
        ledger = LedgerState(verdict=self.verdict, limit="deadline", amounts=Amounts())
        return SyncResponse(
            now=now,
            agents={},
            ledger=ledger,
            leases={uid: now + timedelta(seconds=30) for uid in active},
            reproductions=list(self.reproductions.values()),
            evaluator_reachable=True,
            problem=None,
            entropy_bits=0,
            nominated=request.nominate,
            experiments=0,
            findings=0,
            best_pgr=None,
        )

    def settle(self, uid, state):
        """A reproduction is over."""
        self.reproductions[uid] = self.facts(uid, state)

    @staticmethod
    def facts(uid, state):
        """Of a reproduction."""
        digest = "sha256:" + "0" * 64
        return ReproductionFacts(uid=uid, snapshot=digest, agent="f-0", title="t", state=state, runs=1, delivered=0)
