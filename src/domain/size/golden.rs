//! A golden table of written sizes, and which of them fit each other.

use super::{
    Sizes,
    read::read,
    scale::{Group, Measure, Reading, Scale, Span, UNIT},
};
use crate::domain::catalog::{
    Audience::{self, Children, Men, Unisex, Women},
    Garment::{self, Belt, Bottom, Bra, Dress, Gloves, Headwear, Outerwear, Ring, Shoes, Socks, Top, Underwear},
    SizeSystem::{self, AgeYears, Alpha, BraEu, BraUk, BraUs, Eu, HeightCm, OneSize, Uk, Us, WaistLength},
};

type Row = (&'static [&'static str], Option<SizeSystem>, Garment, Option<Audience>, &'static str);

const W: Option<Audience> = Some(Women);
const M: Option<Audience> = Some(Men);
const C: Option<Audience> = Some(Children);
const U: Option<Audience> = Some(Unisex);

/// All ways of writing that mean the same, and what: "?" where nobody can read it.
const ROWS: &[Row] = &[
    // One size.
    (
        &[
            "",
            " ",
            "one size",
            "One Size",
            "ONESIZE",
            "one-size",
            "OS",
            "O/S",
            "OSFA",
            "U",
            "uni",
            "TU",
            "Default Title",
        ],
        None,
        Top,
        W,
        "one",
    ),
    (
        &["uniwersalny", "Rozmiar uniwersalny", "jeden rozmiar", "безразмерный", "Единый  размер", "универсальный"],
        None,
        Headwear,
        None,
        "one",
    ),
    (&["whatever", "38"], Some(OneSize), Top, W, "one"),
    (&["one size"], None, Garment::None, None, "one"),
    // Letters of women and men.
    (&["M", "m", " M ", "medium", "Medium", "M.", "size M", "rozmiar M", "размер M", "М"], None, Top, W, "women 38-40"),
    (&["XXS", "2XS", "xx-small"], None, Dress, W, "women 26-28"),
    (&["XS", "x-small", "Extra Small", "XSmall"], None, Dress, W, "women 30-32"),
    (&["S", "small", "Small", "mały"], Some(Alpha), Dress, W, "women 34-36"),
    (&["L", "Large", "LARGE", "duży", "большой"], None, Outerwear, W, "women 42-44"),
    (&["XL", "X-Large", "extra large", "ХL"], None, Outerwear, W, "women 46-48"),
    (&["XXL", "2XL", "xx-large", "2 XL"], None, Outerwear, W, "women 50-52"),
    (&["xxxl", "3XL", "3xl"], None, Bottom, W, "women 54-56"),
    (&["6XL"], None, Top, W, "women 66-68"),
    (&["S/M", "S-M", "s / m", "Small/Medium"], None, Top, W, "women 34-40"),
    (&["M/L"], None, Top, W, "women 38-44"),
    (&["M", "Medium"], None, Top, M, "men 48-50"),
    (&["XS"], None, Top, M, "men 40-42"),
    (&["XXL", "2XL"], None, Outerwear, M, "men 60-62"),
    (&["M"], None, Top, U, "letters 0"),
    (&["XL", "x large"], None, Top, None, "letters 2"),
    (&["XXS"], None, Socks, M, "letters -3"),
    (&["S/M"], None, Headwear, None, "letters -1-0"),
    (&["L"], None, Top, C, "letters 1"),
    (&["3XS", "xxxs", "7XL", "xxxxxxxxl", "9 XL", "S-7XL"], None, Top, W, "?"),
    (&["7XL", "3XS"], Some(Alpha), Dress, M, "?"),
    (&["M/S", "SM L", "xxxxxxxxxxxxl", "LX", "M+", "Petite M", "MT"], None, Top, W, "?"),
    // Numbers of women's clothes.
    (&["38", "EU 38", "EU38", "38 EU", "EUR 38", "eur38", "rozm. 38", "r. 38", "size 38"], None, Dress, W, "women 38"),
    (&["38-40", "38/40", "38 - 40", "38–40"], None, Dress, W, "women 38-40"),
    (&["UK 10", "uk10", "10 UK", "GB 10"], None, Dress, W, "women 38"),
    (&["10"], Some(Uk), Dress, W, "women 38"),
    (&["US 6", "US6", "6 US"], None, Dress, W, "women 38"),
    (&["6"], Some(Us), Dress, W, "women 38"),
    (&["US 0", "US 00"], None, Dress, W, "women 32"),
    (&["UK 10-12", "UK 10/12"], None, Dress, W, "women 38-40"),
    (&["RU 44", "44 RUS"], None, Dress, W, "women 38"),
    (&["RUS 44-46"], None, Top, W, "women 38-40"),
    (&["UK 10 / EU 38", "EU 38 / UK 10 / US 6", "EU 38 (M)", "M (38)", "38 (M)", "M/38"], None, Dress, W, "women 38"),
    (&["10"], None, Dress, W, "number 10"),
    (&["0"], None, Top, W, "number 0"),
    (&["EU 138", "EU 8", "999", "195", "US 42", "UK 999", "40-999"], None, Dress, W, "?"),
    (&["999", "195", "US 999", "EU 98"], None, Top, M, "?"),
    (&["98"], None, Top, M, "number 98"),
    (&["999"], None, Dress, None, "?"),
    (&["128"], None, Dress, None, "number 128"),
    (&["38"], None, Dress, None, "number 38"),
    // Numbers of men's clothes.
    (&["50", "EU 50", "RU 50"], None, Outerwear, M, "men 50"),
    (&["UK 40", "US 40"], None, Outerwear, M, "men 50"),
    (&["48"], None, Top, M, "men 48"),
    (&["41"], None, Top, M, "collar 41"),
    (&["39-40", "39/40"], None, Top, M, "collar 39-40"),
    (&["41"], Some(Eu), Top, M, "collar 41"),
    // Waist and length.
    (
        &[
            "32x34",
            "32X34",
            "32 x 34",
            "W32 L34",
            "W32/L34",
            "w32l34",
            "32/34",
            "32W x 34L",
            "32W/34L",
            "32х34",
            "32×34",
        ],
        None,
        Bottom,
        M,
        "waist 32 x 34",
    ),
    (&["32x34", "W32 L34", "32/34"], Some(WaistLength), Bottom, W, "waist 32 x 34"),
    (&["30/32", "W30/L32"], None, Bottom, W, "waist 30 x 32"),
    (&["32", "W32", "32W", "W 32", "32\"", "32 in"], None, Bottom, M, "waist 32"),
    (&["70x40", "W70 L40"], None, Bottom, M, "waist 70 x 40"),
    (&["20/20"], Some(WaistLength), Bottom, M, "waist 20 x 20"),
    (&["999x999", "32x41", "71x32", "W99", "99W", "32x999", "999", "81 in"], None, Bottom, M, "?"),
    (&["32/44", "19/30", "75"], Some(WaistLength), Bottom, W, "?"),
    (&["28"], None, Bottom, W, "waist 28"),
    (&["33"], None, Bottom, W, "waist 33"),
    (&["32"], Some(WaistLength), Bottom, W, "waist 32"),
    (&["UK 32", "US 32"], None, Bottom, M, "waist 32"),
    (&["34"], None, Bottom, W, "number 34"),
    (&["34"], Some(Eu), Bottom, W, "women 34"),
    (&["36/38", "36-38"], None, Bottom, W, "women 36-38"),
    (&["38"], None, Bottom, W, "women 38"),
    (&["50"], None, Bottom, M, "men 50"),
    (&["48/50"], None, Bottom, M, "men 48-50"),
    (&["45"], None, Bottom, M, "number 45"),
    (&["L34", "32x", "32x34x36", "x32"], None, Top, M, "?"),
    // Shoes.
    (&["42", "EU 42", "EUR42", "42 EU", "42.0", "42,0", "р. 42"], None, Shoes, M, "shoes 42"),
    (&["42.5", "42,5", "42 1/2", "42½", "EU 42.5"], None, Shoes, W, "shoes 42.5"),
    (&["42 1/3", "42⅓", "EU 42 1/3", "42.33", "42,3"], None, Shoes, U, "shoes 42.33"),
    (&["42 2/3", "42⅔", "42.67", "42.7"], None, Shoes, None, "shoes 42.67"),
    (&["36/37", "36-37", "EU 36/37"], None, Shoes, W, "shoes 36-37"),
    (&["UK 8", "8 UK"], None, Shoes, M, "shoes 42"),
    (&["UK 8.5", "UK 8,5", "UK 8 1/2"], None, Shoes, U, "shoes 42.5"),
    (&["UK 5"], None, Shoes, W, "shoes 38"),
    (&["UK 7"], None, Shoes, W, "shoes 40.5-41"),
    (&["9.5"], Some(Uk), Shoes, M, "shoes 44"),
    (&["US 9", "us9"], None, Shoes, M, "shoes 42"),
    (&["US 9.5"], None, Shoes, M, "shoes 42.5"),
    (&["US 7"], None, Shoes, W, "shoes 38"),
    (&["US 9"], None, Shoes, U, "us 9"),
    (&["UK 8 / EU 42", "EU 42 / US 9", "42 (UK 8)"], None, Shoes, M, "shoes 42"),
    (&["8"], None, Shoes, M, "number 8"),
    (&["15", "EU 15"], None, Shoes, C, "shoes 15"),
    (&["55"], None, Shoes, M, "shoes 55"),
    (&["999", "56", "EU 14", "EU 56", "UK 23", "US 99", "260 cm", "4 cm", "42-56"], None, Shoes, W, "?"),
    (&["26.5 cm", "26,5cm"], None, Shoes, M, "foot 26.5"),
    (&["28", "EU 28"], None, Shoes, C, "shoes 28"),
    (&["UK 10"], None, Shoes, C, "uk 10"),
    (&["10C", "10K", "US 10"], None, Shoes, C, "us 10"),
    (&["3Y"], None, Shoes, C, "us 17"),
    (&["42.2", "42 EE", "9D", "42 3/2", "42 1/0", "forty-two", "42+"], None, Shoes, M, "?"),
    (&["39-42", "39/42"], None, Socks, M, "shoes 39-42"),
    (&["UK 6-8"], None, Socks, M, "shoes 39.5-42"),
    (&["9-11"], None, Socks, M, "number 9-11"),
    (&["999", "39-99"], None, Socks, M, "?"),
    // Bras.
    (&["75B", "75 B", "75-B", "75/B", "EU 75B", "75b"], None, Bra, W, "bra 75 cup 2"),
    (&["75B"], Some(BraEu), Bra, W, "bra 75 cup 2"),
    (&["FR 90B"], None, Bra, W, "bra 75 cup 2"),
    (&["34B", "UK 34B", "US 34B"], None, Bra, W, "bra 75 cup 2"),
    (&["34DD", "UK 34DD", "US 34DD", "75E", "75DD"], None, Bra, W, "bra 75 cup 5"),
    (&["34DD"], Some(BraUk), Bra, W, "bra 75 cup 5"),
    (&["US 34DDD", "34DDD", "34DDD/F"], None, Bra, W, "bra 75 cup 6"),
    (&["34F"], Some(BraUs), Bra, W, "bra 75 cup 6"),
    (&["34E"], Some(BraUk), Bra, W, "bra 75 cup 6"),
    (&["34F"], Some(BraUk), Bra, W, "bra 75 cup 7"),
    (&["34FF"], None, Bra, W, "bra 75 cup 8"),
    (&["34F"], None, Bra, W, "inch band 34 cup 7"),
    (&["32A"], None, Bra, W, "bra 70 cup 1"),
    (&["80A"], None, Bra, W, "bra 80 cup 1"),
    (&["M"], None, Bra, W, "letters 0"),
    (&["75"], None, Bra, W, "number 75"),
    (&["73B", "33B", "999B", "999", "75Z", "75BB"], None, Bra, W, "?"),
    (&["75B"], None, Shoes, W, "?"),
    // Children's clothes.
    (&["116", "116 cm", "116cm", "116 см", "EU 116"], None, Top, C, "height 116"),
    (&["116"], Some(HeightCm), Top, None, "height 116"),
    (&["110-116", "110/116", "110–116 cm"], None, Bottom, C, "height 110-116"),
    (&["6 Y", "6Y", "6 years", "6 lat", "6 лет", "6 yrs", "6T", "6"], None, Dress, C, "height 116"),
    (&["6"], Some(AgeYears), Dress, C, "height 116"),
    (&["5-6 Y", "5-6Y", "5-6 lat", "5-6 лет", "5/6 years", "5-6"], None, Outerwear, C, "height 110-116"),
    (&["116 (6 lat)", "116/6Y", "6Y (116 cm)"], None, Outerwear, C, "height 116"),
    (&["12M", "12 months", "12 mies.", "12 мес", "12 m"], None, Top, C, "height 80"),
    (&["6-9M", "6-9 months", "6M-9M", "6-9 мес."], None, Top, C, "height 69-74"),
    (&["0-3M"], None, Top, C, "height 51-62"),
    (&["24M", "2Y", "2 lata", "2 года", "92"], None, Top, C, "height 92"),
    (&["Newborn", "NB", "56"], None, Top, C, "height 56"),
    (&["1 year", "1 rok", "80"], None, Top, C, "height 80"),
    (&["25 years", "300 cm", "999", "UK 999", "6 weeks"], None, Top, C, "?"),
    // The rest.
    (&["57", "57 cm", "57cm"], None, Headwear, None, "cm 57"),
    (&["56-57", "56/57"], None, Headwear, M, "cm 56-57"),
    (&["7 1/4", "7.25", "7¼"], None, Headwear, M, "in 7.25"),
    (&["95", "95 cm"], None, Belt, M, "cm 95"),
    (&["34", "34 in", "34\""], None, Belt, M, "in 34"),
    (&["8.5", "8,5", "8½"], None, Gloves, W, "number 8.5"),
    (&["201", "999 cm"], None, Belt, M, "?"),
    (&["81", "99 cm"], None, Headwear, None, "?"),
    (&["41", "999"], None, Gloves, W, "?"),
    (&["81", "US 999"], None, Ring, W, "?"),
    (&["54"], None, Ring, W, "number 54"),
    (&["US 7"], None, Ring, W, "us 7"),
    (&["M", "m"], None, Ring, W, "ring m"),
    (&["N"], None, Ring, W, "ring n"),
    (&["U"], None, Ring, W, "ring u"),
    (&["40"], None, Underwear, W, "women 40"),
    // What is not worn is kept as it is.
    (&["38", "M", "60x40", "500 ml"], None, Garment::None, None, "?"),
    (&["60x40", "🙂", "N", "-38", "3.14159", "99999999999"], None, Top, W, "?"),
];

