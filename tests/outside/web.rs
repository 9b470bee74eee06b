//! Calls as a browser makes them, over HTTP/1.1 by hand: gRPC-Web, bytes that no library would send, deadlines.

use std::net::SocketAddr;

use outfitter::proto::{EraseCustomerRequest, EventStatus, GetProductRequest, WriteEventsRequest, WriteEventsResponse};
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

/// A server that the pages of one origin may call.
async fn shop() -> Shop {
    Shop::with(&[("web.origins", "[\"https://shop.example\"]")]).await
}

fn framed(message: &[u8]) -> Vec<u8> {
    let mut body = vec![0];
    body.extend(u32::try_from(message.len()).unwrap().to_be_bytes());
    body.extend(message);
    body
}

async fn call(addr: SocketAddr, method: &str, more: &str, message: &[u8]) -> Reply {
    let body = framed(message);
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
async fn a_browser_can_call_from_a_named_origin() {
    let shop = shop().await;
    let preflight = "OPTIONS /outfitter.v1.EventService/WriteEvents HTTP/1.1\r\norigin: https://shop.example\r\n\
                     access-control-request-method: POST\r\naccess-control-request-headers: authorization,content-type,traceparent,x-grpc-web";
    let (head, _) = http(shop.addr(), preflight, &[]).await;
    assert!(head.starts_with("http/1.1 200"), "{head}");
    assert!(head.contains("access-control-allow-origin: https://shop.example\r\n"), "{head}");
    let allowed = head.lines().find_map(|line| line.strip_prefix("access-control-allow-headers: ")).unwrap();
    let allowed: Vec<&str> = allowed.split(',').collect();
    for header in ["authorization", "content-type", "grpc-timeout", "traceparent", "x-grpc-web", "x-user-agent"] {
        assert!(allowed.contains(&header), "{header} is not in {allowed:?}");
    }

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
async fn a_page_of_any_other_origin_can_t() {
    for origins in ["[]", "[\"https://mine.example\"]", "[\"http://shop.example\", \"https://shop.example:8443\"]"] {
        let shop = Shop::with(&[("web.origins", origins)]).await;
        shop.happened([event(customer("c"), viewed("p"))]).await;
        let preflight = "OPTIONS /outfitter.v1.ProfileService/EraseCustomer HTTP/1.1\r\norigin: https://shop.example\r\n\
                         access-control-request-method: POST\r\naccess-control-request-headers: content-type,x-grpc-web";
        let (head, _) = http(shop.addr(), preflight, &[]).await;
        assert!(!head.contains("access-control-allow-origin"), "{head}");

        // Some calls a browser makes without asking; and "null" is what a page in a sandbox says of itself.
        let erase = framed(&EraseCustomerRequest { who: Some(customer("c")), time_ms: 0 }.encode_to_vec());
        for (kind, origin) in [
            ("application/grpc-web+proto", "https://shop.example"),
            ("application/grpc", "https://shop.example"),
            ("text/plain", "https://shop.example"),
            ("application/grpc-web+proto", "null"),
        ] {
            let head = format!(
                "POST /outfitter.v1.ProfileService/EraseCustomer HTTP/1.1\r\ncontent-type: {kind}\r\norigin: {origin}"
            );
            let (head, _) = http(shop.addr(), &head, &erase).await;
            assert!(head.starts_with("http/1.1 403"), "{head}");
            assert!(!head.contains("access-control-allow-origin"), "{head}");
        }
        assert!(shop.profile(customer("c")).await.1, "the customer is still there");
    }
}

#[tokio::test]
async fn a_proxy_that_speaks_http2_changes_nothing_for_pages() {
    let shop = Shop::new().await;
    shop.happened([event(customer("c"), viewed("p"))]).await;
    let stream = TcpStream::connect(shop.addr()).await.unwrap();
    let (mut client, connection) = h2::client::handshake(stream).await.unwrap();
    tokio::spawn(connection);
    let request =
        axum::http::Request::post(format!("http://{}/outfitter.v1.ProfileService/EraseCustomer", shop.addr()))
            .header("content-type", "text/plain")
            .header("origin", "https://evil.example")
            .body(())
            .unwrap();
    let (answer, mut body) = client.send_request(request, false).unwrap();
    let erase = framed(&EraseCustomerRequest { who: Some(customer("c")), time_ms: 0 }.encode_to_vec());
    body.send_data(erase.into(), true).unwrap();
    assert_eq!(answer.await.unwrap().status(), 403);
    assert!(shop.profile(customer("c")).await.1, "the customer is still there");
}

#[tokio::test]
async fn bytes_that_are_no_text_are_an_invalid_argument_that_names_the_field() {
    let shop = shop().await;
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
    let shop = shop().await;
    let events = vec![event(customer("c"), viewed("p"))];
    let message = WriteEventsRequest { events, validate_only: false }.encode_to_vec();
    let reply = call(shop.addr(), "EventService/WriteEvents", "\r\ngrpc-timeout: 1n", &message).await;
    assert_eq!(reply.status(), Code::DeadlineExceeded, "{}", reply.head);
    let reply = call(shop.addr(), "EventService/WriteEvents", "\r\ngrpc-timeout: 20S", &message).await;
    assert_eq!(reply.status(), Code::Ok, "{}", reply.head);
}
