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
    // By a wheel, and by the bar, where no row stays in sight.
    for (step, a_second) in [("340", 60.0), ("grid.scrollHeight / 100", 30.0)] {
        let frame = seconds_for_a_frame(&mut browser, step);
        println!("{:.1} ms of the processor for a frame", frame * 1000.0);
        assert!(frame < 1.0 / a_second, "{frame} s for a frame");
    }
    let at_the_end = browser.evaluate("document.querySelector('#row-1') !== null");
    assert_eq!(at_the_end, json!(true), "the oldest record is there");
    assert_eq!(browser.complaints(), [""; 0]);
}

/// How long the page's thread has worked: reading the page, unpacking, verifying, drawing.
fn task_seconds(browser: &mut Browser) -> f64 {
    let metrics = browser.ask("Performance.getMetrics", json!({}));
    let mut metrics = metrics["metrics"].as_array().unwrap().iter();
    let task = metrics.find(|metric| metric["name"] == "TaskDuration");
    task.unwrap()["value"].as_f64().unwrap()
}

/// Scrolls a hundred frames from the beginning, and returns what the page's thread works for one.
fn seconds_for_a_frame(browser: &mut Browser, step: &str) -> f64 {
    const FRAMES: u32 = 100;
    let before = task_seconds(browser);
    let most = browser.evaluate(&format!(
        "new Promise((done) => {{
           const grid = document.querySelector('.grid');
           grid.scrollIntoView();
           grid.scrollTop = 0;
           let [frames, most] = [0, 0];
           const frame = () => {{
             frames += 1;
             most = Math.max(most, document.querySelectorAll('.canvas .row').length);
             grid.scrollTop += {step};
             if (frames <= {FRAMES}) requestAnimationFrame(frame);
             else requestAnimationFrame(() => requestAnimationFrame(() => done(most)));
           }};
           requestAnimationFrame(frame);
         }})"
    ));
    assert!(
        most.as_u64().unwrap() < 120,
        "{most}: only rows in sight exist"
    );
    (task_seconds(browser) - before) / f64::from(FRAMES)
}
