"""AliExpress's rules as far as its own material tells them."""

from entrepot.marketplaces.policy import OURS, ClockName, Policy, clock

POLICY = Policy(name="aliexpress", clocks=(clock(ClockName.SHIP_BY, 72, source=OURS),))
