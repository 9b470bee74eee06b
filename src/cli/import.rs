//! `outfitter import`: files of products, events or customers into the data folder, or into a server that is up.

mod help;
mod remote;

use std::{
    fs::File,
    path::{Path, PathBuf},
    sync::Arc,
    time::{SystemTime, UNIX_EPOCH},
};

use anyhow::{Context as _, Error, anyhow, bail};
use clap::{Args, Subcommand, ValueEnum};
use encoding_rs::Encoding;

use super::{
    progress::{Progress, rate},
    stdout::{note, print},
};
use crate::{
    config::Settings,
    domain::{Currency, Locale, Timestamp, catalog::LIMIT_PERCENT, store::Write},
    import::{
        Parsed, Unread,
        context::Context,
        customers::{self, CustomerMapping},
        events::{self, EventMapping},
        load::{Local, Tally, Target, Whole, grouped, load},
        mapping::{self, FileEncoding},
        products::{self, Feed, Format, Listing, ProductMapping, recognise},
        segment,
        timestamps::Clock,
    },
    store::{Embedded, OpenError, Options},
    tabular::input::{self, Input, Position},
};
use remote::Remote;

/// Files into the data folder, while no server has it, or into a server that is up. Can be run again: nothing is doubled.
#[derive(Debug, Args)]
pub struct Import {
    /// The server that takes what is read, as "127.0.0.1:7411". Without it, it goes into the data folder.
    #[arg(long, global = true, value_name = "ADDRESS")]
    server: Option<String>,
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Products: feeds of Google Merchant Center, Meta, Ceneo and Yandex Market, exports of Shopify and of `WooCommerce`, or any
    /// CSV with a mapping.
    #[command(after_long_help = help::products())]
    Products {
        #[command(flatten)]
        file: Source,
        /// How the file is written; by default as what it holds says.
        #[arg(long)]
        format: Option<ProductFormat>,
        /// The language of its texts; by default that of the format, else English.
        #[arg(long)]
        locale: Option<Locale>,
        /// Of prices that name none.
        #[arg(long)]
        currency: Option<Currency>,
        /// The file is the whole catalogue: what is not in it is sold no longer.
        #[arg(long)]
        whole: bool,
        /// The largest share of what sells now, in percent, that a whole catalogue may take away.
        #[arg(long, value_name = "PERCENT", default_value_t = LIMIT_PERCENT, value_parser = clap::value_parser!(u8).range(..=100))]
        whole_limit: u8,
    },
    /// Events: calls of Segment's specs, GA4's or Klaviyo's events as JSON, exported orders of Shopify and of Woo as CSV, or any
    /// CSV with a mapping.
    #[command(after_long_help = help::events())]
    Events {
        #[command(flatten)]
        file: Source,
        /// How the file is written; by default as its name says.
        #[arg(long)]
        format: Option<EventFormat>,
        /// Of prices that name none.
        #[arg(long)]
        currency: Option<Currency>,
    },
    /// Customers: identifiers, traits, sizes and consents, as JSON Lines or CSV with a mapping.
    #[command(after_long_help = help::customers())]
    Customers {
        #[command(flatten)]
        file: Source,
        /// How the file is written; by default as its name says.
        #[arg(long)]
        format: Option<CustomerFormat>,
        /// The system that JSON Lines come from.
        #[arg(long, default_value = "import", value_parser = customers::source)]
        source: Arc<str>,
    },
}

