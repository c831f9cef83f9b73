// backup_test.mjs: backups of a real installation: run, list and verify, with a server and without; read
// with the escrow key alone; what is refused; killed in the middle. TAP on stdout. Argument: build folder.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place, parse } from '../lib/place.mjs';
import { finish, ok, skip } from '../lib/tap.mjs';

const build = process.argv[2];
const place = new Place(build, 'backup');
const { top, dir } = place;
const at = (...p) => path.join(dir, 'backup', ...p);
const run = (program, args) => place.run(program, args);
const kontor = (...args) => run('kontor', args);
const start = (...args) => place.start(args, 'Messlatte 47 am Deich\n');
const backup = (...args) => kontor('backup', ...args, '--json');
const files = (workspace) => fs.existsSync(at(workspace)) ? fs.readdirSync(at(workspace)).sort() : [];
// Ids are seconds: two of one workspace want two of them.
const nextSecond = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1001 - Date.now() % 1000);

const init = kontor('init', '--demo', 'S', '--hash-ms', '0', '--escrow', 'none');
ok(init.status === 0, 'an installation with two agencies', init);
const none = backup('run', '--workspace', '1');
ok(none.status === 5 && none.fault?.code === 'backup.escrow' && files('1').length === 0, 'without an escrow key: refused, and nothing is left', none);
const made = run('kontor-archive', ['key', path.join(top, 'escrow.key')]);
fs.appendFileSync(path.join(dir, 'kontor.conf'), `backup_escrow = ${made.out}`);

// --- one backup -------------------------------------------------------------------------------------------
function once(how, workspace, number) {
  const r = backup('run', '--workspace', workspace);
  ok(r.status === 0 && r.json?.verified === true && r.json.workspace === Number(number) && /^\d{8}T\d{6}Z$/.test(r.json.id) &&
    /^\d{4}-.*Z$/.test(r.json.completedAt), `${how}: workspace ${workspace} is backed up`, r);
  const file = at(number, `${r.json?.id}.kontor`);
  const st = fs.statSync(file);
  ok((st.mode & 0o777) === 0o600 && st.uid === process.getuid() && st.size === r.json.bytes, `${how}: its file is master's alone`, st);
  const list = backup('list', '--workspace', workspace);
  ok(list.json?.some((row) => row.id === r.json.id && row.bytes === st.size && row.verified), `${how}: it is on the list`, list);
  const good = backup('verify', r.json.id, '--workspace', workspace);
  ok(good.status === 0 && good.json?.hash === r.json.hash, `${how}: it is verified`, good);
  return { id: r.json.id, file };
}
const first = once('no server', '1', '1');
const system = once('no server', 'system', '0');
ok(fs.readFileSync(first.file).indexOf('SQLite format') < 0, 'nothing of it lies in the clear');

// --- with the escrow key alone ------------------------------------------------------------------------------
const taken = run('kontor-archive', ['extract', first.file, '--key', path.join(top, 'escrow.key'), '--to', path.join(top, 'out')]);
ok(taken.status === 0, 'the escrow key opens it', taken);
const manifest = JSON.parse(fs.readFileSync(path.join(top, 'out/manifest.json'), 'utf8'));
const python = spawnSync('python3', ['-c', `
import json, sqlite3, sys
db = sqlite3.connect('file:out/data.db?mode=ro', uri=True)
print(json.dumps([db.execute('PRAGMA integrity_check').fetchone()[0]] + [db.execute('SELECT count(*) FROM "%s"' % t).fetchone()[0] for t in sys.argv[1:]]))`,
  ...manifest.tables.map((t) => t.name)], { cwd: top, encoding: 'utf8' });
if (python.error) {
  skip('another SQLite reads it', 'there is no python3');
} else {
  const [sound, ...counts] = parse(python.stdout) ?? [];
  ok(sound === 'ok' && counts.length > 30 && counts.every((c, i) => c === manifest.tables[i].rows), "another SQLite counts what the manifest says", python);
}
ok(manifest.tables.find((t) => t.name === 'time_entry').rows > 100, 'and it is the agency', manifest.tables);

const log = () => fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8');
const listed = (workspace) => backup('list', '--workspace', workspace).json ?? [];
const manifestHash = (id) => backup('verify', id, '--workspace', '1').json?.hash;

