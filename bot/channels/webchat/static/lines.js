// The lines of the open chat. Each line's element is kept while the line stays the same.

import { pictureUrl } from "./api.js";
import { avatar } from "./avatar.js";
import { buttonRow, ticketCard } from "./card.js";
import { el, openViewer } from "./dom.js";
import { timeWords } from "./time.js";

const PAUSE_MS = 5 * 60 * 1000; // after so long a time is shown
const HOLD_MS = 500;
const WIDEST = 220; // pixels of a picture among the lines
const HIGHEST = 260;

export class Lines {
  constructor(box, store, queue, does) {
    Object.assign(this, { box, store, queue, does });
    this.kept = new Map(); // key → {print, node}
    this.pressed = new Map(); // line id → value
    this.previews = new Map(); // picture id → blob address, until the line is there
  }

  /** Bring the page in line with what is known of the chat. */
  draw(chatId) {
    const wanted = [];
    let last = null;
    let above = null;
    for (const line of this.store.sorted(chatId)) {
      this.separate(wanted, last, line.sent_at);
      last = line.sent_at;
      // an answer right below what it answers need not quote it
      const plain = line.from.kind === "bot" && line.reply_to?.id === above;
      wanted.push(this.keep(`line-${line.id}`, [line, this.pressed.get(line.id), plain], () => this.line(line, plain)));
      above = line.id;
    }
    const arrived = new Set(this.store.sorted(chatId).map((line) => line.client_id));
    for (const item of this.queue.of(chatId)) {
      if (arrived.has(item.frame.client_id)) continue;
      this.separate(wanted, last, item.at);
      last = item.at;
      wanted.push(this.keep(`item-${item.frame.client_id}`, [item.state, item.error], () => this.item(item)));
    }
    if (!wanted.length) wanted.push(this.keep("empty", 0, () => el("p", { class: "note" }, "这里还没有消息")));
    this.place(wanted);
  }

  clear() {
    this.kept.clear();
    this.box.replaceChildren();
  }

  keep(key, state, make) {
    const print = JSON.stringify(state);
    const old = this.kept.get(key);
    if (old?.print === print) return { key, node: old.node };
    const node = make();
    this.kept.set(key, { print, node });
    return { key, node };
  }

  place(wanted) {
    const keys = new Set(wanted.map((one) => one.key));
    for (const key of this.kept.keys()) if (!keys.has(key)) this.kept.delete(key);
    const nodes = new Set(wanted.map((one) => one.node));
    for (const child of [...this.box.children]) if (!nodes.has(child)) child.remove();
    wanted.forEach(({ node }, index) => {
      if (this.box.children[index] !== node) this.box.insertBefore(node, this.box.children[index] ?? null);
    });
  }

  separate(wanted, last, at) {
    if (last && new Date(at) - new Date(last) < PAUSE_MS) return;
    const words = timeWords(at, { now: this.store.now() });
    wanted.push(this.keep(`time-${at}`, words, () => el("p", { class: "note" }, el("time", { datetime: at }, words))));
  }

  line(line, plain) {
    const mine = line.from.kind === "resident" && line.from.id === this.store.me.id;
    if (line.recalled) return this.recalled(line, mine);
    const body = [
      plain ? null : this.quote(line),
      this.text(line, mine),
      ...line.pictures.map((picture) => this.picture(line, picture)),
      line.card ? ticketCard(line.card) : null,
      line.to && line.to.id !== this.store.me.id ? null : buttonRow(line, this.pressed.get(line.id), this.does.press),
    ];
    const node = this.frame(line.from, mine, body, () => this.does.menu(line, mine));
    node.dataset.line = line.id;
    return node;
  }

  recalled(line, mine) {
    const again = mine && this.does.recalledText(line.id);
    return el("p", { class: "note" }, mine ? "您撤回了一条消息" : `${line.from.name}撤回了一条消息`,
      again ? el("button", { class: "note__again", type: "button", onclick: () => this.does.rewrite(again) }, "重新编辑") : null);
  }

  quote(line) {
    const quoted = line.reply_to;
    if (!quoted) return null;
    const what = quoted.recalled ? "引用的消息已撤回" : quoted.text || (quoted.pictures ? "[图片]" : "[消息]");
    const jump = () => this.box.querySelector(`[data-line="${quoted.id}"]`)?.scrollIntoView({ block: "center" });
    return el("button", { class: "quote", type: "button", onclick: jump, "aria-label": `引用${quoted.name}：${what}` },
      quoted.recalled ? what : `${quoted.name}：${what}`);
  }

