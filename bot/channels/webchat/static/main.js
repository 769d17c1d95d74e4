// Starts the page and says what follows from what the server tells.

import { askGroups, keepBigText } from "./api.js";
import { avatar } from "./avatar.js";
import { Composer } from "./composer.js";
import { Connection } from "./connection.js";
import { byId, toast } from "./dom.js";
import { showList } from "./list.js";
import { makeClientId, Queue } from "./queue.js";
import { Room } from "./room.js";
import { Store } from "./store.js";

const QUIET_MS = 1500; // a shorter break is not worth a word

const store = new Store();
const connection = new Connection(() => ({ seen: store.seen() }));
const drawList = showList(store);
let queue = null;
let room = null;

function send(frame, shown) {
  const item = queue.add(frame, shown);
  if (connection.state === "open") connection.say(item.frame);
  room.stuck = true;
  room.draw();
}

/** The queue belongs to the resident, so it can only be opened when we know who that is. */
function begin() {
  queue = new Queue(store.me.id);
  queue.wake();
  room = new Room(store, queue, connection, send);
  room.composer = new Composer(store, room.lines.previews, send);
  byId("me-name").textContent = store.me.name;
  byId("me-avatar").replaceChildren(avatar({ kind: "resident", ...store.me }));
  addEventListener("hashchange", route);
}

const heard = {
  welcome(frame) {
    store.welcome(frame);
    if (!room) begin();
  },
  lines(frame) {
    for (const line of frame.lines) if (line.client_id && line.from.id === store.me.id) queue.arrived(line.client_id);
    store.caughtUp(frame);
  },
  line({ line }) {
    const fresh = store.arrived(line);
    if (line.client_id && line.from.id === store.me.id) queue.arrived(line.client_id);
    else if (fresh) room.arrived(line);
  },
  chats: ({ chats }) => store.setChats(chats),
  recalled: (frame) => store.recalled(frame),
  read: ({ chat_id: chatId, to }) => { if (to >= store.lastId(chatId)) store.readTo(chatId); },
  ack: (frame) => queue.acknowledged(frame),
  error(frame) {
    if (frame.client_id && queue?.find(frame.client_id)) {
      queue.refused(frame, (item) => { if (connection.state === "open") connection.say(item.frame); });
    } else toast(frame.message);
  },
};

connection.addEventListener("frame", ({ detail }) => heard[detail.type]?.(detail));

let netTimer;
connection.addEventListener("state", ({ detail: state }) => {
  clearTimeout(netTimer);
  const say = (text) => { for (const id of ["net", "net-room"]) { byId(id).hidden = !text; byId(id).textContent = text; } };
  if (state === "open") {
    say("");
    for (const item of queue.waiting()) connection.say(item.frame);
    route();
  } else if (byId("net").hidden) {
    netTimer = setTimeout(() => say(navigator.onLine ? "正在连接… 写的消息连上后会自动发出" : "没有网络，写的消息连上后会自动发出"), QUIET_MS);
  }
});

// a refused WebSocket does not say why: ask whether we are still signed in (a 401 leads back to the start)
connection.addEventListener("lost", ({ detail: failures }) => { if (failures % 3 === 2) askGroups().catch(() => {}); });

/** Show what the address names: nothing: the list; "#me"; "#7": a chat. */
function route() {
  const name = location.hash.slice(1);
  const chatId = /^\d+$/.test(name) && store.chats.has(Number(name)) ? Number(name) : null;
  const tab = name === "me" ? "me" : "chats";
  byId("app").dataset.view = chatId ? "chat" : "list";
  byId("tab-chats").hidden = tab !== "chats";
  byId("tab-me").hidden = tab !== "me";
  for (const one of ["chats", "me"]) byId(`go-${one}`).toggleAttribute("aria-current", one === tab);
  byId("room").hidden = !chatId;
  byId("nothing-open").hidden = Boolean(chatId);
  if (chatId && chatId !== store.open) {
    store.open = chatId;
    room.open(chatId);
  }
  if (!chatId) store.open = null;
  drawList();
}

byId("back").addEventListener("click", () => { location.hash = ""; });
byId("go-chats").addEventListener("click", () => { location.hash = ""; });
byId("go-me").addEventListener("click", () => { location.hash = "me"; });

/** Ask the bot something in the private chat. */
function askBot(text) {
  const chat = store.privateChat();
  if (!chat) return;
  location.hash = String(chat.id);
  route();
  send({ type: "send", client_id: makeClientId(), chat_id: chat.id, text }, text);
}
byId("my-tickets").addEventListener("click", () => askBot("我的工单"));
byId("find-person").addEventListener("click", () => askBot("找人工"));

byId("big").addEventListener("change", async (event) => {
  document.documentElement.classList.toggle("big", event.target.checked);
  try {
    await keepBigText(event.target.checked);
  } catch (error) {
    toast(error.message);
  }
});

connection.connect();
