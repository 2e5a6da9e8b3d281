"""The plainest wordings of the known frauds, in the title, by an account that is ten days old."""

from __future__ import annotations

import pytest

from calguard import guard
from calguard.guard import Verdict
from tests.guard.events import invitation

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.requirement("R25")]


def verdict(person, title):
    user = person("x@free.example", days=10)
    escaped = title.replace(";", "\\;").replace(",", "\\,")
    return guard.check(user, invitation(organizer="x@free.example", name="X", summary=escaped)).verdict


@pytest.mark.parametrize(
    "title",
    [
        "Your bitcoin payout of 1.3 BTC is ready, withdraw now https://docs.google.com/forms/d/e/1FAI/viewform",
        "You have received 0.75 BTC, claim your funds https://claim.example",
        "Your mining cloud balance of $12,400 is ready for withdrawal https://drawings.example/x",
        "Elon Musk crypto giveaway, register at https://musk.example",
        "Your Netflix membership is suspended, update payment https://nflx.example/pay",
        "Ihre Rechnung über 399,99 € wurde bezahlt. Zum Stornieren rufen Sie 030 1234567 an",
        "Ihr Postfach ist voll. Jetzt bestätigen: https://mail-pruefung.example/x",
        "Ihre Sparkasse: TAN-Verfahren läuft ab, jetzt aktualisieren https://spk.example/tan",
        "Steuererstattung 412,30 EUR: Daten bestätigen https://elster.example/x",
        "Ha recibido 0,75 BTC. Retire sus fondos https://btc.example/r",
        "Vous avez reçu 0,75 BTC. Retirez vos fonds https://btc.example/r",
        "Votre abonnement Norton a été renouvelé pour 299,99 EUR. Pour annuler appelez le 01 23 45 67 89",
    ],
)
def test_is_held(person, title):
    assert verdict(person, title) >= Verdict.HOLD


@pytest.mark.parametrize(
    "title",
    [
        "Shared document: payroll final notice. Review and sign: https://secure-docs.example.org/view",
        'HR has shared "Salary increase 2026". Open: https://forms.gle/abc',
        "DocuSign: please review and sign your document https://sign-doc.example/d",
        "New voicemail from +1 805 302 8040. Listen: https://vm.example/l",
        "Dokument wartet auf Ihre Unterschrift https://doc.example/u",
        "Documento pendiente de firma: https://doc.example/f",
        "Document en attente de signature: https://doc.example/s",
    ],
)
def test_is_asked_first(person, title):
    assert verdict(person, title) >= Verdict.CHALLENGE


@pytest.mark.parametrize(
    "title",
    [
        "Bitcoin meetup: how wallets work https://meetup.example/btc",
        "HR: salary review with Anna",
        "Sign the contract at the notary, bring your passport",
        "Payroll run March",
        "Docusign training for the office https://ourfirm.example/training",
        "Vertrag unterschreiben beim Notar, Tel. 030 1234567",
        "Rechnung bezahlen nicht vergessen",
        "Steuererklärung mit Steuerberater",
        "Online-Banking Einführung für Senioren, Volkshochschule",
        "Firma del contrato con el notario",
        "Signature du bail chez le notaire, 01 23 45 67 89",
        "Réunion du 01 12 26 10 30",
        "Renovar la suscripción del gimnasio",
    ],
)
def test_innocent_titles_pass(person, title):
    assert verdict(person, title) <= Verdict.OBSERVE


def test_a_lecture_in_the_words_of_adverts_is_asked_about_at_most(person):
    """The model of words knows these from coin adverts; a new account's may be asked, and no others are."""
    title = "Lecture: mining, proof of work and the price of ETH https://uni.example/talk"
    assert verdict(person, title) <= Verdict.CHALLENGE
    ada = person("ada@uni.example", days=400)
    assert guard.check(ada, invitation(summary=title, organizer="ada@uni.example")).verdict <= Verdict.OBSERVE
