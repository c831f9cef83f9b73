// backup.mjs: backups, drills and previews of whole workspaces, as they run on a server, with restic beside them on the
// same data. Each row: what, value, goal, and whether it is met. `--full` does it with a workspace of 1 GB and a night of
// 1,000 workspaces; else both are smaller, and the row says so. Nothing is asserted.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Server, build } from '../lib/server.mjs';
import { World, password } from '../lib/world.mjs';

const full = process.argv.includes('--full');
const SMALL_MB = 35, LARGE_MB = full ? 1000 : 150, NIGHT = full ? 1000 : 60;
let judged = 0, met = 0;
const row = (what, value, goal = '', good = undefined) => {
  judged += good !== undefined;
  met += good === true;
  console.log(`${what.padEnd(62)} ${String(value).padStart(24)}   ${goal.padEnd(14)} ${good === undefined ? '' : good ? 'met' : 'MISSED'}`.trimEnd());
};
const p99 = (v) => [...v].sort((a, b) => a - b)[Math.min(v.length - 1, Math.floor(v.length * 0.99))];

// --- what a process and its children cost ---------------------------------------------------------------------------
const stat = (pid) => { try { const s = readFileSync(`/proc/${pid}/stat`, 'utf8'); return { name: s.slice(s.indexOf('(') + 1, s.lastIndexOf(')')), f: s.slice(s.lastIndexOf(')') + 2).split(' ') }; } catch { return null; } };
const children = (pid) => readdirSync('/proc').filter((d) => /^\d+$/.test(d)).map((d) => ({ pid: +d, ...stat(d) })).filter((p) => p.f && +p.f[1] === pid);
// Of master, all that live below it, and all that it has reaped: in milliseconds.
const spent = (pid) => 10 * (children(pid).reduce((n, p) => n + +p.f[11] + +p.f[12], 0) + stat(pid).f.slice(11, 15).reduce((n, x) => n + +x, 0));
const peakOf = (pid) => { try { return +/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1] / 1024; } catch { return 0; } };

