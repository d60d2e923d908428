//! `sealstone hook install`, `uninstall` and `status`

use std::{
    fs::{self, Permissions},
    os::unix::fs::{MetadataExt, PermissionsExt, symlink},
};

use proptest::prelude::ProptestConfig;
use sealstone::{
    json::{Object, Value},
    settings::HookCommand,
};

use crate::harness::{Run, SEALSTONE, Sandbox, at, object, skip};

/// Runs a subcommand of the hook with the program on the `PATH` by its name.
fn hook(sandbox: &Sandbox, args: &[&str]) -> Run {
    let mut command = sandbox.command(["hook"].iter().chain(args));
    let folder = std::path::Path::new(SEALSTONE).parent().unwrap();
    command.env("PATH", format!("{}:{}", folder.display(), env!("PATH")));
    Run::of(command, b"")
}

const AGENTS: &[(&str, &str, &str)] = &[
    (
        "claude-code",
        ".claude/settings.json",
        ".claude/settings.json",
    ),
    ("codex", ".codex/hooks.json", ".codex/hooks.json"),
    (
        "copilot-cli",
        ".copilot/hooks/sealstone.json",
        ".github/hooks/sealstone.json",
    ),
    ("cursor", ".cursor/hooks.json", ".cursor/hooks.json"),
    (
        "gemini-cli",
        ".gemini/settings.json",
        ".gemini/settings.json",
    ),
    (
        "opencode",
        ".config/opencode/plugins/sealstone.js",
        ".opencode/plugins/sealstone.js",
    ),
];

#[test]
fn each_agent_gets_the_hook_and_loses_it_and_folders_stay() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("home")).unwrap();
    fs::create_dir(sandbox.path("project")).unwrap();
    let run = |args: &[&str]| {
        let mut command = sandbox.command(["hook"].iter().chain(args));
        command
            .env("HOME", sandbox.path("home"))
            .current_dir(sandbox.path("project"));
        Run::of(command, b"")
    };
    for (agent, user, project) in AGENTS {
        for (level, folder, file, mode) in [
            ("--user", "home", user, 0o600),
            ("--project", "project", project, 0o644),
        ] {
            let path = sandbox.path(folder).join(file);
            let _ = run(&["install", "--agent", agent, level]).status(0);
            let text = fs::read(&path).unwrap();
            assert_eq!(fs::metadata(&path).unwrap().mode() & 0o7777, mode);
            let again = run(&["install", "--agent", agent, level]).status(0);
            assert!(again.stdout.contains("nothing to change"), "{again:?}");
            assert_eq!(fs::read(&path).unwrap(), text);
            let status = run(&["status", "--agent", agent]).status(0);
            assert!(
                status.stdout.contains(&*path.to_string_lossy()),
                "{status:?}"
            );
            assert!(status.stdout.contains(".halo/audit.jsonl"), "{status:?}");
            let _ = run(&["uninstall", "--agent", agent, level]).status(0);
            let parent = path.parent().unwrap();
            let left = fs::read_dir(parent).unwrap().flatten();
            let left: Vec<_> = left.map(|entry| entry.file_name()).collect();
            assert!(left.is_empty(), "{agent}: {left:?}");
            let _ = run(&["status", "--agent", agent]).status(3);
        }
    }
}

#[test]
fn folders_that_were_moved_are_found() {
    let sandbox = Sandbox::new();
    for (agent, variable, file) in [
        ("claude-code", "CLAUDE_CONFIG_DIR", "moved/settings.json"),
        ("codex", "CODEX_HOME", "moved/hooks.json"),
        (
            "opencode",
            "XDG_CONFIG_HOME",
            "moved/opencode/plugins/sealstone.js",
        ),
    ] {
        let mut command = sandbox.command(["hook", "install", "--agent", agent]);
        command.env(variable, sandbox.path("moved"));
        let _ = Run::of(command, b"").status(0);
        assert!(sandbox.path(file).exists(), "{agent}");
    }
}

