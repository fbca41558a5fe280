// The service's API: requests with the token, its errors in words, server-sent events, downloads and uploads.

const base = new URL('v1/', document.baseURI);
const tokenKey = 'tilescope-token';

/** What the server refused, in its own words. */
class Problem extends Error {
  constructor(status, detail, { retryAfterSeconds = null, body = null } = {}) {
    super(detail);
    this.name = 'Problem';
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.body = body;
  }
}

export const path = (...parts) => parts.map(encodeURIComponent).join('/');

/**
 * The address of a tile or a crop. With the scene's version in it, the browser's cache has no pictures of a scene that was replaced.
 *
 * @param scene as the API describes it; older servers give no version.
 * @param query of a crop.
 */
export const pictureAddress = (scene, part, query = {}) => {
  const all = new URLSearchParams(scene.version ? { ...query, version: scene.version } : query).toString();
  return `scenes/${path(scene.id)}/${part}${all ? `?${all}` : ''}`;
};

// The token

let tokenAsker = null;
let asked = null;

/** Says who asks people for the token: a function that gives a promise of one. */
export const setTokenAsker = asker => { tokenAsker = asker; };

/** One question for all requests that wait. */
const askForToken = used => {
  // Another request may have got a new token meanwhile.
  if (sessionStorage.getItem(tokenKey) !== used) { return Promise.resolve(); }
  asked ??= tokenAsker(used !== null).then(token => { sessionStorage.setItem(tokenKey, token); }).finally(() => { asked = null; });
  return asked;
};

// Requests

const words = {
  0: 'The server does not answer. Check that it is running and that you are connected.',
  413: 'This is more than the server accepts.', 429: 'The server is busy. Try again in a moment.',
  503: 'The server cannot do this now. Try again in a moment.', 504: 'The server took too long. Try again.',
};

const problem = async response => {
  const retryAfter = Number(response.headers.get('Retry-After'));
  let body = null;
  try { body = await response.json(); } catch { /* It sent no JSON: the status has to do. */ }
  const detail = body?.detail || words[response.status] || `The server answered with the status ${response.status}.`;
  return new Problem(response.status, detail, { retryAfterSeconds: retryAfter > 0 ? retryAfter : null, body });
};

/** A response with a good status; else it throws a `Problem`. Without a valid token it asks for one first. */
export const request = async (address, { method = 'GET', headers = {}, body, signal, json } = {}) => {
  for (;;) {
    const token = sessionStorage.getItem(tokenKey);
    const sent = { ...headers };
    if (token !== null) { sent.Authorization = `Bearer ${token}`; }
    if (json !== undefined) { sent['Content-Type'] = 'application/json'; }
    let response;
    try {
      response = await fetch(new URL(address, base), {
        method, headers: sent, signal, body: json === undefined ? body : JSON.stringify(json), credentials: 'omit',
      });
    } catch (error) {
      if (error.name === 'AbortError') { throw error; }
      throw new Problem(0, words[0]);
    }
    if (response.ok) { return response; }
    if (response.status !== 401 || !tokenAsker) { throw await problem(response); }
    await askForToken(token);
    signal?.throwIfAborted();
  }
};

export const get = async (address, signal) => (await request(address, { signal })).json();
export const post = async (address, json, signal) => (await request(address, { method: 'POST', json, signal })).json();

/** Every entry of a list that comes in pages, as far as `most` go. */
export const getAll = async (address, key, signal, most = 1000) => {
  const rows = [];
  let next = null;
  do {
    const page = await get(next === null ? address : `${address}${address.includes('?') ? '&' : '?'}after=${encodeURIComponent(next)}`, signal);
    rows.push(...page[key]);
    next = page.next ?? null;
  } while (next !== null && rows.length < most);
  return rows;
};

let service = null;
/** What the server says about itself; asked for once. */
export const getService = async () => {
  service ??= get('service').catch(error => { service = null; throw error; });
  return service;
};

export const wait = (milliseconds, signal) => new Promise((resolve, reject) => {
  const timer = setTimeout(resolve, milliseconds);
  signal?.addEventListener('abort', () => { clearTimeout(timer); reject(new DOMException('', 'AbortError')); }, { once: true });
});

// Server-sent events

