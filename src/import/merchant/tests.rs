//! Feeds as shops have them, and as they should not be.

use super::*;
use crate::import::input::tests::{bytes, gzip};

const NOW: Timestamp = Timestamp(1_700_000_000_000);

fn feed() -> Feed {
    Feed { locale: Locale::ENGLISH, now: NOW }
}

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\" version=\"2.0\"><channel>\n\
         <title>The shop</title>\n{items}</channel></rss>\n"
    )
}

fn xml(text: impl AsRef<[u8]>) -> Vec<Result<Parsed<Product>, Unread>> {
    read_xml(bytes(text), feed()).collect()
}

fn item_of(fields: &str) -> String {
    rss(&format!("<item><g:id>1</g:id><g:title>T</g:title><g:price>1 EUR</g:price>{fields}</item>\n"))
}

fn one(fields: &str) -> Product {
    let mut seen = xml(item_of(fields));
    assert_eq!(seen.len(), 1);
    seen.remove(0).unwrap().value
}

const TWO_OF_THREE: &str = "\
<item>
  <g:id>tee-s</g:id><g:item_group_id>tee</g:item_group_id>
  <title>Tee &amp; <![CDATA[<more>]]> &#8211; S</title><description>Soft</description>
  <link>https://shop.example/tee?a=1&amp;b=2</link><g:image_link>https://shop.example/s.jpg</g:image_link>
  <g:availability>in stock</g:availability><g:price>19.99 USD</g:price><g:sale_price>9.50 USD</g:sale_price>
  <g:brand>Acme</g:brand><g:google_product_category>212</g:google_product_category>
  <g:product_type>Clothes &gt; Tops &gt; Tees</g:product_type><g:product_type>Sale</g:product_type>
  <g:color>Red</g:color><g:size>S</g:size><g:size_system>US</g:size_system><g:material>wool</g:material>
  <g:gender>female</g:gender><g:age_group>adult</g:age_group>
  <g:shipping><g:country>US</g:country><g:price>5.00 USD</g:price></g:shipping>
</item>
<item><g:id>mug</g:id><title>Mug</title><g:price>5 EUR</g:price><g:availability>preorder</g:availability></item>
<item>
  <g:id>tee-m</g:id><g:item_group_id>tee</g:item_group_id><title>Tee - M</title><g:price>19.99 USD</g:price>
  <g:size>M</g:size><g:availability>out_of_stock</g:availability>
</item>
";

#[test]
fn a_feed_becomes_products_with_variants() {
    let seen = xml(rss(TWO_OF_THREE));
    let products: Vec<_> = seen.iter().map(|product| product.as_ref().unwrap()).collect();
    assert_eq!(products.len(), 2);
    let tee = &products[0].value;
    assert_eq!((tee.id.as_str(), products[0].line, products[0].rows), ("tee", 4, 2));
    assert_eq!(&*tee.texts[0].title, "Tee & <more>");
    assert_eq!(tee.category_path.iter().map(|step| &**step).collect::<Vec<_>>(), ["Clothes", "Tops", "Tees"]);
    assert_eq!(tee.audience, Some(Audience::Women));
    let attributes: Vec<_> = tee.attributes.iter().map(|one| (&*one.name, &*one.value)).collect();
    assert_eq!(attributes, [("material", "wool"), ("google_product_category", "212"), ("age_group", "adult")]);
    let [small, medium] = &tee.variants[..] else { panic!("{tee:?}") };
    assert_eq!((small.price.minor, small.original_price.map(|price| price.minor)), (950, Some(1999)));
    assert_eq!((&*small.size, small.size_system, &*small.color), ("S", None, "Red"));
    assert_eq!(&*small.attributes[0].value, "https://shop.example/tee?a=1&b=2");
    assert!(small.sellable() && !medium.sellable());
    assert_eq!(products[1].value.id.as_str(), "mug");
}

