//! A golden table of written sizes, and which of them fit each other.

use crate::domain::catalog::{
    Audience::{self, Children, Men, Unisex, Women},
    Garment::{self, Belt, Bottom, Bra, Dress, Gloves, Headwear, Outerwear, Ring, Shoes, Socks, Top, Underwear},
    SizeSystem::{self, AgeYears, Alpha, BraEu, BraUk, BraUs, Eu, HeightCm, OneSize, Uk, Us, WaistLength},
};
use crate::domain::sizing::{
    Sizes,
    read::read,
    scale::{Group, Measure, Reading, Scale, Size, Span, UNIT},
};

mod catalogues;
mod likeness;

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
    (&["3XS", "xxxs"], None, Top, W, "women 22-24"),
    (&["7XL"], Some(Alpha), Dress, M, "men 80-82"),
    (&["9 XL", "xxxxxxxxxl"], None, Top, W, "women 78-80"),
    (&["M/S", "SM L", "4XS", "xxxxxxxxxxxxl", "LX", "M+"], None, Top, W, "?"),
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
    (&["L34", "32x34x36", "x32"], None, Top, M, "?"),
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
    (&["42.2", "42 3/2", "42 1/0", "forty-two", "42+"], None, Shoes, M, "?"),
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
    (&["54", "54 mm"], None, Ring, W, "mm 54"),
    (&["17 (54)", "54 (17 mm)"], None, Ring, W, "mm 54 ~ number 17"),
    (&["US 7"], None, Ring, W, "us 7"),
    (&["M", "m"], None, Ring, W, "ring m"),
    (&["N"], None, Ring, W, "ring n"),
    (&["U"], None, Ring, W, "ring u"),
    (&["40"], None, Underwear, W, "women 40"),
    // A word beside it: length and width are apart from the size.
    (
        &["38 wide", "38 Wide Fit", "Wide 38", "EU 38 wide", "38 szeroki", "38 W", "38-W"],
        None,
        Shoes,
        W,
        "shoes 38 <1>",
    ),
    (&["38 (wide)", "38 / wide", "38 - wide"], None, Shoes, W, "shoes 38 <1>"),
    (&["38 Weite H", "38 tęgość H"], None, Shoes, W, "shoes 38 <2>"),
    (&["42 narrow", "42 N"], None, Shoes, M, "shoes 42 <-1>"),
    (&["9 EE", "9 2E", "9 wide"], None, Shoes, M, "number 9 <1>"),
    (&["9 4E", "9 extra wide"], None, Shoes, M, "number 9 <2>"),
    (&["9D", "9 M"], None, Shoes, M, "number 9 <0>"),
    (&["9D"], None, Shoes, W, "number 9 <1>"),
    (&["32 Regular", "32R", "32 Reg", "32-Reg", "Regular 32"], None, Bottom, M, "waist 32 +0"),
    (&["32 (Regular)", "32 / Regular", "Regular / 32"], None, Bottom, M, "waist 32 +0"),
    (&["32 Long", "32L", "32-L", "32 długi", "W32 Long"], None, Bottom, M, "waist 32 +1"),
    (&["34 Short", "34S"], None, Bottom, M, "waist 34 -1"),
    (&["40 Regular", "40R"], Some(Us), Outerwear, M, "men 50 +0"),
    (&["44 Extra Long", "44XL"], Some(Us), Outerwear, M, "men 54 +2"),
    (&["50 Slim", "50 slim fit"], None, Outerwear, M, "men 50"),
    (&["Petite M", "M petite", "M-P", "M/P", "MP", "M short"], None, Top, W, "women 38-40 -1"),
    (&["M Tall", "MT", "M/T", "Tall M"], None, Top, W, "women 38-40 +1"),
    (&["2XL Tall", "2XLT", "XXLT", "XXL/T"], None, Top, W, "women 50-52 +1"),
    (&["3X", "3 X", "3X Plus", "3XL"], None, Top, W, "women 54-56"),
    (&["18W", "US 18"], None, Dress, W, "women 50"),
    (&["M Black", "Black / M", "M (2 pack)", "Size: M", "Adult M"], None, Top, W, "women 38-40"),
    (&["LL", "2L"], None, Top, W, "women 46-48"),
    (&["36/38/40", "36-38-40"], None, Dress, W, "women 36-40"),
    (&["S/M/L", "S-M-L"], None, Top, W, "women 34-44"),
    (&["38 ml", "2 pack", "38 black", "M / 500 ml", "Regular", "38 wide narrow"], None, Top, W, "?"),
    // In two systems at once.
    (&["38 (24 cm)", "38 / 24 cm", "24 cm (38)", "EU 38 (24cm)", "38 EU 24 cm"], None, Shoes, W, "shoes 38 ~ foot 24"),
    (&["34 (22 cm)", "22 cm / 34", "34 / 22 cm", "34-22 cm"], None, Shoes, W, "shoes 34 ~ foot 22"),
    (&["8 (UK) / 42 (EU)", "8 UK (42 EU)", "UK 8 / 42", "42 (8 UK, 9 US)"], None, Shoes, M, "shoes 42"),
    (&["JP 24.5", "24,5 cm", "245 mm", "245"], None, Shoes, W, "foot 24.5"),
    (&["EU 42 / UK 8", "UK 8 (EU 42)", "EU 42 UK 8", "42 EU 8 UK", "EU 42, UK 8"], None, Shoes, M, "shoes 42"),
    (&["US 8 M / 9.5 W", "M8/W9.5", "Men's 8 / Women's 9.5", "US Men 8 / Women 9.5"], None, Shoes, M, "shoes 40.5-41"),
    (&["US 8 M / 9.5 W", "M8/W9.5", "Men's 8 / Women's 9.5", "US Men 8 / Women 9.5"], None, Shoes, W, "shoes 41.5"),
    (&["IT 38"], None, Shoes, W, "shoes 38-39"),
    (&["DE 38", "38 DE", "PL 38"], None, Top, W, "women 38"),
    (&["D 38", "D38 / F40 / I44"], None, Dress, W, "women 38"),
    (&["36-S", "S-36", "S/36"], None, Top, W, "women 36"),
    (&["6X"], None, Top, C, "height 119"),
    (&["12-18 m-cy"], None, Top, C, "height 81-86"),
    (&["FR 40", "40 FR", "ES 40", "F 40"], None, Dress, W, "women 38-40"),
    (&["IT 42", "IT42"], None, Dress, W, "women 36-38"),
    (&["JP 9"], None, Dress, W, "women 36-38"),
    (&["AU 10"], None, Dress, W, "women 38"),
    (&["IT 50", "FR 50", "DE 50"], None, Outerwear, M, "men 50"),
    (&["46 (M)", "RU 46 (M)", "M (46)"], None, Dress, W, "women 40"),
    (&["40 (M)", "M 40", "40 M"], None, Dress, W, "women 40"),
    (&["48 RU", "Размер 48 RU"], None, Dress, W, "women 42"),
    (&["UK 8-10"], None, Dress, W, "women 36-38"),
    (&["M (38-40)", "M 38-40"], None, Dress, W, "women 38-40"),
    (&["M - UK 12-14"], None, Dress, W, "women 40-42"),
    (&["36 (38)"], None, Dress, W, "?"),
    (&["EU 36 / EU 38"], None, Dress, W, "women 36-38"),
    (&["41 (L)"], None, Top, M, "collar 41 ~ men 52-54"),
    (&["15.5/32-33", "15 1/2 32/33"], None, Top, M, "collar 39 x 32-33"),
    (&["15.5", "15½"], None, Top, M, "collar 39"),
    (
        &["116 (6)", "116 (6 lat)", "6 (116)", "116/6", "6Y/116", "116cm/6Y", "6 lat / 116 cm"],
        None,
        Top,
        C,
        "height 116",
    ),
    (&["98-104 (2-4)", "98/104 (3-4)"], None, Top, C, "height 98-104"),
    (&["Youth L", "L kids"], None, Top, C, "letters 1"),
    (&["6-12 meses", "6-12-meses", "6-12个月"], None, Top, C, "height 69-80"),
    (&["4-5M"], None, Top, C, "height 68"),
    (&["2-3 years", "2-3 lata", "2T-3T", "2/3Y", "age 2-3"], None, Top, C, "height 92-98"),
    (&["5T"], None, Shoes, C, "us 5"),
    (&["75D (34D)", "34D (75D)", "75D/34D"], None, Bra, W, "bra 75 cup 4"),
    (&["B80", "80 B"], None, Bra, W, "bra 80 cup 2"),
    (&["75B/C", "75 B/C"], None, Bra, W, "bra 75 cup 2-3"),
    (&["160/84A", "160/84"], None, Top, W, "girth 84 x 160"),
    (&["M (56-58 cm)", "M（56-58cm）"], None, Headwear, None, "cm 56-58 ~ letters 0"),
    (&["S (W5-7)"], None, Socks, None, "letters -1 ~ number 5-7"),
    (&["17", "17 mm"], None, Ring, W, "number 17"),
    (&["17.2", "17,2 mm"], None, Ring, W, "number 17.21"),
    // No size is given.
    (
        &[
            "-",
            "--",
            "n/a",
            "N/A",
            "none",
            "None",
            "null",
            "brak",
            "Brak rozmiaru",
            "nie dotyczy",
            "нет",
            "не указан",
            "?",
        ],
        None,
        Top,
        W,
        "one",
    ),
    (&["One Size (Black)", "uni / czarny", "F", "均码", "adjustable"], None, Top, W, "one"),
    (&["one size (39-42)"], None, Socks, W, "shoes 39-42"),
    // What is not worn is kept as it is.
    (&["38", "M", "60x40", "500 ml"], None, Garment::None, None, "?"),
    (&["60x40", "🙂", "N", "3.14159", "99999999999"], None, Top, W, "?"),
];

