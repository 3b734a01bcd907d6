// Ingestion as it goes: asked for every second, less often while the server fails, not at all while nobody looks.
import { bytes, h, number, svg } from './dom.js';
import { createLetters } from './letters.js';
import { json } from './server.js';

const Interval = 1000;
const LongestPause = 30000;
const Answer = 10000;
const Samples = 60;

export function createIngestion() {
  const state = h('p', { class: 'soft state' }, 'Connecting …');
  const pause = h('button', { type: 'button', class: 'quiet', 'aria-pressed': 'false', onclick: () => {
    paused = !paused;
    pause.setAttribute('aria-pressed', String(paused));
    next(0);
  } }, 'Pause');
  const untrained = h('p', { class: 'notice', hidden: true }, 'The weights of this model come from a seed: nothing has been learned yet. Vectors and answers show that the machinery works, not what a trained model knows.');
  const figures = h('dl', { class: 'figures' });
  const device = h('dl', { class: 'figures' });
  const stages = table('Throughput by stage', ['Stage', 'Items / s', 'Last minute', 'Busy', 'Items']);
  const partitions = table('Partitions', ['Topic', 'Partition', 'Next offset', 'Lag', 'State']);
  const budgets = table('Budgets', ['Budget', 'In use', 'Of', 'Full']);
  const retention = table('Kept for', ['What', 'Keep', 'Removed so far', 'Last removal']);
  const letters = createLetters();
  const node = h('div', { class: 'view ingestion' },
    h('div', { class: 'heading' }, h('h1', { tabindex: -1 }, 'Ingestion'), state, pause),
    untrained,
    section('In the store', figures), section('Device', device),
    stages.node, partitions.node, letters.node, budgets.node, retention.node);
  const rates = new Map();
  let before = null;
  let failures = 0;
  let paused = false;
  let visible = false;
  let timer = null;
  let polling = false;

  function next(wait) {
    clearTimeout(timer);
    if (paused) state.textContent = 'Paused';
    else if (visible && !document.hidden && !polling) timer = setTimeout(poll, wait);
  }

  async function poll() {
    polling = true;
    try {
      show(await json('/v1/status', { signal: AbortSignal.timeout(Answer) }));
      failures = 0;
    } catch (error) {
      polling = false;
      // Without another key it would say the same again.
      if (error.status === 401 || error.status === 403) {
        state.textContent = error.message;
        return;
      }
      failures++;
      state.textContent = `${error.message} Asking again every ${Math.round(wait() / 1000)} s.`;
    }
    polling = false;
    next(wait());
  }

  const wait = () => failures ? Math.min(LongestPause, Interval * 2 ** failures) : Interval;

  function show(status) {
    const now = performance.now();
    const seconds = before ? (now - before.now) / 1000 : 0;
    const restarted = before && status.uptimeSeconds < before.status.uptimeSeconds;
    if (restarted) rates.clear();
    const { store, model, generation, ingest } = status;
    state.textContent = store ? `Up ${duration(status.uptimeSeconds)}` : 'The database does not answer. Ingestion waits for it and goes on by itself.';
    untrained.hidden = model.trained;
    fill(figures, !store ? [['Documents / s', number(ingest.documentsPerSecond, 1)]] : [
      ['Documents', number(store.documents)], ['Part vectors', number(store.parts)], ['Documents / s', number(ingest.documentsPerSecond, 1)], ['Dead letters', number(store.deadLetters)],
      ['Being replayed', number(store.replays)], ['Tombstones', number(store.tombstones)], ['Database', bytes(store.databaseBytes)], ['Vector index', store.index],
    ]);
    fill(device, [
      ['Model', model.name], ['Runs on', model.device], ['Busy', percent(1 - model.idleShare)], ['Dimension', number(model.dimension)],
      ['Answers at work', `${number(generation.texts)} of ${number(generation.maxTexts)}`], ['KV cache', percent(generation.blocks ? generation.usedBlocks / generation.blocks : 0)],
    ]);
    stages.fill(ingest.stages.map(stage => {
      const last = !restarted && before?.status.ingest.stages.find(other => other.name === stage.name);
      const rate = last && seconds ? Math.max(0, stage.items - last.items) / seconds : 0;
      const busy = last && seconds ? Math.min(1, (stage.activeSeconds - last.activeSeconds) / seconds) : 0;
      const history = rates.get(stage.name) ?? [];
      rates.set(stage.name, history);
      history.push(rate);
      if (history.length > Samples) history.shift();
      return [stage.name, number(rate, 1), sparkline(history), percent(busy), number(stage.items)];
    }));
    partitions.fill(ingest.partitions.map(p => [p.topic, p.partition, p.nextOffset === undefined ? '–' : number(p.nextOffset), p.lag === undefined ? 'unknown' : number(p.lag), p.state]));
    budgets.fill(ingest.budgets.map(b => {
      const amount = value => b.unit === 'bytes' ? bytes(value) : `${number(value)} ${b.unit}`;
      return [b.name, amount(b.used), amount(b.limit), bar(b.limit ? b.used / b.limit : 0)];
    }));
    retention.fill(status.retention.map(r => [r.rule, r.keep, number(r.total), r.ranAt ? new Date(r.ranAt).toLocaleString() : 'not yet']));
    before = { now, status };
  }

  document.addEventListener('visibilitychange', () => next(0));
  document.addEventListener('access', () => next(0));

  return {
    node,
    title: 'Ingestion',
    show(parameters) {
      visible = true;
      next(0);
      return letters.show(parameters);
    },
    hide() {
      visible = false;
      before = null;
      clearTimeout(timer);
    },
  };
}

