"""CalGuard's own pages, to be included anywhere: `path("calguard/", include("calguard.urls"))`."""

from django.urls import path

from calguard import views
from calguard.incidents import views as incidents
from calguard.statements import views as statements

app_name = "calguard"
urlpatterns = [
    path("account/", statements.account, name="account"),
    path("statement/<str:code>/", statements.statement, name="statement"),
    path("objection/<str:signed>/", statements.objection, name="objection"),
    path("challenge/<str:signed>/", views.challenge_question, name="challenge"),
    path("explain/<str:code>/", views.explain, name="explain"),
    path("appeal/<str:code>/", views.appeal, name="appeal"),
    path("send/<str:code>/", views.send, name="send"),
    path("arrival/<str:code>/", views.arrival, name="arrival"),
    path("secure/<str:signed>/", incidents.secure, name="secure"),
    path("mine/<str:signed>/", incidents.mine, name="mine"),
    path("contest/<str:signed>/", incidents.contest, name="contest"),
    path("incident/", incidents.incident, name="incident"),
]
