//! Rules that their own `when` decides: they could never be violated.
//!
//! Looked at are fields of the schema with a single value, whose possible values a matcher can name: what `eq` and
//! `in` list, or nothing, if the field must be absent. What is refused is sure; a rule that is not refused may still
//! be impossible.

use super::{
    matcher::{Matcher, Test, is_empty_range},
    path::{Kind, Path},
    rule::{Condition, Rule},
};
use crate::json::Value;

/// Why a rule can never be violated.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// No record that is selected can have what is forbidden.
    #[error("no record that `when` selects can have what `forbid` says of `{0}`")]
    NeverForbidden(String),
    /// Every record that is selected has what is required.
    #[error("every record that `when` selects has what `require` says of `{}`", .0.join("`, `"))]
    AlwaysRequired(Vec<String>),
}

/// Checks that a rule can be violated, as far as its fields tell.
pub(super) fn check(rule: &Rule) -> Result<(), ScopeError> {
    let Some(when) = &rule.when else {
        return Ok(());
    };
    if let Some(Condition(fields)) = &rule.forbid {
        let never = fields.iter().find(|(path, matcher)| {
            is_single(path) && when.of(path).is_some_and(|when| excludes(when, matcher))
        });
        if let Some((path, _)) = never {
            return Err(ScopeError::NeverForbidden(path.text.clone()));
        }
    }
    if let Some(Condition(fields)) = &rule.require {
        let always = fields.iter().all(|(path, matcher)| {
            is_single(path) && when.of(path).is_some_and(|when| implies(when, matcher))
        });
        if always {
            let names = fields.iter().map(|(path, _)| path.text.clone());
            return Err(ScopeError::AlwaysRequired(names.collect()));
        }
    }
    Ok(())
}

fn is_single(path: &Path) -> bool {
    !path.fans_out() && matches!(path.kind, Kind::Boolean | Kind::Number | Kind::Text(_))
}

/// What a field can be: absent, or a value.
type Possible<'a> = Option<&'a Value>;

/// Returns everything that a field can be if the matcher holds, and perhaps more; none if that has no end.
fn possible(matcher: &Matcher) -> Option<Vec<Possible<'_>>> {
    let tests = &matcher.0;
    if tests.contains(&Test::Exists(false)) {
        return Some(vec![None]);
    }
    let eq = tests.iter().find_map(|test| match test {
        Test::Eq(value) => Some(vec![Some(value)]),
        _ => None,
    });
    eq.or_else(|| {
        tests.iter().find_map(|test| match test {
            Test::In(values) => Some(values.iter().map(Some).collect()),
            _ => None,
        })
    })
}

fn admits(matcher: &Matcher, possible: Possible<'_>) -> bool {
    matcher.holds(&Vec::from_iter(possible))
}

/// Whether nothing can meet both.
fn excludes(a: &Matcher, b: &Matcher) -> bool {
    let bounds = a.bounds().chain(b.bounds()).collect::<Vec<_>>();
    let both = |possible: &Possible<'_>| admits(a, *possible) && admits(b, *possible);
    let ends = |matcher| possible(matcher).is_some_and(|all| !all.iter().any(both));
    ends(a) || ends(b) || is_empty_range(&bounds)
}

/// Whether whatever meets the first meets the second.
fn implies(a: &Matcher, b: &Matcher) -> bool {
    possible(a).is_some_and(|all| {
        let mut met = all.into_iter().filter(|possible| admits(a, *possible));
        met.all(|possible| admits(b, possible))
    })
}
