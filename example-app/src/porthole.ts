// The view out of the porthole: one scene for each edition, drawn, so that no image has to be loaded.
import type { Edition } from './edition.js';

const CENTRE = 120;
const RIM_RADIUS = 106;
const BOLTS = 12;

const SCENES: Record<Edition['name'], string> = {
  v1: `
    <defs>
      <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="#1b1650"/><stop offset=".45" stop-color="#5b3fd0"/>
        <stop offset=".66" stop-color="#f0708c"/><stop offset=".8" stop-color="#ffc46b"/>
      </linearGradient>
      <radialGradient id="sun"><stop offset="0" stop-color="#fffbe8"/><stop offset=".38" stop-color="#ffe9a8"/>
        <stop offset=".42" stop-color="#ffd27a" stop-opacity=".55"/><stop offset="1" stop-color="#ffb45e" stop-opacity="0"/>
      </radialGradient>
      <linearGradient id="ground" x1="0" y1="0" x2="0" y2="1">
        <stop offset="0" stop-color="#4634a8"/><stop offset=".5" stop-color="#15103f"/>
      </linearGradient>
    </defs>
    <rect width="240" height="240" fill="url(#sky)"/>
    ${stars(26, 120, 7)}
    <g class="rise"><circle cx="120" cy="150" r="62" fill="url(#sun)"/></g>
    <circle cx="120" cy="352" r="196" fill="#ffe3b0" opacity=".5"/>
    <circle cx="120" cy="356" r="197" fill="url(#ground)"/>`,
  v2: `
    <defs>
      <radialGradient id="deep" cx=".3" cy=".25" r="1"><stop offset="0" stop-color="#0f6e74"/>
        <stop offset=".55" stop-color="#06343f"/><stop offset="1" stop-color="#031a24"/></radialGradient>
      <radialGradient id="planet" cx=".32" cy=".28" r=".85"><stop offset="0" stop-color="#e7fff4"/>
        <stop offset=".3" stop-color="#6ee7b7"/><stop offset=".7" stop-color="#0d9488"/><stop offset="1" stop-color="#033b41"/></radialGradient>
      <linearGradient id="ring" x1="0" x2="1"><stop offset="0" stop-color="#fef3c7" stop-opacity=".2"/>
        <stop offset=".5" stop-color="#fde68a"/><stop offset="1" stop-color="#fdba74" stop-opacity=".35"/></linearGradient>
      <clipPath id="front"><rect x="0" y="120" width="240" height="120"/></clipPath>
      <clipPath id="globe"><circle cx="120" cy="120" r="54"/></clipPath>
    </defs>
    <rect width="240" height="240" fill="url(#deep)"/>
    ${stars(46, 240, 3)}
    <g class="float"><g transform="rotate(-16 120 120)">
      <ellipse cx="120" cy="120" rx="96" ry="23" fill="none" stroke="url(#ring)" stroke-width="9"/>
      <circle cx="120" cy="120" r="54" fill="url(#planet)"/>
      <g clip-path="url(#globe)" fill="#fff" opacity=".13"><rect x="50" y="92" width="140" height="7"/><rect x="50" y="106" width="140" height="12"/>
        <rect x="50" y="138" width="140" height="5"/></g>
      <ellipse cx="120" cy="120" rx="96" ry="23" fill="none" stroke="url(#ring)" stroke-width="9" clip-path="url(#front)"/>
    </g><circle cx="186" cy="66" r="9" fill="#d8fff0"/><circle cx="189" cy="68" r="8" fill="#0b5a5e" opacity=".55"/></g>`,
  v3: `
    <defs><radialGradient id="red" cx=".6" cy=".6" r=".9"><stop offset="0" stop-color="#7f1030"/>
      <stop offset=".6" stop-color="#2a0512"/><stop offset="1" stop-color="#0d0206"/></radialGradient></defs>
    <rect width="240" height="240" fill="url(#red)"/>
    ${stars(18, 240, 11)}
    <g fill="#57202f"><path d="m58 150 16-9 9 14-13 8z"/><path d="m180 58 12 3-3 13-12-5z"/><path d="m92 196 9-4 5 8-10 4z"/></g>
    <g fill="none" stroke="#ffd9e0" stroke-linejoin="round" opacity=".9">
      <path stroke-width="2.2" d="m150 92-26-22-8-34-22-24M150 92l38-14 16-30 24-10M150 92l30 34 42 8M150 92l-8 46 20 36-4 56M150 92l-48 20-22 36-48 8-22 20M150 92 98 86 60 98 16 82"/>
      <path stroke-width="1.1" d="m124 70 40-8 24 16M180 126l-38 12-40-26-4-26M162 174l40-6 20-34M116 36l60 4M60 98l20 50M102 112l40 26"/>
    </g>
    <path d="m150 92-26-22 40-8 24 16z" fill="#000" opacity=".55"/>`,
};

/** The porthole of an edition as SVG: scene, rim with bolts, and the ring that fills while an update downloads. */
export function portholeOf(edition: Edition['name']): string {
  return `<svg viewBox="0 0 240 240">
    <defs>
      <clipPath id="glass"><circle cx="${CENTRE}" cy="${CENTRE}" r="94"/></clipPath>
      <linearGradient id="metal" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#f4f6fb"/><stop offset=".35" stop-color="#9aa3b5"/>
        <stop offset=".6" stop-color="#5d6577"/><stop offset="1" stop-color="#c6ccd9"/></linearGradient>
    </defs>
    <g clip-path="url(#glass)">${SCENES[edition]}</g>
    <circle cx="${CENTRE}" cy="${CENTRE}" r="94" fill="none" stroke="#000" stroke-opacity=".35" stroke-width="7"/>
    <path d="M50 92a76 76 0 0 1 52-46" fill="none" stroke="#fff" stroke-opacity=".28" stroke-width="6" stroke-linecap="round"/>
    <circle cx="${CENTRE}" cy="${CENTRE}" r="${RIM_RADIUS}" fill="none" stroke="url(#metal)" stroke-width="20"/>
    <circle class="ring" cx="${CENTRE}" cy="${CENTRE}" r="${RIM_RADIUS}" pathLength="100" transform="rotate(-90 ${CENTRE} ${CENTRE})"/>
    ${bolts()}
  </svg>`;
}

function bolts(): string {
  return Array.from({ length: BOLTS }, (_, index) => {
    const angle = ((index + 0.5) / BOLTS) * 2 * Math.PI;
    const x = (CENTRE + RIM_RADIUS * Math.cos(angle)).toFixed(1);
    const y = (CENTRE + RIM_RADIUS * Math.sin(angle)).toFixed(1);
    return `<circle cx="${x}" cy="${y}" r="4" fill="#3b4252" stroke="#fff" stroke-opacity=".35"/>`;
  }).join('');
}

/** Stars in the upper `height` of the scene, the same ones for the same seed. */
function stars(count: number, height: number, seed: number): string {
  let random = seed;
  const next = () => (random = (random * 16807) % 2147483647) / 2147483647;
  return Array.from({ length: count }, () => {
    const [x, y, radius] = [next() * 240, next() * height, 0.5 + next() * 1.1];
    return `<circle class="star" cx="${x.toFixed(1)}" cy="${y.toFixed(1)}" r="${radius.toFixed(1)}" fill="#fff"/>`;
  }).join('');
}
