"""The pages that decisions of a simulation link to."""

from django.urls import include, path

urlpatterns = [path("calguard/", include("calguard.urls"))]
