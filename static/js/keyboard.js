// J K Enter Esc move; a letter presses the thing that carries it as data-press, first in the focused row.
// Letters never act inside a field and can be switched off (they are single keys: WCAG 2.1.4).
const root = document.documentElement;
const FIELDS = "input:not([type=checkbox],[type=radio],[type=button],[type=submit]), textarea, select, [contenteditable=true]";
const seen = (node) => node.offsetParent !== null || node.getClientRects().length > 0;
const rows = () => [...document.querySelectorAll("[data-row]")].filter(seen);
const focusedRow = () => document.querySelector("[data-row][data-focused]");

const lettersOn = () => { try { return localStorage.getItem("cs-letters") !== "off"; } catch { return true; } };
const showLetters = () => {
  root.dataset.keys = lettersOn() ? "on" : "off";
  for (const box of document.querySelectorAll("[data-letters]")) box.checked = lettersOn();
};
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-letters]")) return;
  try { localStorage.setItem("cs-letters", event.target.checked ? "on" : "off"); } catch { /* private window: for this page only */ }
  showLetters();
});
showLetters();

function mark(row) {
  for (const other of document.querySelectorAll("[data-row][data-focused]")) delete other.dataset.focused;
  if (row) row.dataset.focused = "";
}
function move(step) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(focusedRow());
  const row = all[Math.min(Math.max(at + step, 0), all.length - 1)];
  mark(row);
  (row.querySelector("[data-open]") || row.querySelector("a, button") || row).focus({ preventScroll: true });
  row.scrollIntoView({ block: "nearest" });
}
document.addEventListener("focusin", (event) => {
  const row = event.target.closest("[data-row]");
  if (row) mark(row);
});

function press(letter) {
  const selector = `[data-press="${CSS.escape(letter)}"]`;
  const target = [focusedRow(), document].filter(Boolean)
    .flatMap((scope) => [...scope.querySelectorAll(selector)])
    .find((node) => seen(node) && !node.disabled && (!node.closest("[data-row]") || node.closest("[data-row]") === (focusedRow() || rows()[0])));
  if (target) target.click();
  return Boolean(target);
}
function back() {
  const active = document.activeElement;
  if (active && active.matches(FIELDS)) return active.blur();
  if (document.dispatchEvent(new CustomEvent("cs:escape", { cancelable: true }))) {
    document.querySelector("[data-back]")?.click();
  }
}

addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return document.dispatchEvent(new CustomEvent("cs:palette"));
  }
  if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
  if (event.key === "Escape") return back();
  // A field that was just closed with its dialog keeps the focus until the next frame.
  const field = event.target.closest?.(FIELDS);
  if ((field && seen(field)) || !lettersOn()) return;
  const letter = event.key.toLowerCase();
  const done = letter === "j" ? (move(1), true) : letter === "k" ? (move(-1), true)
    : letter === "/" ? (document.dispatchEvent(new CustomEvent("cs:palette")), true)
    : letter === "?" ? (showKeys(), true) : letter.length === 1 && press(letter);
  if (done) event.preventDefault();
});

// The list of keys is read from the page, so that it names only what works here.
function showKeys() {
  const dialog = document.getElementById("keys");
  const list = dialog?.querySelector("[data-page-keys]");
  if (!list) return;
  const lines = new Map();
  for (const node of document.querySelectorAll("[data-press]")) {
    if (seen(node)) lines.set(node.dataset.press, node.dataset.label || node.getAttribute("aria-label") || words(node));
  }
  list.replaceChildren(...[...lines].map(([key, label]) => line(key, label)));
  list.closest("section").hidden = lines.size === 0;
  dialog.showModal();
}
function words(node) {
  const copy = node.cloneNode(true);
  for (const part of copy.querySelectorAll("kbd, .cs-sr")) part.remove();
  return copy.textContent.trim();
}
function line(key, label) {
  const box = document.createElement("div");
  const cap = document.createElement("kbd");
  cap.textContent = key.toUpperCase();
  box.append(label, cap);
  return box;
}
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-show-keys]")) showKeys();
});
