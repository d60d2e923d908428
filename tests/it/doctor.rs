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
