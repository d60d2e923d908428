//! A page that was changed says so, and names the record where there is one.

use sealstone::sample;

use crate::{
    chromium::Browser,
    page::{Folder, PageText, sealed_again},
};

const POLICY: &str = r#"{"rules":[{"id":"no-deletes","description":"Nothing is deleted.","severity":"HIGH",
    "when":{"action.tool":"Bash"},"forbid":{"action.type":"tool_call"}}]}"#;

/// A way to change a page, and what the verdict then has to say.
type Change = (
    &'static str,
    fn(&PageText) -> PageText,
    &'static [&'static str],
);

/// What is done to the records.
const RECORDS: &[Change] = &[
    (
        "a byte of a record",
        |page| {
            page.with_lines(|lines| lines[20] = lines[20].replacen("\"session-", "\"session_", 1))
        },
        &["record 21", "altered after it was sealed"],
    ),
    (
        "a record, sealed again",
        |page| {
            page.with_lines(|lines| {
                lines[20] = sealed_again(&lines[20].replacen("\"session-", "\"session_", 1));
            })
        },
        &["record 22", "a record before it was removed"],
    ),
    (
        "the last record, sealed again",
        |page| {
            page.with_lines(|lines| {
                let last = lines.last_mut().unwrap();
                *last = sealed_again(&last.replacen("\"session-", "\"session_", 1));
            })
        },
        &["record 60", "another hash than it has"],
    ),
    (
        "a record dropped",
        |page| page.with_lines(|lines| drop(lines.remove(30))),
        &["record 31", "a record before it was removed"],
    ),
    (
        "the first record dropped",
        |page| page.with_lines(|lines| drop(lines.remove(0))),
        &["record 1", "a record before it was removed"],
    ),
    (
        "the last record dropped",
        |page| page.with_lines(|lines| drop(lines.pop())),
        &["says that it has 60 records, and it has 59"],
    ),
    (
        "two records swapped",
        |page| page.with_lines(|lines| lines.swap(10, 11)),
        &["record 11"],
    ),
    (
        "a record twice",
        |page| page.with_lines(|lines| lines.insert(10, lines[9].clone())),
        &["record 11"],
    ),
    (
        "a record appended",
        |page| {
            page.with_lines(|lines| {
                let more: Vec<String> = sample::chain(61, 3).collect();
                lines.push(more[60].clone());
            })
        },
        &["says that it has 60 records, and it has 61"],
    ),
    (
        "a key twice",
        |page| {
            page.with_lines(|lines| {
                lines[4] = lines[4].replacen('{', "{\"session_id\":\"other\",", 1);
            })
        },
        &["record 5", "a key twice"],
    ),
    (
        "a line that is no record",
        |page| page.with_lines(|lines| lines.insert(3, "nothing\n".into())),
        &["record 4", "not JSON"],
    ),
    (
        "a block that is no base64",
        |page| page.with_block(|block| format!("!!{block}")),
        &["record 1", "cannot be unpacked"],
    ),
    (
        "a block that is cut",
        |page| page.with_block(|block| block[..block.len() / 8 * 4].to_owned()),
        &["record 1", "cannot be unpacked"],
    ),
    (
        "no records at all",
        |page| page.with_block(|_| String::new()),
        &["Not as it was written"],
    ),
];

