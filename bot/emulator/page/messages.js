// The log of one chat: rows of messages in order, drawn from the newest backwards as far as needed, kept in place while
// others arrive, change or vanish.

import { toast } from "/page/dom.js";
import { measureQuotes, revealSpoiler, toggleQuote } from "/page/entities.js";
import { isOwn, RowMaker, together } from "/page/rows.js";

const CHUNK = 60;
const KEPT = 300; // rows that may stay drawn while the newest is in view
const NEAR_END = 90;

export class MessageLog {
  /**
   * `hooks`: `{ text, press, openUrl, switchInline, sendCommand, mention, deepLink, reply, fileUrl,
   * onPinned(pinned), onTyping(shown) }`;   * `text` may change its language: call `redraw` then.
   */
  constructor({ scroller, log, typing }, hooks) {
    Object.assign(this, { scroller, log, typing, hooks });
    this.rows = new RowMaker(hooks);
    this.viewer = { id: 0, chat: null };
    this.show([], this.viewer);
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    log.addEventListener("click", (event) => this.#clicked(event));
    log.addEventListener("keydown", (event) => this.#key(event));
    log.addEventListener("focusin", (event) => this.#focused(event));
    this.width = 0;
    new ResizeObserver(() => this.#resized()).observe(scroller);
  }

  /** Show these messages (oldest first) to `viewer`: `{ id, chat }`, at the newest one. */
  show(messages, viewer) {
    this.viewer = viewer;
    this.rows.viewer = viewer;
    this.messages = [...messages].sort((a, b) => a.message_id - b.message_id);
    this.drawnFrom = Math.max(0, this.messages.length - CHUNK);
    this.hideTyping();
    this.#drawAll();
    this.toEnd();
  }

  /** Become these messages (oldest first) without moving what the reader looks at. */
  merge(messages) {
    const present = new Set(messages.map(({ message_id: id }) => id));
    for (const { message_id: id } of [...this.messages]) if (!present.has(id)) this.remove(id);
    for (const message of messages) {
      if (JSON.stringify(this.find(message.message_id)) !== JSON.stringify(message)) this.upsert(message);
    }
  }

  get size() {
    return this.messages.length;
  }

  find(messageId) {
    const index = this.#indexOf(messageId);
    return this.messages[index]?.message_id === messageId ? this.messages[index] : null;
  }

  isOwn(message) {
    return isOwn(message, this.viewer.id);
  }

  /** Add the message or put it in the place of its older form; true when it is new here. */
  upsert(message) {
    const index = this.#indexOf(message.message_id);
    const isNew = this.messages[index]?.message_id !== message.message_id;
    this.messages.splice(index, isNew ? 0 : 1, message);
    if (isNew && index < this.drawnFrom) this.drawnFrom += 1;
    this.#keepView(() => this.#drawAround(index, isNew));
    return isNew;
  }

  remove(messageId) {
    const index = this.#indexOf(messageId);
    if (this.messages[index]?.message_id !== messageId) return;
    this.messages.splice(index, 1);
    this.#keepView(() => {
      this.#row(messageId)?.remove();
      if (index < this.drawnFrom) this.drawnFrom -= 1;
      else if (index < this.messages.length) this.#replaceRow(index);
      this.#markLast(index - 1);
    });
  }

  toEnd(smooth = false) {
    if (this.messages.length - this.drawnFrom > KEPT && this.pinned) this.#trim();
    const calm = !smooth || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#setPinned(true);
    this.scroller.scrollTo({ top: this.scroller.scrollHeight, behavior: calm ? "instant" : "smooth" });
  }

  /** Bring a message into view, drawing older ones when needed; false when it is not in this chat. */
  reveal(messageId) {
    const index = this.#indexOf(messageId);
    if (this.messages[index]?.message_id !== messageId) return false;
    if (index < this.drawnFrom) this.#drawOlder(this.drawnFrom - index + 5);
    const row = this.#row(messageId);
    row.scrollIntoView({ block: "center" });
    row.classList.add("flash");
    setTimeout(() => row.classList.remove("flash"), 1600);
    return true;
  }

  showTyping() {
    clearTimeout(this.typingTimer);
    this.typing.hidden = false;
    if (this.pinned) this.toEnd();
    this.typingTimer = setTimeout(() => this.hideTyping(), 5200);
    this.hooks.onTyping?.(true);
  }

  hideTyping() {
    clearTimeout(this.typingTimer);
    this.typing.hidden = true;
    this.hooks.onTyping?.(false);
  }

  // ---- drawing

  #drawAll() {
    const rows = document.createDocumentFragment();
    for (let index = this.drawnFrom; index < this.messages.length; index += 1) rows.append(this.#makeRow(index));
    this.log.replaceChildren(rows);
    measureQuotes(this.log);
  }

  #drawAround(index, isNew) {
    if (index < this.drawnFrom) return;
    const focus = this.#focusedKey();
    if (isNew) {
      const next = this.messages[index + 1];
      const row = this.#makeRow(index);
      this.log.insertBefore(row, next ? this.#row(next.message_id) : null);
      row.classList.add("arriving");
      measureQuotes(row);
    } else {
      this.#replaceRow(index);
    }
    if (index + 1 < this.messages.length) this.#replaceRow(index + 1);
    this.#markLast(index - 1);
    this.#restoreFocus(focus);
  }

  #replaceRow(index) {
    const old = this.#row(this.messages[index].message_id);
    if (!old) return;
    const row = this.#makeRow(index);
    old.replaceWith(row);
    measureQuotes(row);
  }

  // Only the shape of a row depends on what follows it; drawing it anew would lose a pressed button's state.
  #markLast(index) {
    const message = this.messages[index];
    if (message) this.#row(message.message_id)?.classList.toggle("last", !together(message, this.messages[index + 1]));
  }

