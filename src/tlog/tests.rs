//! The published vectors, and what must be refused.

use std::fmt::Write as _;

use super::{
    witness::{Refusal, Signed, State},
    *,
};
use crate::digest::{Digest, from_hex};

/// The example of `signed-note`.
const EXAMPLE_KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXp\
    pzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// The example of `tlog-cosignature`.
const COSIGNED: &str = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\u{2014} \
    example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMc\
    TOAYQ8=\n\u{2014} witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin\
    1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n";

fn key(text: &str) -> VerifierKey {
    text.parse().unwrap()
}

fn signer(name: &str, kind: Kind, seed: u8) -> Signer {
    Signer::new(name, kind, &[seed; 32]).unwrap()
}

/// A checkpoint over `size` leaves, the last `changed` of them others.
fn tree(size: u64, changed: u64) -> Tree {
    let mut tree = Tree::default();
    for leaf in 0..size {
        let is_other = leaf + changed >= size;
        let data = if is_other { leaf + (1 << 32) } else { leaf };
        tree.push(merkle::leaf_hash(&data.to_be_bytes()));
    }
    tree
}

fn signed(log: &Signer, tree: &Tree, size: u64) -> Note {
    let checkpoint = Checkpoint {
        origin: log.name().to_owned(),
        size,
        root: tree.root(size).unwrap(),
        extensions: Vec::new(),
    };
    let mut note = Note::unsigned(checkpoint.to_string()).unwrap();
    note.add(log.sign(note.text()).unwrap()).unwrap();
    note
}

#[test]
fn the_published_note_is_verified() {
    let key = key(EXAMPLE_KEY);
    let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(note.text(), "This is an example message.\n");
    assert_eq!(note.verify([&key]).unwrap().len(), 1);
    assert_eq!(note.to_string(), EXAMPLE);
    assert_eq!(key.to_string(), EXAMPLE_KEY);
}

