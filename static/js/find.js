// A search in a list that stands on the page: input[data-find-in="#id"] leaves the items that hold every word.
document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-find-in]");
  if (!field) return;
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const list = document.querySelector(field.dataset.findIn);
  const items = [...list.querySelectorAll("label")];
  for (const item of items) item.hidden = !words.every((word) => item.textContent.toLowerCase().includes(word));
  list.querySelector("[data-find-none]").hidden = items.some((item) => !item.hidden);
});
// Enter chooses the first that was found; it must not send the form while somebody is looking for something.
document.addEventListener("keydown", (event) => {
  const field = event.target.closest?.("[data-find-in]");
  if (!field || event.key !== "Enter" || !field.value) return;
  event.preventDefault();
  document.querySelector(field.dataset.findIn).querySelector("label:not([hidden]) input:not([disabled])")?.click();
});