#[test]
fn a_dry_run_shows_the_difference_and_changes_nothing() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path(".cursor")).unwrap();
    let text = "{\n  \"version\": 1 // of theirs\n}\n";
    sandbox.write(".cursor/hooks.json", text);
    let args = ["install", "--agent", "cursor", "--events", "preToolUse"];
    let run = hook(&sandbox, &[&args[..], &["--dry-run"]].concat()).status(0);
    assert!(
        run.stdout.contains("-  \"version\": 1 // of theirs\n"),
        "{run:?}"
    );
    assert!(
        run.stdout.contains("+  \"version\": 1, // of theirs\n"),
        "{run:?}"
    );
    assert!(
        run.stdout.contains("+    \"preToolUse\": [{\"command\":"),
        "{run:?}"
    );
    assert_eq!(sandbox.read(".cursor/hooks.json"), text);
    let _ = hook(&sandbox, &args).status(0);
    assert_eq!(
        sandbox.read(".cursor/hooks.json"),
        "{\n  \"version\": 1, // of theirs\n  \"hooks\": {\n    \"preToolUse\": [{\"command\": \
         \"sealstone hook --agent cursor\", \"timeout\": 10}]\n  }\n}\n"
    );
    let run = hook(&sandbox, &["uninstall", "--agent", "cursor", "--dry-run"]).status(0);
    assert!(run.stdout.contains("-    \"preToolUse\""), "{run:?}");
    let _ = hook(&sandbox, &["uninstall", "--agent", "cursor"]).status(0);
    assert_eq!(sandbox.read(".cursor/hooks.json"), text);
}

#[test]
fn a_link_to_settings_stays_and_so_does_the_mode() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("dotfiles")).unwrap();
    fs::create_dir(sandbox.path(".claude")).unwrap();
    let real = sandbox.write("dotfiles/claude.json", "{}\n");
    fs::set_permissions(&real, Permissions::from_mode(0o640)).unwrap();
    symlink(
        "../dotfiles/claude.json",
        sandbox.path(".claude/settings.json"),
    )
    .unwrap();
    let _ = hook(&sandbox, &["install", "--agent", "claude-code"]).status(0);
    let link = sandbox.path(".claude/settings.json");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(sandbox.read("dotfiles/claude.json").contains("PreToolUse"));
    assert_eq!(fs::metadata(&real).unwrap().mode() & 0o7777, 0o640);
    let _ = hook(&sandbox, &["uninstall", "--agent", "claude-code"]).status(0);
    assert_eq!(sandbox.read("dotfiles/claude.json"), "{}\n");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());

    fs::remove_file(&real).unwrap();
    let run = hook(&sandbox, &["install", "--agent", "claude-code"]).status(2);
    assert!(run.stderr.contains("cannot read"), "{run:?}");
}

#[test]
fn what_must_not_or_cannot_be_edited_stays_as_it_is() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path(".claude")).unwrap();
    let install = ["install", "--agent", "claude-code"];
    let path = sandbox.write(".claude/settings.json", "{}\n");
    fs::set_permissions(&path, Permissions::from_mode(0o444)).unwrap();
    let run = hook(&sandbox, &install).status(2);
    assert!(run.stderr.contains("is read-only (mode 0444)"), "{run:?}");
    assert_eq!(sandbox.read(".claude/settings.json"), "{}\n");
    fs::set_permissions(&path, Permissions::from_mode(0o600)).unwrap();
    for (text, reason) in [
        (&b"{\n  \"a\": 1 2\n}"[..], "line 2, column 9: "),
        (
            b"{\"hooks\": []}",
            "line 1, column 11: `hooks` is not an object",
        ),
        (b"{\"a\": \"\xFF\"}", "invalid utf-8"),
    ] {
        fs::write(&path, text).unwrap();
        for args in [&install[..], &["uninstall", "--agent", "claude-code"]] {
            let run = hook(&sandbox, args).status(2);
            assert!(run.stderr.contains(reason), "{run:?}");
            assert!(run.stderr.contains("settings.json"), "{run:?}");
        }
        assert_eq!(fs::read(&path).unwrap(), text);
        let run = hook(&sandbox, &["status"]).status(2);
        assert!(
            run.stdout.contains("claude-code user: unknown: "),
            "{run:?}"
        );
        assert!(!run.stdout.contains("no hook is installed"), "{run:?}");
        let _ = hook(&sandbox, &["status", "--json"]).status(2);
    }
    fs::remove_file(&path).unwrap();
    fs::create_dir(&path).unwrap();
    let run = hook(&sandbox, &install).status(2);
    assert!(run.stderr.contains("is no file"), "{run:?}");

    fs::create_dir_all(sandbox.path(".opencode/plugins")).unwrap();
    sandbox.write(".opencode/plugins/sealstone.js", "export const Own = 1;\n");
    let run = hook(&sandbox, &["install", "--agent", "opencode", "--project"]).status(2);
    assert!(run.stderr.contains("it is another plugin"), "{run:?}");
    let run = hook(&sandbox, &["uninstall", "--agent", "opencode", "--project"]).status(0);
    assert!(run.stdout.contains("no hook is installed"), "{run:?}");
}

