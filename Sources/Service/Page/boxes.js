// The boxes of a scan: typed arrays, a grid to find those in view, a filter, and how they are drawn.

/** The colours of classes in the program's own pictures (`Palette`), and of the casing around them. */
const palette = [
  ['#e41a1c', '#fff'], ['#70ff60', '#000'], ['#3070ff', '#fff'], ['#00e0e0', '#000'], ['#ffd000', '#000'],
  ['#9450fa', '#fff'], ['#ffffff', '#000'], ['#906030', '#fff'], ['#008880', '#fff'],
];
export const classColour = index => palette[index % palette.length][0];
export const casing = index => palette[index % palette.length][1];
/** Every second class is dashed: colour is never the only sign. */
export const isDashed = index => index % 2 === 1;

/** What a comparison with the truth says about a box. Misses are the truth's own boxes. */
export const judgements = ['not counted', 'hit', 'false alarm', 'miss'];
export const [none, hit, falseAlarm, miss] = [0, 1, 2, 3];

/** More boxes in view are drawn as marks that stand for several. */
const frameLimit = 2000;
const detailLimit = 600;
const labelLimit = 150;
const binCount = 50;

/** Where the first value of a sorted array stands that is at least so large. */
const lowerBound = (values, value) => {
  let low = 0, high = values.length;
  while (low < high) { const middle = (low + high) >> 1; if (values[middle] < value) { low = middle + 1; } else { high = middle; } }
  return low;
};

export class Boxes {
  /**
   * @param answer of the API: boxes from the best score down, and misses.
   * @param scene its size.
   */
  constructor(answer, scene) {
    const start = performance.now();
    const rows = answer.boxes, misses = answer.misses ?? [];
    const count = rows.length + misses.length;
    this.classes = answer.classes;
    this.count = count;
    this.missStart = rows.length;
    this.hasTruth = Array.isArray(answer.misses);
    this.places = new Float64Array(4 * count);
    this.scores = new Float32Array(count);
    this.labels = new Uint16Array(count);
    this.verdicts = new Uint8Array(count);
    this.shown = new Uint8Array(count).fill(1);
    for (let i = 0; i < count; i += 1) {
      const isMiss = i >= rows.length, row = isMiss ? misses[i - rows.length] : rows[i];
      for (let k = 0; k < 4; k += 1) { this.places[4 * i + k] = row[k]; }
      this.labels[i] = row[4];
      this.scores[i] = isMiss ? 0 : row[5];
      this.verdicts[i] = isMiss ? miss : row[6] ?? none;
    }
    this.lowest = Math.min(answer.threshold ?? 1, count > misses.length ? rows[rows.length - 1][5] : 1);
    this.selected = -1;
    this.bins = new Map();
    this.found = new Int32Array(frameLimit + 1);
    this.stamps = new Uint32Array(count);
    this.stamp = 0;
    this.#index(scene);
    this.filter({});
    performance.measure('boxes', { start, end: performance.now() });
  }

  place(i) { return [this.places[4 * i], this.places[4 * i + 1], this.places[4 * i + 2], this.places[4 * i + 3]]; }

  // The grid: for each cell the boxes that touch it.

