//! Bytes from a file or from standard input, plain or gzip, as UTF-8 without a byte order mark.
//!
//! Other encodings are turned into UTF-8 where somebody says which it is: the file by its byte order mark, whoever imports it,
//! or the file by its XML declaration. Nothing is guessed: a wrong guess would be seen by customers. A truncated gzip stream
//! gives every byte that can be had of it and then an error; who reads lines or rows from it says where that was. Nothing here
//! knows a format.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Cursor, Read},
    mem,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use encoding_rs::{Decoder, Encoding, REPLACEMENT, UTF_8, UTF_16BE, UTF_16LE};
use flate2::bufread::MultiGzDecoder;

const GZIP: [u8; 2] = [0x1f, 0x8b];
const BUFFER: usize = 1 << 17;
/// What is looked at before anything is read: enough to see the root of an XML document or many rows of a table.
const HEAD: usize = 1 << 16;
/// An XML declaration stands within so many bytes, or nowhere.
const DECLARATION: usize = 256;

/// Something to read a format from: UTF-8, but for the mistakes of a file that is UTF-8 itself.
pub struct Input {
    bytes: Box<dyn BufRead + Send>,
    is_transcoded: bool,
}

impl Input {
    /// Bytes that are UTF-8.
    pub fn from_bytes(bytes: impl BufRead + Send + 'static) -> Self {
        Self { bytes: Box::new(bytes), is_transcoded: false }
    }

    /// The first bytes, which stay to be read: at least `HEAD` of them where the input has as many. Empty where they can't
    /// be read, which whoever reads on will meet.
    pub fn head(&mut self) -> &[u8] {
        self.bytes.fill_buf().unwrap_or_default()
    }

    /// Whether the bytes are not those of the file, so that positions in them say nothing of positions in it.
    pub const fn is_transcoded(&self) -> bool {
        self.is_transcoded
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

impl BufRead for Input {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.bytes.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }
}

/// How far reading has come, in bytes as they lie on the disk.
#[derive(Debug, Clone, Default)]
pub struct Position {
    /// `None` where it can't be known before the end.
    pub total: Option<u64>,
    read: Arc<AtomicU64>,
}

impl Position {
    /// Bytes read so far.
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }
}

/// Opens a file; "-" is standard input. `encoding` wins over what the file declares, but for its byte order mark.
///
/// # Errors
/// Where it can't be opened, its first bytes can't be read, or it says an encoding that nobody knows.
pub fn open(path: &Path, encoding: Option<&'static Encoding>) -> io::Result<(Input, Position)> {
    if path == Path::new("-") {
        return of(io::stdin(), None, encoding);
    }
    open_file(path, encoding)
}

/// As [`open`], whatever the file is called.
///
/// # Errors
/// As [`open`].
pub fn open_file(path: &Path, encoding: Option<&'static Encoding>) -> io::Result<(Input, Position)> {
    let file = File::open(path)?;
    let total = file.metadata()?.len();
    of(file, Some(total), encoding)
}

/// An encoding by any of its names: "windows-1250", "cp1250", "latin2".
///
/// # Errors
/// Where nobody calls one so.
pub fn encoding(name: &str) -> Result<&'static Encoding, String> {
    let unknown = || format!("no encoding is called {name:?}; examples are utf-8, utf-16le, windows-1250, iso-8859-2");
    let known = |label: &str| Encoding::for_label(label.as_bytes()).filter(|found| *found != REPLACEMENT);
    known(name).or_else(|| known(&usual_label(name))).ok_or_else(unknown)
}

/// "CP-1250", "win 1251" and "IBM-866" as the web calls them: the code page is the number.
fn usual_label(name: &str) -> String {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    let number = name.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    match &name[..name.len() - number.len()] {
        "cp" | "win" | "windows" | "ms" | "ansi" | "ibm" if number.len() == 4 => format!("windows-{number}"),
        "cp" | "ibm" | "dos" if number.len() == 3 => format!("ibm{number}"),
        _ => name,
    }
}

