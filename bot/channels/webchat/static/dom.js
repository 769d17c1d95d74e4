// Elements are made from text nodes and attributes only: what people write is never read as HTML.

export const byId = (id) => document.getElementById(id);

/** An element: el("p", {class: "x", onclick: f, "aria-label": "…"}, "text", child, …). */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
  return node;
}

let toastTimer;

/** A short note over the page. */
export function toast(text) {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { box.hidden = true; }, 3200);
}

/** A list of things to do at the bottom of the page: [{label, run, danger}]. */
export function openSheet(actions) {
  const sheet = byId("sheet");
  const pick = (run) => () => { sheet.close(); run?.(); };
  sheet.replaceChildren(
    el("div", { class: "sheet__group" }, ...actions.map((action) =>
      el("button", { class: "sheet__item", type: "button", onclick: pick(action.run) }, action.label))),
    el("button", { class: "sheet__item sheet__cancel", type: "button", onclick: pick(null) }, "取消"),
  );
  sheet.onclick = (event) => { if (event.target === sheet) sheet.close(); };
  sheet.showModal();
}

/** A picture over the whole page. */
export function openViewer(source, label) {
  const viewer = byId("viewer");
  viewer.replaceChildren(
    el("img", { class: "viewer__picture", src: source, alt: label }),
    el("button", { class: "viewer__close", type: "button", "aria-label": "关闭图片" }, "×"),
  );
  viewer.onclick = () => viewer.close();
  viewer.showModal();
}
