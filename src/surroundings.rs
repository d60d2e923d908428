//! What an agent's session starts with, read from the files that say it: instructions, hooks, MCP servers, and
//! which state of which repository it works on. Nothing is run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    digest::Digest,
    hook::{Agent, Base, Holds, MAX_PLACE_BYTES, Place},
    json::Object,
    store::open,
};

/// How many references there may be, and how many files of one folder are looked at. What is left out, is said.
const MAX_REFERENCES: usize = 400;

/// How much of a file of git's is read. A repository with more names in one has no commit on record.
const MAX_GIT_BYTES: u64 = 4 * 1024 * 1024;

/// The folders that an agent's files are found from.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The agent's folder of settings.
    pub config: Option<PathBuf>,
    /// The person's home.
    pub home: Option<PathBuf>,
    /// The session's working folder.
    pub project: PathBuf,
}

/// Returns references to what of `agent`'s files is there, and what could not be read, with the reason.
pub fn references(
    agent: Agent,
    folders: &Folders,
    wanted: impl Fn(Holds) -> bool,
) -> (Vec<Object>, Vec<Object>) {
    let mut references = Vec::new();
    let mut omissions = Vec::new();
    for place in agent.places().iter().filter(|place| wanted(place.holds)) {
        for path in files(place, folders) {
            match open::beginning(&path, MAX_PLACE_BYTES) {
                Ok((bytes, is_cut)) => {
                    let uri = path.to_string_lossy();
                    references.extend(place.references(&uri, &bytes, is_cut));
                }
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => omissions.push(omission(place.holds, &path, &error)),
            }
        }
    }
    if let Some(too_many) = references.get(MAX_REFERENCES) {
        let left_out = references.len() - MAX_REFERENCES;
        let reason = format!("{left_out} references more than are kept");
        let kind = too_many.str("kind").unwrap_or_default();
        omissions.push([("kind", kind), ("reason", &reason)].into_iter().collect());
        references.truncate(MAX_REFERENCES);
    }
    (references, omissions)
}

/// Whether a file of that path would be read for the hooks of `agent`.
pub fn has_hooks(agent: Agent, folders: &Folders, path: &Path) -> bool {
    let places = agent.places().iter();
    places
        .filter(|place| place.holds == Holds::Hooks)
        .any(|place| match place.path.rsplit_once("/*") {
            None => base(place, folders).is_some_and(|base| base.join(place.path) == path),
            Some((folder, ending)) => {
                let folder = base(place, folders).map(|base| base.join(folder));
                folder.as_deref() == path.parent() && path.to_string_lossy().ends_with(ending)
            }
        })
}

/// Returns the reference to a file that the agent says it has loaded.
pub fn loaded(path: &Path) -> Object {
    let uri = path.to_string_lossy();
    let place = Place {
        holds: Holds::Instructions,
        base: Base::Root,
        path: "",
        members: &[],
    };
    let found = open::beginning(path, MAX_PLACE_BYTES)
        .map(|(bytes, is_cut)| place.references(&uri, &bytes, is_cut));
    let mut reference = found
        .ok()
        .and_then(|mut found| found.pop())
        .unwrap_or_else(|| {
            let kind = Holds::Instructions.as_str();
            [("kind", kind), ("uri", &uri)].into_iter().collect()
        });
    reference.insert("loaded", true);
    reference
}

fn base<'a>(place: &Place, folders: &'a Folders) -> Option<&'a Path> {
    match place.base {
        Base::Config => folders.config.as_deref(),
        Base::Home => folders.home.as_deref(),
        Base::Project => Some(folders.project.as_path()),
        Base::Root => Some(Path::new("/")),
    }
}

fn files(place: &Place, folders: &Folders) -> Vec<PathBuf> {
    let Some(base) = base(place, folders) else {
        return Vec::new();
    };
    match place.path.rsplit_once("/*") {
        None => vec![base.join(place.path)],
        Some((folder, ending)) => in_folder(&base.join(folder), ending),
    }
}

fn in_folder(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut files: Vec<PathBuf> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.to_string_lossy().ends_with(ending))
        .collect();
    files.sort();
    files
}

fn omission(holds: Holds, path: &Path, error: &io::Error) -> Object {
    let hash = Digest::of(path.as_os_str().as_encoded_bytes()).prefixed();
    [
        ("kind", holds.as_str()),
        ("reason", &error.kind().to_string()),
        ("hash", &hash),
    ]
    .into_iter()
    .collect()
}

/// Returns what is known of the folder a session works in: a digest of its path, and of the repository the
/// commit and a digest of where it came from.
pub fn workspace(project: &Path) -> Object {
    let digest = |path: &Path| Digest::of(path.as_os_str().as_encoded_bytes()).prefixed();
    let mut workspace = Object::new();
    workspace.insert("path_hash", digest(project));
    let Some((root, git)) = repository(project) else {
        return workspace;
    };
    workspace.insert("worktree_hash", digest(root));
    // What all worktrees of a repository share is not in the folder of each.
    let shared = match text(&git.join("commondir")) {
        Some(common) => git.join(common.trim()),
        None => git.clone(),
    };
    if let Some(commit) = commit(&git, &shared) {
        workspace.insert("git_commit", commit);
    }
    if let Some(url) = remote(&shared) {
        workspace.insert("git_remote_hash", Digest::of(url.as_bytes()).prefixed());
    }
    workspace
}

/// Returns the root of the working tree that `project` lies in, and its git folder.
fn repository(project: &Path) -> Option<(&Path, PathBuf)> {
    project.ancestors().find_map(|root| {
        let git = root.join(".git");
        if git.is_dir() {
            return Some((root, git));
        }
        let link = text(&git)?;
        let to = link.trim().strip_prefix("gitdir:")?.trim();
        Some((root, root.join(to)))
    })
}

/// Reads a small file of git's.
fn text(path: &Path) -> Option<String> {
    match open::beginning(path, MAX_GIT_BYTES) {
        Ok((bytes, false)) => String::from_utf8(bytes).ok(),
        _ => None,
    }
}

fn commit(git: &Path, shared: &Path) -> Option<String> {
    let head = text(&git.join("HEAD"))?;
    let Some(name) = head.trim().strip_prefix("ref:").map(str::trim) else {
        return is_commit(head.trim()).then(|| head.trim().to_owned());
    };
    let loose = |folder: &Path| text(&folder.join(name));
    let packed = || {
        let refs = text(&shared.join("packed-refs"))?;
        let line = refs
            .lines()
            .find(|line| line.ends_with(&format!(" {name}")))?;
        Some(line.split(' ').next()?.to_owned())
    };
    let found = loose(git).or_else(|| loose(shared)).or_else(packed)?;
    is_commit(found.trim()).then(|| found.trim().to_owned())
}

fn is_commit(text: &str) -> bool {
    (40..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns the address of the remote `origin`, as the repository's settings have it.
fn remote(shared: &Path) -> Option<String> {
    let config = text(&shared.join("config"))?;
    let mut lines = config
        .lines()
        .map(str::trim)
        .skip_while(|line| *line != r#"[remote "origin"]"#)
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    let url = lines.find_map(|line| line.strip_prefix("url")?.trim().strip_prefix('='))?;
    Some(url.trim().to_owned())
}
