// systemd_test.mjs: kontor serve as a service: sockets handed over (LISTEN_FDS), start and end told
// (NOTIFY_SOCKET), no network and no more capabilities than packaging/kontor.service leaves. The place
// of systemd is taken by launch.c. Arguments: folder of kontor, launch, packaging/. TAP on stdout.
import { spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as https from 'node:https';
import * as os from 'node:os';
import * as path from 'node:path';
import { freePorts } from '../lib/ports.mjs';
import { test, skip, finish, is, has } from '../lib/tap.mjs';

const [bin, launch, packaging] = process.argv.slice(2);
const kontor = path.join(bin, 'kontor');
const top = fs.mkdtempSync(path.join(os.tmpdir(), 'kontor-systemd-'));
fs.chmodSync(top, 0o755);
const dir = path.join(top, 'kontor');
const [port, operatorPort] = await freePorts(2);
const env = { PATH: process.env.PATH, LANG: 'en_GB.UTF-8' };
let service = null;
for (const sig of ['SIGTERM', 'SIGINT']) process.on(sig, () => process.exit(1));
process.on('exit', () => { service?.kill('SIGTERM'); fs.rmSync(top, { recursive: true, force: true }); });

const run = (...args) => {
  const r = spawnSync(kontor, [...args, '-d', dir, '--json'], { env, encoding: 'utf8', timeout: 60000 });
  return { status: r.status, err: r.stderr, json: r.stdout ? JSON.parse(r.stdout) : null };
};
const get = (p, host) => new Promise((done, fail) => {
  https.get({ host: '127.0.0.1', port: p, path: '/anmelden', servername: host, ca: fs.readFileSync(path.join(dir, 'tls/ca.pem')),
    headers: { Host: `${host}:${p}` }, agent: false }, (r) => { r.resume(); r.on('end', () => done(r.statusCode)); }).on('error', fail);
});
const until = async (what, ms = 10000) => {
  const end = Date.now() + ms;
  while (!what() && Date.now() < end) await new Promise((r) => setTimeout(r, 20));
  return what();
};

// The walls that the unit puts up, read from the unit itself.
const unit = fs.readFileSync(path.join(packaging, 'kontor.service'), 'utf8');
const caps = unit.match(/^CapabilityBoundingSet=(.*)$/m)[1].split(' ').map((c) => c.replace('CAP_', '').toLowerCase());
const walls = process.getuid() === 0
  ? ['unshare', '--net', 'setpriv', '--no-new-privs', '--bounding-set', `-all,${caps.map((c) => `+${c}`).join(',')}`] : [];

// By a clock that nobody vouches for nothing is deleted after a gap, and what the kernel says of pools stands in /proc.
await test('the walls leave what doctor asks of the kernel: its clock, its pools, its memory', async () => {
  const filters = [...unit.matchAll(/^SystemCallFilter=(.*)$/gm)].map((m) => m[1]);
  const last = filters.findLastIndex((f) => f.startsWith('~'));
  const allowed = filters.slice(last + 1).join(' ').split(' ');
  for (const call of ['adjtimex', 'clock_adjtime']) is(allowed.includes(call), true, call);
  is(/^(ProtectClock=yes|ProcSubset=pid)$/m.test(unit), false, 'both take more than they say');
  is(/CAP_SYS_TIME/.test(unit), false, 'asked, and never set');
});
await test('init', async () => is(run('init', '--escrow', 'none').status, 0));
await test('the service starts and says so', async () => {
  fs.appendFileSync(path.join(dir, 'kontor.conf'), 'edges = 1\n');
  service = spawn(launch, [String(port), String(operatorPort), path.join(top, 'notify'), ...walls, kontor, 'serve', '-d', dir],
    { env, stdio: ['ignore', 'pipe', 'pipe'] });
  service.said = '';
  service.stdout.on('data', (d) => { service.said += d; });
  service.stderr.on('data', (d) => { service.said += d; });
  service.ended = new Promise((done) => service.on('close', done)); // and all that it said was read
  await until(() => service.said.includes('READY=1') || service.exitCode !== null);
  has(service.said, 'notify READY=1');
});
await test('browsers and operators are served over the sockets that were handed over', async () => {
  is(await get(port, 'agentur.localhost'), 200);
  is(await get(operatorPort, 'localhost'), 200);
});
await test('doctor names their addresses and the level', async () => {
  const s = run('doctor').json;
  is(s.listen, `[::]:${port}`);
  is(s.operatorListen, `[::]:${operatorPort}`);
  is(s.network, true, 'empty network');
  if (process.getuid() === 0) is(s.level, 'A');
});
await test('links carry the port that is served', async () => has(run('workspace', 'show', 'agentur').json.url, `:${port}`));
await test('commands work: an agency is added and reached', async () => {
  is(run('workspace', 'add', '--slug', 'neu').status, 0);
  is(await get(port, 'neu.localhost'), 200);
});
await test('SIGHUP is a reload', async () => {
  service.kill('SIGHUP');
  await until(() => /event=reload /.test(fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8')));
  is(await get(port, 'agentur.localhost'), 200);
});
await test('SIGTERM: the end is told, status 0', async () => {
  service.kill('SIGTERM');
  is(await service.ended, 0);
  has(service.said, 'notify STOPPING=1');
});
await test('a descriptor that is no listening socket is refused in a sentence', async () => {
  const r = spawnSync('sh', ['-c', 'LISTEN_PID=$$ LISTEN_FDS=1 exec "$@" 3</dev/null', 'sh', kontor, 'serve', '-d', dir], { env, encoding: 'utf8', timeout: 10000 });
  is(r.status, 2);
  has(r.stderr, 'cannot listen');
});
const verify = spawnSync('systemd-analyze', ['--version'], { encoding: 'utf8' });
if (verify.status === 0) {
  await test('systemd-analyze finds no fault in the units', async () => {
    const units = path.join(top, 'units');
    fs.mkdirSync(units);
    const all = fs.readdirSync(packaging).filter((f) => /\.(service|socket|timer)$/.test(f));
    is(all.length, 4, all.join());
    for (const f of all) {
      fs.writeFileSync(path.join(units, f), fs.readFileSync(path.join(packaging, f), 'utf8').replace('/usr/bin/kontor', kontor));
    }
    const r = spawnSync('systemd-analyze', ['verify', '--man=no', ...all.map((f) => path.join(units, f))], { encoding: 'utf8' });
    is(r.stderr + r.stdout, '');
  });
  // A tenth of it is the clock, which must be asked whether it is right: see "what doctor asks".
  await test('systemd-analyze security: exposure at most 2.1', async () => {
    const r = spawnSync('systemd-analyze', ['security', '--offline=yes', '--threshold=21', path.join(packaging, 'kontor.service')], { encoding: 'utf8' });
    is(r.status, 0, (r.stdout + r.stderr).split('\n').slice(-3).join(' '));
  });
} else {
  skip('systemd-analyze verify and security', 'systemd is not installed');
}
finish();
