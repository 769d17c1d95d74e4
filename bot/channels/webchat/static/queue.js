// What was said but not yet acknowledged. It outlives the page, so nothing is lost on a bad line, and it keeps
// its client id, so that sending it again is not a second message.

const KEY = "linan.queue";

export function makeClientId() {
  const random = crypto.getRandomValues(new Uint8Array(12));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export class Queue extends EventTarget {
  constructor(residentId) {
    super();
    this.key = `${KEY}.${residentId}`;
    this.items = this.load();
    this.timers = new Map();
  }

  load() {
    try {
      const kept = JSON.parse(localStorage.getItem(this.key) ?? "[]");
      return Array.isArray(kept) ? kept.filter((item) => item?.frame?.client_id) : [];
    } catch {
      return [];
    }
  }

  save() {
    try {
      localStorage.setItem(this.key, JSON.stringify(this.items.filter((item) => item.state !== "sent")));
    } catch { /* a full or forbidden store: the queue lives as long as the page */ }
  }

  of(chatId) { return this.items.filter((item) => item.frame.chat_id === chatId); }

  waiting() { return this.items.filter((item) => item.state === "waiting"); }

  add(frame, shown) {
    const item = { frame, shown, state: "waiting", at: new Date().toISOString() };
    this.items.push(item);
    this.changed(frame.chat_id);
    return item;
  }

  find(clientId) { return this.items.find((item) => item.frame.client_id === clientId); }

  /** Stored by the server; shown until the line itself arrives. */
  acknowledged({ client_id: clientId, id }) {
    const item = this.find(clientId);
    if (!item) return;
    item.state = "sent";
    item.id = id;
    this.changed(item.frame.chat_id);
  }

  /** The line is there: the item has done its work. */
  arrived(clientId) {
    const index = this.items.findIndex((item) => item.frame.client_id === clientId);
    if (index < 0) return;
    const [item] = this.items.splice(index, 1);
    this.changed(item.frame.chat_id);
  }

  /** Refused for good, or to be tried again after a pause. */
  refused({ client_id: clientId, message, retry_after: pause }, resend) {
    const item = this.find(clientId);
    if (!item) return;
    item.error = message;
    item.state = pause ? "paused" : "failed";
    if (pause) setTimeout(() => this.retry(item, resend), pause * 1000);
    this.changed(item.frame.chat_id);
  }

  retry(item, resend) {
    if (!this.items.includes(item) || item.state === "sent") return;
    item.state = "waiting";
    item.error = null;
    this.changed(item.frame.chat_id);
    resend(item);
  }

  drop(item) {
    this.items = this.items.filter((other) => other !== item);
    this.changed(item.frame.chat_id);
  }

  /** After a reload nothing is pausing any more. */
  wake() {
    for (const item of this.items) if (item.state === "paused") item.state = "waiting";
  }

  changed(chatId) {
    this.save();
    this.dispatchEvent(new CustomEvent("changed", { detail: chatId }));
  }
}
