// restore_test.mjs: older states put back in a real installation that people work with: what travels, what stays, the
// way back, what is refused; killed at seeded moments. TAP on stdout. Arguments: build folder, rounds.
import { spawn, spawnSync } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Client } from '../lib/client.mjs';
import { Usual, dice, killAll, moment, roundsOf } from '../lib/rounds.mjs';
import { Server } from '../lib/server.mjs';
import { processesOf } from '../lib/processes.mjs';
import { finish, ok } from '../lib/tap.mjs';
import { World } from '../lib/world.mjs';

const build = process.argv[2];
const made = spawnSync(path.join(build, 'kontor-archive'), ['key', `/tmp/kontor-restore-${process.pid}.key`], { encoding: 'utf8' });
const server = await Server.start({ demo: 'S', json: true, conf: `backup_escrow = ${made.stdout}` });
process.on('exit', () => {
  if (server.exitCode === undefined) server.process.kill('SIGKILL');
  fs.rmSync(`/tmp/kontor-restore-${process.pid}.key`, { force: true });
  fs.rmSync(server.dir, { recursive: true, force: true });
});
const dir = path.join(server.dir, 'k');
const kontor = (...args) => server.cli([...args, '--json'], { any: true });
const said = (r) => { try { return JSON.parse(r.stdout); } catch { return null; } };
const fault = (r) => { try { return JSON.parse(r.stderr).error.code; } catch { return null; } };
const restore = (what, ...args) => { const r = kontor('restore', what, '--workspace', '1', ...args); return { status: r.status, json: said(r), code: fault(r), err: r.stderr }; };
const nextSecond = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1001 - Date.now() % 1000);
const backup = () => { nextSecond(); return said(kontor('backup', 'run', '--workspace', '1')).id; };
const hash = (p) => crypto.createHash('sha256').update(fs.readFileSync(p)).digest('hex');
const other = () => ['data.db', 'data.db-wal'].map((f) => path.join(dir, 'workspaces/2', f)).filter((f) => fs.existsSync(f)).map(hash).join();
const table = (answer, name) => answer?.tables?.find((t) => t.table === name) ?? {};

server.addUser('maat', 'administrator', 'Hafenkante maat 47 Möwen', '1');
const who = new World(server);
const c = await who.enter('maat', 'Hafenkante maat 47 Möwen', true);
const add = async (name) => { const r = await c.submit('/kontakte/neu', '/kontakte/neu', { name }); if (r.status !== 303) throw new Error(r.text.slice(0, 300)); return /\/kontakte\/(\d+)/.exec(r.headers.location)[1]; };
const has = async (name) => !(await c.get(`/kontakte?q=${encodeURIComponent(name)}`)).text.includes('Kein Treffer');

// --- a week later -----------------------------------------------------------------------------------------------
const kept = await add('Bleibt Bestehen KG');
const state = backup();
const gone = await add('Kam Danach GmbH');
const at = `/kontakte/${kept}/aendern`;
const change = await c.submit(at, at, { name: 'Wurde Umbenannt KG' });
server.addUser('spaeter', 'time_recorder_2', 'Hafenkante spaeter 47 Möwen', '1');
ok(change.status === 303 && await has('Kam Danach') && await has('Wurde Umbenannt'), 'the present went on');

const preview = restore('preview', state);
ok(preview.status === 0 && table(preview.json, 'company').went === 1 && table(preview.json, 'company').changed === 1 && table(preview.json, 'company').class === 'content',
  'a preview counts what would go and change', preview);
ok(preview.json.rows.some((r) => r.table === 'company' && r.what === 'went' && r.key === gone) &&
  preview.json.rows.some((r) => r.table === 'company' && r.what === 'changed' && r.key === kept && r.columns.split(' ').includes('name')), 'row by row', preview.json.rows);
