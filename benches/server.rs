//! The whole server beside its own ceiling: CPU per answer of `Recommend`, next to a bare echo of the same message in the
//! same run: `cargo bench --bench server`. `OUTFITTER_BENCH_PRODUCTS` sets the sizes, "10000,1000000" by default.
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

use std::{
    env, fs,
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use outfitter::{
    config::{Given, load},
    demo::{self, Scale},
    domain::{Timestamp, store::Write},
    proto::{
        Context, ExplainProductRequest, ExplainProductResponse, RecommendRequest, RecommendResponse,
        ScoreProductsRequest, ScoreProductsResponse, Who,
        recommendation_service_client::RecommendationServiceClient,
        recommendation_service_server::{RecommendationService, RecommendationServiceServer},
    },
    server,
};
use prost::Message as _;
use tonic::{
    Request, Response, Status,
    transport::{Channel, Server, server::TcpIncoming},
};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Tells a child what it is to be.
const ROLE: &str = "OUTFITTER_BENCH_ROLE";
const FOLDER: &str = "OUTFITTER_BENCH_FOLDER";
const PRODUCTS: &str = "OUTFITTER_BENCH_PRODUCTS";

const CUSTOMERS: usize = 5_000;
const CONNECTIONS: usize = 2;
const IN_FLIGHT: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(3);

/// The kernel counts processor time in hundredths of a second.
const TICKS: f64 = 100.0;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match env::var(ROLE).as_deref() {
        Ok("shop") => runtime.block_on(serve_shop()),
        Ok("echo") => runtime.block_on(serve_echo()),
        _ => {
            let sizes = env::var(PRODUCTS).unwrap_or_else(|_| "10000,1000000".to_owned());
            println!("| products | | answers/s | CPU us/answer | p50 ms | p99 ms | memory MB |");
            println!("| --- | --- | --- | --- | --- | --- | --- |");
            for products in sizes.split(',').map(|size| size.trim().parse().unwrap()) {
                runtime.block_on(compare(products));
            }
        }
    }
}

/// One size of shop: both servers in turn, the medians side by side.
async fn compare(products: usize) {
    let folder = tempfile::tempdir().unwrap();
    let shop = Served::start("shop", folder.path(), products);
    let answer = shop.client().await.recommend(request(0)).await.unwrap().into_inner();
    assert_eq!(answer.products.len(), 20, "a full page");
    fs::write(folder.path().join("answer"), answer.encode_to_vec()).unwrap();
    let echo = Served::start("echo", folder.path(), products);
    let mut rounds = [Vec::new(), Vec::new()];
    for round in 0..=ROUNDS {
        for (served, rounds) in [&shop, &echo].into_iter().zip(&mut rounds) {
            let measured = served.under_load().await;
            // The first round fills caches.
            if round > 0 {
                rounds.push(measured);
            }
        }
    }
    let [shop_rounds, echo_rounds] = rounds;
    let median = |rounds: &[Round], figure: fn(&Round) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures[figures.len() / 2]
    };
    for (name, served, rounds) in [("Recommend", &shop, &shop_rounds), ("echo", &echo, &echo_rounds)] {
        println!(
            "| {products} | {name} | {:.0} | {:.1} | {:.2} | {:.2} | {} |",
            median(rounds, |round| round.per_second),
            median(rounds, |round| round.cpu_us),
            median(rounds, |round| round.p50_ms),
            median(rounds, |round| round.p99_ms),
            served.memory_mb()
        );
    }
    let ratio = median(&shop_rounds, |round| round.cpu_us) / median(&echo_rounds, |round| round.cpu_us);
    println!("| {products} | ratio of CPU | | {ratio:.1} | | | |  answer of {} bytes", answer.encoded_len());
}

