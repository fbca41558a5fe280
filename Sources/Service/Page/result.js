// What a project's finder is worth on labelled photographs, a slider that says it in words, and all photographs by what was found.

import { h, slider, counted, grouped, percent, score, choices, announce, debounced } from './dom.js';
import { lineChart } from './charts.js';
import { drawAddress } from './photographs.js';

const pageSize = 60;
/** Below so many labelled photographs numbers are rough. */
const fewPhotographs = 20;

const thresholdKey = project => `tilescope-threshold/${project}`;
const storedThreshold = project => { try { return JSON.parse(sessionStorage.getItem(thresholdKey(project))); } catch { return null; } };
/** What the slider says in this tab, for the finds that are shown elsewhere; `null` where nobody has seen it yet. */
export const chosenThreshold = project => storedThreshold(project)?.threshold ?? null;

/** How many of the rising scores lie below a threshold. */
const countBelow = (scores, threshold) => {
  let low = 0, high = scores.length;
  while (low < high) { const middle = (low + high) >> 1; if (scores[middle] < threshold) { low = middle + 1; } else { high = middle; } }
  return low;
};

/** Counts with a threshold what would be right and what wrong, from the scores of a result. */
export class Judge {
  constructor({ objects = [], photographs = [], falseAlarms = [] }) {
    const rising = values => Float64Array.from(values.map(value => value ?? -1)).sort();
    this.objects = rising(objects.map(row => row.score));
    this.falseAlarms = rising(falseAlarms);
    this.notOk = rising(photographs.filter(row => row.hasObjects).map(row => row.score));
    this.ok = rising(photographs.filter(row => !row.hasObjects).map(row => row.score));
  }

  at(threshold) {
    const photographCount = this.ok.length + this.notOk.length;
    const passed = countBelow(this.notOk, threshold), refused = this.ok.length - countBelow(this.ok, threshold);
    return {
      objectCount: this.objects.length, missed: countBelow(this.objects, threshold),
      falseAlarms: this.falseAlarms.length - countBelow(this.falseAlarms, threshold),
      photographCount, passed, refused, right: photographCount - passed - refused,
    };
  }
}

