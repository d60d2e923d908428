//! Files that are hashed while they are written.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
};

use sealstone::digest::{Digest, Hasher};

pub(super) use crate::cli::replaced::Target;

/// A file that is written from its beginning to its end, and hashed meanwhile.
pub(super) struct Hashed {
    file: BufWriter<File>,
    hasher: Hasher,
}

impl Hashed {
    pub(super) fn new(file: File) -> Self {
        Self {
            file: BufWriter::with_capacity(1 << 18, file),
            hasher: Hasher::default(),
        }
    }

    /// Returns the file and the hash of all that was written.
    pub(super) fn finish(self) -> io::Result<(File, Digest)> {
        let file = self.file.into_inner().map_err(io::Error::from)?;
        Ok((file, self.hasher.finish()))
    }
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
