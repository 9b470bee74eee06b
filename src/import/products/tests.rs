//! What all formats have in common, and what tests of them share.

use std::fmt::Write as _;

use super::*;
use crate::{
    domain::{TimeZone, Timestamp, catalog::Product},
    tabular::input::tests::bytes,
};

pub(super) const NOW: Timestamp = Timestamp(1_700_000_000_000);

/// What comes of a file in this format.
pub(super) fn read_as(format: Format, file: impl AsRef<[u8]>) -> Vec<Result<Parsed<Listing>, Unread>> {
    let feed = Feed::new(&format, None, None, TimeZone::UTC, NOW);
    read(bytes(file), format, feed).unwrap().collect()
}

/// What comes of a file in the format that it shows.
pub(super) fn read_any(file: impl AsRef<[u8]>) -> Vec<Result<Parsed<Listing>, Unread>> {
    let mut input = bytes(&file);
    let format = recognise(&mut input).unwrap();
    let currency = "EUR".parse().ok().filter(|_| matches!(format, Format::Mapped(_)));
    let feed = Feed::new(&format, None, currency, TimeZone::UTC, NOW);
    read(input, format, feed).unwrap().collect()
}

/// The products, where nothing was refused.
pub(super) fn all_products(read: Vec<Result<Parsed<Listing>, Unread>>) -> Vec<Product> {
    read.into_iter().map(|one| one.unwrap().value.product.unwrap()).collect()
}

/// A product on one line: id, title, brand, path, and each variant with size, colour, price, price before, stock, whether sold.
pub(super) fn shown(product: &Product) -> String {
    let path = product.category_path.join("/");
    let mut line = format!("{} {:?} {:?} {path}", product.id, &*product.texts[0].title, &*product.brand);
    for one in &product.variants {
        let (size, color) = (&one.size, &one.color);
        let was = one.original_price.map_or(String::new(), |was| format!(" was {}", was.minor));
        let stock = one.stock.map_or("-".to_owned(), |stock| stock.to_string());
        let sold = if one.sellable() { "sold" } else { "not sold" };
        let (minor, currency) = (one.price.minor, one.price.currency.code());
        let _ = write!(line, "; {} {size}/{color} {minor} {currency}{was} x{stock} {sold}", one.id);
    }
    line
}

#[track_caller]
fn check(file: &str, expected: &[&str]) {
    let mut read = read_any(file);
    read.retain(|one| !matches!(one, Err(Unread::LeftOut(_))));
    let seen: Vec<String> = all_products(read).iter().map(shown).collect();
    assert_eq!(seen, expected);
}

#[test]
fn a_feed_of_ceneo() {
    let feed = r#"<?xml version="1.0" encoding="utf-8"?>
<offers xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" version="1">
<group name="other">
<o id="1" url="https://s.example/1" price="199.00" avail="1" stock="4"><cat><![CDATA[Odzież/Bluzki]]></cat><name><![CDATA[Bluzka Ola &amp; Iga]]></name>
<imgs><main url="https://s.example/1.jpg"/><i url="https://s.example/2.jpg"/></imgs><desc><![CDATA[<p>Miękka</p>]]></desc>
<attrs><a name="Producent"><![CDATA[Fawn]]></a><a name="Rozmiar"><![CDATA[M]]></a><a name="Kod producenta"><![CDATA[X-1]]></a></attrs></o>
<o id="2" price="1&nbsp;049,90" avail="99"><cat><![CDATA[Odzież/Czapki]]></cat><name><![CDATA[Czapka]]></name></o>
<o id="3" price="10" avail="14" stock="0"><cat><![CDATA[Dom]]></cat><name>Kubek</name></o>
<o id="4" price="300" avail="1"><cat><![CDATA[Odzież/Buty]]></cat><name>Buty</name><attrs><a name="Rozmiar">38;39</a><a name="Kolor" value="czarny"/></attrs></o>
<o id="5" price="80" avail="90"><name>Szafa</name></o>
</group></offers>"#;
    check(
        feed,
        &[
            "1 \"Bluzka Ola & Iga\" \"Fawn\" Odzież/Bluzki; 1 M/ 19900 PLN x4 sold",
            "2 \"Czapka\" \"\" Odzież/Czapki; 2 / 104990 PLN x- not sold",
            "3 \"Kubek\" \"\" Dom; 3 / 1000 PLN x0 not sold",
            "4 \"Buty\" \"\" Odzież/Buty; 4-38 38/czarny 30000 PLN x- sold; 4-39 39/czarny 30000 PLN x- sold",
            "5 \"Szafa\" \"\" ; 5 / 8000 PLN x- sold",
        ],
    );
    let first = &all_products(read_any(feed))[0];
    assert_eq!((&*first.image_uri, &*first.texts[0].description), ("https://s.example/1.jpg", "Miękka"));
    assert_eq!(first.texts[0].locale.to_string(), "pl");
    assert_eq!((&*first.attributes[0].name, &*first.attributes[0].value), ("kod_producenta", "X-1"));
}

