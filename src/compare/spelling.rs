//! Whether what is the same is also written with the same bytes.

use super::{
    Error, Side,
    pairing::{Keys, Likeness, Pairing},
    source::Source,
};

/// How many bytes of each log are compared at a time, unless one record is longer.
const BLOCK_BYTES: u64 = 256 * 1024;

/// Whether two logs are the same byte by byte.
pub(super) fn are_same_bytes<E>(source: &mut Source<'_, E>) -> Result<bool, Error<E>> {
    let bytes = source.survey(Side::A).bytes;
    if bytes != source.survey(Side::B).bytes {
        return Ok(false);
    }
    let mut begin = 0;
    while begin < bytes {
        let end = bytes.min(begin + BLOCK_BYTES);
        if source.bytes(Side::A, begin..end)? != source.bytes(Side::B, begin..end)? {
            return Ok(false);
        }
        begin = end;
    }
    Ok(true)
}

/// Returns how many records that are the same and in their place are written with other bytes.
pub(super) fn respelled<E>(
    source: &mut Source<'_, E>,
    pairing: &Pairing,
    keys: &Keys,
) -> Result<u64, Error<E>> {
    let mut count = 0;
    let mut block: Vec<(usize, usize)> = Vec::new();
    for pair in pairs(pairing, keys) {
        if block
            .first()
            .is_some_and(|first| !is_in_block(source, *first, pair))
        {
            count += respelled_in(source, &block)?;
            block.clear();
        }
        block.push(pair);
    }
    Ok(count + respelled_in(source, &block)?)
}

/// Returns the pairs of records that are the same and in their place.
fn pairs(pairing: &Pairing, keys: &Keys) -> impl Iterator<Item = (usize, usize)> {
    let (a, b) = (keys.all(Side::A).len(), keys.all(Side::B).len());
    let middle = pairing.mates(Side::A).iter().enumerate();
    let middle = middle.filter_map(|(index, mate)| {
        let mate = mate.filter(|mate| mate.likeness == Likeness::Record && !mate.is_reordered)?;
        Some((keys.begins + index, keys.begins + mate.at))
    });
    let begin = (0..keys.begins).map(|index| (index, index));
    let end = (a - keys.ends..a).zip(b - keys.ends..b);
    begin.chain(middle).chain(end)
}

/// Whether a pair is as far behind `first` in one log as in the other, and not too far.
fn is_in_block<E>(source: &Source<'_, E>, first: (usize, usize), pair: (usize, usize)) -> bool {
    let span = |side, first, index| {
        let begin = source.entry(side, first).bytes.start;
        let range = &source.entry(side, index).bytes;
        (range.start - begin, range.end - begin)
    };
    let (a, b) = (
        span(Side::A, first.0, pair.0),
        span(Side::B, first.1, pair.1),
    );
    a == b && a.1 <= BLOCK_BYTES
}

/// Reads a block of both logs at once; only if it differs somewhere, each record of it.
fn respelled_in<E>(source: &mut Source<'_, E>, block: &[(usize, usize)]) -> Result<u64, Error<E>> {
    let (Some(first), Some(last)) = (block.first(), block.last()) else {
        return Ok(0);
    };
    let range = |side, first, last| {
        let begin = source.entry(side, first).bytes.start;
        begin..source.entry(side, last).bytes.end
    };
    let (a, b) = (
        range(Side::A, first.0, last.0),
        range(Side::B, first.1, last.1),
    );
    if source.bytes(Side::A, a)? == source.bytes(Side::B, b)? {
        return Ok(0);
    }
    let mut count = 0;
    for (a, b) in block {
        count += u64::from(source.text(Side::A, *a)? != source.text(Side::B, *b)?);
    }
    Ok(count)
}
