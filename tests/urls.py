"""Addresses of the test host: the admin, CalGuard's own pages, and a calendar that knows nothing of CalGuard."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("calguard/", include("calguard.urls")),
    path("calendar/", include("tests.hosts.plain.urls")),
]
