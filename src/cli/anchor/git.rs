//! The notes of a git repository as a witness, by the `git` of this machine.

use std::{
    collections::HashSet,
    ffi::OsStr,
    io::Write,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use anyhow::{Context, bail, ensure};
use sealstone::{
    json,
    witness::{Checkpoint, Damage, Kept, of_line},
};

/// Where the notes are.
const NOTES: &str = "refs/notes/sealstone";

/// What git takes a repository, or its objects, from, instead of where it is told to look; a hook of git's has these set.
const OTHER_PLACES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_CONFIG_COUNT",
    "GIT_CONFIG_PARAMETERS",
    "GIT_DIR",
    "GIT_INDEX_FILE",
    "GIT_NAMESPACE",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// What makes git show objects as they are, and ask nobody for those that are not there: who keeps a repository may have
/// put others in their places, or a command where objects come from.
const AS_IT_IS: &[(&str, &str)] = &[
    ("GIT_GRAFT_FILE", "/dev/null"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
];

/// The same for what settings say, and that a repository that is only looked at runs nothing of its own.
const SETTINGS: &[&str] = &[
    "core.commitGraph=false",
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "protocol.allow=never",
];

/// A repository with at least one commit, which the notes are about.
pub(super) struct Repository {
    path: PathBuf,
}

impl Repository {
    /// Opens a repository.
    pub(super) fn open(path: &Path) -> anyhow::Result<Self> {
        let repository = Self {
            path: path.to_owned(),
        };
        let name = path.display();
        repository
            .git(&["rev-parse", "--verify", "--quiet", "HEAD^{commit}"], b"")
            .with_context(|| format!("`{name}` is no git repository with a commit"))?;
        Ok(repository)
    }

    /// Returns where the notes are, in words.
    pub(super) fn described(&self) -> String {
        format!("{NOTES} of {}", self.path.display())
    }

    /// Adds a checkpoint to the note of the commit that is checked out.
    pub(super) fn keep(&self, checkpoint: &Checkpoint) -> anyhow::Result<()> {
        let line = json::to_line(&checkpoint.to_object());
        let signed_off = self.git(&["var", "GIT_COMMITTER_IDENT"], b"")?;
        let who = String::from_utf8(signed_off).context("git has no name that is text")?;
        // Behind the address stands the time, in two words.
        let who = who.rsplitn(3, ' ').last().unwrap_or_default();
        let note = format!("{line}\nSigned-off-by: {who}\n");
        let args = ["notes", "--ref", NOTES, "append", "--file", "-", "HEAD"];
        self.git(&args, note.as_bytes()).map(drop)
    }

    /// Returns the checkpoints of all notes, those that are in the history of the notes only among them: what was taken
    /// out is still known as long as the history is. Ordered by their texts, as a repository has no other order.
    pub(super) fn kept(&self) -> anyhow::Result<Kept> {
        let shallow = self.git(&["rev-parse", "--is-shallow-repository"], b"")?;
        ensure!(
            shallow.trim_ascii() == b"false",
            "`{}` is a shallow clone, which has not all of the notes' history",
            self.path.display()
        );
        let is_there = self.try_git(&["rev-parse", "--verify", "--quiet", NOTES], b"")?;
        if !is_there.status.success() {
            return Ok(Kept::default());
        }
        let objects = self.git(&["rev-list", "--objects", "--no-object-names", NOTES], b"")?;
        let format = "--batch-check=%(objecttype) %(objectname)";
        let kinds = self.git(&["cat-file", format], &objects)?;
        let mut blobs = Vec::new();
        for line in kinds.split_inclusive(|byte| *byte == b'\n') {
            blobs.extend(line.strip_prefix(b"blob ").unwrap_or_default());
        }
        let text = self.git(&["cat-file", "--batch=%(objectname)"], &blobs)?;
        Ok(checkpoints(&text))
    }

    /// Runs git and returns what it printed.
    fn git(&self, args: &[&str], input: &[u8]) -> anyhow::Result<Vec<u8>> {
        let output = self.try_git(args, input)?;
        let said = String::from_utf8_lossy(&output.stderr);
        let verb = args.first().unwrap_or(&"");
        ensure!(
            output.status.success(),
            "git {verb}: {}",
            said.lines().next().unwrap_or("it failed")
        );
        Ok(output.stdout)
    }

    fn try_git(&self, args: &[&str], input: &[u8]) -> anyhow::Result<Output> {
        let mut command = Command::new("git");
        command.arg("-C").arg(&self.path);
        command.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        for name in OTHER_PLACES {
            command.env_remove(name);
        }
        command.envs(AS_IT_IS.iter().copied());
        command.args(args.iter().map(OsStr::new));
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("cannot run git")?;
        let mut stdin = child.stdin.take().context("git has no input")?;
        let input = input.to_owned();
        let writer = std::thread::spawn(move || drop(stdin.write_all(&input)));
        let output = child.wait_with_output().context("git did not end")?;
        if writer.join().is_err() {
            bail!("git took no input");
        }
        Ok(output)
    }
}

/// Finds the checkpoints in notes: the lines that begin as one does. Signatures and what others wrote are passed over.
fn checkpoints(notes: &[u8]) -> Kept {
    let mut kept = Kept::default();
    let mut known = HashSet::new();
    for (number, line) in (1..).zip(notes.split(|byte| *byte == b'\n')) {
        if !line.starts_with(b"{") || !known.insert(line) {
            continue;
        }
        match of_line(line) {
            Ok(checkpoint) => kept.checkpoints.extend(checkpoint),
            Err(flaw) => kept.damage.push(Damage::new(number, &flaw)),
        }
    }
    let order = |one: &Checkpoint| (one.ts.as_str().map(str::to_owned), one.count);
    kept.checkpoints.sort_by_key(order);
    kept
}
