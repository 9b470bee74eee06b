//! The whole server beside its own ceiling: CPU per answer of a trained shop, everything on as by default, next to a bare echo
//! of the same message in the same run: `cargo bench --bench server`.
//!
//! `OUTFITTER_BENCH_PRODUCTS` says which shops: "demo,10000,online-retail" by default; any number is a made-up shop of so many
//! products. Each is filled and trained in a process of its own, then served by another that has read its state from the disk
//! and counted its log. `OUTFITTER_BENCH_KEEP` names a folder that shops are kept in and taken from again.
//!
//! Each server is a process of its own, so that its CPU is its own; the load comes from here, over two connections. Needs
//! Linux, whose /proc says what a process has used.

#![expect(
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a bench; small numbers"
)]

#[path = "server/echo.rs"]
mod echo;
#[path = "server/shops.rs"]
mod shops;

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use outfitter::proto::{
    Context, ExplainProductRequest, RecommendRequest, ScoreProductsRequest, Who,
    recommendation_service_client::RecommendationServiceClient,
};
use prost::Message;
use shops::Shop;
use tonic::transport::Channel;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tells a child what it is to be.
const ROLE: &str = "OUTFITTER_BENCH_ROLE";
const FOLDER: &str = "OUTFITTER_BENCH_FOLDER";
const SHOPS: &str = "OUTFITTER_BENCH_PRODUCTS";
const KEEP: &str = "OUTFITTER_BENCH_KEEP";

/// Customers who are asked about, in turn.
const CUSTOMERS: usize = 1_000;
/// Products that are scored at once.
const SCORED: usize = 100;
const PAGE: i32 = 20;
const CONNECTIONS: usize = 2;
const IN_FLIGHT: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1_500);

/// The kernel counts processor time in hundredths of a second.
const TICKS: f64 = 100.0;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let folder = || PathBuf::from(env::var(FOLDER).unwrap());
    match env::var(ROLE).as_deref() {
        Ok("make") => runtime.block_on(Shop::from_name(&env::var(SHOPS).unwrap()).make(&folder())),
        Ok("shop") => runtime.block_on(serve_shop(&folder())),
        Ok("echo") => runtime.block_on(echo::serve(&folder())),
        _ => runtime.block_on(compare_all()),
    }
}

async fn compare_all() {
    let names = env::var(SHOPS).unwrap_or_else(|_| "demo,10000,online-retail".to_owned());
    println!("| shop | | answers/s | CPU us/answer | echoes | p50 ms | p99 ms | memory MB |");
    println!("| --- | --- | --- | --- | --- | --- | --- | --- |");
    for shop in names.split(',').map(|name| Shop::from_name(name.trim())) {
        match shop.missing() {
            Some(file) => eprintln!("{}: skipped, {} is not there", shop.name(), file.display()),
            None => compare(&shop).await,
        }
    }
}

/// One shop: both servers in turn for each method, the medians side by side.
async fn compare(shop: &Shop) {
    let temporary = tempfile::tempdir().unwrap();
    let folder = env::var(KEEP).map_or_else(|_| temporary.path().to_owned(), |kept| Path::new(&kept).join(shop.name()));
    if !folder.join("models").exists() {
        fs::create_dir_all(&folder).unwrap();
        assert!(child("make", &folder).env(SHOPS, shop.name()).status().unwrap().success());
    }
    let served = Served::start("shop", &folder);
    let questions = Arc::new(ask_all(&served, &folder).await);
    let echo = Served::start("echo", &folder);
    for (method, name) in [
        (Method::Recommend, "Recommend"),
        (Method::ExplainProduct, "ExplainProduct"),
        (Method::ScoreProducts, "ScoreProducts of a hundred"),
    ] {
        let mut rounds = [Vec::new(), Vec::new()];
        for round in 0..=ROUNDS {
            for (server, rounds) in [&served, &echo].into_iter().zip(&mut rounds) {
                let measured = server.under_load(method, &questions).await;
                // The first round fills caches.
                if round > 0 {
                    rounds.push(measured);
                }
            }
        }
        let [served_cpu, echo_cpu] = [&rounds[0], &rounds[1]].map(|rounds| median(rounds, |round| round.cpu_us));
        let echoes = format!("{:.1}", served_cpu / echo_cpu);
        let bytes = fs::metadata(folder.join(method.file())).unwrap().len();
        row(shop, name, &echoes, &served, &rounds[0]);
        row(shop, &format!("echo of its {bytes} bytes"), "", &echo, &rounds[1]);
    }
}

fn median(rounds: &[Round], figure: fn(&Round) -> f64) -> f64 {
    let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
    figures.sort_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn row(shop: &Shop, what: &str, echoes: &str, served: &Served, rounds: &[Round]) {
    println!(
        "| {} | {what} | {:.0} | {:.1} | {echoes} | {:.2} | {:.2} | {} |",
        shop.name(),
        median(rounds, |round| round.per_second),
        median(rounds, |round| round.cpu_us),
        median(rounds, |round| round.p50_ms),
        median(rounds, |round| round.p99_ms),
        served.memory_mb()
    );
}

/// What is asked of the server.
#[derive(Debug, Clone, Copy)]
enum Method {
    Recommend,
    ExplainProduct,
    ScoreProducts,
}

impl Method {
    /// Where the answer lies that the echo gives.
    const fn file(self) -> &'static str {
        match self {
            Self::Recommend => echo::RECOMMEND,
            Self::ExplainProduct => echo::EXPLAIN_PRODUCT,
            Self::ScoreProducts => echo::SCORE_PRODUCTS,
        }
    }
}

type Client = RecommendationServiceClient<Channel>;

/// What is asked about one customer, by each of the methods.
struct Question {
    recommend: RecommendRequest,
    explain: ExplainProductRequest,
    score: ScoreProductsRequest,
}