  // At the end again: what was drawn far above is let go, so that a long visit stays quick.
  #trim() {
    this.drawnFrom = this.messages.length - CHUNK;
    while (this.log.children.length > CHUNK) this.log.firstElementChild.remove();
  }

  #drawOlder(count) {
    const from = Math.max(0, this.drawnFrom - count);
    if (from === this.drawnFrom) return;
    const rows = document.createDocumentFragment();
    for (let index = from; index < this.drawnFrom; index += 1) rows.append(this.#makeRow(index));
    const first = this.drawnFrom;
    this.drawnFrom = from;
    const added = [...rows.children];
    this.#keepView(() => {
      this.log.prepend(rows);
      this.#replaceRow(first);
      measureQuotes(...added);
    });
  }

  #makeRow(index) {
    return this.rows.make(this.messages[index], { before: this.messages[index - 1], after: this.messages[index + 1] });
  }

  // ---- what is in view

  #scrolled() {
    const { scrollTop, scrollHeight, clientHeight } = this.scroller;
    this.#setPinned(scrollHeight - scrollTop - clientHeight < NEAR_END);
    if (scrollTop < 700 && this.drawnFrom > 0) this.#drawOlder(CHUNK);
  }

  #setPinned(pinned) {
    this.pinned = pinned;
    this.hooks.onPinned?.(pinned);
  }

  #resized() {
    const width = this.scroller.clientWidth;
    if (width !== this.width) measureQuotes(this.log);
    this.width = width;
    if (this.pinned) this.toEnd();
  }

  // Whatever `change` does, what the reader looks at stays where it is: the end when at the end, else the first row.
  #keepView(change) {
    if (this.pinned) {
      change();
      this.toEnd();
      return;
    }
    const top = this.scroller.getBoundingClientRect().top;
    const anchor = [...this.log.children].find((row) => row.getBoundingClientRect().bottom > top);
    const id = anchor?.dataset.messageId;
    const before = anchor?.getBoundingClientRect().top;
    change();
    const now = id && this.#row(id);
    if (now) this.scroller.scrollTop += now.getBoundingClientRect().top - before;
  }

  #indexOf(messageId) {
    let low = 0;
    let high = this.messages.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.messages[middle].message_id < messageId) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #row(messageId) {
    return this.log.querySelector(`:scope > [data-message-id="${Number(messageId)}"]`);
  }

  // ---- touch and keys

  #clicked(event) {
    const { target } = event;
    const hit = (selector) => target.closest(selector);
    let node;
    if ((node = hit("a[href]"))) return this.#link(node, event);
    if ((node = hit(".spoiler[role]"))) return revealSpoiler(node);
    if ((node = hit("[data-command]"))) return this.hooks.sendCommand(node.dataset.command);
    if ((node = hit("[data-mention]"))) return this.hooks.mention(node.dataset.mention);
    if ((node = hit("[data-jump]"))) return this.#jump(Number(node.dataset.jump));
    if ((node = hit("[data-reply]"))) return this.hooks.reply(this.find(Number(node.dataset.reply)));
    if ((node = hit(".quote.expandable:not(.short)")) && getSelection().isCollapsed) this.#toggle(node);
    return undefined;
  }

  #jump(messageId) {
    if (!this.reveal(messageId)) toast(this.hooks.text.say("deleted_message"));
  }

  // A link that starts this very bot is followed here; every other one opens as the browser does.
  #link(node, event) {
    if (!node.matches(".photo-frame, .file") && this.hooks.deepLink(node.href)) event.preventDefault();
  }

  #toggle(quote) {
    this.#setPinned(false);
    toggleQuote(quote, { text: this.hooks.text, expanded: this.rows.expanded });
    if (quote.classList.contains("folded")) quote.scrollIntoView({ block: "nearest" });
    this.#scrolled();
  }

  #key(event) {
    if (event.key !== "Enter" && event.key !== " ") return;
    if (event.target.matches(".spoiler[role]")) {
      event.preventDefault();
      revealSpoiler(event.target);
    }
  }

  // Tabbing to a link in the folded part opens the quotation, else the focus would be out of sight.
  #focused({ target }) {
    const quote = target.closest(".quote.folded:not(.short)");
    const body = quote?.firstElementChild;
    if (body?.contains(target) && target.offsetTop >= body.clientHeight) this.#toggle(quote);
  }

  #focusedKey() {
    const row = document.activeElement?.closest?.(".row");
    if (!row || !this.log.contains(row)) return null;
    const keys = [...row.querySelectorAll("button, a")];
    return { id: row.dataset.messageId, place: keys.indexOf(document.activeElement) };
  }

  #restoreFocus(focus) {
    if (!focus || document.activeElement !== document.body) return;
    const keys = this.#row(focus.id)?.querySelectorAll("button, a") ?? [];
    keys[Math.min(focus.place, keys.length - 1)]?.focus({ preventScroll: true });
  }
}
