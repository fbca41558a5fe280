// The filter of a scan's boxes: classes, judgements, and scores with a histogram.

import { h, s, grouped, percent, score, colour, freshID, counted } from './dom.js';
import { classColour, casing, isDashed, judgements, none, hit, falseAlarm, miss } from './boxes.js';

/** How a class, or a judgement, is drawn in the scene. */
export const markOf = (label, verdict = hit) => {
  const lines = { [falseAlarm]: 'M3 3 15 15M3 15 15 3', [none]: 'M3 15 15 3' }[verdict];
  const outline = verdict === miss ? 'M3 7V3H7M11 3H15V7M15 11V15H11M7 15H3V11' : 'M3 3H15V15H3Z';
  const stroke = label === null ? 'currentColor' : classColour(label);
  const parts = [outline, lines].filter(Boolean).join('');
  return s('svg', { class: 'mark', viewBox: '0 0 18 18', width: 18, height: 18, 'aria-hidden': 'true' },
    label !== null && s('path', { d: parts, fill: 'none', stroke: casing(label), 'stroke-width': 4, 'stroke-opacity': 0.7 }),
    s('path', { d: parts, fill: 'none', stroke, 'stroke-width': 2, 'stroke-dasharray': label !== null && isDashed(label) ? '4 2' : null }));
};

export class Filter {
  /** @param onChange is called when other boxes pass. */
  constructor(boxes, onChange) {
    this.onChange = onChange;
    this.from = 0;
    this.to = 1;
    this.labels = null;
    this.verdicts = null;
    this.element = h('section', { class: 'part filter', 'aria-label': 'Filter' });
    this.#build(boxes);
  }

