//! Feeds as shops have them, and as they should not be.

use super::*;
use crate::{
    domain::{
        Id, Timestamp,
        catalog::{Audience, Product, Sale, SizeSystem},
    },
    import::{
        Unread,
        products::{
            Format, Listing,
            tests::{NOW, read_as},
        },
        row_error::Reason,
    },
    tabular::input::tests::{bytes, gzip},
};

fn rss(items: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?>\n<rss xmlns:g=\"http://base.google.com/ns/1.0\" version=\"2.0\"><channel>\n\
         <title>The shop</title>\n{items}</channel></rss>\n"
    )
}

fn products(read: Vec<Result<Parsed<Listing>, Unread>>) -> Vec<Result<Parsed<Product>, Unread>> {
    let products = read.into_iter().filter(|one| !matches!(one, Ok(Parsed { value, .. }) if value.product.is_none()));
    products.map(|one| one.map(|one| one.map(|listing| listing.product.unwrap()))).collect()
}

fn xml(text: impl AsRef<[u8]>) -> Vec<Result<Parsed<Product>, Unread>> {
    products(read_as(Format::MerchantXml, text))
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
  <g:id>tee-m</g:id><g:item_group_id>tee</g:item_group_id><title>Tee &amp; &lt;more&gt; - M</title><g:price>19.99 USD</g:price>
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
    assert_eq!(attributes, [("google_product_category", "212"), ("material", "wool"), ("age_group", "adult")]);
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
               a2\ta\tA \"quoted\" - 39\t10.00 EUR\tbackorder\t39\tEU\r\n";
    let seen = products(read_as(Format::MerchantTable, tsv));
    let [Ok(Parsed { line: 2, rows: 2, value, .. })] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(&*value.texts[0].title, "A \"quoted\"");
    assert!(value.variants.iter().all(|one| one.size_system == Some(SizeSystem::Eu) && one.sellable()));
    let feed = Feed::new(&Format::MerchantTable, None, None, crate::domain::TimeZone::UTC, NOW);
    let error = read_table(bytes("id\ttitel\tprice\n"), feed).err().unwrap().to_string();
    assert_eq!(error, "the file has no column \"title\", did you mean \"titel\"? (it has: id, titel, price)");
}

#[test]
fn what_is_wrong_is_refused_by_field_and_the_rest_goes_in() {
    let check = |fields: &str, message: &str| {
        let wrong =
            format!("<item>{fields}</item>\n<item><g:id>ok</g:id><title>ok</title><g:price>1 EUR</g:price></item>");
        let seen = xml(rss(&wrong));
        let [Err(Unread::Refused(error) | Unread::Nameless(error)), Ok(_)] = &seen[..] else { panic!("{seen:?}") };
        assert_eq!(error.to_string(), message);
    };
    let with = |rest: &str| format!("<g:id>1</g:id><title>T</title>{rest}");
    check(&with("<g:price>19.99</g:price>"), "line 4: price \"19.99\" has no currency");
    check(&with("<g:price>19.99 ABC</g:price>"), "line 4: price \"19.99 ABC\" names no currency of ISO 4217");
    check(&with("<g:price>NaN EUR</g:price>"), "line 4: price \"NaN EUR\" is not a number");
    check(&with("<g:price>-1 EUR</g:price>"), "line 4: price \"-1 EUR\" is negative");
    check(&with(""), "line 4: price \"\" is missing");
    check("<title>T</title><g:price>1 EUR</g:price>", "line 4: id \"\" is missing");
    check("<g:id>1</g:id><g:price>1 EUR</g:price>", "line 4: the title of product \"1\" is missing");
}