// --- refusals -----------------------------------------------------------------------------------------------
const refused = (what, args, status, code) => {
  const r = backup(...args);
  ok(r.status === status && r.fault?.code === code, what, r);
};
refused('no such workspace', ['run', '--workspace', 'nirgends'], 4, 'missing');
refused('no such backup', ['verify', '20200101T000000Z', '--workspace', '1'], 4, 'missing');
refused('a name that leads elsewhere', ['verify', '../0/' + system.id, '--workspace', '1'], 4, 'missing');
ok(backup('run').status === 2 && backup('verify', '--workspace', '1').status === 2, 'a workspace and an id are needed');
const whole = fs.readFileSync(first.file);
const away = (yes) => fs.renameSync(path.join(dir, yes ? 'copies' : 'copies.away'), path.join(dir, yes ? 'copies.away' : 'copies'));
away(true); // else it would be repaired
const change = (f) => { const b = Buffer.from(whole); fs.writeFileSync(first.file, f(b) ?? b); };
change((b) => { b[b.length >> 1] ^= 8; });
refused('a changed bit', ['verify', first.id, '--workspace', '1'], 9, 'archive.damaged');
change((b) => b.subarray(0, b.length - 200));
refused('half a file', ['verify', first.id, '--workspace', '1'], 9, 'archive.cut');
fs.copyFileSync(system.file, first.file);
refused("another workspace's", ['verify', first.id, '--workspace', '1'], 5, 'archive.workspace');
fs.unlinkSync(first.file);
refused('gone, and no copy', ['verify', first.id, '--workspace', '1'], 4, 'missing');
fs.writeFileSync(first.file, whole);
away(false);
ok(backup('verify', first.id, '--workspace', '1').status === 0, 'put back, it is good again');

// --- copies -------------------------------------------------------------------------------------------------
const copy = (target, number, id) => path.join(dir, 'copies', target, number, `${id}.kontor`);
const copiesOf = (workspace, id) => (backup('list', '--workspace', workspace).json ?? []).find((r) => r.id === id)?.copies ?? [];
const faults = (workspace, id) => copiesOf(workspace, id).map((c) => `${c.target}=${c.fault || 'good'}`).join(' ');
ok(faults('1', first.id) === 'backup=good target1=good target2=good' && copiesOf('1', first.id).every((c) => c.verifiedAt), 'three copies, each verified by itself', copiesOf('1', first.id));
ok(['1', '2'].every((t) => fs.readFileSync(copy(t, '1', first.id)).equals(fs.readFileSync(first.file))) && fs.statSync(copy('1', '1', first.id)).ino !== fs.statSync(first.file).ino,
  'each a file of its own, byte for byte');
const spoil = (file) => { const b = fs.readFileSync(file); b[b.length >> 1] ^= 8; fs.writeFileSync(file, b); };
spoil(copy('1', '1', first.id));
spoil(copy('2', '1', first.id));
const again = backup('verify', first.id, '--workspace', '1');
ok(again.status === 0 && again.json.copies === 1 && again.json.targets === 2, 'a bit of both copies changed: read again, one is made anew', again);
ok(faults('1', first.id) === 'backup=good target1=good target2=archive.damaged' && fs.readFileSync(copy('1', '1', first.id)).equals(fs.readFileSync(first.file)),
  'and where nothing but age deletes it stays, and is told of', faults('1', first.id));
fs.copyFileSync(first.file, copy('2', '1', first.id));
fs.renameSync(path.join(dir, 'copies/1'), path.join(dir, 'copies/away'));
const without = backup('verify', first.id, '--workspace', '1');
ok(without.status === 0 && without.json.copies === 1 && faults('1', first.id) === 'backup=good target1=copy.away target2=good' &&
  copiesOf('1', first.id).every((c) => c.verified) && !fs.existsSync(path.join(dir, 'copies/1')),
  'a target that is not there is told of, not made; the other goes on', faults('1', first.id));
