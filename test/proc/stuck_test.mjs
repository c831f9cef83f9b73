// stuck_test.mjs: work that does not come to an end: others have their backup all the same, the operators their alarm, and
// that somebody was busy is no verdict on a state. TAP on stdout. Argument: build folder.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { finish, ok, skip } from '../lib/tap.mjs';

const build = path.resolve(process.argv[2]);
const place = new Place(build, 'stuck', 120000);
const { dir } = place;
const kontor = (...args) => place.run('kontor', [...args, '--json']);
const ids = (workspace) => (kontor('backup', 'list', '--workspace', workspace).json ?? []).map((r) => r.id);
const findings = (id) => (kontor('doctor', '--quick').json?.findings ?? []).filter((f) => f.id === id);
const log = () => fs.readdirSync(path.join(dir, 'log')).sort().map((f) => fs.readFileSync(path.join(dir, 'log', f), 'utf8')).join('');
const turn = () => new Promise((r) => setImmediate(r));
async function until(what, f, ms = 60000) {
  for (const end = Date.now() + ms; Date.now() < end; await turn()) {
    const v = f();
    if (v) return v;
  }
  ok(false, what, log().split('\n').slice(-30));
  finish();
  process.exit();
}
// What master's children are called by, argument by argument: they are there for a moment only.
const children = () => fs.readFileSync(`/proc/${place.server.pid}/task/${place.server.pid}/children`, 'utf8').split(' ').filter(Boolean).flatMap((pid) => {
  try { return [[+pid, fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')]]; } catch { return []; }
});
// The processes of a role, by workspace.
const alive = (role) => Object.fromEntries(children().filter(([, w]) => w[1] === '--role' && w[2] === role)
  .map(([pid, w]) => [w[w.indexOf('--workspace') + 1], pid]));
// A drill that stands still, and its command; again, when it was faster.
async function drillStands(workspace) {
  for (let i = 0; i < 50; i++) {
    let over = false, pid;
    const born = () => log().split('event=child.ready role=drill').length, before = born();
    const under = place.start(['backup', 'drill', ids(workspace).at(-1), '--workspace', workspace, '--json']);
    under.then(() => { over = true; });
    while (!over && !pid) { // one that stands before it is ready is ended for that
      pid = alive('drill')[workspace];
      if (pid && born() === before) pid = undefined;
      await turn();
    }
    if (!pid) continue;
    try { stop(pid); } catch { continue; }
    if (fs.readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1][0] === 'Z') continue;
    return { under, pid };
  }
  return {};
}
const stopped = [];
const stop = (pid) => { process.kill(pid, 'SIGSTOP'); stopped.push(pid); };
const resume = () => { for (const pid of stopped.splice(0)) try { process.kill(pid, 'SIGCONT'); } catch { /* it was ended */ } };
process.on('exit', resume);

place.run('kontor', ['init', '--demo', 'S', '--hash-ms', '0']);
await place.serve('2026-11-25T10:00:00Z');
kontor('clock', 'set', '2026-11-25T10:01:00Z', '--settle');
ok(['1', '2', 'system'].every((w) => ids(w).length === 1), 'all have a state');

// --- busy is no verdict ---------------------------------------------------------------------------------------------
const { under } = await drillStands('1');
const beside = kontor('backup', 'drill', '--workspace', '1');
ok(beside.fault?.code === 'backup.running' && findings('backup.drill').length === 0, 'a second drill beside it is told that one is under way; that is no failed drill', { beside, f: findings('backup.drill') });
resume();
await under;

// --- a look that hangs where no signal reaches it ---------------------------------------------------------------------
// As in a folder of a machine that does not answer: killed, it does not go (here because another traces it, and does not
// let its end be seen).
const lookers = () => children().find(([, words]) => words.includes('--record') && words.includes('--quick'))?.[0];
const looking = place.start(['clock', 'set', '2026-11-25T11:30:00Z']);
const doctor = Number(await until('doctor is sent to look', lookers));
stop(doctor);
const tracer = spawn('python3', ['-c', `import ctypes, sys
print('held' if ctypes.CDLL(None).ptrace(0x4206, ${doctor}, 0, 0) == 0 else 'refused', flush=True)
sys.stdin.read()`], { stdio: ['pipe', 'pipe', 'ignore'] });
const held = await new Promise((done) => { tracer.on('error', () => done('no python3')); tracer.stdout.once('data', (d) => done(String(d).trim())); });
await looking;
if (held !== 'held') {
  skip('a look that does not end does not hold master up', `nobody may trace here: ${held}`);
} else {
  const next = place.start(['clock', 'set', '2026-11-25T12:45:00Z']);
  await until('it is killed', () => /lookout\.ended .*pid=/.test(log()));
  const answered = await Promise.race([place.start(['doctor', '--quick', '--json']), new Promise((done) => setTimeout(() => done(null), 15000))]);
  ok(answered?.json?.processes?.length > 3, 'a look that does not end does not hold master up', answered);
  tracer.kill('SIGKILL');
  await next;
}
tracer.kill('SIGKILL');
resume();

// --- a day too short for all drills ---------------------------------------------------------------------------------
// Somebody else is at work in the second one all day, so that it has no drill; the next day it is the first.
const settle = (now) => kontor('clock', 'set', now, '--settle');
const { under: busy, pid: drill } = await drillStands('2');
settle('2026-11-26T06:00:00Z');
const drilled = (day) => [...log().matchAll(new RegExp(`drill\\.source ws=(\\d) id=${day}`, 'g'))].map((m) => m[1]);
ok(['system', '1', '2'].every((w) => ids(w).length === 2) && drilled('20261126').sort().join() === '0,1', 'the second one has its backup that day, and no drill', drilled('20261126'));
process.kill(drill, 'SIGKILL');
await busy;
settle('2026-11-26T23:05:00Z');
settle('2026-11-27T06:00:00Z');
ok(drilled('20261127').join() === '2,0,1' || drilled('20261127').join() === '2,1,0', 'the next day it has its turn first', drilled('20261127'));

// --- two that stand still -------------------------------------------------------------------------------------------
const night = place.start(['clock', 'set', '2026-11-28T09:00:00Z']);
const seen = new Set();
await until('two backups begin', () => {
  for (const [w, pid] of Object.entries(alive('backup'))) if (!seen.has(w)) { seen.add(w); stop(pid); }
  return seen.size === 2;
});
const rest = ['0', '1', '2'].find((w) => !seen.has(w));
const name = rest === '0' ? 'system' : rest;
ok(ids(name).length === 3, 'two backups stand still, and the third waits', [...seen]);
const later = place.start(['clock', 'set', '2026-11-28T13:00:00Z']);
await until('the third has its backup', () => ids(name).length === 4);
ok([...seen].every((w) => new RegExp(`schedule\\.stuck ws=${w} `).test(log())), 'hours later they are waited for no longer, and the third has its backup', log().match(/schedule\.stuck.*/g));
await until('the operators hear of it', () => /backup\.late ws=/.test(log()));
ok(true, 'and the operators hear that others are late');
resume();
await Promise.all([night, later]);
for (const w of seen) await until(`${w} ends`, () => ids(w === '0' ? 'system' : w).length === 4);
ok(true, 'going on, they end, and each has its backup');
await place.halt();
finish();
process.exit();
