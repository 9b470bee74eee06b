//! A server that is up as the target of an import: writes become the requests of its contract, its answers what came of them.
//!
//! Many messages are under way at once, and the transport's flow control holds them back where the server is slower. What was
//! not acknowledged when a connection broke, or a server went down, is sent again: events count once by their ids, products
//! are replaced.

mod patience;
mod waves;

use std::{error::Error as _, sync::Arc, time::Duration};

use anyhow::Context as _;
use async_trait::async_trait;
use tokio::task::JoinSet;
use tonic::{
    Code, Status, Streaming,
    transport::{Channel, Endpoint},
};

use crate::{
    domain::{
        Id, Timestamp,
        catalog::{Availability, Product, StockChange, Variant},
        store::{Refusal, Write},
    },
    grpc::{Choice as _, event_out, identifier_out, product_in, product_out, rule_out, stock_change_out},
    import::load::{Known, Outcome, Target, TargetError, Variants},
    proto::{
        self, ChangeStockRequest, ChangeStockResponse, DeleteProductRequest, DeleteRuleRequest, EraseCustomerRequest,
        EventResult, EventStatus, GetProductRequest, ItemError, LinkIdentifierRequest, ListProductsRequest,
        PutRuleRequest, StreamEventsRequest, UndoLinkRequest, UpsertProductsRequest, Who,
        catalog_service_client::CatalogServiceClient, event_service_client::EventServiceClient,
        merchandising_service_client::MerchandisingServiceClient, profile_service_client::ProfileServiceClient,
    },
};
use patience::Patience;
use waves::{Lane, Wave, waves};

/// The longest that a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How many calls of one message each are under way at once.
const CALLS: usize = 64;
/// The most that a server lists at once.
const PAGE: i32 = 1_000;

/// A server, by its address.
#[derive(Clone)]
pub struct Remote {
    channel: Channel,
    address: Arc<str>,
}

impl Remote {
    /// Connects, once: later it connects anew by itself.
    ///
    /// # Errors
    /// Where the address is none, or nobody answers there.
    pub async fn connect(address: &str) -> anyhow::Result<Self> {
        let uri = if address.contains("://") { address.to_owned() } else { format!("http://{address}") };
        let endpoint = Endpoint::from_shared(uri).with_context(|| format!("--server {address} is no address"))?;
        let endpoint = endpoint.connect_timeout(CONNECT).tcp_nodelay(true);
        let channel = endpoint.connect().await.with_context(|| format!("no server answers at {address}"))?;
        Ok(Self { channel, address: address.into() })
    }

    fn catalog(&self) -> CatalogServiceClient<Channel> {
        CatalogServiceClient::new(self.channel.clone())
    }

    fn merchandising(&self) -> MerchandisingServiceClient<Channel> {
        MerchandisingServiceClient::new(self.channel.clone())
    }

    fn patience(&self) -> Patience {
        Patience::new(Arc::clone(&self.address))
    }

    /// Opens a stream for the messages from the first on that is unanswered, until all are answered.
    async fn stream<Reply, Opened>(
        &self,
        messages: usize,
        open: impl Fn(Self, usize) -> Opened + Send + Sync,
    ) -> Result<Vec<Reply>, TargetError>
    where
        Reply: Send,
        Opened: Future<Output = Result<Streaming<Reply>, Status>> + Send,
    {
        let mut replies = Vec::with_capacity(messages);
        let mut patience = self.patience();
        while replies.len() < messages {
            let before = replies.len();
            let ended = match open(self.clone(), before).await {
                Ok(answers) => receive(answers, &mut replies).await,
                Err(status) => Err(status),
            };
            if replies.len() > before {
                patience = self.patience();
            }
            match ended {
                Err(status) => patience.bear(&status).await?,
                Ok(()) if replies.len() < messages => {
                    patience.bear(&Status::unavailable("the stream ended before its answers")).await?;
                }
                Ok(()) => {}
            }
        }
        Ok(replies)
    }

    async fn people(&self, writes: Vec<Write>) -> Result<Vec<Outcome>, TargetError> {
        let mut outcomes = vec![Outcome::Done; writes.len()];
        let (mut events, mut places, mut links) = (Vec::new(), Vec::new(), Vec::new());
        for (place, write) in writes.into_iter().enumerate() {
            match write {
                Write::Event(event) => {
                    if let Some(out) = event_out(&event) {
                        events.push(out);
                        places.push((place, event.id));
                    }
                }
                link => links.push((place, link)),
            }
        }
        for (place, outcome) in self.calls(links).await? {
            outcomes[place] = outcome;
        }
        let events: Arc<[_]> = events.into();
        let results = self.stream(events.len(), |remote, from| {
            let events = Arc::clone(&events);
            let requests = (from..events.len()).map(move |i| StreamEventsRequest { event: Some(events[i].clone()) });
            async move {
                let mut client = EventServiceClient::new(remote.channel);
                Ok(client.stream_events(tokio_stream::iter(requests)).await?.into_inner())
            }
        });
        for ((place, id), answer) in places.into_iter().zip(results.await?) {
            outcomes[place] = event_outcome(id, answer.result.unwrap_or_default());
        }
        Ok(outcomes)
    }

