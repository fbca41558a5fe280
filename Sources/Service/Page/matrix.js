// A confusion matrix: a canvas to look at and to walk through with keys, and tables of its numbers.

import { h, colour, grouped, percent } from './dom.js';

/** @param matrix `{ classes, counts }`; a row is a true class, a column a predicted one. */
export const confusionMatrix = ({ classes, counts }, signal) => {
  const side = classes.length;
  const rowSums = counts.map(row => row.reduce((sum, count) => sum + count, 0));
  const columnSums = classes.map((_, column) => counts.reduce((sum, row) => sum + row[column], 0));
  const all = rowSums.reduce((sum, count) => sum + count, 0), right = counts.reduce((sum, row, index) => sum + row[index], 0);
  const canvas = h('canvas', {
    tabindex: '0', role: 'application', 'aria-roledescription': 'matrix',
    'aria-label': `Confusion matrix of ${side} classes: ${percent(all ? right / all : null)} right. Arrow keys go from cell to cell; the tables below have the same numbers.`,
  });
  const readout = h('p', { class: 'readout', role: 'status' }, 'Point at a cell', h('span', { class: 'with-keys', text: ', or walk with the arrow keys' }), '.');
  let cell = null;
  let place = { left: 0, top: 0, size: 1 };

  const describe = (row, column) => {
    const count = counts[row][column], share = rowSums[row] ? count / rowSums[row] : null;
    return row === column
      ? `${classes[row]}: ${grouped(count)} right, ${percent(share)} of this class`
      : `${classes[row]} taken for ${classes[column]}: ${grouped(count)}, ${percent(share)} of this class`;
  };
  const draw = () => {
    const width = canvas.clientWidth, ratio = window.devicePixelRatio || 1, context = canvas.getContext('2d');
    if (!width) { return; }
    const font = 12;
    context.font = `${font}px system-ui, sans-serif`;
    const longest = Math.max(...classes.map(name => context.measureText(name).width));
    const hasNames = (0.8 * width) / side >= font;
    const left = hasNames ? Math.min(longest + 12, 0.3 * width) : 24, size = (width - left - 2) / side, top = hasNames ? Math.min(longest + 12, 90) : 24;
    place = { left, top, size };
    const height = top + size * side + 2;
    canvas.style.height = `${height}px`;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.font = `${font}px system-ui, sans-serif`;
    const ink = colour('--ink'), right = colour('--series0'), wrong = colour('--series1'), panel = colour('--panel');
    context.fillStyle = panel;
    context.fillRect(left, top, size * side, size * side);
    const gap = size > 6 ? 1 : 0;
    context.textAlign = 'center';
    context.textBaseline = 'middle';
    for (let row = 0; row < side; row += 1) {
      for (let column = 0; column < side; column += 1) {
        const count = counts[row][column];
        if (count === 0) { continue; }
        const share = count / rowSums[row], x = left + column * size, y = top + row * size;
        context.fillStyle = row === column ? right : wrong;
        // The root, so that rare errors are seen.
        context.globalAlpha = Math.min(1, 0.08 + 0.92 * Math.sqrt(share));
        context.fillRect(x, y, size - gap, size - gap);
        const isStrong = context.globalAlpha > 0.6;
        context.globalAlpha = 1;
        if (size >= 26 && context.measureText(count).width < size - 4) {
          context.fillStyle = isStrong ? colour('--on-accent') : ink;
          context.fillText(count, x + size / 2, y + size / 2);
        }
      }
    }
    context.fillStyle = colour('--soft');
    for (let index = 0; hasNames && index < side; index += 1) {
      context.textAlign = 'right';
      context.fillText(classes[index], left - 8, top + (index + 0.5) * size, left - 10);
      context.save();
      context.translate(left + (index + 0.5) * size, top - 8);
      context.rotate(-Math.PI / 2);
      context.textAlign = 'left';
      context.fillText(classes[index], 0, 0, top - 10);
      context.restore();
    }
    if (!hasNames) {
      context.textAlign = 'left';
      context.fillText('predicted →', left, top / 2);
      context.save();
      context.translate(left / 2, top);
      context.rotate(-Math.PI / 2);
      context.textAlign = 'right';
      context.fillText('← true', 0, 0);
      context.restore();
    }
    if (cell) {
      context.strokeStyle = ink;
      context.lineWidth = 2;
      context.strokeRect(left + cell.column * size - 1, top + cell.row * size - 1, size + 1, size + 1);
    }
  };
  const go = (row, column) => {
    cell = { row: Math.max(0, Math.min(side - 1, row)), column: Math.max(0, Math.min(side - 1, column)) };
    readout.textContent = describe(cell.row, cell.column);
    draw();
  };
  canvas.addEventListener('keydown', event => {
    const at = cell ?? { row: 0, column: -1 };
    const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (step) { event.preventDefault(); go(at.row + step[0], at.column + step[1]); }
  });
  canvas.addEventListener('pointermove', event => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - place.left) / place.size), row = Math.floor((event.clientY - box.top - place.top) / place.size);
    if (row >= 0 && column >= 0 && row < side && column < side && (row !== cell?.row || column !== cell?.column)) { go(row, column); }
  });
  const observer = new ResizeObserver(draw);
  observer.observe(canvas);
  signal.addEventListener('abort', () => observer.disconnect());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw, { signal });

  const errors = [];
  for (let row = 0; row < side; row += 1) { for (let column = 0; column < side; column += 1) { if (row !== column && counts[row][column] > 0) { errors.push([row, column, counts[row][column]]); } } }
  errors.sort((a, b) => b[2] - a[2]);
  const cells = values => values.map((value, index) => index === 0 ? h('th', { scope: 'row' }, h('bdi', { text: value })) : h('td', { text: value }));
  const table = (name, head, rows) => h('div', { class: 'scroll tall', tabindex: '0', role: 'region', 'aria-label': name }, h('table', {},
    h('thead', {}, h('tr', {}, head.map(text => h('th', { scope: 'col', text })))), h('tbody', {}, rows.map(row => h('tr', {}, cells(row))))));
  return h('div', { class: 'matrix' },
    h('p', { class: 'note', text: `${percent(all ? right / all : null, 2)} of ${grouped(all)} samples are right. Rows are true classes, columns predicted ones. Blue is right, orange is wrong.` }),
    canvas, readout,
    h('h3', { text: 'Most frequent errors' }),
    errors.length === 0 ? h('p', { class: 'note', text: 'There are none.' })
      : table('Most frequent errors', ['True class', 'Taken for', 'Count', 'Of the class'], errors.slice(0, 20).map(([row, column, count]) => [classes[row], classes[column], grouped(count), percent(count / rowSums[row])])),
    h('details', { class: 'numbers' }, h('summary', { text: 'Each class' }), table('Each class', ['Class', 'Samples', 'Recall', 'Precision'],
      classes.map((name, index) => [name, grouped(rowSums[index]), percent(rowSums[index] ? counts[index][index] / rowSums[index] : null), percent(columnSums[index] ? counts[index][index] / columnSums[index] : null)]))),
    side <= 30 && h('details', { class: 'numbers' }, h('summary', { text: 'The whole matrix as a table' }),
      table('Confusion matrix', ['true ↓ predicted →', ...classes], counts.map((row, index) => [classes[index], ...row.map(grouped)]))));
};
