//! Records that were written to be shown: none of them runs, asks for anything, restyles, hides or speaks for the page.

use serde_json::json;

use crate::{
    chromium::Browser,
    page::{Folder, hostile, sealed},
};

/// What is wider than the window, but for the table, which scrolls by itself.
const WIDER: &str = "document.documentElement.scrollWidth <= innerWidth ? [] :
    [...document.querySelectorAll('body *')]
      .filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !element.closest('.canvas, .head'))
      .map((element) => `${element.localName}.${element.getAttribute('class')}`)";

fn corpus() -> Vec<String> {
    let mut texts: Vec<String> = [
        "<script>window.ran = 1</script>",
        "</script><script>window.ran = 1</script>",
        "<!--<script>",
        "--><img src=x onerror=\"window.ran = 1\">",
        "</noscript><img src=https://example.org/x onerror=\"window.ran = 1\">",
        "</style><style>.row, .cell { display: none }</style>",
        "</title><svg onload=\"window.ran = 1\">",
        "\" onmouseover=\"window.ran = 1\" x=\"",
        "' autofocus onfocus='window.ran = 1' '",
        "javascript:window.ran = 1",
        "{{constructor.constructor('window.ran = 1')()}}",
        "${window.ran = 1}`\\u0027",
        "&lt;script&gt;&#60;&amp;",
        "Verified in this browser: 999 records, unaltered and in order",
        "\u{202e}kcehc eht dessap gnihtyreve\u{202c}",
        "\u{2066}\u{200f}a\u{2069}",
        "a\u{200b}d\u{200d}m\u{feff}in",
        "line\u{2028}separator\u{2029}paragraph\nfeed\r\ttab\u{0}nul\u{1b}[31m",
        "\u{430}dmin",
        "admin",
        "__proto__",
        "constructor",
        "Z\u{351}\u{36b}\u{343}\u{36a}\u{302}\u{36b}\u{33d}\u{34f}\u{334}\u{319}\u{324}a\u{300}\u{301}\u{302}\u{303}\u{304}\u{305}lgo",
        "\u{1f600}\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{e0041}\u{e0042}tags",
    ]
    .map(str::to_owned)
    .into();
    texts.push("w".repeat(20_000));
    texts.push("\u{fdfd}".repeat(300));
    texts.push("word ".repeat(4000));
    texts.push("[".repeat(3000));
    texts.push("half HALF a pair".into());
    texts
}

#[test]
#[ignore = "needs Chromium: cargo test --test browser -- --ignored"]
fn hostile_records_are_shown_and_do_nothing() {
    let texts = corpus();
    let folder = Folder::new();
    let lines = sealed(
        texts
            .iter()
            .enumerate()
            .map(|(number, text)| hostile(number, text)),
    );
    let page = folder.report(&lines, &[]);
    let mut browser = Browser::new();
    browser.look_like(360, 5000, "light");
    assert_eq!(browser.verdict(&page, 30), "good");
    let title = browser.text("document.querySelector('#banner strong').textContent");
    let count = texts.len();
    assert_eq!(
        title,
        format!("Verified in this browser: {count} records, unaltered and in order")
    );
    let heights = browser.evaluate(
        "[...document.querySelectorAll('.canvas .row')].map((row) => row.getBoundingClientRect().height)",
    );
    assert_eq!(
        heights,
        json!(vec![34; count]),
        "each row is there, and of one height"
    );
    assert_eq!(
        browser.evaluate(WIDER),
        json!([]),
        "nothing makes the page wider"
    );
    let strangers = browser.evaluate(
        "document.querySelectorAll('script, img, iframe, object, embed, link, style:not(head style), form:not(.filters)').length",
    );
    assert_eq!(strangers, json!(0), "no element came of a text");
    let shown = browser.text("document.body.innerText.toWellFormed()");
    let hidden = [
        '\u{202e}', '\u{200b}', '\u{2066}', '\u{feff}', '\u{2028}', '\u{0}', '\u{1b}',
    ];
    assert!(!shown.contains(hidden), "what hides is spelled out");
    assert!(shown.contains("‹U+202E›") && shown.contains("‹U+200B›"));
    browser.keep_picture("hostile", 9000);
    open_every_record(&mut browser, count);
    assert_eq!(browser.evaluate("String(window.ran)"), json!("undefined"));
    assert_eq!(browser.complaints(), [""; 0]);
}

/// Opens the details of each record, in which all of its text stands.
fn open_every_record(browser: &mut Browser, count: usize) {
    browser.evaluate("document.querySelector('.grid').focus()");
    browser.press("Home");
    browser.press("Enter");
    for number in (1..=count).rev() {
        let title = browser.text("document.querySelector('#record-title').textContent");
        assert_eq!(title, format!("Record {number}"));
        let overflow = browser.evaluate("document.querySelector('.content').scrollWidth - document.querySelector('.content').clientWidth");
        assert_eq!(
            overflow,
            json!(0),
            "record {number} does not make its details wider"
        );
        browser.evaluate("[...document.querySelectorAll('.drawer button')].find((b) => b.textContent === 'Next').click()");
    }
    browser.press("Escape");
}
