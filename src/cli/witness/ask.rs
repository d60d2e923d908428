//! Asks a witness over the network.

use std::{io::Read, time::Duration};

use anyhow::{Context, ensure};
use sealstone::{
    json,
    witness::{self, Checkpoint, Kept},
};
use ureq::{Agent, Body, http::Response};

use super::{
    address::Address,
    agent::{Way, agent},
    key::Key,
};

/// How long an answer may take, from the look-up of the name to its last byte.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many bytes an answer may have.
const MOST_BYTES: u64 = 8 << 20;

/// How many characters of a witness's reason are shown.
const MOST_REASON_CHARS: usize = 200;

/// Returns what stands at an address. It is asked once, and nobody else is: an answer that leads
/// elsewhere is none.
pub(super) fn kept(address: &Address, key: Option<&Key>) -> anyhow::Result<Kept> {
    let mut request = to(address)?.get(address.as_str());
    if let Some(key) = key {
        request = request.header("Authorization", key.bearer());
    }
    let (status, bytes) = answer(request.call()?, MOST_BYTES)?;
    ensure!(
        matches!(status, 200 | 503),
        "it answered with status {status}{}",
        reason(&bytes)
    );
    if status == 200 {
        return witness::of_answer(&bytes).context("its answer is none");
    }
    // One that is damaged may say what is left, and must say what is not.
    let kept = witness::of_answer(&bytes).ok();
    kept.filter(|kept| !kept.damage.is_empty())
        .context("it says that its store is damaged (status 503)")
}

/// Tells a witness of a checkpoint, and returns the one that it says it keeps. What it does not keep is refused: a
/// receipt for something else is none.
pub(super) fn keep(
    address: &Address,
    key: &Key,
    checkpoint: &Checkpoint,
) -> anyhow::Result<Checkpoint> {
    let mut body = String::new();
    json::write(&checkpoint.to_tell().into(), &mut body);
    let request = to(address)?
        .post(address.as_str())
        .header("Authorization", key.bearer())
        .header("Content-Type", "application/json");
    let (status, bytes) = answer(request.send(body.as_str())?, MOST_BYTES)?;
    ensure!(
        status == 201,
        "refused it with status {status}{}",
        reason(&bytes)
    );
    let receipt = json::read(&bytes).ok().and_then(|document| {
        let receipt = document.value.as_object()?.get("receipt")?;
        Checkpoint::of(receipt).ok()
    });
    let receipt = receipt.context("gave no receipt")?;
    let is_same = receipt.to_tell() == checkpoint.to_tell();
    ensure!(is_same, "gave a receipt for something else");
    Ok(receipt)
}

/// Returns why a witness refused, if it says so.
fn reason(body: &[u8]) -> String {
    let document = json::read(body).ok();
    let said = document.and_then(|document| {
        let object = document.value.as_object()?;
        object.str("error").map(str::to_owned)
    });
    said.map_or_else(String::new, |said| {
        let said: String = said.chars().take(MOST_REASON_CHARS).collect();
        format!(": {said}")
    })
}

/// Returns the status and the body of an answer, which may have so many bytes.
pub(super) fn answer(response: Response<Body>, most_bytes: u64) -> anyhow::Result<(u16, Vec<u8>)> {
    let status = response.status().as_u16();
    let mut bytes = Vec::new();
    let mut body = response.into_body().into_reader().take(most_bytes + 1);
    body.read_to_end(&mut bytes)?;
    let is_short = bytes.len() as u64 <= most_bytes;
    ensure!(
        is_short,
        "its answer is longer than {} MiB",
        most_bytes >> 20
    );
    Ok((status, bytes))
}

fn to(address: &Address) -> anyhow::Result<Agent> {
    let way = if address.is_encrypted {
        Way::Encrypted
    } else {
        Way::ThisMachine
    };
    agent(way, PATIENCE)
}
