//! What is installed in a place, and what installing and uninstalling make of it.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};
use sealstone::{
    hook::Agent,
    settings::{self, Dropped, HookCommand, Plugin, Wanted},
};
use similar::TextDiff;

use super::{
    super::{
        env,
        out::{Out, Tone},
    },
    file::SettingsFile,
    place::Place,
};

/// A hook that is installed.
#[derive(Debug, Clone)]
pub(super) struct Installed {
    pub(super) event: String,
    /// As it is written.
    pub(super) line: String,
    pub(super) command: HookCommand,
    /// Its place among the entries of the event, and in its group.
    pub(super) place: (usize, usize),
}

/// Returns what is installed in a place. `binary` is another name of our program.
pub(super) fn installed(
    place: &Place,
    text: &str,
    binary: Option<&str>,
) -> anyhow::Result<Vec<Installed>> {
    if place.agent == Agent::OpenCode {
        let Some(plugin) = settings::read_plugin(text, binary) else {
            return Ok(Vec::new());
        };
        let Plugin {
            command,
            line,
            events,
        } = plugin;
        let command = command.context("the plugin does not run `sealstone hook`")?;
        return Ok(events
            .into_iter()
            .map(|event| Installed {
                event,
                line: line.clone(),
                command: command.clone(),
                place: (0, 0),
            })
            .collect());
    }
    let entries = settings::entries(text, place.agent, binary)?;
    Ok(entries
        .into_iter()
        .map(|entry| Installed {
            event: entry.event,
            line: entry.line,
            command: entry.command,
            place: entry.place,
        })
        .collect())
}

/// Returns the text of a place with the wanted hooks.
pub(super) fn with(
    place: &Place,
    text: Option<&str>,
    wanted: &[Wanted],
    program: &str,
    log: Option<&str>,
) -> anyhow::Result<String> {
    if place.agent != Agent::OpenCode {
        return Ok(settings::install(text, place.agent, wanted, Some(program))?);
    }
    if text.is_some_and(|text| settings::read_plugin(text, Some(program)).is_none()) {
        bail!("it is another plugin, and stays as it is");
    }
    let words = [program, "hook", "--agent", place.agent.as_str()].into_iter();
    let log = log.map(|log| ["--log", log]).into_iter().flatten();
    let words: Vec<String> = words.chain(log).map(str::to_owned).collect();
    let events: Vec<&str> = wanted.iter().map(|wanted| wanted.event.name).collect();
    Ok(settings::write_plugin(&words, &events))
}

/// Returns the text of a place without our hooks; `None` if `install` made the file.
pub(super) fn without(
    place: &Place,
    file: &SettingsFile,
    binary: Option<&str>,
) -> anyhow::Result<Option<String>> {
    let Some(text) = &file.text else {
        return Ok(None);
    };
    if place.agent != Agent::OpenCode {
        let rest = settings::uninstall(text, place.agent, binary)?;
        // `install` makes no links.
        let emptied = || file.is_link.then(|| "{}\n".to_owned());
        return Ok(rest.or_else(emptied));
    }
    let is_ours = settings::read_plugin(text, binary).is_some();
    Ok((!is_ours).then(|| text.clone()))
}

/// Returns what our hooks said before a change, and do not say any more.
pub(super) fn dropped(
    place: &Place,
    before: &str,
    after: &str,
    binary: Option<&str>,
) -> anyhow::Result<Vec<Dropped>> {
    if place.agent != Agent::OpenCode {
        return Ok(settings::dropped(before, after, place.agent, binary)?);
    }
    let [old, new] = [before, after].map(|text| settings::read_plugin(text, binary)?.command);
    let what = old.zip(new).map(|(old, new)| old.dropped_by(&new));
    let event = "each event".to_owned();
    let what = what.filter(|what| !what.is_empty());
    Ok(what
        .map(|what| Dropped { event, what })
        .into_iter()
        .collect())
}

/// Prints what a change would do, as a patch.
pub(super) fn print_difference(out: &mut Out, path: &Path, before: &str, after: Option<&str>) {
    let name = path.display().to_string();
    let new = if after.is_some() { &*name } else { "/dev/null" };
    let difference = TextDiff::from_lines(before, after.unwrap_or_default());
    let mut unified = difference.unified_diff();
    let text = unified.header(&name, new).to_string();
    for line in text.lines() {
        let tone = match line.as_bytes().first() {
            Some(b'+') => Tone::Good,
            Some(b'-') => Tone::Bad,
            _ => Tone::Plain,
        };
        out.line(tone, line);
    }
}

/// Returns how the running program is called on a command line: by its name if a shell finds it by that, else
/// by its path.
pub(super) fn own_name() -> anyhow::Result<String> {
    let own = std::env::current_exe().context("this program does not know its path")?;
    let name = "sealstone";
    let path = env::read("PATH").unwrap_or_default();
    let first = std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file());
    let is_own = |path: PathBuf| path.canonicalize().ok() == own.canonicalize().ok();
    if first.is_some_and(is_own) {
        return Ok(name.to_owned());
    }
    let own = own.into_os_string().into_string();
    own.map_err(|path| anyhow!("the path {} is not UTF-8", path.display()))
}

/// Reads the settings of a place.
pub(super) fn read(place: &Place) -> anyhow::Result<SettingsFile> {
    read_at(&place.path)
}

/// Reads another file of an agent's.
pub(super) fn read_at(path: &Path) -> anyhow::Result<SettingsFile> {
    SettingsFile::read(path)
}