fs.writeFileSync(path.join(dir, 'copies/1'), 'no folder');
ok(backup('verify', first.id, '--workspace', '1').json?.copies === 1 && faults('1', first.id).includes('target1=copy.away'), 'nor is a file that has its name');
fs.unlinkSync(path.join(dir, 'copies/1'));
fs.renameSync(path.join(dir, 'copies/away'), path.join(dir, 'copies/1'));
fs.unlinkSync(copy('1', '1', first.id));
fs.writeFileSync(copy('1', '1', first.id) + '.part', 'left by one who was killed');
ok(backup('verify', first.id, '--workspace', '1').json?.copies === 2 && faults('1', first.id) === 'backup=good target1=good target2=good' &&
  fs.readdirSync(path.join(dir, 'copies/1/1')).every((f) => f.endsWith('.kontor')), 'there again, it gets what it lacks, and leftovers go', faults('1', first.id));
fs.unlinkSync(copy('1', '1', first.id));
fs.symlinkSync('/etc/hostname', copy('1', '1', first.id));
ok(backup('verify', first.id, '--workspace', '1').json?.copies === 1 && fs.lstatSync(copy('1', '1', first.id)).isSymbolicLink(), 'a link is not followed', faults('1', first.id));
fs.unlinkSync(copy('1', '1', first.id));
ok(backup('verify', first.id, '--workspace', '1').json?.copies === 2, 'and all is well');

// --- made anew from a copy ----------------------------------------------------------------------------------
const verify = () => backup('verify', first.id, '--workspace', '1');
const findings = () => kontor('doctor', '--json').json?.findings ?? [];
const repaired = (what, r) => {
  const now = listed('1').find((row) => row.id === first.id);
  ok(r.status === 0 && r.json.hash === manifestHash(first.id) && fs.readFileSync(first.file).equals(whole) && now.origin === 'good' &&
    files('1').every((f) => f.endsWith('.kontor')), `${what}: made anew, with the same hash`, { r, now });
  ok(faults('1', first.id) === 'backup=good target1=good target2=good', `${what}: and every copy is whole`, faults('1', first.id));
};
spoil(first.file);
repaired('a bit of it changed', verify());
ok(findings().some((f) => f.id === 'backup.repaired' && f.status === 'warn'), 'doctor says that it was', findings().filter((f) => f.id.startsWith('backup')));
fs.unlinkSync(first.file);
repaired('gone', verify());
fs.copyFileSync(system.file, first.file);
repaired("another workspace's in its place", verify());
spoil(first.file);
spoil(copy('1', '1', first.id));
repaired('it and the first copy damaged: the second is used', verify());
nextSecond();
const second = backup('run', '--workspace', '1').json?.id;
spoil(first.file);
fs.copyFileSync(at('1', `${second}.kontor`), copy('1', '1', first.id));
repaired('a copy that is another state of the workspace is none', verify());

// --- an older state of the workspace under a newer name: genuine and whole, but not what was kept --------------------
const newer = fs.readFileSync(at('1', `${second}.kontor`));
const older = (...files_) => files_.forEach((f) => fs.writeFileSync(f, whole));
const here = at('1', `${second}.kontor`);
const verifySecond = () => backup('verify', second, '--workspace', '1');
const hashOf = () => listed('1').find((row) => row.id === second).hash;
const kept = hashOf();
older(copy('1', '1', second));
ok(verifySecond().json?.copies === 2 && fs.readFileSync(copy('1', '1', second)).equals(newer) && new RegExp(`copy_damaged .*id=${second} target=target1 code=archive.other`).test(log()),
  'an older state under a newer name in a target: replaced');
older(copy('2', '1', second));
ok(verifySecond().json?.copies === 1 && faults('1', second) === 'backup=good target1=good target2=archive.other', 'where nothing but age deletes it stays, and is told of', faults('1', second));
older(here);
const returned = verifySecond();
ok(returned.status === 0 && fs.readFileSync(here).equals(newer) && hashOf() === kept, 'in DIR/backup: made anew from a copy that is the one', returned);
older(here, copy('1', '1', second));
const nowhere = verifySecond();
ok(nowhere.status === 9 && nowhere.fault?.code === 'backup.no_copy' && hashOf() === kept && fs.readFileSync(copy('1', '1', second)).equals(whole), 'everywhere: said, and nothing is written over', nowhere);
ok(findings().some((f) => f.id === 'backup.damaged' && f.status === 'bad'), 'and stays red');
for (const f of [here, copy('1', '1', second), copy('2', '1', second)]) fs.writeFileSync(f, newer);
ok(verifySecond().json?.copies === 2 && faults('1', second) === 'backup=good target1=good target2=good', 'put back, all is well', faults('1', second));
const invented = '20261124T003100Z';
older(at('1', `${invented}.kontor`));
refused('a name that the catalogue never knew: its moment tells', ['verify', invented, '--workspace', '1'], 5, 'archive.other');
fs.unlinkSync(at('1', `${invented}.kontor`));
listed('1');

