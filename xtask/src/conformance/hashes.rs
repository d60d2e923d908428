//! The hash of arguments: random values, by both.

use anyhow::bail;

use super::{Bench, said};
use crate::{
    json::Json,
    run::{Run, Tally},
};

const COUNT: &str = "500";

/// Of how many texts the reference's own command is asked as well, to see that it is the same hash.
const ASKED: usize = 12;

pub(super) fn run(bench: &Bench, tally: &mut Tally) -> anyhow::Result<()> {
    let run = bench.script("hashes.py", include_str!("hashes.py"), &[COUNT])?;
    let mut different = Vec::new();
    let mut count = 0;
    for (index, pair) in Json::read_lines(&run.stdout)?.iter().enumerate() {
        let Json::Array(pair) = pair else {
            bail!("not a pair");
        };
        let [Json::String(text), Json::String(expected)] = pair.as_slice() else {
            bail!("not a text and its hash");
        };
        count += 1;
        let run = Run::of(&mut bench.ours(&["hash", "-"]), text.as_bytes())?;
        if run.stdout.trim() != expected {
            different.push(format!("{text:?}: {expected}, ours: {}", said(&run)));
        }
        if index < ASKED && !text.trim_start().starts_with('-') {
            let run = Run::of(&mut bench.reference(&["hash", text]), b"")?;
            if run.stdout.trim() != expected {
                different.push(format!("{text:?}: `halo hash`: {}", said(&run)));
            }
        }
    }
    let name = format!("{count} random values have the reference's hash");
    let problem = (!different.is_empty() || count.to_string() != COUNT)
        .then(|| format!("{} differ\n{}", different.len(), different.join("\n")));
    tally.check(name, problem);
    Ok(())
}
