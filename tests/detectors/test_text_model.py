"""What the trained model says of ordinary texts, of abuse, and of abuse with something around it."""

from __future__ import annotations

import pytest

from calguard.engine.textmodel import BANDS, shipped, worst_passage
from calguard.engine.types import Verdict
from tests.detectors.making import attempt, codes, event, verdict_of

ZOOM = (
    "Topic: weekly call\nJoin Zoom Meeting\nhttps://us02web.zoom.us/j/84539221?pwd=a8f7d6s5a4f3d2s1q9w8e7r6\n"
    "Meeting ID: 845 3922 1847\nPasscode: 482913\nOne tap mobile +13017158592,,84539221847#\nFind your local number"
)
AGENDA = (
    "1. Minutes of the last meeting\n2. Report of the treasurer\n3. Repairs to the roof of the boat house, with two "
    "offers\n4. Summer regatta: who brings the benches, who the cake\n5. Any other business"
)
BENIGN = " ".join(
    f"On the {number}th day the children walk to the lake, draw a heron and write down what the wind does to the reeds."
    for number in range(100)
)
SALT = "qxv7 hhzt pplo 99123 ytrw mmkq"
LURES = {
    "prize": (
        "You have been chosen to win a new phone",
        (
            "Congratulations! Answer a short survey today and claim your exclusive free reward before it expires. "
            "Click here to confirm your delivery address: http://prize-desk.example/r"
        ),
    ),
    "mailbox": (
        "Your mailbox storage is full",
        (
            "Dear user, your mailbox has reached its limit and incoming messages are being rejected. Verify your "
            "account within 24 hours to avoid deactivation. Verify now: http://mail-room.example/v"
        ),
    ),
    "geschenk": (
        "Ihr Gutschein wartet auf Sie",
        (
            "Herzlichen Glückwunsch! Sie wurden ausgewählt. Nehmen Sie jetzt an unserer kurzen Umfrage teil und "
            "sichern Sie sich Ihren kostenlosen Gutschein, nur noch heute: http://umfrage-preis.example/g"
        ),
    ),
    "prêmio": (
        "Seus pontos expiram hoje",
        (
            "Prezado cliente, você possui pontos acumulados que expiram hoje. Clique aqui para resgatar agora os seus "
            "prêmios e evitar a perda: http://pontos-clube.example/r"
        ),
    ),
}
INNOCENT = [
    ("Team lunch", "Pizza at the corner. Tell me what you want by eleven."),
    ("Weekly call", ZOOM),
    ("General meeting of the rowing club", AGENDA),
    ("Hochzeit von Lena und Jonas", "Wir feiern im Garten. Bitte sagt bis Ende Mai Bescheid, ob ihr kommt."),
    ("Rendez-vous chez le dentiste", "Merci d'arriver dix minutes en avance et d'apporter votre carte."),
    ("Reunión de padres", "Hablaremos de la excursión y del comedor. Traed el formulario firmado."),
    ("Aula de piano", "A aula custa 40 € e pode ser paga no fim do mês. Até quinta!"),
    ("Вечер настольных игр", "Приносите свои игры и что-нибудь к чаю."),
    ("読書会", "今月の本は短編集です。お茶を用意します。"),
    ("योग कक्षा", "अपनी चटाई साथ लाएँ। कक्षा शाम छह बजे शुरू होगी।"),
    ("حفل تخرج ليلى", "نلتقي في الحديقة بعد العصر. أحضروا معكم الكعك."),
    ("Your table is booked", "Thank you for your reservation for four people. If you are late, please call us."),
    ("Order confirmation", "Thank you for your order. We will tell you when your parcel leaves our warehouse."),
    (
        "Newsletter of the library",
        "New books, a reading for children and our opening hours in July. Unsubscribe below.",
    ),
]


@pytest.mark.parametrize(("summary", "description"), INNOCENT, ids=[summary for summary, _ in INNOCENT])
def test_ordinary_texts_are_at_most_hinted_at(summary: str, description: str) -> None:
    made = event(summary, description=description)
    assert codes("text_model", attempt(made)) <= {"hint"}
    assert verdict_of(made, "established").verdict <= Verdict.OBSERVE
    assert verdict_of(made).verdict <= Verdict.OBSERVE


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("name", LURES)
def test_abuse_is_named_with_its_words(name: str) -> None:
    summary, description = LURES[name]
    made = attempt(event(summary, description=description))
    from calguard.detectors.text_model import text_model

    (signal,) = text_model(made)
    assert signal.code in ("likely", "certain")
    assert "“" in signal.reason
    assert signal.quote
    text = next(text for text in made.content.texts if text.field == signal.field)
    assert text.value[signal.start : signal.end] == signal.quote


@pytest.mark.requirement("R49")
@pytest.mark.parametrize("name", LURES)
@pytest.mark.parametrize("around", [ZOOM, AGENDA, BENIGN, SALT], ids=["conference", "agenda", "2000 words", "salt"])
def test_nothing_around_a_lure_lowers_its_verdict(name: str, around: str) -> None:
    summary, description = LURES[name]
    alone = event(summary, description=description)
    model = shipped()
    band = BANDS.index(model.band(worst_passage(alone, model).score) or "hint")
    for text in (f"{description}\n{around}", f"{around}\n{description}", f"{around}\n{description}\n{around}"):
        padded = event(summary, description=text)
        assert BANDS.index(model.band(worst_passage(padded, model).score) or "hint") <= band
        for who in ("new", "trial", "established"):
            assert verdict_of(padded, who).verdict >= verdict_of(alone, who).verdict


@pytest.mark.parametrize("name", LURES)
def test_alone_it_holds_no_established_sender(name: str) -> None:
    """Judged by this detector only, whatever it thinks."""
    from calguard.engine.judge import judge
    from calguard.engine.policy import Policy
    from calguard.engine.registry import detectors

    panel = [entry for entry in detectors() if entry.name == "text_model"]
    made = event(*LURES[name][:1], description=LURES[name][1])
    assert judge(attempt(made, "established"), Policy.shipped(), panel).verdict <= Verdict.OBSERVE
    assert judge(attempt(made, "trial"), Policy.shipped(), panel).verdict <= Verdict.HOLD


def test_an_operators_own_model_takes_the_place_of_the_shipped_one() -> None:
    from dataclasses import replace

    made = attempt(event("Team lunch", description="Pizza at the corner, see http://pizza.example/menu"))
    fierce = replace(shipped(), bands={"certain": -99.0, "likely": -99.0, "hint": -99.0}, version="own")
    assert codes("text_model", made) == set()
    assert codes("text_model", replace(made, text_model=fierce)) == {"certain"}


@pytest.mark.requirement("R25")
def test_what_leads_nowhere_needs_more() -> None:
    """Whoever teaches others to see fraud says what it says, and sends nobody anywhere."""
    from dataclasses import replace

    def band(text: str) -> set[str]:
        made = attempt(event("Training", description=text))
        score = shipped().score((part.field, part.folded) for part in made.content.texts)
        bands = {"certain": score - 0.5, "likely": score - 20.0, "hint": score - 30.0}
        return codes("text_model", replace(made, text_model=replace(shipped(), bands=bands, version=text)))

    told = "Your account was blocked, your parcel waits: what do such mails have in common? Bring your own"
    assert band(told) == {"likely"}
    for more in ("http://corner.example/x", "Click here.", "Call +1 805 302 8040", "Text WIN to 60061"):
        assert band(f"{told} {more}") == {"certain"}
