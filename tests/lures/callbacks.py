"""Call-back lures in twelve languages, put together from parts: a claim, a sum, a name, and where to call or write."""

# ruff: noqa: E501  sentences as people write them

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from calguard.content.types import Content
from tests.detectors.making import event


@dataclass(frozen=True, kw_only=True, slots=True)
class Tongue:
    """How one language says it. In `claims`, "{sum}" stands where a sum may stand; the part in brackets goes without it."""

    sum: str
    phone: str
    words: str  # the same kind of number in words
    call: tuple[str, str]  # with "{to}"
    write: tuple[str, str, str]
    claims: tuple[str, ...]


TONGUES: dict[str, Tongue] = {
    "en": Tongue(
        sum="$389.40",
        phone="+1 (805) 302-8040",
        words="eight zero five three zero two eight zero four zero",
        call=("To stop this, phone {to}", "Not your doing? Our desk answers on {to}"),
        write=("Chat with the desk on WhatsApp {to}", "Message our agent on Telegram: @refund_desk_24", "Talk to billing: https://t.me/billing_desk_24"),
        claims=(
            "We took [{sum} ]out of your bank account this morning for another year of computer cover",
            "Your yearly plan rolled over today[ and {sum} left your card]",
            "Your card was used for a purchase[ of {sum}] a moment ago",
            "Your profile is frozen until we hear from you[, open balance {sum}]",
            "A reimbursement[ of {sum}] is waiting in your name",
            "Good news, your number was drawn as this week's winner[ of {sum}]",
            "A new phone[ worth {sum}] was ordered from your account and ships tonight",
        ),
    ),
    "de": Tongue(
        sum="389,40 €",
        phone="+49 30 901820",
        words="null drei null neun null eins acht zwei null",
        call=("Zum Stoppen wählen Sie {to}", "Nicht von Ihnen? Unsere Hotline erreichen Sie unter {to}"),
        write=("Schreiben Sie unserem Team per WhatsApp an {to}", "Melden Sie sich bei unserem Agenten auf Telegram: @refund_desk_24", "Hilfe im Chat: https://t.me/billing_desk_24"),
        claims=(
            "Heute früh haben wir [{sum} ]von Ihrem Girokonto für ein weiteres Jahr Virenschutz genommen",
            "Ihr Jahresvertrag hat sich heute verlängert[, {sum} gehen von Ihrer Karte ab]",
            "Mit Ihrer Karte wurde gerade ein Einkauf[ über {sum}] getätigt",
            "Ihr Benutzerkonto ist eingefroren, bis Sie sich melden[, offener Betrag {sum}]",
            "Für Sie liegt eine Rückzahlung[ von {sum}] bereit",
            "Gute Nachricht, Sie wurden diese Woche als Gewinner[ von {sum}] gezogen",
            "Über Ihr Konto wurde ein neues Handy[ für {sum}] bestellt, Versand heute Abend",
        ),
    ),
    "fr": Tongue(
        sum="389,40 €",
        phone="+33 1 42 68 53 00",
        words="zéro un quatre deux six huit cinq trois zéro zéro",
        call=("Pour l'arrêter, composez le {to}", "Ce n'est pas vous ? Notre ligne répond au {to}"),
        write=("Écrivez à notre équipe sur WhatsApp au {to}", "Contactez notre agent sur Telegram : @refund_desk_24", "Assistance en ligne : https://t.me/billing_desk_24"),
        claims=(
            "Ce matin nous avons retiré [{sum} ]de votre compte bancaire pour une année d'antivirus supplémentaire",
            "Votre formule annuelle a été reconduite aujourd'hui[, {sum} ont quitté votre carte]",
            "Votre carte vient d'être utilisée pour un achat[ de {sum}]",
            "Votre espace client est gelé jusqu'à votre réponse[, solde dû {sum}]",
            "Un trop-perçu[ de {sum}] vous attend",
            "Bonne nouvelle, vous êtes le gagnant de la semaine[ : {sum}]",
            "Un nouveau téléphone[ à {sum}] a été commandé depuis votre compte et part ce soir",
        ),
    ),
    "es": Tongue(
        sum="389,40 €",
        phone="+34 912 345 678",
        words="nueve uno dos tres cuatro cinco seis siete ocho",
        call=("Para detenerlo, marque el {to}", "¿No fue usted? Nuestra línea atiende en el {to}"),
        write=("Escriba a nuestro equipo por WhatsApp al {to}", "Hable con nuestro agente en Telegram: @refund_desk_24", "Ayuda por chat: https://t.me/billing_desk_24"),
        claims=(
            "Esta mañana retiramos [{sum} ]de su cuenta bancaria por otro año de antivirus",
            "Su plan anual se renovó hoy[ y {sum} salieron de su tarjeta]",
            "Su tarjeta acaba de usarse en una compra[ de {sum}]",
            "Su perfil está congelado hasta que responda[, saldo pendiente {sum}]",
            "Tiene un reembolso[ de {sum}] esperando a su nombre",
            "Buenas noticias, usted salió ganador de esta semana[ de {sum}]",
            "Se ha pedido un teléfono nuevo[ de {sum}] desde su cuenta y sale esta noche",
        ),
    ),
    "pt": Tongue(
        sum="R$ 1.389,40",
        phone="+55 11 3003 1234",
        words="um um três zero zero três um dois três quatro",
        call=("Para impedir, disque {to}", "Não foi você? Nossa central atende no {to}"),
        write=("Fale com a nossa equipe no WhatsApp {to}", "Chame o nosso agente no Telegram: @refund_desk_24", "Ajuda pelo chat: https://t.me/billing_desk_24"),
        claims=(
            "Hoje cedo retiramos [{sum} ]da sua conta bancária por mais um ano de antivírus",
            "Seu plano anual foi prorrogado hoje[ e {sum} saíram do seu cartão]",
            "Seu cartão acabou de ser usado em uma compra[ de {sum}]",
            "Seu cadastro está congelado até o seu retorno[, saldo em aberto {sum}]",
            "Há uma restituição[ de {sum}] à sua espera",
            "Boas notícias, você foi o ganhador desta semana[ de {sum}]",
            "Um celular novo[ de {sum}] foi pedido pela sua conta e sai hoje à noite",
        ),
    ),
    "it": Tongue(
        sum="389,40 €",
        phone="+39 06 6982 1234",
        words="zero sei sei nove otto due uno due tre quattro",
        call=("Per fermarlo, componga il {to}", "Non è stato lei? La nostra linea risponde allo {to}"),
        write=("Scriva al nostro team su WhatsApp al {to}", "Contatti il nostro agente su Telegram: @refund_desk_24", "Assistenza in chat: https://t.me/billing_desk_24"),
        claims=(
            "Stamattina abbiamo prelevato [{sum} ]dal suo conto corrente per un altro anno di antivirus",
            "Il suo piano annuale è stato prorogato oggi[ e {sum} sono usciti dalla sua carta]",
            "La sua carta è stata appena usata per un acquisto[ di {sum}]",
            "Il suo profilo è congelato finché non risponde[, saldo dovuto {sum}]",
            "C'è un rimborso[ di {sum}] che l'aspetta",
            "Buone notizie, lei è il vincitore di questa settimana[ di {sum}]",
            "Un telefono nuovo[ da {sum}] è stato ordinato dal suo conto e parte stasera",
        ),
    ),
    "nl": Tongue(
        sum="€ 389,40",
        phone="+31 20 794 0800",
        words="nul twee nul zeven negen vier nul acht nul nul",
        call=("Wilt u dit tegenhouden, draai {to}", "Was u dit niet? Onze lijn is open op {to}"),
        write=("Stuur ons team een bericht via WhatsApp {to}", "App onze medewerker op Telegram: @refund_desk_24", "Hulp in de chat: https://t.me/billing_desk_24"),
        claims=(
            "Vanmorgen hebben wij [{sum} ]van uw bankrekening gehaald voor nog een jaar virusscanner",
            "Uw jaarabonnement is vandaag doorgelopen[ en {sum} gaat van uw kaart af]",
            "Met uw pas is zojuist een aankoop[ van {sum}] gedaan",
            "Uw profiel is bevroren tot wij van u horen[, openstaand saldo {sum}]",
            "Er staat een terugbetaling[ van {sum}] voor u klaar",
            "Goed nieuws, u bent deze week de winnaar[ van {sum}]",
            "Er is een nieuwe telefoon[ van {sum}] besteld via uw account, verzending vanavond",
        ),
    ),
    "ja": Tongue(
        sum="48,900円",
        phone="+81 3-6743-5000",
        words="〇三六七四三五〇〇〇",
        call=("止めるには {to} へお電話ください", "ご本人でない場合は {to} の窓口まで"),
        write=("WhatsApp {to} で担当者にご連絡ください", "LINE ID: refund_desk24 までメッセージをお願いします", "チャット窓口: https://t.me/billing_desk_24"),
        claims=(
            "今朝、セキュリティソフトの年間料金[{sum}]をお客様の銀行口座から頂戴しました",
            "お客様の年間プランが本日延長され[、{sum}がカードから引かれ]ました",
            "お客様のカードで先ほど[{sum}の]買い物がありました",
            "ご連絡があるまでお客様のアカウントは凍結中です[（未払い残高 {sum}）]",
            "お客様あての返金[{sum}]をお預かりしています",
            "おめでとうございます、今週の抽選であなたが選ばれました[（{sum}）]",
            "お客様のアカウントから新しいスマートフォン[（{sum}）]が注文され、今夜発送されます",
        ),
    ),
    "zh": Tongue(
        sum="3,489 元",
        phone="+86 10 8888 6666",
        words="零一零八八八八六六六七",
        call=("如需阻止，请打 {to}", "不是您操作的？客服专线 {to}"),
        write=("请在 WhatsApp {to} 联系专员", "请加微信号：refund_desk24 联系专员", "在线客服： https://t.me/billing_desk_24"),
        claims=(
            "今早我们已从您的银行账户划走[{sum}，]下一年杀毒软件的费用",
            "您的年度套餐今天已延期[，{sum}从您的卡中支出]",
            "您的银行卡刚刚有一笔[{sum}的]消费",
            "在您回复之前，您的账号处于冻结状态[，未结余额 {sum}]",
            "您名下有一笔退款[{sum}]等待领取",
            "好消息，您是本周的幸运得主[，奖金 {sum}]",
            "有人用您的账户订购了一部新手机[，价值 {sum}]，今晚发货",
        ),
    ),
    "ar": Tongue(
        sum="389 دولار",
        phone="+971 4 123 4567",
        words="صفر أربعة واحد اثنان ثلاثة أربعة خمسة ستة سبعة",
        call=("لإيقاف ذلك اتصل بالرقم {to}", "لست أنت؟ خطنا متاح على {to}"),
        write=("راسل فريقنا على واتساب {to}", "تواصل مع وكيلنا على تيليجرام: @refund_desk_24", "المساعدة عبر الدردشة: https://t.me/billing_desk_24"),
        claims=(
            "سحبنا هذا الصباح [{sum} ]من حسابك البنكي مقابل سنة أخرى من برنامج الحماية",
            "تم تمديد باقتك السنوية اليوم[ وخرج {sum} من بطاقتك]",
            "استُخدمت بطاقتك قبل قليل في عملية شراء[ بقيمة {sum}]",
            "ملفك الشخصي مجمد حتى نسمع منك[، الرصيد المستحق {sum}]",
            "لديك مبلغ مسترد[ قدره {sum}] في انتظارك",
            "خبر سار، أنت الفائز هذا الأسبوع[ بمبلغ {sum}]",
            "تم طلب هاتف جديد[ بسعر {sum}] من حسابك وسيشحن الليلة",
        ),
    ),
    "ru": Tongue(
        sum="38 940 рублей",
        phone="+7 495 123-45-67",
        words="восемь четыре девять пять один два три четыре пять шесть семь",
        call=("Чтобы остановить, наберите {to}", "Это не вы? Наша линия отвечает по номеру {to}"),
        write=("Напишите нашим сотрудникам в WhatsApp {to}", "Свяжитесь с нашим агентом в Telegram: @refund_desk_24", "Помощь в чате: https://t.me/billing_desk_24"),
        claims=(
            "Сегодня утром мы сняли [{sum} ]с вашего банковского счёта за ещё один год антивируса",
            "Ваш годовой тариф сегодня продлился[, {sum} ушли с вашей карты]",
            "По вашей карте только что прошла покупка[ на {sum}]",
            "Ваш профиль заморожен до вашего ответа[, долг {sum}]",
            "На ваше имя ожидает возврат[ {sum}]",
            "Хорошая новость: вы победитель этой недели[, ваш приз {sum}]",
            "С вашего аккаунта заказан новый телефон[ за {sum}], отправка вечером",
        ),
    ),
    "hi": Tongue(
        sum="₹38,940",
        phone="+91 22 6789 1234",
        words="शून्य दो दो छह सात आठ नौ एक दो तीन चार",
        call=("इसे रोकने के लिए {to} पर फोन करें", "यह आप नहीं थे? हमारी लाइन {to} पर खुली है"),
        write=("हमारी टीम को WhatsApp {to} पर लिखें", "हमारे एजेंट से टेलीग्राम पर बात करें: @refund_desk_24", "चैट सहायता: https://t.me/billing_desk_24"),
        claims=(
            "आज सुबह हमने एंटीवायरस के एक और साल के लिए आपके बैंक खाते से [{sum} ]निकाल लिए हैं",
            "आपका वार्षिक प्लान आज बढ़ा दिया गया है[ और {sum} आपके कार्ड से गए हैं]",
            "अभी-अभी आपके कार्ड से[ {sum} की] एक खरीदारी हुई है",
            "आपके जवाब तक आपकी प्रोफ़ाइल रोक दी गई है[, बकाया {sum}]",
            "आपके नाम एक रिफंड[ {sum}] प्रतीक्षा में है",
            "खुशखबरी, इस हफ्ते के विजेता आप हैं[, राशि {sum}]",
            "आपके खाते से एक नया फोन[ {sum} का] ऑर्डर हुआ है, आज रात भेजा जाएगा",
        ),
    ),
}  # fmt: skip