#[derive(Debug, Args)]
struct Source {
    /// The file, plain or gzip; "-" is the standard input.
    file: PathBuf,
    /// What the columns of a CSV mean: a TOML file, or the name of a mapping that is built in.
    #[arg(long, value_name = "FILE|NAME")]
    mapping: Option<String>,
    /// How the file is written, whatever its XML declaration says: windows-1250, iso-8859-2, ...
    #[arg(long, value_name = "NAME", value_parser = input::encoding)]
    encoding: Option<&'static Encoding>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ProductFormat {
    MerchantXml,
    MerchantTsv,
    Ceneo,
    Yml,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum EventFormat {
    Segment,
    Csv,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum CustomerFormat {
    Jsonl,
    Csv,
}

/// Whatever is read, as writes.
type Reading = Box<dyn Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> + Send>;

/// Reads the file into the data folder and prints what came of it.
pub fn run(import: Import, settings: &Settings) -> anyhow::Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    let now = Timestamp(i64::try_from(since.as_millis())?);
    let rules = &settings.rules;
    let clock = Clock { now, future_skew_ms: rules.future_skew_ms, zone: rules.time_zone.clone() };
    let file = import.what.file();
    let whole = import.what.whole(now);
    let file_time = import.what.source().written().unwrap_or(now);
    let context = Context { clock, file_time, placeholder_ids: rules.placeholder_ids.clone() };
    let (reading, position) = reading(import.what, context).with_context(|| file.clone())?;
    let (erasure, identity_links) = (rules.erasure, rules.identity_links);
    let options = Options { readers: 1, erasure, identity_links, ..Options::default() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let tally = runtime.block_on(async {
        match import.server {
            Some(address) => write(&Remote::connect(&address).await?, reading, whole, &position).await,
            None => write_here(&settings.data, options, reading, whole, &position).await,
        }
    })?;
    outcome(tally).context(file)
}

/// Into the data folder.
async fn write_here(
    data: &Path,
    options: Options,
    reading: Reading,
    whole: Option<Whole>,
    position: &Position,
) -> anyhow::Result<Tally> {
    let store = Arc::new(Embedded::open_with(data, options, Vec::new()).map_err(|error| match error {
        OpenError::InUse(_) => anyhow!("nothing was imported: {error}: give its address by --server, or stop it"),
        other => Error::from(other).context("nothing was imported"),
    })?);
    let tally = write(&Local::new(Arc::clone(&store) as _), reading, whole, position).await;
    store.close().await;
    tally
}

/// Writes all that can be read, and prints what came of it.
async fn write(
    target: &dyn Target,
    reading: Reading,
    whole: Option<Whole>,
    position: &Position,
) -> anyhow::Result<Tally> {
    let progress = Progress::start("importing", position.total);
    let shown = |tally: &Tally| {
        progress.set(position.read());
        progress.count(tally.rows, "rows");
    };
    let loaded = load(target, reading, whole, shown).await;
    progress.finish();
    let tally = loaded?;
    let seconds = progress.elapsed().as_secs_f64();
    print(&format!("{tally}{seconds:>12.1}  seconds, {} rows/s\n", grouped(rate(tally.rows, seconds))))?;
    Ok(tally)
}

/// What is wrong with the file as a whole.
fn outcome(tally: Tally) -> anyhow::Result<()> {
    if let Some(broken) = tally.broken {
        bail!(broken);
    }
    if tally.rows == 0 {
        bail!("the file holds no rows that this format knows");
    }
    if let Some(why) = tally.not_retired {
        bail!("nothing was taken out of the catalogue: {why}. What the file holds is in");
    }
    if !tally.took_something() {
        bail!("nothing of the file could be taken");
    }
    Ok(())
}

fn reading(what: What, context: Context) -> anyhow::Result<(Reading, Position)> {
    match what {
        What::Products { file, format, locale, currency, .. } => {
            let (input, position, format) = product_file(&file, format)?;
            let currency = currency.or_else(|| assumed_currency(&file, &format, locale.as_ref()));
            let Clock { zone, now, .. } = context.clock;
            let feed = Feed::new(&format, locale, currency, zone, now);
            let listings = products::read(input, format, feed.clone())?;
            let written = move |one: Parsed<Listing>| one.map(|listing| listing.into_writes(&feed));
            Ok((Box::new(listings.map(move |one| one.map(&written))), position))
        }
        What::Events { file, format, currency } => {
            let mapping = file.mapping.is_some().then(|| file.mapping::<EventMapping>()).transpose()?;
            let encoding = mapping.as_ref().map_or_else(FileEncoding::default, |mapping| mapping.encoding);
            let (mut input, position) = file.open(encoding)?;
            let format = format.map_or_else(|| seen(&mut input, &file, &EVENT_ENDINGS, EventFormat::Csv), Ok)?;
            if format == EventFormat::Segment {
                return Ok((Box::new(segment::read(input, context, currency)), position));
            }
            let mut mapping = mapping.map_or_else(|| events::recognise(&mut input), Ok)?;
            mapping.currency = mapping.currency.or(currency);
            Ok((writes(events::read(input, mapping, context)?, Write::Event), position))
        }
        What::Customers { file, format, source } => {
            let mapping = file.mapping.is_some().then(|| file.mapping::<CustomerMapping>()).transpose()?;
            let encoding = mapping.as_ref().map_or_else(FileEncoding::default, |mapping| mapping.encoding);
            let (mut input, position) = file.open(encoding)?;
            let format = format.map_or_else(|| seen(&mut input, &file, &CUSTOMER_ENDINGS, CustomerFormat::Csv), Ok)?;
            if format == CustomerFormat::Jsonl {
                return Ok((Box::new(customers::read_json(input, source, context)), position));
            }
            let mapping = mapping.map_or_else(|| file.mapping::<CustomerMapping>(), Ok)?;
            Ok((Box::new(customers::read(input, mapping, context)?), position))
        }
    }
}

/// The file and its format: by a mapping, as it is given, or as what the file holds says.
fn product_file(file: &Source, format: Option<ProductFormat>) -> anyhow::Result<(Input, Position, Format)> {
    if file.mapping.is_some() || format == Some(ProductFormat::Csv) {
        let mapping = file.mapping::<ProductMapping>()?;
        let (input, position) = file.open(mapping.encoding)?;
        return Ok((input, position, Format::Mapped(Box::new(mapping))));
    }
    let (mut input, position) = file.open(FileEncoding::default())?;
    let format = match format {
        Some(ProductFormat::MerchantXml) => Format::MerchantXml,
        Some(ProductFormat::MerchantTsv) => Format::MerchantTable,
        Some(ProductFormat::Ceneo) => Format::Ceneo,
        Some(ProductFormat::Yml) => Format::Yml,
        Some(ProductFormat::Csv) | None => recognise(&mut input)?,
    };
    Ok((input, position, format))
}

/// Exports of some shops name no currency. Then that of the language is taken, and said.
fn assumed_currency(file: &Source, format: &Format, locale: Option<&Locale>) -> Option<Currency> {
    let Format::Mapped(mapping) = format else { return None };
    if file.mapping.is_some() || mapping.names_currency() {
        return None;
    }
    let language = locale.map_or_else(|| "en".to_owned(), ToString::to_string);
    let currency = products::usual_currency(&language)?;
    note(format_args!(
        "the file names no currency: its prices are taken for {}. Another one: --currency",
        currency.code()
    ));
    Some(currency)
}

fn writes<T, I>(parsed: I, write: fn(T) -> Write) -> Reading
where
    I: Iterator<Item = Result<Parsed<T>, Unread>> + Send + 'static,
    T: 'static,
{
    Box::new(parsed.map(move |parsed| parsed.map(|parsed| parsed.map(|value| vec![write(value)]))))
}

const EVENT_ENDINGS: [(&str, EventFormat); 4] = [
    ("jsonl", EventFormat::Segment),
    ("ndjson", EventFormat::Segment),
    ("json", EventFormat::Segment),
    ("csv", EventFormat::Csv),
];
const CUSTOMER_ENDINGS: [(&str, CustomerFormat); 4] = [
    ("jsonl", CustomerFormat::Jsonl),
    ("ndjson", CustomerFormat::Jsonl),
    ("json", CustomerFormat::Jsonl),
    ("csv", CustomerFormat::Csv),
];

/// JSON is known by its first letter, whatever the name says; the first of the endings is its.
fn seen<F: Copy>(input: &mut Input, source: &Source, endings: &[(&str, F)], mapped: F) -> anyhow::Result<F> {
    let is_json = source.mapping.is_none() && matches!(input.head().trim_ascii_start().first(), Some(b'{' | b'['));
    if is_json { Ok(endings[0].1) } else { guess(source, endings, mapped) }
}

/// A mapping is only for CSV; else the name tells, without ".gz".
fn guess<F: Copy>(source: &Source, endings: &[(&str, F)], mapped: F) -> anyhow::Result<F> {
    if source.mapping.is_some() {
        return Ok(mapped);
    }
    let name = source.file.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending);
    let found = endings.iter().find(|(known, _)| *known == ending).map(|(_, format)| *format);
    found.context("the name does not say how it is written: give --format")
}

impl What {
    /// The file, as messages name it.
    fn file(&self) -> String {
        let file = &self.source().file;
        if file == Path::new("-") { "the standard input".to_owned() } else { file.display().to_string() }
    }

