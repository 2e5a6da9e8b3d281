"""Three small middlewares: the content security policy, one language for each page, and the user's own time zone."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers

from demo.zones import zone

# The ALTCHA widget runs its proof of work in a blob worker and adds one <style>, named here by its hash.
POLICY = (
    "default-src 'self'; worker-src 'self' blob:; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'; "
    "style-src 'self' 'sha256-pg+oQARqMq4wCazyrsMt8HY89BJkXkEFkwNWxg2iPdg='"
)
Answer = Callable[[HttpRequest], HttpResponse]


def content_security_policy(get_response: Answer) -> Answer:
    """Nothing from elsewhere, nothing inline."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        return response

    return middleware


GUARD = "/guard/"  # CalGuard's own pages, which are in the visitor's language from head to foot


def one_language(get_response: Answer) -> Answer:
    """Almanac is English, with every word that CalGuard and Django say in it; so no page is in two languages."""

    def middleware(request: HttpRequest) -> HttpResponse:
        spoken = request.path_info.startswith(GUARD)
        language = translation.get_language_from_request(request) if spoken else settings.LANGUAGE_CODE
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = get_response(request)
        response.headers.setdefault("Content-Language", language)
        if spoken:
            patch_vary_headers(response, ("Accept-Language",))
        return response

    return middleware


def own_time_zone(get_response: Answer) -> Answer:
    """Times are shown in the zone of whoever is looking."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            with timezone.override(zone(request.user.time_zone)):
                return get_response(request)
        return get_response(request)

    return middleware
