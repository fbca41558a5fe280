// The trainings: a list, and the curves and the confusion matrix of each.

import { get, path } from './api.js';
import { h, emptyState, pageHead, percent, grouped, showError } from './dom.js';
import { lineChart } from './charts.js';
import { confusionMatrix } from './matrix.js';

export const runsView = async (content, _, signal) => {
  const { runs } = await get('runs', signal);
  content.append(pageHead('Runs', 'Trainings in the folder of the models.'));
  if (runs.length === 0) {
    content.append(emptyState('There are no runs yet', 'Train a network with “tilescope train”, and write its folder into the folder of the models. Its curves then appear here.'));
    return 'Runs';
  }
  content.append(h('ul', { class: 'rows' }, runs.map(run => h('li', {}, h('a', { class: 'row', href: `#/runs/${path(run.name)}` },
    h('span', { class: 'row-title' }, h('bdi', { text: run.name }), h('span', { class: 'row-note', text: run.architecture })),
    h('span', { class: 'row-facts' }, h('span', { text: run.top1 === null || run.top1 === undefined ? '' : `top-1 ${percent(run.top1, 2)}` }), runState(run)))))));
  return 'Runs';
};

const runState = run => h('span', { class: `chip state ${run.isFinished ? 'finished' : 'running'}` }, h('span', { class: 'dot', 'aria-hidden': 'true' }),
  run.isFinished ? `finished, ${grouped(run.epochCount)} ${run.epochCount === 1 ? 'epoch' : 'epochs'}` : `epoch ${grouped(run.finishedEpochCount)} of ${grouped(run.epochCount)}`);

export const runView = async (content, name, signal) => {
  const confusion = get(`runs/${path(name)}/confusion`, signal);
  confusion.catch(() => {});
  const [{ runs }, curves] = await Promise.all([get('runs', signal), get(`runs/${path(name)}/curves`, signal)]);
  const run = runs.find(run => run.name === name);
  const epochs = curves.epochs ?? [], steps = curves.steps ?? [];
  content.append(h('p', { class: 'back' }, h('a', { href: '#/runs', text: '← All runs' })),
    pageHead(name, run && h('span', { class: 'run-line' }, run.architecture, run.top1 !== null && run.top1 !== undefined && h('strong', { text: `top-1 ${percent(run.top1, 2)}` }), runState(run))));
  if (steps.length === 0 && epochs.length === 0) { content.append(emptyState('There are no curves yet', 'The first numbers appear after the first steps of the training.')); return name; }
  // A curve through thousands of noisy steps is a band: its running mean is what people look for.
  const smooth = 0.9;
  let mean = null;
  const smoothed = steps.map(step => { mean = mean === null ? step.loss : smooth * mean + (1 - smooth) * step.loss; return [step.step, mean]; });
  const charts = [];
  if (epochs.some(epoch => epoch.top1 !== null && epoch.top1 !== undefined)) {
    charts.push(lineChart({
      title: 'Top-1 and top-5 on the validation samples', xName: 'epoch', show: value => percent(value, 2), tick: value => `${+(100 * value).toPrecision(3)} %`,
      series: [{ name: 'top-1', points: epochs.map(epoch => [epoch.epoch, epoch.top1 ?? NaN]) }, { name: 'top-5', points: epochs.map(epoch => [epoch.epoch, epoch.top5 ?? NaN]) }],
    }));
  }
  if (steps.length > 0) {
    charts.push(
      lineChart({ title: 'Loss on the training samples', xName: 'step', series: [{ name: 'loss, running mean', points: smoothed }] }),
      lineChart({ title: 'Learning rate', xName: 'step', series: [{ name: 'learning rate', points: steps.map(step => [step.step, step.learningRate]) }] }));
  }
  content.append(h('div', { class: 'charts' }, charts));
  const section = h('section', { class: 'wide-part' }, h('h2', { text: 'Confusion matrix' }));
  content.append(section);
  confusion.then(matrix => section.append(confusionMatrix(matrix, signal)), error => {
    if (error.status === 404) {
      section.append(h('p', { class: 'note', text: 'This run was not evaluated yet. “tilescope evaluate” makes the matrix.' }));
    } else { showError(error); }
  });
  return name;
};
