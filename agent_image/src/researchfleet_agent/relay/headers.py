"""Which header fields pass the relay."""

from collections.abc import Iterable

Headers = list[tuple[bytes, bytes]]

# RFC 9110, 7.6.1: of one connection only. Expect is answered by the relay itself.
_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"expect",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
# Who asks is the relay's to say, and a hub behind a proxy would believe the last three.
_CLAIMS = frozenset({b"authorization", b"cookie", b"host", b"forwarded", b"x-real-ip"})
_CLAIMED_PREFIX = b"x-forwarded-"


def towards_hub(headers: Iterable[tuple[bytes, bytes]], token: bytes, host: bytes) -> Headers:
    """A client's fields without hop-by-hop ones and claims of identity, with ours; names are lower case (h11)."""
    given = list(headers)
    dropped = _HOP_BY_HOP | _CLAIMS | _named_in_connection(given)
    ours = [(b"host", host), (b"authorization", b"Bearer " + token)]
    if any(name == b"transfer-encoding" for name, _ in given):
        # Both framings at once are how requests are smuggled; chunks are what we read, so chunks are what we send.
        ours.append((b"transfer-encoding", b"chunked"))
        dropped |= {b"content-length"}
    return ours + [(name, value) for name, value in given if name not in dropped and not name.startswith(_CLAIMED_PREFIX)]


def towards_client(headers: Iterable[tuple[bytes, bytes]]) -> Headers:
    """The hub's fields without hop-by-hop ones; h11 frames the body anew."""
    given = list(headers)
    dropped = _HOP_BY_HOP | _named_in_connection(given)
    return [(name, value) for name, value in given if name not in dropped]


def _named_in_connection(headers: Headers) -> frozenset[bytes]:
    values = [value for name, value in headers if name == b"connection"]
    # Content-Length frames the message: a client cannot have it dropped by naming it.
    return frozenset(part.strip().lower() for value in values for part in value.split(b",")) - {b"content-length"}
