// One message as a row of the log: day separator, bubble with its media, text and time, keyboard; and what a message is
// called where only a line is left for it.

import { avatar, el, icon, tone } from "/page/dom.js";
import { renderText } from "/page/entities.js";
import { renderKeyboard } from "/page/keyboard.js";
import { dayKey } from "/page/text.js";

const GROUP_SECONDS = 300;

/** Draws rows for `viewer` (`{ id, chat }`); `expanded` remembers which quotations stand open. */
export class RowMaker {
  constructor(hooks) {
    this.hooks = hooks;
    this.expanded = new Set();
    this.viewer = { id: 0, chat: null };
  }

  /** The row of `message` between its neighbours (undefined at the ends). */
  make(message, { before, after }) {
    const own = isOwn(message, this.viewer.id);
    const row = el("div", {
      class: `row ${own ? "out" : "in"}`, "data-message-id": message.message_id, "data-testid": "message",
      "data-own": String(own),
    });
    if (!before || dayKey(before.date) !== dayKey(message.date)) row.append(this.#daySeparator(message));
    if (isService(message)) {
      row.append(el("p", { class: "service", "data-testid": "service" }, serviceText(message, this.hooks.text)));
      return row;
    }
    const first = !together(before, message);
    row.classList.toggle("first", first);
    row.classList.toggle("last", !together(message, after));
    row.append(this.#line(message, own, first));
    return row;
  }

  #daySeparator(message) {
    return el("div", { class: "day", "data-testid": "day" }, el("span", {}, this.hooks.text.day(message.date)));
  }

  #line(message, own, first) {
    const keyboard = renderKeyboard(message, this.hooks);
    const stack = el("div", { class: keyboard ? "stack with-keyboard" : "stack" }, this.#bubble(message, own, first));
    if (keyboard) stack.append(keyboard);
    const line = el("div", { class: "line" });
    if (this.#showsFaces() && !own) {
      const face = avatar(el("div", {}), senderName(message), senderId(message));
      face.setAttribute("aria-hidden", "true");
      line.append(face);
    }
    line.append(stack, this.#replyButton(message));
    return line;
  }

  #showsFaces() {
    return this.viewer.chat?.type !== "private" && this.viewer.chat?.type !== "channel";
  }

  #bubble(message, own, first) {
    const { text } = this.hooks;
    const bubble = el("article", { class: "bubble", "data-testid": "bubble", "aria-label": own ? text.say("you") : senderName(message) });
    if (first && !own && this.#showsFaces()) {
      bubble.append(el("header", { class: `sender ink-${tone(senderId(message))}` }, senderName(message)));
    }
    if (message.reply_to_message && !message.reply_to_message.forum_topic_created) bubble.append(this.#replyQuote(message.reply_to_message));
    const media = this.#media(message);
    bubble.append(...media);
    const body = el("div", { class: "text", "data-testid": "message-text", dir: "auto" });
    renderText(body, message.text ?? message.caption ?? "", message.entities ?? message.caption_entities, this.#textContext(message));
    if (!body.firstChild && !media.length) body.append(el("em", { class: "unsupported" }, text.say("unsupported")));
    const meta = this.#meta(message);
    if (body.firstChild) bubble.append(body);
    // Floated behind the words when they end in words, on its own line after a block.
    (body.firstChild ? body : bubble).append(meta);
    return bubble;
  }

  #textContext(message) {
    return { text: this.hooks.text, expanded: this.expanded, key: `${this.viewer.chat?.id}:${message.message_id}` };
  }

  #meta(message) {
    const { text } = this.hooks;
    const meta = el("span", { class: "meta", "data-testid": "meta" });
    if (message.edit_date) meta.append(el("span", { class: "edited", "data-testid": "edited" }, text.say("edited")), " ");
    meta.append(el("time", { datetime: new Date(message.date * 1000).toISOString(), title: text.full(message.date) }, text.time(message.date)));
    return meta;
  }

