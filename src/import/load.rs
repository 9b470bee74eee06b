//! What parsers yield goes into the store: in batches, in the order of the file, each durable before it is counted.
//!
//! Reading and parsing run beside the writing, at most a few batches ahead, so memory does not grow with the file. An import
//! that was interrupted is simply run again: events that are there already are duplicates, products are replaced.
//!
//! A file that could not be read whole must not take away what it does not speak of. Where it broke, a product that would
//! lose variants stays as it was. Where only rows were refused, it is replaced and the loss is told: shops take variants out
//! too. A variant whose own row was refused stays, and is not sold.

mod existing_variants;
mod tally;
mod target;
mod whole;
mod withheld;

use std::{mem, sync::Arc};

use rustc_hash::FxHashSet;
use thiserror::Error;
use tokio::{sync::mpsc, task};

use crate::{
    domain::{
        Id,
        store::{StoreError, Write},
    },
    import::row_error::{LineError, Parsed, Unread},
};
use existing_variants::Standing;
pub use tally::{Faults, Tally, grouped};
pub use target::{Known, Local, Outcome, Target, TargetError, Variants};
use whole::Catalogue;
pub use whole::Whole;

/// Rows in one batch. Ids of events lie anywhere in their index, so that a commit writes most of its pages anew whatever it
/// holds: the more rows, the fewer times. More than these take more memory and save little.
const BATCH: usize = 16_000;
/// Batches that wait for the writer.
const AHEAD: usize = 1;

/// The target failed. What was acknowledged before stands.
#[derive(Debug, Clone, Error)]
#[error("stopped at line {line}: {source}; run the import again when that is put right, nothing will be doubled")]
pub struct LoadError {
    /// Of the first row that is not in.
    pub line: u64,
    /// Why.
    pub source: TargetError,
}

#[derive(Default)]
struct Batch {
    rows: u64,
    writes: Vec<Write>,
    /// Of each write.
    lines: Vec<u64>,
    unread: Vec<Unread>,
    warnings: Vec<LineError>,
}

impl Batch {
    fn is_full(&self) -> bool {
        self.rows >= BATCH as u64
            || [self.writes.len(), self.unread.len(), self.warnings.len()].iter().any(|waiting| *waiting >= BATCH)
    }

    fn add(&mut self, parsed: Result<Parsed<Vec<Write>>, Unread>) {
        match parsed {
            Ok(parsed) => {
                self.rows += parsed.rows;
                self.lines.extend(parsed.value.iter().map(|_| parsed.line));
                self.writes.extend(parsed.value);
                self.warnings.extend(parsed.warnings);
            }
            Err(unread) => self.unread.push(unread),
        }
    }
}

/// Writes all that is read. `report` hears of every batch. Where the file is said to be the `whole` catalogue, what is not in
/// it is retired in the end.
///
/// # Errors
/// Where the target failed.
pub async fn load<I>(
    target: &dyn Target,
    parsed: I,
    whole: Option<Whole>,
    mut report: impl FnMut(&Tally),
) -> Result<Tally, LoadError>
where
    I: Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> + Send + 'static,
{
    let (sender, mut batches) = mpsc::channel(AHEAD);
    // Parsing is computing: it must not hold the runtime. It ends by itself when nobody receives any more.
    let reading = task::spawn_blocking(move || {
        let mut batch = Batch::default();
        for parsed in parsed {
            batch.add(parsed);
            if batch.is_full() && sender.blocking_send(std::mem::take(&mut batch)).is_err() {
                return;
            }
        }
        // Where nobody receives any more there is nobody to tell either.
        let _ = sender.blocking_send(batch);
    });
    let mut loading = Loading { target, tally: Tally::default(), standing: None, catalogue: None };
    if let Some(whole) = whole {
        let before = target.variants().await.map_err(|source| LoadError { line: 1, source })?;
        loading.catalogue = Some(Catalogue::new(whole, before));
    }
    while let Some(batch) = batches.recv().await {
        loading.write(batch).await?;
        report(&loading.tally);
    }
    let failed = |source: TargetError, tally: &Tally| LoadError { line: tally.rows + 1, source };
    if let Err(error) = reading.await {
        let source = StoreError::Failed(format!("reading the file ended early: {error}"));
        return Err(failed(source.into(), &loading.tally));
    }
    loading.retire().await.map_err(|source| failed(source, &loading.tally))?;
    Ok(loading.tally)
}

/// An import under way.
struct Loading<'a> {
    target: &'a dyn Target,
    tally: Tally,
    /// Read when it is first asked for: most files are whole.
    standing: Option<Standing>,
    /// Where the file is the whole catalogue.
    catalogue: Option<Catalogue>,
}

