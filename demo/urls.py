"""Every page of Almanac, the admin, and CalGuard's own pages."""

from django.contrib import admin
from django.contrib.staticfiles.views import serve
from django.urls import include, path
from django.views.generic import RedirectView

from demo.views import access, accounts, api, booking, calendar, dav, events, imports, inbox, mail, shares, site

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
    path("account/access/", access.access, name="access"),
    path("account/access/keys/<int:pk>/end/", access.end_key, name="key-end"),
    path("account/booking/", booking.settings, name="booking"),
    path("book/<str:key>/", booking.book, name="book"),
    path("shares/", shares.listing, name="shares"),
    path("shares/<int:pk>/", shares.calendar, name="share"),
    path("shares/<int:pk>/accept/", shares.accept, name="share-accept"),
    path("shares/<int:pk>/end/", shares.end, name="share-end"),
    path("mail/", mail.listing, name="mail"),
    path("mail/<str:name>/", mail.detail, name="mail-detail"),
    path("api/events/", api.events, name="api-events"),
    path("api/events/<uuid:pk>/", api.event, name="api-event"),
    path("api/events/<uuid:pk>/send/", api.sendings, name="api-send"),
    path("api/inbox/", api.invitations, name="api-inbox"),
    path("api/inbox/<int:pk>/", api.invitation, name="api-answer"),
    path(".well-known/caldav", dav.well_known),
    path("dav/", dav.root, name="dav-root"),
    path("dav/principals/<int:pk>/", dav.principal, name="dav-principal"),
    path("dav/calendars/<int:pk>/", dav.home, name="dav-home"),
    path("dav/calendars/<int:pk>/main/", dav.calendar, name="dav-calendar"),
    path("dav/calendars/<int:pk>/main/<str:name>", dav.entry, name="dav-entry"),
    path("guard/", include("calguard.urls")),
    path("admin/", admin.site.urls),
    path("static/<path:path>", serve, {"insecure": True}),  # `insecure` only means: also without DEBUG
]

handler404 = "demo.views.site.not_found"
handler500 = "demo.views.site.broken"
