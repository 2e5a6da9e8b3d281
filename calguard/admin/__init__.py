"""The review queue in Django's admin; `register` puts it on an admin site of the host's own."""

from __future__ import annotations

from django.contrib import admin

from calguard.admin.campaigns import CampaignAdmin
from calguard.admin.copies import CopyAdmin
from calguard.admin.queue import CaseAdmin
from calguard.admin.records import RECORDS
from calguard.campaigns.models import Campaign
from calguard.models import Case
from outbound.models import Delivery


def register(site: admin.AdminSite) -> None:
    """Put the queue and its records on a site. The default site has them already."""
    site.register(Case, CaseAdmin)
    site.register(Campaign, CampaignAdmin)
    site.register(Delivery, CopyAdmin)
    for model, record in RECORDS.items():
        site.register(model, record)


register(admin.site)
