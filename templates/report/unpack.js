// From the page to the bytes of the log: base64, then raw deflate (RFC 1951). Each block has whole lines.

// Returns what a browser lacks to unpack the records, or null.
function missingForUnpacking() {
  try {
    new DecompressionStream("deflate-raw");
    "".toWellFormed();
    return null;
  } catch {
    return "This browser is too old to unpack the records: it takes Chromium 111, Firefox 119, Safari 16.4 or newer.";
  }
}

// Returns the bytes of a block.
async function unpack(base64) {
  const packed = bytesOfBase64(base64);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function bytesOfBase64(text) {
  const binary = atob(text);
  const bytes = new Uint8Array(binary.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = binary.charCodeAt(at);
  return bytes;
}
