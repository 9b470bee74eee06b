//! Files of every condition, and what is kept of them.

use std::fs;

use tempfile::TempDir;

use super::*;
use crate::tabular::input::tests::gzip;

fn file(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    path
}

fn wanted() -> [Wanted; 3] {
    [Wanted::text("id"), Wanted::whole("qty"), Wanted::real("price").if_there()]
}

/// Rows as "row:id|qty|price", then notes without the folder.
fn seen(table: &Table) -> (Vec<String>, Vec<String>) {
    let (ids, qty) = (table.texts("id").unwrap(), table.wholes("qty").unwrap());
    let price = |row: usize| table.reals("price").map_or(String::new(), |price| format!("|{}", price[row]));
    let rows = (0..table.len()).map(|n| format!("{}:{}|{}{}", table.rows()[n], ids.get(n), qty[n], price(n)));
    let bare = |note: &String| note.rsplit('/').next().unwrap().to_owned();
    (rows.collect(), table.notes().iter().map(bare).collect())
}

#[test]
fn what_can_be_read_is_read_and_the_rest_is_told_by_its_line() {
    let folder = TempDir::new().unwrap();
    let text = "id,note,qty,price\na,\"x\ny\",1,2.5\n\nb,,x,1\nb,z,2.0,NaN\nc\n\"d,\u{17c}\",q,-3,\n";
    let rows = ["0:a|1|2.5", "2:b|2|NaN", "4:d,ż|-3|NaN"];
    let notes = [
        "f line 5: qty \"x\" is no whole number; the row is left out",
        "f line 6: price \"NaN\" is no finite number; it is taken as missing",
        "f line 7: 1 fields, the header has 4; the row is left out",
    ];
    let check = |bytes: Vec<u8>| {
        let table = Table::read(&[file(&folder, "f", bytes)], &wanted()).unwrap();
        assert_eq!(seen(&table), (rows.map(str::to_owned).to_vec(), notes.map(str::to_owned).to_vec()));
        assert!(table.place(2).ends_with("f line 8"), "{}", table.place(2));
    };
    check(text.into());
    check(text.trim_end().into());
    check(text.replace('\n', "\r\n").into());
    check(format!("\u{feff}{text}").into());
    check(gzip(format!("\u{feff}{text}").as_bytes()));
    check(format!("\u{feff}{text}").encode_utf16().flat_map(u16::to_le_bytes).collect());
    let bad = file(&folder, "f", b"id,qty\n\xff,1\nb,1\n");
    assert_eq!(
        seen(&Table::read(&[bad], &wanted()).unwrap()),
        (
            vec!["1:b|1".to_owned()],
            vec!["f line 2: id \"\u{fffd}\" is not valid UTF-8; the row is left out".to_owned()]
        )
    );
}

#[test]
fn numbers_too_large_to_reckon_with_are_refused() {
    let folder = TempDir::new().unwrap();
    for field in ["9007199254740992", "-9007199254740992.0"] {
        let table = Table::read(&[file(&folder, "f", format!("id,qty\na,{field}\n"))], &wanted()).unwrap();
        assert_eq!(table.wholes("qty").unwrap()[0].abs(), 1 << 53, "{field}");
    }
    let odd = ["9007199254740993", "-9223372036854775808", "99999999999999999999", "1e300"];
    for field in odd {
        let error = Table::read(&[file(&folder, "f", format!("id,qty\na,{field}\n"))], &wanted()).unwrap_err();
        let told = format!("f line 2: qty \"{field}\" is no number within 2^53; the row is left out");
        assert!(error.to_string().ends_with(&told), "{error}");
    }
    let error = Table::read(&[file(&folder, "f", "id,qty\na,inf\n")], &wanted()).unwrap_err().to_string();
    assert!(error.ends_with("is no whole number; the row is left out"), "{error}");
}

#[test]
fn many_troubles_are_counted() {
    let folder = TempDir::new().unwrap();
    let path = file(&folder, "f", format!("id,qty\na,1\n{}", "b,\n".repeat(30)));
    let (rows, notes) = seen(&Table::read(&[path], &wanted()).unwrap());
    assert_eq!((rows.len(), notes.len()), (1, SHOWN + 1));
    assert_eq!(notes[SHOWN], "f: 30 rows are left out in all");
}

