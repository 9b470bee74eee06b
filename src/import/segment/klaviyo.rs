//! Klaviyo's events spelled as Segment's: as they are sent to its API, as the API lists them, and as its older exports have
//! them.
//!
//! Sources: <https://developers.klaviyo.com/en/reference/events_api_overview>, and its guide to integrating a platform without a
//! pre-built integration. What its properties are called, such as `ProductID`, is any spelling of Segment's names.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value, map::Entry};

use super::names::{Name, letters};
use crate::import::enums;

/// Before the properties of what was added, beside a list of all that is in the cart now.
const ADDED: &str = "AddedItem";

/// Where the id of the profile stands until it is known whether anything better does.
const PROFILE: &str = "$profile";

/// Metrics and profiles that a page of the API lists beside its events are put where the events refer to them.
pub(super) fn join(page: &mut Map<String, Value>, events: &mut [Value]) {
    let Some(Value::Array(included)) = page.remove("included") else { return };
    let key = |of: &Value| Some((of.get("type")?.as_str()?.to_owned(), of.get("id")?.as_str()?.to_owned()));
    let attributes = |one: &Value| Some((key(one)?, one.get("attributes")?.clone()));
    let known: FxHashMap<(String, String), Value> = included.iter().filter_map(attributes).collect();
    let related = events.iter_mut().filter_map(|event| event.get_mut("relationships")?.as_object_mut());
    for data in related.flat_map(Map::values_mut).filter_map(|one| one.get_mut("data")?.as_object_mut()) {
        let found = key(&Value::Object(data.clone())).and_then(|key| known.get(&key));
        if let (Some(found), Entry::Vacant(vacant)) = (found, data.entry("attributes")) {
            vacant.insert(found.clone());
        }
    }
}

/// Spells an event; what is no event of Klaviyo's stays as it is.
pub(super) fn spell(call: &mut Map<String, Value>) {
    if let Some(Value::Object(event)) = call.get_mut("data").filter(|data| is_event(data)).map(Value::take) {
        *call = event;
    }
    let mut names_profile = rename(call, &["customer_properties", "person"], "traits");
    if call.get("type").and_then(Value::as_str) == Some("event")
        && let Some(Value::Object(attributes)) = call.remove("attributes")
    {
        *call = of_attributes(attributes, call.remove("relationships"));
        names_profile = true;
    }
    rename(call, &["event_properties"], "properties");
    if names_profile {
        identify(call);
    }
    let name = ["event", "event_name"].into_iter().find_map(|field| call.get(field)?.as_str().map(str::to_owned));
    if let (Some(name), Some(Value::Object(properties))) = (name, call.get_mut("properties")) {
        spell_properties(&name, properties);
    }
}

/// Whether it is one of the API's.
pub(super) fn is_event(data: &Value) -> bool {
    data.get("type").and_then(Value::as_str) == Some("event")
}

/// The metric is the event's name, and the profile whose it is.
fn of_attributes(mut event: Map<String, Value>, relationships: Option<Value>) -> Map<String, Value> {
    let mut relationships = relationships.unwrap_or_default();
    let mut related = |field: &str| {
        let related = event.remove(field).or_else(|| relationships.get_mut(field).map(Value::take));
        let data = within(related.unwrap_or_default(), "data");
        let id = data.get("id").filter(|id| id.is_string()).cloned();
        (id, within(data, "attributes"))
    };
    let (metric, profile) = (related("metric"), related("profile"));
    // Without its name the metric's id still says what was left out.
    let name = metric.1.get("name").cloned().or(metric.0);
    event.extend(name.map(|name| ("event".to_owned(), name)));
    event.extend(profile.0.map(|id| (PROFILE.to_owned(), id)));
    event.insert("traits".to_owned(), profile.1);
    event
}

fn within(mut of: Value, field: &str) -> Value {
    match of.get_mut(field) {
        Some(value) => value.take(),
        None => of,
    }
}

