// The builder's own: how long ago the draft was saved, the revision that a dialog needs, the dry run's key.
const ago = (seconds) => (seconds < 5 ? "just now" : seconds < 60 ? `${Math.floor(seconds / 5) * 5} s ago` : seconds < 3600 ? `${Math.floor(seconds / 60)} min ago` : "");

function tell() {
  for (const time of document.querySelectorAll("time[data-ago]")) {
    time.dataset.written ??= time.textContent;
    time.textContent = ago((Date.now() - Date.parse(time.dateTime)) / 1000) || time.dataset.written;
  }
}
tell();
setInterval(tell, 5000);
document.addEventListener("htmx:oobAfterSwap", tell);

// A long list is searched where it stands.
document.addEventListener("input", (event) => {
  const field = event.target.closest?.("[data-filter-rows]");
  if (!field) return;
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  for (const row of document.querySelectorAll(field.dataset.filterRows)) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
  }
  for (const group of document.querySelectorAll("[data-filter-group]")) {
    group.hidden = !group.querySelector(`${field.dataset.filterRows}:not([hidden])`);
  }
});
