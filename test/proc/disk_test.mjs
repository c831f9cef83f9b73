// disk_test.mjs: the whole of it on a disk of 48 MiB: when it is nearly full people may read, sign in and take data
// out; when it is full, writing is refused and reading goes on, and writing goes on by itself when there is room again; when it fails, who waits is answered and a
// fresh worker reads what stands there; a store whose update failed is named at start. TAP.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '../lib/client.mjs';
import { finish, has, is, test } from '../lib/tap.mjs';

// A mount namespace of our own: the small disk is seen by this test alone and goes with it.
if (!process.env.KONTOR_DISK) {
  const disk = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-disk-'));
  const how = [process.getuid() === 0 ? '-m' : '-rm', 'sh', '-c',
    'mount -t tmpfs -o size=48m,mode=755 none "$KONTOR_DISK" || exit 77; exec "$@"', 'sh',
    process.execPath, fileURLToPath(import.meta.url), ...process.argv.slice(2)];
  const r = spawnSync('unshare', how, { stdio: 'inherit', env: { ...process.env, KONTOR_DISK: disk } });
  fs.rmdirSync(disk);
  if (r.status === 77 || r.error) console.log('1..0 # SKIP cannot mount a small disk');
  process.exit(r.status === 77 || r.error ? 0 : r.status ?? 1);
}

const disk = process.env.KONTOR_DISK;
process.env.TMPDIR = disk;
const { Server, build } = await import('../lib/server.mjs');
const { escrowLine } = await import('../lib/states.mjs');
const password = 'Hafenkante ada 47 Möwen';
const plain = (r) => r.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 300);
const server = await Server.start({ conf: escrowLine() });
const log = () => fs.readFileSync(path.join(server.dir, 'k/log/kontor.log'), 'utf8');
const acknowledged = [];
let slug, c;

// --- helpers ----------------------------------------------------------------------------------------
const filler = path.join(disk, 'filler');
// Leaves this many bytes; none: not one.
function fill(leave = 0) {
  const fd = fs.openSync(filler, 'w');
  if (leave > 0) {
    for (let free = () => { const s = fs.statfsSync(disk); return s.bavail * s.bsize; }; free() > leave;) fs.writeSync(fd, Buffer.alloc(1 << 18));
    return fs.closeSync(fd);
  }
  for (let size = 1 << 20; size >= 1; size >>= 4) {
    try { for (;;) fs.writeSync(fd, Buffer.alloc(size)); } catch (e) { if (e.code !== 'ENOSPC') throw e; }
  }
  fs.closeSync(fd);
}
const worker = () => server.cli(['doctor', '--json']).processes.find((p) => p.role === 'writer')?.pid;
async function until(what, ms = 15000) {
  const end = Date.now() + ms;
  for (;;) {
    const v = await what();
    if (v || Date.now() > end) return v;
    await new Promise((r) => setTimeout(r, 20));
  }
}
let number = 0;
async function add() {
  const name = `Werft ${++number} von Norden`;
  const r = await c.submit('/kontakte/neu', '/kontakte/neu', { name, city: 'Kiel' });
  if (r.status === 303) acknowledged.push(name);
  return r;
}
async function listed() {
  const found = [];
  for (let page = 1; ; page++) {
    const r = await c.get(`/kontakte?seite=${page}`);
    is(r.status, 200, 'list');
    const names = [...r.text.matchAll(/Werft \d+ von Norden/g)].map((m) => m[0]);
    const fresh = names.filter((n) => !found.includes(n));
    if (fresh.length === 0) return [...found].sort().join();
    found.push(...fresh);
  }
}

