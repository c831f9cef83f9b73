// run.mjs: measures the rows of ARCHITECTURE's numbers on data set P, TLS on, on this machine, in one run.
// Server CPU (utime + stime of all of Kontor's processes) is the robust column; wall times are noisy.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { spawnSync } from 'node:child_process';
import { Agent } from 'node:https';
import { Server, root } from '../lib/server.mjs';
import { Client } from '../lib/client.mjs';

const rows = [];
const row = (what, value, goal) => { rows.push([what, value, goal]); console.log(`${what.padEnd(46)} ${String(value).padStart(24)}   ${goal}`); };
const tick = 1000 / 100; // ms a clock tick

const family = (pid) => {
  const all = readdirSync('/proc').filter((d) => /^\d+$/.test(d)).map((d) => {
    try { const s = readFileSync(`/proc/${d}/stat`, 'utf8'); const rest = s.slice(s.lastIndexOf(')') + 2).split(' '); return { pid: +d, ppid: +rest[1], cpu: +rest[11] + +rest[12], name: s.slice(s.indexOf('(') + 1, s.lastIndexOf(')')) }; } catch { return null; }
  }).filter(Boolean);
  return all.filter((p) => p.pid === pid || p.ppid === pid);
};
const cpuMs = (s) => family(s.process.pid).reduce((n, p) => n + p.cpu, 0) * tick;
const pss = (pid, what = 'Pss') => { try { return +new RegExp(`^${what}:\\s+(\\d+)`, 'm').exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))[1] / 1024; } catch { return 0; } };
const sum = (s, keys) => s.reduce((n, p) => n + keys.reduce((k, w) => k + pss(p.pid, w), 0), 0);

console.log('data set P: 200 customers, 1,000 projects, 50,000 time entries (one run, this machine)\n');
const t0 = performance.now();
const s = await Server.start({ demo: 'P' });
console.log(`made and started in ${((performance.now() - t0) / 1000).toFixed(1)} s\n`);
try {
  const slug = s.cli(['workspace', 'list', '--json'])[0].slug;
  s.addUser('messung', 'team_leader', 'Messlatte 47 am Deich', slug);
  const c = new Client(s);
  c.agent = new Agent({ keepAlive: true, maxSockets: 1 });
  await c.signIn('messung', 'Messlatte 47 am Deich');

  const page = async (what, path, n, goal) => {
    let r;
    for (let i = 0; i < 20; i++) r = await c.get(path);
    const before = cpuMs(s);
    for (let i = 0; i < n; i++) r = await c.get(path);
    const ms = (cpuMs(s) - before) / n;
    if (r.status !== 200) throw new Error(`${path}: ${r.status}`);
    row(`${what}, server CPU`, `${ms.toFixed(2)} ms`, goal);
    row(`${what}, bytes (gzip)`, `${(r.bytes.length / 1024).toFixed(1)} KB (${(gzipSync(r.bytes).length / 1024).toFixed(1)} KB)`, '<= 25 KB (6 KB)');
    return r;
  };
  const list = await page('page of 50 projects', '/projekte', 400, '<= 0.5 ms');
  const project = /\/projekte\/(\d+)"/.exec(list.text)[1];
  await page('time list of a project, 50 rows', `/projekte/${project}/zeiten`, 400, '<= 0.5 ms');

  const day = (await c.get('/zeiten')).headers.location;
  const open = /<select[^>]*name="project_id"[\s\S]*?value="(\d+)"/.exec((await c.get(day)).text)[1];
  const form = Client.forms((await c.get(day)).text).find((f) => f.action === '/zeiten');
  const category = /<select[^>]*name="category_id"[\s\S]*?value="(\d+)"/.exec((await c.get(day)).text)[1];
  // The raster books a quarter of an hour each time, so the entries go to days of their own.
  const back = (i) => new Date(Date.parse(day.slice(-10)) - (1 + i % 10) * 86400000).toISOString().slice(0, 10);
  const book = (client, fm, i) => client.send(fm, '/zeiten', { project_id: open, category_id: category, day: back(i), minutes: '0:01', note: `Messung ${i}`, once: String(i).padStart(22, '0') });
  let before = cpuMs(s);
  let ok = 0;
  for (let i = 0; i < 200; i++) ok += (await book(c, form, i)).status === 303 ? 1 : 0;
  row('one time entry by form, durable, server CPU', `${((cpuMs(s) - before) / 200).toFixed(2)} ms (${ok} of 200)`, '<= 0.5 ms');

  const writers = await Promise.all([...Array(16)].map(async (_, k) => {
    const login = `schreiber${k}`;
    s.addUser(login, 'team_leader', `Messlatte ${k} am Deich 47`, slug);
    const w = new Client(s);
    await w.signIn(login, `Messlatte ${k} am Deich 47`);
    const f = Client.forms((await w.get(day)).text).find((x) => x.action === '/zeiten');
    return { w, f };
  }));
  const done = await Promise.all(writers.map(async ({ w, f }, k) => {
    let good = 0;
    for (let i = 0; i < 30; i++) {
      const r = await w.send(f, '/zeiten', { project_id: open, category_id: category, minutes: '0:01', note: `P${k}-${i}` });
      good += r.status === 303 ? 1 : 0;
    }
    const shown = ((await w.get(day)).text.match(/<div class="entry">/g) || []).length;
    return [good, shown];
  }));
  const good = done.reduce((n, [g]) => n + g, 0), shown = done.reduce((n, [, x]) => n + x, 0);
  row('16 parallel writers: failed, lost of 480', `${480 - good}, ${good - shown}`, '0, 0');

  row('memory, all processes (PSS)', `${sum(family(s.process.pid), ['Pss']).toFixed(1)} MiB`, '<= 32 MiB');
  await new Promise((r) => setTimeout(r, 11000)); // the worker gives memory back after 5 idle seconds
  const worker = family(s.process.pid).find((p) => /writer/.test(p.name));
  row('idle worker, private', `${(pss(worker.pid, 'Private_Dirty') + pss(worker.pid, 'Private_Clean')).toFixed(2)} MiB`, '<= 1 MiB');
  const cold = [];
  for (let i = 0; i < 5; i++) {
    const w = family(s.process.pid).find((p) => /writer/.test(p.name));
    process.kill(w.pid, 'SIGKILL');
    const t = performance.now();
    await c.get('/anmelden');
    cold.push(performance.now() - t);
  }
  row('cold workspace, first answer (median of 5)', `${cold.sort((a, b) => a - b)[2].toFixed(1)} ms`, '<= 20 ms');
} finally {
  await s.stop();
}

const t1 = performance.now();
const fresh = await Server.start({});
await new Client(fresh).get('/anmelden');
row('init, cold start and first page', `${(performance.now() - t1).toFixed(0)} ms`, '(start alone <= 300 ms)');
await fresh.stop();

const edge = `${root}/test/bench/edge.sh`;
if (existsSync(edge)) process.stdout.write(spawnSync(edge, { encoding: 'utf8', timeout: 300000 }).stdout);