#[test]
fn of_a_truncated_file_every_whole_row_goes_in() {
    let folder = TempDir::new().unwrap();
    let lines: String = (0..50_000_u64).map(|n| format!("{n},{}\n", n * n % 1_013)).collect::<Vec<_>>().concat();
    let packed = gzip(format!("id,qty\n{lines}").as_bytes());
    let table = Table::read(&[file(&folder, "f", &packed[..packed.len() / 2])], &wanted()).unwrap();
    assert!(table.len() > 5_000);
    let last = table.len() - 1;
    assert_eq!(table.wholes("qty").unwrap()[last], i64::try_from(last * last % 1_013).unwrap());
    let note = seen(&table).1.pop().unwrap();
    assert!(note.ends_with("the gzip stream is truncated; what stood before it went in"), "{note}");
    assert!(note.contains(&format!("after line {}", last + 2)), "{note} {last}");
}

#[test]
fn a_quote_that_is_never_closed_ends_the_file_where_it_opens() {
    let folder = TempDir::new().unwrap();
    let more = "b,x,2\n".repeat(3);
    let check = |row: &str, line: u64| {
        for end in ["", "\n", "\r\n", "\n\n"] {
            let text = format!("id,note,qty\na,\"x\ny\",1\n\n{row}{more}{end}");
            let path = file(&folder, "f", text.trim_end().to_owned() + end);
            let told = format!(
                "f breaks after line 3: the quote that opens in line {line} is never closed; what stood before it went in"
            );
            assert_eq!(
                seen(&Table::read(&[path], &wanted()).unwrap()),
                (vec!["0:a|1".to_owned()], vec![told]),
                "{row}"
            );
        }
    };
    check("b,\"x,2\n", 5);
    check("\"b,x,2\n", 5);
    // The last field: as many as the header has.
    check("b,x,\"2\n", 5);
    check("b,\"x\n\n\",\"2\n", 7);
    // Nothing is open at the end of these.
    for row in ["b,\"x\n\",2", "b,5\"\",2", "2,x\",\"2\"", "x,\"\",2\n"] {
        let path = file(&folder, "f", format!("id,note,qty\n{row}"));
        assert_eq!(Table::read(&[path], &wanted()).unwrap().notes(), [""; 0], "{row}");
    }
    let path = file(&folder, "f", "id,\"note,qty\na,1,1\n");
    let error = Table::read(&[path], &wanted()).unwrap_err().to_string();
    assert!(error.ends_with("the header can't be read: the quote that opens in line 1 is never closed"), "{error}");
}

