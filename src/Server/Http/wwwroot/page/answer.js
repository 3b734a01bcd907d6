// An answer while it is written: tokens as they come, citations as links to their evidence.
import { events, post } from './server.js';
import { goTo, h } from './dom.js';

const Refusal = /^\W*the documents do not say\W*$/i;

/**
 * Asks, and writes the answer into an element. Resolves with how it ended: a sentence, and whether the documents don't say it. Aborting throws an AbortError.
 * @param evidence Called once, with the documents that are answered from.
 */
export async function answer(body, target, evidence, signal) {
  const response = await post('/v1/answer', body, { signal });
  const tail = document.createTextNode('');
  target.replaceChildren(tail);
  let text = '';
  let shown = 0;
  let hits = [];
  let cited = 0;
  for await (const { name, data } of events(response)) {
    if (name === 'evidence') {
      hits = data.hits;
      evidence(data);
      if (!hits.length) return { missing: true, text: 'Not in the documents: there is none to answer from.' };
    } else if (name === 'token') {
      text += data.text;
      tail.data = text.slice(shown);
    } else if (name === 'citation') {
      const place = placeOf(data, text);
      if (!place || place.start < shown) continue;
      // What is there stays there: a link that has the focus must not lose it to the next token.
      tail.before(text.slice(shown, place.start), citation(data.number, text.slice(place.start, place.end), hits));
      shown = place.end;
      tail.data = text.slice(shown);
      cited++;
    } else if (name === 'done') {
      if (Refusal.test(text) || !text.trim()) return { missing: true, text: 'Not in the documents.' };
      if (data.reason === 'length') return { text: 'The answer was cut off: it may not become longer.' };
      return { text: cited ? 'Complete.' : 'Complete. It cites none of the documents, so check it.' };
    } else if (name === 'error') {
      throw new Error(data.detail);
    }
  }
  throw new Error('The answer broke off.');
}

/** Where a citation's link stands: all of "[2]"; of "[1, 3]", whose citations have one position, its number alone, since each leads elsewhere. */
function placeOf({ number, position }, text) {
  const bracket = text.slice(position, text.indexOf(']', position) + 1);
  const numbers = [...bracket.matchAll(/\d+/g)];
  if (numbers.length === 1) return { start: position, end: position + bracket.length };
  const cited = numbers.find(found => Number(found[0]) === number);
  return cited && { start: position + cited.index, end: position + cited.index + cited[0].length };
}

function citation(number, text, hits) {
  return h('a', {
    href: `#evidence-${number}`, class: 'citation', 'aria-label': `Evidence ${number}: ${hits[number - 1].title ?? hits[number - 1].id}`,
    onclick: event => {
      event.preventDefault();
      goTo(document.getElementById(`evidence-${number}`));
    },
  }, text);
}
