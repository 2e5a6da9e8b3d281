"""Call-back lures in other sentences than the lists were made with."""

# ruff: noqa: E501  sentences as people write them

from __future__ import annotations

SAID_OTHERWISE: dict[str, tuple[str, ...]] = {
    "en": (
        "Your protection for the coming twelve months is paid, $312 was put on your card. Wrong? Ring 888-555-0143",
        "Somebody in Ohio logged into your bank. Speak to fraud prevention now: +1 888 555 0143",
        "Court papers for your unpaid toll are being prepared, settle today by phone +1 888 555 0143",
        "We hold a package for you at customs, the release fee is $3.20, WhatsApp +1 888 555 0143",
        "Your computer is sending viruses, do not switch it off, dial +1 888 555 0143",
        "Your rebate of $210 was granted, text the desk on +1 888 555 0143",
    ),
    "de": (
        "Ihr Schutz wurde um zwölf Monate erneuert und Ihre Kreditkarte mit 312 € belastet. Widerspruch: +49 30 901820",
        "Ein unbekanntes Gerät hat sich in Ihr Konto eingeloggt. Rufen Sie die Sicherheit an: +49 30 901820",
        "Ihre Mautschuld ist offen, das Gericht bereitet einen Haftbefehl vor. Telefon +49 30 901820",
        "Ihr Paket liegt beim Zoll fest, Gebühr 3,20 €, WhatsApp +49 30 901820",
        "Auf Ihrem Rechner ist ein Trojaner aktiv, wählen Sie +49 30 901820",
        "Ihre Steuererstattung ist bewilligt, Auszahlung unter +49 30 901820",
    ),
    "fr": (
        "Votre protection est renouvelée pour douze mois, 312 € débités de votre carte. Contestation : +33 1 42 68 53 00",
        "Un appareil inconnu s'est connecté à votre compte. Service fraude : +33 1 42 68 53 00",
        "Votre amende impayée part chez l'huissier, réglez au +33 1 42 68 53 00",
        "Votre colis est bloqué en douane, frais 3,20 €, WhatsApp +33 6 12 34 56 78",
        "Un virus a infecté votre ordinateur, appelez le +33 1 42 68 53 00",
        "Votre remboursement d'impôt est validé, appelez le +33 1 42 68 53 00",
    ),
    "es": (
        "Su protección se ha renovado doce meses y se cobraron 312 € de su tarjeta. Reclame al +34 912 345 678",
        "Un dispositivo desconocido accedió a su cuenta. Antifraude: +34 912 345 678",
        "Su multa impagada pasa al juzgado, pague por teléfono +34 912 345 678",
        "Su paquete está retenido en la aduana, tasa 3,20 €, WhatsApp +34 612 345 678",
        "Hay un virus en su ordenador, llame al +34 912 345 678",
        "Su devolución de impuestos está aprobada, llame al +34 912 345 678",
    ),
    "pt": (
        "Sua proteção foi renovada por doze meses, R$ 312 debitados do seu cartão. Contestação: +55 11 3003 1234",
        "Um dispositivo desconhecido acessou a sua conta. Antifraude: +55 11 3003 1234",
        "Sua multa vencida vai a protesto na justiça, pague pelo telefone +55 11 3003 1234",
        "Sua encomenda está retida na alfândega, taxa R$ 32, WhatsApp +55 11 91234 5678",
        "Há um vírus no seu computador, ligue +55 11 3003 1234",
        "Sua restituição está liberada, ligue para +55 11 3003 1234",
    ),
    "it": (
        "La sua protezione è rinnovata per dodici mesi, 312 € addebitati sulla sua carta. Reclami: +39 06 6982 1234",
        "Un dispositivo sconosciuto ha effettuato l'accesso al suo conto. Antifrode: +39 06 6982 1234",
        "La sua multa scaduta passa al pignoramento, paghi al telefono +39 06 6982 1234",
        "Il suo pacco è fermo in dogana, spese 3,20 €, WhatsApp +39 333 123 4567",
        "C'è un virus nel suo computer, chiami +39 06 6982 1234",
        "Il suo rimborso è approvato, chiami +39 06 6982 1234",
    ),
    "nl": (
        "Uw bescherming is met twaalf maanden verlengd, € 312 afgeschreven van uw rekening. Bezwaar: +31 20 794 0800",
        "Een onbekend apparaat heeft toegang tot uw rekening. Fraudedesk: +31 20 794 0800",
        "Uw onbetaalde boete gaat naar de deurwaarder, betaal via +31 20 794 0800",
        "Uw pakket wordt vastgehouden door de douane, kosten € 3,20, WhatsApp +31 6 12345678",
        "Er zit een virus op uw computer, bel +31 20 794 0800",
        "Uw teruggave is goedgekeurd, bel +31 20 794 0800",
    ),
    "ja": (
        "お客様の保護プランが12か月更新され、31,200円がカードに請求されました。電話 +81 3-6743-5000",
        "見知らぬ端末がお客様の口座にログインしました。不正対策窓口 +81 3-6743-5000",
        "未払いの税金について差し押さえの手続きに入ります。電話 +81 3-6743-5000",
        "お荷物が税関で保留中です。手数料のお支払いは +81 3-6743-5000",
        "お使いのパソコンがウイルスに感染しています。電話 +81 3-6743-5000",
        "還付金のお受け取りが可能です。お客様窓口 +81 3-6743-5000",
    ),
    "zh": (
        "您的会员已续费十二个月，从您的银行卡扣款 3120 元，如有疑问致电 +86 10 8888 6666",
        "陌生设备登录了您的账户，反诈专线 +86 10 8888 6666",
        "您拖欠的罚款将移交法院，电话 +86 10 8888 6666",
        "您的包裹被海关扣留，需支付关税，电话 +86 10 8888 6666",
        "您的电脑感染了病毒，请致电 +86 10 8888 6666",
        "您的退税已批准，请致电 +86 10 8888 6666 领取",
    ),
    "ar": (
        "تم تجديد اشتراكك لمدة سنة وخصم 312 دولار من بطاقتك. للاعتراض +971 4 123 4567",
        "جهاز غير معروف حاول الدخول إلى حسابك. مكافحة الاحتيال +971 4 123 4567",
        "غرامة غير مدفوعة عليك وستحال إلى محكمة، هاتف +971 4 123 4567",
        "طردك محتجز في الجمارك والرسوم 3 دولار، ادفع رسوم الإفراج عبر +971 4 123 4567",
        "جهازك مصاب بفيروس، اتصل على +971 4 123 4567",
        "تمت الموافقة على مبلغ مسترد لك، اتصل على +971 4 123 4567",
    ),
    "ru": (
        "Ваша защита продлена на год, с карты списано 31 200 рублей. Возражения: +7 495 123-45-67",
        "Неизвестное устройство вошло в ваш аккаунт. Отдел безопасности +7 495 123-45-67",
        "Ваша задолженность по налогу передана приставам, оплатите по телефону +7 495 123-45-67",
        "Ваша посылка задержана на таможне, сбор 300 рублей, оплатите: +7 495 123-45-67",
        "На вашем компьютере вирус, наберите +7 495 123-45-67",
        "Вам одобрена компенсация, звоните +7 495 123-45-67",
    ),
    "hi": (
        "आपकी सुरक्षा एक साल के लिए नवीनीकृत हुई, आपके कार्ड से ₹31,200 काटे गए। आपत्ति: +91 22 6789 1234",
        "अज्ञात डिवाइस ने आपके खाते में लॉगिन किया। सुरक्षा विभाग +91 22 6789 1234",
        "आपका बकाया टैक्स अदालत में जाएगा, फोन करें +91 22 6789 1234",
        "आपका पार्सल कस्टम में रोका गया है, शुल्क का भुगतान करें +91 22 6789 1234",
        "आपके कंप्यूटर में वायरस है, कॉल करें +91 22 6789 1234",
        "आपका रिफंड मंजूर हो गया है, कॉल करें +91 22 6789 1234",
    ),
}
