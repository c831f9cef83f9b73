// rounds.mjs: work that is killed at seeded moments, round by round: how often, when, and what.
import { processesBelow, processesOf } from './processes.mjs';

// KONTOR_KILLS (./dev test long), else as often as the test was told to.
export const roundsOf = (given) => Number(process.env.KONTOR_KILLS ?? given ?? 50);

// The same numbers for the same seed.
export function dice(seed) {
  let z = seed;
  return (n) => { z = (Math.imul(z, 1103515245) + 12345) >>> 0; return Math.floor(z / 2 ** 32 * n); };
}

// How long something took here so far, so that moments lie within it on any machine.
export class Usual {
  constructor() { this.ms = []; }

  async of(work) {
    const since = performance.now();
    const r = await work();
    this.ms.push(performance.now() - since);
    return r;
  }

  get middle() { return [...this.ms].sort((a, b) => a - b)[this.ms.length >> 1]; }
}

// The moment is the test's input, not a wait for anything.
export const moment = (ms) => new Promise((done) => setTimeout(done, ms));

// Ends all of a role that work in a folder, as the kernel would; how many there were.
export function killAll(role, folder) {
  let n = 0;
  for (const p of processesOf(role, folder)) { try { process.kill(Number(p), 'SIGKILL'); n++; } catch { /* it was faster */ } }
  return n;
}

// Until the last of those has ended that a killed master has left.
export async function gone(dir) {
  while (processesBelow(dir).length > 0) await new Promise((done) => setImmediate(done));
}
