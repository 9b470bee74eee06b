//! Calls as a browser makes them, over HTTP/1.1 by hand: gRPC-Web, bytes that no library would send, deadlines.

use std::net::SocketAddr;

use outfitter::proto::{EventStatus, GetProductRequest, WriteEventsRequest, WriteEventsResponse};
use prost::Message as _;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::Code;

use crate::shop::{Shop, customer, event, viewed};

/// What came back: the head, and the frames of the body.
struct Reply {
    head: String,
    message: Vec<u8>,
    trailers: String,
}

impl Reply {
    /// From the head, where there is no body, else from the last frame.
    fn status(&self) -> Code {
        let all = format!("{}\r\n{}", self.head, self.trailers);
        let line = all.lines().find_map(|line| line.strip_prefix("grpc-status:"));
        Code::from(line.expect("a status").trim().parse::<i32>().unwrap())
    }
}

async fn http(addr: SocketAddr, head: &str, body: &[u8]) -> (String, Vec<u8>) {
    let mut stream = TcpStream::connect(addr).await.unwrap();
    let request = format!("{head}\r\nhost: {addr}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.write_all(body).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8(answer[..end].to_vec()).unwrap().to_lowercase(), answer[end + 4..].to_vec())
}

async fn call(addr: SocketAddr, method: &str, more: &str, message: &[u8]) -> Reply {
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    body.extend(message);
    let head = format!(
        "POST /outfitter.v1.{method} HTTP/1.1\r\ncontent-type: application/grpc-web+proto\r\n\
         origin: https://shop.example{more}"
    );
    let (head, body) = http(addr, &head, &body).await;
    let body = if head.contains("transfer-encoding: chunked") { unchunked(&body) } else { body };
    let mut reply = Reply { head, message: Vec::new(), trailers: String::new() };
    let mut rest = &body[..];
    while let [flag, a, b, c, d, after @ ..] = rest {
        let (frame, after) = after.split_at(u32::from_be_bytes([*a, *b, *c, *d]) as usize);
        if flag & 0x80 == 0 {
            reply.message = frame.to_vec();
        } else {
            reply.trailers = String::from_utf8(frame.to_vec()).unwrap();
        }
        rest = after;
    }
    reply
}

fn unchunked(mut body: &[u8]) -> Vec<u8> {
    let mut whole = Vec::new();
    loop {
        let end = body.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&body[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return whole;
        }
        whole.extend(&body[end + 2..end + 2 + size]);
        body = &body[end + 2 + size + 2..];
    }
}

#[tokio::test]
async fn a_browser_can_call() {
    let shop = Shop::new().await;
    let preflight = "OPTIONS /outfitter.v1.EventService/WriteEvents HTTP/1.1\r\norigin: https://shop.example\r\n\
                     access-control-request-method: POST\r\naccess-control-request-headers: content-type,x-grpc-web";
    let (head, _) = http(shop.addr(), preflight, &[]).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("access-control-allow-origin: *") && head.contains("x-grpc-web"), "{head}");

    let events = vec![event(customer("c"), viewed("p"))];
    let message = WriteEventsRequest { events, validate_only: false }.encode_to_vec();
    let reply = call(shop.addr(), "EventService/WriteEvents", "", &message).await;
    assert_eq!(reply.status(), Code::Ok, "{}", reply.head);
    assert!(reply.head.contains("access-control-expose-headers: grpc-status"), "{}", reply.head);
    let answer = WriteEventsResponse::decode(&*reply.message).unwrap();
    assert_eq!(answer.results[0].status(), EventStatus::Accepted);

    let message = GetProductRequest { id: "none".into() }.encode_to_vec();
    let reply = call(shop.addr(), "CatalogService/GetProduct", "", &message).await;
    assert_eq!(reply.status(), Code::NotFound);
}

#[tokio::test]
async fn only_named_origins_where_some_are_named() {
    let shop = Shop::with(&[("web.origins", "[\"https://mine.example\"]")]).await;
    let message = GetProductRequest { id: "none".into() }.encode_to_vec();
    let reply = call(shop.addr(), "CatalogService/GetProduct", "", &message).await;
    assert!(!reply.head.contains("access-control-allow-origin"), "{}", reply.head);
}

#[tokio::test]
async fn bytes_that_are_no_text_are_an_invalid_argument_that_names_the_field() {
    let shop = Shop::new().await;
    // Field 1, two bytes, neither of them UTF-8.
    let reply = call(shop.addr(), "CatalogService/GetProduct", "", &[0x0a, 0x02, 0xff, 0xfe]).await;
    assert_eq!(reply.status(), Code::InvalidArgument);
    let told = format!("{}{}", reply.head, reply.trailers);
    assert!(told.contains("getproductrequest.id") || told.contains("GetProductRequest.id"), "{told}");
    // A message cut off in the middle of a field.
    let reply = call(shop.addr(), "CatalogService/GetProduct", "", &[0x0a, 0x7f, 0x61]).await;
    assert_eq!(reply.status(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_deadline_that_is_up_is_called_so() {
    let shop = Shop::new().await;
    let events = vec![event(customer("c"), viewed("p"))];
    let message = WriteEventsRequest { events, validate_only: false }.encode_to_vec();
    let reply = call(shop.addr(), "EventService/WriteEvents", "\r\ngrpc-timeout: 1n", &message).await;
    assert_eq!(reply.status(), Code::DeadlineExceeded, "{}", reply.head);
    let reply = call(shop.addr(), "EventService/WriteEvents", "\r\ngrpc-timeout: 20S", &message).await;
    assert_eq!(reply.status(), Code::Ok, "{}", reply.head);
}