// --- full -------------------------------------------------------------------------------------------
await test('an agency works on a small disk', async () => {
  slug = server.cli(['workspace', 'list', '--json'])[0].slug;
  server.addUser('ada', 'administration', password, slug);
  c = new Client(server);
  await c.signIn('ada', password);
  is((await add()).status, 303);
});
let pid = worker();
await test('on a disk that is nearly full nothing new is taken in, and every page says so', async () => {
  fill(2 << 20); // of 48
  const told = await until(() => / worker-1 .*event=disk\.low/.test(log()));
  is(told, true, log().split("\n").slice(-12).join("\n"));
  const r = await add();
  is(r.status, 507, plain(r));
  has(r.text, 'können Sie lesen und ausgeben');
  has((await c.get('/kontakte')).text, 'Sie können lesen und ausgeben, aber nichts Neues speichern');
  is(await listed(), [...acknowledged].sort().join(), 'companies');
  const low = server.cli(['doctor', '--json'], { any: true });
  is(JSON.parse(low.stdout).findings.find((f) => f.id === 'disk').status, 'bad', 'doctor');
});
await test('people sign in and take their data out all the same', async () => {
  const other = new Client(server);
  await other.signIn('ada', password);
  const r = await other.submit('/kontakte', '/kontakte/export', {});
  is([200, 303].includes(r.status), true, plain(r));
  is((await other.submit('/', '/abmelden', {})).status, 303, 'and out');
});
await test('backups leave the last of it to people, and go on when there is room', async () => {
  const run = () => server.cli(['backup', 'run', '--workspace', slug, '--json'], { any: true });
  const archives = () => { try { return fs.readdirSync(path.join(server.dir, 'k/backup/1')).join(); } catch { return ''; } };
  const before = archives();
  fill(800 << 10);
  has(run().stderr, 'Der Speicherplatz ist erschöpft');
  is(archives(), before, 'nothing is written');
  const other = new Client(server);
  await other.signIn('ada', password);
  fill(2 << 20);
  const kept = run();
  is(kept.status, 0, kept.stderr);
  is(JSON.parse(kept.stdout).copies, 2);
});
await test('with room again it goes on by itself', async () => {
  fs.rmSync(filler);
  is(await until(() => / worker-1 .*event=disk\.room/.test(log())), true, 'log');
  is((await add()).status, 303);
  is((await c.get('/kontakte')).text.includes('nichts Neues speichern'), false);
});
await test('on a full disk writing is refused and says why', async () => {
  fill();
  let r;
  for (let i = 0; i < 200; i++) { // what the log has room for still goes through
    r = await add();
    if (r.status !== 303) break;
  }
  is(r.status, 507, plain(r));
  is(/Der Speicherplatz ist (fast )?erschöpft/.test(r.text), true, plain(r));
});
await test('reading goes on, also when the session is due', async () => {
  const at = new Date(Date.now() + 20 * 60000).toISOString().replace(/\.\d+/, '');
  server.cli(['clock', 'set', at], { raw: true });
  for (let i = 0; i < 5; i++) is((await c.get('/kontakte')).status, 200);
  is(await listed(), [...acknowledged].sort().join(), 'companies');
});
await test('nobody signs in, and everybody is told', async () => {
  const other = new Client(server);
  const r = await other.submit('/anmelden', '/anmelden', { login: 'ada', password });
  is(r.status, 507, plain(r));
});
await test('with room again writing goes on by itself', async () => {
  fs.rmSync(filler);
  const r = await add();
  is(r.status, 303, plain(r));
  is(worker(), pid, 'the same worker');
  is(await listed(), [...acknowledged].sort().join(), 'companies');
});

// --- broken -----------------------------------------------------------------------------------------
await test('when the disk fails, everybody is answered', async () => {
  // As its own user: whoever may not do everything may still set limits of the same user's processes.
  const [uid, gid] = ['Uid', 'Gid'].map((k) => new RegExp(`^${k}:\\s*(\\d+)`, 'm').exec(fs.readFileSync(`/proc/${pid}/status`, 'utf8'))[1]);
  const drop = Number(uid) === process.getuid() ? [] : ['setpriv', '--reuid', uid, '--regid', gid, '--clear-groups'];
  const [p, ...a] = [...drop, 'prlimit', '--pid', String(pid), '--fsize=1:unlimited'];
  const limited = spawnSync(p, a, { encoding: 'utf8' });
  is(limited.status, 0, limited.stderr);
  const waits = new Client(server).submit('/anmelden', '/anmelden', { login: 'ada', password });
  let r = await add();
  for (let i = 0; i < 3 && r.status === 303; i++) r = await add();
  is(r.status, 503, plain(r));
  const other = await waits.catch((e) => ({ status: 0, text: String(e) }));
  is([503, 303].includes(other.status), true, `sign-in beside it: ${other.status} ${plain(other)}`);
});
await test('the worker says so and ends; a fresh one reads what stands there', async () => {
  is(await until(() => log().includes('store.poisoned')), true, 'log');
  is(await until(() => /child\.ended role=writer ws=1 pid=\d+ status=8/.test(log())), true, 'its end');
  const r = await add();
  is(r.status, 303, plain(r));
  is(worker() !== pid, true, 'another worker');
  is(await listed(), [...acknowledged].sort().join(), 'companies');
});

