//! What a run is asked to do, and the reading of its files by that.
//!
//! Options say what a file means; its name never does.

use std::path::PathBuf;

use regex::Regex;

use crate::eval::{
    error::EvaluateError,
    split::Split,
    table::{Kind, Table, Wanted, header, misspelt, nearest},
};

/// Where rows come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Files {
    /// All rows; a split says which are asked about.
    Whole(Vec<PathBuf>),
    /// Rows to learn from, and apart from them those whose next is asked for; what that was is not in sight, so nothing is
    /// measured. In the second file is what came before each question, in the layout of the first:
    ///
    /// - `sessions`: the beginnings of sessions. After each row the next item is asked for, so that the last answer of a
    ///   session is the one after all that is there of it.
    /// - `next-basket`, `discovery`: rows of customers. One question each, after all that both files know of her; a row that
    ///   stands in both counts once.
    /// - `cart`: rows of orders. One question each: what else belongs to it.
    /// - `fit`: rows without the column `fit`, or with one that is not looked at. One question each.
    Apart {
        /// To learn from.
        train: Vec<PathBuf>,
        /// To ask after.
        queries: PathBuf,
    },
}

/// What a run is asked to do.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where rows come from.
    pub files: Files,
    /// A file with columns of the products.
    pub join: Option<PathBuf>,
    /// The column by which it is joined: in both files.
    pub join_key: String,
    /// The column that says which item a row is of; of the joined file, too.
    pub item_column: String,
    /// Rows whose item does not match are left out.
    pub item_pattern: Option<Regex>,
    /// How rows are parted; as fits the protocol and the file where nothing is said.
    pub split: Option<Split>,
    /// Names of sources that the blend is to do without.
    pub without: Vec<String>,
    /// Decides every choice by lot.
    pub seed: u64,
    /// Whether the blend's answer to each question is to be kept for writing.
    pub predictions: bool,
}

impl Options {
    /// What holds where nothing else is said.
    pub fn new(files: Files) -> Self {
        Self {
            files,
            join: None,
            join_key: "item_id".to_owned(),
            item_column: "item_id".to_owned(),
            item_pattern: None,
            split: None,
            without: Vec::new(),
            seed: 1,
            predictions: false,
        }
    }

    /// Whether rows to ask after are in a file of their own.
    pub const fn is_apart(&self) -> bool {
        matches!(self.files, Files::Apart { .. })
    }

    /// The files that rows come from, as given.
    pub fn paths(&self) -> Vec<String> {
        let paths: Vec<&PathBuf> = match &self.files {
            Files::Whole(paths) => paths.iter().collect(),
            Files::Apart { train, queries } => train.iter().chain([queries]).collect(),
        };
        paths.into_iter().chain(&self.join).map(|path| path.display().to_string()).collect()
    }

    /// Reads the wanted columns, those of the joined file among them. Rows to ask after that are in a file of their own
    /// stand behind the others, from [`Table::appended_at`] on; of the columns, those in `not_asked` may be absent there.
    ///
    /// # Errors
    /// As [`Table::read`], and where a wanted column is in neither file.
    pub fn read(&self, wanted: &[Wanted], not_asked: &[&str]) -> Result<Table, EvaluateError> {
        let mut own: Vec<Wanted> = Vec::new();
        for one in wanted {
            if !own.iter().any(|known| known.name == one.name) {
                own.push(one.clone());
            }
        }
        let joined = self.joined(&mut own)?;
        let mut table = match &self.files {
            Files::Whole(paths) => Table::read(paths, &own)?,
            Files::Apart { train, queries } => {
                let mut table = Table::read(train, &own)?;
                let asked = own.iter().cloned().map(|one| {
                    let must = table.has(&one.name) && !not_asked.contains(&one.name.as_str());
                    Wanted { must, ..one }
                });
                let asked = Table::read(&[queries], &asked.collect::<Vec<_>>())?;
                table.append(&asked)?;
                table
            }
        };
        if let Some(products) = joined {
            table.join(&products, &self.join_key)?;
        }
        Ok(table)
    }

    /// Takes out of the wanted columns those that only the joined file has, and reads them there.
    fn joined(&self, own: &mut Vec<Wanted>) -> Result<Option<Table>, EvaluateError> {
        let Some(path) = &self.join else { return Ok(None) };
        let first = match &self.files {
            Files::Whole(paths) => paths.first(),
            Files::Apart { train, .. } => train.first(),
        };
        let Some(first) = first else { return Err(EvaluateError::Options("no file is given".to_owned())) };
        let (here, there) = (header(first)?, header(path)?);
        for (file, names) in [(first, &here), (path, &there)] {
            if !names.contains(&self.join_key) {
                let near = nearest(&self.join_key, names);
                let reason = format!("no column {:?} to join by{near}; see --join-key", self.join_key);
                return Err(EvaluateError::file(file, reason));
            }
        }
        let in_neither = own.iter().filter(|one| !one.must && !here.contains(&one.name) && !there.contains(&one.name));
        for absent in in_neither {
            if let Some(near) = misspelt(&absent.name, &there, own) {
                return Err(EvaluateError::file(path, format!("no column {:?}{near}", absent.name)));
            }
        }
        let of_products = |one: &Wanted| !here.contains(&one.name) && there.contains(&one.name);
        let mut theirs: Vec<Wanted> = own.iter().filter(|one| of_products(one)).cloned().collect();
        own.retain(|one| !of_products(one));
        if let Some(absent) = own.iter().find(|one| one.must && !here.contains(&one.name)) {
            let known: Vec<&String> = here.iter().chain(&there).collect();
            let near = nearest(&absent.name, &known);
            let reason = format!("no column {:?} here nor in the joined file{near}", absent.name);
            return Err(EvaluateError::file(first, reason));
        }
        if theirs.is_empty() {
            return Ok(None);
        }
        theirs.push(Wanted::text(&self.join_key));
        match own.iter_mut().find(|one| one.name == self.join_key) {
            Some(key) => *key = Wanted { kind: Kind::Text, must: true, ..key.clone() },
            None => own.push(Wanted::text(&self.join_key)),
        }
        Table::read(&[path], &theirs).map(Some)
    }

