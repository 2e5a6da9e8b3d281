"""What honest people write into invitations with money, telephones, accounts, parcels and prizes in it."""

# ruff: noqa: E501, SIM905  sentences as people write them, lists of days as lists of words

from __future__ import annotations

INNOCENTS: dict[str, tuple[tuple[str, str], ...]] = {
    "en": (
        ("Wedding of Chase & Amelia", "Gifts: please no parcels to the venue. Our registry takes PayPal. RSVP by 1 May to +44 20 7946 0018."),
        ("Dentist: check-up and cleaning", "Your appointment is confirmed. The fee of $120 is due on the day, card or PayPal. To cancel call (555) 010-4477 24 hours ahead."),
        ("Boiler service", "Dave's Plumbing, $95 an hour, parts extra. Payment by bank transfer or cash. Running late? Phone +1 415 555 0132."),
        ("Maths tuition with Ines", "40 an hour, PayPal ines@ines-plumbing.example. Missed lessons are charged in full. WhatsApp me on +44 7700 900123."),
        ("Bitcoin meetup #42", "Lightning demos, wallet workshop, free pizza. We never ask for a seed phrase. Telegram group: @btc_meetup_42."),
        ("Casino night fundraiser", "Free chips with every ticket, roulette, poker and a raffle: win a weekend for two. Tickets $50, all profit goes to the hospice. Questions: 555-0166."),
        ("Security awareness training", "What phishing looks like: 'your account has been suspended', 'you have won an iPhone'. Bring an example. Room 3."),
        ("Payroll meeting", "Agenda: bank details of new starters, overdue expense claims, tax refund for Lee, bonus round. HR, ext. 4471."),
        ("Refund policy review", "When do we refund, when do we issue a credit note, who approves. Draft: https://wiki.ines-plumbing.example/refunds"),
        ("Pick up parcel", "The package is at the post office on Elm Street, bring ID. They close at six."),
        ("Bank appointment: mortgage", "With Mr Lloyd at the branch. Bring payslips and proof of address. Branch: 01632 960 001."),
        ("Password reset training for the help desk", "How users reset their password, when accounts get locked, how to verify identity on the phone. Helpdesk number 4400."),
        ("Invoice review with Acme", "14 open invoices, two overdue; order 4711 was charged twice, refund pending. Call Jo on +1 415 555 0132 if you join late."),
        ("Gym induction", "Your membership is active from Monday. Bring a towel. Questions: 555-0123."),
        ("Choir: membership renewal", "Membership fees for next year are due, $60, bank transfer or cash to Anna, 555-0199."),
        ("Prize giving, school hall", "The winners of the art competition get their prizes. Parents welcome. Office: 01632 960 001."),
        ("Car MOT and insurance renewal", "Garage has the car until 4. Insurance was renewed last week, paper in the glove box. Garage: 01632 960 044."),
        ("Cancelled: piano lesson", "Sorry, ill. I'll refund the $35 or we move it, call me on 555-0142."),
        ("Visa appointment at the embassy", "Bring passport, two photos and the $160 fee in cash. Enquiries +1 202 555 0188."),
        ("Apple picking and Amazon river slide show", "Bring a basket. Afterwards slides from the Amazon. Call Target corner if lost: 555-0107."),
        ("Moving day", "Shell Street 4 to Orange Grove 9. Truck rental $89 paid with my card. Bring gloves, phone 555-0181."),
        ("Estate planning: talk by a notary", "Inheritance, wills, next of kin, who is a beneficiary. Free entry, donations to the hospice welcome."),
        ("Cancer support group", "Tea, talk, a nurse answers questions about treatment and benefits. Hospital room 12, or call 555-0155."),
        ("Startup pitch night", "Seed round of 2 million dollars, investors, business proposals in five minutes each. RSVP to the organiser."),
        ("Survey feedback session", "The results of the staff survey; those who took part are entered in a draw for a gift card."),
        ("Loan closing at the title company", "Bring ID and a cashier's check. Escrow desk: +1 415 555 0132."),
        ("Dr Patel: follow-up", "Outstanding balance of $40, payable at reception. To cancel or reschedule call +1 415 555 0133 a day before or your card will be charged $50."),
        ("Car rental pick-up", "Confirmation number K2291837465. $212 total, your card will be charged at pickup. +1 415 555 0111."),
        ("Gym: your membership was renewed", "Hi Sam, your membership was renewed for $49. See you at class. FitHouse, +1 415 555 0101."),
        ("HR: benefits enrolment closes Friday", "Act now: your current plan will be renewed automatically unless you change it. Questions: +1 415 555 0190."),
        ("Bitcoin meetup: hardware wallets", "How to keep your seed phrase safe, why nobody should ask you to enter it. Telegram @city_coins_7."),
        ("Parcel pick-up at the neighbour's", "DHL left our parcel with Mrs Green, there was a customs fee of £12 I need to pay back. Her number is 01632 960045."),
        ("Toll fine", "Pay unpaid toll $6.40 before Friday to avoid late fee. 555-0170."),
        ("Computer repair", "Laptop infected with a virus, Geek Squad at Best Buy, $149, 3pm. +1 415 555 0150."),
    ),
    "de": (
        ("Hochzeit von Lena und Jonas", "Statt Paketen freuen wir uns über einen Zuschuss zur Reise, gern per PayPal. Zusagen bis 1. Mai an 030 901820."),
        ("Zahnarzt", "Nicht abgesagte Termine werden mit 40 € berechnet. Ihre Karte bitte mitbringen. 030 901820"),
        ("Zahnarzt Kontrolle", "Ihr Termin ist bestätigt. Professionelle Reinigung 95 €, Karte oder bar. Absagen bitte 24 Stunden vorher unter 030 901820."),
        ("Heizungswartung", "Monteur kommt zwischen 8 und 10. Anfahrt 45 €, Rechnung folgt. Rückfragen: 030 901820."),
        ("Nachhilfe Mathe", "25 € die Stunde, PayPal oder bar. Nicht abgesagte Stunden werden berechnet. WhatsApp +49 30 901820."),
        ("Bitcoin-Stammtisch", "Wallets, Lightning, Steuern. Keine Anlageberatung. Telegram-Gruppe: @stammtisch_42."),
        ("Tombola beim Sommerfest", "Lose 2 €, Hauptpreis ein Fahrrad. Gewinner werden um 18 Uhr gezogen. Fragen an Frau Keller, 030 901821."),
        ("Schulung: Phishing erkennen", "Beispiele: Ihr Konto wurde gesperrt, Ihr Paket wartet. Wer hat so etwas bekommen? Bitte mitbringen."),
        ("Gehaltsabrechnung: Abstimmung", "Neue Bankverbindungen, offene Spesen, Steuererstattung Müller, Bonusrunde. Personalabteilung, Durchwahl 44."),
        ("Rechnungsprüfung", "Zwei offene Rechnungen, eine doppelt abgebucht, Gutschrift angefordert. Telefon 030 901820."),
        ("Paket abholen", "Sendung liegt in der Filiale, Ausweis mitnehmen. Bis 18 Uhr."),
        ("Banktermin Baufinanzierung", "Mit Herrn Sommer in der Filiale. Gehaltsnachweise mitbringen. Telefon 030 901820."),
        ("Mitgliederversammlung", "Beiträge für das neue Jahr, Verlängerung der Hallenmiete, Kassenbericht. Fragen: 030 901820."),
        ("Erbrecht: Vortrag", "Testament, Nachlass, Pflichtteil. Eintritt frei, Spende erbeten. Anmeldung 030 901820."),
    ),
    "fr": (
        ("Mariage de Léa et Hugo", "Liste de mariage en ligne, participation possible par PayPal. Réponse avant le 1er mai au 01 42 68 53 00."),
        ("Dentiste : détartrage", "Votre rendez-vous est confirmé. Tarif 60 €, carte ou espèces. Pour annuler, appelez le 01 42 68 53 00 la veille."),
        ("Plombier", "Passage entre 8 h et 10 h, déplacement 45 €, facture sur place. Tél. 01 42 68 53 00."),
        ("Cours de maths", "25 € de l'heure, PayPal ou espèces. Tout cours non annulé est dû. WhatsApp +33 6 12 34 56 78."),
        ("Résilier Canal+", "Abonnement renouvelé automatiquement demain, 24,99 €. Appeler le 01 42 68 53 03."),
        ("Rencontre Bitcoin", "Portefeuilles, fiscalité, démonstrations. Groupe Telegram : @rencontre_42."),
        ("Tombola de l'école", "Billets à 2 €, gros lot : un vélo. Tirage à 18 h. Renseignements au 01 42 68 53 00."),
        ("Formation : reconnaître l'hameçonnage", "Exemples : votre compte est bloqué, votre colis est en attente. Apportez les vôtres."),
        ("Réunion paie", "Coordonnées bancaires des nouveaux, remboursement des frais, prime. Poste 44."),
        ("Revue des factures", "Deux factures impayées, une prélevée deux fois, avoir demandé. Tél. 01 42 68 53 00."),
        ("Retirer le colis", "Au bureau de poste, avec la carte d'identité, avant 18 h."),
        ("Rendez-vous à la banque", "Prêt immobilier avec M. Martin, apporter les fiches de paie. Agence : 01 42 68 53 00."),
        ("Assemblée générale", "Cotisations, renouvellement du bureau, bilan. Contact 01 42 68 53 00."),
        ("Conférence : succession et donation", "Notaire, héritage, donation de son vivant. Entrée libre. Inscription 01 42 68 53 00."),
    ),
    "es": (
        ("Boda de Ana y Luis", "Lista de bodas en línea, también PayPal. Confirmad antes del 1 de mayo al 912 345 678."),
        ("Dentista: limpieza", "Su cita está confirmada. Precio 60 €, tarjeta o efectivo. Para cancelar llame al 912 345 678 un día antes."),
        ("Fontanero", "Viene entre las 8 y las 10, desplazamiento 45 €, factura en el momento. Tel. 912 345 678."),
        ("Clase de matemáticas", "25 € la hora, PayPal o efectivo. Las clases no canceladas se cobran. WhatsApp +34 612 345 678."),
        ("Encuentro Bitcoin", "Billeteras, impuestos, demostraciones. Grupo de Telegram: @encuentro_42."),
        ("Rifa del colegio", "Boletos a 2 €, premio: una bicicleta. Sorteo a las 18 h. Información 912 345 678."),
        ("Formación: reconocer el phishing", "Ejemplos: su cuenta está bloqueada, su paquete está retenido. Traed los vuestros."),
        ("Reunión de nóminas", "Datos bancarios de los nuevos, reembolso de gastos, bono anual. Extensión 44."),
        ("Revisión de facturas", "Dos facturas impagadas, una cobrada dos veces, devolución pedida. Tel. 912 345 678."),
        ("Recoger paquete", "En la oficina de correos, con el DNI, antes de las 18 h."),
        ("Cita en el banco", "Hipoteca con el señor Ruiz, llevar las nóminas. Oficina: 912 345 678."),
        ("Asamblea del club", "Cuotas, renovación de la junta, cuentas. Contacto 912 345 678."),
        ("Charla: herencias y testamentos", "Notario, herederos, donaciones en vida. Entrada libre. Inscripción 912 345 678."),
    ),
    "pt": (
        ("Casamento da Ana e do Rui", "Lista de presentes online, aceitamos PayPal e Pix. Confirme até 1 de maio: 11 3003 1234."),
        ("Dentista: limpeza", "Sua consulta está confirmada. Valor R$ 180, cartão ou dinheiro. Para cancelar ligue 11 3003 1234 na véspera."),
        ("Encanador", "Vem entre 8 e 10 h, visita R$ 90, nota fiscal na hora. Tel. 11 3003 1234."),
        ("Aula de matemática", "R$ 60 a hora, Pix ou PayPal. Aula não desmarcada é cobrada. WhatsApp +55 11 91234 5678."),
        ("Encontro Bitcoin", "Carteiras, impostos, demonstrações. Grupo no Telegram: @encontro_42."),
        ("Rifa da escola", "Bilhetes a R$ 5, prêmio: uma bicicleta. Sorteio às 18 h. Informações 11 3003 1234."),
        ("Treinamento: como reconhecer golpes", "Exemplos: sua conta foi bloqueada, sua encomenda foi taxada. Tragam os seus."),
        ("Reunião da folha de pagamento", "Dados bancários dos novos, reembolso de despesas, bônus. Ramal 44."),
        ("Revisão de faturas", "Duas faturas vencidas, uma cobrada duas vezes, estorno pedido. Tel. 11 3003 1234."),
        ("Buscar encomenda", "Na agência dos correios, com documento, até as 18 h."),
        ("Horário no banco", "Financiamento da casa com o senhor Costa, levar holerites. Agência: 11 3003 1234."),
        ("Assembleia do clube", "Mensalidades, renovação da diretoria, contas. Contato 11 3003 1234."),
        ("Palestra: herança e inventário", "Advogada explica testamento e herdeiros. Entrada gratuita. Inscrição 11 3003 1234."),
    ),
    "it": (
        ("Matrimonio di Anna e Luca", "Lista nozze online, anche PayPal. Conferma entro il 1º maggio allo 06 6982 1234."),
        ("Dentista: pulizia", "Il suo appuntamento è confermato. Costo 80 €, carta o contanti. Per annullare chiamare lo 06 6982 1234 il giorno prima."),
        ("Idraulico", "Passa tra le 8 e le 10, uscita 45 €, fattura sul posto. Tel. 06 6982 1234."),
        ("Lezione di matematica", "25 € l'ora, PayPal o contanti. Le lezioni non disdette vengono addebitate. WhatsApp +39 333 123 4567."),
        ("Incontro Bitcoin", "Portafogli, tasse, dimostrazioni. Gruppo Telegram: @incontro_42."),
        ("Lotteria della scuola", "Biglietti a 2 €, primo premio una bicicletta. Estrazione alle 18. Informazioni 06 6982 1234."),
        ("Corso: riconoscere il phishing", "Esempi: il suo conto è bloccato, il pacco è in giacenza. Portate i vostri."),
        ("Riunione buste paga", "Coordinate bancarie dei nuovi, rimborso spese, premio annuale. Interno 44."),
        ("Controllo fatture", "Due fatture scadute, una addebitata due volte, storno richiesto. Tel. 06 6982 1234."),
        ("Ritirare il pacco", "All'ufficio postale, con il documento, entro le 18."),
        ("Appuntamento in banca", "Mutuo con il signor Conti, portare le buste paga. Filiale: 06 6982 1234."),
        ("Assemblea del circolo", "Quote, rinnovo del consiglio, bilancio. Contatto 06 6982 1234."),
        ("Incontro: eredità e testamento", "Notaio, eredi, donazioni. Ingresso libero. Iscrizioni 06 6982 1234."),
    ),
    "nl": (
        ("Bruiloft van Anna en Bram", "Cadeautip: envelop of PayPal. Laat het voor 1 mei weten op 020 794 0800."),
        ("Tandarts: controle", "Uw afspraak is bevestigd. Kosten € 60, pin of contant. Afzeggen tot 24 uur van tevoren op 020 794 0800."),
        ("Loodgieter", "Komt tussen 8 en 10, voorrijkosten € 45, factuur volgt. Bellen: 020 794 0800."),
        ("Bijles wiskunde", "€ 25 per uur, Tikkie of PayPal. Niet afgezegde lessen worden in rekening gebracht. WhatsApp +31 6 12345678."),
        ("Bitcoin-borrel", "Wallets, belasting, demo's. Telegramgroep: @borrel_42."),
        ("Loterij op school", "Lootjes € 2, hoofdprijs een fiets. De trekking is om 18 uur. Vragen: 020 794 0800."),
        ("Training: phishing herkennen", "Voorbeelden: uw rekening is geblokkeerd, uw pakket staat klaar. Neem je eigen mee."),
        ("Overleg salarisadministratie", "Rekeningnummers van nieuwe collega's, declaraties, bonusronde. Toestel 44."),
        ("Facturen doornemen", "Twee openstaande facturen, een dubbel afgeschreven, creditnota gevraagd. Tel. 020 794 0800."),
        ("Pakket ophalen", "Bij het postkantoor, met legitimatie, voor 18 uur."),
        ("Afspraak bij de bank", "Hypotheek met meneer De Vries, loonstroken meenemen. Filiaal: 020 794 0800."),
        ("Ledenvergadering", "Contributie, verlenging van de zaalhuur, kascommissie. Contact 020 794 0800."),
        ("Lezing: erven en schenken", "Notaris over testament en erfgenamen. Gratis toegang. Aanmelden 020 794 0800."),
    ),
    "ja": (
        ("結婚式", "ご祝儀は当日受付にて。ご出欠は5月1日までに 03-6743-5000 へお願いします。"),
        ("歯科検診", "ご予約を承りました。料金は5,000円、カードも使えます。変更は前日までに03-6743-5000へ。"),
        ("水道修理", "8時から10時の間に伺います。出張費4,500円。お電話 03-6743-5000。"),
        ("数学の個別指導", "1時間3,000円、PayPalまたは現金。欠席の連絡はLINE ID: sensei_42 まで。"),
        ("ビットコイン勉強会", "ウォレットと税金の話。Telegram: @benkyo_42"),
        ("町内会の抽選会", "抽選券は200円、一等は自転車。18時に抽選します。問い合わせ 03-6743-5000。"),
        ("セキュリティ研修", "フィッシングの例を見ます。会議室3。"),
        ("給与会議", "新入社員の口座登録、経費の精算、賞与。内線44。"),
        ("請求書の確認", "未払いが二件。電話 03-6743-5000。"),
        ("荷物の受け取り", "郵便局、身分証明書を持参、18時まで。"),
        ("銀行の予約", "住宅ローンの相談。支店 03-6743-5000。"),
        ("総会", "会費、役員の更新、決算報告。"),
    ),
    "zh": (
        ("婚礼", "请于5月1日前回复，电话 010 8888 6666。"),
        ("牙科检查", "预约已确认。费用 300 元，可用微信支付或支付宝。改期请提前一天致电 010 8888 6666。"),
        ("水管维修", "上午8点到10点上门，上门费 50 元。电话 010 8888 6666。"),
        ("数学辅导课", "每小时 150 元，微信支付。请假请加微信：laoshi_42。"),
        ("比特币聚会", "钱包演示、税务讨论。Telegram 群：@juhui_42"),
        ("学校抽奖活动", "奖券 5 元，一等奖是自行车。18点抽奖。咨询 010 8888 6666。"),
        ("安全培训", "如何识别钓鱼邮件，请带上例子。三号会议室。"),
        ("工资会议", "新员工银行卡登记、报销、奖金。分机 44。"),
        ("发票核对", "两张未付，电话 010 8888 6666。"),
        ("取包裹", "邮局，带身份证，18点前。"),
        ("银行预约", "房贷咨询，带工资单。网点 010 8888 6666。"),
        ("会员大会", "会费、换届、财务报告。"),
    ),
    "ar": (
        ("حفل زفاف", "نرجو تأكيد الحضور قبل الأول من مايو على +971 4 123 4567."),
        ("موعد طبيب الأسنان", "تم تأكيد موعدك. السعر 120 دولار نقدا أو بالبطاقة. للتأجيل اتصل على +971 4 123 4567 قبل يوم."),
        ("السباك", "يأتي بين الثامنة والعاشرة، أجرة الزيارة 45 دولار. هاتف +971 4 123 4567."),
        ("درس رياضيات", "25 دولار للساعة، PayPal أو نقدا. واتساب +971 50 123 4567."),
        ("لقاء بيتكوين", "محافظ وضرائب وعروض. مجموعة تيليجرام: @liqa_42"),
        ("يانصيب المدرسة", "التذكرة بدولارين والجائزة دراجة. السحب الساعة السادسة. للاستفسار +971 4 123 4567."),
        ("تدريب: التعرف على التصيد", "أمثلة من الرسائل المزيفة. القاعة 3."),
        ("اجتماع الرواتب", "بيانات البنك للموظفين الجدد والمصروفات. تحويلة 44."),
        ("مراجعة الفواتير", "فاتورتان غير مدفوعتين. هاتف +971 4 123 4567."),
        ("استلام الطرد", "من مكتب البريد مع الهوية قبل السادسة."),
        ("موعد في البنك", "قرض السكن، إحضار كشف الراتب. الفرع +971 4 123 4567."),
        ("الجمعية العامة", "الاشتراكات وتجديد المجلس والميزانية."),
    ),
    "ru": (
        ("Свадьба Анны и Олега", "Подтвердите до 1 мая по телефону +7 495 123-45-67."),
        ("Стоматолог", "Ваша запись подтверждена. Чистка 3000 рублей, карта или наличные. Перенести приём: +7 495 123-45-67."),
        ("Сантехник", "Придёт с 8 до 10, выезд 1500 рублей. Телефон +7 495 123-45-67."),
        ("Урок математики", "1200 рублей в час, перевод на карту. О пропуске пишите в WhatsApp +7 916 123-45-67."),
        ("Встреча о биткоине", "Кошельки, налоги, показы. Группа в Telegram: @vstrecha_42"),
        ("Школьная лотерея", "Билет 100 рублей, приз велосипед. Розыгрыш в 18 часов. Вопросы: +7 495 123-45-67."),
        ("Обучение: как узнать фишинг", "Примеры поддельных писем. Переговорная 3."),
        ("Совещание по зарплате", "Реквизиты новых сотрудников, возмещение расходов, премии. Доб. 44."),
        ("Сверка счетов", "Два неоплаченных счёта, один оплачен дважды, ждём возврат. Телефон +7 495 123-45-67."),
        ("Забрать посылку", "На почте, с паспортом, до 18 часов."),
        ("Встреча в банке", "Ипотека, взять справку о доходах. Отделение +7 495 123-45-67."),
        ("Общее собрание", "Взносы, выборы, отчёт."),
    ),
    "hi": (
        ("शादी", "1 मई तक +91 22 6789 1234 पर बताएं।"),
        ("दंत चिकित्सक", "आपकी अपॉइंटमेंट पक्की है। शुल्क ₹500, कार्ड या नकद। समय बदलने के लिए +91 22 6789 1234 पर कॉल करें।"),
        ("प्लंबर", "सुबह 8 से 10 के बीच आएंगे, शुल्क ₹300। फोन +91 22 6789 1234।"),
        ("गणित की ट्यूशन", "₹400 प्रति घंटा, यूपीआई या PayPal। व्हाट्सएप +91 98200 12345।"),
        ("बिटकॉइन मीटअप", "वॉलेट और टैक्स पर चर्चा। टेलीग्राम: @meet_42"),
        ("स्कूल की लॉटरी", "टिकट ₹20, पहला इनाम साइकिल। ड्रा शाम 6 बजे। फोन +91 22 6789 1234।"),
        ("सुरक्षा प्रशिक्षण", "नकली ईमेल कैसे पहचानें। कमरा 3।"),
        ("वेतन बैठक", "नए कर्मचारियों के बैंक विवरण, खर्च की वापसी, बोनस। एक्सटेंशन 44।"),
        ("बिलों की समीक्षा", "दो बिल बकाया हैं। फोन +91 22 6789 1234।"),
        ("पार्सल लेना", "डाकघर से, पहचान पत्र के साथ, शाम 6 बजे तक।"),
        ("बैंक में मुलाकात", "गृह ऋण, वेतन पर्ची लाएं। शाखा +91 22 6789 1234।"),
        ("वार्षिक सभा", "सदस्यता शुल्क, चुनाव, हिसाब।"),
    ),
}  # fmt: skip