#[test]
fn a_detail_that_is_wrong_is_left_out_and_told() {
    let check = |fields: &str, expected: &[&str], sold: bool| {
        let mut seen = xml(item_of(fields));
        let Ok(Parsed { value, warnings, .. }) = seen.remove(0) else { panic!("{seen:?}") };
        assert_eq!(warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        assert_eq!(value.variants[0].sellable(), sold, "{fields}");
    };
    let word = "line 4: availability \"soon\" is no availability that is known: the variant is not sold";
    check("<g:availability>soon</g:availability>", &[word], false);
    check("<g:availability>https://schema.org/Discontinued</g:availability>", &[], false);
    check("<g:availability>https://schema.org/InStock</g:availability>", &[], true);
    check("<g:quantity>-2</g:quantity><g:availability>in stock</g:availability>", &[], false);
    check(
        "<g:quantity>?</g:quantity>",
        &["line 4: quantity \"?\" is no number of units: the variant is not sold"],
        false,
    );
    check("<g:gender>x</g:gender>", &["line 4: gender \"x\" is none of the known values"], true);
    let zero = "line 4: sale_price \"0.00 EUR\" is zero, which is no sale: the price without it holds";
    check("<g:sale_price>0.00 EUR</g:sale_price>", &[zero], true);
    check("<g:expiration_date>2023-11-13T00:00+01:00</g:expiration_date>", &[], false);
    check("<g:expiration_date>2023-11-13</g:expiration_date>", &[], false);
    check("<g:expiration_date>2023-11-15</g:expiration_date>", &[], true);
    check("<g:expiration_date>never</g:expiration_date>", &["line 4: expiration_date \"never\" is not a time"], true);
    check("<g:sale_price>cheap</g:sale_price>", &["line 4: sale_price \"cheap\" is not a number"], true);
}

#[test]
fn a_refused_row_withholds_its_variant() {
    let row = |id: &str, price: &str| {
        format!(
            "<item><g:id>{id}</g:id><g:item_group_id>a</g:item_group_id><g:title>T</g:title><g:price>{price}</g:price></item>"
        )
    };
    let check = |rows: &[String], product: bool, withheld: &[&str]| {
        let read = read_as(Format::MerchantXml, rss(&rows.concat()));
        let listing = &read.last().unwrap().as_ref().unwrap().value;
        assert_eq!((listing.product.is_some(), listing.id.as_str()), (product, "a"));
        assert_eq!(listing.withheld.iter().map(Id::as_str).collect::<Vec<_>>(), withheld);
    };
    check(&[row("a1", "1 EUR"), row("a2", "")], true, &["a2"]);
    check(&[row("a1", ""), row("a2", "soon")], false, &["a1", "a2"]);
    // It was told well after all.
    check(&[row("a1", ""), row("a1", "1 EUR")], true, &[]);
}

#[test]
fn a_row_that_is_too_long_withholds_its_variant_and_a_short_one_goes_in() {
    let table = |row: &str| read_as(Format::MerchantTable, format!("id,title,price,item_group_id,color\n{row}\n"));
    let long = table("a1,Mug, blue,5 EUR,a,red");
    let [Err(Unread::Refused(error)), Ok(listing)] = &long[..] else { panic!("{long:?}") };
    assert_eq!(
        error.to_string(),
        "line 2: the row \"6 fields, the header has 5\" is long: a separator may stand within one of its fields"
    );
    assert_eq!(listing.value.withheld.iter().map(Id::as_str).collect::<Vec<_>>(), ["a1"]);
    let check = |row: &str, expected: &[&str]| {
        let seen = table(row);
        let [Ok(Parsed { value, warnings, .. })] = &seen[..] else { panic!("{row}: {seen:?}") };
        assert!(value.product.as_ref().is_some_and(|product| product.variants[0].sellable()), "{row}");
        assert_eq!(warnings.iter().map(ToString::to_string).collect::<Vec<_>>(), expected, "{row}");
    };
    check("a1,Mug,5 EUR,a,red, ,", &[]);
    let short = "line 2: the row \"4 fields, the header has 5\" is short: the fields that it lacks are taken as blank";
    check("a1,Mug,5 EUR,a", &[short]);
}

#[test]
fn a_sign_that_begins_no_entity_is_text_and_nothing_after_it_is_lost() {
    let check = |written: &str, title: &str| {
        let item =
            |id: &str| format!("<item><g:id>{id}</g:id><g:title>{written}</g:title><g:price>1 EUR</g:price></item>");
        let seen = xml(rss(&(item("1") + &item("2"))));
        let titles: Vec<&str> = seen.iter().map(|one| &*one.as_ref().unwrap().value.texts[0].title).collect();
        assert_eq!(titles, [title, title], "{written}");
    };
    check("A & B", "A & B");
    check("R&D", "R&D");
    check("A & B &amp; C", "A & B & C");
    check("A &", "A &");
    check("x?a=1&b=2; c", "x?a=1&b=2; c");
    check("&& &#; &#xfffffff; ", "&& &#; &#xfffffff;");
    // Wherever what is read at once ends.
    for before in 0.."R&D & x&amp; ".len() {
        let text = |one: &str| "-".repeat(before) + one.repeat(20_000).trim_end();
        let fields = format!("<description>{}</description>", text("R&D & x&amp; "));
        let seen = xml(item_of(&fields));
        let description = &seen[0].as_ref().unwrap().value.texts[0].description;
        assert!(**description == text("R&D & x& "), "{before}");
    }
}

#[test]
fn bytes_that_are_not_utf_8_spoil_their_item_only() {
    let text = rss(
        "<item><g:id>bad</g:id><title>#</title><g:price>1 EUR</g:price></item>\n<item><g:id>ok</g:id><title>T</title><g:price>1 EUR</g:price></item>",
    );
    let mut text = text.into_bytes();
    let at = text.iter().position(|byte| *byte == b'#').unwrap();
    text[at] = 0xff;
    let seen = xml(text);
    let [Err(Unread::Refused(error)), Ok(product)] = &seen[..] else { panic!("{seen:?}") };
    assert_eq!(error.to_string(), "line 4: the title of product \"bad\" is missing");
    assert_eq!(product.value.id.as_str(), "ok");
    let mut brand = item_of("<g:brand>#</g:brand>").into_bytes();
    let at = brand.iter().position(|byte| *byte == b'#').unwrap();
    brand[at] = 0xff;
    let warnings = xml(brand).remove(0).unwrap().warnings;
    assert_eq!(warnings[0].to_string(), "line 4: brand \"\u{fffd}\" is not valid UTF-8");
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
    check(whole.replace("- M</title>", "- M</titel>").as_bytes(), "after line 16, at byte");
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
fn a_sale_keeps_its_time() {
    let sale = |span: &str| {
        let product = one(&format!(
            "<g:sale_price>0.50 EUR</g:sale_price><g:sale_price_effective_date>{span}</g:sale_price_effective_date>"
        ));
        let variant = &product.variants[0];
        assert_eq!((variant.price.minor, variant.original_price), (100, None));
        variant.sale.as_deref().map(|Sale { price, from, until }| (price.minor, *from, *until))
    };
    let time = |text: &str| Some(Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_millisecond()));
    let (from, until) = (time("2023-01-01T00:00Z"), time("2024-01-01T00:00Z"));
    assert_eq!(sale("2023-01-01T00:00Z/2024-01-01T00:00Z"), Some((50, from, until)));
    assert_eq!(sale("2023-01-01T01:00:00+01:00/"), Some((50, from, None)));
    assert_eq!(sale("/2024-01-01T00:00Z"), Some((50, None, until)));
    assert_eq!(sale("2023-01-01/2023-12-31"), Some((50, from, until)));
    // Nobody is promised a price of which nobody knows when it holds.
    assert_eq!(sale("until Christmas"), None);
    let always = one("<g:sale_price>0.50 EUR</g:sale_price>");
    let variant = &always.variants[0];
    assert_eq!((variant.price.minor, variant.original_price.map(|was| was.minor)), (50, Some(100)));
}

#[test]
fn texts_are_as_customers_read_them() {
    let feed = rss(
        "<item><g:id>1</g:id><g:title><![CDATA[Men&#039;s Boots &amp; Care]]></g:title><g:price>1 EUR</g:price>\
        <g:brand>Tom &amp;amp; Co</g:brand><g:product_type>Shoes &amp;gt; Men&amp;#39;s</g:product_type><g:color>&lt;b&gt;Red&lt;/b&gt;</g:color>\
        <g:description><![CDATA[<p>Warm&nbsp;&amp; dry</p>]]></g:description></item>\n",
    );
    let product = xml(feed).remove(0).unwrap().value;
    assert_eq!((&*product.texts[0].title, &*product.texts[0].description), ("Men's Boots & Care", "Warm & dry"));
    assert_eq!((&*product.brand, &*product.variants[0].color), ("Tom & Co", "Red"));
    assert_eq!(product.category_path.iter().map(|step| &**step).collect::<Vec<_>>(), ["Shoes", "Men's"]);
}

#[test]
fn an_encoding_that_is_declared_is_read() {
    let feed = item_of("<g:color>#</g:color>").replacen("?>", " encoding=\"windows-1250\"?>", 1).into_bytes();
    let letters = b"\xaf\xf3\xb3ty";
    let at = feed.iter().position(|byte| *byte == b'#').unwrap();
    let product = xml([&feed[..at], letters, &feed[at + 1..]].concat()).remove(0).unwrap();
    assert_eq!((product.line, &*product.value.variants[0].color), (4, "Żółty"));
}

#[test]
fn the_bounds_of_the_contract_hold() {
    let check = |field: &str, chars: usize, message: &str| {
        let warnings = |chars: usize| {
            let text = item_of(&format!("<g:{field}>{}</g:{field}>", "ż".repeat(chars)));
            xml(text).remove(0).unwrap().warnings
        };
        assert_eq!(warnings(chars), [], "{field}");
        let seen = warnings(chars + 1);
        assert!(seen[0].line == 4 && seen[0].to_string().ends_with(message), "{seen:?}");
    };
    check("brand", 256, "is longer than 256 characters");
    check("color", 256, "is longer than 256 characters");
    check("size", 128, "is longer than 128 characters");
    check("image_link", 4_096, "is longer than 4096 characters");
    check("product_type", 256, "is longer than 256 characters");
    check("material", 1_024, "is longer than 1024 characters");
    check("link", 1_024, "is longer than 1024 characters");
    let path = item_of(&format!("<g:product_type>{}x</g:product_type>", "x &gt; ".repeat(10)));
    assert_eq!(xml(path)[0].as_ref().unwrap().warnings[0].reason, Reason::TooMany(10));
}
