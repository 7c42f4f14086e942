// The control page: follows the phone over one WebSocket, shows what it says, sends what the keys ask for.
import { showKeys } from './keys.js';
import { showBundles, showNow } from './panels.js';
import { showPhone } from './phone.js';
import { Timeline } from './timeline.js';

const RECONNECT_MS = 1000;
const appLink = document.getElementById('app-id');
const link = document.getElementById('link');
const timeline = new Timeline(document.getElementById('timeline'), document.getElementById('timeline-count'));

follow();

function follow() {
  const socket = new WebSocket(`ws://${location.host}/__airlock/events`);
  socket.onopen = () => showLink('live', 'Live');
  socket.onmessage = ({ data }) => receive(JSON.parse(data));
  socket.onclose = () => {
    showLink('lost', 'Simulator not running');
    setTimeout(follow, RECONNECT_MS);
  };
}

function receive({ state, events, event }) {
  if (events) timeline.replace(events);
  if (event) timeline.add(event);
  if (state) show(state);
}

function show(state) {
  appLink.textContent = `${state.app.id} ${state.app.nativeVersion}`;
  appLink.href = state.app.url;
  showPhone(state);
  showKeys(state);
  showNow(state);
  showBundles(state);
}

function showLink(kind, text) {
  link.dataset.link = kind;
  if (link.textContent !== text) link.textContent = text;
}
