// sftp_test.mjs: copies of backups on another machine, by a real sshd on loopback: carried by egress, read back, fetched
// for a drill and for a repair, removed by retention or not at all; and each thing that can be wrong with the other
// machine. TAP on stdout. Argument: build folder.
import * as fs from 'node:fs';
import * as net from 'node:net';
import * as path from 'node:path';
import { found, memory } from '../lib/memory.mjs';
import { Place } from '../lib/place.mjs';
import { Sshd } from '../lib/sshd.mjs';
import { finish, ok, skip } from '../lib/tap.mjs';

if (!Sshd.there()) {
  console.log('1..0 # SKIP there is no sshd: install openssh-server');
  process.exit();
}
const build = process.argv[2];
const place = new Place(build, 'sftp');
const { top, dir } = place;
const kontor = (...args) => place.run('kontor', args);
const backup = (...args) => kontor('backup', ...args, '--json');
const nextSecond = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1001 - Date.now() % 1000);
const far = path.join(top, 'far'); // the folder on the other machine
const there = (workspace = '1') => { try { return fs.readdirSync(path.join(far, workspace)).sort(); } catch { return []; } };
const here = (id) => path.join(dir, 'backup/1', `${id}.kontor`);
const remote = (id) => path.join(far, '1', `${id}.kontor`);
const copies = (id) => backup('list', '--workspace', '1').json?.find((r) => r.id === id)?.copies ?? [];
const fault = (id) => copies(id).map((c) => `${c.target}=${c.fault || 'good'}`).join(' ');
const log = () => fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8');
const findings = () => kontor('doctor', '--quick', '--json').json?.findings ?? [];
const spoil = (file) => { const b = fs.readFileSync(file); b[b.length >> 1] ^= 8; fs.writeFileSync(file, b); };

const sshd = new Sshd(path.join(top, 'sshd'));
await sshd.start();
fs.mkdirSync(far);
const conf = path.join(dir, 'kontor.conf');
kontor('init', '--demo', 'S', '--hash-ms', '0');
fs.copyFileSync(`${sshd.top}/client`, path.join(dir, 'sftp.key'));
const plain = fs.readFileSync(conf, 'utf8');
let base = plain;
// target1 and target2 are the folders of init.
const settings = (change = {}) => {
  const s = { scheme: 'sftp', user: sshd.user, port: sshd.port, path: far, hostkey: sshd.fingerprint(), key: path.join(dir, 'sftp.key'), ...change };
  fs.writeFileSync(conf, `${base}backup_target3 = ${s.scheme}://${s.user}@127.0.0.1:${s.port}${s.path}
backup_hostkey3 = ${s.hostkey}
backup_sftp_key = ${s.key}
backup_wait = ${s.wait ?? 60}
`);
};
const again = async (change) => { await place.halt(); settings(change); await place.serve(); idle(); };

settings();
const offline = backup('run', '--workspace', '1');
ok(offline.status === 0 && offline.json.copies === 2 && there().length === 0, 'a single command has no network: it does the folders', offline);
nextSecond();

const idle = () => kontor('clock', 'set', new Date().toISOString(), '--settle'); // what the scheduler had to do is done

// --- a copy there -------------------------------------------------------------------------------------------------
await place.serve();
idle();
const verified = backup('verify', offline.json.id, '--workspace', '1');
ok(verified.json?.copies === 3 && fault(offline.json.id) === 'backup=good target1=good target2=good target3=good', 'the server makes up for it', { verified, f: fault(offline.json.id) });
const first = backup('run', '--workspace', '1');
const id = first.json?.id;
ok(first.status === 0 && first.json.copies === 3 && fs.readFileSync(remote(id)).equals(fs.readFileSync(here(id))), 'a backup goes there, byte for byte', first);
ok(there().every((f) => f.endsWith('.kontor')) && (fs.statSync(remote(id)).mode & 0o777) === 0o600, 'under its name, and nobody else reads it', there());
const written = fs.statSync(remote(id)).mtimeMs;
ok(backup('verify', id, '--workspace', '1').json?.copies === 3 && fs.statSync(remote(id)).mtimeMs === written, 'read again, it is compared and left alone');
const born = log().match(/child\.ready role=egress.*/)?.[0] ?? '';
ok(/level=[AB]/.test(born) && /exec=refused/.test(born), 'it was carried by egress, in its walls', born);
ok(!log().includes('PRIVATE KEY'), 'the key is in no log');
const secret = fs.readFileSync(path.join(dir, 'sftp.key'), 'latin1').split('\n').slice(1, -2);
const linesOfKey = () => found(memory(place.server.pid), secret).length;
ok(secret.length > 3 && linesOfKey() === 0, 'master, which read it for egress, has kept no line of it', linesOfKey());