BRAND = "PayPal"
CHANNELS = ("phone", "leet", "digits", "words", "whatsapp", "handle", "telegram")
PLACES = ("summary", "description", "split")
_ARABIC_INDIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")
_WIDE = str.maketrans("0123456789", "０１２３４５６７８９")


def _claim(claim: str, amount: str) -> str:
    before, _, rest = claim.partition("[")
    inside, _, after = rest.partition("]")
    return f"{before}{inside.replace('{sum}', amount) if amount else ''}{after}"


def _channel(tongue: Tongue, kind: str, turn: int) -> str:
    call = tongue.call[turn % 2]
    match kind:
        case "phone":
            return call.replace("{to}", tongue.phone)
        case "leet":
            return call.replace("{to}", tongue.phone.replace("0", "O").replace("1", "l"))
        case "digits":
            digits = _ARABIC_INDIC if turn % 2 else _WIDE
            return call.replace("{to}", tongue.phone.translate(digits))
        case "words":
            return call.replace("{to}", tongue.words)
        case "whatsapp":
            return tongue.write[0].replace("{to}", tongue.phone)
        case "handle":
            return tongue.write[1]
        case _:
            return tongue.write[2]


@dataclass(frozen=True, kw_only=True, slots=True)
class Lure:
    language: str
    name: str  # for people: which parts it is made of
    content: Content
    parts: tuple[str, str]  # the claim, the channel


def lures(language: str) -> Iterator[Lure]:
    """Every combination in one language."""
    tongue = TONGUES[language]
    for number, claim in enumerate(tongue.claims):
        for brand in (BRAND, ""):
            for amount in (tongue.sum, ""):
                for kind in CHANNELS:
                    for place in PLACES:
                        said = (f"{brand}: " if brand else "") + _claim(claim, amount)
                        turn = _channel(tongue, kind, number)
                        yield Lure(
                            language=language,
                            name=f"{number} {brand or 'nobody'} {'sum' if amount else 'no sum'} {kind} {place}",
                            content=_event(said, turn, place),
                            parts=(said, turn),
                        )


def _event(said: str, turn: str, place: str) -> Content:
    match place:
        case "summary":
            return event(f"{said}. {turn}")
        case "description":
            return event("…", description=f"{said}.\n{turn}")
        case _:
            return event(said, location=turn)
