// turn_test.mjs: a store shall have another page key, and cannot: a page of it cannot be read. It keeps the one it has, and
// the ways back stay open. TAP on stdout. Argument: build folder.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { processesOf } from '../lib/processes.mjs';
import { backedUp } from '../lib/states.mjs';
import { finish, ok } from '../lib/tap.mjs';

const place = new Place(process.argv[2], 'turn');
const { dir } = place;
const kontor = (...args) => place.run('kontor', args);
const server = { cli: (args) => { const r = place.run('kontor', args); return { status: r.status, stdout: r.out, stderr: r.err }; } };
const folder = path.join(dir, 'workspaces/1');
const store = path.join(folder, 'data.db');
const PAGE = 4096;
const log = () => fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8');
const keptNames = () => fs.readdirSync(folder).filter((f) => f.startsWith('data.db.damaged-'));
const rotate = () => kontor('key', 'rotate', 'data', '--workspace', 'lindenkai', '--json');
// Once more, when the server's own has the second that would be its name.
const backUp = () => { let r; do r = kontor('backup', 'run', '--workspace', '1', '--json'); while (['archive.exists', 'backup.running'].includes(r.fault?.code)); return r; };
const turning = () => kontor('key', 'show', '--json').json?.turning;
const ruin = (at) => {
  const b = fs.readFileSync(store);
  b[Math.floor(b.length / PAGE * at) * PAGE + 1000] ^= 0x10;
  fs.writeFileSync(store, b);
  for (const end of ['-wal', '-shm']) fs.rmSync(store + end, { force: true });
};

kontor('init', '--demo', 'S', '--hash-ms', '0');
await place.serve();
const good = await backedUp(server, '1');

// --- beside a restore --------------------------------------------------------------------------------------------
const going = place.start(['restore', 'apply', good, '--workspace', '1', '--json']);
let at = [];
while ((at = processesOf('restore', path.join(dir, 'state/1'))).length === 0) await new Promise((r) => setImmediate(r));
process.kill(Number(at[0]), 'SIGSTOP');
const beside = place.start(['key', 'rotate', 'data', '--workspace', 'lindenkai', '--json']);
ok(Array.from({ length: 5 }, turning).every((n) => n === 0), 'while a state is being loaded the key does not turn');
process.kill(Number(at[0]), 'SIGCONT');
const [restored, rotated] = await Promise.all([going, beside]);
ok(restored.status === 0 && rotated.status === 0, 'it waits, and both are done', [restored, rotated]);
ok(log().indexOf('event=restore.applied') > 0 && log().indexOf('event=restore.applied') < log().indexOf('event=store.rekey'), 'one after the other');

// --- a page that cannot be read --------------------------------------------------------------------------------
const second = await backedUp(server, '1');
await place.halt();
ruin(0.6);
await place.serve();
const kept = rotate();
ok(kept.status === 5 && kept.fault?.code === 'key.kept' && /nothing was changed/.test(kept.fault.text), 'a store that cannot be copied keeps its key, and the command says so', kept);
ok(turning() === 0 && /event=key\.kept ws=1 .*rc=0/.test(log()), 'nothing is under way any more');
const backup = backUp();
ok(backup.fault?.code === 'store.damaged', 'the backup finds the damage, and is not "busy"', backup);
ok(kontor('backup', 'drill', '--workspace', '1', '--json').json?.good === true, 'the last good state is tried');
const preview = kontor('restore', 'preview', second, '--workspace', '1', '--json');
ok(preview.status === 0 || preview.fault?.code === 'store.damaged', 'a preview shows, or says that it cannot be read', preview);
const ordinary = kontor('restore', 'apply', second, '--workspace', '1', '--json');
ok(ordinary.fault?.code === 'restore.damaged', 'an ordinary restore names the way', ordinary);
const rescue = kontor('restore', 'apply', second, '--damaged', '--workspace', '1', '--json');
ok(rescue.status === 0 && keptNames().length === 1, 'and the state takes the place of the damaged store', rescue);
ok(kontor('restore', 'preview', second, '--workspace', '1', '--json').status === 0, 'a preview shows again');

// --- its first page: not even a worker starts --------------------------------------------------------------------
const third = await backedUp(server, '1');
await place.halt();
ruin(0);
await place.serve();
const first = rotate();
ok(first.status !== 0, 'of a store that does not open the key cannot be changed', first);
ok(turning() === 0, 'nor is that under way for ever');
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1001 - Date.now() % 1000); // what is kept is named by its second
const again = kontor('restore', 'apply', third, '--damaged', '--workspace', '1', '--json');
ok(again.status === 0 && again.json?.shut === true, 'a state takes its place as well', again);
ok(keptNames().length === 2, 'both damaged ones are kept, under the key that they had');
ok(rotate().status === 0, 'and what stands there gets another key');
ok(keptNames().length === 0, 'with the former key goes what only that one opens');
ok(kontor('user', 'list', '--workspace', '1', '--json').status === 0 && backUp().status === 0, 'under which it is read and backed up');
await place.halt();
finish();
process.exit();