/// By the shop's own id of the customer, or the mail address; by Klaviyo's id only where it says nothing else.
fn identify(call: &mut Map<String, Value>) {
    let profile = call.remove(PROFILE);
    let mut traits = call.get_mut("traits").and_then(Value::as_object_mut);
    // Channels that somebody agreed to, which says nothing of the others.
    if let Some(traits) = &mut traits
        && traits.get("$consent").is_some_and(Value::is_array)
    {
        traits.remove("$consent");
    }
    let traits = traits.as_deref();
    let own = text(traits, "external_id").or_else(|| text(traits, "$id")).cloned();
    let has_address = text(traits, "email").or_else(|| text(traits, "$email")).is_some();
    let (field, id) = if own.is_some() { ("userId", own) } else { ("anonymousId", profile.filter(|_| !has_address)) };
    if let (Some(id), Entry::Vacant(vacant)) = (id, call.entry(field)) {
        vacant.insert(id);
    }
}

fn text<'a>(of: Option<&'a Map<String, Value>>, field: &str) -> Option<&'a Value> {
    of?.get(field).filter(|value| value.as_str().is_some_and(|text| !text.is_empty()))
}

fn spell_properties(event: &str, properties: &mut Map<String, Value>) {
    let added: Vec<String> = properties.keys().filter(|name| name.starts_with(ADDED)).cloned().collect();
    if added.iter().any(|name| matches!(&name[ADDED.len()..], "ProductID" | "SKU")) {
        // Else all of the cart would be taken for added.
        properties.remove("Items");
        for name in added {
            if let Some(value) = properties.remove(&name) {
                properties.insert(name[ADDED.len()..].to_owned(), value);
            }
        }
    }
    // What the shop's own system says of the order.
    let extra = ["$extra", "extra"].into_iter().find(|extra| properties.get(*extra).is_some_and(Value::is_object));
    let lines =
        extra.and_then(|extra| properties.get(extra)?.get("line_items").filter(|lines| lines.is_array()).cloned());
    if let Some(lines) = lines {
        properties.insert("line_items".to_owned(), lines);
    }
    // An order's event has the id of the order, one of its lines an id of its own.
    let is_order =
        matches!(Name::of_event(event), Some(Name::Ordered | Name::Returned)) && letters(event) != "orderedproduct";
    let names_order = properties.keys().any(|name| enums::is_spelling_of(name, "order_id"));
    if is_order
        && !names_order
        && let Some(id) = properties.get("$event_id").cloned()
    {
        properties.insert("order_id".to_owned(), id);
    }
}

/// Whether an object stood under one of the names, and stands under the new one now.
fn rename(call: &mut Map<String, Value>, from: &[&str], to: &str) -> bool {
    let Some(field) = from.iter().find(|field| call.get(**field).is_some_and(Value::is_object)) else { return false };
    if call.get(to).is_some_and(Value::is_object) {
        return false;
    }
    let value = call.remove(*field);
    call.extend(value.map(|value| (to.to_owned(), value)));
    true
}

#[cfg(test)]
mod tests {
    use crate::import::segment::tests::run;

    #[track_caller]
    fn check(file: &str, expected: &[&str]) {
        assert_eq!(run(file), expected, "{file}");
    }

    /// As it is sent to the API of the first version, which browsers still do.
    fn tracked(event: &str, properties: &str) -> String {
        format!(
            r#"{{"token":"k","event":"{event}","customer_properties":{{"$id":"u1","$consent":["email"]}},"time":1672531200,"properties":{properties}}}"#
        )
    }

