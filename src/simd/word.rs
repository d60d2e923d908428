//! Eight bytes in a number, on every processor.

/// Returns eight equal bytes.
pub(crate) const fn every(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}

/// Sets the highest bit of the first byte that is zero, and perhaps of some behind it that are one.
pub(crate) const fn zero_bytes(word: u64) -> u64 {
    word.wrapping_sub(every(1)) & !word & every(0x80)
}