#[test]
fn atom_and_tsv_say_the_same_as_rss() {
    let atom = TWO_OF_THREE.replace("item>", "entry>");
    let atom = format!(
        "<feed xmlns=\"http://www.w3.org/2005/Atom\"\nxmlns:g=\"http://base.google.com/ns/1.0\">\n\n{atom}</feed>"
    );
    assert_eq!(xml(atom), xml(rss(TWO_OF_THREE)));
    let tsv = "\u{feff}id\titem group id\ttitle\tprice\tavailability\tsize\tsize system\r\n\
               a1\ta\tA \"quoted\" - 38\t10.00 EUR\tin stock\t38\tEU\r\n\
               a2\ta\tA - 39\t10.00 EUR\tbackorder\t39\tEU\r\n";
    let seen: Vec<_> = read_tsv(bytes(tsv), feed()).unwrap().collect();
    let [Ok(Parsed { line: 2, rows: 2, value, .. })] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(&*value.texts[0].title, "A \"quoted\"");
    assert!(value.variants.iter().all(|one| one.size_system == Some(SizeSystem::Eu) && one.sellable()));
    let error = read_tsv(bytes("id\ttitel\tprice\n"), feed()).err().unwrap().to_string();
    assert_eq!(error, "the file has no column \"title\", did you mean \"titel\"? (it has: id, titel, price)");
}

#[test]
fn what_is_wrong_is_refused_by_field_and_the_rest_goes_in() {
    let check = |fields: &str, message: &str| {
        let wrong =
            format!("<item>{fields}</item>\n<item><g:id>ok</g:id><title>ok</title><g:price>1 EUR</g:price></item>");
        let seen = xml(rss(&wrong));
        let [Err(Unread::Refused(error)), Ok(_)] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(error.to_string(), message);
    };
    let with = |rest: &str| format!("<g:id>1</g:id><title>T</title>{rest}");
    check(&with("<g:price>19.99</g:price>"), "line 4: price \"19.99\" has no currency");
    check(&with("<g:price>19.99 ABC</g:price>"), "line 4: price \"19.99 ABC\" names no currency of ISO 4217");
    check(&with("<g:price>NaN EUR</g:price>"), "line 4: price \"NaN EUR\" is not a number");
    check(&with("<g:price>-1 EUR</g:price>"), "line 4: price \"-1 EUR\" is negative");
    check(&with(""), "line 4: price \"\" is missing");
    check("<title>T</title><g:price>1 EUR</g:price>", "line 4: id \"\" is missing");
    check("<g:id>1</g:id><g:price>1 EUR</g:price>", "line 4: title \"\" is missing");
    let priced = |rest: &str| with(&format!("<g:price>1 EUR</g:price>{rest}"));
    check(
        &priced("<g:availability>soon</g:availability>"),
        "line 4: availability \"soon\" is none of the known values",
    );
    check(&priced("<g:quantity>-2</g:quantity>"), "line 4: quantity \"-2\" is negative");
    check(&priced("<g:gender>x</g:gender>"), "line 4: gender \"x\" is none of the known values");
}

#[test]
fn bytes_that_are_not_utf_8_spoil_their_item_only() {
    let text = rss(
        "<item><g:id>bad</g:id><title>#</title></item>\n<item><g:id>ok</g:id><title>T</title><g:price>1 EUR</g:price></item>",
    );
    let mut text = text.into_bytes();
    let at = text.iter().position(|byte| *byte == b'#').unwrap();
    text[at] = 0xff;
    let seen = xml(text);
    let [Err(Unread::Refused(error)), Ok(product)] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(error.to_string(), "line 4: item \"bad\" is not valid UTF-8");
    assert_eq!(product.value.id.as_str(), "ok");
}

