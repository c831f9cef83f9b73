// own.mjs: a workspace's own mail server, in a network of the test's own, where "public" addresses lead to servers of
// the test and every first packet is seen: what is named and switched on is reached, and nothing else, ever.
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Mailbox, certificates } from '../lib/mailbox.mjs';
import { Server } from '../lib/server.mjs';
import { World, password } from '../lib/world.mjs';
import { finish, has, hasNot, is, skip, test } from '../lib/tap.mjs';

const PUBLIC = '9.9.9.9'; // inside of this test's network only
const PRIVATE = '10.9.9.9';
const run = (...a) => spawnSync(a[0], a.slice(1), { encoding: 'utf8' });

if (!process.env.KONTOR_OWN_NET) {
  const why = run('/usr/bin/python3', '-c', 'import aiosmtpd').status !== 0 ? 'python3-aiosmtpd is not installed'
    : process.getuid() !== 0 || run('unshare', '-n', '-m', 'ip', 'link', 'set', 'lo', 'up').status !== 0
      ? 'a network of its own needs root, unshare and iproute2' : null;
  if (why) {
    skip('own mail server', why);
    finish();
  } else {
    const r = spawnSync('unshare', ['-n', '-m', '--propagation', 'private', process.execPath, process.argv[1]],
      { stdio: 'inherit', env: { ...process.env, KONTOR_OWN_NET: '1' } });
    process.exitCode = r.status ?? 1;
  }
} else {
  await main();
}