    async fn products(&self, writes: &[Write]) -> Result<Vec<Outcome>, TargetError> {
        let product = |write: &Write| match write {
            // The regular price and the sale go with it whatever the moment: the server looks at its own clock.
            Write::Upsert(product) => Some(product_out(product, Timestamp::default())),
            _ => None,
        };
        let products: Arc<[_]> = writes.iter().filter_map(product).collect();
        let replies = self.stream(products.len(), |remote, from| {
            let products = Arc::clone(&products);
            let requests = (from..products.len())
                .map(move |i| UpsertProductsRequest { product: Some(products[i].clone()), ..Default::default() });
            async move { Ok(remote.catalog().upsert_products(tokio_stream::iter(requests)).await?.into_inner()) }
        });
        let outcome = |created, error: Option<ItemError>| match error {
            None => Outcome::Product { created },
            Some(error) => declined(error),
        };
        Ok(replies.await?.into_iter().map(|reply| outcome(reply.created, reply.error)).collect())
    }

    async fn stock(&self, writes: &[Write]) -> Result<Vec<Outcome>, TargetError> {
        let change = |write: &Write| match write {
            Write::Stock(change) => Some(stock_change_out(change)),
            _ => None,
        };
        let changes: Arc<[_]> = writes.iter().filter_map(change).collect();
        let replies = self.stream(changes.len(), |remote, from| {
            let changes = Arc::clone(&changes);
            let requests = (from..changes.len()).map(move |i| ChangeStockRequest { change: Some(changes[i].clone()) });
            async move { Ok(remote.catalog().change_stock(tokio_stream::iter(requests)).await?.into_inner()) }
        });
        let outcome =
            |reply: ChangeStockResponse| reply.error.map_or(Outcome::Changed { applied: reply.applied }, declined);
        Ok(replies.await?.into_iter().map(outcome).collect())
    }

    /// A change for each variant, as of the moment that it was seen not to be listed: the server obeys what came later.
    async fn retire(&self, write: &Write) -> Result<Outcome, TargetError> {
        let Write::Retire { products, time } = write else { return Ok(Outcome::Done) };
        let out_of_stock = |product: &Product| {
            let change = |variant: &Variant| StockChange {
                product: product.id.clone(),
                variant: variant.id.clone(),
                stock: None,
                availability: Some(Availability::OutOfStock),
                price: None,
                time: *time,
            };
            product.variants.iter().map(change).map(Write::Stock).collect::<Vec<_>>()
        };
        let changes: Vec<Vec<Write>> = products.iter().map(|product| out_of_stock(product)).collect();
        let mut outcomes = self.stock(&changes.concat()).await?.into_iter();
        let mut retired = 0;
        for changes in &changes {
            let of_product: Vec<Outcome> = outcomes.by_ref().take(changes.len()).collect();
            if let Some(declined) = of_product.iter().find(|outcome| matches!(outcome, Outcome::Declined { .. })) {
                return Ok(declined.clone());
            }
            retired +=
                u64::from(of_product.iter().any(|outcome| matches!(outcome, Outcome::Changed { applied: true })));
        }
        Ok(Outcome::Retired { products: retired })
    }

    /// Each by a call of its own, some at a time.
    async fn calls(&self, writes: Vec<(usize, Write)>) -> Result<Vec<(usize, Outcome)>, TargetError> {
        let mut waiting = writes.into_iter();
        let mut under_way = JoinSet::new();
        let mut outcomes = Vec::new();
        loop {
            while under_way.len() < CALLS
                && let Some((place, write)) = waiting.next()
            {
                let remote = self.clone();
                under_way.spawn(async move { Ok::<_, TargetError>((place, remote.call(&write).await?)) });
            }
            let Some(ended) = under_way.join_next().await else { return Ok(outcomes) };
            outcomes.push(ended.map_err(|error| TargetError::Server(format!("a call ended early: {error}")))??);
        }
    }

    /// Until it is answered.
    async fn call(&self, write: &Write) -> Result<Outcome, TargetError> {
        let mut patience = self.patience();
        loop {
            match self.try_call(write).await {
                Ok(outcome) => return Ok(outcome),
                Err(status) if is_about_the_request(&status) => {
                    let (code, message) = (status.code().into(), status.message().to_owned());
                    return Ok(declined(ItemError { code, message, field: String::new() }));
                }
                Err(status) => patience.bear(&status).await?,
            }
        }
    }

