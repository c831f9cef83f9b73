// rot_test.mjs: a byte of a workspace's store changes on the disk: what the people who work there see, what the backup
// of the night finds, what the operator is told. TAP on stdout. Argument: build folder.
import * as crypto from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Client } from '../lib/client.mjs';
import { Place } from '../lib/place.mjs';
import { processesOf } from '../lib/processes.mjs';
import { finish, ok } from '../lib/tap.mjs';

const build = process.argv[2];
const place = new Place(build, 'rot');
const { dir } = place;
const kontor = (...args) => place.run('kontor', args);
const store = path.join(dir, 'workspaces/1/data.db');
const findings = () => kontor('doctor', '--quick', '--json').json?.findings ?? [];
const log = () => fs.readdirSync(path.join(dir, 'log')).map((f) => fs.readFileSync(path.join(dir, 'log', f), 'utf8')).join('');
const settle = (now) => kontor('clock', 'set', now, '--settle');

kontor('init', '--demo', 'S', '--hash-ms', '0');
await place.serve('2026-11-25T10:00:00Z');
// Somebody who works there.
const password = 'Hafenkante lotse 47 Möwen';
place.run('kontor', ['user', 'add', '--workspace', '1', '--login', 'lotse', '--group', 'time_recorder_2', '--password-stdin'], { input: `${password}\n` });
const people = () => { const [port] = place.ports; return new Client({ port, ca: fs.readFileSync(path.join(dir, 'tls/ca.pem')) }); };
const folder = path.join(dir, 'workspaces/1');
const hash = (f) => crypto.createHash('sha256').update(fs.readFileSync(f)).digest('hex');
const neighbour = () => ['data.db', 'data.db-wal'].map((f) => path.join(dir, 'workspaces/2', f)).filter((f) => fs.existsSync(f)).map(hash).join();
settle('2026-11-25T10:01:00Z');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100); // an archive's name is a second
kontor('backup', 'run', '--workspace', '1');
const good = kontor('backup', 'list', '--workspace', '1', '--json').json?.at(-1);
ok(good?.verified === true, 'there is a good state', good);
await place.halt();

// --- a byte in a page in the middle ------------------------------------------------------------------------------
const whole = fs.readFileSync(store);
const PAGE = 4096;
const pages = whole.length / PAGE;
const at = Math.floor(pages * 0.6) * PAGE + 1000;
const rotten = Buffer.from(whole);
rotten[at] ^= 0x10;
fs.writeFileSync(store, rotten);
await place.serve('2026-11-26T02:30:00Z');
settle('2026-11-26T02:31:00Z');
const run = kontor('backup', 'run', '--workspace', '1', '--json');
ok(run.status === 9 && run.fault?.code === 'store.damaged', 'the backup reads every page, and finds it', run);
const said = findings().find((f) => f.id === 'store.damaged');
ok(said?.status === 'bad' && /good ones are kept/.test(said.text), 'doctor is red at once, not after a day', findings());
ok(/event=backup\.failed ws=1 .*code=store\.damaged/.test(log()), 'it is on the log');
// An archive's name is a second; the night's own may be of this one.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1100);
const others = kontor('backup', 'run', '--workspace', '2', '--json');
ok(others.status === 0, 'other workspaces go on', others);
const before = fs.readdirSync(path.join(dir, 'backup/1'));
for (const day of ['11-29', '12-03', '12-07']) settle(`2026-${day}T02:31:00Z`);
for (let d = 20; d <= 30; d += 5) settle(`2027-01-${d}T02:31:00Z`);
ok(before.length > 0 && fs.readdirSync(path.join(dir, 'backup/1')).join() === before.join(), 'its last good states stay, however old', fs.readdirSync(path.join(dir, 'backup/1')));
const drill = kontor('backup', 'drill', '--workspace', '1', '--json');
ok(drill.json?.good === true && drill.json.state === good.id, 'and can be restored', drill);

