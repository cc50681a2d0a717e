"""Whether this process can serve: it answers and so does its database."""

from django.http import HttpRequest, HttpResponse

from entrepot.core import sql


def health(request: HttpRequest) -> HttpResponse:
    sql.rows("SELECT 1")
    return HttpResponse("ok", content_type="text/plain")