#[test]
fn options_are_in_the_command_line_and_other_ones_take_their_place() {
    let sandbox = Sandbox::new();
    let lines = || -> Vec<String> {
        let run = hook(&sandbox, &["status", "--agent", "claude-code", "--json"]);
        let document = object(&run.stdout);
        let commands = at(&document, "/places/0/commands").and_then(Value::as_array);
        let commands = commands.unwrap().iter();
        commands.map(|it| it.as_str().unwrap().to_owned()).collect()
    };
    let install = |more: &[&str]| {
        let args = [&["install", "--agent", "claude"][..], more].concat();
        let _ = hook(&sandbox, &args).status(0);
    };
    install(&[]);
    assert_eq!(lines(), ["sealstone hook --agent claude-code"]);
    install(&["--log", "~/my logs/a.jsonl", "--events", "post"]);
    let log = "sealstone hook --agent claude-code --log '~/my logs/a.jsonl'";
    assert_eq!(lines(), [log]);
    install(&["--log", "a.jsonl", "--events", "Stop,pretooluse"]);
    let log = sandbox.path("a.jsonl");
    let log = format!("sealstone hook --agent claude-code --log {}", log.display());
    assert_eq!(lines(), [&*log]);
    install(&["--binary", "/opt/it's/ss"]);
    let run = hook(
        &sandbox,
        &["uninstall", "--agent", "claude", "--binary", "/opt/it's/ss"],
    );
    assert!(run.status(0).stdout.contains("removed"));
    for wrong in [
        &["install"][..],
        &["install", "--agent", "nobody"],
        &["install", "--agent", "codex", "--local"],
        &["install", "--agent", "codex", "--user", "--project"],
        &["install", "--agent", "codex", "--events", "Nothing"],
        &["install", "--agent", "codex", "--bogus"],
        &["uninstall", "--bogus"],
        &["doctor", "extra"],
    ] {
        let _ = hook(&sandbox, wrong).status(2);
    }
    // Behind an event's own flags it is an event still, and an agent waits.
    let _ = hook(&sandbox, &["--agent", "codex", "install"]).status(0);
}

#[test]
fn options_of_every_subcommand_may_stand_in_front_of_one() {
    let sandbox = Sandbox::new();
    for before in [
        &["--color=always"][..],
        &["--color", "never"],
        &["-q"],
        &["--quiet", "--color", "never"],
    ] {
        let run = |rest: &[&str]| hook(&sandbox, &[before, rest].concat());
        let installed = run(&["install", "--agent", "codex"]).status(0);
        assert!(!installed.stderr.contains("FAILED"), "{installed:?}");
        let _ = run(&["status", "--agent", "codex"]).status(0);
        let _ = run(&["uninstall", "--agent", "codex"]).status(0);
        let _ = run(&["status", "--agent", "codex"]).status(3);
        let _ = run(&["install", "--bogus"]).status(2);
        let event = run(&["--bogus"]).status(0);
        assert!(event.stderr.contains("FAILED to record"), "{event:?}");
    }
}

