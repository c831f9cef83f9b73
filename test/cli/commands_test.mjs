// commands_test.mjs: every command of kontor(1) with and without a running server: exit status by class,
// JSON as promised, refusals with a code. TAP on stdout. Argument: build folder.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePorts } from '../lib/ports.mjs';

const build = process.argv[2];
const kontor = path.join(build, 'kontor');
const top = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-cli-'));
const dir = path.join(top, 'dir');
const [port, operatorPort] = await freePorts(2);
let server = null;
let n = 0;
let failed = 0;
for (const sig of ['SIGTERM', 'SIGINT']) process.on(sig, () => process.exit(1));
process.on('exit', () => {
  if (server && server.exitCode === null) server.kill('SIGKILL');
  fs.rmSync(top, { recursive: true, force: true });
});
function ok(good, what, detail) {
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${what}`);
  if (!good && detail !== undefined) console.log('# ' + JSON.stringify(detail).slice(0, 1500));
}
function run(args, { input = '', env = {} } = {}) {
  const r = spawnSync(kontor, args, { encoding: 'utf8', input, timeout: 60000,
    env: { PATH: process.env.PATH, LANG: 'en_GB.UTF-8', KONTOR_DIR: dir, ...env } });
  const parse = (s) => { try { return JSON.parse(s); } catch { return null; } };
  return { status: r.status, out: r.stdout, err: r.stderr, json: parse(r.stdout), fault: parse(r.stderr)?.error };
}

// --- use ------------------------------------------------------------------------------------------------
ok(run([]).status === 2, 'without a command: status 2');
ok(run(['--help']).status === 0 && /kontor COMMAND/.test(run(['--help']).out), '--help: the list of commands');
ok(/Aufruf/.test(run(['--help'], { env: { LANG: 'de_DE.UTF-8' } }).out), 'in German too');
ok(run(['dance']).status === 2, 'a command that there is not');
ok(run(['workspace']).status === 2, 'a noun alone');
ok(run(['workspace', 'list', '--colour']).status === 2, 'an option that there is not');
ok(run(['workspace', 'add', '--slug']).status === 2, 'an option without its value');
ok(run(['workspace', 'list', 'nord']).status === 2, 'a word too many');
const missing = run(['workspace', 'list']);
ok(missing.status === 4 && missing.err.includes('kontor init'), 'no installation: status 4 and what to do', missing);
ok(run(['serve']).status === 4 && run(['check-config']).status === 4, 'the same for serve and check-config');

// --- init -----------------------------------------------------------------------------------------------
ok(run(['init', '--base-domain', 'Bad_Domain']).status === 2 && !fs.existsSync(dir), 'init refuses a wrong domain and makes nothing');
ok(run(['init', '--demo', 'Z']).status === 2 && !fs.existsSync(dir), 'and an unknown demo');
ok(run(['init', '--hash-ms', '2001']).status === 2 && run(['init', '--hash-ms', 'viel']).status === 2 && !fs.existsSync(dir), 'and a time for a hash that is none');
// The second key of the backups: made, kept elsewhere, read back; where its place is none, nothing is made.
const sheet = path.join(top, 'escrow.txt');
const left = run(['init', '-d', path.join(top, 'script'), '--base-domain', 'kontor.example']);
ok(left.status === 0 && left.out.includes(path.join(top, 'script.escrow-key')) && (fs.statSync(path.join(top, 'script.escrow-key')).mode & 0o777) === 0o600 &&
  run(['doctor', '-d', path.join(top, 'script'), '--quick', '--json']).json?.findings.some((f) => f.id === 'backup.escrow.here' && f.status === 'bad'),
'init by a script leaves the second key of the backups beside, says so, and doctor is red', left);
ok(run(['init', '--escrow-out', '/nowhere/key', '--json']).fault?.code === 'escrow.place' && !fs.existsSync(path.join(dir, 'kontor.conf')), 'and makes nothing where it cannot be put');
const slip = run(['init', '--escrow', `kontor-archive-public-1:${'0'.repeat(64)}:${'1'.repeat(16)}`]);
ok(slip.status === 2 && /character/.test(slip.err) && !fs.existsSync(path.join(dir, 'kontor.conf')), 'a key from elsewhere that was copied with a slip is refused', slip);
const made = run(['init', '--json', '--base-domain', 'kontor.example', '--escrow-out', sheet]);
const archive = (...args) => spawnSync(path.join(path.dirname(kontor), 'kontor-archive'), args, { encoding: 'utf8' }).stdout;
ok((fs.statSync(sheet).mode & 0o777) === 0o600 && /ZWEIMAL|zweimal/.test(fs.readFileSync(sheet, 'utf8')) && /twice/.test(fs.readFileSync(sheet, 'utf8')), 'the sheet is for its owner alone and says in both languages what to do');
ok(made.json?.escrowKey?.startsWith('kontor-archive-public-1:') && archive('public', sheet) === `${made.json.escrowKey}\n`, 'the sheet is the secret half of what init wrote down', made.json);
ok(fs.readFileSync(path.join(dir, 'kontor.conf'), 'utf8').includes(`\nbackup_escrow = ${made.json?.escrowKey}\n`), 'backup_escrow stands in kontor.conf');
const secretHalf = fs.readFileSync(sheet, 'utf8').match(/kontor-archive-secret-1:([0-9a-f]{64})/)[1];
ok(spawnSync('grep', ['-rlaE', secretHalf, dir], { encoding: 'utf8' }).stdout === '' && spawnSync('grep', ['-rlaP', secretHalf.replace(/../g, '\\x$&'), dir], { encoding: 'utf8' }).stdout === '',
  'and its secret half nowhere in the installation');
ok(made.status === 0 && made.json?.dir === dir && made.json?.workspaces?.[0]?.slug === 'agentur', 'init --json', made);
ok(made.json?.workspaces[0].url === 'https://agentur.kontor.example:8443', 'with the address', made.json);
ok(/^https:\/\/agentur\.kontor\.example:8443\/einladung\/[\w-]{40,}$/.test(made.json?.workspaces[0].ownerLink), 'the link for the first owner', made.json);
ok(/^https:\/\/kontor\.example:8444\/einladung\/[\w-]{40,}$/.test(made.json?.operatorLink), 'and for the first operator', made.json);
const onTerminal = spawnSync('script', ['-qec', `${kontor} init --hash-ms 0 -d ${path.join(top, 'shown')}`, '/dev/null'], { encoding: 'utf8', env: { PATH: process.env.PATH, LANG: 'en_GB.UTF-8' } });
if (onTerminal.error) {
  ok(true, 'on a terminal the sheet is shown # SKIP there is no script(1)');
} else {
  fs.writeFileSync(path.join(top, 'typed.txt'), onTerminal.stdout ?? '');
  const named = fs.readFileSync(path.join(top, 'shown/kontor.conf'), 'utf8').match(/^backup_escrow = (.*)$/m)?.[1];
  ok(onTerminal.status === 0 && named && archive('public', path.join(top, 'typed.txt')) === `${named}\n` && !fs.existsSync(path.join(top, 'shown.escrow-key')), 'on a terminal the sheet is shown and kept nowhere', onTerminal);
}
ok(run(['key', 'escrow']).out.includes(made.json?.escrowKey) && run(['key', 'escrow', '--json']).json?.backupEscrow === made.json?.escrowKey, 'key escrow alone says who opens backups');
const twice = run(['init', '--json']);
// A backup of the first night would come between the commands below.
const withEscrow = fs.readFileSync(path.join(dir, 'kontor.conf'), 'utf8');
fs.writeFileSync(path.join(dir, 'kontor.conf'), withEscrow.replace(/^backup_escrow = .*\n/m, ''));
ok(twice.status === 5 && twice.fault?.code === 'installed', 'twice: status 5', twice);

// --- check-config ----------------------------------------------------------------------------------------
const conf = run(['check-config', '--json']);
ok(conf.status === 0 && conf.json?.base_domain === 'kontor.example' && conf.json?.worker_idle === 600, 'check-config --json', conf);
ok(conf.json?.hash_ops >= 3 && conf.json.hash_ops <= 8 && conf.json.hash_mem_kib === 65536, 'init has measured what a password hash costs', conf.json);
const file = path.join(dir, 'kontor.conf');
const good = fs.readFileSync(file, 'utf8');
fs.writeFileSync(file, good + 'edges = many\n');
const bad = run(['check-config']);
ok(bad.status === 2 && new RegExp(`line ${good.split('\n').length}: edges`).test(bad.err), 'a fault with its line', bad);
ok(run(['workspace', 'list']).status === 2, 'stops every command');
for (const weak of ['hash_ops = 2', 'hash_ops = 9', 'hash_mem_kib = 65535']) {
  fs.writeFileSync(file, `${good.replace(/^hash_ops.*\n/m, '')}${weak}\n`);
  ok(run(['check-config']).status === 2, `${weak} is refused`);
}
fs.writeFileSync(file, good);

// --- the same commands without and with a server ------------------------------------------------------------
function commands(how, slug) {
  const add = run(['workspace', 'add', '--slug', slug, '--name', 'Lotse & Söhne', '--json']);
  ok(add.status === 0 && add.json?.slug === slug && add.json?.state === 'active' && add.json?.name === 'Lotse & Söhne',
    `${how}: workspace add`, add);
  const at = how === 'alone' ? 8443 : port;
  ok(add.json?.url === `https://${slug}.kontor.example:${at}`, `${how}: with the address`, add);
  const taken = run(['workspace', 'add', '--slug', slug, '--json']);
  ok(taken.status === 5 && taken.fault?.code === 'slug.taken', `${how}: a slug is given once`, taken);
  for (const s of ['', 'A', 'a_b', '-a', 'a-', '12', 'www', 'x'.repeat(64)]) {
    const r = run(['workspace', 'add', '--slug', s, '--json']);
    ok(r.status === 2, `${how}: "${s.slice(0, 8)}" is no slug`, r);
  }
  const list = run(['workspace', 'list', '--json']);
  ok(Array.isArray(list.json) && list.json.some((w) => w.slug === slug && Number.isInteger(w.workspace)), `${how}: workspace list is a plain array`, list);
  ok(run(['workspace', 'list']).out.includes(slug), `${how}: workspace list for people`);
  const show = run(['workspace', 'show', slug, '--json']);
  ok(show.status === 0 && show.json?.name === 'Lotse & Söhne', `${how}: workspace show`, show);
  const none = run(['workspace', 'show', 'nobody', '--json']);
  ok(none.status === 4 && none.fault?.code === 'missing', `${how}: one that there is not: status 4`, none);
  const migrate = run(['migrate', '--json']);
  ok(migrate.status === 0 && migrate.json?.every((w) => w.migrated === true), `${how}: migrate`, migrate);
  const doctor = run(['doctor', '--json']);
  ok(doctor.status === 0 && ['A', 'B'].includes(doctor.json?.level) && doctor.json.findings.length > 8, `${how}: doctor --json`, doctor);
  ok(doctor.json?.running === (how !== 'alone'), `${how}: doctor knows whether it is served`);
  ok(doctor.json?.findings.some((f) => f.id === 'key.at_rest' && f.status === 'bad'), `${how}: the key beside the data is called bad`);
  const cost = doctor.json?.findings.find((f) => f.id === 'hash.cost')?.text || '';
  ok(/ \d+ ms .*[3-8] (passes|Durchgänge) .* 64 MiB/.test(cost), `${how}: doctor says what a password hash costs`, cost);
  ok(doctor.json?.findings.every((f) => f.text.length > 10 && !/[{}]/.test(f.text)), `${how}: every finding is a sentence`, doctor.json?.findings);
  ok(doctor.json?.findings.some((f) => f.id === 'store' && f.status === 'good'), `${how}: doctor reads every store`, doctor.json?.findings);
  ok(!run(['doctor', '--quick', '--json']).json?.findings.some((f) => f.id === 'store'), `${how}: doctor --quick leaves them alone`);
  const unknown = run(['user', 'list', '--workspace', 'nobody', '--json']);
  ok(unknown.status === 4, `${how}: user list of no workspace`, unknown);
  ok(run(['user', 'add', '--workspace', slug, '--login', 'mara', '--group', 'administrator']).status === 2, `${how}: a password is never an argument`);
  ok(run(['user', 'add', '--workspace', slug, '--login', 'mara', '--group', 'administrator', '--password-stdin'], { input: '' }).status === 2, `${how}: nor empty`);
  ok(run(['user', 'lock', '--workspace', slug]).status === 2, `${how}: a missing option is named`);
  const reset = (...more) => run(['user', 'reset-2fa', '--workspace', slug, '--login', 'nobody', ...more, '--json']);
  ok(reset().status === 2, `${how}: user reset-2fa wants to know how the person proved who she is`);
  ok(reset('--reason', 'passport').status === 4, `${how}: of nobody`, reset('--reason', 'passport'));
  ok(reset('--cancel').status === 4, `${how}: nor is there anything to stop`);
  ok(run(['clock', 'set', 'yesterday']).status === 2, `${how}: a time that is none`);
  const clock = run(['clock', 'set', '2030-01-02T03:04:05Z', '--json']);
  ok(doctor.json?.testBuild ? clock.status === 0 && clock.json?.now === '2030-01-02T03:04:05Z' : clock.status === 3,
    `${how}: clock set, in test builds only`, clock);
}
// The master key: facts, a new generation, escrow and its rehearsal.
function keyCommands(how) {
  const show = run(['key', 'show', '--json']);
  const g = show.json?.generation;
  ok(show.status === 0 && g >= 1 && show.json.mode === 'inside' && show.json.path === path.join(dir, 'keys/master.key') &&
    show.json.workspaces >= 1 && Number.isInteger(show.json.unwraps) && show.json.erased === 0, `${how}: key show --json`, show);
  ok(run(['key', 'show']).out.includes(`Generation ${g} `), `${how}: key show for people`);
  ok(run(['key', 'rotate']).status === 2 && run(['key', 'rotate', 'data']).status === 2, `${how}: key rotate wants to know which`);
  const store = path.join(dir, 'workspaces/1/data.db');
  const under = fs.readFileSync(store);
  const turned = run(['key', 'rotate', 'data', '--workspace', 'agentur', '--json']);
  ok(turned.status === 0 && turned.json?.turned === true && !fs.readFileSync(store).subarray(0, 4096).equals(under.subarray(0, 4096)), `${how}: key rotate data`, turned);
  ok(run(['user', 'list', '--workspace', 'agentur', '--json']).status === 0, `${how}: the store opens under its new key`);
  ok(run(['key', 'rotate', 'data', '--workspace', 'nobody', '--json']).status === 4, `${how}: of no workspace`);
  // What keys were used for: this worker's own start is there, and nobody else's.
  const log = run(['key', 'log', '--workspace', 'agentur', '--json']);
  const given = log.json?.rows.filter((r) => r.role === 'writer' && r.page === 1);
  ok(log.status === 0 && given.length > 1 && log.json.rows.every((r) => r.workspace === 1 && r.slug === 'agentur' && r.unwraps > 0 && /^20\d\d-.*Z$/.test(r.at)),
    `${how}: key log names each time the store's key was handed out`, log);
  ok(run(['key', 'log', '--workspace', '0', '--json']).json?.rows.some((r) => r.role === 'system' && r.page === 1), `${how}: that of the console as well`);
  const one = run(['key', 'log', '--last', '1', '--json']);
  ok(one.json?.rows.length === 1 && one.json.more === true, `${how}: as many lines as wanted`, one);
  ok(/^20\S+Z {2}\S+ +(writer|system) +(key of the store handed out|Schlüssel des Speichers ausgehändigt)/m.test(run(['key', 'log']).out), `${how}: key log for people`);
  ok(run(['key', 'log', '--last', '0']).status === 2 && run(['key', 'log', '--workspace', 'nobody']).status === 4, `${how}: refuses what is no number, and no agency`);
  if (how === 'alone') { // what lay under the former key opens no more
    const now = fs.readFileSync(store);
    fs.writeFileSync(store, under);
    const old = run(['user', 'list', '--workspace', 'agentur', '--json']);
    ok(old.status !== 0, `${how}: a copy from before the change opens no more`, old);
    fs.writeFileSync(store, now);
    ok(run(['user', 'list', '--workspace', 'agentur', '--json']).status === 0, `${how}: the changed one does`);
  }
  const rotated = run(['key', 'rotate', 'master', '--json']);
  ok(rotated.status === 0 && rotated.json?.generation === g + 1 && rotated.json.prepared === false, `${how}: key rotate master`, rotated);
  ok(run(['key', 'show', '--json']).json?.generation === g + 1, `${how}: the new generation is in use`);
  ok(run(['workspace', 'list', '--json']).status === 0, `${how}: and opens everything`);
  const keyFinding = (id) => run(['doctor', '--quick', '--json']).json?.findings.find((f) => f.id === id);
  const sealed = path.join(top, `sealed-${how}`);
  ok(/no second key/.test(run(['key', 'escrow']).out), `${how}: key escrow alone says that nobody opens backups`);
  ok(run(['key', 'escrow', '--to', '/nowhere/x', '--json']).fault?.code === 'key.place', `${how}: that can be made`);
  const escrow = run(['key', 'escrow', '--to', sealed, '--json']);
  ok(escrow.status === 0 && /^([a-z2-9]{4}-){8}[a-z2-9]{4}$/.test(escrow.json?.key) && escrow.json.generation === g + 1, `${how}: key escrow`, escrow);
  ok((fs.statSync(sealed).mode & 0o777) === 0o600 && /^kontor-escrow-1\ngeneration \d+\nmade .*Z\n[0-9a-f]{144}\n$/.test(fs.readFileSync(sealed, 'utf8')),
    `${how}: the sealed file`);
  ok(run(['key', 'escrow', '--to', sealed, '--json']).status === 5, `${how}: is never overwritten`);
  ok(/never rehearsed/.test(keyFinding('key.escrow')?.text), `${how}: doctor asks for the rehearsal`, keyFinding('key.escrow'));
  const rehearse = (input) => run(['key', 'escrow', '--rehearse', '--from', sealed, '--json'], { input });
  const typo = escrow.json.key.replace(/^./, (c) => c === 'a' ? 'b' : 'a');
  ok(rehearse(typo).fault?.code === 'key.typed', `${how}: a typing error is called so`);
  ok(rehearse('').status === 2, `${how}: nothing typed`);
  const spoken = rehearse(escrow.json.key.toUpperCase().replace(/-/g, ' ') + '\n');
  ok(spoken.status === 0 && /Z$/.test(spoken.json?.rehearsedAt), `${how}: the rehearsal, typed in capitals with blanks`, spoken);
  ok(keyFinding('key.escrow')?.status === 'good', `${how}: doctor is content`);
  const restored = path.join(top, `restored-${how}`);
  const restore = (input) => run(['key', 'restore', '--from', sealed, '--to', restored, '--json'], { input });
  ok(restore(typo).fault?.code === 'key.typed' && !fs.existsSync(restored), `${how}: key restore with a typing error makes nothing`);
  ok(restore(escrow.json.key).status === 0 && (fs.statSync(restored).mode & 0o777) === 0o400, `${how}: key restore`);
  ok(fs.readFileSync(restored, 'utf8') === fs.readFileSync(path.join(dir, 'keys/master.key'), 'utf8'), `${how}: is the master key, byte by byte`);
  const spare = path.join(top, `prepared-${how}`);
  const prepared = run(['key', 'rotate', 'master', '--to', spare, '--json']);
  ok(prepared.status === 0 && prepared.json?.prepared === true && (fs.statSync(spare).mode & 0o777) === 0o400, `${how}: key rotate master --to`, prepared);
  ok(run(['key', 'rotate', 'master', '--json']).fault?.code === 'key.prepared', `${how}: one at a time`);
  ok(run(['key', 'show', '--json']).json?.prepared === true && keyFinding('key.generation')?.status === 'warn', `${how}: doctor says that it waits`);
  ok(run(['key', 'rotate', 'master', '--to', spare, '--json']).status !== 0, `${how}: nor twice`);
  ok(fs.existsSync(spare), `${how}: the prepared key is left alone by what is refused`);
  ok(run(['key', 'rotate', 'master', '--cancel', '--json']).status === 0, `${how}: key rotate master --cancel`);
  ok(run(['key', 'rotate', 'master', '--cancel', '--json']).status === 4, `${how}: once`);
  ok(run(['key', 'show', '--json']).json?.generation === g + 1, `${how}: the present one stayed`);
  run(['key', 'rotate', 'master']);
  ok(/former master key/.test(keyFinding('key.escrow')?.text), `${how}: the escrow is of the former one now`, keyFinding('key.escrow'));
  ok(rehearse(escrow.json.key).fault?.code === 'key.former', `${how}: and its rehearsal says so`);
}
commands('alone', 'lotse');
keyCommands('alone');
server = spawn(kontor, ['serve', '-d', dir, '--listen', `127.0.0.1:${port}`, '--operator-listen', `127.0.0.1:${operatorPort}`],
  { stdio: ['ignore', 'pipe', 'ignore'] });
