// links.mjs: one-time links by mail, over HTTP and a real mail server, with a clock that the tests move: a
// forgotten password, an administrator who starts a new one, invitations, and the commands beside them.
import { spawnSync } from 'node:child_process';
import { MailOffice } from '../lib/mail_office.mjs';
import { finish, has, hasNot, is, skip, test } from '../lib/tap.mjs';

if (spawnSync('/usr/bin/python3', ['-c', 'import aiosmtpd']).status !== 0) {
  skip('mail: python3-aiosmtpd is not installed');
  finish();
  process.exit(0);
}

const good = 'Nebelhorn Förde vier Krabben';
const other = 'Möwen zanken um Brötchenreste';
const third = 'Trocken rudert die Kirchturmuhr';
const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const bare = (html) => html.replace(/name="(csrf|once)" value="[^"]*"/g, '');

const o = await MailOffice.start();
const { server, box, host } = o;
const wait = (seconds) => o.wait(seconds);
const browser = (name) => o.browser(name);
const signIn = (login, password, c) => o.signIn(login, password, c);
const forgot = (login, c = browser()) => c.submit('/anmelden/passwort', '/anmelden/passwort', { login });
const mails = (to, subject, n) => o.mails(to, subject, n);
const linkOf = (m) => o.linkOf(m);
const settled = () => o.settled();
const reset = (path, password, c = browser('agentur.localhost')) => c.submit(path, path, { password });

let admin, mara;
const enrol = (c) => o.enrol(c);
const code = (c, secret) => o.code(c, secret);
// A person with an address, entered by the administrator.
async function person(login, email) {
  const { id } = server.addUser(login, 'time_recorder_2', good, 'agentur');
  if (email) {
    const r = await admin.submit(`/personen/${id}`, `/personen/${id}`, { email, first_name: login, last_name: 'Harms' });
    is(r.status, 303, plain(r.text).slice(0, 300));
  }
  return id;
}