#[test]
fn what_an_entry_had_of_its_own_is_named_when_it_is_replaced() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path(".claude")).unwrap();
    let entry = |more: &str, handler: &str, line: &str| {
        format!(
            "[{{{more}\"hooks\": [{{\"type\": \"command\", \"command\": \"{line}\"{handler}}}]}}]"
        )
    };
    let text = format!(
        "{{\"hooks\": {{\"PreToolUse\": {}, \"PostToolUse\": {}, \"Stop\": {}}}}}",
        entry(
            "\"matcher\": \"Bash\", ",
            ", \"timeout\": 60",
            "sealstone hook --messages summary"
        ),
        entry(
            "\"matcher\": \"*\", ",
            ", \"timeout\": 10",
            "SEALSTONE_LOG=/x sealstone hook"
        ),
        entry("", ", \"timeout\": 10", "sealstone hook --agent claude"),
    );
    let path = sandbox.write(".claude/settings.json", &text);
    let install = ["install", "--agent", "claude-code"];
    let dry = hook(&sandbox, &[&install[..], &["--dry-run"]].concat()).status(0);
    assert_eq!(sandbox.read(".claude/settings.json"), text);
    let run = hook(&sandbox, &install).status(0);
    let path = path.display();
    let home = sandbox.path(".halo/audit.jsonl");
    let log = home.display();
    for line in [
        format!(
            "{path}: dropped at PreToolUse: matcher \"Bash\", timeout 60, --messages summary\n"
        ),
        format!("{path}: dropped at PostToolUse: SEALSTONE_LOG=/x\n"),
        format!("{path}: records go into {log} now, and went into {log} and /x\n"),
    ] {
        assert!(run.stdout.contains(&line), "{line}{run:?}");
        assert!(dry.stdout.contains(&line), "{line}{dry:?}");
    }
    assert_eq!(run.stdout.matches("dropped").count(), 2, "{run:?}");
    // Where records go changes without a word neither by an option nor back.
    let run = hook(&sandbox, &[&install[..], &["--log", "/y"]].concat()).status(0);
    let line = format!("records go into /y now, and went into {log}\n");
    assert!(run.stdout.contains(&line), "{run:?}");
    let plugin = ["install", "--agent", "opencode"];
    let run = hook(&sandbox, &[&plugin[..], &["--log", "/y"]].concat()).status(0);
    assert!(!run.stdout.contains("records go"), "{run:?}");
    let run = hook(&sandbox, &plugin).status(0);
    assert!(
        run.stdout.contains("dropped at each event: --log /y\n"),
        "{run:?}"
    );
    assert!(run.stdout.contains("and went into /y\n"), "{run:?}");
}

#[test]
fn what_install_may_not_have_made_stays_without_the_hook() {
    let sandbox = Sandbox::new();
    let uninstall = ["uninstall", "--agent", "claude-code"];
    fs::create_dir(sandbox.path(".claude")).unwrap();
    let own = "{\"hooks\": {\"Stop\": [{\"hooks\": [{\"type\": \"command\", \"command\": \"sealstone hook\"}]}]}}\n";
    sandbox.write(".claude/settings.json", own);
    let run = hook(&sandbox, &uninstall).status(0);
    assert!(run.stdout.ends_with("the hook is removed\n"), "{run:?}");
    assert_eq!(sandbox.read(".claude/settings.json"), "{}\n");
    fs::remove_file(sandbox.path(".claude/settings.json")).unwrap();

    // Somebody put it elsewhere, and a link in its place.
    let _ = hook(&sandbox, &["install", "--agent", "claude-code"]).status(0);
    let (link, real) = (
        sandbox.path(".claude/settings.json"),
        sandbox.path("claude.json"),
    );
    fs::rename(&link, &real).unwrap();
    symlink(&real, &link).unwrap();
    let _ = hook(&sandbox, &uninstall).status(0);
    assert_eq!(fs::read_to_string(&real).unwrap(), "{}\n");
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
}

