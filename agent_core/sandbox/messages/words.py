"""The word lists of the offline brain's triage.

A stand-in's lists: large enough to sort the messages of a demo and of real threads, small enough to be read. Never used by
the product itself.
"""

STOP_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(
        """a an the and or but i you he she it we they my your our is are was were be been have has had do does did not
        this that these those of to in on for with at by from as what when where why how who will would can could should
        please thanks thank hello hi if there just about get got still any no yes me im i'm it's don't
        didn't""".split()  # noqa: SIM905 - a list of words is read as text
    ),
    "de": frozenset(
        """der die das den dem ein eine einen und oder aber ich du er sie es wir ihr mein meine meinen ist sind war
        waren habe hat haben hatte nicht kein keine von zu in im auf für mit bei aus als was wann wo warum wie wer wird
        werden kann könnte bitte danke hallo wenn noch schon mir mich ihre bestellung guten tag immer
        auch""".split()  # noqa: SIM905 - see above
    ),
    "fr": frozenset(
        """le la les un une des et ou mais je tu il elle nous vous ils mon ma mes votre vos est sont était suis ai avez
        pas ne de du à au en dans sur pour avec par que qui quoi quand où pourquoi comment ce cette ces s'il plaît merci
        bonjour si encore toujours commande j'ai c'est n'ai me se""".split()  # noqa: SIM905 - see above
    ),
    "es": frozenset(
        """el la los las un una unos y o pero yo tú él ella nosotros mi mis su sus es son era está están he ha han no de
        del a al en con por para que qué quién cuándo dónde cómo este esta estos gracias hola favor si todavía aún pedido
        me se lo muy quiero tengo""".split()  # noqa: SIM905 - see above
    ),
    "nl": frozenset(
        """de het een en of maar ik jij je hij zij wij we jullie mijn uw is zijn was waren heb heeft hebben niet geen van
        naar in op voor met bij uit als wat wanneer waar waarom hoe wie zal kan kunnen graag bedankt hallo dank nog al
        mij bestelling ook dit dat deze""".split()  # noqa: SIM905 - see above
    ),
    "it": frozenset(
        """il lo la i gli le un una e o ma io tu lui lei noi voi mio mia miei è sono era ho ha hanno non di del della a
        al in nel con per da che chi quando dove come perché questo questa grazie ciao buongiorno se ancora ordine mi si
        vorrei prego""".split()  # noqa: SIM905 - see above
    ),
    "da": frozenset(
        """den det en et og eller men jeg du han hun vi de min mit mine er var har havde ikke ingen af til i på for med
        ved fra som hvad hvornår hvor hvorfor hvordan hvem vil kan kunne tak hej venligst hvis stadig endnu mig ordre
        ordren denne dette""".split()  # noqa: SIM905 - see above
    ),
}

SCRIPTS: tuple[tuple[str, str, str], ...] = (
    ("\u3040", "\u30ff", "ja"),
    ("\uac00", "\ud7a3", "ko"),
    ("\u4e00", "\u9fff", "zh"),
    ("\u0400", "\u04ff", "ru"),
    ("\u0600", "\u06ff", "ar"),
    ("\u0590", "\u05ff", "he"),
    ("\u0370", "\u03ff", "el"),
    ("\u0e00", "\u0e7f", "th"),
    ("\u0900", "\u097f", "hi"),
)
"""First and last character of a script and the language it is taken for; kana decides before Chinese characters."""

CONCEPTS: dict[str, tuple[str, ...]] = {
    "refund": (
        "money back",
        "refund",
        "reimburse",
        "geld zurück",
        "rückerstattung",
        "erstattung",
        "erstatten",
        "rembours",
        "remboursement",
        "reembolso",
        "devolución del dinero",
        "dinero de vuelta",
        "rimborso",
        "terugbetaling",
        "geld terug",
        "refusion",
        "pengene tilbage",
        "penge tilbage",
    ),
    "where": (
        "where is my",
        "where's my",
        "track",
        "tracking",
        "has not arrived",
        "hasn't arrived",
        "not arrived",
        "never arrived",
        "wo ist",
        "wo bleibt",
        "noch nicht angekommen",
        "nicht angekommen",
        "sendungsverfolgung",
        "où est",
        "où en est",
        "pas arrivé",
        "pas reçu",
        "suivi",
        "dónde está",
        "no ha llegado",
        "seguimiento",
        "dov'è",
        "non è arrivato",
        "waar is",
        "waar blijft",
        "niet aangekomen",
        "hvor er",
        "ikke kommet",
    ),
    "cancel": (
        "cancel",
        "stornieren",
        "storno",
        "kündigen",
        "annuler",
        "résilier",
        "cancelar",
        "annullare",
        "disdire",
        "annuleren",
        "opzeggen",
        "annullere",
        "opsige",
        "afbestille",
    ),
    "return": (
        "send back",
        "return",
        "zurücksenden",
        "zurückschicken",
        "renvoyer",
        "retour",
        "devolver",
        "restituire",
        "terugsturen",
        "returnere",
    ),
    "invoice": ("invoice", "receipt", "rechnung", "facture", "factura", "fattura", "factuur", "faktura"),
}
"""Ways to say a thing in several languages, used for an intent whose id or phrases contain the key."""

