//! Reads a policy file, and refuses what could pass for a rule and be none.

use std::collections::HashSet;

use super::{
    Policy,
    contradiction::contradiction,
    matcher::{Bound, Matcher, OPERATORS, Test},
    operand::{OperandError, number, operand},
    path::{Kind, Path},
    refusal::{Problem, Refusal},
    rule::{Condition, Rule},
    scope,
};
use crate::{
    canon,
    digest::Digest,
    json::{self, Number, Object, Value},
    record::{check::excerpt, fields::Severity},
};

/// The keys of a policy that is an object; all but the rules are for people.
const KEYS: &[&str] = &["$schema", "description", "name", "note", "rules", "version"];

/// The keys of a rule.
const RULE_KEYS: &[&str] = &[
    "description",
    "expect_evidence",
    "forbid",
    "id",
    "require",
    "severity",
    "source",
    "when",
];

impl Policy {
    /// Reads a policy file.
    ///
    /// ```
    /// use sealstone::policy::Policy;
    ///
    /// let policy = Policy::read(br#"[{"id":"no-secret","forbid":{"findings[].type":"api_key"}}]"#)?;
    /// assert_eq!(policy.rules[0].id, "no-secret");
    /// let error = Policy::read(br#"[{"id":"r","forbid":{"action.typ":"read"}}]"#).unwrap_err();
    /// assert!(error.to_string().starts_with("rule `r`, forbid, `action.typ`: "));
    /// # Ok::<(), sealstone::policy::Refusal>(())
    /// ```
    ///
    /// # Errors
    /// When it is no policy, or one of its rules says nothing, cannot be violated, or names what no record can hold.
    pub fn read(bytes: &[u8]) -> Result<Self, Refusal> {
        let document = json::read(bytes).map_err(Problem::NotJson)?;
        if let Some(duplicate) = document.duplicates.into_iter().next() {
            let json::Duplicate { pointer, key } = duplicate;
            return Err(Problem::DuplicateKey { key, pointer }.into());
        }
        if !is_finite(&document.value) {
            return Err(Problem::NotFinite.into());
        }
        let list = rules_of(&document.value)?;
        let mut ids = HashSet::new();
        let mut rules = Vec::new();
        for (number, value) in (1..).zip(list.as_array().unwrap_or_default()) {
            let rule = rule(number, value)?;
            if !ids.insert(rule.id.clone()) {
                return Err(in_rule(&rule.id, Problem::DuplicateId));
            }
            rules.push(rule);
        }
        let canonical = canon::to_vec(list).ok();
        Ok(Self {
            rules,
            sha256: Digest::of(bytes),
            rules_sha256: canonical.map(|bytes| Digest::of(&bytes)),
        })
    }
}

fn is_finite(value: &Value) -> bool {
    match value {
        Value::Number(Number::Float(f)) => f.is_finite(),
        Value::Array(items) => items.iter().all(is_finite),
        Value::Object(object) => object.iter().all(|(_, value)| is_finite(value)),
        _ => true,
    }
}

/// Returns the list of rules.
fn rules_of(value: &Value) -> Result<&Value, Problem> {
    let list = match value {
        Value::Object(object) => {
            only(object, KEYS)?;
            object.get("rules")
        }
        value => Some(value),
    };
    let is_list = |list: &&Value| list.as_array().is_some_and(|rules| !rules.is_empty());
    list.filter(is_list).ok_or(Problem::NoRules)
}

/// Checks that an object has no key but these.
fn only(object: &Object, known: &'static [&'static str]) -> Result<(), Problem> {
    let is_known = |key: &str| known.contains(&key);
    match object.iter().find(|(key, _)| !is_known(key)) {
        None => Ok(()),
        Some((key, _)) => {
            let key = excerpt(key);
            Err(Problem::UnknownKey { key, known })
        }
    }
}

fn in_rule(id: &str, problem: Problem) -> Refusal {
    let rule = Some(format!("`{}`", excerpt(id)));
    Refusal {
        rule,
        ..Refusal::from(problem)
    }
}

fn rule(number: u64, value: &Value) -> Result<Rule, Refusal> {
    let unnamed = |problem: Problem| Refusal {
        rule: Some(number.to_string()),
        ..Refusal::from(problem)
    };
    let object = value.as_object().ok_or(Problem::NotAnObject);
    let object = object.map_err(unnamed)?;
    let id = object.str("id").filter(|id| !id.is_empty());
    let id = id.ok_or(Problem::NoId).map_err(unnamed)?;
    let rule = named(id, object)?;
    if !rule.is_assertion() && !rule.expects_evidence {
        return Err(in_rule(id, Problem::NothingAsked));
    }
    scope::check(&rule).map_err(|error| in_rule(id, Problem::Scope(error)))?;
    Ok(rule)
}

