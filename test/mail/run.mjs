// run.mjs: mail that leaves: to a real mail server, only over TLS that was verified, after the commit, once; and
// that waits when it cannot.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Mailbox, certificates } from '../lib/mailbox.mjs';
import { freePort } from '../lib/ports.mjs';
import { Server, build } from '../lib/server.mjs';
import { World, password } from '../lib/world.mjs';
import { finish, has, hasNot, is, skip, test } from '../lib/tap.mjs';

if (spawnSync('/usr/bin/python3', ['-c', 'import aiosmtpd']).status !== 0) {
  skip('mail: python3-aiosmtpd is not installed');
  finish();
  process.exit(0);
}

const dir = mkdtempSync(join(tmpdir(), 'kontor-mail-'));
chmodSync(dir, 0o755);
const certs = certificates(dir);
const other = certificates(dir, 'other');
const port = await freePort();
writeFileSync(join(dir, 'password'), 's3cret-for-tests\n', { mode: 0o600 });
const conf = `
smtp_host = 127.0.0.1
smtp_port = ${port}
smtp_user = kontor
smtp_password_file = ${join(dir, 'password')}
smtp_ca = ${certs.ca}
mail_from = kontor@nordmole.example
`;
for (const f of [certs.ca, certs.cert, certs.key, other.cert, other.key]) chmodSync(f, 0o644);