#[test]
fn the_published_cosignature_names_its_key_and_its_time() {
    let note = Note::parse(COSIGNED.as_bytes()).unwrap();
    assert_eq!(note.to_string(), COSIGNED);
    let cosignature = &note.signatures()[1];
    assert_eq!(cosignature.id, [0x8d, 0x66, 0xcf, 0x3f]);
    let (time, rest) = cosignature::parts(&cosignature.bytes).unwrap();
    assert_eq!((time, rest.len()), (1_679_315_147, 64));
    assert_eq!(
        cosignature::message(time, note.text()),
        "cosignature/v1\ntime 1679315147\nexample.com/behind-the-sofa\n20852163\n\
         CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    );
    let checkpoint = Checkpoint::parse(note.text()).unwrap();
    assert_eq!(checkpoint.size, 20_852_163);
    assert_eq!(checkpoint.to_string(), note.text());
}

/// The requests with which the witness `litewitness` is tested, and what it answers; where the standard says another
/// status by now, that.
#[test]
fn the_published_requests_are_answered_as_published() {
    const ORIGIN: &str =
        "sigsum.org/v1/tree/4d6d8825a6bb689d459628312889dfbb0bcd41b5211d9e1ce768b0ff0309e562";
    const FIVE: &str = "UgIomw/EOJmWi0i1FQsOj+etB7F8IccFam/jgd6wzRns4QPVmyEZtdvl1U2KEmLOZ/ASRcWJi0tW90dJWAShei7sDww=";
    const THREE: &str = "UgIom2VbtIcdFbwFAy1n7s6IkAxIY6J/GQOTuZF2ORV39d75cbAj2aQYwyJre36kezNobZs4SUUdrcawfAB8WVrx6go=";
    const ONE: &str = "UgIom7fPZTqpxWWhyjWduBvTvGVqsokMbqTArsQilegKoFBJQjUFAmQ0+YeSPM3wfUQMFSzVnnNuWRTYrajXpNUbIQY=";
    let hex = b"ffdc2d4d98e4124d3feaf788c0c2f9abfd796083d1f0495437f302ec79cf100f";
    let log = VerifierKey::new(ORIGIN, Kind::Note, &from_hex(hex).unwrap()).unwrap();
    let leaf = |number: char| format!("Kg{number}AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n");
    let (roots, three) = (
        [
            leaf('A'),
            "RcCI1Nk56ZcSmIEfIn0SleqtV7uvrlXNccFx595Iwl0=\n".to_owned(),
            "QrtXrQZCCvpIgsSmOsah7HdICzMLLyDfxToMql9WTjY=\n".to_owned(),
        ],
        [leaf('E'), leaf('I')].concat(),
    );
    let request = |old: u64, proof: &str, origin: &str, size: u64, signature: &str| {
        let root = &roots[usize::try_from(size / 2).unwrap()];
        format!("old {old}\n{proof}\n{origin}\n{size}\n{root}\n\u{2014} {origin} {signature}\n")
    };
    let five = format!(
        "{}{}wgiIFdZfYNv6WU1OllBKsWnLYIS/DBMqt8Uh/S4OukE=\n{}",
        leaf('I'),
        leaf('M'),
        leaf('Q')
    );
    let mut state = State::empty();
    let mut ask = |body: String| {
        let asked = Signed::parse(body.as_bytes(), [&log]).and_then(|signed| {
            signed.decide(state)?;
            state = State::of(&signed.checkpoint);
            Ok(())
        });
        asked.map_err(Refusal::status)
    };
    assert_eq!(ask(request(0, "", ORIGIN, 1, ONE)), Ok(()));
    let forged = THREE.replace("6go=", "6gs=");
    assert_eq!(ask(request(1, &three, ORIGIN, 3, &forged)), Err(403));
    let other = ORIGIN.replace("e562", "e563");
    assert_eq!(ask(request(1, &three, &other, 3, THREE)), Err(404));
    assert_eq!(ask(request(1, "", ORIGIN, 3, THREE)), Err(422));
    let wrong = three.replace(
        "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "KgIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABAA",
    );
    assert_eq!(ask(request(1, &wrong, ORIGIN, 3, THREE)), Err(422));
    assert_eq!(ask(request(1, &three, ORIGIN, 3, THREE)), Ok(()));
    assert_eq!(ask(request(1, &three, ORIGIN, 5, FIVE)), Err(409));
    assert_eq!(ask(request(3, &five, ORIGIN, 5, FIVE)), Ok(()));
    assert_eq!(ask(request(0, "", ORIGIN, 5, FIVE)), Err(409));
    assert_eq!(ask(request(6, "", ORIGIN, 5, FIVE)), Err(400));
    assert_eq!(ask(request(5, "", ORIGIN, 5, FIVE)), Ok(()));
    assert_eq!(ask("old 0\n".to_owned()), Err(400));
}

#[test]
fn a_known_key_that_fails_refuses_the_note_and_an_unknown_one_does_not() {
    let known = key(EXAMPLE_KEY);
    let altered = EXAMPLE.replace("example message", "altered message");
    let refused = |text: &str| {
        let note = Note::parse(text.as_bytes()).unwrap();
        note.verify([&known]).map(|verified| verified.len())
    };
    let name = "example.com/foo".to_owned();
    assert_eq!(refused(&altered), Err(Unverified::Invalid(name.clone())));
    let note = Note::parse(EXAMPLE.as_bytes()).unwrap();
    assert_eq!(note.verify([]), Err(Unverified::Unsigned));
    // Another key's signature, one of an unknown type and one with an unknown id beside the good one.
    let line = EXAMPLE.lines().last().unwrap();
    let other = line.replace("example.com/foo", "example.com/bar");
    let id = line.replace("Uw2QOk", "Vw2QOk");
    assert_eq!(refused(&format!("{EXAMPLE}{other}\n{id}\n")), Ok(1));
    // One that holds does not make up for one that does not.
    let forged = line.replace("IneyaQM", "IneyaQA");
    assert_eq!(
        refused(&format!("{EXAMPLE}{forged}\n")),
        Err(Unverified::Invalid(name))
    );
}

#[test]
fn what_is_no_note_is_refused() {
    let text = EXAMPLE.split("\n\n").next().unwrap();
    let line = EXAMPLE.lines().last().unwrap();
    let parse = |text: String| Note::parse(text.as_bytes()).err();
    assert_eq!(parse(String::new()), Some(NoteError::NotSigned));
    assert_eq!(parse(format!("{text}\n")), Some(NoteError::NotSigned));
    assert_eq!(parse(format!("{text}\n\n")), Some(NoteError::NotSigned));
    assert_eq!(
        parse(format!("{text}\n{line}\n")),
        Some(NoteError::NotSigned)
    );
    assert_eq!(
        parse(format!("{text}\n\n{line}")),
        Some(NoteError::NotSigned)
    );
    assert_eq!(
        parse(format!("{text}\r\n\n{line}\n")),
        Some(NoteError::NotText)
    );
    assert_eq!(
        parse(format!("{text}\0\n\n{line}\n")),
        Some(NoteError::NotText)
    );
    for wrong in [
        line.replace('\u{2014}', "-"),
        line.replace("foo Uw", "foo  Uw"),
        line.replace("aQM=", "aQN="),
        line.replace("aQM=", "aQM"),
        line.replace("example.com/foo", ""),
        line.replace("example.com/foo", "example.com+foo"),
        "\u{2014} example.com/foo Uw2QOg==".to_owned(),
        format!("{line} "),
    ] {
        assert_eq!(
            parse(format!("{text}\n\n{wrong}\n")),
            Some(NoteError::Signature),
            "{wrong}"
        );
    }
    let many = |count| format!("{text}\n\n{}", format!("{line}\n").repeat(count));
    assert_eq!(parse(many(MAX_SIGNATURES)), None);
    assert_eq!(
        parse(many(MAX_SIGNATURES + 1)),
        Some(NoteError::TooManySignatures)
    );
    let long = "a".repeat(MAX_NOTE_BYTES);
    assert_eq!(
        parse(format!("{long}\n\n{line}\n")),
        Some(NoteError::TooLong)
    );
    assert_eq!(Note::parse(b"\xff\n\n"), Err(NoteError::NotText));
}

#[test]
fn a_checkpoint_has_one_spelling() {
    let good = "a b\n7\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    assert_eq!(Checkpoint::parse(good).unwrap().to_string(), good);
    let extended = format!("{good}more\nand more\n");
    assert_eq!(Checkpoint::parse(&extended).unwrap().extensions.len(), 2);
    for wrong in [
        good.trim_end().to_owned(),
        good.replace("a b", ""),
        good.replace('7', ""),
        good.replace('7', "07"),
        good.replace('7', "+7"),
        good.replace('7', "7 "),
        good.replace('7', "9223372036854775808"),
        good.replace("q2I=", "q2J="),
        good.replace("q2I=", "q2I"),
        good.replace("CsUY", ""),
        format!("{good}\n"),
        format!("{good}\nmore\n"),
    ] {
        assert_eq!(Checkpoint::parse(&wrong), Err(CheckpointError), "{wrong}");
    }
}

#[test]
fn a_key_has_one_spelling_and_tells_nothing_when_it_is_none() {
    for wrong in [
        "",
        "example.com/foo",
        "example.com/foo+530d903a",
        "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "a b+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
        "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k=",
        "example.com/foo+530d903a+BukyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    ] {
        assert!(wrong.parse::<VerifierKey>().is_err(), "{wrong}");
    }
    assert_eq!(
        "x+00000000+AQ==".parse::<VerifierKey>(),
        Err(KeyError::Malformed)
    );
    let unknown = format!("x+00000000+{}", "BgAA".repeat(11));
    assert_eq!(unknown.parse::<VerifierKey>(), Err(KeyError::Type(6)));
    let signer = signer("example.com/log", Kind::Note, 9);
    let secret = signer.secret_text();
    let read = Signer::parse(&secret).unwrap();
    assert_eq!(read.verifier(), signer.verifier());
    assert_eq!(
        Signer::parse(&secret.replace("log", "lag")).unwrap_err(),
        KeyError::Id
    );
    let debug = format!("{signer:?}");
    assert!(
        !debug.contains("CQkJ") && !debug.contains("9, 9"),
        "{debug}"
    );
}

#[test]
fn each_key_signs_only_what_it_is_for() {
    let (log, witness) = (
        signer("a", Kind::Note, 1),
        signer("b", Kind::Cosignature, 2),
    );
    let mut note = signed(&log, &tree(3, 0), 3);
    assert!(cosign(&log, note.text(), 5).is_none());
    assert!(witness.sign(note.text()).is_none());
    assert!(cosign(&witness, note.text(), u64::MAX).is_none());
    note.add(cosign(&witness, note.text(), 5).unwrap()).unwrap();
    let keys = [log.verifier(), witness.verifier()];
    let times: Vec<_> = note
        .verify(&keys)
        .unwrap()
        .iter()
        .map(|one| one.time)
        .collect();
    assert_eq!(times, [None, Some(5)]);
    // The time is a part of what was signed.
    let later = Signature {
        bytes: [&6_u64.to_be_bytes(), &note.signatures()[1].bytes[8..]].concat(),
        ..note.signatures()[1].clone()
    };
    note.remove(&keys[1]);
    note.add(later).unwrap();
    assert_eq!(note.verify(&keys), Err(Unverified::Invalid("b".to_owned())));
}

#[test]
fn a_log_with_two_faces_is_caught() {
    let (log, stranger) = (signer("log", Kind::Note, 1), signer("log", Kind::Note, 2));
    let keys = [log.verifier()];
    let (honest, forked) = (tree(8, 0), tree(8, 3));
    let ask = |note: &Note, old: u64, tree: &Tree, last: State| {
        let size = Checkpoint::parse(note.text()).unwrap().size;
        let request = Request {
            old,
            proof: tree.consistency(old.min(size), size).unwrap(),
            note: note.clone(),
        };
        let request = request.to_string();
        let signed = Signed::parse(request.as_bytes(), &keys)?;
        Ok::<_, Refusal>((signed.decide(last), signed.is_evidence(last)))
    };
    let last = State {
        size: 6,
        root: honest.root(6).unwrap(),
    };
    // Honest growth, and the same again.
    let note = signed(&log, &honest, 8);
    assert_eq!(ask(&note, 6, &honest, last), Ok((Ok(()), false)));
    let same = signed(&log, &honest, 6);
    assert_eq!(ask(&same, 6, &honest, last), Ok((Ok(()), false)));
    // Rewritten, with a proof of its own.
    let note = signed(&log, &forked, 8);
    assert_eq!(
        ask(&note, 6, &forked, last),
        Ok((Err(Refusal::BadProof), false))
    );
    assert_eq!(
        ask(&note, 0, &forked, last),
        Ok((Err(Refusal::Conflict(6)), false))
    );
    // Two roots for one size, however it is sent.
    let note = signed(&log, &forked, 6);
    assert_eq!(
        ask(&note, 6, &forked, last),
        Ok((Err(Refusal::DifferentRoot), true))
    );
    assert_eq!(
        ask(&note, 0, &forked, last),
        Ok((Err(Refusal::Conflict(6)), true))
    );
    // Truncated.
    let note = signed(&log, &honest, 4);
    assert_eq!(
        ask(&note, 6, &honest, last),
        Ok((Err(Refusal::OldBeyondSize), false))
    );
    assert_eq!(
        ask(&note, 4, &honest, last),
        Ok((Err(Refusal::Conflict(6)), false))
    );
    // By somebody else.
    let note = signed(&stranger, &honest, 8);
    assert_eq!(ask(&note, 6, &honest, last), Err(Refusal::Unsigned));
    // The tree without leaves has one root.
    let bare = Tree::default();
    let empty = signed(&log, &bare, 0);
    assert_eq!(ask(&empty, 0, &bare, State::empty()), Ok((Ok(()), false)));
    let text = format!("log\n0\n{}\n", checkpoint::base64(&Digest::of(b"x")));
    let mut wrong = Note::unsigned(text).unwrap();
    wrong.add(log.sign(wrong.text()).unwrap()).unwrap();
    assert_eq!(
        ask(&wrong, 0, &bare, State::empty()),
        Ok((Err(Refusal::EmptyRoot), true))
    );
}

#[test]
fn a_witness_vouches_for_no_signature_that_it_does_not_know() {
    let (log, other) = (signer("log", Kind::Note, 1), signer("other", Kind::Note, 2));
    let tree = tree(2, 0);
    let mut note = signed(&log, &tree, 2);
    note.add(other.sign(note.text()).unwrap()).unwrap();
    let request = Request {
        old: 0,
        proof: Vec::new(),
        note,
    };
    let keys = [log.verifier(), other.verifier()];
    let signed = Signed::parse(request.to_string().as_bytes(), &keys).unwrap();
    assert_eq!(signed.note.signatures().len(), 1);
}

#[test]
fn one_byte_changed_anywhere_in_a_proof_is_refused() {
    let (log, witness) = (
        signer("log", Kind::Note, 1),
        signer("w", Kind::Cosignature, 2),
    );
    let records: Vec<Digest> = (0..5_u8).map(|number| Digest::of(&[number])).collect();
    let mut tree = Tree::default();
    for record in &records {
        tree.push(leaf_of(*record));
    }
    let mut note = signed(&log, &tree, 5);
    note.add(cosign(&witness, note.text(), 1000).unwrap())
        .unwrap();
    let proof = Proof {
        extra: Some(b"more".to_vec()),
        index: 3,
        hashes: tree.inclusion(3, 5).unwrap(),
        note,
    };
    let keys = [log.verifier(), witness.verifier()];
    let holds = |bytes: &[u8]| {
        Proof::parse(bytes).is_ok_and(|(proof, checkpoint)| {
            assert_eq!(proof.to_string().as_bytes(), bytes);
            let verified = proof.note.verify(&keys);
            verified.is_ok_and(|verified| verified.len() == 2)
                && proof.check(records[3], &checkpoint).is_ok()
        })
    };
    let text = proof.to_string();
    assert!(holds(text.as_bytes()));
    // What nobody signed may be anything.
    let extra = text.find("extra ").unwrap()..text.find("index ").unwrap();
    for at in (0..text.len()).filter(|at| !extra.contains(at)) {
        for mask in [1, 2, 4, 8, 16, 32, 64, 128] {
            let mut bytes = text.clone().into_bytes();
            bytes[at] ^= mask;
            assert!(!holds(&bytes), "{at} {mask}");
        }
    }
    for at in 0..text.len() {
        assert!(!holds(&text.as_bytes()[..at]), "{at}");
    }
    for other in [0, 1, 2, 4, 5] {
        let (mut moved, checkpoint) = Proof::parse(text.as_bytes()).unwrap();
        moved.index = other;
        assert!(moved.check(records[3], &checkpoint).is_err());
        let record = records.get(usize::try_from(other).unwrap());
        let other = record.copied().unwrap_or(Digest::GENESIS);
        assert!(proof.check(other, &checkpoint).is_err());
    }
}

#[test]
fn a_quorum_is_met_by_as_many_as_it_says() {
    let keys: Vec<VerifierKey> = (0..6)
        .map(|number| signer(&format!("w{number}"), Kind::Cosignature, number).verifier())
        .collect();
    let log = signer("log", Kind::Note, 77).verifier();
    let mut text = format!("# two of three, and one of three\nlog {log}\n");
    for (number, key) in keys.iter().enumerate() {
        writeln!(text, "\twitness W{number}  {key} https://w{number}.example").unwrap();
    }
    text.push_str("group X 2 W0 W1 W2\n\ngroup Y any W3 W4 W5\ngroup XY all X Y\nquorum XY\n");
    let policy = Policy::parse(text.as_bytes()).unwrap();
    assert_eq!((policy.logs().len(), policy.witnesses().len()), (1, 6));
    assert_eq!(
        policy.witnesses()[2].url.as_deref(),
        Some("https://w2.example")
    );
    for set in 0..64_u32 {
        let cosigned = |key: &VerifierKey| {
            let at = keys.iter().position(|other| other == key).unwrap();
            set >> at & 1 == 1
        };
        let expected = (set & 0b111).count_ones() >= 2 && set & 0b11_1000 != 0;
        assert_eq!(policy.is_met(cosigned), expected, "{set:b}");
    }
    let alone = format!("witness W {}\nquorum W", keys[0]);
    assert!(!Policy::parse(alone.as_bytes()).unwrap().is_met(|_| false));
    let nobody = Policy::parse(b"quorum none\n").unwrap();
    assert!(nobody.is_met(|_| false) && !nobody.needs_witnesses());
}

#[test]
fn a_policy_that_is_none_is_refused_with_its_line() {
    let log = signer("log", Kind::Note, 1).verifier();
    let [a, b] = [2, 3].map(|seed| signer("w", Kind::Cosignature, seed).verifier());
    let same = signer("other", Kind::Cosignature, 2).verifier();
    let two = format!("witness A {a}\nwitness B {b}\n");
    for (text, line, fault) in [
        (String::new(), 1, "one line `quorum`"),
        (
            "quorum none\nquorum none\n".to_owned(),
            2,
            "one line `quorum`",
        ),
        (
            "quorum A\n".to_owned(),
            1,
            "nothing before it is named \"A\"",
        ),
        (
            "log\nquorum none\n".to_owned(),
            1,
            "expected `log VKEY [URL]`",
        ),
        (format!("log {log} a b\n"), 1, "expected `log VKEY [URL]`"),
        (format!("log {a}\n"), 1, "a log's is wanted"),
        (format!("witness A {log}\n"), 1, "a witness's is wanted"),
        ("witness A x\n".to_owned(), 1, "the key: it is no key"),
        (format!("log {log}\nlog {log}\n"), 2, "has this key"),
        (
            format!("witness A {a}\nwitness B {same}\n"),
            2,
            "has this key",
        ),
        (
            format!("witness A {a}\nwitness A {b}\n"),
            2,
            "stands for something",
        ),
        (format!("witness none {a}\n"), 1, "stands for something"),
        (format!("{two}group G all\n"), 3, "neither `all`, `any`"),
        (format!("{two}group G 0 A B\n"), 3, "neither `all`, `any`"),
        (format!("{two}group G 3 A B\n"), 3, "neither `all`, `any`"),
        (format!("{two}group G +1 A B\n"), 3, "neither `all`, `any`"),
        (format!("{two}group G 1 A A\n"), 3, "is a member of a group"),
        (
            format!("{two}group G 1 A B\ngroup H 1 A\n"),
            4,
            "is a member of a group",
        ),
        (
            format!("{two}group G 1 A none\n"),
            3,
            "nothing before it is named",
        ),
        (
            format!("{two}group G 1 G\n"),
            3,
            "nothing before it is named",
        ),
        ("quorum none\r\n".to_owned(), 1, "control character"),
        ("\u{feff}quorum none\n".to_owned(), 1, "is none of `log`"),
    ] {
        let error = Policy::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.line, line, "{text}: {error}");
        assert!(error.to_string().contains(fault), "{text}: {error}");
    }
    let many = "log x\n".repeat(2);
    assert!(Policy::parse(many.as_bytes()).is_err());
    assert!(Policy::parse(&vec![b'\n'; policy::MAX_POLICY_BYTES + 1]).is_err());
}

#[test]
fn an_opening_shows_one_subject_and_no_other() {
    let opening = Opening {
        salt: [0xab; 16],
        subject: "acme".to_owned(),
    };
    let bytes = opening.to_bytes();
    assert_eq!(
        bytes,
        br#"{"salt":"abababababababababababababababab","subject":"acme"}"#
    );
    assert_eq!(Opening::parse(&bytes), Some(opening.clone()));
    for other in [
        Opening {
            salt: [0xac; 16],
            ..opening.clone()
        },
        Opening {
            subject: "acme2".to_owned(),
            ..opening.clone()
        },
    ] {
        assert_ne!(other.origin(), opening.origin());
    }
    assert!(is_key_name(&opening.origin()));
    // The hash as another program gives it, of what FORMAT.md says.
    assert_eq!(
        opening.origin(),
        "sealstone.invalid/subject/e243665c14ec14414f386cae35f7bf1b3376c6997771dfb02bf47e650b019c3d"
    );
    let spaced = br#"{"salt": "abababababababababababababababab","subject":"acme"}"#;
    assert_eq!(Opening::parse(spaced), None);
}
