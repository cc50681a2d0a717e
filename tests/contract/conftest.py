"""What fails in the shared scenarios shows its values, as in a test module."""

import pytest

pytest.register_assert_rewrite("tests.contract.conformance", "tests.contract.playing")
