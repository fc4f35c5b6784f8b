import type { Timer } from '../../lib/core/clock.ts';
import type { SeededRandom } from '../../lib/testing/seeded-random.ts';
import type { SendFate, SimulatedClient } from './client.ts';
import { logUniform, NEMESIS_NAMES, type NemesisName } from './faults.ts';
import type { World } from './world.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** Visits clients with pauses, crashes and wrong clocks, each at its own mean interval. */
export class Nemesis {
  /** How often each has struck. */
  readonly counts = Object.fromEntries(NEMESIS_NAMES.map((name) => [name, 0])) as Record<
    NemesisName,
    number
  >;
  readonly #world: World;
  readonly #random: SeededRandom;
  readonly #timers = new Map<NemesisName, Timer>();
  /** The fate of the next request of a client. */
  readonly #sendFates = new Map<SimulatedClient, SendFate>();

  constructor(world: World, random: SeededRandom) {
    this.#world = world;
    this.#random = random;
    this.#begin();
  }

  /** No new visits. What was begun ends in its own time. */
  stop(): void {
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    this.#sendFates.clear();
  }

  /** What happens to a client that is about to send a request. */
  fateOfSend(client: SimulatedClient): SendFate {
    const fate = this.#sendFates.get(client) ?? 'sends';
    this.#sendFates.delete(client);
    if (fate === 'pauses') {
      this.counts['pause-before-send'] += 1;
      this.#pause(client);
    } else if (fate === 'crashes') {
      this.counts['crash-before-send'] += 1;
      this.#crash(client, this.#downtimeMs());
    }
    return fate;
  }

  #begin(): void {
    for (const [name, everyMs] of this.#world.weather.nemeses) this.#schedule(name, everyMs);
  }

  #schedule(name: NemesisName, everyMs: number): void {
    // Exponential intervals: no moment is safer than another.
    const delayMs = -Math.log(1 - this.#random.fraction()) * everyMs;
    const strike = () => {
      this.#schedule(name, everyMs);
      const alive = this.#world.clients.filter((client) => client.clock.state === 'running');
      if (alive.length > 0) this.#strike(name, this.#random.pick(alive));
    };
    this.#timers.set(name, this.#world.clock.startTimer(delayMs, strike));
  }

  #strike(name: NemesisName, client: SimulatedClient): void {
    if (name !== 'pause-before-send' && name !== 'crash-before-send') this.counts[name] += 1;
    switch (name) {
      case 'pause':
        this.#pause(client);
        break;
      case 'suspend':
        this.#world.note(`${client.name} is suspended`);
        client.clock.suspend();
        this.#after(this.#standstillMs(), () => this.#resume(client));
        break;
      case 'pause-before-send':
        this.#sendFates.set(client, 'pauses');
        break;
      case 'crash':
        this.#crash(client, this.#downtimeMs());
        break;
      case 'crash-before-send':
        this.#sendFates.set(client, 'crashes');
        break;
      case 'wall-step':
        client.clock.stepWall(this.#random.pick([-1, 1]) * logUniform(this.#random, 50, HOUR_MS));
        this.#world.note(`${client.name} has its wall clock set`);
        break;
      case 'isolation':
        this.#isolate(client, 'both-ways');
        break;
      case 'half-isolation':
        this.#isolate(client, 'answers-only');
        break;
      case 'hibernation':
        this.#hibernate();
    }
  }

  #hibernate(): void {
    // Often beyond the week for which rows outlive their leases.
    const isLong = this.#random.chance(0.5);
    const gapMs = isLong
      ? this.#random.between(6 * DAY_MS, 9 * DAY_MS)
      : logUniform(this.#random, HOUR_MS, 6 * DAY_MS);
    for (const client of this.#world.clients) this.#crash(client, gapMs);
    // Nobody is there to be visited.
    this.stop();
    this.#after(gapMs, () => {
      if (this.#world.phase === 'stormy') this.#begin();
    });
  }

  #pause(client: SimulatedClient): void {
    this.#world.note(`${client.name} stands still`);
    client.clock.pause();
    this.#after(this.#standstillMs(), () => this.#resume(client));
  }

  #resume(client: SimulatedClient): void {
    if (client.clock.state !== 'paused' && client.clock.state !== 'suspended') return;
    this.#world.note(`${client.name} goes on`);
    client.resume();
  }

  #crash(client: SimulatedClient, downtimeMs: number): void {
    if (!client.isAlive) return;
    this.#world.crash(client);
    this.#after(downtimeMs, () => {
      // The end of the storm may have started it already.
      const current = this.#world.clients.find(({ name }) => name === client.name);
      if (current === client) this.#world.start(client.name);
    });
  }

  #isolate(client: SimulatedClient, direction: 'both-ways' | 'answers-only'): void {
    this.#world.note(`${client.name} is isolated ${direction}`);
    client.network.isolate(direction);
    this.#after(this.#standstillMs(), () => client.network.heal());
  }

  #standstillMs(): number {
    return logUniform(this.#random, 20, 30_000);
  }

  #downtimeMs(): number {
    return logUniform(this.#random, 10, 20_000);
  }

  #after(delayMs: number, callback: () => void): void {
    this.#world.clock.startTimer(delayMs, callback);
  }
}
