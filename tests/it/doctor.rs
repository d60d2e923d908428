//! `sealstone hook doctor`

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use sealstone::json::Value;

use crate::harness::{Run, SEALSTONE, Sandbox, object, text};

fn hook(sandbox: &Sandbox, args: &[&str], variables: &[(&str, &str)]) -> Run {
    let mut command = sandbox.command(["hook"].iter().chain(args));
    let folder = Path::new(SEALSTONE).parent().unwrap();
    command
        .env("PATH", format!("{}:{}", folder.display(), env!("PATH")))
        .env("HOME", sandbox.path("home"))
        .envs(variables.iter().copied());
    Run::of(command, b"")
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    fs::create_dir(sandbox.path("home")).unwrap();
    sandbox
}

/// Returns the line of a check.
#[track_caller]
fn line<'a>(run: &'a Run, check: &str) -> &'a str {
    let mark = format!(": {check}: ");
    let line = run.stdout.lines().find(|line| line.contains(&mark));
    line.unwrap_or_else(|| panic!("no {check} in {run:#?}"))
}

#[track_caller]
fn fails(sandbox: &Sandbox, variables: &[(&str, &str)], check: &str, reason: &str) {
    let run = hook(sandbox, &["doctor"], variables).status(1);
    let line = line(&run, check);
    assert!(
        line.starts_with("fail  ") && line.contains(reason),
        "{run:#?}"
    );
    assert!(line.contains("; fix: "), "{line}");
}

#[test]
fn a_sound_installation_has_nothing_to_say_of_any_agent() {
    for agent in [
        "claude-code",
        "codex",
        "copilot-cli",
        "cursor",
        "gemini-cli",
        "opencode",
    ] {
        let sandbox = sandbox();
        let _ = hook(&sandbox, &["install", "--agent", agent], &[]).status(0);
        let run = hook(&sandbox, &["doctor"], &[]).status(0);
        let canary = line(&run, "canary");
        assert!(canary.starts_with("ok  "), "{canary}");
        assert!(
            canary.contains("a record of the tool sealstone.canary was added"),
            "{canary}"
        );
        assert!(!run.stdout.contains("fail  "), "{run:?}");
        let records = sandbox.records("home/.halo/audit.jsonl");
        assert!(
            records
                .iter()
                .any(|record| text(record, "/action/tool") == Some("sealstone.canary"))
        );
        assert_eq!(text(&records[0], "/agent/id"), Some(agent));
        let _ = sandbox
            .run(["log", "--unresolved", "home/.halo/audit.jsonl"])
            .status(0);
        let before = records.len();
        let run = hook(&sandbox, &["doctor", "--no-canary", "--json"], &[]).status(0);
        let document = object(&run.stdout);
        assert_eq!(document.str("schema"), Some("sealstone.hook-doctor/1"));
        let checks = document.get("checks").and_then(Value::as_array).unwrap();
        let names: Vec<_> = checks
            .iter()
            .map(|it| it.as_object().unwrap().str("check").unwrap())
            .collect();
        for name in [
            "settings", "events", "levels", "program", "version", "log", "lock", "spool",
        ] {
            assert!(names.contains(&name), "{names:?}");
        }
        assert_eq!(sandbox.records("home/.halo/audit.jsonl").len(), before);
    }
}

#[test]
fn without_an_installation_there_is_nothing_to_check() {
    let sandbox = sandbox();
    let run = hook(&sandbox, &["doctor"], &[]).status(3);
    assert!(run.stdout.contains("no hook is installed"), "{run:?}");
    let run = hook(&sandbox, &["doctor", "--json"], &[]).status(3);
    assert_eq!(object(&run.stdout).str("verdict"), Some("none"));
}