spoil(first.file);
for (const t of ['1', '2']) spoil(copy(t, '1', first.id));
const beyond = verify();
ok(beyond.status === 9 && beyond.fault?.code === 'backup.no_copy' && /none of its copies/.test(beyond.fault.text), 'all of them damaged: it says so', beyond);
ok(findings().some((f) => f.id === 'backup.damaged' && f.status === 'bad') && faults('1', first.id) === 'backup=archive.damaged target1=archive.damaged target2=archive.damaged',
  'and stays red', { f: findings().filter((f) => f.id.startsWith('backup')), c: faults('1', first.id) });
fs.writeFileSync(copy('2', '1', first.id), whole);
repaired('one of them put back', verify());
fs.unlinkSync(at('1', `${second}.kontor`));
for (const t of ['1', '2']) fs.unlinkSync(copy(t, '1', second));
ok(backup('verify', second, '--workspace', '1').status === 4, 'one of which there is nothing left is missing');

// --- the catalogue beside the folder ------------------------------------------------------------------------
const known = listed('1')[0];
ok(known?.origin === 'good' && known.verified === true && known.hash === manifestHash(first.id) && known.verifiedAt !== null &&
  known.copies.some((c) => c.target === 'backup' && c.verified), 'the catalogue has it, verified in its place', known);
const night = '20260301T003000Z';
fs.mkdirSync(at('2'), { recursive: true });
fs.writeFileSync(at('2', `${night}.kontor`), 'nothing of an archive');
fs.writeFileSync(at('2', 'notes.txt'), 'not ours');
fs.writeFileSync(at('2', '20261340T003000Z.kontor'), 'no such day');
const met = listed('2');
ok(met.length === 1 && met[0].id === night && met[0].origin === 'believed' && met[0].verified === false && met[0].verifiedAt === null,
  'what the folder has and the catalogue has not is found again, and only believed', met);