  #replyQuote(original) {
    const { text } = this.hooks;
    const snippet = (original.text ?? original.caption ?? mediaName(original, text) ?? text.say("message")).slice(0, 160);
    return el(
      "button",
      { class: "reply-quote", type: "button", "data-jump": original.message_id, "data-testid": "reply-quote" },
      el("strong", {}, isOwn(original, this.viewer.id) ? text.say("you") : senderName(original)),
      el("span", {}, snippet),
    );
  }

  #media(message) {
    const { text, fileUrl } = this.hooks;
    if (message.photo?.length) {
      const size = message.photo.at(-1);
      const image = el("img", {
        class: "photo", src: fileUrl(size.file_id), alt: message.caption ?? text.say("photo"), loading: "lazy",
        width: size.width, height: size.height, "data-testid": "photo",
      });
      image.addEventListener("error", () => image.replaceWith(el("div", { class: "photo missing" }, text.say("photo"))));
      return [el("a", { class: "photo-frame", href: fileUrl(size.file_id), target: "_blank", rel: "noopener" }, image)];
    }
    if (message.document) {
      const name = message.document.file_name ?? text.say("file");
      return [el("a", { class: "file", href: fileUrl(message.document.file_id), download: name, "data-testid": "document" },
        el("span", { class: "file-sign" }, icon("file")),
        el("span", { class: "file-words" }, el("strong", {}, name), el("small", {}, sizeText(message.document.file_size))))];
    }
    return [];
  }

  #replyButton(message) {
    const label = this.hooks.text.say("reply");
    return el("button", { class: "reply-button", type: "button", title: label, "aria-label": label, "data-reply": message.message_id, "data-testid": "reply" }, icon("reply"));
  }
}

/** Whether the message was written by that user under their own name. */
export function isOwn(message, userId) {
  return message.from?.id === userId && !message.sender_chat;
}

export function senderName(message) {
  const who = message.sender_chat ?? message.from ?? message.chat;
  return who?.title ?? [who?.first_name, who?.last_name].filter(Boolean).join(" ") ?? "";
}

function senderId(message) {
  return (message.sender_chat ?? message.from ?? message.chat)?.id ?? 0;
}

/** Whether two neighbours are drawn as one group: same sender, same day, close in time. */
export function together(a, b) {
  return Boolean(a && b) && !isService(a) && !isService(b) && senderId(a) === senderId(b)
    && b.date - a.date < GROUP_SECONDS && dayKey(a.date) === dayKey(b.date);
}

const SERVICE = ["new_chat_members", "left_chat_member", "forum_topic_created", "pinned_message", "new_chat_title", "migrate_to_chat_id", "migrate_from_chat_id"];

export function isService(message) {
  return SERVICE.some((field) => field in message);
}

function serviceText(message, text) {
  if (message.forum_topic_created) return text.say("service_topic", { name: message.forum_topic_created.name });
  if (message.new_chat_members) return text.say("service_joined", { name: message.new_chat_members.map((user) => user.first_name).join(", ") });
  if (message.left_chat_member) return text.say("service_left", { name: message.left_chat_member.first_name });
  if (message.pinned_message) return text.say("service_pinned");
  return text.say("service_other");
}

export function mediaName(message, text) {
  if (message.photo?.length) return text.say("photo");
  return message.document ? (message.document.file_name ?? text.say("file")) : null;
}

/** One line that stands for a message in a list. */
export function summary(message, text) {
  if (isService(message)) return serviceText(message, text);
  return (message.text ?? message.caption ?? mediaName(message, text) ?? text.say("message")).replace(/\s+/g, " ").slice(0, 120);
}

function sizeText(bytes) {
  if (!Number.isFinite(bytes)) return "";
  return bytes < 1024 ? `${bytes} B` : bytes < 1_048_576 ? `${(bytes / 1024).toFixed(1)} KB` : `${(bytes / 1_048_576).toFixed(1)} MB`;
}
