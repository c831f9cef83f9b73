// raid.mjs: a real RAID-1 under a real installation: btrfs over two loop devices, one of which is overwritten with
// noise while people write. What was acknowledged is there, doctor says what happened, and falls silent when it is
// mended; a mirror that lacks a disk is called one. Needs root and loop devices; without them it says so and is skipped.
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { World } from '../lib/world.mjs';
import { finish, has, is, skip, test } from '../lib/tap.mjs';

// In a mount namespace of its own: else every server that starts meanwhile gets a copy of our mount and holds it.
if (process.getuid() === 0 && !process.env.KONTOR_MOUNTS) {
  const r = spawnSync('unshare', ['--mount', process.execPath, process.argv[1]], { stdio: 'inherit', env: { ...process.env, KONTOR_MOUNTS: '1' } });
  process.exit(r.status ?? 1);
}

const mib = 1 << 20;
const size = 512 * mib;
const tmp = mkdtempSync(join(tmpdir(), 'kontor-raid-'));
const files = ['a', 'b'].map((n) => join(tmp, n));
const mount = join(tmp, 'mnt');
const loops = [];
let server;

const tool = (name, ...args) => spawnSync(name, args, { encoding: 'utf8' });
function must(name, ...args) {
  const r = tool(name, ...args);
  if (r.status !== 0) throw new Error(`${name} ${args.join(' ')}: ${r.stderr}${r.error ?? ''}`);
  return r.stdout.trim();
}
const attach = (file) => { loops.push(must('losetup', '--find', '--show', file)); return loops.at(-1); };
function clean() {
  tool('umount', mount);
  for (const l of loops) tool('losetup', '--detach', l);
  rmSync(tmp, { recursive: true, force: true });
}

// Why it cannot be done here; '' when it can.
function unable() {
  if (process.getuid() !== 0) return 'needs root';
  if (tool('mkfs.btrfs', '--version').status !== 0) return 'btrfs-progs is not installed';
  if (!/\bbtrfs\b/.test(readFileSync('/proc/filesystems', 'utf8'))) return 'the kernel has no btrfs';
  try { for (const f of files) { writeFileSync(f, ''); truncateSync(f, size); attach(f); } } catch (e) { return `no loop devices: ${e.message.trim()}`; }
  return '';
}

const why = unable();
if (why) {
  skip('raid: a real RAID-1', why);
  clean();
  finish();
  process.exit();
}

// The findings of doctor that begin with this.
const findings = (id) => JSON.parse(server.cli(['doctor', '--json'], { any: true }).stdout).findings.filter((f) => f.id.startsWith(id));
async function until(done) {
  for (const end = Date.now() + 10000; !done();) {
    if (Date.now() > end) throw new Error('not within 10 s');
    await new Promise((r) => setTimeout(r, 20));
  }
}
const dropCaches = () => { must('sync'); writeFileSync('/proc/sys/vm/drop_caches', '3'); };

