// The list of scenes, and uploads.

import { get, request, upload, path, pictureAddress } from './api.js';
import { h, emptyState, pageHead, bytes, counted, grouped, percent, debounced, showError, announce } from './dom.js';

export const scenesView = async (content, _, signal) => {
  const search = h('input', { type: 'search', id: 'scene-search', placeholder: 'Part of a name', autocomplete: 'off', spellcheck: 'false' });
  const chooser = h('input', { type: 'file', id: 'scene-file', class: 'hidden-text', multiple: true });
  const list = h('div', { class: 'list', 'aria-busy': 'true' });
  const uploads = h('div', { class: 'uploads' });
  const count = h('p', { class: 'note', role: 'status' });
  chooser.addEventListener('change', () => { send(chooser.files); chooser.value = ''; });
  content.append(
    pageHead('Scenes', 'Open a scene to look at it and to find objects in it.', h('label', { class: 'button primary', for: 'scene-file' }, 'Upload a scene'), chooser),
    h('div', { class: 'search' }, h('label', { for: 'scene-search', text: 'Search' }), search, count), uploads, list);

  const thumbnails = new Thumbnails(signal);
  let latest = 0;
  let rows = [];
  const row = scene => h('li', {}, h('a', { class: 'row', href: `#/scenes/${path(scene.id)}` },
    thumbnails.place(scene), h('span', { class: 'row-title' }, h('bdi', { text: scene.name })),
    h('span', { class: 'row-facts' }, scene.isUploaded && h('span', { class: 'chip', text: 'uploaded' }), h('span', { text: bytes(scene.byteCount) }))));
  const load = async (after = null) => {
    const number = latest += 1, text = search.value.trim();
    const query = new URLSearchParams({ limit: '100' });
    if (text) { query.set('search', text); }
    if (after) { query.set('after', after); }
    const answer = await get(`scenes?${query}`, signal);
    // A newer search has begun.
    if (number !== latest) { return; }
    rows = after ? [...rows, ...answer.scenes] : answer.scenes;
    list.setAttribute('aria-busy', 'false');
    count.textContent = text ? `${counted(answer.totalCount, 'scene')} with “${text}”` : counted(answer.totalCount, 'scene');
    if (rows.length === 0) {
      list.replaceChildren(text
        ? emptyState('No scene has this in its name', 'Search for a shorter part of the name, or empty the search.')
        : emptyState('There are no scenes yet', 'Upload one, or drop a file here. Whoever runs the server can also name a folder of scenes with --scenes.'));
      return;
    }
    const isMore = answer.next && rows.length < answer.totalCount;
    const more = isMore && h('button', { type: 'button', text: `Show more (${grouped(answer.totalCount - rows.length)})`, onclick: () => load(answer.next).catch(showError) });
    list.replaceChildren(h('ul', { class: 'rows' }, rows.map(row)), more || '');
  };
  search.addEventListener('input', debounced(200, () => load().catch(showError)));

  const send = files => {
    for (const file of files) { sendOne(file); }
  };
  const sendOne = (file, old) => {
    const controller = new AbortController();
    signal.addEventListener('abort', () => controller.abort());
    const bar = h('progress', { max: file.size || 1, value: 0, 'aria-label': `Upload of ${file.name}` });
    const text = h('span', { class: 'note', role: 'status' });
    const stop = h('button', { type: 'button', text: 'Stop', onclick: () => { controller.abort(); failed('Stopped. What has arrived is kept: you can go on later.'); } });
    const card = h('div', { class: 'upload' }, h('div', { class: 'upload-head' }, h('strong', {}, h('bdi', { text: file.name })), stop), bar, text);
    if (old) { old.replaceWith(card); } else { uploads.append(card); }
    const failed = words => {
      text.textContent = words;
      stop.replaceWith(h('div', { class: 'actions' },
        h('button', { type: 'button', class: 'primary', text: 'Go on', onclick: () => sendOne(file, card) }),
        h('button', { type: 'button', text: 'Forget', onclick: () => card.remove() })));
    };
    const start = performance.now();
    let first = null;
    let received = 0;
    const tell = isPaused => {
      const seconds = (performance.now() - start) / 1000, sent = received - first;
      const rate = sent > 0 && seconds > 1 ? ` · ${bytes(sent / seconds)} a second` : '';
      text.textContent = isPaused
        ? `${percent(received / (file.size || 1), 0)} have arrived. The connection is lost; it goes on by itself.`
        : `${bytes(received)} of ${bytes(file.size)}${rate}`;
    };
    upload(file, {
      signal: controller.signal,
      onProgress: byteCount => { first ??= byteCount; received = byteCount; bar.value = byteCount; tell(false); },
      onPause: isPaused => { card.classList.toggle('paused', isPaused); if (isPaused) { tell(true); } },
    }).then(scene => {
      announce(`${file.name} has arrived.`);
      bar.value = bar.max;
      text.replaceChildren('It has arrived. ', h('a', { href: `#/scenes/${path(scene.id)}`, text: 'Open it' }));
      stop.replaceWith(h('button', { type: 'button', text: 'Close', onclick: () => card.remove() }));
      return load();
    }).catch(error => { if (error.name !== 'AbortError') { failed(error.message); } });
  };
  content.addEventListener('dragover', event => { event.preventDefault(); content.classList.add('dropping'); });
  content.addEventListener('dragleave', event => { if (!content.contains(event.relatedTarget)) { content.classList.remove('dropping'); } });
  content.addEventListener('drop', event => { content.classList.remove('dropping'); send(event.dataTransfer.files); });
  await load();
  // Asked for each time: the disk fills.
  get('service', signal).then(({ limits, diskFreeByteCount }) => {
    const limit = Math.min(limits?.uploadByteCount ?? Infinity, diskFreeByteCount ?? Infinity);
    if (limit < Infinity && !signal.aborted) { uploads.before(h('p', { class: 'note', text: `Uploads may have up to ${bytes(limit)}. You can also drop files anywhere on this page.` })); }
  }, () => {});
  return 'Scenes';
};

