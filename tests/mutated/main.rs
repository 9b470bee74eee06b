//! Requests by the thousand over every method: valid ones, ones with fields that are changed by lot, and bytes that are no
//! message any more. None is answered by INTERNAL, none makes the server panic, and the valid ones are answered.
//!
//! `OUTFITTER_CASES` sets how many requests there are, `OUTFITTER_SEED` which.

#![expect(clippy::unwrap_used, reason = "a test that can't go on ends")]

mod mutation;
mod requests;
mod wire;

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use outfitter::{
    config::{Given, load},
    proto::{
        self, RecommendRequest, RecommendResponse, Who, recommendation_service_client::RecommendationServiceClient,
    },
    server,
};
use prost::Message as _;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use rand::{Rng as _, SeedableRng as _};
use tonic::{Code, transport::Channel};

use requests::{ERASED, World};

/// Draws all that is drawn.
pub type Lot = rand_xoshiro::Xoshiro256PlusPlus;

/// What a fault of the server would be answered with.
const FAULTS: [Code; 5] = [Code::Internal, Code::Unknown, Code::DataLoss, Code::Unavailable, Code::DeadlineExceeded];
/// Methods that are about saved models, of which there are none: `NOT_FOUND` and `FAILED_PRECONDITION` are their valid answers.
const OF_MODELS: [&str; 2] = ["ActivateModel", "RollBackModel"];

/// What came of the requests of one method.
#[derive(Debug, Default)]
struct Seen {
    sent: usize,
    /// Accepted whole.
    valid: usize,
    codes: BTreeMap<String, usize>,
}

/// One method and what its messages are.
struct Method {
    name: String,
    path: String,
    stream: bool,
    descriptor: MethodDescriptor,
}

fn methods() -> Vec<Method> {
    let pool = DescriptorPool::decode(proto::FILE_DESCRIPTOR_SET).unwrap();
    let of_service = |service: prost_reflect::ServiceDescriptor| {
        let name = service.full_name().to_owned();
        let methods: Vec<_> = service.methods().collect();
        methods.into_iter().map(move |descriptor| Method {
            name: descriptor.name().to_owned(),
            path: format!("/{name}/{}", descriptor.name()),
            stream: descriptor.is_client_streaming(),
            descriptor,
        })
    };
    pool.services().flat_map(of_service).collect()
}

