//! Matchers: what must be true of the values that a path leads to.

use super::operand::{as_number, is_equal};
use crate::json::Value;

/// Tests that must all hold. There is at least one.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Matcher(pub(super) Vec<Test>);

/// One test of the values of a path, of which there are several if it fans out, and none if it leads nowhere.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Test {
    /// One of them is a list that holds this.
    Contains(Value),
    /// One of them is this.
    Eq(Value),
    /// There are some, or there are none.
    Exists(bool),
    /// One of them is in the list.
    In(Vec<Value>),
    /// None of them is this.
    Ne(Value),
    /// None of them is in the list.
    Nin(Vec<Value>),
    /// One of them is a number within this bound.
    Within(Bound),
}

/// One end of a range.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bound {
    pub(super) side: Side,
    pub(super) is_open: bool,
    pub(super) at: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Lower,
    Upper,
}

/// The names of the tests, in the order in which they are listed.
pub(super) const OPERATORS: &[&str] = &[
    "contains", "eq", "exists", "gt", "gte", "in", "lt", "lte", "ne", "nin",
];

impl Matcher {
    pub(super) fn holds(&self, values: &[&Value]) -> bool {
        self.0.iter().all(|test| test.holds(values))
    }

    pub(super) fn bounds(&self) -> impl Iterator<Item = Bound> {
        self.0.iter().filter_map(|test| match test {
            Test::Within(bound) => Some(*bound),
            _ => None,
        })
    }
}

impl Test {
    fn holds(&self, values: &[&Value]) -> bool {
        let any = |operand: &Value| values.iter().any(|value| is_equal(value, operand));
        match self {
            Self::Contains(operand) => {
                let lists = values.iter().filter_map(|value| value.as_array());
                lists.flatten().any(|item| is_equal(item, operand))
            }
            Self::Eq(operand) => any(operand),
            Self::Exists(expected) => values.is_empty() != *expected,
            Self::In(operands) => operands.iter().any(any),
            Self::Ne(operand) => !any(operand),
            Self::Nin(operands) => !operands.iter().any(any),
            Self::Within(bound) => {
                let mut numbers = values.iter().filter_map(|value| as_number(value));
                numbers.any(|number| bound.admits(number))
            }
        }
    }
}

impl Bound {
    /// Returns the bound that an operator is, if it is one.
    pub(super) fn parse(operator: &str, at: f64) -> Option<Self> {
        let (side, is_open) = match operator {
            "gt" => (Side::Lower, true),
            "gte" => (Side::Lower, false),
            "lt" => (Side::Upper, true),
            "lte" => (Side::Upper, false),
            _ => return None,
        };
        Some(Self { side, is_open, at })
    }

    fn admits(self, number: f64) -> bool {
        match (self.side, self.is_open) {
            (Side::Lower, true) => number > self.at,
            (Side::Lower, false) => number >= self.at,
            (Side::Upper, true) => number < self.at,
            (Side::Upper, false) => number <= self.at,
        }
    }
}

/// Whether no number is within all bounds.
pub(super) fn is_empty_range(bounds: &[Bound]) -> bool {
    let of = |side| bounds.iter().filter(move |bound| bound.side == side);
    of(Side::Lower).any(|low| {
        let excludes =
            |high: &Bound| low.at > high.at || low.at >= high.at && (low.is_open || high.is_open);
        of(Side::Upper).any(excludes)
    })
}
