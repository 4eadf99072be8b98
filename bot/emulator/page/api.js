// The emulator's HTTP interface for the page, and its stream of events.

const GATEWAY_TIMEOUT = 504;

/** A call that failed: the server's words, none when it cannot be reached; `silent` when the bot gave no answer. */
export class ApiError extends Error {
  constructor(message, status = 0) {
    super(message);
    this.silent = status === GATEWAY_TIMEOUT;
  }
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, { cache: "no-store", ...options });
  } catch {
    throw new ApiError("");
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new ApiError(body.error ?? body.description ?? `HTTP ${response.status}`, response.status);
  return body;
}

function get(path, parameters = {}) {
  const known = Object.entries(parameters).filter(([, value]) => value !== null && value !== undefined);
  const query = new URLSearchParams(known).toString();
  return call(query ? `${path}?${query}` : path);
}

function post(path, body = {}) {
  return call(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
}

export const api = {
  strings: () => get("/page/strings.json"),
  state: () => get("/emulator/state"),
  messages: (chatId, userId, threadId) => get("/emulator/messages", { chat_id: chatId, user_id: userId, thread_id: threadId }),
  commands: (chatId, userId) => get("/emulator/commands", { chat_id: chatId, user_id: userId }),
  send: (body) => post("/emulator/send", body),
  press: (body) => post("/emulator/press", body),
  inline: (body) => post("/emulator/inline", body),
  choose: (body) => post("/emulator/choose", body),
  block: (body) => post("/emulator/block", body),
  unblock: (body) => post("/emulator/unblock", body),
  publish: () => post("/emulator/publish"),
  fileUrl: (fileId) => `/emulator/file?file_id=${encodeURIComponent(fileId)}`,
};

/**
 * Follow the events from now on, for ever. `onEvent(event)` for each; `onDown()` when the stream breaks; `onUp(again)`
 * when it stands (`again`: not for the first time). A new stream also begins with "now": the server may be another one
 * that counts anew, so whoever listens looks at everything again rather than asks for what was missed. Resolves at the
 * first `onUp` or `onDown`.
 */
export function follow({ onEvent, onDown, onUp }) {
  let pause = 400;
  let again = false;

  return new Promise((resolve) => {
    const open = () => {
      const source = new EventSource("/emulator/events");
      source.onopen = () => {
        pause = 400;
        onUp(again);
        again = true;
        resolve();
      };
      source.onmessage = ({ data }) => onEvent(JSON.parse(data));
      source.onerror = () => {
        source.close();
        onDown();
        resolve();
        setTimeout(open, pause);
        pause = Math.min(5000, pause * 1.6);
      };
    };
    open();
  });
}
