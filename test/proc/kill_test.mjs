// kill_test.mjs: kill -9 on every kind of child at random moments while requests that need it run: at
// most one request is lost, and the service goes on. Then master itself: the children end, a new start
// serves, and who was signed in still is. Seeded: 16 rounds, more with KONTOR_ROUNDS (at most 200); a
// failed round says its seed, KONTOR_SEED repeats it. Argument: build folder.
import { spawn } from 'node:child_process';
import { Agent } from 'node:https';
import * as fs from 'node:fs';
import * as path from 'node:path';

process.env.KONTOR_BUILD = process.argv[2];
const { Server, build } = await import('../lib/server.mjs');
const { Client } = await import('../lib/client.mjs');
const { test, finish } = await import('../lib/tap.mjs');

const seed = Number(process.env.KONTOR_SEED || 20261124);
const rounds = Math.min(200, Math.max(16, Number(process.env.KONTOR_ROUNDS || 16)));
const word = 'Hafenkante 47 im Nebel';
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
let state = seed;
function random(n) { // xorshift32: the same rounds for the same seed
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % n;
}
async function until(what, ms = 10000) {
  const end = Date.now() + ms;
  for (;;) {
    const v = await what();
    if (v || Date.now() > end) return v;
    await sleep(5);
  }
}

// --- processes, read from /proc: asking kontor would disturb what is measured -----------------------------
function children(master) {
  const all = [];
  for (const d of fs.readdirSync('/proc').filter((n) => /^\d+$/.test(n))) {
    try {
      const stat = fs.readFileSync(`/proc/${d}/stat`, 'utf8');
      const ppid = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
      const args = fs.readFileSync(`/proc/${d}/cmdline`, 'utf8').split('\0');
      const after = (o) => (args.includes(o) ? args[args.indexOf(o) + 1] : undefined);
      if (ppid === master && after('--role')) all.push({ pid: Number(d), role: after('--role'), workspace: after('--workspace') });
    } catch { /* gone meanwhile */ }
  }
  return all;
}
const alive = (pid) => { try { process.kill(pid, 0); return true; } catch { return false; } };

// --- what is asked: each kind of request needs some of the processes ---------------------------------------
const s = await Server.start({ demo: 'S' });
process.on('exit', () => { if (s.exitCode === undefined) s.process.kill('SIGKILL'); });
for (const sig of ['SIGTERM', 'SIGINT']) process.on(sig, () => process.exit(1));
const slug = s.cli(['workspace', 'list', '--json'])[0].slug;
s.addUser('wache', 'team_leader', word, slug);
s.addUser('pforte', 'team_leader', word, slug); // signs in again and again, which ends older sessions
s.addUser('leitung', 'administrator', word, slug);
const person = new Client(s);
await person.signIn('wache', word);
const head = new Client(s); // must set up a second factor first: its QR image comes from the press
await head.signIn('leitung', word);
const device = (await head.submit('/konto/zwei-faktor', '/konto/zwei-faktor', {})).headers.location.split('?')[0];
const console_ = () => new Client({ port: s.operatorPort, ca: s.ca });

async function signIn(agent) {
  const c = new Client(s);
  c.agent = agent;
  const page = await c.get('/anmelden');
  if (page.status !== 200) return page.status;
  const r = await c.send(Client.forms(page.text).find((f) => f.action === '/anmelden'), '/anmelden', { login: 'pforte', password: word });
  return r.status;
}
const ask = {
  page: async (agent) => { person.agent = agent; return (await person.get('/projekte')).status; },
  qr: async (agent) => { head.agent = agent; return (await head.get(`${device}/qr.png`)).status; },
  console: async (agent) => { const c = console_(); c.agent = agent; return (await c.get('/anmelden')).status; },
  signIn,
};
const good = (kind, status) => (kind === 'signIn' ? status === 303 : status === 200);

// Which requests meet which victim. A signer is met by new connections only.
const victims = [
  { role: 'edge', kinds: ['page'] },
  { role: 'writer', kinds: ['page', 'signIn'] },
  { role: 'keymgr', kinds: ['signIn', 'page'] },
  { role: 'signer', kinds: ['page'], connects: true },
  { role: 'system', kinds: ['console'] },
  { role: 'operator', kinds: ['console'] },
  { role: 'hash', kinds: ['signIn'] },
  { role: 'press', kinds: ['qr'] },
];

async function killing({ role, kinds, connects }) {
  const agent = new Agent({ keepAlive: !connects && random(3) > 0, maxSockets: 1 });
  const lost = [];
  let asked = 0;
  let running = true;
  const client = (async () => {
    for (; running; asked++) {
      const kind = kinds[asked % kinds.length];
      let status;
      try { status = await ask[kind](agent); } catch (e) { status = e.code || e.message; }
      if (!good(kind, status)) lost.push(`${kind}: ${status}`);
    }
  })();
  const warm = 2 + random(6);
  await until(() => asked >= warm);
  await sleep(random(25));
  const of = (pid) => (p) => p.role === role && p.pid !== pid && (role !== 'writer' || p.workspace === '1');
  const victim = children(s.process.pid).filter(of(0));
  if (victim.length === 0) throw new Error(`there is no ${role}`);
  const { pid } = victim[random(victim.length)];
  process.kill(pid, 'SIGKILL');
  const at = asked;
  const again = await until(() => !alive(pid) && asked >= at + 8 && children(s.process.pid).some(of(pid)));
  running = false;
  await client;
  agent.destroy();
  if (!again) throw new Error(`${role} did not come back`);
  if (lost.length > 1) throw new Error(`${lost.length} of ${asked} requests lost: ${lost.join(', ')}`);
}

const order = [];
for (let i = 0; i < rounds; i++) {
  if (i % victims.length === 0) order.push(...victims.map((v) => [random(1 << 16), v]).sort((a, b) => a[0] - b[0]).map((r) => r[1]));
  const begun = state;
  await test(`round ${i + 1}: ${order[i].role} killed, at most one request lost`, async () => {
    try { await killing(order[i]); } catch (e) { throw new Error(`seed ${seed}, state ${begun}: ${e.message}`); }
  });
}
await test('nobody is set aside for it', async () => {
  const q = s.cli(['doctor', '--quick', '--json']).quarantined;
  if (q.length) throw new Error(JSON.stringify(q));
});

// --- master -------------------------------------------------------------------------------------------
await test('master killed: its children end by themselves', async () => {
  const before = children(s.process.pid);
  s.process.kill('SIGKILL');
  await s.ended;
  if (!await until(() => !before.some((p) => alive(p.pid)), 35000)) {
    throw new Error(before.filter((p) => alive(p.pid)).map((p) => p.role).join(', '));
  }
});
await test('the next start serves, and who was signed in still is', async () => {
  const next = spawn(path.join(build, 'kontor'), ['serve', '-d', path.join(s.dir, 'k'), '--listen', `127.0.0.1:${s.port}`,
    '--operator-listen', `127.0.0.1:${s.operatorPort}`], { env: s.env, stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => next.kill('SIGKILL'));
  await new Promise((done) => { next.stdout.once('data', done); next.once('exit', done); });
  const status = await ask.page(undefined).catch((e) => e.message);
  next.kill('SIGTERM');
  const code = await new Promise((done) => next.once('exit', done));
  if (status !== 200 || code !== 0) throw new Error(`page ${status}, end ${code}`);
});
await s.stop();
finish();
