"""Started by tests as a sandbox's first process: the relay, behind it the command given as arguments.

`--readable` leaves out the one call that makes the relay private: the control of the tests on secrecy.
"""

import os
import sys

from researchfleet_agent.relay import server
from researchfleet_agent.settings import Settings

arguments = sys.argv[1:]
if arguments[0] == "--readable":
    arguments.pop(0)
    server.make_private = lambda: None
sys.exit(server.run_behind_relay(Settings.from_environment(os.environ), arguments))
