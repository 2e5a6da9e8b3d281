"""The front page, the health check, and the pages for what went wrong."""

from __future__ import annotations

from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render


def landing(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("month")
    return render(request, "demo/landing.html")


def health(request: HttpRequest) -> JsonResponse:
    """200 as soon as pages and database answer."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return render(
        request, "demo/problem.html", {"title": "There is nothing here", "text": "The page may have moved."}, status=404
    )


def broken(request: HttpRequest) -> HttpResponse:
    return render(
        request,
        "demo/problem.html",
        {"title": "That did not work", "text": "It is our fault, and it is in the log."},
        status=500,
    )
