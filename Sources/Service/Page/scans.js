// The list of all scans, and the rows that other pages show too.

import { get, path, hasEnded } from './api.js';
import { h, emptyState, pageHead, timeAgo, grouped, percent, showError } from './dom.js';

const stateWords = { waiting: 'waiting', running: 'running', finished: 'finished', failed: 'failed', cancelled: 'cancelled' };

/** A state by colour, sign and word. */
export const stateChip = state => h('span', { class: `chip state ${state}` }, h('span', { class: 'dot', 'aria-hidden': 'true' }), stateWords[state] ?? state);

/** "412 cars, 30 boats" where that is known. */
const countsText = counts => counts === null || counts === undefined ? ''
  : Object.keys(counts).length === 0 ? 'nothing found'
    : Object.entries(counts).map(([name, count]) => `${name} ${grouped(count)}`).join(', ');

export const scanRow = (scan, { hasScene = true } = {}) => h('li', {}, h('a', { class: 'row', href: `#/scans/${path(scan.id)}` },
  h('span', { class: 'row-title' }, h('bdi', { text: hasScene ? scan.sceneName : scan.model }),
    h('span', { class: 'row-note' }, hasScene && h('bdi', { text: scan.model }), hasScene && ' · ', timeAgo(scan.created))),
  h('span', { class: 'row-facts' },
    h('span', { text: scan.state === 'running' ? percent(scan.progress?.fraction ?? 0, 0) : countsText(scan.counts) }),
    stateChip(scan.state))));

export const scansView = async (content, _, signal) => {
  const states = h('select', { id: 'scan-state' }, h('option', { value: '', text: 'all' }), Object.entries(stateWords).map(([value, text]) => h('option', { value, text })));
  const list = h('div', { class: 'list' });
  content.append(
    pageHead('Scans', 'Newest first. To start one, open a scene.'),
    h('div', { class: 'search' }, h('label', { for: 'scan-state', text: 'State' }), states), list);
  let rows = [];
  let latest = 0;
  // While a scan runs, the list is read again now and then, but not below somebody's fingers.
  const follow = () => setTimeout(() => {
    if (signal.aborted) { return; }
    if (document.hidden || list.contains(document.activeElement) || rows.length > 50) { follow(); } else { load().catch(() => follow()); }
  }, 4000);
  const load = async (after = null) => {
    const number = latest += 1, query = new URLSearchParams({ limit: '50' });
    if (states.value) { query.set('state', states.value); }
    if (after) { query.set('after', after); }
    const answer = await get(`scans?${query}`, signal);
    if (number !== latest) { return; }
    rows = after ? [...rows, ...answer.scans] : answer.scans;
    if (rows.some(scan => !hasEnded(scan))) { follow(); }
    if (rows.length === 0) {
      list.replaceChildren(states.value
        ? emptyState('No scan is in this state', 'Choose another state.')
        : emptyState('There are no scans yet', h('p', {}, 'Open one of the ', h('a', { href: '#/scenes', text: 'scenes' }), ' and choose “Start a scan”.')));
      return;
    }
    list.replaceChildren(h('ul', { class: 'rows' }, rows.map(row => scanRow(row))),
      answer.next ? h('button', { type: 'button', text: 'Show more', onclick: () => load(answer.next).catch(showError) }) : '');
  };
  states.addEventListener('change', () => load().catch(showError));
  await load();
  return 'Scans';
};
