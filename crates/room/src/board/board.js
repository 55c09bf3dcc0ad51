// Live updates, a filter, light or dark. The page is whole without any of it.
"use strict";

const find = (id) => document.getElementById(id);

// Makes `now` like `then`, touching only what differs, so that focus, selection and scrolling stay where they are.
// `then` comes from this page's own server, is parsed into a document that runs nothing, and the policy in the
// page's headers allows no script but this file.
const KEPT = new Set(["hidden", "data-show", "checked"]);
function follow(now, then) {
  if (now.isEqualNode(then)) return;
  if (now.nodeType === Node.ELEMENT_NODE) {
    for (const { name } of [...now.attributes]) {
      if (!then.hasAttribute(name) && !KEPT.has(name)) now.removeAttribute(name);
    }
    for (const { name, value } of then.attributes) {
      if (!KEPT.has(name) && now.getAttribute(name) !== value) now.setAttribute(name, value);
    }
  }
  const wanted = [...then.childNodes];
  wanted.forEach((child, at) => {
    const byId = child.id && [...now.childNodes].find((other) => other.id === child.id);
    const here = now.childNodes[at];
    if (byId) {
      if (byId !== here) now.insertBefore(byId, here);
      follow(byId, child);
    } else if (here && !here.id && !child.id && here.nodeName === child.nodeName && here.nodeType === Node.ELEMENT_NODE) {
      follow(here, child);
    } else if (here && here.nodeType === Node.TEXT_NODE && child.nodeType === Node.TEXT_NODE) {
      if (here.data !== child.data) here.data = child.data;
    } else {
      now.insertBefore(document.importNode(child, true), here || null);
    }
  });
  while (now.childNodes.length > wanted.length) now.lastChild.remove();
}

// What a screen reader says: who took or finished what, not that a minute went by.
function stands() {
  const found = new Map();
  for (const card of document.querySelectorAll("#board .card")) {
    const by = card.querySelector(".by bdi");
    const column = card.closest("section").id;
    found.set(card.id.replace("task-", ""), { column, by: by ? by.textContent : "" });
  }
  return found;
}

function said(before, after) {
  const lines = [];
  for (const [id, { column, by }] of after) {
    const old = before.get(id);
    if (!old || (old.column === column && old.by === by)) continue;
    if (column === "taken") lines.push(`${by} took ${id}`);
    else if (column === "done") lines.push(`${by} finished ${id}`);
    else lines.push(`${id} is free again`);
  }
  if (lines.length) find("said").textContent = lines.slice(0, 3).join(". ");
}

let busy = false;
let again = false;
async function update() {
  if (busy) {
    again = true;
    return;
  }
  busy = true;
  try {
    const answer = await fetch("/", { cache: "no-store" });
    if (!answer.ok) throw new Error(answer.status);
    const then = new DOMParser().parseFromString(await answer.text(), "text/html");
    const before = stands();
    for (const id of ["room", "figures", "board"]) {
      const part = then.getElementById(id);
      if (part) follow(find(id), part);
    }
    said(before, stands());
    filter();
  } catch {
    lost();
  }
  busy = false;
  if (again) {
    again = false;
    update();
  }
}

function lost() {
  const room = find("room");
  room.className = "away";
  room.textContent = "no connection to the board; trying again";
}

function listen() {
  const events = new EventSource("/events");
  events.onmessage = update;
  // The browser connects again by itself, and what was missed is fetched then.
  events.onopen = update;
  events.onerror = lost;
}

// Minutes are read from the facts of a card: "45 min", "2 h".
function withinAnHour(card) {
  const match = /(\d+(?:\.\d+)?) (min|h)/.exec(card.querySelector(".facts").textContent);
  return Boolean(match) && Number(match[1]) * (match[2] === "h" ? 60 : 1) <= 60 && !card.classList.contains("waits");
}

function filter() {
  const show = document.querySelector("input[name=show]:checked").value;
  find("board").dataset.show = show;
  for (const card of document.querySelectorAll("#free .card")) {
    card.hidden = show === "hour" && !withinAnHour(card);
  }
}

function theme() {
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  const now = document.documentElement.dataset.theme || (dark ? "dark" : "light");
  document.documentElement.dataset.theme = now === "dark" ? "light" : "dark";
  localStorage.setItem("theme", document.documentElement.dataset.theme);
}

// The QR code's address has the join line behind its `#`, which no server sees. It is only shown, never run.
function join() {
  const line = location.hash;
  if (!/^#\d+,[\w.,:+/=[\]-]+$/.test(line)) return;
  const command = `just room join '${location.origin}/${line}'`;
  find("join-line").textContent = command;
  find("join").hidden = false;
  // Copying wants a secure origin, which a LAN address is not: then the text is selected instead.
  find("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(command);
      find("said").textContent = "Copied";
    } catch {
      getSelection().selectAllChildren(find("join-line"));
      find("said").textContent = "Selected; copy it with your keyboard";
    }
  });
}

const kept = localStorage.getItem("theme");
if (kept === "dark" || kept === "light") document.documentElement.dataset.theme = kept;
find("tools").hidden = false;
find("theme").addEventListener("click", theme);
for (const choice of document.querySelectorAll("input[name=show]")) choice.addEventListener("change", filter);
join();
filter();
listen();