refused('read, it is no archive', ['verify', night, '--workspace', '2'], 2, 'archive.form');
ok(listed('2')[0]?.origin === 'damaged', 'and from then on it is damaged', listed('2'));
fs.unlinkSync(at('2', `${night}.kontor`));
ok(listed('2').length === 0, 'gone from the folder, it is gone from the list');
fs.unlinkSync(at('2', '20261340T003000Z.kontor'));
fs.unlinkSync(at('2', 'notes.txt'));
fs.writeFileSync(first.file, whole.subarray(0, whole.length - 200));
away(true);
refused('damaged later', ['verify', first.id, '--workspace', '1'], 9, 'archive.cut');
ok(listed('1')[0]?.verified === false && listed('1')[0].origin === 'damaged', 'the list says so');
away(false);
fs.writeFileSync(first.file, whole);
ok(backup('verify', first.id, '--workspace', '1').status === 0 && listed('1')[0]?.origin === 'good', 'repaired and read, it is good again');
const nights = [];
for (let i = 1; i <= 130; i++) {
  const id = `${new Date(Date.parse('2026-11-25T00:40:00Z') - i * 86400000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
  nights.push(at('2', `${id}.kontor`));
  fs.writeFileSync(nights[nights.length - 1], '');
}
const all = listed('2');
ok(all.length === 130 && new Set(all.map((r) => r.id)).size === 130 && all.every((r, i) => i === 0 || r.id > all[i - 1].id), 'a list of several pages is whole and sorted', all.length);
for (const f of nights) fs.unlinkSync(f);
ok(listed('2').length === 0, 'and empty again');

// --- beside a server whose workers write ------------------------------------------------------------------------
const serve = () => place.serve();
await serve();
nextSecond();
const people = Array.from({ length: 8 }, (_, i) => start('user', 'add', '--workspace', '1', '--login', `kollege${i}`, '--group', 'time_recorder_2',
  '--password-stdin', '--json'));
const during = await start('backup', 'run', '--workspace', '1', '--json');
const added = await Promise.all(people);
ok(during.status === 0 && during.json.verified, 'a backup while people are added', during);
ok(added.every((r) => r.status === 0), 'nobody who was added was refused by it', added.filter((r) => r.status !== 0));
nextSecond();
once('server', '2', '2');
nextSecond();
const five = await Promise.all(Array.from({ length: 5 }, () => start('backup', 'run', '--workspace', '2', '--json')));
ok(five.filter((r) => r.status === 0).length >= 1 && five.every((r) => r.status === 0 || (r.status === 5 && /^(backup\.running|archive\.exists)$/.test(r.fault?.code))),
  'five at once: one does it, the others are told', five);
const born = log().match(/role=backup .*/)?.[0] ?? '';
ok(/level=[AB]/.test(born) && /open=(refused|EACCES)/.test(born) && /socket=refused/.test(born), 'it has neither files nor network', born);

const find = () => fs.readdirSync('/proc').filter((p) => /^\d+$/.test(p)).find((p) => {
  try {
    const words = fs.readFileSync(`/proc/${p}/cmdline`, 'utf8').split('\0');
    return words[1] === '--role' && words[2] === 'backup' && words.some((w) => w.startsWith(dir));
  } catch { return false; }
});

// --- how far it is --------------------------------------------------------------------------------------------------
// Who sits before a terminal (script makes one) reads where it is; its process is stopped until that is read.
nextSecond();
{
  const p = spawn('script', ['-qefc', `${path.resolve(build, 'kontor')} backup run --workspace 1`, '/dev/null'],
    { env: place.env(), cwd: top, stdio: ['ignore', 'pipe', 'ignore'] });
  let out = '', status;
  const steps = () => out.match(/It begins in a moment|Written: \d+ %|reading it back|Read back; copy \d of \d/g) ?? [];
  p.stdout.on('data', (d) => { out += d; });
  const over = new Promise((done) => { p.on('close', (n) => { status = n; done(); }); });
  let pid;
  while (status === undefined && !(pid = find())) await new Promise((r) => setImmediate(r));
  const tell = (signal) => { try { process.kill(Number(pid), signal); } catch { /* it was faster */ } };
  tell('SIGSTOP');
  while (status === undefined && steps().length === 0) await new Promise((r) => setTimeout(r, 20));
  tell('SIGCONT');
  await over;
  ok(status === 0 && steps().length > 0 && new Set(steps()).size === steps().length && /Backed up/.test(out),
    'before a terminal it is said how far it is, each step once', { status, out });
}
nextSecond();
ok(backup('run', '--workspace', '1').err === '', 'and to no program');

// --- killed in the middle -----------------------------------------------------------------------------------------
let hits = 0;
for (let i = 0; i < 30 && hits < 3; i++) {
  nextSecond();
  const before = files('1');
  const under = start('backup', 'run', '--workspace', '1', '--json');
  let pid;
  let ended = false;
  under.then(() => { ended = true; });
  while (!ended && !(pid = find())) await new Promise((r) => setImmediate(r));
  if (pid) { try { process.kill(Number(pid), 'SIGKILL'); } catch { /* it was faster */ } }
  const r = await under;
  if (r.status === 0) continue;
  hits++;
  ok(r.status === 8 && files('1').join() === before.join(), 'killed: an answer, and no file', { r, now: files('1') });
}
ok(hits > 0, `${hits} were killed in time`);
nextSecond();
const pair = start('backup', 'run', '--workspace', '1', '--json');
while (!find()) await new Promise((r) => setImmediate(r));
place.server.kill('SIGKILL');
await pair;
await new Promise((done) => { if (place.server.exitCode !== null || place.server.signalCode) done(); else place.server.on('exit', done); });
while (find()) await new Promise((r) => setTimeout(r, 10));
ok(files('1').filter((f) => f.endsWith('.kontor')).every((f) => backup('verify', f.slice(0, 16), '--workspace', '1').status === 0),
  'master killed: what has a name is whole', files('1'));
nextSecond();
once('afterwards', '1', '1');
ok(files('1').every((f) => f.endsWith('.kontor')), 'and what had none is gone', files('1'));
finish();
process.exit();