/** Small pictures of the scenes in view, four at a time. A scene without overviews gets none, because they would be made for it. */
class Thumbnails {
  constructor(signal) {
    this.signal = signal;
    this.scenes = new WeakMap();
    this.kept = new Map();
    this.waiting = [];
    this.running = 0;
    this.observer = new IntersectionObserver(entries => {
      for (const { isIntersecting, target } of entries) { if (isIntersecting) { this.observer.unobserve(target); this.waiting.push(target); } }
      this.#next();
    });
    signal.addEventListener('abort', () => { this.observer.disconnect(); for (const url of this.kept.values()) { URL.revokeObjectURL(url); } });
  }

  place(scene) {
    const element = h('span', { class: 'thumbnail', 'aria-hidden': 'true' });
    this.scenes.set(element, scene.id);
    if (this.kept.has(scene.id)) { element.append(h('img', { src: this.kept.get(scene.id), alt: '' })); } else { this.observer.observe(element); }
    return element;
  }

  async #next() {
    while (this.running < 4 && this.waiting.length > 0) {
      const element = this.waiting.shift(), id = this.scenes.get(element);
      if (!element.isConnected) { continue; }
      this.running += 1;
      this.#load(id).then(url => { if (url) { this.kept.set(id, url); element.append(h('img', { src: url, alt: '' })); } }, () => {})
        .finally(() => { this.running -= 1; if (!this.signal.aborted) { this.#next(); } });
    }
  }

  async #load(id) {
    const scene = await get(`scenes/${path(id)}`, this.signal);
    if (scene.overviews === 'none' || scene.overviews === 'making') { return null; }
    return URL.createObjectURL(await (await request(pictureAddress(scene, `tiles/${scene.levelCount - 1}/0/0`), { signal: this.signal })).blob());
  }
}
