// Runs before anything of the app, as a document-start script does on a phone: the launch token, Capacitor's globals
// and the bridge that native-bridge.js (injected right after this) talks to. inject.rs calls it with this page's `boot`.
function airlockDocumentStart(boot) {
  'use strict';

  Object.defineProperty(window, 'AirlockLaunch', { value: Object.freeze({ token: boot.token }) });
  window.Capacitor = { DEBUG: true, isLoggingEnabled: false, Plugins: {} };
  window.WEBVIEW_SERVER_URL = boot.serverUrl;

  const RECONNECT_MS = 1000;
  const LAUNCH_OVER = 4001;
  // The control page shows the app in a frame and navigates that frame itself; only a tab of its own is moved here.
  const ownsItsTab = window.parent === window;
  const waiting = [];
  let socket = null;
  let lost = false;

  const bridge = {
    onmessage: null,
    postMessage(message) {
      if (isNestedFrame()) {
        console.warn('Plugin execution is allowed in the main frame only');
      } else if (socket?.readyState === WebSocket.OPEN) {
        socket.send(message);
      } else {
        waiting.push(message);
      }
    },
  };
  Object.defineProperty(window, 'androidBridge', { value: bridge });
  if (!isNestedFrame()) connect();

  function connect() {
    socket = new WebSocket(boot.bridgeUrl);
    socket.onopen = () => {
      // After a lost connection the native side has forgotten this page's listeners: start afresh, as a web view
      // does whose process was lost.
      if (lost) return window.location.replace('/');
      socket.send(JSON.stringify({ hello: { token: boot.token } }));
      for (const message of waiting.splice(0)) socket.send(message);
    };
    socket.onmessage = ({ data }) => receive(JSON.parse(data));
    socket.onclose = ({ code }) => {
      if (code === LAUNCH_OVER) return;
      lost = true;
      setTimeout(connect, RECONNECT_MS);
    };
  }

  function receive(message) {
    if (message.result) bridge.onmessage?.({ data: JSON.stringify(message.result) });
    if (message.lifecycle) window.Capacitor.triggerEvent(message.lifecycle, 'document');
    if (message.navigate && ownsItsTab) window.location.replace(message.navigate);
  }

  /** Whether the app itself opened this document in a frame. The control page is of another origin, hence unreadable. */
  function isNestedFrame() {
    try {
      return window.parent !== window && 'AirlockLaunch' in window.parent;
    } catch {
      return false;
    }
  }
}
