// Choosing rows: checkbox input[data-select] with its value in minor units; the bulk bar takes the pager's place.
const table = document.querySelector("[data-selectable]");
if (table) {
  const bar = document.getElementById("bulk");
  const pager = document.getElementById("pager");
  const head = table.querySelector("[data-select-all]");
  const boxes = [...table.querySelectorAll("[data-select]")];
  const digits = Number(table.dataset.digits || 2);
  const symbol = table.dataset.symbol || "";
  let everything = false;
  let last;

  const chosen = () => boxes.filter((box) => box.checked);
  const money = (minor) => {
    const whole = Math.round(Math.abs(minor) / 10 ** digits).toLocaleString("en-US");
    return `${minor < 0 ? "\u2212" : ""}${symbol}${whole}`;
  };
  const show = () => {
    const picked = chosen();
    everything &&= picked.length === boxes.length;
    for (const box of boxes) box.closest("tr").setAttribute("aria-selected", String(box.checked));
    head.checked = picked.length === boxes.length && picked.length > 0;
    head.indeterminate = picked.length > 0 && !head.checked;
    bar.hidden = picked.length === 0;
    pager.hidden = picked.length > 0;
    const whole = document.getElementById("view-data").dataset;
    const count = everything ? whole.all : picked.length.toLocaleString("en-US");
    bar.querySelector("[data-count]").textContent = everything ? `All ${count}` : `${count} chosen`;
    const sum = picked.reduce((total, box) => total + Number(box.dataset.select || 0), 0);
    const worth = bar.querySelector("[data-sum]");
    if (worth) worth.textContent = everything ? whole.allSum : `${money(sum)} of lifetime value`;
    const more = bar.querySelector("[data-everything]");
    if (more) more.hidden = everything || !head.checked;
  };
  const clear = () => { for (const box of boxes) box.checked = false; everything = false; show(); };

  head.addEventListener("change", () => { for (const box of boxes) box.checked = head.checked; show(); });
  table.addEventListener("click", (event) => {
    const box = event.target.closest("[data-select]");
    if (!box) return;
    if (event.shiftKey && last) {
      const [from, to] = [boxes.indexOf(last), boxes.indexOf(box)].sort((a, b) => a - b);
      for (const other of boxes.slice(from, to + 1)) other.checked = box.checked;
    }
    last = box;
    show();
  });
  bar.addEventListener("click", (event) => {
    if (event.target.closest("[data-clear]")) clear();
    if (event.target.closest("[data-everything]")) { everything = true; show(); }
  });
  document.addEventListener("cs:escape", (event) => {
    if (bar.hidden) return;
    event.preventDefault();
    clear();
  });

  // A dialog for the chosen rows gets their ids when it opens: customer=<id>..., or all=1 for the whole view.
  for (const dialog of document.querySelectorAll("dialog[data-for-selection]")) {
    dialog.addEventListener("cs:open", () => {
      const holder = dialog.querySelector("[data-chosen]");
      const pairs = everything ? [["all", "1"]] : chosen().map((box) => ["customer", box.value]);
      holder.replaceChildren(...pairs.map(([name, value]) => Object.assign(document.createElement("input"), { type: "hidden", name, value })));
      const words = dialog.querySelector("[data-chosen-words]");
      if (words) words.textContent = bar.querySelector("[data-count]").textContent.replace(" chosen", "").replace(" customers", "").replace("All", "all");
    });
  }
  show();
}