// --- an import without room ---------------------------------------------------------------------------
await server.halt();
await test('an import for which there is no room leaves no empty workspace behind, and the next one goes on', async () => {
  const at = (name) => path.join(disk, name), folder = path.join(server.dir, 'k/state');
  const line = spawnSync(path.join(build, 'kontor-archive'), ['key', at('import.key')], { encoding: 'utf8' }).stdout.trim();
  fs.chmodSync(server.dir, 0o755); // below a closed folder the server would see it through a mount of its own, without this disk
  fs.mkdirSync(folder, { recursive: true, mode: 0o711 });
  is(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k,mode=711', 'none', folder]).status, 0, 'a small disk for what is loaded');
  const again = await Server.start({ dir: server.dir });
  const states = () => again.cli(['workspace', 'list', '--json']).map((w) => `${w.slug} ${w.state}`).join();
  try {
    again.cli(['workspace', 'export', '--workspace', slug, '--to', at('import.kontor'), '--recipient', line, '--json']);
    const before = states();
    const take = () => again.cli(['workspace', 'import', at('import.kontor'), '--slug', 'neu', '--key', at('import.key'), '--json'], { any: true });
    const r = take();
    is(r.status !== 0, true);
    has(r.stderr, 'restore.room');
    is(states().replace(',neu new', ''), before, 'nobody sees it');
    is((await new Client(again, 'neu.localhost').get('/anmelden')).status, 404);
  } finally {
    await again.halt();
    spawnSync('umount', ['-l', folder]);
  }
  const third = await Server.start({ dir: server.dir });
  try {
    third.cli(['workspace', 'import', at('import.kontor'), '--slug', 'neu', '--key', at('import.key'), '--json']);
    has(third.cli(['workspace', 'list', '--json']).map((w) => `${w.slug} ${w.state}`).join(), 'neu active');
    is((await new Client(third, 'neu.localhost').get('/anmelden')).status, 200);
    is(third.cli(['user', 'list', '--workspace', 'neu', '--json']).length > 0, true);
  } finally {
    await third.halt();
  }
});

// --- an update that fails -----------------------------------------------------------------------------
let inTheWay;
await test('a store that could not be brought up to date is named at start', async () => {
  const made = spawnSync(path.join(build, 'test/proc/old_store'), [path.join(server.dir, 'k'), '1'], { encoding: 'utf8' });
  is(made.status, 0, made.stderr);
  inTheWay = path.join(server.dir, `k/workspaces/1/data.db.before-${made.stdout.trim()}`);
  fs.mkdirSync(inTheWay); // where the copy goes
  const again = await Server.start({ dir: server.dir });
  try {
    await until(async () => (await new Client(again).get('/anmelden')).status !== 503);
    is(await until(() => log().includes('store.old_schema')), true, 'log');
    has(log().split('\n').find((l) => l.includes('store.old_schema')),
      `ws=1 schema=${made.stdout.trim()} code=store.migration detail=copy before a migration: errno 21`);
    is((await new Client(again).get('/anmelden')).status, 200, 'read with what is there');
    has(again.cli(['user', 'add', '--workspace', slug, '--login', 'eva', '--group', 'team_leader', '--password-stdin', '--json'],
      { input: `${password}\n`, any: true }).stderr, 'lässt sich gerade nur lesen');
  } finally {
    await again.halt();
  }
});
await test('with nothing in its way it is brought up to date at the next start', async () => {
  fs.rmdirSync(inTheWay);
  const before = (log().match(/store\.old_schema/g) || []).length;
  const again = await Server.start({ dir: server.dir });
  try {
    again.addUser('eva', 'team_leader', password, slug);
    const eva = new Client(again);
    await eva.signIn('eva', password);
    is((await eva.get('/kontakte')).status, 200);
    is((log().match(/store\.old_schema/g) || []).length, before, 'no word of it');
  } finally {
    await again.halt();
  }
});
await server.stop();
finish();
