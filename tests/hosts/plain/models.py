"""The events of the plain calendar, as small as such a model gets."""

import uuid

from django.conf import settings
from django.db import models


class Event(models.Model):
    uid = models.UUIDField(default=uuid.uuid4, unique=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="plain_events")
    title = models.CharField(max_length=500)
    notes = models.TextField(blank=True)
    place = models.CharField(max_length=500, blank=True)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    guests = models.TextField(blank=True, help_text="one address a line")
    sequence = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.title


class StoredObject(models.Model):
    """What a CalDAV client put, byte for byte."""

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="plain_objects")
    name = models.CharField(max_length=255)
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "name"], name="plain_object_once")]

    def __str__(self) -> str:
        return self.name
