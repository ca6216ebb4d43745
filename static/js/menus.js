// Menus (button[data-menu="id"]), dialogs (data-dialog="id"), tabs of one page (data-pane-show) and cut text.
const opened = () => document.querySelector("[data-menu][aria-expanded=true]");
const items = (menu) => [...menu.querySelectorAll("a, button, input, select")].filter((item) => !item.disabled && item.offsetParent);

function close(button, focus) {
  button.setAttribute("aria-expanded", "false");
  document.getElementById(button.dataset.menu).hidden = true;
  if (focus) button.focus();
}
function open(button) {
  const other = opened();
  if (other) close(other);
  const menu = document.getElementById(button.dataset.menu);
  button.setAttribute("aria-expanded", "true");
  menu.hidden = false;
  const box = menu.getBoundingClientRect();
  menu.dataset.start ??= String(menu.classList.contains("cs-menu-start"));
  menu.classList.toggle("cs-menu-start", menu.dataset.start === "true" || box.left < 8);
  (menu.querySelector("[autofocus]") || items(menu)[0])?.focus();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-menu]");
  const current = opened();
  if (button) {
    event.preventDefault();
    return button === current ? close(button) : open(button);
  }
  if (current && !event.target.closest(".cs-menu")) close(current);
  if (current && event.target.closest(".cs-menu [role=menuitem], .cs-menu [role=menuitemradio]")) close(current);
  dialogs(event);
  panes(event);
});
document.addEventListener("keydown", (event) => {
  const button = opened();
  if (!button) return;
  if (event.key === "Escape") { event.preventDefault(); return close(button, true); }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || event.target.matches("select, textarea")) return;
  event.preventDefault();
  const all = items(document.getElementById(button.dataset.menu));
  all[(all.indexOf(document.activeElement) + step + all.length) % all.length]?.focus();
});

function dialogs(event) {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    const dialog = document.getElementById(opener.dataset.dialog);
    dialog.dispatchEvent(new CustomEvent("cs:open", { detail: { opener } }));
    return dialog.showModal();
  }
  if (event.target.closest("[data-close]") || (event.target.matches("dialog.cs-dialog") && event.offsetY >= 0 && outside(event))) {
    event.target.closest("dialog")?.close();
  }
}
function outside(event) {
  const box = event.target.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
for (const dialog of document.querySelectorAll("dialog[data-open-now]")) dialog.showModal();

// On a phone a page's columns become tabs: the same HTML, one pane shown at a time.
function panes(event) {
  const tab = event.target.closest("[data-pane-show]");
  if (!tab) return;
  const holder = document.querySelector("[data-phone-panes]");
  for (const pane of holder.querySelectorAll(":scope > [data-pane]")) pane.toggleAttribute("data-shown", pane.dataset.pane === tab.dataset.paneShow);
  for (const other of tab.parentElement.querySelectorAll("[data-pane-show]")) other.setAttribute("aria-pressed", String(other === tab));
}

// A section that shows or hides: button[data-toggle="id"].
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-toggle]");
  if (!button) return;
  const part = document.getElementById(button.dataset.toggle);
  part.hidden = !part.hidden;
  if (button.dataset.toggleOther) document.getElementById(button.dataset.toggleOther).hidden = !part.hidden;
  button.setAttribute("aria-expanded", String(!part.hidden));
});
document.addEventListener("click", (event) => {
  const more = event.target.closest("[data-sidebar]");
  const side = document.getElementById("sidebar");
  if (!side) return;
  const show = more ? !side.hasAttribute("data-open") : side.hasAttribute("data-open") && Boolean(event.target.closest("#sidebar"));
  side.toggleAttribute("data-open", show && !event.target.closest("#sidebar a"));
  document.querySelector("[data-sidebar]")?.setAttribute("aria-expanded", String(side.hasAttribute("data-open")));
});

// The full text of what an ellipsis cuts, on hover and on focus.
let tip;
function showTip(event) {
  hideTip();
  const cell = event.target.closest?.(".cs-table td, .cs-table th, .cs-cut");
  const cut = cell && [cell, ...cell.querySelectorAll("a, span")].find((node) => node.scrollWidth > node.clientWidth + 1 && node.clientWidth > 0);
  if (!cut?.textContent.trim()) return;
  tip = document.createElement("div");
  tip.className = "cs-tip";
  tip.setAttribute("role", "tooltip");
  tip.textContent = cut.textContent.trim().replace(/\s+/g, " ");
  document.body.append(tip);
  const box = cut.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${box.bottom + 6 + tip.offsetHeight > innerHeight ? box.top - tip.offsetHeight - 6 : box.bottom + 6}px`;
}
function hideTip() { tip?.remove(); tip = undefined; }
document.addEventListener("mouseover", showTip);
document.addEventListener("focusin", showTip);
document.addEventListener("mouseout", hideTip);
document.addEventListener("focusout", hideTip);
addEventListener("scroll", hideTip, { passive: true });
