"""Every page of Almanac, the admin, and CalGuard's own pages."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path
from django.views.generic import RedirectView

from demo.views import accounts, calendar, events, imports, inbox, mail, site

admin.site.site_header = admin.site.site_title = "Almanac staff"

urlpatterns = [
    path("", site.landing, name="landing"),
    path("favicon.ico", RedirectView.as_view(url="/static/demo/logo.svg")),
    path("health", site.health, name="health"),
    path("signup/", accounts.sign_up, name="signup"),
    path("verify/<str:token>/", accounts.verify, name="verify"),
    path("verify/", accounts.verify_again, name="verify-again"),
    path("login/", accounts.Login.as_view(), name="login"),
    path("logout/", accounts.Logout.as_view(), name="logout"),
    path("password/", accounts.PasswordChange.as_view(), name="password"),
    path("password/reset/", accounts.PasswordReset.as_view(), name="password-reset"),
    path("password/reset/<uidb64>/<token>/", accounts.PasswordResetConfirm.as_view(), name="password_reset_confirm"),
    path("account/", accounts.account, name="account"),
    path("calendar/", calendar.month, name="month"),
    path("calendar/<int:year>/<int:month>/", calendar.month, name="month"),
    path("list/", calendar.agenda, name="list"),
    path("events/new/", events.create, name="event-new"),
    path("events/<uuid:pk>/", events.detail, name="event"),
    path("events/<uuid:pk>/edit/", events.edit, name="event-edit"),
    path("events/<uuid:pk>/cancel/", events.cancel, name="event-cancel"),
    path("events/<uuid:pk>/send/", events.send, name="event-send"),
    path("events/<uuid:pk>/event.ics", events.download, name="event-ics"),
    path("import/", imports.upload, name="import"),
    path("import/<uuid:pk>/", imports.preview, name="import-preview"),
    path("inbox/", inbox.listing, name="inbox"),
    path("inbox/<int:pk>/", inbox.answer, name="inbox-answer"),
    path("mail/", mail.listing, name="mail"),
    path("mail/<str:name>/", mail.detail, name="mail-detail"),
    path("guard/", include("calguard.urls")),
    path("admin/", admin.site.urls),
    path("static/<path:path>", serve, {"insecure": True}),  # `insecure` only means: also without DEBUG
]

handler404 = "demo.views.site.not_found"
handler500 = "demo.views.site.broken"
