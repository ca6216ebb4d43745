// The keys of the condition component. Every key presses a button that stands on the page, so that all of it works
// without this file too. Enter: a condition below; Shift+Enter: a group below; Alt+arrows: up, down, into a group, out;
// Alt+Delete, or Backspace on an empty line: remove. In a picker Enter takes the first that was found.
const FIELDS = "input, select";
let waiting;
let part = "";
const onTheWay = new Set();
let before = new Map();

const lineOf = (node) => node.closest("[data-line]") || node.closest("[data-group]");
const isTyped = (node) => node.matches("input:not([type=checkbox], [type=radio], [type=hidden], [type=search])");

// One press at a time: the second of two quick ones is done on what the first one left.
function press(id, verb) {
  if (onTheWay.size) { waiting = verb; return; }
  document.querySelector(`#${CSS.escape(id)}_moves [data-do="${verb}"]`)?.click();
}
function pressHere(verb) {
  const here = document.activeElement?.closest("[data-line]");
  if (here) press(here.dataset.line, verb);
}

function enter(event, line) {
  const field = event.target;
  if (field.matches("[data-first]")) {
    document.querySelector(field.dataset.first)?.querySelector("button")?.click();
  } else if (field.matches("[data-find]")) {
    const found = [...field.closest(".cs-picker").querySelectorAll("label")].find((one) => !one.hidden);
    found?.querySelector("input").click();
  } else if (field.matches("[data-own-enter]")) {
    field.dispatchEvent(new Event("change", { bubbles: true }));
  } else if (line) {
    press(line.dataset.line, event.shiftKey ? "groupafter" : "after");
  } else {
    const group = field.closest("[data-group]").dataset.group;
    document.getElementById(`${group}_${event.shiftKey ? "addgroup" : "add"}`)?.click();
  }
}

const MOVES = { ArrowUp: "up", ArrowDown: "down", ArrowRight: "in", ArrowLeft: "out", Delete: "remove", Backspace: "remove" };
document.addEventListener("keydown", (event) => {
  const root = event.target.closest?.("[data-condition]");
  if (!root || event.isComposing || event.ctrlKey || event.metaKey) return;
  const line = event.target.closest("[data-line]");
  const place = lineOf(event.target);
  const verb = event.altKey && MOVES[event.key];
  if (verb && place) {
    const path = place.dataset.line || place.dataset.group;
    if (verb !== "remove") part = event.target.id.replace(path, "");
    press(path, verb);
  } else if (event.key === "Enter" && event.target.matches(FIELDS)) enter(event, line);
  else if (event.key === "Enter" && event.shiftKey && line) press(line.dataset.line, "groupafter");
  else if (event.key === "Backspace" && line?.dataset.kind === "blank" && event.target.matches("[data-pick]")) press(line.dataset.line, "remove");
  else if (event.key.length === 1 && event.key !== " " && !event.altKey && event.target.matches("[data-pick]")) return typeInto(event);
  else return;
  event.preventDefault();
  event.stopPropagation();
}, true);

// A letter on a fact opens the picker and begins the search; letters that come before it has loaded wait.
let typed = "";
function typeInto(event) {
  event.preventDefault();
  event.stopPropagation();
  const menu = document.getElementById(event.target.dataset.menu);
  const begin = () => {
    const field = menu.querySelector("input[type=search]");
    if (!field) return;
    field.focus();
    field.value = typed;
    typed = "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const isFirst = !typed;
  typed += event.key;
  if (event.target.getAttribute("aria-expanded") !== "true") event.target.click();
  if (menu.firstElementChild) begin();
  else if (isFirst) menu.addEventListener("htmx:afterSettle", begin, { once: true });
}

// A short list of options is searched here.
document.addEventListener("input", (event) => {
  const field = event.target;
  if (!field.matches?.("[data-find]")) return;
  const words = field.value.trim().toLowerCase();
  for (const label of field.closest(".cs-picker").querySelectorAll(".cs-picker-list:not(:empty) label")) {
    label.hidden = Boolean(words) && !label.textContent.toLowerCase().includes(words) && !label.querySelector("input").checked;
  }
});

// What was typed while a request was on its way is put back into the field after the tree was drawn anew.
const pressed = (event) => event.detail.elt?.closest?.("[data-condition]") && event.detail.requestConfig?.verb === "post";
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!pressed(event)) return;
  onTheWay.add(event.detail.xhr);
  before = new Map([...document.querySelectorAll("[data-condition] input[id]")].filter(isTyped).map((field) => [field.id, field.value]));
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const root = event.detail.target?.closest?.("[data-condition]");
  const field = document.activeElement;
  if (!root?.contains(field) || !field.id || !isTyped(field)) return;
  const value = field.value;
  if (before.get(field.id) === value) return;
  root.addEventListener("htmx:afterSwap", () => {
    const drawn = document.getElementById(field.id);
    if (drawn) { drawn.value = value; drawn.dispatchEvent(new Event("input", { bubbles: true })); }
  }, { once: true });
});
document.addEventListener("htmx:afterRequest", (event) => {
  onTheWay.delete(event.detail.xhr);
  if (!onTheWay.size) setTimeout(goOn);
});
// A line that was moved keeps the focus where it was: in its value, on its operator.
document.addEventListener("htmx:afterSettle", (event) => {
  const here = document.activeElement;
  if (!part || !event.target.matches?.("[data-condition]")) return;
  if (here?.id.endsWith("_pick")) document.getElementById(here.id.replace(/_pick$/, part))?.focus();
  part = "";
});
function goOn() {
  const verb = waiting;
  waiting = undefined;
  if (verb) pressHere(verb);
}

// Each line's count goes to its line; a line that was taken away meanwhile has no place for it.
document.addEventListener("htmx:afterSettle", () => {
  for (const count of document.querySelectorAll("[data-count-of]")) {
    document.getElementById(count.dataset.countOf)?.replaceChildren(...count.childNodes);
    count.remove();
  }
});
