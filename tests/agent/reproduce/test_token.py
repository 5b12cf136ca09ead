"""The driver holds the token; the code that it runs cannot get at it."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest
from researchfleet_agent.reproduce import landlock

from tests.agent.processes import TOKEN, first_process
from tests.agent.reproduce.conftest import ReproductionHub, archive, snapshot

HERE = Path(__file__).parent
HUNTER = (HERE / "hunter.py").read_text().replace("@BACKWARDS@", TOKEN[::-1])


@contextmanager
def serving(hub: ReproductionHub) -> Iterator[str]:
    """The hub on a port, for whoever brings the token."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def reply(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            request = httpx.Request(self.command, f"http://hub{self.path}", headers=dict(self.headers), content=content)
            known = self.headers["authorization"] == f"Bearer {TOKEN}"
            answer = hub.handle(request) if known else httpx.Response(401)
            self.send_response(answer.status_code)
            self.send_header("content-length", str(len(answer.content)))
            self.end_headers()
            self.wfile.write(answer.content)

        do_GET = do_POST = reply  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


@pytest.mark.parametrize(
    ("controls", "found"),
    [
        pytest.param([], False, marks=pytest.mark.skipif(landlock.version() == 0, reason="no Landlock here")),
        (["--unconfined"], False),
        (["--unconfined", "--readable"], True),
    ],
    ids=["private and confined", "private", "neither: the control"],
)
def test_a_run_that_hunts_for_the_token(sandbox, controls, found):
    hub = ReproductionHub(archive(1), snapshot(HUNTER))
    places = {name: str(getattr(sandbox.settings, name)) for name in ("workspace", "students", "slots", "features")}
    environ = {f"RESEARCHFLEET_{name.upper()}": path for name, path in places.items()}
    with (
        serving(hub) as url,
        first_process(HERE / "first_process.py", *controls, RESEARCHFLEET_UPSTREAM=url, **environ) as process,
    ):
        _, told = process.communicate(timeout=60)
    assert process.returncode == 0, told
    assert hub.results["r-0"]["predictions"] == [float(found)] * 8
