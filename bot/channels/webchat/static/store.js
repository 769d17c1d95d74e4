// What the page knows: chats, their lines, what is still to be sent. Views listen for "chats" and "lines".

export class Store extends EventTarget {
  constructor() {
    super();
    this.me = null;
    this.limits = { text: 4000, pictures: 9, recall_s: 120 };
    this.chats = new Map();
    this.lines = new Map(); // chat id → Map(line id → line)
    this.older = new Map(); // chat id → whether there may be older lines
    this.open = null; // id of the chat being looked at
    this.skew = 0; // server's clock minus ours, ms
  }

  now() { return new Date(Date.now() + this.skew); }

  welcome(frame) {
    this.me = frame.me;
    this.limits = frame.limits;
    this.skew = new Date(frame.now) - Date.now();
    this.setChats(frame.chats);
  }

  setChats(chats) {
    this.chats = new Map(chats.map((chat) => [chat.id, chat]));
    this.tell("chats");
  }

  linesOf(chatId) {
    if (!this.lines.has(chatId)) this.lines.set(chatId, new Map());
    return this.lines.get(chatId);
  }

  sorted(chatId) { return [...this.linesOf(chatId).values()].sort((a, b) => a.id - b.id); }

  lastId(chatId) { return Math.max(0, ...this.linesOf(chatId).keys()); }

  seen() {
    const seen = {};
    for (const [chatId, lines] of this.lines) if (lines.size) seen[chatId] = this.lastId(chatId);
    return seen;
  }

  /** What was missed, or the first page; with a gap what stood here before is dropped. */
  caughtUp({ chat_id: chatId, lines, gap }) {
    if (gap) {
      this.lines.delete(chatId);
      this.older.set(chatId, true);
    }
    this.add(chatId, lines);
  }

  add(chatId, lines) {
    const known = this.linesOf(chatId);
    for (const line of lines) known.set(line.id, line);
    this.tell("lines", chatId);
  }

  /** One new line: also the list of chats changes. */
  arrived(line) {
    const fresh = !this.linesOf(line.chat_id).has(line.id);
    const chat = this.chats.get(line.chat_id);
    if (chat) {
      if (!chat.last || chat.last.id <= line.id) chat.last = line;
      const mine = line.from.kind === "resident" && line.from.id === this.me.id;
      if (fresh && !mine) {
        chat.unread += 1;
        if (line.mentions?.includes(this.me.id) || line.to?.id === this.me.id) chat.called = true;
      }
    }
    this.add(line.chat_id, [line]);
    this.tell("chats");
    return fresh;
  }

  recalled({ chat_id: chatId, id }) {
    const strip = (line) => ({ id: line.id, chat_id: line.chat_id, from: line.from, sent_at: line.sent_at, client_id: line.client_id, recalled: true });
    const known = this.linesOf(chatId);
    if (known.has(id)) known.set(id, strip(known.get(id)));
    for (const line of known.values()) {
      if (line.reply_to?.id === id) known.set(line.id, { ...line, reply_to: { ...line.reply_to, text: "", pictures: 0, recalled: true } });
    }
    const chat = this.chats.get(chatId);
    if (chat?.last?.id === id) chat.last = strip(chat.last);
    this.tell("lines", chatId);
    this.tell("chats");
  }

  readTo(chatId) {
    const chat = this.chats.get(chatId);
    if (!chat || (!chat.unread && !chat.called)) return;
    chat.unread = 0;
    chat.called = false;
    this.tell("chats");
  }

  privateChat() { return [...this.chats.values()].find((chat) => chat.kind === "private"); }

  tell(kind, chatId = null) { this.dispatchEvent(new CustomEvent(kind, { detail: chatId })); }
}
