"""The list of all attacks."""

from tests.indicators.attacks.around import AROUND
from tests.indicators.attacks.rates import RATES
from tests.indicators.attacks.replay import REPLAY
from tests.indicators.attacks.tables import ALONE

ATTACKS = (*ALONE, *AROUND, *RATES, REPLAY)