    /// Leaves out rows without an item, or with one that does not match.
    ///
    /// # Errors
    /// Where the column of items was not read as texts, or nothing is left.
    pub fn keep_items(&self, table: &mut Table) -> Result<(), EvaluateError> {
        let items = table.texts(&self.item_column)?;
        let good = |name: &str| !name.is_empty() && self.item_pattern.as_ref().is_none_or(|form| form.is_match(name));
        let good: Vec<bool> = items.names().iter().map(|name| good(name)).collect();
        let kept: Vec<bool> = items.codes().iter().map(|code| good[*code as usize]).collect();
        let before = table.len();
        table.retain(|row| kept[row]);
        if table.is_empty() {
            let form = self.item_pattern.as_ref().map_or_else(String::new, |form| format!(" that matches {form}"));
            let message = format!("of {before} rows none has an item{form} in the column {:?}", self.item_column);
            return Err(EvaluateError::TooLittle(message));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use tempfile::TempDir;

    use super::*;

    fn file(folder: &TempDir, name: &str, text: &str) -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    }

    fn column(table: &Table, name: &str) -> Vec<String> {
        let texts = table.texts(name).unwrap();
        (0..table.len()).map(|row| texts.get(row).to_owned()).collect()
    }

    #[test]
    fn the_item_may_be_a_column_of_the_joined_file_and_must_match() {
        let folder = TempDir::new().unwrap();
        let data = file(&folder, "data", "who,item_id\na,1\na,2\nb,3\nb,4\n");
        let join = file(&folder, "join", "kind,item_id\n7 tea,1\nmilk,2\n,3\n");
        let mut options = Options::new(Files::Whole(vec![data]));
        options.join = Some(join);
        "kind".clone_into(&mut options.item_column);
        let wanted = [Wanted::text("who"), Wanted::text("kind"), Wanted::text("kind")];
        let read = |options: &Options, wanted: &[Wanted]| {
            let mut table = options.read(wanted, &[])?;
            options.keep_items(&mut table)?;
            Ok::<_, EvaluateError>(table)
        };
        assert_eq!(column(&read(&options, &wanted).unwrap(), "kind"), ["7 tea", "milk"]);
        options.item_pattern = Some(Regex::new("^[0-9]").unwrap());
        assert_eq!(column(&read(&options, &wanted).unwrap(), "kind"), ["7 tea"]);
        options.item_pattern = Some(Regex::new("^x").unwrap());
        assert_eq!(
            read(&options, &wanted).unwrap_err().to_string(),
            "of 4 rows none has an item that matches ^x in the column \"kind\""
        );
        let error = read(&options, &[Wanted::text("kimd")]).unwrap_err().to_string();
        assert!(error.ends_with(
            "data: no column \"kimd\" here nor in the joined file, did you mean \"kind\"? (there are: who, item_id, \
             kind, item_id)"
        ), "{error}");
        // Also where no column is taken from there.
        for key in ["who", "kind"] {
            let options = Options { join_key: key.to_owned(), ..options.clone() };
            let error = read(&options, &[Wanted::text("item_id")]).unwrap_err().to_string();
            assert!(error.contains(&format!("no column {key:?} to join by (there are: ")), "{error}");
        }
        let error = read(&options, &[Wanted::text("kidn").if_there()]).unwrap_err().to_string();
        assert!(
            error.ends_with("join: no column \"kidn\", did you mean \"kind\"? (there are: kind, item_id)"),
            "{error}"
        );
    }

    #[test]
    fn what_is_asked_stands_behind_what_is_learned_from() {
        let folder = TempDir::new().unwrap();
        let train = file(&folder, "train", "who,item_id,fit\na,x,1\nb,,2\nb,y,3\n");
        let queries = file(&folder, "queries", "item_id,who\n,c\nz,c\n");
        let options = Options::new(Files::Apart { train: vec![train], queries: queries.clone() });
        let wanted = [Wanted::text("who"), Wanted::text("item_id"), Wanted::text("fit")];
        let mut table = options.read(&wanted, &["fit"]).unwrap();
        options.keep_items(&mut table).unwrap();
        assert_eq!((column(&table, "item_id"), table.appended_at()), (vec!["x".into(), "y".into(), "z".into()], 2));
        assert_eq!(
            (column(&table, "fit"), table.rows()),
            (vec!["1".into(), "3".into(), String::new()], &[0, 2, 1][..])
        );
        let error = options.read(&wanted, &[]).unwrap_err().to_string();
        assert!(error.starts_with(&Path::new(&queries).display().to_string()), "{error}");
    }
}
