//! Matchers against a direct model of what they mean.

use proptest::prelude::*;

use super::{matcher::Matcher, path::Path, read_matcher};
use crate::json::{Object, Value};

/// A value of a record, as the model sees it.
#[derive(Debug, Clone, PartialEq)]
enum Model {
    /// No member at all.
    Absent,
    Null,
    Bool(bool),
    Number(i8),
    Text(String),
    List(Vec<Self>),
}

/// What is compared: what shows of a text, and how much a number is.
#[derive(Debug, Clone, PartialEq)]
enum Shown {
    Amount(i8),
    Text(String),
}

impl Model {
    fn value(&self) -> Value {
        match self {
            Self::Absent | Self::Null => Value::Null,
            Self::Bool(b) => (*b).into(),
            Self::Number(n) => i64::from(*n).into(),
            Self::Text(text) => text.clone().into(),
            Self::List(items) => items.iter().map(Self::value).collect::<Vec<_>>().into(),
        }
    }

    fn shown(&self) -> Option<Shown> {
        match self {
            Self::Absent | Self::Null | Self::List(_) => None,
            Self::Bool(b) => Some(Shown::Amount(i8::from(*b))),
            Self::Number(n) => Some(Shown::Amount(*n)),
            Self::Text(text) => Some(Shown::Text(text.replace('\u{200b}', ""))),
        }
    }

    /// Returns what a path leads to, with and without `[]`.
    fn reached(&self, fans_out: bool) -> Vec<Self> {
        match self {
            Self::List(items) if fans_out => items.clone(),
            Self::Absent => Vec::new(),
            _ if fans_out => Vec::new(),
            value => vec![value.clone()],
        }
    }
}

/// Whether a test holds, from the words of FORMAT.md.
fn holds(operator: &str, operand: &Model, operands: &[Model], values: &[Model]) -> bool {
    let shown: Vec<Shown> = values.iter().filter_map(Model::shown).collect();
    let has = |operand: &Model| {
        operand
            .shown()
            .is_some_and(|operand| shown.contains(&operand))
    };
    let numbers = values.iter().filter_map(|value| match value {
        Model::Number(n) => Some(*n),
        _ => None,
    });
    let limit = match operand {
        Model::Number(n) => *n,
        _ => 0,
    };
    let mut numbers = numbers;
    match operator {
        "exists" => values.is_empty() != (*operand == Model::Bool(true)),
        "eq" => has(operand),
        "ne" => !has(operand),
        "in" => operands.iter().any(has),
        "nin" => !operands.iter().any(has),
        "contains" => values.iter().any(|value| match value {
            Model::List(items) => items
                .iter()
                .any(|item| item.shown().is_some() && item.shown() == operand.shown()),
            _ => false,
        }),
        "gt" => numbers.any(|n| n > limit),
        "gte" => numbers.any(|n| n >= limit),
        "lt" => numbers.any(|n| n < limit),
        "lte" => numbers.any(|n| n <= limit),
        _ => unreachable!("the strategies know every operator"),
    }
}

fn scalars() -> impl Strategy<Value = Model> {
    prop_oneof![
        any::<bool>().prop_map(Model::Bool),
        (-2_i8..3).prop_map(Model::Number),
        "[ab\u{200b}]{0,3}".prop_map(Model::Text),
    ]
}

fn values() -> impl Strategy<Value = Model> {
    let items = prop_oneof![1 => Just(Model::Null), 4 => scalars()];
    prop_oneof![
        Just(Model::Absent),
        Just(Model::Null),
        scalars(),
        prop::collection::vec(items, 0..4).prop_map(Model::List),
    ]
}

/// A matcher with one test: its operator, its operand and, for lists, its operands.
fn tests() -> impl Strategy<Value = (&'static str, Model, Vec<Model>)> {
    let one = prop::sample::select(vec!["eq", "ne", "contains"]);
    let several = prop::sample::select(vec!["in", "nin"]);
    let bound = prop::sample::select(vec!["gt", "gte", "lt", "lte"]);
    prop_oneof![
        any::<bool>().prop_map(|b| ("exists", Model::Bool(b), Vec::new())),
        (one, scalars()).prop_map(|(operator, value)| (operator, value, Vec::new())),
        (several, prop::collection::vec(scalars(), 1..4)).prop_map(|(operator, values)| (
            operator,
            Model::Null,
            values
        )),
        (bound, -2_i8..3).prop_map(|(operator, at)| (operator, Model::Number(at), Vec::new())),
    ]
}

fn matcher(path: &Path, operator: &str, operand: &Model, operands: &[Model]) -> Matcher {
    let value = match operator {
        "in" | "nin" => operands.iter().map(Model::value).collect::<Vec<_>>().into(),
        _ => operand.value(),
    };
    let tests: Object = [(operator, value)].into_iter().collect();
    read_matcher(path, &tests.into()).unwrap()
}

proptest! {
    #[test]
    fn a_test_holds_when_the_model_says_so(value in values(), (operator, operand, operands) in tests(), fans_out: bool) {
        let path = Path::parse(if fans_out { "data.custom_key[]" } else { "data.custom_key" }).unwrap();
        let mut data = Object::new();
        if value != Model::Absent {
            data.insert("custom_key", value.value());
        }
        let record: Object = [("data", Value::from(data))].into_iter().collect();
        let matcher = matcher(&path, operator, &operand, &operands);
        let values = value.reached(fans_out);
        prop_assert_eq!(matcher.holds(&path.values(&record)), holds(operator, &operand, &operands, &values));
    }

    #[test]
    fn what_is_refused_can_never_hold(value in values(), a in tests(), b in tests(), fans_out: bool) {
        let path = Path::parse(if fans_out { "data.custom_key[]" } else { "data.custom_key" }).unwrap();
        let one = |(operator, operand, operands): &(&'static str, Model, Vec<Model>)| {
            let value = match *operator {
                "in" | "nin" => operands.iter().map(Model::value).collect::<Vec<_>>().into(),
                _ => operand.value(),
            };
            (*operator, value)
        };
        let tests: Object = [one(&a), one(&b)].into_iter().collect();
        prop_assume!(tests.len() == 2);
        let values = value.reached(fans_out);
        let meets = |(operator, operand, operands): &(&'static str, Model, Vec<Model>)| holds(operator, operand, operands, &values);
        if read_matcher(&path, &tests.into()).is_err() {
            prop_assert!(!(meets(&a) && meets(&b)));
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}:,\"a-z0-9. ]{0,60}") {
        let _ = super::Policy::read(text.as_bytes());
    }
}
