//! Everything that prints, reads arguments or the environment, or chooses an exit status.

mod args;
mod demo;
mod env;
mod exit;
mod generate;
mod hash;
mod hook;
mod out;
mod path;
mod progress;
mod record;
mod run_command;
mod sample;
mod sanitize;
mod verify;

use std::{ffi::OsString, process::ExitCode};

use clap::{CommandFactory, Parser, error::ErrorKind};

use self::{
    args::{Cli, Command},
    exit::Exit,
    out::Out,
};

/// Runs the command line and returns the status of the process.
pub(crate) fn run(args: &[OsString]) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => return refuse(args, &error).code(),
    };
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
        Command::Demo(args) => demo::run(out, args),
        Command::Generate(args) => generate::run(out, args),
        Command::Hash(args) => hash::run(out, args),
        Command::Hook(args) => Ok(hook::run(out, args)),
        Command::Record(args) => record::run(out, args),
        Command::Sample(args) => sample::run(out, args),
        Command::Verify(args) => Ok(verify::run(out, args)),
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
    // A closed stream changes nothing about the status.
    drop(error.print());
    let asked_for = matches!(
        error.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    // Agents read a hook's status 2 as "block this call", so a mistyped flag must not give it.
    let is_hook = args.get(1).is_some_and(|arg| arg == "hook");
    if asked_for || is_hook {
        Exit::Done
    } else {
        Exit::Unable
    }
}
