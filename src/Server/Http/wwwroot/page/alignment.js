// Draws which part of the question met which part of a document.
import { h, number, svg } from './dom.js';

const Row = 56;

/** @param question Parts as they were sent: {text} or {url, title}. @param picture Makes the picture of a match. */
export function alignment(question, matches, picture) {
  const asked = distinct(matches.map(match => match.queryPart));
  const found = distinct(matches.map(match => match.documentPart));
  const height = Row * Math.max(asked.length, found.length);
  const middle = (i, count) => (i + 0.5) * height / count;
  const lines = matches.map(match => {
    const from = middle(asked.indexOf(match.queryPart), asked.length);
    const to = middle(found.indexOf(match.documentPart), found.length);
    const strength = Math.max(0, Math.min(1, match.similarity));
    return svg('path', {
      d: `M0 ${from}C40 ${from} 60 ${to} 100 ${to}`, 'stroke-width': (1 + 9 * strength ** 2).toFixed(2), 'stroke-opacity': (0.15 + 0.75 * strength).toFixed(2), 'vector-effect': 'non-scaling-stroke',
    });
  });
  const side = (name, nodes) => h('ul', { class: 'side', 'aria-label': name }, nodes);
  const ends = found.map(part => matches.find(match => match.documentPart === part));
  return h('figure', { class: 'alignment' },
    h('div', { class: 'drawing' },
      side('Of the question', asked.map(part => h('li', {}, question[part] ? end(question[part]) : `Part ${part + 1}`))),
      svg('svg', { viewBox: `0 0 100 ${height}`, height, preserveAspectRatio: 'none', role: 'img', 'aria-label': `Lines between the parts that met: ${matches.map(sentence).join('; ')}` }, lines),
      side('Of the document', ends.map(match => h('li', {}, match.text === undefined ? picture(match) : match.text)))),
    h('figcaption', {}, 'The wider and darker a line, the more alike the two parts.'),
    h('table', {},
      h('caption', { class: 'unseen' }, 'The same as a table'),
      h('thead', {}, h('tr', {}, ...['Question', 'Document', 'Cosine'].map(name => h('th', { scope: 'col' }, name)))),
      h('tbody', {}, matches.map(match => h('tr', {},
        h('td', {}, `Part ${match.queryPart + 1}`), h('td', {}, `Part ${match.documentPart + 1}`), h('td', { class: 'figure' }, number(match.similarity, 3)))))));
}

const distinct = values => [...new Set(values)].sort((a, b) => a - b);
const sentence = match => `part ${match.queryPart + 1} of the question with part ${match.documentPart + 1} of the document, cosine ${number(match.similarity, 2)}`;
const end = part => part.url ? h('img', { src: part.url, alt: part.title }) : part.text;
