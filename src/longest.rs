//! The longest increasing subsequence: what of a row stands in order already.

/// Returns which items of `places`, by index and in order, make a longest strictly increasing subsequence.
///
/// Takes time in the order of `n log n`, and eight bytes an item.
pub(crate) fn increasing<K: Ord>(places: &[K]) -> Vec<u32> {
    const NONE: u32 = u32::MAX;
    // For each length the index of the smallest item that ends a subsequence of it.
    let mut ends: Vec<u32> = Vec::new();
    let mut before = vec![NONE; places.len()];
    for (index, place) in (0..).zip(places) {
        let is_last = ends
            .last()
            .is_none_or(|last| places[*last as usize] < *place);
        let length = if is_last {
            ends.len()
        } else {
            ends.partition_point(|end| places[*end as usize] < *place)
        };
        if length > 0 {
            before[index as usize] = ends[length - 1];
        }
        if is_last {
            ends.push(index);
        } else {
            ends[length] = index;
        }
    }
    let mut chosen = Vec::with_capacity(ends.len());
    let mut at = ends.last().copied().unwrap_or(NONE);
    while at != NONE {
        chosen.push(at);
        at = before[at as usize];
    }
    chosen.reverse();
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_items_are_left_out() {
        assert_eq!(increasing::<u8>(&[]), [0; 0]);
        assert_eq!(increasing(&[4, 4, 5, 5]).len(), 2);
        assert_eq!(increasing(&[3, 4, 9]), [0, 1, 2]);
        assert_eq!(increasing(&[0, 4, 1, 2, 3]), [0, 2, 3, 4]);
        assert_eq!(increasing(&[1, 2, 3, 4, 0]), [0, 1, 2, 3]);
        assert_eq!(increasing(&[2, 1, 0]).len(), 1);
        assert_eq!(increasing(&[0, 1, 5, 6, 7, 2, 3, 9]), [0, 1, 2, 3, 4, 7]);
    }
}