fn named(id: &str, object: &Object) -> Result<Rule, Refusal> {
    let here = |problem| in_rule(id, problem);
    only(object, RULE_KEYS).map_err(here)?;
    let condition = |part| {
        let refusal = |refusal: Refusal| Refusal {
            part: Some(part),
            field: refusal.field,
            ..here(*refusal.problem)
        };
        let value = object.get(part);
        value.map(condition).transpose().map_err(refusal)
    };
    Ok(Rule {
        id: id.to_owned(),
        description: text(object, "description").map_err(here)?,
        severity: severity(object).map_err(here)?,
        source: text(object, "source").map_err(here)?,
        expects_evidence: expects_evidence(object).map_err(here)?,
        when: condition("when")?,
        forbid: condition("forbid")?,
        require: condition("require")?,
    })
}

fn text(object: &Object, key: &'static str) -> Result<String, Problem> {
    match object.get(key) {
        None => Ok(String::new()),
        Some(Value::String(text)) => Ok(text.as_str().to_owned()),
        Some(_) => Err(Problem::NotAText(key)),
    }
}

fn severity(object: &Object) -> Result<Severity, Problem> {
    let Some(value) = object.get("severity") else {
        return Ok(Severity::Medium);
    };
    let word = value.as_str().ok_or(Problem::NotAText("severity"))?;
    let unknown = || OperandError::UnknownWord {
        found: excerpt(word),
        allowed: Severity::WORDS,
    };
    Severity::parse(word).ok_or_else(|| Problem::Operand(unknown()))
}

fn expects_evidence(object: &Object) -> Result<bool, Problem> {
    match object.get("expect_evidence") {
        None => Ok(false),
        Some(Value::Bool(expected)) => Ok(*expected),
        Some(_) => Err(Problem::NotABoolean("expect_evidence")),
    }
}

fn condition(value: &Value) -> Result<Condition, Refusal> {
    let fields = value.as_object().filter(|fields| !fields.is_empty());
    let fields = fields.ok_or(Problem::NoCondition)?;
    let fields = fields.iter().map(|(text, value)| {
        let refusal = |problem: Problem| Refusal {
            field: Some(excerpt(text)),
            ..Refusal::from(problem)
        };
        let path = Path::parse(text).map_err(|error| refusal(Problem::Path(error)))?;
        let matcher = matcher(&path, value).map_err(refusal)?;
        Ok((path, matcher))
    });
    Ok(Condition(fields.collect::<Result<_, Refusal>>()?))
}

pub(super) fn matcher(path: &Path, value: &Value) -> Result<Matcher, Problem> {
    let tests = match value {
        Value::Object(tests) if tests.is_empty() => return Err(Problem::NoTest),
        Value::Object(tests) => tests
            .iter()
            .map(|(operator, value)| test(path, operator, value))
            .collect::<Result<_, _>>()?,
        value => vec![test(path, "eq", value)?],
    };
    let matcher = Matcher(tests);
    match contradiction(path, &matcher) {
        None => Ok(matcher),
        Some(why) => Err(Problem::Contradiction(why)),
    }
}

fn test(path: &Path, operator: &str, value: &Value) -> Result<Test, Problem> {
    fits(path.kind, operator)?;
    let one = || operand(path, value).map_err(Problem::Operand);
    let several = || {
        let values = value.as_array();
        let values = values.ok_or_else(|| Problem::NotAList(operator.to_owned()))?;
        let values = values.iter().map(|value| operand(path, value));
        values.collect::<Result<_, _>>().map_err(Problem::Operand)
    };
    Ok(match operator {
        "contains" => Test::Contains(one()?),
        "eq" => Test::Eq(one()?),
        "exists" => match value {
            Value::Bool(expected) => Test::Exists(*expected),
            _ => return Err(Problem::NotABoolean("exists")),
        },
        "in" => Test::In(several()?),
        "ne" => Test::Ne(one()?),
        "nin" => Test::Nin(several()?),
        operator => {
            let at = number(value).map_err(Problem::Operand)?;
            let bound = Bound::parse(operator, at);
            Test::Within(bound.expect("`fits` knows every operator"))
        }
    })
}

/// Checks that a test goes with a type of field.
fn fits(kind: Kind, operator: &str) -> Result<(), Problem> {
    const RANGE: &[&str] = &["gt", "gte", "lt", "lte"];
    if !OPERATORS.contains(&operator) {
        let key = excerpt(operator);
        return Err(Problem::UnknownKey {
            key,
            known: OPERATORS,
        });
    }
    let kind = match kind {
        Kind::Object if operator != "exists" => "an object: only `exists` does",
        Kind::List(_) if !["contains", "exists"].contains(&operator) => {
            "a list: `contains` and `exists` do, and all others with `[]` behind its name"
        }
        Kind::Boolean | Kind::Number | Kind::Text(_) if operator == "contains" => "no list",
        Kind::Boolean | Kind::Text(_) if RANGE.contains(&operator) => "no number",
        _ => return Ok(()),
    };
    let operator = operator.to_owned();
    Err(Problem::UnfitTest { operator, kind })
}
