// Where the visitor writes: the text field with drafts and IME care, the command menu, inline results, the reply bar, and
// the bars that stand there when writing is not possible.

import { el, icon } from "/page/dom.js";
import { senderName, summary } from "/page/rows.js";

const INLINE_PAUSE = 220;

export class Composer {
  /** `hooks`: `{ text, send(text, replyTo), commands(), inline(query, offset), choose(result, query), unblock() }`. */
  constructor(root, hooks) {
    this.root = root;
    this.hooks = hooks;
    this.drafts = new Map();
    this.commands = [];
    this.options = [];
    this.selected = -1;
    this.inlineRun = 0;
    this.#build();
  }

  /** Move to a place: `{ key, mode: "write" | "blocked" | "readonly", bot, suffix, commands }`. */
  setPlace(place) {
    if (this.place) this.drafts.set(this.place.key, this.field.value);
    this.place = place;
    this.commands = place.commands ?? [];
    this.replyTo = null;
    this.field.value = this.drafts.get(place.key) ?? "";
    this.relabel();
    this.#fit();
    this.#showReply();
    this.#closePopup();
  }

  setMode(mode) {
    this.place.mode = mode;
    this.relabel();
  }

  setCommands(commands) {
    this.commands = commands;
    this.menuButton.hidden = !commands.length;
    this.#suggest();
  }

  /** Words anew (another language), and what may be done here. */
  relabel() {
    const { text } = this.hooks;
    const { mode } = this.place;
    this.field.placeholder = text.say(this.commands.length ? "write_or_command" : "write");
    this.field.setAttribute("aria-label", text.say("message_label"));
    this.sendButton.setAttribute("aria-label", text.say("send"));
    this.sendButton.title = text.say("send");
    this.menuButton.replaceChildren(icon("menu"), el("span", {}, text.say("menu")));
    this.menuButton.setAttribute("aria-label", text.say("commands"));
    this.menuButton.hidden = !this.commands.length;
    this.writing.hidden = mode !== "write";
    this.bar.hidden = mode === "write";
    this.bar.replaceChildren(...this.#barContent(mode));
  }

  focus() {
    if (matchMedia("(hover: hover)").matches) this.field.focus({ preventScroll: true });
  }

  write(value) {
    this.field.value = value;
    this.#changed();
    this.field.focus();
  }

  reply(message, placeholder) {
    this.replyTo = message;
    this.#showReply();
    if (placeholder) this.field.placeholder = placeholder;
    this.field.focus();
  }

  #build() {
    this.list = el("div", { class: "popup", id: "popup", role: "listbox", "data-testid": "popup", hidden: true });
    this.replyBar = el("div", { class: "reply-bar", "data-testid": "reply-bar", hidden: true });
    this.menuButton = el("button", {
      class: "menu-button", type: "button", "data-testid": "menu", hidden: true, "aria-controls": "popup", "aria-expanded": "false",
      onclick: () => this.#toggleMenu(),
    });
    this.field = el("textarea", {
      class: "field", rows: "1", "data-testid": "input", enterkeyhint: "send", autocomplete: "off", maxlength: "4096",
      role: "combobox", "aria-autocomplete": "list", "aria-controls": "popup", "aria-expanded": "false",
      oninput: () => this.#changed(), onkeydown: (event) => this.#key(event),
    });
    this.sendButton = el("button", { class: "send", type: "button", "data-testid": "send", onclick: () => this.#send() }, icon("send"));
    this.writing = el("div", { class: "writing" }, this.menuButton, this.field, this.sendButton);
    this.bar = el("div", { class: "bar", "data-testid": "composer-bar", hidden: true });
    this.root.append(this.list, this.replyBar, this.writing, this.bar);
    document.addEventListener("pointerdown", ({ target }) => {
      if (!this.root.contains(target)) this.#closePopup();
    });
  }

  #barContent(mode) {
    const { text } = this.hooks;
    if (mode === "readonly") return [el("span", {}, text.say("only_admins"))];
    if (mode !== "blocked") return [];
    const unblock = el("button", { class: "primary", type: "button", "data-testid": "unblock", onclick: () => this.hooks.unblock() }, text.say("unblock"));
    return [el("span", {}, text.say("blocked")), unblock];
  }

  // ---- writing

  #changed() {
    this.#fit();
    this.#suggest();
  }

