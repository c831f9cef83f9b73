// remove_test.mjs: the end of a workspace (KEY-06): locked, opened again, locked and removed: its key destroyed, its files
// deleted, its archives readable with the escrow key alone until they expire. Killed in the middle. TAP on stdout.
// Argument: build folder.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { finish, ok } from '../lib/tap.mjs';

const place = new Place(process.argv[2], 'remove', 120000);
const { top, dir } = place;
const DAY = 86400000;
const first = Date.parse('2026-10-20T02:30:00Z');
const rfc = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
const kontor = (...args) => place.run('kontor', [...args, '--json']);
const refused = (r, code, what) => ok(r.status !== 0 && r.fault?.code === code && r.fault.text.length > 20, what, r);
const archives = (...p) => { try { return fs.readdirSync(path.join(dir, ...p)).filter((f) => f.endsWith('.kontor')); } catch { return []; } };
const there = (...p) => fs.existsSync(path.join(dir, ...p));

const escrow = path.join(top, 'escrow.key');
kontor('init', '--demo', 'S', '--hash-ms', '0', '--escrow-out', escrow);
await place.serve(rfc(first));
const [one, two] = kontor('workspace', 'list').json;
kontor('clock', 'set', rfc(first + 120000), '--settle');
ok(archives('backup/1').length > 0 && archives('copies/1/1').length > 0, 'an agency that has backups');

// --- locked -----------------------------------------------------------------------------------------------------------
const remove = (slug, ...more) => kontor('workspace', 'remove', '--workspace', slug, '--reason', 'Vertrag beendet', ...more);
ok(kontor('workspace', 'lock', '--workspace', one.slug).status === 2, 'a lock wants a reason');
refused(remove(one.slug, '--confirm', one.slug), 'workspace.not_locked', 'one that is in use is not removed');
refused(kontor('workspace', 'unlock', '--workspace', one.slug), 'workspace.not_locked', 'nor opened');
const locked = kontor('workspace', 'lock', '--workspace', one.slug, '--reason', 'Vertrag endet');
ok(locked.status === 0 && locked.json.state === 'locked' && locked.json.lockedAt && locked.json.reason === 'Vertrag endet', 'locked', locked);
refused(kontor('workspace', 'lock', '--workspace', one.slug, '--reason', 'noch einmal'), 'workspace.not_open', 'once is enough');
ok(kontor('workspace', 'list').json.map((w) => w.state).join() === 'locked,active', 'the other one is not');
const before = archives('backup/1').length;
kontor('clock', 'set', rfc(first + DAY + 120000), '--settle');
ok(archives('backup/1').length === before + 1, 'what is locked is backed up');
const opened = kontor('workspace', 'unlock', '--workspace', one.slug);
ok(opened.status === 0 && opened.json.state === 'active' && kontor('user', 'list', '--workspace', one.slug).json.length > 0, 'opened again, all is there', opened);

// --- removed ----------------------------------------------------------------------------------------------------------
kontor('workspace', 'lock', '--workspace', one.slug, '--reason', 'Vertrag beendet');
ok(remove(one.slug).status === 2, 'its name must be said twice');
refused(remove(one.slug, '--confirm', two.slug), 'workspace.confirm', 'and be its own');
refused(remove(one.slug, '--confirm', one.slug), 'workspace.early', 'for 30 days the agency may still want its data');
ok(there('workspaces/1/data.db'), 'nothing is gone by that');
fs.copyFileSync(path.join(dir, 'workspaces/1/data.db'), path.join(top, 'kept.db'));
let now = first + DAY;
kontor('clock', 'set', rfc(now += 31 * DAY), '--settle');
const gone = remove(one.slug, '--confirm', one.slug);
ok(gone.status === 0 && gone.json.state === 'ended' && gone.json.files >= 1 && gone.json.bytes > 4096 && gone.json.endedAt >= gone.json.orderedAt &&
  Date.parse(gone.json.backupsUntil) - Date.parse(gone.json.orderedAt) === 36 * DAY, 'after them it ends, and that is written down', gone);
