// rounds_test.mjs: backup and prune, killed at seeded moments: all of it at once, or one of its processes. Whatever bears
// a name is whole, what is kept stays in every place, and the next one cleans up and comes to the same end. (Restore and
// undo: restore_test.mjs; single records: take_test.mjs; import: export_test.mjs.)
// TAP on stdout. Arguments: build folder, rounds of each.
import { spawn } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { Usual, dice, gone, killAll, moment, roundsOf } from '../lib/rounds.mjs';
import { finish, ok } from '../lib/tap.mjs';

const build = process.argv[2];
const rounds = roundsOf(process.argv[3]);
const place = new Place(build, 'rounds');
const { top, dir } = place;
const DAY = 86400000;
const places = ['backup/1', 'copies/1/1', 'copies/2/1'];
const names = (folder) => { try { return fs.readdirSync(path.join(dir, folder)).sort(); } catch { return []; } };
const files = (folder) => names(folder).filter((f) => f.endsWith('.kontor'));
const leftovers = () => places.flatMap((f) => names(f).filter((n) => !n.endsWith('.kontor')));
const roll = dice(4711);
let now = Date.parse('2026-11-10T09:00:00Z');
// Until the kernel has let go of what a killed one held.
const kontor = (...args) => {
  for (;;) {
    const r = place.run('kontor', [...args, '--json']);
    if (!r.err.includes('code=running')) return r;
  }
};

// A command that is a server for itself, beside others so that it can be killed with all that it started.
function start(...args) {
  const p = spawn(path.join(place.build, 'kontor'), [...args, '--json'], { env: place.env(), cwd: top, stdio: 'ignore', detached: true });
  return { p, over: new Promise((done) => p.on('close', (status) => done(status))) };
}
async function killed(usual, ...args) {
  const { p, over } = start(...args);
  const whom = ['all', 'all', 'system', 'keymgr', 'backup'][roll(5)];
  await moment(roll(usual));
  let n = 0;
  if (whom === 'all') {
    try { process.kill(-p.pid, 'SIGKILL'); n = 1; } catch { /* it was faster */ }
  } else {
    n = killAll(whom, path.join(dir, whom === 'system' ? 'system' : whom === 'keymgr' ? 'keys' : 'workspaces/1'));
  }
  return { status: await over, whom, n };
}

place.now = now;
const init = kontor('init', '--hash-ms', '0', '--escrow-out', path.join(top, 'escrow.key'));
ok(init.status === 0, 'an installation with two folders for copies', init);

// --- backup -----------------------------------------------------------------------------------------------------
const tally = { killed: 0, made: 0, none: 0, wrong: [] };
const usual = new Usual();
const seen = new Set();
const whole = () => places.every((f) => files(f).filter((n) => !seen.has(`${f}/${n}`)).every((n) => {
  seen.add(`${f}/${n}`);
  return place.run('kontor-archive', ['verify', path.join(dir, f, n)]).status === 0;
}));
for (let i = 0; i < 3; i++) {
  place.now = now += 2000;
  await usual.of(() => start('backup', 'run', '--workspace', '1').over);
}
ok(files('backup/1').length === 3 && whole(), 'undisturbed, each makes one', files('backup/1'));
for (let i = 0; i < rounds; i++) {
  place.now = now += 2000;
  const before = files('backup/1').length;
  const r = await killed(usual.middle, 'backup', 'run', '--workspace', '1');
  const more = files('backup/1').length - before;
  tally.killed += r.n > 0;
  tally[more === 1 ? 'made' : 'none']++;
  const told = r.status !== 0 || more === 1; // a copy that was cut short is in the answer's count, and made later
  if (!whole() || !told || more < 0 || more > 1 || (r.status === 0 && leftovers().length > 0)) tally.wrong.push({ i, r, more, left: leftovers() });
}
ok(tally.wrong.length === 0 && tally.killed > rounds / 4, `${rounds} backups, ${tally.killed} of them killed: ${tally.made} whole, ${tally.none} not there, and nothing else has a name`, tally);
place.now = now += 2000;
ok(kontor('backup', 'run', '--workspace', '1').status === 0 && leftovers().length === 0, 'the next one is good, and cleans up', leftovers());
const list = kontor('backup', 'list', '--workspace', '1').json;
ok(list.map((r) => `${r.id}.kontor`).join() === files('backup/1').join(), 'the catalogue has each of them', list.length);
for (const r of list.filter((x) => !x.verified || x.copies.filter((c) => c.verified).length < 3)) kontor('backup', 'verify', r.id, '--workspace', '1');

