// The list of chats: last line, time, unread count.

import { avatar } from "./avatar.js";
import { byId, el } from "./dom.js";
import { timeWords } from "./time.js";

function preview(line, me) {
  if (!line) return "";
  if (line.recalled) return line.from.id === me.id ? "您撤回了一条消息" : `${line.from.name}撤回了一条消息`;
  const who = line.from.kind === "resident" && line.from.id !== me.id ? `${line.from.name}：` : "";
  const what = line.text || (line.card ? `[${line.card.kind === "activity" ? "活动" : line.card.kind === "ballot" ? "投票" : "工单"}] ${line.card.title}` : line.pictures?.length ? "[图片]" : "");
  return who + what.replace(/\s+/g, " ");
}

export const countWords = (count) => (count > 99 ? "99+" : String(count));

export function showBadge(node, count) {
  node.hidden = !count;
  node.textContent = countWords(count);
}

function entry(chat, store) {
  const who = chat.kind === "private" ? { kind: "bot", name: "小邻" } : chat.kind === "room" ? { kind: "staff", name: chat.name } : { kind: "group", name: chat.name };
  const label = chat.unread ? `${chat.name}，${chat.unread}条未读` : chat.name;
  return el("li", {},
    el("a", { class: "chat", href: `#${chat.id}`, "aria-current": chat.id === store.open ? "true" : null, "aria-label": label },
      el("span", { class: "chat__face" }, avatar(who),
        chat.unread ? el("span", { class: "weui-badge chat__badge" }, countWords(chat.unread)) : null),
      el("span", { class: "chat__body" },
        el("span", { class: "chat__top" },
          el("span", { class: "chat__name" }, chat.name),
          chat.last ? el("time", { class: "chat__time" }, timeWords(chat.last.sent_at, { short: true, now: store.now() })) : null),
        el("span", { class: "chat__last" },
          chat.called ? el("span", { class: "chat__called" }, "[有人找我] ") : null, preview(chat.last, store.me)))));
}

/** Draw the list anew whenever chats change. */
export function showList(store) {
  const draw = () => {
    const newest = (chat) => (chat.last ? chat.last.id : 0);
    const chats = [...store.chats.values()].sort((a, b) => newest(b) - newest(a) || a.id - b.id);
    byId("chats").replaceChildren(...chats.map((chat) => entry(chat, store)));
    const all = chats.reduce((sum, chat) => sum + chat.unread, 0);
    const others = all - (store.chats.get(store.open)?.unread ?? 0);
    showBadge(byId("unread-all"), all);
    showBadge(byId("unread-others"), others);
    document.title = all ? `(${countWords(all)}) 邻安` : "邻安";
  };
  store.addEventListener("chats", draw);
  return draw;
}