try {
  mkdirSync(mount);
  must('mkfs.btrfs', '-q', '-d', 'raid1', '-m', 'raid1', ...loops);
  must('mount', '-o', 'noatime', loops[0], mount);
  process.env.TMPDIR = mount;
  server = await Server.start({ demo: 'S' });
  const host = `${server.cli(['workspace', 'list', '--json'])[0].slug}.localhost`;
  const [, login, password] = /Benutzername (\S+) · Passwort (\S+)/.exec(server.initOutput);
  const [, link] = /(\/einladung\/\S+)/.exec(server.initOutput.split('\n').find((l) => /8444|Betreiber/.test(l)));
  const mara = new Client(server, host);
  await mara.signIn(login, password);

  await test('raid: doctor calls a mirror one, and sees no fault', () => {
    is(findings('disk.').map((f) => `${f.id} ${f.status}`).join(), 'disk.mirror good');
    has(findings('disk.mirror')[0].text, 'btrfs');
  });

  // A company each: its name is unique and the list finds it.
  const names = [];
  let writing = true;
  const writer = async () => {
    const form = Client.forms((await mara.get('/kontakte/neu')).text).find((f) => f.action === '/kontakte/neu' || /kontakte/.test(f.action));
    for (let i = 0; writing; i++) {
      const name = `Spiegelwerk ${String(i).padStart(5, '0')}`;
      const r = await mara.send(form, form.action, { name, once: String(i).padStart(22, '0') });
      if (r.status === 303) names.push(name);
    }
  };
  const written = writer();
  const noise = openSync(files[1], 'r+');
  for (let at = 0; at < size; at += mib) {
    writeSync(noise, randomBytes(mib), 0, mib, at);
    await new Promise((r) => setImmediate(r));
    if (at % (64 * mib) === 0) { dropCaches(); await mara.get('/kontakte'); }
  }
  closeSync(noise);
  const before = names.length;
  while (names.length < before + 20) await mara.get('/healthz'); // and goes on after it
  writing = false;
  await written;
  await server.halt();
  dropCaches();
  server = await Server.start({ dir: server.dir });

  await test(`raid: each of ${names.length} acknowledged writes is there`, async () => {
    is(names.length > 40, true, 'there was a load');
    const again = new Client(server, host);
    again.jar = mara.jar;
    const there = new Set();
    for (let page = 1, text = 'Spiegelwerk'; text.includes('Spiegelwerk') && page < 100; page++) {
      text = (await again.get(`/kontakte?q=spiegelwerk&seite=${page}`)).text.replace(/<input[^>]*>/g, '');
      for (const n of text.match(/Spiegelwerk \d{5}/g) ?? []) there.add(n);
    }
    is(names.filter((n) => !there.has(n)).join(), '', 'lost');
  });

  // A scrub reads both sides; the first also mends.
  const scrub = () => { must('btrfs', 'scrub', 'start', '-B', mount); return must('btrfs', 'scrub', 'status', mount); };
  await test('raid: doctor says what happened, and that every store is sound', () => {
    const report = scrub();
    is(/Uncorrectable:\s+[1-9]/.test(report), false, report);
    const all = findings('');
    is(all.find((f) => f.id === 'disk.errors')?.status, 'bad', report);
    has(all.find((f) => f.id === 'disk.errors').text, 'btrfs scrub');
    is(all.filter((f) => f.id.startsWith('store')).map((f) => f.status).join(), 'good');
  });

  await test('raid: the operators have an alarm, and see it on their page', async () => {
    const ops = new Client({ port: server.operatorPort, ca: server.ca }, 'localhost');
    is((await ops.submit(link, link, { login: 'wache', password: 'Leuchtturm ops 47 Kiel', first_name: 'Wiebke', last_name: 'Achterberg' })).status, 303, 'the operator comes in');
    await World.enrol(ops);
    server.cli(['doctor', '--quick', '--record', '--json'], { any: true });
    const row = (await ops.get('/zustand')).text.split('<tr>').find((r) => r.includes('>disk.errors</code>')) ?? '';
    has(row, 'class="status bad"');
    has(row, 'btrfs scrub');
    has((await ops.get('/konto/hinweise')).text, 'An der Installation ist etwas dringend geworden');
  });

  await test('raid: once it is mended and counted anew, doctor falls silent', () => {
    must('btrfs', 'device', 'stats', '-z', mount);
    has(scrub(), 'no errors found');
    is(findings('disk.').map((f) => `${f.id} ${f.status}`).join(), 'disk.mirror good');
  });

  await test('raid: a mirror without its second disk is called that', async () => {
    await server.halt();
    must('umount', mount);
    // The last process that had the mount in a namespace of its own may still be ending.
    const live = join('/sys/fs/btrfs', must('blkid', '-s', 'UUID', '-o', 'value', loops[0]));
    await until(() => !existsSync(live));
    must('losetup', '--detach', loops[1]);
    await until(() => !must('losetup', '--list').includes(files[1]));
    must('btrfs', 'device', 'scan', '--forget');
    must('mount', '-o', 'degraded,noatime', loops[0], mount);
    server = await Server.start({ dir: server.dir });
    const [mirror] = findings('disk.mirror');
    is(mirror.status, 'bad', mirror.text);
    const again = new Client(server, host);
    again.jar = mara.jar;
    is((await again.get('/kontakte')).status, 200, 'people go on working');
  });
} finally {
  await server?.halt();
  clean();
}
finish();
