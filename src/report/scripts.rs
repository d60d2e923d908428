//! The script and the style of a page, and the policy under which a browser runs them and nothing else.

use base64::{Engine, engine::general_purpose::STANDARD};

use crate::digest::Digest;

/// The parts of the script in their order. Each is a file to be read by itself; together they are one function.
const PARTS: &[&str] = &[
    include_str!("../../templates/report/names.js"),
    include_str!("../../templates/report/sha256.js"),
    include_str!("../../templates/report/unpack.js"),
    include_str!("../../templates/report/canonical.js"),
    include_str!("../../templates/report/chain.js"),
    include_str!("../../templates/report/text.js"),
    include_str!("../../templates/report/cells.js"),
    include_str!("../../templates/report/facts.js"),
    include_str!("../../templates/report/completeness.js"),
    include_str!("../../templates/report/calls.js"),
    include_str!("../../templates/report/policy.js"),
    include_str!("../../templates/report/static.js"),
    include_str!("../../templates/report/dom.js"),
    include_str!("../../templates/report/rows.js"),
    include_str!("../../templates/report/charts.js"),
    include_str!("../../templates/report/tree.js"),
    include_str!("../../templates/report/drawer.js"),
    include_str!("../../templates/report/table.js"),
    include_str!("../../templates/report/filters.js"),
    include_str!("../../templates/report/frame.js"),
    include_str!("../../templates/report/statement.js"),
    include_str!("../../templates/report/banner.js"),
    include_str!("../../templates/report/overview.js"),
    include_str!("../../templates/report/verdicts.js"),
    include_str!("../../templates/report/main.js"),
];

pub(super) const STYLE: &str = include_str!("../../templates/report/page.css");

pub(super) fn script() -> String {
    format!("(() => {{\n\"use strict\";\n{}}})();\n", PARTS.concat())
}

/// Returns what a page allows: this script, this style, and nothing from anywhere.
pub(super) fn content_security_policy(script: &str) -> String {
    format!(
        "default-src 'none'; script-src '{}'; style-src '{}'; base-uri 'none'; form-action 'none'",
        source(script),
        source(STYLE)
    )
}

fn source(text: &str) -> String {
    format!(
        "sha256-{}",
        STANDARD.encode(Digest::of(text.as_bytes()).as_bytes())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_them_ends_the_element_they_stand_in() {
        for text in [script().as_str(), STYLE] {
            // The name of SVG's elements is no address, though it looks like one.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            let text = text.to_ascii_lowercase();
            for end in ["</script", "<script", "<!--", "</style"] {
                assert!(!text.contains(end), "{end}");
            }
            // A name, which nothing is loaded from.
            let text = text.replace("http://www.w3.org/2000/svg", "");
            for reach in ["innerhtml", "http:", "https:", " url(", "fetch(", "import("] {
                assert!(!text.contains(reach), "{reach}");
            }
        }
    }
}