fn shown(reading: &Reading) -> String {
    let Reading::Measured(Measure { scale, first, second }) = reading else {
        return if *reading == Reading::OneSize { "one".into() } else { "?".into() };
    };
    let name = match scale {
        Scale::Letters => "letters ",
        Scale::ClothesWomen => "women ",
        Scale::ClothesMen => "men ",
        Scale::Height => "height ",
        Scale::Shoes => "shoes ",
        Scale::Foot => "foot ",
        Scale::Waist => "waist ",
        Scale::Collar => "collar ",
        Scale::Bra => "bra ",
        Scale::BraInches => "inch band ",
        Scale::Centimetres => "cm ",
        Scale::Inches => "in ",
        Scale::RingLetters => {
            return format!("ring {}", char::from_u32(u32::try_from(first.from).unwrap()).unwrap());
        }
        Scale::Number(Some(Uk)) => "uk ",
        Scale::Number(Some(_)) => "us ",
        Scale::Number(None) => "number ",
    };
    let whole = matches!(scale, Scale::Letters | Scale::Height | Scale::Bra | Scale::BraInches);
    let number = |at: i32| {
        let at = if whole { f64::from(at) } else { f64::from(at) / f64::from(UNIT) };
        ((at * 100.0).round() / 100.0).to_string()
    };
    let first = match scale {
        Scale::Shoes if first.from != first.to => Span { from: first.from + 4, to: first.to - 4 },
        _ => *first,
    };
    let mut text = format!("{name}{}", number(first.from));
    if first.from != first.to {
        text = text + "-" + &number(first.to);
    }
    match second {
        Some(cup) if whole => text + &format!(" cup {}", cup.from),
        Some(length) => text + &format!(" x {}", number(length.from)),
        None => text,
    }
}

