"""The host's event, as plain as such a model gets."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class Event(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE)
    title = models.CharField(max_length=500)
    notes = models.TextField(blank=True)
    place = models.CharField(max_length=500, blank=True)
    starts_at = models.DateTimeField()
    guests = models.TextField(blank=True)

    class Meta:
        app_label = "bench"

    def __str__(self) -> str:
        return self.title
