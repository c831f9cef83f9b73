// process_test.mjs: how processes are born, confined, connected, restarted and stopped. Real master,
// keymgr, signer, press and hash; fake_worker stands in for worker and edge and does what it is told.
// Arguments: build folder, "root" or "user". TAP on stdout.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePorts } from '../lib/ports.mjs';

const build = process.argv[2];
const asRoot = process.getuid() === 0;
const mode = process.argv[3];
if (mode === 'root' && !asRoot) {
  console.log('1..0 # SKIP needs root');
  process.exit(0);
}
const uid = mode === 'user' && asRoot ? 23456 : process.getuid();
const top = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-proc-'));
const bin = path.join(top, 'bin');
const dir = path.join(top, 'a'.repeat(60), 'b'.repeat(60)); // longer than the address of a unix socket
const kontor = path.join(bin, 'kontor');
const sanitized = spawnSync('ldd', [path.join(build, 'kontor')], { encoding: 'utf8' }).stdout.includes('libasan');
const [port, operatorPort] = await freePorts(2);

fs.mkdirSync(bin);
for (const p of ['kontor', 'kontor-archive', 'kontor-keymgr', 'kontor-press']) {
  fs.copyFileSync(path.join(build, p), path.join(bin, p));
}
for (const p of ['kontor-worker', 'kontor-edge']) {
  fs.copyFileSync(path.join(build, 'test/proc/fake_worker'), path.join(bin, p));
}
// As root the way there is closed to others, as /root is; every process must reach its files all the same.
fs.chmodSync(top, mode === 'root' ? 0o700 : 0o755);
if (uid !== process.getuid()) fs.chownSync(top, uid, uid);

for (const sig of ['SIGTERM', 'SIGINT']) process.on(sig, () => process.exit(1));
process.on('exit', () => {
  if (server && !server.ended) server.proc.kill('SIGKILL');
  fs.rmSync(top, { recursive: true, force: true });
});
let server = null;

