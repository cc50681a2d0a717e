"""The WSGI door. The URLconf is imported at start, so that the first request does not pay for it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "entrepot.settings")
application = get_wsgi_application()

import entrepot.urls  # noqa: E402, F401
from entrepot.core import memory  # noqa: E402

memory.settle()
