// service_test.mjs: the whole of it with the real programs: two agencies side by side under their host
// names over TLS, and a client that asks on while each process is killed. Arguments: build folder.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as https from 'node:https';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePorts } from '../lib/ports.mjs';

const build = process.argv[2];
const kontor = path.join(build, 'kontor');
const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-service-'));
const [port, operatorPort] = await freePorts(2);
let count = 0;
let failed = 0;
let server = null;
for (const sig of ['SIGTERM', 'SIGINT']) process.on(sig, () => process.exit(1));
process.on('exit', () => {
  if (server && !server.ended) server.proc.kill('SIGKILL');
  fs.rmSync(dir, { recursive: true, force: true });
});

function ok(good, what, detail) {
  count++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${count} - ${what}`);
  if (!good && detail !== undefined) console.log('# ' + String(detail).replace(/\n/g, '\n# '));
}
function run(...args) {
  const r = spawnSync(kontor, [...args, '-d', dir, '--json'], { encoding: 'utf8', timeout: 60000 });
  let json = null;
  try { json = JSON.parse(r.stdout); } catch { /* no JSON */ }
  return { status: r.status, err: r.stderr, json };
}
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
async function until(what, ms = 8000) {
  const end = Date.now() + ms;
  for (;;) {
    const v = await what();
    if (v || Date.now() > end) return v;
    await sleep(10);
  }
}
const status = () => run('doctor', '--quick').json;
// The one of a role (of the first agency's), as soon as it is ready: a moment ago it may have been killed.
const ready = (role) => until(() => status()?.processes.find((p) => p.role === role && p.ready && (role !== 'writer' || p.workspace === 1)));

// --- a client -----------------------------------------------------------------------------------------
let ca;
function get(host, agent, at = '/') {
  return new Promise((resolve) => {
    const rq = https.get({ host: '127.0.0.1', port, path: at, agent, ca, servername: host,
      headers: { Host: `${host}:${port}` }, timeout: 10000 }, (r) => {
      const parts = [];
      r.on('data', (d) => parts.push(d));
      r.on('end', () => resolve({ status: r.statusCode, headers: r.headers, body: Buffer.concat(parts) }));
      r.on('error', (e) => resolve({ status: 0, error: e.code }));
    });
    rq.on('timeout', () => rq.destroy(new Error('timeout')));
    rq.on('error', (e) => resolve({ status: 0, error: e.code || e.message }));
  });
}

// --- start --------------------------------------------------------------------------------------------
ok(run('init', '--escrow', 'none').status === 0, 'init');
const added = run('workspace', 'add', '--slug', 'zweite', '--name', 'Zweite Agentur');
ok(added.status === 0, 'a second workspace', added.err);
const again = run('workspace', 'add', '--slug', 'zweite', '--name', 'Zweite Agentur');
ok(again.status === 5, 'a slug is given once', again.status);
ok(run('workspace', 'add', '--slug', 'Zwei_te').status === 2, 'and must be one');
const list = run('workspace', 'list').json;
ok(list?.length === 2 && list[1].slug === 'zweite' && list[1].state === 'active', 'both are listed', JSON.stringify(list));
fs.appendFileSync(path.join(dir, 'kontor.conf'), 'edges = 2\n');
ca = fs.readFileSync(path.join(dir, 'tls/ca.pem'));

server = { proc: spawn(kontor, ['serve', '-d', dir, '--listen', `127.0.0.1:${port}`,
  '--operator-listen', `127.0.0.1:${operatorPort}`], { stdio: ['ignore', 'pipe', 'ignore'] }), out: '' };
server.proc.stdout.on('data', (d) => { server.out += d; });
server.proc.on('exit', (code) => { server.ended = { code }; });
const begun = performance.now();
await until(() => server.out.includes('\n') || server.ended);
const first = await get('agentur.localhost');
ok(first.status > 0 && first.status < 500, `first page ${Math.round(performance.now() - begun)} ms after the start`, first.error);
const served = (r) => r.status > 0 && r.status < 500 && r.status !== 404;
const one = await get('agentur.localhost');
const two = await get('zweite.localhost');
ok(served(one) && served(two), 'both agencies answer under their names', `${one.status} ${two.status}`);
ok((await get('dritte.localhost')).status === 404, 'a name that is none is not found');
ok(served(await get('localhost')), 'the base domain means the first one');
const writers = status().processes.filter((p) => p.role === 'writer');
ok(new Set(writers.map((w) => w.workspace)).size === 2, 'each has a worker of its own');

// --- kill -9 while a client asks on ---------------------------------------------------------------------
async function killing(role, host) {
  const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
  let asked = 0;
  let lost = 0;
  let running = true;
  const client = (async () => {
    while (running) {
      const r = await get(host, agent);
      asked++;
      if (!served(r)) { lost++; console.log(`# ${role}: ${r.status} ${r.error ?? ''}`); }
    }
  })();
  await until(() => asked > 20);
  const victim = await ready(role);
  process.kill(victim.pid, 'SIGKILL');
  const before = asked;
  await until(() => asked > before + 100);
  running = false;
  await client;
  agent.destroy();
  ok(lost <= 1 && asked > before + 100, `${role} killed: ${lost} of ${asked} requests lost`);
}
for (const role of ['writer', 'keymgr', 'signer', 'system', 'operator', 'edge', 'edge', 'writer']) {
  await killing(role, 'agentur.localhost');
}
ok(status().quarantined.length === 0, 'nobody is quarantined for it');

