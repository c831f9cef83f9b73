// sign_in_timing.mjs: AUTH-05 by the clock: 200 tries each of a name of nobody, a wrong password and a locked person,
// in turn, so that whatever else the machine does meets all three alike. The medians differ by less than 5 ms
// and less than 5 %. Not part of the default tests: those count hashes (test/app/sign_in_test.c).
// And the same for "Passwort vergessen?", where no hash hides anything: a name that exists, with an address, and one of
// nobody.
import { Client, totp } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { finish, is, test } from '../lib/tap.mjs';

const tries = Number(process.env.KONTOR_TRIES || 200);
const good = 'Nebelhorn Förde vier Krabben';
const wrong = 'Möwen zanken um Brötchenreste';
const median = (v) => { const s = [...v].sort((a, b) => a - b); return (s[(s.length - 1) >> 1] + s[s.length >> 1]) / 2; };

const start = Date.parse('2026-11-24T08:00:00Z');
let end; // the server's time when the last chapter was over
// A mail server that nobody is: links are made and wait.
const server = await Server.start({ now: new Date(start).toISOString(), conf: 'smtp_host = 127.0.0.1\nsmtp_port = 9\nmail_from = kontor@nordmole.example\n' });
try {
  const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
  for (const login of ['piet', 'lene']) server.addUser(login, 'time_recorder_2', good, slug);
  server.cli(['user', 'lock', '--workspace', slug, '--login', 'lene', '--json']);
  const kinds = { 'a name of nobody': ['niemand', wrong], 'a wrong password': ['piet', wrong], 'a locked person': ['lene', good] };
  const took = Object.fromEntries(Object.keys(kinds).map((k) => [k, []]));

  await test(`timing: ${tries} tries of each kind are answered alike`, async () => {
    const c = new Client(server, 'localhost');
    for (let i = 0; i < tries + 3; i++) {
      // Past every delay of the throttle, and past the day that a hundred wrong tries cost; the first rounds warm up and
      // are not counted.
      server.cli(['clock', 'set', new Date(start + (i + 1) * 1000e3 + Math.floor(i / 90) * 2 * 86400e3).toISOString(), '--json']);
      const form = Client.forms((await c.get('/anmelden')).text).find((f) => f.action === '/anmelden');
      const order = Object.entries(kinds); // each kind comes first, second and last equally often
      for (let k = 0; k < i % 3; k++) order.push(order.shift());
      for (const [kind, [login, password]] of order) {
        const begin = process.hrtime.bigint();
        const r = await c.send(form, '/anmelden', { login, password });
        const ms = Number(process.hrtime.bigint() - begin) / 1e6;
        is(r.status, 422, kind);
        if (i >= 3) took[kind].push(ms);
      }
    }
  });

  await test('timing: the medians differ by less than 5 ms and 5 %', () => {
    const m = Object.entries(took).map(([kind, v]) => [kind, median(v)]);
    for (const [kind, ms] of m) console.log(`# ${kind}: median ${ms.toFixed(2)} ms of ${took[kind].length}`);
    const all = m.map(([, ms]) => ms);
    const apart = Math.max(...all) - Math.min(...all);
    is(apart < 5 && apart / Math.min(...all) < 0.05, true, `${apart.toFixed(2)} ms apart`);
  });

  // Each try asks the key manager about a code, three a round, and it answers 120 a minute.
  const few = Math.min(tries, 32);
  await test(`timing: on one form (SES-06), ${few} tries of whatever is wrong take as long`, async () => {
    const at = '/einstellungen/anmeldung';
    const enrol = async (c) => {
      const to = (await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', { name: 'Telefon' })).headers.location.split('?')[0];
      const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await c.get(to)).text)[1];
      is((await c.submit(to, to, { code: totp(secret, set) })).status, 303);
    };
    let set = start + (tries + 5) * 1000e3 + Math.ceil(tries / 90) * 2 * 86400e3;
    const go = (ms) => { set = ms; server.cli(['clock', 'set', new Date(ms).toISOString(), '--json']); };
    go(Math.ceil(set / 30000) * 30000 + 1000);
    server.addUser('mara', 'administrator', good, slug);
    server.addUser('otto', 'time_recorder_2', good, slug);
    const otto = new Client(server, 'localhost');
    await otto.signIn('otto', good);
    await enrol(otto);
    const mara = new Client(server, 'localhost');
    await mara.signIn('mara', good);
    await enrol(mara);
    is((await mara.submit(at, `${at}/homebanking/ein`)).status, 303);
    const kinds = { 'a name of nobody': ['niemand', wrong], 'a wrong password': ['otto', wrong], 'a wrong code': ['otto', good] };
    const took = Object.fromEntries(Object.keys(kinds).map((k) => [k, []]));
    const c = new Client(server, 'localhost');
    for (let i = 0; i < few + 3; i++) {
      go(set + 1000e3 + (i % 18 === 17 ? 2 * 86400e3 : 0));
      const form = Client.forms((await c.get('/anmelden')).text).find((f) => f.action === '/anmelden/zusammen');
      const order = Object.entries(kinds);
      for (let k = 0; k < i % 3; k++) order.push(order.shift());
      for (const [kind, [login, password]] of order) {
        if (kind !== order[0][0]) go(set + 1000e3); // a door that closed is open again
        const begin = process.hrtime.bigint();
        const r = await c.send(form, form.action, { login, password, code: '000000' });
        const ms = Number(process.hrtime.bigint() - begin) / 1e6;
        is(r.status, 422, kind);
        if (i >= 3) took[kind].push(ms);
      }
    }
    const m = Object.entries(took).map(([kind, v]) => [kind, median(v)]);
    for (const [kind, ms] of m) console.log(`# ${kind}: median ${ms.toFixed(2)} ms of ${took[kind].length}`);
    const all = m.map(([, ms]) => ms);
    const apart = Math.max(...all) - Math.min(...all);
    is(apart < 5 && apart / Math.min(...all) < 0.05, true, `${apart.toFixed(2)} ms apart`);
    end = set;
  });

  await test(`timing: ${tries} wishes for a new password of each kind are answered alike`, async () => {
    const link = server.cli(['user', 'invite', '--workspace', slug, '--group', 'time_recorder_2', '--name', 'Jette Harms', '--email', 'jette@linden.example', '--json']).path;
    is((await new Client(server, 'localhost').submit(link, link, { login: 'jette', password: good })).status, 303);
    const took = { jette: [], niemand: [] };
    const c = new Client(server, 'localhost');
    for (let i = 0; i < tries + 3; i++) {
      server.cli(['clock', 'set', new Date(end + (i + 1) * 2000e3).toISOString(), '--json']);
      const form = Client.forms((await c.get('/anmelden/passwort')).text).find((f) => f.action === '/anmelden/passwort');
      for (const login of i % 2 ? ['jette', 'niemand'] : ['niemand', 'jette']) {
        await c.get('/anmelden/passwort'); // what the one before left to do is done
        const begin = process.hrtime.bigint();
        const r = await c.send(form, '/anmelden/passwort', { login });
        const ms = Number(process.hrtime.bigint() - begin) / 1e6;
        is(r.headers.location, '/anmelden/passwort?gesendet=1', login);
        if (i >= 3) took[login].push(ms);
      }
    }
    const m = Object.entries(took).map(([login, v]) => [login, median(v)]);
    for (const [login, ms] of m) console.log(`# ${login}: median ${ms.toFixed(2)} ms of ${took[login].length}`);
    const [a, b] = m.map(([, ms]) => ms);
    const apart = Math.abs(a - b);
    is(apart < 5 && apart / Math.min(a, b) < 0.05, true, `${apart.toFixed(2)} ms apart`);
  });
} finally {
  await server.stop();
}
finish();