/// The size, what it says beside it and its cut: "shoes 38 ~ foot 24 +1" is long, "shoes 38 <1>" is wide.
fn shown(size: &Size) -> String {
    let mut text = match &size.reading {
        Reading::OneSize => "one".into(),
        Reading::Unread(_) => "?".into(),
        Reading::Measured(measure) => shown_measure(measure),
    };
    if let Some(beside) = &size.beside {
        text = text + " ~ " + &shown_measure(beside);
    }
    if let Some(length) = size.cut.length {
        text = format!("{text} {length:+}");
    }
    if let Some(width) = size.cut.width {
        text = format!("{text} <{width}>");
    }
    text
}

fn shown_measure(Measure { scale, first, second }: &Measure) -> String {
    let name = match scale {
        Scale::Letters => "letters ",
        Scale::ClothesWomen => "women ",
        Scale::ClothesMen => "men ",
        Scale::Height => "height ",
        Scale::Shoes => "shoes ",
        Scale::Foot => "foot ",
        Scale::Waist => "waist ",
        Scale::Collar => "collar ",
        Scale::Girth => "girth ",
        Scale::Bra => "bra ",
        Scale::BraInches => "inch band ",
        Scale::Centimetres => "cm ",
        Scale::Inches => "in ",
        Scale::RingMillimetres => "mm ",
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
        Some(cup) if whole && cup.from < cup.to => text + &format!(" cup {}-{}", cup.from, cup.to),
        Some(cup) if whole => text + &format!(" cup {}", cup.from),
        Some(length) if length.from < length.to => text + &format!(" x {}-{}", number(length.from), number(length.to)),
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
