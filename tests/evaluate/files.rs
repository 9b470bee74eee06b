//! Small shops, made up by a seed: customers have likings, so that there is something to learn.

use std::{fmt::Display, fs, path::PathBuf};

use outfitter::eval::split::splitmix64;
use tempfile::TempDir;

const HOUR: u64 = 3_600_000;
/// 2020-01-01.
const START: u64 = 1_577_836_800_000;

/// A file of rows under a header, before it is written.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub header: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

/// Numbers by lot, the same for the same seed.
struct Lots(u64);

impl Lots {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 += 1;
        splitmix64(self.0) % bound
    }
}

impl Sheet {
    fn new(header: &str) -> Self {
        Self { header: header.split(',').map(str::to_owned).collect(), rows: Vec::new() }
    }

    fn push(&mut self, row: &[&dyn Display]) {
        self.rows.push(row.iter().map(ToString::to_string).collect());
    }

    /// Where a column stands.
    pub fn column(&self, name: &str) -> usize {
        self.header.iter().position(|known| known == name).unwrap()
    }

    /// Changes every field of a column.
    pub fn map(mut self, name: &str, change: impl Fn(usize, &str) -> String) -> Self {
        let column = self.column(name);
        for (number, row) in self.rows.iter_mut().enumerate() {
            row[column] = change(number, &row[column]);
        }
        self
    }

    /// Calls a column something else.
    pub fn rename(mut self, name: &str, to: &str) -> Self {
        let column = self.column(name);
        to.clone_into(&mut self.header[column]);
        self
    }

    /// Writes it as CSV.
    pub fn write(&self, folder: &TempDir, name: &str) -> PathBuf {
        let path = folder.path().join(name);
        let mut writer = csv::Writer::from_path(&path).unwrap();
        writer.write_record(&self.header).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.flush().unwrap();
        assert!(fs::metadata(&path).unwrap().len() > 0);
        path
    }
}

/// A file in good condition for a protocol.
pub fn good(protocol: &str) -> Sheet {
    match protocol {
        "sessions" => sessions(60),
        "fit" => fits(240),
        _ => orders(70),
    }
}

/// The column that says whose a row is.
pub fn owner(protocol: &str) -> &'static str {
    match protocol {
        "sessions" => "session_id",
        "cart" => "invoice",
        _ => "customer_id",
    }
}

/// Sessions that wander through neighbouring items; the last fifth is test.
fn sessions(number: u64) -> Sheet {
    let mut sheet = Sheet::new("session_id,pos,item_id,ts_ms,split");
    let mut lots = Lots(1);
    for session in 0..number {
        let mut item = lots.below(40);
        for pos in 0..2 + lots.below(5) {
            let time = START + session * HOUR + pos * 1_000;
            let split = if session * 5 >= number * 4 { "test" } else { "train" };
            sheet.push(&[&session, &pos, &item, &time, &split]);
            item = (item + 1 + lots.below(2)) % 40;
        }
    }
    sheet
}

/// Customers who buy again what they like, and sometimes something near it.
fn orders(customers: u64) -> Sheet {
    let mut sheet = Sheet::new("customer_id,invoice,item_id,ts_ms,qty,price,description");
    let mut lots = Lots(2);
    let mut invoices = Vec::new();
    for customer in 0..customers {
        for _ in 0..3 + lots.below(5) {
            invoices.push((lots.below(24 * 300), customer));
        }
    }
    invoices.sort_unstable();
    for (invoice, (hour, customer)) in invoices.into_iter().enumerate() {
        for _ in 0..=lots.below(5) {
            let item = (customer * 7 + lots.below(12)) % 60;
            let (price, time) = (format!("{}.5", item % 9), START + hour * HOUR);
            let description = format!("thing {} of kind {}", item, item % 5);
            sheet.push(&[&customer, &invoice, &item, &time, &(1 + lots.below(3)), &price, &description]);
        }
    }
    sheet
}

/// Customers with a true size who take one near it.
fn fits(rows: u64) -> Sheet {
    let header =
        "customer_id,item_id,ts_ms,size,fit,rating,category,body_type,weight_lbs,height_in,age,bust_band_in,bust_cup";
    let mut sheet = Sheet::new(header);
    let mut lots = Lots(3);
    for row in 0..rows {
        let (customer, item) = (lots.below(rows / 4), lots.below(30));
        let (own, size) = (splitmix64(customer) % 20, lots.below(20));
        let fit = match (size + item % 3).cmp(&(own + 1)) {
            _ if lots.below(3) == 0 => "fit",
            std::cmp::Ordering::Less if own > size + 3 => "small",
            std::cmp::Ordering::Greater if size > own + 3 => "large",
            _ => "fit",
        };
        let weight = if lots.below(4) == 0 { String::new() } else { (100 + own * 5).to_string() };
        let (category, time) = (["dress", "gown"][usize::from(item % 2 == 0)], START + row * HOUR);
        let body = ["pear", "hourglass", ""][usize::try_from(customer % 3).unwrap()];
        let (height, age, band) = (60 + customer % 12, 20 + customer % 90, 32 + own % 8);
        let who: [&dyn Display; 3] = [&customer, &item, &time];
        let what: [&dyn Display; 4] = [&size, &fit, &"8", &category];
        let body: [&dyn Display; 6] = [&body, &weight, &height, &age, &band, &"b"];
        sheet.push(&[&who[..], &what[..], &body[..]].concat());
    }
    sheet
}
