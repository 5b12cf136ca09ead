"""`python -m researchfleet_agent.search`: the researcher, behind a relay."""

import logging
import os
import sys

from researchfleet_agent.search.session import run
from researchfleet_agent.settings import Settings

logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(levelname)s %(message)s")
logging.getLogger("httpx").setLevel(logging.WARNING)
status = 1
try:
    status = run(Settings.from_environment(os.environ, needs=("RESEARCHFLEET_AGENT", "RESEARCHFLEET_STUDENT")))
except Exception:
    logging.exception("the researcher has failed")
finally:
    logging.shutdown()
    sys.stdout.flush()
    # Not sys.exit: it would wait for threads whose runs nobody wants any more. The runner kills a run whose caller is gone.
    os._exit(status)
