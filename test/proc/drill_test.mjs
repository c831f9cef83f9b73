// drill_test.mjs: restores rehearsed in a real installation: with a server and without, what each bad archive is
// told as, that the signed result is kept, and that nothing of a state remains. TAP on stdout. Argument: build folder.
import * as crypto from 'node:crypto';
import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { finish, ok, skip } from '../lib/tap.mjs';

const build = process.argv[2];
const place = new Place(build, 'drill');
const { top, dir } = place;
const run = (program, args, where) => place.run(program, args, { dir: where });
const kontor = (...args) => run('kontor', args);
const drill = (...args) => kontor('backup', 'drill', ...args, '--json');
const here = (...args) => drill(...args, '--from', 'backup');
const file = (workspace, id) => path.join(dir, 'backup', workspace, `${id}.kontor`);
const left = (workspace) => { const p = path.join(dir, 'state', workspace); return fs.existsSync(p) ? fs.readdirSync(p) : []; };
const nextSecond = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1001 - Date.now() % 1000); // an archive's id is one
const make = (where) => {
  const init = run('kontor', ['init', '--demo', 'S', '--hash-ms', '0'], where);
  const backup = run('kontor', ['backup', 'run', '--workspace', '1', '--json'], where);
  ok(init.status === 0 && backup.status === 0, 'an installation with a backup', { init, backup });
  return backup.json?.id;
};

const none = run('kontor', ['init', '--demo', 'S', '--hash-ms', '0', '--escrow', 'none'], path.join(top, 'none'));
const empty = run('kontor', ['backup', 'drill', '--workspace', '1', '--json'], path.join(top, 'none'));
ok(none.status === 0 && empty.status === 4 && empty.fault?.code === 'missing', 'where there is no backup there is nothing to try', empty);

// --- a good one, without a server and with one -------------------------------------------------------------------
const id = make(dir);
const systemId = kontor('backup', 'run', '--workspace', 'system', '--json').json?.id;
function once(how) {
  const r = drill('--workspace', '1');
  ok(r.status === 0 && r.json?.good === true && r.json.state === id && r.json.rows > 1000 && r.json.tables > 30 && r.json.pages === 3 &&
    r.json.bytes === fs.statSync(file('1', id)).size && /Z$/.test(r.json.drilledAt), `${how}: the newest can be restored`, r);
  ok(/^target[12]$/.test(r.json?.from), `${how}: read from a copy`, r.json);
  ok(left('1').length === 0, `${how}: nothing of it remains`, left('1'));
  const named = drill(id, '--workspace', '1');
  ok(named.status === 0 && named.json?.hash === r.json?.hash, `${how}: by its name as well`, named);
  const system = drill('--workspace', 'system');
  ok(system.status === 0 && system.json?.good && system.json.workspace === 0 && system.json.state === systemId, `${how}: the console's own`, system);
  return r.json;
}
const first = once('no server');
ok(/can be restored \(read from target[12], \d+ rows/.test(kontor('backup', 'drill', '--workspace', '1').out), 'said in a sentence');

// --- the signature, by another way ---------------------------------------------------------------------------------
const { at: moment, signature, signer, ...result } = first;
const text = JSON.stringify(result);
const hash = spawnSync('python3', ['-c', 'import hashlib,sys; print(hashlib.blake2b(sys.stdin.buffer.read(),digest_size=32).hexdigest())'], { input: text, encoding: 'utf8' });
if (hash.error) {
  skip('the signature', 'there is no python3');
} else {
  const key = crypto.createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.from(signer, 'hex')]), format: 'der', type: 'spki' });
  const at = Buffer.alloc(8);
  at.writeBigInt64LE(BigInt(moment));
  const message = Buffer.concat([Buffer.from('kontor-drilled-1'), at, Buffer.from(hash.stdout.trim(), 'hex')]);
  ok(crypto.verify(null, message, key, Buffer.from(signature, 'hex')), 'the signature is over what was said', { first, text });
  message[20] ^= 1;
  ok(!crypto.verify(null, message, key, Buffer.from(signature, 'hex')), 'and over the moment');
}