NEGATIVE = frozenset(
    """angry annoyed awful bad broken complaint damaged disappointed disgusting disgrace fed furious horrible joke late lost
    missing never pathetic ridiculous rubbish scam shame terrible unacceptable unhappy upset useless waste worst wrong
    ärgerlich enttäuscht frechheit kaputt schlecht unverschämt wütend sauer déçu inacceptable honte nul furieux scandaleux
    decepcionado horrible vergüenza inaceptable roto teleurgesteld slecht belachelijk deluso pessimo vergogna skuffet
    dårlig""".split()  # noqa: SIM905 - see above
)
POSITIVE = frozenset(
    """amazing appreciate awesome excellent fantastic glad great happy helpful kind lovely perfect pleased super wonderful
    toll prima freue zufrieden parfait génial ravi perfecto encantado fantastisch tevreden perfetto felice glad
    tak""".split()  # noqa: SIM905 - see above
)
URGENT = (
    "urgent",
    "urgently",
    "asap",
    "immediately",
    "right now",
    "right away",
    "as soon as possible",
    "today",
    "tonight",
    "tomorrow",
    "dringend",
    "sofort",
    "heute",
    "morgen",
    "eilig",
    "tout de suite",
    "aujourd'hui",
    "demain",
    "urgente",
    "cuanto antes",
    "hoy",
    "dringend",
    "vandaag",
    "subito",
    "oggi",
    "haster",
    "straks",
)
UNHURRIED = (
    "no rush",
    "no hurry",
    "whenever you",
    "when you have time",
    "keine eile",
    "pas pressé",
    "sin prisa",
    "geen haast",
    "senza fretta",
    "ingen hast",
)
LEGAL = (
    "lawyer",
    "attorney",
    "solicitor",
    "legal action",
    "sue you",
    "suing",
    "court",
    "small claims",
    "ombudsman",
    "trading standards",
    "consumer protection",
    "chargeback",
    "charge back",
    "gdpr",
    "data protection",
    "police",
    "anwalt",
    "rechtsanwalt",
    "gericht",
    "verbraucherzentrale",
    "anzeige",
    "klage",
    "datenschutz",
    "avocat",
    "tribunal",
    "justice",
    "abogado",
    "demanda",
    "denuncia",
    "advocaat",
    "rechter",
    "avvocato",
    "advokat",
    "retten",
)
SAFETY = (
    "caught fire",
    "on fire",
    "burned",
    "burnt",
    "burning smell",
    "smoke",
    "explod",
    "electric shock",
    "injured",
    "injury",
    "bleeding",
    "hospital",
    "ambulance",
    "allergic",
    "poison",
    "choking",
    "choked",
    "kill myself",
    "suicide",
    "self-harm",
    "hurt myself",
    "brennt",
    "verbrannt",
    "verletzt",
    "krankenhaus",
    "stromschlag",
    "umbringen",
    "brûlé",
    "blessé",
    "hôpital",
    "incendie",
    "quemado",
    "herido",
    "verbrand",
    "gewond",
    "ziekenhuis",
    "ustionato",
    "ferito",
    "forbrændt",
)
REFUSING = (
    "don't want",
    "dont want",
    "do not want",
    "don't need",
    "do not need",
    "not asking for",
    "not looking for",
    "no longer want",
    "will nicht",
    "möchte nicht",
    "keine",
    "kein",
    "ne veux pas",
    "no quiero",
    "wil geen",
    "non voglio",
    "vil ikke have",
)
CATEGORIES: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("subscription", ("subscri", "abo", "plan", "renew")),
    ("billing", ("refund", "invoice", "bill", "pay", "charge", "money")),
    ("account", ("account", "password", "login", "email", "profile", "privacy")),
    ("orders", ("order", "parcel", "deliver", "ship", "track", "where", "cancel", "return", "address")),
    ("product", ("product", "size", "stock", "warranty", "broken", "damaged", "defect")),
)
QUESTIONS = {
    "en": "What would you like us to do for you? If it is about an order, please tell us its number.",
    "de": "Was können wir für Sie tun? Wenn es um eine Bestellung geht, nennen Sie uns bitte die Nummer.",
    "fr": "Que pouvons-nous faire pour vous ? S'il s'agit d'une commande, merci d'indiquer son numéro.",
    "es": "¿Qué podemos hacer por usted? Si se trata de un pedido, indíquenos el número, por favor.",
    "nl": "Wat kunnen we voor u doen? Gaat het om een bestelling, geef dan het nummer door.",
    "it": "Che cosa possiamo fare per lei? Se si tratta di un ordine, ci indichi il numero, per favore.",
    "da": "Hvad kan vi gøre for dig? Hvis det handler om en ordre, så skriv gerne nummeret.",
}

AGREEING: tuple[str, ...] = (
    "yes", "yeah", "yep", "sure", "please do", "go ahead", "do it", "confirm", "confirmed", "that's right", "correct", "ok",
    "okay", "please cancel", "cancel it", "cancel anyway",
    "ja", "genau", "gern", "gerne", "einverstanden", "mach das", "machen sie das", "bitte kündigen", "kündigen", "stimmt",
    "oui", "d'accord", "sí", "claro", "de acuerdo",
)  # fmt: skip
"""Words that say yes to a question."""

DECLINING: tuple[str, ...] = (
    "don't", "do not", "keep it", "no thanks", "no thank you", "rather not", "not now", "changed my mind", "never mind",
    "nein danke", "nicht", "doch nicht", "behalten", "lieber nicht", "non merci", "no gracias",
)  # fmt: skip
"""Words that say no to it, whatever else is said."""
