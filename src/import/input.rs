//! Bytes from a file or from standard input, plain or gzip, without a byte order mark.
//!
//! A truncated gzip stream gives every byte that can be had of it and then an error; who reads lines or rows from it says
//! where that was. Nothing here knows a format.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use flate2::bufread::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BOM: [u8; 3] = [0xef, 0xbb, 0xbf];
const BUFFER: usize = 1 << 17;

/// Something to read a format from.
pub type Input = Box<dyn BufRead + Send>;

/// How far reading has come, in bytes as they lie on the disk.
#[derive(Debug, Clone, Default)]
pub struct Position {
    /// `None` where it can't be known before the end.
    pub total: Option<u64>,
    read: Arc<AtomicU64>,
}

impl Position {
    /// Bytes read so far.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// Opens a file; "-" is standard input.
///
/// # Errors
/// Where it can't be opened or its first bytes can't be read.
pub fn open(path: &Path) -> io::Result<(Input, Position)> {
    if path == Path::new("-") {
        return of(io::stdin(), None);
    }
    let file = File::open(path)?;
    let total = file.metadata()?.len();
    of(file, Some(total))
}

/// From any bytes.
///
/// # Errors
/// Where the first bytes can't be read, or are UTF-16.
pub fn of(bytes: impl Read + Send + 'static, total: Option<u64>) -> io::Result<(Input, Position)> {
    let position = Position { total, read: Arc::default() };
    let counted = Counted { inner: bytes, read: Arc::clone(&position.read) };
    let (start, rest) = peek::<2>(counted)?;
    let packed = BufReader::with_capacity(BUFFER, Cursor::new(start.clone()).chain(rest));
    let plain: Box<dyn Read + Send> =
        if start == GZIP { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) };
    // A stream too short for a mark, or broken within it, is left for the reader to meet.
    let (start, broken, rest) = peek_broken::<3>(plain);
    if start.starts_with(&[0xff, 0xfe]) || start.starts_with(&[0xfe, 0xff]) {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the input is UTF-16; only UTF-8 is read"));
    }
    let start = if start == BOM { Vec::new() } else { start };
    let rest: Box<dyn Read + Send> = match broken {
        None => rest,
        Some(error) => Box::new(Failing(error.kind(), error.to_string())),
    };
    Ok((Box::new(BufReader::with_capacity(BUFFER, Cursor::new(start).chain(rest))), position))
}

/// The first bytes, fewer where there are fewer, and what follows them.
fn peek<const N: usize>(mut source: impl Read) -> io::Result<(Vec<u8>, impl Read)> {
    let mut start = Vec::with_capacity(N);
    source.by_ref().take(N as u64).read_to_end(&mut start)?;
    Ok((start, source))
}

/// As [`peek`], with the error beside what came before it.
fn peek_broken<const N: usize>(mut source: Box<dyn Read + Send>) -> (Vec<u8>, Option<io::Error>, Box<dyn Read + Send>) {
    let mut start = Vec::with_capacity(N);
    let error = source.by_ref().take(N as u64).read_to_end(&mut start).err();
    (start, error, source)
}

struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
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
#[must_use]
pub fn explain(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof => "the gzip stream is truncated".to_owned(),
        io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => format!("the gzip stream is damaged: {error}"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::io::Write as _;

    use flate2::{Compression, write::GzEncoder};

    use super::*;

    /// An input over given bytes.
    pub(crate) fn bytes(bytes: impl AsRef<[u8]>) -> Input {
        of(Cursor::new(bytes.as_ref().to_vec()), None).unwrap().0
    }

    /// The bytes, packed.
    pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn all(input: &[u8]) -> (String, bool) {
        let mut text = Vec::new();
        let whole = bytes(input).read_to_end(&mut text).is_ok();
        (String::from_utf8(text).unwrap(), whole)
    }

    #[test]
    fn gzip_is_known_by_its_bytes_and_marks_are_removed() {
        let check = |input: &[u8], text: &str| assert_eq!(all(input), (text.to_owned(), true));
        check(b"", "");
        check(b"a", "a");
        check(b"ab\nc", "ab\nc");
        check(b"\xef\xbb\xbfab", "ab");
        check(&gzip(b"ab"), "ab");
        check(&gzip(b""), "");
        check(&gzip("\u{feff}ż".as_bytes()), "ż");
        check(&[gzip(b"first "), gzip(b"second")].concat(), "first second");
    }

    #[test]
    fn a_truncated_stream_gives_what_it_has_and_then_fails() {
        let long = (0..20_000).map(|i| format!("line {i}\n")).collect::<Vec<_>>().concat();
        let packed = gzip(long.as_bytes());
        let (text, whole) = all(&packed[..packed.len() / 2]);
        assert!(!whole && long.starts_with(&text) && text.len() > long.len() / 10);
        // Cut within the header, before any byte came out.
        assert_eq!(all(&packed[..6]), (String::new(), false));
    }

    #[test]
    fn utf_16_is_named() {
        let error = of(Cursor::new(b"\xff\xfea\0"), None).err().unwrap();
        assert_eq!(error.to_string(), "the input is UTF-16; only UTF-8 is read");
    }
}
