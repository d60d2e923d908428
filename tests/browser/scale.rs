//! A page with 100,000 records.

use sealstone::sample;
use serde_json::json;

use crate::{chromium::Browser, page::Folder};

/// How long the page may take to verify them, in seconds. It is the processor's time that is held to it: other programs
/// may take the processor from the browser meanwhile.
const BOUND: f64 = 5.0;

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn a_hundred_thousand_records_are_verified_within_the_bound_and_scroll() {
    let folder = Folder::new();
    let lines: Vec<String> = sample::chain(100_000, 1).collect();
    let page = folder.report(&lines, &[]);
    let mut browser = Browser::new();
    browser.ask("Performance.enable", json!({"timeDomain": "threadTicks"}));
    let before = task_seconds(&mut browser);
    assert_eq!(browser.verdict(&page, 60), "good");
    let seconds = task_seconds(&mut browser) - before;
    let said = browser.text("document.querySelector('#banner .quiet').textContent");
    println!("{seconds:.1} s of the processor; the page says: {said}");
    assert!(seconds < BOUND, "{seconds} s; {said}");
    scrolls(&mut browser);
    assert_eq!(browser.complaints(), [""; 0]);
}

/// How long the page's thread has worked: reading the page, unpacking, verifying, drawing.
fn task_seconds(browser: &mut Browser) -> f64 {
    let metrics = browser.ask("Performance.getMetrics", json!({}));
    let mut metrics = metrics["metrics"].as_array().unwrap().iter();
    let task = metrics.find(|metric| metric["name"] == "TaskDuration");
    task.unwrap()["value"].as_f64().unwrap()
}

/// Scrolls through the table, a frame at a time.
fn scrolls(browser: &mut Browser) {
    let frames = browser.evaluate(
        "new Promise((done) => {
           const grid = document.querySelector('.grid');
           grid.scrollIntoView();
           const times = [];
           let most = 0;
           const frame = (now) => {
             times.push(now);
             most = Math.max(most, document.querySelectorAll('.canvas .row').length);
             grid.scrollTop = (times.length * (grid.scrollHeight - grid.clientHeight)) / 100;
             if (times.length <= 100) requestAnimationFrame(frame);
             else done({ mean: (times.at(-1) - times[0]) / 100, most });
           };
           requestAnimationFrame(frame);
         })",
    );
    assert!(
        frames["mean"].as_f64().unwrap() < 34.0,
        "{frames}: two frames of 60 a second"
    );
    assert!(
        frames["most"].as_u64().unwrap() < 120,
        "{frames}: only rows in sight exist"
    );
    let last = browser.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(!!document.querySelector('#row-1')))))",
    );
    assert_eq!(last, json!(true), "the oldest record is at the end");
}
