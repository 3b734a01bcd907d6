// Talks to the node: the tenant and the key of every request, its problems, and streams of events.
import { ask, h } from './dom.js';

const Key = 'uvlm.key';

export class ServerError extends Error {
  /** @param field What of the request it is about, where the server says so. */
  constructor(message, status, field) {
    super(message);
    this.status = status;
    this.field = field;
  }
}

let tenant = '';
let asking = null;

export const access = {
  get tenant() { return tenant; },
  set tenant(name) { tenant = name === 'default' ? '' : name; },
  get hasKey() { return sessionStorage.getItem(Key) !== null; },
};

/** Asks for the API key. It stays in this tab until it is closed. One dialog, however many requests wait for it. */
export function askForKey(reason) {
  asking ??= ask({
    title: 'API key',
    text: reason ?? 'Sent with every request of this tab, and forgotten when it is closed. Empty: none.',
    fields: [h('label', {}, 'Key', h('input', { name: 'key', type: 'password', autocomplete: 'off', spellcheck: 'false', autofocus: true }))],
    action: 'Use it',
  }).then(given => {
    asking = null;
    if (!given) return false;
    const key = given.get('key').trim();
    if (key) sessionStorage.setItem(Key, key);
    else sessionStorage.removeItem(Key);
    document.dispatchEvent(new Event('access'));
    return true;
  });
  return asking;
}

/** @param query Object of parameters; the tenant is added. */
export function address(path, query = {}) {
  const given = Object.entries({ ...query, tenant }).filter(([, value]) => value !== undefined && value !== null && value !== '');
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
}

/** A request whose reply is good; everything else is thrown as a sentence for people. */
export async function send(url, options = {}) {
  for (;;) {
    const key = sessionStorage.getItem(Key);
    const headers = new Headers(options.headers);
    if (key) headers.set('Authorization', `Bearer ${key}`);
    let response;
    try {
      response = await fetch(url, { ...options, headers });
    } catch (error) {
      if (error.name === 'AbortError') throw error;
      throw new ServerError(error.name === 'TimeoutError' ? 'The server does not answer in time.' : 'The server does not answer.', 0);
    }
    if (response.ok) return response;
    const failure = await failureOf(response);
    if (response.status !== 401 || options.quiet) throw failure;
    // Another request's dialog may have brought a key meanwhile.
    if (sessionStorage.getItem(Key) === key && !await askForKey(key ? 'The server does not take this key.' : 'The server asks for a key.')) throw failure;
  }
}

async function failureOf(response) {
  let told = null;
  try {
    told = await response.json();
  } catch {
    // A proxy's page, or nothing.
  }
  const wait = response.headers.get('Retry-After');
  const detail = told?.detail ?? told?.title ?? `The server answers ${response.status}.`;
  return new ServerError(wait && response.status === 429 ? `${detail} Try again in ${wait} s.` : detail, response.status, told?.field);
}

export const json = async (url, options) => (await send(url, options)).json();

export const post = (url, body, options = {}) =>
  send(url, { ...options, method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) });

/** The server-sent events of a reply, as they come. */
export async function* events(response) {
  let pending = '';
  for await (const piece of chunks(response.body.pipeThrough(new TextDecoderStream()))) {
    pending += piece;
    for (let end; (end = pending.indexOf('\n\n')) >= 0; pending = pending.slice(end + 2)) {
      const lines = pending.slice(0, end).split('\n');
      const name = lines.find(line => line.startsWith('event: '))?.slice(7);
      const data = lines.filter(line => line.startsWith('data: ')).map(line => line.slice(6)).join('\n');
      if (name) yield { name, data: JSON.parse(data) };
    }
  }
}

// Not every browser lets a stream be iterated.
async function* chunks(stream) {
  const reader = stream.getReader();
  try {
    for (let step; !(step = await reader.read()).done;) yield step.value;
  } finally {
    reader.cancel().catch(() => {});
  }
}

const blobs = new Map();
const KeptBlobs = 200;

// Each has to come at a pace of its own. With HTTP/2 a browser would ask for all of a page at once, and a slow line has not that pace for so many.
const MostFetched = 6;
const waiting = [];
let fetched = 0;

async function inTurn(work) {
  if (fetched < MostFetched) fetched++;
  else await new Promise(resolve => waiting.push(resolve));
  try {
    return await work();
  } finally {
    if (waiting.length) waiting.shift()();
    else fetched--;
  }
}

/**
 * A stored picture as an address for an img element. Fetched, since an img sends no key; the newest ones are kept.
 * @returns {Promise<string>}
 */
export function blobUrl(sha256) {
  const url = address(`/v1/blobs/${sha256}`);
  let held = blobs.get(url);
  if (held) blobs.delete(url);
  else held = inTurn(async () => URL.createObjectURL(await (await send(url)).blob()));
  blobs.set(url, held);
  held.catch(() => blobs.delete(url));
  if (blobs.size > KeptBlobs) {
    const [oldest, gone] = blobs.entries().next().value;
    blobs.delete(oldest);
    gone.then(object => URL.revokeObjectURL(object), () => {});
  }
  return held;
}