impl Loading<'_> {
    async fn write(&mut self, mut batch: Batch) -> Result<(), LoadError> {
        let line = batch.lines.first().copied().unwrap_or_default();
        let failed = |source| LoadError { line, source };
        // Products come after all that could not be read of their file.
        for unread in mem::take(&mut batch.unread) {
            self.tally.unread(unread);
        }
        for warning in mem::take(&mut batch.warnings) {
            self.tally.warn(warning);
        }
        if let Some(catalogue) = &mut self.catalogue {
            catalogue.see(&batch.writes);
        }
        let is_whole = self.tally.broken.is_none() && self.tally.refused.count() == 0;
        if !is_whole && batch.writes.iter().any(|write| matches!(write, Write::Upsert(_))) {
            let known = match self.standing.take() {
                Some(known) => known,
                None => Standing(self.target.variants().await.map_err(failed)?),
            };
            spare(&known, &mut batch, &mut self.tally);
            self.standing = Some(known);
        }
        let Batch { rows, writes, lines, .. } = batch;
        let (writes, lines, count) = withheld::keep(self.target, writes, lines).await.map_err(failed)?;
        let outcomes = self.target.write(writes).await.map_err(failed)?;
        self.tally.withheld += count;
        self.tally.rows += rows;
        for (line, outcome) in lines.into_iter().zip(outcomes) {
            self.tally.count(line, outcome);
        }
        Ok(())
    }

    /// What the whole catalogue does not hold is sold no longer.
    async fn retire(&mut self) -> Result<(), TargetError> {
        let Some(catalogue) = self.catalogue.take() else { return Ok(()) };
        let time = catalogue.time();
        let gone = match catalogue.gone(&self.tally) {
            Ok(gone) => gone,
            Err(why) => {
                self.tally.not_retired = Some(why);
                return Ok(());
            }
        };
        let products = self.target.products(gone).await?.into_iter().map(Arc::new).collect();
        for outcome in self.target.write(vec![Write::Retire { products, time }]).await? {
            self.tally.count(0, outcome);
        }
        Ok(())
    }
}

