//! Which items of one list are which items of another, in the same order.
//!
//! The k-th item of a key in one list is the k-th of that key in the other; of those pairs as many are kept as
//! stand in the same order in both. That takes O(n log n) steps whatever the lists hold.

use std::cmp::Ordering;

use crate::longest;

/// A place in one list and its place in the other.
pub(super) type Pair = (usize, usize);

/// Returns pairs of equal items, in both lists in ascending order.
///
/// Swapping the lists swaps the pairs and changes nothing else: of two items that changed places, the same one
/// is said to be reordered.
pub(super) fn align<K: Ord>(a: &[K], b: &[K]) -> Vec<Pair> {
    if a.cmp(b) == Ordering::Greater {
        let pairs = align_ordered(b, a);
        return pairs.into_iter().map(|(b, a)| (a, b)).collect();
    }
    align_ordered(a, b)
}

fn align_ordered<K: Ord>(a: &[K], b: &[K]) -> Vec<Pair> {
    longest_ascending(&equals(a, b))
}

/// Returns pairs of equal items in the order of the first list; in the second they may stand anywhere.
pub(super) fn equals<K: Ord>(a: &[K], b: &[K]) -> Vec<Pair> {
    let (sorted_a, sorted_b) = (sorted(a), sorted(b));
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    while let (Some(&at_a), Some(&at_b)) = (sorted_a.get(i), sorted_b.get(j)) {
        match a[at_a].cmp(&b[at_b]) {
            Ordering::Less => i += 1,
            Ordering::Greater => j += 1,
            Ordering::Equal => {
                pairs.push((at_a, at_b));
                i += 1;
                j += 1;
            }
        }
    }
    pairs.sort_unstable();
    pairs
}

/// Returns the places of a list, sorted by what stands there and then by themselves.
fn sorted<K: Ord>(list: &[K]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..list.len()).collect();
    places.sort_unstable_by(|x, y| list[*x].cmp(&list[*y]).then(x.cmp(y)));
    places
}

/// Returns the most pairs, of some that ascend in their first place, that ascend in their second too.
fn longest_ascending(pairs: &[Pair]) -> Vec<Pair> {
    let seconds: Vec<usize> = pairs.iter().map(|(_, second)| *second).collect();
    let kept = longest::increasing(&seconds).into_iter();
    kept.map(|index| pairs[index as usize]).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn one_that_moved_leaves_the_others_in_order() {
        let pairs = align(&[1, 2, 3, 4, 5], &[1, 3, 4, 2, 5]);
        assert_eq!(pairs, [(0, 0), (2, 1), (3, 2), (4, 4)]);
    }

    #[test]
    fn equal_items_are_told_apart_by_their_order() {
        assert_eq!(align(&[7, 7, 8], &[7, 8]), [(0, 0), (2, 1)]);
        assert_eq!(equals(&[8, 7], &[7, 8]), [(0, 1), (1, 0)]);
    }

    proptest! {
        #[test]
        fn pairs_ascend_are_equal_and_mirror(
            a in prop::collection::vec(0..6_u8, 0..12), b in prop::collection::vec(0..6_u8, 0..12),
        ) {
            let pairs = align(&a, &b);
            prop_assert!(pairs.is_sorted_by(|x, y| x.0 < y.0 && x.1 < y.1));
            prop_assert!(pairs.iter().all(|(i, j)| a[*i] == b[*j]));
            let mirrored: Vec<Pair> = align(&b, &a).into_iter().map(|(j, i)| (i, j)).collect();
            prop_assert_eq!(pairs, mirrored);
        }
    }
}
