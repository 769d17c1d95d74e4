// The workbench's small helpers. Everything hangs on data attributes; without scripts the forms still work.
"use strict";

// Enter sends, Shift+Enter breaks the line; not while an input method is still choosing characters
document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  if (!("enterSends" in event.target.dataset)) return;
  event.preventDefault();
  event.target.form.requestSubmit();
});

// choosing a meaning: typing narrows the list, Enter takes the first that is left
function optionsOf(picker) {
  return Array.from(picker.querySelectorAll("[data-option]"));
}

document.addEventListener("input", (event) => {
  if (!("pickerSearch" in event.target.dataset)) return;
  const picker = event.target.closest("[data-picker]");
  const words = event.target.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
  for (const option of optionsOf(picker)) {
    const text = `${option.textContent} ${option.dataset.option}`.toLowerCase();
    option.hidden = !words.every((word) => text.includes(word));
  }
  for (const group of picker.querySelectorAll("[data-group]")) {
    group.hidden = !group.querySelector("[data-option]:not([hidden])");
  }
  picker.querySelector("[data-picker-none]").hidden = optionsOf(picker).some((option) => !option.hidden);
});

document.addEventListener("keydown", (event) => {
  if (!("pickerSearch" in event.target.dataset) || event.isComposing) return;
  const left = optionsOf(event.target.closest("[data-picker]")).filter((option) => !option.hidden);
  if (event.key === "Enter") {
    event.preventDefault();
    if (!left.length || !event.target.value.trim()) return;
    choose(left[0].querySelector("input"));
  } else if (event.key === "ArrowDown" && left.length) {
    event.preventDefault();
    left[0].querySelector("input").focus();
  }
});

function choose(radio) {
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  if ("submits" in radio.closest("[data-picker]").dataset) {
    radio.form.requestSubmit(radio.form.querySelector("[data-correct]"));
  }
}

// Enter on a meaning that was reached with the arrows, and a click on one, take it
document.addEventListener("keydown", (event) => {
  const radio = event.target;
  if (event.key === "Enter" && radio.type === "radio" && radio.closest("[data-picker][data-submits]")) {
    event.preventDefault();
    choose(radio);
  }
});

document.addEventListener("click", (event) => {
  const option = event.target.closest("[data-picker][data-submits] [data-option]");
  // keyboards click radios too while the arrows pass over them: those clicks have no detail
  if (option && event.detail > 0 && event.target.tagName !== "INPUT") {
    event.preventDefault();
    choose(option.querySelector("input"));
  }
});

// what is chosen stands on the closed list
document.addEventListener("change", (event) => {
  const picker = event.target.type === "radio" && event.target.closest("[data-picker]");
  const said = picker && picker.querySelector("[data-picker-chosen]");
  if (said) said.textContent = event.target.closest("[data-option]").dataset.name;
  if (said && !("submits" in picker.dataset)) picker.open = false;
});

document.addEventListener("toggle", (event) => {
  if (event.target.matches?.("[data-picker]") && event.target.open) {
    event.target.querySelector("[data-picker-search]").focus();
  }
}, true);

// marking what a stretch of the sentence is: select it, press the kind
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-mark]");
  if (!button) return;
  const field = document.getElementById(button.dataset.for);
  const { selectionStart: from, selectionEnd: to, value } = field;
  const hint = button.closest("[data-marks]").querySelector("[data-marks-hint]");
  const text = value.slice(from, to).trim();
  if (!text || /[[\]()\n]/.test(text)) {
    hint.textContent = text ? "这一段里已经有标记或换行，请选短一点" : "先在句子里选中几个字，再点这里";
    field.focus();
    return;
  }
  const lead = value.slice(from, to).indexOf(text);
  field.setRangeText(`[${text}](${button.dataset.mark})`, from + lead, from + lead + text.length, "end");
  hint.textContent = `已标成“${button.textContent.trim()}”`;
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-unmark]");
  if (!button) return;
  const field = document.getElementById(button.dataset.for);
  field.value = field.value.replace(/\[([^\]]+)\]\([^)]+\)/g, "$1");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// the buttons must not take the selection away from the field
document.addEventListener("mousedown", (event) => {
  if (event.target.closest("[data-mark], [data-unmark]")) event.preventDefault();
});

// several at once: how many are chosen decides whether there is anything to do with them
function countChosen(form) {
  const chosen = form.querySelectorAll("[data-one]:checked").length;
  for (const bar of form.querySelectorAll("[data-chosen-bar]")) bar.hidden = chosen === 0;
  for (const number of form.querySelectorAll("[data-chosen-count]")) number.textContent = String(chosen);
  const all = form.querySelector("[data-all]");
  const ones = form.querySelectorAll("[data-one]").length;
  if (all) {
    all.checked = chosen > 0 && chosen === ones;
    all.indeterminate = chosen > 0 && chosen < ones;
  }
}

document.addEventListener("change", (event) => {
  const form = event.target.closest("[data-choosing]");
  if (!form) return;
  if ("all" in event.target.dataset) {
    for (const one of form.querySelectorAll("[data-one]")) one.checked = event.target.checked;
  }
  countChosen(form);
});

document.addEventListener("htmx:afterSettle", () => document.querySelectorAll("[data-choosing]").forEach(countChosen));
window.addEventListener("pageshow", () => document.querySelectorAll("[data-choosing]").forEach(countChosen));

// keys of the review: a button that has a key is pressed by it, unless somebody is writing
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat) return;
  const target = event.target;
  if (event.key === "Escape") {
    const open = target.closest("details[open][data-picker]");
    if (open) {
      open.open = false;
      open.querySelector("summary").focus();
    }
    return;
  }
  if (target.closest("input, textarea, select, [contenteditable]")) return;
  if (event.key === "Enter" && target.closest("a, button, summary")) return;
  const button = document.querySelector(`[data-key="${CSS.escape(event.key.toLowerCase())}"]`);
  if (!button || button.disabled) return;
  event.preventDefault();
  if (button.tagName === "DETAILS") button.open = true;
  else button.click();
});

// leaving an unsent text behind is asked about by nobody; an edit can be given up with Escape
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  event.target.closest("[data-editing]")?.querySelector("[data-give-up]")?.click();
});

// the file that was chosen
document.addEventListener("change", (event) => {
  if (!("fileName" in event.target.dataset)) return;
  const file = event.target.files[0];
  document.getElementById(event.target.dataset.fileName).textContent = file ? `已选：${file.name}` : "还没有选文件";
});

// the second or third guess: the same as choosing it from the list
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-choose]");
  if (!button) return;
  const radio = Array.from(button.form.querySelectorAll("[data-picker] input[type=radio]"))
    .find((one) => one.value === button.dataset.choose);
  if (radio) choose(radio);
});

// a text that starts from what was said
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-fill-from]");
  if (!button) return;
  const field = document.getElementById(button.dataset.for);
  field.value = button.dataset.fillFrom;
  field.focus();
});

// a field of a phrase, put where the cursor is
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const field = document.getElementById(button.dataset.for);
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
});