    /// That the file is the whole catalogue.
    const fn whole(&self, now: Timestamp) -> Option<Whole> {
        match self {
            Self::Products { whole: true, whole_limit, .. } => Some(Whole { limit_percent: *whole_limit, now }),
            _ => None,
        }
    }

    const fn source(&self) -> &Source {
        let (Self::Products { file, .. } | Self::Events { file, .. } | Self::Customers { file, .. }) = self;
        file
    }
}

impl Source {
    /// `mapped` is the encoding that the mapping gives.
    fn open(&self, mapped: FileEncoding) -> anyhow::Result<(Input, Position)> {
        input::open(&self.file, self.encoding.or(mapped.0)).context("it can't be read")
    }

    /// When the file was last written.
    fn written(&self) -> Option<Timestamp> {
        let modified = File::open(&self.file).ok()?.metadata().ok()?.modified().ok()?;
        let since = modified.duration_since(UNIX_EPOCH).ok()?;
        i64::try_from(since.as_millis()).ok().map(Timestamp)
    }

    fn mapping<M: serde::de::DeserializeOwned>(&self) -> anyhow::Result<M> {
        let names = mapping::READY.map(|(name, _)| name).join(", ");
        let Some(given) = &self.mapping else {
            bail!("CSV needs --mapping: a TOML file, or one of those built in: {names}");
        };
        let ready = mapping::READY.iter().find(|(name, _)| name == given);
        let text = match ready {
            Some((_, text)) => (*text).to_owned(),
            None => std::fs::read_to_string(given).with_context(|| {
                format!("the mapping {given} can't be read, and is none of those built in: {names}")
            })?,
        };
        mapping::parse(&text).with_context(|| format!("in {given}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_format_unless_a_mapping_does() {
        let check = |file: &str, mapping: Option<&str>, expected: Option<EventFormat>| {
            let source = Source { file: file.into(), mapping: mapping.map(str::to_owned), encoding: None };
            assert_eq!(guess(&source, &EVENT_ENDINGS, EventFormat::Csv).ok(), expected, "{file}");
        };
        check("calls.JSONL.gz", None, Some(EventFormat::Segment));
        check("calls.csv.gz", None, Some(EventFormat::Csv));
        check("-", Some("magento"), Some(EventFormat::Csv));
        check("calls", None, None);
    }

    #[test]
    fn every_mapping_that_is_built_in_can_be_read() {
        for (name, _) in mapping::READY {
            let source = Source { file: "-".into(), mapping: Some(name.to_owned()), encoding: None };
            let read = if name.ends_with("events") || name.ends_with("orders") {
                source.mapping::<events::EventMapping>().map(|_| ())
            } else {
                source.mapping::<products::ProductMapping>().map(|_| ())
            };
            assert!(read.is_ok(), "{name}: {read:?}");
        }
    }
}
