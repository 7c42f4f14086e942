import type { View } from './view.js';

/**
 * What 3.0.0 does instead of starting: it shows what a careless release shows, and throws before it could report
 * ready. Airlock has to notice and go back; nothing here helps it.
 */
export function breakDown(view: View): never {
  const state = undefined as unknown as { headline: string };
  view.showWords({ headline: String(state), detail: String({}) });
  document.querySelectorAll('.button').forEach((button) => (button.textContent = String(state)));
  document.querySelectorAll('.chip').forEach((chip) => (chip.textContent = String(Number.NaN)));
  throw new TypeError(`cannot read the headline of ${String(state)}`);
}
