// worn_test.mjs: disks that wear out: an archive or a copy of it that is there and does not give its bytes (EIO) is
// damaged, as one with other bytes is: told, made anew from one that reads, and in nobody's way. Our own file that does
// not read says nothing of the copy on another machine. TAP on stdout. Argument: build folder.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { Sshd } from '../lib/sshd.mjs';
import { finish, ok, skip } from '../lib/tap.mjs';

const build = path.resolve(process.argv[2]);
const place = new Place(build, 'worn');
const { top, dir } = place;
place.build = path.join(top, 'bin');
fs.mkdirSync(place.build);
for (const p of ['kontor', 'kontor-archive', 'kontor-edge', 'kontor-keymgr', 'kontor-press']) fs.copyFileSync(path.join(build, p), path.join(place.build, p));
for (const p of ['worker', 'egress']) fs.copyFileSync(path.join(build, `test/proc/worn_${p}`), path.join(place.build, `kontor-${p}`));

const kontor = (...args) => place.run('kontor', [...args, '--json']);
const backup = (...args) => kontor('backup', ...args, '--workspace', '1');
const state = () => backup('list').json?.[0] ?? {};
const faults = () => (state().copies ?? []).map((c) => `${c.target}=${c.fault || 'good'}`).join(' ');
const findings = (id) => (kontor('doctor').json?.findings ?? []).filter((f) => f.id === id);
const log = () => fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8');
const wear = (bits, ...files) => files.forEach((f) => fs.chmodSync(f, 0o600 | bits));
const UNREADABLE = 0o1000, UNSENT = 0o2000; // what worn_worker, what worn_egress does not get

place.run('kontor', ['init', '--demo', 'S', '--hash-ms', '0']);
const first = backup('run');
const id = first.json?.id;
const here = path.join(dir, 'backup/1', `${id}.kontor`);
const [one, two] = ['1', '2'].map((t) => path.join(dir, 'copies', t, '1', `${id}.kontor`));
const whole = fs.readFileSync(here);
ok(first.status === 0 && faults() === 'backup=good target1=good target2=good', 'a state and two copies', first);

wear(UNREADABLE, here);
const mended = backup('verify', id);
ok(mended.status === 0 && (fs.statSync(here).mode & UNREADABLE) === 0 && fs.readFileSync(here).equals(whole) && state().origin === 'good',
  'a sector of it is lost: made anew from a copy', { mended, s: state() });
ok(findings('backup.repaired').length === 1, 'and doctor says so', kontor('doctor').json?.findings);

wear(UNREADABLE, one, two);
const again = backup('verify', id);
ok(again.status === 0 && (fs.statSync(one).mode & UNREADABLE) === 0 && fs.readFileSync(one).equals(whole) &&
  faults() === 'backup=good target1=good target2=archive.unreadable', 'of its copies: made anew, and told where nothing but age deletes', faults());

wear(UNREADABLE, here, one);
const beyond = backup('verify', id);
ok(beyond.status === 9 && beyond.fault?.code === 'backup.no_copy' && state().origin === 'damaged' &&
  faults() === 'backup=archive.unreadable target1=archive.unreadable target2=archive.unreadable', 'of all of them: damaged, and said', { beyond, f: faults() });
ok(findings('backup.damaged')[0]?.status === 'bad', 'and red');
wear(0, two);
ok(backup('verify', id).status === 0 && (fs.statSync(here).mode & UNREADABLE) === 0 && faults() === 'backup=good target1=good target2=good', 'one reads again: all are made anew', faults());

// --- another machine ------------------------------------------------------------------------------------------------
if (!Sshd.there()) {
  skip('our own file that does not read says nothing of the copy there', 'there is no sshd: install openssh-server');
} else {
  const far = path.join(top, 'far');
  const sshd = new Sshd(path.join(top, 'sshd'));
  await sshd.start();
  fs.mkdirSync(far);
  fs.copyFileSync(`${sshd.top}/client`, path.join(dir, 'sftp.key'));
  fs.appendFileSync(path.join(dir, 'kontor.conf'), `backup_target3 = sftp://${sshd.user}@127.0.0.1:${sshd.port}${far}
backup_hostkey3 = ${sshd.fingerprint()}
backup_sftp_key = ${path.join(dir, 'sftp.key')}
`);
  const remote = path.join(far, '1', `${id}.kontor`);
  await place.serve();
  kontor('clock', 'set', new Date().toISOString(), '--settle');
  ok(backup('verify', id).json?.copies === 3 && fs.readFileSync(remote).equals(whole), 'a third copy on another machine', faults());
  const { ino } = fs.statSync(remote);
  wear(UNSENT, here);
  const unsent = backup('verify', id);
  ok(unsent.json?.copies === 2 && faults().endsWith('target3=io') && fs.statSync(remote).ino === ino && !/copy\.differs/.test(log()),
    'our own file that does not read says nothing of the copy there', { unsent, f: faults() });
  wear(0, here);
  ok(backup('verify', id).json?.copies === 3 && fs.statSync(remote).ino === ino, 'and it was whole all the time', faults());
  await place.halt();
}
finish();
process.exit();
