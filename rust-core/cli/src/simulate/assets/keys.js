// The keys below the phone: what each may do now, and the request behind it.
const error = document.getElementById('key-error');
const keys = [...document.querySelectorAll('[data-action]')];

for (const key of keys) key.addEventListener('click', () => press(key.dataset.action));

/** Asks the phone to do `action`; the answer arrives as events, only a refusal is shown here. */
export async function press(action) {
  error.textContent = '';
  try {
    const response = await fetch(`/__airlock/actions/${action}`, { method: 'POST' });
    if (!response.ok) error.textContent = (await response.json()).error.message;
  } catch {
    error.textContent = 'The simulator does not answer. Start it again; this page reconnects by itself.';
  }
}

/** Enables the keys that mean something in this state. */
export function showKeys({ phone, syncing }) {
  const running = phone.process === 'running';
  const inFront = phone.visibility === 'foreground';
  const allowed = {
    relaunch: true,
    kill: running,
    background: running && inFront,
    foreground: running && !inFront,
    sync: running && !syncing,
  };
  for (const key of keys) {
    // A key that has the focus keeps it: disabling would throw a keyboard user back to the top of the page.
    key.disabled = !allowed[key.dataset.action] && key !== document.activeElement;
    key.ariaDisabled = String(!allowed[key.dataset.action]);
    if (key.dataset.action === 'sync') key.ariaBusy = String(syncing);
  }
}