#[test]
fn the_log_is_named_that_records_go_to() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path(".claude")).unwrap();
    let event = r#"{"hook_event_name":"Stop","session_id":"s"}"#;
    let folder = std::path::Path::new(SEALSTONE).parent().unwrap();
    let path = format!("{}:{}", folder.display(), env!("PATH"));
    let set = [
        ("SEALSTONE_DIR", "dir"),
        ("HALO_LOG", "halo.jsonl"),
        ("SEALSTONE_SUBJECT", "acme"),
    ];
    for (index, line) in [
        "sealstone hook",
        "sealstone hook -o a0.jsonl",
        "SEALSTONE_LOG=a1.jsonl sealstone hook",
        "SEALSTONE_LOG=a2.jsonl sealstone hook -qoa3.jsonl",
        "SEALSTONE_LOG=a4.jsonl SEALSTONE_DIR=d4 sealstone hook",
        "HALO_LOG=a5.jsonl HALO_DIR=d5 sealstone hook",
        "HALO_DIR=d6 SEALSTONE_LOG=a6.jsonl sealstone hook",
        "SEALSTONE_DIR= sealstone hook",
        "SEALSTONE_DIR= HALO_LOG= sealstone hook",
        "SEALSTONE_DIR=d7 SEALSTONE_SUBJECT= HALO_SUBJECT=other sealstone hook",
        "SEALSTONE_DIR=d8 SEALSTONE_SUBJECT= sealstone hook",
        "SEALSTONE_LOG='~/a 9.jsonl' sealstone hook",
    ]
    .into_iter()
    .enumerate()
    {
        let handler = format!("{{\"type\": \"command\", \"command\": \"{line}\"}}");
        let text = format!("{{\"hooks\": {{\"Stop\": [{{\"hooks\": [{handler}]}}]}}}}");
        sandbox.write(".claude/settings.json", text);
        for variables in [&set[..], &[]] {
            let run = |program: &str, args: &[&str], input: &str| {
                let mut command = std::process::Command::new(program);
                command
                    .args(args)
                    .current_dir(sandbox.path(""))
                    .env_clear()
                    .envs([
                        ("PATH", path.as_str()),
                        ("HOME", sandbox.path("").to_str().unwrap()),
                    ])
                    .envs(variables.iter().copied())
                    .stdout(std::process::Stdio::piped())
                    .stderr(std::process::Stdio::piped());
                Run::of(command, input.as_bytes()).status(0)
            };
            let args = ["hook", "status", "--agent", "claude-code", "--json"];
            let document = object(run(SEALSTONE, &args, "").stdout);
            let log = at(&document, "/places/0/log").unwrap().as_str().unwrap();
            let log = sandbox.path(log);
            let count = || fs::read_to_string(&log).map_or(0, |text| text.lines().count());
            let before = count();
            let _ = run("sh", &["-c", line], event);
            assert!(count() > before, "{index}: {line}: {}", log.display());
        }
    }
    for line in [
        r#"sealstone hook --log \"$A/a\""#,
        r#"SEALSTONE_LOG=\"$A\" sealstone hook"#,
        "HOME=/a sealstone hook",
    ] {
        let handler = format!("{{\"type\": \"command\", \"command\": \"{line}\"}}");
        let text = format!("{{\"hooks\": {{\"Stop\": [{{\"hooks\": [{handler}]}}]}}}}");
        sandbox.write(".claude/settings.json", text);
        let run = hook(&sandbox, &["status"]).status(0);
        assert!(
            run.stdout
                .contains("into a log that depends on the shell ("),
            "{run:?}"
        );
    }
}

/// What lines are put together of, to run something else than the hook.
const PIECES: &[&str] = &[
    " ",
    " ",
    "sealstone",
    " hook ",
    "sealstone hook",
    " --log ",
    "a",
    "A=1 ",
    "A=",
    "=",
    "\"",
    "\"",
    "'",
    "\\",
    "$",
    "$A",
    "\"$A\"",
    "\"${A}\"",
    "${A:=",
    "}",
    "{",
    "{a,other}",
    "$(other)",
    "\"$(other)\"",
    "`other`",
    "$((",
    "))",
    "(",
    ")",
    ";",
    "&",
    "|",
    "\n",
    "\\\n",
    "<",
    ">",
    ">a",
    "#",
    "~",
    "*",
    "?",
    "[",
    "]",
    "!",
    "other",
    " other ",
    "/",
    "./",
    "$'",
    "$\"",
    "${B}",
    "\"$B\"",
    "$B",
    "-",
    "\t",
    "\r",
    "\u{a0}",
    "%",
    "^",
    "$@",
    "\"$@\"",
    "$#",
    "$$",
];

