"""Importing an .ics file: look first, then decide."""

from __future__ import annotations

from typing import cast
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from demo import importing
from demo.forms import UploadForm
from demo.models import Upload, User
from demo.reading import UnreadableError, read


@login_required
def upload(request: HttpRequest) -> HttpResponse:
    user = cast("User", request.user)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        content = file.read()
        try:
            read(content)
        except UnreadableError as error:
            form.add_error("file", str(error))
        else:
            user.uploads.all().delete()  # an older preview that was never finished
            kept = Upload.objects.create(user=user, name=file.name[:200], content=content, uploaded_at=timezone.now())
            return redirect("import-preview", kept.pk)
    return render(request, "demo/import.html", {"form": form})


@login_required
def preview(request: HttpRequest, pk: UUID) -> HttpResponse:
    user = cast("User", request.user)
    kept = get_object_or_404(Upload, pk=pk, user=user)
    planned = importing.plan(read(bytes(kept.content)), user, timezone.now())
    if request.method == "POST":
        done = importing.bring_in(planned, request, invite=request.POST.get("send_invitations") == "on")
        kept.delete()
        _say(request, done)
        return redirect("list")
    context = {
        "upload": kept,
        "planned": planned,
        "inviting": [one for one in planned if one.may_invite],
        "guests": len({guest for one in planned if one.may_invite for guest in one.guests}),
        "useful": sum(not one.skipped for one in planned),
    }
    return render(request, "demo/import_preview.html", context)


def _say(request: HttpRequest, done: importing.Imported) -> None:
    text = f"{done.saved} imported"
    if done.skipped:
        text += f", {done.skipped} left out"
    if done.invited:
        text += f"; invitations for {done.invited} are on their way"
    messages.success(request, text + ".")
    if done.withheld:
        text = "were not sent for now. Open the event to see why, or your account page."
        messages.warning(request, f"Invitations for {done.withheld} {text}")
    if done.stopped:
        text = "Before more invitations go out we need to see that you are a person:"
        messages.warning(request, f"{text} open an event and choose “Send invitations”.")