/// A page of twenty for one customer or another.
fn request(number: usize) -> RecommendRequest {
    RecommendRequest {
        who: Some(Who { customer_id: format!("c{:05}", number * 7919 % CUSTOMERS), ..Who::default() }),
        context: Some(Context { locale: "en".to_owned(), ..Context::default() }),
        page_size: 20,
        ..RecommendRequest::default()
    }
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
    fn start(role: &str, folder: &Path, products: usize) -> Self {
        let mut process = Command::new(env::current_exe().unwrap())
            .env(ROLE, role)
            .env(FOLDER, folder)
            .env(PRODUCTS, products.to_string())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        let address = lines.find_map(|line| Some(line.unwrap().strip_prefix("listening on ")?.to_owned())).unwrap();
        Self { process, address }
    }

    async fn client(&self) -> RecommendationServiceClient<Channel> {
        RecommendationServiceClient::connect(format!("http://{}", self.address)).await.unwrap()
    }

    async fn under_load(&self) -> Round {
        let (cpu, began) = (self.cpu_seconds(), Instant::now());
        let next = Arc::new(AtomicUsize::new(0));
        let mut workers = Vec::new();
        for _ in 0..CONNECTIONS {
            let client = self.client().await;
            for _ in 0..IN_FLIGHT / CONNECTIONS {
                let (mut client, next) = (client.clone(), Arc::clone(&next));
                workers.push(tokio::spawn(async move {
                    let mut took = Vec::new();
                    while began.elapsed() < ROUND {
                        let asked = Instant::now();
                        client.recommend(request(next.fetch_add(1, Ordering::Relaxed))).await.unwrap();
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
        // It holds nothing but a temporary folder.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The demo shop at the wanted size, behind the real server.
async fn serve_shop() {
    let folder = PathBuf::from(env::var(FOLDER).unwrap());
    let flag = |key: &str, value: &str| ("bench".to_owned(), key.to_owned(), value.to_owned());
    let flags = vec![
        flag("listen", "127.0.0.1:0"),
        flag("data", folder.join("data").to_str().unwrap()),
        flag("models", folder.join("models").to_str().unwrap()),
    ];
    let settings = load(&Given { flags, ..Given::default() }).unwrap().settings;
    let scale = Scale { products: env::var(PRODUCTS).unwrap().parse().unwrap(), customers: CUSTOMERS, days: 120 };
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis();
    let made = demo::shop(42, scale, Timestamp(i64::try_from(now).unwrap()));
    let filled = server::start(settings.clone()).await.unwrap();
    let mut writes = made.products.into_iter().map(Write::Upsert).chain(made.events.into_iter().map(Write::Event));
    loop {
        let batch: Vec<Write> = writes.by_ref().take(4_096).collect();
        if batch.is_empty() {
            break;
        }
        filled.shop.store.write(batch).await.unwrap().into_iter().for_each(|written| drop(written.unwrap()));
    }
    filled.stop().await;
    // Started anew, so that what is measured is a server that has read its state.
    let running = server::start(settings).await.unwrap();
    running.counted().await;
    say(&running.addr.to_string());
    std::future::pending::<()>().await;
}

/// Gives back one answer, whatever is asked.
struct Echo(RecommendResponse);

#[tonic::async_trait]
impl RecommendationService for Echo {
    async fn recommend(&self, _: Request<RecommendRequest>) -> Result<Response<RecommendResponse>, Status> {
        Ok(Response::new(self.0.clone()))
    }

    async fn score_products(
        &self,
        _: Request<ScoreProductsRequest>,
    ) -> Result<Response<ScoreProductsResponse>, Status> {
        Err(Status::unimplemented("the echo recommends only"))
    }

    async fn explain_product(
        &self,
        _: Request<ExplainProductRequest>,
    ) -> Result<Response<ExplainProductResponse>, Status> {
        Err(Status::unimplemented("the echo recommends only"))
    }
}

async fn serve_echo() {
    let answer = fs::read(PathBuf::from(env::var(FOLDER).unwrap()).join("answer")).unwrap();
    let echo = Echo(RecommendResponse::decode(answer.as_slice()).unwrap());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    say(&listener.local_addr().unwrap().to_string());
    let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
    Server::builder().add_service(RecommendationServiceServer::new(echo)).serve_with_incoming(incoming).await.unwrap();
}

fn say(address: &str) {
    println!("listening on {address}");
    std::io::stdout().flush().unwrap();
}
