//! The Merkle tree of RFC 6962, section 2.1, with SHA-256: roots, and proofs that a record is in a tree and that one
//! tree continues another.
//!
//! A tree keeps the hash of each leaf and nothing else: 32 bytes a leaf. Inner nodes are hashed when they are needed,
//! so that a root or a proof costs one pass over the leaves.

use crate::digest::{Digest, Hasher};

/// The most hashes that a proof over fewer than 2^63 leaves can have.
pub const MAX_PROOF_HASHES: usize = 63;

/// Returns the hash of a leaf with this content: `SHA-256(0x00 || data)`.
pub fn leaf_hash(data: &[u8]) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(&[0]);
    hasher.update(data);
    hasher.finish()
}

/// Returns the hash of an inner node: `SHA-256(0x01 || left || right)`.
fn node_hash(left: Digest, right: Digest) -> Digest {
    let mut hasher = Hasher::default();
    hasher.update(&[1]);
    hasher.update(left.as_bytes());
    hasher.update(right.as_bytes());
    hasher.finish()
}

/// Returns the root of the tree without leaves: the hash of nothing.
pub fn empty_root() -> Digest {
    Digest::of(b"")
}

/// A tree that grows at its end.
///
/// ```
/// use sealstone::tlog::merkle::{self, Tree};
///
/// let mut tree = Tree::default();
/// for record in [b"a", b"b", b"c"] {
///     tree.push(merkle::leaf_hash(record));
/// }
/// let (old, new) = (tree.root(2).unwrap(), tree.root(3).unwrap());
/// let proof = tree.consistency(2, 3).unwrap();
/// assert_eq!(merkle::check_consistency((2, old), (3, new), &proof), Ok(()));
/// ```
#[derive(Debug, Clone, Default)]
pub struct Tree {
    leaves: Vec<Digest>,
}

impl Tree {
    /// Adds a leaf, whose hash this is.
    pub fn push(&mut self, leaf_hash: Digest) {
        self.leaves.push(leaf_hash);
    }

    /// Returns how many leaves there are.
    pub fn size(&self) -> u64 {
        self.leaves.len() as u64
    }

    /// Returns the hash of a leaf, counted from 0.
    pub fn leaf(&self, index: u64) -> Option<Digest> {
        self.leaves.get(usize::try_from(index).ok()?).copied()
    }

    /// Returns the root of the tree of the first `size` leaves; none if there are not as many.
    pub fn root(&self, size: u64) -> Option<Digest> {
        Some(root(self.first(size)?))
    }

    /// Returns the proof that leaf `index`, counted from 0, is in the tree of the first `size` leaves (RFC 6962,
    /// section 2.1.1): the sibling of the leaf first. None if it is not.
    pub fn inclusion(&self, index: u64, size: u64) -> Option<Vec<Digest>> {
        let leaves = self.first(size)?;
        let index = usize::try_from(index).ok()?;
        (index < leaves.len()).then(|| inclusion(index, leaves))
    }

    /// Returns the proof that the tree of the first `size` leaves continues that of the first `old` (RFC 6962, section
    /// 2.1.2). It is empty where there is nothing to prove: if `old` is 0 or is `size`. None if there are not as many
    /// leaves, or `old` is more than `size`.
    pub fn consistency(&self, old: u64, size: u64) -> Option<Vec<Digest>> {
        let leaves = self.first(size)?;
        let old = usize::try_from(old).ok()?;
        match old {
            _ if old > leaves.len() => None,
            0 => Some(Vec::new()),
            _ => Some(consistency(old, leaves, true)),
        }
    }

    fn first(&self, size: u64) -> Option<&[Digest]> {
        self.leaves.get(..usize::try_from(size).ok()?)
    }
}

/// Returns the root of the tree over these leaves.
fn root(leaves: &[Digest]) -> Digest {
    // What stands here are the roots of complete subtrees, the largest first. Their sizes are the bits of how many
    // leaves were taken: where adding one more carries, two of one size become one.
    let mut subtrees: Vec<Digest> = Vec::new();
    for (taken, leaf) in leaves.iter().enumerate() {
        let mut node = *leaf;
        for _ in 0..taken.trailing_ones() {
            let left = subtrees.pop().expect("a subtree for each bit");
            node = node_hash(left, node);
        }
        subtrees.push(node);
    }
    let joined = subtrees
        .into_iter()
        .rev()
        .reduce(|right, left| node_hash(left, right));
    joined.unwrap_or_else(empty_root)
}

/// Returns the largest power of two that is smaller than `leaves`, which are two at least: where a tree is split.
const fn split(leaves: usize) -> usize {
    1 << (leaves - 1).ilog2()
}

