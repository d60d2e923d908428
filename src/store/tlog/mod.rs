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

pub use self::key::{HeldKey, KeyReadError, create_key, hold_key};
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

/// How many bytes of evidence are kept. The first is what matters; the rest could be sent to fill the disk.
const MAX_EVIDENCE_BYTES: u64 = 1 << 20;

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
        let path = self.path_of(&Digest::of(signed.checkpoint.origin.as_bytes()));
        // Whoever compares and whoever replaces must be one: two that do so at once could take leaves back.
        let _lock = locked(&super::beside(&path, ".lock"))?;
        let kept = self.kept(&path, &signed.checkpoint.origin)?;
        let last = kept.as_ref().map_or_else(State::empty, |kept| kept.state);
        if let Err(refusal) = signed.decide(last) {
            if signed.is_evidence(last) {
                self.keep_evidence(kept.as_ref(), &signed.note)?;
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
    /// When it cannot be read.
    pub fn checkpoint(&self, origin_hash: &str) -> Result<Option<Vec<u8>>, WitnessError> {
        match origin_hash.parse() {
            Ok(hash) => Ok(read(&self.path_of(&hash))?),
            Err(_) => Ok(None),
        }
    }

    fn path_of(&self, origin_hash: &Digest) -> PathBuf {
        self.folder.join(origin_hash.to_string())
    }

    fn kept(&self, path: &Path, origin: &str) -> Result<Option<Kept>, WitnessError> {
        let Some(bytes) = read(path)? else {
            return Ok(None);
        };
        let damaged = || WitnessError::Damaged(path.to_owned());
        let note = Note::parse(&bytes).map_err(|_of_no_use| damaged())?;
        let logs = self.logs.iter().filter(|key| key.name() == origin);
        let known = logs.chain([&self.own]);
        note.verify(known).map_err(|_of_no_use| damaged())?;
        let checkpoint = Checkpoint::parse(note.text()).map_err(|_of_no_use| damaged())?;
        if checkpoint.origin != origin {
            return Err(damaged());
        }
        Ok(Some(Kept {
            state: State::of(&checkpoint),
            note,
        }))
    }

    /// Keeps both statements of a log that contradict each other, each signed by it.
    fn keep_evidence(&self, kept: Option<&Kept>, refused: &Note) -> Result<(), WitnessError> {
        let path = self.folder.join("conflicts.txt");
        let failed = |error| WitnessError::File(FileError::of("write", &path)(error));
        let _lock = locked(&super::beside(&path, ".lock"))?;
        let (known, _) = match open::beginning(&path, MAX_EVIDENCE_BYTES) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Default::default(),
            read => read.map_err(failed)?,
        };
        let statement = refused.to_string();
        let is_known = memchr::memmem::find(&known, statement.as_bytes()).is_some();
        let now = system::now().map_err(WitnessError::Clock)?;
        let kept = kept.map(|kept| format!("# {now} cosigned\n{}", kept.note));
        let entry = format!("{}# {now} refused\n{statement}\n", kept.unwrap_or_default());
        if is_known || (known.len() + entry.len()) as u64 > MAX_EVIDENCE_BYTES {
            return Ok(());
        }
        let mut file = open::to_add(&path).map_err(failed)?;
        file.write_all(entry.as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(failed)?;
        Ok(sync_folder_of(&path)?)
    }
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
mod tests {
    use super::*;
    use crate::tlog::{Request, Tree, merkle};

    fn signer(name: &str, kind: Kind, seed: u8) -> Signer {
        Signer::new(name, kind, &[seed; 32]).unwrap()
    }

    fn tree(size: u8, salt: u8) -> Tree {
        let mut tree = Tree::default();
        for leaf in 0..size {
            tree.push(merkle::leaf_hash(&[leaf, if leaf < 3 { 0 } else { salt }]));
        }
        tree
    }

    fn request(log: &Signer, old: u64, tree: &Tree) -> Vec<u8> {
        let size = tree.size();
        let checkpoint = Checkpoint {
            origin: log.name().to_owned(),
            size,
            root: tree.root(size).unwrap(),
            extensions: Vec::new(),
        };
        let mut note = Note::unsigned(checkpoint.to_string()).unwrap();
        note.add(log.sign(note.text()).unwrap()).unwrap();
        let proof = tree.consistency(old, size).unwrap_or_default();
        let request = Request { old, proof, note };
        request.to_string().into_bytes()
    }

    fn witness(store: &Path, log: &Signer) -> C2spWitness {
        let own = signer("witness", Kind::Cosignature, 2);
        C2spWitness::open(store, vec![log.verifier()], own).unwrap()
    }

    #[test]
    fn what_was_cosigned_is_kept_and_is_what_the_next_one_must_continue() {
        let store = tempfile::tempdir().unwrap();
        let log = signer("log", Kind::Note, 1);
        let hash = Digest::of(b"log").to_string();
        let first = witness(store.path(), &log);
        assert_eq!(first.checkpoint(&hash).unwrap(), None);
        assert_eq!(first.checkpoint("../x").unwrap(), None);
        let answer = first
            .add_checkpoint(&request(&log, 0, &tree(5, 0)))
            .unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        drop(first);
        // Another process, later.
        let second = witness(store.path(), &log);
        let kept = Note::parse(&second.checkpoint(&hash).unwrap().unwrap()).unwrap();
        let keys = [log.verifier(), second.key().clone()];
        assert_eq!(kept.verify(&keys).unwrap().len(), 2);
        let answer = second
            .add_checkpoint(&request(&log, 0, &tree(7, 0)))
            .unwrap();
        assert_eq!((answer.status, &answer.body[..]), (409, &b"5\n"[..]));
        assert_eq!(answer.content_type, "text/x.tlog.size");
        let answer = second
            .add_checkpoint(&request(&log, 5, &tree(7, 1)))
            .unwrap();
        assert_eq!(answer.status, 422);
        let answer = second
            .add_checkpoint(&request(&log, 5, &tree(7, 0)))
            .unwrap();
        assert_eq!(answer.status, 200);
        let huge = vec![b'a'; MAX_REQUEST_BYTES + 1];
        assert_eq!(second.add_checkpoint(&huge).unwrap().status, 413);
    }

    #[test]
    fn two_faces_are_kept_as_evidence_once() {
        let store = tempfile::tempdir().unwrap();
        let log = signer("log", Kind::Note, 1);
        let witness = witness(store.path(), &log);
        let first = request(&log, 0, &tree(5, 0));
        assert_eq!(witness.add_checkpoint(&first).unwrap().status, 200);
        let path = store.path().join("c2sp/conflicts.txt");
        assert!(!path.exists());
        for old in [5, 0, 5] {
            let answer = witness.add_checkpoint(&request(&log, old, &tree(5, 1)));
            assert_ne!(answer.unwrap().status, 200);
        }
        let text = fs::read_to_string(&path).unwrap();
        assert_eq!(text.matches(" refused\n").count(), 1, "{text}");
        // Both can be verified by themselves.
        let blocks: Vec<&str> = text.split("# ").skip(1).collect();
        assert_eq!(blocks.len(), 2);
        let mut roots = Vec::new();
        for block in blocks {
            let (_, note) = block.split_once('\n').unwrap();
            let note = Note::parse(format!("{}\n", note.trim_end()).as_bytes()).unwrap();
            note.verify([&log.verifier()]).unwrap();
            let checkpoint = Checkpoint::parse(note.text()).unwrap();
            assert_eq!(checkpoint.size, 5);
            roots.push(checkpoint.root);
        }
        assert_ne!(roots[0], roots[1]);
    }

    #[test]
    fn a_witness_that_lost_its_memory_cosigns_nothing() {
        let store = tempfile::tempdir().unwrap();
        let log = signer("log", Kind::Note, 1);
        let witness = witness(store.path(), &log);
        let first = request(&log, 0, &tree(5, 0));
        assert_eq!(witness.add_checkpoint(&first).unwrap().status, 200);
        let path = store
            .path()
            .join("c2sp")
            .join(Digest::of(b"log").to_string());
        let sound = fs::read_to_string(&path).unwrap();
        let shorter = sound.replace("\n5\n", "\n4\n");
        for damaged in ["", "x", &sound[..sound.len() / 2], &shorter] {
            fs::write(&path, damaged).unwrap();
            let answer = witness.add_checkpoint(&first);
            assert!(
                matches!(answer, Err(WitnessError::Damaged(_))),
                "{answer:?}"
            );
        }
    }

    #[test]
    fn of_many_at_once_one_is_the_next() {
        let store = tempfile::tempdir().unwrap();
        let log = signer("log", Kind::Note, 1);
        let witness = witness(store.path(), &log);
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let ask = |salt: u8| {
                let body = request(&log, 0, &tree(4 + salt, 1));
                let witness = &witness;
                scope.spawn(move || witness.add_checkpoint(&body).unwrap().status)
            };
            let asked: Vec<_> = (0..8).map(ask).collect();
            asked.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|one| **one == 200).count(), 1);
        assert_eq!(statuses.iter().filter(|one| **one == 409).count(), 7);
    }
}