let box;
let server = await Server.start({ conf });
const log = () => readFileSync(join(server.dir, 'k', 'log', 'kontor.log'), 'utf8');
try {
  const world = new World(server);
  const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
  server.addUser('administrator', 'administrator', password('administrator'), slug);
  const admin = await world.enter('administrator', password('administrator'), true);
  let n = 0;
  // The messages about a changed password, as soon as there are n; others (a new browser, a new address) go beside.
  const told = async (count, ms = 15000) => {
    const those = () => box.messages.filter((m) => m.text.includes('Das Passwort Ihres Kontos wurde geändert.'));
    await until(() => those().length >= count, ms);
    return those();
  };
  // A new person with an address, who then changes the password: one notice.
  const change = async (email) => {
    const login = `person${++n}`;
    const id = server.addUser(login, 'team_leader', password(login), slug).id;
    const page = `/personen/${id}`;
    const proof = await admin.submit('/konto/nachweis', '/konto/nachweis', { password: password('administrator') });
    is(proof.status, 303, 'a fresh proof');
    const r = await admin.submit(page, page, { email, first_name: 'Jette', last_name: 'Harms' });
    is(r.status, 303, `address saved: ${r.text.replace(/<[^>]*>/g, ' ').slice(0, 300)}`);
    const c = new Client(server);
    await c.signIn(login, password(login));
    const done = await c.submit('/konto/passwort', '/konto/passwort', { old_password: password(login), password: `${password(login)} neu` });
    is(done.status, 303, done.text.replace(/<[^>]*>/g, ' ').slice(0, 600));
  };

  await test('mail: waits while the server is not there, and nothing else waits for it', async () => {
    await change('jette@linden.example');
    await until(() => log().includes('mail.tried'));
  });

  await test('mail: a server with a certificate of nobody we trust gets nothing', async () => {
    box = await Mailbox.start(port, other, 'tls');
    await change('jette@linden.example');
    await until(() => (log().match(/mail.tried/g) || []).length >= 2);
    is(box.messages.length, 0);
    box.stop();
  });

  await test('mail: a server without TLS gets nothing', async () => {
    box = await Mailbox.start(port, certs, 'plain');
    const before = (log().match(/mail.tried/g) || []).length;
    await change('jette@linden.example');
    await until(() => (log().match(/mail.tried/g) || []).length > before);
    is(box.messages.length, 0);
    box.stop();
  });

  await test('mail: is delivered when the server is there again, each message once', async () => {
    box = await Mailbox.start(port, certs, 'tls');
    server.cli(['clock', 'set', new Date(Date.now() + 10 * 60 * 1000).toISOString(), '--json']);
    await change('mara@linden.example'); // wakes the post, which finds the others due
    is((await told(4)).map((m) => m.to.join()).sort().join(' '), 'jette@linden.example jette@linden.example jette@linden.example mara@linden.example');
  });

  await test('mail: over TLS 1.3, with log-in, from the address of the configuration', async () => {
    const [m] = await told(1);
    is(m.tls, 'TLSv1.3');
    is(m.login, true);
    is(m.from, 'kontor@nordmole.example');
    has(m.headers.from, '<kontor@nordmole.example>');
    has(m.headers['message-id'], '@localhost>');
  });

  await test('mail: says what happened and what to do, and has no link', async () => {
    const [m] = await told(1);
    has(m.headers.subject, 'Sicherheitshinweis zu Ihrem Konto');
    has(m.text, 'Das Passwort Ihres Kontos wurde geändert.');
    has(m.text, 'Waren Sie es nicht:');
    hasNot(m.text, 'http');
    hasNot(m.data, 'Hafenkante');
  });

  const egresses = () => spawnSync('pgrep', ['-x', 'egress'], { encoding: 'utf8' }).stdout.trim().split('\n').map(Number)
    .filter((pid) => {
      try { return pid && readlinkSync(`/proc/${pid}/exe`) === join(build, 'kontor-egress') && doors(server).includes(parentOf(pid)); } catch { return false; } // just ended
    });
  const killEgress = () => {
    const pids = egresses();
    is(pids.length, 1, 'one egress');
    process.kill(pids[0], 'SIGKILL');
  };
  await test('mail: a killed egress is born again', async () => {
    killEgress();
    await change('tarek@linden.example');
    const m = (await told(5))[4];
    is(m.to.join(), 'tarek@linden.example');
  });

  await test('mail: refused for ever is given up, put off is tried again', async () => {
    await change('never@linden.example');
    await change('later@linden.example');
    await change('esra@linden.example');
    const m = (await told(6))[5];
    is(m.to.join(), 'esra@linden.example');
    has(log(), 'how=refused');
    has(log(), 'how=later');
  });
  await test('mail: a door holds its line to master once, and egress has none of it', async () => {
    const lines = (pid) => readdirSync(`/proc/${pid}/fd`).filter((n) => Number(n) > 2).map((n) => readlinkSync(`/proc/${pid}/fd/${n}`))
      .filter((to) => to.startsWith('socket:'));
    for (const pid of doors(server)) is(lines(pid).length, 1, 'sockets of a door');
    const [egress] = egresses();
    const own = lines(egress);
    is(doors(server).flatMap(lines).filter((l) => own.includes(l)).join(), '', 'shared with a door');
    for (const n of [0, 1]) is(readlinkSync(`/proc/${egress}/fd/${n}`), '/dev/null', `descriptor ${n}`);
  });

  await test('mail: a killed door is followed by its spare, whichever dies, and mail still leaves', async () => {
    for (const email of ['ole@linden.example', 'antje@linden.example', 'fenja@linden.example']) {
      await until(() => doors(server).length === 2);
      process.kill(doors(server)[0], 'SIGKILL'); // the older: the one at work, then its successor
      await until(() => doors(server).length === 2);
      await change(email);
      await until(() => box.messages.some((m) => m.to.join() === email && m.text.includes('wurde geändert')));
    }
    has(log(), 'event=door.died');
  });

  // What is on its way when egress dies goes again, since nobody can know whether it arrived: at least once, and the
  // outbox shows it until then. Each message has one Message-ID, by which a mailbox tells a second one.
  for (const [where, what, copies] of [['rcpt', 'before its text was sent', 1], ['data', 'sent, and not taken', 1], ['twice', 'taken, and the answer lost', 2]]) {
    await test(`mail: egress is killed with a message on its way (${what}): it waits, is seen, and arrives`, async () => {
      const to = `${where}@linden.example`;
      const mine = () => box.messages.filter((m) => m.to.join() === to);
      const waits = async (words) => (await admin.get('/einstellungen/postausgang')).text.split('<tr>')
        .find((r) => r.includes(to) && r.includes('/erneut"') && r.includes(words));
      await change(to);
      await until(() => box.held.includes(where));
      is(typeof await waits('noch nicht versucht'), 'string', 'a row that waits');
      killEgress();
      await until(() => waits('Die Verbindung brach ab, bevor der Server'));
      const pressed = new Set();
      const all = () => mine().map((m) => m.headers['message-id']).sort();
      await until(async () => {
        const row = await waits('kann doppelt ankommen'); // of the next one too, when it met the egress that was dying
        const again = row && /action="([^"]+erneut)"/.exec(row)[1];
        if (again && !pressed.has(again)) is((await admin.submit('/einstellungen/postausgang', again)).status, 303, 'once more, now');
        pressed.add(again);
        return new Set(all()).size === 3 && !await waits(''); // a new address, a new browser, a new password
      });
      is(all().length, 3 + copies - 1, `messages ${all().join()}`);
    });
  }

  await test('mail: doctor says in sentences how mail stands', async () => {
    const text = () => server.cli(['doctor'], { raw: true }).stdout;
    is(/In den letzten 30 Tagen gescheiterte Mails: \d+\./.test(text()), true, text());
    has(text(), '„451 4.3.0 not now“');
    hasNot(text(), 'egress: Eine verbotene Handlung');
    box.stop();
    box = await Mailbox.start(port, other, 'tls');
    await change('karin@linden.example');
    await until(() => /zeigt ein Zertifikat, dem hier niemand traut/.test(text()));
    box.stop();
    server.cli(['clock', 'set', new Date(Date.now() + 30 * 60 * 1000).toISOString(), '--json']);
    await change('karin@linden.example');
    await until(() => /Seit 20\S+Z kommen Mails nicht hinaus\. 127\.0\.0\.1:\d+: „Der Server war nicht zu erreichen\.“/.test(text()), 60000);
    box = await Mailbox.start(port, certs, 'tls');
  });

  box.stop();
  await server.halt();

  await test('mail: STARTTLS is required, not only used', async () => {
    const tried = (log().match(/mail.tried/g) || []).length;
    box = await Mailbox.start(port, certs, 'plain');
    server = await Server.start({ dir: server.dir, conf: 'smtp_starttls = 1\n' });
    world.server = server;
    admin.server = server;
    await change('piet@linden.example');
    await until(() => (log().match(/mail.tried/g) || []).length > tried);
    is(box.messages.length, 0);
    box.stop();
    box = await Mailbox.start(port, certs, 'starttls');
    server.cli(['clock', 'set', new Date(Date.now() + 45 * 60 * 1000).toISOString(), '--json']);
    await change('piet@linden.example');
    is((await told(1, 30000))[0].tls, 'TLSv1.3');
  });

  const rowsTo = async (to) => (await admin.get('/einstellungen/postausgang')).text.split('<tr>').filter((r) => r.includes(to));
  await test('mail: what nobody takes is given up after 14 attempts, and the outbox says so', async () => {
    const seen = new Set(), asked = new Map();
    box.stop();
    await change('niemals@linden.example');
    await until(async () => { // a new address, a new browser, a new password
      const { text } = await admin.get('/einstellungen/postausgang');
      const rows = text.split('<tr>').filter((r) => r.includes('niemals@'));
      for (const r of rows) {
        const tries = /(\d+) Versuche/.exec(r)?.[1] ?? '1', again = Client.forms(r).find((f) => f.action.endsWith('erneut'));
        seen.add(tries);
        if (!again || asked.get(again.action) === tries) continue; // who asks again and again puts it off
        asked.set(again.action, tries);
        await admin.send(again, again.action); // or it was given up since this page
      }
      return rows.length === 3 && rows.every((r) => r.includes('>gescheitert<'));
    }, 120000);
    is(seen.has('13') && !seen.has('14'), true, [...seen].join());
    for (const r of await rowsTo('niemals@')) {
      has(r, 'Der Server war nicht zu erreichen.');
      hasNot(r, '/erneut');
    }
  });

  await test('mail: a text that does not open any more is given up at once, said, and holds up nothing else', async () => {
    const asked = await new Client(server).submit('/anmelden/passwort', '/anmelden/passwort', { login: `person${n}` });
    is(asked.status, 303);
    await until(async () => (await rowsTo('niemals@')).some((r) => r.includes('>wartet<')));
    await server.halt();
    const made = spawnSync(join(build, 'test/proc/old_store'), [join(server.dir, 'k'), '1', 'mail'], { encoding: 'utf8' });
    is(made.status, 0, made.stderr);
    box = await Mailbox.start(port, certs, 'starttls');
    server = await Server.start({ dir: server.dir });
    world.server = server;
    admin.server = server;
    server.cli(['clock', 'set', new Date(Date.now() + 60 * 60 * 1000).toISOString(), '--json']); // behind what was before
    await change('weiter@linden.example');
    await until(async () => (await rowsTo('niemals@')).some((r) => r.includes('Der Text ließ sich nicht mehr öffnen.') && r.includes('>gescheitert<')));
    await until(() => box.messages.some((m) => m.to.join() === 'weiter@linden.example'));
    is(box.messages.filter((m) => m.to.join() === 'niemals@linden.example').length, 0);
    has(log(), 'post.shut');
  });
  await server.halt();

  await test('mail: both doors killed at once end the server loudly, so that it is started again', async () => {
    const s = await Server.start({ conf });
    const [a, b] = doors(s);
    process.kill(s.process.pid, 'SIGSTOP');
    for (const pid of [a, b]) process.kill(pid, 'SIGKILL');
    process.kill(s.process.pid, 'SIGCONT');
    is(await s.ended !== 0, true, 'a status that systemd restarts on');
    await until(() => s.output.includes('Der Weg für ausgehende Mails ist verloren')); // its last words may come behind its end
    await s.stop();
  });

  await test('mail: without a server in the configuration there is no way out at all', async () => {
    const plain = await Server.start({});
    const said = plain.cli(['doctor'], { raw: true }).stdout;
    has(said, 'Kein Mailserver (smtp_host ist leer)');
    has(said, 'Kein Postausgang hat Rückstand.');
    const names = spawnSync('ps', ['-e', '-o', 'pid=,comm='], { encoding: 'utf8' }).stdout.split('\n')
      .filter((l) => /door|egress/.test(l) && descends(Number(l.trim().split(/\s+/)[0]), plain.process.pid));
    is(names.join(), '');
    await plain.stop();
  });
} finally {
  box?.stop();
  await server.stop();
  rmSync(dir, { recursive: true, force: true });
}
finish();

// The processes that keep the network of a server, the oldest first: copies of master, with its words. Those of one that was
// halted may be there a moment longer, and other tests have some.
function doors(of) {
  return spawnSync('ps', ['-e', '--sort=start_time', '-o', 'pid=,comm='], { encoding: 'utf8' }).stdout.split('\n')
    .filter((l) => / door$/.test(l)).map((l) => Number(l.trim().split(/\s+/)[0])).filter((pid) => {
      try { return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').includes(join(of.dir, 'k')); } catch { return false; }
    });
}

function parentOf(pid) {
  return Number(readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ')[1]);
}

function descends(pid, from) {
  while (pid > 1 && existsSync(`/proc/${pid}/stat`)) {
    if (pid === from) return true;
    pid = parentOf(pid);
  }
  return false;
}

async function until(ready, ms = 20000) {
  const end = Date.now() + ms;
  while (!await ready()) {
    if (Date.now() > end) throw new Error(`not in time: ${ready}`);
    await new Promise((r) => setTimeout(r, 50));
  }
}
