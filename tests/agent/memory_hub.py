"""A hub and its evaluator in memory: the routes of the agent port, their idempotency, forum, ladder. No limits, no auth.

It answers httpx requests directly (`transport`), so that a test needs no socket, or listens on a port (`serve`).
"""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from researchfleet_core.testbed import pack

STEP = 0.02
Reply = tuple[int, Any]


class RefusalError(Exception):
    def __init__(self, status: int, reason: str, error: str = "no") -> None:
        self.status, self.body = status, {"error": error, "reason": reason, "field": None}


@dataclass
class MemoryHub:
    """labels: of the test rows; task: files of the task folder. `before` sees each request first and may refuse it."""

    task: dict[str, bytes]
    labels: list[int]
    feedback: str = "ladder"
    agent: str = "agent-0"
    directive: str = "continue"
    max_experiments: int = 1_000
    before: Callable[[str, str, Any], None] = lambda method, path, body: None
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    answers: dict[str, tuple[str, Reply]] = field(default_factory=dict)
    experiments: dict[str, dict[str, Any]] = field(default_factory=dict)
    findings: list[dict[str, Any]] = field(default_factory=list)
    votes: dict[int, str] = field(default_factory=dict)
    snapshots: dict[str, dict[str, Any]] = field(default_factory=dict)
    activities: list[str] = field(default_factory=list)
    best: float = 0.6
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def transport(self) -> httpx.MockTransport:
        def answer(request: httpx.Request) -> httpx.Response:
            path = request.url.raw_path.decode()
            status, body = self.handle(request.method, path, request.content, request.headers.get("idempotency-key"))
            return httpx.Response(status, content=body)

        return httpx.MockTransport(answer)

    @contextmanager
    def serve(self) -> Iterator[int]:
        """Listen on a port of the loopback interface; yields it."""
        hub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def reply(self) -> None:
                content = self.rfile.read(int(self.headers.get("content-length", 0)))
                status, body = hub.handle(self.command, self.path, content, self.headers.get("idempotency-key"))
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = reply  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield server.server_address[1]
        finally:
            server.shutdown()
            server.server_close()

    def handle(self, method: str, path: str, content: bytes, key: str | None) -> tuple[int, bytes]:
        body = json.loads(content) if content else None
        with self.lock:
            self.requests.append((method, path, body))
            try:
                self.before(method, path, body)
                status, answer = self._once(method, path, body, key)
            except RefusalError as refusal:
                status, answer = refusal.status, refusal.body
        return status, answer if isinstance(answer, bytes) else json.dumps(answer).encode()

    def _once(self, method: str, path: str, body: Any, key: str | None) -> Reply:
        if method == "GET" or path == "/v1/heartbeat":
            return self._route(method, path, body)
        if key is None:
            raise RefusalError(400, "IdempotencyKeyMissing")
        asked = f"{method} {path} {json.dumps(body, sort_keys=True)}"
        if key in self.answers:
            if self.answers[key][0] != asked:
                raise RefusalError(409, "IdempotencyKeyReused", f"{key} was used for another request")
            return self.answers[key][1]
        self.answers[key] = (asked, self._route(method, path, body))
        return self.answers[key][1]

    def _route(self, method: str, path: str, body: Any) -> Reply:  # noqa: PLR0911 - one a route
        path, _, query = path.partition("?")
        match [method, *path.removeprefix("/v1/").split("/")]:
            case ["POST", "heartbeat"]:
                self.activities.append(body["activity"])
                return 200, {"directive": self.directive}
            case ["GET", "inputs"]:
                return 200, pack(self.task)
            case ["POST", "snapshots"]:
                return 200, self._store(body["files"])
            case ["GET", "snapshots", digest]:
                return 200, self.snapshots[digest.replace("%3A", ":")]
            case ["POST", "experiments"]:
                return 200, self._register(body)
            case ["POST", "experiments", uid, "predictions"]:
                return 200, self._submit(self.experiments[uid], body)
            case ["GET", "experiments"]:
                return 200, {"experiments": [self._own(one) for one in reversed(self.experiments.values())]}
            case ["POST", "findings"]:
                return 200, self._share(body, self.agent)
            case ["GET", "findings"]:
                asked = dict(part.split("=") for part in query.split("&"))
                of_kind = [one for one in self.findings if one["type"] == asked.get("type", one["type"])]
                found = [one for one in of_kind if one["id"] > int(asked["since"])][: int(asked["limit"])]
                return 200, {"findings": found, "cursor": found[-1]["id"] if found else int(asked["since"])}
            case ["PUT", "findings", number, "vote"]:
                self.votes[int(number)] = body["vote"]
                return 200, self.findings[int(number) - 1]
        raise RefusalError(404, "NotFound", path)

    def _store(self, files: dict[str, str], owner: str | None = None) -> dict[str, Any]:
        tar = pack({name: text.encode() for name, text in files.items()})
        digest = f"sha256:{sha256(tar).hexdigest()}"
        info = {
            "digest": digest,
            "manifest": json.loads(files["manifest.json"]),
            "bytes": len(tar),
            "files": sorted(files),
            "owner": owner or self.agent,
            "created": "2026-11-21T00:00:00Z",
        }
        self.snapshots.setdefault(digest, {"info": info, "files": files})
        return info

    def _register(self, body: dict[str, Any]) -> dict[str, Any]:
        if len(self.experiments) >= self.max_experiments:
            raise RefusalError(403, "BudgetExhausted", "nothing is left")
        uid = f"e-{len(self.experiments)}"
        seeds = [{"seed": 100 + i, "teacher": i % 2} for i in range(body["seeds"])]
        self.experiments[uid] = {"experiment": uid, **body, "seeds": seeds, "right": {}, "feedback": None}
        return {"experiment": uid, "seeds": seeds, "rows": len(self.labels)}

    def _submit(self, experiment: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
        right = sum((p >= 0.5) == bool(label) for p, label in zip(body["predictions"], self.labels, strict=True))
        experiment["right"][body["seed"]] = right
        remaining = len(experiment["seeds"]) - len(experiment["right"])
        if remaining == 0:
            experiment["feedback"] = self._feedback(experiment)
        answer = {"experiment": experiment["experiment"], "seed": body["seed"], "remaining": remaining}
        return answer | {"feedback": experiment["feedback"]}

    def _feedback(self, experiment: dict[str, Any]) -> dict[str, Any]:
        if self.feedback == "none":
            return {"mode": "none", "improved": None, "accuracy": None, "pgr": None}
        accuracy = sum(experiment["right"].values()) / (len(experiment["seeds"]) * len(self.labels))
        step = STEP if self.feedback == "ladder" else 0
        improved = accuracy > self.best + step
        if improved:
            self.best = round(accuracy / STEP) * STEP if step else accuracy
        told = self.best if self.feedback == "ladder" else accuracy
        return {"mode": self.feedback, "improved": improved, "accuracy": told, "pgr": (told - 0.6) / 0.2}

    def _own(self, one: dict[str, Any]) -> dict[str, Any]:
        shown = {name: one[name] for name in ("experiment", "title", "family", "snapshot", "seeds", "feedback")}
        return shown | {"delivered": len(one["right"])}

    def _share(self, body: dict[str, Any], author: str) -> dict[str, Any]:
        said = {"family": None, "snapshot": None, "experiment": None, "parent": None, "claims": {}} | body
        experiment = self.experiments.get(said["experiment"], {})
        verified = bool(experiment.get("feedback")) and experiment.get("snapshot") == said["snapshot"]
        counts = {"verified": verified, "upvotes": 0, "downvotes": 0, "replies": 0}
        made = {"id": len(self.findings) + 1, "author": author, "created": "2026-11-21T00:00:00Z", **said, **counts}
        self.findings.append(made)
        return made

    def peer_shares(self, files: dict[str, str], *, pgr: Any, author: str = "agent-1", **said: Any) -> int:
        """A finding of another agent with a snapshot of these files, as the hub would have verified it; its id."""
        digest = self._store(files, author)["digest"]
        body = {"type": "result", "title": "theirs", "content": "it works", "claims": {"pgr": pgr}, "snapshot": digest}
        self._share(body | said, author)
        self.findings[-1]["verified"] = True
        return len(self.findings)
