// Questions of texts and pictures: the documents that are like them, and answers from these.
import { announce, choose, h, number, plural, problem } from './dom.js';
import { answer } from './answer.js';
import { collectionField } from './collections.js';
import { composer, takeDrops } from './composer.js';
import { found, hitCard } from './hit.js';
import { narrowing } from './narrowing.js';
import { partCard } from './part.js';
import { base64, isAsGiven, reduce } from './pictures.js';
import { ServerError, access, post } from './server.js';
import { go, viewUrl } from './routes.js';

// Questions with their pictures, by the number in the history's state. An address holds the words only.
const asked = new Map();
const KeptQuestions = 30;
// Not from 0: the history outlives the page, and a number from before a reload must name no question of after it.
let count = Date.now();

// Beyond 8 KiB in the line of a request the server refuses it, and with it the page that is loaded again.
const LongestAddress = 8000;

export function createSearch() {
  const question = composer({ shrink: true, wording: 'What are you looking for?', hint: 'Words, or a picture: dropped, pasted or chosen', enter: event => submit(event.ctrlKey || event.metaKey) });
  const collection = collectionField();
  const hits = h('select', { id: 'hits' }, [5, 10, 20, 50].map(value => h('option', { value, selected: value === 10 }, value)));
  const narrow = narrowing();
  const stop = h('button', { type: 'button', hidden: true, onclick: () => running?.abort() }, 'Stop');
  const form = h('form', { class: 'ask', role: 'search', 'aria-label': 'Documents', onsubmit: event => { event.preventDefault(); submit(false); } },
    question.node,
    h('div', { class: 'toolbar' },
      question.tools,
      h('span', { class: 'tools end' },
        stop,
        // Not the form's button: that is what Enter presses in the other fields.
        h('button', { type: 'button', class: 'quiet', title: 'Ctrl and Enter', onclick: () => submit(true) }, 'Answer'),
        h('button', { class: 'primary', title: 'Enter' }, 'Search'))),
    h('div', { class: 'options' }, collection.node, narrow.mode, h('span', { class: 'field' }, h('label', { for: 'hits' }, 'Results'), hits), narrow.more));
  const state = h('p', { class: 'soft state' });
  const output = h('div', { class: 'results' });
  const node = h('div', { class: 'view search' }, h('h1', { class: 'unseen', tabindex: -1 }, 'Search'), form, state, output);
  takeDrops(node, files => question.add(files));
  let running = null;
  let current = null;
  // The id of the stored document that is asked with in the place of parts.
  let like = null;
  // The question as the results draw it; its pictures live as long as these are shown.
  let drawn = [];

  function submit(wantsAnswer) {
    const parts = question.read();
    const options = { collection: collection.value, k: hits.value === '10' ? null : hits.value, ...narrow.read() };
    if (!parts.length && like && !wantsAnswer) {
      go(viewUrl('search', { like, ...options, mode: null }));
      return;
    }
    if (!parts.length) {
      say('Write some words or add a picture first.');
      question.focus();
      return;
    }
    asked.set(++count, parts);
    asked.delete(count - KeptQuestions);
    current = count;
    const rest = { pictures: parts.filter(part => part.blob).length || null, do: wantsAnswer ? 'answer' : null, ...options };
    const url = viewUrl('search', { q: parts.filter(part => part.text).map(part => part.text), ...rest });
    go(url.length > LongestAddress ? viewUrl('search', { long: '1', ...rest }) : url, { question: count });
  }

  function say(text) {
    state.textContent = text;
    announce(text);
  }

  async function run(parts, wantsAnswer) {
    running?.abort();
    const mine = running = new AbortController();
    output.replaceChildren();
    for (const part of drawn) if (part.url) URL.revokeObjectURL(part.url);
    drawn = parts.map(part => part.text ? part : { url: URL.createObjectURL(part.blob), title: part.title });
    stop.hidden = false;
    say(wantsAnswer ? 'Looking for documents …' : 'Searching …');
    try {
      const { mode, ...among } = narrow.read();
      const send = async (parts, notices) => {
        const body = {
          ...like ? { like } : { parts: await Promise.all(parts.map(async part => part.text ? { type: 'text', text: part.text } : { type: 'image', data: await base64(part.blob) })) },
          tenant: access.tenant || undefined, collection: collection.value || undefined, ...among,
        };

        // Another question may have been asked while pictures were made smaller.
        mine.signal.throwIfAborted();
        if (wantsAnswer) await runAnswer(body, mine.signal, notices);
        else await runSearch({ ...body, mode: body.like ? undefined : mode, k: Number(hits.value) || hits.value }, mine.signal, notices);
      };
      try {
        await send(parts, []);
      } catch (error) {
        const smaller = await reduced(parts, error);
        if (!smaller) throw error;
        await send(smaller, [h('p', { class: 'notice' }, 'The server does not take these pictures as they are. They were made smaller, so a document that holds the same file may not be found by it.')]);
      }
    } catch (error) {
      if (running !== mine) return;
      if (error.name === 'AbortError') {
        say('Stopped.');
      } else {
        state.textContent = '';
        output.prepend(problem(error));
      }
    } finally {
      if (running === mine) {
        if (document.activeElement === stop) question.focus();
        stop.hidden = true;
        running = null;
      }
    }
  }

  async function runSearch(body, signal, notices) {
    const reply = await (await post('/v1/search', body, { signal })).json();
    output.replaceChildren(...notices, reply.parts ? results('Results', reply.parts.map((part, i) => partCard(part, i + 1))) : evidence('Results', reply.hits, drawn));
    const { prepare, encode, candidates, rerank, load } = reply.timings;
    const many = (reply.parts ?? reply.hits).length;
    say(`${reply.parts?.length ? plural(many, 'part') : found(reply.hits)}${many && body.like ? ` like ${body.like}` : ''}${many ? ` in ${number(prepare + encode + candidates + rerank + load)} ms` : `. Try other words, ${among(body) ? 'a wider filter, ' : ''}or another collection.`}`);
  }

  async function runAnswer(body, signal, notices) {
    const text = h('div', { class: 'answer', 'aria-live': 'polite', 'aria-busy': 'true', dir: 'auto' });
    const outcome = h('p', { class: 'soft outcome' });
    const section = h('section', { 'aria-labelledby': 'answer-title' }, h('h2', { id: 'answer-title' }, 'Answer'), text, outcome);
    output.replaceChildren(...notices, section);
    try {
      const end = await answer(body, text, reply => {
        section.after(evidence('Evidence', reply.hits, drawn));
        say('Writing the answer …');
      }, signal);
      section.classList.toggle('missing', Boolean(end.missing));
      outcome.textContent = end.text;
      state.textContent = '';
      announce(end.missing ? end.text : 'The answer is there.');
    } finally {
      text.removeAttribute('aria-busy');
    }
  }

  return {
    node,
    title: 'Search',
    async show(parameters, saved) {
      collection.value = parameters.get('collection') ?? '';
      narrow.write(parameters);
      choose(hits, parameters.get('k') || '10');
      like = parameters.get('like');
      const known = asked.get(saved?.question);
      const parts = known ?? parameters.getAll('q').map(text => ({ text }));
      if (!saved?.question || saved.question !== current) {
        question.write(parts);
        current = saved?.question ?? null;
      }
      if (like || parts.length) await run(parts, !like && parameters.get('do') === 'answer');
      else {
        running?.abort();
        output.replaceChildren();
        state.textContent = 'Enter searches; Ctrl and Enter answers from what is found. Texts and pictures together are one question, in their order.';
      }
      if (known) return;
      if (Number(parameters.get('pictures'))) output.prepend(h('p', { class: 'notice' }, 'This question had a picture, which is not part of its address: add it again.'));
      if (parameters.get('long')) output.prepend(h('p', { class: 'notice' }, 'This question has more words than an address can hold: write them again.'));
    },
    hide: () => running?.abort(),
    focus: () => question.focus(),
  };
}

/** The parts with smaller pictures, where the server refused those of the question as they were given: too many bytes, or one that it can't take. Null: it refused something else. */
async function reduced(parts, error) {
  if (!(error instanceof ServerError) || !parts.some(part => part.blob && isAsGiven(part.blob))) return null;
  const refused = parts[/^parts\[(\d+)\]/.exec(error.field)?.[1]];
  if (error.status !== 413 && !(error.status === 400 && refused?.blob)) return null;
  return Promise.all(parts.map(async part => part.blob ? { ...part, blob: await reduce(part.blob) } : part));
}

const among = body => body.filter || body.from || body.to;
const evidence = (name, hits, question) => results(name, hits.map((hit, i) => hitCard(hit, i + 1, question)));

function results(name, cards) {
  const id = `${name.toLowerCase()}-title`;
  return h('section', { 'aria-labelledby': id },
    h('h2', { id, class: name === 'Results' ? 'unseen' : '' }, name),
    h('div', { class: 'stack' }, cards));
}
