// Curves as SVG, in the colours of the reader's theme. Each has a readout for mouse and keys, and its numbers as a table.

import { h, s, freshID, grouped } from './dom.js';

const width = 440, height = 250;
/** Curves of few points show each of them. */
const dotLimit = 12;
const edge = { left: 50, right: 14, top: 14, bottom: 34 };

/** Round values that divide a range into about so many parts. */
const ticks = (low, high, wanted) => {
  const span = high - low || 1, rough = span / wanted, power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(step => span / step <= wanted);
  const values = [];
  for (let value = Math.ceil(low / step - 1e-9) * step; value <= high + step * 1e-9; value += step) { values.push(Math.abs(value) < step / 1e6 ? 0 : value); }
  return values;
};

const short = value => Math.abs(value) >= 1000 ? grouped(Math.round(value)) : Math.abs(value) < 1e-3 && value !== 0 ? value.toExponential(0) : `${+value.toPrecision(3)}`;

/**
 * A chart of one or several curves over one axis.
 *
 * @param series as `{ name, points: [[x, y]] }`, with x rising.
 * @param show how a value is written; `tick` beside the axis.
 */
export const lineChart = ({ title, xName, yName, series, show = value => value.toPrecision(4), tick = short }) => {
  const curves = series.map((curve, index) => ({ ...curve, index, points: curve.points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)) })).filter(curve => curve.points.length > 0);
  if (curves.length === 0) { return h('figure', { class: 'chart' }, h('h3', { text: title }), h('p', { class: 'note', text: 'No numbers yet.' })); }
  const xs = curves.flatMap(curve => curve.points.map(point => point[0]));
  const ys = curves.flatMap(curve => curve.points.map(point => point[1])).sort((a, b) => a - b);
  const [x0, x1] = [Math.min(...xs), Math.max(...xs)];
  // A few outliers at the start of a training must not flatten the rest.
  const high = ys.length > 40 ? Math.min(ys[ys.length - 1], ys[Math.floor(0.99 * ys.length)] * 1.25) : ys[ys.length - 1];
  const yTicks = ticks(Math.min(ys[0], ys[0] > 0 && ys[0] < high / 2 ? 0 : ys[0]), high, 5);
  // One value has no range.
  if (yTicks.length === 0) { yTicks.push(ys[0]); }
  const y0 = Math.min(ys[0], yTicks[0]), y1 = Math.max(high, yTicks[yTicks.length - 1] + (high > yTicks[yTicks.length - 1] ? yTicks[1] - yTicks[0] || 0 : 0));
  if (y1 > yTicks[yTicks.length - 1]) { yTicks.push(y1); }
  const px = x => edge.left + (x1 === x0 ? 0.5 : (x - x0) / (x1 - x0)) * (width - edge.left - edge.right);
  const py = y => height - edge.bottom - (y1 === y0 ? 0.5 : (y - y0) / (y1 - y0)) * (height - edge.top - edge.bottom);
  const clip = freshID();
  const svg = s('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': `${title}. ${curves.map(curve => `${curve.name}: ${show(curve.points[0][1])} at first, ${show(curve.points[curve.points.length - 1][1])} at last`).join('. ')}.` },
    s('clipPath', { id: clip }, s('rect', { x: edge.left - 2, y: edge.top - 4, width: width - edge.left - edge.right + 4, height: height - edge.top - edge.bottom + 8 })),
    yTicks.map(value => [
      s('line', { class: 'rule', x1: edge.left, x2: width - edge.right, y1: py(value), y2: py(value) }),
      s('text', { x: edge.left - 8, y: py(value) + 4, 'text-anchor': 'end' }, tick(value))]),
    ticks(x0, x1, 6).map(value => s('text', { x: px(value), y: height - edge.bottom + 18, 'text-anchor': 'middle' }, short(value))),
    s('text', { class: 'axis', x: width - edge.right, y: height - 2, 'text-anchor': 'end' }, xName),
    curves.map(curve => curve.points.length <= dotLimit && curve.points.map(([x, y]) => s('circle', { class: `point series${curve.index}`, cx: px(x), cy: py(y), r: 3.5 }))),
    curves.map(curve => s('path', {
      class: `curve series${curve.index}`, 'clip-path': `url(#${clip})`,
      d: curve.points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${px(x).toFixed(1)} ${py(y).toFixed(1)}`).join(''),
    })));
  const cursor = s('g', { class: 'cursor', visibility: 'hidden' }, s('line', { y1: edge.top, y2: height - edge.bottom }), curves.map(curve => s('circle', { r: 4, class: `series${curve.index}` })));
  svg.append(cursor);
  const readout = h('p', { class: 'readout note', role: 'status' });
  const all = [...new Set(xs)].sort((a, b) => a - b);
  let at = all.length - 1;
  const nearest = (points, x) => {
    let low = 0, high = points.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; if (points[middle][0] < x) { low = middle; } else { high = middle; } }
    return Math.abs(points[low][0] - x) <= Math.abs(points[high][0] - x) ? points[low] : points[high];
  };
  const point = index => {
    at = Math.max(0, Math.min(all.length - 1, index));
    const x = all[at];
    cursor.setAttribute('visibility', 'visible');
    cursor.firstChild.setAttribute('x1', px(x));
    cursor.firstChild.setAttribute('x2', px(x));
    curves.forEach((curve, index) => {
      const [cx, cy] = nearest(curve.points, x), circle = cursor.children[index + 1];
      circle.setAttribute('cx', px(cx));
      circle.setAttribute('cy', Math.max(edge.top, py(cy)));
    });
    readout.textContent = `${xName} ${grouped(x)}: ${curves.map(curve => `${curve.name} ${show(nearest(curve.points, x)[1])}`).join(', ')}`;
  };
  const hide = () => { cursor.setAttribute('visibility', 'hidden'); readout.textContent = ''; };
  const plot = h('div', { class: 'plot', tabindex: '0', role: 'group', 'aria-label': `${title}: left and right arrow keys read the numbers` }, svg);
  plot.addEventListener('pointermove', event => {
    const box = svg.getBoundingClientRect(), x = x0 + ((event.clientX - box.left) / box.width * width - edge.left) / (width - edge.left - edge.right) * (x1 - x0);
    let low = 0, high = all.length - 1;
    while (high - low > 1) { const middle = (low + high) >> 1; if (all[middle] < x) { low = middle; } else { high = middle; } }
    point(x - all[low] < all[high] - x ? low : high);
  });
  plot.addEventListener('pointerleave', () => { if (document.activeElement !== plot) { hide(); } });
  plot.addEventListener('blur', hide);
  plot.addEventListener('keydown', event => {
    const step = event.shiftKey ? Math.max(1, Math.round(all.length / 20)) : 1;
    const next = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) { event.preventDefault(); point(next); }
  });
  return h('figure', { class: 'chart' }, h('h3', { text: title }), plot,
    curves.length > 1 && h('ul', { class: 'legend' }, curves.map(curve => h('li', {}, s('svg', { viewBox: '0 0 24 8', width: 24, height: 8, 'aria-hidden': 'true' }, s('path', { class: `curve series${curve.index}`, d: 'M1 4H23' })), curve.name))),
    readout, numbers(xName, curves, all, show, yName));
};

/** The numbers of a chart; at most 100 rows, evenly chosen. */
const numbers = (xName, curves, all, show, yName) => {
  const details = h('details', { class: 'numbers' }, h('summary', { text: 'Numbers' }));
  details.addEventListener('toggle', () => {
    if (!details.open || details.children.length > 1) { return; }
    const step = Math.ceil(all.length / 100), rows = all.filter((_, index) => index % step === 0 || index === all.length - 1);
    const maps = curves.map(curve => new Map(curve.points));
    details.append(h('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': `${yName ?? 'Numbers'} by ${xName}` }, h('table', {},
      h('thead', {}, h('tr', {}, h('th', { scope: 'col', text: xName }), curves.map(curve => h('th', { scope: 'col', text: curve.name })))),
      h('tbody', {}, rows.map(x => h('tr', {}, h('th', { scope: 'row', text: grouped(x) }), maps.map(map => h('td', { text: map.has(x) ? show(map.get(x)) : '–' }))))))));
  });
  return details;
};
