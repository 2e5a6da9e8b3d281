"""A host with an admin site of its own, where CalGuard's pages are registered by hand."""

from django.contrib.admin import AdminSite
from django.urls import path

from calguard import admin as calguard_admin

site = AdminSite(name="backoffice")
calguard_admin.register(site)

urlpatterns = [path("backoffice/", site.urls)]