  text(line, mine) {
    const to = line.to && !mine ? el("span", { class: "called" }, `@${line.to.name} `) : null;
    if (!line.text && !to) return null;
    const words = line.from.kind === "resident" ? [line.text] : withNumbers(line.text);
    return el("div", { class: "bubble" }, to, ...words);
  }

  picture(line, picture) {
    const label = `${line.from.name}发的图片`;
    // the room of the picture is kept free before it is there, or the lines would jump
    const scale = Math.min(1, WIDEST / (picture.width || WIDEST), HIGHEST / (picture.height || HIGHEST));
    const size = picture.width
      ? { width: Math.round(picture.width * scale), height: Math.round(picture.height * scale) } : {};
    const show = () => openViewer(pictureUrl(line.id, picture.id, false), label);
    return el("button", { class: "picture", type: "button", onclick: show, "aria-label": `看大图：${label}` },
      el("img", { src: pictureUrl(line.id, picture.id, true), alt: label, loading: "lazy", ...size }));
  }

  /** Something not yet acknowledged, with what has become of it. */
  item(item) {
    const words = { waiting: "正在发送", paused: item.error, failed: item.error, sent: "" }[item.state];
    const pictures = (item.frame.pictures ?? []).map((id) => (this.previews.has(id)
      ? el("span", { class: "picture" }, el("img", { src: this.previews.get(id), alt: "您发的图片" })) : null));
    const state = words ? el("span", { class: `state state--${item.state}`, role: "status" }, words) : null;
    const again = item.state === "failed"
      ? el("button", { class: "state__again", type: "button", onclick: () => this.does.failed(item) }, "怎么办") : null;
    const text = item.shown ? el("div", { class: "bubble" }, item.shown) : null;
    const note = state || again ? el("div", { class: "states" }, state, again) : null;
    return this.frame({ kind: "resident", ...this.store.me }, true, [text, ...pictures, note], null);
  }

  frame(who, mine, body, menu) {
    const name = mine ? null : el("span", { class: "line__name" }, who.name,
      who.kind === "staff" ? el("span", { class: "line__badge" }, "工作人员") : null);
    const face = who.kind === "resident" && !mine
      ? el("button", { class: "line__face", type: "button", "aria-label": `提到${who.name}`, onclick: () => this.does.mention(who) }, avatar(who))
      : el("span", { class: "line__face" }, avatar(who));
    const more = menu ? el("button", { class: "line__more", type: "button", "aria-label": "引用、复制或撤回", onclick: menu }, "⋯") : null;
    const content = el("div", { class: "line__body" }, name, ...body.map((part, index) =>
      part && more && index === firstShown(body) ? el("div", { class: "line__first" }, part, more) : part));
    const node = el("div", { class: `line${mine ? " line--mine" : ""}${who.kind === "bot" ? " line--bot" : ""}` }, face, content);
    if (menu) onHold(content, menu);
    return node;
  }
}

const firstShown = (body) => body.findIndex((part, index) => part && !(part.classList.contains("quote") && body[index + 1]));

/** Emergency numbers in what the bot says can be tapped; a ticket's number is not broken in two. */
function withNumbers(text) {
  return text.split(/(?<!\d)(110|119|120|\d{8}-\d{4})(?!\d)/).map((part) => {
    if (/^(110|119|120)$/.test(part)) return el("a", { class: "number", href: `tel:${part}` }, part);
    return /^\d{8}-\d{4}$/.test(part) ? el("span", { class: "whole" }, part) : part;
  });
}

/** A long touch, or the other mouse button. */
function onHold(node, run) {
  let timer = null;
  const stop = () => { clearTimeout(timer); timer = null; };
  node.addEventListener("touchstart", () => { timer = setTimeout(run, HOLD_MS); }, { passive: true });
  for (const kind of ["touchend", "touchmove", "touchcancel"]) node.addEventListener(kind, stop, { passive: true });
  node.addEventListener("contextmenu", (event) => { event.preventDefault(); if (!timer) run(); stop(); });
}
