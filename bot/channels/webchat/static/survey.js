// Answering on the phone: what follows from what was answered, how far one is, and what was begun stays on this phone.
const form = document.getElementById("survey");

function kept(id) {
  return `linan.survey.${id}`;
}

for (const done of document.querySelectorAll("[data-done]")) localStorage.removeItem(kept(done.dataset.done));

function fieldsOf(card) {
  return [...card.querySelectorAll("input, textarea")].filter((field) => !field.name.endsWith(".no"));
}

function refuses(card) {
  return Boolean(card.querySelector("input[name$='.no']")?.checked);
}

function answersOf(card) {
  if (refuses(card)) return [];
  return fieldsOf(card)
    .filter((field) => (["radio", "checkbox"].includes(field.type) ? field.checked : field.value.trim() !== ""))
    .map((field) => field.value);
}

function isAnswered(card) {
  if (refuses(card)) return true;
  if (card.dataset.kind === "matrix" || card.dataset.kind === "ranking") {
    const names = new Set(fieldsOf(card).map((field) => field.name));
    return answersOf(card).length >= names.size;
  }
  return answersOf(card).length > 0;
}

function holds(card, cards) {
  if (!card.dataset.if) return true;
  const other = cards.find((one) => one.dataset.key === card.dataset.if);
  if (!other || other.hidden) return false;
  const answers = answersOf(other).map(Number);
  if (card.dataset.values) return answers.some((answer) => card.dataset.values.split(" ").includes(String(answer)));
  return answers.some((answer) => answer >= Number(card.dataset.low ?? -Infinity) && answer <= Number(card.dataset.high ?? Infinity));
}

function refresh() {
  const cards = [...form.querySelectorAll(".sv__q")];
  let number = 0;
  for (const card of cards) {
    card.hidden = !holds(card, cards);
    if (!card.hidden) card.querySelector(".sv__number").textContent = `${(number += 1)}. `;
    if (isAnswered(card)) card.classList.remove("sv__q--wrong");
  }
  const asked = cards.filter((card) => !card.hidden);
  const answered = asked.filter(isAnswered).length;
  const progress = document.getElementById("progress");
  progress.max = asked.length;
  progress.value = answered;
  document.getElementById("progress-words").textContent = `${answered} / ${asked.length}`;
}

function keep() {
  const values = [];
  for (const field of form.querySelectorAll("input, textarea")) {
    const chosen = ["radio", "checkbox"].includes(field.type);
    if (chosen ? field.checked : field.value) values.push([field.name, field.value]);
  }
  localStorage.setItem(kept(form.dataset.survey), JSON.stringify(values));
}

function bringBack() {
  let values;
  try {
    values = JSON.parse(localStorage.getItem(kept(form.dataset.survey))) || [];
  } catch {
    return;
  }
  for (const [name, value] of values) {
    for (const field of form.elements[name] instanceof RadioNodeList ? form.elements[name] : [form.elements[name]]) {
      if (!field) continue;
      if (["radio", "checkbox"].includes(field.type)) field.checked = field.checked || field.value === value;
      else field.value = value;
    }
  }
}

if (form) {
  if (form.dataset.posted !== "1") bringBack();
  refresh();
  form.addEventListener("input", (event) => {
    const card = event.target.closest(".sv__q");
    const no = card?.querySelector("input[name$='.no']");
    if (event.target === no && no.checked) {
      for (const field of fieldsOf(card)) {
        if (["radio", "checkbox"].includes(field.type)) field.checked = false;
        else field.value = "";
      }
    } else if (no && event.target !== no) no.checked = false;
    refresh();
    keep();
  });
  form.addEventListener("submit", (event) => {
    const missing = [...form.querySelectorAll(".sv__q[data-required]")].filter((card) => !card.hidden && !isAnswered(card));
    document.getElementById("missing").hidden = missing.length === 0;
    if (missing.length === 0) return;
    event.preventDefault();
    for (const card of missing) card.classList.add("sv__q--wrong");
    missing[0].scrollIntoView({ block: "center" });
  });
}