fn inclusion(index: usize, leaves: &[Digest]) -> Vec<Digest> {
    if leaves.len() < 2 {
        return Vec::new();
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = if index < left.len() {
        (inclusion(index, left), right)
    } else {
        (inclusion(index - left.len(), right), left)
    };
    proof.push(root(sibling));
    proof
}

/// `is_whole` says that the old tree is all of the old leaves, so that whoever checks has its root.
fn consistency(old: usize, leaves: &[Digest], is_whole: bool) -> Vec<Digest> {
    if old == leaves.len() {
        return if is_whole {
            Vec::new()
        } else {
            vec![root(leaves)]
        };
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    let (mut proof, sibling) = if old <= left.len() {
        (consistency(old, left, is_whole), right)
    } else {
        (consistency(old - left.len(), right, false), left)
    };
    proof.push(root(sibling));
    proof
}

/// A proof that proves nothing: it has too few hashes or too many, or leads to another root. Who sent it is wrong, or
/// wants to deceive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the hashes do not lead to the root")]
pub struct NotProven;

/// Checks that the leaf with this hash is leaf `index`, counted from 0, of the tree with this size and root (RFC 9162,
/// section 2.1.3.2).
///
/// # Errors
/// When the proof does not show it.
pub fn check_inclusion(
    leaf_hash: Digest,
    index: u64,
    (size, root): (u64, Digest),
    proof: &[Digest],
) -> Result<(), NotProven> {
    if index >= size {
        return Err(NotProven);
    }
    let (mut node, mut last) = (index, size - 1);
    let mut hash = leaf_hash;
    for sibling in proof {
        if last == 0 {
            return Err(NotProven);
        }
        if node % 2 == 1 || node == last {
            hash = node_hash(*sibling, hash);
            climb(&mut node, &mut last);
        } else {
            hash = node_hash(hash, *sibling);
        }
        node /= 2;
        last /= 2;
    }
    (last == 0 && hash == root).then_some(()).ok_or(NotProven)
}

/// Checks that the tree of the second size and root continues that of the first (RFC 9162, section 2.1.4.2).
///
/// # Errors
/// When the proof does not show it. Where there is nothing to prove, it must be empty.
pub fn check_consistency(
    (old, old_root): (u64, Digest),
    (size, root): (u64, Digest),
    proof: &[Digest],
) -> Result<(), NotProven> {
    if old == 0 || old >= size {
        let holds = match old {
            0 => old_root == empty_root() && (size > 0 || root == old_root),
            _ => old == size && old_root == root,
        };
        return (holds && proof.is_empty()).then_some(()).ok_or(NotProven);
    }
    // A complete old tree is a node of the new one, which whoever checks has already.
    let (first, rest) = if old.is_power_of_two() {
        (old_root, proof)
    } else {
        let (first, rest) = proof.split_first().ok_or(NotProven)?;
        (*first, rest)
    };
    let (mut node, mut last) = (old - 1, size - 1);
    let below = node.trailing_ones();
    node >>= below;
    last >>= below;
    let (mut old_hash, mut hash) = (first, first);
    for sibling in rest {
        if last == 0 {
            return Err(NotProven);
        }
        if node % 2 == 1 || node == last {
            old_hash = node_hash(*sibling, old_hash);
            hash = node_hash(*sibling, hash);
            climb(&mut node, &mut last);
        } else {
            hash = node_hash(hash, *sibling);
        }
        node /= 2;
        last /= 2;
    }
    let holds = last == 0 && old_hash == old_root && hash == root;
    holds.then_some(()).ok_or(NotProven)
}

/// Goes up from a node that is the last of its level for as long as it has no sibling on its left.
fn climb(node: &mut u64, last: &mut u64) {
    while node.is_multiple_of(2) && *node != 0 {
        *node /= 2;
        *last /= 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(leaves: impl IntoIterator<Item = Vec<u8>>) -> Tree {
        let mut tree = Tree::default();
        for leaf in leaves {
            tree.push(leaf_hash(&leaf));
        }
        tree
    }

    fn hex(digits: &str) -> Vec<u8> {
        let byte = |at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap();
        (0..digits.len()).step_by(2).map(byte).collect()
    }

    /// The eight leaves with which implementations of Certificate Transparency are tested, and the roots of the trees
    /// that grow from them.
    const KNOWN: [(&str, &str); 8] = [
        (
            "",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        ),
        (
            "00",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        ),
        (
            "10",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        ),
        (
            "2021",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
        (
            "3031",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        ),
        (
            "40414243",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        ),
        (
            "5051525354555657",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        ),
        (
            "606162636465666768696a6b6c6d6e6f",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ),
    ];

    #[test]
    fn known_trees_have_their_known_roots() {
        let tree = tree(KNOWN.iter().map(|(leaf, _)| hex(leaf)));
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(tree.root(0).unwrap().to_string(), empty);
        for (size, (_, root)) in (1..).zip(KNOWN) {
            assert_eq!(tree.root(size).unwrap().to_string(), root, "{size}");
        }
        assert_eq!(tree.root(9), None);
    }

    #[test]
    fn known_proofs_are_made() {
        let tree = tree(KNOWN.iter().map(|(leaf, _)| hex(leaf)));
        let texts = |proof: Option<Vec<Digest>>| -> Vec<String> {
            proof.unwrap().iter().map(Digest::to_string).collect()
        };
        assert_eq!(
            texts(tree.inclusion(5, 8)),
            [
                "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
        assert_eq!(
            texts(tree.consistency(6, 8)),
            [
                "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
                "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
                "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            ]
        );
    }

    #[test]
    fn every_proof_of_a_small_tree_holds_and_no_other_one_does() {
        const MOST: u64 = 20;
        let tree = tree((0..MOST).map(|leaf| vec![u8::try_from(leaf).unwrap()]));
        let root = |size| (size, tree.root(size).unwrap());
        for size in 1..=MOST {
            for index in 0..size {
                let proof = tree.inclusion(index, size).unwrap();
                let leaf = tree.leaf(index).unwrap();
                for other in 0..=MOST {
                    let checked = check_inclusion(leaf, other, root(size), &proof);
                    assert_eq!(checked.is_ok(), other == index, "{other} {index} {size}");
                }
                for wrong in mutilated(&proof) {
                    assert!(check_inclusion(leaf, index, root(size), &wrong).is_err());
                }
            }
            assert_eq!(tree.inclusion(size, size), None);
        }
        for size in 0..=MOST {
            for old in 0..=size {
                let proof = tree.consistency(old, size).unwrap();
                for other in 0..=MOST {
                    let checked = check_consistency(root(other), root(size), &proof);
                    let holds = checked.is_ok();
                    let is_trivial = |old| old == 0 || old == size;
                    let expected = other == old || is_trivial(old) && is_trivial(other);
                    assert_eq!(holds, expected, "{other} {old} {size}");
                }
                for wrong in mutilated(&proof) {
                    assert!(check_consistency(root(old), root(size), &wrong).is_err());
                }
            }
            assert_eq!(tree.consistency(size + 1, size), None);
        }
    }

    /// A proof with a hash more, with one less, with one changed and with two that changed places.
    fn mutilated(proof: &[Digest]) -> Vec<Vec<Digest>> {
        let mut wrong = Vec::new();
        for at in 0..=proof.len() {
            let mut longer = proof.to_vec();
            longer.insert(at, Digest::GENESIS);
            wrong.push(longer);
        }
        for at in 0..proof.len() {
            let (mut shorter, mut changed, mut swapped) =
                (proof.to_vec(), proof.to_vec(), proof.to_vec());
            shorter.remove(at);
            changed[at] = Digest::of(changed[at].as_bytes());
            wrong.extend([shorter, changed]);
            if at > 0 {
                swapped.swap(at, at - 1);
                wrong.push(swapped);
            }
        }
        wrong
    }

    #[test]
    fn another_root_or_another_leaf_is_not_proven() {
        let tree = tree((0..7).map(|leaf| vec![leaf]));
        let proof = tree.inclusion(3, 7).unwrap();
        let (root, leaf) = (tree.root(7).unwrap(), tree.leaf(3).unwrap());
        assert!(check_inclusion(leaf, 3, (7, root), &proof).is_ok());
        let other = Digest::of(b"other");
        assert!(check_inclusion(other, 3, (7, root), &proof).is_err());
        assert!(check_inclusion(leaf, 3, (7, other), &proof).is_err());
        let proof = tree.consistency(3, 7).unwrap();
        let old = tree.root(3).unwrap();
        assert!(check_consistency((3, old), (7, root), &proof).is_ok());
        assert!(check_consistency((3, other), (7, root), &proof).is_err());
        assert!(check_consistency((3, old), (7, other), &proof).is_err());
        assert!(check_consistency((0, other), (7, root), &[]).is_err());
        assert!(check_consistency((7, other), (7, root), &[]).is_err());
    }

    #[test]
    fn sizes_at_the_end_of_the_numbers_are_no_harm() {
        let proof = vec![Digest::GENESIS; 200];
        for (index, size) in [
            (0, u64::MAX),
            (u64::MAX - 1, u64::MAX),
            (u64::MAX, u64::MAX),
        ] {
            let tree = (size, Digest::GENESIS);
            assert!(check_inclusion(Digest::GENESIS, index, tree, &proof).is_err());
            assert!(check_consistency((index, Digest::GENESIS), tree, &proof).is_err());
        }
    }
}
