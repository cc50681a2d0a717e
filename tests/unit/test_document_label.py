"""The 100 x 150 mm label, in every script a recipient may write."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date
from itertools import combinations

import pypdfium2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot.parcels.documents.codes import UnprintableCode
from entrepot.parcels.documents.label import HEIGHT_MM, WIDTH_MM, draw_label, labels_pdf
from entrepot.parcels.documents.readback import page_images, read_codes
from entrepot.parcels.documents.sheet import MM, Align, Sheet
from entrepot.parcels.documents.typeset import width_of
from entrepot.parcels.documents.values import DeclarationCategory, DocumentLine, LabelValues, Party

SENDER = Party(
    name="Chen Li",
    company="Lantern & Loom Ltd",
    lines=("Room 502, Building 3, 12 Gushu 1st Road, Xixiang", "Bao'an District"),
    city="Shenzhen",
    region="Guangdong",
    postcode="518126",
    country="CN",
    country_name_en="China",
    phone="+86 755 2345 6789",
)
CHINESE_SENDER = Party(
    "陈丽", "深圳市光织贸易有限公司", ("宝安区西乡街道固戍一路12号",), "深圳市", "广东省", "518126", "CN", "China", ""
)
LONG_NAME = "Maximilian-Alexander von und zu Hohenstein-Lichtenfels-Bergx"
PEOPLE = {
    "Polish": Party(
        "Łukasz Wiśniewski",
        "",
        ("ul. Świętokrzyska 12/34",),
        "Warszawa",
        "",
        "00-044",
        "PL",
        "Poland",
        "+48 601 234 567",
    ),
    "Chinese": Party(
        "张伟", "", ("朝阳区建国路88号",), "北京市", "北京市", "100022", "CN", "China", "+86 138 0013 8000"
    ),
    "Japanese": Party(
        "山田 花子",
        "株式会社さくら",
        ("神宮前1-2-3", "グリーンハイツ405号"),
        "渋谷区",
        "東京都",
        "150-0001",
        "JP",
        "Japan",
        "",
    ),
    "Korean": Party(
        "김민준",
        "",
        ("강남구 테헤란로 152", "강남파이낸스센터 20층"),
        "서울특별시",
        "",
        "06236",
        "KR",
        "South Korea",
        "+82 10",
    ),
    "Thai": Party(
        "สมชาย ใจดี",
        "บริษัท น้ำผึ้ง จำกัด",
        ("123/45 ถนนสุขุมวิท แขวงคลองเตยเหนือ",),
        "กรุงเทพ",
        "",
        "10110",
        "TH",
        "Thailand",
        "1",
    ),
    "Arabic": Party(
        "محمد بن عبد الله",
        "",
        ("شارع الملك فهد، مبنى رقم 4521 (الطابق 3)",),
        "الرياض",
        "",
        "12214",
        "SA",
        "Saudi Arabia",
        "+966",
    ),
    "Hebrew": Party("יוסי כהן", "", ("רחוב דיזנגוף 99, דירה 12",), "תל אביב", "", "6433222", "IL", "Israel", "+972"),
    "Vietnamese": Party(
        "Nguyễn Thị Phương Thảo",
        "",
        ("Số 25, ngõ 168 đường Nguyễn Xiển",),
        "Hà Nội",
        "",
        "100000",
        "VN",
        "Vietnam",
        "+84",
    ),
    "Russian": Party(
        "Екатерина Щербакова", "", ("ул. Ленина, д. 15",), "Новосибирск", "", "630099", "RU", "Russia", "+7"
    ),
    "Greek": Party("Γιώργος Παπαδόπουλος", "", ("Βασιλίσσης Σοφίας 45",), "Αθήνα", "", "106 76", "GR", "Greece", "+30"),
    "German, 60 characters, no phone": Party(
        LONG_NAME,
        "Donaudampfschifffahrtsgesellschaftskapitänskajüte GmbH & Co. KG",
        ("Rechtsanwältin-Müller-Straße 123a, Hinterhof, 3. Obergeschoss links",),
        "Villingen-Schwenningen",
        "Baden-Württemberg",
        "78048",
        "DE",
        "Germany",
        "",
    ),
}


def line(number: int = 0) -> DocumentLine:
    return DocumentLine(
        sku_code=f"LMP-{100 + number}-WW",
        name="太阳能灯串 10米",
        name_customs_en=f"Solar string lights {number}",
        name_customs_zh="太阳能灯串",
        quantity=2,
        bin=f"A-{number + 1:02d}-3",
        variation="暖白 / 10 m",
        hs_code="940531",
        origin_country="CN",
        weight_grams=180,
        value_minor=650,
        currency="USD",
        goods_class="battery",
    )


LABEL = LabelValues(
    parcel_number="P2611220001",
    waybill_number="LA123456785CN",
    service_name="Standard Shipping",
    sorting_code="PL-WAW-03",
    sender=SENDER,
    recipient=PEOPLE["Polish"],
    lines=(line(0), line(3)),
    order_numbers=("8190283746551",),
    printed_on=date(2026, 11, 22),
    goods_mark="PI967",
    weight_grams=780,
    instruction="",
    undeliverable="return",
)
TWO_LAYERS = (
    "Two layers: inner = international packaging with this label, outer = domestic packaging. 双层包装：内层贴面单。"
)
EVERYTHING = replace(
    LABEL,
    recipient=PEOPLE["Thai"],
    sender=CHINESE_SENDER,
    lines=tuple(line(number) for number in range(12)),
    order_numbers=tuple(f"81902837465{number:02d}" for number in range(15)),
    waybill_number="A1B2C3D4E5F6G7H8I9J0K1L2M3N4O5",
    instruction=TWO_LAYERS,
    undeliverable="destroy",
    service_name="AliExpress Selection Standard Cross-Border Direct Line, lithium batteries contained, economy",
    sorting_code="A VERY LONG SORTING CODE 0123456789",
)
CASES = {script: replace(LABEL, recipient=person) for script, person in PEOPLE.items()} | {
    "everything at once": EVERYTHING,
    "long name of a country": replace(
        LABEL, recipient=replace(PEOPLE["Polish"], country="VC", country_name_en="Saint Vincent and the Grenadines")
    ),
    "hardly anything": replace(
        LABEL,
        sender=Party("", "", (), "", "", "", "", "", ""),
        recipient=Party("", "", (), "", "", "", "", "", ""),
        lines=(),
        order_numbers=(),
        goods_mark="",
        weight_grams=0,
        undeliverable="",
        service_name="",
        sorting_code="",
    ),
}


def page_text(pdf: bytes, number: int = 0) -> str:
    return pypdfium2.PdfDocument(pdf)[number].get_textpage().get_text_bounded()


class Measured(Sheet):
    """Notes the box of each text: left, upper edge of capitals, right, baseline, all in mm."""

    def __init__(self) -> None:
        super().__init__(WIDTH_MM, HEIGHT_MM, "measured")
        self.texts: list[tuple[str, float, float, float, float]] = []

    def text(
        self,
        x: float,
        y: float,
        text: str,
        size: float,
        *,
        bold: bool = False,
        align: Align = Align.LEFT,
        white: bool = False,
    ) -> None:
        width = width_of(text, size, bold) / MM
        left = x - {Align.LEFT: 0, Align.CENTRE: 0.5, Align.RIGHT: 1}[align] * width
        self.texts.append((text, left, y - 0.7 * size / MM, left + width, y))
        super().text(x, y, text, size, bold=bold, align=align, white=white)

    def form(self, name: str, draw: Callable[[Sheet], None]) -> None:
        draw(self)


def test_a_label_is_exactly_100_by_150_millimetres() -> None:
    page = pypdfium2.PdfDocument(labels_pdf([LABEL]))[0]
    width, height = page.get_size()
    assert (round(width / MM, 3), round(height / MM, 3)) == (100.0, 150.0)
    image = next(page_images(labels_pdf([LABEL])))
    assert image.size == (800, 1200)


def test_pages_stand_in_the_order_of_the_labels_and_each_has_its_own_codes() -> None:
    numbers = [7, 3, 9, 1, 5, 2, 8, 6, 4, 0]
    labels = [replace(LABEL, parcel_number=f"P{n:04d}", waybill_number=f"RB{n:09d}CN") for n in numbers]
    assert read_codes(labels_pdf(labels)) == [[("Code128", f"RB{n:09d}CN"), ("QRCode", f"P{n:04d}")] for n in numbers]


@pytest.mark.parametrize("case", CASES)
def test_both_codes_read_back_at_printer_resolution(case: str) -> None:
    label = CASES[case]
    assert read_codes(labels_pdf([label])) == [[("Code128", label.waybill_number), ("QRCode", label.parcel_number)]]


@pytest.mark.parametrize(
    "number", ["1", "YT2612345678901234", "1Z999AA10123456784", "00340434161094042557", "A" * 30, "x-1/2_3"]
)
def test_waybill_numbers_up_to_thirty_characters_read_back(number: str) -> None:
    assert ("Code128", number) in read_codes(labels_pdf([replace(LABEL, waybill_number=number)]))[0]


@pytest.mark.parametrize("case", CASES)
def test_two_millimetres_on_every_side_stay_white(case: str) -> None:
    image = next(page_images(labels_pdf([CASES[case]])))
    ink = image.point(lambda grey: 255 - grey).getbbox()
    assert ink is not None
    left, top, right, bottom = ink
    assert left >= 16
    assert top >= 16
    assert right <= 800 - 16
    assert bottom <= 1200 - 16


@pytest.mark.parametrize("case", CASES)
def test_no_text_lies_on_another_or_leaves_the_label(case: str) -> None:
    sheet = Measured()
    draw_label(sheet, CASES[case])
    for text, left, top, right, base in sheet.texts:
        assert left >= 2, text
        assert right <= WIDTH_MM - 2, text
        assert top >= 2, text
        assert base <= HEIGHT_MM - 2, text
    for (text, *one), (other_text, *other) in combinations(sheet.texts, 2):
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
        assert apart, f"{text!r} lies on {other_text!r}"


@pytest.mark.parametrize(
    "script", ["Polish", "Chinese", "Japanese", "Korean", "Thai", "Vietnamese", "Russian", "Greek"]
)
def test_the_name_can_be_found_in_the_text_of_the_page(script: str) -> None:
    assert PEOPLE[script].name in page_text(labels_pdf([CASES[script]]))


@pytest.mark.parametrize("script", ["Arabic", "Hebrew"])
def test_every_word_of_a_right_to_left_name_can_be_found(script: str) -> None:
    text = page_text(labels_pdf([CASES[script]]))
    for word in PEOPLE[script].name.split():
        assert word in text


def test_a_recipient_in_another_script_stands_in_latin_letters_too() -> None:
    text = page_text(labels_pdf([CASES["Chinese"]]))
    assert "Zhang Wei" in text
    assert "Chao Yang Qu Jian Guo Lu 88 Hao" in text
    assert "Bei Jing Shi, Bei Jing Shi 100022" in text


def test_a_japanese_recipient_in_han_signs_stands_once_and_never_in_a_chinese_reading() -> None:
    text = page_text(labels_pdf([CASES["Japanese"]]))
    assert "山田 花子" in text
    for chinese in ("Shan", "Tian", "Shen Gong", "Se Gu", "Dong Jing", "Hao"):
        assert chinese not in text
    kana = replace(PEOPLE["Japanese"], name="ヤマダ ハナコ", lines=("神宮前1-2-3", "グリーンハイツ"))
    text = page_text(labels_pdf([replace(LABEL, recipient=kana)]))
    assert "Yamada Hanako" in text
    assert "Gurinhaitsu" in text
    assert "Shen Gong" not in text


def test_a_chinese_sender_stands_in_latin_letters_abroad_and_as_written_at_home() -> None:
    abroad = page_text(labels_pdf([replace(LABEL, sender=CHINESE_SENDER)]))
    assert "Chen Li" in abroad
    assert "陈丽" not in abroad
    at_home = page_text(labels_pdf([replace(LABEL, sender=CHINESE_SENDER, recipient=PEOPLE["Chinese"])]))
    assert "陈丽" in at_home


def test_a_latin_recipient_stands_once() -> None:
    assert page_text(labels_pdf([LABEL])).count("Wiśniewski") == 1


def test_a_name_of_sixty_characters_is_not_cut() -> None:
    assert len(LONG_NAME) == 60
    assert LONG_NAME in page_text(labels_pdf([CASES["German, 60 characters, no phone"]]))


def test_country_stands_by_code_in_english_and_in_chinese() -> None:
    text = page_text(labels_pdf([LABEL]))
    for expected in ("PL", "Poland", "波兰", "POLAND", "00-044"):
        assert expected in text


def test_an_empty_phone_leaves_no_dangling_word() -> None:
    label = replace(LABEL, recipient=replace(LABEL.recipient, phone=""), sender=replace(SENDER, phone=""))
    assert "Tel" not in page_text(labels_pdf([label]))
    assert page_text(labels_pdf([LABEL])).count("Tel") == 2


def test_date_weight_and_choice_are_those_given() -> None:
    text = page_text(labels_pdf([LABEL]))
    for expected in ("2026-11-22", "0.780 kg", "RETURN 退回", "PI967", "LA 123 456 785 CN"):
        assert expected in text
    assert "DESTROY 销毁" in page_text(labels_pdf([replace(LABEL, undeliverable="destroy")]))


def test_the_declaration_shows_rows_and_totals() -> None:
    text = page_text(labels_pdf([LABEL]))
    for expected in ("Solar string lights 0", "940531", "USD 13.00", "0.360", "0.720", "USD 26.00", "gross 0.780 kg"):
        assert expected in text
    for field in (
        "CN 22",
        "May be opened officially",
        "Sale of goods",
        "Gift",
        "Documents",
        "I certify",
        "Date and signature",
    ):
        assert field in text


def test_the_ticked_category_moves() -> None:
    sale = next(page_images(labels_pdf([LABEL])))
    gift = next(page_images(labels_pdf([replace(LABEL, category=DeclarationCategory.GIFT)])))
    differing = [(x, y) for x in range(800) for y in range(1200) if sale.getpixel((x, y)) != gift.getpixel((x, y))]
    assert differing
    assert all(720 + 48 <= y <= 720 + 64 for _, y in differing)


def test_twelve_lines_are_continued_on_the_packing_slip_and_counted_whole() -> None:
    text = page_text(labels_pdf([EVERYTHING]))
    shown = sum(f"LMP-{100 + number}-WW" in text for number in range(12))
    assert shown == 2
    assert f"+{12 - shown} more, see packing slip" in text
    assert "24 pcs" in text
    assert "8 further articles" in text
    assert "USD 156.00" in text


def test_five_lines_need_no_continuation() -> None:
    text = page_text(labels_pdf([replace(LABEL, lines=tuple(line(number) for number in range(5)))]))
    assert "more, see packing slip" not in text
    assert all(f"LMP-{100 + number}-WW" in text for number in range(5))


def test_the_strip_is_sorted_by_bin() -> None:
    lines = (replace(line(0), bin="A-10"), replace(line(1), bin="A-2"), replace(line(2), bin=""))
    text = page_text(labels_pdf([replace(LABEL, lines=lines)]))
    assert text.index("LMP-101-WW") < text.index("LMP-100-WW") < text.index("LMP-102-WW")


def test_merged_orders_are_announced() -> None:
    merged = replace(LABEL, order_numbers=("8190283746551", "8190283746599"))
    text = page_text(labels_pdf([merged]))
    assert "2 orders 合单" in text
    assert "8190283746551" in text
    assert "8190283746599" in text
    assert "合单" not in page_text(labels_pdf([LABEL]))


def test_the_two_layer_note_stands_only_where_it_is_given() -> None:
    assert "双层包装" in page_text(labels_pdf([replace(LABEL, instruction=TWO_LAYERS)]))
    assert "双层包装" not in page_text(labels_pdf([LABEL]))


def test_a_label_without_a_waybill_says_so_instead_of_showing_a_barcode() -> None:
    pdf = labels_pdf([replace(LABEL, waybill_number="")])
    assert read_codes(pdf) == [[("QRCode", "P2611220001")]]
    assert "NO WAYBILL NUMBER" in page_text(pdf)


def test_the_same_values_give_the_same_bytes() -> None:
    assert labels_pdf([LABEL, EVERYTHING]) == labels_pdf([LABEL, EVERYTHING])


def test_labels_made_at_the_same_time_are_those_made_one_after_the_other() -> None:
    batches = [[replace(label, parcel_number=f"P{n}") for label in CASES.values()] for n in range(4)]
    expected = [labels_pdf(batch) for batch in batches]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(labels_pdf, batches)) == expected


def test_no_labels_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one label"):
        labels_pdf([])


def test_a_waybill_number_a_barcode_cannot_hold_is_an_error() -> None:
    with pytest.raises(UnprintableCode, match="运单"):
        labels_pdf([replace(LABEL, waybill_number="运单1")])


_anything = st.text(max_size=90)


@settings(max_examples=40, deadline=None)
@given(name=_anything, street=_anything, city=_anything, postcode=st.text(max_size=30), phone=_anything, sku=_anything)
def test_no_text_a_buyer_can_type_breaks_or_overflows_a_label(
    name: str, street: str, city: str, postcode: str, phone: str, sku: str
) -> None:
    person = Party(name, street, (street, city), city, name, postcode, "PL", "Poland", phone)
    goods = replace(
        line(), sku_code=sku, name=name, variation=city, bin=postcode, name_customs_en=street, hs_code=phone
    )
    label = replace(LABEL, recipient=person, sender=person, lines=(goods,) * 3, order_numbers=(name, phone))
    sheet = Measured()
    draw_label(sheet, label)
    assert all(left >= 1.99 and right <= 98.01 for _, left, _, right, _ in sheet.texts)
    assert read_codes(labels_pdf([label])) == [[("Code128", "LA123456785CN"), ("QRCode", "P2611220001")]]
