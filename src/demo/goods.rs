//! What the demo shop sells: kinds of goods with their names in three languages, and models of each kind.

use rand::{Rng, seq::SliceRandom};
use rand_xoshiro::Xoshiro256PlusPlus;

use crate::domain::{
    Currency, Id, Locale, Money, Timestamp,
    catalog::{Audience, Availability, Product, SizeSystem, Text, Variant},
};

/// How many directions a taste has.
pub const TASTES: usize = 6;

/// A product with what only its maker knows.
#[derive(Debug, Clone)]
pub struct Good {
    /// As the shop describes it.
    pub product: Product,
    /// Which of [`KINDS`].
    pub kind: usize,
    /// What it is like, in every direction.
    pub style: [f32; TASTES],
    /// Sizes that it runs small (negative) or large (positive).
    pub runs: i32,
}

/// A kind of goods.
#[derive(Debug)]
pub struct Kind {
    /// Category path without the audience's step where there is one.
    pub path: &'static [&'static str],
    /// In English, Polish and Russian.
    pub names: [&'static str; 3],
    /// For whom, where it is worn.
    pub audience: Option<Audience>,
    /// The sizes it comes in.
    pub sizes: Sizes,
    /// Lowest and highest price in minor units.
    pub price: (i64, i64),
    /// Days until one unit is used up.
    pub replenish_days: Option<u32>,
    /// Kinds that go with it, by their English names.
    pub goes_with: &'static [&'static str],
}

/// Runs of sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sizes {
    Alpha,
    Women,
    WomenShoes,
    MenShoes,
    Jeans,
    Bra,
    Height,
    ChildShoes,
    Belt,
    Socks,
    One,
}

impl Sizes {
    /// From small to large.
    pub const fn run(self) -> &'static [&'static str] {
        match self {
            Self::Alpha => &["XS", "S", "M", "L", "XL", "XXL"],
            Self::Women => &["34", "36", "38", "40", "42", "44", "46"],
            Self::WomenShoes => &["36", "37", "38", "39", "40", "41"],
            Self::MenShoes => &["40", "41", "42", "43", "44", "45", "46"],
            Self::Jeans => &["28x32", "30x32", "31x32", "32x32", "32x34", "33x34", "34x34", "36x34"],
            Self::Bra => &["70B", "70C", "75A", "75B", "75C", "80B", "80C", "85C"],
            Self::Height => &["98", "104", "110", "116", "122", "128", "134", "140"],
            Self::ChildShoes => &["26", "27", "28", "29", "30", "31", "32", "33"],
            Self::Belt => &["80", "85", "90", "95", "100", "105"],
            Self::Socks => &["35-38", "39-42", "43-46"],
            Self::One => &[""],
        }
    }

    const fn system(self) -> Option<SizeSystem> {
        match self {
            Self::Alpha => Some(SizeSystem::Alpha),
            Self::Women | Self::WomenShoes | Self::MenShoes | Self::ChildShoes => Some(SizeSystem::Eu),
            Self::Jeans => Some(SizeSystem::WaistLength),
            Self::Bra => Some(SizeSystem::BraEu),
            Self::Height => Some(SizeSystem::HeightCm),
            Self::One => Some(SizeSystem::OneSize),
            Self::Belt | Self::Socks => None,
        }
    }
}

const W: Option<Audience> = Some(Audience::Women);
const M: Option<Audience> = Some(Audience::Men);
const C: Option<Audience> = Some(Audience::Children);

macro_rules! kind {
    ($path:expr, $names:expr, $audience:expr, $sizes:ident, $price:expr, $days:expr, $with:expr) => {
        Kind {
            path: &$path,
            names: $names,
            audience: $audience,
            sizes: Sizes::$sizes,
            price: $price,
            replenish_days: $days,
            goes_with: &$with,
        }
    };
}

