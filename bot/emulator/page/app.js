// The page's one thread of control: who the visitor is, which place is open, and what each event changes.

import { api, ApiError, follow } from "/page/api.js";
import { Composer } from "/page/composer.js";
import { alertBox, byId, toast } from "/page/dom.js";
import { openInTab, startLink } from "/page/keyboard.js";
import { MessageLog } from "/page/messages.js";
import { isService } from "/page/rows.js";
import { Shell } from "/page/shell.js";
import { addressOf, fromAddress, keyOf, keyOfMessage, modeOf, Panel, placesOf } from "/page/places.js";
import { languageOf, Text } from "/page/text.js";

class App {
  constructor(strings) {
    this.text = new Text(strings);
    this.latest = new Map();
    this.unread = new Map();
    this.held = null; // events that came while a place was loading
    this.missed = 0;
    this.visit = 0;
    this.#buildParts();
    addEventListener("hashchange", () => this.#hashChanged());
  }

  async start() {
    this.state = await api.state();
    const { user, place } = fromAddress(this.state, this.user);
    this.user = user;
    this.text.use(languageOf(user.language_code));
    // Listening comes before looking: nothing can happen unseen between the two.
    this.early = [];
    await follow({
      onEvent: (event) => (this.early ? this.early.push(event) : this.#event(event)),
      onDown: () => this.shell.connection("reconnecting"),
      onUp: (again) => this.#connected(again),
    });
    const opened = this.open(place);
    this.early.splice(0).forEach((event) => this.#event(event));
    this.early = null;
    await opened;
    await this.#look();
  }

  // ---- parts

  #buildParts() {
    const { text } = this;
    this.shell = new Shell({
      text,
      toEnd: () => this.log.toEnd(true),
      publish: () => this.#publish(),
      setBlocked: (blocked) => this.#setBlocked(blocked),
      start: () => this.#send("/start", null),
    });
    this.log = new MessageLog({ scroller: byId("scroller"), log: byId("log"), typing: byId("typing") }, {
      text,
      press: (message, data) => this.#press(message, data),
      openUrl: (url) => this.#openUrl(url),
      deepLink: (url) => this.#deepLink(url),
      switchInline: (query) => this.composer.write(`@${this.state.bot.username} ${query}`),
      sendCommand: (command) => this.#send(command, null),
      mention: (name) => name.toLowerCase() === this.state.bot.username.toLowerCase() && this.composer.write(`@${name} `),
      reply: (message) => message && this.composer.reply(message),
      fileUrl: api.fileUrl,
      onPinned: (pinned) => this.#pinned(pinned),
      onTyping: () => this.shell.heading(),
    });
    this.composer = new Composer(byId("composer"), {
      text,
      send: (content, replyTo) => this.#send(content, replyTo),
      inline: (query) => this.#inline(query),
      choose: (result, query) => this.#choose(result, query),
      unblock: () => this.#setBlocked(false),
    });
    this.panel = new Panel({ text, pickUser: (user) => this.#pickUser(user), pickPlace: (place) => this.#pickPlace(place) });
  }

  // ---- where the visitor is

  /** Open a place: its messages and its commands; what arrives meanwhile is held and applied after. */
  async open(place) {
    this.visit += 1;
    const { visit } = this;
    const changed = this.place?.key !== place.key || this.place.user.id !== place.user.id;
    this.place = place;
    this.held = [];
    this.unread.delete(place.key);
    if (changed) this.#enter(place);
    try {
      const [{ messages }, { commands }] = await Promise.all([
        api.messages(place.chat.id, place.user.id, place.thread),
        api.commands(place.chat.id, place.user.id),
      ]);
      if (visit !== this.visit) return;
      const own = messages.filter((message) => keyOfMessage(message, this.state) === place.key);
      this.#loaded(own, changed);
      this.composer.setCommands(commands);
      this.composer.relabel();
    } catch (error) {
      if (visit === this.visit) this.#release();
      this.#failed(error);
    }
  }

  #enter(place) {
    this.missed = 0;
    history.replaceState(null, "", addressOf(place));
    this.log.show([], { id: place.user.id, chat: place.chat });
    this.composer.setPlace({ key: `${place.user.id}:${place.key}`, mode: modeOf(place, this.state.bot), bot: this.state.bot.username, suffix: place.chat.type === "private" ? "" : `@${this.state.bot.username}` });
    this.#drawShell();
    this.#showEmpty();
    this.composer.focus();
  }

  #loaded(messages, changed) {
    this.#remember(messages.at(-1));
    if (changed || this.log.pinned) this.log.show(messages, { id: this.place.user.id, chat: this.place.chat });
    else this.log.merge(messages);
    this.#release();
    this.#drawShell();
  }

  #remember(newest) {
    if (newest) this.latest.set(this.place.key, newest);
    else this.latest.delete(this.place.key);
  }

  #release() {
    const held = this.held ?? [];
    this.held = null;
    held.forEach((event) => this.#event(event));
    this.#showEmpty();
  }

  // The newest message of every other place; after a break what came in between counts as unread.
  async #look({ afterBreak = false } = {}) {
    const others = placesOf(this.user, this.state).filter(({ key }) => key !== this.place.key);
    await Promise.all(others.filter(({ key }) => afterBreak || !this.latest.has(key)).map((place) => this.#preview(place, afterBreak)));
    this.#drawPanel();
  }

  async #preview(place, afterBreak) {
    const { chat, user, thread, key } = place;
    const answer = await api.messages(chat.id, user.id, thread).catch(() => null);
    if (!answer) return;
    const messages = answer.messages.filter((message) => keyOfMessage(message, this.state) === key);
    const last = messages.at(-1);
    const known = this.latest.get(key)?.message_id ?? 0;
    const missed = messages.filter((message) => message.message_id > known && message.from?.id !== user.id).length;
    if (afterBreak && missed) this.unread.set(key, (this.unread.get(key) ?? 0) + missed);
    if (last && (afterBreak || last.message_id > known)) this.latest.set(key, last);
    if (!last) [this.latest, this.unread].forEach((map) => map.delete(key));
  }

  async #pickUser(user) {
    if (user.id === this.user.id) return;
    const { chat, thread } = this.place;
    this.user = user;
    this.text.use(languageOf(user.language_code));
    const places = placesOf(user, this.state);
    const same = chat.type === "private" ? null : places.find(({ key }) => key === keyOf(chat.id, thread));
    await this.open(same ?? places[0]);
    await this.#look();
  }

