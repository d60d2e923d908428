//! What a witness has of each chain, and what it takes on top of that (FORMAT.md, "Witness protocol").

use std::collections::{BTreeSet, HashMap};

use super::Checkpoint;
use crate::{
    digest::Digest,
    json::{self, Value},
};

/// What a witness has of each chain.
///
/// A chain is known by its subject and the hash of its first record, so two chains of one subject are two. Of a
/// chain the statements must go on: each is about as many records as the one before, with the same head, or about more.
/// What does not is refused, so that nobody can unsay what was witnessed, or spoil a chain for good with a statement
/// that no log can fulfil any more.
///
/// It takes some 60 bytes of memory for each statement, and the latest one of each chain as a whole: whether a statement
/// is one that was kept can be asked of any of them, so none may be forgotten.
///
/// ```
/// use sealstone::witness::{Ledger, Refusal, of_line};
///
/// let said = |count: u64, head: &str| {
///     let line = format!(r#"{{"chain_root":"00","subject":"acme","count":{count},"head":"{head}"}}"#);
///     of_line(line.as_bytes()).expect("a checkpoint").expect("no blank line")
/// };
/// let mut ledger = Ledger::default();
/// ledger.add(&said(5, "aa"));
/// assert_eq!(ledger.judge(&said(5, "aa")), Ok(()));
/// assert_eq!(ledger.judge(&said(9, "bb")), Ok(()));
/// assert!(matches!(ledger.judge(&said(5, "bb")), Err(Refusal::Conflict { .. })));
/// assert!(matches!(ledger.judge(&said(4, "cc")), Err(Refusal::Behind { .. })));
/// ```
#[derive(Debug, Default)]
pub struct Ledger {
    chains: HashMap<Key, Chain>,
}

/// What tells a chain from others: the digest of its subject and its first record's hash.
type Key = Digest;

#[derive(Debug)]
struct Chain {
    /// The statement about the most records; of several, the last.
    latest: Checkpoint,
    /// All that was stated: how many records, and the digest of the head's text, which need be no hash.
    stated: BTreeSet<(u64, Digest)>,
}

/// Why a witness does not take a statement.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Refusal {
    /// It is about fewer records than the chain had: either it is old, or the chain was cut.
    #[error("the chain had {} records already", .latest.count)]
    Behind {
        /// What the chain had.
        latest: Box<Checkpoint>,
    },
    /// The chain had another head at that many records: one of the two is of a chain that was rewritten, or there are
    /// two chains with one beginning.
    #[error("the chain had another head at {} records", .kept.count)]
    Conflict {
        /// What was stated before.
        kept: Box<Checkpoint>,
    },
}

impl Refusal {
    /// Returns the statement that is in the way.
    pub fn kept(&self) -> &Checkpoint {
        match self {
            Self::Behind { latest } => latest,
            Self::Conflict { kept } => kept,
        }
    }
}

impl Ledger {
    /// Says whether a statement goes on from what there is. The same one again does: it shows that nothing was
    /// added meanwhile.
    ///
    /// # Errors
    /// When it does not.
    pub fn judge(&self, said: &Checkpoint) -> Result<(), Refusal> {
        let Some(chain) = self.chains.get(&chain_key(said)) else {
            return Ok(());
        };
        let latest = || Box::new(chain.latest.clone());
        if said.count < chain.latest.count {
            return Err(Refusal::Behind { latest: latest() });
        }
        if said.count == chain.latest.count && !chain.stated.contains(&stated(said)) {
            return Err(Refusal::Conflict { kept: latest() });
        }
        Ok(())
    }

    /// Takes a statement, whatever was stated before: a file may hold what no [`Ledger::judge`] was asked about.
    pub fn add(&mut self, said: &Checkpoint) {
        let chain = self.chains.entry(chain_key(said)).or_insert_with(|| Chain {
            latest: said.clone(),
            stated: BTreeSet::new(),
        });
        chain.stated.insert(stated(said));
        if said.count >= chain.latest.count {
            chain.latest = said.clone();
        }
    }

    /// Whether a statement that was refused is worth keeping: the chain was never said to have had this head at that
    /// many records. One that only repeats what was kept proves nothing.
    ///
    /// One about another head is proof that two chains were shown. One about fewer records, at a count of which nothing
    /// was kept, is proof only if the log has another hash there.
    pub fn is_evidence(&self, refused: &Checkpoint) -> bool {
        let chain = self.chains.get(&chain_key(refused));
        chain.is_some_and(|chain| !chain.stated.contains(&stated(refused)))
    }

