// The page around the records. It must be what was written, to the element: another script could say anything, and a
// style could hide or repaint what this one shows.

// Why a page that is not as it was written says so; `record` is the number of the record that is wrong, if one is.
class Changed extends Error {
  constructor(message, record = null) {
    super(message);
    this.record = record;
  }
}

// What the banner says until it is known better.
const NOTHING_CHECKED = "Nothing has been checked in this browser.";

const BROUGHT_IN = "Somebody changed the page, or an extension of this browser did.";

// Returns the parts of the page, or throws. `script` is the element that this script stands in.
function partsOfPage(script) {
  takeNamesOut();
  if (namesTakenOut > 0) refuse("page", "an element in it has a name that does not belong there");
  const { documentElement: html, head, body } = document;
  if (document.doctype === null || document.childNodes.length !== 2)
    refuse("document", "something stands beside its elements");
  expectElement(html, "html", { lang: "en" });
  expectElement(head, "head", {});
  expectElement(body, "body", {});
  const style = head.querySelector("style");
  expectChildren(head, [
    ["meta", { charset: "utf-8" }],
    ["meta", { name: "viewport", content: "width=device-width, initial-scale=1" }],
    ["meta", { "http-equiv": "Content-Security-Policy", content: contentSecurityPolicy(script, style) }],
    ["meta", { name: "color-scheme", content: "light dark" }],
    ["title", {}],
    ["style", {}],
  ]);
  expectStyle(style);
  const records = [...body.querySelectorAll("script.records")];
  expectChildren(body, [
    ["div", { id: "banner", role: "status" }],
    ["noscript", {}],
    ["script", { type: "application/json", id: "statement" }],
    ...records.map(() => ["script", { type: "application/octet-stream", class: "records" }]),
    ["script", {}],
  ]);
  if (body.lastElementChild !== script) refuse("body", "something stands behind the script");
  const [banner, still, statement] = body.children;
  const [words, ...more] = banner.childNodes;
  if (more.length > 0 || words?.nodeType !== Node.TEXT_NODE || words.data !== NOTHING_CHECKED)
    refuse("banner", "it says something else");
  // A shadow tree is shown in place of the children, and is none of them.
  if (body.shadowRoot || banner.getClientRects().length === 0) refuse("body", "something else is shown in its place");
  return { banner, still: still.textContent, statement: statement.textContent, records };
}

// Shows elements as the whole page. The body is a new one: a shadow tree that was brought in stays with the old.
function replacePage(...elements) {
  document.body.replaceWith(make("body", {}, elements));
}

function refuse(where, what) {
  throw new Changed(`The ${where} of this page is not as it was written: ${what}. ${BROUGHT_IN}`);
}

// A policy that lets this very script and this very style in, and nothing else from anywhere.
function contentSecurityPolicy(script, style) {
  const source = (element) => `'sha256-${sha256OfTextBase64(element?.textContent ?? "")}'`;
  return `default-src 'none'; script-src ${source(script)}; style-src ${source(style)}; base-uri 'none'; form-action 'none'`;
}

// The one style sheet there is, and the browser goes by it.
function expectStyle(style) {
  const sheets = [...document.styleSheets, ...document.adoptedStyleSheets];
  const isInForce = getComputedStyle(document.documentElement).getPropertyValue("--in-force").trim() === "yes";
  if (sheets.length !== 1 || sheets[0].ownerNode !== style || sheets[0].disabled || !isInForce)
    refuse("style", "it is not the only one, or not in force");
}

// The children are these elements in this order, each with these attributes, and blanks between them.
function expectChildren(parent, expected) {
  const found = [...parent.childNodes].filter((node) => !(node.nodeType === Node.TEXT_NODE && node.data.trim() === ""));
  for (const [at, [name, attributes]] of expected.entries()) {
    if (!found[at]) refuse(parent.localName, `<${name}> is missing`);
    expectElement(found[at], name, attributes, parent.localName);
  }
  if (found.length > expected.length)
    refuse(parent.localName, `${describe(found[expected.length])} does not belong there`);
}

function expectElement(node, name, attributes, where = name) {
  if (node.localName !== name) refuse(where, `${describe(node)} stands where <${name}> belongs`);
  const expected = Object.entries(attributes);
  for (const [key, value] of expected) {
    if (node.getAttribute(key) !== value) refuse(where, `the attribute "${key}" of <${name}> is another`);
  }
  if (node.attributes.length !== expected.length) refuse(where, `<${name}> has attributes that do not belong there`);
}

// Only letters: what it describes came from whoever changed the page.
function describe(node) {
  if (node.nodeType !== Node.ELEMENT_NODE) return "text or a comment";
  return `<${node.localName.replace(/[^a-z]/g, "").slice(0, 20)}>`;
}