    async fn try_call(&self, write: &Write) -> Result<Outcome, Status> {
        let mut profiles = ProfileServiceClient::new(self.channel.clone());
        match write {
            Write::Link { alias, customer, cause, time } => {
                let request = LinkIdentifierRequest {
                    customer_id: customer.to_string(),
                    identifier: Some(identifier_out(alias)),
                    cause: cause.number(),
                    time_ms: time.0,
                };
                let created = profiles.link_identifier(request).await?.into_inner().created;
                return Ok(Outcome::Link { created });
            }
            Write::Undo { link } => {
                profiles.undo_link(UndoLinkRequest { link_id: link.to_string() }).await?;
            }
            Write::Erase { who, time, spares_newer } => {
                let who = Some(Who { other: Some(identifier_out(who)), ..Who::default() });
                let time_ms = if *spares_newer { time.0 } else { 0 };
                profiles.erase_customer(EraseCustomerRequest { who, time_ms }).await?;
                return Ok(Outcome::Erased);
            }
            Write::Delete { product } => {
                self.catalog().delete_product(DeleteProductRequest { id: product.to_string() }).await?;
            }
            Write::PutRule(rule) => {
                let request = PutRuleRequest { rule: Some(rule_out(rule)), validate_only: false };
                self.merchandising().put_rule(request).await?;
            }
            Write::DeleteRule { rule } => {
                self.merchandising().delete_rule(DeleteRuleRequest { id: rule.to_string() }).await?;
            }
            Write::Event(_) | Write::Upsert(_) | Write::Stock(_) | Write::Retire { .. } => {
                return Err(Status::internal("it goes by a stream, not by a call"));
            }
        }
        Ok(Outcome::Done)
    }
}

#[async_trait]
impl Target for Remote {
    async fn write(&self, writes: Vec<Write>) -> Result<Vec<Outcome>, TargetError> {
        let mut outcomes = Vec::with_capacity(writes.len());
        for Wave { lane, writes } in waves(writes) {
            match lane {
                Lane::People => outcomes.extend(self.people(writes).await?),
                Lane::Products => outcomes.extend(self.products(&writes).await?),
                Lane::Stock => outcomes.extend(self.stock(&writes).await?),
                Lane::Retired => {
                    for write in writes {
                        outcomes.push(self.retire(&write).await?);
                    }
                }
                Lane::OneByOne => {
                    for write in writes {
                        outcomes.push(self.call(&write).await?);
                    }
                }
            }
        }
        Ok(outcomes)
    }

    async fn products(&self, ids: Vec<Id>) -> Result<Vec<Product>, TargetError> {
        let mut products = Vec::with_capacity(ids.len());
        for id in ids {
            let mut patience = self.patience();
            loop {
                match self.catalog().get_product(GetProductRequest { id: id.to_string() }).await {
                    Ok(found) => products.extend(found.into_inner().product.and_then(product)),
                    Err(status) if status.code() == Code::NotFound => {}
                    Err(status) => {
                        patience.bear(&status).await?;
                        continue;
                    }
                }
                break;
            }
        }
        Ok(products)
    }

    async fn variants(&self) -> Result<Variants, TargetError> {
        let mut known = Variants::default();
        let mut page_token = String::new();
        let mut patience = self.patience();
        loop {
            let request = ListProductsRequest { page_size: PAGE, page_token: page_token.clone() };
            let listed = match self.catalog().list_products(request).await {
                Ok(listed) => listed.into_inner(),
                Err(status) => {
                    patience.bear(&status).await?;
                    continue;
                }
            };
            for product in listed.products {
                if let Some(product) = self::product(product) {
                    known.insert(product.id, product.variants.iter().map(Known::from).collect());
                }
            }
            if listed.next_page_token.is_empty() {
                return Ok(known);
            }
            page_token = listed.next_page_token;
        }
    }
}

/// A product as the server tells it.
fn product(answer: proto::Product) -> Option<Product> {
    product_in(answer, Timestamp::default())
}

/// All answers until the stream ends.
async fn receive<Reply>(mut answers: Streaming<Reply>, replies: &mut Vec<Reply>) -> Result<(), Status> {
    while let Some(reply) = answers.message().await? {
        replies.push(reply);
    }
    Ok(())
}

fn event_outcome(id: Id, result: EventResult) -> Outcome {
    match result.status() {
        EventStatus::Accepted => Outcome::Event { duplicate: false, notes: result.notes },
        EventStatus::Duplicate => Outcome::Event { duplicate: true, notes: result.notes },
        EventStatus::Refused | EventStatus::Unspecified => {
            let error = result.error.unwrap_or_default();
            match Code::from(error.code) {
                Code::AlreadyExists => Outcome::from(Err(Refusal::EventConflict(id))),
                Code::FailedPrecondition => Outcome::from(Err(Refusal::Erased)),
                _ => declined(error),
            }
        }
    }
}

fn declined(ItemError { message, .. }: ItemError) -> Outcome {
    Outcome::Declined { kind: "the store refused it", told: message }
}

/// Whether the server looked at the request and refused it: sent again, it would be refused again.
fn is_about_the_request(status: &Status) -> bool {
    // What has a source never came to the server, or back from it.
    let refusals = [Code::InvalidArgument, Code::NotFound, Code::AlreadyExists, Code::FailedPrecondition];
    status.source().is_none() && refusals.contains(&status.code())
}
