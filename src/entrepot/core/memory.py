"""How Python collects its garbage in a process that lives long and handles orders by the hundred."""

import gc


def settle() -> None:
    """Call it once the code is loaded: what is loaded stays, so the collector need not walk it again.

    A batch makes tens of thousands of small values and drops them all; looking for cycles every 700 of them cost it
    3 % of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
