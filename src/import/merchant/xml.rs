//! RSS 2.0 and Atom as a stream: one item after another, the rest of the file never in memory.
//!
//! Elements are known by their local names: feeds use `g:` for the namespace by habit, but declare and mix it freely.

use std::io::{self, BufRead, Read};

use quick_xml::{
    Reader,
    errors::Error,
    escape::resolve_xml_entity,
    events::{BytesRef, Event},
};

use super::Fields;
use crate::import::{
    input::{Input, explain},
    unread::{Break, LineError, Reason, Unread},
};

/// The longest text of one field, in bytes: a feed that opens an element and never closes it must not fill the memory.
const MAX_TEXT: usize = 1 << 20;

/// The items of a feed.
pub(super) struct Items {
    reader: Reader<Checked>,
    buffer: Vec<u8>,
    /// Elements open around the items.
    depth: usize,
    over: bool,
}

/// What is read of the item at hand.
struct Open {
    fields: Fields,
    /// Elements open within the item.
    depth: usize,
    name: String,
    text: String,
    wrong: Option<Reason>,
}

impl Items {
    pub(super) fn new(input: Input) -> Self {
        let mut reader = Reader::from_reader(Checked::new(input));
        reader.config_mut().expand_empty_elements = true;
        Self { reader, buffer: Vec::new(), depth: 0, over: false }
    }

    /// The next item, whole; `None` at the end.
    fn item(&mut self) -> Result<Option<Open>, Error> {
        let mut open: Option<Open> = None;
        loop {
            self.buffer.clear();
            let line = self.reader.get_ref().line;
            let event = self.reader.read_event_into(&mut self.buffer)?;
            let Some(item) = &mut open else {
                match event {
                    Event::Start(tag) if matches!(tag.local_name().as_ref(), "item" | "entry") => {
                        open = Some(Open::at(line));
                    }
                    Event::Start(_) => self.depth += 1,
                    Event::End(_) => self.depth -= 1,
                    Event::Eof if self.depth > 0 => return Err(cut_off()),
                    Event::Eof => return Ok(None),
                    _ => {}
                }
                continue;
            };
            match event {
                Event::Start(tag) => item.start(tag.local_name().as_ref()),
                Event::End(_) if item.depth == 0 => return Ok(open),
                Event::End(_) => item.end(),
                Event::Text(text) => item.text(&text.xml10_content()),
                Event::CData(text) => item.text(&text.xml10_content()),
                Event::GeneralRef(entity) => item.entity(&entity)?,
                Event::Eof => return Err(cut_off()),
                _ => {}
            }
        }
    }
}

/// What is no error of grammar to a reader of single elements.
fn cut_off() -> Error {
    Error::Io(io::Error::other("the file ends before its elements do").into())
}

impl Open {
    fn at(line: u64) -> Self {
        let fields = Fields { line, ..Fields::default() };
        Self { fields, depth: 0, name: String::new(), text: String::new(), wrong: None }
    }

    fn start(&mut self, name: &str) {
        self.depth += 1;
        if self.depth == 1 {
            name.clone_into(&mut self.name);
            self.text.clear();
        }
    }

    /// Fields with parts of their own, such as `shipping`, are passed over with all that they hold.
    fn end(&mut self) {
        if self.depth == 1 {
            self.fields.add(&self.name, &self.text);
        }
        self.depth -= 1;
    }

    fn text(&mut self, text: &str) {
        if text.contains(SPOILT) {
            self.wrong = Some(Reason::NotUtf8);
        }
        if self.depth != 1 {
            return;
        }
        if self.text.len() + text.len() > MAX_TEXT {
            self.wrong = Some(Reason::TooLong(MAX_TEXT));
            return;
        }
        self.text.push_str(text);
    }

    fn entity(&mut self, entity: &BytesRef<'_>) -> Result<(), Error> {
        if let Some(character) = entity.resolve_char_ref()? {
            self.text(character.encode_utf8(&mut [0; 4]));
            return Ok(());
        }
        let name = entity.xml10_content();
        // Entities of HTML are not XML, yet feeds have them; the letters stay as they are written.
        match resolve_xml_entity(&name) {
            Some(text) => self.text(text),
            None => self.text(&format!("&{name};")),
        }
        Ok(())
    }
}

impl Iterator for Items {
    type Item = Result<Fields, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        match self.item() {
            Ok(None) => None,
            Ok(Some(Open { fields, wrong: None, .. })) => Some(Ok(fields)),
            Ok(Some(Open { fields, wrong: Some(reason), .. })) => {
                Some(Err(LineError::new(fields.line, "item", fields.get("id"), reason).into()))
            }
            Err(error) => {
                self.over = true;
                let reason = match &error {
                    Error::Io(error) => explain(error),
                    other => format!("not well-formed XML: {other}"),
                };
                let byte = Some(self.reader.error_position()).filter(|byte| *byte > 0);
                let byte = byte.unwrap_or_else(|| self.reader.buffer_position());
                let byte = Some(byte).filter(|_| !self.reader.get_ref().input.is_transcoded());
                let after_line = self.reader.get_ref().line - 1;
                Some(Err(Unread::Broken(Break { after_line, byte, reason })))
            }
        }
    }
}

/// Stands for a byte that is not UTF-8. XML 1.0 has no such character, so it is never meant.
const SPOILT: char = '\u{1a}';

/// Counts line feeds as they are consumed and puts [`SPOILT`] for each byte that is not UTF-8, because the XML reader can't go
/// on after one. Positions stay as they are.
struct Checked {
    input: Input,
    line: u64,
    /// Read, checked and not yet consumed.
    ready: Vec<u8>,
    at: usize,
    /// The beginning of a character whose end has not been read yet.
    begun: Vec<u8>,
}

impl Checked {
    fn new(input: Input) -> Self {
        Self { input, line: 1, ready: Vec::new(), at: 0, begun: Vec::new() }
    }

    fn refill(&mut self) -> io::Result<()> {
        let chunk = self.input.fill_buf()?;
        let (count, last) = (chunk.len(), chunk.is_empty());
        self.ready.clear();
        self.at = 0;
        self.ready.append(&mut self.begun);
        self.ready.extend(chunk);
        self.input.consume(count);
        let mut from = 0;
        while let Err(error) = str::from_utf8(&self.ready[from..]) {
            let start = from + error.valid_up_to();
            match error.error_len() {
                None if !last => {
                    self.begun = self.ready.split_off(start);
                    break;
                }
                length => {
                    from = length.map_or(self.ready.len(), |length| start + length);
                    self.ready[start..from].fill(SPOILT as u8);
                }
            }
        }
        Ok(())
    }
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(buffer)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Checked {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        // Twice where all that came was the beginning of a character.
        while self.at == self.ready.len() {
            self.refill()?;
            if self.ready.is_empty() && self.begun.is_empty() {
                break;
            }
        }
        Ok(&self.ready[self.at..])
    }

    fn consume(&mut self, amount: usize) {
        let consumed = &self.ready[self.at..self.at + amount];
        self.line += consumed.split(|byte| *byte == b'\n').count() as u64 - 1;
        self.at += amount;
    }
}
