"""The sandbox's first process: it alone holds the identity, and is the only way to the hub.

It listens on a loopback port, adds the token to every request and forwards to the hub; the researcher is its child and
never sees the token. Only what this package imports lives in that process: no pydantic, no numpy, no torch.
"""
