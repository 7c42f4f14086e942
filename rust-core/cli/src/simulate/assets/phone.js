// The phone's screen: home screen or app, and the frame that shows the app of the current launch.
import { press } from "./keys.js";
import { appName } from "./words.js";

const device = document.getElementById("device");
const frame = document.getElementById("phone");
const homeApp = document.getElementById("home-app");
const gestureBar = document.getElementById("gesture-bar");

let shownLaunch = null;
let phoneState = null;

homeApp.addEventListener("click", () => press(phoneState?.process === "running" ? "foreground" : "relaunch"));
gestureBar.addEventListener("click", () => device.dataset.screen === "app" && press("background"));
frame.addEventListener("load", () => (device.dataset.loading = "false"));
setInterval(showClock, 5000);
showClock();

/** Shows the state's screen; loads the app anew whenever the launch is another one than before. */
export function showPhone({ app, phone, launch }) {
  phoneState = phone;
  const name = appName(app.id);
  document.getElementById("app-name").textContent = name;
  for (const id of ["app-letter", "splash-letter"]) document.getElementById(id).textContent = name[0];

  const screen = phone.process !== "running" ? "off" : phone.visibility === "foreground" ? "app" : "home";
  device.dataset.screen = screen;
  document.getElementById("app-window").inert = screen !== "app";
  document.getElementById("home-screen").inert = screen === "app";

  const wanted = launch ? launch.number : null;
  if (wanted !== shownLaunch) {
    shownLaunch = wanted;
    device.dataset.loading = String(launch !== null);
    navigate(launch ? app.url : "about:blank");
  }
}

/** Replaces the frame's page without leaving an entry in the tab's history. */
function navigate(url) {
  frame.contentWindow.location.replace(url);
}

function showClock() {
  const now = new Date();
  const clock = now.toLocaleTimeString([], { hour: "numeric", minute: "2-digit" }).replace(/\s?[AP]M$/i, "");
  document.getElementById("status-clock").textContent = clock;
  document.getElementById("home-clock").textContent = clock;
  document.getElementById("home-date").textContent = now.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}
