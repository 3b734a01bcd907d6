// Texts and pictures in order, as people write them: a question, or a document to push.
import { announce, freshId, h, problem } from './dom.js';
import { isPicture, prepare } from './pictures.js';

/**
 * @param shrink Scale pictures down that are too large for a question.
 * @param describe Ask for each picture's words, too.
 * @param wording What the texts are called, and what stands in an empty one.
 * @param enter Called with the event when Enter is pressed in a text; without it, Enter makes a line.
 */
export function composer({ shrink, describe = false, wording, hint, enter = null }) {
  const parts = [];
  const list = h('ol', { class: 'parts', 'aria-label': `${wording} and pictures, in order` });
  const notes = h('div');
  const chooser = h('input', { type: 'file', accept: 'image/*', multiple: true, onchange: () => { add([...chooser.files]); chooser.value = ''; } });
  const tools = h('span', { class: 'tools' },
    h('label', { class: 'button quiet' }, 'Add picture', chooser),
    h('button', { type: 'button', class: 'quiet', onclick: () => addText('').field.focus() }, 'Add text'));
  const node = h('div', { class: 'composer' }, list, notes);
  // Wherever the focus is while this is shown; but words that come with their picture, as from a spreadsheet, are meant for the field that they are pasted into.
  document.addEventListener('paste', event => {
    const files = [...event.clipboardData.files].filter(isPicture);
    if (!node.isConnected || !files.length) return;
    if (event.target.matches('input') && event.clipboardData.types.includes('text/plain')) return;
    event.preventDefault();
    add(files, parts.findIndex(part => part.item.contains(event.target)) + 1 || parts.length);
  });

  function insert(part, at = parts.length) {
    const move = (by, name) => h('button', { type: 'button', class: 'small', 'data-move': by, onclick: event => shift(part, by, event.target) }, name);
    part.buttons = h('span', { class: 'tools' }, move(-1, 'Up'), move(1, 'Down'), h('button', { type: 'button', class: 'small', onclick: () => remove(part) }, 'Remove'));
    part.item = h('li', { class: part.blob ? 'part picture' : 'part' }, ...part.body, part.buttons);
    parts.splice(at, 0, part);
    list.insertBefore(part.item, list.children[at] ?? null);
    name();
    return part;
  }

  function addText(text, at) {
    const id = freshId('text');
    const field = h('textarea', {
      id, rows: 1, placeholder: hint, onkeydown: event => {
        if (enter && event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
          event.preventDefault();
          enter(event);
        }
      },
    });
    field.value = text;
    return insert({ field, body: [h('label', { for: id, class: 'unseen' }), field] }, at);
  }

  function addPicture(blob, title, alt = '', at) {
    const url = URL.createObjectURL(blob);
    const id = freshId('alt');
    const words = describe ? h('input', { id, maxlength: 16384, autocomplete: 'off' }) : null;
    if (words) words.value = alt;
    const body = [h('img', { src: url, alt: title }), words ? h('span', { class: 'field' }, h('label', { for: id }, 'What it shows'), words) : h('span', { class: 'soft name' }, title)];
    return insert({ blob, url, title, words, body }, at);
  }

  async function add(files, at = parts.length) {
    notes.replaceChildren();
    for (const file of files) {
      try {
        addPicture(await prepare(file, shrink), file.name || 'Pasted picture', '', at++);
        announce(`Picture added: ${file.name || 'from the clipboard'}`);
      } catch (error) {
        notes.append(problem(error));
      }
    }
  }

  function remove(part) {
    const at = parts.indexOf(part);
    parts.splice(at, 1);
    part.item.remove();
    if (part.url) URL.revokeObjectURL(part.url);
    if (!parts.length) addText('');
    name();
    const next = parts[Math.min(at, parts.length - 1)];
    (next.field ?? next.buttons.lastChild).focus();
    announce('Removed');
  }

  function shift(part, by, button) {
    const at = parts.indexOf(part);
    parts.splice(at, 1);
    parts.splice(at + by, 0, part);
    list.insertBefore(part.item, list.children[by < 0 ? at - 1 : at + 2] ?? null);
    name();
    (button.disabled ? part.buttons.querySelector('button:enabled') : button).focus();
    announce(`Now number ${at + by + 1} of ${parts.length}`);
  }

  // A part alone needs no buttons; several are told apart by their numbers.
  function name() {
    parts.forEach((part, i) => {
      const called = parts.length === 1 ? wording : `${part.blob ? 'Picture' : wording}, part ${i + 1}`;
      if (part.field) part.item.querySelector('label').textContent = called;
      part.buttons.hidden = parts.length === 1 && !part.blob;
      for (const button of part.buttons.children) {
        button.setAttribute('aria-label', `${button.textContent}: part ${i + 1}`);
        const by = Number(button.dataset.move);
        button.disabled = Boolean(by) && (i + by < 0 || i + by >= parts.length);
      }
    });
  }

  addText('');
  return {
    node,
    tools,
    add,
    focus: () => (parts.find(part => part.field) ?? parts[0]).field?.focus(),
    /** Texts with words in them, and pictures. */
    read: () => parts.filter(part => part.blob || part.field.value.trim())
      .map(part => part.blob ? { blob: part.blob, title: part.title, alt: part.words?.value.trim() } : { text: part.field.value.trim() }),
    write(given) {
      for (const part of parts.splice(0)) {
        if (part.url) URL.revokeObjectURL(part.url);
        part.item.remove();
      }
      for (const part of given) {
        if (part.blob) addPicture(part.blob, part.title, part.alt);
        else addText(part.text);
      }
      if (!parts.length) addText('');
    },
  };
}

/** Lets files be dropped anywhere on an element, for as long as it is shown. */
export function takeDrops(area, taken) {
  area.addEventListener('dragover', event => {
    if (![...event.dataTransfer.types].includes('Files')) return;
    event.preventDefault();
    area.classList.add('dropping');
  });
  area.addEventListener('dragleave', event => { if (!area.contains(event.relatedTarget)) area.classList.remove('dropping'); });
  area.addEventListener('drop', event => {
    area.classList.remove('dropping');
    if (!event.dataTransfer.files.length) return;
    event.preventDefault();
    taken([...event.dataTransfer.files]);
  });
}
