//! Whether the agent is allowed to run the hook, as far as its files say.

use std::path::{Path, PathBuf};

use sealstone::{
    hook::Agent,
    json::{Object, Value},
    settings,
};

use super::{
    super::{
        change::Installed,
        place::{Level, Place},
    },
    Checks,
    checks::text_of,
};

/// Where administrators put what counts before everybody's settings of Claude Code, below the
/// root of all files.
const CLAUDE_MANAGED: &[&str] = &[
    "etc/claude-code/managed-settings.json",
    "Library/Application Support/ClaudeCode/managed-settings.json",
];

pub(super) fn check(checks: &mut Checks<'_>, installed: &[Installed]) {
    match checks.place.agent {
        Agent::ClaudeCode => claude_code(checks),
        Agent::Codex => codex(checks, installed),
        Agent::Gemini => gemini(checks, installed),
        Agent::Copilot if checks.place.level == Level::Project => checks.warn(
            "trust",
            "whether Copilot trusts this folder is unknown",
            "start it here once, and say that it is trusted",
        ),
        Agent::Copilot | Agent::Cursor | Agent::OpenCode => {}
    }
}

/// Reads an object of settings; what is missing or cannot be read says nothing.
fn object(path: &Path) -> Option<Object> {
    let text = text_of(path).ok()??;
    match settings::read(&text).ok()? {
        Value::Object(object) => Some(object),
        _ => None,
    }
}

fn is_set(object: &Object, key: &str, wanted: bool) -> bool {
    object.get(key) == Some(&Value::Bool(wanted))
}

fn claude_code(checks: &mut Checks<'_>) {
    let own = Place::all(Agent::ClaudeCode).unwrap_or_default();
    let own = own.into_iter().map(|place| place.path);
    let switches = claude_switches(own.chain(claude_managed(Path::new("/"))));
    if switches.is_empty() {
        checks.ok(
            "policy",
            "no settings switch hooks off (what --bare and --safe-mode do cannot be seen from here)",
        );
    }
    for (detail, fix) in switches {
        checks.fail("policy", detail, fix);
    }
}

fn claude_managed(root: &Path) -> impl Iterator<Item = PathBuf> {
    CLAUDE_MANAGED.iter().map(|path| root.join(path))
}

/// Returns what in these files switches the hook off, and what helps.
fn claude_switches(paths: impl Iterator<Item = PathBuf>) -> Vec<(String, &'static str)> {
    let mut switches = Vec::new();
    for path in paths {
        let Some(object) = object(&path) else {
            continue;
        };
        for (key, fix) in [
            ("disableAllHooks", "take it out"),
            (
                "allowManagedHooksOnly",
                "have the hook put into the managed settings",
            ),
        ] {
            if is_set(&object, key, true) {
                switches.push((format!("`{key}` is set in {}", path.display()), fix));
            }
        }
    }
    switches
}

fn codex(checks: &mut Checks<'_>, installed: &[Installed]) {
    if let Ok(Some(text)) = text_of(&checks.place.path)
        && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err()
    {
        let fix = "take out comments, trailing commas and byte order marks";
        checks.fail("format", "Codex reads plain JSON only", fix);
    }
    let configuration = Place::of(Agent::Codex, Level::User)
        .ok()
        .and_then(|user| text_of(&user.beside("config.toml")).ok().flatten());
    let lines = Toml(configuration.unwrap_or_default());
    let is_off = |key| lines.value("[features]", key) == Some("false");
    if is_off("hooks") || is_off("codex_hooks") {
        let fix = "set `hooks = true` under `[features]` in config.toml";
        checks.fail("policy", "hooks are switched off", fix);
    } else {
        checks.ok("policy", "hooks are not switched off");
    }
    codex_trust(checks, installed, &lines);
}

/// Codex keeps `[hooks.state."FILE:EVENT:GROUP:HANDLER"]` with the hash of what was trusted. Whether it is the
/// hash of what is installed now only Codex can tell.
fn codex_trust(checks: &mut Checks<'_>, installed: &[Installed], lines: &Toml) {
    let fix = "start Codex, enter /hooks, and trust it";
    if !lines.0.contains("hooks.state") {
        let detail =
            "unknown: there is no record of a hook that was trusted, and others are passed over";
        return checks.warn("trust", detail, fix);
    }
    let path = checks.place.path.display().to_string();
    let header = |one: &Installed| {
        let (group, handler) = one.place;
        let event = snake_case(&one.event);
        format!("[hooks.state.\"{path}:{event}:{group}:{handler}\"]")
    };
    let names = |wanted: &dyn Fn(&str) -> bool| {
        let found = installed.iter().filter(|one| wanted(&header(one)));
        found
            .map(|one| one.event.as_str())
            .collect::<Vec<_>>()
            .join(", ")
    };
    let off = names(&|header| lines.value(header, "enabled") == Some("false"));
    let untrusted = names(&|header| lines.value(header, "trusted_hash").is_none());
    if !off.is_empty() {
        checks.fail("trust", format!("switched off in Codex: {off}"), fix);
    }
    if !untrusted.is_empty() {
        checks.fail(
            "trust",
            format!("Codex has not been told to trust: {untrusted}"),
            fix,
        );
    }
    if off.is_empty() && untrusted.is_empty() {
        let detail =
            "Codex was told to trust a hook in each place (whether this one, /hooks shows)";
        checks.ok("trust", detail);
    }
}

fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for c in name.chars() {
        if c.is_ascii_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(c.to_ascii_lowercase());
    }
    snake
}

/// The lines of a TOML file: as much of it as Codex writes, and no more is understood.
struct Toml(String);

impl Toml {
    fn value(&self, header: &str, key: &str) -> Option<&str> {
        let lines = self.0.lines().map(str::trim);
        let table = lines
            .skip_while(|line| *line != header)
            .skip(1)
            .take_while(|line| !line.starts_with('['));
        let mut values = table.filter_map(|line| line.split_once('='));
        let (_, value) = values.find(|(name, _)| name.trim() == key)?;
        Some(value.trim())
    }
}

fn gemini(checks: &mut Checks<'_>, installed: &[Installed]) {
    let mut is_allowed = true;
    for place in Place::all(Agent::Gemini).unwrap_or_default() {
        let Some(object) = object(&place.path) else {
            continue;
        };
        let path = place.path.display();
        for (section, key) in [
            ("hooksConfig", "enabled"),
            ("hooks", "enabled"),
            ("tools", "enableHooks"),
        ] {
            let section_object = object.object(section);
            if section_object.is_some_and(|section| is_set(section, key, false)) {
                is_allowed = false;
                let detail = format!("`{section}.{key}` is false in {path}");
                checks.fail("policy", detail, "set it to true");
            }
        }
        for section in ["hooksConfig", "hooks"] {
            let list = object.object(section).and_then(|it| it.get("disabled"));
            if list.is_some_and(|list| names_one(list, installed)) {
                is_allowed = false;
                let detail = format!("`{section}.disabled` in {path} names the hook");
                checks.fail("policy", detail, "take it out of the list");
            }
        }
    }
    if is_allowed {
        checks.ok("policy", "no settings switch the hook off");
    }
    if checks.place.level == Level::Project {
        gemini_trust(checks, installed);
    }
}

fn names_one(list: &Value, installed: &[Installed]) -> bool {
    let names = list.as_array().unwrap_or_default();
    let mut names = names.iter().filter_map(Value::as_str);
    names.any(|name| installed.iter().any(|one| one.line == name))
}

/// Gemini CLI keeps the commands that were shown in `trusted_hooks.json`, by project, with the name of the
/// hook and a colon in front in some versions.
fn gemini_trust(checks: &mut Checks<'_>, installed: &[Installed]) {
    let user = Place::of(Agent::Gemini, Level::User).ok();
    let trusted = user.and_then(|user| object(&user.beside("trusted_hooks.json")));
    let project = checks.place.base.to_string_lossy().into_owned();
    let list = trusted.as_ref().and_then(|it| it.get(&project));
    let names = list.and_then(Value::as_array).unwrap_or_default();
    let is_trusted = |one: &Installed| {
        let mut names = names.iter().filter_map(Value::as_str);
        names.any(|name| name.strip_prefix(':').unwrap_or(name) == one.line)
    };
    if installed.iter().all(is_trusted) {
        checks.ok("trust", "Gemini CLI trusts the hook in this project");
    } else {
        let detail = "unknown: Gemini CLI has no record that it trusts the hook in this project";
        checks.warn(
            "trust",
            detail,
            "start it here, and accept the hooks that it shows",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn managed_settings_that_allow_only_their_own_hooks_are_found() {
        let root = tempfile::tempdir().unwrap();
        let switches = || claude_switches(claude_managed(root.path()));
        assert_eq!(switches(), []);
        let path = root.path().join("etc/claude-code/managed-settings.json");
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, "{\"allowManagedHooksOnly\": true} // all").unwrap();
        let detail = format!("`allowManagedHooksOnly` is set in {}", path.display());
        let fix = "have the hook put into the managed settings";
        assert_eq!(switches(), [(detail, fix)]);
        std::fs::write(&path, "{\"allowManagedHooksOnly\": false}").unwrap();
        assert_eq!(switches(), []);
    }

    #[test]
    fn as_much_toml_is_understood_as_is_needed() {
        let toml = Toml(
            "model = \"x\"\n[features]\nhooks = false\n\n[hooks.state.\"/a/hooks.json:pre_tool_use:0:0\"]\n\
             trusted_hash = \"sha256:ab\"\n"
                .to_owned(),
        );
        assert_eq!(toml.value("[features]", "hooks"), Some("false"));
        assert_eq!(toml.value("[features]", "trusted_hash"), None);
        let header = "[hooks.state.\"/a/hooks.json:pre_tool_use:0:0\"]";
        assert_eq!(toml.value(header, "trusted_hash"), Some("\"sha256:ab\""));
        assert_eq!(toml.value("[none]", "model"), None);
        assert_eq!(snake_case("PostToolUseFailure"), "post_tool_use_failure");
    }
}