#[test]
fn attributes_and_offers_that_shops_write_by_hand() {
    check(
        r#"<offers><o id="R&D" url="https://s.example/?a=1&b=2" price="1"><name>A & B</name><attrs>
        <a name="Kolor" value="Red & &lt;blue&gt;"/></attrs></o><o id="2" price="2"><name>C</name></o></offers>"#,
        &["R&D \"A & B\" \"\" ; R&D /Red & <blue> 100 PLN x- sold", "2 \"C\" \"\" ; 2 / 200 PLN x- sold"],
    );
    check(
        "<yml_catalog><shop><offers><offer id='1' available='true'><name>T</name><price>1</price><disabled>true</disabled></offer>\
         <offer id='2' available='true'><name>U</name><price>1</price><disabled>false</disabled></offer></offers></shop></yml_catalog>",
        &["1 \"T\" \"\" ; 1 / 100 RUB x- not sold", "2 \"U\" \"\" ; 2 / 100 RUB x- sold"],
    );
}

#[test]
fn a_feed_of_yandex_market() {
    let feed = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE yml_catalog SYSTEM "shops.dtd">
<yml_catalog date="2026-11-20 10:00"><shop><name>Shop</name>
<currencies><currency id="RUR" rate="1"/></currencies>
<categories><category id="1">Одежда</category><category id="2" parentId="1">Платья</category></categories>
<offers>
<offer id="d46" group_id="d" available="true"><url>https://s.example/d?size=46&amp;utm=1</url><price>4500</price><oldprice>6000</oldprice>
<currencyId>RUR</currencyId><categoryId>2</categoryId><picture>https://s.example/d.jpg</picture><name>Платье Ола, размер 46</name>
<vendor>Фавн</vendor><param name="Размер" unit="RU">46</param><param name="Цвет">красный</param><param name="Материал">хлопок</param></offer>
<offer id="d48" group_id="d" available="false"><price>4500</price><currencyId>RUB</currencyId><categoryId>2</categoryId>
<name>Платье Ола, размер 48</name><param name="Размер" unit="RU">48</param></offer>
<offer id="s" type="vendor.model" available="true"><price>900</price><currencyId>RUR</currencyId><categoryId>1</categoryId>
<typePrefix>Носки</typePrefix><vendor>Фавн</vendor><model>N1</model><param name="Размер" unit="EU">38</param><param name="Размер" unit="EU">39</param>
<outlets><outlet id="1" instock="3"/></outlets></offer>
</offers></shop></yml_catalog>"#;
    check(
        feed,
        &[
            "d \"Платье Ола\" \"Фавн\" Одежда/Платья; d46 RU 46/красный 450000 RUB was 600000 x- sold; d48 RU 48/ 450000 RUB x- not sold",
            "s \"Носки Фавн N1\" \"Фавн\" Одежда; s-38 38/ 90000 RUB x3 sold; s-39 39/ 90000 RUB x3 sold",
        ],
    );
}

#[test]
fn feeds_of_google_and_meta_as_csv() {
    let google = "id,title,link,price,availability,product_type,item_group_id,size,color,sale_price\n\
                  a1,\"Ola, red, size M\",https://s.example,12.00 EUR,in_stock,Women > Dresses,a,M,red,9.00 EUR\n\
                  a2,\"Ola, blue, size L\",https://s.example,12.00 EUR,out_of_stock,Women > Dresses,a,L,blue,\n";
    let expected = ["a \"Ola\" \"\" Women/Dresses; a1 M/red 900 EUR was 1200 x- sold; a2 L/blue 1200 EUR x- not sold"];
    check(google, &expected);
    for delimiter in [";", "\t", "|"] {
        // Only the title holds a comma, and it is quoted.
        let parted: String = google
            .split('"')
            .enumerate()
            .map(|(i, part)| if i % 2 == 0 { part.replace(',', delimiter) } else { format!("\"{part}\"") })
            .collect();
        check(&parted, &expected);
    }
    check(
        "id,title,description,availability,condition,price,link,image_link,brand,quantity_to_sell_on_facebook,status\n\
         m1,Mug,,in stock,new,12.00 EUR,https://s.example,https://s.example/m.jpg,Fawn,75,active\n\
         m2,Cup,,discontinued,new,5.00 EUR,https://s.example,,Fawn,75,active\n\
         m3,Jug,,in stock,new,5.00 EUR,https://s.example,,Fawn,,archived\n",
        &[
            "m1 \"Mug\" \"Fawn\" ; m1 / 1200 EUR x75 sold",
            "m2 \"Cup\" \"Fawn\" ; m2 / 500 EUR x75 not sold",
            "m3 \"Jug\" \"Fawn\" ; m3 / 500 EUR x- not sold",
        ],
    );
}