impl Question {
    fn new(customer: &str) -> Self {
        let who = Some(Who { customer_id: customer.to_owned(), ..Who::default() });
        let context = Some(Context { locale: "en".to_owned(), ..Context::default() });
        Self {
            recommend: RecommendRequest {
                who: who.clone(),
                context: context.clone(),
                page_size: PAGE,
                ..Default::default()
            },
            explain: ExplainProductRequest { who: who.clone(), context: context.clone(), ..Default::default() },
            score: ScoreProductsRequest { who, context, ..Default::default() },
        }
    }

    async fn ask(&self, method: Method, client: &mut Client) {
        match method {
            Method::Recommend => drop(client.recommend(self.recommend.clone()).await.unwrap()),
            Method::ExplainProduct => drop(client.explain_product(self.explain.clone()).await.unwrap()),
            Method::ScoreProducts => drop(client.score_products(self.score.clone()).await.unwrap()),
        }
    }
}

/// Asks each customer's page once. What is explained is the first of it; what is scored, the pages of her and the next customers.
/// Answers of middling length go into the folder, for the echo.
async fn ask_all(served: &Served, folder: &Path) -> Vec<Question> {
    let mut client = served.client().await;
    let known = fs::read_to_string(folder.join("customers")).unwrap();
    let known: Vec<&str> = known.lines().collect();
    let step = known.len().div_ceil(CUSTOMERS);
    let mut questions: Vec<Question> = known.iter().step_by(step).map(|customer| Question::new(customer)).collect();
    let mut answers = Vec::new();
    for question in &questions {
        let answer = client.recommend(question.recommend.clone()).await.unwrap().into_inner();
        assert_eq!(answer.products.len(), usize::try_from(PAGE).unwrap(), "a full page");
        answers.push(answer);
    }
    let ids = |answer: usize| answers[answer % answers.len()].products.iter().map(|product| product.product_id.clone());
    for (number, question) in questions.iter_mut().enumerate() {
        question.explain.product_id = ids(number).next().unwrap();
        question.score.product_ids = (number..).flat_map(ids).take(SCORED).collect();
    }
    let (mut explained, mut scored) = (Vec::new(), Vec::new());
    for question in questions.iter().take(100) {
        explained.push(client.explain_product(question.explain.clone()).await.unwrap().into_inner());
        scored.push(client.score_products(question.score.clone()).await.unwrap().into_inner());
    }
    keep_middling(folder, Method::Recommend, answers);
    keep_middling(folder, Method::ExplainProduct, explained);
    keep_middling(folder, Method::ScoreProducts, scored);
    questions
}

fn keep_middling(folder: &Path, method: Method, mut answers: Vec<impl Message>) {
    answers.sort_by_key(Message::encoded_len);
    fs::write(folder.join(method.file()), answers[answers.len() / 2].encode_to_vec()).unwrap();
}

/// A server in a process of its own.
struct Served {
    process: Child,
    address: String,
}

/// What one round of load showed.
struct Round {
    per_second: f64,
    cpu_us: f64,
    p50_ms: f64,
    p99_ms: f64,
}

impl Served {
    fn start(role: &str, folder: &Path) -> Self {
        let mut process = child(role, folder).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| Some(line.unwrap().strip_prefix("listening on ")?.to_owned())).unwrap();
        Self { process, address }
    }

    async fn client(&self) -> Client {
        RecommendationServiceClient::connect(format!("http://{}", self.address)).await.unwrap()
    }

    async fn under_load(&self, method: Method, questions: &Arc<Vec<Question>>) -> Round {
        let (cpu, began) = (self.cpu_seconds(), Instant::now());
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = self.client().await;
            for _ in 0..IN_FLIGHT / CONNECTIONS {
                let (mut client, next, questions) = (client.clone(), Arc::clone(&next), Arc::clone(questions));
                workers.push(tokio::spawn(async move {
                    let mut took = Vec::new();
                    while began.elapsed() < ROUND {
                        let asked = Instant::now();
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        questions[number % questions.len()].ask(method, &mut client).await;
                        took.push(asked.elapsed());
                    }
                    took
                }));
            }
        }
        let mut took = Vec::new();
        for worker in workers {
            took.extend(worker.await.unwrap());
        }
        took.sort_unstable();
        let answers = took.len() as f64;
        let percentile = |share: f64| took[((answers - 1.0) * share) as usize].as_secs_f64() * 1e3;
        Round {
            per_second: answers / began.elapsed().as_secs_f64(),
            cpu_us: (self.cpu_seconds() - cpu) / answers * 1e6,
            p50_ms: percentile(0.5),
            p99_ms: percentile(0.99),
        }
    }

    /// User and system time of the process so far: fields 14 and 15 of proc(5)'s stat.
    fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.process.id())).unwrap();
        let after_name = stat.rsplit_once(')').unwrap().1;
        let fields: Vec<&str> = after_name.split_whitespace().collect();
        let ticks = |field: usize| fields[field - 3].parse::<f64>().unwrap();
        (ticks(14) + ticks(15)) / TICKS
    }

    fn memory_mb(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.process.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() / 1_024
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // All that it wrote is acknowledged, hence on disk.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// This program again, as one of its parts.
fn child(role: &str, folder: &Path) -> Command {
    let mut child = Command::new(env::current_exe().unwrap());
    child.env(ROLE, role).env(FOLDER, folder);
    child
}

/// A server that has read its state, and counted it.
async fn serve_shop(folder: &Path) {
    let running = shops::start(folder).await;
    shops::recounted(&running).await;
    say(&running.addr.to_string());
    std::future::pending::<()>().await;
}

fn say(address: &str) {
    println!("listening on {address}");
    std::io::stdout().flush().unwrap();
}
