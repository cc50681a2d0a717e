"""The sandbox plays marketplaces over real HTTP, in their own wire formats, in a process of its own.

It imports nothing of the house: connector and twin read the same public documentation, and may disagree.
Start it with `python -m entrepot.sandbox --home DIR --port N [--seed S]`; drive it with the control API (`control.py`).

The core, for whoever writes a twin (see `twin.py` for how to add one):

- `world.store`    orders and other documents in one SQLite file (`store.py`). A request runs in one transaction that is
                   committed before the answer leaves, so a kill -9 loses nothing that was answered.
- `world.now_ms`   the virtual clock in milliseconds since 1970 UTC; `world.signing_ms` is the clock that signatures are
                   compared with. While a due event is played, `now_ms` is the instant it was due.
- `world.tokens`   codes, access and refresh tokens with lifetimes and single use (`tokens.py`).
- `world.apps`     `world.apps[marketplace]` is our registration: `.key`, `.secret`.
- `exchange`       one request: `.request` (werkzeug), `.operation`, `.faults` (what was drawn for it), `.token(text)`.
- `world.page(…)`  a page of orders by update or creation time with an opaque keyset token; plays duplicate and endless
                   pages, moving orders and stale lists by itself. `world.read(exchange, order)` plays stale reads.
- `world.hooks`    `queue(…, sign=…)` sends a webhook, signed by the twin; duplicates, losses and bad signatures are
                   played here.
- `world.refuse(order)` counts a write that was refused, for the ledger.

Transport faults (throttle, 500 before and after the commit, dropped and hanging connections, 200-that-is-an-error) are
played by the server with the twin's `trouble()` shapes; the twin itself plays `ENUM_DRIFT` and `PARTIAL_BATCH`, since only
it knows what those look like in its answers.
"""
