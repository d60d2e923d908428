//! Programs that tasks run, the folders they run in, and the count of what held.

use std::{
    fs,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Instant,
};

use anyhow::{Context, bail, ensure};

/// How the binary is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Profile {
    Dev,
    Release,
}

/// Returns the repository's folder.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("xtask/ is in it")
}

/// Returns the folder that cargo builds into.
pub(crate) fn target() -> anyhow::Result<PathBuf> {
    let own = std::env::current_exe().context("cannot find this program")?;
    let target = own.parent().and_then(Path::parent);
    Ok(target
        .context("this program is in no build folder")?
        .to_owned())
}

/// Returns the cargo that runs this, or the first on the path.
pub(crate) fn cargo() -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "cargo says in this variable where it is"
    )]
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.current_dir(root());
    command
}

/// Builds the binary and returns where it is.
pub(crate) fn sealstone(profile: Profile) -> anyhow::Result<PathBuf> {
    let mut build = cargo();
    build.args(["build", "--quiet", "--locked", "--package", "sealstone"]);
    if profile == Profile::Release {
        build.arg("--release");
    }
    let status = build.status().context("cannot run cargo")?;
    ensure!(status.success(), "sealstone does not build");
    let folder = match profile {
        Profile::Dev => "debug",
        Profile::Release => "release",
    };
    Ok(target()?.join(folder).join("sealstone"))
}

/// What a program left behind.
#[derive(Debug)]
pub(crate) struct Run {
    /// `None` if it was killed.
    pub(crate) status: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Run {
    /// Runs a program to its end with `input` on standard input.
    pub(crate) fn of(command: &mut Command, input: &[u8]) -> anyhow::Result<Self> {
        finish(start(command)?, input)
    }

    /// The last line of what it said, for a report.
    pub(crate) fn last_words(&self) -> &str {
        let last = |text: &'_ str| text.trim_end().rfind('\n').map_or(0, |at| at + 1);
        if self.stderr.trim().is_empty() {
            self.stdout[last(&self.stdout)..].trim_end()
        } else {
            self.stderr[last(&self.stderr)..].trim_end()
        }
    }
}

/// Starts a program whose streams are pipes.
pub(crate) fn start(command: &mut Command) -> anyhow::Result<Child> {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("cannot run `{}`", command.get_program().to_string_lossy()))
}

/// Gives a started program its input and waits for its end.
pub(crate) fn finish(mut child: Child, input: &[u8]) -> anyhow::Result<Run> {
    let mut stdin = child.stdin.take().expect("it is piped");
    let input = input.to_vec();
    // A program may end without reading all, which is its right.
    let feeder = thread::spawn(move || drop(stdin.write_all(&input)));
    let output = child
        .wait_with_output()
        .context("cannot wait for a program")?;
    drop(feeder.join());
    Ok(Run {
        status: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    })
}

/// A folder under the build folder that is removed in the end.
#[derive(Debug)]
pub(crate) struct Scratch(PathBuf);

impl Scratch {
    /// Returns an empty folder.
    pub(crate) fn new(task: &str) -> anyhow::Result<Self> {
        let name = format!("xtask-{task}-{}", std::process::id());
        let path = target()?.join(name);
        if path.exists() {
            fs::remove_dir_all(&path)
                .with_context(|| format!("cannot empty `{}`", path.display()))?;
        }
        fs::create_dir_all(&path).with_context(|| format!("cannot create `{}`", path.display()))?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }

    pub(crate) fn join(&self, name: impl AsRef<Path>) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in the build folder, where it harms nobody.
        drop(fs::remove_dir_all(&self.0));
    }
}

/// Returns a command with an empty environment but for PATH and a home folder.
pub(crate) fn isolated(program: &Path, home: &Path) -> Command {
    #[expect(
        clippy::disallowed_methods,
        reason = "programs that are run need the path"
    )]
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .env("TERM", "dumb")
        .current_dir(home);
    command
}

/// Returns a clock that was just started.
pub(crate) fn clock() -> Instant {
    #[expect(clippy::disallowed_methods, reason = "tasks say how long they took")]
    Instant::now()
}

/// Whether a file's name ends with `.extension`.
pub(crate) fn has_extension(path: impl AsRef<Path>, extension: &str) -> bool {
    path.as_ref().extension().is_some_and(|e| e == extension)
}

/// Counts checks, and prints a line for each.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    passed: u64,
    failed: u64,
}

impl Tally {
    /// Counts a check that holds if `problem` is none.
    pub(crate) fn check(&mut self, name: impl AsRef<str>, problem: Option<impl AsRef<str>>) {
        let name = name.as_ref();
        match problem {
            None => {
                self.passed += 1;
                println!("ok    {name}");
            }
            Some(problem) => {
                self.failed += 1;
                println!("FAIL  {name}");
                for line in problem.as_ref().lines() {
                    println!("      {line}");
                }
            }
        }
    }

    /// Prints the counts; fails if a check did.
    pub(crate) fn close(self) -> anyhow::Result<()> {
        println!("{} passed, {} failed", self.passed, self.failed);
        if self.failed > 0 {
            bail!("{} checks failed", self.failed);
        }
        ensure!(self.passed > 0, "nothing was checked");
        Ok(())
    }
}
