// siege.mjs: strangers can neither guess nor lock (AUTH-06): 10,000 wrong passwords for one name from 50 networks over
// a day, and its owner signs in at once on the browser she knows, and by a link on a new one.
// KONTOR_SIEGE: how many.
import { spawnSync } from 'node:child_process';
import { Client } from '../lib/client.mjs';
import { MailOffice } from '../lib/mail_office.mjs';
import { finish, has, hasNot, is, skip, test } from '../lib/tap.mjs';

if (spawnSync('/usr/bin/python3', ['-c', 'import aiosmtpd']).status !== 0) {
  skip('siege: python3-aiosmtpd is not installed');
  finish();
  process.exit(0);
}

const tries = Number(process.env.KONTOR_SIEGE || 10000);
const steps = 100; // of 15 minutes and a second
const good = 'Nebelhorn Förde vier Krabben';
const wrong = 'Möwen zanken um Brötchenreste';
const offer = 'href="/anmelden/browser"';
const bare = (html) => html.replace(/name="(csrf|once)" value="[^"]*"/g, '');

const o = await MailOffice.start();
const enter = (c, login = 'anna', password = good) => c.submit('/anmelden', '/anmelden', { login, password });
const ask = (c, login) => c.submit('/anmelden/browser', '/anmelden/browser', { login });
const asked = () => o.box.messages.filter((m) => m.headers.subject.includes('Browser freischalten'));
try {
  const { id } = o.server.addUser('anna', 'time_recorder_2', good, 'agentur');
  o.server.addUser('mara', 'administrator', good, 'agentur');
  const admin = o.browser();
  await o.signIn('mara', good, admin);
  await o.enrol(admin);
  is((await admin.submit(`/personen/${id}`, `/personen/${id}`, { email: 'anna@linden.example', first_name: 'Anna', last_name: 'Harms' })).status, 303);
  const home = o.from('192.0.2.17');
  is((await enter(home)).status, 303);
  home.jar.delete('__Host-sid');
  o.wait(3600);

  await test('siege: nobody is mailed a link that is of no use', async () => {
    const c = o.from('192.0.2.200');
    hasNot((await c.get('/anmelden')).text, offer);
    is((await ask(c, 'anna')).headers.location, '/anmelden/browser?gesendet=1');
    await o.settled();
    is(asked().length, 0);
  });

  await test(`siege: ${tries} wrong passwords for one name from 50 networks`, async () => {
    const c = o.from('');
    const form = Client.forms((await c.get('/anmelden')).text).find((f) => f.action === '/anmelden');
    const spellings = ['anna', 'ANNA', ' Anna ', 'ánna'];
    const said = {};
    const begin = Date.now();
    for (let i = 0; i < tries; i++) {
      if (i % (tries / steps) === 0) o.wait(901);
      c.address = `10.77.${i % 50}.${1 + (i % 200)}`;
      const r = await c.send(form, '/anmelden', { login: spellings[i % 4], password: wrong });
      said[r.status] = (said[r.status] || 0) + 1;
    }
    console.log(`# ${JSON.stringify(said)} in ${((Date.now() - begin) / 1000).toFixed(1)} s`);
    is(Object.keys(said).join(), '422,429');
    is(said[422], 100, 'tries that were looked at; every spelling is one name');
  });

  await test('siege: the owner signs in at once on the browser she knows, and reads what happened', async () => {
    is((await enter(home)).status, 303);
    is((await home.get('/konto')).status, 200);
    has((await home.get('/konto/hinweise')).text, 'hundertmal in Folge ein falsches Passwort');
    has((await home.get('/konto/sicherheit')).text, 'Neue Browser nur noch mit Link');
    hasNot((await o.mails('anna@linden.example', 'Sicherheitshinweis', 1)).map((m) => m.text).join(), 'http');
  });

  const fresh = o.from('198.51.100.9');
  await test('siege: a new browser is refused and offered a link, the right password or not, the name somebody\'s or nobody\'s', async () => {
    const r = await enter(fresh);
    is(r.status, 429);
    has(r.text, offer);
    has(r.text, 'brauchen Sie jetzt einen Link');
    const page = async (login) => {
      const c = o.from('198.51.100.10');
      const a = await ask(c, login);
      return `${a.status} ${a.headers.location} ${bare((await c.get(a.headers.location)).text)}`;
    };
    is(await page('niemand'), await page('Anna'));
  });

  let path;
  await test('siege: the link comes by mail and is no session', async () => {
    const [m] = await o.mails('anna@linden.example', 'Browser freischalten', 1);
    path = o.linkOf(m);
    is(/^\/anmelden\/browser\/[A-Za-z0-9_-]{43}$/.test(path), true, m.text);
    for (const x of ['meldet Sie nicht an', 'Ihr Konto ist nicht gesperrt']) has(m.text, x);
    for (let i = 0; i < 3; i++) is((await o.from('203.0.113.5').get(path)).status, 200, 'looking takes nothing');
    const r = await fresh.submit(path, path);
    is(r.status, 303);
    is(r.headers.location.split('?')[0], '/anmelden');
    is([...fresh.jar.keys()].filter((k) => /dev|sid/.test(k)).join(), '__Host-dev');
    is((await fresh.get('/konto')).headers.location.split('?')[0], '/anmelden');
    is((await fresh.get(path)).status, 404, 'taken once');
  });

  await test('siege: with it the owner signs in at once; others still wait, and a wrong password stays wrong', async () => {
    is((await enter(fresh, 'anna', wrong)).status, 422);
    is((await enter(fresh)).status, 303);
    is((await fresh.get('/konto')).status, 200);
    has((await fresh.get('/konto/hinweise')).text, 'über einen Link aus einer E-Mail für Ihr Konto freigeschaltet');
    is((await enter(o.from('198.51.100.77'))).status, 429);
  });

  await test('siege: it is no lock: after a day without tries a new browser needs no link', async () => {
    o.wait(24 * 3600);
    is((await enter(o.from('198.51.100.78'))).status, 303);
  });

  await test('siege: an address is no log-in name: it signs nobody in and nobody can choose it', async () => {
    is((await enter(o.from('203.0.113.80'), 'anna@linden.example')).status, 422);
    const link = o.server.cli(['user', 'invite', '--workspace', 'agentur', '--group', 'team_leader', '--name', 'Ole Brandt', '--json']).path;
    for (const login of ['ole@linden.example', 'ole＠linden.example', ' OLE@linden']) {
      const r = await o.browser('agentur.localhost').submit(link, link, { login, password: wrong });
      is(r.status, 422, login);
      has(r.text, 'Bitte keine E-Mail-Adresse');
    }
    is((await o.browser('agentur.localhost').submit(link, link, { login: '@ole', password: wrong })).status, 303);
  });
} finally {
  await o.stop();
}
finish();
