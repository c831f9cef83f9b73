// schedule_test.mjs: the scheduler of a real installation, its clock set by the test: each workspace's
// backup in its window, what failed again an hour later, missed days caught up and said, what it may not
// order. TAP on stdout. Arguments: build folder.
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { finish, ok, skip } from '../lib/tap.mjs';

const build = path.resolve(process.argv[2]);
const place = new Place(build, 'schedule', 120000);
const { top, dir } = place;
const run = (program, args) => place.run(program, args);
const kontor = (...args) => run('kontor', [...args, '--json']);
// The clock there, and everything done that is due by then.
const settle = (now) => {
  const r = kontor('clock', 'set', now, '--settle');
  if (r.status !== 0) ok(false, `the clock is ${now}`, r);
};
const list = (workspace) => kontor('backup', 'list', '--workspace', workspace).json ?? [];
const ids = (workspace) => list(workspace).map((r) => r.id);
const log = () => fs.readdirSync(path.join(dir, 'log')).sort().map((f) => fs.readFileSync(path.join(dir, 'log', f), 'utf8')).join('');
const status = () => kontor('doctor', '--quick').json;
const berlin = (id) => new Date(id.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  .toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' });

run('kontor', ['init', '--demo', 'S', '--hash-ms', '0', '--escrow', 'none']);
place.run('kontor', ['user', 'add', '--workspace', 'system', '--login', 'wache', '--group', 'operator', '--password-stdin'],
  { input: 'Messlatte 47 am Deich\n' });
const serve = (now) => place.serve(now, 'inherit');
const halt = () => place.halt();

// --- nothing to do without a second key --------------------------------------------------------------------
await serve('2026-11-24T10:00:00Z');
settle('2026-11-25T10:00:00Z');
ok(['1', '2', 'system'].every((w) => ids(w).length === 0) && !/event=schedule\.failed/.test(log()), 'without an escrow key it orders no backup, and does not knock at the door all day');
const born = log().match(/child\.ready role=scheduler.*/)?.[0] ?? '';
ok(/level=[AB]/.test(born) && /open=(refused|EACCES)/.test(born) && /socket=refused/.test(born) && /exec=refused/.test(born), 'it has no file, no network, no program', born);
ok(/role=writer/.test(log().slice(log().indexOf('clock.set'))), 'each agency was woken in the morning: mails that are due are written');
await halt();
fs.appendFileSync(path.join(dir, 'kontor.conf'), `backup_escrow = ${run('kontor-archive', ['key', path.join(top, 'escrow.key')]).out}`);

// --- a night ----------------------------------------------------------------------------------------------
await serve('2026-11-25T10:00:00Z');
settle('2026-11-25T10:01:00Z');
ok(['1', '2', 'system'].every((w) => ids(w).length === 1), 'a new installation is backed up at once', ['1', '2', 'system'].map(ids));
ok(list('1')[0]?.copies.filter((c) => c.verified).length === 3, 'with its copies');
const drills = () => kontor('backup', 'drills', '--workspace', '1').json ?? [];
ok(drills().length === 1 && drills()[0].good === true, 'and it was tried: it can be restored', drills());
settle('2026-11-25T22:59:00Z');
ok(ids('1').length === 1, 'the rest of the day nothing');
for (let minute = 5; minute <= 55; minute += 5) settle(`2026-11-25T23:${String(minute).padStart(2, '0')}:00Z`);
const night = ['1', '2', 'system'].map((w) => ids(w)[1]);
ok(night.every((id) => id && /^2026-11-26 00:(1|2|3|4)\d|00:50/.test(berlin(id))), 'in the night each between 00:10 and 00:50', night.map((id) => id && berlin(id)));
settle('2026-11-26T09:00:00Z');
ok(ids('1').length === 2 && drills().length === 2, 'and once, tried once', drills());
ok(drills().map((r) => r.from).sort().join() === 'target1,target2', 'each night read from the copy of another target', drills());
const both = ['1', 'system'].map((w) => kontor('backup', 'drills', '--workspace', w).json ?? []);
ok(both.every((rows) => rows.length === 2 && rows.every((r) => r.good)) && both[0][0].state === ids('1')[1], 'and it was tried whether it can be put back', both);

// --- what fails is tried again each hour -------------------------------------------------------------------
const folder = path.join(dir, 'backup/1');
fs.renameSync(folder, `${folder}.away`);
fs.writeFileSync(folder, 'no folder');
const tries = () => (log().match(/schedule\.failed ws=1 /g) ?? []).length;
settle('2026-11-26T23:55:00Z');
const first = tries();
ok(first >= 1 && ids('2').length === 3, 'one whose folder is gone fails; the other agency has its backup', { first, other: ids('2') });
settle('2026-11-27T00:30:00Z');
ok(tries() === first, 'half an hour later it is left alone', tries());
settle('2026-11-27T00:56:00Z');
ok(tries() > first, 'after an hour it is tried again', tries());
const second = tries();
settle('2026-11-27T01:30:00Z');
settle('2026-11-27T01:58:00Z');
ok(tries() === second, 'but not between two and three', tries());
fs.unlinkSync(folder);
fs.renameSync(`${folder}.away`, folder);
settle('2026-11-27T02:45:00Z');
ok(ids('1').length === 3 && /^2026-11-27 03:/.test(berlin(ids('1')[2])), 'after three it succeeds', ids('1').map(berlin));

// --- missed days ------------------------------------------------------------------------------------------
await halt();
await serve('2026-12-02T08:00:00Z');
settle('2026-12-02T08:00:10Z');
ok(ids('1').length === 4 && /^2026-12-02 09:0/.test(berlin(ids('1')[3])), 'off for days: caught up at once', ids('1').map(berlin));
ok(/backup\.missed ws=1 days=4/.test(log()), 'and said', log().match(/backup\.missed.*/g));

// What the operators were told, read from the console's own store in its backup.
settle('2026-12-02T08:10:00Z');
const system = list('system').at(-1).id;
run('kontor-archive', ['extract', path.join(dir, 'backup/0', `${system}.kontor`), '--key', path.join(top, 'escrow.key'), '--to', path.join(top, 'told')]);
const told = spawnSync('python3', ['-c', `
import json, sqlite3
db = sqlite3.connect('file:told/data.db?mode=ro', uri=True)
print(json.dumps(db.execute("SELECT event_text, count(*) FROM notice WHERE event_text LIKE 'backup.%' GROUP BY 1").fetchall()))`], { cwd: top, encoding: 'utf8' });
if (told.error) {
  skip('what operators were told', 'there is no python3');
} else {
  ok(/"backup\.late", [1-9]/.test(told.stdout), 'the operators have a notice that a backup was missing', told);
}

// --- both nights of the clock change, the leap day, the end of the year ---------------------------------------
const nights = (from, days) => {
  const missing = [];
  for (let i = 0; i < days; i++) {
    const at = new Date(Date.parse(from) + i * 86400000);
    for (const clock of ['00:20', '01:00', '05:00', '23:58']) settle(`${at.toISOString().slice(0, 10)}T${clock}:00Z`);
  }
  const had = ids('1').map((id) => berlin(id).slice(0, 10));
  for (let i = 0; i < days; i++) {
    const day = new Date(Date.parse(from) + i * 86400000).toISOString().slice(0, 10);
    if (had.filter((d) => d === day).length !== 1) missing.push(day);
  }
  const shut = ids('1').map(berlin).filter((t) => t.slice(11, 13) === '02');
  return { missing, shut };
};
for (const [what, from] of [['into summer time', '2027-03-27'], ['out of summer time', '2027-10-30'], ['the end of a year', '2027-12-31'], ['a leap day', '2028-02-28']]) {
  settle(`${from}T00:10:00Z`);
  const { missing, shut } = nights(from, 3);
  ok(missing.length === 0 && shut.length === 0, `${what}: each day has one, none between two and three`, { missing, shut });
}

// --- copies that were missing are made -----------------------------------------------------------------------
fs.renameSync(path.join(dir, 'copies/1'), path.join(dir, 'copies/away'));
settle('2028-03-03T04:00:00Z');
const bare = list('1').at(-1);
ok(bare.verified && bare.copies.some((c) => c.target === 'target1' && c.fault === 'copy.away'), 'a target is missing: the backup is made all the same', bare);
fs.renameSync(path.join(dir, 'copies/away'), path.join(dir, 'copies/1'));
settle('2028-03-04T02:30:00Z');
ok(list('1').find((r) => r.id === bare.id)?.copies.every((c) => c.verified), 'there again, it gets what it lacks by the next day');

// --- killed -----------------------------------------------------------------------------------------------
const pid = status().processes.find((p) => p.role === 'scheduler')?.pid;
process.kill(pid, 'SIGKILL');
let again;
while (!again) again = status().processes.find((p) => p.role === 'scheduler' && p.ready && p.pid !== pid);
settle('2028-03-05T04:00:00Z');
ok(berlin(ids('1').at(-1)).startsWith('2028-03-05'), 'killed, its successor goes on');
await halt();
finish();
process.exit();
