//! What commands print. A reader that has seen enough (`| head`) ends the printing and nothing else: the command does what it
//! was asked to, and ends as it would have ended.

use std::io::{self, Write};

/// Prints a text to the standard output.
///
/// # Errors
/// Where it can't be written, though somebody would read it.
pub fn print(text: &str) -> io::Result<()> {
    until_closed(&mut io::stdout().lock(), text)
}

/// Tells a line on the standard error. Where nobody can read it, nobody is told.
pub fn note(line: impl std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{line}");
}

fn until_closed(out: &mut impl Write, text: &str) -> io::Result<()> {
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Failing(io::ErrorKind);

    impl Write for Failing {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_closed_pipe_is_no_error_and_a_full_disk_is() {
        assert!(until_closed(&mut Failing(io::ErrorKind::BrokenPipe), "text").is_ok());
        assert!(until_closed(&mut Failing(io::ErrorKind::StorageFull), "text").is_err());
        let mut out = Vec::new();
        until_closed(&mut out, "text\n").unwrap();
        assert_eq!(out, b"text\n");
    }
}
