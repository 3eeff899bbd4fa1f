"""People and places for the seeded shop: names from many cultures, invented combinations, e-mail at example domains.

Why it exists: software that was only ever shown ASCII names breaks on the first real customer. It must never hold a real
person; every name is drawn at random from common given and family names.
"""

import random
import unicodedata
from dataclasses import dataclass

MAIL_DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "post.example")


@dataclass(frozen=True)
class Culture:
    """Where a customer comes from.

    Attributes:
        language: BCP 47 primary tag they write in.
        country: ISO 3166 alpha-2 code.
        given: Given names; ``native|latin`` where the script is another.
        family: Family names, likewise.
        family_first: Whether the family name comes first.
        cities: ``postal code|city``.
        streets: Street names; the number follows or leads by country.
        weight: How common among the shop's customers.
    """

    language: str
    country: str
    given: tuple[str, ...]
    family: tuple[str, ...]
    cities: tuple[str, ...]
    streets: tuple[str, ...]
    weight: int = 2
    family_first: bool = False


def _words(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(","))


CULTURES: tuple[Culture, ...] = (
    Culture(
        "en",
        "GB",
        _words("Amelia, Oliver, Grace, Harry, Isla, George, Niamh, Callum, Rhys, Imogen, Siobhán, Alfie"),
        _words("Smith, Hughes, O'Connor, Clarke, Bennett, MacLeod, Wright, Patterson, Llewellyn, Fitzgerald"),
        _words("LS1 4AP|Leeds, BS1 5TR|Bristol, EH1 2NG|Edinburgh, CF10 1EP|Cardiff, BT1 5GS|Belfast"),
        _words("Mill Lane, Station Road, Church Street, Victoria Terrace, Queen's Walk"),
        weight=6,
    ),
    Culture(
        "de",
        "DE",
        _words("Jürgen, Anneliese, Lukas, Käthe, Björn, Sabine, Matthias, Heike, Jonas, Friederike, Uwe, Mareike"),
        _words("Müller, Schröder, Weiß, Köhler, Hoffmann, von der Heide, Böttcher, Krüger, Vogel, Süß"),
        _words("10115|Berlin, 50667|Köln, 80331|München, 20095|Hamburg, 04109|Leipzig"),
        _words("Lindenstraße, Am Mühlbach, Goethestraße, Hauptstraße, Rosenweg"),
        weight=6,
    ),
    Culture(
        "fr",
        "FR",
        _words("Chloé, Hugo, Inès, Mathéo, Zoé, François, Élodie, Jean-Baptiste, Maëlle, Loïc"),
        _words("Lefèvre, Moreau, Dubois, Garçon, Saint-Martin, N'Diaye, Girard, Le Goff, Chevalier"),
        _words("69001|Lyon, 75011|Paris, 31000|Toulouse, 44000|Nantes"),
        _words("rue des Lilas, avenue Jean Jaurès, rue du Moulin, place de l'Église"),
        weight=4,
    ),
    Culture(
        "es",
        "ES",
        _words("Lucía, Íñigo, José María, Begoña, Álvaro, Marta, Núria, Joaquín, Sofía, Andrés"),
        _words("García López, Ibáñez, Muñoz, Fernández Peña, Echeverría, Ruiz, Castaño, Domènech"),
        _words("28004|Madrid, 08002|Barcelona, 41003|Sevilla, 46001|València"),
        _words("calle de la Luna, avenida del Mar, calle Mayor, plaza Nueva"),
        weight=4,
    ),
    Culture(
        "pt",
        "PT",
        _words("João, Conceição, Inês, Tiago, Ana Sofia, Gonçalo, Beatriz, Luís"),
        _words("Moreira, da Silva, Gonçalves, Simões, Magalhães, Brandão"),
        _words("1100-048|Lisboa, 4000-322|Porto, 3000-213|Coimbra"),
        _words("Rua das Flores, Travessa da Fonte, Avenida da Liberdade"),
    ),
    Culture(
        "it",
        "IT",
        _words("Niccolò, Giulia, Matteo, Chiara, Francesca, Leonardo, Noemi, Salvatore"),
        _words("Rossi, De Luca, D'Angelo, Esposito, Ferrari, Lo Presti"),
        _words("20121|Milano, 40121|Bologna, 80132|Napoli"),
        _words("via Garibaldi, via dei Mille, piazza San Marco"),
    ),
    Culture(
        "nl",
        "NL",
        _words("Sanne, Daan, Femke, Jeroen, Maartje, Bas, Anouk"),
        _words("de Vries, van den Berg, Jansen, van 't Hof, Bakker, ter Braak"),
        _words("1012 AB|Amsterdam, 3511 LN|Utrecht, 9711 LM|Groningen"),
        _words("Keizersgracht, Dorpsstraat, Molenweg"),
    ),
    Culture(
        "sv",
        "SE",
        _words("Åsa, Gustav, Linnéa, Örjan, Ebba, Måns"),
        _words("Åkesson, Lindqvist, Björklund, Nyström, Öberg"),
        _words("111 29|Stockholm, 411 06|Göteborg, 211 22|Malmö"),
        _words("Storgatan, Björkvägen, Skolgatan"),
    ),
    Culture(
        "pl",
        "PL",
        _words("Małgorzata, Łukasz, Zofia, Wojciech, Grażyna, Paweł"),
        _words("Wiśniewski, Dąbrowska, Łuczak, Żak, Wójcik, Szymański"),
        _words("00-001|Warszawa, 31-044|Kraków, 80-831|Gdańsk"),
        _words("ulica Długa, ulica Polna, aleja Słowackiego"),
    ),
    Culture(
        "tr",
        "TR",
        _words("Ayşe, Çağlar, Gülşen, İbrahim, Şule, Ömer"),
        _words("Yılmaz, Öztürk, Çelik, Şahin, Güneş, Işık"),
        _words("34430|İstanbul, 35220|İzmir"),
        _words("Çiçek Sokak, Atatürk Caddesi, Lale Sokak"),
    ),
    Culture(
        "ja",
        "JP",
        _words("さくら|Sakura, 健太|Kenta, 美咲|Misaki, 大輔|Daisuke, 陽子|Yoko, 翔|Sho"),
        _words("佐藤|Sato, 鈴木|Suzuki, 渡辺|Watanabe, 小林|Kobayashi, 山口|Yamaguchi"),
        _words("150-0001|東京都渋谷区, 530-0001|大阪市北区, 600-8216|京都市下京区"),
        _words("神宮前, 梅田, 烏丸通"),
        weight=3,
        family_first=True,
    ),
    Culture(
        "ar",
        "AE",
        _words("ليلى|Layla, عمر|Omar, فاطمة|Fatima, يوسف|Youssef, نور|Nour, خالد|Khaled"),
        _words("الحسن|Alhassan, منصور|Mansour, حداد|Haddad, الفارسي|Alfarsi, قاسم|Qasim"),
        _words("00000|دبي, 00000|أبوظبي"),
        _words("شارع الوحدة, شارع الخليج"),
        weight=3,
    ),
    Culture(
        "zh",
        "CN",
        _words("伟|Wei, 芳|Fang, 秀英|Xiuying, 敏|Min, 静|Jing"),
        _words("王|Wang, 李|Li, 张|Zhang, 欧阳|Ouyang, 陈|Chen"),
        _words("200001|上海, 510000|广州"),
        _words("南京东路, 人民路"),
        family_first=True,
    ),
    Culture(
        "en",
        "IN",
        _words("Aarav, Priya, Lakshmi, Rohan, Meenakshi, Arjun, Sneha"),
        _words("Iyer, Sharma, Patel, Krishnamurthy, Banerjee, Singh"),
        _words("560001|Bengaluru, 400001|Mumbai, 600001|Chennai"),
        _words("MG Road, Temple Street, Lake View Road"),
    ),
    Culture(
        "en",
        "NG",
        _words("Chinedu, Ngozi, Oluwaseun, Amina, Tunde, Ifeọma"),
        _words("Okafor, Adeyemi, Balogun, Nwosu, Abubakar, Ọlátúnjí"),
        _words("100001|Lagos, 900211|Abuja"),
        _words("Marina Road, Adeola Odeku Street"),
    ),
    Culture(
        "uk",
        "UA",
        _words("Оксана|Oksana, Тарас|Taras, Марія|Mariia, Богдан|Bohdan"),
        _words("Шевченко|Shevchenko, Коваленко|Kovalenko, Бондар|Bondar"),
        _words("01001|Київ, 79000|Львів"),
        _words("вулиця Садова, вулиця Франка"),
    ),
    Culture(
        "vi",
        "VN",
        _words("Thị Hồng, Minh Quân, Thanh Trúc, Đức Anh"),
        _words("Nguyễn, Trần, Phạm, Đặng, Võ"),
        _words("700000|Hồ Chí Minh, 100000|Hà Nội"),
        _words("đường Lê Lợi, phố Huế"),
        family_first=True,
    ),
    Culture(
        "el",
        "GR",
        _words("Ελένη|Eleni, Γιώργος|Giorgos, Δήμητρα|Dimitra"),
        _words("Παπαδόπουλος|Papadopoulos, Ιωάννου|Ioannou"),
        _words("105 57|Αθήνα, 546 21|Θεσσαλονίκη"),
        _words("οδός Ερμού, οδός Αθηνάς"),
        weight=1,
    ),
)