ok(table(preview.json, 'user').went === 1 && table(preview.json, 'user').class === 'present' && !preview.json.rows.some((r) => r.table === 'user'),
  'and what does not travel', preview.json.tables);
ok(await has('Kam Danach') && fs.readdirSync(path.join(dir, 'state/1')).length === 0, 'it changes nothing, and nothing remains of it');

// --- put back -----------------------------------------------------------------------------------------------------
const before = other();
const applied = restore('apply', state);
ok(applied.status === 0 && applied.json.state === state && /^\d{8}T\d{6}Z$/.test(applied.json.saved) && table(applied.json, 'company').went === 1, 'put back', applied);
ok(!await has('Kam Danach') && !await has('Wurde Umbenannt') && await has('Bleibt Bestehen'), 'content is as it was');
const login = new Client(server);
await login.signIn('spaeter', 'Hafenkante spaeter 47 Möwen');
ok((await login.get('/projekte')).status === 200, 'who was added since can sign in, and the session of before goes on');
ok(other() === before, "another workspace's files are the same to the byte");
ok(!fs.existsSync(path.join(dir, 'workspaces/1/data.db.next')) && fs.readdirSync(path.join(dir, 'state/1')).length === 0, 'nothing lies about', fs.readdirSync(path.join(dir, 'workspaces/1')));
const fresh = await add('Nach der Rückkehr AG');
ok(Number(fresh) > Number(gone), 'a number is not given twice', { fresh, gone });
ok(said(kontor('backup', 'list', '--workspace', '1')).some((r) => r.id === applied.json.saved), 'the present of before is a backup', applied.json.saved);

// --- and undone -------------------------------------------------------------------------------------------------------
const undone = restore('undo');
ok(undone.status === 0 && undone.json.state === applied.json.saved, 'undone', undone);
ok(await has('Kam Danach') && await has('Wurde Umbenannt') && !await has('Nach der Rückkehr'), 'it is as it was before');
const again = restore('undo');
ok(again.status === 0 && await has('Nach der Rückkehr') && !await has('Kam Danach'), 'and that can be undone as well', again);

// --- refused ------------------------------------------------------------------------------------------------------------
const none = restore('apply', '20200101T000000Z');
ok(none.status === 4 && none.code === 'missing', 'no such state', none);
const console_ = kontor('restore', 'apply', state, '--workspace', 'system');
ok(console_.status === 5 && fault(console_) === 'restore.console', "not the console's own", console_.stderr);
const bare = kontor('restore', 'undo', '--workspace', '2');
ok(bare.status === 4 && fault(bare) === 'restore.undo', 'nothing to undo', bare.stderr);
const places = ['backup', 'copies/1', 'copies/2'];
const archive = (id, place = 'backup') => path.join(dir, place, '1', `${id}.kontor`);
const whole = fs.readFileSync(archive(state));
const everywhere = (id, bytes) => { for (const p of places) if (fs.existsSync(archive(id, p))) fs.writeFileSync(archive(id, p), bytes); };
const bad = (what, change_, code) => {
  const b = Buffer.from(whole);
  everywhere(state, change_(b) ?? b);
  for (const verb of ['preview', 'apply']) {
    const r = restore(verb, state);
    ok(r.status !== 0 && r.code === code, `${verb} of ${what}: ${code}`, r);
  }
  everywhere(state, whole);
};
bad('a changed bit', (b) => { b[b.length >> 1] ^= 8; }, 'archive.damaged');
bad('half a file', (b) => b.subarray(0, b.length >> 1), 'archive.cut');
bad("another workspace's", () => { nextSecond(); return fs.readFileSync(path.join(dir, 'backup/2', `${said(kontor('backup', 'run', '--workspace', '2')).id}.kontor`)); }, 'archive.workspace');
const others = fs.readdirSync(path.join(dir, 'backup/1')).filter((f) => f !== `${state}.kontor`).sort();
bad('another state under its name', () => fs.readFileSync(path.join(dir, 'backup/1', others[0])), 'archive.other');
const latest = others.at(-1).slice(0, 16);
const right = fs.readFileSync(archive(latest));
everywhere(latest, whole);
const rolled = restore('preview', latest);
ok(latest > state && rolled.code === 'archive.other', 'an older state under a newer name: refused', rolled);
everywhere(latest, right);
ok(restore('preview', latest).status === 0, 'put back, it is the one again');
ok(await has('Nach der Rückkehr') && !await has('Kam Danach'), 'nothing was changed by them');

