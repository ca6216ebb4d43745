// What somebody began to write about a customer, and what waits for a connection. Kept in this browser, for this member of
// this company only, and taken away when they sign out.
const frame = document.querySelector("[data-who]");
export const who = frame?.dataset.who || "";
const user = frame?.dataset.user || "";
const DRAFT = "cs-draft:";
const WAITING = "cs-waiting:";
const AGAIN_MS = 30_000;

const read = (name) => { try { return JSON.parse(localStorage.getItem(name)); } catch { return null; } };
const write = (name, value) => { try { localStorage.setItem(name, JSON.stringify(value)); return true; } catch { return false; } };
const remove = (name) => { try { localStorage.removeItem(name); } catch { /* nothing was kept either */ } };
const names = (beginning) => { try { return Object.keys(localStorage).filter((name) => name.startsWith(beginning)); } catch { return []; } };

export const draftName = (place) => `${DRAFT}${place}`;
export const draftOf = (place) => read(draftName(place));
export const keepDraft = (place, draft) => write(draftName(place), { ...draft, user });
export const dropDraft = (place) => remove(draftName(place));

// What waits: one entry for each contact, by the key under which the server takes it once.
const waitingName = (key) => `${WAITING}${who}:${key}`;
export const keepWaiting = (entry) => write(waitingName(entry.key), { ...entry, user });
export const dropWaiting = (key) => remove(waitingName(key));
export const waiting = () => names(`${WAITING}${who}:`).map(read).filter(Boolean);
export const say = (text, tone) => dispatchEvent(new CustomEvent("toast", { detail: { text, tone } }));

const token = () => { try { return JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"]; } catch { return ""; } };

// {words, next}, or {why}: refused, or {lost}: nobody knows whether it arrived, so it may be sent again.
export async function post({ url, fields }) {
  let answer;
  try {
    answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields),
      headers: { "X-CSRFToken": token(), Accept: "application/json" } });
  } catch {
    return { lost: "connection" };
  }
  if (answer.redirected || answer.status === 401) return { lost: "session" };
  if (answer.status >= 500 || answer.status === 429) return { lost: "server" };
  const told = await answer.json().catch(() => null);
  if (answer.ok && told) return told;
  return { why: told?.why || (answer.status === 404 ? "This customer is gone, or you may no longer log to them."
    : "It was not allowed. Reload the page, then try again.") };
}

async function sendAll() {
  for (const entry of waiting().filter((one) => !one.why)) {
    const told = await post(entry);
    if (told.lost) {
      if (told.lost === "session") say("A kept contact waits until you sign in again", "warn");
      return;
    }
    if (told.why) {
      keepWaiting({ ...entry, why: told.why });
      say(`Not logged with ${entry.name}: ${told.why} It stands in their composer.`, "warn");
    } else {
      dropWaiting(entry.key);
      say(`The connection is back. ${told.words}`);
      document.dispatchEvent(new CustomEvent("cs:sent", { detail: entry }));
    }
  }
}
// One tab sends; the server takes each key once in any case.
export const send = () => (navigator.locks ? navigator.locks.request("cs-waiting", { ifAvailable: true }, (lock) => lock && sendAll()) : sendAll());

const mine = (name) => read(name)?.user === user;
let warned = false;
function signOut(event) {
  if (!event.target.matches?.('form[action$="/logout/"]')) return;
  const left = waiting().length;
  if (left && !warned) {
    event.preventDefault();
    warned = true;
    return say(`${left === 1 ? "A kept contact is" : `${left} kept contacts are`} not sent yet. Sign out again to drop ${left === 1 ? "it" : "them"}.`, "warn");
  }
  for (const name of [...names(DRAFT), ...names(WAITING)]) if (mine(name)) remove(name);
}

if (who) {
  addEventListener("online", send);
  document.addEventListener("submit", signOut);
  send();
  setInterval(() => waiting().some((one) => !one.why) && send(), AGAIN_MS);
}
