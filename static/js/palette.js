// The command palette: customers from the server, pages and commands from this page, one list, one key.
const dialog = document.getElementById("palette");
const PATIENCE_MS = 1000;
if (dialog) {
  const input = dialog.querySelector("input");
  const found = dialog.querySelector("[data-found]");
  const commands = [...dialog.querySelectorAll("[data-command]")];
  const options = () => [...dialog.querySelectorAll("[role=option]")].filter((node) => !node.hidden && !node.closest("[hidden]"));
  const chosen = () => dialog.querySelector("[role=option][aria-selected=true]");

  // What stands in the list may belong to the letters before: then Enter waits for the answer.
  let asked = false;
  let entered;
  const open = () => {
    clearTimeout(entered);
    entered = undefined;
    chosen()?.click();
  };

  const choose = (option) => {
    chosen()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", option?.id || "");
  };
  const filter = () => {
    const words = input.value.trim().toLowerCase();
    for (const command of commands) command.hidden = !command.dataset.command.toLowerCase().includes(words);
    for (const group of dialog.querySelectorAll("[data-group]")) {
      group.hidden = !group.querySelector("[role=option]:not([hidden])");
    }
    if (!words) found.replaceChildren();
    choose(options()[0]);
  };
  const show = () => {
    if (dialog.open) return dialog.close();
    dialog.showModal();
    input.select();
    filter();
  };

  dialog.addEventListener("close", () => {
    clearTimeout(entered);
    entered = undefined;
  });
  document.addEventListener("cs:palette", show);
  document.addEventListener("click", (event) => event.target.closest("[data-palette]") && show());
  input.addEventListener("input", () => {
    filter();
    asked = input.hasAttribute("hx-get") && input.value.trim() !== "";
  });
  found.addEventListener("htmx:afterSwap", () => {
    asked = false;
    choose(options()[0]);
    if (entered) open();
  });
  input.addEventListener("keydown", (event) => {
    const all = options();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(all[(all.indexOf(chosen()) + step + all.length) % all.length]);
    else if (event.key === "Enter" && asked) entered ??= setTimeout(open, PATIENCE_MS);
    else if (event.key === "Enter") open();
    else return;
    event.preventDefault();
  });
  dialog.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (!option) return;
    if (option.dataset.click) {
      dialog.close();
      document.querySelector(option.dataset.click)?.click();
    } else if (option.dataset.url) {
      location.assign(option.dataset.url);
    }
  });
}
