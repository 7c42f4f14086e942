// What the app says in each state.
import type { AirlockEvents } from 'capacitor-airlock';

import type { UpdateState } from './update-state.js';

export interface Words {
  headline: string;
  detail: string;
}

/** Headline and detail for `state`, spoken by the app of version `own`. */
export function wordsFor(state: UpdateState, own: string): Words {
  switch (state.name) {
    case 'starting':
      return { headline: 'Starting', detail: '' };
    case 'running':
      return { headline: `${own} is running`, detail: originOf(state.bundle.id) };
    case 'rolled-back':
      return {
        headline: `Rolled back from ${state.from}`,
        detail: `${own} is running. ${state.from} is not tried again.`,
      };
    case 'browser':
      return {
        headline: 'Running in a browser',
        detail: 'Updates need the app: a device, or airlock simulate.',
      };
    case 'checking':
      return { headline: 'Checking for an update', detail: 'Asking the repository what is new.' };
    case 'up-to-date':
      return { headline: 'Up to date', detail: `${own} is the newest release for this device.` };
    case 'downloading':
      return {
        headline: `Downloading ${state.percent} %`,
        detail: `Version ${state.version} is on its way.`,
      };
    case 'verifying':
      return {
        headline: `Verifying ${state.version}`,
        detail: 'Every file is held against what was signed.',
      };
    case 'ready':
      return { headline: 'Update ready', detail: `${state.version} starts when you leave the app.` };
    case 'blocked':
      return { headline: 'Update held back', detail: withCode(state.message, state.code) };
    case 'failed':
      return { headline: 'No update this time', detail: withCode(state.message, state.code) };
  }
}

/** What the log says about an event, besides its name. */
export function summaryOf(event: AirlockEvents[keyof AirlockEvents]): string {
  const { bundle, version, percent, status, code, reason } = event as EventFields;
  const progress = percent === undefined ? undefined : `${percent} %`;
  const parts = [bundle?.version ?? version, progress, status, code, reason];
  return parts.filter(Boolean).join(' · ');
}

/** The fields of all events together. */
interface EventFields {
  bundle?: { version: string };
  version?: string;
  percent?: number;
  status?: string;
  code?: string;
  reason?: string;
}

/** Why a bundle was rolled back, for people. */
export function rollbackReason({ reason }: AirlockEvents['updateFailed'], own: string): string {
  return `${asSentence(reason)}. Airlock went back to ${own}.`;
}

function originOf(bundleId: string): string {
  return bundleId === 'builtin'
    ? 'The bundle that came with the app.'
    : 'Delivered over the air, verified and confirmed.';
}

function withCode(message: string, code: string | undefined): string {
  return code === undefined ? asSentence(message) : `${asSentence(message)} (${code})`;
}

function asSentence(message: string): string {
  return message.charAt(0).toUpperCase() + message.slice(1);
}
