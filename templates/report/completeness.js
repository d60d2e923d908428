
// ---- What is known of what is not in the records.

function completenessOf() {
  return "No witness checkpoint was given: records that were cut off at the end would not be missed.";
}

function timeOf() {
  return "Times are what the recorder's clock said. Nothing outside of it vouches for them.";
}
