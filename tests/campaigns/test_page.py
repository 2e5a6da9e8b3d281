"""The page of a campaign: what staff see, and that nothing happens by looking, without permission or unasked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from calguard.campaigns.models import Campaign, CampaignOrder, Member
from calguard.models import Case
from outbound.models import Hold
from tests.admin.conftest import signed_in
from tests.campaigns.conftest import Service
from tests.campaigns.test_orders import BOTS, attack, decide
from tests.review import factories

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R22")]

LIST = "/admin/calguard/campaign/"


@pytest.fixture
def campaign(service: Service, now: datetime, clock: Any) -> Campaign:
    at = attack(service, now)
    clock.move_to(at)
    service.work(at)
    return Campaign.objects.get()


def page(client: Client, campaign: Campaign) -> str:
    answer = client.get(f"{LIST}{campaign.pk}/change/")
    assert answer.status_code == 200
    return answer.content.decode()


def test_members_growth_and_marks_are_shown(campaign: Campaign) -> None:
    lead = signed_in("anna", "view_case", "decide_case")
    seen = page(lead, campaign)
    for said in (
        "HELD",
        f"{BOTS}</strong>",
        "<polyline",
        "+493020934417",
        "Bot3",
        "Hold: a person looks first",
        "32 of 60",
    ):
        assert said in seen, said
    assert campaign.reference in lead.get(LIST).content.decode()
    case = Case.objects.get(state="open")
    of_case = lead.get(f"/admin/calguard/case/{case.pk}/change/").content.decode()
    assert f"{LIST}{campaign.pk}/change/" in of_case
    assert campaign.reference in lead.get("/admin/calguard/case/").content.decode()


def test_the_verdict_of_the_case_reaches_all(campaign: Campaign, service: Service, now: datetime) -> None:
    lead = signed_in("anna", "view_case", "decide_case")
    case = Case.objects.get(state="open")
    said = {"version": case.version, "outcome": "deny", "label": "spam", "reason": "one seller, many names"}
    assert lead.post(f"/admin/calguard/case/{case.pk}/decide/", said).status_code == 302
    service.work(now)
    order = CampaignOrder.objects.latest("pk")
    assert (order.outcome, order.state, order.done) == ("deny", "done", campaign.attempts)
    assert "one seller, many names" in page(lead, campaign)


def test_an_order_is_taken_back_by_a_confirmed_post_of_whoever_may(
    campaign: Campaign, service: Service, now: datetime
) -> None:
    order = CampaignOrder.objects.get()
    lift = f"{LIST}order/{order.pk}/lift/"
    viewer, lead = signed_in("vera", "view_case"), signed_in("anna", "view_case", "decide_case")
    assert lift not in page(viewer, campaign)
    assert lift in page(lead, campaign)
    assert viewer.post(lift, {"confirm": "yes"}).status_code == 403
    assert signed_in("nobody").post(lift, {"confirm": "yes"}).status_code in {302, 403}
    assert lead.get(lift).status_code == 405
    assert lead.post(lift).status_code == 400
    order.refresh_from_db()
    assert order.state == "done"
    assert lead.post(lift, {"confirm": "yes"}).status_code == 302
    service.work(now)
    order.refresh_from_db()
    assert order.state == "lifted"
    assert not Hold.objects.filter(owner=order.owner).exists()
    assert lead.post(f"{LIST}order/{order.pk}/stop/", {"confirm": "yes"}, follow=True).status_code == 200
    assert lead.post(f"{LIST}order/99999/stop/", {"confirm": "yes"}).status_code == 404


def test_who_may_only_deny_cannot_take_back_a_suspension(
    campaign: Campaign, service: Service, now: datetime, django_user_model: Any
) -> None:
    boss = django_user_model.objects.create_superuser("boss", "boss@desk.example", "long enough")
    order = decide(boss, "suspend", "spam", now)
    lead = signed_in("anna", "view_case", "decide_case")
    assert lead.post(f"{LIST}order/{order.pk}/stop/", {"confirm": "yes"}).status_code == 403
    order.refresh_from_db()
    assert order.state == "running"


def test_the_list_costs_the_same_however_many_belong_to_it(
    campaign: Campaign, django_assert_max_num_queries: Any
) -> None:
    lead = signed_in("anna", "view_case", "decide_case")
    with django_assert_max_num_queries(25):
        page(lead, campaign)


def test_who_belongs_to_it_has_no_say_in_what_is_done_to_it(
    campaign: Campaign, service: Service, now: datetime
) -> None:
    """A seller on the staff takes back what was ordered against their own accounts."""
    order = CampaignOrder.objects.get()
    account = Member.objects.filter(campaign=campaign).values_list("account", flat=True)[0]
    insider = get_user_model().objects.get(pk=account.rpartition(":")[2])
    insider.is_staff = True
    insider.save()
    insider.user_permissions.set(factories.make_user("norma", "view_case", "decide_case").user_permissions.all())
    client = Client()
    client.force_login(insider)
    assert "/lift/" not in page(client, campaign)
    for what in ("stop", "lift", "recall"):
        assert client.post(f"{LIST}order/{order.pk}/{what}/", {"confirm": "yes"}).status_code == 403
    order.refresh_from_db()
    assert order.state == "done"
    assert "/lift/" in page(signed_in("anna", "view_case", "decide_case"), campaign)