// --- helpers ---------------------------------------------------------------------------------------
let count = 0;
let failed = 0;
function ok(good, what, detail) {
  count++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${count} - ${what}`);
  if (!good && detail !== undefined) {
    console.log('# ' + (typeof detail === 'string' ? detail : JSON.stringify(detail)).replace(/\n/g, '\n# '));
  }
  return good;
}
const env = { PATH: process.env.PATH, LANG: 'en_GB.UTF-8' };
function command(args) {
  const [first, ...rest] = [...drop, kontor, ...args];
  return [first, rest];
}
// A container may forbid user namespaces to those who are not root; Kontor then runs at level C, if told that it may.
const drop = uid === process.getuid() ? [] : ['setpriv', '--reuid', String(uid), '--regid', String(uid), '--clear-groups'];
const namespaces = spawnSync('env', [...drop, 'unshare', '--user', '--net', 'true']).status === 0;
const expected = mode === 'root' ? 'A' : namespaces ? 'B' : 'C';
function run(...args) {
  const [p, a] = command([...args, '-d', dir]);
  const r = spawnSync(p, a, { env, encoding: 'utf8', timeout: 30000 });
  let json = null;
  try { json = JSON.parse(r.stdout); } catch { /* no JSON */ }
  return { status: r.status, out: r.stdout, err: r.stderr, json };
}
const status = () => run('doctor', '--quick', '--json').json;
const act = (ws, what) => run('user', 'lock', '--workspace', ws, '--login', what, '--json');
const about = (ws) => run('user', 'list', '--workspace', ws, '--json').json?.[0];
const log = () => fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8');
const sleep = (ms) => new Promise((r) => setTimeout(r, ms));
async function until(what, ms = 5000) {
  const end = Date.now() + ms;
  for (;;) {
    const v = what();
    if (v || Date.now() > end) return v;
    await sleep(20);
  }
}
async function serve(...more) {
  const [p, a] = command(['serve', '-d', dir, '--listen', `127.0.0.1:${port}`, '--operator-listen',
    `127.0.0.1:${operatorPort}`, ...more]);
  const s = spawn(p, [...a, '--verbose'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const begun = Date.now();
  server = { proc: s, out: '', err: '', ended: null, ms: 0 };
  const mine = server;
  s.stdout.on('data', (d) => { mine.out += d; mine.ms ||= Date.now() - begun; });
  s.stderr.on('data', (d) => { mine.err += d; });
  s.on('exit', (code, signal) => { mine.ended = { code, signal }; });
  await until(() => mine.out.includes('\n') || mine.ended, 10000);
  return mine;
}
async function stop() {
  server.proc.kill('SIGTERM');
  await until(() => server.ended, 10000);
  return server.ended;
}
const procs = (role) => status().processes.filter((p) => p.role === role && p.ready);
const alive = (pid) => { try { process.kill(pid, 0); return true; } catch { return false; } };
const procStatus = (pid, key) =>
  fs.readFileSync(`/proc/${pid}/status`, 'utf8').match(new RegExp(`^${key}:\\s*(.*)$`, 'm'))[1];
const netns = (pid) => execFileSync('readlink', [`/proc/${pid}/ns/net`], { encoding: 'utf8' });

// --- init ------------------------------------------------------------------------------------------
const initResult = run('init', '--escrow', 'none', '--json');
ok(initResult.status === 0, 'init makes an installation', initResult.err + initResult.out);
ok(/^https:\/\/agentur\.localhost:8443\/./.test(initResult.json?.workspaces[0].ownerLink), 'init gives the link of the first owner', initResult.out);
ok(run('init').status === 5, 'init does not touch an installation that is there');
ok((fs.statSync(path.join(dir, 'keys')).mode & 0o777) === 0o700, 'keys/ is 0700');
ok((fs.statSync(path.join(dir, 'keys/master.key')).mode & 0o777) === 0o400, 'master.key is 0400');
ok(run('check-config').status === 0, 'the written configuration is in order');
fs.appendFileSync(path.join(dir, 'kontor.conf'), 'colour = blue\n');
const bad = run('check-config');
ok(bad.status === 2 && /line \d+: colour: unknown key/.test(bad.err), 'an unknown key is refused with its line', bad.err);
ok(run('serve').status === 2, 'and stops the start');
fs.writeFileSync(path.join(dir, 'kontor.conf'),
  fs.readFileSync(path.join(dir, 'kontor.conf'), 'utf8').replace('colour = blue\n', 'edges = 2\n') +
    (expected === 'C' ? 'accept_isolation = C\n' : ''));

for (const slug of ['nord', 'sued']) {
  const r = run('workspace', 'add', '--slug', slug);
  ok(r.status === 0, `workspace ${slug} is added`, r.err);
}

// --- one command without a server --------------------------------------------------------------------
const alone = about('nord');
ok(alone?.group === '2', 'a command without a server starts what it needs', alone);
ok(!alive(alone.id), 'and leaves no process behind');
ok(!fs.existsSync(path.join(dir, 'run/control.sock')), 'nor a socket');
ok(run('user', 'list', '--workspace', 'west').status === 4, 'an unknown workspace is not found');

// --- start -------------------------------------------------------------------------------------------
await serve();
ok(server.out.includes(`https://localhost:${port}`), 'serve says its address when all is there', server.err);
ok(server.ms < 1000, `from start to ready in ${server.ms} ms`);
const firstEdge = log().search(/child\.ready role=(edge|operator)/), names = log().search(/event=hosts /);
ok(names >= 0 && firstEdge > names, 'nobody is let in before the names of all are known', log());
const s0 = status();
ok(s0.level === expected, `isolation level ${s0.level}`, s0);
if (!sanitized) {
  ok(fs.statSync(`/proc/${server.proc.pid}/environ`).uid === 0, 'master is not dumpable: nobody of its own user looks into it');
}
ok(/Max core file size +0 +0 /.test(fs.readFileSync(`/proc/${server.proc.pid}/limits`, 'utf8')), 'and leaves no core');
const second = run('serve');
ok(second.status === 5 && /running for this installation already/.test(second.err), 'a second server for the same installation is refused', second.err);
const served = about('nord');
const other = about('sued');
ok(served.group === '2' && other.group === '3' && served.id !== other.id, 'two workspaces, two workers');
ok(served.name === `https://nord.localhost:${port}`, 'a worker knows its own address', served);
ok(about('2').id === served.id, 'a workspace is also found by its number');

// --- walls -------------------------------------------------------------------------------------------
const everybody = status().processes;
// Files and MiB of address space at most; no core, no further process or thread.
const bounds = { edge: [20000, 1024], operator: [20000, 1024], writer: [64, 256], system: [64, 256], keymgr: [20000, 256], signer: [256, 256],
  hash: [64, 128], press: [64, 512], scheduler: [64, 256] };
for (const p of everybody) {
  const text = `${p.role}${p.workspace > 0 ? ' ' + p.workspace : ''}`;
  ok(/open=(EACCES|refused) socket=refused network=\w+ trace=refused exec=refused/.test(p.probe), `${text}: forbidden acts were refused`, p.probe);
  ok(procStatus(p.pid, 'NoNewPrivs') === '1' && procStatus(p.pid, 'Seccomp') === '2', `${text}: no new privileges, filter on`);
  ok(/^0+$/.test(procStatus(p.pid, 'CapEff')) && /^0+$/.test(procStatus(p.pid, 'CapPrm')), `${text}: no capability`);
  if (asRoot && expected !== 'C') {
    ok(netns(p.pid) !== netns('self'), `${text}: not in the machine's network`);
    const fds = fs.readdirSync(`/proc/${p.pid}/fd`).length;
    ok(fds <= 16, `${text}: ${fds} descriptors`);
    const limits = fs.readFileSync(`/proc/${p.pid}/limits`, 'utf8');
    const most = (what) => Number(new RegExp(`^${what} +\\S+ +(\\S+)`, 'm').exec(limits)[1].replace('unlimited', 'Infinity'));
    const [files, mib] = bounds[p.role] ?? [0, 0]; // who is not named there has none
    ok(most('Max core file size') === 0 && (p.role === 'egress' || most('Max processes') === 0) && most('Max open files') <= files &&
      (sanitized || most('Max address space') <= mib * 2 ** 20), `${text}: its limits`, limits);
  }
}
if (mode === 'root') {
  const uids = everybody.map((p) => procStatus(p.pid, 'Uid').split(/\s+/)[0]);
  ok(uids.every((u) => Number(u) >= 40000), 'nobody runs as root', uids);
  const perWorkspace = everybody.filter((p) => p.workspace !== null).map((p) => procStatus(p.pid, 'Uid'));
  ok(new Set(perWorkspace).size === perWorkspace.length, 'each workspace has its own user id');
  ok(procStatus(s0.pid, 'CapEff') === '00000000000000e1', 'master keeps CHOWN, KILL, SETGID, SETUID', procStatus(s0.pid, 'CapEff'));
} else if (asRoot) {
  ok(/^0+$/.test(procStatus(s0.pid, 'CapEff')), 'master keeps no capability');
}
ok(act('nord', 'open').json?.errno === 13, 'a foreign file cannot be opened');
ok(act('nord', 'write').json?.errno === 0, 'the own folder can be written');
for (const call of ['socket', 'connect', 'ptrace', 'exec', 'fork', 'kill', 'truncate']) {
  const ws = ['socket', 'connect', 'ptrace'].includes(call) ? 'nord' : 'sued';
  const before = log().length;
  const r = act(ws, `sys-${call}`);
  const died = await until(() => /role=writer.*signal=31/.test(log().slice(before)));
  ok(r.status !== 0 && died, `${call} ends the process`, r.err + log().slice(before));
  await sleep(1100); // the back-off of a third death in a minute
}
await stop();

// --- helpers -----------------------------------------------------------------------------------------
await serve();
ok(act('nord', 'hash').json?.bytes === 32, 'a worker gets a password hashed');
ok(act('nord', 'qr').json?.bytes > 200, 'a worker gets a QR image');
ok(act('nord', 'seal').json?.sealed === true, 'a worker gets something sealed');
const clock = run('clock', 'set', '2031-05-06T07:08:09Z');
if (s0.testBuild) {
  ok(clock.status === 0 && about('nord').login.startsWith('2031-05-06T07:08'), 'clock set moves the clock of every process', clock.err);
  ok(about('sued').login.startsWith('2031-05-06T07:08'), 'and of those born later');
} else {
  ok(clock.status === 3 && !about('nord').login.startsWith('2031'), 'a release refuses to move the clock', clock.err);
}
act('nord', 'log');
const long = await until(() => log().split('\n').find((l) => l.includes('worker-2 xxx')));
ok(long && long.length < 4200 && /^\d{4}-\d\d-\d\dT\S+Z worker-2 x+$/.test(long), 'a long log line is cut, with time and role before it');
await stop();

// --- sudden death ------------------------------------------------------------------------------------
await serve();
about('nord');
act('nord', 'hash');
act('nord', 'qr');
for (const role of ['keymgr', 'signer', 'system', 'edge', 'operator', 'scheduler', 'writer', 'hash', 'press']) {
  const victim = procs(role)[0];
  process.kill(victim.pid, 'SIGKILL');
  const onDemand = ['writer', 'hash', 'press'].includes(role);
  if (!onDemand) {
    const again = await until(() => procs(role).find((p) => p.pid !== victim.pid));
    ok(again, `${role}: started again after kill -9`);
  } else {
    await until(() => !alive(victim.pid));
  }
  ok(act('nord', 'seal').json?.sealed === true, `${role}: the service goes on`);
}
ok(act('nord', 'hash').json?.bytes === 32, 'hash: started again on demand');
ok(act('nord', 'qr').json?.bytes > 200, 'press: started again on demand');
ok(about('nord') && status().quarantined.length === 0, 'deaths from outside do not count');

// --- as many as memory allows ------------------------------------------------------------------------
await stop();
fs.appendFileSync(path.join(dir, 'kontor.conf'), 'workers_max = 1\n');
await serve();
const early = about('nord');
const late = about('sued');
ok(late?.id !== undefined, 'the one worker too many is served');
ok(await until(() => !alive(early.id)), 'and the longest unused one ends for it');
ok(about('nord')?.id !== undefined && alive(status().pid), 'it comes back when it is asked for');

const hung = act('nord', 'hang');
ok(hung.status !== 0 && /role=writer ws=2 .*signal=14/.test(log()), 'work that hangs is ended at its deadline', hung.err);

// --- crash loop --------------------------------------------------------------------------------------
const kinds = ['segv', 'abort', 'exit3'];
let deaths = 0;
for (let i = 0; i < 200 && !status().quarantined.includes(2); i++) {
  if (act('nord', kinds[i % 3]).status !== 0) deaths++;
  if (i === 0) ok(about('sued') !== undefined, 'a crash in one workspace leaves the other alone');
  if (deaths >= 3 && i === 3) {
    ok(run('user', 'list', '--workspace', 'sued').status === 0, 'a workspace in back-off leaves the other alone');
    break;
  }
}
// A sanitizer turns the signal into a report and status 1.
ok(/role=writer ws=2 .*(signal=11|status=1$)/m.test(log()) && /status=3/.test(log()), 'every death is on the log');
const ended = await stop();
ok(ended.code === 0 && ended.signal === null, 'SIGTERM ends it with status 0', { ...ended, said: server.err.slice(-2500) });
ok(!everybody.some((p) => alive(p.pid)) && !fs.existsSync(path.join(dir, 'run/control.sock')), 'and nothing is left');

// --- below the accepted level ------------------------------------------------------------------------
if (asRoot && spawnSync('unshare', ['--user', 'true']).status !== 0) {
  console.log(`ok ${++count} - below the accepted level # SKIP no user namespaces here`);
} else if (asRoot) {
  // A user in a place where no further namespace can be made: level C. (A user namespace that maps the
  // same ids, in which the number of further ones is set to 0.)
  const holder = spawn('unshare', ['-U', 'sleep', '60'], { stdio: 'ignore' });
  await until(() => {
    try { return netns(holder.pid) && fs.readlinkSync(`/proc/${holder.pid}/ns/user`) !== fs.readlinkSync('/proc/self/ns/user'); }
    catch { return false; }
  });
  fs.writeFileSync(`/proc/${holder.pid}/uid_map`, '0 0 70000');
  fs.writeFileSync(`/proc/${holder.pid}/gid_map`, '0 0 70000');
  const inside = `echo 0 > /proc/sys/user/max_user_namespaces && exec setpriv --reuid 23456 --regid 23456 --clear-groups ${kontor} `;
  const jail = (args) => spawnSync('nsenter', ['-U', '-t', String(holder.pid),
    'sh', '-c', inside + args], { env, encoding: 'utf8', timeout: 20000 });
  const low = path.join(top, 'low');
  fs.mkdirSync(low);
  fs.chownSync(low, 23456, 23456);
  fs.chmodSync(top, 0o755);
  const lowDir = path.join(low, 'dir');
  const made = jail(`init --escrow none --json -d ${lowDir}`);
  ok(made.status === 0, 'an installation can be made at level C', made.err + made.stderr);
  jail(`workspace add --slug nord -d ${lowDir}`);
  const said = JSON.parse(jail(`doctor --json -d ${lowDir}`).stdout || '{}');
  ok(said.level === 'C' && said.findings?.some((f) => f.id === 'isolation.accepted' && f.status === 'bad'),
    'doctor says that level C is below what is accepted', JSON.stringify(said));
  const refused = jail(`serve -d ${lowDir} --listen 127.0.0.1:${port} --operator-listen 127.0.0.1:${operatorPort}`);
  ok(refused.status === 3 && /isolation does not suffice/.test(refused.stderr), 'several workspaces are not served at level C', refused.stderr);
  fs.appendFileSync(path.join(lowDir, 'kontor.conf'), 'accept_isolation = C\n');
  ok(jail(`doctor -d ${lowDir}`).stdout.includes('kontor.conf accepts isolation level C'), 'unless kontor.conf says so, which doctor repeats');
  const demo = jail(`init --demo S --json -d ${path.join(low, 'demo')}`);
  ok(demo.status === 0 && fs.readFileSync(path.join(low, 'demo/kontor.conf'), 'utf8').includes('accept_isolation = C'),
    'a demo accepts what there is', demo.stderr);
  holder.kill('SIGKILL');
  // As root in a container that may make no namespace: own user ids remain.
  const bare = path.join(low, 'bare');
  const weak = (args) => spawnSync('setpriv', ['--bounding-set', '-sys_admin', kontor, ...args, '-d', bare], { env, encoding: 'utf8' });
  weak(['init', '--escrow', 'none']);
  const weakStatus = JSON.parse(weak(['doctor', '--json']).stdout || '{}');
  ok(weakStatus.level === 'B' && weakStatus.network === false, 'root without namespaces is level B', weakStatus.level);
}

// --- the record of the key manager -----------------------------------------------------------------------
// What was handed out stands there before it is used, whoever is killed; for nobody else to read.
{
  const given = () => (fs.existsSync(path.join(dir, 'keys/log')) ? fs.readFileSync(path.join(dir, 'keys/log'), 'utf8') : '')
    .split('\n').filter((l) => / ws=0 role=system unwraps=\d+ page=1/.test(l)).length;
  const before = given();
  await serve();
  ok(given() === before + 1, 'the key that the registrar was given is in the record of the key manager', { before, now: given() });
  process.kill(procs('keymgr')[0].pid, 'SIGKILL');
  await stop();
  ok(given() === before + 1, 'which outlives it');
  const st = fs.statSync(path.join(dir, 'keys/log'));
  ok((st.mode & 0o777) === 0o600 && st.uid === fs.statSync(path.join(dir, 'keys')).uid, 'for nobody else to read', st);
}

// --- the memory of the key manager -----------------------------------------------------------------------
if ((await serve()).ended === null) {
  const { pid } = procs('keymgr')[0];
  const owner = fs.statSync(`/proc/${pid}/mem`).uid; // root's, for one that may not be dumped
  ok(/Max core file size\s+0\s+0 /.test(asRoot ? fs.readFileSync(`/proc/${pid}/limits`, 'utf8') : 'Max core file size 0 0 '), 'it leaves no core file');
  ok(procStatus(pid, 'NoNewPrivs') === '1' && procStatus(pid, 'Seccomp') === '2', 'it has no new rights and a filter');
  ok(owner === 0 || !asRoot, 'it cannot be dumped');
  ok(run('key', 'show', '--json').json?.locked === true, 'it says that its keys are locked in memory');
  let maps = null;
  try { maps = fs.readFileSync(`/proc/${pid}/smaps`, 'utf8'); } catch (e) { console.log(`# smaps: ${e.code}`); }
  const flags = [...(maps ?? '').matchAll(/^VmFlags:(.*)$/gm)].map((m) => m[1].trim().split(' '));
  if (flags.length === 0) ok(true, 'locked pages # SKIP this machine does not show the memory of others');
  else if (sanitized) ok(true, 'locked pages # SKIP a sanitizer keeps memory from being locked');
  else ok(flags.some((f) => f.includes('lo') && f.includes('dd')), 'pages are locked and left out of dumps', flags);
  // Whoever has its user id, but no rights, cannot look into it.
  const same = Number(procStatus(pid, 'Uid').split('\t')[0]);
  const peek = spawnSync(asRoot ? 'setpriv' : 'env', [...(asRoot ? ['--reuid', String(same), '--regid', String(same), '--clear-groups'] : []),
    'dd', `if=/proc/${pid}/mem`, 'bs=1', 'count=1', 'of=/dev/null'], { encoding: 'utf8' });
  ok(peek.status !== 0 && /Permission denied/.test(peek.stderr), 'its own user id cannot read its memory', peek.stderr);
}
await stop();

// --- the wrong keys ----------------------------------------------------------------------------------
const key = path.join(dir, 'keys/master.key');
const right = fs.readFileSync(key);
const keyOwner = fs.statSync(key);
function replaceKey(text, mode_) {
  fs.rmSync(key, { force: true });
  fs.writeFileSync(key, text, { mode: mode_ });
  fs.chmodSync(key, mode_);
  fs.chownSync(key, keyOwner.uid, keyOwner.gid);
}
const wrong = Buffer.from(right);
wrong[20] = wrong[20] === 0x30 ? 0x31 : 0x30;
replaceKey(wrong, 0o400);
// Start and command are refused with status 9 and the same sentence; `then` is what the person reads.
async function refused(code, then, what) {
  await serve();
  ok(server.ended?.code === 9 && then.test(server.err) && server.err.includes(`(${code}`), `${what}: the start is refused`, server.err);
  const said = run('workspace', 'list', '--json');
  ok(said.status === 9 && JSON.parse(said.err || '{}').error?.code === code, `${what}: so is a command`, said.err);
}
await refused('key.form', /damaged.*checksum/, 'a master key with a wrong digit');
replaceKey(right.subarray(0, 60), 0o400);
await refused('key.form', /damaged/, 'a master key that was cut');
replaceKey(right, 0o440);
await refused('key.mode', /chmod 0400/, 'a master key that others may read');
replaceKey(right, 0o600);
await refused('key.mode', /chmod 0400/, 'a master key that can be written');
if (asRoot) {
  replaceKey(right, 0o400);
  fs.chownSync(key, 12345, 12345);
  if (mode === 'root') await refused('key.owner', /belongs to somebody else/, 'a master key of somebody else');
}
fs.rmSync(key);
await refused('key.missing', /missing.*key restore/s, 'no master key');
const foreign = spawnSync(kontor, ['init', '--escrow', 'none', '-d', path.join(top, 'foreign')], { env, encoding: 'utf8' });
ok(foreign.status === 0, 'another installation', foreign.stderr);
replaceKey(fs.readFileSync(path.join(top, 'foreign/keys/master.key')), 0o400);
await refused('key.other', /another master key.*backup/s, 'the master key of another installation');
const ringFile = path.join(dir, 'keys/ring');
const ring = fs.readFileSync(ringFile);
replaceKey(right, 0o400);
const changed = Buffer.from(ring);
changed[60] ^= 1;
fs.writeFileSync(ringFile, changed);
await refused('key.ring', /key ring.*damaged/s, 'a changed key ring');
ok(/key ring: changed/.test(log()), 'and the log says what is wrong with it');
fs.rmSync(ringFile);
await refused('key.ring', /missing/, 'no key ring');
fs.writeFileSync(ringFile, ring);
if (asRoot) fs.chownSync(ringFile, keyOwner.uid, keyOwner.gid);
await serve();
ok(server.ended === null, 'the right ones are taken again', server.err);
const added = run('workspace', 'add', '--slug', 'ost', '--json');
ok(added.status === 0 && about('ost')?.group === '4', 'a workspace added while serving is reached at once', added.err);

// --- a new master key while agencies are served --------------------------------------------------------
const facts = () => run('key', 'show', '--json').json;
const opens = () => about('ost')?.group === '4' && run('workspace', 'list', '--json').status === 0;
const first = facts().generation;
const keymgrBefore = procs('keymgr')[0].pid;
ok(run('key', 'rotate', 'master').status === 0 && facts().generation === first + 1, 'a new master key while serving');
ok(procs('keymgr')[0]?.pid !== keymgrBefore && opens(), 'the key manager was born again, the agencies go on');
ok(fs.readFileSync(key).compare(right) !== 0 && fs.statSync(key).uid === keyOwner.uid && (fs.statSync(key).mode & 0o777) === 0o400, 'its file has the place of the former one');
ok(fs.readdirSync(path.join(dir, 'keys')).sort().join() === 'history,log,master.key,ring', 'nothing of it lies about');
await stop();
// Outside the folder of the data, in one that nobody else may enter.
const safe = path.join(top, 'safe');
fs.mkdirSync(safe, { mode: 0o700 });
const outside = path.join(safe, 'master.key');
fs.copyFileSync(key, outside);
fs.chmodSync(outside, 0o400);
if (uid !== process.getuid()) for (const f of [safe, outside]) fs.chownSync(f, uid, uid);
fs.rmSync(key);
fs.appendFileSync(path.join(dir, 'kontor.conf'), `master_key = ${outside}\n`);
await serve();
ok(server.ended === null && facts()?.path === outside && facts().mode === 'same-disk', 'a master key outside the folder of the data', server.err);
const renewed = run('key', 'rotate', 'master', '--json');
ok(renewed.status === 0 && renewed.json?.generation === first + 2 && facts().generation === first + 2 && opens(), 'is renewed there', renewed.err);
ok(fs.readdirSync(safe).join() === 'master.key' && !fs.existsSync(key), 'in its place, and nowhere else');
const spare = path.join(safe, 'spare');
ok(run('key', 'rotate', 'master', '--to', spare).status === 0, 'one is prepared');
const third = run('workspace', 'add', '--slug', 'west', '--json');
ok(third.status !== 0 && /key\.prepared/.test(third.err), 'meanwhile no agency is added', third.err);
await stop();
fs.renameSync(spare, outside);
await serve();
ok(server.ended === null && facts()?.generation === first + 3 && !facts().prepared && opens(), 'and taken by the next start', server.err);
ok(run('workspace', 'add', '--slug', 'west', '--json').status === 0, 'now the agency is added');

// --- killed while the master key is renewed --------------------------------------------------------------
// Whoever is killed, command line, key manager or master: afterwards the agencies open. More moments are
// tried by proc/generation, inside one process.
let seed = Number(process.env.KONTOR_SEED || 7);
const random = (below) => { seed = (seed * 1103515245 + 12345) % 2147483648; return seed % below; };
const rounds = Math.min(Number(process.env.KONTOR_KILLS || 9), 40);
let reached = 0;
for (let i = 0; i < rounds; i++) {
  const before = facts().generation;
  const [p, a] = command(['key', 'rotate', 'master', '-d', dir]);
  const victim = i % 3 === 0 ? null : i % 3 === 1 ? procs('keymgr')[0].pid : server.proc.pid;
  const renewing = spawn(p, a, { env, stdio: 'ignore' });
  const over = new Promise((done) => renewing.on('exit', done));
  await sleep(random(25));
  try { process.kill(victim ?? renewing.pid, 'SIGKILL'); } catch { /* it was faster */ }
  await over;
  if (victim === server.proc.pid) await until(() => server.ended);
  if (!server.ended) await stop();
  await serve();
  const now = facts()?.generation;
  if (now > before) reached++;
  if (!ok(server.ended === null && (now === before || now === before + 1) && opens(), `renewal ${i + 1}: killed, and everything opens`,
    { now, before, err: server.err })) break;
  if (facts().prepared) run('key', 'rotate', 'master', '--cancel');
}
console.log(`# of ${rounds} renewals that were killed ${reached} had come`);
await stop();

console.log(`1..${count}`);
process.exit(failed === 0 ? 0 : 1);