/// Lines that look harmless and are not, and some that are.
const LINES: &[&str] = &[
    "sealstone hook",
    "sealstone hook --log \"$A\"",
    "A=1 sealstone hook --log '$(other)'",
    "\"$A\"/sealstone hook",
    "sealstone hook --log \"$(other)\"",
    "sealstone hook --log \"${A:-$(other)}\"",
    "sealstone hook --log \"`other`\"",
    "sealstone hook --log \"\\`other\\`\"",
    "sealstone hook --log \"${Z:=`other`}\"",
    "sealstone hook --log \"\\\\$(other)\"",
    "sealstone hook --log ${Z-$(other)}",
    "sealstone hook --log $((`other`))",
    "\"A\"=1 sealstone hook",
    "A\\=1 sealstone hook",
    "$B sealstone hook",
    "\"$B\"sealstone hook",
    "A=$(other) sealstone hook",
    "A=\"`other`\" sealstone hook",
    "sealstone hook \\\n; other",
    "sealstone hook '\n' \n other",
    "sealstone hook #\nother",
    "sealstone hook <(other)",
    "sealstone hook --log \"a\nb\"",
    "{other,/sealstone} hook",
];

/// Gives a line to `sh` where every program is one that writes down its name, and returns those names. None is
/// a file that was made beside them.
fn programs_of(line: &str) -> Vec<String> {
    let sandbox = Sandbox::new();
    let folder = sandbox.path("bin");
    fs::create_dir(&folder).unwrap();
    for name in ["sealstone", "other", "hook", "a"] {
        let path = folder.join(name);
        fs::write(&path, "#!/bin/sh\necho \"$0\" >> \"$RECORD\"\n").unwrap();
        fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
    }
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", line])
        .current_dir(&folder)
        .env_clear()
        .env("PATH", &folder)
        .env("HOME", &folder)
        .env("A", &folder)
        .env("B", "other ;")
        .env("RECORD", sandbox.path("record"))
        .stdin(std::process::Stdio::null())
        .output();
    output.unwrap();
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 4, "{line:?}");
    let record = fs::read_to_string(sandbox.path("record")).unwrap_or_default();
    record.lines().map(str::to_owned).collect()
}

/// Whatever is taken for ours runs one program of our name, and nothing else.
#[track_caller]
fn is_harmless(line: &str) -> bool {
    let is_ours = HookCommand::of(line, None).is_some();
    if is_ours {
        let programs = programs_of(line);
        let are_ours = programs.iter().all(|name| name.ends_with("/sealstone"));
        assert!(are_ours && programs.len() <= 1, "{line:?}: {programs:?}");
    }
    is_ours
}

#[test]
fn a_line_that_is_ours_runs_nothing_else() {
    let ours: Vec<_> = LINES.iter().filter(|line| is_harmless(line)).collect();
    assert_eq!(ours.len(), 6, "{ours:?}");
    assert_eq!(programs_of(LINES[0]).len(), 1);
    assert_eq!(programs_of("sealstone hook --log \"$(other)\"").len(), 2);
}

proptest::proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]
    #[test]
    fn a_line_of_any_pieces_that_is_ours_runs_nothing_else(
        before in proptest::collection::vec(proptest::sample::select(PIECES), 0..3),
        behind in proptest::collection::vec(proptest::sample::select(PIECES), 0..7),
    ) {
        let line = format!("{}sealstone hook {}", before.concat(), behind.concat());
        is_harmless(&line);
    }
}

