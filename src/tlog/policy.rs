//! Whose signatures make a checkpoint count (C2SP `tlog-policy`): logs, witnesses, groups of them, and the quorum.
//!
//! ```text
//! log example.com/log42+2b9e5a1f+AT…
//! witness one witness.example/one+5f1c8a3d+BN… https://witness.example/one
//! witness two witness.example/two+8d66cf3f+BB…
//! group both all one two
//! quorum both
//! ```

use super::{Checkpoint, KeyError, Kind, Note, Unverified, Verified, VerifierKey};

/// How long a policy may be, in bytes.
pub const MAX_POLICY_BYTES: usize = 1 << 20;

/// How many logs, witnesses and groups a policy may have together. Thirty-two of each are the least.
pub const MAX_DEFINITIONS: usize = 1000;

/// A key, and where whom it belongs to is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Party {
    /// The key: of a log one for notes, of a witness one for cosignatures.
    pub key: VerifierKey,
    /// Where it answers, if the policy says so.
    pub url: Option<String>,
}

/// Whose signatures make a checkpoint count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Policy {
    logs: Vec<Party>,
    witnesses: Vec<Party>,
    /// In the order in which they were defined, so that each is behind its members.
    names: Vec<(Vec<u8>, Defined)>,
    /// A place in `names`; none if nobody needs to cosign.
    quorum: Option<usize>,
}

/// What a policy makes of a checkpoint that one of its logs signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judged<'a> {
    /// The cosignatures of the policy's witnesses, each of which holds.
    pub cosignatures: Vec<Verified<'a>>,
    /// Whether those who cosigned are a quorum. They are if nobody needs to.
    pub is_met: bool,
}

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Defined {
    /// A place among the witnesses.
    Witness(usize),
    /// So many of these at least, which are places among the names.
    Group { least: usize, members: Vec<usize> },
}

/// Why a text is no policy, and in which of its lines, from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {fault}")]
pub struct PolicyError {
    /// The line.
    pub line: usize,
    /// What is wrong with it.
    pub fault: Fault,
}

