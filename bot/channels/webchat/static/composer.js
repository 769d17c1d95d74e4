// Writing: text, quote, pictures, @. Enter sends, but never while an input method is still composing.

import { askMembers, uploadPicture } from "./api.js";
import { byId, el, toast } from "./dom.js";
import { makeClientId } from "./queue.js";

const BOT = { id: 0, name: "小邻", building: "社区助手" };
const MOST_BYTES = 5 * 1024 * 1024;

export class Composer {
  constructor(store, previews, send) {
    Object.assign(this, { store, previews, sendFrame: send });
    this.drafts = new Map(); // chat id → text
    this.members = new Map(); // chat id → members
    this.mentioned = new Map(); // "@name" → id
    this.pictures = []; // {id, address, busy}
    this.quoted = null;
    this.field = byId("text");
    this.wire();
  }

  wire() {
    byId("composer").addEventListener("submit", (event) => { event.preventDefault(); this.send(); });
    this.field.addEventListener("keydown", (event) => this.key(event));
    this.field.addEventListener("input", () => this.changed());
    this.field.addEventListener("paste", (event) => this.take([...event.clipboardData.files]));
    byId("at").addEventListener("click", () => this.insert("@"));
    byId("quoting-close").addEventListener("click", () => this.quote(null));
    byId("files").addEventListener("change", (event) => { this.take([...event.target.files]); event.target.value = ""; });
  }

  /** Show the draft of a chat. */
  open(chatId) {
    if (this.chatId) this.drafts.set(this.chatId, this.field.value);
    this.chatId = chatId;
    this.field.value = this.drafts.get(chatId) ?? "";
    byId("at").hidden = this.store.chats.get(chatId)?.kind !== "group";
    this.quote(null);
    this.closePicker();
    this.changed();
  }

  key(event) {
    if (event.isComposing || event.keyCode === 229) return;
    if (!byId("picker").hidden && ["ArrowDown", "ArrowUp", "Enter", "Escape"].includes(event.key)) {
      event.preventDefault();
      this.pickerKey(event.key);
    } else if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.send();
    }
  }

  changed() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight + 2, 140)}px`;
    const busy = this.pictures.some((picture) => picture.busy);
    byId("send").disabled = busy || (!this.field.value.trim() && !this.pictures.length);
    this.suggest();
  }

  insert(text) {
    const { selectionStart: from, selectionEnd: to } = this.field;
    this.field.setRangeText(text, from, to, "end");
    this.field.focus();
    this.changed();
  }

  mention(who) {
    this.mentioned.set(`@${who.name}`, who.id);
    this.insert(`@${who.name} `);
  }

  quote(line) {
    this.quoted = line;
    byId("quoting").hidden = !line;
    if (!line) return;
    byId("quoting-text").textContent = `引用 ${line.from.name}：${line.text || "[图片]"}`;
    this.field.focus();
  }

  send() {
    const text = this.field.value.trim();
    const busy = this.pictures.some((picture) => picture.busy);
    if (busy || (!text && !this.pictures.length)) return;
    if (text.length > this.store.limits.text) {
      toast(`一条消息最多${this.store.limits.text}个字，这条有${text.length}个字，请分几条发`);
      return;
    }
    const mentions = [...this.mentioned].filter(([name, id]) => id && text.includes(name)).map(([, id]) => id);
    this.sendFrame({
      type: "send", client_id: makeClientId(), chat_id: this.chatId, text,
      pictures: this.pictures.map((picture) => picture.id), reply_to: this.quoted?.id ?? null, mentions,
    }, text);
    this.field.value = "";
    this.pictures = [];
    this.mentioned.clear();
    this.drawStrip();
    this.quote(null);
    this.changed();
  }

  take(files) {
    for (const file of files) {
      if (this.pictures.length >= this.store.limits.pictures) {
        toast(`一次最多发${this.store.limits.pictures}张图片`);
        return;
      }
      if (file.size > MOST_BYTES) toast("图片太大了，最大5MB");
      else this.upload({ file, address: URL.createObjectURL(file), busy: true });
    }
  }

  async upload(picture) {
    this.pictures.push(picture);
    this.drawStrip();
    try {
      picture.id = (await uploadPicture(picture.file)).id;
      picture.busy = false;
      this.previews.set(picture.id, picture.address);
    } catch (error) {
      this.pictures = this.pictures.filter((other) => other !== picture);
      toast(error.message);
    }
    this.drawStrip();
  }

  drawStrip() {
    const remove = (picture) => () => { this.pictures = this.pictures.filter((other) => other !== picture); this.drawStrip(); };
    byId("strip").hidden = !this.pictures.length;
    byId("strip").replaceChildren(...this.pictures.map((picture, index) => el("li", { class: "strip__item" },
      el("img", { src: picture.address, alt: `第${index + 1}张图片${picture.busy ? "，正在上传" : ""}`, class: picture.busy ? "strip__busy" : "" }),
      el("button", { class: "strip__remove", type: "button", "aria-label": `不发第${index + 1}张`, onclick: remove(picture) }, "×"))));
    this.changed();
  }

  async suggest() {
    const typed = this.field.value.slice(0, this.field.selectionStart).match(/@([^@\s]{0,16})$/);
    const chat = this.store.chats.get(this.chatId);
    if (!typed || chat?.kind !== "group") return this.closePicker();
    const chatId = this.chatId;
    if (!this.members.has(chatId)) {
      this.members.set(chatId, []);
      askMembers(chatId).then(({ members }) => { this.members.set(chatId, members); this.changed(); })
        .catch(() => this.members.delete(chatId));
    }
    const others = this.members.get(chatId).filter((member) => member.id !== this.store.me.id);
    this.found = [BOT, ...others].filter((member) => member.name.includes(typed[1])).slice(0, 30);
    this.typed = typed[0];
    this.chosen = 0;
    this.drawPicker();
  }

  drawPicker() {
    const picker = byId("picker");
    if (!this.found.length) return this.closePicker();
    picker.hidden = false;
    picker.replaceChildren(...this.found.map((member, index) => el("li", {
      class: "picker__item", role: "option", id: `pick-${index}`, "aria-selected": String(index === this.chosen),
      onmousedown: (event) => event.preventDefault(), onclick: () => this.pick(member),
    }, el("strong", {}, member.name), el("span", { class: "picker__more" }, member.building))));
    this.field.setAttribute("aria-activedescendant", `pick-${this.chosen}`);
    picker.children[this.chosen].scrollIntoView({ block: "nearest" });
  }

  pickerKey(key) {
    if (key === "Escape") this.closePicker();
    else if (key === "Enter") this.pick(this.found[this.chosen]);
    else {
      this.chosen = (this.chosen + (key === "ArrowDown" ? 1 : this.found.length - 1)) % this.found.length;
      this.drawPicker();
    }
  }

  pick(member) {
    const end = this.field.selectionStart;
    this.field.setRangeText(`@${member.name} `, end - this.typed.length, end, "end");
    this.mentioned.set(`@${member.name}`, member.id);
    this.field.focus();
    this.closePicker();
    this.changed();
  }

  closePicker() {
    byId("picker").hidden = true;
    this.field.removeAttribute("aria-activedescendant");
  }
}
