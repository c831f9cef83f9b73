// take_test.mjs: single records brought back in a real installation that people work with: what comes along, what is
// refused, the way back; killed at seeded moments. TAP on stdout. Arguments: build folder, rounds of each.
import { spawn, spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Usual, dice, killAll, moment, roundsOf } from '../lib/rounds.mjs';
import { Server } from '../lib/server.mjs';
import { finish, ok } from '../lib/tap.mjs';
import { World } from '../lib/world.mjs';

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
for (const [what, ...args] of [['take', state, '--record', `company:${id}`], ['find', state, '--text', 'x'], ['preview', state], ['apply', state], ['undo'], ['untake']]) {
  const r = kontor('restore', what, ...args, '--workspace', 'system');
  ok(r.status === 5 && fault(r)?.code === 'restore.console' && /\S{3,} /.test(fault(r).text), `${what} of the console's own store: restore.console`, r.stderr);
}
ok(restore('take', '20200101T000000Z', '--record', `company:${id}`).code === 'missing', 'no such state');
const places = ['backup', 'copies/1', 'copies/2'].map((d) => path.join(dir, d, '1', `${state}.kontor`));
const whole = fs.readFileSync(places[0]);
const everywhere = (bytes) => { for (const f of places.filter((x) => fs.existsSync(x))) fs.writeFileSync(f, bytes); };
for (const [what, to, code] of [
  ['a changed bit', Buffer.from(whole).fill(whole[whole.length >> 1] ^ 8, whole.length >> 1, (whole.length >> 1) + 1), 'archive.damaged'],
  ['half a file', whole.subarray(0, whole.length >> 1), 'archive.cut'],
  ["another workspace's", fs.readFileSync(path.join(dir, 'backup/2', `${said(kontor('backup', 'run', '--workspace', '2')).id}.kontor`)), 'archive.workspace'],
]) {
  everywhere(to);
  const r = restore('take', state, '--record', `company:${id}`, '--overwrite');
  ok(r.status !== 0 && r.code === code, `${what}: ${code}`, r);
}
everywhere(whole);
ok(await name(id) === 'Inzwischen Anders KG', 'nothing was changed by them');

// --- killed at any moment -----------------------------------------------------------------------------------------
const start = (...args) => new Promise((done) => {
  const p = spawn(path.join(build, 'kontor'), ['restore', ...args, '--workspace', '1', '--json', '-d', dir], { env: server.env, stdio: 'ignore' });
  p.on('close', (status) => done(status));
});
const taking = ['take', state, '--record', `company:${id}`, '--overwrite'];
const folders = { restore: 'state/1', writer: 'workspaces/1', system: 'system', keymgr: 'keys' };
const roll = dice(4711);
const rounds = roundsOf(process.argv[3]);
const usual = { take: new Usual(), untake: new Usual() };
const [then, today] = ['Bleibt Bestehen KG', await name(id)];
for (let i = 0; i < 3; i++) {
  await usual.take.of(() => start(...taking));
  await usual.untake.of(() => start('untake'));
}
ok(await name(id) === today, 'there and back');
const tally = { killed: 0, taken: 0, undone: 0, old: 0, wrong: [] };
for (let i = 0; i < 2 * rounds; i++) {
  const before_ = await name(id);
  const what = before_ === today ? 'take' : 'untake';
  const role = what === 'take' ? ['restore', 'restore', 'writer', 'keymgr'][roll(4)] : ['writer', 'writer', 'system', 'keymgr'][roll(4)];
  const going = start(...(what === 'take' ? taking : [what]));
  await moment(roll(usual[what].middle));
  const n = killAll(role, path.join(dir, folders[role]));
  const status = await going;
  const after = await name(id);
  tally.killed += n > 0;
  tally[after === before_ ? 'old' : what === 'take' ? 'taken' : 'undone']++;
  const clean = status !== 0 || fs.readdirSync(path.join(dir, 'state/1')).length === 0;
  if (![then, today].includes(after) || (status === 0 && after === before_) || !clean) tally.wrong.push({ i, what, role, status, before_, after, clean });
}
ok(tally.wrong.length === 0 && tally.killed > rounds / 4 && tally.taken > 0 && tally.undone > 0 && tally.old > 0,
  `${2 * rounds} times taken or undone, ${tally.killed} times something was killed: ${tally.taken} taken, ${tally.undone} undone, ${tally.old} as it was, never anything else`, tally);
if (await name(id) !== today) ok(await start('untake') === 0, 'undone at last');
const last = restore('take', state, '--record', `company:${id}`, '--overwrite');
ok(last.status === 0 && await name(id) === 'Bleibt Bestehen KG', 'the next one is good', last);
nextSecond();
kontor('backup', 'run', '--workspace', '1');
ok(said(kontor('backup', 'drill', '--workspace', '1', '--from', 'backup'))?.good === true || said(kontor('backup', 'drill', '--workspace', '1'))?.good === true, 'what stands there can be backed up and restored');
await server.halt();
finish();
process.exit();