/// What can be wrong with a line of a policy. Quoted is what stands there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It has a control character that is neither a tab nor a line feed.
    #[error("it has a control character")]
    Control,
    /// A name is defined twice.
    #[error("the name {0:?} stands for something already")]
    Defined(String),
    /// A log or a witness has the key of an earlier one, or one that signatures would not tell from it.
    #[error("a line before it has this key")]
    Duplicate,
    /// A key is none.
    #[error("the key: {0}")]
    Key(#[from] KeyError),
    /// A key is of the other type.
    #[error("the key is {}", match .0 { Kind::Note => "a log's, and a witness's is wanted", Kind::Cosignature => "a witness's, and a log's is wanted" })]
    Kind(Kind),
    /// A group is to have more members than it has, or none, or what is no number.
    #[error("{0:?} is neither `all`, `any` nor a number from 1 to the number of members")]
    Least(String),
    /// A name is in two groups, or twice in one, so that a witness would count twice.
    #[error("{0:?} is a member of a group already")]
    Member(String),
    /// A line lacks a part, or has too many.
    #[error("expected `{0}`")]
    Parts(&'static str),
    /// There is no line `quorum`, or a second one.
    #[error("there must be one line `quorum`, and only one")]
    Quorum,
    /// The policy is longer than [`MAX_POLICY_BYTES`], or has more definitions than [`MAX_DEFINITIONS`].
    #[error("the policy is too large")]
    TooLarge,
    /// A name was not defined in a line before it.
    #[error("nothing before it is named {0:?}")]
    Undefined(String),
    /// It begins with another word than the five.
    #[error("{0:?} is none of `log`, `witness`, `group` and `quorum`")]
    Word(String),
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// When it is none: no part of it counts then.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        let mut reader = Reader::default();
        if bytes.len() > MAX_POLICY_BYTES {
            let fault = Fault::TooLarge;
            return Err(PolicyError { line: 1, fault });
        }
        let mut last = 1;
        for (line, text) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let taken = reader.line(text);
            taken.map_err(|fault| PolicyError { line, fault })?;
            last = line;
        }
        if !reader.has_quorum {
            let fault = Fault::Quorum;
            return Err(PolicyError { line: last, fault });
        }
        Ok(reader.policy)
    }

    /// Returns the policy that takes checkpoints of one log and asks for nobody else's signature.
    pub fn of_log(key: VerifierKey) -> Self {
        Self {
            logs: vec![Party { key, url: None }],
            ..Self::default()
        }
    }

    /// Returns the logs.
    pub fn logs(&self) -> &[Party] {
        &self.logs
    }

    /// Returns the witnesses.
    pub fn witnesses(&self) -> &[Party] {
        &self.witnesses
    }

    /// Returns the keys of the log with this origin.
    pub fn log_keys(&self, origin: &str) -> impl Iterator<Item = &VerifierKey> {
        let keys = self.logs.iter().map(|log| &log.key);
        keys.filter(move |key| key.name() == origin)
    }

    /// Returns the keys of the witnesses.
    pub fn witness_keys(&self) -> impl Iterator<Item = &VerifierKey> {
        self.witnesses.iter().map(|witness| &witness.key)
    }

    /// Whether anybody needs to cosign.
    pub const fn needs_witnesses(&self) -> bool {
        self.quorum.is_some()
    }

    /// Verifies the signatures of a checkpoint.
    ///
    /// # Errors
    /// When no log of the policy signed it, or a signature of a known key does not hold.
    pub fn judge<'a>(
        &'a self,
        note: &'a Note,
        checkpoint: &Checkpoint,
    ) -> Result<Judged<'a>, Unverified> {
        let logs = self.log_keys(&checkpoint.origin);
        let verified = note.verify(logs.chain(self.witness_keys()))?;
        let (cosignatures, log): (Vec<_>, Vec<_>) = verified
            .into_iter()
            .partition(|one| one.key.kind() == Kind::Cosignature);
        if log.is_empty() {
            return Err(Unverified::Unsigned);
        }
        let cosigned = |key: &VerifierKey| cosignatures.iter().any(|one| one.key == key);
        Ok(Judged {
            is_met: self.is_met(cosigned),
            cosignatures,
        })
    }

    /// Whether the quorum is met when these cosigned.
    pub fn is_met(&self, cosigned: impl Fn(&VerifierKey) -> bool) -> bool {
        let Some(quorum) = self.quorum else {
            return true;
        };
        let mut has: Vec<bool> = Vec::with_capacity(self.names.len());
        for (_, defined) in &self.names {
            has.push(match defined {
                Defined::Witness(at) => cosigned(&self.witnesses[*at].key),
                Defined::Group { least, members } => {
                    members.iter().filter(|member| has[**member]).count() >= *least
                }
            });
        }
        has[quorum]
    }
}

/// What was read so far.
#[derive(Debug, Default)]
struct Reader {
    policy: Policy,
    /// Places among the names.
    members: Vec<usize>,
    has_quorum: bool,
}

impl Reader {
    fn line(&mut self, line: &[u8]) -> Result<(), Fault> {
        if line
            .iter()
            .any(|byte| byte.is_ascii_control() && *byte != b'\t')
        {
            return Err(Fault::Control);
        }
        let words = line.split(|byte| b" \t".contains(byte));
        let words: Vec<&[u8]> = words.filter(|word| !word.is_empty()).collect();
        let Some((word, rest)) = words.split_first() else {
            return Ok(());
        };
        if word.starts_with(b"#") {
            return Ok(());
        }
        let policy = &self.policy;
        if policy.logs.len() + policy.names.len() >= MAX_DEFINITIONS && *word != b"quorum" {
            return Err(Fault::TooLarge);
        }
        match *word {
            b"log" => self.log(rest),
            b"witness" => self.witness(rest),
            b"group" => self.group(rest),
            b"quorum" => self.quorum(rest),
            _ => Err(Fault::Word(shown(word))),
        }
    }