  #index(scene) {
    const { places, count } = this;
    const sides = new Float64Array(Math.min(count, 1000));
    for (let i = 0; i < sides.length; i += 1) {
      const at = 4 * Math.floor(i * count / sides.length);
      sides[i] = Math.max(places[at + 2] - places[at], places[at + 3] - places[at + 1]);
    }
    sides.sort();
    this.side = sides[sides.length >> 1] || 1;
    this.cell = Math.max(64, 2 * this.side, Math.sqrt(scene.width * scene.height / 40_000));
    this.columns = Math.max(1, Math.ceil(scene.width / this.cell));
    this.rows = Math.max(1, Math.ceil(scene.height / this.cell));
    const starts = new Uint32Array(this.columns * this.rows + 1);
    this.large = [];
    const each = (i, action) => {
      const [c0, r0, c1, r1] = this.#cells(places[4 * i], places[4 * i + 1], places[4 * i + 2], places[4 * i + 3]);
      if ((c1 - c0 + 1) * (r1 - r0 + 1) > 64) { action(-1); return; }
      for (let row = r0; row <= r1; row += 1) { for (let column = c0; column <= c1; column += 1) { action(row * this.columns + column); } }
    };
    for (let i = 0; i < count; i += 1) { each(i, cell => { if (cell < 0) { this.large.push(i); } else { starts[cell + 1] += 1; } }); }
    for (let cell = 1; cell < starts.length; cell += 1) { starts[cell] += starts[cell - 1]; }
    const ends = starts.slice(), members = new Uint32Array(starts[starts.length - 1]);
    for (let i = 0; i < count; i += 1) { each(i, cell => { if (cell >= 0) { members[ends[cell]] = i; ends[cell] += 1; } }); }
    Object.assign(this, { starts, members });
  }

  #cells(x0, y0, x1, y1) {
    const bound = (value, most) => Math.min(most - 1, Math.max(0, Math.floor(value / this.cell)));
    return [bound(x0, this.columns), bound(y0, this.rows), bound(x1, this.columns), bound(y1, this.rows)];
  }

  /** How many boxes that pass the filter touch the rectangle, up to `frameLimit` + 1; their places are in `found`. */
  query(x0, y0, x1, y1) {
    const { places, shown, stamps, starts, members, found } = this;
    const [c0, r0, c1, r1] = this.#cells(x0, y0, x1, y1), stamp = this.stamp += 1;
    let count = 0;
    const take = i => {
      if (!shown[i] || stamps[i] === stamp) { return; }
      stamps[i] = stamp;
      const at = 4 * i;
      if (places[at] < x1 && places[at + 2] > x0 && places[at + 1] < y1 && places[at + 3] > y0) { found[count] = i; count += 1; }
    };
    for (const i of this.large) { take(i); if (count > frameLimit) { return count; } }
    for (let row = r0; row <= r1; row += 1) {
      const end = starts[row * this.columns + c1 + 1];
      for (let k = starts[row * this.columns + c0]; k < end; k += 1) {
        take(members[k]);
        if (count > frameLimit) { return count; }
      }
    }
    return count;
  }

  /** The box that people mean with a click: the smallest around the place, else the nearest within reach; -1 for none. */
  pick(x, y, reach) {
    const count = Math.min(frameLimit, this.query(x - reach, y - reach, x + reach, y + reach));
    let best = -1, least = Infinity;
    for (let k = 0; k < count; k += 1) {
      const [x0, y0, x1, y1] = this.place(this.found[k]);
      const isAround = x >= x0 && x < x1 && y >= y0 && y < y1;
      const cost = isAround ? (x1 - x0) * (y1 - y0) : 1e12 + Math.hypot(x - (x0 + x1) / 2, y - (y0 + y1) / 2);
      if (cost < least || (cost === least && this.found[k] < best)) { [best, least] = [this.found[k], cost]; }
    }
    return best;
  }

  // The filter

  /**
   * Shows boxes of these classes and judgements with these scores; misses have no score, and count as found by none.
   *
   * @param labels a set of class indexes; all without it. So with `verdicts`.
   */
  filter({ labels = null, verdicts = null, from = 0, to = 1 }) {
    const { shown, scores } = this;
    const takesLabel = this.classes.map((_, index) => !labels || labels.has(index));
    const takesVerdict = judgements.map((_, index) => !this.hasTruth || !verdicts || verdicts.has(index));
    // Sliders have two digits.
    const [low, high] = [from - 0.0051, to + 0.0051];
    let count = 0;
    for (let i = 0; i < this.count; i += 1) {
      const passes = takesLabel[this.labels[i]] && takesVerdict[this.verdicts[i]] && (i >= this.missStart || (scores[i] >= (from <= this.lowest ? 0 : low) && scores[i] <= (to >= 1 ? 2 : high)));
      shown[i] = passes ? 1 : 0;
      count += shown[i];
    }
    this.order = new Uint32Array(count);
    for (let i = 0, k = 0; i < this.count; i += 1) { if (shown[i]) { this.order[k] = i; k += 1; } }
    this.bins.clear();
    if (this.selected >= 0 && !shown[this.selected]) { this.selected = -1; }
  }

  /** Where a box stands among those that pass the filter, or where it would stand. */
  rank(i) { return lowerBound(this.order, i); }

  /** How many boxes of these classes have which score, by judgement; from `lowest` to 1. */
  histogram(labels) {
    const bins = judgements.map(() => new Uint32Array(binCount));
    const width = (1 - this.lowest) / binCount || 1;
    for (let i = 0; i < this.missStart; i += 1) {
      if (labels && !labels.has(this.labels[i])) { continue; }
      bins[this.verdicts[i]][Math.min(binCount - 1, Math.max(0, Math.floor((this.scores[i] - this.lowest) / width)))] += 1;
    }
    return bins;
  }

  /** Hits, false alarms and objects of these classes, with a score from `from` on. */
  quality(labels, from) {
    const counts = { hits: 0, falseAlarms: 0, objects: 0 };
    const low = from <= this.lowest ? 0 : from - 0.0051;
    for (let i = 0; i < this.count; i += 1) {
      if (labels && !labels.has(this.labels[i])) { continue; }
      const verdict = this.verdicts[i];
      if (verdict === hit || verdict === miss) { counts.objects += 1; }
      if (i >= this.missStart || this.scores[i] < low) { continue; }
      if (verdict === hit) { counts.hits += 1; } else if (verdict === falseAlarm) { counts.falseAlarms += 1; }
    }
    const found = counts.hits + counts.falseAlarms;
    return { ...counts, misses: counts.objects - counts.hits, precision: found ? counts.hits / found : null, recall: counts.objects ? counts.hits / counts.objects : null };
  }

  countByClass() {
    const counts = new Uint32Array(this.classes.length);
    for (let i = 0; i < this.missStart; i += 1) { counts[this.labels[i]] += 1; }
    return counts;
  }

  countByVerdict() {
    const counts = new Uint32Array(judgements.length);
    for (let i = 0; i < this.count; i += 1) { counts[this.verdicts[i]] += 1; }
    return counts;
  }

  // Drawing

  draw(context, view) {
    this.isAggregated = this.side * view.scale < 5 * view.ratio;
    this.hasLabels = false;
    if (!this.isAggregated) {
      const count = this.query(view.x0, view.y0, view.x1, view.y1);
      this.isAggregated = count > frameLimit;
      if (!this.isAggregated) { this.#drawFrames(context, view, count); }
    }
    if (this.isAggregated) { this.#drawBins(context, view); }
    if (this.selected >= 0) { this.#drawSelected(context, view); }
  }

  /** A mark for all boxes of a cell: in the colour of the most frequent class, larger for more boxes. */
  #drawBins(context, view) {
    const power = Math.ceil(Math.log2(11 * view.ratio / view.scale)), cell = 2 ** power;
    let groups = this.bins.get(power);
    if (!groups) { this.bins.set(power, groups = this.#bin(cell)); }
    const size = cell * view.scale, least = 3 * view.ratio, growth = (0.62 * size - least) / Math.max(2, groups.mostLog);
    const c0 = Math.floor(view.x0 / cell), c1 = Math.floor(view.x1 / cell), r0 = Math.floor(view.y0 / cell), r1 = Math.floor(view.y1 / cell);
    for (const { label, columns, rows, logs } of groups) {
      // The casing first, so that it never covers a mark.
      const first = lowerBound(rows, r0), end = lowerBound(rows, r1 + 1);
      for (const pass of [0, 1]) {
        context.fillStyle = pass === 0 ? casing(label) : classColour(label);
        context.globalAlpha = pass === 0 ? 0.5 : 0.92;
        const edge = pass === 0 ? 2 : 0;
        for (let k = first; k < end; k += 1) {
          const column = columns[k], row = rows[k];
          if (column < c0 || column > c1) { continue; }
          const side = Math.round(least + growth * logs[k]);
          const x = Math.round(view.left + (column + 0.5) * size - side / 2), y = Math.round(view.top + (row + 0.5) * size - side / 2);
          context.fillRect(x - edge / 2, y - edge / 2, side + edge, side + edge);
        }
      }
    }
    context.globalAlpha = 1;
  }

  /** The cells with boxes, by their most frequent class: an open hash table of counts with a majority vote. */
  #bin(cell) {
    const { order, places, labels } = this;
    let size = 1024;
    while (size < 2 * order.length) { size *= 2; }
    const keys = new Float64Array(size).fill(-1), counts = new Uint32Array(size), winners = new Uint16Array(size), votes = new Int32Array(size);
    const width = 0x2000000, used = [];
    for (let k = 0; k < order.length; k += 1) {
      const i = order[k], at = 4 * i;
      const column = Math.floor((places[at] + places[at + 2]) / 2 / cell), row = Math.floor((places[at + 1] + places[at + 3]) / 2 / cell);
      const key = row * width + column;
      let slot = (Math.imul(column, 0x9e3779b1) ^ Math.imul(row, 0x85ebca6b)) >>> 0;
      slot = (slot ^ (slot >>> 15)) & (size - 1);
      while (keys[slot] !== -1 && keys[slot] !== key) { slot = (slot + 1) & (size - 1); }
      if (keys[slot] === -1) { keys[slot] = key; used.push(slot); }
      counts[slot] += 1;
      if (votes[slot] === 0) { winners[slot] = labels[i]; }
      votes[slot] += winners[slot] === labels[i] ? 1 : -1;
    }
    const groups = this.classes.map((_, label) => ({ label, columns: [], rows: [], logs: [] }));
    // By row, so that those in view are found at once.
    used.sort((a, b) => keys[a] - keys[b]);
    for (const slot of used) {
      const group = groups[winners[slot]];
      group.columns.push(keys[slot] % width);
      group.rows.push(Math.floor(keys[slot] / width));
      group.logs.push(Math.log2(counts[slot]));
    }
    const made = groups.filter(group => group.logs.length > 0).map(group => ({
      label: group.label, columns: Int32Array.from(group.columns), rows: Int32Array.from(group.rows), logs: Float32Array.from(group.logs),
    }));
    made.mostLog = groups.reduce((most, group) => group.logs.reduce((most, log) => Math.max(most, log), most), 0);
    return made;
  }

  #drawFrames(context, view, count) {
    const found = this.found.subarray(0, count), isDetailed = count <= detailLimit;
    // Boxes of one class and judgement are drawn together: a change of colour costs more than a box.
    const groups = new Map();
    for (const i of found) {
      const key = this.labels[i] * judgements.length + this.verdicts[i];
      const group = groups.get(key);
      if (group) { group.push(i); } else { groups.set(key, [i]); }
    }
    for (const [key, group] of groups) {
      const label = Math.floor(key / judgements.length), verdict = key % judgements.length;
      const width = (isDetailed ? 2 : 1.5) * view.ratio;
      context.globalAlpha = isDetailed ? 0.8 : 0.5;
      context.setLineDash([]);
      this.#stroke(context, view, group, verdict, casing(label), width + 2 * view.ratio);
      context.globalAlpha = 1;
      if (isDetailed && isDashed(label)) { context.setLineDash([5 * view.ratio, 3 * view.ratio]); }
      this.#stroke(context, view, group, verdict, classColour(label), width);
    }
    context.setLineDash([]);
    this.hasLabels = count <= labelLimit && this.side * view.scale >= 26 * view.ratio;
    if (!this.hasLabels) { return; }
    // The chosen box's score comes with its ring.
    for (const i of found) { if (i !== this.selected) { this.#drawScore(context, view, i, view.ratio); } }
  }

  /** Hits are frames, false alarms are crossed, misses are corners, and what does not count has one diagonal. */
  #stroke(context, view, group, verdict, style, width) {
    const { places } = this;
    context.strokeStyle = style;
    context.lineWidth = width;
    const hasLines = this.hasTruth && verdict !== hit;
    if (hasLines) { context.beginPath(); }
    for (const i of group) {
      const x0 = view.left + places[4 * i] * view.scale, y0 = view.top + places[4 * i + 1] * view.scale;
      const x1 = view.left + places[4 * i + 2] * view.scale, y1 = view.top + places[4 * i + 3] * view.scale;
      if (!hasLines || verdict !== miss) { context.strokeRect(x0, y0, x1 - x0, y1 - y0); }
      if (!hasLines) { continue; }
      if (verdict === miss) {
        const a = (x1 - x0) / 3, b = (y1 - y0) / 3;
        for (const [x, dx] of [[x0, a], [x1, -a]]) {
          for (const [y, dy] of [[y0, b], [y1, -b]]) { context.moveTo(x + dx, y); context.lineTo(x, y); context.lineTo(x, y + dy); }
        }
      } else {
        context.moveTo(x0, y1);
        context.lineTo(x1, y0);
        if (verdict === falseAlarm) { context.moveTo(x0, y0); context.lineTo(x1, y1); }
      }
    }
    if (hasLines) { context.stroke(); }
  }

  /** Over the box, with a gap. */
  #drawScore(context, view, i, gap) {
    if (i >= this.missStart) { return; }
    const height = 15 * view.ratio, width = 26 * view.ratio;
    context.font = `600 ${11 * view.ratio}px system-ui, sans-serif`;
    context.textBaseline = 'middle';
    context.textAlign = 'center';
    const label = this.labels[i];
    const x = Math.round(view.left + this.places[4 * i] * view.scale) - gap, y = Math.round(view.top + this.places[4 * i + 1] * view.scale) - height - gap;
    context.fillStyle = classColour(label);
    context.fillRect(x, y, width, height);
    context.fillStyle = casing(label);
    context.fillText(this.scores[i].toFixed(2), x + width / 2, y + height / 2 + view.ratio / 2);
  }

  /** A ring around the chosen box; with lines to it where it is too small to be seen. */
  #drawSelected(context, view) {
    const [x0, y0, x1, y1] = this.place(this.selected);
    const ratio = view.ratio, gap = 5 * ratio;
    const left = view.left + x0 * view.scale - gap, top = view.top + y0 * view.scale - gap;
    const width = (x1 - x0) * view.scale + 2 * gap, height = (y1 - y0) * view.scale + 2 * gap;
    const arm = width < 40 * ratio ? 14 * ratio : 6 * ratio;
    context.setLineDash([]);
    for (const [style, line] of [['#000', 5 * ratio], ['#fff', 2.5 * ratio]]) {
      context.strokeStyle = style;
      context.lineWidth = line;
      context.beginPath();
      context.roundRect(left, top, width, height, 4 * ratio);
      const cx = left + width / 2, cy = top + height / 2;
      context.moveTo(left - arm, cy); context.lineTo(left, cy);
      context.moveTo(left + width, cy); context.lineTo(left + width + arm, cy);
      context.moveTo(cx, top - arm); context.lineTo(cx, top);
      context.moveTo(cx, top + height); context.lineTo(cx, top + height + arm);
      context.stroke();
    }
    if (this.hasLabels) { this.#drawScore(context, view, this.selected, gap + 3 * ratio); }
  }
}
