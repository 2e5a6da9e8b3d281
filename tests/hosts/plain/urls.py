"""Addresses of the plain calendar."""

from django.urls import path

from tests.hosts.plain import views

app_name = "plain"
urlpatterns = [
    path("events/", views.create, name="create"),
    path("events/<int:pk>/", views.update, name="update"),
    path("events/<int:pk>/cancel/", views.cancel, name="cancel"),
    path("dav/<str:name>", views.put, name="put"),
]