    fn log(&mut self, words: &[&[u8]]) -> Result<(), Fault> {
        let party = party(words, Kind::Note, "log VKEY [URL]")?;
        is_new(&party, &self.policy.logs)?;
        self.policy.logs.push(party);
        Ok(())
    }

    fn witness(&mut self, words: &[&[u8]]) -> Result<(), Fault> {
        const FORM: &str = "witness NAME VKEY [URL]";
        let (name, words) = words.split_first().ok_or(Fault::Parts(FORM))?;
        let party = party(words, Kind::Cosignature, FORM)?;
        is_new(&party, &self.policy.witnesses)?;
        let at = self.policy.witnesses.len();
        self.define(name, Defined::Witness(at))?;
        self.policy.witnesses.push(party);
        Ok(())
    }

    fn group(&mut self, words: &[&[u8]]) -> Result<(), Fault> {
        let [name, least, names @ ..] = words else {
            return Err(Fault::Parts("group NAME all|any|K NAME…"));
        };
        let mut members = Vec::new();
        for name in names {
            let member = self.find(name)?;
            if self.members.contains(&member) {
                return Err(Fault::Member(shown(name)));
            }
            self.members.push(member);
            members.push(member);
        }
        let number = match *least {
            b"all" => Some(members.len()),
            b"any" => Some(1),
            digits if digits.iter().all(u8::is_ascii_digit) => {
                str::from_utf8(digits).ok().and_then(|k| k.parse().ok())
            }
            _ => None,
        };
        let number = number.filter(|least| (1..=members.len()).contains(least));
        let least = number.ok_or_else(|| Fault::Least(shown(least)))?;
        self.define(name, Defined::Group { least, members })
    }

    fn quorum(&mut self, words: &[&[u8]]) -> Result<(), Fault> {
        let [name] = words else {
            return Err(Fault::Parts("quorum NAME"));
        };
        if self.has_quorum {
            return Err(Fault::Quorum);
        }
        self.has_quorum = true;
        if *name != NOBODY {
            self.policy.quorum = Some(self.find(name)?);
        }
        Ok(())
    }

    fn define(&mut self, name: &[u8], defined: Defined) -> Result<(), Fault> {
        if name == NOBODY || self.find(name).is_ok() {
            return Err(Fault::Defined(shown(name)));
        }
        self.policy.names.push((name.to_owned(), defined));
        Ok(())
    }

    fn find(&self, name: &[u8]) -> Result<usize, Fault> {
        let mut names = self.policy.names.iter();
        let at = names.position(|(known, _)| known == name);
        at.ok_or_else(|| Fault::Undefined(shown(name)))
    }
}

/// The name of no witness at all.
const NOBODY: &[u8] = b"none";

fn party(words: &[&[u8]], kind: Kind, form: &'static str) -> Result<Party, Fault> {
    let (key, url) = match words {
        [key] => (key, None),
        [key, url] => (key, Some(*url)),
        _ => return Err(Fault::Parts(form)),
    };
    let key = str::from_utf8(key).map_err(|_of_no_use| KeyError::Malformed)?;
    let key: VerifierKey = key.parse()?;
    if key.kind() != kind {
        return Err(Fault::Kind(key.kind()));
    }
    let url = url.map(|url| String::from_utf8_lossy(url).into_owned());
    Ok(Party { key, url })
}

fn is_new(party: &Party, known: &[Party]) -> Result<(), Fault> {
    let is_same =
        |other: &Party| other.key.is_same_key(&party.key) || other.key.is_confused_with(&party.key);
    let is_new = !known.iter().any(is_same);
    is_new.then_some(()).ok_or(Fault::Duplicate)
}

fn shown(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}