/// From any bytes.
///
/// # Errors
/// As [`open`].
pub fn of(
    bytes: impl Read + Send + 'static,
    total: Option<u64>,
    encoding: Option<&'static Encoding>,
) -> io::Result<(Input, Position)> {
    let position = Position { total, read: Arc::default() };
    let counted = Counted { inner: bytes, read: Arc::clone(&position.read) };
    let (start, rest) = peek::<2>(counted)?;
    let packed = BufReader::with_capacity(BUFFER, Cursor::new(start.clone()).chain(rest));
    let plain: Box<dyn Read + Send> =
        if start == GZIP { Box::new(MultiGzDecoder::new(packed)) } else { Box::new(packed) };
    // A stream too short for a mark, or broken within it, is left for the reader to meet.
    let (mut start, broken, rest) = peek_broken::<HEAD>(plain);
    let (encoding, mark) = encoding_of(&start, encoding)?;
    start.drain(..mark);
    let rest: Box<dyn Read + Send> = match broken {
        None => rest,
        Some(error) => Box::new(Failing(error.kind(), error.to_string())),
    };
    let written = Cursor::new(start).chain(rest);
    let is_transcoded = encoding != UTF_8;
    let bytes: Box<dyn BufRead + Send> = if is_transcoded {
        Box::new(BufReader::with_capacity(BUFFER, Transcoded::new(written, encoding)))
    } else {
        Box::new(BufReader::with_capacity(BUFFER, written))
    };
    Ok((Input { bytes, is_transcoded }, position))
}

/// How the bytes are written and how long their mark is: by the mark, else as it is given, else by the XML declaration.
fn encoding_of(start: &[u8], given: Option<&'static Encoding>) -> io::Result<(&'static Encoding, usize)> {
    if let Some(marked) = Encoding::for_bom(start) {
        return Ok(marked);
    }
    // UTF-16 without a mark: an XML document begins with "<".
    match start {
        [b'<', 0, ..] => return Ok((UTF_16LE, 0)),
        [0, b'<', ..] => return Ok((UTF_16BE, 0)),
        _ => {}
    }
    let Some(name) = declared(start) else { return Ok((given.unwrap_or(UTF_8), 0)) };
    // Whoever can read the declaration byte by byte does not read UTF-16.
    let is_wide = |encoding: &Encoding| encoding == UTF_16LE || encoding == UTF_16BE;
    if let Some(given) = given.filter(|given| !is_wide(given)) {
        return Ok((given, 0));
    }
    match encoding(name) {
        Ok(found) if is_wide(found) => Ok((UTF_8, 0)),
        Ok(found) => Ok((found, 0)),
        // What nobody has to decode can be read whatever it is called.
        Err(_) if start.is_ascii() => Ok((UTF_8, 0)),
        Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
    }
}

/// The name that an XML declaration gives.
fn declared(start: &[u8]) -> Option<&str> {
    let text = start.trim_ascii_start().strip_prefix(b"<?xml")?;
    let end = text.iter().take(DECLARATION).position(|byte| *byte == b'>')?;
    let declaration = str::from_utf8(&text[..end]).ok()?;
    let (_, value) = declaration.split_once("encoding")?;
    let value = value.trim_start().strip_prefix('=')?.trim_start();
    let quote = value.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    value[1..].split_once(quote).map(|(name, _)| name)
}

/// Turns another encoding into UTF-8, piece by piece. What is no character of it becomes U+FFFD.
struct Transcoded<R> {
    source: R,
    decoder: Decoder,
    raw: Vec<u8>,
    /// Decoded and not yet read.
    ready: Cursor<Vec<u8>>,
    is_over: bool,
}

impl<R: Read> Transcoded<R> {
    fn new(source: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_without_bom_handling();
        Self { source, decoder, raw: vec![0; HEAD], ready: Cursor::default(), is_over: false }
    }

