import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Election, Leadership } from 'holdfast';
import { reportHeld } from './held.ts';
import { lastNumber } from './ledger.ts';
import type { MainLink } from './main-link.ts';
import type { WorkerSettings } from './messages.ts';

const PROCLAIM_EVERY_MS = 400;

export interface Candidacy {
  readonly link: MainLink;
  readonly election: Election;
  readonly settings: WorkerSettings;
  /** Requests of the library so far. */
  readonly requests: () => number;
}

/** Campaigns, leads, and campaigns again, until told to finish. */
export async function seekLeadership(candidacy: Candidacy): Promise<void> {
  const { link, election, settings, requests } = candidacy;
  const { leaseMs, name } = settings;
  while (!link.finishing.aborted) {
    const value = { process: name, lines: 0 };
    const options = { leaseMs, signal: link.finishing };
    const leadership = await election.campaign(value, options).catch((error) => {
      if (link.finishing.aborted) return undefined;
      throw error;
    });
    if (leadership === undefined) return;
    const held = reportHeld(link, 'election', leadership.term, leadership);
    await lead(candidacy, leadership);
    held.givingUp(requests());
    held.givenUp((await leadership.resign()).outcome);
  }
}

/** Tells everybody how long the ledger is, until the leadership is lost or asked back. */
async function lead({ link, settings }: Candidacy, leadership: Leadership): Promise<void> {
  const asked = new AbortController();
  link.onResign(() => asked.abort());
  const over = AbortSignal.any([link.finishing, leadership.signal, asked.signal]);
  while (!over.aborted) {
    await delay(PROCLAIM_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
    if (over.aborted) break;
    const lines = lastNumber(await readFile(settings.ledgerPath, 'utf8'));
    await leadership.proclaim({ process: settings.name, lines }).catch((error) => {
      if (!leadership.signal.aborted) throw error;
    });
  }
  link.onResign(undefined);
}