try {
  server.addUser('mara', 'administrator', good, 'agentur');
  admin = browser();
  await signIn('mara', good, admin);
  mara = await enrol(admin);
  const jette = await person('jette', 'jette@linden.example');
  await person('piet');
  for (const login of ['lene', 'bo', 'nele']) await person(login, `${login}@linden.example`);
  server.cli(['user', 'lock', '--workspace', 'agentur', '--login', 'lene', '--json']);

  await test('reset: the sign-in page leads to it; it asks for the name and never for an address', async () => {
    has((await browser().get('/anmelden')).text, 'href="/anmelden/passwort"');
    const page = (await browser().get('/anmelden/passwort')).text;
    has(page, 'autocomplete="username"');
    hasNot(page, 'type="email"');
  });

  await test('reset: known, unknown, locked, without address, an address typed as name: one answer, byte for byte', async () => {
    const ask = async (login) => {
      const c = browser();
      const r = await forgot(login, c);
      return `${r.status} ${r.headers.location} ${r.text} ${bare((await c.get(r.headers.location)).text)}`;
    };
    const known = await ask('jette');
    has(known, '303 /anmelden/passwort?gesendet=1');
    has(known, 'Gibt es ein Konto mit diesem Namen');
    for (const login of ['niemand', 'lene', 'piet', 'jette@linden.example']) is(await ask(login), known, login);
    await mails('jette@linden.example', 'Neues Passwort', 1);
    await settled();
    is(box.messages.filter((m) => m.headers.subject.includes('Neues Passwort')).length, 1, 'one mail, to whoever has account and address');
  });

  let path;
  await test('reset: the mail has a link to the configured name, says what to do, and neither log-in name nor business', async () => {
    const [m] = await mails('jette@linden.example', 'Neues Passwort', 1);
    path = linkOf(m);
    is(/^\/anmelden\/passwort\/[A-Za-z0-9_-]{43}$/.test(path), true, m.text);
    for (const x of ['Guten Tag jette Harms,', 'gilt einmal', 'müssen Sie nichts tun', 'zweiten Faktor ersetzt der Link nicht']) has(m.text, x);
    is((m.text.match(/https:/g) || []).length, 1, 'one link');
    const { name } = server.cli(['workspace', 'list', '--json']).find((w) => w.slug === 'agentur');
    is(m.headers.subject, `Neues Passwort für Ihr Konto bei ${name}`, 'the name that was registered, while the agency entered none');
  });

  await test('reset: opened again and again it does nothing; passwords that are none are refused with their sentence', async () => {
    const c = browser('agentur.localhost');
    for (let i = 0; i < 3; i++) is((await c.get(path)).status, 200);
    const page = (await c.get(path)).text;
    hasNot(page, 'jette');
    for (const [password, sentence] of [['kurz', 'zu kurz'], ['qwertzuiopasdfgh', 'auf Listen'], ['jette.Harms.1984', 'aus Ihrem Namen'], ['aB3 '.repeat(33), 'zu lang']]) {
      const r = await reset(path, password);
      is(r.status, 422, password);
      has(r.text, sentence);
    }
    is((await signIn('jette', good)).status, 303, 'the old password holds meanwhile');
  });

  await test('reset: a new password ends every session and signs nobody in', async () => {
    const open = browser();
    await signIn('jette', good, open);
    is((await open.get('/konto')).status, 200);
    const c = browser('agentur.localhost');
    const r = await reset(path, other, c);
    is(r.status, 303, plain(r.text).slice(0, 300));
    is(r.headers.location.split('?')[0], '/anmelden');
    is((await c.get('/konto')).headers.location?.split('?')[0], '/anmelden', 'nobody is signed in');
    is((await open.get('/konto')).headers.location?.split('?')[0], '/anmelden', 'the session of before');
    is((await signIn('jette', good)).status, 422);
    is((await signIn('jette', other, c)).status, 303);
    const told = (await c.get('/konto/hinweise')).text;
    has(told, 'über einen Link aus einer E-Mail');
    has((await c.get('/konto/sicherheit')).text, 'Neues Passwort angefordert');
    const [m] = await mails('jette@linden.example', 'Sicherheitshinweis', 1);
    hasNot((await mails('jette@linden.example', 'Sicherheitshinweis', 1)).map((x) => x.text).join(), 'http');
    void m;
  });

  await test('reset: a link is good once, thirty minutes, and as long as the password is the one it was', async () => {
    is((await browser('agentur.localhost').get(path)).status, 404, 'used');
    const next = async () => {
      const before = (await mails('jette@linden.example', 'Neues Passwort', 0)).length;
      wait(3600);
      await forgot('jette');
      return linkOf((await mails('jette@linden.example', 'Neues Passwort', before + 1)).at(-1));
    };
    const late = await next();
    wait(29 * 60);
    is((await browser('agentur.localhost').get(late)).status, 200);
    wait(62);
    is((await browser('agentur.localhost').get(late)).status, 404, 'too old');
    const bound = await next();
    const c = browser();
    await signIn('jette', other, c);
    is((await c.submit('/konto/passwort', '/konto/passwort', { old_password: other, password: third })).status, 303);
    is((await browser('agentur.localhost').get(bound)).status, 404, 'another password by now');
    is((await browser('agentur.localhost').get(path.replace(/.$/, (x) => (x === 'A' ? 'B' : 'A')))).status, 404);
    is((await browser('agentur.localhost').get(bound.replace('/anmelden/passwort/', '/einladung/'))).status, 404, 'not for something else');
  });

  await test('reset: the second factor is asked all the same', async () => {
    wait(3600);
    const c = browser();
    await signIn('bo', good, c);
    const secret = await enrol(c);
    await forgot('bo');
    const at = linkOf((await mails('bo@linden.example', 'Neues Passwort', 1))[0]);
    has((await browser('agentur.localhost').get(at)).text, 'Mindestens 8');
    const b = browser('agentur.localhost');
    is((await reset(at, other, b)).status, 303);
    is((await signIn('bo', other, b)).headers.location, '/anmelden/code');
    is((await b.get('/konto')).headers.location, '/anmelden/code');
    is((await code(b, secret)).headers.location, '/');
  });

  await test('reset: at most three mails an hour, never an hour without a good link, and the owner reads why', async () => {
    const all = () => box.messages.filter((m) => m.to.join() === 'nele@linden.example' && m.headers.subject.includes('Neues Passwort'));
    for (let i = 0; i < 5; i++) await forgot('nele');
    await settled();
    is(all().length, 2);
    wait(31 * 60);
    for (let i = 0; i < 3; i++) await forgot('nele');
    await settled();
    is(all().length, 3, 'the third when the others had ended');
    is((await browser('agentur.localhost').get(linkOf(all()[2]))).status, 200);
    const c = browser();
    await signIn('nele', good, c);
    has((await c.get('/konto/sicherheit')).text, 'Kein Link verschickt');
  });

  await test('reset: asking counts for the network; the thirty-first within 15 minutes waits', async () => {
    wait(3600);
    for (let i = 0; i < 30; i++) is((await forgot(`name${i}`)).status, 303, `${i}`);
    const r = await forgot('jette');
    is(r.status, 429);
    has(r.text, 'Bitte warten Sie');
    wait(15 * 60);
    is((await forgot('jette')).status, 303);
  });

  await test('reset: an administrator starts it; she proves herself, and never sees the link', async () => {
    wait(3600);
    admin = browser();
    await signIn('mara', good, admin);
    await code(admin, mara);
    const before = (await mails('jette@linden.example', 'Neues Passwort', 0)).length;
    const press = () => admin.submit(`/personen/${jette}`, `/personen/${jette}/passwort`);
    wait(301);
    is((await press()).status, 403);
    is((await admin.submit('/konto/nachweis', '/konto/nachweis', { password: good })).status, 303);
    const r = await press();
    is(r.status, 303);
    const page = (await admin.get(r.headers.location)).text;
    has(page, 'per E-Mail unterwegs');
    hasNot(page, '/anmelden/passwort/');
    const all = await mails('jette@linden.example', 'Neues Passwort', before + 1);
    is((await browser('agentur.localhost').get(linkOf(all.at(-1)))).status, 200);
    is((await browser().submit('/anmelden', '/anmelden', { login: 'jette', password: third })).status, 303, 'the old password still holds');
    const piet = server.cli(['user', 'list', '--workspace', 'agentur', '--json']).find((u) => u.login === 'piet').id;
    const none = await admin.submit(`/personen/${piet}`, `/personen/${piet}/passwort`);
    is(none.status, 409);
    has(none.text, 'keine E-Mail-Adresse');
  });

  await test('reset: the command issues a link and sets nothing; the person is told', async () => {
    const out = server.cli(['user', 'reset-password', '--workspace', 'agentur', '--login', 'piet', '--json']);
    is(out.url.startsWith(`${host}/anmelden/passwort/`), true, out.url);
    const c = browser();
    is((await signIn('piet', good, c)).status, 303, 'nothing is set');
    has((await c.get('/konto/hinweise')).text, 'Wer Kontor betreibt, hat für Ihr Konto einen Link');
    is((await reset(out.path, other)).status, 303);
    is((await signIn('piet', other)).status, 303);
    const shown = server.cli(['user', 'reset-password', '--workspace', 'agentur', '--login', 'piet'], { raw: true }).stdout;
    has(shown, `${host}/anmelden/passwort/`);
    const run = (...a) => server.cli(['user', 'reset-password', '--workspace', 'agentur', ...a, '--json'], { any: true }).status;
    is(run('--login', 'niemand'), 4);
    is(run('--login', 'lene'), 5, 'locked');
    is(run('--login', 'piet', '--mail'), 5, 'no address');
    const before = (await mails('bo@linden.example', 'Neues Passwort', 0)).length;
    const mailed = server.cli(['user', 'reset-password', '--workspace', 'agentur', '--login', 'bo', '--mail', '--json']);
    is(mailed.mailed, 1);
    is(JSON.stringify(mailed).includes('/anmelden/passwort'), false);
    await mails('bo@linden.example', 'Neues Passwort', before + 1);
  });

  await test('address: a second one counts when its mailbox confirmed it; changing it wants a fresh proof and is told to the former', async () => {
    const c = browser();
    await signIn('piet', other, c);
    wait(301);
    const enter = (second_email) => c.submit('/konto/adresse', '/konto/adresse', { second_email });
    is((await enter('piet@linden.example')).status, 403);
    is((await c.submit('/konto/nachweis', '/konto/nachweis', { password: other })).status, 303);
    const no = await enter('kein at');
    is(no.status, 422);
    has(no.text, 'Das ist keine E-Mail-Adresse');
    is((await enter('piet@linden.example')).status, 303);
    has((await c.get('/konto/adresse')).text, 'Eine Bestätigung steht aus');
    hasNot((await c.get('/konto/hinweise')).text, 'piet@linden.example');
    const [m] = await mails('piet@linden.example', 'Adresse bestätigen', 1);
    const at = linkOf(m);
    const b = browser('agentur.localhost');
    has((await b.get(at)).text, 'piet@linden.example');
    is((await b.submit(at, at)).status, 303);
    is((await b.get('/konto')).headers.location.split('?')[0], '/anmelden', 'nobody is signed in');
    is((await b.get(at)).status, 404);
    has((await c.get('/konto/hinweise')).text, 'Diese Hinweise gehen auch an piet@linden.example');
    has((await c.get('/konto/notfall')).text, 'Hinweise zu Ihrem Konto gehen an piet@linden.example.');
    await mails('piet@linden.example', 'Sicherheitshinweis', 1);
    await enter('zwei@linden.example');
    const next = linkOf((await mails('zwei@linden.example', 'Adresse bestätigen', 1))[0]);
    is((await b.submit(next, next)).status, 303);
    await mails('piet@linden.example', 'Sicherheitshinweis', 2);
    await mails('zwei@linden.example', 'Sicherheitshinweis', 1);
    wait(31 * 60); // the links that the command issued have ended
    await forgot('piet');
    await mails('zwei@linden.example', 'Neues Passwort', 1);
    is((await c.submit('/konto/nachweis', '/konto/nachweis', { password: other })).status, 303);
    is((await c.submit('/konto/adresse', '/konto/adresse/entfernen')).status, 303);
    await mails('zwei@linden.example', 'Sicherheitshinweis', 2);
    has((await c.get('/konto/hinweise')).text, 'gehört keine E-Mail-Adresse');
  });

  await test('invitation: goes by mail when there is an address, is shown when there is none', async () => {
    is((await admin.submit('/konto/nachweis', '/konto/nachweis', { password: good })).status, 303);
    const r = await admin.submit('/personen/neu', '/personen', { first_name: 'Jördis', last_name: 'Sandweg', group_no: '2', email: 'joerdis@linden.example' });
    is(r.status, 303, plain(r.text).slice(0, 300));
    const page = (await admin.get(r.headers.location)).text;
    has(page, 'Die Einladung ist per E-Mail unterwegs');
    hasNot(page, '/einladung/');
    const [m] = await mails('joerdis@linden.example', 'Ihr Zugang zu Kontor', 1);
    for (const x of ['Guten Tag Jördis Sandweg,', 'gilt einmal', 'Erwarten Sie keinen Zugang']) has(m.text, x);
    const path = linkOf(m);
    const c = browser('agentur.localhost');
    is((await c.submit(path, path, { login: 'jördis', password: other })).status, 303);
    is((await c.get('/konto')).status, 200);
    const shown = await admin.submit('/personen/neu', '/personen', { first_name: 'Ole', last_name: 'Brandt', group_no: '2' });
    is(shown.status, 200);
    has(shown.text, `${host}/einladung/`);
  });

  await test('invitation: the command invites and sends; a new link ends the one before', async () => {
    const run = (...a) => server.cli(['user', 'invite', '--workspace', 'agentur', ...a, '--json'], { any: true });
    const first = JSON.parse(run('--group', 'team_leader', '--name', 'Esra Lindgarten', '--email', 'esra@linden.example').stdout);
    is(first.state, 'invited');
    is(first.url.startsWith(`${host}/einladung/`), true, first.url);
    const again = JSON.parse(run('--id', String(first.id), '--mail').stdout);
    is(again.mailed, 1);
    is(again.url, undefined);
    is((await browser('agentur.localhost').get(first.path)).status, 404);
    const [m] = await mails('esra@linden.example', 'Ihr Zugang zu Kontor', 1);
    is((await browser('agentur.localhost').get(linkOf(m))).status, 200);
    is(run('--id', 'x').status, 2);
    is(run('--id', '98765').status, 4);
    is(run('--group', 'operator').status, 2);
    is(run().status, 2);
    is(run('--group', 'team_leader', '--name', 'Ohne', '--mail').status, 5, 'no address');
  });
} finally {
  await o.stop();
}
finish();