#[test]
fn of_a_broken_feed_the_products_before_the_last_go_in() {
    let (tee, rest) = TWO_OF_THREE.split_at(TWO_OF_THREE.find("<item><g:id>mug").unwrap());
    let (mug, medium) = rest.split_at(rest.find("<item>\n  <g:id>tee-m").unwrap());
    let whole = rss(&[mug, tee, medium].concat());
    let at_m = whole.find("<g:id>tee-m").unwrap();
    let check = |text: &[u8], message: &str| {
        let seen = xml(text);
        let breaks: Vec<String> = seen
            .iter()
            .filter_map(|one| match one {
                Err(Unread::Broken(error)) => Some(error.to_string()),
                _ => None,
            })
            .collect();
        // Half of the tee would take the place of the whole.
        let products: Vec<_> = seen.iter().flatten().map(|product| product.value.id.as_str()).collect();
        assert_eq!(products, ["mug"], "{seen:?}");
        let Some(Err(Unread::Refused(error))) = seen.last() else { panic!("{seen:?}") };
        assert_eq!((error.value.as_str(), error.reason), ("tee", Reason::CutOff));
        assert_eq!(breaks.len(), 1);
        assert!(breaks[0].contains(message), "{}", breaks[0]);
    };
    check(&whole.as_bytes()[..at_m], &format!("after line 16, at byte {at_m}: the file ends before its elements do"));
    check(&whole.as_bytes()[..at_m + 3], "not well-formed XML");
    check(whole.replace("<title>Tee - M</title>", "<title>Tee - M</titel>").as_bytes(), "after line 16, at byte");
    let between = whole.find("<item>\n  <g:id>tee-m").unwrap();
    check(&whole.as_bytes()[..between], "the file ends before its elements do");
    let packed = gzip(rss(&(mug.to_owned() + &tee.repeat(2_000))).as_bytes());
    check(&packed[..packed.len() / 2], "the gzip stream is truncated");
}

#[test]
fn sizes_keep_their_system() {
    let size = |size: &str, system: &str| {
        let product = one(&format!("<g:size>{size}</g:size><g:size_system>{system}</g:size_system>"));
        (product.variants[0].size.to_string(), product.variants[0].size_system)
    };
    assert_eq!(size("38", "EU"), ("38".to_owned(), Some(SizeSystem::Eu)));
    assert_eq!(size("8.5", "us"), ("8.5".to_owned(), Some(SizeSystem::Us)));
    assert_eq!(size("M", "UK"), ("M".to_owned(), None));
    assert_eq!(size("34B", "UK"), ("34B".to_owned(), None));
    assert_eq!(size("38", "FR"), ("FR 38".to_owned(), None));
    assert_eq!(size("38", ""), ("38".to_owned(), None));
}

#[test]
fn a_sale_counts_only_in_its_time() {
    let price = |span: &str| {
        let product = one(&format!(
            "<g:sale_price>0.50 EUR</g:sale_price><g:sale_price_effective_date>{span}</g:sale_price_effective_date>"
        ));
        product.variants[0].price.minor
    };
    assert_eq!(price("2023-01-01T00:00Z/2024-01-01T00:00Z"), 50);
    assert_eq!(price("2023-01-01T00:00-08:00/2023-02-01T00:00-08:00"), 100);
}

#[test]
fn the_bounds_of_the_contract_hold() {
    let check = |field: &str, chars: usize, message: &str| {
        let of = |chars| item_of(&format!("<g:{field}>{}</g:{field}>", "ż".repeat(chars)));
        assert!(xml(of(chars))[0].is_ok(), "{field}");
        let seen = xml(of(chars + 1));
        let [Err(Unread::Refused(error))] = &seen[..] else { panic!("{field}: {seen:?}") };
        assert!(error.field == field && error.line == 4 && error.to_string().ends_with(message), "{error}");
    };
    check("brand", 256, "is longer than 256 characters");
    check("color", 256, "is longer than 256 characters");
    check("size", 128, "is longer than 128 characters");
    check("image_link", 4_096, "is longer than 4096 characters");
    check("product_type", 256, "is longer than 256 characters");
    check("material", 1_024, "is longer than 1024 characters");
    check("link", 1_024, "is longer than 1024 characters");
    let path = item_of(&format!("<g:product_type>{}x</g:product_type>", "x &gt; ".repeat(10)));
    assert!(format!("{:?}", xml(path)).contains("TooMany(10)"));
}