#[test]
fn each_breakage_fails_in_its_own_words() {
    let sandbox = sandbox();
    let install = |more: &[&str]| {
        let args = [&["install", "--agent", "claude-code"][..], more].concat();
        let _ = hook(&sandbox, &args, &[]).status(0);
    };
    install(&["--binary", "/no/such/sealstone"]);
    fails(
        &sandbox,
        &[],
        "program",
        "sh does not find `/no/such/sealstone`",
    );
    install(&["--log", "/proc/a.jsonl"]);
    fails(
        &sandbox,
        &[],
        "canary",
        "no record arrived in /proc/a.jsonl",
    );
    install(&["--log", "wrong.jsonl"]);
    sandbox.write("wrong.jsonl", "not a chain\n");
    fails(&sandbox, &[], "log", "holds text that is not a chain");
    fails(&sandbox, &[], "canary", "no record arrived");
    let wrapper = sandbox.path("sealstone");
    let script = |text: &str| {
        fs::write(&wrapper, format!("#!/bin/sh\n{text}\n")).unwrap();
        fs::set_permissions(&wrapper, Permissions::from_mode(0o755)).unwrap();
    };
    script(&format!("echo hello; exec '{SEALSTONE}' \"$@\""));
    install(&["--binary", wrapper.to_str().unwrap()]);
    fails(&sandbox, &[], "canary", "printed `hello");
    script("exit 2");
    fails(&sandbox, &[], "canary", "ended with status 2");
    script("exit 0");
    fails(&sandbox, &[], "canary", "no record arrived");
    fs::write(sandbox.path("home/.claude/settings.json"), "{\"hooks\": [}").unwrap();
    fails(&sandbox, &[], "settings", "line 1, column 12");
}

#[test]
fn settings_that_keep_the_hook_from_running_are_found() {
    let sandbox = sandbox();
    let _ = hook(&sandbox, &["install", "--agent", "claude-code"], &[]).status(0);
    fs::create_dir(sandbox.path(".claude")).unwrap();
    sandbox.write(
        ".claude/settings.local.json",
        "{\"disableAllHooks\": true} // for now",
    );
    fails(&sandbox, &[], "policy", "`disableAllHooks` is set in ");
    fs::remove_file(sandbox.path(".claude/settings.local.json")).unwrap();
    let _ = hook(
        &sandbox,
        &["install", "--agent", "claude-code", "--project"],
        &[],
    )
    .status(0);
    let run = hook(&sandbox, &["doctor"], &[]).status(0);
    assert!(line(&run, "levels").contains("is installed in "), "{run:?}");
    let _ = hook(&sandbox, &["uninstall", "--agent", "claude-code"], &[]).status(0);
    let _ = hook(
        &sandbox,
        &["uninstall", "--agent", "claude-code", "--project"],
        &[],
    )
    .status(0);

    let _ = hook(
        &sandbox,
        &["install", "--agent", "gemini-cli", "--project"],
        &[],
    )
    .status(0);
    let run = hook(&sandbox, &["doctor"], &[]).status(0);
    assert!(line(&run, "trust").starts_with("warn  "), "{run:?}");
    fs::create_dir(sandbox.path("home/.gemini")).unwrap();
    let project = fs::canonicalize(sandbox.path("")).unwrap();
    let trusted = format!(
        "{{\"{}\": [\":sealstone hook --agent gemini-cli\"]}}",
        project.display()
    );
    sandbox.write("home/.gemini/trusted_hooks.json", trusted);
    let run = hook(&sandbox, &["doctor"], &[]).status(0);
    assert!(line(&run, "trust").starts_with("ok  "), "{run:?}");
    sandbox.write(
        "home/.gemini/settings.json",
        "{\"hooksConfig\": {\"enabled\": false}}",
    );
    fails(
        &sandbox,
        &[],
        "policy",
        "`hooksConfig.enabled` is false in ",
    );
}

