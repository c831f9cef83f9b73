// take_test.mjs: single records brought back in a real installation that people work with: what comes along, what is
// refused, the way back; killed at any moment. TAP on stdout. Argument: build folder.
import { spawn, spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Server } from '../lib/server.mjs';
import { finish, ok } from '../lib/tap.mjs';
import { World } from '../lib/world.mjs';
import { processesOf } from '../lib/processes.mjs';

const build = process.argv[2];
const key = `/tmp/kontor-take-${process.pid}.key`;
const made = spawnSync(path.join(build, 'kontor-archive'), ['key', key], { encoding: 'utf8' });
const server = await Server.start({ demo: 'S', json: true, conf: `backup_escrow = ${made.stdout}` });
process.on('exit', () => {
  if (process.env.KEEP) fs.cpSync(path.join(server.dir, "k/log"), "/tmp/rows-log", { recursive: true });
  if (server.exitCode === undefined) server.process.kill('SIGKILL');
  fs.rmSync(key, { force: true });
  fs.rmSync(server.dir, { recursive: true, force: true });
});
const dir = path.join(server.dir, 'k');
const kontor = (...args) => server.cli([...args, '--json'], { any: true });
const said = (r) => { try { return JSON.parse(r.stdout); } catch { return null; } };
const fault = (r) => { try { return JSON.parse(r.stderr).error; } catch { return null; } };
const restore = (what, ...args) => { const r = kontor('restore', what, '--workspace', '1', ...args); return { status: r.status, json: said(r), code: fault(r)?.code, detail: fault(r)?.detail, err: r.stderr }; };
const nextSecond = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1001 - Date.now() % 1000);
const backup = () => { nextSecond(); return said(kontor('backup', 'run', '--workspace', '1')).id; };
const hash = (p) => crypto.createHash('sha256').update(fs.readFileSync(p)).digest('hex');
const other = () => ['data.db', 'data.db-wal'].map((f) => path.join(dir, 'workspaces/2', f)).filter((f) => fs.existsSync(f)).map(hash).join();

server.addUser('maat', 'administrator', 'Hafenkante maat 47 Möwen', '1');
const c = await new World(server).enter('maat', 'Hafenkante maat 47 Möwen', true);
const add = async (name) => { const r = await c.submit('/kontakte/neu', '/kontakte/neu', { name }); return /\/kontakte\/(\d+)/.exec(r.headers.location)[1]; };
const name = async (id) => { const r = await c.get(`/kontakte/${id}`); return r.status === 200 ? /<h1[^>]*>([^<]*)/.exec(r.text)?.[1] : r.status; };

// --- set back -----------------------------------------------------------------------------------------------------
const id = await add('Bleibt Bestehen KG');
const state = backup();
const at = `/kontakte/${id}/aendern`;
await c.submit(at, at, { name: 'Wurde Umbenannt KG' });
const later = await add('Kam Danach GmbH');

const found = restore('find', state, '--text', 'bestehen');
const row = found.json?.rows?.find((r) => r.table === 'company' && r.key === id);
ok(found.status === 0 && row?.what === 'changed' && row.label === 'Bleibt Bestehen KG' &&
  row.changes.some((x) => x.column === 'name' && x.then === 'Bleibt Bestehen KG' && x.now === 'Wurde Umbenannt KG'), 'found by its name of then, with both values', found);
ok(restore('find', state, '--text', 'Kam Danach').json?.rows?.length === 0, 'what was added since is not in the state');

const before = other();
const there = restore('take', state, '--record', `company:${id}`);
ok(there.status === 5 && there.code === 'restore.there' && there.detail === `company:${id}` && await name(id) === 'Wurde Umbenannt KG', 'what is there is not overwritten', there);
const taken = restore('take', state, '--record', `company:${id}`, '--overwrite');
ok(taken.status === 0 && taken.json.changed === 1 && taken.json.rows[0].label === 'Bleibt Bestehen KG' && await name(id) === 'Bleibt Bestehen KG', 'set back when asked for', taken);
ok(await name(later) === 'Kam Danach GmbH', 'and nothing else');
ok(restore('take', state, '--record', `company:${id}`).json?.same === 1, 'the same again changes nothing');
ok(other() === before && fs.readdirSync(path.join(dir, 'state/1')).length === 0, "another workspace's files are the same to the byte, and nothing lies about");

