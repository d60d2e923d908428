//! Memory maps: the one unsafe thing in the library.

use std::{fs::File, io, ops::Deref};

/// A file's bytes as they stand in the page cache.
#[derive(Debug)]
pub(super) struct Map(memmap2::Mmap);

impl Map {
    /// Maps a file for reading.
    ///
    /// # Errors
    /// When the system refuses, for instance for a pipe.
    pub(super) fn of(file: &File) -> io::Result<Self> {
        // SAFETY: the map is private and only read, and the bytes are judged as untrusted. What Rust
        // assumes and the system does not promise is that they do not change: if another process writes to
        // the file, a byte may read differently twice; if it cuts the file, reading behind the cut kills
        // this process (SIGBUS). `read::Io::Auto` therefore maps only what nobody may write to, and the
        // help of `--io mmap` names the risk.
        #[expect(unsafe_code, reason = "see the SAFETY comment")]
        let map = unsafe { memmap2::Mmap::map(file)? };
        Ok(Self(map))
    }
}

impl Deref for Map {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}