#[test]
fn an_installed_command_line_is_run_as_it_is_written() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("my 'bin'")).unwrap();
    let program = sandbox.path("my 'bin'/sealstone");
    fs::copy(SEALSTONE, &program).unwrap();
    let mut command = std::process::Command::new(&program);
    command
        .args([
            "hook",
            "install",
            "--agent",
            "codex",
            "--log",
            "my $log.jsonl",
        ])
        .current_dir(sandbox.path(""))
        .env("HOME", sandbox.path(""));
    let _ = Run::from(command.output().unwrap()).status(0);
    let settings = object(sandbox.read(".codex/hooks.json"));
    let line = at(&settings, "/hooks/PreToolUse/0/hooks/0/command").unwrap();
    let mut command = std::process::Command::new("sh");
    command
        .args(["-c", line.as_str().unwrap()])
        .env("HOME", sandbox.path(""))
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped());
    let event = r#"{"hook_event_name":"PreToolUse","tool_name":"Bash","tool_input":{}}"#;
    let run = Run::of(command, event.as_bytes()).status(0);
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    assert_eq!(sandbox.records("my $log.jsonl").len(), 1);
}

#[test]
fn status_says_what_is_where() {
    let sandbox = Sandbox::new();
    let run = hook(&sandbox, &["status"]).status(3);
    assert_eq!(run.stdout, "no hook is installed\n");
    let _ = hook(
        &sandbox,
        &["install", "--agent", "codex", "--events", "post"],
    )
    .status(0);
    fs::create_dir_all(sandbox.path(".halo/audit.jsonl.spool")).unwrap();
    sandbox.write(".halo/audit.jsonl.spool/1.json", "x");
    let run = hook(&sandbox, &["status", "--json"]).status(0);
    let document = object(&run.stdout);
    assert_eq!(document.str("schema"), Some("sealstone.hook-status/1"));
    let places = document.get("places").and_then(Value::as_array).unwrap();
    // The home folder is the project too, where four agents have one file for both.
    assert_eq!(places.len(), 9);
    let place = |path: &str| -> Object {
        let mut places = places.iter().map(|place| place.as_object().unwrap());
        let is_it = |place: &&Object| {
            place.str("agent") == Some("codex") && place.str("level") == Some(path)
        };
        places.find(is_it).unwrap().clone()
    };
    assert_eq!(
        at(&place("user"), "/events/0").unwrap().as_str(),
        Some("PostToolUse")
    );
    assert_eq!(place("user").get("waiting").unwrap().as_integer(), Some(1));
    let run = hook(&sandbox, &["status"]).status(0);
    assert!(
        run.stdout.contains("codex user: at 1 event, not at "),
        "{run:?}"
    );
    assert!(
        run.stdout.contains("audit.jsonl.spool: 1 record"),
        "{run:?}"
    );
}

/// What a fake OpenCode does with the plugin: a session with a call, a refusal and things that are odd.
const SESSION: &str = r#"
import { Sealstone } from "./.opencode/plugins/sealstone.js";
const hooks = await Sealstone({ directory: process.cwd(), client: { app: { log: async (it) => console.error(it.body.message) } } });
await hooks.event({ event: { type: "session.created", properties: { info: { id: "s1" } } } });
await hooks["chat.message"]({ sessionID: "s1" }, { message: {}, parts: [{ type: "text", text: "hello" }, { type: "file" }] });
const input = { tool: "bash", sessionID: "s1", callID: "c1" };
await hooks["tool.execute.before"](input, { args: { command: "ls" } });
await hooks["tool.execute.after"]({ ...input, args: { command: "ls" } }, { title: "ls", output: "a", metadata: { exit: 0 } });
await hooks["permission.ask"]({ id: "p1", type: "edit", sessionID: "s1", callID: "c2", title: "edit?", metadata: {} }, { status: "ask" });
await hooks.event({ event: { type: "permission.replied", properties: { sessionID: "s1", permissionID: "p1", response: "reject" } } });
await hooks.event({ event: { type: "message.part.updated", properties: {} } });
await hooks.event({ event: { type: "session.idle", properties: { sessionID: "s1" } } });
const cycle = {}; cycle.cycle = cycle;
await hooks["tool.execute.before"]({ ...input, callID: "c3" }, { args: cycle });
await hooks["tool.execute.before"](undefined, undefined);
await hooks.event(undefined);
"#;

