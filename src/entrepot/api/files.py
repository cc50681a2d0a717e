"""GET /files/{id}: what a batch made, e.g. the PDF of labels."""

from django.http import FileResponse, HttpRequest
from ninja import Path, Router

from entrepot.api.auth import actor_of
from entrepot.api.fields import Id
from entrepot.api.problems import Problem, errors, not_found
from entrepot.core import files
from entrepot.core.permissions import Permission
from entrepot.core.scope import organization_scope

router = Router(tags=["files"])
_PDF = {"description": "The file", "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}


@router.get(
    "/files/{id}",
    response=errors(404),
    openapi_extra={"responses": {200: _PDF}},
    summary="Download a file of your organization",
)
def get_file(request: HttpRequest, id: Path[Id]) -> FileResponse:
    """It takes the permission of what made it: `print` for labels and lists, `import` for uploaded order files."""
    actor = actor_of(request, Permission.VIEW)
    with organization_scope(actor.organization_id):
        found = files.fetch(actor, id)
    if found is None:
        raise not_found("file")
    if not found.path.exists():
        raise Problem(404, "file_gone", "The file is no longer kept here. Print it again.")
    return FileResponse(found.path.open("rb"), as_attachment=True, filename=found.name, content_type=found.content_type)