  #fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${Math.min(this.field.scrollHeight, 180)}px`;
    this.sendButton.classList.toggle("ready", this.field.value.trim() !== "");
  }

  #key(event) {
    // While an input method composes, Enter chooses a candidate (229: browsers that report it without isComposing).
    if (event.isComposing || event.keyCode === 229) return;
    if (!this.list.hidden && this.#popupKey(event)) return;
    if (event.key === "Enter" && !event.shiftKey) {
      event.preventDefault();
      this.#send();
    } else if (event.key === "Escape" && this.replyTo) {
      this.#cancelReply();
    }
  }

  async #send(value = this.field.value) {
    const content = value.trim();
    if (!content) return;
    const { replyTo } = this;
    this.#clear();
    if (!(await this.hooks.send(content, replyTo)) && this.field.value === "") {
      this.field.value = value;
      this.#fit();
    }
  }

  #clear() {
    this.field.value = "";
    this.#cancelReply();
    this.#closePopup();
    this.#fit();
  }

  // ---- answering one message

  #showReply() {
    const { text } = this.hooks;
    this.replyBar.hidden = !this.replyTo;
    if (!this.replyTo) return;
    const label = text.say("cancel_reply");
    this.replyBar.replaceChildren(
      icon("reply"),
      el("div", {}, el("strong", {}, text.say("reply_to", { name: senderName(this.replyTo) })), el("span", {}, summary(this.replyTo, text))),
      el("button", { class: "icon-button", type: "button", "aria-label": label, title: label, onclick: () => this.#cancelReply() }, icon("close")),
    );
  }

  #cancelReply() {
    this.replyTo = null;
    this.replyBar.hidden = true;
  }

  // ---- commands and inline results

  #suggest() {
    const { value } = this.field;
    const command = /^\/(\w*)$/.exec(value);
    const inline = this.place?.bot && new RegExp(`^@${this.place.bot}\\s([\\s\\S]*)$`, "i").exec(value);
    this.inlineRun += 1;
    if (command) this.#showCommands(command[1].toLowerCase());
    else if (inline) this.#askInline(inline[1].trim());
    else this.#closePopup();
  }

  #toggleMenu() {
    if (this.list.hidden) this.#showCommands("");
    else this.#closePopup();
    this.field.focus();
  }

  #showCommands(prefix) {
    const exactFirst = (a, b) => Number(b.command === prefix) - Number(a.command === prefix);
    const found = this.commands.filter(({ command }) => command.startsWith(prefix)).sort(exactFirst);
    this.list.setAttribute("aria-label", this.hooks.text.say("commands"));
    this.#openPopup(found.map((entry) => ({
      node: el("div", { class: "option command", role: "option", "data-testid": "command-option", "data-command": entry.command },
        el("strong", {}, `/${entry.command}`), el("span", {}, entry.description)),
      choose: () => this.#send(`/${entry.command}${this.place.suffix}`),
      complete: () => this.write(`/${entry.command} `),
    })));
  }

  #askInline(query) {
    const run = this.inlineRun;
    setTimeout(async () => {
      if (run !== this.inlineRun) return;
      if (this.list.hidden) this.#openPopup([], this.hooks.text.say("inline_loading"));
      const results = await this.hooks.inline(query);
      if (run === this.inlineRun && results) this.#showResults(results, query);
    }, INLINE_PAUSE);
  }

  #showResults(results, query) {
    this.list.setAttribute("aria-label", this.hooks.text.say("inline_results"));
    const options = results.map((result) => ({
      node: el("div", { class: "option result", role: "option", "data-testid": "inline-option" },
        el("strong", {}, result.title ?? result.caption ?? result.id), el("span", {}, result.description ?? "")),
      choose: () => {
        this.#clear();
        this.hooks.choose(result, query);
      },
    }));
    this.#openPopup(options, options.length ? null : this.hooks.text.say("inline_none"));
  }

  #openPopup(options, notice = null) {
    if (!options.length && !notice) return this.#closePopup();
    this.options = options;
    options.forEach(({ node, choose }, index) => {
      node.id = `option-${index}`;
      node.addEventListener("click", choose);
      node.addEventListener("pointermove", () => this.#select(index, false));
    });
    this.list.replaceChildren(...(notice ? [el("p", { class: "notice" }, notice)] : options.map(({ node }) => node)));
    this.#setOpen(true);
    this.#select(options.length ? 0 : -1);
    return undefined;
  }

  #closePopup() {
    this.options = [];
    this.selected = -1;
    this.inlineRun += 1;
    this.#setOpen(false);
    this.field.removeAttribute("aria-activedescendant");
  }

  #setOpen(open) {
    this.list.hidden = !open;
    this.field.setAttribute("aria-expanded", String(open));
    this.menuButton.setAttribute("aria-expanded", String(open));
  }

  #select(index, scroll = true) {
    if (index === this.selected && this.options[index]?.node.getAttribute("aria-selected") === "true") return;
    this.selected = index;
    this.options.forEach(({ node }, at) => node.setAttribute("aria-selected", String(at === index)));
    if (index < 0) return;
    const { node } = this.options[index];
    this.field.setAttribute("aria-activedescendant", node.id);
    if (scroll) node.scrollIntoView({ block: "nearest" });
  }

  /** Whether the open popup took the key. */
  #popupKey(event) {
    const count = this.options.length;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const option = this.options[this.selected];
    if (event.key === "Escape") this.#closePopup();
    else if (step && count) this.#select((this.selected + step + count) % count);
    else if (event.key === "Enter" && !event.shiftKey && option) option.choose();
    else if (event.key === "Tab" && option?.complete) option.complete();
    else return false;
    event.preventDefault();
    return true;
  }
}