  #pickPlace(place) {
    this.shell.drawer(false);
    if (place.key !== this.place.key) this.open(place);
    else this.composer.focus();
  }

  #hashChanged() {
    if (!this.state) return;
    const { user, place } = fromAddress(this.state, this.user);
    if (user.id === this.user.id && place.key === this.place.key) return;
    this.user = user;
    this.text.use(languageOf(user.language_code));
    this.open(place);
  }

  // ---- what happens

  #event(event) {
    if (event.type === "state" || event.type === "publish") return this.#refreshState();
    if (event.type === "typing") return this.#typing(event);
    const inOpenChat = (event.chat_id ?? event.message?.chat?.id) === this.place.chat.id;
    if (inOpenChat && this.held) return this.held.push(event);
    if (event.type === "message") return this.#arrived(event.message);
    if (event.type === "edited") return this.#edited(event.message);
    if (event.type === "deleted" && inOpenChat) return this.#deleted(event);
    return undefined;
  }

  #arrived(message) {
    const key = keyOfMessage(message, this.state);
    const newer = message.message_id > (this.latest.get(key)?.message_id ?? 0);
    if (newer) this.latest.set(key, message);
    if (key === this.place.key) this.#arrivedHere(message);
    else if (newer && message.from?.id !== this.user.id) this.unread.set(key, (this.unread.get(key) ?? 0) + 1);
    this.#drawPanel();
  }

  #arrivedHere(message) {
    const { pinned } = this.log;
    const own = this.log.isOwn(message);
    if (!own) this.log.hideTyping();
    if (!this.log.upsert(message)) return;
    this.#showEmpty();
    if (own) this.log.toEnd();
    else if (!pinned) this.missed += 1;
    this.#drawPill();
    if (!own && !isService(message)) this.shell.announce(message);
    if (!own && message.reply_markup?.force_reply) this.composer.reply(message, message.reply_markup.input_field_placeholder);
  }

  #edited(message) {
    const key = keyOfMessage(message, this.state);
    if (this.latest.get(key)?.message_id === message.message_id) this.latest.set(key, message);
    if (key === this.place.key && this.log.find(message.message_id)) this.log.upsert(message);
    this.#drawPanel();
  }

  #deleted(event) {
    for (const id of event.message_ids ?? [event.message_id]) this.log.remove(id);
    this.#remember(this.log.messages.at(-1));
    this.#showEmpty();
    this.#drawPanel();
  }

  #typing(event) {
    const thread = event.thread_id ?? event.message_thread_id;
    const key = this.place.chat.is_forum ? keyOf(event.chat_id, thread ?? null) : keyOf(event.chat_id);
    if (key === this.place.key) this.log.showTyping();
  }

  async #refreshState() {
    try {
      this.state = await api.state();
    } catch {
      return;
    }
    this.user = this.state.users.find(({ id }) => id === this.user.id) ?? this.user;
    const places = placesOf(this.user, this.state);
    const place = places.find(({ key }) => key === this.place.key);
    if (!place) return void (await this.open(places[0]));
    this.place = place;
    this.composer.setMode(modeOf(place, this.state.bot));
    this.#showEmpty();
    this.#drawShell();
  }

  #connected(again) {
    this.shell.connection(null);
    if (again) this.#refreshState().then(() => this.open(this.place)).then(() => this.#look({ afterBreak: true }));
  }

  // ---- what the visitor does

  // A call about the open place.
  #here(fields) {
    const { user, chat, thread } = this.place;
    return { user_id: user.id, chat_id: chat.id, ...(thread !== null && { thread_id: thread }), ...fields };
  }

  #send(content, replyTo) {
    const body = this.#here({ text: content, ...(replyTo && { reply_to: replyTo.message_id }) });
    return this.#attempt(async () => {
      const { message } = await api.send(body);
      this.#event({ type: "message", chat_id: message.chat.id, message });
      this.log.toEnd();
    });
  }

  async #press(message, data) {
    await this.#attempt(async () => {
      const answer = await api.press({ user_id: this.user.id, chat_id: message.chat.id, message_id: message.message_id, data });
      if (answer.text && answer.show_alert) alertBox(answer.text, this.text.say("ok"));
      else if (answer.text) toast(answer.text);
      if (answer.url) this.#openUrl(answer.url);
    });
  }

  async #inline(query) {
    let results = null;
    await this.#attempt(async () => {
      ({ results } = await api.inline({ user_id: this.user.id, query }));
    });
    return results;
  }

  #choose(result, query) {
    return this.#attempt(async () => {
      const { message } = await api.choose(this.#here({ result, result_id: result.id, query }));
      this.#event({ type: "message", chat_id: message.chat.id, message });
    });
  }

  async #publish() {
    const button = byId("publish");
    if (button.getAttribute("aria-busy") === "true") return;
    if (!this.state.publish.remaining) {
      toast(this.text.say("publish_none_why"));
      return;
    }
    button.setAttribute("aria-busy", "true");
    await this.#attempt(async () => {
      const { published, remaining } = await api.publish();
      this.state.publish = { remaining };
      if (published) toast(this.text.say("published", { title: published }), "good");
      else toast(this.text.say("publish_none_why"));
    });
    button.removeAttribute("aria-busy");
    this.shell.publish(this.state.publish);
  }

  async #setBlocked(blocked) {
    const { chat, user } = this.place;
    await this.#attempt(async () => {
      await (blocked ? api.block : api.unblock)({ user_id: user.id, chat_id: chat.id });
      toast(this.text.say(blocked ? "blocked_done" : "unblocked_done"));
      await this.#refreshState();
    });
  }

  #openUrl(url) {
    if (!this.#deepLink(url) && !openInTab(url)) toast(this.text.say("link_refused"));
  }

  // Nothing outside is needed for a link that starts this very bot, and nothing outside knows it.
  #deepLink(url) {
    const link = startLink(url, this.state.bot.username);
    if (!link) return false;
    const home = placesOf(this.user, this.state)[0];
    const there = home.key === this.place.key ? Promise.resolve() : this.open(home);
    there.then(() => link.payload !== null && this.#send(`/start ${link.payload}`.trim(), null));
    return true;
  }

  /** Run it; a failure is told and gives false. */
  async #attempt(action) {
    try {
      await action();
      return true;
    } catch (error) {
      this.#failed(error);
      return false;
    }
  }

  #failed(error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.silent) toast(this.text.say("no_answer"), "bad");
    else toast(this.text.say("failed", { reason: error.message || this.text.say("no_connection") }), "bad");
  }

  // ---- drawing

  #drawShell() {
    this.shell.draw(this.place, this.state);
    this.#drawPill();
    this.#drawPanel();
  }

  #drawPanel() {
    const { user, state, place: current, latest, unread } = this;
    const places = placesOf(user, state);
    this.panel.draw({ state, user, places, current, latest, unread });
    this.shell.waiting(places.reduce((sum, { key }) => sum + (unread.get(key) ?? 0), 0));
  }

  #drawPill() {
    this.shell.pill({ shown: !this.log.pinned && this.log.size > 0, missed: this.missed });
  }

  #pinned(pinned) {
    if (!this.place || (pinned === this.wasPinned && !this.missed)) return;
    this.wasPinned = pinned;
    if (pinned) this.missed = 0;
    this.#drawPill();
  }

  #showEmpty() {
    this.shell.empty(this.log.size === 0 && this.held === null);
  }
}

async function main() {
  const strings = await api.strings();
  const app = new App(strings);
  try {
    await app.start();
  } catch (error) {
    app.shell.connection("page_failed");
    throw error;
  }
}

main();
