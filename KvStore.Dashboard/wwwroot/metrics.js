// The values under the pointer, or where the arrow keys went, in a chart; and closing what was opened over the page. Everything hangs on
// the document, since Blazor makes and takes away the elements. The element [data-readout] is this script's own.
let active = null; // { plot, at, observer }

document.addEventListener('pointermove', event => {
  const plot = event.target.closest?.('[data-plot]');
  if (!plot) {
    if (active && active.plot !== document.activeElement) {
      leave();
    }

    return;
  }

  const box = plot.getBoundingClientRect();
  const { rows } = read(plot);
  enter(plot, Math.round((event.clientX - box.left) / box.width * rows.length) - 1);
});

document.addEventListener('keydown', event => {
  const popup = event.target.closest?.('details[data-popup][open]');
  if (popup && event.key === 'Escape') {
    popup.open = false;
    popup.querySelector('summary').focus();
    return;
  }

  const plot = event.target.matches?.('[data-plot]') ? event.target : null;
  if (!plot || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }

  if (event.key === 'Escape') {
    leave();
    return;
  }

  const last = read(plot).rows.length - 1;
  const at = active?.plot === plot ? active.at : last + 1;
  const next = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: last }[event.key];
  if (next !== undefined) {
    event.preventDefault();
    enter(plot, next);
  }
});

document.addEventListener('focusout', event => {
  if (event.target === active?.plot) {
    leave();
  }
});

document.addEventListener('pointerdown', event => {
  for (const popup of document.querySelectorAll('details[data-popup][open]')) {
    if (!popup.contains(event.target)) {
      popup.open = false;
    }
  }
});

function read(plot) {
  return JSON.parse(plot.dataset.plot);
}

function enter(plot, at) {
  if (active?.plot !== plot) {
    leave();
    active = { plot, at, observer: new MutationObserver(show) };
    active.observer.observe(plot, { attributes: true, attributeFilter: ['data-plot'] });
  }

  active.at = at;
  show();
}

function leave() {
  active?.observer.disconnect();
  active?.plot.querySelector('[data-readout]')?.replaceChildren();
  active = null;
}

function show() {
  const { lines, rows } = read(active.plot);
  const at = active.at = Math.min(Math.max(active.at, 0), rows.length - 1);
  const share = (at + 1) / rows.length;
  const [time, ...values] = rows[at];

  const line = element('div', 'readout-line');
  const box = element('div', `readout-box ${share > 0.5 ? 'left' : 'right'}`);
  line.style.left = box.style.left = `${share * 100}%`;
  box.append(element('div', '', time));
  lines.forEach(({ label, colour }, i) => {
    const row = element('div', '');
    const swatch = element('span', 'swatch');
    swatch.style.background = colour;
    row.append(swatch, element('span', '', label), element('span', 'value', values[i]));
    box.append(row);
  });
  active.plot.querySelector('[data-readout]').replaceChildren(line, box);
}

function element(name, className, text) {
  const made = document.createElement(name);
  made.className = className;
  if (text !== undefined) {
    made.textContent = text;
  }

  return made;
}
