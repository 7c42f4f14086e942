// The phone's screen: home screen or app, and the frame that shows the app of the current launch.
import { press } from './keys.js';
import { appName } from './words.js';

const device = document.getElementById('device');
// A page that hangs (an endless loop) does not even let go of its frame. After this long the frame itself is replaced,
// which ends the page's renderer, as the system ends an app that does not respond.
const HUNG_AFTER_MS = 4000;
const RENDERER_ENDS_MS = 1000;

const homeApp = document.getElementById('home-app');
const gestureBar = document.getElementById('gesture-bar');

let frame = document.getElementById('phone');
let watchdog = 0;
let wantedUrl = 'about:blank';
let shownLaunch = null;
let phoneState = null;

homeApp.addEventListener('click', () => press(phoneState?.process === 'running' ? 'foreground' : 'relaunch'));
gestureBar.addEventListener('click', () => device.dataset.screen === 'app' && press('background'));
frame.addEventListener('load', loaded);
setInterval(showClock, 5000);
showClock();

/** Shows the state's screen; loads the app anew whenever the launch is another one than before. */
export function showPhone({ app, phone, launch }) {
  phoneState = phone;
  const name = appName(app.id);
  document.getElementById('app-name').textContent = name;
  for (const id of ['app-letter', 'splash-letter']) document.getElementById(id).textContent = name[0];

  const screen = phone.process !== 'running' ? 'off' : phone.visibility === 'foreground' ? 'app' : 'home';
  device.dataset.screen = screen;
  document.getElementById('app-window').inert = screen !== 'app';
  document.getElementById('home-screen').inert = screen === 'app';

  const wanted = launch ? launch.number : null;
  if (wanted !== shownLaunch) {
    shownLaunch = wanted;
    device.dataset.loading = String(launch !== null);
    wantedUrl = launch ? app.url : 'about:blank';
    navigate();
  }
}

/** Replaces the frame's page without leaving an entry in the tab's history. */
function navigate() {
  clearTimeout(watchdog);
  watchdog = setTimeout(replaceFrame, HUNG_AFTER_MS);
  frame.contentWindow.location.replace(wantedUrl);
}

function replaceFrame() {
  const fresh = frame.cloneNode();
  frame.replaceWith(fresh);
  frame = fresh;
  frame.addEventListener('load', loaded);
  setTimeout(navigate, RENDERER_ENDS_MS);
}

function loaded() {
  clearTimeout(watchdog);
  device.dataset.loading = 'false';
}

function showClock() {
  const now = new Date();
  const clock = now.toLocaleTimeString([], { hour: 'numeric', minute: '2-digit' }).replace(/\s?[AP]M$/i, '');
  document.getElementById('status-clock').textContent = clock;
  document.getElementById('home-clock').textContent = clock;
  document.getElementById('home-date').textContent = now.toLocaleDateString([], {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
  });
}
