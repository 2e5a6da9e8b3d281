"""The demo's window on outgoing mail: every message exactly as it was sent."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from demo import mailbox

PER_PAGE = 20


@login_required
def listing(request: HttpRequest) -> HttpResponse:
    page = Paginator(mailbox.names(), PER_PAGE).get_page(request.GET.get("page"))
    mails = [mail for mail in map(mailbox.load, page.object_list) if mail is not None]
    return render(request, "demo/mail.html", {"page": page, "mails": mails})


@login_required
def detail(request: HttpRequest, name: str) -> HttpResponse:
    mail = mailbox.load(name)
    if mail is None:
        raise Http404
    return render(request, "demo/mail_detail.html", {"mail": mail})