function section(title, ...content) {
  const heading = h('h2', {}, title);
  return h('section', { 'aria-label': title }, heading, ...content);
}

/** A table whose cells change while its rows stay: what is marked or read there is not torn away. */
function table(title, columns) {
  const rows = h('tbody');
  const none = h('p', { class: 'soft' }, 'None.');
  const body = h('div', { class: 'scroll', tabindex: 0, role: 'group', 'aria-label': `${title}, table` }, h('table', {},
    h('thead', {}, h('tr', {}, columns.map(name => h('th', { scope: 'col' }, name)))), rows));
  return {
    node: section(title, body, none),
    fill(values) {
      body.hidden = !values.length;
      none.hidden = Boolean(values.length);
      while (rows.children.length > values.length) rows.lastChild.remove();
      while (rows.children.length < values.length) rows.append(h('tr', {}, columns.map((_, i) => i ? h('td') : h('th', { scope: 'row' }))));
      values.forEach((cells, i) => cells.forEach((cell, k) => {
        const place = rows.children[i].children[k];
        if (cell instanceof Node) place.replaceChildren(cell);
        else if (place.textContent !== String(cell)) place.textContent = cell;
      }));
    },
  };
}

function fill(list, pairs) {
  list.replaceChildren(...pairs.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))));
}

function sparkline(values) {
  const most = Math.max(...values, 1e-9);
  const points = values.map((value, i) => `${(Samples - values.length + i) * 100 / (Samples - 1)},${(19 - 18 * value / most).toFixed(1)}`).join(' ');
  return svg('svg', { class: 'spark', viewBox: '0 0 100 20', preserveAspectRatio: 'none', role: 'img', 'aria-label': `at most ${number(Math.max(...values), 1)} a second in the last minute` },
    svg('polyline', { points, 'vector-effect': 'non-scaling-stroke' }));
}

function bar(share) {
  const inner = h('span');
  inner.style.width = `${Math.min(100, 100 * share)}%`;
  return h('span', { class: 'fill' }, h('span', { class: 'track', 'aria-hidden': 'true' }, inner), percent(share));
}

const percent = share => `${number(100 * Math.max(0, share))} %`;

function duration(seconds) {
  const parts = [[86400, 'd'], [3600, 'h'], [60, 'min']].map(([length, unit]) => {
    const whole = Math.floor(seconds / length);
    seconds -= whole * length;
    return whole ? `${whole} ${unit}` : '';
  }).filter(Boolean);
  return [...parts, `${Math.floor(seconds)} s`].slice(0, 2).join(' ');
}
