// What a search looks for, and among which documents: the mode, a filter over metadata, and times.
import { choose, h } from './dom.js';

export function narrowing() {
  const mode = h('select', { id: 'mode' }, h('option', { value: '' }, 'Documents'), h('option', { value: 'parts' }, 'Passages and pictures'));
  const filter = h('input', {
    id: 'filter', autocomplete: 'off', autocapitalize: 'none', spellcheck: 'false', maxlength: 4096, placeholder: 'lang = "en" and year >= 2020', 'aria-describedby': 'filter-help',
  });
  const from = h('input', { id: 'from', type: 'date' });
  const to = h('input', { id: 'to', type: 'date' });
  const more = h('details', { class: 'narrow' }, h('summary', {}, 'Filter'),
    h('div', { class: 'options' },
      h('span', { class: 'field wide' }, h('label', { for: 'filter' }, 'Metadata'), filter),
      field(from, 'From'), field(to, 'Before')),
    h('p', { class: 'soft', id: 'filter-help' }, 'Names are those of the documents\' metadata; =, !=, <, <=, >, >=, has, exists, and, or, not. Times are those that documents name themselves.'));
  const named = { mode, filter, from, to };
  return {
    mode: field(mode, 'Look for'),
    more,
    /** What was given, as fields of a request and of an address alike. */
    read: () => Object.fromEntries(Object.entries(named).map(([name, input]) => [name, input.value.trim()]).filter(([, value]) => value)),
    write(parameters) {
      const given = name => parameters.get(name) ?? '';
      choose(mode, given('mode') === 'documents' ? '' : given('mode'));
      filter.value = given('filter');
      writeTime(from, given('from'));
      writeTime(to, given('to'));
      if (filter.value || from.value || to.value) more.open = true;
    },
  };
}

/** A field for dates takes no time of day, nor what is no time at all: those stand as text. It is for the server to say what is wrong with them. */
function writeTime(input, text) {
  input.type = 'date';
  input.value = text;
  if (input.value === text) return;
  input.type = 'text';
  input.value = text;
}

const field = (input, name) => h('span', { class: 'field' }, h('label', { for: input.id }, name), input);
