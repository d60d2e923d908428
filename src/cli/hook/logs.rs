//! Which log the records of an installed command line go to.

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
};

use sealstone::{
    settings::{HookCommand, Written},
    store::route::file_name,
};

use super::{
    super::env,
    route::{Route, Value},
};

/// Returns the log, in this environment; `None` if it depends on the shell that runs the line.
pub(super) fn of(command: &HookCommand) -> anyhow::Result<Option<PathBuf>> {
    if command.variable("HOME").is_some() {
        return Ok(None);
    }
    let Some(route) = route(command)? else {
        return Ok(None);
    };
    let folder = match route {
        Route::Log(log) => return Ok(Some(log)),
        Route::Folder(folder) => folder,
    };
    let subject = [Some(env::SUBJECT.name), env::SUBJECT.reference_name];
    for name in subject.into_iter().flatten() {
        match variable(command, name) {
            Value::Known(None) => {}
            Value::Known(Some(subject)) => {
                let name = file_name(Some(&subject.to_string_lossy()));
                return Ok(Some(folder.join(name)));
            }
            Value::ForShell => return Ok(None),
        }
    }
    Ok(Some(folder.join(file_name(None))))
}

/// Returns a log in words.
pub(super) fn text(log: &anyhow::Result<Option<PathBuf>>) -> String {
    match log {
        Ok(Some(log)) => log.display().to_string(),
        Ok(None) => "a log that depends on the shell".to_owned(),
        Err(error) => format!("a log that is unknown: {error:#}"),
    }
}

/// As [`Route::of`], with what is set in front of the line before what is set here.
fn route(command: &HookCommand) -> anyhow::Result<Option<Route>> {
    let named = match command.log() {
        Some(Written::Plain(log)) => Some(Path::new(log)),
        Some(Written::ForShell(_)) => return Ok(None),
        None => None,
    };
    Route::chosen(named, |name| variable(command, name))
}

fn variable(command: &HookCommand, name: &str) -> Value {
    match command.variable(name) {
        Some(Written::Plain(value)) => {
            Value::Known(Some(value.into()).filter(|value: &OsString| !value.is_empty()))
        }
        Some(Written::ForShell(_)) => Value::ForShell,
        None => Value::Known(env::read(name)),
    }
}