// --- fetched ------------------------------------------------------------------------------------------------------
const drill = backup('drill', '--workspace', '1', '--from', 'target3');
ok(drill.status === 0 && drill.json.good && drill.json.from === 'target3' && drill.json.state === id, 'a drill fetches it from there', drill);
ok(fs.readdirSync(path.join(dir, 'backup/1')).every((f) => f.endsWith('.kontor')), 'nothing of that remains');
const whole = fs.readFileSync(here(id));
for (const file of [here(id), path.join(dir, 'copies/1/1', `${id}.kontor`), path.join(dir, 'copies/2/1', `${id}.kontor`)]) spoil(file);
const repaired = backup('verify', id, '--workspace', '1');
ok(repaired.status === 0 && fs.readFileSync(here(id)).equals(whole) && /backup\.repaired .*target=target3/.test(log()), 'all here damaged: made anew from there', { repaired, f: fault(id) });

for (const t of ['1', '2']) fs.writeFileSync(path.join(dir, 'copies', t, '1', `${id}.kontor`), whole);

// --- damaged there ------------------------------------------------------------------------------------------------
spoil(remote(id));
ok(backup('drill', '--workspace', '1', '--from', 'target3').fault?.code === 'archive.damaged', 'a bit changed there: the drill says so');
const mended = backup('verify', id, '--workspace', '1');
ok(mended.status === 0 && fs.readFileSync(remote(id)).equals(whole), 'read again, it is replaced', { mended, f: fault(id) });
fs.writeFileSync(remote(id), whole.subarray(0, 5000));
backup('verify', id, '--workspace', '1');
ok(fs.readFileSync(remote(id)).equals(whole), 'cut there: as well');
fs.writeFileSync(remote(id), Buffer.concat([whole, Buffer.from('x')]));
backup('verify', id, '--workspace', '1');
ok(fs.readFileSync(remote(id)).equals(whole), 'longer there: as well');
fs.unlinkSync(remote(id));
fs.writeFileSync(`${remote(id)}.part`, 'left by one that was killed');
ok(backup('drill', '--workspace', '1', '--from', 'target3').status === 4, 'gone there: missing');
backup('verify', id, '--workspace', '1');
ok(fs.readFileSync(remote(id)).equals(whole) && there().every((f) => f.endsWith('.kontor')), 'gone there: sent, and what one that was killed left is gone');

// --- killed in the middle -----------------------------------------------------------------------------------------
const kids = () => (kontor('doctor', '--quick', '--json').json?.processes ?? []).filter((p) => p.role === 'egress').map((p) => p.pid);
let hits = 0;
for (let i = 0; i < 20 && hits < 2; i++) {
  const [pid] = kids();
  fs.rmSync(remote(id), { force: true });
  const under = place.start(['backup', 'verify', id, '--workspace', '1', '--json']);
  let ended = false;
  under.then(() => { ended = true; });
  while (!ended && !there().some((f) => f.endsWith('.part'))) await new Promise((r) => setImmediate(r));
  if (pid && !ended) { try { process.kill(pid, 'SIGKILL'); } catch { /* it rested */ } }
  const r = await under;
  if (r.json?.copies === 3) continue;
  hits++;
  ok(r.status === 0 && fault(id).endsWith('target3=copy.broken_off') && !there().includes(`${id}.kontor`), 'egress killed: said, and no half file has the name', { r, f: fault(id), t: there() });
  const next = backup('verify', id, '--workspace', '1');
  ok(next.json?.copies === 3 && there().every((f) => f.endsWith('.kontor')), 'the next one sends it, and nothing is left over', { next, f: fault(id), t: there() });
}
ok(hits > 0, `${hits} were killed in time`);

