//! The only code that prints.
//!
//! Results go to standard output, everything else to standard error behind `sealstone:`. Text that came from
//! a log is made visible first: a log is written by whom it accuses. When the reader of a pipe is gone,
//! printing goes on into nothing: who reads must not change what is found.

use std::{
    fmt::Display,
    io::{self, BufWriter, IsTerminal, Write},
};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::{exit::Exit, sanitize::visible};

/// What a line is about, which decides its colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    /// Holds.
    Good,
    /// Does not hold.
    Bad,
    /// Odd.
    Odd,
    /// Neither.
    Plain,
}

impl Tone {
    const fn style(self) -> Style {
        match self {
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default(),
            Self::Odd => AnsiColor::Yellow.on_default(),
            Self::Plain => Style::new(),
        }
    }
}

/// The two streams of the process.
pub(super) struct Out {
    stdout: BufWriter<anstream::Stdout>,
    quiet: bool,
    /// Set when nobody reads any more.
    closed: bool,
    /// What kept a result from being written.
    failure: Option<io::Error>,
}

impl Out {
    pub(super) fn new(color: clap::ColorChoice, quiet: bool) -> Self {
        match color {
            clap::ColorChoice::Always => ColorChoice::Always,
            clap::ColorChoice::Auto => ColorChoice::Auto,
            clap::ColorChoice::Never => ColorChoice::Never,
        }
        .write_global();
        Self {
            stdout: BufWriter::new(AutoStream::auto(io::stdout())),
            quiet,
            closed: false,
            failure: None,
        }
    }

    /// Whether results and progress are not wanted.
    pub(super) const fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether progress may be drawn.
    pub(super) fn wants_progress(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// Prints a line of the result. It may quote a log.
    pub(super) fn line(&mut self, tone: Tone, text: impl Display) {
        if !self.quiet {
            let (style, text) = (tone.style(), text.to_string());
            let text = visible(&text);
            self.write(|to| writeln!(to, "{style}{text}{style:#}"));
        }
    }

    /// Prints one JSON document, in ASCII so that it is safe on a terminal.
    pub(super) fn json(&mut self, document: &impl Serialize) {
        let mut serializer = serde_json::Serializer::with_formatter(Vec::new(), Ascii::Compact);
        match document.serialize(&mut serializer) {
            Ok(()) => {
                let mut text = serializer.into_inner();
                text.push(b'\n');
                if !self.quiet {
                    self.raw(&text);
                }
            }
            Err(error) => self.fail(error.into()),
        }
    }

    /// Prints a document in which nothing is left that could steer a terminal.
    pub(super) fn document(&mut self, text: &str) {
        if !self.quiet {
            self.raw(text.as_bytes());
        }
    }

    /// Prints bytes that were asked for as such, for instance records.
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.write(|to| to.write_all(bytes));
    }

    /// Prints what another program waits for. If it does not read it, that is its own matter, and no failure.
    pub(super) fn answer(&mut self, text: &str) {
        // Past all buffers, which would try again when the process ends, and fail then.
        self.flush();
        let _ = rustix::io::write(io::stdout(), text.as_bytes());
    }

    /// Sends what was printed on its way.
    pub(super) fn flush(&mut self) {
        self.write(Write::flush);
    }

    /// Says what is being done. Silent when quiet.
    pub(super) fn status(&mut self, text: impl Display) {
        if !self.quiet {
            self.message(Tone::Plain, "", &text.to_string());
        }
    }

    /// Says what is odd but does not stop the run.
    pub(super) fn warning(&mut self, text: impl Display) {
        self.message(Tone::Odd, "warning: ", &text.to_string());
    }

    /// Says what went wrong, with its causes.
    pub(super) fn error(&mut self, error: &anyhow::Error) {
        let causes: Vec<String> = error.chain().map(ToString::to_string).collect();
        self.message(Tone::Bad, "error: ", &causes.join(": "));
    }

    /// Says something in words that are complete without ours, line by line: how to use the command line, or a verdict
    /// that other programs look for.
    pub(super) fn aside(&mut self, text: &str) {
        self.flush();
        let mut stderr = AutoStream::auto(io::stderr()).lock();
        for line in text.lines() {
            // With standard error gone there is nobody left to tell.
            drop(writeln!(stderr, "{}", visible(line)));
        }
    }

    /// Sends out what is left and returns the status: a result that could not be written is none.
    pub(super) fn finish(mut self, exit: Exit) -> Exit {
        self.flush();
        match self.failure.take() {
            Some(failure) => {
                let error = anyhow::Error::new(failure).context("cannot write the result");
                self.error(&error);
                exit.worst(Exit::Unable)
            }
            None => exit,
        }
    }

    fn message(&mut self, tone: Tone, kind: &str, text: &str) {
        self.flush();
        let (style, text) = (tone.style(), visible(text));
        let mut stderr = AutoStream::auto(io::stderr()).lock();
        // With standard error gone there is nobody left to tell.
        drop(writeln!(stderr, "sealstone: {style}{kind}{style:#}{text}"));
    }

    fn write(&mut self, write: impl FnOnce(&mut BufWriter<anstream::Stdout>) -> io::Result<()>) {
        if self.closed {
            return;
        }
        if let Err(error) = write(&mut self.stdout) {
            self.fail(error);
        }
    }

    fn fail(&mut self, error: io::Error) {
        self.closed = true;
        if error.kind() != io::ErrorKind::BrokenPipe {
            self.failure = Some(error);
        }
    }
}

/// Returns a value as JSON with the blanks that Python puts into it, which scripts match. It is ASCII.
pub(super) fn spaced_json(value: &impl Serialize) -> String {
    let mut serializer = serde_json::Serializer::with_formatter(Vec::new(), Ascii::Spaced);
    let written = value.serialize(&mut serializer);
    written.expect("values of ours have texts for keys, and memory takes everything");
    String::from_utf8(serializer.into_inner()).expect("it is ASCII")
}

/// JSON in one line in which everything but ASCII is escaped.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ascii {
    Compact,
    /// With a blank behind each comma and colon.
    Spaced,
}

impl Ascii {
    fn separate(self, is_first: bool, to: &mut (impl ?Sized + Write)) -> io::Result<()> {
        match self {
            _ if is_first => Ok(()),
            Self::Compact => to.write_all(b","),
            Self::Spaced => to.write_all(b", "),
        }
    }
}

impl serde_json::ser::Formatter for Ascii {
    fn begin_array_value<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        is_first: bool,
    ) -> io::Result<()> {
        self.separate(is_first, to)
    }

    fn begin_object_key<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        is_first: bool,
    ) -> io::Result<()> {
        self.separate(is_first, to)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, to: &mut W) -> io::Result<()> {
        match self {
            Self::Compact => to.write_all(b":"),
            Self::Spaced => to.write_all(b": "),
        }
    }

    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        to: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        for c in fragment.chars() {
            if c.is_ascii() && c != '\u{7F}' {
                write!(to, "{c}")?;
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(to, "\\u{unit:04x}")?;
                }
            }
        }
        Ok(())
    }
}