// --- stopped, not dead: all at once; master notices, ends them, and the service goes on -------------------
const hung = [];
for (const role of ['signer', 'keymgr', 'system', 'operator', 'edge', 'writer']) hung.push(await ready(role));
for (const p of hung) process.kill(p.pid, 'SIGSTOP');
const since = performance.now();
const asks = [];
const asking = setInterval(() => asks.push(get('agentur.localhost', new https.Agent(), '/anmelden')), 500);
for (const p of hung) {
  const successor = await until(() => status()?.processes.find((q) => q.role === p.role && q.pid !== p.pid && q.ready &&
    !hung.some((h) => h.pid === q.pid) && q.workspace === p.workspace), 20000);
  ok(successor, `${p.role} stopped: replaced after ${Math.round(performance.now() - since)} ms`);
}
clearInterval(asking);
ok(await until(async () => served(await get('agentur.localhost')), 8000), 'and requests are answered again');
const answered = (await Promise.all(asks)).map((r) => r.status || r.error);
ok(answered.every((x) => x !== 'timeout'), 'nobody waited in vain meanwhile', answered.join(' '));
const said = fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8').split('\n').filter((l) => / level=(error|warn) /.test(l) && !/edge\.signer|edge\.late|child\.ended|child\.deadline/.test(l));
ok(said.length === 0, 'the log holds no warning but of the deaths', said.join('\n'));

// --- an agency that keeps crashing ------------------------------------------------------------------------
// Each death by SIGSEGV counts as its own doing. From the third on the next start waits, and the client
// with it: it is told 503 until then.
const agency = (name) => get(`${name}.localhost`);
const workerOf = (ws) => status().processes.find((p) => p.role === 'writer' && p.workspace === ws && p.ready);
let deaths = 0;
for (; deaths < 30 && !status().quarantined.includes(2); deaths++) {
  await until(async () => served(await agency('zweite')));
  const victim = await until(() => workerOf(2)); // it serves a moment before master has read that it is ready
  if (!victim) break;
  process.kill(victim.pid, 'SIGSEGV');
  await until(() => workerOf(2)?.pid !== victim.pid);
  if (deaths === 4) ok(served(await agency('agentur')), 'the other agency is served meanwhile');
}
ok(deaths === 10, `an agency is set aside after ten crashes (${deaths})`);
const aside = await agency('zweite');
ok(aside.status === 503 && /<html lang="de"/.test(aside.body), 'its people are told so on a page', aside.status);
ok(served(await agency('agentur')), 'the other agency is served');
ok(workerOf(2) === undefined, 'and no request starts it again');
const told = run('doctor', '--quick').json.findings.find((f) => f.id === 'workspace.quarantined');
ok(told?.status === 'bad' && told.text.includes('kontor workspace wake 2'), 'doctor names it and the way back', told?.text);
ok(/level=error .*workspace\.quarantined ws=2/.test(fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8')), 'the log names it');
const asked = run('user', 'list', '--workspace', 'zweite');
ok(asked.status === 7 && JSON.parse(asked.err).error.code === 'quarantined', 'so does a command', asked.err);
ok(run('migrate').status === 7, 'migrate leaves it where it is');
ok(run('workspace', 'wake', 'zweite').status === 0 && await until(async () => served(await agency('zweite'))), 'workspace wake brings it back');
ok(status().quarantined.length === 0, 'with a clean sheet');

// --- an agency whose worker dies at once: its store is damaged -------------------------------------------
const folder = path.join(dir, 'workspaces/2');
process.kill(workerOf(2).pid, 'SIGKILL');
await until(() => workerOf(2) === undefined);
const kept = fs.readdirSync(folder).filter((f) => f.startsWith('data.db')); // with the log that the death left
for (const f of kept) {
  fs.renameSync(path.join(folder, f), path.join(folder, `kept-${f}`));
  fs.writeFileSync(path.join(folder, f), Buffer.alloc(8192, 'x'));
  fs.chownSync(path.join(folder, f), fs.statSync(folder).uid, fs.statSync(folder).gid);
}
ok((await agency('zweite')).status === 503, 'an agency with a damaged store: its people are told 503');
ok(served(await agency('agentur')), 'the other one is served');
const broken = run('user', 'list', '--workspace', 'zweite');
ok(broken.status !== 0 && /log\/kontor\.log/.test(broken.err), 'a command says where the cause stands', broken.err);
const closed = run('doctor').json.findings.find((f) => f.id === 'store.closed');
ok(closed?.status === 'bad' && /zweite/.test(closed.text), 'doctor names it', closed?.text);
ok(/event=worker\.refused step=store/.test(fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8')), 'the log says the cause');
for (const f of kept) fs.renameSync(path.join(folder, `kept-${f}`), path.join(folder, f));
ok(run('workspace', 'wake', 'zweite').status === 0 && await until(async () => served(await agency('zweite'))), 'mended, it comes back');

// --- the clock runs, idle workers end, and the end ------------------------------------------------------
server.proc.kill('SIGTERM');
await until(() => server.ended);
ok(server.ended?.code === 0, 'SIGTERM: status 0', JSON.stringify(server.ended));

// A copied disk without the keys: no agency's name or host name in any file. (Customers and hours: http/secret_http.mjs, run.mjs.)
const names = ['Zweite Agentur', 'zweite', 'Agentur', 'agentur.localhost'];
function* files(d) {
  for (const e of fs.readdirSync(d, { withFileTypes: true })) {
    const p = path.join(d, e.name);
    if (e.isDirectory()) yield* files(p);
    else yield p;
  }
}
const found = [];
ok([...files(dir)].some((f) => fs.readFileSync(f).includes('base_domain')), 'what is readable is found');
for (const f of files(dir)) {
  const bytes = fs.readFileSync(f);
  for (const n of names) if (bytes.includes(n)) found.push(`${path.relative(dir, f)}: ${n}`);
}
ok(found.length === 0, 'no name stands readable in any file', found.join(', '));
console.log(`1..${count}`);
process.exit(failed === 0 ? 0 : 1);