await new Promise((r) => { server.stdout.once('data', r); server.once('exit', r); });
commands('served', 'boje');
keyCommands('served');
// Killed while it changes its key, the store is whole under one of the two keys; the next start goes on.
for (let i = 0; i < 6; i++) {
  const turning = spawn(kontor, ['key', 'rotate', 'data', '--workspace', 'agentur', '-d', dir], { stdio: 'ignore' });
  const over = new Promise((done) => turning.on('exit', done));
  const until = Date.now() + 30 + i * 12;
  while (Date.now() < until) {
    const worker = run(['doctor', '--quick', '--json']).json?.processes.find((p) => p.role === 'writer' && p.workspace === 1);
    try { if (worker) process.kill(worker.pid, 'SIGKILL'); } catch { /* it was faster */ }
  }
  await over;
  let list = run(['user', 'list', '--workspace', 'agentur', '--json']);
  if (list.status === 8) list = run(['user', 'list', '--workspace', 'agentur', '--json']); // the last kill met this command
  ok(list.status === 0 && Array.isArray(list.json), `key rotate data, worker killed (${i + 1}): the store opens`, list);
}
run(['workspace', 'wake', 'agentur']);
ok(run(['key', 'rotate', 'data', '--workspace', 'agentur']).status === 0 || run(['key', 'show', '--json']).json?.turning === 0, 'and its key can be changed again');
const other = spawnSync(kontor, ['serve', '-d', dir], { encoding: 'utf8', timeout: 10000 });
ok(other.status === 5, 'serve twice: status 5');
const exit = new Promise((r) => server.once('exit', r));
server.kill('SIGTERM');
ok(await exit === 0, 'SIGTERM: status 0');
ok(run(['serve', '--listen', 'here']).status === 2, 'serve refuses an address that is none');
ok(run(['serve', '--listen', '127.0.0.1:1', '--operator-listen', '127.0.0.1:1']).status === 2, 'and the same for both');