#[test]
fn the_opencode_plugin_records_a_session_and_throws_nothing() {
    let node = std::process::Command::new("node").arg("--version").output();
    if node.is_err() {
        return skip("the OpenCode plugin", "there is no node");
    }
    let sandbox = Sandbox::new();
    let log = sandbox.path("a.jsonl");
    let log = log.to_str().unwrap();
    let install = ["install", "--agent", "opencode", "--project", "--log", log];
    let _ = hook(&sandbox, &[&install[..], &["--binary", SEALSTONE]].concat()).status(0);
    sandbox.write("package.json", "{\"type\": \"module\"}");
    sandbox.write("session.mjs", SESSION);
    let node = || {
        let mut command = std::process::Command::new("node");
        command
            .arg("session.mjs")
            .current_dir(sandbox.path(""))
            .env("HOME", sandbox.path(""));
        Run::from(command.output().unwrap())
    };
    let run = node().status(0);
    assert!(
        run.stderr.contains("no record of tool.execute.before: "),
        "{run:?}"
    );
    let records = sandbox.records("a.jsonl");
    let events: Vec<&str> = records
        .iter()
        .filter_map(|record| at(record, "/sealstone/event")?.as_str())
        .collect();
    let expected = [
        "session.created",
        "chat.message",
        "tool.execute.before",
        "tool.execute.after",
        "permission.ask",
        "permission.rejected",
        "session.idle",
    ];
    assert_eq!(events[..7], expected, "{run:?}");
    let call = |index: usize| at(&records[index], "/sealstone/call_id").and_then(Value::as_str);
    assert_eq!(
        (call(2), call(3), call(5)),
        (Some("c1"), Some("c1"), Some("c2"))
    );
    assert_eq!(records[2].str("session_id"), Some("s1"));
    assert_eq!(
        at(&records[2], "/agent/id").unwrap().as_str(),
        Some("opencode")
    );

    let broken = sandbox
        .read(".opencode/plugins/sealstone.js")
        .replace(SEALSTONE, "/no/such/program");
    sandbox.write(".opencode/plugins/sealstone.js", broken);
    let run = node().status(0);
    assert!(run.stderr.contains("ENOENT"), "{run:?}");
}

#[test]
fn the_claude_code_plugin_hooks_what_install_does() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| fs::read_to_string(root.join(name)).unwrap();
    let sandbox = Sandbox::new();
    let _ = hook(&sandbox, &["install", "--agent", "claude-code"]).status(0);
    let hooks = read("plugins/claude-code/hooks/hooks.json");
    assert_eq!(hooks, sandbox.read(".claude/settings.json"));
    let plugin = object(read("plugins/claude-code/.claude-plugin/plugin.json"));
    assert_eq!(plugin.str("version"), Some(env!("CARGO_PKG_VERSION")));
    let marketplace = object(read(".claude-plugin/marketplace.json"));
    let source = at(&marketplace, "/plugins/0/source")
        .unwrap()
        .as_str()
        .unwrap();
    assert!(
        root.join(source)
            .join(".claude-plugin/plugin.json")
            .exists()
    );
    let name = at(&marketplace, "/plugins/0/name").unwrap().as_str();
    assert_eq!(name, plugin.str("name"));
}

#[test]
fn settings_are_replaced_as_a_whole_and_not_written_over() {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path(".claude")).unwrap();
    let old = r#"{"model": "opus"}"#;
    let path = sandbox.write(".claude/settings.json", old);
    let open = fs::File::open(&path).unwrap();
    let _ = hook(&sandbox, &["install", "--agent", "claude-code"]).status(0);
    // Whoever reads the old file meanwhile has all of it.
    assert_eq!(std::io::read_to_string(open).unwrap(), old);
    assert_ne!(fs::read_to_string(&path).unwrap(), old);
    let left = fs::read_dir(sandbox.path(".claude")).unwrap().count();
    assert_eq!(left, 1);
}
