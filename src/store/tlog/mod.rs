//! What a witness of transparency logs keeps (C2SP `tlog-witness`): for each log, the checkpoint that it cosigned last.
//!
//! Below the folder of a store stands `c2sp`, with a file for each log, named by the SHA-256 of its origin. Such a file
//! is replaced as a whole, and is on the disk before anybody is answered: a witness that forgets could be made to sign
//! two histories. One that cannot be read is no beginning: then nothing is cosigned for that log.

mod key;

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

pub use self::key::{HeldKey, Hold, KeyReadError, create_key, hold_key, take_key};
use super::{
    FileError,
    append::{PRIVATE_MODE, sync_folder_of},
    create_folder,
    lock::{self, Wait},
    open,
};
use crate::{
    digest::Digest,
    system,
    time::Timestamp,
    tlog::{
        Checkpoint, Kind, MAX_NOTE_BYTES, MAX_REQUEST_BYTES, Note, Signer, VerifierKey, cosign,
        witness::{Refusal, Signed, State},
    },
};

/// How many bytes of evidence are kept against a log. The first is what matters, and is kept whatever it has; the rest
/// could be sent to fill the disk.
const MAX_EVIDENCE_BYTES: u64 = 1 << 20;

/// What is behind a log's name in that of the file with the evidence against it, and how lines in that end behind which
/// a refused checkpoint stands.
const EVIDENCE_SUFFIX: &str = ".conflicts";
const REFUSED: &[u8] = b" refused";

/// What a witness says to whoever asked it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status of HTTP.
    pub status: u16,
    /// What the body is.
    pub content_type: &'static str,
    /// The body: cosignatures, a size, or why there is no cosignature.
    pub body: Vec<u8>,
}

impl Answer {
    fn text(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self {
            status,
            content_type: "text/plain; charset=utf-8",
            body: body.into(),
        }
    }

    fn refused(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Conflict(size) => Self {
                content_type: "text/x.tlog.size",
                ..Self::text(refusal.status(), format!("{size}\n"))
            },
            _ => Self::text(refusal.status(), format!("{refusal}\n")),
        }
    }
}

/// Why a witness cannot say anything: its store fails it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WitnessError {
    /// What is kept of a log is not what this witness or that log signed. To begin again would be to forget.
    #[error("`{}` is not what this witness wrote there; nothing is cosigned for its log", .0.display())]
    Damaged(PathBuf),
    /// A file cannot be read or written.
    #[error(transparent)]
    File(#[from] FileError),
    /// The key is a log's: a witness's is wanted.
    #[error("the key `{0}` is a log's, and a witness's is wanted")]
    Kind(String),
    /// The clock cannot be read, or stands before 1970.
    #[error("the clock cannot be read: {0}")]
    Clock(io::Error),
}

/// A witness of transparency logs. It may be asked from any number of threads and processes.
#[derive(Debug)]
pub struct C2spWitness {
    folder: PathBuf,
    logs: Vec<VerifierKey>,
    signer: Signer,
    own: VerifierKey,
}

impl C2spWitness {
    /// Opens what the witness keeps below `store`, and creates it if it is not there. `logs` are the keys of the logs
    /// that it cosigns for, each named as its log's origin.
    ///
    /// # Errors
    /// When the key is not a witness's, or the folder cannot be created.
    pub fn open(
        store: &Path,
        logs: Vec<VerifierKey>,
        signer: Signer,
    ) -> Result<Self, WitnessError> {
        if signer.kind() != Kind::Cosignature {
            return Err(WitnessError::Kind(signer.name().to_owned()));
        }
        let folder = store.join("c2sp");
        create_folder(&folder)?;
        Ok(Self {
            folder,
            logs,
            own: signer.verifier(),
            signer,
        })
    }

    /// Returns the public key of the witness.
    pub const fn key(&self) -> &VerifierKey {
        &self.own
    }

    /// Answers `POST …/add-checkpoint`. What is cosigned is on the disk when this returns.
    ///
    /// # Errors
    /// When the store fails. Then nothing was cosigned; the status for that is 500.
    pub fn add_checkpoint(&self, body: &[u8]) -> Result<Answer, WitnessError> {
        if body.len() > MAX_REQUEST_BYTES {
            return Ok(Answer::text(413, "the request is too long\n"));
        }
        let signed = match Signed::parse(body, &self.logs) {
            Ok(signed) => signed,
            Err(refusal) => return Ok(Answer::refused(refusal)),
        };
        let hash = Digest::of(signed.checkpoint.origin.as_bytes());
        let path = self.path_of(&hash);
        // Whoever compares and whoever replaces must be one: two that do so at once could take leaves back.
        let _lock = locked(&super::beside(&path, ".lock"))?;
        let kept = self.kept(&hash)?;
        let last = kept.as_ref().map_or_else(State::empty, |kept| kept.state);
        if let Err(refusal) = signed.decide(last) {
            if signed.is_evidence(last) {
                keep_evidence(&path, kept.as_ref(), &signed.note)?;
            }
            return Ok(Answer::refused(refusal));
        }
        let time = seconds(system::now().map_err(WitnessError::Clock)?);
        let cosignature = cosign(&self.signer, signed.note.text(), time)
            .expect("the key is a witness's, and no clock stands as late");
        let mut note = signed.note;
        let added = note.add(cosignature.clone());
        added.expect("a note that was read has few enough signatures of known keys");
        replace(&path, note.to_string().as_bytes())?;
        Ok(Answer::text(200, format!("{cosignature}\n")))
    }

