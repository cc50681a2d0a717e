"""Which header texts mean which of our fields when the layout is unknown. Compared through `cells.norm`.

Earlier words win over later ones; a header is used once. English and Chinese in full, the other languages where sellers
really meet them (eBay, Etsy and shop software translate their headers).
"""

ORDER: dict[str, tuple[str, ...]] = {
    "order_id": (
        "order id", "order number", "order no", "order #", "order", "ordernumber", "order sn", "order reference",
        "order name", "invoice no", "invoiceno", "invoice number", "invoice", "sales record number",
        "amazon-order-id", "sale id", "reference", "no. invoice", "nomor invoice", "nomor pesanan", "no. pesanan",
        "订单编号", "订单号", "订单id", "平台订单号", "交易单号", "单号", "訂單編號", "訂單號碼", "bestellnummer",
        "bestell-nr", "bestellnr", "auftragsnummer", "rechnungsnummer", "numéro de commande", "n° de commande", "commande",
        "número de pedido", "nº de pedido", "pedido", "numero ordine", "注文番号", "受注番号", "注文id", "주문번호",
        "mã đơn hàng",
    ),
    "line_id": (
        "line id", "order item id", "order-item-id", "item id", "line number", "order line id", "transaction id",
        "子订单编号", "子订单号", "明细编号",
        "明细号",
    ),
    "placed_at": (
        "order date", "placed at", "created at", "created time", "order creation date", "purchase date",
        "purchase-date", "sale date", "order time", "order placed", "date ordered", "invoice date", "invoicedate",
        "order created", "creation date", "date created", "created", "date", "订单创建时间", "下单时间", "下单日期",
        "订单时间", "创建时间", "订单日期", "成交时间", "拍下时间", "下單時間", "bestelldatum", "verkaufsdatum",
        "kaufdatum", "datum der bestellung", "datum", "date de commande", "date de vente", "date de la vente", "fecha de pedido",
        "fecha de venta", "fecha", "data ordine", "tanggal pesanan dibuat", "waktu pesanan dibuat", "注文日時",
        "注文日", "受注日", "주문일시", "주문일", "주문일자", "ngày đặt hàng",
        "ordered at", "placed",
    ),
    "paid_at": (
        "paid at", "paid time", "payment date", "payments-date", "payment time", "paid on date", "date paid",
        "paid on", "order paid time", "订单付款时间", "付款时间", "支付时间", "付款日期", "zahlungsdatum",
        "date de paiement", "fecha de pago", "支払日", "결제일",
    ),
    "ship_by_at": (
        "ship by", "ship by date", "latest ship date", "latest-ship-date", "promise-date", "ship before",
        "deadline", "estimated ship out date", "发货截止时间", "最晚发货时间", "发货期限", "versenden bis",
    ),
    "status": (
        "order status", "status", "state of order", "订单状态", "交易状态", "状态", "訂單狀態", "bestellstatus",
        "auftragsstatus", "statut", "statut de la commande", "estado del pedido", "status pesanan",
        "注文ステータス", "주문상태",
    ),
    "payment_status": (
        "payment status", "financial status", "paid", "付款状态", "支付状态", "zahlungsstatus",
        "statut du paiement", "estado del pago", "결제상태",
    ),
    "currency": (
        "currency", "currency code", "order currency", "币种", "货币", "货币单位", "幣別", "währung", "devise",
        "moneda", "valuta", "通貨", "통화",
    ),
    "total": (
        "order total", "total", "grand total", "total price", "total amount", "order amount", "order value",
        "amount paid", "订单金额", "订单总额", "实付款", "实付款元", "实付金额", "总金额", "合计", "gesamtpreis",
        "gesamtbetrag", "gesamtsumme", "prix total", "montant total", "importe total", "precio total", "totale",
        "合計", "合計金額", "총금액",
        "总额",
    ),
    "buyer_id": (
        "buyer id", "buyer username", "buyer user id", "customer id", "customerid", "username (buyer)",
        "buyer nickname", "买家id", "买家会员名", "买家昵称", "买家账号", "客户编号", "kundennummer",
        "nutzername des käufers", "pseudo de l'acheteur", "cliente id", "구매자id",
        "buyer's id",
    ),
    "buyer_name": (
        "buyer name", "customer name", "customer", "buyer", "billing name", "买家姓名", "买家", "客户姓名",
        "客户名称", "name des käufers", "käufer", "nom de l'acheteur", "nombre del comprador", "購入者名", "구매자명",
        "구매자",
        "buyer's name",
    ),
    "buyer_note": (
        "buyer note", "buyer message", "customer note", "remark from buyer", "note from buyer", "buyer comment",
        "message from buyer", "notes", "note", "remark", "买家留言", "买家备注", "留言", "备注", "客户备注",
        "käufernotiz", "anmerkung", "bemerkung", "note de l'acheteur", "nota del comprador", "備考", "배송메모",
        "buyer's note",
    ),
    "buyer_email": (
        "buyer email", "buyer-email", "email", "e-mail", "customer email", "email address", "买家邮箱", "邮箱",
        "电子邮箱", "e-mail des käufers", "メールアドレス", "이메일",
        "buyer's e-mail",
    ),
    "shipping_choice": (
        "shipping method", "shipping service", "shipping option", "ship-service-level", "delivery option",
        "ship service", "delivery method", "shipping", "shipment method", "物流方式", "配送方式", "运输方式",
        "买家选择物流", "快递方式", "versandart", "versandservice", "mode de livraison", "service de livraison",
        "servicio de envío", "配送方法",
        "shipping chosen by buyer", "买家选择的物流",
    ),
    "recipient_name": (
        "recipient name", "recipient-name", "recipient", "receiver name", "receiver", "ship to name",
        "shipping name", "ship name", "ship to", "consignee", "delivery name", "full name", "收货人姓名", "收货人",
        "收件人", "收件人姓名", "收貨人", "empfänger", "empfängername", "name des empfängers", "destinataire",
        "nom du destinataire", "destinatario", "nama penerima", "お届け先氏名", "届け先名", "수령인", "받는사람",
        "수취인", "name",
    ),
    "company": (
        "company", "company name", "shipping company", "ship to company", "公司", "收货公司", "公司名称", "firma",
        "société", "empresa", "会社名", "회사명",
    ),
    "line1": (
        "address 1", "address line 1", "address1", "shipping address 1", "ship to address 1", "ship-address-1",
        "ship address1", "street 1", "street", "street address", "delivery address", "shipping address",
        "detail address", "address", "收货地址", "详细地址", "地址", "地址1", "收件地址", "收件人地址", "收貨地址",
        "adresse 1", "straße", "strasse", "anschrift", "adresse", "rue", "dirección", "dirección 1", "calle",
        "indirizzo", "alamat pengiriman", "住所", "住所1", "お届け先住所", "주소", "배송지",
        "street and number", "街道和门牌号",
    ),
    "line2": (
        "address 2", "address line 2", "address2", "shipping address 2", "ship to address 2", "ship-address-2",
        "ship address2", "street 2", "additional address information", "地址2", "门牌号", "adresse 2",
        "adresszusatz", "complément d'adresse", "dirección 2", "住所2", "상세주소",
        "second line", "地址第二行",
    ),
    "district": (
        "district", "suburb", "neighborhood", "neighbourhood", "town", "commune", "post town", "区", "区县",
        "收货区", "kecamatan", "quận",
    ),
    "city": (
        "city", "shipping city", "ship to city", "ship-city", "ship city", "town/city", "regency",
        "regency and city", "城市", "市", "收货城市", "stadt", "ort", "ville", "ciudad", "localidad", "città",
        "kota", "市区町村", "도시",
    ),
    "region": (
        "state", "province", "region", "county", "shipping province", "ship to state", "ship-state", "ship state",
        "state/province", "省", "省份", "州", "州/省", "收货省份", "bundesland", "région", "provincia", "estado",
        "provinsi", "都道府県", "시도",
        "region or province", "省/州",
    ),
    "postcode": (
        "postcode", "postal code", "zip", "zip code", "zipcode", "shipping zip", "ship to zip", "ship-postal-code",
        "ship zipcode", "post code", "邮编", "邮政编码", "郵遞區號", "plz", "postleitzahl", "code postal",
        "código postal", "cap", "kode pos", "郵便番号", "우편번호",
    ),
    "country": (
        "country", "country code", "shipping country", "ship to country", "ship-country", "ship country",
        "destination country", "destination", "国家", "收货国家", "目的国", "国家/地区", "收件国家", "國家", "land",
        "pays", "país", "paese", "negara", "国", "国名", "국가",
    ),
    "phone": (
        "phone", "phone number", "telephone", "phone #", "mobile", "ship to phone", "shipping phone",
        "ship-phone-number", "buyer-phone-number", "tel", "contact number", "电话", "手机", "联系电话", "联系手机",
        "手机号", "收货人电话", "電話", "telefon", "telefonnummer", "téléphone", "teléfono", "telefono",
        "nomor telepon", "電話番号", "전화번호", "연락처",
    ),
    "tax_id": (
        "tax id", "tax number", "vat number", "vat id", "ioss", "buyer tax identifier value", "cpf", "cnpj", "税号",
        "收件人税号", "ust-idnr", "numéro de tva", "nif",
    ),
    "sku": (
        "sku", "seller sku", "merchant sku", "sku code", "stock code", "stockcode", "item sku", "product sku",
        "custom label", "custom label (sku)", "sku reference no", "lineitem sku", "product code", "item code",
        "sku no", "article number", "part number", "商家编码", "商品编码", "sku编码", "货号", "商品sku", "商家sku",
        "规格编码", "artikelnummer", "bestandseinheit", "référence", "référence article", "numéro personnalisé",
        "referencia", "código sku", "商品番号", "品番", "商品コード", "상품코드",
    ),
    "title": (
        "title", "product name", "item name", "item title", "product", "product title", "description",
        "lineitem name", "item", "listing title", "nama produk", "商品名称", "商品标题", "产品名称", "货品标题",
        "宝贝标题", "品名", "商品名稱", "商品", "artikelbezeichnung", "artikelname", "produktname", "bezeichnung",
        "titre", "titre de l'objet", "nom du produit", "désignation", "título", "título del artículo",
        "nombre del producto", "descripción", "商品名", "상품명",
        "artikel",
    ),
    "variation": (
        "variation", "variations", "variant", "variation name", "variation details", "options", "规格", "商品规格",
        "属性", "销售属性", "颜色尺码", "型号", "variante", "variantes", "variación", "バリエーション", "옵션",
    ),
    "listing_id": (
        "listing id", "item number", "product id", "asin", "item id", "offer id", "商品id", "产品id",
        "listing number", "artikelnr", "numéro de l'objet", "número de artículo",
        "在线产品编号",
    ),
    "quantity": (
        "quantity", "qty", "quantity purchased", "quantity ordered", "quantity-purchased", "lineitem quantity",
        "item quantity", "units", "pieces", "count", "amount of items", "number of items", "jumlah produk",
        "jumlah", "数量", "购买数量", "商品数量", "件数", "数目", "數量", "anzahl", "anz.", "menge", "stückzahl",
        "quantité", "qté", "cantidad", "quantità", "個数", "수량", "số lượng",
    ),
    "unit_price": (
        "unit price", "unitprice", "price", "item price", "item cost", "deal price", "sold for", "lineitem price",
        "sale price", "price each", "sku unit original price", "单价", "单价元", "商品单价", "售价", "价格", "單價",
        "einzelpreis", "stückpreis", "preis", "verkauft für", "prix unitaire", "prix", "vendu pour",
        "precio unitario", "precio", "prezzo", "harga", "単価", "価格", "단가", "가격", "đơn giá",
    ),
    "cancelled_at": (
        "cancelled at", "canceled at", "cancelled time", "cancel time", "取消时间", "storniert am",
    ),
    "shipped_at": (
        "shipped at", "shipped time", "ship time", "date shipped", "shipped on date", "shipped on", "fulfilled at",
        "ship date", "发货时间", "发货日期", "versanddatum", "date d'expédition", "fecha de envío", "発送日",
    ),
}  # fmt: skip

