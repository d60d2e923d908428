//! The console blocks of the README, run.
//!
//! Each line after `$ ` goes to a shell, all in one folder; what stands below it must be printed, standard
//! output and error together. `[..]` stands for anything within a line, `? N` for a status other than 0.

use std::process::Command;

use crate::harness::{SEALSTONE, Sandbox};

struct Step {
    command: String,
    expected: Vec<String>,
    status: i32,
}

fn steps(document: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for line in document.lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if !inside {
        } else if let Some(command) = line.strip_prefix("$ ") {
            steps.push(Step {
                command: command.to_owned(),
                expected: Vec::new(),
                status: 0,
            });
        } else {
            let step = steps.last_mut().unwrap();
            match line.strip_prefix("? ") {
                Some(status) => step.status = status.parse().unwrap(),
                None => step.expected.push(line.to_owned()),
            }
        }
    }
    steps
}

fn matches(line: &str, pattern: &str) -> bool {
    match pattern.split_once("[..]") {
        None => line == pattern,
        Some((before, after)) => {
            line.starts_with(before)
                && line.len() >= before.len() + after.len()
                && line.ends_with(after)
        }
    }
}

#[test]
fn what_the_readme_shows_is_what_happens() {
    let sandbox = Sandbox::new();
    let bin = std::path::Path::new(SEALSTONE).parent().unwrap();
    let path = format!("{}:{}", bin.display(), env!("PATH"));
    let steps = steps(include_str!("../../README.md"));
    assert!(steps.len() >= 8, "the README has lost its examples");
    for step in steps {
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {}; }} 2>&1", step.command)])
            .current_dir(sandbox.path(""))
            .env("PATH", &path)
            .env("HOME", sandbox.path(""))
            .output()
            .unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        let lines: Vec<&str> = printed.lines().collect();
        assert_eq!(
            lines.len(),
            step.expected.len(),
            "{}\n{printed}",
            step.command
        );
        for (line, pattern) in lines.iter().zip(&step.expected) {
            assert!(
                matches(line, pattern),
                "{}\n{line}\n{pattern}",
                step.command
            );
        }
        assert_eq!(output.status.code(), Some(step.status), "{}", step.command);
    }
}
