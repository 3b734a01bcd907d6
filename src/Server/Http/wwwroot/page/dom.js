// Small tools for the document. Whatever comes from a server goes in as text: there is no way to pass markup.

/** An element. Properties that begin with "on" are listeners, true and false are attributes that are there or not, null and undefined are left out. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function svg(tag, properties = {}, ...children) {
  return fill(document.createElementNS('http://www.w3.org/2000/svg', tag), properties, children);
}

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? '' : value);
  }
  node.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return node;
}

let ids = 0;

/** An id for labels that is used nowhere else on the page. */
export const freshId = name => `${name}-${++ids}`;

/** Says it to screen readers; what is seen says it too. */
export function announce(text) {
  document.getElementById('announcer').textContent = text;
}

export const number = (value, digits = 0) => value.toLocaleString(undefined, { minimumFractionDigits: digits, maximumFractionDigits: digits });

export function bytes(value) {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let unit = 0;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  return `${number(value, unit === 0 || value >= 100 ? 0 : 1)} ${units[unit]}`;
}

export const when = time => h('time', { datetime: time }, new Date(time).toLocaleString());

export const plural = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;

/** Chooses a value. One that is none of the choices becomes one for as long as it is chosen: what is asked with is seen. */
export function choose(select, value) {
  select.querySelector('[data-given]')?.remove();
  if (![...select.options].some(option => option.value === value)) select.append(h('option', { value, 'data-given': true }, value));
  select.value = value;
}

/** Goes there with the keyboard's focus too. */
export function goTo(node) {
  const calm = matchMedia('(prefers-reduced-motion: reduce)').matches;
  node.focus({ preventScroll: true });
  node.scrollIntoView({ behavior: calm ? 'auto' : 'smooth', block: 'start' });
}

/**
 * Asks in a dialog, which keeps the focus and gives it back where it was. Null: it was left.
 * @returns {Promise<FormData | null>}
 */
export function ask({ title, text, fields = [], action, danger = false }) {
  const heading = freshId('dialog');
  const form = h('form', { method: 'dialog' },
    h('h2', { id: heading }, title),
    text && h('p', {}, text),
    ...fields,
    h('p', { class: 'actions' },
      h('button', { value: 'yes', class: danger ? 'danger' : 'primary' }, action),
      h('button', { type: 'button', onclick: () => dialog.close('') }, 'Cancel')));
  const dialog = h('dialog', { 'aria-labelledby': heading }, form);
  const before = document.activeElement;
  document.body.append(dialog);
  dialog.showModal();
  return new Promise(resolve => dialog.addEventListener('close', () => {
    const given = dialog.returnValue === 'yes' ? new FormData(form) : null;
    dialog.remove();
    if (before?.isConnected) before.focus();
    resolve(given);
  }));
}

/** A problem where it happened, told to screen readers as well. */
export const problem = error => h('p', { class: 'notice problem', role: 'alert' }, error.message);