// --- what can be wrong with the other machine -----------------------------------------------------------------------
const tried = () => { fs.rmSync(remote(id), { force: true }); return backup('verify', id, '--workspace', '1'); };
const wrong = (what, code, words, r = tried()) => {
  ok(r.status === 0 && r.json.copies === 2 && fault(id) === `backup=good target1=good target2=good target3=${code}`, `${what}: ${code}, and the others go on`, { r, f: fault(id) });
  if (words) {
    const f = findings().filter((x) => x.id === 'backup.remote');
    ok(f.length === 1 && f[0].status === 'bad' && words.test(f[0].text), `${what}: doctor says it in a sentence`, f);
  }
  ok(!there().includes(`${id}.kontor`), `${what}: nothing has the name there`, there());
};
fs.renameSync(path.join(dir, 'sftp.key'), path.join(dir, 'sftp.away'));
await again();
wrong('no key', 'copy.key', /backup_sftp_key/);
fs.renameSync(path.join(dir, 'sftp.away'), path.join(dir, 'sftp.key'));
await again();
fs.renameSync(far, `${far}.away`);
wrong('no such folder there', 'missing');
ok(!fs.existsSync(far), 'it is not made: it may be a disk that is not mounted');
ok(backup('drill', '--workspace', '1', '--from', 'target3').status === 4, 'a drill from there: missing');
fs.renameSync(`${far}.away`, far);
await sshd.stop();
wrong('nobody there', 'copy.unreachable', /cannot be reached/);
await sshd.start(20000);
wrong('full', 'copy.full', /Make room/);
await sshd.stop();
fs.renameSync(`${sshd.top}/host`, `${sshd.top}/host.was`);
fs.renameSync(`${sshd.top}/host.pub`, `${sshd.top}/host.was.pub`);
sshd.key('host');
await sshd.start();
wrong('another host key', 'copy.hostkey', /sent nothing/);
ok(log().includes(`shows=${sshd.fingerprint()}`), 'the key that was shown is on the log');
await sshd.stop();
fs.renameSync(`${sshd.top}/host.was`, `${sshd.top}/host`);
fs.renameSync(`${sshd.top}/host.was.pub`, `${sshd.top}/host.pub`);
fs.renameSync(`${sshd.top}/authorized`, `${sshd.top}/nobody`);
await sshd.start();
wrong('not let in', 'copy.login', /public half/);
fs.renameSync(`${sshd.top}/nobody`, `${sshd.top}/authorized`);
if (process.getuid() === 0) {
  skip('no right to write', 'root may write everywhere');
} else {
  fs.chmodSync(path.join(far, '1'), 0o500);
  wrong('no right to write', 'copy.rights', /may not write/);
  fs.chmodSync(path.join(far, '1'), 0o700);
}

