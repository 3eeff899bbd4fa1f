"""Short and mixed texts as customers write them, with the language a person would name. Written for this test (R-D3)."""

from collections.abc import Mapping
from typing import Final

SHORT: Final[Mapping[str, tuple[str, ...]]] = {
    "en": ("where is my order?", "thanks a lot", "refund please", "it arrived broken", "can you help me?", "wrong size",
           "I want to cancel", "my account is locked", "still waiting", "yes please do that"),
    "de": ("wo ist mein Paket?", "vielen Dank", "ok danke", "bitte Geld zurück", "es ist kaputt", "falsche Größe",
           "ich möchte stornieren", "mein Konto ist gesperrt", "ich warte noch", "ja bitte machen Sie das"),
    "fr": ("où est mon colis ?", "merci beaucoup", "remboursement svp", "il est cassé", "pouvez-vous m'aider ?",
           "mauvaise taille", "je veux annuler", "mon compte est bloqué", "j'attends toujours", "oui, faites-le"),
    "es": ("¿dónde está mi pedido?", "muchas gracias", "quiero un reembolso", "llegó roto", "¿me pueden ayudar?",
           "talla equivocada", "quiero cancelar", "mi cuenta está bloqueada", "sigo esperando", "sí, por favor"),
    "it": ("dov'è il mio pacco?", "grazie mille", "vorrei un rimborso", "è arrivato rotto", "potete aiutarmi?",
           "taglia sbagliata", "voglio annullare", "il mio account è bloccato", "sto ancora aspettando", "sì, per favore"),
    "pt": ("onde está a minha encomenda?", "muito obrigado", "quero o reembolso", "chegou partido", "podem ajudar-me?",
           "tamanho errado", "quero cancelar a compra", "a minha conta está bloqueada", "ainda estou à espera",
           "sim, por favor"),
    "nl": ("waar is mijn pakket?", "hartelijk bedankt", "graag geld terug", "het is kapot aangekomen", "kunt u mij helpen?",
           "verkeerde maat", "ik wil annuleren", "mijn account is geblokkeerd", "ik wacht nog steeds", "ja graag"),
    "da": ("hvor er min pakke?", "mange tak", "jeg vil have pengene tilbage", "den er gået i stykker", "kan I hjælpe mig?",
           "forkert størrelse", "jeg vil annullere", "min konto er spærret", "jeg venter stadig", "ja tak, gør det"),
    "sv": ("var är mitt paket?", "tack så mycket", "jag vill ha pengarna tillbaka", "den kom trasig", "kan ni hjälpa mig?",
           "fel storlek", "jag vill avbeställa", "mitt konto är spärrat", "jag väntar fortfarande", "ja gärna, gör det"),
    "pl": ("gdzie jest moja paczka?", "dziękuję bardzo", "proszę o zwrot", "przyszło uszkodzone", "czy możecie mi pomóc?",
           "zły rozmiar", "chcę anulować", "moje konto jest zablokowane", "nadal czekam", "tak, proszę"),
    "tr": ("siparişim nerede?", "çok teşekkürler", "iade istiyorum", "kırık geldi", "yardım eder misiniz?", "yanlış beden",
           "iptal etmek istiyorum", "hesabım kilitli", "hâlâ bekliyorum", "evet lütfen yapın"),
    "ru": ("где мой заказ?", "большое спасибо", "верните деньги", "пришло сломанное", "вы можете помочь?",
           "не тот размер", "хочу отменить", "мой аккаунт заблокирован", "я всё ещё жду", "да, пожалуйста"),
    "ar": ("أين طلبي؟", "شكرا جزيلا", "أريد استرداد المال", "وصل مكسورا", "هل يمكنكم مساعدتي؟", "مقاس خاطئ",
           "أريد الإلغاء", "حسابي مغلق", "ما زلت أنتظر", "نعم من فضلك"),
    "zh": ("我的包裹在哪里？", "非常感谢", "我要退款", "收到时是坏的", "可以帮我吗？", "尺码不对", "我想取消",
           "我的账户被锁了", "还在等", "好的，谢谢"),
    "ja": ("荷物はどこですか？", "ありがとうございます", "返金してください", "壊れていました", "助けてもらえますか？",
           "サイズが違います", "キャンセルしたいです", "アカウントがロックされました", "まだ待っています",
           "はい、お願いします"),
}  # fmt: skip

NO_LANGUAGE: Final = (
    "", " ", "NW-10023", "👍", "ok", "???", "1Z999AA10123456784", "https://www.northwind.example/orders/NW-10023",
    "49,90 €", "+49 30 901820", "zoe.lang@example.org", ":-)", "X-Pro III", "...", "403", "😀😀😀", "a",
    "NW-10023, NW-10024",
)  # fmt: skip
"""What is in no language, or too short to say."""

MIXED: Final = (
    ("Ich möchte bitte mein Geld zurück haben. My parcel has not arrived and I am very angry about it.", ("de", "en")),
    ("Bonjour, je n'ai toujours pas reçu ma commande. Could you please tell me where it is right now?", ("fr", "en")),
    ("Hola, quiero devolver estos zapatos porque no me quedan. Can you send me the return label please?", ("es", "en")),
    ("Здравствуйте, где мой заказ? I have been waiting for two weeks and nobody answers me.", ("ru", "en")),
    ("こんにちは、注文はどこですか。Please answer me in English if that is possible for you.", ("ja", "en")),
    ("你好，我的包裹还没有到，请帮我查一下。Please also check the second parcel that I ordered yesterday.", ("zh", "en")),
    ("مرحبا، لم يصل طلبي بعد وأريد استرداد المال. Please call me back as soon as you can.", ("ar", "en")),
    (
        "Hej, jeg har ikke modtaget min pakke endnu. Ich habe sie vor zwei Wochen bei euch bestellt und bezahlt.",
        ("da", "de"),
    ),
)
"""Texts in two languages, in their order."""
