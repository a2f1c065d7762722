// Blazor tells of each change of the connection by an event on the dialog. A page whose server has been away, or was started anew,
// cannot go on where it was: it is loaded again as soon as the server answers.
const notice = document.getElementById('components-reconnect-modal');
let waiting = false;

notice?.addEventListener('components-reconnect-state-changed', ({ detail }) => {
  if (detail.state === 'failed' || detail.state === 'rejected') {
    reloadWhenItAnswers();
  }
});

async function reloadWhenItAnswers() {
  if (waiting) {
    return;
  }

  waiting = true;
  notice.classList.add('reconnect-waits');
  for (;;) {
    try {
      const answer = await fetch('alive', { cache: 'no-store' });
      if (answer.ok) {
        location.reload();
        return;
      }
    } catch {
      // Nobody there yet.
    }

    await new Promise(resume => setTimeout(resume, 1000));
  }
}
