//! Holding a log against what a witness keeps of it.

use sealstone::{
    system,
    witness::{Chain, Completeness, Late, SUBJECTLESS_CAVEAT, Standing},
};

use super::{Args, Authorities, Place, read};
use crate::cli::{
    duration,
    exit::Exit,
    out::{Out, Tone},
    witness,
};

/// How many lines that are damaged, and runs of late records, are said one by one.
const MOST_SAID: usize = 5;

pub(super) fn run(
    out: &mut Out,
    args: &Args,
    place: &Place,
    authorities: &Authorities<'_>,
) -> Exit {
    match completeness(out, args, place, authorities) {
        Ok(completeness) => {
            tell(out, &completeness, place);
            witness::exit(&completeness)
        }
        Err(refused) => {
            out.error(&refused.error);
            refused.exit
        }
    }
}

fn completeness(
    out: &Out,
    args: &Args,
    place: &Place,
    authorities: &Authorities<'_>,
) -> Result<Completeness, witness::Refused> {
    let read = read(&args.log, out.wants_progress(), Chain::with_times());
    let (chain, verdict) = read.map_err(witness::Refused::refuted)?;
    let kept = place.kept(&chain)?;
    let now = system::now().map_err(|error| witness::Refused::unable(error.into()))?;
    let expected = args.expected(authorities);
    let completeness = Completeness::of(&chain, verdict.first_break, &kept, expected);
    Ok(completeness.with_lateness(&chain, &kept, args.every, now))
}

fn tell(out: &mut Out, completeness: &Completeness, place: &Place) {
    let is_complete = matches!(completeness.standing, Standing::Complete { .. });
    let tone = match completeness.standing {
        Standing::Complete { .. } => Tone::Good,
        Standing::Incomplete(_) => Tone::Bad,
        Standing::Unwitnessed | Standing::Undecided { .. } => Tone::Odd,
    };
    out.line(tone, witness::line(completeness));
    if is_complete && let Some(caveat) = place.caveat() {
        out.line(Tone::Plain, format!("NOTE: {caveat}"));
    }
    if completeness.is_subjectless {
        out.line(Tone::Plain, format!("NOTE: {SUBJECTLESS_CAVEAT}"));
    }
    tell_damage(out, completeness);
    tell_others(out, completeness);
    tell_late(out, completeness);
}

fn tell_damage(out: &mut Out, completeness: &Completeness) {
    let damage = &completeness.damage;
    for one in damage.iter().take(MOST_SAID) {
        out.line(Tone::Odd, format!("NOTE: the witness is damaged: {one}"));
    }
    if damage.len() > MOST_SAID {
        let more = damage.len() - MOST_SAID;
        out.line(
            Tone::Odd,
            format!("NOTE: {more} more of its lines are damaged"),
        );
    }
}

fn tell_others(out: &mut Out, completeness: &Completeness) {
    for root in completeness.other_chains.iter().take(MOST_SAID) {
        let text = format!(
            "NOTE: the witness knows another log of this subject, which begins with {root}: who should have one only \
             was shown one of several"
        );
        out.line(Tone::Odd, text);
    }
    if completeness.conflicts > 0 {
        let text = format!(
            "NOTE: the witness refused {} about this log that contradicted what it had: somebody who may write to it \
             spoke of two logs as of one",
            counted(completeness.conflicts, "statement")
        );
        out.line(Tone::Odd, text);
    }
}

fn tell_late(out: &mut Out, completeness: &Completeness) {
    let Some(lateness) = &completeness.lateness else {
        return;
    };
    let every = duration::text(lateness.every);
    for late in lateness.missed.iter().take(MOST_SAID) {
        out.line(Tone::Odd, format!("NOTE: {}", missed(late, &every)));
    }
    let said = lateness.missed.len().min(MOST_SAID) as u64;
    if lateness.runs > said {
        let more = counted(lateness.runs - said, "more interval");
        out.line(Tone::Odd, format!("NOTE: {more} of {every} missed"));
    }
}

fn missed(late: &Late, every: &str) -> String {
    let Late {
        from,
        to,
        seconds,
        is_witnessed,
    } = late;
    let records = if from == to {
        format!("record {from} was")
    } else {
        format!("records {from} to {to} were")
    };
    let waited = duration::text(*seconds);
    if *is_witnessed {
        format!(
            "an interval of {every} was missed: {records} witnessed up to {waited} after being written"
        )
    } else {
        format!("an interval of {every} was missed: {records} not witnessed in {waited}")
    }
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 {
        format!("1 {what}")
    } else {
        format!("{count} {what}s")
    }
}
