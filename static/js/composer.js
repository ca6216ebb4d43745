// The composer: chips for what the text marks, a draft that survives the tab and the connection, one Save.
import { draftName, draftOf, dropDraft, dropWaiting, keepDraft, keepWaiting, post, say, send, waiting } from "./drafts.js";

const PAUSE_MS = 180;
const MARK = /[#!\uff03\uff01]/;
const fresh = () => crypto.randomUUID?.() || `${Date.now()}-${Math.random().toString(36).slice(2)}`;

function compose(form) {
  const place = form.dataset.draft;
  const text = form.elements.text;
  const chips = form.querySelector("[data-chips]");
  const marks = form.querySelector("[data-marks]");
  const note = form.querySelector("[data-note]");
  const lost = form.querySelector("[data-lost]");
  const label = form.querySelector("[data-save]");
  const picked = new Set();
  let revision = 0;
  let base = "";
  let key = form.elements.key.value || fresh();
  let readFor = "";
  let reading = null;
  let timer;
  let isLost = false;
  let busy = false;

  const boxes = (name) => [...chips.querySelectorAll(name ? `[name="${name}"]` : "[data-said]")];
  const tell = (words, ...buttons) => {
    note.replaceChildren(words || "", ...buttons.map(([name, act]) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "btn btn-sm";
      button.textContent = name;
      button.addEventListener("click", act);
      return button;
    }));
  };

  // What was found.
  function underline() {
    const parts = [];
    let at = 0;
    const spans = boxes().map((box) => [Number(box.dataset.start), Number(box.dataset.end), box.name]).sort((a, b) => a[0] - b[0]);
    // What is typed after it was read moves nothing before the place where it differs.
    let same = 0;
    while (same < readFor.length && readFor[same] === text.value[same]) same += 1;
    for (const [start, end, name] of spans) {
      if (start < at || start >= same) continue;
      const mark = document.createElement("mark");
      mark.dataset.of = name;
      mark.textContent = text.value.slice(start, Math.min(end, Math.max(same, start)));
      parts.push(text.value.slice(at, start), mark);
      at = start + mark.textContent.length;
    }
    marks.replaceChildren(...parts, text.value.slice(at), "\n");
    marks.scrollTop = text.scrollTop;
  }
  async function look() {
    clearTimeout(timer);
    timer = undefined;
    const asked = text.value;
    if (asked === readFor) return;
    if (!MARK.test(asked)) {
      readFor = asked;
      chips.replaceChildren();
      return underline();
    }
    const token = form.elements.csrfmiddlewaretoken.value;
    try {
      const answer = await fetch(form.dataset.read, { method: "POST", body: new URLSearchParams({ text: asked }), headers: { "X-CSRFToken": token, "HX-Request": "true" } });
      if (!answer.ok || answer.redirected) return;
      const part = document.createRange().createContextualFragment(await answer.text());
      connected(true);
      if (text.value !== asked) return;
      chips.replaceChildren(part);
      readFor = asked;
      for (const box of boxes()) box.checked = picked.has(box.dataset.said);
      underline();
    } catch {
      connected(false);
    }
  }
  const settle = () => (reading = (reading || Promise.resolve()).then(look));
  const soon = () => { clearTimeout(timer); timer = setTimeout(settle, PAUSE_MS); };
  async function confirm(name) {
    await settle();
    const all = boxes(name);
    const box = all.find((one) => !one.checked) || all.at(-1);
    if (box) box.click();
  }

  // The draft.
  const values = () => ({ text: text.value, channel: form.elements.channel.value, way: form.elements.way.value,
    sentiment: form.elements.sentiment.value, picked: [...picked], key });
  function fill(draft) {
    text.value = draft.text || "";
    for (const name of ["channel", "way", "sentiment"]) if (draft[name] !== undefined) form.elements[name].value = draft[name];
    picked.clear();
    for (const said of draft.picked || []) picked.add(said);
    key = draft.key || key;
    revision = draft.revision || 0;
    base = text.value;
    readFor = "";
    chips.replaceChildren();
    underline();
    settle();
  }
  function keep() {
    const there = draftOf(place);
    if (there && there.revision !== revision && there.text !== text.value) return twoDrafts(there);
    if (!text.value.trim()) {
      dropDraft(place);
      revision = 0;
      return tell("");
    }
    revision = Math.max(revision, there?.revision || 0) + 1;
    const kept = keepDraft(place, { ...values(), revision });
    base = text.value;
    tell(kept ? "Draft kept" : "This browser keeps no drafts: do not close the page before it is saved.");
  }
  function twoDrafts(there) {
    const begin = there.text.length > 60 ? `${there.text.slice(0, 60)}…` : there.text;
    tell(`Another tab has a draft too: “${begin}”`, ["Take that one", () => { fill(there); tell("Draft taken from the other tab"); }],
      ["Keep this one", () => { revision = there.revision; key = fresh(); keep(); }]);
  }
  function clear(words) {
    dropDraft(place);
    fill({ text: "", sentiment: "", key: fresh() });
    tell(words);
  }
  addEventListener("storage", (event) => {
    if (event.key !== draftName(place)) return;
    const there = draftOf(place);
    if (there) return there.text === text.value ? void (revision = there.revision) : twoDrafts(there);
    // It was logged or dropped there: what stands here goes on as another contact.
    key = fresh();
    revision = 0;
    if (base && text.value === base && !event.newValue) tell("The other tab logged or dropped this draft. Saving logs it again.", ["Clear", () => clear("")]);
  });

  // The connection.
  function connected(is) {
    isLost = !is;
    lost.hidden = is;
    label.textContent = is ? "Save" : "Keep and send later";
  }
  addEventListener("offline", () => connected(false));
  addEventListener("online", () => { connected(true); soon(); });
  if (!navigator.onLine) connected(false);

  function fields() {
    const told = [...new FormData(form)].filter(([name]) => !["csrfmiddlewaretoken", "key", "text"].includes(name));
    return [...told, ["key", key], ["text", text.value], ["written_at", new Date().toISOString()], ...("stay" in form.dataset ? [["stay", "1"]] : [])];
  }
  function later(entry) {
    if (!keepWaiting(entry)) return tell("No connection, and this browser keeps nothing. Copy the text, or leave the page open.");
    clear("Kept. It is sent by itself when the connection is back; you can close this page.");
    connected(false);
  }
  async function save() {
    if (busy) return;
    if (!text.value.trim()) return text.focus();
    busy = true;
    try {
      const known = boxes().length;
      if (!isLost) await settle();
      if (!isLost && boxes().length > known) return tell("Something was found in the text: confirm it or leave it, then save.");
      const unread = readFor !== text.value && MARK.test(text.value);
      const entry = { url: form.action, name: form.dataset.name, place, key, fields: [...fields(), ...(unread ? [["unread", "1"]] : [])] };
      if (isLost && !navigator.onLine) return later(entry);
      const told = await post(entry);
      if (told.lost === "session") return tell("You were signed out. The draft is kept: sign in again, then save.");
      if (told.lost) return later(entry);
      connected(true);
      if (told.why) return tell(told.why);
      return done(told);
    } finally {
      busy = false;
    }
  }
  function done(told) {
    clear("");
    if (!("stay" in form.dataset)) return location.assign(told.next);
    say(told.words);
    showTimeline();
    text.blur();
  }
  function showTimeline() {
    const list = document.getElementById("timeline");
    if (!form.dataset.timeline || !list) return;
    list.className = "cs-timeline";
    window.htmx.ajax("GET", form.dataset.timeline, { target: list, swap: "innerHTML" });
  }
  document.addEventListener("cs:sent", (event) => event.detail.place === place && (tell(""), showTimeline()));

  form.addEventListener("submit", (event) => { event.preventDefault(); save(); });
  text.addEventListener("input", () => { underline(); soon(); keep(); });
  text.addEventListener("scroll", () => { marks.scrollTop = text.scrollTop; });
  form.addEventListener("change", (event) => {
    const said = event.target.dataset?.said;
    if (said) event.target.checked ? picked.add(said) : picked.delete(said);
    if (event.target !== text && text.value) keep();
  });
  form.addEventListener("keydown", (event) => {
    const letter = event.altKey && !event.ctrlKey && event.code;
    if (letter === "KeyN") confirm("need");
    else if (letter === "KeyP") confirm("promise");
    else if ((event.ctrlKey || event.metaKey) && event.key === "Enter") save();
    else return;
    event.preventDefault();
  });

  // What was there before: a draft, and what could not be logged after all.
  form.querySelector("[data-plain]")?.remove();
  const before = draftOf(place);
  if (text.value) settle();
  else if (before?.text) { fill(before); tell("Draft kept"); }
  const back = waiting().find((one) => one.place === place);
  if (back?.why) {
    const told = Object.fromEntries(back.fields);
    tell(`A kept contact could not be logged: ${back.why}`,
      ["Take it up again", () => { dropWaiting(back.key); fill({ ...told, key: fresh() }); keep(); }], ["Drop it", () => { dropWaiting(back.key); tell(""); }]);
  } else if (back) {
    tell("A contact with them waits for the connection.");
    send();
  }
}

for (const form of document.querySelectorAll("[data-composer]")) compose(form);

// L on a page that has a composer goes into it.
document.addEventListener("click", (event) => {
  const field = document.querySelector("[data-composer] textarea");
  if (!event.target.closest("[data-log-here]") || !field) return;
  event.preventDefault();
  document.querySelector('[data-pane-show="timeline"]')?.click();
  field.focus();
  field.scrollIntoView({ block: "center" });
});

// Find first: Enter takes the best one; what stands in the list may belong to the letters before, so it waits for the answer.
const find = document.querySelector("[data-log-find]");
if (find) {
  const list = document.getElementById("log-found");
  let asked = false;
  let entered = false;
  const take = () => list.querySelector("[data-best]")?.click();
  find.addEventListener("input", () => { asked = find.value.trim() !== ""; entered = false; });
  list.addEventListener("htmx:afterSwap", () => {
    asked = false;
    if (entered) take();
  });
  find.form.addEventListener("submit", (event) => {
    event.preventDefault();
    entered = true;
    if (!asked) take();
  });
  find.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown") return;
    event.preventDefault();
    list.querySelector("a")?.focus();
  });
}