SKU: dict[str, tuple[str, ...]] = {
    "code": (
        "sku", "sku code", "code", "item code", "product code", "seller sku", "stock code", "article number",
        "商品编码", "sku编码", "商品sku", "货号", "编码", "商家编码", "artikelnummer", "référence", "商品コード",
    ),
    "name": (
        "name", "product name", "item name", "title", "product title", "description", "商品名称", "产品名称",
        "名称", "品名", "中文名称", "商品标题", "bezeichnung", "désignation", "商品名",
    ),
    "name_customs_en": (
        "name customs en", "customs name", "customs name (en)", "english customs name", "declared name",
        "declared name (en)", "customs description", "英文报关名", "报关英文名", "英文申报名称", "申报英文名",
        "英文品名",
        "customs name (english)", "报关名（英文）",
    ),
    "name_customs_zh": (
        "name customs zh", "customs name (zh)", "chinese customs name", "declared name (zh)", "中文报关名",
        "报关中文名", "中文申报名称", "申报中文名", "报关名称", "申报名称", "中文品名",
        "customs name (chinese)", "报关名（中文）",
    ),
    "hs_code": (
        "hs code", "hs", "customs code", "tariff code", "hts code", "commodity code", "海关编码", "hs编码",
        "税则号", "zolltarifnummer", "code sh",
    ),
    "origin_country": (
        "origin country", "country of origin", "origin", "made in", "coo", "原产国", "原产地", "产地",
        "ursprungsland", "pays d'origine",
    ),
    "weight_grams": (
        "weight grams", "weight (g)", "weight g", "weight in grams", "grams", "weight (kg)", "weight kg",
        "weight in kg", "weight", "unit weight", "重量(g)", "重量g", "重量克", "重量(克)", "重量(kg)", "重量(千克)",
        "重量(公斤)", "单重", "重量", "gewicht", "gewicht (g)", "gewicht (kg)", "poids",
    ),
    "value": (
        "value", "declared value", "customs value", "unit value", "cost", "unit cost", "price", "申报价值",
        "申报金额", "申报价", "报关价值", "成本", "成本价", "单价", "价格", "warenwert",
        "declared value of a piece", "单件申报价值",
    ),
    "currency": (
        "currency", "currency code", "declared currency", "币种", "货币", "申报币种", "währung", "devise",
    ),
    "goods_class": (
        "goods class", "goods type", "cargo type", "货物属性", "物流属性", "货物类型",
    ),
    "barcode": (
        "barcode", "ean", "upc", "gtin", "条码", "条形码", "商品条码", "バーコード",
    ),
    "on_hand": (
        "on hand", "stock", "quantity", "qty", "inventory", "stock quantity", "opening stock", "available", "库存",
        "库存数量", "实际库存", "期初库存", "数量", "现有库存", "bestand", "stock initial", "在庫数",
    ),
    "bin": (
        "bin", "bin location", "location", "shelf", "库位", "货位", "仓位", "货架位", "lagerplatz", "emplacement",
    ),
    "image_url": (
        "image url", "image", "picture", "picture url", "photo", "image link", "图片", "图片链接", "图片地址",
        "商品图片", "bild",
    ),
}  # fmt: skip