// --- undone -------------------------------------------------------------------------------------------------------
const same = restore('untake'); // of the one that changed nothing
const undone = restore('untake');
ok(same.status === 0 && undone.status === 0 && undone.json.changed === 1 && await name(id) === 'Wurde Umbenannt KG', 'undone', { same, undone });
ok(restore('untake').code === 'restore.undo', 'once');
ok(restore('take', state, '--record', `company:${id}`, '--overwrite').status === 0, 'taken once more');
await c.submit(at, at, { name: 'Inzwischen Anders KG' });
const changed = restore('untake');
ok(changed.code === 'restore.changed' && changed.detail === `company:${id}` && await name(id) === 'Inzwischen Anders KG', 'what was changed since stays', changed);

// --- refused ------------------------------------------------------------------------------------------------------
const many = Array.from({ length: 101 }, (_, i) => ['--record', `company:${i + 1}`]).flat();
for (const [what, args, code] of [
  ['no such record', ['--record', 'company:999999'], 'restore.record'],
  ['no such table', ['--record', 'user:1'], 'restore.record'],
  ['no name of a record', ['--record', 'Hafen'], 'restore.record'],
  ['more than a hundred', many, 'restore.many'],
]) {
  const r = restore('take', state, ...args);
  ok(r.status !== 0 && r.code === code && /\S{3,} /.test(fault({ stderr: r.err })?.text ?? ''), `${what}: ${code}`, r);
}
ok(restore('take', '20200101T000000Z', '--record', `company:${id}`).code === 'missing', 'no such state');
const file = path.join(dir, 'backup/1', `${state}.kontor`);
const whole = fs.readFileSync(file);
for (const [what, to, code] of [
  ['a changed bit', Buffer.from(whole).fill(whole[whole.length >> 1] ^ 8, whole.length >> 1, (whole.length >> 1) + 1), 'archive.damaged'],
  ['half a file', whole.subarray(0, whole.length >> 1), 'archive.cut'],
  ["another workspace's", fs.readFileSync(path.join(dir, 'backup/2', `${said(kontor('backup', 'run', '--workspace', '2')).id}.kontor`)), 'archive.workspace'],
]) {
  fs.writeFileSync(file, to);
  const r = restore('take', state, '--record', `company:${id}`, '--overwrite');
  ok(r.status !== 0 && r.code === code, `${what}: ${code}`, r);
}
fs.writeFileSync(file, whole);
ok(await name(id) === 'Inzwischen Anders KG', 'nothing was changed by them');

// --- killed at any moment -----------------------------------------------------------------------------------------
const start = () => new Promise((done) => {
  const p = spawn(path.join(build, 'kontor'), ['restore', 'take', state, '--workspace', '1', '--record', `company:${id}`, '--overwrite', '--json', '-d', dir], { env: server.env, stdio: 'ignore' });
  p.on('close', (status) => done(status));
});
const find = (role, folder) => processesOf(role, path.join(dir, folder));
let seed = 4711;
const dice = (m) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % m; };
let kills = 0;
for (let round = 0; round < 6; round++) {
  const [role, folder] = round % 2 === 0 ? ['restore', 'state/1'] : ['writer', 'workspaces/1'];
  const going = start();
  let ended = false;
  going.then(() => { ended = true; });
  while (!ended && find('restore', 'state/1').length === 0) await new Promise((r) => setImmediate(r));
  for (let i = dice(200); i > 0 && !ended; i--) await new Promise((r) => setImmediate(r));
  for (const p of find(role, folder)) { try { process.kill(Number(p), 'SIGKILL'); kills++; } catch { /* it was faster */ } }
  const status = await going;
  const now = await name(id);
  ok(['Inzwischen Anders KG', 'Bleibt Bestehen KG'].includes(now) && (status !== 0 || now === 'Bleibt Bestehen KG'), `killed ${role} in round ${round}: whole`, { status, now });
}
ok(kills > 3, `${kills} kills`);
const last = restore('take', state, '--record', `company:${id}`, '--overwrite');
ok(last.status === 0 && await name(id) === 'Bleibt Bestehen KG', 'the next one is good', last);
nextSecond();
kontor('backup', 'run', '--workspace', '1');
ok(said(kontor('backup', 'drill', '--workspace', '1', '--from', 'backup'))?.good === true || said(kontor('backup', 'drill', '--workspace', '1'))?.good === true, 'what stands there can be backed up and restored');
await server.halt();
finish();
process.exit();
