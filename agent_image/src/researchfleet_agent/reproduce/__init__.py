"""A finalist's snapshot, run by us on inputs that no agent has seen. The code is a stranger's; the driver is not.

The driver is the sandbox's first process and holds the token itself: there is no relay here, because a port on which
every process of the sandbox may speak as this reproduction would let the code deliver its own results.
"""
