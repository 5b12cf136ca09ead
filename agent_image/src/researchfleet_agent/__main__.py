"""python -m researchfleet_agent."""

import sys

from researchfleet_agent.main import main

sys.exit(main())