fn set(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

/// Messages of the method, of which a stream has some. Most are left as they were; of the others one is changed, in its fields
/// or in its bytes.
fn messages(method: &Method, world: &mut World, lot: &mut Lot) -> Vec<Vec<u8>> {
    let count = if method.stream { lot.gen_range(1..5) } else { 1 };
    let mut all: Vec<Vec<u8>> = (0..count).map(|_| world.request(&method.name, lot).unwrap_or_default()).collect();
    let one = lot.gen_range(0..count);
    match lot.gen_range(0..20) {
        0..=11 => {}
        12..=17 => {
            let mut message = DynamicMessage::decode(method.descriptor.input(), &*all[one]).unwrap();
            mutation::of_fields(&mut message, lot);
            all[one] = message.encode_to_vec();
        }
        _ => mutation::of_bytes(&mut all[one], lot),
    }
    all
}

/// Keeps what later requests need.
fn learn(method: &str, sent: &[Vec<u8>], answers: &[Vec<u8>], world: &mut World) {
    match method {
        "UpsertProduct" | "UpsertProducts" => {
            let ids = sent.iter().filter_map(|bytes| proto::UpsertProductsRequest::decode(&**bytes).ok()?.product);
            for id in ids.map(|product| product.id) {
                if !world.products.contains(&id) {
                    world.products.push(id);
                }
            }
        }
        "LinkIdentifier" => {
            let answer = proto::LinkIdentifierResponse::decode(&*answers[0]).unwrap();
            world.links.extend(answer.link.filter(|_| answer.created));
        }
        "EraseCustomer" => {
            // Links went with the customer.
            world.links.retain(|link| !ERASED.contains(&&*link.customer_id));
            world.receipts.push(proto::EraseCustomerResponse::decode(&*answers[0]).unwrap().receipt_id);
        }
        "GetProfile" => {
            let links = proto::GetProfileResponse::decode(&*answers[0]).unwrap().profile.unwrap_or_default().links;
            let new = links.into_iter().filter(|link| world.links.iter().all(|known| known.id != link.id));
            let new: Vec<_> = new.collect();
            world.links.extend(new);
        }
        "Recommend" => {
            let answer = RecommendResponse::decode(&*answers[0]).unwrap();
            world.attribution = Some(answer.attribution_token).filter(|token| !token.is_empty());
            if let Ok(request) = RecommendRequest::decode(&*sent[0])
                && !answer.next_page_token.is_empty()
            {
                world.page_tokens.push((request, answer.next_page_token));
            }
        }
        "ListProducts" => {
            let token = proto::ListProductsResponse::decode(&*answers[0]).unwrap().next_page_token;
            world.listing_tokens = vec![token];
        }
        _ => {}
    }
}

fn table(seen: &BTreeMap<String, Seen>) -> String {
    let mut text = String::new();
    for (method, Seen { sent, valid, codes }) in seen {
        let codes: Vec<String> = codes.iter().map(|(code, count)| format!("{code} {count}")).collect();
        let _ = writeln!(text, "{method:>18}  {sent:>6} sent  {valid:>6} valid  {}", codes.join(", "));
    }
    text
}

/// One call: what it is answered, in a word, and whether it was accepted whole.
async fn ask(
    channel: &Channel,
    method: &Method,
    messages: Vec<Vec<u8>>,
    world: &mut World,
) -> Result<(String, bool), String> {
    let answers = match wire::call(channel, &method.path, method.stream, messages.clone()).await {
        Ok(answers) => answers,
        Err(status) if FAULTS.contains(&status.code()) => return Err(format!("{status:?}")),
        Err(status) => {
            let is_valid = OF_MODELS.contains(&&*method.name)
                && [Code::NotFound, Code::FailedPrecondition].contains(&status.code());
            return Ok((format!("{:?}", status.code()), is_valid));
        }
    };
    let mut refused = false;
    for answer in &answers {
        let answer =
            DynamicMessage::decode(method.descriptor.output(), &**answer).map_err(|error| error.to_string())?;
        if mutation::has_item_error(&prost_reflect::Value::Message(answer.clone()), Code::Internal.into()) {
            return Err(format!("{answer}"));
        }
        refused |= mutation::has_refused_item(&answer);
    }
    learn(&method.name, &messages, &answers, world);
    Ok(if refused { ("Ok but for items".to_owned(), false) } else { ("Ok".to_owned(), true) })
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_makes_the_server_fail() {
    let (cases, seed) = (set("OUTFITTER_CASES", 4_000), set("OUTFITTER_SEED", 13));
    println!("{cases} requests, seed {seed}");
    let panics = Arc::new(AtomicUsize::new(0));
    let (counter, former) = (Arc::clone(&panics), std::panic::take_hook());
    std::panic::set_hook(Box::new(move |info| {
        counter.fetch_add(1, Ordering::Relaxed);
        former(info);
    }));
    let folder = tempfile::tempdir().unwrap();
    let place = |name: &str| folder.path().join(name).display().to_string();
    let flags = [("listen", "127.0.0.1:0".to_owned()), ("data", place("data")), ("models", place("models"))];
    let flags = flags.map(|(key, value)| ("test".to_owned(), key.to_owned(), value));
    let settings = load(&Given { flags: flags.into(), ..Given::default() }).unwrap().settings;
    let running = server::start(settings).await.unwrap();
    let channel = Channel::from_shared(format!("http://{}", running.addr)).unwrap().connect().await.unwrap();

    let mut lot = Lot::seed_from_u64(seed);
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let mut world = World { now_ms: i64::try_from(now).unwrap(), ..World::default() };
    let methods = methods();
    let mut seen = BTreeMap::<String, Seen>::new();
    for number in 0..cases {
        let method = &methods[usize::try_from(number).unwrap() % methods.len()];
        let messages = messages(method, &mut world, &mut lot);
        let shown = messages.clone();
        let (answer, accepted) = ask(&channel, method, messages, &mut world)
            .await
            .unwrap_or_else(|fault| panic!("request {number} of seed {seed}, {}: {fault}\n{shown:02x?}", method.name));
        let seen = seen.entry(method.name.clone()).or_default();
        seen.sent += 1;
        seen.valid += usize::from(accepted);
        *seen.codes.entry(answer).or_default() += 1;
    }
    println!("{}", table(&seen));
    assert_eq!(panics.load(Ordering::Relaxed), 0, "something panicked");
    // A third of what each method was sent.
    let least = usize::try_from(cases).unwrap() / methods.len() / 3;
    let thin: Vec<&String> = seen.iter().filter(|(_, seen)| seen.valid < least).map(|(name, _)| name).collect();
    assert!(thin.is_empty(), "fewer than {least} valid requests of {thin:?}\n{}", table(&seen));

    let who = Some(Who { customer_id: "somebody else".into(), ..Who::default() });
    let request = RecommendRequest { who, ..RecommendRequest::default() };
    assert!(RecommendationServiceClient::new(channel).recommend(request).await.is_ok(), "it still answers");
    running.stop().await;
}
