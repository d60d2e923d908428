//! A progress bar on standard error.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Bytes that were read, of those there are. Draws nothing unless it was asked to.
pub(super) struct Progress(Option<ProgressBar>);

impl Progress {
    /// Returns a bar for `total` bytes; without a total it only counts.
    pub(super) fn new(wanted: bool, total: Option<u64>) -> Self {
        if !wanted {
            return Self(None);
        }
        let template = match total {
            Some(_) => {
                "{bar:30} {percent:>3} %  {binary_bytes} of {binary_total_bytes}  \
                 {binary_bytes_per_sec}  {eta} left"
            }
            None => "{binary_bytes}  {binary_bytes_per_sec}",
        };
        let style = ProgressStyle::with_template(template)
            .expect("the template is fixed")
            .progress_chars("=> ");
        let target = ProgressDrawTarget::stderr();
        Self(Some(
            ProgressBar::with_draw_target(total, target).with_style(style),
        ))
    }

    /// Takes note of bytes that were read.
    pub(super) fn add(&self, bytes: u64) {
        if let Some(bar) = &self.0 {
            bar.inc(bytes);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
