//! Which sizes fit each other, and which differ.

use proptest::prelude::*;

use {super::*, crate::domain::sizing::scale::Likeness};

#[test]
fn sizes_fit_each_other_or_do_not() {
    let sizes = Sizes::default();
    let check = |garment, audience, one: &str, other: &str, expected: bool| {
        let code = |text: &str| sizes.code(text, None, garment, audience);
        let (one_code, other_code) = (code(one), code(other));
        let got = sizes.fit_each_other(one_code, other_code);
        assert_eq!(got, expected, "{one:?} and {other:?} on {garment:?} of {audience:?}");
        assert_eq!(sizes.fit_each_other(other_code, one_code), expected, "{other:?} and {one:?} the other way");
    };
    for (one, other) in
        [("M", "EU 38"), ("M", "40"), ("M", "38-40"), ("S/M", "S"), ("S/M", "EU 36"), ("UK 10", "US 6"), ("M", "RU 44")]
    {
        check(Top, W, one, other, true);
    }
    for (one, other) in [
        ("M", "L"),
        ("M", "S"),
        ("S/M", "M/L"),
        ("M", "36"),
        ("38", "40"),
        ("UK 10", "UK 12"),
        ("10", "38"),
        ("weird", "M"),
    ] {
        check(Top, W, one, other, false);
    }
    for (one, other) in
        [("42", "UK 8"), ("42.5", "42 1/3"), ("42.5", "42 2/3"), ("42/43", "42.5"), ("US 9", "UK 8"), ("41", "UK 7")]
    {
        check(Shoes, M, one, other, true);
    }
    for (one, other) in [
        ("42", "42.5"),
        ("42", "43"),
        ("42 1/3", "42 2/3"),
        ("42", "42 1/3"),
        ("43", "42 2/3"),
        ("UK 8", "UK 8.5"),
        ("UK 7", "UK 7.5"),
        ("8", "UK 8"),
    ] {
        check(Shoes, M, one, other, false);
    }
    check(Bottom, M, "32x34", "W32 L34", true);
    check(Bottom, M, "32", "32x34", true);
    check(Bottom, M, "32x34", "32x32", false);
    check(Bottom, M, "32x34", "34x32", false);
    for (one, other) in [("32", "32 Regular"), ("32 Long", "32L"), ("32", "32 Long"), ("32x34", "32 Long")] {
        check(Bottom, M, one, other, true);
    }
    check(Bottom, M, "32 Long", "32 Regular", false);
    check(Bottom, M, "33", "32 Regular", false);
    for (one, other) in [("M", "Petite M"), ("M Tall", "M Regular")] {
        check(Top, W, one, other, one == "M");
    }
    for (one, other) in
        [("38", "38 (24 cm)"), ("24 cm", "38 (24 cm)"), ("38", "38 wide"), ("38 (24 cm)", "EU 38 / UK 5")]
    {
        check(Shoes, W, one, other, true);
    }
    for (one, other) in [("39", "38 (24 cm)"), ("25 cm", "38 (24 cm)"), ("38 narrow", "38 wide"), ("38", "39 wide")] {
        check(Shoes, W, one, other, false);
    }
    check(Headwear, None, "M", "M (56-58 cm)", true);
    check(Headwear, None, "M", "L (58-60 cm)", false);
    check(Headwear, None, "57 cm", "M (56-58 cm)", true);
    check(Bottom, M, "32", "33", false);
    check(Bra, W, "75B", "34B", true);
    check(Bra, W, "75B", "80A", false);
    check(Bra, W, "75B", "75C", false);
    check(Top, C, "6Y", "116", true);
    check(Top, C, "5-6 Y", "110", true);
    check(Top, C, "5-6 Y", "6-7 Y", false);
    check(Top, C, "110", "116", false);
    check(Top, W, "Weird  One", " weird one ", true);
    check(Top, W, "one size", "M", true);
    // Beyond every system: itself alone.
    for (garment, beyond) in [(Top, "7XL"), (Shoes, "999"), (Bottom, "999x999")] {
        check(garment, W, beyond, beyond, true);
        check(garment, W, beyond, "6XL", false);
        check(garment, W, beyond, "55", false);
    }
}

