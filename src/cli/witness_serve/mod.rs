//! `sealstone witness-serve`, also `sealstone witness serve`

mod body;
mod c2sp;
mod desk;
mod keys;
mod routes;

use std::{future, path::PathBuf, sync::Arc, time::Duration};

use anyhow::{Context, ensure};
use sealstone::store::witness::{self, Keeper};
use tokio::{
    runtime::Runtime,
    signal::unix::{SignalKind, signal},
    sync::mpsc,
    time::sleep,
};

use self::{
    desk::Desk,
    keys::{Keys, Place},
    routes::{PATHS, Witness},
};
use super::{
    exit::Exit,
    out::{Out, Tone},
    serve::{self, Listener, Metrics},
};

/// How long the writer may take for its last words once nobody is connected any more.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// Keep checkpoints for others, over HTTP
///
/// A witness keeps what others say of their logs, out of their reach: how many records a log has and what the hash of
/// the last one is. It learns nothing else of a log. What it acknowledged is on the disk. A statement that does not go on
/// from what a chain had is refused with status 409, and kept as evidence if it contradicts it (FORMAT.md, "Witness
/// protocol").
///
/// STORE is a folder: `witness.jsonl` has the checkpoints, `conflicts.jsonl` what was refused, and `.halo_witness_key` the
/// key that those need who add, if `HALO_WITNESS_KEYS` names none. Back it up, and let nobody write into it.
///
/// With `--c2sp` it cosigns checkpoints of transparency logs too (FORMAT.md, "Transparency log").
///
/// It speaks HTTP without encryption: let a reverse proxy encrypt (README.md has two). SIGTERM and SIGINT stop it once
/// what is under way is done, after ten seconds at the latest.
#[derive(Debug, clap::Args)]
#[command(after_long_help = "\
Examples:
  sealstone witness-serve /var/lib/witness
  HALO_WITNESS_KEYS='key-a=vendor-a-*,key-b=vendor-b-*' sealstone witness-serve store
  sealstone witness-serve store --c2sp --key-file witness.key --log VKEY

Statuses: 0 it was stopped; 1 it cannot serve; 2 wrong arguments")]
pub(super) struct Args {
    /// The folder in which checkpoints are kept; it is created if it is not there
    #[arg(value_name = "STORE")]
    store: PathBuf,

    /// The address to listen at
    #[arg(long, value_name = "HOST", default_value = "127.0.0.1")]
    host: String,

    /// The port to listen at; 0 takes one that is free
    #[arg(long, value_name = "PORT", default_value_t = 8730)]
    port: u16,

    #[command(flatten)]
    c2sp: c2sp::Args,
}

/// Be a witness of others' logs
#[derive(Debug, clap::Args)]
#[command(disable_help_subcommand = true)]
pub(super) struct Group {
    #[command(subcommand)]
    command: Subcommand,
}

#[derive(Debug, clap::Subcommand)]
enum Subcommand {
    Serve(Args),
}

/// Runs a subcommand of the group.
pub(super) fn run_group(out: &mut Out, group: &Group) -> Exit {
    match &group.command {
        Subcommand::Serve(args) => run(out, args),
    }
}

pub(super) fn run(out: &mut Out, args: &Args) -> Exit {
    let (error, exit) = match args.c2sp.read(out) {
        Err(error) => (error, Exit::Unable),
        Ok(named) => match serve(out, args, named) {
            Ok(()) => return Exit::Done,
            Err(error) => (error, Exit::Refuted),
        },
    };
    out.error(&error.context("cannot serve"));
    exit
}

fn serve(out: &mut Out, args: &Args, named: Option<c2sp::Named>) -> anyhow::Result<()> {
    let mut keeper = Keeper::open(&args.store)?;
    for notice in keeper.take_notices() {
        out.warning(notice);
    }
    let keys = Keys::load(&args.store)?;
    let opened = named
        .map(|named| named.open(out, &args.store))
        .transpose()?;
    let (cosigner, _hold) = opened.unzip();
    let damaged = keeper.counts().damaged;
    if damaged > 0 {
        out.warning(format!(
            "{damaged} damaged lines in the store: every answer says so"
        ));
    }
    let runtime = Runtime::new()?;
    runtime.block_on(async {
        let listener = serve::listen(&args.host, args.port)
            .with_context(|| format!("cannot listen at {}, port {}", args.host, args.port))?;
        let stop = stop()?;
        say(out, args, &listener, &keys);
        let metrics = Arc::new(Metrics::new("sealstone_witness", PATHS));
        let (tell, mut told) = mpsc::unbounded_channel();
        let (desk, clerk) = Desk::open(keeper, Arc::clone(&metrics), tell.clone())?;
        let mut routes = Witness::new(keys, desk, Arc::clone(&metrics)).routes();
        if let Some(cosigner) = cosigner {
            routes = c2sp::mounted(routes, cosigner, &metrics, tell.clone());
        }
        // It ends when all are gone who have something to tell.
        drop(tell);
        let routes = serve::with_habits(routes);
        let serving = tokio::spawn(async {
            listener.serve(routes, metrics, stop).await;
            // Nobody is left who could hand anything in. What is written just now may wait for a lock forever.
            sleep(LAST_WORDS).await;
        });
        let telling = async {
            while let Some(notice) = told.recv().await {
                out.warning(notice);
            }
        };
        tokio::select! {
            // The desk was closed, and all is written.
            () = telling => {}
            ended = serving => ended?,
        }
        ensure!(
            !clerk.is_finished() || clerk.join().is_ok(),
            "the writer failed"
        );
        Ok(())
    })?;
    runtime.shutdown_background();
    out.status("stopped");
    Ok(())
}

/// Returns what ends when the process is told to stop.
fn stop() -> anyhow::Result<impl Future<Output = ()> + Send + 'static> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(future::poll_fn(move |context| {
        let is_told =
            terminate.poll_recv(context).is_ready() || interrupt.poll_recv(context).is_ready();
        if is_told {
            std::task::Poll::Ready(())
        } else {
            std::task::Poll::Pending
        }
    }))
}

/// Says where it listens and where the keys are; never a key, since what is printed ends up in logs.
fn say(out: &mut Out, args: &Args, listener: &Listener, keys: &Keys) {
    let file = args.store.join(witness::FILE);
    let address = listener.address();
    out.line(
        Tone::Plain,
        format!(
            "witness: http://{address} keeps checkpoints in {}",
            file.display()
        ),
    );
    out.flush();
    match &keys.place {
        Place::Environment => out.status(format!(
            "keys: {}, from HALO_WITNESS_KEYS",
            keys.write.len()
        )),
        Place::File { path, is_open } => {
            out.status(format!("key: in {}", path.display()));
            if *is_open {
                out.warning(format!(
                    "others can read `{}`: its mode should be 0600",
                    path.display()
                ));
            }
        }
    }
    if keys.read.is_empty() {
        out.status(
            "reading is public: who guesses a subject learns how many records its log has; HALO_WITNESS_READ_KEYS limits it",
        );
    }
}