// --- a machine that falls silent: at once, at its first answers, in the middle, byte by byte; and endless data -------
let wait = 1; // s, as little as this machine allows
await again({ wait });
await sshd.stop();
const dumb = net.createServer((s) => s.on('error', () => {}).resume()).listen(sshd.port, '127.0.0.1');
await new Promise((done) => dumb.once('listening', done));
wrong('it says nothing at all', 'copy.slow', /does not answer/);
ok(backup('drill', '--workspace', '1', '--from', 'target3').fault?.code === 'copy.slow', 'a drill from there ends as well');
await new Promise((done) => dumb.close(done));
const lastFault = () => log().match(/copy\.failed .*/g)?.at(-1) ?? '';
for (const [what, how, at] of [
  ['no word of SFTP', { answers: 0 }, 'look'],
  ['silent while a name is looked for', { answers: 300 }, 'look'],
  ['silent while it takes the archive', { answers: 600 }, 'send'],
  ['its session stopped in the middle', { stops: 20000 }, 'send'],
  ['silent while it is read back', { answers: 5000 }, 'read back'],
  ['a byte now and then', { trickle: 5000 }, 'read back'],
  ['the end within an answer', { breaks: 5000 }],
]) {
  let began, r;
  for (;; await again({ wait: wait *= 2 })) { // a busy machine may not get as far as that in so little time
    await sshd.start(undefined, sshd.silent(how));
    began = Date.now();
    r = tried();
    if (!at || wait >= 8 || lastFault().includes(`detail="${at}: `)) break;
    await sshd.stop();
  }
  wrong(what, 'copy.slow', undefined, r);
  console.log(`# ${what}: ${Date.now() - began} ms`);
  if (at) ok(lastFault().includes(`detail="${at}: `), `${what}: that was in "${at}"`, lastFault());
  await sshd.stop();
}
await sshd.start();
backup('verify', id, '--workspace', '1');
fs.writeFileSync(remote(id), whole);
const [still] = kids();
process.kill(still, 'SIGSTOP');
const unasked = backup('verify', id, '--workspace', '1');
ok(unasked.status === 0 && fault(id).endsWith('target2=good target3=copy.slow') && !kids().includes(still), 'egress itself stands still: said, and it is ended', { unasked, f: fault(id) });
fs.unlinkSync(remote(id));
fs.symlinkSync('/dev/zero', remote(id));
const endless = backup('drill', '--workspace', '1', '--from', 'target3');
ok(endless.fault?.code === 'archive.damaged' && new RegExp(`copy\\.too_long .*most=${whole.length}\\b`).test(log()), 'data without an end: cut off where the archive ends', endless);
base = plain.replace(/^backup_target1 = .*$/m, `backup_target1 = sftp://${sshd.user}@127.0.0.1:${sshd.port}${far}\nbackup_hostkey1 = ${sshd.fingerprint()}`);
await again({ wait: 1 });
await sshd.stop();
const mute = net.createServer((s) => s.on('error', () => {}).resume()).listen(sshd.port, '127.0.0.1');
await new Promise((done) => mute.once('listening', done));
const behind = backup('verify', id, '--workspace', '1');
ok(behind.status === 0 && fault(id).endsWith('target1=copy.slow target2=good target3=copy.slow'), 'the first one silent: the next one has its turn', fault(id));
await new Promise((done) => mute.close(done));
base = plain;
fs.rmSync(remote(id), { force: true });
await again();
await sshd.start();

ok(backup('verify', id, '--workspace', '1').json?.copies === 3 && !findings().some((f) => f.id === 'backup.remote'), 'put in order, it gets what it lacks', fault(id));

// --- retention: what goes goes there as well ------------------------------------------------------------------------
const forenoon = new Date().setUTCHours(10, 0, 0, 0); // the nights are the same whenever this runs
const later = (n) => new Date(forenoon + n * 86400000).toISOString();
const settle = (n) => kontor('clock', 'set', later(n), '--settle');
const names = () => backup('list', '--workspace', '1').json.map((r) => `${r.id}.kontor`).sort();
const today = names();
for (let d = 1; d <= 12; d++) settle(d);
const kept = names();
const gone = today.filter((f) => !kept.includes(f)); // not all of them: one may stand for a Saturday
ok(gone.length > 0 && there().join() === kept.join(), 'what retention gives up is gone there, the rest is there', { there: there(), kept, today });
ok(gone.every((f) => fs.readdirSync(path.join(dir, 'copies/2/1')).includes(f)), 'but not from where nothing but age deletes');
const drills = backup('drills', '--workspace', '1').json.filter((r) => r.drilledAt > later(0.5)).slice(0, 7);
ok(['target1', 'target2', 'target3'].every((t) => drills.some((r) => r.good && r.from === t)), 'each target is tried within a week', drills.map((r) => [r.drilledAt, r.from, r.good]));

// --- sftp-append ----------------------------------------------------------------------------------------------------
await place.halt();
settings({ scheme: 'sftp-append' });
await place.serve(later(12.2));
settle(12.3);
const held = there();
spoil(remote(kept.at(-1).slice(0, 16)));
const bad = fs.readFileSync(path.join(far, '1', kept.at(-1)));
backup('verify', kept.at(-1).slice(0, 16), '--workspace', '1');
ok(fault(kept.at(-1).slice(0, 16)).endsWith('target3=archive.damaged') && fs.readFileSync(path.join(far, '1', kept.at(-1))).equals(bad), 'where Kontor never deletes, a damaged one stays and is told of', fault(kept.at(-1).slice(0, 16)));
for (let d = 13; d <= 16; d++) settle(d);
ok(held.every((f) => there().includes(f)) && there().length > held.length, 'and what retention gives up stays there', { held, now: there() });
await place.halt();
await sshd.stop();
finish();
process.exit();
