"""Names of countries by ISO 3166-1 alpha-2 code.

Derived from the data set country-codes (github.com/datasets/country-codes, Open Data Commons PDDL), with everyday
names and names in German, Italian, Japanese and Korean added by hand. One country a line: code, alpha-3, names.
"""

NAMES = """\
AD|AND|Andorra|Andorre|安道尔|Андорра|أندورا
AE|ARE|United Arab Emirates|Émirats arabes unis|Emiratos Árabes Unidos|阿拉伯联合酋长国|Объединенные Арабские Эмираты|الإمارات العربية المتحدة|UAE|Emirates|Vereinigte Arabische Emirate|阿联酋
AF|AFG|Afghanistan|Afganistán|阿富汗|Афганистан|أفغانستان
AG|ATG|Antigua & Barbuda|Antigua and Barbuda|Antigua-et-Barbuda|Antigua y Barbuda|安提瓜和巴布达|Антигуа и Барбуда|أنتيغوا وبربودا
AI|AIA|Anguilla|Anguila|安圭拉|Ангилья|أنغويلا
AL|ALB|Albania|Albanie|阿尔巴尼亚|Албания|ألبانيا
AM|ARM|Armenia|Arménie|亚美尼亚|Армения|أرمينيا
AO|AGO|Angola|安哥拉|Ангола|أنغولا
AQ|ATA|Antarctica|Antarctique|Antártida|南极洲|Антарктике|أنتاركتيكا
AR|ARG|Argentina|Argentine|阿根廷|Аргентина|الأرجنتين|Argentinien
AS|ASM|American Samoa|Samoa américaines|Samoa Americana|美属萨摩亚|Американское Самоа|ساموا الأمريكية
AT|AUT|Austria|Autriche|奥地利|Австрия|النمسا|Österreich|オーストリア|오스트리아
AU|AUS|Australia|Australie|澳大利亚|Австралия|أستراليا|Australien|澳洲|オーストラリア|호주
AW|ABW|Aruba|阿鲁巴|Аруба|أروبا
AX|ALA|Åland Islands|Îles d’Åland|Islas Åland|奥兰群岛|Аландских островов|جزر ألاند
AZ|AZE|Azerbaijan|Azerbaïdjan|Azerbaiyán|阿塞拜疆|Азербайджан|أذربيجان
BA|BIH|Bosnia|Bosnia and Herzegovina|Bosnie-Herzégovine|Bosnia y Herzegovina|波斯尼亚和黑塞哥维那|Босния и Герцеговина|البوسنة والهرسك
BB|BRB|Barbados|Barbade|巴巴多斯|Барбадос|بربادوس
BD|BGD|Bangladesh|孟加拉国|Бангладеш|بنغلاديش
BE|BEL|Belgium|Belgique|Bélgica|比利时|Бельгия|بلجيكا|Belgien|Belgio|België
BF|BFA|Burkina Faso|布基纳法索|Буркина-Фасо|بوركينا فاسو
BG|BGR|Bulgaria|Bulgarie|保加利亚|Болгария|بلغاريا|Bulgarien
BH|BHR|Bahrain|Bahreïn|巴林|Бахрейн|البحرين
BI|BDI|Burundi|布隆迪|Бурунди|بوروندي
BJ|BEN|Benin|贝宁|Бенин|بنن
BL|BLM|St. Barthélemy|Saint Barthélemy|San Barthélemy|圣巴泰勒米|Сен-Бартелеми|سان بارتليمي
BM|BMU|Bermuda|Bermudes|百慕大|Бермудские острова|برمودا
BN|BRN|Brunei|Brunei Darussalam|文莱达鲁萨兰国|Бруней-Даруссалам|بروني دار السلام
BO|BOL|Bolivia|Bolivia (Plurinational State of)|Bolivie (État plurinational de)|Bolivia (Estado Plurinacional de)|多民族玻利维亚国|Боливия (Многонациональное Государство)|بوليفيا (دولة - المتعددة القوميات)
BQ|BES|Caribbean Netherlands|Bonaire, Sint Eustatius and Saba|Bonaire, Saint-Eustache et Saba|Bonaire, San Eustaquio y Saba|博纳尔，圣俄斯塔休斯和萨巴|Бонайре, Синт-Эстатиус и Саба|بونير وسانت يوستاشيوس وسابا
BR|BRA|Brazil|Brésil|Brasil|巴西|Бразилия|البرازيل|Brasilien|ブラジル|브라질
BS|BHS|Bahamas|巴哈马|Багамские Острова|جزر البهاما
BT|BTN|Bhutan|Bhoutan|不丹|Бутан|بوتان
BV|BVT|Bouvet Island|Île Bouvet|Isla Bouvet|布维岛|Остров Буве|جزيرة بوفيت
BW|BWA|Botswana|博茨瓦纳|Ботсвана|بوتسوانا
BY|BLR|Belarus|白俄罗斯|Беларусь|بيلاروس
BZ|BLZ|Belize|Belice|伯利兹|Белиз|بليز
CA|CAN|Canada|加拿大|Канада|كندا|Kanada|カナダ|캐나다
CC|CCK|Cocos Islands|Cocos (Keeling) Islands|Îles des Cocos (Keeling)|Islas Cocos (Keeling)|科科斯（基林）群岛|Кокосовых (Килинг) островов|جزر كوكس (كيلينغ)
CD|COD|Congo - Kinshasa|Democratic Republic of the Congo|République démocratique du Congo|República Democrática del Congo|刚果民主共和国|Демократическая Республика Конго|جمهورية الكونغو الديمقراطية|DR Congo
CF|CAF|Central African Republic|République centrafricaine|República Centroafricana|中非共和国|Центральноафриканская Республика|جمهورية أفريقيا الوسطى
CG|COG|Congo - Brazzaville|Congo|刚果|Конго|الكونغو|Congo Republic
CH|CHE|Switzerland|Suisse|Suiza|瑞士|Швейцария|سويسرا|Schweiz|Svizzera|スイス|스위스
CI|CIV|Côte d’Ivoire|Ivory Coast|科特迪瓦|Кот-д'Ивуар|كوت ديفوار
CK|COK|Cook Islands|Cook Islands (the) **|Îles Cook|Islas Cook|库克群岛|Острова Кука|جزر كوك
CL|CHL|Chile|Chili|智利|Чили|شيلي
CM|CMR|Cameroon|Cameroun|Camerún|喀麦隆|Камерун|الكاميرون
CN|CHN|China|Chine|中国|Китай|الصين|Mainland China|PRC|People's Republic of China|中国大陆|中華人民共和国|中国内地|중국
CO|COL|Colombia|Colombie|哥伦比亚|Колумбия|كولومبيا
CR|CRI|Costa Rica|哥斯达黎加|Коста-Рика|كوستاريكا
CU|CUB|Cuba|古巴|Куба|كوبا
CV|CPV|Cape Verde|Cabo Verde|佛得角|Кабо-Верде|كابو فيردي
CW|CUW|Curaçao|Curazao|库拉索|Кюрасао|كوراساو
CX|CXR|Christmas Island|Île Christmas|Isla Christmas|圣诞岛|остров Рождества|جزيرة عيد الميلاد
CY|CYP|Cyprus|Chypre|Chipre|塞浦路斯|Кипр|قبرص|Zypern
CZ|CZE|Czechia|Tchéquie|Chequia|捷克|Чехия|تشيكيا|Czech Republic|Tschechien|Česko
DE|DEU|Germany|Allemagne|Alemania|德国|Германия|ألمانيا|Deutschland|Germania|ドイツ|독일
DJ|DJI|Djibouti|吉布提|Джибути|جيبوتي
DK|DNK|Denmark|Danemark|Dinamarca|丹麦|Дания|الدانمرك|Danmark
DM|DMA|Dominica|Dominique|多米尼克|Доминика|دومينيكا
DO|DOM|Dominican Republic|République dominicaine|República Dominicana|多米尼加|Доминиканская Республика|الجمهورية الدومينيكية
DZ|DZA|Algeria|Algérie|Argelia|阿尔及利亚|Алжир|الجزائر
EC|ECU|Ecuador|Équateur|厄瓜多尔|Эквадор|إكوادور
EE|EST|Estonia|Estonie|爱沙尼亚|Эстония|إستونيا|Estland|Eesti
EG|EGY|Egypt|Égypte|Egipto|埃及|Египет|مصر|Ägypten
EH|ESH|Western Sahara|Sahara occidental|西撒哈拉|Западная Сахара|الصحراء الغربية
ER|ERI|Eritrea|Érythrée|厄立特里亚|Эритрея|إريتريا
ES|ESP|Spain|Espagne|España|西班牙|Испания|إسبانيا|Spanien|スペイン|스페인
ET|ETH|Ethiopia|Éthiopie|Etiopía|埃塞俄比亚|Эфиопия|إثيوبيا
FI|FIN|Finland|Finlande|Finlandia|芬兰|Финляндия|فنلندا|Finnland|Suomi
FJ|FJI|Fiji|Fidji|斐济|Фиджи|فيجي
FK|FLK|Falkland Islands|Îles Falkland (Malvinas)|Islas Malvinas (Falkland)|福克兰群岛（马尔维纳斯）|Фолклендские (Мальвинские) острова|جزر فوكلاند (مالفيناس)
FM|FSM|Micronesia|Micronesia (Federated States of)|Micronésie (États fédérés de)|Micronesia (Estados Federados de)|密克罗尼西亚联邦|Микронезия (Федеративные Штаты)|ميكرونيزيا (ولايات - الموحدة)
FO|FRO|Faroe Islands|Îles Féroé|Islas Feroe|法罗群岛|Фарерские острова|جزر فايرو
FR|FRA|France|Francia|法国|Франция|فرنسا|Frankreich|フランス|프랑스
GA|GAB|Gabon|加蓬|Габон|غابون
GB|GBR|UK|United Kingdom of Great Britain and Northern Ireland|Royaume-Uni de Grande-Bretagne et d’Irlande du Nord|Reino Unido de Gran Bretaña e Irlanda del Norte|大不列颠及北爱尔兰联合王国|Соединенное Королевство Великобритании и Северной Ирландии|المملكة المتحدة لبريطانيا العظمى وآيرلندا الشمالية|United Kingdom|Great Britain|England|Scotland|Wales|Northern Ireland|Vereinigtes Königreich|Großbritannien|Royaume-Uni|Reino Unido|Regno Unito|英国|イギリス|영국
GD|GRD|Grenada|Grenade|Granada|格林纳达|Гренада|غرينادا
GE|GEO|Georgia|Géorgie|格鲁吉亚|Грузия|جورجيا
GF|GUF|French Guiana|Guyane française|Guayana Francesa|法属圭亚那|Французская Гвиана|غيانا الفرنسية
GG|GGY|Guernsey|Guernesey|格恩西|Гернси|غيرنسي
GH|GHA|Ghana|加纳|Гана|غانا
GI|GIB|Gibraltar|直布罗陀|Гибралтар|جبل طارق
GL|GRL|Greenland|Groenland|Groenlandia|格陵兰|Гренландия|غرينلند
GM|GMB|Gambia|Gambie|冈比亚|Гамбия|غامبيا
GN|GIN|Guinea|Guinée|几内亚|Гвинея|غينيا
GP|GLP|Guadeloupe|Guadalupe|瓜德罗普|Гваделупа|غوادلوب
GQ|GNQ|Equatorial Guinea|Guinée équatoriale|Guinea Ecuatorial|赤道几内亚|Экваториальная Гвинея|غينيا الاستوائية
GR|GRC|Greece|Grèce|Grecia|希腊|Греция|اليونان|Griechenland|Hellas
GS|SGS|South Georgia & South Sandwich Islands|South Georgia and the South Sandwich Islands|Géorgie du Sud-et-les Îles Sandwich du Sud|Georgia del Sur y las Islas Sandwich del Sur|南乔治亚岛和南桑德韦奇岛|Южная Джорджия и Южные Сандвичевы острова|جورجيا الجنوبية وجزر ساندويتش الجنوبية
GT|GTM|Guatemala|危地马拉|Гватемала|غواتيمالا
GU|GUM|Guam|关岛|Гуам|غوام
GW|GNB|Guinea-Bissau|Guinée-Bissau|几内亚比绍|Гвинея-Бисау|غينيا - بيساو
GY|GUY|Guyana|圭亚那|Гайана|غيانا
HK|HKG|Hong Kong|China, Hong Kong Special Administrative Region|Chine, région administrative spéciale de Hong Kong|China, región administrativa especial de Hong Kong|中国香港特别行政区|Китай, Специальный административный район Гонконг|الصين، منطقة هونغ كونغ الإدارية الخاصة|Hong Kong SAR|香港|中国香港|홍콩
HM|HMD|Heard & McDonald Islands|Heard Island and McDonald Islands|Île Heard-et-Îles MacDonald|Islas Heard y McDonald|赫德岛和麦克唐纳岛|Остров Херд и острова Макдональд|جزيرة هيرد وجزر ماكدونالد
HN|HND|Honduras|洪都拉斯|Гондурас|هندوراس
HR|HRV|Croatia|Croatie|Croacia|克罗地亚|Хорватия|كرواتيا|Kroatien|Hrvatska
HT|HTI|Haiti|海地|Гаити|هايتي
HU|HUN|Hungary|Hongrie|Hungría|匈牙利|Венгрия|هنغاريا|Ungarn|Magyarország
ID|IDN|Indonesia|Indonésie|印度尼西亚|Индонезия|إندونيسيا|印尼|インドネシア|인도네시아
IE|IRL|Ireland|Irlande|Irlanda|爱尔兰|Ирландия|آيرلندا|Eire|Republic of Ireland|Irland|アイルランド|아일랜드
IL|ISR|Israel|以色列|Израиль|إسرائيل
IM|IMN|Isle of Man|Île de Man|Isla de Man|马恩岛|Остров Мэн|جزيرة مان
IN|IND|India|Inde|印度|Индия|الهند|Indien|インド|인도
IO|IOT|British Indian Ocean Territory|Territoire britannique de l'océan Indien|Territorio Británico del Océano Índico|英属印度洋领土|Британская территория в Индийском океане|المحيط الهندي الإقليم البريطاني في
IQ|IRQ|Iraq|伊拉克|Ирак|العراق
IR|IRN|Iran|Iran (Islamic Republic of)|Iran (République islamique d’)|Irán (República Islámica del)|伊朗伊斯兰共和国|Иран (Исламская Республика)|إيران (جمهورية - الإسلامية)
IS|ISL|Iceland|Islande|Islandia|冰岛|Исландия|آيسلندا
IT|ITA|Italy|Italie|Italia|意大利|Италия|إيطاليا|Italien|イタリア|이탈리아
JE|JEY|Jersey|泽西|Джерси|جيرسي
JM|JAM|Jamaica|Jamaïque|牙买加|Ямайка|جامايكا
JO|JOR|Jordan|Jordanie|Jordania|约旦|Иордания|الأردن
JP|JPN|Japan|Japon|日本|Япония|اليابان|일본
KE|KEN|Kenya|肯尼亚|Кения|كينيا|Kenia
KG|KGZ|Kyrgyzstan|Kirghizistan|Kirguistán|吉尔吉斯斯坦|Кыргызстан|قيرغيزستان
KH|KHM|Cambodia|Cambodge|Camboya|柬埔寨|Камбоджа|كمبوديا
KI|KIR|Kiribati|基里巴斯|Кирибати|كيريباس
KM|COM|Comoros|Comores|Comoras|科摩罗|Коморские Острова|جزر القمر
KN|KNA|St. Kitts & Nevis|Saint Kitts and Nevis|Saint-Kitts-et-Nevis|Saint Kitts y Nevis|圣基茨和尼维斯|Сент-Китс и Невис|سانت كيتس ونيفس
KP|PRK|North Korea|Democratic People's Republic of Korea|République populaire démocratique de Corée|República Popular Democrática de Corea|朝鲜民主主义人民共和国|Корейская Народно-Демократическая Республика|جمهورية كوريا الشعبية الديمقراطية
KR|KOR|South Korea|Republic of Korea|République de Corée|República de Corea|大韩民国|Республика Корея|جمهورية كوريا|Korea|Korea, Republic of|Südkorea|Corée du Sud|韩国|韓国|대한민국|한국
KW|KWT|Kuwait|Koweït|科威特|Кувейт|الكويت
KY|CYM|Cayman Islands|Îles Caïmanes|Islas Caimán|开曼群岛|Кайман острова|جزر كايمان
KZ|KAZ|Kazakhstan|Kazajstán|哈萨克斯坦|Казахстан|كازاخستان
LA|LAO|Laos|Lao People's Democratic Republic|République démocratique populaire lao|República Democrática Popular Lao|老挝人民民主共和国|Лаосская Народно-Демократическая Республика|جمهورية لاو الديمقراطية الشعبية
LB|LBN|Lebanon|Liban|Líbano|黎巴嫩|Ливан|لبنان
LC|LCA|St. Lucia|Saint Lucia|Sainte-Lucie|Santa Lucía|圣卢西亚|Сент-Люсия|سانت لوسيا
LI|LIE|Liechtenstein|列支敦士登|Лихтенштейн|ليختنشتاين
LK|LKA|Sri Lanka|斯里兰卡|Шри-Ланка|سري لانكا
LR|LBR|Liberia|利比里亚|Либерия|ليبريا
LS|LSO|Lesotho|莱索托|Лесото|ليسوتو
LT|LTU|Lithuania|Lituanie|Lituania|立陶宛|Литва|ليتوانيا|Litauen
LU|LUX|Luxembourg|Luxemburgo|卢森堡|Люксембург|لكسمبرغ|Luxemburg
LV|LVA|Latvia|Lettonie|Letonia|拉脱维亚|Латвия|لاتفيا|Lettland
LY|LBY|Libya|Libye|Libia|利比亚|Ливия|ليبيا
MA|MAR|Morocco|Maroc|Marruecos|摩洛哥|Марокко|المغرب|Marokko
MC|MCO|Monaco|摩纳哥|Монако|موناكو
MD|MDA|Moldova|Republic of Moldova|République de Moldova|República de Moldova|摩尔多瓦共和国|Республика Молдова|جمهورية مولدوفا
ME|MNE|Montenegro|黑山|Черногория|الجبل الأسود
MF|MAF|St. Martin|Saint Martin (French Part)|Saint-Martin (partie française)|San Martín (parte francesa)|圣马丁（法属）|Сен-Мартен (французская часть)|سانت مارتن (الجزء الفرنسي)
MG|MDG|Madagascar|马达加斯加|Мадагаскар|مدغشقر
MH|MHL|Marshall Islands|Îles Marshall|Islas Marshall|马绍尔群岛|Маршалловы Острова|جزر مارشال
MK|MKD|North Macedonia|Macédoine du Nord|Macedonia del Norte|北马其顿|Северная Македония|مقدونيا الشمالية|Macedonia
ML|MLI|Mali|马里|Мали|مالي
MM|MMR|Myanmar|缅甸|Мьянма|ميانمار|Burma
MN|MNG|Mongolia|Mongolie|蒙古|Монголия|منغوليا
MO|MAC|Macao|China, Macao Special Administrative Region|Chine, région administrative spéciale de Macao|China, región administrativa especial de Macao|中国澳门特别行政区|Китай, Специальный административный район Макао|الصين، منطقة ماكاو الإدارية الخاصة|Macau|澳门|中国澳门|마카오
MP|MNP|Northern Mariana Islands|Îles Mariannes du Nord|Islas Marianas Septentrionales|北马里亚纳群岛|Северные Марианские острова|جزر ماريانا الشمالية
MQ|MTQ|Martinique|Martinica|马提尼克|Мартиника|مارتينيك
MR|MRT|Mauritania|Mauritanie|毛里塔尼亚|Мавритания|موريتانيا
MS|MSR|Montserrat|蒙特塞拉特|Монтсеррат|مونتسيرات
MT|MLT|Malta|Malte|马耳他|Мальта|مالطة
MU|MUS|Mauritius|Maurice|Mauricio|毛里求斯|Маврикий|موريشيوس
MV|MDV|Maldives|Maldivas|马尔代夫|Мальдивские Острова|ملديف
MW|MWI|Malawi|马拉维|Малави|ملاوي
MX|MEX|Mexico|Mexique|墨西哥|Мексика|المكسيك|Mexiko|メキシコ|멕시코
MY|MYS|Malaysia|Malaisie|Malasia|马来西亚|Малайзия|ماليزيا|マレーシア|말레이시아
MZ|MOZ|Mozambique|莫桑比克|Мозамбик|موزامبيق
NA|NAM|Namibia|Namibie|纳米比亚|Намибия|ناميبيا
NC|NCL|New Caledonia|Nouvelle-Calédonie|Nueva Caledonia|新喀里多尼亚|Новая Каледония|كاليدونيا الجديدة
NE|NER|Niger|尼日尔|Нигер|النيجر
NF|NFK|Norfolk Island|Île Norfolk|Isla Norfolk|诺福克岛|Остров Норфолк|جزيرة نورفولك
NG|NGA|Nigeria|尼日利亚|Нигерия|نيجيريا
NI|NIC|Nicaragua|尼加拉瓜|Никарагуа|نيكاراغوا
NL|NLD|Netherlands|Pays-Bas (Royaume des)|Países Bajos (Reino de los)|荷兰王国|Нидерланды (Королевство)|هولندا (مملكة _)|Holland|The Netherlands|Niederlande|Nederland|Pays-Bas|荷兰|オランダ|네덜란드
NO|NOR|Norway|Norvège|Noruega|挪威|Норвегия|النرويج|Norwegen|Norge
NP|NPL|Nepal|尼泊尔|Непал|نيبال
NR|NRU|Nauru|瑙鲁|Науру|ناورو
NU|NIU|Niue|Nioué|纽埃|Ниуэ|نيوي
NZ|NZL|New Zealand|Nouvelle-Zélande|Nueva Zelandia|新西兰|Новая Зеландия|نيوزيلندا|Neuseeland|ニュージーランド|뉴질랜드
OM|OMN|Oman|阿曼|Оман|عمان
PA|PAN|Panama|巴拿马|Панама|بنما
PE|PER|Peru|Pérou|秘鲁|Перу|بيرو
PF|PYF|French Polynesia|Polynésie française|Polinesia Francesa|法属波利尼西亚|Французская Полинезия|بولينيزيا الفرنسية
PG|PNG|Papua New Guinea|Papouasie-Nouvelle-Guinée|Papua Nueva Guinea|巴布亚新几内亚|Папуа-Новая Гвинея|بابوا غينيا الجديدة
PH|PHL|Philippines|Filipinas|菲律宾|Филиппины|الفلبين|Philippinen|フィリピン|필리핀
PK|PAK|Pakistan|巴基斯坦|Пакистан|باكستان
PL|POL|Poland|Pologne|Polonia|波兰|Польша|بولندا|Polen|Polska
PM|SPM|St. Pierre & Miquelon|Saint Pierre and Miquelon|Saint-Pierre-et-Miquelon|San Pedro y Miquelón|圣皮埃尔和密克隆|Сен-Пьер и Микелон|سان بيير وميكلون
PN|PCN|Pitcairn|皮特凯恩|Питкэрн|بيتكرن
PR|PRI|Puerto Rico|Porto Rico|波多黎各|Пуэрто-Рико|بورتوريكو
PS|PSE|Palestine|State of Palestine (the) *|State of Palestine|État de Palestine|Estado de Palestina|巴勒斯坦国|Государство Палестина|دولة فلسطين
PT|PRT|Portugal|葡萄牙|Португалия|البرتغال
PW|PLW|Palau|Palaos|帕劳|Палау|بالاو
PY|PRY|Paraguay|巴拉圭|Парагвай|باراغواي
QA|QAT|Qatar|卡塔尔|Катар|قطر
RE|REU|Réunion|留尼汪|Реюньон|ريونيون
RO|ROU|Romania|Roumanie|Rumania|罗马尼亚|Румыния|رومانيا|Rumänien
RS|SRB|Serbia|Serbie|塞尔维亚|Сербия|صربيا
RU|RUS|Russia|Russian Federation|Fédération de Russie|Federación de Rusia|俄罗斯联邦|Российская Федерация|الاتحاد الروسي|Russland|俄罗斯|ロシア|러시아
RW|RWA|Rwanda|卢旺达|Руанда|رواندا
SA|SAU|Saudi Arabia|Arabie saoudite|Arabia Saudita|沙特阿拉伯|Саудовская Аравия|المملكة العربية السعودية|KSA|Saudi-Arabien|沙特
SB|SLB|Solomon Islands|Îles Salomon|Islas Salomón|所罗门群岛|Соломоновы Острова|جزر سليمان
SC|SYC|Seychelles|塞舌尔|Сейшельские Острова|سيشيل
SD|SDN|Sudan|Soudan|苏丹|Судан|السودان
SE|SWE|Sweden|Suède|Suecia|瑞典|Швеция|السويد|Schweden|Sverige
SG|SGP|Singapore|Singapour|Singapur|新加坡|Сингапур|سنغافورة|シンガポール|싱가포르
SH|SHN|St. Helena|Saint Helena|Sainte-Hélène|Santa Elena|圣赫勒拿|Остров Святой Елены|سانت هيلانة
SI|SVN|Slovenia|Slovénie|Eslovenia|斯洛文尼亚|Словения|سلوفينيا|Slowenien
SJ|SJM|Svalbard & Jan Mayen|Svalbard and Jan Mayen Islands|Îles Svalbard-et-Jan Mayen|Islas Svalbard y Jan Mayen|斯瓦尔巴群岛和扬马延岛|Острова Свальбард и Ян-Майен|جزيرتي سفالبارد وجان مايِن
SK|SVK|Slovakia|Slovaquie|Eslovaquia|斯洛伐克|Словакия|سلوفاكيا|Slowakei
SL|SLE|Sierra Leone|Sierra Leona|塞拉利昂|Сьерра-Леоне|سيراليون
SM|SMR|San Marino|Saint-Marin|圣马力诺|Сан-Марино|سان مارينو
SN|SEN|Senegal|塞内加尔|Сенегал|السنغال
SO|SOM|Somalia|Somalie|索马里|Сомали|الصومال
SR|SUR|Suriname|苏里南|Суринам|سورينام
SS|SSD|South Sudan|Soudan du Sud|Sudán del Sur|南苏丹|Южный Судан|جنوب السودان
ST|STP|São Tomé & Príncipe|Sao Tome and Principe|Sao Tomé-et-Principe|Santo Tomé y Príncipe|圣多美和普林西比|Сан-Томе и Принсипи|سان تومي وبرينسيبي
SV|SLV|El Salvador|萨尔瓦多|Сальвадор|السلفادور
SX|SXM|Sint Maarten|Sint Maarten (Dutch part)|Saint-Martin (partie néerlandaise)|San Martín (parte Holandesa)|圣马丁（荷属）|Синт-Мартен (нидерландская часть)|سانت مارتن (الجزء الهولندي)
SY|SYR|Syria|Syrian Arab Republic|République arabe syrienne|República Árabe Siria|阿拉伯叙利亚共和国|Сирийская Арабская Республика|الجمهورية العربية السورية
SZ|SWZ|Eswatini|斯威士兰|Эсватини|إسواتيني|Swaziland
TC|TCA|Turks & Caicos Islands|Turks and Caicos Islands|Îles Turques-et-Caïques|Islas Turcas y Caicos|特克斯和凯科斯群岛|Острова Теркс и Кайкос|جزر تركس وكايكوس
TD|TCD|Chad|Tchad|乍得|Чад|تشاد
TF|ATF|French Southern Territories|Terres australes françaises|Territorio de las Tierras Australes Francesas|法属南方领地|Южные земли (французская заморская территория)|الأراضي الفرنسية الجنوبية الجنوبية
TG|TGO|Togo|多哥|Того|توغو
TH|THA|Thailand|Thaïlande|Tailandia|泰国|Таиланд|تايلند|タイ|태국|ประเทศไทย
TJ|TJK|Tajikistan|Tadjikistan|Tayikistán|塔吉克斯坦|Таджикистан|طاجيكستان
TK|TKL|Tokelau|Tokélaou|托克劳|Токелау|توكيلاو
TL|TLS|Timor-Leste|东帝汶|Тимор-Лешти|تيمور - ليشتي|East Timor
TM|TKM|Turkmenistan|土库曼斯坦|Туркменистан|تركمانستان
TN|TUN|Tunisia|Tunisie|Túnez|突尼斯|Тунис|تونس
TO|TON|Tonga|汤加|Тонга|تونغا
TR|TUR|Türkiye|土耳其|Турция|تركيا|Turkey|Türkei|Turquie|Turquía
TT|TTO|Trinidad & Tobago|Trinidad and Tobago|Trinité-et-Tobago|Trinidad y Tabago|特立尼达和多巴哥|Тринидад и Тобаго|ترينيداد وتوباغو
TV|TUV|Tuvalu|图瓦卢|Тувалу|توفالو
TW|TWN|Taiwan|台湾|Тайвань|تايوان|Taiwan, Province of China|臺灣|中国台湾|대만
TZ|TZA|Tanzania|United Republic of Tanzania|République-Unie de Tanzanie|República Unida de Tanzanía|坦桑尼亚联合共和国|Объединенная Республика Танзания|جمهورية تنزانيا المتحدة
UA|UKR|Ukraine|Ucrania|乌克兰|Украина|أوكرانيا|Ukraina
UG|UGA|Uganda|Ouganda|乌干达|Уганда|أوغندا
UM|UMI|U.S. Outlying Islands|United States Minor Outlying Islands|Îles mineures éloignées des États-Unis|Islas menores alejadas de Estados Unidos|美国本土外小岛屿|Внешние малые острова Соединенных Штатов|نائية التابعة للولايات المتحدة
US|USA|United States of America|États-Unis d’Amérique|Estados Unidos de América|美利坚合众国|Соединенные Штаты Америки|الولايات المتحدة الأمريكية|United States|America|Vereinigte Staaten|Vereinigte Staaten von Amerika|États-Unis|Estados Unidos|EE.UU.|Stati Uniti|美国|アメリカ|アメリカ合衆国|미국
UY|URY|Uruguay|乌拉圭|Уругвай|أوروغواي
UZ|UZB|Uzbekistan|Ouzbékistan|乌兹别克斯坦|Узбекистан|أوزبكستان
VA|VAT|Vatican City|Holy See (the) *|Holy See|Saint-Siège|Santa Sede|教廷|Святой Престол|الكرسي الرسولي|Vatican
VC|VCT|St. Vincent & Grenadines|Saint Vincent and the Grenadines|Saint-Vincent-et-les Grenadines|San Vicente y las Granadinas|圣文森特和格林纳丁斯|Сент-Винсент и Гренадины|سانت فنسنت وجزر غرينادين
VE|VEN|Venezuela|Venezuela (Bolivarian Republic of)|Venezuela (République bolivarienne du)|Venezuela (República Bolivariana de)|委内瑞拉玻利瓦尔共和国|Венесуэла (Боливарианская Республика)|فنزويلا (جمهورية - البوليفارية)
VG|VGB|British Virgin Islands|Îles Vierges britanniques|Islas Vírgenes Británicas|英属维尔京群岛|Британские Виргинские острова|جزر فرجن البريطانية
VI|VIR|U.S. Virgin Islands|United States Virgin Islands|Îles Vierges américaines|Islas Vírgenes de los Estados Unidos|美属维尔京群岛|Виргинские острова Соединенных Штатов|جزر فرجن التابعة للولايات المتحدة
VN|VNM|Vietnam|越南|Вьетнам|فييت نام|ベトナム|베트남
VU|VUT|Vanuatu|瓦努阿图|Вануату|فانواتو
WF|WLF|Wallis & Futuna|Wallis and Futuna Islands|Îles Wallis-et-Futuna|Islas Wallis y Futuna|瓦利斯群岛和富图纳群岛|Острова Уоллис и Футуна|جزر واليس وفوتونا
WS|WSM|Samoa|萨摩亚|Самоа|ساموا
XK|Kosovo
YE|YEM|Yemen|也门|Йемен|اليمن
YT|MYT|Mayotte|马约特|Остров Майотта|مايوت
ZA|ZAF|South Africa|Afrique du Sud|Sudáfrica|南非|Южная Африка|جنوب أفريقيا|Südafrika
ZM|ZMB|Zambia|Zambie|赞比亚|Замбия|زامبيا
ZW|ZWE|Zimbabwe|津巴布韦|Зимбабве|زمبابوي
"""  # noqa: E501