// --- the way back -----------------------------------------------------------------------------------------------
const keptNames = () => fs.readdirSync(folder).filter((f) => /^data\.db\.damaged-\d{8}T\d{6}Z$/.test(f));
const wholeOne = kontor('restore', 'apply', others.json.id, '--damaged', '--workspace', '2', '--json');
ok(wholeOne.status === 5 && wholeOne.fault?.code === 'restore.whole' && /saved first/.test(wholeOne.fault.text), 'not for a store that can be read', wholeOne);
const refused = kontor('restore', 'apply', good.id, '--workspace', '1', '--json');
ok(refused.status === 9 && refused.fault?.code === 'restore.damaged' && /kontor restore apply --damaged/.test(refused.fault.text), 'an ordinary restore refuses, and names the way', refused);
const asBefore = neighbour();
const back = kontor('restore', 'apply', good.id, '--damaged', '--workspace', '1', '--json');
ok(back.status === 0 && back.json.state === good.id && back.json.saved === '' && Array.isArray(back.json.lost), 'the state takes the place of the damaged store', back);
ok(keptNames().length === 1 && `data.db.${back.json.damaged}` === keptNames()[0], 'which is kept beside it', fs.readdirSync(folder));
const late = people();
await late.signIn('lotse', password);
const page = await late.get('/projekte');
ok(page.status === 200, 'the office works again', page.status);
ok(neighbour() === asBefore, "another workspace's files are the same to the byte");
const twice = kontor('restore', 'undo', '--workspace', '1', '--json');
ok(twice.fault?.code === 'restore.undo', 'there is nothing to undo: nothing was saved', twice);
await place.halt();

// --- much of it damaged -----------------------------------------------------------------------------------------
const ruin = (from, to) => {
  const b = fs.readFileSync(store);
  for (let n = Math.floor(b.length / PAGE * from); n < b.length / PAGE * to; n++) b[n * PAGE + 1000] ^= 0x10;
  fs.writeFileSync(store, b);
  for (const end of ['-wal', '-shm']) fs.rmSync(store + end, { force: true });
};
ruin(0.02, 1);
await place.serve('2027-01-31T10:00:00Z');
const few = people();
const seen = [];
for (const at of ['/anmelden', '/', '/projekte']) { const r = await few.get(at); seen.push(`${at} ${r.status} ${r.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 600)}`); }
let tried = { status: 0, text: '' };
try { await few.signIn('lotse', password); } catch (e) { tried = { status: 0, text: String(e) }; }
ok(seen.every((t) => / 5\d\d /.test(t) && /beschädigt|Bitte versuchen Sie es/.test(t)), 'a page that needs what cannot be read says so, and is not empty', [seen, tried]);
const ordinary = kontor('restore', 'apply', good.id, '--workspace', '1', '--json');
ok(ordinary.status !== 0 && ordinary.fault?.code === 'restore.damaged', 'an ordinary restore names the way here as well, where not even a worker starts', ordinary);
const going = place.start(['restore', 'apply', good.id, '--damaged', '--workspace', '1', '--json']);
let ended = false;
going.then(() => { ended = true; });
let at_ = [];
while (!ended && (at_ = processesOf('restore', path.join(dir, 'state/1'))).length === 0) await new Promise((r) => setImmediate(r));
for (const p of at_) process.kill(Number(p), 'SIGKILL');
const cut = await going;
ok(cut.status !== 0 && keptNames().length === 1, 'killed before it is loaded, nothing is changed', cut);
const second = kontor('restore', 'apply', good.id, '--damaged', '--workspace', '1', '--json');
ok(second.status === 0 && second.json.shut === true && second.json.lost.includes('session'), 'once more: what could not be read is named, and nobody comes in by what was', second);
ok(keptNames().length === 2, 'both are kept');
const old = people();
let in_ = 'signed in';
try { await old.signIn('lotse', password); } catch (e) { in_ = 'refused'; }
ok((await late.get('/projekte')).status !== 200 && (in_ === 'refused' || (await old.get('/projekte')).status !== 200), 'no former session, no former password');
const link = kontor('user', 'reset-password', '--workspace', '1', '--login', 'lotse', '--json');
ok(link.status === 0, 'but by a new link of the operator', link);
const lines = log();
ok(/event=restore\.rescued ws=1 .*rc=0/.test(lines), 'it is on the log');
// The next one is looked for when its worker is born.
settle('2027-03-10T02:31:00Z');
await place.halt();
await place.serve('2027-03-10T10:00:00Z');
kontor('user', 'list', '--workspace', '1');
const believed = findings().find((f) => f.id === 'clock').status === 'good';
ok((keptNames().length === 0) === believed, believed ? 'after 30 days they go' : 'after 30 days they stay, for nobody says that the clock is right', keptNames());
ok(kontor('backup', 'run', '--workspace', '1', '--json').status === 0, 'what stands there can be backed up');