/** The events in a stream of text, each as `{ id, event, data }`. */
async function* events(stream) {
  const reader = stream.pipeThrough(new TextDecoderStream()).getReader();
  let rest = '', current = { event: 'message', data: [] };
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) { return; }
      rest += value;
      const lines = rest.split(/\r\n|\n|\r(?!$)/);
      rest = lines.pop();
      for (const line of lines) {
        if (line === '') {
          if (current.data.length > 0) { yield { ...current, data: current.data.join('\n') }; }
          current = { event: 'message', data: [] };
          continue;
        }
        const colon = line.indexOf(':');
        if (colon === 0) { continue; }
        const name = colon < 0 ? line : line.slice(0, colon);
        const text = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
        if (name === 'data') { current.data.push(text); } else if (name === 'id' || name === 'event') { current[name] = text; }
      }
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}

export const hasEnded = scan => ['finished', 'failed', 'cancelled'].includes(scan.state);

/**
 * Follows something that the server does, to its end. After a lost connection it goes on after the last event.
 *
 * @param getState asks for the state itself: the stream may end with nothing newer to send.
 * @param onState gets each new state.
 * @param onConnection gets false while there is no connection.
 */
const follow = async (address, { getState, isOver, onState, onConnection, signal }) => {
  let lastID = null, failures = 0;
  for (;;) {
    try {
      const response = await request(address, {
        signal, headers: { Accept: 'text/event-stream', ...(lastID === null ? {} : { 'Last-Event-ID': lastID }) },
      });
      onConnection?.(true);
      for await (const event of events(response.body)) {
        failures = 0;
        lastID = event.id ?? lastID;
        const state = JSON.parse(event.data);
        onState(state);
        if (isOver(state)) { return; }
      }
      const state = await getState();
      onState(state);
      if (isOver(state)) { return; }
    } catch (error) {
      if (error.name === 'AbortError' || [401, 403, 404].includes(error.status)) { throw error; }
      if (signal?.aborted) { return; }
      onConnection?.(false);
    }
    failures += 1;
    await wait(Math.min(10_000, 500 * 2 ** failures), signal);
  }
};

/** Follows a scan to its end. */
export const watchScan = (id, { onScan, onConnection, signal }) => follow(`scans/${path(id)}/events`, {
  getState: () => get(`scans/${path(id)}`, signal), isOver: hasEnded, onState: onScan, onConnection, signal,
});

/** Follows what a project learns, until nothing runs. */
export const watchLearning = (project, { onLearning, onConnection, signal }) => follow(`projects/${path(project)}/events`, {
  getState: async () => (await get(`projects/${path(project)}`, signal)).learning,
  isOver: learning => learning.state !== 'running', onState: onLearning, onConnection, signal,
});

// Files

/** Fetches a file with the token and hands it to the browser to keep. */
export const download = async (address, name, signal) => {
  const blob = await (await request(address, { signal })).blob();
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name.split('/').pop();
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
};

const partByteCount = 8 << 20;

/**
 * Sends a file in parts and gives the scene. What the server has already is not sent again.
 *
 * @param onProgress gets how many bytes the server has.
 * @param onPause gets true while it waits for the connection.
 */
export const upload = async (file, { onProgress, onPause, signal }) => {
  const address = `scenes/uploads/${path(file.name)}`;
  // Where there is none yet, it begins at the first byte. A finished file of this name makes the first PUT fail with a reason.
  let received = 0, failures = 0;
  try {
    const begun = await get(address, signal);
    if (begun.totalByteCount === null || begun.totalByteCount === file.size) { received = begun.receivedByteCount; }
  } catch (error) {
    if (error.status !== 404 && error.status !== 409) { throw error; }
  }
  for (;;) {
    onProgress(received);
    const end = Math.min(file.size, received + partByteCount);
    const headers = { 'Content-Type': 'application/octet-stream' };
    if (file.size > 0) { headers['Content-Range'] = `bytes ${received}-${end - 1}/${file.size}`; }
    try {
      const response = await request(address, { method: 'PUT', headers, body: file.slice(received, end), signal });
      const answer = await response.json();
      onPause?.(false);
      failures = 0;
      if (response.status === 201) { onProgress(file.size); return answer; }
      received = answer.receivedByteCount;
    } catch (error) {
      const known = error.body?.receivedByteCount;
      if (error.status === 409 && Number.isInteger(known) && known !== received && failures < 8) {
        received = known;
        failures += 1;
        continue;
      }
      const mayPass = [0, 408, 429, 503, 504].includes(error.status);
      if (!mayPass || failures >= 8) { throw error; }
      failures += 1;
      onPause?.(true);
      await wait(1000 * (error.retryAfterSeconds ?? Math.min(15, 2 ** (failures - 1))), signal);
      // A part may have arrived although its answer did not.
      received = await get(address, signal).then(state => state.receivedByteCount, () => received);
    }
  }
};
