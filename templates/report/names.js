// An element's name stands for a property of the document: with <img name="createElement"> in a page, a script that
// asks the document for that gets the image. So before anything else, elements with names that the page does not have
// are taken out. What is asked here cannot be named: it stands on prototypes.

const OF_PAGE = "body > div#banner:not([name]), body > script#statement:not([name])";

const select = Document.prototype.querySelectorAll.bind(document);
const isOne = (element, selector) => Element.prototype.matches.call(element, selector);
const takeOut = (element) => Element.prototype.remove.call(element);

let namesTakenOut = 0;

function takeNamesOut() {
  for (const element of select("body[id], body[name], body [id], body [name]")) {
    if (isOne(element, OF_PAGE)) continue;
    namesTakenOut += 1;
    takeOut(element);
  }
}

takeNamesOut();
