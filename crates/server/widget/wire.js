// What is asked of the server, what is kept in the browser, and how often something is tried again.

const PATIENCE = 20_000;
const LONG_POLL = 25;
/** How long a conversation is remembered after it was used last. */
const REMEMBERED = 24 * 3600 * 1000;

/** A request that was refused, or that did not arrive (status 0). */
class Refused extends Error {
  constructor(status, after) {
    super(`status ${status}`);
    this.status = status;
    /** Seconds to wait, if the server says so. */
    this.after = after;
  }

  /** Whether the same request may be answered otherwise later. */
  get passes() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

const pause = (time) => new Promise((resolve) => setTimeout(resolve, time));

/** How long to wait after so many failures: longer each time, never all visitors at once. */
function delay(failures, error) {
  const least = (error && error.after ? error.after : 0) * 1000;
  return Math.max(least, Math.min(30_000, 500 * 2 ** Math.min(failures, 6)) * (0.7 + Math.random() * 0.6));
}

/** An id that nobody else has; `randomUUID` is there on secure pages only. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const digits = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** The chat API of one bot. Never sends a cookie, never tells where the page is but by `page`. */
function wire(base, bot) {
  const root = `${base}/chat/v1/${encodeURIComponent(bot)}`;
  const ask = async (method, path, { token, body, signal, patience = PATIENCE } = {}) => {
    const own = new AbortController();
    const timer = setTimeout(() => own.abort(), patience);
    const stop = () => own.abort();
    if (signal) signal.addEventListener("abort", stop);
    const headers = {};
    if (token) headers.Authorization = `Bearer ${token}`;
    if (body) headers["Content-Type"] = "application/json";
    const rest = { credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer", signal: own.signal };
    try {
      const answer = await fetch(root + path, { method, headers, body: body && JSON.stringify(body), ...rest });
      if (!answer.ok) throw new Refused(answer.status, Number(answer.headers.get("Retry-After")) || 0);
      return answer.status === 204 ? {} : await answer.json();
    } catch (error) {
      throw error instanceof Refused ? error : new Refused(0);
    } finally {
      clearTimeout(timer);
      if (signal) signal.removeEventListener("abort", stop);
    }
  };
  return {
    card: () => ask("GET", ""),
    send: (token, body) => ask("POST", "/messages", { token, body }),
    messages: (token, after, wait, signal) =>
      ask("GET", `/messages?after=${after}&wait=${wait}`, { token, signal, patience: PATIENCE + wait * 1000 }),
    handover: (token) => ask("POST", "/handover", { token }),
    contact: (token, body) => ask("PUT", "/contact", { token, body }),
    close: (token) => ask("POST", "/close", { token }),
  };
}

/** What the browser keeps of a conversation: nothing before somebody writes, nothing after it is closed. */
function memory(bot) {
  const key = `rolecall:${bot}`;
  // Where the browser keeps nothing, the page does, as long as it is open.
  let held = null;
  const forget = () => {
    held = null;
    try {
      localStorage.removeItem(key);
    } catch {
      // Nothing was kept.
    }
  };
  const read = () => {
    try {
      const kept = JSON.parse(localStorage.getItem(key)) || held;
      if (kept && Date.now() - kept.at > REMEMBERED) return forget();
      return kept;
    } catch {
      return held;
    }
  };
  const write = (change) => {
    held = { ...read(), ...change, at: Date.now() };
    try {
      localStorage.setItem(key, JSON.stringify(held));
    } catch {
      // Then it is held here alone.
    }
  };
  return { read, write, forget };
}