// --- bad ones --------------------------------------------------------------------------------------------------------
const whole = fs.readFileSync(file('1', id));
const bad = (what, change, code) => {
  const b = Buffer.from(whole);
  fs.writeFileSync(file('1', id), change(b) ?? b);
  const r = here('--workspace', '1');
  ok(r.status === 9 && r.fault?.code === code && r.fault.text.length > 20 && r.json?.good === false && r.json.code === code, `${what}: ${code}`, r);
  ok(left('1').length === 0, `${what}: nothing remains`, left('1'));
  fs.writeFileSync(file('1', id), whole);
};
bad('a changed bit', (b) => { b[b.length >> 1] ^= 8; }, 'archive.damaged');
bad('half a file', (b) => b.subarray(0, b.length >> 1), 'archive.cut');
bad('a newer format', (b) => { b[8] = 2; }, 'archive.newer');
bad('no archive at all', () => Buffer.from('Angebote und Rechnungen, hundert Zeilen davon '.repeat(40)), 'archive.form');
bad("another workspace's", () => fs.readFileSync(file('0', systemId)), 'archive.workspace');
const other = path.join(top, 'other');
const otherId = make(other);
bad("another installation's", () => fs.readFileSync(path.join(other, 'backup/1', `${otherId}.kontor`)), 'archive.signer');
// --- read from a copy ------------------------------------------------------------------------------------------------
const copy = (target, workspace, state) => path.join(dir, 'copies', target, workspace, `${state}.kontor`);
const each = ['target1', 'target2', 'backup'].map((from) => drill('--workspace', '1', '--from', from));
ok(each.every((r, i) => r.json?.good && r.json.from === ['target1', 'target2', 'backup'][i]), 'each place can be asked for', each);
fs.writeFileSync(file('1', id), whole.subarray(0, 1000));
const elsewhere = drill('--workspace', '1');
ok(elsewhere.json?.good && elsewhere.json.from !== 'backup', 'the drill does not need DIR/backup to be whole', elsewhere);
fs.writeFileSync(file('1', id), whole);
fs.writeFileSync(copy('1', '1', id), whole.subarray(0, 1000));
const cut = drill('--workspace', '1', '--from', 'target1');
ok(cut.status === 9 && cut.json?.from === 'target1' && cut.fault?.code === 'archive.cut', 'a copy that is not whole is a failure, and named', cut);
fs.unlinkSync(copy('1', '1', id));
const gone = drill('--workspace', '1', '--from', 'target1');
ok(gone.status === 4 && drill('--workspace', '1').json?.from === 'target2', 'one that is not there is missing; the next one has its turn', gone);
fs.renameSync(path.join(dir, 'copies'), path.join(dir, 'away'));
const alone = drill('--workspace', '1');
ok(alone.json?.good && alone.json.from === 'backup', 'without any copy DIR/backup is read, and that is said', alone);
fs.renameSync(path.join(dir, 'away'), path.join(dir, 'copies'));
ok(kontor('backup', 'verify', id, '--workspace', '1', '--json').json?.copies === 2 && drill('--workspace', '1', '--from', 'nirgends').status === 4, 'no such place');

const nameless = (what, args, status, code) => {
  const r = drill(...args);
  ok(r.status === status && r.fault?.code === code, what, r);
};
nameless('no such state', ['20200101T000000Z', '--workspace', '1'], 4, 'missing');
nameless('a name that leads elsewhere', ['../0/' + systemId, '--workspace', '1'], 4, 'missing');
nameless('no such workspace', ['--workspace', 'nirgends'], 4, 'missing');

// --- what is kept of it ------------------------------------------------------------------------------------------------
const drills = kontor('backup', 'drills', '--workspace', '1', '--json');
ok(drills.json?.length === 16 && drills.json.filter((r) => r.good).length === 9 && drills.json.filter((r) => r.code === 'archive.signer').length === 1 && drills.json[0].from === 'backup' &&
  drills.json.every((r) => r.signature.length === 128 && r.signer === signer), 'each one is kept with its signature', drills);
const stays = fs.statSync(path.join(dir, 'workspaces/2/data.db'));

// --- another state of the same second --------------------------------------------------------------------------------------
// Genuine, whole and of that name; but what was kept under it has another hash.
{
  const then = Date.now() - 86400000;
  const again = () => { place.now = then; return kontor('backup', 'run', '--workspace', '1', '--json'); };
  const twin = again().json?.id, places = [file('1', twin), copy('1', '1', twin), copy('2', '1', twin)];
  const kept = fs.readFileSync(places[0]);
  for (const f of places) fs.unlinkSync(f);
  place.run('kontor', ['user', 'add', '--workspace', '1', '--login', 'zwilling', '--group', 'team_leader', '--password-stdin'], { input: 'Hafenkante zwilling 47\n' });
  let r;
  for (let i = 0; i < 20 && (r = again()).fault?.code !== 'archive.other'; i++); // a slow start is a second later
  place.now = undefined;
  ok(r.fault?.code === 'archive.other' && !fs.readFileSync(places[0]).equals(kept), 'a state of the same second as one that was kept is not taken for it', r);
  const tried = drill(twin, '--workspace', '1', '--from', 'backup');
  ok(tried.status === 9 && tried.fault?.code === 'archive.other', 'nor by a drill: it has another hash', tried);
  for (const f of places) fs.writeFileSync(f, kept);
  ok(drill(twin, '--workspace', '1', '--from', 'backup').json?.good === true, 'the one that was kept is good');
}

