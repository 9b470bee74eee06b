//! The program itself as a process, and callers that keep to no rules but those of HTTP/2.

use std::{
    io::{BufRead as _, BufReader, Read as _},
    net::SocketAddr,
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

use axum::http::{Request, Response};
use h2::{
    RecvStream, SendStream,
    client::{Builder, ResponseFuture, SendRequest},
};
use outfitter::proto::GetProductRequest;
use outfitter::proto::catalog_service_client::CatalogServiceClient;
use prost::Message;
use prost::bytes::Bytes;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tonic::{Code, transport::Channel};

/// A server in a process of its own, killed when it is dropped.
pub struct Process {
    child: Child,
    folder: TempDir,
    pub addr: SocketAddr,
    pub channel: Channel,
}

impl Process {
    /// With some keys of the configuration set.
    pub async fn start(settings: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (child, line) = spawn(&folder, "127.0.0.1:0", settings);
        let addr = line.trim().strip_prefix("listening on ").unwrap_or_else(|| panic!("{line:?}")).parse().unwrap();
        let channel = connect(addr).await;
        let process = Self { child, folder, addr, channel };
        process.until_loaded().await;
        process
    }

    async fn until_loaded(&self) {
        for _ in 0..1_000 {
            match lookup(&self.channel).await {
                Err(Code::Unavailable) => tokio::time::sleep(Duration::from_millis(10)).await,
                _ => return,
            }
        }
        panic!("the server did not load its state in time");
    }

    /// Its folder.
    pub fn folder(&self) -> &TempDir {
        &self.folder
    }

    /// Sends it a signal.
    pub fn signal(&self, name: &str) {
        let sent = Command::new("kill").args([format!("-{name}"), self.child.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{name}");
    }

    /// Whether it ended by itself, and how, within a time.
    pub async fn ends_within(&mut self, time: Duration) -> Option<ExitStatus> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            if let Some(status) = self.child.try_wait().unwrap() {
                return Some(status);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        None
    }

    /// Memory that it has, in MiB.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() >> 10
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The process, and the first line that it prints.
pub fn spawn(folder: &TempDir, listen: &str, settings: &[&str]) -> (Child, String) {
    let (data, models) = (folder.path().join("data"), folder.path().join("models"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_outfitter"))
        .args(["serve", "--log", "error", "--listen", listen, "--data"])
        .arg(data)
        .arg("--models")
        .arg(models)
        .args(settings.iter().flat_map(|one| ["--set", one]))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    (child, line)
}

/// What a process that did not start says, and whether it says that it failed.
pub fn refusal((mut child, line): (Child, String)) -> (String, String) {
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(!child.wait().unwrap().success(), "{error}");
    (line, error)
}

pub async fn connect(addr: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{addr}")).unwrap().connect().await.unwrap()
}

/// An ordinary call: what is known of a product.
pub async fn lookup(channel: &Channel) -> Result<(), Code> {
    let mut catalog = CatalogServiceClient::new(channel.clone());
    let found = catalog.get_product(GetProductRequest { id: "p".into() }).await;
    found.map(|_| ()).map_err(|status| status.code())
}

/// One that is answered, if only that there is no such product.
pub async fn answers(channel: &Channel) -> bool {
    matches!(lookup(channel).await, Ok(()) | Err(Code::NotFound))
}

/// A connection on which anything can be sent.
#[derive(Clone)]
pub struct Rough {
    addr: SocketAddr,
    sender: SendRequest<Bytes>,
}

impl Rough {
    /// `window` is what each answer may send before it is read, which it never is. Pings are answered.
    pub async fn connect(addr: SocketAddr, window: u32) -> Self {
        let stream = TcpStream::connect(addr).await.unwrap();
        let mut builder = Builder::new();
        builder.initial_window_size(window).initial_connection_window_size(1 << 30).initial_max_send_streams(10_000);
        let (sender, connection) = builder.handshake(stream).await.unwrap();
        tokio::spawn(connection);
        Self { addr, sender }
    }

    /// The head of a call, and where its body goes.
    pub async fn head(&mut self, method: &str) -> Result<(ResponseFuture, SendStream<Bytes>), h2::Error> {
        let head = Request::post(format!("http://{}/outfitter.v1.{method}", self.addr))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(())
            .unwrap();
        self.sender = self.sender.clone().ready().await?;
        self.sender.send_request(head, false)
    }

    /// A whole call.
    pub async fn call(&mut self, method: &str, message: &impl Message) -> Result<Response<RecvStream>, h2::Error> {
        self.call_framed(method, framed(message)).await
    }

    /// A whole call, of a message that is made once for many.
    pub async fn call_framed(&mut self, method: &str, message: Bytes) -> Result<Response<RecvStream>, h2::Error> {
        let (answer, mut body) = self.head(method).await?;
        body.send_data(message, true)?;
        answer.await
    }
}

/// A message as gRPC sends it.
pub fn framed(message: &impl Message) -> Bytes {
    let message = message.encode_to_vec();
    let mut frame = vec![0];
    frame.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    frame.extend(message);
    frame.into()
}

/// The status of an answer that has no message.
pub fn status(answer: &Response<RecvStream>) -> Code {
    let status = answer.headers().get("grpc-status").expect("a status").to_str().unwrap();
    Code::from(status.parse::<i32>().unwrap())
}
