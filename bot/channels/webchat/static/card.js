// The bot's ticket cards and buttons.

import { el } from "./dom.js";

function row(label, value) {
  if (!value) return null;
  return el("div", { class: "ticket__row" }, el("dt", {}, label), el("dd", {}, value));
}

function steps(list) {
  if (!list?.length) return null;
  const reached = list.filter((step) => step.done).length;
  return el("ol", { class: "steps" }, ...list.map((step, index) =>
    el("li", {
      class: `steps__item${step.done ? " steps__item--done" : ""}`,
      "aria-current": index === reached - 1 ? "step" : null,
    }, step.label)));
}

function activityCard(card) {
  return el("section", { class: `ticket ${card.open ? "" : "ticket--closed"}`, "aria-label": `活动${card.title}` },
    el("header", { class: "ticket__head" },
      el("strong", { class: "ticket__title" }, card.title),
      el("span", { class: "ticket__status" }, card.places)),
    el("dl", { class: "ticket__rows" },
      row("时间", card.when),
      row("地点", card.place),
      row("对象", card.for_whom),
      row("截止", card.until)));
}

function proposalCard(card) {
  return el("section", { class: `ticket ${card.open ? "" : "ticket--closed"}`, "aria-label": `提案${card.title}` },
    el("header", { class: "ticket__head" },
      el("strong", { class: "ticket__title" }, card.title),
      el("span", { class: "ticket__status" }, card.state)),
    el("dl", { class: "ticket__rows" },
      row("内容", card.text),
      row("附议", `满${card.threshold}人开始讨论`),
      row("到", card.until),
      row("全文", el("a", { href: `/proposals/${card.id}` }, "看经过、说意见"))));
}

function ballotCard(card) {
  return el("section", { class: `ticket ${card.open ? "" : "ticket--closed"}`, "aria-label": `投票${card.title}` },
    el("header", { class: "ticket__head" },
      el("strong", { class: "ticket__title" }, card.title),
      el("span", { class: "ticket__status" }, `已投${card.voted}／${card.voters}${card.counts}`)),
    el("dl", { class: "ticket__rows" },
      row("内容", card.text),
      row("截止", card.until),
      row("方式", card.secret ? "不记名，一户一票" : "记名，一户一票")),
    el("a", { class: "ticket__link", href: card.href }, card.open ? "打开投票页" : "看结果"));
}

/** The card of what a line is about: a ticket, an activity, a proposal or a ballot. */
export function ticketCard(card) {
  if (card.kind === "activity") return activityCard(card);
  if (card.kind === "proposal") return proposalCard(card);
  if (card.kind === "ballot") return ballotCard(card);
  const state = card.emergency ? "ticket--urgent" : card.open === false ? "ticket--closed" : "";
  return el("section", { class: `ticket ${state}`, "aria-label": `工单${card.ref ?? ""}` },
    el("header", { class: "ticket__head" },
      el("strong", { class: "ticket__title" }, card.title ?? "工单"),
      card.status_words ? el("span", { class: "ticket__status" }, card.status_words) : null),
    steps(card.steps),
    el("dl", { class: "ticket__rows" },
      row("位置", card.place),
      card.open === false ? null : row("最晚", card.due_words),
      card.affected > 1 ? row("反映", `${card.affected}户`) : null,
      row("编号", card.ref)));
}

/** The buttons under a line; `pressed` is the value chosen before, if any. */
export function buttonRow(line, pressed, press) {
  if (!line.buttons?.length) return null;
  const scale = line.buttons.length >= 5 && line.buttons.every((button) => [...button.label].length <= 4);
  return el("div", { class: `choices${scale ? " choices--scale" : ""}`, role: "group", "aria-label": "可以选的回答" },
    ...line.buttons.map((button) => /^\/(?:tip|surveys)\//.test(button.value)
      // a page of ours: what is read there must not stand in the chat
      ? el("a", { class: "choices__item", href: button.value, target: "_blank", rel: "noopener" }, button.label)
      : el("button", {
        class: "choices__item", type: "button", "aria-pressed": String(pressed === button.value),
        onclick: () => press(line, button),
      }, button.label)));
}
