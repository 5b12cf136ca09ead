"""`python -m researchfleet_evaluator serve`."""

import argparse
import logging
import sys
from pathlib import Path

from researchfleet_evaluator.app import create_app
from researchfleet_evaluator.evaluator import Evaluator
from researchfleet_evaluator.serving import listen, serve
from researchfleet_evaluator.store import Store
from researchfleet_evaluator.store.migrate import migrate
from researchfleet_evaluator.testbeds import Shelf


def main() -> int:
    """Parse, migrate, serve until SIGTERM or SIGINT."""
    options = _options().parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    places = [Path(place) for place in options.testbeds.split(":")]
    for place in places:
        if not place.is_dir():
            print(f"--testbeds: {place} is not a folder", file=sys.stderr)
            return 2
    token = Path(options.token_file).read_text().strip()
    if not token:
        print(f"--token-file: {options.token_file} is empty; it must hold the token that the hub sends", file=sys.stderr)
        return 2
    store = Store(options.database)
    migrate(store.engine)
    try:
        serve(create_app(Evaluator(store, Shelf(places)), token), listen(options.listen))
    finally:
        store.close()
    return 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="researchfleet_evaluator", description="The only process that opens labels.")
    command = parser.add_subparsers(required=True).add_parser("serve", help="answer the hub")
    command.add_argument("--testbeds", required=True, metavar="DIR[:DIR...]", help="testbeds, or folders of them")
    command.add_argument("--database", required=True, metavar="URL", help="sqlite:///FILE or postgresql://...")
    command.add_argument("--listen", required=True, metavar="unix:PATH|HOST:PORT")
    command.add_argument("--token-file", required=True, metavar="FILE", help="the token that the hub sends")
    return parser


if __name__ == "__main__":
    sys.exit(main())
