// Places: where a visitor can be (a chat, or one topic of a forum), and the side panel that lists them.

import { avatar, byId, el, icon } from "/page/dom.js";
import { isOwn, isService, senderName, summary } from "/page/rows.js";

const PRESENT = new Set(["creator", "administrator", "member", "restricted"]);
const WRITERS = new Set(["creator", "administrator"]);

/** A topic's id as a place uses it: General is null, whether the server says 1 or nothing (Bot API). */
const threadOf = (id) => (id === undefined || id === null || id === 1 ? null : id);

export const keyOf = (chatId, thread = null) => (thread === null ? `${chatId}` : `${chatId}/${thread}`);

/** All places of `user`, in the order of the panel: the talk with the bot, then groups (with topics), then channels. */
export function placesOf(user, state) {
  const own = state.chats.find((chat) => chat.id === user.id) ?? { id: user.id, type: "private", first_name: user.first_name };
  const shared = state.chats
    .filter((chat) => chat.type !== "private" && isPresent(chat, user))
    .sort((a, b) => Number(a.type === "channel") - Number(b.type === "channel"));
  return [own, ...shared].flatMap((chat) => placesIn(chat, user));
}

function placesIn(chat, user) {
  const whole = { chat, user, thread: null, topic: null, key: keyOf(chat.id) };
  if (!chat.is_forum) return [whole];
  const topics = (chat.topics ?? []).filter(({ id }) => threadOf(id) !== null);
  return [whole, ...topics.map((topic) => ({ chat, user, thread: topic.id, topic, key: keyOf(chat.id, topic.id) }))];
}

function isPresent(chat, user) {
  const member = statusIn(chat, user.id);
  return member === null ? !chat.members?.length : PRESENT.has(member);
}

function statusIn(chat, userId) {
  return chat.members?.find((member) => member.user_id === userId)?.status ?? null;
}

/** Who and where the address bar says, as far as they exist; else `user` (or the first one) and their first place. */
export function fromAddress(state, user = state.users[0]) {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const chosen = state.users.find(({ id }) => String(id) === wanted.get("u")) ?? user;
  const places = placesOf(chosen, state);
  const key = wanted.get("t") ? `${wanted.get("c")}/${wanted.get("t")}` : wanted.get("c");
  return { user: chosen, place: places.find((place) => place.key === key) ?? places[0] };
}

/** The same as the end of an address. */
export function addressOf({ user, chat, thread }) {
  return `#${new URLSearchParams({ u: user.id, c: chat.id, ...(thread !== null && { t: thread }) })}`;
}

/** The key of the place a message belongs to. */
export function keyOfMessage(message, state) {
  const forum = state.chats.find((chat) => chat.id === message.chat.id)?.is_forum;
  return keyOf(message.chat.id, forum ? threadOf(message.message_thread_id) : null);
}

/** `write`, `readonly` (a channel's readers) or `blocked` (the visitor blocked the bot). */
export function modeOf(place, bot) {
  const { chat, user } = place;
  if (chat.type === "private") {
    const shut = chat.blocked || [user.id, bot.id].some((id) => statusIn(chat, id) === "kicked");
    return shut ? "blocked" : "write";
  }
  return chat.type === "channel" && !WRITERS.has(statusIn(chat, user.id)) ? "readonly" : "write";
}

export function titleOf(place, state, text) {
  if (place.chat.type === "private") return state.bot.first_name;
  if (place.topic) return place.topic.name;
  return place.chat.is_forum ? `${place.chat.title} · ${text.say("general")}` : place.chat.title;
}

export function subtitleOf(place, text) {
  const { chat } = place;
  if (chat.type === "private") return text.say("bot");
  if (place.topic) return text.say("topic_of", { title: chat.title });
  if (chat.type === "channel") return text.say("channel");
  const count = chat.members?.length ?? 0;
  return count === 1 ? text.say("member") : text.say("members", { n: count });
}

/** The face of a place: the bot's letter, the group's, or a sign for topics and channels. */
export function faceOf(node, place, state) {
  const { chat } = place;
  avatar(node, chat.type === "private" ? state.bot.first_name : chat.title, chat.type === "private" ? state.bot.id : chat.id);
  if (chat.type === "private") node.replaceChildren(icon("news"));
  else if (place.topic) node.replaceChildren(icon("hash"));
  else if (chat.type === "channel") node.replaceChildren(icon("horn"));
  return node;
}