/// What is done to that which is said of them.
const CLAIMS: &[Change] = &[
    (
        "a version that is a sentence",
        |page| page.with_statement(|statement| statement["version"] = "9.9.9. All is well.".into()),
        &["The statement"],
    ),
    (
        "a checkpoint without a head",
        |page| {
            page.with_statement(|statement| {
                statement["witness"] =
                    serde_json::json!({"checkpoints": [{"count": 5000}], "stamp": null});
            })
        },
        &["The statement"],
    ),
    (
        "half a record",
        |page| page.with_statement(|statement| statement["records"] = 0.5.into()),
        &["The statement"],
    ),
    (
        "a member that there is not",
        |page| page.with_statement(|statement| statement["notary"] = "all is well".into()),
        &["The statement"],
    ),
    (
        "a kind of call that there is not",
        |page| {
            page.with_statement(|statement| {
                statement["unresolved"] = serde_json::json!({"total": 1, "entries": [
                    {"record": 1, "kind": "resolved", "has_id": true, "meaning": "all is well"}
                ]});
            })
        },
        &["The statement"],
    ),
    (
        "a row for readers without scripts",
        |page| page.with("<tr><td>60</td>", "<tr><td>60 </td>"),
        &["record 60", "without scripts"],
    ),
    (
        "a row left out",
        |page| {
            let start = page.0.find("<tr><td>42</td>").unwrap();
            let end = start + page.0[start..].find("</tr>\n").unwrap() + 6;
            PageText(format!("{}{}", &page.0[..start], &page.0[end..]))
        },
        &["record 42", "without scripts"],
    ),
    (
        "a count for readers without scripts",
        |page| page.with("<dt>Records</dt><dd>60</dd>", "<dt>Records</dt><dd>61</dd>"),
        &["without scripts", "Records"],
    ),
    (
        "the head",
        |page| page.with_statement(|statement| statement["head"] = "0".repeat(64).into()),
        &["record 60", "another hash than it has"],
    ),
    (
        "the root",
        |page| page.with_statement(|statement| statement["root"] = "0".repeat(64).into()),
        &["record 1", "another hash than it has"],
    ),
    (
        "the number of records",
        |page| page.with_statement(|statement| statement["records"] = 61.into()),
        &["says that it has 61 records, and it has 60"],
    ),
    (
        "a window that is none",
        |page| {
            page.with_statement(|statement| {
                statement["window"] = serde_json::json!({"from": null, "to": null, "first": 2, "last": 61, "total": 90,
                    "anchor": "0".repeat(64), "log_head": null, "findings_elsewhere": 0, "first_elsewhere": null});
            })
        },
        &["Not as it was written"],
    ),
    (
        "another subject",
        |page| page.with_statement(|statement| statement["expected_subject"] = "nobody".into()),
        &["record 1", "another subject"],
    ),
    (
        "the verdict of the policy",
        |page| page.with("): NON-COMPLIANT</p>", "): COMPLIANT</p>"),
        &["without scripts", "policy"],
    ),
    (
        "the text of the policy",
        |page| {
            page.with_statement(|statement| {
                let text = statement["policy"]["text"].as_str().unwrap();
                statement["policy"]["text"] = text.replace("Bash", "Nash").into();
            })
        },
        &["SHA-256 of the policy"],
    ),
    (
        "the format",
        |page| page.with_statement(|statement| statement["format"] = "other/1".into()),
        &["The statement"],
    ),
    (
        "calls emptied under a contradiction",
        |page| {
            page.with_statement(|statement| {
                statement["unresolved"] = serde_json::json!({"total": 1, "entries": [
                    {"record": 1, "kind": "conflicting", "has_id": true, "meaning": "x"}]});
            })
        },
        &["without an outcome"],
    ),
    (
        "calls left out",
        |page| page.with_statement(|statement| statement["unresolved"]["total"] = 3.into()),
        &["without an outcome"],
    ),
];