/// What a customer says and what a shop writes, and whether the product may be offered.
#[test]
fn what_is_said_and_what_is_written() {
    let check = |garment, audience, said: &str, written: &str, offered: bool| {
        let read = |text: &str| read(text, None, garment, Group::from(audience));
        let differs = read(said).likeness(&read(written)) == Likeness::Differs;
        assert_eq!(!differs, offered, "{said:?} and {written:?} on {garment:?} of {audience:?}");
    };
    let offered = [
        (Shoes, W, "38", "38 (24 cm)"),
        (Shoes, W, "38", "38 wide"),
        (Shoes, M, "44", "44 (28 cm)"),
        (Top, W, "38", "DE 38"),
        (Top, W, "3XL", "3X"),
        (Bottom, M, "32", "32 Regular"),
        (Top, C, "116", "116 (6)"),
        (Bra, W, "75D", "75D (34D)"),
        (Top, W, "M", "-"),
        (Shoes, M, "42", "42 EE"),
        (Top, W, "M", "M petite"),
        (Outerwear, M, "L", "L Tall"),
        (Dress, W, "38", "M (38-40)"),
        (Dress, W, "38", "UK 10 (EU 38)"),
        (Top, W, "M", "who knows"),
        (Headwear, None, "M", "M (57 cm)"),
    ];
    for (garment, audience, said, written) in offered {
        check(garment, audience, said, written, true);
    }
    let withheld = [
        (Shoes, W, "38", "39 (25 cm)"),
        (Shoes, W, "38", "39 wide"),
        (Top, W, "38", "DE 42"),
        (Top, W, "L", "3X"),
        (Bottom, M, "32", "34 Regular"),
        (Bottom, M, "32 Long", "32 Short"),
        (Top, C, "116", "128 (8)"),
        (Bra, W, "75D", "80D (36D)"),
        (Top, W, "M", "XL petite"),
        (Dress, W, "38", "L (42-44)"),
        (Dress, W, "38", "UK 14 (EU 42)"),
        (Headwear, None, "M", "L (60 cm)"),
    ];
    for (garment, audience, said, written) in withheld {
        check(garment, audience, said, written, false);
    }
}

/// British and American sizes one step apart never share a European size.
#[test]
fn unlike_sizes_of_one_system_never_fit() {
    let runs: [(Garment, Option<Audience>, Vec<String>); 6] = [
        (Shoes, M, (4..=30).map(|n| format!("UK {}", f64::from(n) / 2.0)).collect()),
        (Shoes, W, (8..=28).map(|n| format!("US {}", f64::from(n) / 2.0)).collect()),
        (Shoes, W, (70..=96).map(|n| format!("{}", f64::from(n) / 2.0)).collect()),
        (Top, W, ["XXS", "XS", "S", "M", "L", "XL", "XXL", "3XL", "4XL", "5XL", "6XL"].map(String::from).into()),
        (Dress, W, (16..=30).map(|n| (2 * n).to_string()).collect()),
        (Top, C, (1..=14).map(|n| format!("{n} years")).collect()),
    ];
    for (garment, audience, run) in runs {
        let sizes = Sizes::default();
        for (place, one) in run.iter().enumerate() {
            for (other_place, other) in run.iter().enumerate() {
                let code = |text: &str| sizes.code(text, None, garment, audience);
                let fit = sizes.fit_each_other(code(one), code(other));
                assert_eq!(fit, place == other_place, "{one} and {other} on {garment:?}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is written can be read, fits itself, and stands to another as the other stands to it.
    #[test]
    fn whatever_is_written_fits_itself(
        texts in prop::array::uniform2(prop::collection::vec(
            prop_oneof![
                prop::sample::select(vec![
                    "38", "42.5", "9999", "0", "1/2", "⅓", "M", "2XL", "x", "l", "w", "t", "p", "B", "DD", "cm", "EU", "UK", "US",
                    "RU", "(", ")", "/", "-", ",", " ", "wide", "petite", "extra", "men", "lat", "m", "one size", "\"", "'", "号",
                ]).prop_map(String::from),
                "\\PC{0,3}",
            ],
            0..7,
        )),
        garment in prop::sample::select(vec![Top, Bottom, Dress, Outerwear, Shoes, Bra, Socks, Gloves, Headwear, Belt, Ring]),
        audience in prop::sample::select(vec![W, M, C, U, None]),
    ) {
        let [one, other] = texts.map(|parts| read(&parts.concat(), None, garment, Group::from(audience)));
        prop_assert_eq!(one.likeness(&one), Likeness::Fits);
        prop_assert_eq!(one.likeness(&other), other.likeness(&one));
    }
}