// --- prune ------------------------------------------------------------------------------------------------------
// A month later nearly all may go: marked, and a day later unlinked. That moment is kept, and tried again and again.
const later = (days) => { place.now = now += days * DAY; return kontor('backup', 'run', '--workspace', '1'); };
const prune = ['backup', 'prune', '--workspace', '1', '--trust-clock'];
later(40);
const marked = kontor(...prune);
later(1.1);
const all = files('backup/1');
ok(marked.json?.marked >= 5, `${marked.json?.marked} of ${all.length} are to go`, marked);
const aside = path.join(top, 'aside');
const copy = (from, to) => {
  for (const e of fs.readdirSync(from, { withFileTypes: true })) {
    const [a, b] = [path.join(from, e.name), path.join(to, e.name)];
    if (e.isDirectory()) {
      fs.mkdirSync(b, { mode: fs.statSync(a).mode & 0o777 });
      copy(a, b);
      fs.chownSync(b, fs.statSync(a).uid, fs.statSync(a).gid);
    } else if (e.name.endsWith('.kontor')) fs.linkSync(a, b); // never written to again
    else if (e.isFile()) {
      fs.copyFileSync(a, b);
      fs.chownSync(b, fs.statSync(a).uid, fs.statSync(a).gid);
    }
  }
};
const again = async () => {
  await gone(dir);
  fs.rmSync(dir, { recursive: true, force: true });
  fs.mkdirSync(dir, { mode: 0o755 });
  copy(aside, dir);
};
fs.mkdirSync(aside);
copy(dir, aside);
const takes = new Usual();
for (let i = 0; i < 3; i++) {
  await again();
  await takes.of(() => start(...prune).over);
}
const kept = files('backup/1');
const follows = files('copies/1/1');
ok(kept.length > 0 && kept.length <= all.length - 5 && follows.join() === kept.join() && files('copies/2/1').join() === all.join(),
  `undisturbed, ${all.length - kept.length} go, ${kept.length} stay; where only age deletes nothing goes`, { kept, follows });
await again();
fs.renameSync(path.join(dir, 'copies/1'), path.join(top, 'away'));
const without = kontor(...prune);
const waits = files('backup/1');
fs.renameSync(path.join(top, 'away'), path.join(dir, 'copies/1'));
const with_ = kontor(...prune);
ok(without.json?.unlinked === 0 && waits.join() === all.join() && with_.json?.unlinked === all.length - kept.length && files('copies/1/1').join() === kept.join(),
  'while a target is away nothing is forgotten; there again, its copies go as well', { without, waits, with_ });
const cut = { killed: 0, before: 0, between: 0, behind: 0, wrong: [] };
for (let i = 0; i < rounds; i++) {
  await again();
  const r = await killed(takes.middle, ...prune);
  const [here, there] = [files('backup/1'), files('copies/1/1')];
  cut.killed += r.n > 0;
  cut[here.length === all.length && there.length === all.length ? 'before' : here.length === kept.length ? 'behind' : 'between']++;
  // A state is forgotten here last, and none that is kept goes anywhere.
  const right = kept.every((f) => here.includes(f) && there.includes(f)) && all.every((f) => here.includes(f) || !there.includes(f)) && files('copies/2/1').join() === all.join();
  const next = kontor(...prune);
  const same = next.status === 0 && files('backup/1').join() === kept.join() && files('copies/1/1').join() === kept.join() && leftovers().length === 0;
  const known = i % 10 !== 9 || kontor('backup', 'list', '--workspace', '1').json?.map((x) => `${x.id}.kontor`).join() === kept.join();
  if (!right || !same || !known) cut.wrong.push({ i, r, right, same, known, next, here: here.length, there: there.length });
}
ok(cut.wrong.length === 0 && cut.killed > rounds / 4 && (rounds < 50 || cut.between > 0),
  `${rounds} prunes, ${cut.killed} of them killed: ${cut.before} before anything went, ${cut.between} in between, ${cut.behind} behind it; the next one comes to the same end`, cut);
finish();
process.exit();
