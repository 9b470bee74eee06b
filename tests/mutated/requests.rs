//! Valid requests of every method, drawn by lot from a small world, so that they meet each other's customers and products.

use outfitter::proto::{event::Kind, *};
use prost::Message;
use rand::{Rng as _, seq::SliceRandom as _};

use crate::Lot;

/// Customers who are erased time and again. What is from before an erasure is refused, so they are few.
pub const ERASED: [&str; 2] = ["c28", "c29"];

/// What answers gave and later requests need.
#[derive(Debug, Default)]
pub struct World {
    pub now_ms: i64,
    pub products: Vec<String>,
    pub links: Vec<Link>,
    pub receipts: Vec<String>,
    pub page_tokens: Vec<(RecommendRequest, String)>,
    pub listing_tokens: Vec<String>,
    pub rules: Vec<String>,
    pub attribution: Option<String>,
    pub next: u64,
}

impl World {
    /// A message that the method accepts. `None`: nothing in this world can be asked of it yet.
    pub fn request(&mut self, method: &str, lot: &mut Lot) -> Option<Vec<u8>> {
        Some(match method {
            "UpsertProduct" => {
                UpsertProductRequest { product: Some(product(lot)), validate_only: lot.gen_ratio(1, 8) }.encode_to_vec()
            }
            "UpsertProducts" => {
                UpsertProductsRequest { product: Some(product(lot)), ..Default::default() }.encode_to_vec()
            }
            "ChangeStock" => ChangeStockRequest { change: Some(self.stock(lot)?) }.encode_to_vec(),
            "GetProduct" => GetProductRequest { id: self.some_product(lot)? }.encode_to_vec(),
            "ListProducts" => {
                let page_token = self.listing_tokens.choose(lot).cloned().unwrap_or_default();
                ListProductsRequest { page_size: lot.gen_range(0..20), page_token }.encode_to_vec()
            }
            "DeleteProduct" => {
                let place = lot.gen_range(0..self.products.len().max(1));
                let id = (!self.products.is_empty()).then(|| self.products.swap_remove(place))?;
                DeleteProductRequest { id }.encode_to_vec()
            }
            "WriteEvents" => {
                let events = (0..lot.gen_range(1..5)).map(|_| self.event(lot)).collect();
                WriteEventsRequest { events, validate_only: lot.gen_ratio(1, 8) }.encode_to_vec()
            }
            "StreamEvents" => StreamEventsRequest { event: Some(self.event(lot)) }.encode_to_vec(),
            "GetProfile" => GetProfileRequest { who: Some(who(lot)) }.encode_to_vec(),
            "SetTraits" => SetTraitsRequest { who: Some(who(lot)), traits: traits(lot) }.encode_to_vec(),
            "DeclareSizes" => DeclareSizesRequest { who: Some(who(lot)), sizes: vec![declared(lot)] }.encode_to_vec(),
            "LinkIdentifier" => link(lot).encode_to_vec(),
            "UndoLink" => UndoLinkRequest { link_id: self.links.pop()?.id }.encode_to_vec(),
            "SetConsent" => SetConsentRequest { who: Some(who(lot)), consents: vec![consent(lot)] }.encode_to_vec(),
            "EraseCustomer" => {
                let customer_id = ERASED[lot.gen_range(0..ERASED.len())].to_owned();
                EraseCustomerRequest { who: Some(Who { customer_id, ..Who::default() }), time_ms: 0 }.encode_to_vec()
            }
            "GetErasureReceipt" => {
                GetErasureReceiptRequest { receipt_id: self.receipts.choose(lot)?.clone() }.encode_to_vec()
            }
            "Recommend" => self.recommend(lot).encode_to_vec(),
            "ScoreProducts" => {
                let product_ids = (0..lot.gen_range(1..30)).map(|_| product_id(lot)).collect();
                let (who, context) = (Some(who(lot)), Some(context(lot)));
                ScoreProductsRequest { who, placement: lot.gen_range(0..9), context, product_ids, ..Default::default() }
                    .encode_to_vec()
            }
            "ExplainProduct" => {
                let (who, context, product_id) = (Some(who(lot)), Some(context(lot)), product_id(lot));
                ExplainProductRequest { who, placement: lot.gen_range(0..9), context, product_id, ..Default::default() }
                    .encode_to_vec()
            }
            "GetOpener" => opener(lot).encode_to_vec(),
            "ListModels" => ListModelsRequest { page_size: lot.gen_range(0..20), ..Default::default() }.encode_to_vec(),
            "ActivateModel" => {
                let version = format!("2026010{}T000000-aaaaaaaaaaaa", lot.gen_range(1..9));
                ActivateModelRequest { version, force: lot.r#gen() }.encode_to_vec()
            }
            "PutRule" => {
                self.next += 1;
                let rule = rule(format!("r{}", self.next), self.some_product(lot)?, lot);
                self.rules.push(rule.id.clone());
                PutRuleRequest { rule: Some(rule), validate_only: false }.encode_to_vec()
            }
            "DeleteRule" => DeleteRuleRequest { id: self.rules.pop()? }.encode_to_vec(),
            "ListRules" => {
                let page_token = self.rules.choose(lot).cloned().unwrap_or_default();
                ListRulesRequest { page_size: lot.gen_range(0..20), page_token }.encode_to_vec()
            }
            "RollBackModel" => RollBackModelRequest {}.encode_to_vec(),
            _ => return None,
        })
    }

    fn id(&mut self, kind: &str) -> String {
        self.next += 1;
        format!("{kind}{}", self.next)
    }

    fn some_product(&self, lot: &mut Lot) -> Option<String> {
        self.products.choose(lot).cloned()
    }

    fn stock(&self, lot: &mut Lot) -> Option<StockChange> {
        let product_id = self.some_product(lot)?;
        let variant_id = format!("{product_id}-{}", lot.gen_range(0..3));
        Some(StockChange { product_id, variant_id, stock: Some(lot.gen_range(0..5)), ..StockChange::default() })
    }

    fn event(&mut self, lot: &mut Lot) -> Event {
        let attribution_token = self.attribution.clone().filter(|_| lot.gen_ratio(1, 3)).unwrap_or_default();
        Event {
            id: self.id("e"),
            who: Some(who(lot)),
            time_ms: self.now_ms - lot.gen_range(0..40 * 86_400_000),
            channel: lot.gen_range(0..8),
            attribution_token,
            session_id: format!("s{}", lot.gen_range(0..5)),
            kind: Some(kind(lot)),
        }
    }

    fn recommend(&mut self, lot: &mut Lot) -> RecommendRequest {
        if lot.gen_ratio(1, 4)
            && let Some((first, page_token)) = self.page_tokens.pop()
        {
            return RecommendRequest { page_token, ..first };
        }
        RecommendRequest {
            who: Some(who(lot)),
            placement: lot.gen_range(0..9),
            context: Some(context(lot)),
            filter: lot.gen_ratio(1, 3).then(|| filter(lot)),
            page_size: lot.gen_range(0..30),
            explain: lot.r#gen(),
            boosts: boosts(lot),
            bury: boosts(lot),
            ..RecommendRequest::default()
        }
    }
}

fn product(lot: &mut Lot) -> Product {
    let id = product_id(lot);
    let sizes = ["38", "39", "M", "L", "32x34", "75B", "-", "one size"];
    let variant = |(n, size): (usize, &&str)| Variant {
        id: format!("{id}-{n}"),
        size: (*size).to_owned(),
        price: Some(money(1_000 + 37 * i64::try_from(n).unwrap_or(0))),
        stock: Some(3),
        attributes: vec![attribute()],
        ..Variant::default()
    };
    let paths = [["Women", "Shoes"], ["Women", "Dresses"], ["Home", "Coffee"], ["Men", "Jeans"]];
    let path = paths[lot.gen_range(0..paths.len())];
    let some: Vec<&str> = sizes.choose_multiple(lot, 3).copied().collect();
    Product {
        texts: vec![ProductText { locale: "en".into(), title: format!("Thing {id}"), description: String::new() }],
        brand: ["Lumen", "Nord", ""][lot.gen_range(0..3)].into(),
        category_path: path.map(str::to_owned).into(),
        garment: lot.gen_range(0..14),
        audience: lot.gen_range(0..5),
        variants: some.iter().enumerate().map(variant).collect(),
        replenish_days: lot.gen_range(0..40),
        attributes: vec![attribute()],
        id,
        ..Product::default()
    }
}

fn who(lot: &mut Lot) -> Who {
    let customer_id = format!("c{}", lot.gen_range(0..30));
    let visitor_id = format!("v{}", lot.gen_range(0..40));
    match lot.gen_range(0..4) {
        0 => Who { visitor_id, ..Who::default() },
        1 => Who { customer_id, visitor_id, other: None },
        2 => Who {
            other: Some(Identifier { kind: lot.gen_range(3..7), value: format!("o{}", lot.gen_range(0..20)) }),
            ..Who::default()
        },
        _ => Who { customer_id, ..Who::default() },
    }
}

fn product_id(lot: &mut Lot) -> String {
    format!("p{}", lot.gen_range(0..60))
}

fn money(minor: i64) -> Money {
    Money { minor, currency: "PLN".into() }
}

fn attribute() -> Attribute {
    Attribute { name: "material".into(), value: "leather".into() }
}

fn item(lot: &mut Lot) -> LineItem {
    let product_id = product_id(lot);
    let variant_id = if lot.r#gen() { format!("{product_id}-0") } else { String::new() };
    LineItem {
        product_id,
        variant_id,
        quantity: lot.gen_range(0..3),
        unit_price: Some(money(999)),
        ..LineItem::default()
    }
}

fn kind(lot: &mut Lot) -> Kind {
    let text = || "a few words".to_owned();
    match lot.gen_range(0..19) {
        0 => Kind::ProductViewed(ProductViewed { product_id: product_id(lot), variant_id: String::new() }),
        1 => Kind::CartAdded(CartAdded { item: Some(item(lot)) }),
        2 => Kind::CartRemoved(CartRemoved { item: Some(item(lot)) }),
        3 => Kind::Purchased(Purchased {
            order_id: format!("o{}", lot.gen_range(0..50)),
            items: vec![item(lot), item(lot)],
        }),
        4 => Kind::Returned(Returned {
            order_id: format!("o{}", lot.gen_range(0..50)),
            items: vec![item(lot)],
            reason: lot.gen_range(0..7),
        }),
        5 => Kind::OrderDelivered(OrderDelivered { order_id: format!("o{}", lot.gen_range(0..50)) }),
        6 => Kind::Searched(Searched { query: text() }),
        7 => Kind::PageViewed(PageViewed { placement: lot.gen_range(0..9), category_path: vec!["Women".into()] }),
        8 => Kind::Rated(Rated { product_id: product_id(lot), stars: lot.gen_range(1..6) }),
        9 => Kind::Commented(Commented { product_id: product_id(lot), text: text() }),
        10 => Kind::Complained(Complained { complaint_id: "k1".into(), order_id: String::new(), text: text() }),
        11 => Kind::ComplaintResolved(ComplaintResolved { complaint_id: "k1".into() }),
        12 => Kind::ChatTurn(ChatTurn { conversation_id: "chat".into(), from_customer: lot.r#gen(), text: text() }),
        13 => Kind::Impression(Impression { product_ids: (0..5).map(|_| product_id(lot)).collect() }),
        14 => Kind::Clicked(Clicked { product_id: product_id(lot) }),
        15 => Kind::SurveyAnswered(SurveyAnswered {
            survey_id: "nps".into(),
            question_id: "q".into(),
            answer: Some(survey_answered::Answer::Number(9)),
        }),
        16 => Kind::TraitSet(TraitSet { name: "tier".into(), value: "gold".into(), source: "crm".into() }),
        17 => Kind::SizeDeclared(SizeDeclared {
            garment: lot.gen_range(1..14),
            audience: lot.gen_range(0..5),
            size: "39".into(),
            size_system: 0,
        }),
        _ => {
            Kind::ConsentSet(ConsentSet { purpose: lot.gen_range(1..4), granted: lot.r#gen(), source: "banner".into() })
        }
    }
}

fn traits(lot: &mut Lot) -> Vec<Trait> {
    let one = |(name, value): (&str, &str)| Trait {
        name: name.into(),
        value: value.into(),
        source: "crm".into(),
        time_ms: 0,
    };
    let all = [("locale", "pl"), ("time_zone", "Europe/Warsaw"), ("tier", "gold"), ("tier", "")];
    all.choose_multiple(lot, 2).copied().map(one).collect()
}

fn declared(lot: &mut Lot) -> DeclaredSize {
    let size = ["38", "M", "75B", "", "32x34"][lot.gen_range(0..5)].to_owned();
    DeclaredSize { garment: lot.gen_range(1..14), audience: lot.gen_range(0..5), size, ..DeclaredSize::default() }
}

fn consent(lot: &mut Lot) -> Consent {
    Consent { purpose: lot.gen_range(1..4), granted: lot.r#gen(), source: "banner".into(), time_ms: 0 }
}

fn link(lot: &mut Lot) -> LinkIdentifierRequest {
    // Most of them are new, so that there is something to undo.
    let value = format!("d{}", lot.gen_range(0..1_000_000));
    LinkIdentifierRequest {
        customer_id: format!("c{}", lot.gen_range(0..30)),
        identifier: Some(Identifier { kind: lot.gen_range(2..7), value }),
        cause: lot.gen_range(1..5),
        time_ms: 0,
    }
}

fn context(lot: &mut Lot) -> Context {
    let line = |product_id: String| CartLine { variant_id: format!("{product_id}-0"), product_id };
    Context {
        product_id: if lot.r#gen() { product_id(lot) } else { String::new() },
        cart: (0..lot.gen_range(0..3)).map(|_| line(product_id(lot))).collect(),
        locale: ["", "pl", "ru", "de-AT"][lot.gen_range(0..4)].into(),
        channel: lot.gen_range(0..8),
        session_id: format!("s{}", lot.gen_range(0..5)),
    }
}

fn filter(lot: &mut Lot) -> Filter {
    let size = AttributeFilter { name: "size".into(), values: vec!["39".into(), "M".into()] };
    Filter {
        categories: vec![CategoryPath { steps: vec!["Women".into()] }],
        brands: if lot.r#gen() { vec!["lumen".into()] } else { Vec::new() },
        attributes: if lot.r#gen() { vec![size] } else { Vec::new() },
        exclude_product_ids: vec![product_id(lot)],
        any_of: if lot.r#gen() { vec![named(lot), sized()] } else { Vec::new() },
        none_of: if lot.r#gen() { vec![named(lot)] } else { Vec::new() },
        ..Filter::default()
    }
}

fn boosts(lot: &mut Lot) -> Vec<Boost> {
    (0..lot.gen_range(0..3)).map(|_| Boost { filter: Some(filter(lot)), factor: lot.gen_range(1.5..99.0) }).collect()
}

fn rule(id: String, product_id: String, lot: &mut Lot) -> MerchandisingRule {
    use merchandising_rule::Action;
    let boost = Boost { filter: Some(named(lot)), factor: 3.0 };
    let action = match lot.gen_range(0..4) {
        0 => Action::Pin(Pin { product_id, position: lot.gen_range(1..9) }),
        1 => Action::Hide(named(lot)),
        2 => Action::Boost(boost),
        _ => Action::Bury(boost),
    };
    let segments = if lot.r#gen() { vec!["vip".into()] } else { Vec::new() };
    MerchandisingRule { id, action: Some(action), segments, ..MerchandisingRule::default() }
}

fn named(lot: &mut Lot) -> Filter {
    Filter { product_ids: vec![product_id(lot), product_id(lot)], ..Filter::default() }
}

fn sized() -> Filter {
    let range = AttributeRange { name: "size".into(), at_least: Some(38.0), at_most: None };
    Filter { ranges: vec![range], ..Filter::default() }
}

fn opener(lot: &mut Lot) -> GetOpenerRequest {
    GetOpenerRequest {
        who: Some(who(lot)),
        channel: lot.gen_range(0..8),
        locale: ["", "pl", "ru"][lot.gen_range(0..3)].into(),
        page: lot.gen_range(0..9),
        product_id: product_id(lot),
        conversation_id: if lot.r#gen() { format!("chat{}", lot.gen_range(0..500)) } else { String::new() },
    }
}
