// Small helpers of the console's pages. No inline script anywhere: everything hangs on data attributes.
"use strict";

const SOUND = "linan.sound";

function soundIsOn() {
  return localStorage.getItem(SOUND) === "on";
}

function showSound() {
  for (const button of document.querySelectorAll("[data-sound]")) {
    button.setAttribute("aria-pressed", String(soundIsOn()));
    button.querySelector("span").textContent = soundIsOn() ? "提示音：开" : "提示音：关";
    button.querySelector("i").className = soundIsOn() ? "ti ti-volume" : "ti ti-volume-off";
  }
}

function beep() {
  if (!soundIsOn()) return;
  const audio = new AudioContext();
  const tone = audio.createOscillator();
  const volume = audio.createGain();
  volume.gain.value = 0.08;
  tone.frequency.value = 880;
  tone.connect(volume).connect(audio.destination);
  tone.start();
  tone.stop(audio.currentTime + 0.18);
  tone.onended = () => audio.close();
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-sound]")) {
    localStorage.setItem(SOUND, soundIsOn() ? "off" : "on");
    showSound();
    beep();
  }
});

// a group of pages closes again when something else is pressed
document.addEventListener("click", (event) => {
  for (const group of document.querySelectorAll(".navgroup[open]")) {
    if (!group.contains(event.target)) group.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const group of document.querySelectorAll(".navgroup[open]")) {
    group.open = false;
    group.querySelector("summary").focus();
  }
});

// a standard reply goes into its text field, where it can still be changed
document.addEventListener("change", (event) => {
  const target = event.target.dataset.fills;
  if (!target || !event.target.value) return;
  const field = document.getElementById(target);
  field.value = event.target.value;
  field.focus();
});

// which pictures were chosen
document.addEventListener("change", (event) => {
  if (!("picked" in event.target.dataset)) return;
  const names = Array.from(event.target.files, (file) => file.name);
  const line = event.target.closest(".pick").querySelector("small");
  line.textContent = names.length ? `已选${names.length}张：${names.join("、")}` : "没有选照片";
});

// filters that somebody gave a name; they stay in this browser
function keptFilters(row) {
  try {
    return JSON.parse(localStorage.getItem(`linan.filters.${row.dataset.kept}`)) || [];
  } catch {
    return [];
  }
}

function keepFilters(row, filters) {
  localStorage.setItem(`linan.filters.${row.dataset.kept}`, JSON.stringify(filters.slice(0, 12)));
  showKept(row);
}

function showKept(row) {
  row.querySelectorAll(".kept-one").forEach((old) => old.remove());
  keptFilters(row).forEach(({ name, query }, index, all) => {
    const one = document.createElement("span");
    one.className = "kept-one";
    const link = document.createElement("a");
    link.href = `/console/tickets?${query}`;
    link.textContent = name;
    const forget = document.createElement("button");
    forget.type = "button";
    forget.textContent = "×";
    forget.setAttribute("aria-label", `不再记住“${name}”`);
    forget.addEventListener("click", () => keepFilters(row, all.filter((_, other) => other !== index)));
    one.append(link, forget);
    row.append(one);
  });
}

for (const row of document.querySelectorAll("[data-kept]")) {
  showKept(row);
  row.querySelector("[data-keep]").addEventListener("click", () => {
    const name = (window.prompt("给这个筛选起个名字") || "").trim().slice(0, 20);
    if (name) keepFilters(row, [...keptFilters(row), { name, query: location.search.slice(1) }]);
  });
}

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});

// a form is sent once, however often its button is pressed
document.addEventListener("submit", (event) => {
  if (event.target.method !== "post") return;
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "1";
});

window.addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("htmx:sseMessage", (event) => {
  if (event.detail.type !== "toast") return;
  beep();
  const line = document.querySelector("#toasts > *:first-child");
  if (line) setTimeout(() => line.remove(), 12000);
});

// a ticket that changes while it is looked at: new words and pictures are simply there, and a step can still be taken;
// where it has gone on to somebody or something else, the page says so
const stands = document.getElementById("told")?.dataset.stands;
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.target.id !== "told") return;
  const told = document.getElementById("told");
  if (told.dataset.stands !== stands) {
    document.getElementById("changed").hidden = false;
    return;
  }
  for (const field of document.querySelectorAll("input[name=version]")) field.value = told.dataset.version;
});

// a list that is renewed under a finger would swallow the tap: it waits until the finger is off
let pressed = false;
const late = new Set();
document.addEventListener("pointerdown", () => { pressed = true; }, true);
for (const name of ["pointerup", "pointercancel"]) {
  document.addEventListener(name, () => setTimeout(() => {
    pressed = false;
    for (const part of late) htmx.trigger(part, part.getAttribute("hx-trigger").split(/[ ,]/)[0]);
    late.clear();
  }), true);
}
document.addEventListener("htmx:beforeSwap", (event) => {
  const { elt, headers } = event.detail.requestConfig;
  if (!pressed || !headers["X-Background"]) return;
  event.detail.shouldSwap = false;
  late.add(elt);
});

showSound();
