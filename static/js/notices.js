// Toasts, one at a time, with undo; and the word that the connection is gone.
// The server says HX-Trigger: {"toast": {"text": "...", "undo_url": "...", "tone": "warn"}}.
const place = document.getElementById("toasts");
const SHOWN_MS = 8000;
let timer;

function hide() {
  clearTimeout(timer);
  place.replaceChildren();
}
function wait() {
  clearTimeout(timer);
  timer = setTimeout(() => (place.matches(":hover, :focus-within") ? wait() : hide()), SHOWN_MS);
}
function show({ text, undo_url: undo, tone }) {
  const toast = document.getElementById("toast-part").content.firstElementChild.cloneNode(true);
  toast.querySelector("[data-text]").textContent = text;
  toast.querySelector(tone === "warn" ? "[data-done]" : "[data-care]").remove();
  if (tone === "warn") toast.classList.add("cs-toast-warn");
  const button = toast.querySelector("[data-undo]");
  if (undo) {
    button.setAttribute("hx-post", undo);
    // The answer may have shown another toast: then that one stays.
    button.addEventListener("htmx:afterRequest", () => place.contains(button) && hide());
  } else {
    button.remove();
  }
  place.replaceChildren(toast);
  window.htmx?.process(place);
  wait();
}

if (place) {
  addEventListener("toast", (event) => show(event.detail));
  place.addEventListener("click", (event) => event.target.closest("[data-dismiss]") && hide());
  place.addEventListener("mouseenter", wait);
  for (const message of document.querySelectorAll("template[data-message]")) {
    show({ text: message.dataset.message, undo_url: message.dataset.undoUrl, tone: message.dataset.tone });
  }
}

const offline = document.getElementById("offline");
if (offline) {
  const lost = () => { offline.hidden = false; };
  const back = () => { offline.hidden = true; };
  addEventListener("offline", lost);
  addEventListener("online", back);
  document.addEventListener("htmx:sendError", lost);
  document.addEventListener("htmx:afterOnLoad", back);
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    const words = { 403: "Your role does not allow this. Ask an administrator.", 404: "This is gone, or you may no longer see it.",
      409: "Someone changed this meanwhile. Reload to see it.", 429: "Too many requests. Wait a moment, then try again." };
    show({ text: words[status] || "That did not work, and nothing was changed. Try again.", tone: "warn" });
  });
}