// --- as it was --------------------------------------------------------------------------------------------------
await place.halt();
fs.writeFileSync(store, whole);
for (const end of ['-wal', '-shm']) fs.rmSync(store + end, { force: true });
await place.serve('2027-04-01T04:00:00Z');
settle('2027-04-01T04:01:00Z');
ok(!findings().some((f) => f.id === 'store.damaged') && kontor('backup', 'list', '--workspace', '1', '--json').json.at(-1).id > good.id, 'whole again, it is backed up again and nothing is red', findings());

// --- the console's own store ------------------------------------------------------------------------------------
const system = path.join(dir, 'system/data.db');
const state = kontor('backup', 'list', '--workspace', 'system', '--json').json.at(-1).id;
const rescue = () => kontor('restore', 'apply', state, '--damaged', '--workspace', 'system', '--json');
const busy = rescue();
ok(busy.fault?.code === 'restore.console' && /Der Server läuft|server is running/.test(busy.fault.text), 'the console is not put back beside a server', busy);
await place.halt();
const sound = rescue();
ok(sound.fault?.code === 'restore.whole', 'nor when all of it can be read', sound);
const b = fs.readFileSync(system);
for (let n = 2; n < b.length / PAGE; n++) b[n * PAGE + 1000] ^= 0x10;
fs.writeFileSync(system, b);
for (const end of ['-wal', '-shm']) fs.rmSync(system + end, { force: true });
ok(kontor('workspace', 'list', '--json').status !== 0, 'damaged, nothing is found any more');
const up = rescue();
ok(up.status === 0 && up.json.state === state && up.json.shut === true && up.json.lost.includes('workspace'), 'with the server ended its last good state takes its place', up);
ok(fs.readdirSync(path.join(dir, 'system')).includes(`data.db.${up.json.damaged}`), 'what was is kept', fs.readdirSync(path.join(dir, 'system')));
fs.rmSync(system);
const lost = kontor('workspace', 'list', '--json');
ok(lost.fault?.code === 'console.lost' && lost.fault.text.includes('restore apply STATE --damaged --workspace system'), 'without the file nothing begins anew and empty', lost);
ok(!fs.existsSync(system) && rescue().status === 0, 'it is put back as well');
await place.serve('2027-04-02T04:00:00Z');
ok(kontor('workspace', 'list', '--json').json.map((w) => w.slug).join() === 'lindenkai,nordmole', 'and every agency is there again', kontor('workspace', 'list', '--json'));
ok((await people().get('/anmelden')).status === 200, 'its people reach it');
settle('2027-04-02T04:01:00Z');
ok(kontor('backup', 'list', '--workspace', 'system', '--json').json.at(-1).id > state, 'and it is backed up again', kontor('backup', 'run', '--workspace', 'system', '--json'));
await place.halt();
finish();
process.exit();
