// Small DOM tools. Everything that shows data goes through text nodes: no markup is ever parsed from a string.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (`class`, `data-…`, `aria-…`), `on…` listeners and children (nodes or strings). */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

/** One of the icons of the sprite in index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

export const byId = (id) => document.getElementById(id);

/** A link that may be opened: absolute http or https, else null. The parsed form is what the browser would open. */
export function safeUrl(raw) {
  if (typeof raw !== "string") return null;
  // As browsers do: line breaks and tabs inside an address do not count.
  const text = raw.replace(/[\t\n\r]/g, "").trim();
  // `example.org:8080` has a port, not a scheme.
  const hasScheme = /^[a-z][a-z0-9+.-]*:/i.test(text) && !/^[^/?#:]+\.[^/?#:]+:\d+([/?#]|$)/.test(text);
  const absolute = hasScheme ? text : `https://${text}`;
  try {
    const url = new URL(absolute);
    return (url.protocol === "http:" || url.protocol === "https:") && url.hostname ? url.href : null;
  } catch {
    return null;
  }
}

/** The first letter of a name, whole even beyond the basic plane. */
export function initial(name) {
  const [first = "?"] = (name ?? "").trim();
  return first.toUpperCase();
}

/** A stable tone (0 to 6) for an id, so that a face keeps its colour. */
export function tone(id) {
  return Math.abs(Number(id) % 7);
}

export function avatar(node, name, id) {
  node.className = `avatar tone-${tone(id)}`;
  node.textContent = initial(name);
  return node;
}

/** A short notice at the bottom; several stack; each leaves after a time that allows reading it. */
export function toast(text, kind = "plain") {
  const node = el("div", { class: `toast ${kind}`, "data-testid": "toast" }, text);
  byId("toasts").append(node);
  setTimeout(() => node.remove(), 3200 + Math.min(5000, text.length * 45));
}

/** A modal notice with one button; resolves when it was closed. */
export function alertBox(text, ok) {
  const dialog = byId("alert");
  byId("alert-text").textContent = text;
  byId("alert-ok").textContent = ok;
  if (!dialog.open) dialog.showModal();
  byId("alert-ok").focus();
}

export async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

// Plain http on another host than localhost has no clipboard API; the old way still works there.
function copyBySelection(text) {
  const area = el("textarea", { class: "visually-hidden", readonly: true });
  area.value = text;
  document.body.append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  return done;
}