/// All kinds. Names stand before the model's name and are never inflected.
#[rustfmt::skip]
pub static KINDS: &[Kind] = &[
    kind!(["Women", "Dresses"], ["Dress", "Sukienka", "Платье"], W, Women, (12_900, 49_900), None, ["Women's Chelsea boots", "Women's coat", "Scarf"]),
    kind!(["Women", "Tops", "Blouses"], ["Blouse", "Bluzka", "Блузка"], W, Women, (7_900, 24_900), None, ["Women's trousers", "Skirt"]),
    kind!(["Women", "Tops", "Sweaters"], ["Women's sweater", "Sweter damski", "Женский свитер"], W, Alpha, (9_900, 39_900), None, ["Women's jeans", "Scarf"]),
    kind!(["Women", "Tops", "T-shirts"], ["Women's T-shirt", "T-shirt damski", "Женская футболка"], W, Alpha, (3_900, 12_900), None, ["Women's jeans", "Women's sneakers"]),
    kind!(["Women", "Bottoms", "Jeans"], ["Women's jeans", "Jeansy damskie", "Женские джинсы"], W, Jeans, (12_900, 39_900), None, ["Women's T-shirt", "Women's sneakers"]),
    kind!(["Women", "Bottoms", "Trousers"], ["Women's trousers", "Spodnie damskie", "Женские брюки"], W, Women, (11_900, 34_900), None, ["Blouse"]),
    kind!(["Women", "Bottoms", "Skirts"], ["Skirt", "Spódnica", "Юбка"], W, Women, (8_900, 27_900), None, ["Blouse", "Women's Chelsea boots"]),
    kind!(["Women", "Outerwear", "Coats"], ["Women's coat", "Płaszcz damski", "Женское пальто"], W, Women, (29_900, 89_900), None, ["Scarf", "Women's Chelsea boots"]),
    kind!(["Women", "Shoes", "Chelsea boots"], ["Women's Chelsea boots", "Botki damskie", "Женские ботинки челси"], W, WomenShoes, (19_900, 59_900), None, ["Shoe cream", "Women's jeans"]),
    kind!(["Women", "Shoes", "Sneakers"], ["Women's sneakers", "Sneakersy damskie", "Женские кроссовки"], W, WomenShoes, (15_900, 49_900), None, ["Socks"]),
    kind!(["Women", "Underwear", "Bras"], ["Bra", "Biustonosz", "Бюстгальтер"], W, Bra, (6_900, 22_900), None, []),
    kind!(["Men", "Tops", "Shirts"], ["Men's shirt", "Koszula męska", "Мужская рубашка"], M, Alpha, (9_900, 29_900), None, ["Men's chinos", "Belt"]),
    kind!(["Men", "Tops", "Sweaters"], ["Men's sweater", "Sweter męski", "Мужской свитер"], M, Alpha, (11_900, 39_900), None, ["Men's shirt", "Men's jeans"]),
    kind!(["Men", "Tops", "T-shirts"], ["Men's T-shirt", "T-shirt męski", "Мужская футболка"], M, Alpha, (3_900, 12_900), None, ["Men's jeans"]),
    kind!(["Men", "Bottoms", "Jeans"], ["Men's jeans", "Jeansy męskie", "Мужские джинсы"], M, Jeans, (13_900, 39_900), None, ["Belt", "Men's T-shirt"]),
    kind!(["Men", "Bottoms", "Chinos"], ["Men's chinos", "Chinosy męskie", "Мужские чиносы"], M, Jeans, (12_900, 29_900), None, ["Men's shirt", "Belt"]),
    kind!(["Men", "Outerwear", "Jackets"], ["Men's jacket", "Kurtka męska", "Мужская куртка"], M, Alpha, (24_900, 79_900), None, ["Men's Chelsea boots"]),
    kind!(["Men", "Shoes", "Chelsea boots"], ["Men's Chelsea boots", "Sztyblety męskie", "Мужские ботинки челси"], M, MenShoes, (24_900, 69_900), None, ["Shoe cream", "Men's jeans"]),
    kind!(["Men", "Shoes", "Sneakers"], ["Men's sneakers", "Sneakersy męskie", "Мужские кроссовки"], M, MenShoes, (17_900, 54_900), None, ["Socks", "Men's jeans"]),
    kind!(["Accessories", "Belts"], ["Belt", "Pasek", "Ремень"], None, Belt, (5_900, 19_900), None, ["Men's jeans"]),
    kind!(["Accessories", "Scarves"], ["Scarf", "Szalik", "Шарф"], None, One, (5_900, 19_900), None, ["Women's coat"]),
    kind!(["Accessories", "Socks"], ["Socks", "Skarpety", "Носки"], None, Socks, (1_900, 4_900), None, []),
    kind!(["Kids", "Tops", "T-shirts"], ["Kids' T-shirt", "T-shirt dziecięcy", "Детская футболка"], C, Height, (2_900, 7_900), None, ["Kids' trousers"]),
    kind!(["Kids", "Bottoms", "Trousers"], ["Kids' trousers", "Spodnie dziecięce", "Детские брюки"], C, Height, (4_900, 12_900), None, ["Kids' T-shirt", "Kids' shoes"]),
    kind!(["Kids", "Shoes"], ["Kids' shoes", "Buty dziecięce", "Детские ботинки"], C, ChildShoes, (8_900, 22_900), None, ["Kids' trousers"]),
    kind!(["Home", "Kitchen", "Mugs"], ["Mug", "Kubek", "Кружка"], None, One, (2_900, 7_900), None, ["Coffee", "Tea"]),
    kind!(["Home", "Bedroom", "Bed linen"], ["Bed linen", "Pościel", "Постельное бельё"], None, One, (12_900, 39_900), None, ["Cushion", "Throw"]),
    kind!(["Home", "Living", "Cushions"], ["Cushion", "Poduszka", "Подушка"], None, One, (3_900, 12_900), None, ["Throw"]),
    kind!(["Home", "Living", "Throws"], ["Throw", "Pled", "Плед"], None, One, (7_900, 24_900), None, ["Cushion", "Candle"]),
    kind!(["Home", "Living", "Candles"], ["Candle", "Świeca", "Свеча"], None, One, (2_900, 9_900), Some(40), ["Vase"]),
    kind!(["Home", "Living", "Lamps"], ["Lamp", "Lampa", "Лампа"], None, One, (9_900, 49_900), None, ["Cushion"]),
    kind!(["Home", "Living", "Vases"], ["Vase", "Wazon", "Ваза"], None, One, (4_900, 19_900), None, ["Candle"]),
    kind!(["Home", "Bathroom", "Towels"], ["Towel", "Ręcznik", "Полотенце"], None, One, (3_900, 12_900), None, ["Hand soap"]),
    kind!(["Groceries", "Coffee"], ["Coffee", "Kawa", "Кофе"], None, One, (3_900, 8_900), Some(25), ["Mug"]),
    kind!(["Groceries", "Tea"], ["Tea", "Herbata", "Чай"], None, One, (1_900, 5_900), Some(35), ["Mug"]),
    kind!(["Care", "Razor blades"], ["Razor blades", "Ostrza do golenia", "Лезвия для бритья"], None, One, (3_900, 6_900), Some(45), []),
    kind!(["Care", "Hand soap"], ["Hand soap", "Mydło do rąk", "Мыло для рук"], None, One, (1_900, 4_900), Some(30), ["Towel"]),
    kind!(["Care", "Shoe care"], ["Shoe cream", "Krem do butów", "Крем для обуви"], None, One, (1_900, 4_900), Some(120), []),
];

