//! The records of a page, packed: about a mebibyte of lines after the other, each a block that is unpacked by itself.

use std::sync::mpsc;

use base64::{Engine, engine::general_purpose::STANDARD};
use flate2::{Compress, Compression, FlushCompress, Status};

/// How many bytes of lines are packed together.
const BLOCK_BYTES: usize = 1 << 20;

/// How hard it is packed, from 1 to 9: what is gained past this takes twice the time.
const LEVEL: u32 = 6;

/// A block: base64 of raw deflate (RFC 1951) of whole lines, each ended by a line feed.
pub(super) type Block = String;

/// Packs lines on rayon's threads while more are found.
#[derive(Debug)]
pub(super) struct Blocks {
    lines: Vec<u8>,
    started: usize,
    sender: mpsc::Sender<(usize, Block)>,
    receiver: mpsc::Receiver<(usize, Block)>,
}

impl Blocks {
    pub(super) fn new() -> Self {
        let (sender, receiver) = mpsc::channel();
        Self {
            lines: Vec::new(),
            started: 0,
            sender,
            receiver,
        }
    }

    pub(super) fn add(&mut self, line: &[u8]) {
        self.lines.extend_from_slice(line);
        self.lines.push(b'\n');
        if self.lines.len() >= BLOCK_BYTES {
            self.pack();
        }
    }

    fn pack(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let (number, sender) = (self.started, self.sender.clone());
        self.started += 1;
        // Who waits below holds the receiver.
        rayon::spawn(move || drop(sender.send((number, packed(&lines)))));
    }

    /// Returns the blocks in their order.
    pub(super) fn finish(mut self) -> Vec<Block> {
        if !self.lines.is_empty() {
            self.pack();
        }
        drop(self.sender);
        let mut blocks: Vec<(usize, Block)> = self.receiver.iter().collect();
        blocks.sort_unstable_by_key(|(number, _)| *number);
        blocks.into_iter().map(|(_, block)| block).collect()
    }
}

fn packed(lines: &[u8]) -> Block {
    let mut deflate = Compress::new(Compression::new(LEVEL), false);
    let mut packed = Vec::with_capacity(lines.len() / 4);
    let mut rest = lines;
    loop {
        let before = deflate.total_in();
        let status = deflate.compress_vec(rest, &mut packed, FlushCompress::Finish);
        let status = status.expect("there is nothing wrong with the bytes of a line");
        let taken = usize::try_from(deflate.total_in() - before).expect("it is at most a block");
        rest = &rest[taken..];
        if status == Status::StreamEnd {
            return STANDARD.encode(packed);
        }
        packed.reserve(packed.capacity().max(1024));
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn blocks_unpack_to_the_lines_in_their_order() {
        let lines: Vec<String> = (0..300_000).map(|n| format!("{{\"line\":{n}}}")).collect();
        let mut blocks = Blocks::new();
        for line in &lines {
            blocks.add(line.as_bytes());
        }
        let blocks = blocks.finish();
        assert!(blocks.len() > 2);
        let mut text = String::new();
        for block in blocks {
            let deflated = STANDARD.decode(block).unwrap();
            let mut decoder = flate2::read::DeflateDecoder::new(&deflated[..]);
            decoder.read_to_string(&mut text).unwrap();
            assert!(text.ends_with('\n'));
        }
        assert!(text.lines().eq(lines.iter().map(String::as_str)));
    }

    #[test]
    fn nothing_is_no_block() {
        assert_eq!(Blocks::new().finish(), [""; 0]);
    }
}
