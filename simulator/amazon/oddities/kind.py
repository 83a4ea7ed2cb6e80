"""What an oddity is: a change that makes an ordinary order one of the odd ones that Amazon can send."""

from __future__ import annotations

import random
from collections.abc import Callable

from domain.marketplace import Marketplace
from simulator.amazon.progress import Raw

# Changes a complete, consistent order in place, and leaves it complete and consistent unless that is its point. One
# that does not suit the order (a merchant's matter, an FBA order) leaves it as it is.
Oddity = Callable[[Raw, random.Random, Marketplace], None]