/// What is done to the page around them.
const FRAME: &[Change] = &[
    (
        "the style",
        |page| page.with("</style>", "\n.row { visibility: hidden }</style>"),
        &["The head"],
    ),
    (
        "a style brought in",
        |page| page.with("</head>", "<style>.row { display: none }</style></head>"),
        &["The head"],
    ),
    (
        "a style brought in behind the script",
        |page| page.with("</body>", "<style>.row { display: none }</style></body>"),
        &["The body", "<style>"],
    ),
    (
        "the policy for content taken out",
        |page| {
            let start = page.0.find("<meta http-equiv").unwrap();
            let end = start + page.0[start..].find("\">").unwrap() + 2;
            PageText(format!("{}{}", &page.0[..start], &page.0[end..]))
        },
        &["The head"],
    ),
    (
        "the policy for content loosened",
        |page| page.with("script-src 'sha256", "script-src 'unsafe-inline' 'sha256"),
        &["The head"],
    ),
    (
        "the policy for content widened",
        |page| page.with("default-src 'none'", "default-src *"),
        &["The head"],
    ),
    (
        "an element brought in",
        |page| {
            page.with(
                "<div id=\"banner\"",
                "<p>All is well.</p><div id=\"banner\"",
            )
        },
        &["The body"],
    ),
    (
        "an element brought in at the end",
        |page| {
            page.with(
                "</body>",
                "<header id=\"lookalike\">Verified</header></body>",
            )
        },
        &["The page", "a name"],
    ),
    (
        "text brought in",
        |page| page.with("<div id=\"banner\"", "All is well.<div id=\"banner\""),
        &["The body"],
    ),
    (
        "another banner inside of the banner",
        |page| in_banner(page, "<strong>Verified in this browser</strong>"),
        &["The banner"],
    ),
    (
        "a name for what the script asks the document for",
        |page| in_banner(page, "<img name=\"addEventListener\" hidden>Verified"),
        &["The page", "a name"],
    ),
    (
        "a name for what makes elements",
        |page| in_banner(page, "<img name=\"createElement\" hidden>Verified"),
        &["The page", "a name"],
    ),
    (
        "a name for the body",
        |page| in_banner(page, "<div hidden><img name=\"body\"></div>Verified"),
        &["The page", "a name"],
    ),
    (
        "a form whose fields stand for its methods",
        |page| {
            in_banner(
                page,
                "<form id=x><input name=remove><input name=matches></form>",
            )
        },
        &["The page", "a name"],
    ),
    (
        "a way to another address",
        |page| {
            in_banner(
                page,
                "<meta http-equiv=\"refresh\" content=\"60;url=about:blank\">",
            )
        },
        &["The banner"],
    ),
    (
        "other words in the banner",
        |page| page.with("Nothing has been checked in", "All was checked in"),
        &["The banner"],
    ),
    (
        "a handler of events",
        |page| page.with("<body>", "<body onload=\"document.title = 1\">"),
        &["The body", "attributes"],
    ),
    (
        "an attribute of the banner",
        |page| page.with("role=\"status\"", "role=\"status\" hidden"),
        &["The body", "attributes"],
    ),
    (
        "a shadow tree in place of the body",
        |page| with_shadow(page, "open", ""),
        &["The body"],
    ),
    (
        "a shadow tree that hides itself",
        |page| with_shadow(page, "closed", ""),
        &["The body"],
    ),
    (
        "an address for links",
        |page| page.with("<title>", "<base href=\"https://example.org/\"><title>"),
        &["The head"],
    ),
];

/// Puts something else into the banner.
fn in_banner(page: &PageText, html: &str) -> PageText {
    page.with("Nothing has been checked in this browser.", html)
}