// --- killed at any moment ---------------------------------------------------------------------------------------------
const start = (...args) => new Promise((done) => {
  const p = spawn(path.join(build, 'kontor'), ['restore', ...args, '--workspace', '1', '--json', '-d', dir], { env: server.env });
  let out = '', err = '';
  p.stdout.on('data', (d) => { out += d; });
  p.stderr.on('data', (d) => { err += d; });
  p.on('close', (status) => done({ status, json: said({ stdout: out }), code: fault({ stderr: err }), err }));
});
const folders = { backup: 'workspaces/1', restore: 'state/1', writer: 'workspaces/1', system: 'system', keymgr: 'keys' };
const roll = dice(4711);
const rounds = roundsOf(process.argv[3]);
const usual = new Usual();
const clean = () => fs.readdirSync(path.join(dir, 'state/1')).length === 0 && fs.readdirSync(path.join(dir, 'workspaces/1')).every((f) => /^(lock|data\.db(-wal|-shm)?)$/.test(f));
let now = Date.now() + 5000;
const nextState = () => server.cli(['clock', 'set', new Date(now += 2000).toISOString()], { raw: true }); // ids are seconds
for (let i = 0; i < 3; i++) {
  nextState();
  await usual.of(() => start('undo'));
}
const tally = { killed: 0, old: 0, new: 0, wrong: [] };
for (let i = 0; i < rounds; i++) {
  nextState();
  const roles = [['backup', 'restore', 'writer'], ['restore', 'backup', 'writer'], ['writer'], ['system'], ['keymgr']][roll(5)];
  const before_ = await has('Kam Danach');
  const going = start('undo');
  await moment(roll(usual.middle));
  const role = roles.find((x) => killAll(x, path.join(dir, folders[x])) > 0);
  const r = await going;
  const after = await has('Kam Danach');
  const fresh_ = await has('Nach der Rückkehr');
  tally.killed += role !== undefined;
  tally[after === before_ ? 'old' : 'new']++;
  if (after === fresh_ || (r.status === 0 && (after === before_ || !clean()))) tally.wrong.push({ i, role, after, fresh_, before_, lies: ['workspaces/1', 'state/1'].map((d) => fs.readdirSync(path.join(dir, d)).join()), r });
}
ok(tally.wrong.length === 0 && tally.killed > rounds / 4 && tally.old > 0 && tally.new > 0,
  `${rounds} times undone, ${tally.killed} times something was killed: ${tally.old} as it was, ${tally.new} as it shall be, never anything else`, tally);
nextState();
for (const f of ['restore.db.before-7', 'loaded.db-wal', 'restore.db']) fs.writeFileSync(path.join(dir, 'state/1', f), 'of one that was killed');
const last = restore('apply', state);
ok(last.status === 0 && !await has('Kam Danach') && !await has('Nach der Rückkehr') && await has('Bleibt Bestehen'), 'the next one is good', last);
ok(clean(), 'and cleans up', fs.readdirSync(path.join(dir, 'workspaces/1')));

