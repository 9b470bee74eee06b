//! Bytes of a file, plain or gzip as its first bytes say, without a byte order mark, and a line feed at the end.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
};

use flate2::bufread::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];
/// Ends the last line where the file does not; a blank line more says nothing.
const LAST_FEED: &[u8] = b"\n";

/// What rows are read from.
pub struct Input {
    bytes: Box<dyn Read>,
    /// Whether a read found nothing more. Since the last line has its line feed, a record that ends only here is one whose
    /// quote was never closed.
    pub is_over: bool,
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.bytes.read(buffer)?;
        self.is_over = read == 0;
        Ok(read)
    }
}

/// Opens a file.
///
/// # Errors
/// Where it can't be opened, or is UTF-16.
pub fn open(path: &Path) -> io::Result<Input> {
    let mut packed = BufReader::with_capacity(1 << 17, File::open(path)?);
    // A read may give fewer bytes than there are; of a file it gives two where there are two.
    let gzip = packed.fill_buf()?.starts_with(&GZIP);
    let plain: Box<dyn Read> = if gzip { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) };
    let (start, rest) = beginning(plain);
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is UTF-16; only UTF-8 is read"));
    }
    let start = if start == BOM { Vec::new() } else { start };
    Ok(Input { bytes: Box::new(Cursor::new(start).chain(rest).chain(LAST_FEED)), is_over: false })
}

/// The first three bytes, fewer where there are fewer, and the rest; an error met on the way comes again with the rest.
fn beginning(mut source: Box<dyn Read>) -> (Vec<u8>, Box<dyn Read>) {
    let mut start = Vec::with_capacity(BOM.len());
    match source.by_ref().take(BOM.len() as u64).read_to_end(&mut start) {
        Ok(_) => (start, source),
        Err(error) => (start, Box::new(Failing(error.kind(), error.to_string()))),
    }
}

/// Meets every read with the same error.
struct Failing(io::ErrorKind, String);

impl Read for Failing {
    fn read(&mut self, _buffer: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::new(self.0, self.1.clone()))
    }
}

/// What broke, in words for whoever has the file.
pub fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the gzip stream is truncated".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => format!("the gzip stream is damaged: {error}"),
        _ => error.to_string(),
    }
}
