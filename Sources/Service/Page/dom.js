// Elements, texts for people, and messages. Data becomes text nodes only, never markup.

const isListener = name => name.startsWith('on');

const fill = (element, properties, children) => {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) { continue; }
    if (isListener(name)) {
      element.addEventListener(name.slice(2), value);
    } else if (name === 'text') {
      element.textContent = value;
    } else if (name === 'css') {
      for (const [key, text] of Object.entries(value)) { element.style.setProperty(key, text); }
    } else if (name === 'value' || name === 'checked') {
      element[name] = value;
    } else {
      element.setAttribute(name, value === true ? '' : value);
    }
  }
  element.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
  return element;
};

/** An HTML element: properties are attributes, `text`, `css` (an object) or listeners such as `onclick`. */
export const h = (tag, properties = {}, ...children) => fill(document.createElement(tag), properties, children);

/** The same for SVG. */
export const s = (tag, properties = {}, ...children) =>
  fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);

let lastID = 0;
/** An id that nothing else on the page has. */
export const freshID = () => `e${lastID += 1}`;

// Texts for people

const numbers = new Intl.NumberFormat('en-GB');
export const grouped = value => numbers.format(value);
export const counted = (count, one, many = one + 's') => `${grouped(count)} ${count === 1 ? one : many}`;
export const percent = (fraction, digits = 1) =>
  fraction === null || fraction === undefined || Number.isNaN(fraction) ? '–' : `${(100 * fraction).toFixed(digits)} %`;
export const score = value => value.toFixed(2);

export const bytes = count => {
  if (count === null || count === undefined) { return '–'; }
  const units = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let size = count, unit = 0;
  while (size >= 1000 && unit < units.length - 1) { size /= 1000; unit += 1; }
  return unit === 0 ? counted(count, 'byte') : `${size.toFixed(size < 10 ? 1 : 0)} ${units[unit]}`;
};

export const duration = seconds => {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) { return '–'; }
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) { return `${whole} s`; }
  if (whole < 3600) { return `${Math.floor(whole / 60)} min ${whole % 60} s`; }
  if (whole < 86400) { return `${Math.floor(whole / 3600)} h ${Math.floor(whole % 3600 / 60)} min`; }
  return `${Math.floor(whole / 86400)} d ${Math.floor(whole % 86400 / 3600)} h`;
};

const relative = new Intl.RelativeTimeFormat('en-GB', { numeric: 'auto' });
const absolute = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short' });
/** A time as `<time>`: how long ago, and the exact time as its title. */
export const timeAgo = text => {
  const date = new Date(text), seconds = (date - Date.now()) / 1000;
  if (Number.isNaN(seconds)) { return h('span', { text: '–' }); }
  const [unit, size] = [['day', 86400], ['hour', 3600], ['minute', 60]].find(([, size]) => -seconds >= size) ?? ['second', 1];
  const words = unit === 'second' ? 'just now' : relative.format(Math.round(seconds / size), unit);
  return h('time', { datetime: text, title: absolute.format(date), text: words });
};

// Messages

/** Tells people who listen what has changed. */
export const announce = text => {
  const place = document.getElementById('announcer');
  place.textContent = '';
  requestAnimationFrame(() => { place.textContent = text; });
};

/** Shows an error until it is closed; an aborted request is none. */
export const showError = error => {
  if (error?.name === 'AbortError') { return; }
  const place = document.getElementById('alerts');
  const text = error?.message || String(error);
  for (const other of place.children) { if (other.dataset.text === text) { other.remove(); } }
  const row = h('div', { class: 'alert', 'data-text': text }, h('p', { text }));
  row.append(h('button', { type: 'button', class: 'quiet', 'aria-label': 'Close this message', text: '×', onclick: () => row.remove() }));
  place.append(row);
  while (place.children.length > 3) { place.firstChild.remove(); }
};

export const clearErrors = () => document.getElementById('alerts').replaceChildren();

// Parts of pages

/** What a list says when it is empty, and what to do about it. */
export const emptyState = (title, ...lines) =>
  h('div', { class: 'empty' }, h('h2', { text: title }), lines.map(line => line instanceof Node ? line : h('p', { text: line })));

export const pageHead = (title, lead, ...actions) =>
  h('header', { class: 'page-head' },
    h('div', {}, h('h1', { text: title, tabindex: '-1' }), lead && h('p', { class: 'lead' }, lead)),
    actions.length > 0 && h('div', { class: 'actions' }, actions));

export const field = (label, control, note) => {
  control.id ||= freshID();
  const noteID = note && freshID();
  if (noteID) { control.setAttribute('aria-describedby', noteID); }
  return h('div', { class: 'field' }, h('label', { for: control.id, text: label }), control, note && h('p', { class: 'note', id: noteID, text: note }));
};

export const check = (label, properties = {}) =>
  h('label', { class: 'check' }, h('input', { type: 'checkbox', ...properties }), h('span', {}, label));

/** A slider with its value beside its label. */
export const slider = (label, { min = 0, max = 1, step = 0.01, value, show = score, oninput, note }) => {
  const id = freshID(), noteID = note && freshID();
  const output = h('output', { for: id, text: show(value) });
  const input = h('input', { type: 'range', id, min, max, step, value, 'aria-describedby': noteID });
  input.addEventListener('input', () => {
    output.textContent = show(+input.value);
    input.setAttribute('aria-valuetext', show(+input.value));
    oninput?.(+input.value);
  });
  const element = h('div', { class: 'field slider' },
    h('div', { class: 'slider-head' }, h('label', { for: id, text: label }), output), input,
    note && h('p', { class: 'note', id: noteID, text: note }));
  return { element, input, set: next => { input.value = next; output.textContent = show(+input.value); } };
};

/** A group of buttons; exactly one is pressed. */
export const choices = (label, options, value, onchange) => {
  const name = freshID();
  return h('fieldset', { class: 'choices' }, h('legend', { text: label }),
    h('div', { class: 'segments' }, options.map(([key, text]) => h('label', {},
      h('input', { type: 'radio', name, value: key, checked: key === value, onchange: () => onchange(key) }),
      h('span', { text })))));
};

/** Class names with their scores as bars, best first. */
export const scoreBars = classes => h('ol', { class: 'scores' }, classes.map((row, index) => h('li', {},
  h('span', { class: 'name', text: row.name }), h('span', { class: 'number', text: percent(row.score) }),
  h('span', { class: 'track', 'aria-hidden': 'true' },
    h('span', { class: index === 0 ? 'fill best' : 'fill', css: { width: `${Math.max(0.5, 100 * row.score)}%` } })))));

/** Shows sentences under a title; nothing where there are none. */
export const fillNotes = (element, title, texts = []) => {
  element.hidden = texts.length === 0;
  element.replaceChildren(h('strong', { text: title }), h('ul', {}, texts.map(text => h('li', { text }))));
};

/** Waits until nothing has happened for so long. */
export const debounced = (milliseconds, action) => {
  let timer = 0;
  return (...values) => { clearTimeout(timer); timer = setTimeout(() => action(...values), milliseconds); };
};

export const prefersLessMotion = () => matchMedia('(prefers-reduced-motion: reduce)').matches;

/** A colour of the style sheet, such as `--ink`. */
export const colour = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