@dataclass(frozen=True)
class Person:
    """A drawn person.

    Attributes:
        name: Full name as they write it.
        mail_name: ASCII local part for an e-mail address.
        culture: Where they come from.
        address: ``line1, postal_code, city, country``.
    """

    name: str
    mail_name: str
    culture: Culture
    address: dict[str, str]


_LETTERS = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "ß": "ss", "ı": "i", "đ": "d", "Đ": "D", "æ": "ae", "ọ": "o"})


def ascii_of(text: str) -> str:
    """Answers ``text`` in lower-case ASCII letters and digits, for an e-mail address."""
    plain = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    return "".join(c for c in plain.lower() if c.isascii() and c.isalnum())


def draw_person(dice: random.Random) -> Person:
    """Draws a person; the same dice give the same person."""
    culture = dice.choices(CULTURES, weights=[c.weight for c in CULTURES])[0]
    given, _, given_latin = dice.choice(culture.given).partition("|")
    family, _, family_latin = dice.choice(culture.family).partition("|")
    name = f"{family} {given}" if culture.family_first else f"{given} {family}"
    mail_name = f"{ascii_of(given_latin or given)}.{ascii_of(family_latin or family)}"
    postal_code, _, city = dice.choice(culture.cities).partition("|")
    street, number = dice.choice(culture.streets), str(dice.randint(1, 148))
    line1 = f"{number} {street}" if culture.country in {"GB", "FR", "IN", "NG"} else f"{street} {number}"
    address = {"line1": line1, "postal_code": postal_code, "city": city, "country": culture.country}
    return Person(name, mail_name, culture, address)
