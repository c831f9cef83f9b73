// year_test.mjs: an installation lives by the clock: work, a night, retention, day after day; some nights
// the server is off, some the disk of a target is. In 50 nights it, or one of its processes, is killed while it backs up,
// verifies, copies, prunes or tries a state: what has a name is whole, also then. At the end the files on disk keep both
// promises: every good state of the last 7 × 24 h, every Saturday of the last 28 × 24 h, and no more files than are
// said. TAP on stdout. Arguments: build folder, days (400 in ./dev test long), seed.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { finish, ok } from '../lib/tap.mjs';

const build = path.resolve(process.argv[2]);
const days = Number(process.argv[3] ?? 100);
const seed = Number(process.argv[4] ?? 1);
const place = new Place(build, 'year', 120000);
const { top, dir } = place;
const DAY = 86400000;
let z = seed * 7919 + 1;
const roll = (k) => { z = (z * 48271) % 2147483647; return z % k; };
const run = (program, args, input) => place.run(program, args, { input });
const kontor = (...args) => run('kontor', [...args, '--json']);
const rfc = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
const stamp = (id) => Date.parse(id.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z'));
const berlinDay = (ms) => new Date(ms).toLocaleDateString('sv-SE', { timeZone: 'Europe/Berlin' });
const isSaturday = (day) => new Date(`${day}T12:00:00Z`).getUTCDay() === 6;
const files = (...p) => { try { return fs.readdirSync(path.join(dir, ...p)).filter((f) => f.endsWith('.kontor')).map((f) => f.slice(0, 16)).sort(); } catch { return []; } };

run('kontor', ['init', '--hash-ms', '0', '--escrow-out', path.join(top, 'escrow.key')]);
const serve = (now) => place.serve(rfc(now));
const halt = (how) => place.halt(how);

const first = Date.parse('2026-10-20T02:30:00Z'); // behind the hour in which nothing is done, in winter and in summer
const made = new Set(); // every state of workspace 1 that was ever seen whole
const offNights = new Set(), awayNights = new Set(), killNights = new Set();
for (let d = 9; d < days - 14; d++) { // then two weeks in which all is well again
  const what = roll(40);
  if (what === 0) offNights.add(d);
  if (what === 1) awayNights.add(d);
  if (what >= 10) killNights.add(d);
}
const targets = path.join(dir, 'copies/1');
const problems = [];
const usual = []; // ms that a night took
const cut = {}; // how many nights ended how

// --- killed -----------------------------------------------------------------------------------------------------
const short = ['backup', 'drill'], long = ['system', 'scheduler', 'keymgr'];
const pidOf = (role) => fs.readFileSync(`/proc/${place.server.pid}/task/${place.server.pid}/children`, 'utf8').split(' ').find((pid) => {
  try { return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')[2] === role; } catch { return false; }
});
// What the log says of this day; the first line of a day puts the file of the day before aside.
function logOf(now) {
  try {
    return fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8').split('\n').filter((l) => l.startsWith(rfc(now).slice(0, 10))).join('\n');
  } catch { return ''; }
}

// In the middle of the night's work: at any moment, while it prunes, or while one of its processes lives, as the seed says.
async function killedNight(now) {
  const night = spawn(path.join(build, 'kontor'), ['clock', 'set', rfc(now), '--settle'], { env: place.env(), stdio: 'ignore' });
  const over = new Promise((done) => night.on('exit', done));
  const kind = ['moment', 'prune', ...short, ...long][roll(2 + short.length + long.length)];
  const at = Date.now() + roll(usual.sort((a, b) => a - b)[usual.length >> 1]);
  const isTime = kind === 'prune' ? () => /event=backup\.(planned|unlinked) ws=1/.test(logOf(now)) : short.includes(kind) ? () => pidOf(kind) : () => Date.now() >= at;
  while (night.exitCode === null && !isTime()) await new Promise((done) => setImmediate(done));
  const pid = pidOf(kind);
  const log = logOf(now);
  const came = (event) => log.includes(`event=backup.${event} ws=1`);
  for (const what of [kind, came('planned') ? 'behind the plan' : came('kept') ? 'behind the backup' : 'before the backup was there']) cut[what] = (cut[what] ?? 0) + 1;
  if (pid) {
    try { process.kill(Number(pid), 'SIGKILL'); } catch { /* it was faster */ }
    await over;
  } else {
    await halt('SIGKILL');
    await over;
    await serve(now + 60000);
  }
}

// What bears an archive's name is one: by the hash at its end, which the program that only reads archives compares.
function whole(d) {
  for (const folder of ['backup/1', 'copies/1/1', 'copies/2/1']) {
    const newest = files(folder).at(-1);
    const r = newest && run('kontor-archive', ['verify', path.join(dir, folder, `${newest}.kontor`)]);
    if (r && r.status !== 0) problems.push([d, folder, newest, r]);
  }
}
// A Saturday's state of which no place has a whole copy any more: nobody can make it anew.
const SPOILT = 12, FOUND = 25;
let spoilt, found;
function spoil() {
  spoilt = files('backup/1').filter((id) => isSaturday(berlinDay(stamp(id)))).at(-1);
  for (const folder of ['backup/1', 'copies/1/1', 'copies/2/1']) {
    const fd = fs.openSync(path.join(dir, folder, `${spoilt}.kontor`), 'r+');
    fs.writeSync(fd, 'spoilt', Math.floor(fs.fstatSync(fd).size / 2));
    fs.closeSync(fd);
  }
}
const startTime = Date.now();
await serve(first);
for (let d = 0; d < days; d++) {
  const now = first + d * DAY;
  if (offNights.has(d)) continue;
  if (d % 10 === 3) kontor('user', 'add', '--workspace', '1', '--login', `kollege${d}`, '--group', 'time_recorder_2', '--password-stdin');
  if (awayNights.has(d)) fs.renameSync(targets, `${targets}.away`);
  if (killNights.has(d)) {
    await killedNight(now);
    whole(d);
  }
  const since = Date.now();
  const r = kontor('clock', 'set', rfc(now + 120000), '--settle');
  if (r.status !== 0) problems.push([d, r]);
  if (!killNights.has(d)) usual.push(Date.now() - since);
  if (offNights.has(d - 1)) {
    // Two days in one step: whoever is not told by the kernel that the clock is right waits for the operator's word.
    const told = kontor('backup', 'prune', '--workspace', '1');
    const unsynchronised = told.json?.stop.includes('clock');
    if (unsynchronised && kontor('backup', 'prune', '--workspace', '1', '--trust-clock').json?.stop.includes('clock')) problems.push([d, told]);
  }
  if (awayNights.has(d)) fs.renameSync(`${targets}.away`, targets);
  for (const id of files('backup/1')) made.add(id);
  if (d === SPOILT) spoil();
  if (d === FOUND) found = kontor('backup', 'list', '--workspace', '1').json.find((r) => r.id === spoilt);
}
const now = first + (days - 1) * DAY + 120000;
console.log(`# ${days} days, seed ${seed}: ${offNights.size} nights off, ${awayNights.size} without a target, ${killNights.size} killed (${JSON.stringify(cut)}); ${Math.round((Date.now() - startTime) / 1000)} s`);
ok(problems.length === 0, 'each night came to its end, and what has a name was whole whenever something was killed', problems[0]);
ok(days < 100 || killNights.size >= 50, `${killNights.size} nights were cut short`);

// --- what is on disk ------------------------------------------------------------------------------------------
const list = kontor('backup', 'list', '--workspace', '1').json ?? [];
const kept = files('backup/1');
const good = new Map(list.filter((r) => r.verified).map((r) => [r.id, r]));
const week = [...made].filter((id) => now - stamp(id) < 7 * DAY);
ok(week.length >= 6 && week.every((id) => kept.includes(id)), `every state of the last week is there: ${week.length}`, { week, kept });
const saturdays = [...made].filter((id) => now - stamp(id) < 28 * DAY && isSaturday(berlinDay(stamp(id))));
const newestOf = (day) => saturdays.filter((id) => berlinDay(stamp(id)) === day).sort().at(-1);
const wanted = [...new Set(saturdays.map((id) => newestOf(berlinDay(stamp(id)))))];
ok(wanted.length >= 2 && wanted.every((id) => kept.includes(id)), `every Saturday of the last four weeks: ${wanted.length}`, { wanted, kept });
ok(kept.length <= 14 + 4, `no more files than are said: ${kept.length}`, kept);
ok(made.size > days * 0.8 && [...made].length - kept.length > days / 2, `${made.size} were made, ${made.size - kept.length} are gone`);
const oldest = Math.max(...kept.map((id) => now - stamp(id))) / DAY;
ok(oldest <= 45, `the oldest is ${oldest.toFixed(1)} days old`);
ok(kept.every((id) => good.has(id)) && list.every((r) => kept.includes(r.id)), 'the catalogue says the same', { list: list.map((r) => r.id), kept });
ok(list.every((r) => r.copies.filter((c) => c.verified && c.target !== 'backup').length === 2), 'each with two copies elsewhere', list.filter((r) => r.copies.some((c) => !c.verified)));
ok(found?.origin === 'damaged' && files('backup/1').length > 0, 'a state that is damaged everywhere stays as long as a Saturday\'s would', found);
ok(days < 60 || !kept.includes(spoilt) && !list.some((r) => r.id === spoilt), 'and goes from every place when nothing could rest on it', { spoilt, kept });
const one = files('copies/1/1');
ok(JSON.stringify(one) === JSON.stringify(kept), 'the target that follows has the same files', { one, kept });
const two = files('copies/2/1');
ok(kept.every((id) => two.includes(id)) && Math.max(...two.map((id) => now - stamp(id))) <= 63 * DAY && (days < 64 || two.length > 55),
  `the one that only age deletes from has ${two.length}, none older than 62 days`);
for (const id of kept) ok(kontor('backup', 'verify', id, '--workspace', '1').status === 0, `${id} is whole`);
ok(fs.readdirSync(path.join(dir, 'backup/1')).every((f) => f.endsWith('.kontor')), 'no leftovers');
const log = fs.readdirSync(path.join(dir, 'log')).map((f) => fs.readFileSync(path.join(dir, 'log', f), 'utf8')).sort((a, b) => a < b ? -1 : 1).join('');
const gone = (log.match(/event=backup\.unlinked ws=1 id=\S+ target=backup/g) ?? []).map((l) => l.match(/id=(\S+)/)[1]);
const planned = gone.filter((id) => log.includes(`event=backup.plan ws=1 id=${id} act=unlink`));
ok(gone.length > 0 && planned.length === gone.length, `each of the ${gone.length} that went in the log's days is in a plan on the log`, { gone: gone.length, planned: planned.length });

// --- the clock ------------------------------------------------------------------------------------------------
const before = files('backup/1');
kontor('clock', 'set', rfc(now + 500 * DAY), '--settle');
kontor('clock', 'set', rfc(now + 501 * DAY), '--settle');
kontor('clock', 'set', rfc(now + 502 * DAY), '--settle');
ok(before.every((id) => files('backup/1').includes(id)), 'a clock that fell into another year deletes nothing', { before, after: files('backup/1') });
const stopped = kontor('backup', 'prune', '--workspace', '1');
ok(stopped.status === 0 && stopped.json.stop.includes('clock') && stopped.json.marked === 0, 'nor does the operator, who is told why', stopped);
const trusted = kontor('backup', 'prune', '--workspace', '1', '--trust-clock');
ok(trusted.json?.marked > 0 && trusted.json.unlinked === 0, 'until the clock is said to be right: then it marks, and waits a day', trusted);
kontor('clock', 'set', rfc(now + 400 * DAY), '--settle');
const back = kontor('backup', 'prune', '--workspace', '1', '--trust-clock');
ok(back.json?.stop.includes('clock') && before.every((id) => files('backup/1').includes(id)), 'set back, it believes nobody', back);
await halt('SIGTERM');
finish();
process.exit();
