"""Buyers of twenty countries, written as people there write."""

import random
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Person:
    """`id` is stable for the same seed and number; an address is complete, `region` may be ""."""

    id: str
    name: str
    line1: str
    line2: str
    city: str
    region: str
    postcode: str
    country: str
    phone: str
    email: str


# country: names, streets ("{}" is the house number), (city, region, postcode), phone prefix and number of digits after it
_COUNTRIES: Final[dict[str, tuple[str, str, tuple[tuple[str, str, str], ...], tuple[str, int]]]] = {
    "DE": ("Jörg Weiß|Änne Groß|Lukas Schäfer", "Lindenstraße {}|Am Mühlbach {}",
           (("Berlin", "", "10115"), ("Köln", "", "50667")), ("+4915", 9)),
    "FR": ("Hélène Lefèvre|Zoé N'Diaye|Rémi d'Aubigné", "{} rue de l'Église|{} bd Saint-Michel",
           (("Paris", "", "75005"), ("Nîmes", "", "30000")), ("+336", 8)),
    "GB": ("Siân O'Connor|Oliver Smith|Priya Patel", "{} High Street|Flat 3, {} Kings Road",
           (("London", "", "SW3 5UZ"), ("St Andrews", "", "KY16 9AJ")), ("+447", 9)),
    "US": ("Emily Johnson|José Hernández|DeShawn Williams", "{} Maple Ave|{} N Main St Apt 4B",
           (("Portland", "OR", "97201"), ("Honolulu", "HI", "96813")), ("+1503", 7)),
    "CA": ("Chloé Tremblay|Liam MacDonald", "{} rue Sherbrooke|{} Yonge St",
           (("Montréal", "QC", "H3A 1G1"), ("Toronto", "ON", "M5B 2H1")), ("+1514", 7)),
    "JP": ("佐藤 結衣|高橋 大輔|渡邉 さくら", "渋谷{}丁目1-2|銀座4-{}-1",
           (("渋谷区", "東京都", "150-0002"), ("大阪市北区", "大阪府", "530-0001")),
           ("+8190", 8)),
    "KR": ("김민준|이서연", "테헤란로 {}|명동길 {}",
           (("강남구", "서울특별시", "06164"), ("중구", "서울특별시", "04536")), ("+8210", 8)),
    "CN": ("王芳|李伟|欧阳娜娜", "人民路{}号|中山北路{}号3单元502", (("上海市", "上海", "200001"), ("深圳市", "广东", "518000")),
           ("+86138", 8)),
    "TW": ("陳怡君|林志偉", "忠孝東路四段{}號", (("台北市", "", "106"), ("高雄市", "", "800")), ("+8869", 8)),
    "SG": ("Tan Wei Ling|Muhammad Faisal", "{} Orchard Road #05-12", (("Singapore", "", "238823"),), ("+659", 7)),
    "MY": ("Nur Aisyah binti Ahmad|Lim Chee Keong", "{} Jalan Bukit Bintang",
           (("Kuala Lumpur", "W.P. Kuala Lumpur", "55100"), ("Kuching", "Sarawak", "93000")), ("+6012", 7)),
    "TH": ("สมชาย ใจดี|กัญญารัตน์ ศรีสุข", "{} ถนนสุขุมวิท", (("วัฒนา", "กรุงเทพมหานคร", "10110"),), ("+668", 8)),
    "VN": ("Nguyễn Thị Hương|Trần Văn Đức", "{} Nguyễn Huệ", (("Quận 1", "TP. Hồ Chí Minh", "700000"),), ("+849", 8)),
    "PH": ("Maria Clara Santos|Juan dela Cruz", "{} Mabini St., Brgy. San Antonio", (("Makati", "Metro Manila", "1203"),),
           ("+639", 9)),
    "SA": ("محمد العتيبي|نورة القحطاني", "{} طريق الملك فهد", (("الرياض", "", "12214"),), ("+9665", 8)),
    "IL": ("נועה כהן|דוד לוי", "רחוב הרצל {}", (("תל אביב", "", "6688312"),), ("+9725", 8)),
    "GR": ("Γιώργος Παπαδόπουλος|Ελένη Νικολάου", "Ερμού {}", (("Αθήνα", "", "105 63"),), ("+3069", 8)),
    "UA": ("Олена Шевченко|Андрій Коваль", "вул. Хрещатик, {}", (("Київ", "", "01001"),), ("+38050", 7)),
    "BR": ("João da Silva Júnior|Ana Conceição", "Rua Augusta, {} – apto 71", (("São Paulo", "SP", "01305-000"),),
           ("+55119", 8)),
    "MX": ("Ximena Núñez|José Ángel Muñoz", "Av. Insurgentes Sur {}, int. 2", (("Ciudad de México", "CDMX", "03100"),),
           ("+5255", 8)),
}  # fmt: skip
COUNTRIES: Final = tuple(_COUNTRIES)


def person(seed: int, number: int, *, moved: bool = False) -> Person:
    """The `number`-th buyer of this seed. `moved`: the same buyer at another address of the same country."""
    draw = random.Random(f"buyer {seed} {number}")  # noqa: S311 - made-up buyers, not secrets
    country = draw.choice(COUNTRIES)
    names, streets, cities, (prefix, length) = _COUNTRIES[country]
    name = draw.choice(names.split("|"))
    phone = prefix + "".join(str(draw.randint(0, 9)) for _ in range(length))
    where = random.Random(f"moved {seed} {number}") if moved else draw  # noqa: S311
    city, region, postcode = where.choice(cities)
    return Person(
        id=f"buyer{seed}x{number}",
        name=name,
        line1=where.choice(streets.split("|")).format(where.randint(1, 299)),
        line2=where.choice(("", "", "2F")),
        city=city,
        region=region,
        postcode=postcode,
        country=country,
        phone=phone,
        email=f"buyer{seed}x{number}@example.com",
    )
