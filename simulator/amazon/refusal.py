"""What Amazon will not do with an order, however often it is asked."""

from __future__ import annotations

# ResultMessageCode of a feed's report. The first three are Amazon's; OTHER stands in for all that it does not publish.
SCHEMA = "5000"
TOO_MANY = "18021"
NO_ORDER = "18028"
OTHER = "18000"


class Refusal(Exception):
    """A permanent refusal: `message` for both ways of asking, `code` for a feed's report. It changes nothing."""

    def __init__(self, message: str, *, code: str = OTHER) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
