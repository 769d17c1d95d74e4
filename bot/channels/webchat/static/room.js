// The open chat: what can be done with its lines, how far one has scrolled and read.

import { askMembers, askOlder } from "./api.js";
import { byId, openSheet, toast } from "./dom.js";
import { Lines } from "./lines.js";
import { makeClientId } from "./queue.js";

const NEAR = 80; // pixels from an end

export class Room {
  constructor(store, queue, connection, send) {
    Object.assign(this, { store, queue, connection, send });
    this.box = byId("lines");
    this.taken = new Map(); // own recalled line → its text, to be written anew
    this.missed = 0;
    this.top = 0;
    this.lines = new Lines(this.box, store, queue, {
      press: (line, button) => this.press(line, button),
      menu: (line, mine) => this.menu(line, mine),
      mention: (who) => this.composer.mention(who),
      failed: (item) => this.failed(item),
      recalledText: (id) => this.taken.get(id),
      rewrite: (text) => this.composer.insert(text),
    });
    this.wire();
  }

  wire() {
    this.store.addEventListener("lines", ({ detail }) => { if (detail === this.store.open) this.draw(); });
    this.queue.addEventListener("changed", ({ detail }) => { if (detail === this.store.open) this.draw(); });
    this.box.addEventListener("scroll", () => this.scrolled());
    this.box.addEventListener("load", () => { if (this.stuck) this.toEnd(); }, true);
    new ResizeObserver(() => { if (this.stuck) this.toEnd(); }).observe(this.box);
    document.addEventListener("visibilitychange", () => this.markRead());
    byId("newer").addEventListener("click", () => this.toEnd());
    byId("members").addEventListener("click", () => this.showMembers());
  }

  open(chatId) {
    const chat = this.store.chats.get(chatId);
    const name = chat.kind !== "group" ? chat.name : `${chat.name}（${chat.members}）`;
    byId("title").textContent = name;
    byId("members").hidden = chat.kind !== "group";
    this.lines.clear();
    this.missed = 0;
    this.stuck = true;
    this.composer.open(chatId);
    this.draw();
    this.toEnd();
    this.fill();
  }

  draw() {
    const chatId = this.store.open;
    if (!chatId) return;
    this.lines.draw(chatId);
    if (this.stuck) this.toEnd();
    this.showNewer();
    this.markRead();
  }

  arrived(line) {
    if (line.chat_id !== this.store.open || this.stuck) return;
    this.missed += 1;
    this.showNewer();
  }

  showNewer() {
    byId("newer").hidden = this.stuck || !this.missed;
    byId("newer").textContent = `↓ ${this.missed}条新消息`;
  }

  toEnd() {
    this.box.scrollTop = this.box.scrollHeight;
    this.stuck = true;
    this.missed = 0;
    this.showNewer();
  }

  scrolled() {
    const rest = this.box.scrollHeight - this.box.scrollTop - this.box.clientHeight;
    // only somebody scrolling back leaves the end; lines that grow do not
    if (rest < NEAR) this.stuck = true;
    else if (this.box.scrollTop < this.top - 2) this.stuck = false;
    this.top = this.box.scrollTop;
    if (this.stuck && this.missed) {
      this.missed = 0;
      this.showNewer();
    }
    if (this.box.scrollTop < NEAR) this.loadOlder();
  }

  /** A short first page leaves nothing to scroll: get more until there is. */
  fill() { if (this.box.scrollHeight <= this.box.clientHeight + NEAR) this.loadOlder(); }

  async loadOlder() {
    const chatId = this.store.open;
    const first = this.store.sorted(chatId)[0];
    if (this.loading || !first || this.store.older.get(chatId) === false) return;
    this.loading = true;
    try {
      const { lines, more } = await askOlder(chatId, first.id);
      this.store.older.set(chatId, more);
      const fromEnd = this.box.scrollHeight - this.box.scrollTop;
      const stuck = this.stuck;
      this.stuck = false;
      this.store.add(chatId, lines);
      this.box.scrollTop = this.box.scrollHeight - fromEnd;
      this.stuck = stuck;
      if (stuck) this.toEnd();
    } catch (error) {
      toast(error.message);
    } finally {
      this.loading = false;
    }
  }

  markRead() {
    const chatId = this.store.open;
    const chat = this.store.chats.get(chatId);
    if (!chat?.unread || document.hidden) return;
    if (this.connection.say({ type: "read", chat_id: chatId, to: this.store.lastId(chatId) })) this.store.readTo(chatId);
  }

  press(line, button) {
    const last = this.pressedAt ?? 0;
    this.pressedAt = Date.now();
    if (Date.now() - last < 600) return; // a trembling finger is one press
    this.lines.pressed.set(line.id, button.value);
    this.send({ type: "press", client_id: makeClientId(), chat_id: line.chat_id, line_id: line.id, value: button.value }, button.label);
    this.draw();
  }

  menu(line, mine) {
    const age = (this.store.now() - new Date(line.sent_at)) / 1000;
    const actions = [{ label: "引用", run: () => this.composer.quote(line) }];
    if (line.text) actions.push({ label: "复制", run: () => this.copy(line.text) });
    if (mine && age < this.store.limits.recall_s) actions.push({ label: "撤回", run: () => this.recall(line) });
    openSheet(actions);
  }

  copy(text) {
    if (!navigator.clipboard) toast("请长按文字来复制");
    else navigator.clipboard.writeText(text).then(() => toast("复制好了"), () => toast("复制不了，请长按文字来复制"));
  }

  recall(line) {
    if (line.text) this.taken.set(line.id, line.text);
    if (!this.connection.say({ type: "recall", chat_id: line.chat_id, line_id: line.id })) toast("网络不通，没有撤回");
  }

  failed(item) {
    openSheet([
      { label: "再发一次", run: () => this.queue.retry(item, (again) => this.connection.say(again.frame)) },
      { label: "拿回来改", run: () => { this.queue.drop(item); this.composer.insert(item.frame.text ?? ""); } },
      { label: "不发了", run: () => this.queue.drop(item) },
    ]);
  }

  async showMembers() {
    try {
      const { members } = await askMembers(this.store.open);
      openSheet([{ label: "@小邻（社区助手）", run: () => this.composer.insert("@小邻 ") }, ...members
        .filter((member) => member.id !== this.store.me.id)
        .map((member) => ({ label: [member.name, member.building].filter(Boolean).join(" · "), run: () => this.composer.mention(member) }))]);
    } catch (error) {
      toast(error.message);
    }
  }
}
