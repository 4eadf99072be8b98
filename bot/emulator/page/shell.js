// What stands around the log: top bar, publish button, notices, the card of an empty chat, and the drawer of a phone.
// It draws what it is told and passes on what was pressed.

import { byId, el, icon } from "/page/dom.js";
import { faceOf, modeOf, subtitleOf, titleOf } from "/page/places.js";
import { senderName, summary } from "/page/rows.js";

export class Shell {
  /** `hooks`: `{ text, toEnd(), publish(), setBlocked(blocked), start() }`. */
  constructor(hooks) {
    this.hooks = hooks;
    this.place = null;
    this.narrow = matchMedia("(max-width: 760px)");
    this.#fill();
    this.#listen();
    this.drawer(false);
  }

  #fill() {
    byId("drawer-open").append(icon("menu"), el("i", { class: "dot", hidden: true }));
    byId("drawer-close").append(icon("close"));
    byId("more").append(icon("more"));
    byId("typing").append(el("span"), el("span"), el("span"));
  }

  #listen() {
    const onClick = (id, action) => byId(id).addEventListener("click", action);
    onClick("drawer-open", () => this.drawer(true));
    onClick("drawer-close", () => this.drawer(false));
    onClick("scrim", () => this.drawer(false));
    onClick("alert-ok", () => byId("alert").close());
    onClick("pill", () => this.hooks.toEnd());
    onClick("publish", () => this.hooks.publish());
    onClick("more", () => this.#moreMenu(byId("more-menu").hidden));
    this.narrow.addEventListener("change", () => this.drawer(false));
    document.addEventListener("keydown", (event) => event.key === "Escape" && this.#escape());
    document.addEventListener("pointerdown", ({ target }) => {
      if (!target.closest("#more, #more-menu")) this.#moreMenu(false);
    });
  }

  /** Everything that names the open place. */
  draw(place, state) {
    Object.assign(this, { place, state });
    const { text } = this.hooks;
    for (const [id, key] of [["drawer-open", "open_chats"], ["drawer-close", "close_chats"], ["more", "more"]]) {
      byId(id).setAttribute("aria-label", text.say(key));
      byId(id).title = text.say(key);
    }
    byId("scroller").setAttribute("aria-label", titleOf(place, state, text));
    byId("more").hidden = place.chat.type !== "private";
    faceOf(byId("chat-avatar"), place, state);
    this.heading();
    this.publish(state.publish);
  }

  heading() {
    if (!this.place) return;
    const { text } = this.hooks;
    const typing = !byId("typing").hidden;
    byId("chat-title").textContent = titleOf(this.place, this.state, text);
    byId("chat-subtitle").textContent = typing ? text.say("typing") : subtitleOf(this.place, text);
    byId("chat-subtitle").classList.toggle("active", typing);
  }

  /** How many messages wait in other chats: a dot at the drawer, a number in the title. */
  waiting(count) {
    byId("drawer-open").lastElementChild.hidden = count === 0;
    document.title = `${count ? `(${count}) ` : ""}${titleOf(this.place, this.state, this.hooks.text)} – digestbot`;
  }

  /** `{ remaining }`; hidden where nothing can be published. */
  publish({ remaining } = {}) {
    const { text } = this.hooks;
    const button = byId("publish");
    button.hidden = remaining === null || remaining === undefined;
    if (button.hidden) return;
    const spent = remaining <= 0;
    const count = spent ? text.say("publish_none") : text.say("publish_left", { n: remaining });
    const label = text.say("publish");
    button.setAttribute("aria-disabled", String(spent));
    button.setAttribute("aria-label", `${label} (${count})`);
    button.title = spent ? text.say("publish_none_why") : label;
    button.replaceChildren(icon("news"),
      el("span", { class: "publish-words" }, el("span", {}, label), el("small", { "data-testid": "publish-remaining" }, count)),
      el("span", { class: "publish-count", "aria-hidden": "true" }, String(Math.max(0, remaining))));
  }

  /** The way back to the end, with how many messages came meanwhile. */
  pill({ shown, missed }) {
    const { text } = this.hooks;
    const pill = byId("pill");
    pill.hidden = !shown;
    pill.classList.toggle("quiet", missed === 0);
    const label = missed ? text.say("new_messages", { n: missed }) : "";
    pill.replaceChildren(icon("down"), ...(label ? [el("span", {}, label)] : []));
    pill.setAttribute("aria-label", label || text.say("to_bottom"));
  }

  /** What an empty chat shows instead of messages. */
  empty(shown) {
    const { text } = this.hooks;
    const empty = byId("empty");
    empty.hidden = !shown;
    if (!shown) return;
    const canStart = this.place.chat.type === "private" && modeOf(this.place, this.state.bot) === "write";
    empty.replaceChildren(canStart ? this.#welcome() : el("p", { class: "empty-note" }, text.say("empty_chat")));
  }

  #welcome() {
    const { text } = this.hooks;
    return el("div", { class: "empty-card" },
      el("img", { src: "/page/icon.svg", alt: "", width: "64", height: "64" }),
      el("h2", {}, text.say("empty_title")),
      el("p", {}, text.say("empty_text")),
      el("button", { class: "primary start", type: "button", "data-testid": "start", onclick: () => this.hooks.start() }, text.say("start")));
  }

  /** A line above the log; none while all is well. */
  connection(key) {
    const notice = byId("connection");
    notice.hidden = key === null;
    notice.textContent = key === null ? "" : this.hooks.text.say(key);
  }

  announce(message) {
    byId("announcer").textContent = `${senderName(message)}: ${summary(message, this.hooks.text)}`;
  }

  drawer(open) {
    byId("shell").classList.toggle("drawer-open", open);
    byId("drawer-open").setAttribute("aria-expanded", String(open));
    // Off screen it must not take the focus either.
    byId("sidebar").inert = this.narrow.matches && !open;
    if (open) byId("drawer-close").focus();
  }

  #moreMenu(open) {
    const { text } = this.hooks;
    const menu = byId("more-menu");
    menu.hidden = !open;
    byId("more").setAttribute("aria-expanded", String(open));
    if (!open) return;
    const blocked = modeOf(this.place, this.state.bot) === "blocked";
    const choose = () => {
      this.#moreMenu(false);
      this.hooks.setBlocked(!blocked);
    };
    menu.replaceChildren(el("button", {
      type: "button", role: "menuitem", class: blocked ? "" : "danger", "data-testid": "block", onclick: choose,
    }, icon("ban"), text.say(blocked ? "unblock" : "block")));
    menu.firstElementChild.focus();
  }

  #escape() {
    if (!byId("more-menu").hidden) {
      this.#moreMenu(false);
      byId("more").focus();
    }
    if (byId("shell").classList.contains("drawer-open")) {
      this.drawer(false);
      byId("drawer-open").focus();
    }
  }
}