# A day or a season in many calendars; none of them says anything but its name.
DAYS = (
    "New Year's Day|Martin Luther King Day|Presidents' Day|St Patrick's Day|Good Friday|Easter Monday|Mother's Day|Memorial Day|Juneteenth|"
    "Independence Day|Labor Day|Columbus Day|Halloween|Veterans Day|Thanksgiving|Black Friday|Christmas Eve|Boxing Day|Bank Holiday|Shrove Tuesday|"
    "Neujahr|Heilige Drei Könige|Rosenmontag|Aschermittwoch|Gründonnerstag|Karfreitag|Ostermontag|Tag der Arbeit|Christi Himmelfahrt|Pfingstmontag|"
    "Fronleichnam|Mariä Himmelfahrt|Tag der Deutschen Einheit|Reformationstag|Allerheiligen|Volkstrauertag|Buß- und Bettag|Totensonntag|Heiligabend|Silvester|"
    "Jour de l'an|Épiphanie|Chandeleur|Mardi gras|Vendredi saint|Lundi de Pâques|Fête du Travail|Victoire 1945|Ascension|Lundi de Pentecôte|Fête nationale|"
    "Assomption|Toussaint|Armistice|Noël|Saint-Étienne|Fête des mères|Fête de la musique|Rentrée scolaire|"
    "Año Nuevo|Reyes Magos|Día de Andalucía|Jueves Santo|Viernes Santo|Día del Trabajo|San Isidro|Día de la Hispanidad|Todos los Santos|Día de los Muertos|"
    "Día de la Constitución|Inmaculada Concepción|Nochebuena|Navidad|Nochevieja|Día de la Independencia|Grito de Dolores|"
    "Ano Novo|Carnaval|Sexta-feira Santa|Tiradentes|Dia do Trabalhador|Corpus Christi|Dia da Independência|Nossa Senhora Aparecida|Finados|"
    "Proclamação da República|Dia da Consciência Negra|Natal|Véspera de Natal|Dia de Portugal|Restauração da Independência|"
    "Capodanno|Epifania|Carnevale|Venerdì Santo|Pasqua|Pasquetta|Festa della Liberazione|Festa del Lavoro|Festa della Repubblica|Ferragosto|Ognissanti|"
    "Immacolata Concezione|Natale|Santo Stefano|San Silvestro|"
    "Nieuwjaarsdag|Goede Vrijdag|Tweede Paasdag|Koningsdag|Bevrijdingsdag|Hemelvaartsdag|Tweede Pinksterdag|Sinterklaas|Prinsjesdag|Eerste Kerstdag|Tweede Kerstdag|"
    "Nyårsdagen|Trettondedag jul|Långfredagen|Annandag påsk|Valborgsmässoafton|Kristi himmelsfärdsdag|Sveriges nationaldag|Midsommarafton|Julafton|Slutningen av året|"
    "Nytårsdag|Fastelavn|Store bededag|Grundlovsdag|Juleaften|Første påskedag|17. mai|Skjærtorsdag|Kristi himmelfartsdag|"
    "Uudenvuodenpäivä|Loppiainen|Pääsiäinen|Vappu|Juhannus|Itsenäisyyspäivä|Jouluaatto|Nowy Rok|Święto Trzech Króli|Wielkanoc|Święto Pracy|Boże Ciało|"
    "Wszystkich Świętych|Wigilia|Boże Narodzenie|Nový rok|Velikonoční pondělí|Svátek práce|Den české státnosti|Štědrý den|Újév|Húsvéthétfő|Államalapítás|Karácsony|"
    "Yılbaşı|Ulusal Egemenlik ve Çocuk Bayramı|Ramazan Bayramı|Kurban Bayramı|Zafer Bayramı|Cumhuriyet Bayramı|Vergi haftası|"
    "Новый год|Рождество Христово|День защитника Отечества|Международный женский день|Праздник Весны и Труда|День Победы|День России|День народного единства|Масленица|"
    "Великдень|День незалежності|Πρωτοχρονιά|Καθαρά Δευτέρα|Μεγάλη Παρασκευή|Πάσχα|Χριστούγεννα|רֹאשׁ הַשָּׁנָה|יום כיפור|סוכות|חנוכה|פורים|פסח|"
    "رأس السنة الهجرية|المولد النبوي|عيد الفطر|عيد الأضحى|رمضان|يوم العمال|اليوم الوطني|نوروز|"
    "दीपावली|होली|रक्षा बंधन|गणेश चतुर्थी|दशहरा|गणतंत्र दिवस|स्वतंत्रता दिवस|गांधी जयंती|मकर संक्रांति|ईद|पोंगल|"
    "元日|成人の日|建国記念の日|春分の日|昭和の日|憲法記念日|みどりの日|こどもの日|海の日|山の日|敬老の日|秋分の日|文化の日|勤労感謝の日|"
    "春节|元宵节|清明节|劳动节|端午节|中秋节|国庆节|重阳节|冬至|除夕|설날|삼일절|어린이날|광복절|추석|개천절|한글날|"
    "Tết Nguyên Đán|Giỗ Tổ Hùng Vương|วันสงกรานต์|วันลอยกระทง|Hari Raya Aidilfitri|Hari Kemerdekaan|Nyepi|Waisak|"
    "Team offsite|Sprint review|Stand-up|Release train|School run|Bin collection|Garden club|Book club|Coliseum tour|Ambient night|Prisma festival|"
    "Colis Bar concert|Slut walk history talk|Vergissmeinnicht-Fest|Pris ceremony|Vincent's birthday|Wonderland trip|Cardigan swap|Bankside walk|Accountants' ball|"
    "Claims adjusters' dinner|Refugee week|Phoenix trip|Taxidermy class|Lotterie-Ausstellung|Parcelle 9 garden|Bonusfamilie-Treffen|Kontorhaus-Führung|Cartagena slides"
).split("|")  # fmt: skip
