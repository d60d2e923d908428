//! Statements that a witness refused, kept because they may prove something (FORMAT.md, "Witness protocol").

use std::{
    collections::{HashMap, HashSet},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use super::index::Query;
use crate::{
    digest::Digest,
    json::{self, Object, Value},
    store::{FileError, append::sync_folder_of, open},
    witness::{Checkpoint, Refusal, chain_key},
};

/// How many are kept of a chain: who has a key can make as many as that, and no more.
const MOST_OF_A_CHAIN: u32 = 1000;

/// The file with the statements, which one server writes at a time.
#[derive(Debug)]
pub(super) struct Conflicts {
    path: PathBuf,
    /// The chain, the count and the head of each.
    known: HashSet<(Digest, u64, Digest)>,
    of_chain: HashMap<Digest, u32>,
    lines: HashMap<Query, Vec<Arc<str>>>,
    pub(super) damaged: u64,
    /// Whether the last line has no line feed.
    ends_open: bool,
}

impl Conflicts {
    /// Reads those that there are. Lines that are none stay, and say nothing.
    pub(super) fn open(path: &Path) -> Result<Self, FileError> {
        let bytes = bytes(path).map_err(FileError::of("read", path))?;
        let mut conflicts = Self {
            path: path.to_owned(),
            known: HashSet::new(),
            of_chain: HashMap::new(),
            lines: HashMap::new(),
            damaged: 0,
            ends_open: bytes.last().is_some_and(|byte| *byte != b'\n'),
        };
        for line in bytes.split(|byte| *byte == b'\n') {
            match said(line) {
                Some((said, line)) => conflicts.take(&said, line),
                None if json::is_blank(line) => {}
                None => conflicts.damaged += 1,
            }
        }
        Ok(conflicts)
    }

    /// Returns how many there are.
    pub(super) fn count(&self) -> u64 {
        self.known.len() as u64
    }

    /// Returns those about a log, each a JSON object.
    pub(super) fn find(&self, query: &Query) -> Vec<Arc<str>> {
        self.lines.get(query).cloned().unwrap_or_default()
    }

    /// Keeps statements that were refused, each once, and waits until they are on the disk.
    ///
    /// # Errors
    /// When they are not there for certain. Then none of them counts as kept that was not before.
    pub(super) fn add(&mut self, refused: &[(Refusal, Checkpoint)]) -> Result<(), FileError> {
        let (mut text, mut taken) = (String::new(), Vec::new());
        for (refusal, said) in refused {
            if self.wants(said) {
                let line = json::to_line(&object(refusal, said));
                self.take(said, line.trim_end().into());
                text.push_str(&line);
                taken.push(said);
            }
        }
        if text.is_empty() {
            return Ok(());
        }
        self.write(&text).map_err(|error| {
            for said in taken {
                self.take_back(said);
            }
            FileError::of("append to", &self.path)(error)
        })
    }

    /// Whether a statement is to be kept: it is not there yet, and there is room for it.
    pub(super) fn wants(&self, said: &Checkpoint) -> bool {
        let of_chain = self.of_chain.get(&chain_key(said)).copied();
        !self.known.contains(&key(said)) && of_chain.unwrap_or(0) < MOST_OF_A_CHAIN
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let mut file = open::to_add(&self.path)?;
        let start = if self.ends_open { "\n" } else { "" };
        let before = file.metadata()?.len();
        let written = file
            .write_all(format!("{start}{text}").as_bytes())
            .and_then(|()| file.sync_data());
        if let Err(error) = written {
            // If it cannot be cut either, what is there of a line is ended before the next one.
            self.ends_open |= file.set_len(before).is_err();
            return Err(error);
        }
        self.ends_open = false;
        // Whoever created it may have failed before the name was durable.
        if before == 0 {
            sync_folder_of(&self.path).map_err(|error| error.cause)?;
        }
        Ok(())
    }

    fn take(&mut self, said: &Checkpoint, line: Arc<str>) {
        if self.known.insert(key(said)) {
            *self.of_chain.entry(chain_key(said)).or_default() += 1;
            if let Some(query) = Query::of(said) {
                self.lines.entry(query).or_default().push(line);
            }
        }
    }

    /// Undoes that a statement was taken, which was one of the last.
    fn take_back(&mut self, said: &Checkpoint) {
        self.known.remove(&key(said));
        if let Some(count) = self.of_chain.get_mut(&chain_key(said)) {
            *count -= 1;
        }
        let query = Query::of(said);
        if let Some(lines) = query.and_then(|query| self.lines.get_mut(&query)) {
            lines.pop();
        }
    }
}

fn key(said: &Checkpoint) -> (Digest, u64, Digest) {
    (
        chain_key(said),
        said.count,
        Digest::of(said.head.as_bytes()),
    )
}

fn object(refusal: &Refusal, said: &Checkpoint) -> Object {
    let conflict = match refusal {
        Refusal::Behind { .. } => "behind",
        Refusal::Conflict { .. } => "other head",
    };
    let mut object = Object::new();
    object.insert("conflict", conflict);
    object.insert("kept", refusal.kept().to_object());
    object.insert("said", said.to_object());
    object
}

/// Reads a line: the statement that was refused, and the text.
fn said(line: &[u8]) -> Option<(Checkpoint, Arc<str>)> {
    let document = json::read(line).ok()?;
    let object = document.value.as_object()?;
    let said = Checkpoint::of(object.get("said")?).ok()?;
    let is_sound =
        document.duplicates.is_empty() && matches!(object.get("kept"), Some(Value::Object(_)));
    let text = std::str::from_utf8(line).ok()?;
    is_sound.then(|| (said, text.trim().into()))
}

/// Returns what a file holds; nothing if it is not there.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    match open::regular(path) {
        Ok(mut file) => file.read_to_end(&mut bytes)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
        Err(error) => return Err(error),
    };
    Ok(bytes)
}
