// Inline keyboards: rows of buttons under a message, and what each kind of button does when pressed.

import { copyText, el, icon, safeUrl, toast } from "/page/dom.js";

const COLOURS = new Set(["primary", "success", "danger"]);

/** The rows of `message`'s inline keyboard, or null. `context`: `{ text, press(message, data), openUrl, switchInline }`. */
export function renderKeyboard(message, context) {
  const rows = message.reply_markup?.inline_keyboard;
  if (!Array.isArray(rows) || !rows.length) return null;
  return el(
    "div",
    { class: "keyboard", role: "group", "data-testid": "keyboard" },
    ...rows.map((row) => el("div", { class: "keyboard-row" }, ...row.map((button) => renderButton(button, message, context)))),
  );
}

function renderButton(button, message, context) {
  const colour = COLOURS.has(button.style) ? ` ${button.style}` : "";
  const node = el("button", { class: `key${colour}`, type: "button", "data-testid": "key" }, el("span", { class: "key-text" }, button.text));
  const kind = kindOf(button);
  if (kind.sign) node.append(icon(kind.sign));
  if (button.disabled || !kind.act) node.disabled = true;
  else node.addEventListener("click", () => kind.act(button, node, message, context));
  return node;
}

function kindOf(button) {
  if (button.callback_data !== undefined) return { act: pressCallback };
  if (button.url !== undefined) return { sign: "out", act: openLink };
  if (button.copy_text !== undefined) return { sign: "copy", act: copy };
  if (button.switch_inline_query_current_chat !== undefined) return { act: writeQuery("switch_inline_query_current_chat") };
  if (button.switch_inline_query !== undefined) return { sign: "share", act: writeQuery("switch_inline_query") };
  return {};
}

async function pressCallback(button, node, message, context) {
  if (node.getAttribute("aria-busy") === "true") return;
  node.setAttribute("aria-busy", "true");
  try {
    await context.press(message, button.callback_data);
  } finally {
    node.removeAttribute("aria-busy");
  }
}

function openLink(button, _node, _message, { openUrl }) {
  openUrl(button.url);
}

async function copy(button, _node, _message, { text }) {
  toast(text.say((await copyText(button.copy_text.text)) ? "copied" : "copy_failed"));
}

const writeQuery = (field) => (button, _node, _message, { switchInline }) => switchInline(button[field]);

/** Open a checked link in a new tab; false when it is not a web link. */
export function openInTab(raw) {
  const url = safeUrl(raw);
  if (url) window.open(url, "_blank", "noopener,noreferrer");
  return Boolean(url);
}

/** What `t.me/<bot>?start=…` asks for: `{ payload }` (null without one); null when it is any other link. */
export function startLink(raw, username) {
  const url = URL.canParse(raw) ? new URL(raw) : null;
  if (!url || !["t.me", "telegram.me"].includes(url.hostname)) return null;
  if (url.pathname.slice(1).toLowerCase() !== username.toLowerCase()) return null;
  if (url.searchParams.has("startgroup") || url.searchParams.has("startchannel")) return null;
  return { payload: url.searchParams.get("start") };
}
