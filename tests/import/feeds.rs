//! Product feeds as shops have them, by the program: what is sold afterwards, at what price, under which name.

use std::{fs, process::Output};

use outfitter::domain::{
    Timestamp,
    catalog::{Product, Variant},
    store::Store as _,
};
use tempfile::TempDir;

use super::{failed, import, outfitter, store};

/// A moment after every beginning and before every end of these tests.
const NOW: Timestamp = Timestamp(1_790_000_000_000);

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\" version=\"2.0\"><channel>\n\
         {items}</channel></rss>\n"
    )
}

fn item(id: &str, rest: &str) -> String {
    format!(
        "<item><g:id>{id}</g:id><g:title>Scarf</g:title><g:product_type>Home &gt; Cups</g:product_type>{rest}</item>\n"
    )
}

fn sold_item(id: &str) -> String {
    item(id, "<g:price>30.00 PLN</g:price><g:quantity>5</g:quantity><g:availability>in_stock</g:availability>")
}

fn products(folder: &TempDir) -> Vec<Product> {
    let mut all = Vec::new();
    store(folder.path()).each_product(&mut |product| all.push(product)).unwrap();
    all
}

/// The ids of the products that are sold.
fn sold(folder: &TempDir) -> Vec<String> {
    let sells = |product: &Product| product.variants.iter().any(Variant::sellable);
    products(folder).into_iter().filter(sells).map(|product| product.id.to_string()).collect()
}