  /** Takes other boxes and keeps what was chosen, as far as it fits. */
  set(boxes) { this.#build(boxes); }

  #build(boxes) {
    this.boxes = boxes;
    if (this.labels) { this.labels = new Set([...this.labels].filter(label => label < boxes.classes.length)); }
    const low = Math.min(0.99, Math.floor(100 * boxes.lowest) / 100);
    // The lowest score stays the lowest one after a merge with another threshold.
    if (this.from < low || this.from === this.low) { this.from = low; }
    this.low = low;
    const counts = boxes.countByClass(), verdicts = boxes.countByVerdict();
    const row = (isOn, mark, name, count, onchange) => h('label', { class: 'check' },
      h('input', { type: 'checkbox', checked: isOn, onchange }), mark, h('span', { class: 'check-name' }, h('bdi', { text: name })), h('span', { class: 'number', text: grouped(count) }));
    const classes = h('fieldset', { class: 'checks rows-of-checks' }, h('legend', { text: 'Classes' }),
      h('div', { class: boxes.classes.length > 8 ? 'scroll-list' : 'plain' }, boxes.classes.map((name, label) =>
        row(!this.labels || this.labels.has(label), markOf(label), name, counts[label], event => this.#toggle('labels', label, event.target.checked, boxes.classes.length)))));
    if (boxes.classes.length > 2) {
      const set = (labels, index) => { this.labels = labels; this.#build(boxes); this.#apply(); this.element.querySelectorAll('.links button')[index].focus(); };
      classes.append(h('p', { class: 'links' }, h('button', { type: 'button', class: 'link', text: 'all', onclick: () => set(null, 0) }), h('button', { type: 'button', class: 'link', text: 'none', onclick: () => set(new Set(), 1) })));
    }
    const truth = boxes.hasTruth && h('fieldset', { class: 'checks rows-of-checks' }, h('legend', { text: 'Compared with the truth' }),
      [[hit, 'Hits'], [falseAlarm, 'False alarms'], [miss, 'Misses'], [none, 'Not counted']].filter(([verdict]) => verdict !== none || verdicts[none] > 0)
        .map(([verdict, name]) => row(!this.verdicts || this.verdicts.has(verdict), markOf(null, verdict), name, verdicts[verdict], event => this.#toggle('verdicts', verdict, event.target.checked, judgements.length))));
    this.quality = boxes.hasTruth && h('dl', { class: 'quality' });
    const id = freshID();
    const range = (name, value) => h('input', { type: 'range', 'aria-label': name, min: low, max: 1, step: 0.01, value, 'aria-describedby': id });
    this.lowest = range('Lowest score', this.from);
    this.highest = range('Highest score', this.to);
    this.output = h('output', { id });
    this.canvas = h('canvas', { class: 'histogram', 'aria-hidden': 'true' });
    const move = () => {
      if (+this.lowest.value > +this.highest.value) {
        if (document.activeElement === this.highest) { this.lowest.value = this.highest.value; } else { this.highest.value = this.lowest.value; }
      }
      this.from = +this.lowest.value;
      this.to = +this.highest.value;
      this.#apply();
    };
    this.lowest.addEventListener('input', move);
    this.highest.addEventListener('input', move);
    this.status = h('p', { class: 'note', role: 'status' });
    const scores = h('fieldset', { class: 'score-range' }, h('legend', {}, 'Score ', this.output), h('div', { class: 'histogram-box' }, this.canvas, this.lowest, this.highest));
    this.element.replaceChildren(h('h2', { text: 'Filter' }), classes, ...[truth, scores, this.quality, this.status].filter(Boolean));
    this.observer?.disconnect();
    this.observer = new ResizeObserver(() => this.draw());
    this.observer.observe(this.canvas);
    this.#apply(true);
  }

  #toggle(key, value, isOn, count) {
    this[key] ??= new Set(Array.from({ length: count }, (_, index) => index));
    if (isOn) { this[key].add(value); } else { this[key].delete(value); }
    if (this[key].size === count) { this[key] = null; }
    this.#apply();
  }

  #apply(isQuiet = false) {
    const { boxes, labels, verdicts, from, to } = this;
    boxes.filter({ labels, verdicts, from, to });
    this.output.textContent = `${score(from)} to ${score(to)}`;
    this.status.textContent = `${grouped(boxes.order.length)} of ${counted(boxes.count, 'box', 'boxes')} shown`;
    if (this.quality) {
      const quality = boxes.quality(labels, from);
      const row = (name, value, note) => h('div', {}, h('dt', { text: name }), h('dd', {}, h('strong', { text: value }), h('span', { class: 'note', text: note })));
      this.quality.replaceChildren(
        row('Precision', percent(quality.precision), `${grouped(quality.hits)} of ${counted(quality.hits + quality.falseAlarms, 'detection')} are right`),
        row('Recall', percent(quality.recall), `${grouped(quality.hits)} of ${counted(quality.objects, 'object')} are found`));
    }
    this.draw();
    if (!isQuiet) { this.onChange(); }
  }

  /** The histogram of the chosen classes: what the sliders leave out is pale; false alarms stand on top of the rest. */
  draw() {
    const { canvas, boxes } = this;
    const width = canvas.clientWidth, height = canvas.clientHeight, ratio = window.devicePixelRatio || 1;
    if (!width) { return; }
    if (canvas.width !== Math.round(width * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
    const context = canvas.getContext('2d');
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    const bins = boxes.histogram(this.labels), count = bins[0].length;
    const totals = Array.from({ length: count }, (_, k) => bins.reduce((sum, bin) => sum + bin[k], 0));
    const most = Math.max(1, ...totals), step = width / count;
    const [right, wrongColour] = [colour('--series0'), colour('--series1')];
    for (let k = 0; k < count; k += 1) {
      if (totals[k] === 0) { continue; }
      // The root, so that rare scores are seen beside frequent ones.
      const full = Math.max(2, (height - 2) * Math.sqrt(totals[k] / most));
      const middle = boxes.lowest + (k + 0.5) / count * (1 - boxes.lowest);
      const isIn = middle >= this.from - 0.001 && middle <= this.to + 0.001;
      context.globalAlpha = isIn ? 1 : 0.25;
      const wrong = full * bins[falseAlarm][k] / totals[k];
      context.fillStyle = right;
      context.fillRect(k * step, height - full + wrong, Math.max(1, step - 1), full - wrong);
      if (wrong > 0) {
        context.fillStyle = wrongColour;
        context.fillRect(k * step, height - full, Math.max(1, step - 1), wrong);
      }
    }
    context.globalAlpha = 1;
  }
}