    fn refill(&mut self) -> io::Result<()> {
        let count = self.source.read(&mut self.raw)?;
        self.is_over = count == 0;
        let mut ready = mem::take(&mut self.ready).into_inner();
        let most = self.decoder.max_utf8_buffer_length(count).unwrap_or(4 * HEAD);
        ready.resize(most, 0);
        let (_, _, written, _) = self.decoder.decode_to_utf8(&self.raw[..count], &mut ready, self.is_over);
        ready.truncate(written);
        self.ready = Cursor::new(ready);
        Ok(())
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.ready.read(buffer)?;
            if count > 0 || self.is_over || buffer.is_empty() {
                return Ok(count);
            }
            self.refill()?;
        }
    }
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
        of(Cursor::new(bytes.as_ref().to_vec()), None, None).unwrap().0
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
    fn the_encoding_is_read_that_the_file_says() {
        let wide = |text: &str, bytes: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(bytes).collect::<Vec<u8>>();
        let long = "<?xml version='1.0'?><a>żółć – ".to_owned() + &"łąka ".repeat(40_000);
        for bytes in [u16::to_le_bytes, u16::to_be_bytes] {
            assert_eq!(all(&wide(&format!("\u{feff}{long}"), bytes)), (long.clone(), true));
            assert_eq!(all(&wide(&long, bytes)), (long.clone(), true));
            assert_eq!(all(&gzip(&wide(&long, bytes))), (long.clone(), true));
        }
        let check = |name: &str, letters: &[u8], text: &str| {
            let head = format!("<?xml version=\"1.0\" encoding='{name}' standalone='yes'?>\n");
            assert_eq!(all(&[head.as_bytes(), letters].concat()), (head + text, true), "{name}");
        };
        check("windows-1250", b"\xaf\xf3\xb3ty", "Żółty");
        check("ISO-8859-2", b"\xaf\xf3\xb3ty", "Żółty");
        check("windows-1251", b"\xcf\xeb\xe0\xf2\xfc\xe5", "Платье");
        check("Windows-1252", b"Stra\xdfe \x80", "Straße €");
        for name in ["CP-1250", "cp1250", "win-1250", "Windows 1250", "WINDOWS_1250"] {
            check(name, b"\xaf\xf3\xb3ty", "Żółty");
        }
        check("win1251", b"\xcf\xeb\xe0\xf2\xfc\xe5", "Платье");
        check("CP-866", b"\x8f\xab\xa0\xe2\xec\xa5", "Платье");
        check("utf-8", "Żółty".as_bytes(), "Żółty");
        // The declaration is read byte by byte, so it can't be true.
        check("UTF-16", "Żółty".as_bytes(), "Żółty");
        check("klingon", b"plain", "plain");
        let unknown = of(Cursor::new("<?xml version='1.0' encoding='klingon'?>ż"), None, None).err().unwrap();
        assert!(unknown.to_string().contains("\"klingon\""), "{unknown}");
    }

    #[test]
    fn an_encoding_that_is_given_is_that_of_a_file_without_a_mark() {
        let read = |bytes: &[u8]| {
            let given = encoding("cp1250").unwrap();
            let mut text = String::new();
            of(Cursor::new(bytes.to_vec()), None, Some(given)).unwrap().0.read_to_string(&mut text).unwrap();
            text
        };
        assert_eq!(read(b"\xaf\xf3\xb3ty;1"), "Żółty;1");
        assert_eq!(read("\u{feff}Żółty".as_bytes()), "Żółty");
        let declared = b"<?xml version='1.0' encoding='utf-8'?>";
        assert!(read(&[&declared[..], b"\xaf\xf3\xb3ty"].concat()).ends_with("Żółty"));
        assert!(encoding("klingon").is_err() && encoding("iso-2022-kr").is_err());
    }
}