ok(!there('workspaces/1') && !there('state/1'), 'its files are gone');
ok(there('workspaces/2/data.db') && kontor('user', 'list', '--workspace', two.slug).status === 0, 'those of the other are not');
for (const args of [['user', 'list'], ['backup', 'run'], ['backup', 'drill'], ['workspace', 'wake']]) {
  refused(kontor(...args, '--workspace', one.slug), 'workspace.ended', `${args.join(' ')}: told that it has ended`);
}
refused(kontor('workspace', 'unlock', '--workspace', one.slug), 'workspace.ended', 'there is no way back');
refused(kontor('workspace', 'add', '--slug', one.slug), 'slug.taken', 'its name is not given again');
const again = remove(one.slug, '--confirm', one.slug);
ok(again.status === 0 && again.json.endedAt === gone.json.endedAt && again.json.files === gone.json.files, 'asked again: the same', again);
fs.mkdirSync(path.join(dir, 'workspaces/1'));
fs.copyFileSync(path.join(top, 'kept.db'), path.join(dir, 'workspaces/1/data.db'));
refused(kontor('user', 'list', '--workspace', one.slug), 'workspace.ended', 'nobody opens a copy of it');
fs.rmSync(path.join(dir, 'workspaces/1'), { recursive: true });

// --- what is left -----------------------------------------------------------------------------------------------------
const left = archives('backup/1');
const read = place.run('kontor-archive', ['extract', path.join(dir, 'backup/1', left[0]), '--key', escrow, '--to', path.join(top, 'out')]);
ok(read.status === 0 && fs.existsSync(path.join(top, 'out/manifest.json')), 'the escrow key opens its backups', read);
kontor('clock', 'set', rfc(now += DAY), '--settle');
ok(archives('backup/1').length <= left.length && archives('backup/1').length > 0, 'they stay for now', left);
ok(!/ws=1 .*backup\.late|backup\.late ws=1/.test(fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8')), 'nobody is alarmed that there is no new one');
const trust = () => kontor('backup', 'prune', '--workspace', one.slug, '--trust-clock'); // after a leap the operator's word counts
kontor('clock', 'set', rfc(now += 36 * DAY), '--settle');
trust();
kontor('clock', 'set', rfc(now += DAY + 600000), '--settle'); // what was marked waits a day
ok(archives('backup/1').length === 0 && archives('copies/1/1').length === 0, 'after 36 days they are gone', [archives('backup/1'), archives('copies/1/1')]);
kontor('clock', 'set', rfc(now += 27 * DAY), '--settle');
trust();
ok(archives('copies/2/1').length === 0, 'after 62 days also where only age deletes', archives('copies/2/1'));
ok(kontor('backup', 'list', '--workspace', one.slug).json?.length === 0 && archives('backup/2').length > 1, 'and the catalogue knows of none; the other has its own');

// --- killed in the middle ---------------------------------------------------------------------------------------------
let z = 7919;
const roll = (k) => { z = (z * 48271) % 2147483647; return z % k; };
const log = () => fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8');
const found = {};
let done = 0;
for (let i = 0; i < 12; i++) {
  const slug = `kurz${i}`;
  const { workspace } = kontor('workspace', 'add', '--slug', slug).json;
  kontor('user', 'list', '--workspace', slug); // its store is made
  kontor('workspace', 'lock', '--workspace', slug, '--reason', 'Probe');
  const under = place.start(['workspace', 'remove', '--workspace', slug, '--reason', 'Probe', '--confirm', slug, '--at-once', '--json']);
  let over = false;
  under.then(() => { over = true; });
  // At any moment, or as soon as its key is gone.
  const at = Date.now() + roll(60);
  const isTime = i % 2 === 0 ? () => Date.now() >= at : () => log().includes(`event=key.drop ws=${workspace} `);
  while (!over && !isTime()) await new Promise((go) => setImmediate(go));
  await place.halt('SIGKILL');
  await under; // without a server it may have done it by itself
  await place.serve(rfc(now));
  const how = `${kontor('workspace', 'show', '--workspace', slug).json.state}, ${there('workspaces', String(workspace)) ? 'with' : 'without'} files`;
  found[how] = (found[how] ?? 0) + 1;
  const r = kontor('workspace', 'remove', '--workspace', slug, '--reason', 'Probe', '--confirm', slug, '--at-once');
  if (r.status === 0 && r.json.state === 'ended' && r.json.endedAt && !there('workspaces', String(workspace))) done++;
}
ok(done === 12 && !('locked, without files' in found), `12 were cut short (${JSON.stringify(found)}); asked again, each was done`, found);
ok(kontor('user', 'list', '--workspace', two.slug).status === 0, 'the other noticed nothing');
await place.halt('SIGTERM');
finish();
process.exit();