#[test]
fn what_codex_trusts_is_read_and_else_unknown() {
    let sandbox = sandbox();
    let install = ["install", "--agent", "codex", "--events", "PreToolUse"];
    let _ = hook(&sandbox, &install, &[]).status(0);
    let run = hook(&sandbox, &["doctor"], &[]).status(0);
    let trust = line(&run, "trust");
    assert!(
        trust.starts_with("warn  ") && trust.contains("unknown"),
        "{trust}"
    );
    assert!(trust.contains("/hooks"), "{trust}");
    let hooks = sandbox.path("home/.codex/hooks.json");
    let header = format!("[hooks.state.\"{}:pre_tool_use:0:0\"]\n", hooks.display());
    let write = |text: &str| drop(sandbox.write("home/.codex/config.toml", text));
    write(&format!("{header}trusted_hash = \"sha256:ab\"\n"));
    let run = hook(&sandbox, &["doctor"], &[]).status(0);
    assert!(line(&run, "trust").starts_with("ok  "), "{run:?}");
    write(&format!(
        "{header}trusted_hash = \"sha256:ab\"\nenabled = false\n"
    ));
    fails(&sandbox, &[], "trust", "switched off in Codex: PreToolUse");
    write("[hooks.state.\"other:pre_tool_use:0:0\"]\ntrusted_hash = \"sha256:ab\"\n");
    fails(
        &sandbox,
        &[],
        "trust",
        "has not been told to trust: PreToolUse",
    );
    write("[features]\nhooks = false\n");
    fails(&sandbox, &[], "policy", "hooks are switched off");
    write("");
    let text = fs::read_to_string(&hooks).unwrap();
    fs::write(&hooks, format!("// ours\n{text}")).unwrap();
    fails(&sandbox, &[], "format", "Codex reads plain JSON only");
}

#[test]
fn a_lock_that_is_held_and_records_that_wait_are_reported() {
    let sandbox = sandbox();
    let _ = hook(&sandbox, &["install", "--agent", "cursor"], &[]).status(0);
    let _ = hook(&sandbox, &["doctor"], &[]).status(0);
    let lock = fs::File::options()
        .append(true)
        .open(sandbox.path("home/.halo/audit.jsonl.lock"))
        .unwrap();
    lock.lock().unwrap();
    fs::create_dir_all(sandbox.path("home/.halo/audit.jsonl.spool")).unwrap();
    sandbox.write("home/.halo/audit.jsonl.spool/1.json", "x");
    let run = hook(&sandbox, &["doctor", "--no-canary"], &[]).status(0);
    assert!(line(&run, "lock").starts_with("warn  "), "{run:?}");
    assert!(line(&run, "spool").contains("records wait: 1"), "{run:?}");
    lock.unlock().unwrap();
    let variables = [("SEALSTONE_DIR", "logs"), ("SEALSTONE_SUBJECT", "acme")];
    let run = hook(&sandbox, &["doctor"], &variables).status(0);
    assert!(line(&run, "canary").contains("logs/acme.jsonl"), "{run:?}");
}

/// Writes settings of a project that run a line at one event.
fn project(sandbox: &Sandbox, line: &str) {
    fs::create_dir_all(sandbox.path(".claude")).unwrap();
    let line = line.replace('"', "\\\"");
    let handler = format!("{{\"type\": \"command\", \"command\": \"{line}\"}}");
    let text = format!(
        "{{\"hooks\": {{\"PreToolUse\": [{{\"matcher\": \"*\", \"hooks\": [{handler}]}}]}}}}"
    );
    sandbox.write(".claude/settings.json", text);
}

