"""What tests of pages share: Alice's client, signed in."""

from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from tests.cast import ALICE, World

from entrepot.core.models import User


@pytest.fixture
def door(alice: World) -> Client:
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)  # whitenoise warns when it is not there
    client = Client()
    client.force_login(User.objects.get(email=ALICE), backend="django.contrib.auth.backends.ModelBackend")
    return client
