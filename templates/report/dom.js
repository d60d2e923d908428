// Builds what is seen. Text only ever becomes a text node, so nothing of a record is read as markup.

const SVG = "http://www.w3.org/2000/svg";

// Returns an element with attributes, listeners (attributes that are functions) and children.
// The names of SVG's elements begin with "svg:".
function make(name, attributes = {}, ...children) {
  const made = name.startsWith("svg:") ? document.createElementNS(SVG, name.slice(4)) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value !== null && value !== undefined && value !== false) {
      made.setAttribute(key, value === true ? "" : value);
    }
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined));
  return made;
}

// A text of a record, which may be of any type: nothing has looked at that.
function textOf(value) {
  return typeof value === "string" ? value : "";
}

// The same made visible, and cut where a name must not fill the page.
function shortName(text, length = 80) {
  const shown = visible(text);
  return shown.length > length ? `${shown.slice(0, length)}…` : shown;
}

const NUMBERS = new Intl.NumberFormat("en-US");

function count(number) {
  return NUMBERS.format(number);
}

function counted(number, one, many = `${one}s`) {
  return `${count(number)} ${number === 1 ? one : many}`;
}

// An instant as the page writes all of them: UTC, to the second.
function utc(milliseconds) {
  return new Date(milliseconds).toISOString().slice(0, 19).replace("T", " ");
}

function section(id, title, ...children) {
  return make("section", { "aria-labelledby": id }, make("h2", { id }, title), children);
}

// Facts as terms and what they are.
function terms(pairs) {
  const given = pairs.filter(([, what]) => what !== null && what !== "");
  return make(
    "dl",
    {},
    given.map(([term, what]) => make("div", {}, make("dt", {}, term), make("dd", {}, what))),
  );
}

// Lets the browser draw and answer, whatever takes long.
function breathe() {
  return new Promise((go) => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => go();
    channel.port2.postMessage(0);
  });
}
