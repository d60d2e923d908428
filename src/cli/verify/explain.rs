//! `--explain`: what was done to a log, told to its report.

use sealstone::damage::{Damage, Explanation, Kind};

use super::{
    note::Note,
    report::{Explained, Report},
};
use crate::cli::explain;

/// Tells the report of a log what was done to it, of damages and of runs `most` at most.
pub(super) fn tell(report: &mut Report, mut explanation: Explanation, most: usize) {
    let list = |left_out: &mut u64, length: usize| {
        *left_out += length.saturating_sub(most) as u64;
    };
    list(&mut explanation.damages_left_out, explanation.damages.len());
    list(&mut explanation.runs_left_out, explanation.runs.len());
    explanation.damages.truncate(most);
    explanation.runs.truncate(most);
    for (tone, line) in explain::lines(&explanation) {
        report.detail(tone, line);
    }
    // Where records were sealed anew, that is a finding.
    let damages = explanation.damages.iter();
    let damages = damages.filter(|damage| damage.kind != Kind::ReSealed);
    report.explained = Explained {
        notes: damages.map(note).collect(),
        left_out: explanation.damages_left_out,
    };
    report.fact("damage", &explanation);
}

fn note(damage: &Damage) -> Note {
    let certain = &damage.certain;
    let message = match &damage.likely {
        Some(likely) => format!("{certain}; likely: {likely}"),
        None => certain.clone(),
    };
    Note {
        record: Some(damage.first_record),
        line: Some(damage.first_line),
        ..Note::of_log(damage.kind.into(), message)
    }
}
