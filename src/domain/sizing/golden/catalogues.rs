//! Written sizes of real catalogues and what they mean: a sample that was judged by hand, one by one.
//!
//! From public files: Magento's sample data, the exports and listings of six shops that sell suits, shoes, fashion and babies'
//! clothes in America, Britain, Honduras, Pakistan and China.

use super::*;

type Sample = (Option<SizeSystem>, Garment, Option<Audience>, &'static [(&'static str, &'static str)]);

#[rustfmt::skip]
const SAMPLE: &[Sample] = &[
    // Magento's sample shop.
    (
        None,
        Top,
        M,
        &[("XS", "men 40-42"), ("S", "men 44-46"), ("M", "men 48-50"), ("L", "men 52-54"), ("XL", "men 56-58")],
    ),
    (
        None,
        Bottom,
        M,
        &[("32", "waist 32"), ("33", "waist 33"), ("34", "waist 34"), ("36", "waist 36")],
    ),
    (
        None,
        Top,
        W,
        &[("XS", "women 30-32"), ("S", "women 34-36"), ("M", "women 38-40"), ("L", "women 42-44"), ("XL", "women 46-48")],
    ),
    (
        None,
        Bottom,
        W,
        &[("28", "waist 28"), ("29", "waist 29"), ("30", "waist 30"), ("31", "waist 31"), ("32", "number 32")],
    ),
    // An American shop of men's suits.
    (
        None,
        Outerwear,
        M,
        &[("Size 2XL", "men 60-62"), ("Size 3XL", "men 64-66"), ("Size 5XL", "men 72-74"), ("Size 6XL", "men 76-78"), ("Size M", "men 48-50"), ("Size S", "men 44-46"), ("Size XS", "men 40-42"), ("Size 38L", "men 48 +1"), ("Size 38R", "men 48 +0"), ("Size 40L", "men 50 +1"), ("Size 40R", "men 50 +0"), ("Size 42L", "men 52 +1"), ("Size 42R", "men 52 +0"), ("Size 44L", "men 54 +1"), ("Size 44S", "men 54 -1"), ("Size 46L", "men 56 +1"), ("Size 46S", "men 56 -1"), ("Size 48L", "men 58 +1"), ("Size 50L", "men 60 +1"), ("Size 50R", "men 60 +0"), ("Default Size", "one"), ("38R", "men 48 +0"), ("40R", "men 50 +0"), ("44R", "men 54 +0"), ("46R", "men 56 +0"), ("50R", "men 60 +0"), ("54R", "men 64 +0")],
    ),
    (
        None,
        Shoes,
        M,
        &[("Size 10", "number 10"), ("Size 11", "number 11"), ("Size 11.5", "number 11.5"), ("Size 7", "number 7"), ("Size 7.5", "number 7.5"), ("Size 8.5", "number 8.5"), ("Size 9.5", "number 9.5")],
    ),
    (
        None,
        Outerwear,
        C,
        &[("Size 10", "height 140"), ("Size 14", "height 164"), ("Size 16", "height 176"), ("Size 3T", "height 98"), ("Size 4T", "height 104"), ("Size 6", "height 116"), ("Size 8", "height 128")],
    ),
    (
        None,
        Top,
        M,
        &[("Default Size", "one"), ("15/32-33", "collar 38 x 32-33"), ("16.5/34-35", "collar 42 x 34-35"), ("17.5/36-37", "collar 44 x 36-37")],
    ),
    // A listing of suits and trousers.
    (
        Some(Us),
        Outerwear,
        M,
        &[("34 Short", "men 44 -1"), ("36 Short", "men 46 -1"), ("37 Long", "men 47 +1"), ("39 Regular", "men 49 +0"), ("41 Regular", "men 51 +0"), ("42 Extra Long", "men 52 +2"), ("44 Long", "men 54 +1"), ("46 Long", "men 56 +1"), ("48 Long", "men 58 +1"), ("50 Long", "men 60 +1"), ("52 Extra Long", "men 62 +2"), ("56 Long", "men 66 +1")],
    ),
    (
        None,
        Bottom,
        M,
        &[("28W x 29L", "waist 28 x 29"), ("29W x 29L", "waist 29 x 29"), ("30W x 30L", "waist 30 x 30"), ("31W x 34L", "waist 31 x 34"), ("33W x 30L", "waist 33 x 30"), ("34W x 32L", "waist 34 x 32"), ("35W x 32L", "waist 35 x 32"), ("36W x 34L", "waist 36 x 34"), ("38W x 34L", "waist 38 x 34"), ("40W x 29L", "waist 40 x 29"), ("40W x 36L", "waist 40 x 36"), ("42W x 36L", "waist 42 x 36"), ("44W x 36L", "waist 44 x 36"), ("48W x 32L", "waist 48 x 32"), ("50W x 34L", "waist 50 x 34"), ("54W x 32L", "waist 54 x 32"), ("58W x 32L", "waist 58 x 32"), ("38", "waist 38")],
    ),
    // A Chinese shop that exports.
    (
        None,
        Top,
        C,
        &[("1-2M（儿童）", "height 57-62"), ("3-4M（儿童）", "height 63-68"), ("6-12个月（婴童）", "height 69-80"), ("8-9M（儿童）", "height 74")],
    ),
    (
        None,
        Top,
        W,
        &[("145/80A", "girth 80 x 145"), ("150/80A", "girth 80 x 150"), ("155/80A", "girth 80 x 155"), ("160/80(XS)", "women 30-32 ~ girth 80 x 160"), ("160/80A", "girth 80 x 160"), ("160/80（XXS）", "women 26-28 ~ girth 80 x 160"), ("165(M)", "women 38-40 ~ number 165"), ("2L", "women 46-48"), ("36(S)", "women 36"), ("3XL", "women 54-56"), ("52", "women 52"), ("6XL", "women 66-68"), ("AUS14", "women 42"), ("AUS18", "women 46"), ("AUS6", "women 34"), ("DE32", "women 32"), ("DE38", "women 38"), ("DE42", "women 42"), ("DK30", "women 30"), ("DK36", "women 36"), ("DK42", "women 42"), ("DK46", "women 46"), ("EUR54", "women 54"), ("fr32", "women 30-32"), ("FR38", "women 36-38"), ("fr42", "women 40-42"), ("FR48", "women 46-48"), ("IT40", "women 34-36"), ("it46", "women 40-42"), ("IT50", "women 44-46"), ("JP13", "women 40-42"), ("JP19", "women 46-48"), ("JP7", "women 34-36"), ("L", "women 42-44"), ("LL-LLL", "women 46-52"), ("M-L", "women 38-44"), ("RUS42", "women 36"), ("RUS46", "women 40"), ("RUS52", "women 46"), ("UK10", "women 38"), ("UK16", "women 44"), ("UK20", "women 48"), ("UK8", "women 36"), ("US12", "women 44"), ("US2", "women 34"), ("us6", "women 38"), ("XS", "women 30-32"), ("xxxl", "women 54-56"), ("xxxxxl", "women 62-64"), ("可调节", "one"), ("大码4XL", "women 58-60")],
    ),
    (
        None,
        Top,
        M,
        &[("160/84A", "girth 84 x 160"), ("165/88A", "girth 88 x 165"), ("170(XL)", "men 56-58 ~ number 170"), ("170/84A", "girth 84 x 170"), ("170/92A", "girth 92 x 170"), ("175(XXL)", "men 60-62 ~ number 175"), ("175/80A", "girth 80 x 175"), ("175/95A", "girth 95 x 175"), ("175/96B", "girth 96 x 175"), ("180/100A", "girth 100 x 180"), ("180/88A", "girth 88 x 180"), ("185", "number 185"), ("185/104B", "girth 104 x 185"), ("185/92A", "girth 92 x 185"), ("190(xxxxl)", "men 68-70 ~ number 190"), ("190/104", "girth 104 x 190"), ("195/112", "girth 112 x 195"), ("45(XXL)", "collar 45 ~ men 60-62")],
    ),
    (
        None,
        Bottom,
        W,
        &[("27", "waist 27"), ("28-30", "waist 28-30"), ("30-32", "number 30-32"), ("32-34", "women 32-34"), ("34-38", "women 34-38")],
    ),
    (
        None,
        Bra,
        W,
        &[("36/80", "number 80"), ("42/95", "number 95"), ("70B", "bra 70 cup 2"), ("75A", "bra 75 cup 1"), ("75C", "bra 75 cup 3"), ("80A", "bra 80 cup 1"), ("80D", "bra 80 cup 4"), ("85B", "bra 85 cup 2"), ("85D", "bra 85 cup 4"), ("90B", "bra 90 cup 2"), ("90E", "bra 90 cup 5"), ("95C", "bra 95 cup 3")],
    ),
    (
        None,
        Shoes,
        U,
        &[("35-38", "shoes 35-38"), ("38", "shoes 38"), ("39-42", "shoes 39-42"), ("42", "shoes 42"), ("43-46", "shoes 43-46"), ("48", "shoes 48"), ("49.5", "shoes 49.5"), ("EUR25", "shoes 25"), ("EUR27", "shoes 27"), ("EUR35", "shoes 35"), ("EUR36.5", "shoes 36.5"), ("eur38", "shoes 38"), ("EUR39", "shoes 39"), ("EUR40.5", "shoes 40.5"), ("EUR42", "shoes 42"), ("EUR43.5", "shoes 43.5"), ("EUR44.5", "shoes 44.5"), ("EUR46", "shoes 46"), ("EUR47.5", "shoes 47.5")],
    ),
    (
        None,
        Headwear,
        None,
        &[("M（56-58cm）", "cm 56-58 ~ letters 0")],
    ),
    // Shoes and socks.
    (
        None,
        Shoes,
        M,
        &[("8", "number 8"), ("9", "number 9"), ("11", "number 11"), ("13", "number 13"), ("8.5", "number 8.5"), ("9.5", "number 9.5"), ("11.5", "number 11.5"), ("13.5", "number 13.5")],
    ),
    (
        None,
        Shoes,
        W,
        &[("6", "number 6"), ("7", "number 7"), ("9", "number 9"), ("11", "number 11"), ("6.5", "number 6.5"), ("7.5", "number 7.5"), ("9.5", "number 9.5")],
    ),
    (
        None,
        Shoes,
        C,
        &[("5T", "us 5"), ("7T", "us 7"), ("8T", "us 8"), ("10T", "us 10"), ("12T", "us 12"), ("1Y", "us 15"), ("2Y", "us 16")],
    ),
    (
        None,
        Socks,
        None,
        &[("S (W5-7)", "letters -1 ~ number 5-7"), ("L (W11 / M9-12)", "letters 1 ~ number 11")],
    ),
    // A British fashion shop.
    (
        None,
        Bottom,
        W,
        &[("UK 6", "women 34"), ("UK 14", "women 42"), ("2XS", "women 26-28"), ("L", "women 42-44")],
    ),
    (
        None,
        Dress,
        W,
        &[("M - UK 12-14", "women 40-42"), ("UK 10", "women 38"), ("UK 18", "women 46"), ("M", "women 38-40"), ("UK 20", "women 48")],
    ),
    (
        None,
        Top,
        W,
        &[("L", "women 42-44"), ("UK 6", "women 34"), ("UK 14", "women 42"), ("2XS", "women 26-28"), ("2XL", "women 50-52")],
    ),
    (
        None,
        Shoes,
        W,
        &[("UK 4.5", "shoes 37.5"), ("UK 6.5", "shoes 40"), ("UK 8.5", "shoes 42.5"), ("UK 10.5", "shoes 45-45.5"), ("UK 3", "shoes 35.5"), ("UK 14", "shoes 50")],
    ),
    (
        None,
        Top,
        M,
        &[("XS", "men 40-42"), ("XL", "men 56-58"), ("XXL", "men 60-62"), ("2XL Long", "men 60-62 +1")],
    ),
    (
        None,
        Shoes,
        M,
        &[("UK 3", "shoes 35.5"), ("UK 5", "shoes 38"), ("UK 7", "shoes 40.5-41"), ("UK 9", "shoes 43-43.5"), ("UK 11", "shoes 46"), ("UK 12.5", "shoes 48"), ("UK 15", "shoes 51.5"), ("EU 39", "shoes 39"), ("EU 43", "shoes 43")],
    ),
    (
        None,
        Bottom,
        M,
        &[("XS", "men 40-42"), ("XL", "men 56-58"), ("W28", "waist 28"), ("W36", "waist 36"), ("W44", "waist 44"), ("W26 L30", "waist 26 x 30"), ("W28 L30", "waist 28 x 30"), ("W30 L30", "waist 30 x 30"), ("W32 L28", "waist 32 x 28"), ("W32 L36", "waist 32 x 36"), ("W34 L34", "waist 34 x 34"), ("W36 L34", "waist 36 x 34")],
    ),
    // Small shops.
    (
        None,
        Top,
        C,
        &[("28-30", "number 28-30"), ("10", "height 140")],
    ),
    (
        None,
        Top,
        M,
        &[("M", "men 48-50"), ("s", "men 44-46"), ("2xl", "men 60-62")],
    ),
    (
        None,
        Shoes,
        M,
        &[("7", "number 7")],
    ),
    (
        None,
        Ring,
        None,
        &[("7", "number 7"), ("size-7", "number 7"), ("size-10", "number 10"), ("Size 8", "number 8")],
    ),
    (
        None,
        Dress,
        C,
        &[("6-12 meses", "height 69-80"), ("18-24 meses", "height 87-92")],
    ),
    (
        None,
        Underwear,
        W,
        &[("M", "women 38-40"), ("M/L", "women 38-44"), ("One Size", "one")],
    ),
    (
        None,
        Underwear,
        C,
        &[("10", "height 140")],
    ),
    (
        None,
        Top,
        W,
        &[("S", "women 34-36"), ("One Size", "one")],
    ),
    (
        None,
        Outerwear,
        M,
        &[("m", "men 48-50")],
    ),
    (
        None,
        Top,
        None,
        &[("Small", "letters -1")],
    ),
    (
        None,
        Outerwear,
        None,
        &[("S", "letters -1"), ("XL", "letters 2"), ("XXS", "letters -3")],
    ),
];

#[test]
fn a_sample_of_real_catalogues_is_read_right() {
    let mut count = 0;
    let mut wrong = Vec::new();
    for (system, garment, audience, sizes) in SAMPLE {
        for (text, expected) in *sizes {
            count += 1;
            let got = shown(&read(text, *system, *garment, Group::from(*audience)));
            if got != *expected {
                wrong.push(format!("{text:?} on {garment:?} of {audience:?}: {got}, not {expected}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count}:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= 200, "{count}");
}
