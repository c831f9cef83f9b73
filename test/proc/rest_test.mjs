// rest_test.mjs: targets that do not answer: a machine that nobody listens on or that says nothing is waited for once, not by
// each workspace anew; a folder that holds whoever reads there is given up in time, and the others go on. TAP on stdout.
// Argument: build folder.
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { finish, ok } from '../lib/tap.mjs';

const build = path.resolve(process.argv[2]);
const place = new Place(build, 'rest');
const { top, dir } = place;
place.build = path.join(top, 'bin');
fs.mkdirSync(place.build);
for (const p of ['kontor', 'kontor-archive', 'kontor-edge', 'kontor-egress', 'kontor-keymgr', 'kontor-press']) fs.copyFileSync(path.join(build, p), path.join(place.build, p));
fs.copyFileSync(path.join(build, 'test/proc/worn_worker'), path.join(place.build, 'kontor-worker'));

const kontor = (...args) => place.start([...args, '--json']);
const backup = (...args) => kontor('backup', ...args, '--workspace', '1');
const settle = (now) => kontor('clock', 'set', now, '--settle');
const states = async (workspace) => (await kontor('backup', 'list', '--workspace', workspace)).json ?? [];
const faults = async (workspace) => ((await states(workspace)).at(-1)?.copies ?? []).map((c) => `${c.target}=${c.fault || 'good'}`).join(' ');
const log = () => fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8');
const timed = async (f) => { const began = Date.now(); const r = await f(); console.log(`# ${Date.now() - began} ms`); return r; };

// A machine that takes every connection and says nothing: how many came?
let asked = 0;
const machine = net.createServer((s) => { asked++; s.on('error', () => {}).resume(); });
const listen = (port) => new Promise((done) => machine.listen(port, '127.0.0.1', done));
const leave = () => new Promise((done) => machine.close(done));
await listen(0);
const { port } = machine.address();

place.run('kontor', ['init', '--demo', 'S', '--hash-ms', '0']);
fs.writeFileSync(path.join(dir, 'sftp.key'), 'of no use: nobody asks for it\n', { mode: 0o600 });
fs.appendFileSync(path.join(dir, 'kontor.conf'), `backup_target3 = sftp://kontor@127.0.0.1:${port}/archive
backup_hostkey3 = SHA256:${'A'.repeat(43)}
backup_sftp_key = ${path.join(dir, 'sftp.key')}
backup_wait = 1
`);

// --- another machine ------------------------------------------------------------------------------------------------
const AT_ONCE = 2; // backups of the scheduler
await place.serve('2026-11-25T10:00:00Z');
await settle('2026-11-25T10:01:00Z');
const all = ['system', '1', '2'];
const said = await Promise.all(all.map(faults));
ok(said.every((f) => f === 'backup=good target1=good target2=good target3=copy.slow'), 'it says nothing: told for each workspace, and the folders have their copies', said);
ok(asked >= 1 && asked <= AT_ONCE, 'no more than were at it at once have waited for it, the others left it alone', { asked, log: log().match(/target\.rests.*/g) });
const [{ id }] = await states('1');
const before = asked;
await backup('verify', id);
ok(asked === before + 1, 'who types it has it tried at once', { asked, before });
await leave();
ok((await backup('verify', id)).status === 0 && (await faults('1')).endsWith('target3=copy.unreachable'), 'nobody listens: said', await faults('1'));
await listen(port);
asked = 0;
await settle('2026-11-25T23:50:00Z');
const night = await Promise.all(all.map(states));
ok(night.every((s) => s.length === 2) && asked >= 1 && asked <= AT_ONCE, 'the next night it is tried again, and rests again', { asked, n: night.map((s) => s.length) });
await settle('2026-11-26T09:00:00Z');

// --- a folder that does not answer ------------------------------------------------------------------------------------
const { id: newest } = (await states('1')).at(-1);
const file = (where) => path.join(dir, where, '1', `${newest}.kontor`);
const whole = fs.readFileSync(file('backup'));
const silence = (where) => fs.chmodSync(file(where), 0o4600);
const rests = () => (log().match(/target\.rests target=target1 /g) ?? []).length;
silence('copies/1');
const read = await timed(() => backup('verify', newest));
ok(read.status === 0 && read.json.copies === 1 && (await faults('1')).startsWith('backup=good target1=copy.unreachable target2=good '),
  'who reads there is ended in time: told, and the next folder has its turn', { read, f: await faults('1') });
const found = ((await kontor('doctor', '--quick')).json?.findings ?? []).filter((f) => f.id === 'backup.remote' && /cannot be reached/.test(f.text));
ok(found.length === 1 && found[0].status === 'bad', 'doctor says it', found);
const beside = await timed(() => backup('drill'));
ok(beside.json?.good && beside.json.from === 'target2' && rests() === 1, 'a drill leaves that folder alone for a while', { beside, rests: rests() });
await settle('2026-11-26T09:20:00Z');
const drill = await timed(() => backup('drill')); // that day target1 has its turn
ok(drill.json?.good && drill.json.from === 'target2' && /drill\.silent .*from=target1/.test(log()) && rests() === 2, 'later it is tried again: it is ended in time, and reads from the next', { drill, rests: rests() });

await settle('2026-11-26T09:40:00Z');
fs.writeFileSync(file('backup'), whole.subarray(0, 5000));
const mended = await timed(() => backup('verify', newest));
ok(mended.status === 0 && fs.readFileSync(file('backup')).equals(whole) && /backup\.repaired .*target=target2/.test(log()), 'a repair does not wait for it either', { mended, f: await faults('1') });
fs.chmodSync(file('copies/1'), 0o600);
ok((await backup('verify', newest)).json?.copies === 2 && (await faults('1')).startsWith('backup=good target1=good target2=good '), 'it answers again: all is well', await faults('1'));

// --- a target that is elsewhere -----------------------------------------------------------------------------------------
const restart = async () => ((await kontor('doctor', '--quick')).json?.findings ?? []).filter((f) => f.id === 'backup.restart').map((f) => f.status).join();
const conf = path.join(dir, 'kontor.conf');
ok(await restart() === '', 'the server knows the targets that kontor.conf has');
fs.mkdirSync(path.join(dir, 'copies/new'));
fs.writeFileSync(conf, fs.readFileSync(conf, 'utf8').replace(/^backup_target1 = .*$/m, 'backup_target1 = folder:copies/new'));
ok(await restart() === 'warn', 'one of them is another: doctor says that it holds from the next start on', await restart());
await place.halt();
await place.serve('2026-11-26T09:50:00Z');
ok((await faults('1')).startsWith('backup=good target1=missing target2=good ') && await restart() === '', 'started anew: what was verified in the old place is missing in the new one', await faults('1'));
ok((await backup('verify', newest)).status === 0 && (await faults('1')).startsWith('backup=good target1=good ') && fs.readFileSync(path.join(dir, 'copies/new/1', `${newest}.kontor`)).equals(whole), 'read again, it is there', await faults('1'));
await place.halt();
await place.serve('2026-11-26T09:55:00Z');
ok((await faults('1')).startsWith('backup=good target1=good '), 'where it was at the last start it counts', await faults('1'));
await place.halt();
await leave();
finish();
process.exit();