const BRANDS: [(&str, f32); 18] = [
    ("Alder", 0.9),
    ("Birkvale", 1.1),
    ("Corvin", 1.3),
    ("Dalmory", 0.8),
    ("Elmstead", 1.0),
    ("Fennick", 1.2),
    ("Gavoty", 0.7),
    ("Hollin", 1.0),
    ("Ivarra", 1.4),
    ("Jorund", 0.9),
    ("Kestrel & Co", 1.1),
    ("Lumetta", 0.8),
    ("Maren", 1.2),
    ("Nordlys", 1.3),
    ("Oakhart", 0.9),
    ("Pellow", 0.7),
    ("Quince", 1.0),
    ("Rosvik", 1.1),
];

const MODELS: [&str; 60] = [
    "Aster", "Bellis", "Calla", "Dahlia", "Erika", "Freja", "Galia", "Hedera", "Iris", "Jasmin", "Kalina", "Lilia",
    "Malva", "Nigella", "Oliwia", "Petra", "Reseda", "Salvia", "Tilia", "Ursa", "Viola", "Wanda", "Yarrow", "Zinnia",
    "Arden", "Brook", "Cairn", "Dune", "Ember", "Fjord", "Glen", "Harbor", "Isle", "Juniper", "Knoll", "Lagoon",
    "Moor", "North", "Orchard", "Pine", "Quarry", "Ridge", "Shore", "Tarn", "Upland", "Vale", "Willow", "Yew", "Atlas",
    "Borea", "Comet", "Delta", "Echo", "Flint", "Gale", "Halo", "Indigo", "Jet", "Karo", "Lumen",
];