// --- a demo ------------------------------------------------------------------------------------------------
const demoDir = path.join(top, 'demo');
const demo = run(['init', '--demo', 'S', '--json', '-d', demoDir]);
ok(demo.json?.escrowFile === `${demoDir}.escrow-key` && fs.existsSync(`${demoDir}.escrow-key`), "a demo's second key lies beside it", demo.json);
const lies = () => run(['doctor', '--quick', '--json', '-d', demoDir]).json?.findings.find((f) => f.id === 'backup.escrow.here');
ok(lies()?.status === 'bad' && lies().text.includes(`${demoDir}.escrow-key`), 'which doctor calls bad as long as it lies there', lies());
fs.rmSync(`${demoDir}.escrow-key`);
ok(!lies(), 'and no longer');
ok(demo.status === 0 && demo.json?.workspaces.length === 2 && demo.json.workspaces.every((w) => w.login && w.password.length >= 24),
  'init --demo S: two agencies, each with a log-in', demo);
ok(demo.json?.workspaces[0].filled?.timeEntries > 100, 'filled with data', demo.json);
const people = run(['user', 'list', '--workspace', 'lindenkai', '--json', '-d', demoDir]);
ok(people.json?.length === 5 && people.json.filter((p) => p.state === 'active').length >= 4, 'with people', people);
const kept = fs.readFileSync(path.join(demoDir, 'demo.txt'), 'utf8').trim().split(' ');
ok(kept.length === 3 && people.json.find((p) => p.login === kept[2])?.group === 'administrator', 'the log-ins that are kept name one who administers', kept[2]);
ok((fs.statSync(path.join(demoDir, 'demo.txt')).mode & 0o777) === 0o600, 'the log-in is kept for its owner');
const names = ['lindenkai', 'Lindenkai', 'nordmole', 'Tannhof', 'Möwenort', 'Konzeption'];
function* filesOf(d) {
  for (const e of fs.readdirSync(d, { withFileTypes: true })) {
    const p = path.join(d, e.name);
    if (e.isDirectory()) yield* filesOf(p);
    else yield p;
  }
}
const shown = [];
for (const f of filesOf(demoDir)) {
  const bytes = fs.readFileSync(f);
  for (const name of names) if (bytes.includes(name)) shown.push(`${f}: ${name}`);
}
ok(shown.length === 0, 'a copied disk shows no name of an agency, a person or an activity', shown);

