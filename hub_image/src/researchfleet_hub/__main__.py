"""`python -m researchfleet_hub serve ...`."""

import argparse
import asyncio
import logging
import sys
from pathlib import Path

from researchfleet_core.wire.principals import Role

from researchfleet_hub.hub import Hub, wire
from researchfleet_hub.identity.tokens import FileTokens
from researchfleet_hub.serving import Listen, serve
from researchfleet_hub.snapshots.store import FolderStore, Store
from researchfleet_hub.state.database import Database
from researchfleet_hub.state.migrate import migrate


def arguments() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m researchfleet_hub", description="The only door of the agents.")
    command = parser.add_subparsers(required=True).add_parser("serve", help="serve both ports until stopped")
    command.add_argument("--database", required=True, metavar="URL", help="sqlite:///PATH or postgresql://...")
    command.add_argument("--evaluator", required=True, metavar="ADDRESS", help="unix:PATH or http://HOST:PORT")
    command.add_argument("--evaluator-token-file", required=True, type=Path, metavar="FILE")
    command.add_argument(
        "--snapshots",
        required=True,
        metavar="PLACE",
        help="a folder, or s3://ENDPOINT/BUCKET/PREFIX (s3+http:// without TLS)",
    )
    command.add_argument("--agent-listen", required=True, type=Listen.parse, metavar="unix:PATH|HOST:PORT")
    command.add_argument("--internal-listen", required=True, type=Listen.parse, metavar="unix:PATH|HOST:PORT")
    command.add_argument("--runtime-token-file", required=True, type=Path, metavar="FILE")
    command.add_argument("--reviewer-token-file", type=Path, metavar="FILE")
    return parser


def main() -> None:
    """Serve."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    # One line a forwarded request would drown what matters.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    given = arguments().parse_args()
    try:
        hub = _hub(given)
    except (OSError, ValueError) as error:
        raise SystemExit(f"researchfleet-hub: {error}") from error
    asyncio.run(serve(hub, given.agent_listen, given.internal_listen))


def _hub(given: argparse.Namespace) -> Hub:
    files = {Role.RUNTIME: given.runtime_token_file}
    if given.reviewer_token_file:
        files[Role.REVIEWER] = given.reviewer_token_file
    database = Database(given.database)
    migrate(database)
    token = given.evaluator_token_file.read_text().strip()
    return wire(
        database=database,
        store=_store(given.snapshots),
        evaluator_address=given.evaluator,
        evaluator_token=token,
        file_tokens=FileTokens(files),
    )


def _store(place: str) -> Store:
    if not place.startswith(("s3://", "s3+http://")):
        return FolderStore(Path(place))
    from researchfleet_hub.snapshots.s3 import BucketStore  # noqa: PLC0415 - 0.3 s of imports that a folder needs not

    return BucketStore(place)


if __name__ == "__main__":
    main()
