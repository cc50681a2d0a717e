"""The marketplace's rules as data. Start with the defaults; add a clock, a limit or a penalty only with its source."""

from entrepot.marketplaces.policy import Policy

POLICY = Policy(
    name="template",  # the folder's name, the entry point's name and `Store.marketplace`: all the same
    handling_hours=48,  # from payment to shipping, where an order brings no instant of its own
)