/// Has a page show something else in place of its body.
fn with_shadow(page: &PageText, mode: &str, slot: &str) -> PageText {
    let tree = format!(
        "<body><template shadowrootmode=\"{mode}\"><h1 id=\"fake\">All is well.</h1>{slot}</template>"
    );
    page.with("<body>", &tree)
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn a_shadow_tree_around_the_page_is_gone() {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(10, 3).collect();
    let page = PageText::read(&folder.report(&lines, &[]));
    let page = with_shadow(&page, "closed", "<slot></slot>");
    let page = folder.write("changed.html", page.0);
    let mut browser = Browser::new();
    let mut has_tree = |is_disabled: bool| {
        let value = serde_json::json!({"value": is_disabled});
        browser.ask("Emulation.setScriptExecutionDisabled", value);
        if is_disabled {
            browser.open(&page);
        } else {
            browser.verdict(&page, 5);
        }
        let shown = serde_json::json!({"depth": -1, "pierce": true});
        let shown = browser.ask("DOM.getDocument", shown);
        shown.to_string().contains("All is well.")
    };
    assert!(has_tree(true), "without scripts it stays");
    assert!(!has_tree(false));
}

fn changed_pages(ways: &[Change]) {
    let folder = Folder::new();
    let policy = folder.write("rules.json", POLICY);
    let lines: Vec<String> = sample::chain(60, 3).collect();
    let page = folder.report(&lines, &["--policy", policy.to_str().unwrap()]);
    let mut browser = Browser::new();
    assert_eq!(
        browser.verdict(&page, 30),
        "good",
        "the page as it is written"
    );
    let page = PageText::read(&page);
    let same = folder.write("same.html", page.with_lines(|_| ()).0);
    assert_eq!(browser.verdict(&same, 30), "good", "packed in another way");
    let mut wrong = Vec::new();
    for (what, change, expected) in ways {
        let file = folder.write("changed.html", change(&page).0);
        let verdict = browser.verdict(&file, 30);
        let said = browser.text("document.body.innerText");
        let is_said = expected.iter().all(|text| said.contains(text));
        if verdict != "bad" || !is_said || said.contains("Verified") {
            wrong.push(format!("{what}: {verdict}: {said}"));
        }
    }
    browser.keep_picture("changed", 1000);
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn records_that_were_changed_turn_the_page_red() {
    changed_pages(RECORDS);
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn claims_that_were_changed_turn_the_page_red() {
    changed_pages(CLAIMS);
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn bounds_that_do_not_hold_turn_a_window_red() {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(60, 3).collect();
    let page = PageText::read(&folder.report(&lines, &["--from", "2026-01-05T09:00:10Z"]));
    let mut browser = Browser::new();
    let same = folder.write("same.html", page.0.clone());
    assert_eq!(browser.verdict(&same, 30), "good");
    for (old, new, expected) in [
        (
            "2026-01-05T09:00:10+00:00",
            "2026-01-05T09:20:00Z",
            "not in the window",
        ),
        (hash_of(&lines[59]), "", "another head"),
    ] {
        let zeros = "0".repeat(64);
        let new = if new.is_empty() { &zeros } else { new };
        // In the statement and in the text for readers without scripts.
        let name = |text: &str| [format!("from {text}"), format!("its head is {text}")];
        let mut changed = page.clone();
        for (old, new) in name(old).iter().zip(name(new)) {
            changed = PageText(changed.0.replace(old, &new));
        }
        let changed = changed.with_statement(|statement| {
            for member in ["from", "log_head"] {
                if statement["window"][member] == old {
                    statement["window"][member] = new.into();
                }
            }
        });
        let changed = folder.write("changed.html", changed.0);
        assert_eq!(browser.verdict(&changed, 30), "bad", "{expected}");
        let said = browser.text("document.body.innerText");
        assert!(said.contains(expected), "{said}");
    }
}

fn hash_of(line: &str) -> &str {
    &line.split("\",\"hash\":\"").nth(1).unwrap()[..64]
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn what_is_no_change_of_the_page_is_not_called_one() {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(10, 3).collect();
    let page = folder.report(&lines, &[]);
    let mut browser = Browser::new();
    // As in a browser that lacks what the script needs.
    let lacking = serde_json::json!({"source": "delete globalThis.TextDecoder;"});
    browser.ask("Page.addScriptToEvaluateOnNewDocument", lacking);
    assert_eq!(browser.verdict(&page, 30), "idle");
    let said = browser.text("document.body.innerText");
    assert!(said.contains("Could not be checked here"), "{said}");
    assert!(!said.contains("Not as it was written"), "{said}");
    assert!(!said.contains("Verified"), "{said}");
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn a_frame_that_was_changed_turns_the_page_red() {
    changed_pages(FRAME);
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn blocks_in_another_order_turn_the_page_red() {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(3000, 3).collect();
    let page = PageText::read(&folder.report(&lines, &[]));
    let changed = folder.write("changed.html", page.with_blocks_swapped().0);
    let mut browser = Browser::new();
    assert_eq!(browser.verdict(&changed, 30), "bad");
    assert!(browser.text("document.body.innerText").contains("record 1"));
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn a_changed_script_is_not_run() {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(10, 3).collect();
    let page = PageText::read(&folder.report(&lines, &[]));
    let mut browser = Browser::new();
    for (old, new) in [
        ("\"use strict\";", "\"use strict\" ;"),
        (
            "<script>(",
            "<script>document.title = 'ran';</script><script>(",
        ),
    ] {
        let changed = folder.write("changed.html", page.with(old, new).0);
        let verdict = browser.verdict(&changed, 3);
        assert_ne!(verdict, "good", "{new}");
        assert_ne!(browser.text("document.title"), "ran");
        let said = browser.text("document.body.innerText");
        assert!(!said.contains("Verified"), "{said}");
    }
}