#[test]
fn an_export_of_shopify() {
    check(
        "Handle,Title,Body (HTML),Vendor,Type,Tags,Published,Option1 Name,Option1 Value,Option2 Name,Option2 Value,Variant SKU,\
         Variant Inventory Tracker,Variant Inventory Qty,Variant Inventory Policy,Variant Price,Variant Compare At Price,Image Src,Status\n\
         ola,Ola Dress,<p>Soft</p>,Fawn,Dresses,,TRUE,Rozmiar,S,Kolor,Red,,shopify,3,deny,49.00,60.00,https://s.example/1.jpg,active\n\
         ola,,,,,,,,M,,Red,OLA-M,shopify,0,deny,49.00,,,\n\
         ola,,,,,,,,L,,Red,OLA-L,shopify,-2,continue,49.00,,,\n\
         ola,,,,,,,,,,,,,,,,,https://s.example/2.jpg,\n\
         mug,Mug,,Fawn,Home,,TRUE,Title,Default Title,,,MUG,,0,deny,9.00,,,active\n\
         old,Old Mug,,Fawn,Home,,TRUE,Title,Default Title,,,OLD,shopify,5,deny,9.00,,,draft\n",
        &[
            "ola \"Ola Dress\" \"Fawn\" Dresses; ola-S-Red S/Red 4900 EUR was 6000 x3 sold; OLA-M M/Red 4900 EUR x0 not sold; OLA-L L/Red 4900 EUR x0 sold",
            "mug \"Mug\" \"Fawn\" Home; MUG / 900 EUR x- sold",
            "old \"Old Mug\" \"Fawn\" Home; OLD / 900 EUR x5 not sold",
        ],
    );
}

#[test]
fn an_export_of_woocommerce() {
    check(
        "ID,Type,SKU,Name,Published,Short description,Description,Date sale price starts,Date sale price ends,In stock?,Stock,\
         Backorders allowed?,Sale price,Regular price,Categories,Images,Parent,Attribute 1 name,Attribute 1 value(s)\n\
         44,variable,,V-Neck,1,,Soft &amp; warm,,,1,,0,,,\"Clothing, Clothing > Tops\",\"https://s.example/1.jpg, https://s.example/2.jpg\",,Size,\"S, M\"\n\
         45,variation,VN-S,V-Neck - S,1,,,,,1,4,0,15,20,,,id:44,Size,S\n\
         46,variation,,V-Neck - M,1,,,2000-01-01,2001-01-01,0,,0,15,20,,,id:44,Size,M\n\
         47,simple,CAP,Cap,-1,,,,,1,,0,0,18,Clothing > Caps,,,,\n\
         48,\"simple, virtual\",GIFT,Gift,1,,,,,1,-3,1,,18,,,,,\n\
         49,grouped,SET,Set,1,,,,,1,,0,,,,,,,\n",
        &[
            "id:44 \"V-Neck\" \"\" Clothing/Tops; VN-S S/ 1500 EUR was 2000 x4 sold; id:46 M/ 2000 EUR x- not sold",
            "CAP \"Cap\" \"\" Clothing/Caps; CAP / 1800 EUR x- not sold",
            "GIFT \"Gift\" \"\" ; GIFT / 1800 EUR x0 sold",
        ],
    );
}

#[test]
fn what_is_in_no_format_is_told_what_is_near() {
    let check = |file: &str, parts: &[&str]| {
        let error = recognise(&mut bytes(file)).unwrap_err().to_string();
        assert!(parts.iter().all(|part| error.contains(part)), "{error}");
    };
    check(
        "id,title\n1,T\n",
        &[
            "(id, title)",
            "nearest is Google Merchant Center's or Meta's, which also needs \"price\"",
            "Ceneo",
            "--mapping",
        ],
    );
    check("Handle,Title,Vendor\n", &["nearest is shopify-products, which also needs \"Variant Price\" or \"Price\""]);
    check(
        "<?xml version='1.0'?><ofers><x/></ofers>",
        &["begins with <ofers>", "did you mean \"offers\"?", "Yandex Market"],
    );
    check("sku;nazwa;cena\n", &["(sku, nazwa, cena)"]);
}

#[test]
fn a_format_is_known_by_what_the_file_holds() {
    let check = |file: &str, expected: &str| {
        let format = format!("{:?}", recognise(&mut bytes(file)).unwrap());
        assert!(format.starts_with(expected), "{file}: {format}");
    };
    check("<?xml version='1.0'?>\n<!-- <offers> -->\n<rss version='2.0'>", "MerchantXml");
    check("\n <feed xmlns='x'>", "MerchantXml");
    check("<shop><item><id>1</id></item></shop>", "MerchantXml");
    check("<offers version='1'><o id='1'/></offers>", "Ceneo");
    check("<!DOCTYPE yml_catalog SYSTEM 'shops.dtd'><yml_catalog date=''>", "Yml");
    check("ID\tTitle\tG:Price\n", "MerchantTable");
    check("sku,parent_sku,type,name,category,size,color,price,qty,in_stock,description\n", "Mapped");
}
