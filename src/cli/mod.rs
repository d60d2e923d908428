//! Everything that prints, reads arguments or the environment, or chooses an exit status.

mod anchor;
mod args;
mod compare;
mod demo;
mod diff;
mod duration;
mod env;
mod exit;
mod explain;
mod export;
mod generate;
mod hash;
mod hook;
mod keygen;
mod log;
mod out;
mod path;
mod policy;
mod progress;
mod prove;
mod reading;
mod record;
mod recover;
mod replaced;
mod report;
mod run_command;
mod sample;
mod sanitize;
#[cfg(feature = "serve")]
mod serve;
mod target;
mod tlog;
mod verify;
mod verify_proof;
mod witness;
#[cfg(feature = "serve")]
mod witness_serve;

use std::{
    ffi::OsString,
    process::ExitCode,
    sync::{Arc, atomic::AtomicBool},
};

use clap::{CommandFactory, Parser, error::ErrorKind};
use sealstone::{
    hook::Agent,
    settings::{HOOK_SUBCOMMANDS, global_options},
};

use self::{
    args::{Cli, Command},
    exit::Exit,
    out::Out,
};

/// Runs the command line and returns the status of the process.
pub(crate) fn run(args: &[OsString]) -> ExitCode {
    let mut args = args.to_vec();
    global_options_first(&mut args);
    let cli = match Cli::try_parse_from(&args) {
        Ok(cli) => cli,
        Err(error) => return refuse(&args, &error).code(),
    };
    survive_file_size_limit();
    let mut out = Out::new(cli.color, cli.quiet);
    let result = match &cli.command {
        Some(command) => dispatch(&mut out, command),
        None => Ok(help(&mut out)),
    };
    let exit = match result {
        Ok(exit) => exit,
        Err(error) => {
            out.error(&error);
            Exit::Unable
        }
    };
    out.finish(exit).code()
}

fn dispatch(out: &mut Out, command: &Command) -> anyhow::Result<Exit> {
    match command {
        Command::Anchor(args) => Ok(anchor::run(out, args)),
        Command::Demo(args) => demo::run(out, args),
        Command::Diff(args) => diff::run(out, args),
        Command::Export(args) => export::run(out, args),
        Command::Generate(args) => generate::run(out, args),
        Command::Hash(args) => hash::run(out, args),
        Command::Hook(args) => hook::run(out, args),
        Command::Keygen(args) => keygen::run(out, args),
        Command::Log(args) => log::run(out, args),
        Command::Policy(args) => policy::run(out, args),
        Command::Prove(args) => Ok(prove::run(out, args)),
        Command::Record(args) => record::run(out, args),
        Command::Recover(args) => recover::run(out, args),
        Command::Report(args) => report::run(out, args),
        Command::Sample(args) => sample::run(out, args),
        Command::Verify(args) => verify::run(out, args),
        Command::VerifyProof(args) => Ok(verify_proof::run(out, args)),
        #[cfg(feature = "serve")]
        Command::Witness(group) => Ok(witness_serve::run_group(out, group)),
        #[cfg(feature = "serve")]
        Command::WitnessServe(args) => Ok(witness_serve::run(out, args)),
    }
}

/// Without a subcommand the reference prints its help and fails; so do we.
fn help(out: &mut Out) -> Exit {
    let help = Cli::command().render_help();
    out.raw(help.to_string().as_bytes());
    Exit::Refuted
}

/// What becomes of arguments that clap does not take, help and version among them.
fn refuse(args: &[OsString], error: &clap::Error) -> Exit {
    if matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    ) {
        // A closed stream changes nothing about the status.
        drop(error.print());
        return Exit::Done;
    }
    let mut out = Out::new(clap::ColorChoice::Auto, false);
    // Agents read a hook's status 2 as "block this call", so a mistyped flag must not give it.
    if is_hook(args) {
        return hook::refused(&mut out, named_agent(args), &first_line(error));
    }
    // It quotes what was typed, and that may have been a file's name.
    out.aside(&error.render().to_string());
    Exit::Unable
}

/// Whether an agent waits for an answer: the subcommand is `hook` and no other is behind it, whatever else is on
/// the line.
fn is_hook(args: &[OsString]) -> bool {
    hook_words(args).is_some_and(|(_, next)| {
        let next = args.get(next).and_then(|word| word.to_str());
        !next.is_some_and(|word| HOOK_SUBCOMMANDS.contains(&word))
    })
}

/// Puts the options that every subcommand has in front of `hook`, if they stand between it and a subcommand of
/// its own: there clap takes them for an event's, which no subcommand stands behind.
fn global_options_first(args: &mut [OsString]) {
    if let Some((hook, next)) = hook_words(args).filter(|_| !is_hook(args)) {
        args[hook..next].rotate_left(1);
    }
}

/// Returns where `hook` stands, and where the first word behind it that is no option of every subcommand.
fn hook_words(args: &[OsString]) -> Option<(usize, usize)> {
    let words: Vec<&str> = args
        .iter()
        .map(|arg| arg.to_str().unwrap_or_default())
        .collect();
    let behind = |at: usize| Some(at + global_options(words.get(at..)?));
    let mut hook = behind(1)?;
    // Whatever else stands in front, an event is an event.
    while words.get(hook)?.starts_with('-') {
        hook = behind(hook + 1)?;
    }
    (words[hook] == "hook").then_some(())?;
    Some((hook, behind(hook + 1)?))
}

/// Returns the agent that a hook's command line names, whatever else is wrong with it.
fn named_agent(args: &[OsString]) -> Option<Agent> {
    let text = |arg: &OsString| arg.to_str().map(str::to_owned);
    let apart = args.iter().position(|arg| arg == "--agent");
    let apart = apart.and_then(|at| text(args.get(at + 1)?));
    let joined = || {
        let mut texts = args.iter().filter_map(text);
        texts.find_map(|arg| Some(arg.strip_prefix("--agent=")?.to_owned()))
    };
    Agent::parse(&apart.or_else(joined)?)
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.trim_start_matches("error: ").to_owned()
}

/// A limit on file sizes shall fail a write, as a full disk does, and not end the process in the middle.
fn survive_file_size_limit() {
    let ignored = Arc::new(AtomicBool::new(false));
    // If it cannot be arranged, the limit ends the process, which is what the system does anyway.
    drop(signal_hook::flag::register(
        signal_hook::consts::SIGXFSZ,
        ignored,
    ));
}
