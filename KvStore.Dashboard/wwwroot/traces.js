// Keys in the waterfall, and copying. Everything hangs on the document, since Blazor makes and takes away the elements.
document.addEventListener('keydown', event => {
  const waterfall = event.target.closest?.('[data-waterfall]');
  if (event.key === 'Escape' && (waterfall || event.target.closest?.('#span-details'))) {
    closeDetails();
    return;
  }

  if (!waterfall || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) {
    return;
  }

  const rows = [...waterfall.querySelectorAll('.wf-row')];
  const item = event.target.closest('.wf-item');
  const at = rows.indexOf(item?.querySelector('.wf-row'));
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1 }[event.key];
  if (next !== undefined && at >= 0) {
    event.preventDefault();
    rows[next]?.focus();
  } else if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') {
    const toggle = item?.querySelector('.wf-toggle');
    if (toggle) {
      event.preventDefault();
      if (toggle.getAttribute('aria-expanded') === String(event.key === 'ArrowLeft')) {
        toggle.click();
      }
    }
  }
});

// The focus goes back to the row that the details were of.
function closeDetails() {
  const row = document.querySelector('.wf-row[aria-pressed="true"]');
  document.querySelector('#span-details [data-close]')?.click();
  row?.focus();
}

document.addEventListener('click', async event => {
  const button = event.target.closest?.('[data-copy]');
  if (!button) {
    return;
  }

  const status = button.parentElement.querySelector('.copy-status');
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    status.textContent = 'Copied';
  } catch {
    // Without TLS and not on localhost there is no clipboard: select it, so that the keyboard can copy it.
    const code = button.parentElement.querySelector('code');
    getSelection().selectAllChildren(code);
    status.textContent = 'Selected: copy it with the keyboard';
  }

  setTimeout(() => { status.textContent = ''; }, 3000);
});