#[test]
fn files_are_one_table_and_must_agree_on_columns() {
    let folder = TempDir::new().unwrap();
    let first = file(&folder, "1", "id,qty\na,1\n");
    let second = file(&folder, "2", "qty,id\nx,b\n3,b\n");
    let table = Table::read(&[&first, &second], &wanted()).unwrap();
    assert_eq!(seen(&table).0, ["0:a|1", "2:b|3"]);
    assert_eq!(table.place(1), format!("{} line 3", second.display()));
    let priced = file(&folder, "3", "id,qty,price\na,1,1\n");
    for paths in [[&first, &priced], [&priced, &first]] {
        let error = Table::read(&paths, &wanted()).unwrap_err().to_string();
        assert!(error.contains("1: no column \"price\", though ") && error.ends_with("3 has one"), "{error}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_said() {
    let folder = TempDir::new().unwrap();
    let check = |bytes: &[u8], expected: &str| {
        let path = file(&folder, "f", bytes);
        let error = Table::read(&[&path], &wanted()).unwrap_err().to_string();
        assert_eq!(error, format!("{}: {expected}", path.display()));
    };
    check(b"", "the file is empty: not even a header");
    check(&gzip(b""), "the file is empty: not even a header");
    check(&gzip(b"id")[..6], "the header can't be read: the gzip stream is truncated");
    check(b"id,qty\n", "no row can be used: there is no row below the header");
    check(b"id,qyt\na,1\n", "no column \"qty\", did you mean \"qyt\"? (there are: id, qyt)");
    check(b"id,amount\na,1\n", "no column \"qty\" (there are: id, amount)");
    check(b"id,id,qty\na,b,1\n", "the header names \"id\" twice");
    let absent = folder.path().join("absent");
    assert!(Table::read(&[&absent], &wanted()).unwrap_err().to_string().starts_with(&absent.display().to_string()));
}

#[test]
fn an_optional_column_is_not_taken_as_absent_where_it_is_misspelt() {
    let folder = TempDir::new().unwrap();
    let read = |name: &str, header: &str| {
        let path = file(&folder, "f", format!("id,{header}\na,{}\n", "1,".repeat(header.matches(',').count()) + "1"));
        let wanted = [Wanted::text("id"), Wanted::text(name).if_there(), Wanted::text("genres").if_there()];
        Table::read(&[&path], &wanted).map_err(|error| error.to_string())
    };
    let names = [
        ("split", "splitt"),
        ("qty", "qtty"),
        ("event", "evnt"),
        ("ts_ms", "ts_m"),
        ("pos", "poss"),
        ("pos", "Pos"),
        ("invoice", "invoise"),
        ("category", "categry"),
        ("weight_lbs", "wieght_lbs"),
    ];
    for (name, written) in names {
        let error = read(name, written).unwrap_err();
        let expected = format!("no column {name:?}, did you mean {written:?}? (there are: id, {written})");
        assert!(error.ends_with(&expected), "{error}");
        assert!(read(name, &format!("{name},{written}")).unwrap().has(name), "both are there: {name}");
    }
    for (name, other) in [
        ("title", "time"),
        ("genre", "gender"),
        ("height_in", "height_cm"),
        ("genre", "genres"),
        ("pos", "id2"),
        ("qty", "city"),
    ] {
        assert!(!read(name, other).unwrap().has(name), "{other} is another column");
    }
}

#[test]
fn numbers_follow_the_ids() {
    let folder = TempDir::new().unwrap();
    let check = |ids: &[&str], sorted: &[&str], numbers: &[u32]| {
        let text: String = ids.iter().map(|id| format!("{id},1\n")).collect::<Vec<_>>().concat();
        let table = Table::read(&[file(&folder, "f", format!("id,qty\n{text}"))], &wanted()).unwrap();
        let Numbered { of, names } = table.texts("id").unwrap().numbered();
        assert_eq!((of.as_slice(), names.iter().map(|name| &**name).collect::<Vec<_>>().as_slice()), (numbers, sorted));
    };
    check(&["10", "9", "-1", "10", "-20"], &["-20", "-1", "9", "10"], &[3, 2, 1, 3, 0]);
    check(&["10", "9", "a"], &["10", "9", "a"], &[0, 1, 2]);
    check(&["07", "7", "6"], &["6", "07", "7"], &[1, 2, 0]);
    check(
        &["99999999999999999999", "100000000000000000000"],
        &["99999999999999999999", "100000000000000000000"],
        &[0, 1],
    );
    check(&["ż", "z", ""], &["", "z", "ż"], &[2, 1, 0]);
}

#[test]
fn a_joined_file_adds_its_columns_and_rows_can_be_left_out() {
    let folder = TempDir::new().unwrap();
    let mut table = Table::read(&[file(&folder, "1", "id,qty\na,1\nb,2\na,3\nc,4\n")], &wanted()).unwrap();
    table.retain(|row| row != 1);
    let products = file(&folder, "2", "id,kind,price\na,x,1.5\nb,y,dear\na,z,9\n");
    let products =
        Table::read(&[products], &[Wanted::text("id"), Wanted::text("kind"), Wanted::real("price")]).unwrap();
    table.join(&products, "id").unwrap();
    let kinds = table.texts("kind").unwrap();
    assert_eq!((0..3).map(|row| kinds.get(row)).collect::<Vec<_>>(), ["x", "x", ""]);
    assert_eq!(seen(&table).0, ["0:a|1|1.5", "2:a|3|1.5", "3:c|4|NaN"]);
    let [repeats, own] = table.notes() else { panic!("{:?}", table.notes()) };
    assert_eq!(repeats, "1 rows of the joined file repeat a id: the first of each counts");
    assert!(own.contains("2 line 3: price \"dear\""), "{own}");
    assert_eq!(kinds.numbered().names.len(), 2);
}