// --- the new file cannot be made --------------------------------------------------------------------------------------
const inTheWay = path.join(dir, 'workspaces/1/data.db.next');
fs.mkdirSync(path.join(inTheWay, 'not empty'), { recursive: true });
const failed = restore('apply', state);
fs.rmSync(inTheWay, { recursive: true });
ok(fs.readdirSync(path.join(dir, 'state/1')).length === 0, 'of one that failed no state stays on the disk', fs.readdirSync(path.join(dir, 'state/1')));
fs.writeFileSync(inTheWay, 'of one that was killed');
await add('Nach Dem Fehlschlag KG');
for (const p of processesOf('writer', path.join(dir, 'workspaces/1'))) process.kill(Number(p), 'SIGKILL');
ok(failed.status === 8 && failed.code === 'io', 'a disk that fails it is said at once', failed);
ok(await has('Nach Dem Fehlschlag'), 'and no later worker puts it back');
ok(!fs.existsSync(inTheWay), 'nor keeps what a killed one had built');

// --- while people write --------------------------------------------------------------------------------------------------
const log = () => fs.readdirSync(path.join(dir, 'log')).map((f) => fs.readFileSync(path.join(dir, 'log', f), 'utf8')).join('');
// Three people who enter one thing after the other as long as it goes on, and a little longer; what they were told is kept.
// sixth: called when six of them were told.
const write = async (going, sixth) => {
  let over = false;
  const told = [];
  going.then(() => { over = true; });
  const one = async (who_) => {
    for (let i = 0; !over || i < 2; i++) {
      const name = `Waehrend${who_}${i}q KG`;
      const r = await c.submit('/kontakte/neu', '/kontakte/neu', { name });
      if (r.status === 303 && /^\/kontakte\/\d+/.test(r.headers.location)) told.push(name);
      if (told.length === 6) sixth();
    }
  };
  await Promise.all(['Anna', 'Bela', 'Cleo'].map(one));
  return told;
};
const among = async (names) => { const r = []; for (const n of names) if (await has(n)) r.push(n); return r; };
// It is ordered when six entries were told, however slow this machine is: these are in the present that is saved.
let applying, ended;
const told = await write(new Promise((done) => { ended = done; }), () => { applying ??= start('apply', state).finally(ended); });
const during = await applying;
const later = await among(told); // those of after the swap
const wayBack = restore('undo');
const missing = (await among(told.filter((n) => !later.includes(n)))).length;
ok(during.status === 0 && told.length - later.length > 5, `people write while a state is put back: ${told.length} told, ${later.length} of them afterwards`, during);
ok(wayBack.status === 0 && missing === told.length - later.length, 'and the way back has everything that anybody was told is kept', { told: told.length, later: later.length, back: missing });
for (const end = Date.now() + 30000; !new RegExp(`event=backup\\.copy .*id=${during.json.saved}`).test(log()) && Date.now() < end;) await new Promise((r) => setTimeout(r, 100));
const lines = log();
ok(lines.lastIndexOf('event=restore.applied', lines.search(new RegExp(`event=backup\\.copy .*id=${during.json.saved}`))) > lines.search(new RegExp(`event=backup\\.kept ws=1 id=${during.json.saved}`)),
  'the copies of the present are made when people work again', lines.split('\n').filter((l) => l.includes(during.json.saved)));

// --- without a server -----------------------------------------------------------------------------------------------
await server.halt();
server.env.KONTOR_NOW = new Date(now += 60000).toISOString().replace(/\.\d+/, '');
const off = restore('undo');
ok(off.status === 0, 'without a server as well', off);
server.env.KONTOR_NOW = new Date(now += 7 * 86400000 + 1000).toISOString().replace(/\.\d+/, '');
const late = restore('undo');
ok(late.status === 4 && late.code === 'restore.undo', 'after seven days there is no way back any more', late);
server.env.KONTOR_NOW = new Date(now += 60000).toISOString().replace(/\.\d+/, '');
const check = kontor('backup', 'run', '--workspace', '1');
const tried = kontor('backup', 'drill', '--workspace', '1');
ok(check.status === 0 && said(tried)?.good === true, 'what stands there can be backed up and restored', { check: check.stderr, tried: tried.stdout });
finish();
process.exit();