// --- what a restore costs ------------------------------------------------------------------------------------
const price = run(['price', 'show', '--json']);
ok(price.status === 0 && price.json?.length === 1 && price.json[0].preset === true && price.json[0].restoreWhole === 9000 && price.json[0].vatRate === 1900,
  'price show --json: what the program came with', price);
ok(/90\.00 EUR net \+ 19\.00% VAT = 107\.10 EUR[\s\S]*came with/.test(run(['price', 'show']).out), 'price show for people says so', run(['price', 'show']));
ok(run(['price', 'set']).status === 2 && run(['price', 'set', '--restore-whole', 'viel']).status === 2 && run(['price', 'set', '--restore-whole', '-1', '--json']).status === 2,
  'price set wants an amount');
const priced = run(['price', 'set', '--restore-whole', '120,50', '--vat', '7,5', '--json']);
ok(priced.status === 0 && priced.json?.version === 2 && priced.json.restoreWhole === 12050 && priced.json.restoreRecords === 3000 && priced.json.vatRate === 750 && !priced.json.preset,
  'price set: another version, the rest stays', priced);
ok(run(['price', 'set', '--vat', '19', '--from', '2020-01-01T00:00:00Z', '--json']).fault?.code === 'price.past', 'never for the past');
ok(run(['price', 'set', '--restore-records', '0']).out.includes('version 3') && /kostenlos/.test(run(['price', 'show'], { env: { LANG: 'de_DE.UTF-8' } }).out), 'price set: 0 is free, and shown so');
const charges = run(['charge', 'list', '--json']);
ok(charges.status === 0 && charges.json?.length === 0, 'charge list of nothing', charges);
ok(run(['charge', 'list', '--csv']).out === 'charge,order,slug,item,version,net,vatRate,vat,total,currency,reason,login,orderedAt,doneAt,billedAt,waivedAt,waiveReason,status\r\n', 'charge list --csv has its head line');
ok(run(['charge', 'list', '--status', 'lost']).status === 2 && run(['charge', 'list', '--workspace', 'nobody']).status === 4, 'charge list refuses a state and an agency that there is not');
ok(run(['charge', 'billed', '1', '--json']).fault?.code === 'missing' && run(['charge', 'billed', 'x']).status === 2, 'charge billed of nothing');
ok(run(['charge', 'waive', '1']).status === 2 && run(['charge', 'waive', '1', '--reason', 'Kulanz']).status === 4, 'charge waive wants a reason');
const fault = run(['incident', 'open', '--workspace', 'agentur', '--text', 'Platte voll', '--json']);
ok(fault.status === 0 && fault.json?.slug === 'agentur' && fault.json.open === true && fault.json.to === null, 'incident open', fault);
ok(run(['incident', 'open', '--text', 'Leitung']).out.includes('all workspaces'), 'incident open of everybody');
ok(run(['incident', 'open']).status === 2 && run(['incident', 'open', '--workspace', 'nobody', '--text', 'x']).status === 4, 'incident open wants a text and an agency that there is');
ok(run(['incident', 'close', String(fault.json?.incident), '--json']).json?.open === false, 'incident close');
ok(run(['incident', 'close', String(fault.json?.incident), '--json']).fault?.code === 'incident.closed', 'once');
ok(run(['incident', 'list', '--json']).json?.map((i) => i.open).join() === 'true,false', 'incident list');
ok(/Platte voll/.test(run(['incident', 'list']).out), 'incident list for people');

