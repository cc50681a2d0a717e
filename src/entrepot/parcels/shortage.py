"""What short parcels lack, in words: "LAMP × 2, SHADE × 5"."""

from collections.abc import Mapping

from entrepot.core import sql
from entrepot.core.report import Outcome, Refusal
from entrepot.inventory.allocate import lacking
from entrepot.parcels import lines


def words_of(organization_id: int, missing: Mapping[int, Mapping[int, int]]) -> dict[int, str]:
    """Parcel -> its missing SKUs and pieces as people write them."""
    skus = sorted({sku for short in missing.values() for sku in short})
    codes: dict[int, str] = {}
    if skus:
        query = "SELECT id, code FROM catalog_sku WHERE organization_id = %s AND id = ANY(%s)"
        codes = dict(sql.rows(query, [organization_id, skus]))
    return {
        i: ", ".join(f"{codes[sku]} × {pieces}" for sku, pieces in sorted(short.items()))
        for i, short in missing.items()
    }


def explain(organization_id: int, answers: dict[int, Outcome]) -> None:
    """Says of the parcels answered as short what they lack now. One whose stock has come since lacks only the promise
    of it: it is not allocated. Nothing is read when none is short.
    """
    short = [i for i, answer in answers.items() if answer.refusal is Refusal.SHORT]
    if not short:
        return
    words = words_of(organization_id, lacking(organization_id, lines.demands_of(organization_id, short)))
    for i in short:
        if i in words:
            answers[i] = Outcome(i, lines.name_of(i), Refusal.SHORT, {"missing": words[i]})
        else:
            answers[i] = Outcome(i, lines.name_of(i), Refusal.NOT_ALLOCATED)