// --- beside a server whose workers write; killed in the middle -----------------------------------------------------------
await place.serve();
once('a server');
const start = () => place.start(['backup', 'drill', '--workspace', '1', '--json']);
const [a, b] = await Promise.all([start(), start()]);
ok([a, b].some((r) => r.status === 0) && [a, b].every((r) => r.status === 0 || r.fault?.code === 'backup.running'), 'two at once: one is tried', [a, b]);
const processes = () => fs.readdirSync('/proc').filter((p) => /^\d+$/.test(p)).filter((p) => {
  try {
    const line = fs.readFileSync(`/proc/${p}/cmdline`, 'latin1').split('\0');
    return line.includes('drill') && line.includes(path.join(dir, 'state/1'));
  } catch { return false; }
});
let kills = 0;
for (let round = 0; round < 12; round++) {
  const going = start();
  for (let i = 0; i < 2000 && processes().length === 0; i++) await new Promise((done) => { setImmediate(done); });
  for (const p of processes()) {
    try { process.kill(Number(p), 'SIGKILL'); kills++; } catch { /* it was faster */ }
  }
  const r = await going;
  if (r.status !== 0 && r.status !== 8 && r.fault?.code !== 'backup.running') ok(false, `killed in round ${round}`, r);
}
ok(kills > 3, `killed ${kills} times`);
const after = await start();
ok(after.status === 0 && after.json.good && left('1').length === 0, 'the next one is good and cleans up', { after, left: left('1') });
const now = fs.statSync(path.join(dir, 'workspaces/2/data.db'));
ok(now.mtimeMs === stays.mtimeMs && now.size === stays.size, "another workspace's file was not touched");
// --- an older state under a newer name ------------------------------------------------------------------------------------
nextSecond();
const newest = kontor('backup', 'run', '--workspace', '1', '--json').json.id;
const faultAt = (target) => kontor('backup', 'list', '--workspace', '1', '--json').json.find((r) => r.id === newest).copies.find((c) => c.target === target).fault;
for (const [from, f] of [['target1', copy('1', '1', newest)], ['backup', file('1', newest)]]) {
  const right = fs.readFileSync(f);
  fs.writeFileSync(f, whole);
  const other_ = drill('--workspace', '1', '--from', from);
  ok(other_.status === 9 && other_.json?.state === newest && other_.fault?.code === 'archive.other' && /another state/.test(other_.fault.text), `${from}: an older state under a newer name is refused`, other_);
  ok(faultAt(from) === 'archive.other' && left('1').length === 0, `${from}: it counts as damaged, and nothing remains`, faultAt(from));
  const mended = kontor('backup', 'verify', newest, '--workspace', '1', '--json');
  ok(mended.status === 0 && fs.readFileSync(f).equals(right) && drill('--workspace', '1', '--from', from).json?.good, `${from}: read again, it is made anew`, mended);
}

await place.halt();
// --- a state that breaks Kontor's own rules: each byte is as it was written, and a restore is not promised all the same ------
const spoiled = spawnSync(path.join(build, 'test/proc/old_store'), [dir, '1', 'sum'], { encoding: 'utf8' });
nextSecond();
const made = kontor('backup', 'run', '--workspace', '1', '--json'), broken = drill('--workspace', '1');
ok(spoiled.status === 0 && made.status === 0 && broken.status === 9 && broken.json?.good === false && broken.fault?.code === 'project.sum',
  'a sum that is not that of its entries fails the drill', { spoiled, made, broken });

const log = fs.readdirSync(path.join(dir, 'log')).map((f) => fs.readFileSync(path.join(dir, 'log', f), 'utf8')).join('');
ok(/keymgr .*event=key\.archive ws=1 opened=1/.test(log), 'keymgr says which archives it opened');
finish();
process.exit();
