"""Started by tests as a reproduction's first process. Controls: `--readable` leaves out what makes the driver private,
`--unconfined` what confines a run."""

import logging
import os
import sys

from researchfleet_agent.reproduce import confinement, driver, landlock
from researchfleet_agent.settings import Settings

logging.basicConfig(level=logging.INFO)
if "--readable" in sys.argv:
    driver.make_private = lambda: None
if "--unconfined" in sys.argv:
    program = "import researchfleet_agent.reproduce.landlock as landlock\nlandlock.version = lambda: 0\n"
    confinement._PROGRAM = program + confinement._PROGRAM
    landlock.version = lambda: 0
sys.exit(driver.reproduce(Settings.from_environment(os.environ)))
