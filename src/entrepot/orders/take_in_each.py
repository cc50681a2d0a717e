"""Take in each: the orders of a page that could not be taken in together, one by one. Whichever is to blame stops no other."""

import logging
from collections.abc import Sequence
from dataclasses import replace

from django.db import DataError, IntegrityError, transaction

from entrepot.connections.stores import StoreFacts
from entrepot.core.batch import Work
from entrepot.marketplaces.contract import OrderDraft, Unreadable
from entrepot.orders import ingest
from entrepot.orders.take_in import take_in
from entrepot.orders.tally import Tally

log = logging.getLogger("entrepot.take_in")
ODD = (DataError, IntegrityError, TypeError, ValueError, ArithmeticError, LookupError)
"""What a value that nobody foresaw raises. A database that is busy or away is no fault of an order."""


def take_in_each(work: Work, store: StoreFacts, drafts: Sequence[OrderDraft], tally: Tally) -> list[Unreadable]:
    """Takes in what can be and returns the rest with the reason. Each order costs the statements of a page."""
    odd = []
    for draft in drafts:
        own = Tally()
        try:
            with transaction.atomic():
                # What an order that is rolled back has counted goes with it.
                take_in(replace(work, counted={}), store, [draft], ingest.Listings(store.id), own)
        except ODD as problem:
            log.exception("store %s: order %r cannot be stored", store.id, draft.external_id)
            said = str(problem).partition("\n")[0]
            odd.append(Unreadable(draft.external_id, f"{type(problem).__name__}: {said}", {"order": list(draft.raw)}))
        else:
            tally.add(own)
    return odd
