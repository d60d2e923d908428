//! A log that was held against a policy.

use std::path::Path;

use anyhow::ensure;
use sealstone::{
    policy::{Conclusion, Evaluation, Outcome, Policy, Rule, RuleOutcome},
    system,
    verify::Verdict,
    window::Window,
};

use crate::cli::{
    exit::Exit,
    reading,
    verify::{Report, Standing},
};

/// What is known of a log and a policy.
pub(super) struct Judged<'a> {
    pub(super) policy: &'a Policy,
    pub(super) window: Window,
    pub(super) expected_subject: Option<String>,
    /// What verifying it said.
    pub(super) report: Report,
    pub(super) outcome: Outcome,
}

impl<'a> Judged<'a> {
    /// Verifies a log and holds it against a policy, reading it once.
    pub(super) fn read(log: &Path, policy: &'a Policy, window: Window, draws: bool) -> Self {
        let start = system::start();
        let read = read(log, policy, &window, draws);
        let (mut report, outcome) = match read {
            Ok((verdict, outcome)) => (Report::of(log.to_owned(), verdict), outcome),
            Err(error) => (
                Report::unreadable(log.to_owned(), error),
                Outcome::unreadable(),
            ),
        };
        report.seconds = start.elapsed().as_secs_f64();
        Self {
            policy,
            window,
            expected_subject: None,
            report,
            outcome,
        }
    }

    /// Refuses a log that is not only of this subject. Of one that could not be read nobody knows.
    pub(super) fn expect_subject(&mut self, expected: &str) -> anyhow::Result<()> {
        let subjects = &self.outcome.subjects;
        ensure!(
            self.outcome.rules.is_none() || subjects.are_only(expected),
            "refused: the records of `{}` are of {subjects}, and {expected:?} is expected",
            self.report.name()
        );
        self.expected_subject = Some(expected.to_owned());
        Ok(())
    }

    /// Returns the rules with what became of them; none if not every record could be read.
    pub(super) fn rules(&self) -> impl Iterator<Item = (&'a Rule, &RuleOutcome)> {
        let outcomes = self.outcome.rules.iter().flatten();
        self.policy.rules.iter().zip(outcomes)
    }

    pub(super) fn is_verified(&self) -> bool {
        matches!(self.report.standing, Standing::Empty | Standing::Intact)
    }

    pub(super) fn conclusion(&self) -> Conclusion {
        self.outcome.conclusion(self.is_verified())
    }

    pub(super) fn exit(&self) -> Exit {
        match self.conclusion() {
            Conclusion::Compliant | Conclusion::Gaps => Exit::Done,
            Conclusion::NoEvidence | Conclusion::Unexercised => Exit::Nothing,
            Conclusion::NonAttestable => Exit::Unable,
            Conclusion::Violated => Exit::Refuted,
        }
    }
}

/// Reads a log once, for the verdict and for the policy; the error is for a reader.
fn read(
    log: &Path,
    policy: &Policy,
    window: &Window,
    draws: bool,
) -> Result<(Verdict, Outcome), String> {
    let mut evaluation = Evaluation::new(policy);
    let look = |line: &[u8]| policy.look(line, window);
    let verdict = reading::read(log, draws, look, |_, looked| evaluation.take(looked))?;
    Ok((verdict, evaluation.finish()))
}