    /// Answers `GET …/<origin hash>/checkpoint`, the hash being 64 lowercase hexadecimal digits: returns the checkpoint
    /// that was cosigned last. None if there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is not what this witness wrote.
    pub fn checkpoint(&self, origin_hash: &str) -> Result<Option<Vec<u8>>, WitnessError> {
        let Ok(hash) = origin_hash.parse() else {
            return Ok(None);
        };
        let kept = self.kept(&hash)?;
        Ok(kept.map(|kept| kept.note.to_string().into_bytes()))
    }

    /// Returns how many checkpoints are kept as evidence against a log.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn conflicts(&self) -> Result<u64, WitnessError> {
        let mut all = 0;
        for log in &self.logs {
            let path = self.path_of(&Digest::of(log.name().as_bytes()));
            let text = evidence(&super::beside(&path, EVIDENCE_SUFFIX))?;
            let lines = text.split(|byte| *byte == b'\n');
            let refused = lines.filter(|line| line.starts_with(b"# ") && line.ends_with(REFUSED));
            all += refused.count() as u64;
        }
        Ok(all)
    }

    fn path_of(&self, origin_hash: &Digest) -> PathBuf {
        self.folder.join(origin_hash.to_string())
    }

    /// Reads what is kept of the log whose origin has this hash.
    fn kept(&self, origin_hash: &Digest) -> Result<Option<Kept>, WitnessError> {
        let path = self.path_of(origin_hash);
        let Some(bytes) = read(&path)? else {
            return Ok(None);
        };
        let damaged = || WitnessError::Damaged(path.clone());
        let note = Note::parse(&bytes).map_err(|_of_no_use| damaged())?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|_of_no_use| damaged())?;
        let origin = &checkpoint.origin;
        let logs = self.logs.iter().filter(|key| key.name() == *origin);
        let known = logs.chain([&self.own]);
        note.verify(known).map_err(|_of_no_use| damaged())?;
        if Digest::of(origin.as_bytes()) != *origin_hash {
            return Err(damaged());
        }
        Ok(Some(Kept {
            state: State::of(&checkpoint),
            note,
        }))
    }
}

/// Keeps both statements of a log that contradict each other, each signed by it. Who calls has the lock of `log`,
/// the file in which the first of them is.
fn keep_evidence(log: &Path, kept: Option<&Kept>, refused: &Note) -> Result<(), WitnessError> {
    let path = super::beside(log, EVIDENCE_SUFFIX);
    let failed = |error| WitnessError::File(FileError::of("write", &path)(error));
    let known = evidence(&path)?;
    let statement = refused.to_string();
    let is_known = memchr::memmem::find(&known, statement.as_bytes()).is_some();
    let now = system::now().map_err(WitnessError::Clock)?;
    let kept = kept.map(|kept| format!("# {now} cosigned\n{}", kept.note));
    let entry = format!("{}# {now} refused\n{statement}\n", kept.unwrap_or_default());
    let is_full = (known.len() + entry.len()) as u64 > MAX_EVIDENCE_BYTES;
    if is_known || (is_full && !known.is_empty()) {
        return Ok(());
    }
    let mut file = open::to_add(&path).map_err(failed)?;
    file.write_all(entry.as_bytes())
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(sync_folder_of(&path)?)
}

/// What is kept of a log.
#[derive(Debug)]
struct Kept {
    state: State,
    note: Note,
}

/// Returns whole seconds since 1970; 0 for a time before it.
fn seconds(time: Timestamp) -> u64 {
    u64::try_from(time.unix_nanos() / 1_000_000_000).unwrap_or(0)
}

fn locked(path: &Path) -> Result<File, FileError> {
    let taken = lock::take("lock", path, None, &lock::options(), Wait::Forever)?;
    let (file, _) = taken.expect("it was waited for");
    Ok(file)
}

/// Reads a checkpoint that is kept, one byte more than one can have at most.
fn read(path: &Path) -> Result<Option<Vec<u8>>, FileError> {
    match open::beginning(path, MAX_NOTE_BYTES as u64 + 1) {
        Ok((bytes, _)) => Ok(Some(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(FileError::of("read", path)(error)),
    }
}

/// Reads the evidence that is kept against a log: no more than a first statement of each side and the others can have.
fn evidence(path: &Path) -> Result<Vec<u8>, FileError> {
    let most = MAX_EVIDENCE_BYTES + 2 * (MAX_NOTE_BYTES + MAX_REQUEST_BYTES) as u64;
    match open::beginning(path, most) {
        Ok((bytes, _)) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        Err(error) => Err(FileError::of("read", path)(error)),
    }
}

/// Replaces a file as a whole. Who calls has its lock, so that the file beside it is nobody else's; one that was left
/// there by who was killed is overwritten.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), FileError> {
    let next = super::beside(path, ".next");
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(PRIVATE_MODE)
            .custom_flags(open::in_place())
            .open(&next)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&next, path)
    };
    write().map_err(FileError::of("write", path))?;
    sync_folder_of(path)
}

#[cfg(test)]
mod tests;
