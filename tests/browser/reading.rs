//! What a reader does with a page.

use std::fs;

use sealstone::sample;
use serde_json::json;

use crate::{
    chromium::Browser,
    page::{Folder, PageText},
};

/// Waits until the filters have been applied, and returns what they say of the rows.
const ROWS: &str = "new Promise((done) => setTimeout(() => done(document.querySelector('#row-count').textContent), 150))";

fn opened(records: u64) -> (Browser, Folder) {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(records, 1).collect();
    let page = folder.report(&lines, &["--policy", "owasp-starter"]);
    let mut browser = Browser::new();
    assert_eq!(browser.verdict(&page, 60), "good");
    (browser, folder)
}

fn first_row(browser: &mut Browser) -> String {
    browser.text(
        "[...document.querySelectorAll('.canvas .row')].sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)[0].firstChild.textContent",
    )
}

/// Sets a control as a reader does.
fn set(browser: &mut Browser, selector: &str, value: &str) -> String {
    browser.evaluate(&format!(
        "(() => {{
           const control = document.querySelector({});
           const value = {};
           const option = [...control.options ?? []].find(({{ textContent }}) => textContent === value);
           control.value = option ? option.value : value;
           control.dispatchEvent(new Event('input', {{ bubbles: true }}));
           control.dispatchEvent(new Event('change', {{ bubbles: true }}));
         }})()",
        json!(selector),
        json!(value)
    ));
    browser.text(ROWS)
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn an_intact_page_is_green_and_shows_the_numbers() {
    let (mut browser, folder) = opened(500);
    let said = browser.text("document.body.innerText");
    let head = PageText::read(&folder.path("page.html"));
    let head = head.0.split("\"head\":\"").nth(1).unwrap()[..64].to_owned();
    for text in [
        "Verified in this browser: 500 records, unaltered and in order",
        "sealstone verify log.jsonl",
        &head,
        "What this proves, and what it cannot",
        "Not witnessed",
        "Activity over time",
        "NON-COMPLIANT",
        "Who caused what",
    ] {
        assert!(said.contains(text), "{text} in {said}");
    }
    assert_eq!(browser.text(ROWS), "500 records");
    assert_eq!(first_row(&mut browser), "500", "the newest comes first");
    assert_eq!(browser.complaints(), [""; 0]);
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn filters_show_the_records_that_are_meant() {
    let (mut browser, folder) = opened(400);
    let log = fs::read_to_string(folder.path("log.jsonl")).unwrap();
    let with = |text: &str| log.lines().filter(|line| line.contains(text)).count();
    let of = |count: usize| format!("{count} of 400 records");
    let tool = with("\"tool\":\"Grep\"");
    assert!((1..400).contains(&tool));
    assert_eq!(set(&mut browser, "#filter-tool", "Grep"), of(tool));
    let rows = browser.evaluate("document.querySelector('.grid').ariaRowCount");
    assert_eq!(rows, json!((tool + 1).to_string()));
    set(&mut browser, "#filter-tool", "All");
    browser.click(".filters button[type=reset]");
    assert_eq!(browser.text(ROWS), "400 records");
    assert_eq!(
        set(&mut browser, "#filter-session", "session-3"),
        of(with("\"session-3\""))
    );
    browser.click(".filters button[type=reset]");
    assert_eq!(
        set(&mut browser, "#search", "GEPRÜFT"),
        of(with("gepr\\u00fcft"))
    );
    assert_eq!(set(&mut browser, "#search", "<no such text>"), of(0));
    assert_eq!(set(&mut browser, "#search", ""), "400 records");
    assert_eq!(set(&mut browser, "#from", "2026-01-06"), of(0));
    assert_eq!(set(&mut browser, "#from", "2026-01-05"), "400 records");
    assert_eq!(set(&mut browser, "#to", "2026-01-04"), of(0));
    browser.click(".filters button[type=reset]");
    browser.click("#flagged");
    assert_eq!(browser.text(ROWS), of(with("\"threats\":[{")));
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn columns_sort_both_ways() {
    let (mut browser, _folder) = opened(300);
    browser.click(".col-record button");
    assert_eq!(first_row(&mut browser), "1");
    let sorted = "document.querySelector('.header .col-record').ariaSort";
    assert_eq!(browser.text(sorted), "ascending");
    browser.click(".col-tool button");
    let tools = "[...document.querySelectorAll('.canvas .row')].sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)
        .map((row) => row.querySelector('.col-tool').textContent)";
    let tools = browser.evaluate(tools);
    let tools: Vec<&str> = tools
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t.as_str().unwrap())
        .collect();
    assert!(tools.is_sorted() && tools[0] == "Bash", "{tools:?}");
    assert_eq!(browser.text(sorted), "none");
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn the_keyboard_reaches_a_record_and_comes_back() {
    let (mut browser, folder) = opened(300);
    let log = fs::read_to_string(folder.path("log.jsonl")).unwrap();
    browser.evaluate("document.querySelector('.grid').focus()");
    for key in ["ArrowDown", "ArrowDown", "ArrowUp", "Enter"] {
        browser.press(key);
    }
    assert_eq!(
        browser.text("document.querySelector('#record-title').textContent"),
        "Record 299"
    );
    let line = browser.text("document.querySelector('.drawer pre.line').textContent");
    assert_eq!(
        Some(line.as_str()),
        log.lines().nth(298),
        "the line as it was sealed"
    );
    browser.press("Escape");
    assert_eq!(
        browser.evaluate("document.querySelector('.drawer').open"),
        json!(false)
    );
    assert_eq!(browser.text("document.activeElement.className"), "grid");
    let active = "document.querySelector('.grid').getAttribute('aria-activedescendant')";
    assert_eq!(browser.text(active), "row-299");
    browser.press("End");
    assert_eq!(browser.text(active), "row-1");
    assert!(browser.evaluate("document.querySelector('#row-1').getBoundingClientRect().bottom < innerHeight + scrollY").as_bool().unwrap());
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn a_record_leads_to_what_caused_it_and_what_it_caused() {
    let (mut browser, folder) = opened(300);
    let log = fs::read_to_string(folder.path("log.jsonl")).unwrap();
    let child = 1 + log
        .lines()
        .position(|line| line.contains("\"parent_id\""))
        .unwrap();
    browser.evaluate("[...document.querySelectorAll('.tree .link')][0].click()");
    let parent = browser.text("document.querySelector('#record-title').textContent");
    browser.evaluate("document.querySelector('.drawer dl .link').click()");
    assert_eq!(
        browser.text("document.querySelector('#record-title').textContent"),
        format!("Record {child}")
    );
    browser.evaluate("document.querySelector('.drawer dl .link').click()");
    assert_eq!(
        browser.text("document.querySelector('#record-title').textContent"),
        parent
    );
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn the_records_are_saved_as_they_stand_in_the_log() {
    let (mut browser, folder) = opened(1200);
    let downloads = folder.path("downloads");
    let allow = json!({"behavior": "allow", "downloadPath": downloads, "eventsEnabled": true});
    browser.ask("Page.setDownloadBehavior", allow);
    browser.evaluate("[...document.querySelectorAll('button')].find((b) => b.textContent === 'Save the records').click()");
    browser.wait_for(|event| {
        event["method"] == "Page.downloadProgress" && event["params"]["state"] == "completed"
    });
    let saved = fs::read(downloads.join("log.jsonl")).unwrap();
    assert!(saved == fs::read(folder.path("log.jsonl")).unwrap());
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn without_scripts_the_page_can_be_read_and_says_that_nothing_was_checked() {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(50, 1).collect();
    let page = folder.report(&lines, &[]);
    let mut browser = Browser::new();
    browser.ask(
        "Emulation.setScriptExecutionDisabled",
        json!({"value": true}),
    );
    browser.open(&page);
    let said = browser.text("document.body.innerText");
    assert!(said.contains("Nothing has been checked"), "{said}");
    assert!(!said.contains("Verified"), "{said}");
    assert_eq!(
        browser.evaluate("document.querySelectorAll('tbody tr').length"),
        json!(50)
    );
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn a_window_says_that_it_is_one() {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(400, 1).collect();
    let page = folder.report(
        &lines,
        &[
            "--from",
            "2026-01-05T09:05:00Z",
            "--to",
            "2026-01-05T09:10:00Z",
        ],
    );
    let mut browser = Browser::new();
    assert_eq!(browser.verdict(&page, 30), "good");
    let said = browser.text("document.querySelector('.window').innerText");
    assert!(
        said.contains("of 400") && said.contains("not the whole log"),
        "{said}"
    );
    let banner = browser.text("document.querySelector('#banner').innerText");
    assert!(banner.contains("of 400"), "{banner}");
    let head = hash_of(&lines[399]);
    assert!(
        banner.contains("as the writer of this page says: ") && banner.contains(head),
        "{banner}"
    );
    assert!(
        banner.contains("The last record of this window"),
        "{banner}"
    );
    let calls = browser.text("document.querySelector('#calls').textContent");
    assert!(calls.contains("may be outside of this window"), "{calls}");
    browser.evaluate("document.querySelector('.canvas .row').click()");
    assert!(
        browser
            .text("document.querySelector('#record-title').textContent")
            .starts_with("Record ")
    );
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn where_there_is_no_record_nothing_is_attested() {
    let folder = Folder::new();
    let mut browser = Browser::new();
    let page = folder.report_with(&[], &[], 3);
    assert_eq!(browser.verdict(&page, 30), "idle");
    let lines: Vec<String> = sample::chain(20, 1).collect();
    let page = folder.report(&lines, &["--from", "2030-01-01"]);
    assert_eq!(browser.verdict(&page, 30), "idle");
    let said = browser.text("document.body.innerText");
    assert!(said.contains("nothing is attested"), "{said}");
    assert!(!said.contains("Verified"), "{said}");
    assert_eq!(browser.complaints(), [""; 0]);
}

/// What a witness keeps of a log: that it had `count` records, the last of which had a hash.
fn checkpoint(lines: &[String], count: usize, head: &str) -> String {
    let subject = lines
        .iter()
        .find_map(|line| line.split("\"subject\":{\"id\":\"").nth(1));
    let subject = subject.unwrap().split('"').next().unwrap();
    let root = hash_of(&lines[0]);
    format!(
        "{{\"chain_root\":\"{root}\",\"subject\":\"{subject}\",\"count\":{count},\"head\":\"{head}\",\"ts\":\"x\"}}\n"
    )
}

fn hash_of(line: &str) -> &str {
    &line.split("\",\"hash\":\"").nth(1).unwrap()[..64]
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn completeness_is_a_verdict_of_its_own() {
    let folder = Folder::new();
    let mut browser = Browser::new();
    let lines: Vec<String> = sample::chain(20, 9).collect();
    let witness = folder.write("witness.jsonl", checkpoint(&lines, 12, hash_of(&lines[11])));
    let with = ["-w", witness.to_str().unwrap()];
    let page = folder.report(&lines, &with);
    assert_eq!(browser.verdict(&page, 30), "good");
    let said = browser.text("document.body.innerText");
    assert!(said.contains("Complete up to record 12"), "{said}");
    let changed = PageText::read(&page).with_statement(|statement| {
        statement["witness"]["checkpoints"][0]["head"] = "0".repeat(64).into();
    });
    let changed = folder.write("changed.html", changed.0);
    assert_eq!(browser.verdict(&changed, 30), "bad");
    let said = browser.text("document.body.innerText");
    assert!(said.contains("Not as it was written"), "{said}");
    folder.write("witness.jsonl", checkpoint(&lines, 25, hash_of(&lines[19])));
    let page = folder.report_with(&lines, &with, 1);
    assert_eq!(browser.verdict(&page, 30), "bad");
    let said = browser.text("document.body.innerText");
    assert!(
        said.contains("Incomplete: ") && !said.contains("Verified"),
        "{said}"
    );
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn paper_has_every_row_up_to_a_limit() {
    let (mut browser, _folder) = opened(300);
    let paper = browser.print();
    assert!(paper.starts_with(b"%PDF-"));
    let pages = paper.windows(11).filter(|bytes| bytes == b"/Type /Page");
    let pages = pages.count();
    assert!(pages > 3, "{pages} pages");
    let (mut browser, _folder) = opened(5100);
    browser.evaluate("dispatchEvent(new Event('beforeprint'))");
    let said = browser.text("document.querySelector('.printed > p').textContent");
    assert_eq!(said, "5,000 rows are printed; 100 more are in the page.");
    let rows = browser.evaluate("document.querySelectorAll('.printed tbody tr').length");
    assert_eq!(rows, json!(5000));
    browser.evaluate("dispatchEvent(new Event('afterprint'))");
    assert_eq!(
        browser.evaluate("document.querySelectorAll('.printed *').length"),
        json!(0)
    );
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn pages_fit_three_widths_light_and_dark() {
    let (mut browser, folder) = opened(300);
    for scheme in ["light", "dark"] {
        for width in [360, 800, 1400] {
            browser.look_like(width, 1000, scheme);
            assert_eq!(browser.verdict(&folder.path("page.html"), 30), "good");
            let overflow = browser.evaluate(
                "document.documentElement.scrollWidth - document.documentElement.clientWidth",
            );
            assert_eq!(overflow, json!(0), "{width}: the page scrolls sideways");
            browser.keep_picture(&format!("{scheme}-{width}"), 7000);
            browser.evaluate("document.querySelector('.canvas .row').click()");
            browser.keep_picture(&format!("{scheme}-{width}-record"), 1000);
        }
    }
}
