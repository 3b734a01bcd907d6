// Shows GET /v1/status once a second and asks POST /v1/answer, whose events are read as they come.
const byId = id => document.getElementById(id);
const count = value => value.toLocaleString();

function element(tag, text, className) {
  const node = document.createElement(tag);
  if (text !== undefined) node.textContent = text;
  if (className) node.className = className;
  return node;
}

function bars(target, rows) {
  target.replaceChildren(...rows.map(({ name, share, value }) => {
    const row = element('div');
    row.setAttribute('role', 'listitem');
    const track = element('div', undefined, 'track');
    const fill = element('div', undefined, 'fill');
    fill.style.width = `${Math.min(100, 100 * share)}%`;
    track.append(fill);
    row.append(element('span', name), track, element('span', value, 'value'));
    return row;
  }));
}

function amount(value, unit) {
  return unit === 'bytes' ? `${(value / 1048576).toFixed(1)} MB` : `${count(value)} ${unit}`;
}

function show(status) {
  byId('node').textContent = `${status.model.name} on ${status.model.device}, up ${Math.round(status.uptimeSeconds)} s`;
  byId('untrained').hidden = status.model.trained;
  const figures = [
    ['documents', status.store.documents], ['part vectors', status.store.parts], ['vector index', status.store.index],
    ['dead letters', status.store.deadLetters], ['being replayed', status.store.replays], ['database MB', Math.round(status.store.databaseBytes / 1048576)], ['documents / s', status.ingest.documentsPerSecond.toFixed(1)],
  ];
  byId('store').replaceChildren(...figures.map(([name, value]) => {
    const pair = element('div');
    pair.append(element('dt', name), element('dd', typeof value === 'number' ? count(value) : value));
    return pair;
  }));
  const busiest = Math.max(1e-9, ...status.ingest.stages.map(s => s.activeSeconds));
  bars(byId('stages'), status.ingest.stages.map(s => ({ name: s.name, share: s.activeSeconds / busiest, value: `${s.activeSeconds.toFixed(1)} s` })));
  bars(byId('budgets'), status.ingest.budgets.map(b => ({ name: b.name, share: b.used / b.limit, value: amount(b.used, b.unit) })));
  byId('partitions').replaceChildren(...status.ingest.partitions.map(p => {
    const row = element('tr');
    row.append(...[p.topic, p.partition, p.nextOffset ?? '–', p.lag ?? '–', p.state].map(cell => element('td', cell)));
    return row;
  }));
}

async function poll() {
  try {
    const response = await fetch('/v1/status', { signal: AbortSignal.timeout(5000) });
    if (response.ok) show(await response.json());
    else byId('node').textContent = `Status not available: ${response.status}`;
  } catch {
    byId('node').textContent = 'The server does not answer.';
  }
  setTimeout(poll, 1000);
}

function base64(file) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(',') + 1));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(file);
  });
}

async function* events(response) {
  let pending = '';
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    pending += chunk;
    for (let end; (end = pending.indexOf('\n\n')) >= 0; pending = pending.slice(end + 2)) {
      const lines = pending.slice(0, end).split('\n');
      const name = lines.find(l => l.startsWith('event: '))?.slice(7);
      const data = lines.filter(l => l.startsWith('data: ')).map(l => l.slice(6)).join('\n');
      if (name) yield { name, data: JSON.parse(data) };
    }
  }
}

function hit(found) {
  const item = element('li');
  item.append(element('strong', found.title ?? found.id));
  item.append(element('div', found.matches.map(m => m.text ?? `picture: ${m.alt ?? 'untitled'}`).join(' … '), 'parts'));
  return item;
}

byId('ask').addEventListener('submit', async event => {
  event.preventDefault();
  const parts = [];
  const question = byId('question').value.trim();
  const picture = byId('picture').files[0];
  if (picture) parts.push({ type: 'image', data: await base64(picture), media_type: picture.type });
  if (question) parts.push({ type: 'text', text: question });
  byId('hits').replaceChildren();
  byId('answer').textContent = parts.length ? 'Searching …' : 'Write a question or choose a picture.';
  if (!parts.length) return;
  try {
    const response = await fetch('/v1/answer', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ parts }) });
    if (!response.ok) {
      byId('answer').textContent = (await response.json()).detail;
      return;
    }
    byId('answer').textContent = '';
    for await (const { name, data } of events(response)) {
      if (name === 'evidence') byId('hits').replaceChildren(...data.hits.map(hit));
      else if (name === 'token') byId('answer').append(data.text);
      else if (name === 'error') byId('answer').textContent = data.detail;
    }
  } catch (error) {
    byId('answer').textContent = `No answer: ${error.message}`;
  }
});

poll();