export class ResultPart {
  /** @param thumbnails shows small pictures. */
  constructor(project, result, thumbnails) {
    Object.assign(this, { project, result, thumbnails });
    this.judge = new Judge(result.scores);
    // Each round proposes a threshold of its own.
    const stored = storedThreshold(project);
    this.threshold = stored?.round === result.round ? stored.threshold : result.threshold;
    this.filter = 'all';
    this.shownCount = pageSize;
    this.rows = [...result.photographs].sort((a, b) => (b.score ?? -1) - (a.score ?? -1));
    const setting = slider('How sure the finder has to be', {
      value: this.threshold, oninput: value => this.#set(value), note: 'To the left it misses less and raises more false alarms; to the right it is the other way round.',
    });
    this.setting = setting;
    this.reset = h('button', { type: 'button', class: 'link', text: `Back to the proposed setting, ${score(result.threshold)}`, onclick: () => { setting.set(result.threshold); this.#set(result.threshold); setting.input.focus(); } });
    this.verdict = h('dl', { class: 'quality verdict' });
    this.spoken = h('p', { class: 'hidden-text', role: 'status' });
    this.speak = debounced(500, () => { this.spoken.textContent = this.words.join(' '); });
    this.counts = h('p', { class: 'note' });
    this.list = h('div');
    const isRough = this.judge.at(0).photographCount < fewPhotographs;
    this.element = h('div', { class: 'result' },
      setting.element, h('p', { class: 'links' }, this.reset), this.verdict, this.spoken,
      isRough && h('p', { class: 'note', text: 'These numbers come from few photographs, so they are rough. Each photograph that you mark makes them more certain.' }),
      (result.words ?? []).length > 0 && h('ul', { class: 'words' }, result.words.map(text => h('li', { text }))),
      h('div', { class: 'charts' }, lineChart({
        title: 'How good it is, by what you labelled', xName: 'labels', yName: result.measure, show: value => percent(value, 0), tick: value => `${Math.round(100 * value)} %`,
        series: [{ name: result.measure ?? 'value', points: (result.curve ?? []).map(point => [point.labelCount, point.value ?? NaN]) }],
      })),
      h('div', { class: 'list-head' }, h('h3', { text: 'Photographs' }),
        choices('Show', [['all', 'all'], ['not', 'not ok'], ['ok', 'ok']], 'all', key => { this.filter = key; this.shownCount = pageSize; this.#fill(); })),
      this.counts, this.list);
    this.#set(this.threshold, true);
  }

  #set(threshold, isFirst = false) {
    const before = this.threshold;
    this.threshold = threshold;
    this.reset.hidden = Math.abs(threshold - this.result.threshold) < 0.005;
    sessionStorage.setItem(thresholdKey(this.project), JSON.stringify({ round: this.result.round, threshold }));
    if (!isFirst) { this.speak(); }
    this.#judge();
    if (isFirst || this.filter !== 'all') { this.#fill(); return; }
    // Only the rows between the old and the new threshold change.
    const [low, high] = [Math.min(before, threshold), Math.max(before, threshold)];
    for (const { row, chip } of this.chips) { if (row.score !== null && row.score >= low && row.score < high) { this.#fillChip(chip, row); } }
    this.#count();
  }

  #judge() {
    const { objectCount, missed, falseAlarms, photographCount, passed, refused, right } = this.judge.at(this.threshold);
    this.words = photographCount === 0 ? ['No photograph is marked completely, so nothing can be counted.'] : [
      objectCount === 0 ? 'There are no labelled objects.' : missed === 0 ? `It finds all ${grouped(objectCount)} labelled objects.` : `It misses ${grouped(missed)} of ${counted(objectCount, 'labelled object')}.`,
      falseAlarms === 0 ? 'It raises no false alarm.' : `It raises ${counted(falseAlarms, 'false alarm')}.`,
      `It judges ${grouped(right)} of ${counted(photographCount, 'labelled photograph')} rightly.`,
    ];
    const row = (name, value, note, isBad) => h('div', { class: isBad ? 'bad' : null }, h('dt', { text: name }), h('dd', {}, h('strong', { text: value }), h('span', { class: 'note', text: note })));
    if (photographCount === 0) { this.verdict.replaceChildren(h('div', {}, h('dd', { text: this.words[0] }))); return; }
    const wrong = [passed > 0 && `${grouped(passed)} not ok ${passed === 1 ? 'passes' : 'pass'} as ok`, refused > 0 && `${grouped(refused)} ok ${refused === 1 ? 'is' : 'are'} called not ok`].filter(Boolean);
    this.verdict.replaceChildren(
      row('It would miss', grouped(missed), `of ${counted(objectCount, 'labelled object')}`),
      row('False alarms', grouped(falseAlarms), `in ${counted(photographCount, 'labelled photograph')}`),
      row('Photographs judged rightly', `${grouped(right)} of ${grouped(photographCount)}`, wrong.length > 0 ? wrong.join(', ') : 'none is judged wrongly'));
  }

  #isNotOk(row) { return row.score !== null && row.score >= this.threshold; }

  #fillChip(chip, row) {
    if (row.wasLookedAt === false) { chip.className = 'chip state waiting'; chip.lastChild.textContent = 'not looked at'; return; }
    const isNotOk = this.#isNotOk(row);
    chip.className = `chip state ${isNotOk ? 'failed' : 'finished'}`;
    chip.lastChild.textContent = isNotOk ? 'not ok' : 'ok';
  }

  #count() {
    const notOk = this.rows.filter(row => this.#isNotOk(row)).length, unseen = this.rows.filter(row => row.wasLookedAt === false).length;
    this.counts.textContent = `${grouped(notOk)} not ok, ${grouped(this.rows.length - notOk - unseen)} ok${unseen > 0 ? `, ${grouped(unseen)} not looked at: learn again` : ''}. The surest finds come first.`;
  }

  #fill() {
    this.#count();
    const rows = this.rows.filter(row => this.filter === 'all' || row.wasLookedAt !== false && this.#isNotOk(row) === (this.filter === 'not'));
    this.chips = [];
    if (rows.length === 0) { this.list.replaceChildren(h('p', { class: 'note', text: this.filter === 'not' ? 'With this setting every photograph is ok.' : 'With this setting no photograph is ok.' })); return; }
    const shown = rows.slice(0, this.shownCount);
    const items = shown.map(row => {
      const chip = h('span', {}, h('span', { class: 'dot', 'aria-hidden': 'true' }), h('span'));
      this.#fillChip(chip, row);
      this.chips.push({ row, chip });
      const label = row.isComplete ? (row.hasObjects ? 'you marked objects' : 'you marked it as clean') : null;
      return h('li', {}, h('a', { class: 'row', href: drawAddress(this.project, row.id) }, this.thumbnails.place(row, { width: 56, height: 42 }),
        h('span', { class: 'row-title' }, h('bdi', { text: row.name }), label && h('span', { class: 'row-note', text: label })),
        h('span', { class: 'row-facts' }, h('span', { text: row.wasLookedAt === false ? '' : row.score === null ? 'nothing found' : `best find ${score(row.score)}` }), chip)));
    });
    this.list.replaceChildren(h('ul', { class: 'rows' }, items), rows.length > shown.length
      ? h('button', { type: 'button', text: `Show more (${grouped(rows.length - shown.length)})`, onclick: () => { this.shownCount += pageSize; this.#fill(); announce('More photographs are shown.'); } }) : '');
  }
}
