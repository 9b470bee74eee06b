//! XML feeds as a stream: one record after another, the rest of the file never in memory.
//!
//! Elements are known by their local names: feeds use `g:` for the namespace by habit, but declare and mix it freely.

use std::{
    io::{self, BufRead, Read},
    mem,
};

use quick_xml::{
    Reader, XmlVersion,
    errors::Error,
    escape::{resolve_xml_entity, unescape},
    events::{BytesRef, BytesStart, Event},
};

use super::offer::SPOILT;
use crate::import::row_error::{Break, LineError, Reason, Unread};
use crate::tabular::input::{Input, explain};

/// The longest text of one field, in bytes: a feed that opens an element and never closes it must not fill the memory.
const MAX_TEXT: usize = 1 << 20;

/// Which elements of a format are records, and what is read of them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    /// The names of records.
    pub(super) records: &'static [&'static str],
    /// Fields with parts of their own, such as `shipping`, are passed over with all that they hold, but for these.
    pub(super) within: &'static [&'static str],
}

/// One record.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) line: u64,
    /// The element's name, without its namespace's prefix.
    pub(super) name: String,
    pub(super) attributes: Attributes,
    /// In the order of the file.
    pub(super) fields: Vec<XmlField>,
}

/// One field of a record.
#[derive(Debug, Default)]
pub(super) struct XmlField {
    pub(super) name: String,
    pub(super) attributes: Attributes,
    /// With the signs for what is no UTF-8.
    pub(super) text: String,
}

/// Attributes of an element.
#[derive(Debug, Default)]
pub(super) struct Attributes(Vec<(String, String)>);

impl Attributes {
    /// Empty where there is none of this name.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }

    fn read(tag: &BytesStart<'_>) -> Self {
        let mut attributes = tag.attributes();
        let attributes = attributes.with_checks(false).flatten();
        Self(
            attributes
                .map(|one| {
                    let name = one.key.local_name().as_ref().to_owned();
                    // Entities of HTML are none of XML: the text stays as it is written, and is read with the others.
                    let value = one
                        .normalized_value(XmlVersion::Implicit1_0)
                        .unwrap_or_else(|_| resolved(&one.value).into())
                        .trim()
                        .to_owned();
                    (name, value)
                })
                .collect(),
        )
    }
}

/// The text with the entities of XML resolved, and every other "&" as it stands.
fn resolved(text: &str) -> String {
    let mut whole = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('&') {
        whole.push_str(before);
        let entity = after
            .split_once(';')
            .and_then(|(name, after)| Some((unescape(&format!("&{name};")).ok()?.into_owned(), after)));
        let (character, after) = entity.unwrap_or_else(|| ("&".to_owned(), after));
        whole.push_str(&character);
        rest = after;
    }
    whole + rest
}

/// The records of a feed.
pub(super) struct Records {
    reader: Reader<Checked>,
    shape: Shape,
    buffer: Vec<u8>,
    /// Elements open around the records.
    depth: usize,
    over: bool,
}

/// What is read of the record at hand.
struct Open {
    record: Record,
    within: &'static [&'static str],
    /// Elements open within the record; those that are looked into do not count.
    depth: usize,
    /// Elements open that are looked into.
    entered: usize,
    field: XmlField,
    is_too_long: bool,
}

impl Records {
    pub(super) fn new(input: Input, shape: Shape) -> Self {
        let mut reader = Reader::from_reader(Checked::new(input));
        reader.config_mut().expand_empty_elements = true;
        // Shops write "A & B": a sign that begins no entity is text.
        reader.config_mut().allow_dangling_amp = true;
        Self { reader, shape, buffer: Vec::new(), depth: 0, over: false }
    }

    /// The next record, whole; `None` at the end.
    fn record(&mut self) -> Result<Option<Open>, Error> {
        let mut open: Option<Open> = None;
        loop {
            self.buffer.clear();
            let line = self.reader.get_ref().line;
            let event = self.reader.read_event_into(&mut self.buffer)?;
            let Some(record) = &mut open else {
                match event {
                    Event::Start(tag) if self.shape.records.contains(&tag.local_name().as_ref()) => {
                        open = Some(Open::new(line, &tag, self.shape.within));
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
                Event::Start(tag) => record.start(&tag),
                Event::End(_) if record.depth == 0 && record.entered == 0 => return Ok(open),
                Event::End(_) => record.end(),
                Event::Text(text) => record.text(&text.xml10_content()),
                Event::CData(text) => record.text(&text.xml10_content()),
                Event::GeneralRef(entity) => record.entity(&entity),
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
    fn new(line: u64, tag: &BytesStart<'_>, within: &'static [&'static str]) -> Self {
        let name = tag.local_name().as_ref().to_owned();
        let record = Record { line, name, attributes: Attributes::read(tag), fields: Vec::new() };
        Self { record, within, depth: 0, entered: 0, field: XmlField::default(), is_too_long: false }
    }

    fn start(&mut self, tag: &BytesStart<'_>) {
        let name = tag.local_name();
        if self.depth == 0 && self.within.contains(&name.as_ref()) {
            self.entered += 1;
            return;
        }
        self.depth += 1;
        if self.depth == 1 {
            name.as_ref().clone_into(&mut self.field.name);
            self.field.attributes = Attributes::read(tag);
        }
    }

    fn end(&mut self) {
        match self.depth {
            0 => self.entered -= 1,
            1 => self.record.fields.push(mem::take(&mut self.field)),
            _ => {}
        }
        self.depth = self.depth.saturating_sub(1);
    }

    fn text(&mut self, text: &str) {
        // The record's own text is kept as a field without a name.
        let own = self.depth == 0 && self.entered == 0 && !text.trim().is_empty();
        if own {
            self.record.fields.push(XmlField { text: text.to_owned(), ..XmlField::default() });
        }
        if self.depth != 1 {
            return;
        }
        if self.field.text.len() + text.len() > MAX_TEXT {
            self.is_too_long = true;
            return;
        }
        self.field.text.push_str(text);
    }

    /// What names no character stays as it is written.
    fn entity(&mut self, entity: &BytesRef<'_>) {
        if let Ok(Some(character)) = entity.resolve_char_ref() {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        let name = entity.xml10_content();
        // Entities of HTML are not XML, yet feeds have them; the letters stay as they are written.
        match resolve_xml_entity(&name) {
            Some(text) => self.text(text),
            None => self.text(&format!("&{name};")),
        }
    }
}

impl Iterator for Records {
    type Item = Result<Record, Unread>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.over {
            return None;
        }
        match self.record() {
            Ok(None) => None,
            Ok(Some(Open { record, is_too_long: false, .. })) => Some(Ok(record)),
            Ok(Some(Open { record, .. })) => {
                Some(Err(LineError::new(record.line, record.name, "", Reason::TooLong(MAX_TEXT)).into()))
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