// --- people --------------------------------------------------------------------------------------------------
const word = 'ein wirklich langes Wort';
const mara = ['--workspace', 'lotse', '--login', 'mara'];
const addMara = (login, group, secret) => run(['user', 'add', '--workspace', 'lotse', '--login', login, '--group', group, '--password-stdin', '--json'], { input: secret });
const added = addMara('mara', 'administrator', `${word}\n`);
ok(added.status === 0 && added.json?.login === 'mara' && added.json.state === 'active', 'user add', added);
ok(addMara('mara', 'administrator', word).status === 5, 'a log-in name is given once');
ok(addMara('jan', 'administrator', 'kurz').status === 2, 'a short password is refused');
ok(addMara('jan', 'emperor', word).status === 2, 'a group that there is not');
ok(addMara('jan', 'time_recorder_1', word).status === 0, 'another person');
const uses = run(['key', 'log', '--workspace', 'lotse', '--json']).json.rows;
ok(uses.reduce((sum, r) => sum + (r.seal ?? 0), 0) >= 2 && uses.every((r) => r.unwraps > 0), 'the passwords that were sealed are in the key log', uses);
const list = run(['user', 'list', '--workspace', 'lotse', '--json']);
ok(list.json?.length === 2 && !JSON.stringify(list.json).includes(word), 'user list', list);
const lastHead = run(['user', 'lock', ...mara, '--json']);
ok(lastHead.status === 5, 'the last administrator cannot be locked', lastHead);
ok(run(['user', 'lock', '--workspace', 'lotse', '--login', 'jan']).status === 0, 'user lock');
ok(run(['user', 'list', '--workspace', 'lotse', '--json']).json?.find((p) => p.login === 'jan').state === 'locked', 'is seen');
ok(run(['user', 'unlock', '--workspace', 'lotse', '--login', 'jan']).status === 0, 'user unlock');
ok(run(['user', 'lock', '--workspace', 'lotse', '--login', 'nobody']).status === 4, 'nobody of that name: status 4');
const operator = run(['user', 'add', '--workspace', 'system', '--login', 'wart', '--group', 'operator', '--password-stdin', '--json'], { input: word });
ok(operator.status === 0, 'an operator of the console', operator);

// --- rights ----------------------------------------------------------------------------------------------
const rights = run(['rights', '--json']);
ok(rights.json?.groups?.length === 8 && rights.json.agency.every((r) => r.path.startsWith('/') && r.right), 'rights --json', rights);
const text = run(['rights'], { env: { KONTOR_DIR: '/nonexistent' } });
ok(text.status === 0 && /^POST +\/zeiten +time\.write +time\.added$/m.test(text.out), 'rights needs no installation');
const written = fs.readFileSync(path.join(process.argv[3], 'doc/rights.txt'), 'utf8');
ok(text.out === written, 'doc/rights.txt is what the tables say (else: ./dev rights)');

console.log(`1..${n}`);
process.exit(failed === 0 ? 0 : 1);