// Runs `kontor …` beside us; the most memory that a process of this name had.
async function measured(s, name, args) {
  const before = spent(s.process.pid), began = performance.now();
  let peak = 0;
  const look = setInterval(() => { for (const p of children(s.process.pid)) if (p.name.includes(name)) peak = Math.max(peak, peakOf(p.pid)); }, 15);
  const p = spawn(join(build, 'kontor'), [...args, '-d', join(s.dir, 'k')], { env: s.env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '', err = '';
  p.stdout.on('data', (d) => { out += d; });
  p.stderr.on('data', (d) => { err += d; });
  const status = await new Promise((done) => { p.on('close', done); });
  clearInterval(look);
  if (status !== 0) throw new Error(`kontor ${args.join(' ')}: ${status} ${out}${err}`);
  return { out, wall: (performance.now() - began) / 1000, cpu: (spent(s.process.pid) - before) / 1000, peak };
}

// The same of another program, by the kernel's own account of it.
function alone(argv, env = {}) {
  const py = 'import json,resource,subprocess,sys,time\nt=time.time()\nr=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.PIPE)\nu=resource.getrusage(resource.RUSAGE_CHILDREN)\nprint(json.dumps({"rc":r.returncode,"err":r.stderr.decode()[-300:],"wall":time.time()-t,"cpu":u.ru_utime+u.ru_stime,"peak":u.ru_maxrss/1024}))';
  const r = JSON.parse(spawnSync('python3', ['-c', py, ...argv], { encoding: 'utf8', env: { ...process.env, ...env } }).stdout);
  if (r.rc !== 0) throw new Error(`${argv.slice(0, 2).join(' ')}: ${r.err}`);
  return r;
}
const sizeOf = (path) => statSync(path).isDirectory() ? readdirSync(path).reduce((n, f) => n + sizeOf(join(path, f)), 0) : statSync(path).size;

// --- data: words, as people write them, no two texts the same ---------------------------------------------------------
let seed = 47;
const random = (n) => { // mulberry32
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) % n;
};
const words = Array.from({ length: 4000 }, () => Array.from({ length: 3 + random(8) }, () => 'etaoinsrhldcumfpgwybvkäöüß'[Math.min(random(26), random(26))]).join(''));
const text = (n) => { let t = ''; while (t.length < n) t += `${words[Math.min(random(4000), random(4000))]} `; return t.trim(); };

let made = 1;
// Companies with long notes, eight at a time.
async function fill(c, file, mb) {
  const once = () => String(made++).padStart(22, '0');
  const send = async (form, action, values) => {
    const r = await c.send(form, action, { ...values, once: once() });
    if (r.status !== 303) throw new Error(`filling: ${r.status} ${r.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 300)}`);
    return r.headers.location.split('?')[0];
  };
  const add = Client.forms((await c.get('/kontakte/neu')).text).find((f) => f.action === '/kontakte/neu');
  const first = await send(add, add.action, { name: `Firma ${made}` });
  const form = Client.forms((await c.get(`${first}/aendern`)).text).find((f) => f.action === `${first}/aendern`);
  while (statSync(file).size < mb * 1e6) {
    await Promise.all(Array.from({ length: 8 }, () => send(form, '/kontakte', { name: `Firma ${made}`, comments: text(19000) })));
  }
}

const top = mkdtempSync(join(tmpdir(), 'kontor-bench-'));
const key = join(top, 'escrow');
const { stdout } = spawnSync(join(build, 'kontor-archive'), ['key', key], { encoding: 'utf8' });
const s = await Server.start({ conf: `backup_escrow = ${stdout.trim()}\n` });
try {
  const [{ slug, workspace }] = s.cli(['workspace', 'list', '--json']);
  const dir = join(s.dir, 'k'), file = join(dir, `workspaces/${workspace}/data.db`);
  s.addUser('maat', 'administrator', password('maat'), slug);
  const own = new World(s);
  const c = await own.enter('maat', password('maat'), true);
  c.agent = new Agent({ keepAlive: true, maxSockets: 8 });
  const kontor = (...args) => s.cli([...args, '--json'], { any: true });
  // `pages` is what the pages that were shown beside it have cost, in core-seconds.
  const backup = async (mb, what, pages = () => 0) => {
    const b = await measured(s, 'backup', ['backup', 'run', '--workspace', slug, '--json']);
    const got = JSON.parse(b.out), cpu = b.cpu - pages();
    row(`${what}: backup with 2 copies, each read back`, `${b.wall.toFixed(1)} s, ${(got.bytes / 1e6).toFixed(1)} MB`);
    row('  MB of workspace a core-second of the whole server', `${(mb / cpu).toFixed(0)} MB`, '>= 35 MB', mb / cpu >= 35);
    if (pages() > 0) row('  its core-seconds, those of the pages beside it', `${cpu.toFixed(1)}, ${pages().toFixed(1)} s`);
    row('  memory of its process at most', `${b.peak.toFixed(1)} MiB`, '<= 64 MiB', b.peak > 0 && b.peak <= 64);
    return { ...b, ...got };
  };
  const drill = async (mb, what) => {
    const b = await measured(s, 'drill', ['backup', 'drill', '--workspace', slug, '--json']);
    row(`${what}: drill`, `${b.wall.toFixed(1)} s`);
    row('  MB of workspace a core-second of the whole server', `${(mb / b.cpu).toFixed(0)} MB`, '>= 35 MB', mb / b.cpu >= 35);
    row('  memory of its process at most', `${b.peak.toFixed(1)} MiB`, '<= 64 MiB', b.peak > 0 && b.peak <= 64);
  };

  await fill(c, file, SMALL_MB);
  const small = sizeOf(file) / 1e6;
  const first = await backup(small, `workspace of ${small.toFixed(0)} MB`);
  await drill(small, `workspace of ${small.toFixed(0)} MB`);
  const look = await measured(s, 'restore', ['restore', 'preview', '--workspace', slug, first.id, '--json']);
  row(`restore preview of ${small.toFixed(0)} MB`, `${look.wall.toFixed(2)} s`, '<= 3 s', look.wall <= 3);

  // --- restic, on the same content lying plain: it has no key of the store's, and does not try what it wrote.
  if (!existsSync('/usr/bin/restic')) {
    console.log('SKIP: no restic beside it (package restic is not installed)');
  } else {
    const plain = join(top, 'plain'), repo = join(top, 'repo'), env = { RESTIC_PASSWORD: 'bench', RESTIC_REPOSITORY: repo, RESTIC_CACHE_DIR: join(top, 'cache') };
    alone([join(build, 'kontor-archive'), 'extract', join(dir, `backup/${workspace}/${first.id}.kontor`), '--key', key, '--to', plain]);
    const data = readdirSync(plain).map((f) => join(plain, f)).find((f) => sizeOf(f) > small * 0.9e6 && statSync(f).isFile());
    alone(['restic', 'init', '--repository-version', '2'], env);
    const put = alone(['restic', 'backup', data], env);
    const size = sizeOf(repo) / 1e6;
    const check = alone(['restic', 'check', '--read-data'], env);
    const back = alone(['restic', 'restore', 'latest', '--target', join(top, 'back')], env);
    row('restic, the same content plain: backup and check', `${(put.wall + check.wall).toFixed(1)} s, ${size.toFixed(1)} MB`);
    row('  MB of workspace a core-second', `${(small / (put.cpu + check.cpu)).toFixed(0)} MB`);
    row('  memory at most: backup, check, restore', `${put.peak.toFixed(0)}, ${check.peak.toFixed(0)}, ${back.peak.toFixed(0)} MiB`);
    row('size: Kontor, restic', `${(first.bytes / 1e6).toFixed(1)}, ${size.toFixed(1)} MB`);
  }

  // --- a large workspace, backed up while it is used
  await fill(c, file, LARGE_MB);
  const large = sizeOf(file) / 1e6;
  if (!full) console.log(`NOTE: the large workspace is of ${large.toFixed(0)} MB here; --full makes it 1,000 MB`);
  const reader = new Client(s);
  reader.jar = c.jar;
  reader.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const page = async (ms) => { const t = performance.now(); const r = await reader.get('/kontakte'); if (r.status !== 200) throw new Error(`page: ${r.status}`); ms.push(performance.now() - t); };
  const quiet = [], beside = [];
  for (let i = 0; i < 50; i++) await page([]);
  const before = spent(s.process.pid);
  for (let i = 0; i < 600; i++) await page(quiet);
  const each = (spent(s.process.pid) - before) / 1000 / 600;
  let over = false;
  const running = backup(large, `workspace of ${large.toFixed(0)} MB while it is used`, () => each * beside.length).finally(() => { over = true; });
  while (!over) await page(beside);
  await running;
  row(`  p99 of a page: quiet, beside the backup (${beside.length} pages)`, `${p99(quiet).toFixed(1)}, ${p99(beside).toFixed(1)} ms`, '<= 2 x', p99(beside) <= 2 * p99(quiet));
  await drill(large, `workspace of ${large.toFixed(0)} MB`);

  // --- a night of many small ones, by the clock
  if (!full) console.log(`NOTE: the night has ${NIGHT} workspaces here; --full makes them 1,000`);
  let began = performance.now();
  for (let i = 1; i < NIGHT; i++) s.cli(['workspace', 'add', '--slug', `klein${i}`, '--json']);
  row(`${NIGHT - 1} workspaces made`, `${((performance.now() - began) / 1000).toFixed(0)} s`);
  const night = new Date(Date.now() + 86400000);
  night.setUTCHours(22, 50, 0, 0); // before ten past midnight in Berlin, winter and summer
  began = performance.now();
  for (const minutes of [0, 60, 120, 180]) s.cli(['clock', 'set', '--now', new Date(+night + minutes * 60000).toISOString().replace(/\.\d+/, ''), '--settle'], { raw: true, timeout: 3600000 });
  const wall = (performance.now() - began) / 1000;
  const health = kontor('doctor', '--quick');
  const lacking = JSON.parse(health.stdout).findings.filter((f) => /^backup\.(late|never|none|failing|drill)/.test(f.id));
  row(`a night of ${NIGHT} workspaces: saved, copied, tried`, `${wall.toFixed(0)} s, ${lacking.length} without`, '<= 40 min', wall <= 2400 && lacking.length === 0);
  if (!full) row('  1,000 of them at this pace', `${(wall / NIGHT * 1000 / 60).toFixed(1)} min`);
} finally {
  await s.stop();
  rmSync(top, { recursive: true, force: true });
}
console.log(`\n${met} of ${judged} goals of backups met.`);