/// Makes a program that leaves a file when it is run.
fn foreign(sandbox: &Sandbox, name: &str) {
    let path = sandbox.path(name);
    let mark = sandbox.path("was-run");
    fs::write(&path, format!("#!/bin/sh\n: > '{}'\n", mark.display())).unwrap();
    fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn what_a_project_names_is_not_run_unless_it_is_this_program() {
    let sandbox = sandbox();
    foreign(&sandbox, "sealstone");
    let absolute = sandbox.path("sealstone").display().to_string();
    for (line_text, reason) in [
        ("./sealstone hook", "`./sealstone` is not this one"),
        (&*format!("{absolute} hook"), "is not this one"),
        ("~/../sealstone hook", "depends on the shell"),
        ("\"$A/sealstone\" hook", "depends on the shell"),
        (
            "LD_PRELOAD=./a.so sealstone hook",
            "`LD_PRELOAD` is set in front",
        ),
        ("PATH=. sealstone hook", "`PATH` is set in front"),
        (
            "SEALSTONE_LOG=a IFS=x sealstone hook",
            "`IFS` is set in front",
        ),
    ] {
        project(&sandbox, line_text);
        let run = hook(&sandbox, &["doctor"], &[("A", ".")]).status(0);
        let mut told = run
            .stdout
            .lines()
            .filter(|line| line.contains(": program: "));
        let told = told.next_back().unwrap();
        assert!(
            told.starts_with("warn  ") && told.contains("another program: not run: "),
            "{run:#?}"
        );
        assert!(
            told.contains(reason) && told.contains("--trust-project"),
            "{told}"
        );
        assert!(!run.stdout.contains(": canary: "), "{run:#?}");
        assert!(!run.stdout.contains(": version: "), "{run:#?}");
        assert!(!sandbox.path("was-run").exists(), "{line_text}");
    }
    project(&sandbox, "./sealstone hook");
    let run = hook(&sandbox, &["doctor", "--trust-project"], &[]).status(1);
    assert!(
        line(&run, "canary").contains("no record arrived"),
        "{run:?}"
    );
    assert!(sandbox.path("was-run").exists());

    // A link to this program is this program, whatever of ours is set in front of it.
    fs::remove_file(sandbox.path("sealstone")).unwrap();
    std::os::unix::fs::symlink(SEALSTONE, sandbox.path("sealstone")).unwrap();
    for text in [
        "./sealstone hook",
        "SEALSTONE_LOG=a.jsonl HALO_SUBJECT=b sealstone hook",
    ] {
        project(&sandbox, text);
        let run = hook(&sandbox, &["doctor"], &[]).status(0);
        assert!(line(&run, "canary").starts_with("ok  "), "{run:#?}");
    }
    assert_eq!(sandbox.records("a.jsonl").len(), 1);
}

#[test]
fn what_the_user_names_is_run_unless_each_folder_has_another_one() {
    let sandbox = sandbox();
    foreign(&sandbox, "sealstone");
    let install = |program: &str| {
        let args = ["install", "--agent", "claude-code", "--binary", program];
        let _ = hook(&sandbox, &args, &[]).status(0);
    };
    install("./sealstone");
    let run = hook(&sandbox, &["doctor"], &[]).status(0);
    let doubt = "`./sealstone` is looked for in the working folder";
    assert!(run.stdout.contains(doubt), "{run:#?}");
    assert!(!sandbox.path("was-run").exists());
    install(sandbox.path("sealstone").to_str().unwrap());
    let _ = hook(&sandbox, &["doctor"], &[]).status(1);
    assert!(sandbox.path("was-run").exists());
}

#[test]
fn a_command_in_a_word_is_never_run() {
    let sandbox = sandbox();
    for text in [
        "sealstone hook --log \"$(touch was-run)\"",
        "sealstone hook --log \"`touch was-run`\"",
        "A=\"$(touch was-run)\" sealstone hook",
    ] {
        project(&sandbox, text);
        let _ = hook(&sandbox, &["doctor", "--trust-project"], &[]).status(3);
        assert!(!sandbox.path("was-run").exists(), "{text}");
    }
}

#[test]
fn a_log_that_only_the_shell_knows_is_not_guessed() {
    let sandbox = sandbox();
    project(&sandbox, "sealstone hook --log \"$A/a.jsonl\"");
    let folder = sandbox.path("").display().to_string();
    let run = hook(&sandbox, &["doctor"], &[("A", &folder)]).status(0);
    for check in ["log", "canary"] {
        let line = line(&run, check);
        assert!(line.starts_with("warn  "), "{line}");
        assert!(line.contains("depends on the shell"), "{line}");
    }
    assert_eq!(sandbox.records("a.jsonl").len(), 1);
}

#[test]
fn a_log_that_cannot_be_written_or_made_fails() {
    let sandbox = sandbox();
    let install = |log: &str| {
        let args = ["install", "--agent", "claude-code", "--log", log];
        let _ = hook(&sandbox, &args, &[]).status(0);
    };
    install("a.jsonl");
    let run = hook(&sandbox, &["doctor", "--no-canary"], &[]).status(0);
    assert!(
        line(&run, "log").contains("is made with the first record"),
        "{run:?}"
    );
    assert!(!sandbox.path("a.jsonl").exists());
    let _ = hook(&sandbox, &["doctor"], &[]).status(0);
    let run = hook(&sandbox, &["doctor", "--no-canary"], &[]).status(0);
    assert!(line(&run, "log").contains("can be written"), "{run:?}");
    install("a.jsonl/b.jsonl");
    let run = hook(&sandbox, &["doctor", "--no-canary"], &[]).status(1);
    assert!(line(&run, "log").starts_with("fail  "), "{run:?}");
}