/** The side panel: who the visitor is, and where. `hooks`: `{ text, pickUser(user), pickPlace(place) }`. */
export class Panel {
  constructor(hooks) {
    this.hooks = hooks;
  }

  /** `view`: `{ state, user, places, current, latest: Map, unread: Map }`. */
  draw(view) {
    const { text } = this.hooks;
    byId("tagline").textContent = text.say("tagline");
    byId("who-title").textContent = text.say("you_are");
    byId("where-title").textContent = text.say("chats");
    this.#keepFocus(() => {
      byId("users").replaceChildren(...view.state.users.map((user) => this.#user(user, view)));
      byId("chats").replaceChildren(...view.places.map((place) => this.#place(place, view)));
    });
  }

  #keepFocus(change) {
    const id = document.activeElement?.dataset?.panelId;
    change();
    if (id) document.querySelector(`[data-panel-id="${CSS.escape(id)}"]`)?.focus({ preventScroll: true });
  }

  #user(user, { user: current, unread }) {
    const { text } = this.hooks;
    const chosen = user.id === current.id;
    const waiting = !chosen && unread.get(keyOf(user.id)) > 0;
    const face = avatar(el("span"), user.first_name, user.id);
    face.setAttribute("aria-hidden", "true");
    if (waiting) face.append(el("i", { class: "dot" }));
    return el("button", {
      class: "user", type: "button", "aria-pressed": String(chosen), "data-testid": "user", "data-user-id": user.id,
      "data-panel-id": `u${user.id}`, onclick: () => this.hooks.pickUser(user),
    }, face, el("span", { class: "user-name" }, user.first_name), el("small", {}, languageName(user.language_code)),
    waiting ? el("span", { class: "visually-hidden" }, text.say("unread", { n: unread.get(keyOf(user.id)) })) : null);
  }

  #place(place, { state, current, latest, unread, user }) {
    const { text } = this.hooks;
    const chosen = place.key === current.key;
    const message = latest.get(place.key);
    const count = unread.get(place.key) ?? 0;
    const face = faceOf(el("span"), place, state);
    face.setAttribute("aria-hidden", "true");
    const words = el("span", { class: "place-words" },
      el("span", { class: "place-line" },
        el("strong", {}, place.topic || place.chat.type === "private" ? titleOf(place, state, text) : place.chat.title),
        message ? el("time", {}, text.brief(message.date)) : null),
      el("span", { class: "place-line" },
        el("span", { class: "snippet" }, message ? snippet(message, user, place, text) : subtitleOf(place, text)),
        count ? el("span", { class: "badge", "data-testid": "unread", "aria-label": text.say("unread", { n: count }) }, count > 99 ? "99+" : String(count)) : null));
    return el("li", {}, el("button", {
      class: `place${place.topic ? " nested" : ""}`, type: "button", "aria-current": chosen ? "true" : null, "data-testid": "chat",
      "data-chat-id": place.chat.id, "data-thread-id": place.thread, "data-panel-id": `p${place.key}`,
      onclick: () => this.hooks.pickPlace(place),
    }, face, words));
  }
}

function snippet(message, user, place, text) {
  const line = summary(message, text);
  if (isService(message)) return line;
  if (isOwn(message, user.id)) return `${text.say("you")}: ${line}`;
  return place.chat.type === "private" || place.chat.type === "channel" ? line : `${senderName(message)}: ${line}`;
}

const LANGUAGE_NAMES = { "zh-hans": "简体中文", "zh-hant": "繁體中文", "zh-tw": "繁體中文", "zh-hk": "繁體中文", zh: "简体中文", en: "English" };

function languageName(code) {
  const tag = (code ?? "").toLowerCase();
  if (LANGUAGE_NAMES[tag]) return LANGUAGE_NAMES[tag];
  if (tag.startsWith("zh")) return LANGUAGE_NAMES.zh;
  return tag.startsWith("en") ? LANGUAGE_NAMES.en : tag;
}