    /// Returns the statement about the most records of the chain that `of` is about.
    pub fn latest(&self, of: &Checkpoint) -> Option<&Checkpoint> {
        self.chains.get(&chain_key(of)).map(|chain| &chain.latest)
    }
}

/// Returns what tells a checkpoint's chain from others.
pub(crate) fn chain_key(checkpoint: &Checkpoint) -> Key {
    let mut text = String::new();
    let subject = match &checkpoint.subject {
        subject if subject.is_empty_like() => Value::Null,
        subject => subject.clone(),
    };
    json::write(
        &vec![subject, checkpoint.chain_root.clone()].into(),
        &mut text,
    );
    Digest::of(text.as_bytes())
}

fn stated(checkpoint: &Checkpoint) -> (u64, Digest) {
    (checkpoint.count, Digest::of(checkpoint.head.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(subject: &str, root: &str, count: u64, head: &str) -> Checkpoint {
        Checkpoint {
            chain_root: root.into(),
            subject: subject.into(),
            count,
            head: head.to_owned(),
            ts: Value::Null,
            tsa: None,
            every: None,
        }
    }

    fn ledger(stated: &[Checkpoint]) -> Ledger {
        let mut ledger = Ledger::default();
        for said in stated {
            ledger.add(said);
        }
        ledger
    }

    #[test]
    fn a_statement_goes_on_from_the_last_or_is_refused() {
        let ledger = ledger(&[said("acme", "r", 3, "a"), said("acme", "r", 5, "b")]);
        for (count, head, expected) in [
            (6, "c", Ok(())),
            (1 << 50, "c", Ok(())),
            (5, "b", Ok(())),
            (5, "c", Err("the chain had another head at 5 records")),
            (4, "c", Err("the chain had 5 records already")),
            (3, "a", Err("the chain had 5 records already")),
            (0, "0", Err("the chain had 5 records already")),
        ] {
            let judged = ledger.judge(&said("acme", "r", count, head));
            let judged = judged.map_err(|refusal| {
                assert_eq!(refusal.kept(), &said("acme", "r", 5, "b"));
                refusal.to_string()
            });
            assert_eq!(judged, expected.map_err(str::to_owned), "{count} {head}");
        }
    }

    #[test]
    fn chains_of_one_subject_and_of_one_root_are_apart() {
        let own = said("acme", "r", 5, "b");
        let ledger = ledger(std::slice::from_ref(&own));
        for other in [
            said("acme", "s", 1, "x"),
            said("zeta", "r", 1, "x"),
            said("", "r", 5, "x"),
        ] {
            assert_eq!(ledger.judge(&other), Ok(()), "{other:?}");
            assert_eq!(ledger.latest(&other), None);
            assert!(!ledger.is_evidence(&other));
        }
        assert_eq!(ledger.latest(&said("acme", "r", 9, "z")), Some(&own));
        let mut nameless = said("", "r", 1, "x");
        nameless.subject = Value::Null;
        assert_eq!(chain_key(&nameless), chain_key(&said("", "r", 5, "y")));
    }

    #[test]
    fn only_what_was_never_stated_is_evidence() {
        let ledger = ledger(&[said("acme", "r", 3, "a"), said("acme", "r", 5, "b")]);
        for (count, head, expected) in [
            (3, "a", false),
            (3, "x", true),
            (4, "y", true),
            (5, "x", true),
        ] {
            let refused = said("acme", "r", count, head);
            assert!(ledger.judge(&refused).is_err());
            assert_eq!(ledger.is_evidence(&refused), expected, "{count} {head}");
        }
    }

    #[test]
    fn a_file_that_contradicts_itself_goes_on_from_the_longest() {
        let mut ledger = ledger(&[
            said("acme", "r", 5, "a"),
            said("acme", "r", 3, "b"),
            said("acme", "r", 5, "c"),
        ]);
        assert_eq!(ledger.judge(&said("acme", "r", 5, "a")), Ok(()));
        assert_eq!(ledger.judge(&said("acme", "r", 5, "c")), Ok(()));
        assert!(ledger.judge(&said("acme", "r", 5, "d")).is_err());
        assert!(ledger.judge(&said("acme", "r", 4, "d")).is_err());
        ledger.add(&said("acme", "r", 6, "e"));
        assert!(ledger.judge(&said("acme", "r", 5, "a")).is_err());
    }
}