    #[test]
    fn each_metric_of_a_shop_is_read() {
        check(
            &tracked("Viewed Product", r#"{"ProductID":"p","SKU":"p-M","ProductName":"Hat","Price":9.99}"#),
            &["1 {customer:u1} product_viewed p p-M"],
        );
        let added = r#"{"$value":30,"AddedItemProductID":"p","AddedItemSKU":"p-M","AddedItemQuantity":2,"ItemNames":["Hat","Cap"],"Items":[{"ProductID":"old"},{"ProductID":"p"}]}"#;
        check(&tracked("Added to Cart", added), &["1 {customer:u1} cart_added {product:p,quantity:2,variant:p-M}"]);
        let items = r#""Items":[{"ProductID":"p","SKU":"p-M","Quantity":2,"ItemPrice":"9.99 EUR","RowTotal":19.98}]"#;
        let line = "[{product:p,quantity:2,unit_price:{currency:EUR,minor:999},variant:p-M}]";
        for (properties, order) in [
            (format!(r#"{{"OrderId":"o1","$event_id":"e9",{items}}}"#), "o1"),
            (format!(r#"{{"$event_id":"o2","$value":19.98,{items}}}"#), "o2"),
        ] {
            check(&tracked("Placed Order", &properties), &[&format!("1 {{customer:u1}} purchased {order} {line}")]);
            for event in ["Refunded Order", "Cancelled Order", "Canceled Order"] {
                check(&tracked(event, &properties), &[&format!("1 {{customer:u1}} returned {order} {line}")]);
            }
        }
        check(
            &tracked(
                "Ordered Product",
                r#"{"$event_id":"o1_p-M","OrderID":"o1","ProductID":"p","SKU":"p-M","Quantity":2}"#,
            ),
            &["1 {customer:u1} purchased o1 [{product:p,quantity:2,variant:p-M}]"],
        );
        let of_shop = r#"{"Items":["Hat"],"$event_id":"o1","$extra":{"line_items":[{"id":1,"product_id":7,"variant_id":8,"quantity":1}]}}"#;
        check(&tracked("Placed Order", of_shop), &["1 {customer:u1} purchased o1 [{product:7,quantity:1,variant:8}]"]);
        check(&tracked("Received Email", "{}"), &["left out: event \"Received Email\""]);
    }

    #[test]
    fn events_are_read_as_the_api_lists_them_and_as_they_are_sent_to_it() {
        let page = r#"{"data":[
            {"type":"event","id":"e1","attributes":{"timestamp":1672531200,"event_properties":{"ProductID":"p"},"datetime":"2023-01-01T00:00:00+00:00"},
             "relationships":{"profile":{"data":{"type":"profile","id":"P1"}},"metric":{"data":{"type":"metric","id":"M1"}}}},
            {"type":"event","id":"e2","attributes":{"event_properties":{"ProductID":"q"},"datetime":"2023-01-01T00:00:00+00:00"},
             "relationships":{"profile":{"data":{"type":"profile","id":"P2"}},"metric":{"data":{"type":"metric","id":"M1"}}}},
            {"type":"event","id":"e3","attributes":{"event_properties":{},"datetime":"2023-01-01T00:00:00+00:00"},
             "relationships":{"metric":{"data":{"type":"metric","id":"M2"}}}}],
            "included":[{"type":"metric","id":"M1","attributes":{"name":"Viewed Product"}},
                        {"type":"profile","id":"P1","attributes":{"email":"ola@shop.example","external_id":"u1"}}],
            "links":{"next":null}}"#;
        check(
            &page.replace('\n', ""),
            &["1 {customer:u1} product_viewed p", "1 {visitor:P2} product_viewed q", "left out: event \"M2\""],
        );
        let sent = r#"{"data":{"type":"event","attributes":{"properties":{"ProductID":"p"},"time":"2023-01-01T00:00:00Z","metric":{"data":{"type":"metric","attributes":{"name":"Viewed Product"}}},"profile":{"data":{"type":"profile","attributes":{"external_id":"u1"}}}}}}"#;
        check(sent, &["1 {customer:u1} product_viewed p"]);
        let exported = r#"{"object":"event","id":"e","event_name":"Viewed Product","timestamp":1672531200,"event_properties":{"ProductID":"p"},"person":{"object":"person","$id":"u1"}}"#;
        check(exported, &["1 {customer:u1} product_viewed p"]);
        // Whom a mail address alone names is kept as its hash.
        let by_mail = sent.replace(r#""external_id":"u1""#, r#""email":"ola@shop.example""#);
        assert!(run(&by_mail)[0].contains("email_hash") && !run(&by_mail)[0].contains("ola@"), "{:?}", run(&by_mail));
    }
}