#[test]
fn written_sizes_mean_what_the_table_says() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (texts, system, garment, audience, expected) in ROWS {
        for text in *texts {
            count += 1;
            let got = shown(&read(text, *system, *garment, Group::from(*audience)));
            if got != *expected {
                wrong.push(format!("{text:?} ({system:?}) on {garment:?} of {audience:?}: {got}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 150, "{count}");
}

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

#[test]
fn the_middle_is_that_of_the_sizes_and_not_of_the_variants() {
    let check = |garment, audience, texts: &[&str], expected: &[&str]| {
        let sizes = Sizes::default();
        let codes: Vec<_> = texts.iter().map(|text| sizes.code(text, None, garment, audience)).collect();
        let mut nearest: Vec<_> = sizes.from_middle(&codes).into_iter().zip(texts.iter().copied()).collect();
        nearest.sort_by_key(|(far, _)| *far);
        assert_eq!(nearest.into_iter().map(|(_, text)| text).collect::<Vec<_>>(), expected, "{texts:?}");
    };
    check(Top, W, &["XS", "S", "M", "L", "XL"], &["M", "S", "L", "XS", "XL"]);
    check(Top, W, &["XL", "L", "M", "S"], &["M", "L", "S", "XL"]);
    check(Top, W, &["weird", "S", "S", "M", "", "L", "S"], &["M", "S", "S", "S", "L", "weird", ""]);
    check(Shoes, W, &["10", "9", "8.5"], &["9", "8.5", "10"]);
    check(Bottom, M, &["28x32", "30x32", "32x32", "34x32"], &["30x32", "32x32", "28x32", "34x32"]);
    check(Top, W, &["weird", "odd"], &["weird", "odd"]);
    check(Top, W, &[], &[]);
}