const COLORS: [&str; 10] = ["black", "white", "navy", "grey", "beige", "brown", "green", "burgundy", "blue", "red"];

/// Makes so many products, spread over all kinds.
pub fn make(count: usize, now: Timestamp, rng: &mut Xoshiro256PlusPlus) -> Vec<Good> {
    // Each brand has a taste of its own, from which its models stray a little.
    let tastes: Vec<[f32; TASTES]> = BRANDS.iter().map(|_| taste(rng)).collect();
    let pln = currency();
    (0..count).map(|number| good(number, now, &tastes, pln, rng)).collect()
}

/// The currency of the shop.
#[expect(clippy::expect_used, reason = "a code that ISO 4217 knows")]
pub fn currency() -> Currency {
    "PLN".parse().expect("a currency")
}

fn good(
    number: usize,
    now: Timestamp,
    tastes: &[[f32; TASTES]],
    currency: Currency,
    rng: &mut Xoshiro256PlusPlus,
) -> Good {
    let kind = number % KINDS.len();
    let of = &KINDS[kind];
    let brand = rng.gen_range(0..BRANDS.len());
    let (brand_name, dearness) = BRANDS[brand];
    let model = MODELS[(number / KINDS.len() * 7 + kind * 11) % MODELS.len()];
    let series = number / KINDS.len() / MODELS.len();
    let name = if series == 0 { model.to_owned() } else { format!("{model} {}", series + 1) };
    let mut style = tastes[brand];
    for direction in &mut style {
        *direction = 0.7 * *direction + 0.5 * rng.gen_range(-1.0_f32..1.0);
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_precision_loss, reason = "prices in minor units are small")]
    let price = {
        let within = rng.gen_range(of.price.0..=of.price.1) as f32 * dearness;
        (within as i64 / 1_000).max(1) * 1_000 - 1
    };
    let since = Timestamp(now.0 - rng.gen_range(0..420) * Timestamp::DAY);
    let wanted = rng.gen_range(1..=3);
    let mut colors: Vec<&str> = COLORS.choose_multiple(rng, wanted).copied().collect();
    colors.sort_unstable();
    let text = |tag: &str, kind_name: &str| {
        let locale: Option<Locale> = tag.parse().ok();
        locale.map(|locale| Text {
            locale,
            title: format!("{kind_name} {name}").into(),
            description: format!("{kind_name} {name}, {brand_name}").into(),
        })
    };
    let texts = [("en", of.names[0]), ("pl", of.names[1]), ("ru", of.names[2])];
    let mut variants = Vec::new();
    for color in colors {
        for (place, size) in of.sizes.run().iter().enumerate() {
            let sold_out = rng.gen_bool(0.14);
            variants.push(Variant {
                id: id(format!("p{number:04}-{color}-{place}")),
                size: (*size).into(),
                size_system: of.sizes.system(),
                color: color.into(),
                price: Money { minor: price, currency },
                original_price: None,
                sale: None,
                stock: Some(if sold_out { 0 } else { rng.gen_range(1..40) }),
                availability: Availability::InStock,
                image_uri: "".into(),
                attributes: Vec::new(),
                changed: since,
                back_since: None,
            });
        }
    }
    if rng.gen_bool(0.04) {
        for variant in &mut variants {
            variant.stock = Some(0);
        }
    }
    let product = Product {
        id: id(format!("p{number:04}")),
        texts: texts.into_iter().filter_map(|(tag, name)| text(tag, name)).collect(),
        brand: brand_name.into(),
        category_path: of.path.iter().map(|step| (*step).into()).collect(),
        garment: None,
        audience: of.audience,
        variants,
        image_uri: format!("https://demo.invalid/p{number:04}.jpg").into(),
        replenish_days: of.replenish_days,
        available_since: since,
        attributes: Vec::new(),
    };
    let runs = *[0, 0, 0, 0, 0, 0, -1, -1, 1].choose(rng).unwrap_or(&0);
    Good { product, kind, style, runs }
}

/// A direction of liking.
pub fn taste(rng: &mut Xoshiro256PlusPlus) -> [f32; TASTES] {
    std::array::from_fn(|_| rng.gen_range(-1.0_f32..1.0))
}

/// An id that this module has made itself.
#[expect(clippy::expect_used, reason = "short, and without control characters")]
pub fn id(text: String) -> Id {
    Id::new(text).expect("an id")
}
