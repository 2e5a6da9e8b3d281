"""A host that forgot to include our pages."""

from typing import Any

urlpatterns: list[Any] = []
