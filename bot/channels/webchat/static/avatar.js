// Avatars are drawn from the name: a colour and a character.

import { el } from "./dom.js";

const TONES = 8;

function tone(text) {
  let sum = 0;
  for (const character of text) sum = (sum * 31 + character.codePointAt(0)) % 9973;
  return sum % TONES;
}

/** Half of a group are 老 or 小 somebody: the character behind tells them apart. */
function initial(name) {
  const [first, second] = [...name];
  return "老小大阿".includes(first) && second ? second : first;
}

/** The face of who speaks: {kind, id, name}. */
export function avatar(who) {
  if (who.kind === "bot") return el("img", { class: "avatar", src: "/static/chat/icon.svg", alt: "" });
  if (who.kind === "group") return el("span", { class: `avatar avatar--group tone${tone(who.name)}`, "aria-hidden": "true" }, "群");
  if (who.kind === "staff") return el("span", { class: "avatar avatar--staff", "aria-hidden": "true" }, "工");
  return el("span", { class: `avatar tone${tone(`${who.id}${who.name}`)}`, "aria-hidden": "true" }, initial(who.name || "邻"));
}