#[track_caller]
fn told(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// As `import`, with flags.
fn import_with(folder: &TempDir, name: &str, content: &[u8], flags: &[&str]) -> Output {
    let file = folder.path().join(name);
    fs::write(&file, content).unwrap();
    let data = folder.path().join("data");
    outfitter().args(["import", "products"]).arg(file).arg("--data").arg(data).args(flags).output().unwrap()
}

#[test]
fn what_can_t_surely_be_sold_is_not_sold() {
    let day1 = rss(&["a", "kept"].map(sold_item).concat());
    let price = "<g:price>30.00 PLN</g:price>";
    let cases = [
        (format!("{price}<g:quantity>-2</g:quantity>"), ""),
        (format!("{price}<g:quantity>-2.00</g:quantity><g:availability>in_stock</g:availability>"), ""),
        (format!("{price}<g:quantity>lots</g:quantity>"), "line 3: quantity \"lots\" is no number of units"),
        (format!("{price}<g:availability>discontinued</g:availability>"), ""),
        (format!("{price}<g:availability>Sold out</g:availability>"), ""),
        (
            format!("{price}<g:availability>https://schema.org/OutOfStock</g:availability><g:quantity>4</g:quantity>"),
            "",
        ),
        (format!("{price}<g:availability>niedostępny</g:availability>"), ""),
        (format!("{price}<g:availability>next week</g:availability>"), "availability \"next week\" is no availability"),
        (String::new(), "line 3: price \"\" is missing"),
        ("<g:price>ask us</g:price>".to_owned(), "1  variants not sold: their rows were refused"),
        ("<g:price>-1 PLN</g:price>".to_owned(), "is negative"),
    ];
    for (fields, part) in cases {
        let folder = TempDir::new().unwrap();
        told(&import(&folder, "products", "day1.xml", day1.as_bytes()));
        assert_eq!(sold(&folder), ["a", "kept"]);
        let day2 = rss(&(item("a", &fields) + &sold_item("kept")));
        let said = told(&import(&folder, "products", "day2.xml", day2.as_bytes()));
        assert_eq!(sold(&folder), ["kept"], "{fields}");
        assert!(said.contains(part), "{fields}: {said}");
        // The customer's history still knows it.
        assert_eq!(products(&folder).len(), 2);
    }
    // A file of which nothing else can be taken says it too.
    let folder = TempDir::new().unwrap();
    told(&import(&folder, "products", "day1.xml", day1.as_bytes()));
    told(&import(&folder, "products", "day2.xml", rss(&item("a", "")).as_bytes()));
    assert_eq!(sold(&folder), ["kept"]);
}

#[test]
fn a_whole_catalogue_ends_the_sale_of_what_it_does_not_hold() {
    let folder = TempDir::new().unwrap();
    let all = ["a", "b", "c", "d"];
    let day1 = rss(&all.map(sold_item).concat());
    told(&import(&folder, "products", "day1.xml", day1.as_bytes()));
    let day2 = rss(&["a", "b"].map(sold_item).concat());
    // Without the flag it stays.
    told(&import(&folder, "products", "day2.xml", day2.as_bytes()));
    assert_eq!(sold(&folder), all);
    // Two of four are more than the limit.
    let output = import_with(&folder, "day2.xml", day2.as_bytes(), &["--whole"]);
    let error = failed(&output, "day2.xml");
    assert!(
        error.contains("2 of 4 products that sell now would be taken away: 50 %, and the limit is 30 %"),
        "{error}"
    );
    assert_eq!(sold(&folder), all);
    // A file that breaks takes nothing away, nor one with a row that names no product.
    let cut = &day2.as_bytes()[..day2.len() - 30];
    failed(&import_with(&folder, "cut.xml", cut, &["--whole", "--whole-limit", "100"]), "cut.xml");
    let nameless = rss(&(sold_item("a") + "<item><g:title>T</g:title><g:price>1 PLN</g:price></item>"));
    let output = import_with(&folder, "nameless.xml", nameless.as_bytes(), &["--whole", "--whole-limit", "100"]);
    assert!(failed(&output, "nameless.xml").contains("1 rows could not be read so far"));
    assert_eq!(sold(&folder), all);
    // A row that is refused is in the file, and not sold.
    let refused = rss(&(sold_item("a") + &sold_item("b") + &item("c", "")));
    let said = told(&import_with(&folder, "day3.xml", refused.as_bytes(), &["--whole"]));
    assert!(
        said.contains("1  variants not sold") && said.contains("1  products no longer sold: not in the file"),
        "{said}"
    );
    assert_eq!((sold(&folder), products(&folder).len()), (vec!["a".to_owned(), "b".to_owned()], 4));
    told(&import_with(&folder, "day4.xml", rss(&sold_item("b")).as_bytes(), &["--whole", "--whole-limit", "50"]));
    assert_eq!(sold(&folder), ["b"]);
    told(&import_with(&folder, "day5.xml", day1.as_bytes(), &["--whole", "--whole-limit", "0"]));
    assert_eq!(sold(&folder), all);
}

#[test]
fn a_sale_may_have_one_end() {
    let price = |window: &str| {
        let folder = TempDir::new().unwrap();
        let fields = format!(
            "<g:price>100.00 PLN</g:price><g:sale_price>60.00 PLN</g:sale_price>\
             <g:sale_price_effective_date>{window}</g:sale_price_effective_date>"
        );
        told(&import(&folder, "products", "sale.xml", rss(&item("a", &fields)).as_bytes()));
        let variant = products(&folder).remove(0).variants.remove(0);
        (variant.price_at(NOW).minor, variant.original_price_at(NOW).map(|was| was.minor))
    };
    for window in
        ["2026-01-01T00:00:00+01:00/", "/2099-01-01T00:00:00Z", "/", "2026-01-01/2099-12-31", "2026-01-01T00:00+0100/"]
    {
        assert_eq!(price(window), (6_000, Some(10_000)), "{window}");
    }
    for window in ["2099-01-01/", "/2026-01-01", "2025-01-01/2025-02-01", "soon"] {
        assert_eq!(price(window), (10_000, None), "{window}");
    }
}

#[test]
fn texts_come_through_escapes_and_encodings() {
    let title = |content: &[u8]| {
        let folder = TempDir::new().unwrap();
        told(&import(&folder, "products", "feed.xml", content));
        products(&folder)[0].texts[0].title.to_string()
    };
    let feed =
        |title: &str| rss(&format!("<item><g:id>a</g:id><g:title>{title}</g:title><g:price>1 PLN</g:price></item>"));
    for written in [
        "<![CDATA[Kids&#039; Caps &amp; More]]>",
        "Kids&amp;#39; Caps &amp;amp; More",
        "Kids' <![CDATA[<b>Caps</b> &]]>&amp;nbsp;More",
    ] {
        assert_eq!(title(feed(written).as_bytes()), "Kids' Caps & More", "{written}");
    }
    let polish = feed("Gęś żółta");
    let single_bytes = |name: &str, letters: [(char, u8); 5]| -> Vec<u8> {
        let byte = |c: char| {
            letters.iter().find(|(letter, _)| *letter == c).map_or_else(|| u8::try_from(c).unwrap(), |(_, byte)| *byte)
        };
        polish.replace("utf-8", name).chars().map(byte).collect()
    };
    let letters = [('ę', 0xea), ('ś', 0x9c), ('ż', 0xbf), ('ó', 0xf3), ('ł', 0xb3)];
    assert_eq!(title(&single_bytes("windows-1250", letters)), "Gęś żółta");
    let letters = [('ę', 0xea), ('ś', 0xb6), ('ż', 0xbf), ('ó', 0xf3), ('ł', 0xb3)];
    assert_eq!(title(&single_bytes("ISO-8859-2", letters)), "Gęś żółta");
    let wide = format!("\u{feff}{}", polish.replace("utf-8", "utf-16"));
    assert_eq!(title(&wide.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>()), "Gęś żółta");
    assert_eq!(title(&wide.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>()), "Gęś żółta");
}

#[test]
fn csv_of_other_tools_is_mapped() {
    let mapping = "locale = \"pl\"\ncurrency = \"PLN\"\n[columns]\nproduct = \"kod\"\ntitle = \"nazwa\"\n\
                   price = [\"promocja\", \"cena\"]\nstock = \"stan\"\ncategory = \"dzial\"\nbrand = { value = \"Fawn\" }\n";
    let rows =
        "kod;nazwa;cena;promocja;stan;dzial\nB1;Kozaki;299,99;;2;Damskie/Buty\nB2;Klapki;59,00;49,00;-1;Damskie/Buty\n";
    let run = |mapping: &str, content: &[u8]| {
        let folder = TempDir::new().unwrap();
        let toml = folder.path().join("mapping.toml");
        fs::write(&toml, mapping).unwrap();
        told(&import_with(&folder, "rows.csv", content, &["--mapping", toml.to_str().unwrap()]));
        let all = products(&folder);
        let line = |product: &Product| {
            let variant = &product.variants[0];
            let path = product.category_path.join(">");
            format!(
                "{} {} {} {path} {:?} {}",
                product.id, product.texts[0].title, variant.price.minor, variant.stock, product.brand
            )
        };
        all.iter().map(line).collect::<Vec<_>>()
    };
    let expected = ["B1 Kozaki 29999 Damskie>Buty Some(2) Fawn", "B2 Klapki 4900 Damskie>Buty Some(0) Fawn"];
    assert_eq!(run(mapping, rows.as_bytes()), expected);
    assert_eq!(run(&format!("delimiter = \";\"\n{mapping}"), rows.as_bytes()), expected);
    assert_eq!(run(mapping, rows.replace(';', "|").as_bytes()), expected);
    let polish = rows.replace("Kozaki", "Ko\u{17c}uchy");
    let polish = polish.chars().map(|c| if c == 'ż' { 0xbf } else { u8::try_from(c).unwrap() });
    let seen = run(&format!("encoding = \"windows-1250\"\n{mapping}"), &polish.collect::<Vec<u8>>());
    assert_eq!(seen[0], "B1 Kożuchy 29999 Damskie>Buty Some(2) Fawn");
}

#[test]
fn a_file_is_known_by_what_it_holds() {
    let ids = |name: &str, content: &str, flags: &[&str]| {
        let folder = TempDir::new().unwrap();
        told(&import_with(&folder, name, content.as_bytes(), flags));
        let all = products(&folder);
        all.iter().map(|product| format!("{} {}", product.id, product.texts[0].locale)).collect::<Vec<_>>()
    };
    let ceneo = "<?xml version=\"1.0\" encoding=\"utf-8\"?><offers version=\"1\"><o id=\"7\" price=\"19.00\" avail=\"1\">\
                 <cat>Dom/Kubki</cat><name>Kubek</name></o></offers>";
    assert_eq!(ids("anything", ceneo, &[]), ["7 pl"]);
    assert_eq!(ids("feed.xml", ceneo, &["--locale", "en"]), ["7 en"]);
    let yml = "<yml_catalog><shop><offers><offer id=\"8\" available=\"true\"><price>900</price><currencyId>RUR</currencyId>\
               <name>Чашка</name></offer></offers></shop></yml_catalog>";
    assert_eq!(ids("feed.csv", yml, &[]), ["8 ru"]);
    assert_eq!(ids("feed.xml", "id;title;price\n9;Mug;1 EUR\n", &[]), ["9 en"]);
    let shopify = "Handle,Title,Option1 Name,Option1 Value,Variant Price\nmug,Mug,Size,S,9.00\nmug,,,M,9.00\n";
    assert_eq!(ids("export.csv", shopify, &["--currency", "PLN"]), ["mug en"]);
    assert_eq!(ids("export.csv", shopify, &[]), ["mug en"]);
    let woo = "ID,Type,SKU,Name,Regular price\n5,simple,,Mug,9.00\n";
    assert_eq!(ids("export.csv", woo, &[]), ["id:5 en"]);
}

#[test]
fn a_title_is_that_of_all_variants() {
    let folder = TempDir::new().unwrap();
    let variant = |id: &str, title: &str, size: &str, color: &str| {
        format!(
            "<item><g:id>{id}</g:id><g:item_group_id>g</g:item_group_id><g:title>{title}</g:title><g:price>1 PLN</g:price>\
             <g:size>{size}</g:size><g:color>{color}</g:color></item>"
        )
    };
    let rows = variant("1", "Kurtka Iga, green, size S", "S", "green")
        + &variant("2", "Kurtka Iga, black, size XL", "XL", "black");
    told(&import(&folder, "products", "feed.xml", rss(&rows).as_bytes()));
    assert_eq!(&*products(&folder)[0].texts[0].title, "Kurtka Iga");
}
