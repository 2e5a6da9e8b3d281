"""The same lure and the same dentist in twelve languages (R46)."""

# ruff: noqa: E501  sentences as people write them

from __future__ import annotations

import pytest

from calguard.engine.types import Verdict
from tests.detectors.making import event, verdict_of

# Per language: a lure in a company's name, and an innocent twin with price, payment method and telephone number.
TEXTS = {
    "en": (
        "PayPal: your subscription has been renewed for $499.99. Call +1 (805) 302-8040 immediately to cancel",
        "Dental check-up. The fee is $120, payable by PayPal or card. To cancel, call (555) 010-4477 at least 24 hours before.",
    ),
    "de": (
        "PayPal: Ihr Abonnement wurde automatisch verlängert, 499,99 EUR wurden abgebucht. Rufen Sie sofort +49 30 901820 an, um zu stornieren",
        "Zahnarzttermin. Kosten 120 €, zahlbar per PayPal oder Karte. Absage bitte 24 Stunden vorher unter 030 901820.",
    ),
    "fr": (
        "PayPal : votre abonnement a été renouvelé, 499,99 € ont été débités. Appelez immédiatement le +33 1 42 68 53 00 pour annuler",
        "Rendez-vous dentiste. Tarif 120 €, paiement par PayPal ou carte. Pour annuler, appelez le 01 42 68 53 00 la veille.",
    ),
    "es": (
        "PayPal: su suscripción ha sido renovada, se han cargado 499,99 € en su cuenta. Llame de inmediato al +34 912 345 678 para cancelar",
        "Cita con el dentista. Precio 120 €, aceptamos PayPal y efectivo. Para cancelar llame al 912 345 678 con un día de antelación.",
    ),
    "pt": (
        "PayPal: sua assinatura foi renovada, R$ 2.499,00 foram debitados. Ligue imediatamente para +55 11 3003 1234 para cancelar",
        "Consulta no dentista. Valor R$ 250, aceitamos PayPal e cartão. Para cancelar ligue para 11 3003 1234 com um dia de antecedência.",
    ),
    "it": (
        "PayPal: il tuo abbonamento è stato rinnovato, 499,99 € sono stati addebitati. Chiama subito il +39 06 6982 1234 per annullare",
        "Visita dal dentista. Costo 120 €, pagamento con PayPal o contanti. Per annullare chiamare lo 06 6982 1234 il giorno prima.",
    ),
    "nl": (
        "PayPal: uw abonnement is automatisch verlengd, € 499,99 is afgeschreven. Bel onmiddellijk +31 20 794 0800 om te annuleren",
        "Afspraak bij de tandarts. Kosten € 120, betalen met PayPal of pin. Annuleren kan tot een dag van tevoren op 020 794 0800.",
    ),
    "ja": (
        "PayPal：お客様のサブスクリプションが自動更新されました。49,800円のお支払いが完了しました。キャンセルは至急お電話 +81 3-6743-5000 まで",
        "歯科検診のご予約。料金は5,000円、PayPalも使えます。変更は前日までに03-6743-5000へ。",
    ),
    "zh": (
        "PayPal：您的会员已自动续费，已从您的账户扣款 3,499 元。如非本人操作，请立即致电 +86 10 8888 6666 取消",
        "牙科检查预约。费用 300 元，可用微信支付或支付宝。如需改期请提前一天致电 010 8888 6666。",
    ),
    "ar": (
        "PayPal: تم تجديد اشتراكك وتم خصم 499 دولار من حسابك. اتصل فورا على +971 4 123 4567 لإلغاء العملية",
        "موعد فحص الأسنان. السعر 120 دولار، نقبل PayPal أو نقدا. للتأجيل اتصل على +971 4 123 4567 قبل يوم.",
    ),
    "ru": (
        "PayPal: ваша подписка автоматически продлена, с вашей карты списано 39 990 рублей. Срочно позвоните +7 495 123-45-67 для отмены",
        "Приём у стоматолога. Стоимость 3000 рублей, оплата картой или наличными. Перенести приём можно по телефону +7 495 123-45-67 за день.",
    ),
    "hi": (
        "PayPal: आपकी सदस्यता का नवीनीकरण हो गया है, आपके खाते से ₹39,999 काट लिए गए हैं। रद्द करने के लिए तुरंत कॉल करें +91 22 6789 1234",
        "दंत चिकित्सक से अपॉइंटमेंट। शुल्क ₹500, PayPal या नकद स्वीकार। समय बदलने के लिए एक दिन पहले +91 22 6789 1234 पर कॉल करें।",
    ),
}


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("who", ["new", "trial", "established"])
@pytest.mark.parametrize("language", list(TEXTS))
def test_a_lure_is_held_in_every_language(language: str, who: str) -> None:
    lure, _ = TEXTS[language]
    assert verdict_of(event(lure), who).verdict >= Verdict.HOLD
    assert verdict_of(event("…", description=lure), who).verdict >= Verdict.HOLD


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("who", ["new", "trial", "established"])
@pytest.mark.parametrize("language", list(TEXTS))
def test_the_dentist_is_allowed_in_every_language(language: str, who: str) -> None:
    _, dentist = TEXTS[language]
    assert verdict_of(event(dentist), who).verdict is Verdict.ALLOW
    assert verdict_of(event("…", description=dentist), who).verdict is Verdict.ALLOW


HOLIDAYS = [
    "Christi Himmelfahrt", "Fête du Travail", "Día de la Hispanidad", "Proclamação da República", "Ferragosto",
    "Koningsdag", "憲法記念日", "春节", "عيد الفطر", "День защитника Отечества", "दीपावली", "Slutningen av sommaren",
    "Coliseum tour", "Ambient night", "Prisma festival", "Vergissmeinnicht-Fest", "Día de los Muertos", "Carnaval",
]  # fmt: skip


@pytest.mark.requirement("R46")
@pytest.mark.parametrize("title", HOLIDAYS)
def test_no_word_of_one_language_is_found_inside_a_word_of_another(title: str) -> None:
    judged = verdict_of(event(title, description=f"{title}: +1 415 555 0132, https://www.museum.example"))
    assert judged.verdict is Verdict.ALLOW
    assert not judged.signals
