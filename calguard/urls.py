"""CalGuard's own pages, to be included anywhere: `path("calguard/", include("calguard.urls"))`."""

from django.urls import path

from calguard import views

app_name = "calguard"
urlpatterns = [
    path("challenge/<str:signed>/", views.challenge_question, name="challenge"),
    path("explain/<str:code>/", views.explain, name="explain"),
    path("appeal/<str:code>/", views.appeal, name="appeal"),
    path("secure/<str:signed>/", views.secure, name="secure"),
]