async function main() {
  const dir = mkdtempSync(join(tmpdir(), 'kontor-own-'));
  chmodSync(dir, 0o755);
  const certs = certificates(dir, 'mail', 'DNS:mail.linden.example,DNS:both.linden.example,DNS:inside.linden.example');
  const others = certificates(dir, 'other', 'IP:127.0.0.1');
  for (const f of [...Object.values(certs), ...Object.values(others)]) chmodSync(f, 0o644);
  const over = (path, text) => {
    const file = join(dir, path.replace(/\//g, '-'));
    writeFileSync(file, text);
    is(run('mount', '--bind', file, path).status, 0, path);
  };
  run('ip', 'link', 'set', 'lo', 'up');
  for (const a of [PUBLIC, PRIVATE]) is(run('ip', 'route', 'add', 'local', `${a}/32`, 'dev', 'lo').status, 0, a);
  over('/etc/hosts', `127.0.0.1 localhost\n${PUBLIC} mail.linden.example\n${PRIVATE} inside.linden.example\n${PUBLIC} both.linden.example\n${PRIVATE} both.linden.example\n`);
  over('/etc/resolv.conf', '');
  over('/etc/nsswitch.conf', 'hosts: files\n');
  over('/etc/ssl/certs/ca-certificates.crt', readFileSync(certs.ca));
  writeFileSync(join(dir, 'password'), 's3cret-for-tests\n', { mode: 0o600 });
  const seen = await sniff();
  const conf = `smtp_host = 127.0.0.1\nsmtp_port = 2525\nsmtp_user = kontor\nsmtp_password_file = ${join(dir, 'password')}
smtp_ca = ${others.ca}\nmail_from = kontor@betreiber.example\n`;
  const boxes = [];
  const box = async (...a) => { const b = await Mailbox.start(...a); boxes.push(b); return b; };
  let server;
  try {
    await test('own: without a mail server nothing goes anywhere, whatever happens on the pages', async () => {
      server = await Server.start({});
      const c = await enter();
      for (const path of ['/', '/konto/hinweise', '/einstellungen/verbindungen', '/einstellungen/postausgang']) is((await c.get(path)).status, 200, path);
      is(seen.lines().join(), '', 'first packets');
      await server.halt();
      rmSync(server.dir, { recursive: true, force: true });
    });

    server = await Server.start({ conf: `${conf}workspace_mail = 1\n` });
    const log = () => readFileSync(join(server.dir, 'k', 'log', 'kontor.log'), 'utf8');
    const at = '/einstellungen/verbindungen';
    const form = `${at}/mailserver`;
    const named = { host: 'mail.linden.example', port: 465, target_login: 'kontor', password: 's3cret-for-tests', sender: 'buero@linden.example',
      provider: 'Linden Hosting GmbH', country: 'Deutschland', contract_state: 1 };
    const operators = await box(2525, others, 'tls');
    const c = await enter('mara@linden.example');
    const testMail = async () => is((await c.submit(at, '/einstellungen/postausgang/test')).status, 303, 'test mail');
    const name = async (change) => {
      const r = await c.submit(form, form, { ...named, ...change });
      is(r.status, 303, r.text.replace(/<[^>]*>/g, ' ').slice(0, 500));
    };
    const switchOn = async () => is((await c.submit(at, `${form}/einschalten`, { confirmed: 1 })).status, 303, 'on');
    const doctor = () => server.cli(['doctor'], { raw: true }).stdout;
    const outbox = async () => (await c.get('/einstellungen/postausgang')).text;
    await test('own: until one is switched on, mail goes through the operator’s', async () => {
      await testMail();
      await until(() => tests(operators).length === 1);
      await name({});
      await testMail();
      await until(() => tests(operators).length === 2);
      is(seen.lines().join(), '', 'first packets');
    });

    const theirs = await box(465, certs, 'tls', PUBLIC);
    await test('own: switched on, mail leaves through it: verified, logged in, from the agency’s address', async () => {
      await switchOn();
      await testMail();
      await until(() => tests(theirs).length === 1);
      const m = tests(theirs)[0];
      is(m.tls, 'TLSv1.3');
      is(m.login, true);
      is(m.from, 'buero@linden.example');
      is(m.to.join(), 'mara@linden.example');
      is(tests(operators).length, 2, 'the operator’s');
      await until(async () => (await outbox()).includes('mail.linden.example:465 · TLSv1.3'));
      const page = (await c.get(at)).text;
      has(page, 'Der Server spricht mit 2 Zielen.');
      has(page, 'AV-Vertrag liegt vor');
      hasNot(page + await outbox(), 's3cret');
      hasNot(log(), 's3cret');
      has(log(), 'key.target_sealed ws=1');
      has(log(), 'to=mail.linden.example:465');
    });

    await test('own: exactly one destination appeared, the one on the page', () => {
      is(seen.lines().join(), `tcp ${PUBLIC} 465`);
    });

    await test('own: switched off, nothing goes through it from that moment', async () => {
      is((await c.submit(at, `${form}/ausschalten`)).status, 303);
      await testMail();
      await until(() => tests(operators).length === 3);
      is(tests(theirs).length, 1);
      is(/Der eigene Mailserver mail\.linden\.example:465 ist seit 20\S+Z ausgeschaltet; Mail geht so lange über den des Betreibers\./.test(doctor()), true, doctor());
    });

    await test('own: a name that leads inside is refused, told, and no packet goes there', async () => {
      const inside = await box(465, certs, 'tls', PRIVATE);
      for (const [host, n] of [['inside.linden.example', 1], ['both.linden.example', 2]]) {
        await name({ host });
        await switchOn();
        await testMail();
        await until(() => log().includes(`how=denied to=${host}:465`));
        if (n === 1) {
          await until(async () => (await c.get(at)).text.includes('Der Name führt zu einer Adresse, die nicht im öffentlichen Internet liegt.'));
          has((await c.get(at)).text, 'Ein Versuch wurde in 30 Tagen abgewiesen.');
          has((await c.get(at)).text, 'inside.linden.example:465');
        }
        await until(async () => (await outbox()).includes(`${host}:465: Der Name führt zu einer Adresse`));
      }
      is(/Seit 20\S+Z kommen Mails nicht hinaus\. both\.linden\.example:465: „Der Name führt zu einer Adresse, die nicht im öffentlichen Internet liegt\.“/.test(doctor()), true, doctor());
      is(inside.messages.length, 0);
      is(seen.lines().join(), `tcp ${PUBLIC} 465`);
    });

    await test('own: what waited goes when the way is right again, at the wish of the administrator', async () => {
      await name({ port: 587 });
      await switchOn();
      const starttls = await box(587, certs, 'starttls', PUBLIC);
      const ids = [...(await outbox()).matchAll(/postausgang\/(\d+)\/erneut/g)].map((m) => m[1]);
      is(ids.length, 2, 'waiting');
      for (const id of ids) is((await c.submit('/einstellungen/postausgang', `/einstellungen/postausgang/${id}/erneut`)).status, 303);
      await until(() => tests(starttls).length === 2);
      is(tests(starttls)[0].tls, 'TLSv1.3');
      hasNot(await outbox(), '/erneut"');
      starttls.stop();
    });

    await test('own: a server with a certificate of nobody gets nothing, and the outbox says why', async () => {
      const wrong = certificates(dir, 'wrong', 'DNS:mail.linden.example');
      const liar = await box(587, wrong, 'starttls', PUBLIC);
      await testMail();
      await until(async () => /Das Zertifikat des Servers stammt von niemandem/.test(await outbox()));
      is(liar.messages.length, 0);
      liar.stop();
    });

    await test('own: keymgr dies, egress dies: the next mail finds a way', async () => {
      for (const role of ['keymgr', 'egress']) {
        const pid = server.cli(['doctor', '--json', '--quick']).processes.find((p) => p.role === role)?.pid;
        if (pid) process.kill(pid, 'SIGKILL');
      }
      await name({ password: named.password });
      await switchOn();
      const before = tests(theirs).length;
      await testMail();
      await until(() => tests(theirs).length > before, 90000);
    });

    await test('own: removed, its password is gone and mail goes through the operator’s', async () => {
      is((await c.submit(at, `${form}/ausschalten`)).status, 303);
      is((await c.submit(at, `${form}/entfernen`)).status, 303);
      const before = tests(operators).length;
      await testMail();
      await until(() => tests(operators).length > before);
      is(seen.lines().sort().join(), [`tcp ${PUBLIC} 465`, `tcp ${PUBLIC} 587`].join());
    });
  } finally {
    for (const b of boxes) b.stop();
    seen.stop();
    await server?.stop();
    rmSync(dir, { recursive: true, force: true });
  }
  finish();

  async function enter(email) {
    const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
    const id = server.addUser('administrator', 'administrator', password('administrator'), slug).id;
    const c = await new World(server).enter('administrator', password('administrator'), true);
    if (email) is((await c.submit(`/personen/${id}`, `/personen/${id}`, { email, first_name: 'Mara', last_name: 'Tannhof' })).status, 303, 'address');
    return c;
  }
}

function tests(box) { return box.messages.filter((m) => m.headers.subject.includes('Testmail')); }

async function sniff() {
  const p = spawn('/usr/bin/python3', [new URL('../lib/sniffer.py', import.meta.url).pathname], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  p.stdout.on('data', (d) => { text += d; });
  await until(() => text.includes('ready'));
  return { lines: () => text.split('\n').filter((l) => l && l !== 'ready'), stop: () => p.kill('SIGKILL') };
}

async function until(ready, ms = 20000) {
  const end = Date.now() + ms;
  while (!await ready()) {
    if (Date.now() > end) throw new Error('not in time');
    await new Promise((r) => setTimeout(r, 50));
  }
}