/// Takes out of the batch what a broken file would spoil, and tells what is lost to refused rows.
fn spare(standing: &Standing, batch: &mut Batch, tally: &mut Tally) {
    // These stay with their products.
    let stock = |write: &Write| match write {
        Write::Stock(change) => Some((change.product.clone(), change.variant.clone())),
        _ => None,
    };
    let withheld: FxHashSet<(Id, Id)> = batch.writes.iter().filter_map(stock).collect();
    let writes = mem::take(&mut batch.lines).into_iter().zip(mem::take(&mut batch.writes));
    for (line, write) in writes {
        if let Write::Upsert(product) = &write
            && let Some(lost) = standing.lost_to(product, &withheld)
        {
            let id = product.id.as_str();
            if tally.broken.is_some() {
                let told =
                    format!("line {line}: the product {id:?} would lose {lost} to the break: it stays as it was");
                tally.refused.add("the product would lose variants to the break".to_owned(), told);
                continue;
            }
            tally.lost.push(format!("line {line}: the product {id:?} lost {lost}: not in the file, or refused"));
        }
        batch.lines.push(line);
        batch.writes.push(write);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use proptest::prelude::*;

    use super::*;
    use crate::{
        domain::{
            TimeZone, Timestamp,
            catalog::{Product, Variant},
            event::Event,
            store::{Seq, Store as _},
        },
        import::{context, events, mapping, products},
        store::Embedded,
        tabular::input::tests::bytes,
    };

    const MAPPING: &str = r#"
        currency = "GBP"
        times = "milliseconds"
        [columns]
        event = "event"
        time = "ts"
        customer = "who"
        product = "item"
        quantity = "qty"
        [events.purchase]
        kind = "purchased"
    "#;

    fn parsed(file: &str) -> impl Iterator<Item = Result<Parsed<Vec<Write>>, Unread>> + Send + use<> {
        let context = context::tests::at(1_600_000_000_000);
        let events = events::read(bytes(file), mapping::parse(MAPPING).unwrap(), context).unwrap();
        events.map(|parsed| parsed.map(|parsed| parsed.map(|event| vec![Write::Event(event)])))
    }

    fn file(rows: &[(u8, u8, i8)]) -> String {
        let rows = rows.iter().map(|(who, item, qty)| format!("c{who},p{item},1500000000000,purchase,{qty}\n"));
        format!("who,item,ts,event,qty\n{}", rows.collect::<String>())
    }

    fn stored(store: &Embedded) -> Vec<Event> {
        let seen = Mutex::new(Vec::new());
        store.each_event(Seq::default(), &mut |_, event, _| seen.lock().unwrap().push(event)).unwrap();
        seen.into_inner().unwrap()
    }

    fn block<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
    }

    #[test]
    fn everything_is_counted() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Embedded::open(folder.path(), 1, Vec::new()).unwrap());
        let file = file(&[(1, 1, 1), (1, 1, 1), (2, 1, -1), (2, 1, -1), (2, 2, 3)]) + "c3,p1,1500000000000,gift,1\n";
        let mut reports = 0;
        let tally = block(load(&Local::new(Arc::clone(&store) as _), parsed(&file), None, |_| reports += 1)).unwrap();
        assert_eq!(reports, 1);
        assert_eq!(
            tally.to_string(),
            "line 4: qty \"-1\" is below one\nline 5: qty \"-1\" is below one\n           6  rows read\n           \
             3  events written\n           2  refused\n           2      qty is below one\n           \
             1  left out\n           1      event \"gift\"\n"
        );
        assert!(tally.took_something() && tally.broken.is_none());
    }

    /// A feed with a row for each of these variants of the products `a` and `b`; one in capitals has no price.
    fn feed(variants: &[&str]) -> String {
        let row = |variant: &&str| {
            let id = variant.to_lowercase();
            let (group, price) = (&id[..1], if id == *variant { "1 EUR" } else { "" });
            let of = format!("<item_group_id>{group}</item_group_id><title>T</title><price>{price}</price>");
            format!("<item><id>{id}</id>{of}</item>\n")
        };
        format!("<rss><channel>\n{}</channel></rss>", variants.iter().map(row).collect::<String>())
    }

    #[test]
    fn a_file_that_is_not_whole_takes_no_variant_away_unsaid() {
        let folder = tempfile::tempdir().unwrap();
        let store = Arc::new(Embedded::open(folder.path(), 1, Vec::new()).unwrap());
        let run = |text: &str| {
            let format = products::Format::MerchantXml;
            let feed = products::Feed::new(&format, None, None, TimeZone::UTC, Timestamp(1));
            let read = products::read(bytes(text), format, feed.clone()).unwrap();
            let writes = read.map(move |one| one.map(|one| one.map(|listing| listing.into_writes(&feed))));
            block(load(&Local::new(Arc::clone(&store) as _), writes, None, |_| {})).unwrap()
        };
        let stands = || {
            let mut seen = Vec::new();
            let mut visit = |product: Product| seen.extend(product.variants.into_iter().map(|one| one.id.to_string()));
            store.each_product(&mut visit).unwrap();
            seen.join(" ")
        };
        let whole = feed(&["a1", "a2", "a3", "b1"]);
        run(&whole);
        assert_eq!(stands(), "a1 a2 a3 b1");
        // The break is within its rows, or after those of another product that stand between them.
        for text in [&whole, &feed(&["a1", "b1", "a2", "a3"])] {
            let tally = run(&text[..text.find("<id>a2").unwrap()]);
            assert!(tally.broken.is_some() && tally.to_string().contains("the product \"a\""), "{tally}");
            assert_eq!(stands(), "a1 a2 a3 b1");
        }
        let sold = || {
            let mut seen = Vec::new();
            let mut visit = |product: Product| {
                seen.extend(product.variants.into_iter().filter(Variant::sellable).map(|one| one.id.to_string()));
            };
            store.each_product(&mut visit).unwrap();
            seen.join(" ")
        };
        // The row of a2 was refused: it stays and is not sold. Of a3 the file says nothing.
        let tally = run(&feed(&["a1", "A2", "b1"]));
        assert_eq!((stands(), sold()), ("a1 a2 b1".to_owned(), "a1 b1".to_owned()));
        assert_eq!(
            tally.to_string(),
            "line 3: price \"\" is missing\n\
             line 2: the product \"a\" lost \"a3\": not in the file, or refused\n           \
             3  rows read\n           2  products replaced\n           1      without variants that they had\n           \
             1  variants not sold: their rows were refused\n           \
             1  refused\n           1      price is missing\n"
        );
        // Where all rows of a product were refused, the product stays.
        let tally = run(&feed(&["A1", "A2", "b1", "C1"]));
        assert_eq!((stands(), sold(), tally.withheld), ("a1 a2 b1".to_owned(), "b1".to_owned(), 2));
        // Of a whole file nothing is said: the shop took the variant out.
        run(&feed(&["a1", "a2", "b1"]));
        assert_eq!(run(&feed(&["a1", "b1"])).lost, Vec::<String>::new());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// Reading a file again, also after a run that ended anywhere, leaves what one run leaves.
        #[test]
        fn twice_is_once(rows in prop::collection::vec((0..3u8, 0..3u8, -1..3i8), 0..40), cut in 0..40usize) {
            let folder = tempfile::tempdir().unwrap();
            let store = Arc::new(Embedded::open(folder.path(), 1, Vec::new()).unwrap());
            let run = |rows: &[(u8, u8, i8)]| {
                block(load(&Local::new(Arc::clone(&store) as _), parsed(&file(rows)), None, |_| {})).unwrap()
            };
            let begun = run(&rows[..cut.min(rows.len())]);
            let whole = run(&rows);
            let once = stored(&store);
            prop_assert_eq!(whole.duplicates, begun.events);
            prop_assert_eq!(once.len(), rows.iter().filter(|row| row.2 > 0).count());
            let again = run(&rows);
            prop_assert_eq!((again.events, again.duplicates), (0, once.len() as u64));
            prop_assert_eq!(stored(&store), once);
        }
    }
}
