// rot_test.mjs: a byte of a workspace's store changes on the disk: what the people who work there see, what the backup
// of the night finds, what the operator is told. TAP on stdout. Argument: build folder.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
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
settle('2026-11-25T10:01:00Z');
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

// --- as it was --------------------------------------------------------------------------------------------------
await place.halt();
fs.writeFileSync(store, whole);
for (const end of ['-wal', '-shm']) fs.rmSync(store + end, { force: true });
await place.serve('2027-02-01T04:00:00Z');
settle('2027-02-01T04:01:00Z');
ok(!findings().some((f) => f.id === 'store.damaged') && kontor('backup', 'list', '--workspace', '1', '--json').json.at(-1).id > good.id, 'whole again, it is backed up again and nothing is red', findings());
await place.halt();
finish();
process.exit();
