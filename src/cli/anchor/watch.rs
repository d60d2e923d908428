//! Having a log witnessed again and again while it grows.

use std::{
    fs, io,
    os::unix::fs::MetadataExt,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Duration,
};

use anyhow::{anyhow, ensure};
use sealstone::system;
use signal_hook::consts::{SIGINT, SIGTERM};

use crate::cli::{exit::Exit, out::Out};

/// How soon a signal is heard.
const HEARING: Duration = Duration::from_millis(100);

/// What tells a log that has grown, or is another one, from the one that was witnessed.
type Look = (u64, u64, u64, i64, i64);

/// Has the log witnessed by `once` whenever it has changed since the last time, until a signal ends it; then once more.
/// Returns what became of the last time.
pub(super) fn run(
    out: &mut Out,
    log: &Path,
    every: u64,
    mut once: impl FnMut(&mut Out) -> Exit,
) -> Exit {
    let ended = match begin(log) {
        Ok(ended) => ended,
        Err(error) => {
            out.error(&error);
            return Exit::Unable;
        }
    };
    let every = Duration::from_secs(every);
    let (mut last, mut exit) = (None, Exit::Nothing);
    loop {
        let is_over = ended.load(Ordering::Relaxed);
        // A log that is not there yet, or has nothing in it, is waited for. What did not come about is tried again,
        // whether or not the log has changed.
        let look = look(log).ok().filter(|(_, _, bytes, ..)| *bytes > 0);
        if look.is_none() && last.is_some() {
            let name = log.display();
            out.error(&anyhow!(
                "`{name}` is gone or empty, and was witnessed before"
            ));
            (last, exit) = (None, Exit::Refuted);
        } else if look.is_some() && (look != last || exit != Exit::Done) {
            exit = once(out);
            out.flush();
            last = look;
        }
        if is_over {
            return exit;
        }
        wait(every, &ended);
    }
}

/// Hears signals from now on.
fn begin(log: &Path) -> anyhow::Result<Arc<AtomicBool>> {
    ensure!(
        log.as_os_str() != "-",
        "standard input cannot be watched: name a log"
    );
    // A pipe would be waited for without end.
    let is_file = fs::metadata(log).map_or(true, |metadata| metadata.is_file());
    ensure!(
        is_file,
        "`{}` is no file, and cannot be watched",
        log.display()
    );
    let ended = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The second one ends it at once.
        signal_hook::flag::register_conditional_shutdown(signal, 130, Arc::clone(&ended))?;
        signal_hook::flag::register(signal, Arc::clone(&ended))?;
    }
    Ok(ended)
}

fn look(log: &Path) -> io::Result<Look> {
    let metadata = fs::metadata(log)?;
    if !metadata.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok((
        metadata.dev(),
        metadata.ino(),
        metadata.len(),
        metadata.mtime(),
        metadata.mtime_nsec(),
    ))
}

fn wait(most: Duration, ended: &AtomicBool) {
    let start = system::start();
    while !ended.load(Ordering::Relaxed) {
        let left = most.saturating_sub(start.elapsed());
        if left.is_zero() {
            return;
        }
        thread::sleep(left.min(HEARING));
    }
}
