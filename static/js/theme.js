// Chosen before the first paint, so that no page flashes; loaded in the head without defer on purpose.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  const read = () => { try { return localStorage.getItem("cs-theme") || "system"; } catch { return "system"; } };
  const paint = () => {
    const choice = read();
    root.dataset.bsTheme = choice === "system" ? (system.matches ? "dark" : "light") : choice;
    root.dataset.themeChoice = choice;
    for (const item of document.querySelectorAll("[data-theme-set]")) {
      item.setAttribute("aria-checked", String(item.dataset.themeSet === choice));
    }
    document.dispatchEvent(new CustomEvent("cs:theme"));
  };
  paint();
  system.addEventListener("change", paint);
  addEventListener("storage", (event) => event.key === "cs-theme" && paint());
  document.addEventListener("DOMContentLoaded", paint);
  document.addEventListener("click", (event) => {
    const item = event.target.closest("[data-theme-set]");
    if (!item) return;
    try { localStorage.setItem("cs-theme", item.dataset.themeSet); } catch { root.dataset.bsTheme = item.dataset.themeSet; }
    paint();
  });
})();
