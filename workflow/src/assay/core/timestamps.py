"""Times as they are written down: ISO 8601 in UTC."""

import time
from datetime import UTC, datetime


def iso(timestamp: float) -> str:
    """Return seconds since 1970 as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(timestamp, UTC).isoformat(timespec="milliseconds")


def iso_now() -> str:
    """Return the time of the wall clock."""
    return iso(time.time())
