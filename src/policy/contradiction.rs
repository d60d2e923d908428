//! Matchers that no value can meet: a rule with one would say nothing, for ever.

use super::{
    matcher::{Matcher, Test, is_empty_range},
    operand::is_equal,
    path::Path,
};
use crate::json::Value;

/// Returns why the tests of a field can never hold together, if they cannot.
pub(super) fn contradiction(path: &Path, matcher: &Matcher) -> Option<&'static str> {
    let tests = &matcher.0;
    let is_absent = tests.contains(&Test::Exists(false));
    let eq = tests.iter().find_map(|test| match test {
        Test::Eq(value) => Some(value),
        _ => None,
    });
    let within = tests.iter().find_map(|test| match test {
        Test::In(values) => Some(values.as_slice()),
        _ => None,
    });
    if is_absent && tests.iter().any(Test::needs_a_value) {
        return Some("a field that is absent has no value");
    }
    if within.is_some_and(<[Value]>::is_empty) {
        return Some("`in` lists nothing");
    }
    if tests.iter().any(|test| excludes(test, eq, within)) {
        return Some("every value that is asked for is excluded too");
    }
    // Each of several values may meet another test.
    if path.fans_out() {
        return None;
    }
    if let (Some(eq), Some(within)) = (eq, within)
        && !is_among(eq, within)
    {
        return Some("`eq` is not in the list of `in`");
    }
    let bounds: Vec<_> = matcher.bounds().collect();
    is_empty_range(&bounds).then_some("no number is within the bounds")
}

/// Whether a test leaves nothing of what is asked for.
fn excludes(test: &Test, eq: Option<&Value>, within: Option<&[Value]>) -> bool {
    match test {
        Test::Ne(value) => eq.is_some_and(|eq| is_equal(eq, value)),
        Test::Nin(values) => {
            eq.is_some_and(|eq| is_among(eq, values))
                || within.is_some_and(|within| within.iter().all(|value| is_among(value, values)))
        }
        _ => false,
    }
}

fn is_among(value: &Value, values: &[Value]) -> bool {
    values.iter().any(|known| is_equal(value, known))
}

impl Test {
    /// Whether only a value can meet it.
    const fn needs_a_value(&self) -> bool {
        matches!(
            self,
            Self::Contains(_) | Self::Eq(_) | Self::In(_) | Self::Within(_)
        )
    }
}
