// Formatted text: message entities (UTF-16 offsets, Bot API MessageEntity) to DOM nodes. JavaScript strings count in
// UTF-16 units too, so offsets need no conversion. Nodes are made one by one; text is only ever text.

import { el, icon, safeUrl } from "/page/dom.js";

// Outermost first where two entities cover the same stretch.
const RANK = ["blockquote", "expandable_blockquote", "pre", "text_link", "url", "text_mention"];
const BLOCKS = new Set(["blockquote", "expandable_blockquote", "pre"]);
const PLAIN_TAGS = { bold: "strong", italic: "em", underline: "u", strikethrough: "s", code: "code" };

/**
 * Entities as a tree over `text`: nodes `{ start, end, entity, children }` in order, nested properly. Stretches outside
 * of the text are cut to it, empty ones dropped; of two that overlap crosswise the later is cut in two.
 */
export function nest(text, entities) {
  const spans = (entities ?? [])
    .map((entity) => ({
      start: Math.max(0, entity.offset),
      end: Math.min(text.length, entity.offset + entity.length),
      entity,
    }))
    .filter(({ start, end }) => start < end)
    .sort(inNestingOrder);
  return nestWithin(spans);
}

function inNestingOrder(a, b) {
  return a.start - b.start || b.end - a.end || rank(a) - rank(b);
}

function rank({ entity }) {
  const place = RANK.indexOf(entity.type);
  return place < 0 ? RANK.length : place;
}

function nestWithin(spans) {
  const nodes = [];
  const queue = [...spans];
  while (queue.length) {
    const { start, end, entity } = queue.shift();
    const inside = [];
    const after = [];
    for (const span of queue.splice(0)) {
      if (span.start >= end) after.push(span);
      else if (span.end <= end) inside.push(span);
      else {
        inside.push({ ...span, end });
        after.push({ ...span, start: end });
      }
    }
    nodes.push({ start, end, entity, children: nestWithin(inside.sort(inNestingOrder)) });
    queue.push(...after.sort(inNestingOrder));
  }
  return nodes;
}

/**
 * Append `text` with its entities to `parent`. `context`: `{ text: Text, expanded: Set, key: string }`; `expanded` holds
 * the quotations that were opened, so that a message drawn anew keeps them open.
 */
export function renderText(parent, text, entities, context) {
  append(parent, text, 0, text.length, nest(text, entities), context);
}

function append(parent, text, from, to, nodes, context) {
  let at = from;
  let afterBlock = false;
  const plain = (end) => {
    if (at < end) appendPlain(parent, text.slice(at, end), afterBlock);
    if (at < end) afterBlock = false;
    at = end;
  };
  for (const node of nodes) {
    plain(node.start);
    const { outer, inner } = elementFor(node, text, context);
    append(inner, text, node.start, node.end, node.children, context);
    parent.append(outer);
    afterBlock = BLOCKS.has(node.entity.type);
    at = node.end;
  }
  plain(to);
}

// A block ends its line by itself, so the line break that follows it in the text must not make an empty line.
// It stays in the document for copying and for exactness.
function appendPlain(parent, piece, afterBlock) {
  const swallowed = afterBlock && piece.startsWith("\n");
  if (swallowed) parent.append(el("span", { class: "swallowed" }, "\n"));
  parent.append(swallowed ? piece.slice(1) : piece);
}

function elementFor(node, text, context) {
  const { entity } = node;
  const covered = text.slice(node.start, node.end);
  if (entity.type in PLAIN_TAGS) return same(el(PLAIN_TAGS[entity.type]));
  const make = MAKERS[entity.type];
  return make ? make(entity, covered, context, node) : same(el("span"));
}

const same = (node) => ({ outer: node, inner: node });

const MAKERS = {
  pre: (entity) => {
    const inner = el("code", { "data-language": entity.language });
    return { outer: el("pre", entity.language ? { "data-language": entity.language } : {}, inner), inner };
  },
  spoiler: (_entity, _covered, { text }) =>
    same(el("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": text.say("spoiler") })),
  blockquote: () => same(el("blockquote", { class: "quote" })),
  expandable_blockquote: foldable,
  text_link: (entity) => link(entity.url),
  url: (_entity, covered) => link(covered),
  text_mention: () => same(el("span", { class: "mention" })),
  mention: (_entity, covered) =>
    same(el("button", { class: "token", type: "button", "data-mention": covered.slice(1) })),
  hashtag: () => same(el("span", { class: "tag" })),
  cashtag: () => same(el("span", { class: "tag" })),
  email: () => same(el("span", { class: "tag" })),
  phone_number: () => same(el("span", { class: "tag" })),
  bot_command: (_entity, covered) =>
    same(el("button", { class: "token", type: "button", "data-command": covered, "data-testid": "command-link" })),
  date_time: dateTime,
};

function link(raw) {
  const href = safeUrl(raw);
  if (!href) return same(el("span", { class: "dead-link" }));
  return same(el("a", { href, target: "_blank", rel: "noopener noreferrer", title: href }));
}

function foldable(_entity, _covered, context, node) {
  const key = `${context.key}:${node.start}`;
  const open = context.expanded.has(key);
  const inner = el("div", { class: "quote-body" });
  const toggle = el("button", {
    class: "quote-toggle", type: "button", "data-testid": "quote-toggle", "aria-expanded": String(open),
    "aria-label": context.text.say(open ? "quote_fold" : "quote_expand"),
  }, icon("down"));
  const outer = el("blockquote", {
    class: `quote expandable${open ? "" : " folded"}`, "data-key": key, "data-testid": "quote",
  }, inner, toggle);
  return { outer, inner };
}

function dateTime(entity, _covered, { text }) {
  const unix = entity.unix_time;
  if (!Number.isFinite(unix) || Math.abs(unix) > 8.64e12) return same(el("span"));
  const node = el("time", { datetime: new Date(unix * 1000).toISOString(), title: text.full(unix), class: "moment" });
  const shown = text.formatted(unix, entity.date_time_format);
  if (shown === null) return same(node);
  node.append(shown);
  // The words sent along are only a stand-in for clients that cannot format the instant.
  return { outer: node, inner: document.createDocumentFragment() };
}

/** Open or fold an expandable quotation; `expanded` remembers it. */
export function toggleQuote(quote, context) {
  const folded = quote.classList.toggle("folded");
  const { key } = quote.dataset;
  if (folded) context.expanded.delete(key);
  else context.expanded.add(key);
  const toggle = quote.querySelector(":scope > .quote-toggle");
  toggle.setAttribute("aria-expanded", String(!folded));
  toggle.setAttribute("aria-label", context.text.say(folded ? "quote_expand" : "quote_fold"));
}

/** Mark the quotations that are too short to fold. Reads all sizes first, then writes: one layout for all. */
export function measureQuotes(...roots) {
  const folded = roots.flatMap((root) => [...root.querySelectorAll(".quote.expandable.folded")]);
  const short = folded.map((quote) => {
    const body = quote.firstElementChild;
    return body.scrollHeight <= body.clientHeight + 2;
  });
  folded.forEach((quote, index) => quote.classList.toggle("short", short[index]));
}

export function revealSpoiler(node) {
  node.classList.add("revealed");
  for (const name of ["role", "tabindex", "aria-label"]) node.removeAttribute(name);
}
