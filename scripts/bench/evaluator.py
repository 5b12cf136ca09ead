"""`make bench-evaluator`: scored, durable submissions a second over HTTP, against bare parsing and one committed row.

One server process has both routes: the evaluator's own, and one that reads the same body with the same parser and commits
one row of two columns to the same database. Blocks of both alternate, so that what else the machine does hits both alike.
The client writes ready-made bytes to kept-open sockets, so that it takes little of the processor from the server.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import Any

import numpy as np
from fastapi import FastAPI, Request, Response
from researchfleet_core.wire.evaluation import EvaluatorSubmit
from researchfleet_core.wire.experiments import MAX_SEEDS, Submitted
from researchfleet_evaluator.app import create_app
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.routes.exchange import answer, read
from researchfleet_evaluator.serving import listen, serve
from researchfleet_evaluator.store import Store
from researchfleet_evaluator.store.migrate import migrate
from researchfleet_evaluator.testbeds import Shelf
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, insert

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.evaluator.synthetic import write_testbed

ROWS = 2000
WANTED = 0.5
TOKEN = "bench"  # noqa: S105 - guards nothing
OWNER = {"fleet_uid": "bench", "agent": "a", "agent_uid": "a"}
BARE = Table("bare", MetaData(), Column("experiment", String(64)), Column("seed", Integer))
KEEP = insert(BARE)


def application(folder: Path) -> FastAPI:
    """The evaluator with the bare route beside its own."""
    store = Store(f"sqlite:///{folder}/evaluator.db")
    migrate(store.engine)
    BARE.metadata.create_all(store.engine)
    app = create_app(Evaluator(store, Shelf([folder / "testbeds"])), TOKEN)

    @app.post("/bare")
    async def bare(request: Request) -> Response:
        body = await read(request, EvaluatorSubmit)

        def work(connection: Connection) -> Submitted:
            connection.execute(KEEP, {"experiment": body.experiment, "seed": body.seed})
            return Submitted(experiment=body.experiment, seed=body.seed, remaining=0)

        return await answer(lambda: store.write(work))

    return app


class Client:
    """One kept-open connection."""

    def __init__(self, path: Path) -> None:
        self._http = HTTPConnection("evaluator")
        self._http.sock = socket(AF_UNIX, SOCK_STREAM)
        self._http.sock.connect(str(path))

    def send(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        """One request; anything but 200 ends the benchmark."""
        self._http.request(method, path, body, {"authorization": f"Bearer {TOKEN}", "content-type": "application/json"})
        response = self._http.getresponse()
        content = response.read()
        if response.status != 200:
            raise RuntimeError(f"{method} {path}: {response.status} {content[:300].decode()}")
        parsed: dict[str, Any] = json.loads(content)
        return parsed


def submissions(client: Client, number: int, predictions: list[str], keys: "count[int]") -> list[tuple[str, bytes]]:
    """Paths and bodies of `number` submissions to freshly registered experiments."""
    made: list[tuple[str, bytes]] = []
    while len(made) < number:
        key = next(keys)
        experiment = {
            "title": "t",
            "hypothesis": "h",
            "family": "other",
            "snapshot": f"sha256:{key:064x}",
            "seeds": MAX_SEEDS,
        }
        body = json.dumps({"owner": OWNER, "key": f"key-{key:08}", "experiment": experiment}).encode()
        registered = client.send("POST", "/v1/experiments", body)
        uid = registered["experiment"]
        for task in registered["seeds"]:
            head = json.dumps({"owner": OWNER, "experiment": uid, "seed": task["seed"]}).removesuffix("}")
            text = f'{head}, "predictions": {predictions[len(made) % len(predictions)]}}}'
            made.append((f"/v1/experiments/{uid}/predictions", text.encode()))
    return made[:number]


def rate(clients: list[Client], requests: list[tuple[str, bytes]]) -> float:
    """Requests a second, all clients at once."""

    def work(start: int) -> None:
        for path, body in requests[start :: len(clients)]:
            clients[start].send("POST", path, body)

    began = time.perf_counter()
    with ThreadPoolExecutor(len(clients)) as threads:
        list(threads.map(work, range(len(clients))))
    return len(requests) / (time.perf_counter() - began)


def fsync_seconds(folder: Path, times: int = 200) -> list[float]:
    """Seconds of an fsync after a write of 4 KiB to the disk that holds the database."""
    taken = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(times):
            file.write(b"x" * 4096)
            began = time.perf_counter()
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return taken


def started(folder: Path, database_folder: Path) -> subprocess.Popen[bytes]:
    """The server as a process of its own, answering."""
    process = subprocess.Popen([sys.executable, __file__, "--serve", str(database_folder)])
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        try:
            Client(folder / "socket").send("GET", "/v1/fleets/bench/scores", b"")
        except OSError:
            time.sleep(0.05)
        except RuntimeError:
            return process  # it answers: there is no such fleet yet
    raise RuntimeError("the server did not start")


def measure(folder: Path, blocks: int, size: int, connections: int) -> None:
    """Alternate blocks of both routes and print their rates and ratio."""
    plan: dict[str, Any] = {"fleet_uid": "bench", "fleet": "bench", "testbed": "bench", "transfer": [], "students": ["s"]}
    plan |= {"feedback": "ladder", "seeds": 1, "finalists": 1, "reproduction_seeds": 3}
    clients = [Client(folder / "socket") for _ in range(connections)]
    clients[0].send("PUT", "/v1/fleets/bench", json.dumps(plan).encode())
    draw = np.random.default_rng(0)
    predictions = [json.dumps([round(float(p), 4) for p in draw.random(ROWS)]) for _ in range(32)]
    keys = count()
    scored, bare = [], []
    for block in range(blocks + 1):
        requests = submissions(clients[0], size, predictions, keys)
        rates = {}
        for name in ("scored", "bare") if block % 2 else ("bare", "scored"):
            rates[name] = rate(clients, requests if name == "scored" else [("/bare", body) for _, body in requests])
        if block:  # the first one warms both up
            scored.append(rates["scored"])
            bare.append(rates["bare"])
    ratios = [one / other for one, other in zip(scored, bare, strict=True)]
    print(f"{ROWS} rows each, {blocks} blocks of {size} requests, {connections} connections, SQLite, synchronous=FULL")
    for name, values, unit in (("scored", scored, "/s"), ("bare", bare, "/s"), ("ratio", ratios, "")):
        print(f"{name:7} mean {statistics.mean(values):8.3f}{unit}, standard deviation {statistics.stdev(values):.3f}{unit}")
    taken = fsync_seconds(folder)
    print(f"fsync of 4 KiB: median {statistics.median(taken) * 1e3:.3f} ms, mean {statistics.mean(taken) * 1e3:.3f} ms")
    # Harmonic means: all requests of a route over all of its time, so that no block counts for being fast.
    ratio = statistics.harmonic_mean(scored) / statistics.harmonic_mean(bare)
    print(f"ratio over all blocks {ratio:.2f}; at least {WANTED:.2f} is wanted: {'yes' if ratio >= WANTED else 'NO'}")


def main() -> None:
    """Run the benchmark, or the server of one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--blocks", type=int, default=30, help="measured blocks of each route")
    parser.add_argument("--size", type=int, default=100, help="requests in a block")
    parser.add_argument("--connections", type=int, default=4, help="connections at once")
    parser.add_argument("--folder", type=Path, help="where the database lies; a temporary folder when absent")
    parser.add_argument("--serve", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        serve(application(given.serve), listen(f"unix:{given.serve}/socket"))
        return
    with tempfile.TemporaryDirectory(dir=given.folder) as made:
        folder = Path(made)
        write_testbed(folder / "testbeds", "bench", ["s"], slice_rows=ROWS // 2)
        process = started(folder, folder)
        try:
            measure(folder, given.blocks, given.size, given.connections)
        finally:
            process.terminate()
            process.wait(30)


if __name__ == "__main__":
    main()
