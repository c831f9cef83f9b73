// sign_in_http.mjs: every way into the office and every refusal on it, over HTTP, on a server of its own whose
// clock the tests move: one-time links, passwords, throttle, second factors, recovery codes, sessions, people.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, totp } from '../lib/client.mjs';
import { Desk, good, other, plain } from '../lib/desk.mjs';
import { Server } from '../lib/server.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

// What differs between two answers by design: form tokens and once-only values.
const bare = (html) => html.replace(/name="(csrf|once)" value="[^"]*"/g, '');

export async function chapter() {
  const server = await Server.start({ now: '2026-11-24T08:00:00Z' });
  try {
    const d = new Desk(server);
    await links(d, server);
    await passwords(d, server);
    await throttle(d, server);
    await factors(d, server);
    await sessions(d, server);
    await people(d, server);
    await settings(d);
    await console_(d, server);
  } finally {
    await server.stop();
  }
}

async function links(d, server) {
  const path = /agentur\.localhost:\d+(\/einladung\/[A-Za-z0-9_-]{43})/.exec(server.initOutput)[1];
  const c = d.browser();

  await test('link: a wrong one is nothing, and tells nothing', async () => {
    const wrong = path.replace(/.$/, (x) => (x === 'A' ? 'B' : 'A'));
    is((await c.get(wrong)).status, 404);
    is((await c.get(path + 'A')).status, 404);
    is((await c.get('/einladung/kurz')).status, 404);
  });

  await test('link: all faults at once, names kept, the password never sent back', async () => {
    const r = await c.submit(path, path, { first_name: 'Mara', last_name: 'Tannhof', login: 'm', password: 'Passwort2026!!!' });
    is(r.status, 422);
    has(r.text, 'Der Benutzername braucht 2 bis 64 sichtbare Zeichen.');
    has(r.text, 'auf Listen');
    has(r.text, 'value="Tannhof"');
    hasNot(r.text, 'Passwort2026');
  });

  await test('link: short, long and obvious passwords are refused, each with its sentence', async () => {
    const refuse = async (password, sentence) => {
      const r = await c.submit(path, path, { first_name: 'Mara', last_name: 'Tannhof', login: 'mara', password });
      is(r.status, 422, password);
      has(r.text, sentence);
    };
    await refuse('gnR4;xw!pLq2vT', 'zu kurz');
    await refuse('mara.Tannhof.1984', 'aus Ihrem Namen');
    await refuse('qwertzuiopasdfgh', 'auf Listen');
    await refuse('aB3 '.repeat(33), 'zu lang');
  });

  await test('link: name and password chosen, signed in, led to the second factor', async () => {
    const r = await c.submit(path, path, { first_name: 'Mara', last_name: 'Tannhof', login: 'mara', password: good });
    is(r.status, 303, plain(r.text).slice(0, 300));
    is((await c.get('/')).headers.location.split('?')[0], '/konto/zwei-faktor');
    is((await c.get('/personen')).status, 303, 'administration before the factor is set up');
    is((await c.get('/konto')).status, 303);
    is((await c.get('/konto/sicherheit')).status, 200);
  });

  await test('link: taken once', async () => {
    is((await c.get(path)).status, 404);
    is((await d.browser().get(path)).status, 404);
  });

  await test('link: codes of the new device open the office', async () => {
    d.mara = await d.enrol(c);
    is((await c.get('/personen')).status, 200);
    d.admin = c;
  });
}

async function passwords(d, server) {
  d.add('piet');
  d.add('lene');
  server.cli(['user', 'lock', '--workspace', 'agentur', '--login', 'lene', '--json']);

  await test('password: wrong, unknown and locked get the same answer, byte for byte', async () => {
    const ask = async (login, password) => {
      const r = await d.browser().submit('/anmelden', '/anmelden', { login, password });
      return { status: r.status, text: bare(r.text).replaceAll(login, 'LOGIN') };
    };
    const wrong = await ask('piet', other);
    is(wrong.status, 422);
    has(wrong.text, 'Benutzername oder Passwort stimmt nicht');
    for (const [login, password] of [['niemand', other], ['lene', good], ['lene', other], ['piet', 'x'.repeat(600)]]) {
      const r = await ask(login, password);
      is(r.status, wrong.status, login);
      is(r.text, wrong.text, login);
    }
  });

  await test('password: any spelling of the name signs in, a blank in the password does not', async () => {
    for (const login of ['PIET', ' piet ', 'Piét']) {
      const r = await d.browser().submit('/anmelden', '/anmelden', { login, password: good });
      is(r.status, 303, login);
      d.wait(1);
    }
    is((await d.browser().submit('/anmelden', '/anmelden', { login: 'piet', password: ` ${good}` })).status, 422);
    const wide = good.normalize('NFD');
    is((await d.browser().submit('/anmelden', '/anmelden', { login: 'piet', password: wide })).status, 303, 'composed and decomposed letters');
  });

  await test('password: leads to the page that was asked for, never to a foreign one', async () => {
    const c = d.browser();
    const asked = await c.get('/projekte?q=1');
    is(asked.headers.location, '/anmelden?weiter=%2Fprojekte%3Fq%3D1');
    const r = await c.submit(asked.headers.location, '/anmelden', { login: 'piet', password: good });
    is(r.headers.location, '/projekte?q=1');
    for (const evil of ['//evil.example', 'https://evil.example/', '/\\evil.example', 'javascript:alert(1)']) {
      const x = d.browser();
      const s = await x.submit(`/anmelden?weiter=${encodeURIComponent(evil)}`, '/anmelden', { login: 'piet', password: good });
      is(s.headers.location, '/', evil);
    }
  });

  await test('password: the form asks for a name, with tokens for password managers, in both languages', async () => {
    const de = (await d.browser().get('/anmelden')).text;
    for (const x of ['autocomplete="username"', 'autocomplete="current-password"', 'Benutzername', 'lang="de"']) has(de, x);
    hasNot(de, 'type="email"');
    const c = d.browser();
    has((await c.get('/anmelden?sprache=en')).text, 'User name');
    has((await c.get('/anmelden')).text, 'User name'); // and it stays
  });

  await test('password: without the form\'s token, with another\'s, from elsewhere: refused', async () => {
    const c = d.browser();
    const form = Client.forms((await c.get('/anmelden')).text).find((f) => f.action === '/anmelden');
    const v = { login: 'piet', password: good };
    is((await c.send(form, '/anmelden', { ...v, csrf: 'A'.repeat(43) })).status, 403);
    is((await c.send(form, '/anmelden', { ...v, csrf: null })).status, 403);
    is((await c.send(form, '/anmelden', v, { headers: { origin: 'https://evil.example' } })).status, 403);
    is((await c.send(form, '/anmelden', v, { headers: { 'sec-fetch-site': 'cross-site' } })).status, 403);
    const strange = d.browser();
    await strange.get('/anmelden');
    is((await strange.send(form, '/anmelden', v)).status, 403, 'a token of another browser');
    is((await c.send(form, '/anmelden', v)).status, 303);
  });

  await test('password: changed with the old one only; other sessions end, this one goes on', async () => {
    const [here, there] = [await d.enter('piet'), await d.enter('piet')];
    const change = (old_password, password) => here.submit('/konto/passwort', '/konto/passwort', { old_password, password });
    let r = await change(other, 'Trocken rudert die Kirchturmuhr');
    is(r.status, 422);
    has(r.text, 'Das Passwort stimmt nicht.');
    r = await change(good, 'Sommer2026 Sommer2026');
    is(r.status, 422);
    has(r.text, 'auf Listen');
    is((await there.get('/konto')).status, 200);
    const before = here.jar.get('__Host-sid');
    r = await change(good, other);
    is(r.status, 303, plain(r.text).slice(0, 300));
    is(here.jar.get('__Host-sid') === before, false, 'a new token');
    is((await here.get('/konto')).status, 200);
    is((await there.get('/konto')).headers.location.startsWith('/anmelden'), true);
    is((await d.browser().submit('/anmelden', '/anmelden', { login: 'piet', password: good })).status, 422);
    await d.enter('piet', { password: other });
  });
}

async function throttle(d) {
  d.add('esra');
  const tryIt = (c, password, login = 'esra') => c.submit('/anmelden', '/anmelden', { login, password });
  const home = await d.enter('esra');
  home.jar.delete('__Host-sid');

  await test('throttle: five tries are free, then a stranger waits, however the name is written', async () => {
    d.wait(24 * 3600);
    for (let i = 0; i < 5; i++) is((await tryIt(d.browser(), other)).status, 422, `try ${i}`);
    const r = await tryIt(d.browser(), good, 'ESRA');
    is(r.status, 429);
    has(r.text, 'Bitte warten Sie 1 Sekunden'.slice(0, 17));
    has(r.text, 'value="ESRA"');
  });

  await test('throttle: a browser that was here before is let in meanwhile', async () => {
    is((await tryIt(home, good)).status, 303);
  });

  await test('throttle: after the wait the rightful person gets in; never a lock', async () => {
    for (let i = 0; i < 4; i++) {
      d.wait(900);
      is((await tryIt(d.browser(), other)).status, 422);
    }
    is((await tryIt(d.browser(), good)).status, 429);
    d.wait(900);
    is((await tryIt(d.browser(), good)).status, 303);
  });

  await test('throttle: names of nobody wait in the same way', async () => {
    d.wait(24 * 3600);
    for (let i = 0; i < 5; i++) is((await tryIt(d.browser(), other, 'niemand')).status, 422);
    is((await tryIt(d.browser(), other, 'niemand')).status, 429);
  });

  await test('throttle: thirty failures from one network close it for strangers', async () => {
    d.wait(24 * 3600);
    for (let i = 0; i < 30; i++) is((await tryIt(d.browser(), other, `name${i}`)).status, 422, `try ${i}`);
    is((await tryIt(d.browser(), good)).status, 429);
    is((await tryIt(home, good)).status, 303, 'the known browser');
    d.wait(15 * 60);
    is((await tryIt(d.browser(), good)).status, 303);
  });
  d.wait(24 * 3600);
}

async function factors(d, server) {
  d.add('bo', 'team_leader');
  let c, secret, codes;

  await test('factor: set up by a code of the new device; a wrong one is told', async () => {
    c = await d.enter('bo');
    const r = await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', { name: 'Telefon' });
    const at = r.headers.location.split('?')[0];
    const wrong = await c.submit(at, at, { code: '000000' });
    is(wrong.status, 422);
    has(wrong.text, 'Dieser Code stimmt nicht');
    const png = await c.get(`${at}/qr.png`);
    is(png.status, 200);
    is(png.headers['content-type'], 'image/png');
    is(png.headers['cache-control'], 'no-store');
    is(png.bytes.subarray(1, 4).toString(), 'PNG');
    secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await c.get(at)).text)[1];
    const ok = await c.submit(at, at, { code: totp(secret, d.now()) });
    is(ok.status, 303);
    is(ok.headers.location.split('?')[0], '/konto/wiederherstellungscodes');
    is((await c.get(at)).status, 404, 'the secret is shown no more');
    is((await c.get(`${at}/qr.png`)).status, 404);
    d.admin = await d.enter('mara', { secret: d.mara });
    is((await d.admin.get(at)).status, 404, 'another person\'s device');
  });

  await test('factor: ten recovery codes, shown once', async () => {
    const r = await c.submit('/konto/wiederherstellungscodes', '/konto/wiederherstellungscodes');
    is(r.status, 200, plain(r.text).slice(0, 300));
    codes = [...r.text.matchAll(/<li>([0-9A-Z-]{19})<\/li>/g)].map((m) => m[1]);
    is(codes.length, 10);
    is(new Set(codes).size, 10);
    hasNot((await c.get('/konto/wiederherstellungscodes')).text, codes[0]);
    has((await c.get('/konto/sicherheit')).text, '10 von 10');
  });

  await test('factor: the password alone opens nothing', async () => {
    const t = d.browser();
    const r = await t.submit('/anmelden', '/anmelden', { login: 'bo', password: good });
    is(r.headers.location, '/anmelden/code');
    for (const p of ['/', '/konto', '/konto/sicherheit', '/konto/zwei-faktor', '/projekte']) is((await t.get(p)).headers.location, '/anmelden/code', p);
    is((await d.browser().get('/anmelden/code')).headers.location.startsWith('/anmelden?'), true, 'without a ticket');
    is((await c.get('/anmelden/code')).headers.location, '/', 'with a session');
  });

  await test('factor: a code is good once, for whoever is first', async () => {
    d.wait(60);
    const [a, b] = [d.browser(), d.browser()];
    for (const t of [a, b]) await t.submit('/anmelden', '/anmelden', { login: 'bo', password: good });
    const code = totp(secret, d.now());
    is((await a.submit('/anmelden/code', '/anmelden/code', { code: `${code.slice(0, 3)} ${code.slice(3)}` })).headers.location, '/');
    const again = await b.submit('/anmelden/code', '/anmelden/code', { code });
    is(again.headers.location, '/anmelden/code?falsch=1');
    has((await b.get(again.headers.location)).text, 'stimmt nicht oder wurde schon benutzt');
    is((await b.get('/')).headers.location, '/anmelden/code');
  });

  await test('factor: five wrong codes and the password is asked again', async () => {
    d.wait(24 * 3600);
    const t = d.browser();
    await t.submit('/anmelden', '/anmelden', { login: 'bo', password: good });
    for (let i = 0; i < 4; i++) is((await t.submit('/anmelden/code', '/anmelden/code', { code: '000000' })).headers.location, '/anmelden/code?falsch=1');
    const last = await t.submit('/anmelden/code', '/anmelden/code', { code: '000000' });
    is(last.headers.location.split('?')[0], '/anmelden');
    is((await t.get('/anmelden/code')).headers.location.startsWith('/anmelden?'), true);
    is((await t.submit('/anmelden', '/anmelden', { login: 'bo', password: good })).status, 429, 'the name waits as well');
  });

  await test('factor: a ticket lives five minutes', async () => {
    d.wait(24 * 3600);
    const t = d.browser();
    await t.submit('/anmelden', '/anmelden', { login: 'bo', password: good });
    d.wait(300);
    is((await t.get('/anmelden/code')).headers.location.startsWith('/anmelden?'), true);
  });

  await test('factor: a recovery code signs in once and is replaced', async () => {
    d.wait(24 * 3600);
    const t = d.browser();
    const start = () => t.submit('/anmelden', '/anmelden', { login: 'bo', password: good });
    const use = (recovery_code) => t.submit('/anmelden/wiederherstellung', '/anmelden/wiederherstellung', { recovery_code });
    await start();
    is((await use('AAAA-AAAA-AAAA-AAAA')).headers.location, '/anmelden/wiederherstellung?falsch=1');
    is((await use('kein Code')).headers.location, '/anmelden/wiederherstellung?falsch=1');
    const r = await use(codes[2].toLowerCase().replace(/-/g, ' '));
    is(r.status, 200, plain(r.text).slice(0, 300));
    const fresh = /<code[^>]*>([0-9A-Z-]{19})<\/code>/.exec(r.text)[1];
    is((await t.get('/konto')).status, 200);
    has((await t.get('/konto/sicherheit')).text, '10 von 10');
    t.jar.delete('__Host-sid');
    await start();
    is((await use(codes[2])).headers.location, '/anmelden/wiederherstellung?falsch=1');
    is((await use(fresh)).status, 200);
  });

  await test('factor: a server whose clock was set back judges no codes and says so; a recovery code opens', async () => {
    d.wait(24 * 3600);
    const r = await (await d.enter('bo', { secret })).submit('/konto/wiederherstellungscodes', '/konto/wiederherstellungscodes');
    const [recovery_code] = [...r.text.matchAll(/<li>([0-9A-Z-]{19})<\/li>/g)].map((m) => m[1]);
    const doctor = () => server.cli(['doctor', '--json'], { any: true }).stdout;
    hasNot(doctor(), 'clock.back');
    const then = d.now();
    d.set(new Date(then - 7200e3).toISOString());
    has(doctor(), 'clock.back');
    has(readFileSync(join(server.dir, 'k', 'log', 'kontor.log'), 'utf8'), 'event=clock.trust state=back');
    const t = d.browser();
    const v = { login: 'bo', password: good };
    is((await t.submit('/anmelden', '/anmelden', v)).headers.location, '/anmelden/code');
    const no = await t.submit('/anmelden/code', '/anmelden/code', { code: totp(secret, d.now()) });
    is(no.headers.location, '/anmelden/code?uhr=1');
    has((await t.get(no.headers.location)).text, 'Die Uhr des Servers geht falsch');
    is((await t.submit('/anmelden/wiederherstellung', '/anmelden/wiederherstellung', { recovery_code })).status, 200);
    d.set(new Date(then + 60e3).toISOString());
    hasNot(doctor(), 'clock.back');
    await d.enter('bo', { secret });
  });

  await test('factor: what matters asks for the password again after five minutes', async () => {
    const t = await d.enter('bo', { secret });
    d.wait(301);
    const r = await t.submit('/konto/zwei-faktor', '/konto/zwei-faktor', { name: 'Tresor' });
    is(r.status, 403);
    const ask = (page) => Client.forms(page.text).find((f) => f.action === '/konto/nachweis');
    const no = await t.send(ask(r), '/konto/nachweis', { password: other });
    is(no.status, 422);
    const before = t.jar.get('__Host-sid');
    const yes = await t.send(ask(no), '/konto/nachweis', { password: good });
    is(yes.status, 200);
    is(t.jar.get('__Host-sid') === before, false, 'a new token');
    const kept = Client.forms(yes.text).find((f) => f.action === '/konto/zwei-faktor');
    is(kept.fields.find(([n]) => n === 'name')[1], 'Tresor', 'what was typed');
    is((await t.send(kept, '/konto/zwei-faktor')).status, 303);
    const link = await t.submit('/konto/nachweis?weiter=%2Fkonto%2Fzwei-faktor', '/konto/nachweis', { password: good });
    is(link.headers.location, '/konto/zwei-faktor');
    d.wait(31);
    const second = await d.enrol(t, 'Tresor');
    d.wait(31);
    d.bo = second;
    await d.enter('bo', { secret: second });
  });

  await test('factor: removed one by one; the last one of an administrator stays', async () => {
    const t = await d.enter('bo', { secret: d.bo });
    for (let i = 0; i < 2; i++) {
      const page = await t.get('/konto/zwei-faktor');
      const action = /action="(\/konto\/zwei-faktor\/\d+\/entfernen)"/.exec(page.text)[1];
      is((await t.submit('/konto/zwei-faktor', action)).status, 303);
    }
    hasNot((await t.get('/konto/zwei-faktor')).text, 'entfernen');
    const a = await d.enter('mara', { secret: d.mara });
    hasNot((await a.get('/konto/zwei-faktor')).text, '/entfernen');
    const id = /\/konto\/zwei-faktor\/(\d+)/.exec((await a.get('/konto/zwei-faktor')).text)?.[1];
    is(id, undefined);
    d.admin = a;
  });

  await test('factor: twenty wrong codes behind the right password, and it must be changed', async () => {
    d.add('tarek');
    let t = await d.enter('tarek');
    const s = await d.enrol(t);
    for (let i = 0; i < 4; i++) {
      d.wait(24 * 3600);
      t = d.browser();
      await t.submit('/anmelden', '/anmelden', { login: 'tarek', password: good });
      for (let k = 0; k < 5; k++) await t.submit('/anmelden/code', '/anmelden/code', { code: '000000' });
    }
    d.wait(24 * 3600);
    t = await d.enter('tarek', { secret: s });
    is((await t.get('/')).headers.location.split('?')[0], '/konto/zwei-faktor');
    is((await t.get('/konto/zwei-faktor')).headers.location, '/konto/passwort');
    has((await t.get('/konto/passwort')).text, 'Bitte wählen Sie ein neues Passwort');
    is((await t.submit('/konto/passwort', '/konto/passwort', { old_password: good, password: other })).status, 303);
    is((await t.get('/')).status, 200);
    const told = (await t.get('/konto/hinweise')).text.split('Jemand kennt das Passwort Ihres Kontos').length - 1;
    is(told, 1, 'told once that others know the password');
    has((await t.get('/konto/sicherheit')).text, 'Passwort gilt als bekannt');
    void server;
  });
}

async function sessions(d) {
  await test('session: the cookie is 256 bits and more, host-only, not for scripts, without a term', async () => {
    const c = d.browser();
    const r = await c.submit('/anmelden', '/anmelden', { login: 'esra', password: good });
    const cookie = r.headers['set-cookie'].find((x) => x.startsWith('__Host-sid='));
    is(/^__Host-sid=[A-Za-z0-9_-]{64}; Path=\/; Secure; HttpOnly; SameSite=Lax$/.test(cookie), true, cookie);
  });

  await test('session: listed with device and coarse network; another one is ended from here', async () => {
    const [a, b] = [await d.enter('esra'), await d.enter('esra')];
    const page = await a.get('/konto/sicherheit');
    has(page.text, 'dieses Gerät');
    has(page.text, '127.0.0.0/24');
    hasNot(page.text, '127.0.0.1');
    const action = [...page.text.matchAll(/action="(\/konto\/sitzungen\/(\d+)\/beenden)"/g)].map((m) => m[1]);
    is(action.length >= 1, true);
    for (const x of action) is((await a.submit('/konto/sicherheit', x)).status, 303);
    is((await b.get('/konto')).status, 303);
    is((await a.get('/konto')).status, 200);
    const form = Client.forms((await a.get('/konto/sicherheit')).text)[0];
    is((await a.send(form, action[0])).status, 404, 'one that has ended');
    const mine = await d.enter('esra');
    const foreign = /action="(\/konto\/sitzungen\/\d+\/beenden)"/.exec((await mine.get('/konto/sicherheit')).text)[1];
    const piet = await d.enter('piet', { password: other });
    is((await piet.send(form, foreign)).status, 404, 'another person\'s');
    has((await piet.get('/konto/sicherheit')).text, 'Zugriff abgelehnt');
  });

  await test('session: all others at once', async () => {
    const [a, b, c] = [await d.enter('esra'), await d.enter('esra'), await d.enter('esra')];
    is((await a.submit('/konto/sicherheit', '/konto/sitzungen/beenden')).status, 303);
    is((await a.get('/konto')).status, 200);
    for (const x of [b, c]) is((await x.get('/konto')).status, 303);
  });

  await test('session: signing out ends it on the server and clears the browser', async () => {
    const c = await d.enter('esra');
    const stolen = new Map(c.jar);
    const r = await c.submit('/konto', '/abmelden');
    is(r.headers['clear-site-data'], '"cache", "cookies", "storage"');
    is(r.headers.location.split('?')[0], '/anmelden');
    is(c.jar.has('__Host-sid'), false);
    c.jar = stolen;
    is((await c.get('/konto')).status, 303);
  });

  await test('session: a new token every fifteen minutes; an old one later ends it all', async () => {
    const c = await d.enter('esra');
    const first = new Map(c.jar);
    await c.get('/konto');
    d.wait(15 * 60);
    is((await c.get('/konto')).status, 200);
    is(c.jar.get('__Host-sid') === first.get('__Host-sid'), false);
    const old = d.browser();
    old.jar = new Map(first);
    is((await old.get('/konto')).status, 200, 'a parallel request');
    is(old.jar.get('__Host-sid'), c.jar.get('__Host-sid'), 'is handed the same new one');
    await c.get('/konto');
    d.wait(31);
    old.jar = new Map(first);
    is((await old.get('/konto')).status, 303, 'the thief');
    is((await c.get('/konto')).status, 303, 'and the family with it');
  });

  await test('session: ends after an hour at rest, and after twelve in any case', async () => {
    let c = await d.enter('esra');
    d.wait(3590);
    is((await c.get('/konto')).status, 200);
    d.wait(3610);
    is((await c.get('/konto')).status, 303);
    c = await d.enter('esra');
    for (let i = 0; i < 24; i++) {
      is((await c.get('/konto')).status, 200, `after ${i} half hours`);
      d.wait(1800);
    }
    is((await c.get('/konto')).status, 303);
  });

  await test('session: ten at most, the one that rested longest goes', async () => {
    const all = [];
    for (let i = 0; i < 11; i++) { all.push(await d.enter('esra')); d.wait(1); }
    is((await all[0].get('/konto')).status, 303);
    for (const c of all.slice(1)) is((await c.get('/konto')).status, 200);
  });

  await test('account: names, language and appearance are kept; a stale form is told', async () => {
    const c = await d.enter('esra');
    is((await c.submit('/konto', '/konto', { first_name: 'Esra', last_name: 'Neu' })).status, 303, 'language and appearance as they stand');
    const stale = Client.forms((await c.get('/konto')).text).find((f) => f.action === '/konto');
    is((await c.submit('/konto', '/konto', { first_name: 'Esra', last_name: 'Lindgarten', lang: '1', theme: '2' })).status, 303);
    const page = await c.get('/konto');
    has(page.text, '<html lang="en" data-theme="dark"');
    has(page.text, 'Esra Lindgarten');
    const told = await c.send(stale, '/konto', { first_name: 'E', last_name: 'L' });
    is(told.status, 409);
    for (const x of ['Changed in the meantime', 'Esra Lindgarten', 'First name']) has(told.text, x);
    is((await c.submit('/konto', '/konto', { first_name: '', last_name: 'x'.repeat(81), lang: '7' })).status, 422);
    is((await c.submit('/konto', '/konto', { lang: '0', theme: '0' })).status, 303);
  });
}

async function people(d, server) {
  let link, id;
  const admin = async () => { d.admin = await d.enter('mara', { secret: d.mara, c: d.admin }); return d.admin; };

  await test('people: invited by a link that is shown once', async () => {
    const c = await admin();
    const r = await c.submit('/personen/neu', '/personen', { first_name: 'Jördis', last_name: 'Sandweg', group_no: '2', email: 'js@agentur.example' });
    is(r.status, 200, plain(r.text).slice(0, 300));
    link = /https:\/\/[^/<]+(\/einladung\/[A-Za-z0-9_-]{43})/.exec(r.text)[1];
    id = /\/personen\/(\d+)"[^>]*>Jördis Sandweg/.exec((await c.get('/personen')).text)[1];
    has((await c.get(`/personen/${id}`)).text, 'eingeladen');
    const again = await c.submit(`/personen/${id}`, `/personen/${id}/einladung`);
    is(again.status, 200);
    const second = /(\/einladung\/[A-Za-z0-9_-]{43})/.exec(again.text)[1];
    is((await d.browser().get(link)).status, 404, 'the first link ends with the second');
    link = second;
  });

  await test('people: a name that somebody has is refused, in any spelling', async () => {
    const r = await d.browser().submit(link, link, { login: 'ESRA', password: good });
    is(r.status, 422);
    has(r.text, 'Dieser Benutzername ist vergeben');
    has(r.text, 'value="Sandweg"');
  });

  await test('people: a link ends after three days', async () => {
    d.wait(72 * 3600);
    is((await d.browser().get(link)).status, 404);
    const c = await admin();
    const r = await c.submit(`/personen/${id}`, `/personen/${id}/einladung`);
    link = /(\/einladung\/[A-Za-z0-9_-]{43})/.exec(r.text)[1];
    const taken = await d.browser().submit(link, link, { login: 'jördis', password: good });
    is(taken.status, 303, plain(taken.text).slice(0, 300));
    is((await c.submit(`/personen/${id}`, `/personen/${id}/abmelden`)).status, 303);
  });

  await test('people: another group ends the sessions, and its rights hold at once', async () => {
    const j = await d.enter('jördis');
    is((await j.get('/kontakte')).status, 200);
    is((await j.get('/einstellungen')).status, 403);
    const c = await admin();
    is((await c.submit(`/personen/${id}`, `/personen/${id}/gruppe`, { group_no: '1' })).status, 303);
    is((await j.get('/kontakte')).status, 303);
    const k = await d.enter('jördis');
    is((await k.get('/kontakte')).status, 403);
    is((await c.submit(`/personen/${id}`, `/personen/${id}/gruppe`, { group_no: '1' })).status, 409, 'the same group');
    is((await c.submit(`/personen/${id}`, `/personen/${id}/gruppe`, { group_no: '8' })).status, 422, 'operators are no group of an agency');
    is((await c.submit(`/personen/${id}`, `/personen/${id}/gruppe`, { group_no: '9' })).status, 422);
  });

  await test('people: single rights beside the group hold from the next request', async () => {
    const j = await d.enter('jördis');
    const c = await admin();
    const page = await c.get(`/personen/${id}`);
    const field = /name="(right_\d+)" aria-label="Kontakte sehen"/.exec(page.text)?.[1];
    is(!!field, true, 'a switch for contacts');
    const r = await c.submit(`/personen/${id}`, `/personen/${id}/rechte`, { [field]: 'plus' });
    is(r.status, 303, plain(r.text).slice(0, 300));
    is((await j.get('/kontakte')).status, 200);
    is((await c.submit(`/personen/${id}`, `/personen/${id}/rechte`, { [field]: '' })).status, 303);
    is((await j.get('/kontakte')).status, 403);
  });

  await test('people: nobody takes the last administrator away, not even she herself', async () => {
    const c = await admin();
    const mara = /\/personen\/(\d+)"[^>]*>Mara Tannhof/.exec((await c.get('/personen')).text)[1];
    const r = await c.submit(`/personen/${mara}`, `/personen/${mara}/gruppe`, { group_no: '1' });
    is(r.status, 409);
    has(r.text, 'Mindestens eine Person mit allen Rechten');
    const form = Client.forms((await c.get(`/personen/${mara}`)).text).find((f) => f.action.endsWith('/gruppe'));
    const page = await c.get(`/personen/${mara}`);
    const field = /name="(right_\d+)" aria-label="Personen und Rechte"/.exec(page.text)[1];
    is((await c.submit(`/personen/${mara}`, `/personen/${mara}/rechte`, { [field]: 'minus' })).status, 409);
    is(server.cli(['user', 'lock', '--workspace', 'agentur', '--login', 'mara', '--json'], { any: true }).status, 5);
    void form;
  });

  await test('people: locked at once, unlocked again; entries of the audit are no pages yet', async () => {
    const j = await d.enter('jördis');
    const c = await admin();
    is((await c.submit(`/personen/${id}`, `/personen/${id}/sperren`)).status, 303);
    is((await j.get('/konto')).status, 303);
    is((await d.browser().submit('/anmelden', '/anmelden', { login: 'jördis', password: good })).status, 422);
    d.wait(60);
    is((await c.submit(`/personen/${id}`, `/personen/${id}/entsperren`)).status, 303);
    await d.enter('jördis');
  });

  await test('people: a stale form is told, unknown people are 404', async () => {
    const c = await admin();
    const stale = Client.forms((await c.get(`/personen/${id}`)).text).find((f) => f.action === `/personen/${id}`);
    is((await c.submit(`/personen/${id}`, `/personen/${id}`, { phone: '0431 555' })).status, 303);
    const told = await c.send(stale, `/personen/${id}`, { phone: '0431 777' });
    is(told.status, 409);
    for (const x of ['Inzwischen geändert', 'Mara Tannhof', 'Telefon', 'value="0431 777"']) has(told.text, x);
    const again = Client.forms(told.text).find((f) => f.action === `/personen/${id}`);
    is((await c.send(again, `/personen/${id}`)).status, 303, 'the second press counts');
    is((await c.get('/personen/98765')).status, 404);
    is((await c.submit('/personen/neu', '/personen', { first_name: '', last_name: 'X', email: 'kein at' })).status, 422);
  });

  await test('people: group, rights and lock of a stale page are told who changed what', async () => {
    const c = await admin();
    const page = await c.get(`/personen/${id}`);
    const form = (to, html = page.text) => Client.forms(html).find((f) => f.action === `/personen/${id}/${to}`);
    is((await c.submit(`/personen/${id}`, `/personen/${id}/gruppe`, { group_no: '3' })).status, 303);
    for (const [to, values] of [['gruppe', { group_no: '2' }], ['rechte', {}], ['sperren', {}]]) {
      const told = await c.send(form(to), `/personen/${id}/${to}`, values);
      is(told.status, 409, to);
      for (const x of ['Inzwischen geändert', 'Mara Tannhof', 'Zeiterfasser 1 → Teamleiter']) has(plain(told.text), x);
    }
    const told = await c.send(form('sperren'), `/personen/${id}/sperren`);
    is((await c.send(form('sperren', told.text), `/personen/${id}/sperren`)).status, 303);
    is((await c.submit(`/personen/${id}`, `/personen/${id}/entsperren`)).status, 303);
  });

  await test('people: the commands', async () => {
    const rows = server.cli(['user', 'list', '--workspace', 'agentur', '--json']);
    const mara = rows.find((r) => r.login === 'mara');
    is(mara.group, 'administrator');
    is(mara.state, 'active');
    is(mara.name, 'Mara Tannhof');
    const add = (login, group, password) => server.cli(['user', 'add', '--workspace', 'agentur', '--login', login, '--group', group, '--password-stdin', '--json'],
      { input: `${password}\n`, any: true });
    is(add('neu', 'team_leader', 'kurz').status, 2);
    is(add('neu', 'operator', good).status, 2);
    is(add('neu', 'chef', good).status, 2);
    is(add('MARA', 'team_leader', good).status, 5);
    is(add('neu', 'team_leader', good).status, 0);
    is(server.cli(['user', 'lock', '--workspace', 'agentur', '--login', 'niemand', '--json'], { any: true }).status, 4);
  });
}

// SES-03, AUTH-11: an agency tightens what the house demands.
async function settings(d) {
  const at = '/einstellungen/anmeldung';
  const admin = () => d.enter('mara', { secret: d.mara });
  const save = async (c, values) => is((await c.submit(at, at, values)).status, 303);

  await test('settings: sign-in rules outside the bounds are refused, a stale form is told', async () => {
    const c = await admin();
    for (const [field, value, sentence] of [['idle_limit', 4, 'Mindestens 5'], ['idle_limit', 61, 'Höchstens 60'],
      ['life_limit', 0, 'Mindestens 1'], ['life_limit', 13, 'Höchstens 12'], ['idle_limit', '', 'idle_limit'], ['life_limit', '1e1', 'life_limit']]) {
      const r = await c.submit(at, at, { [field]: value });
      is(r.status, 422, `${field} ${value}`);
      has(r.text, sentence);
    }
    const form = Client.forms((await c.get(at)).text).find((f) => f.action === at);
    is(Object.fromEntries(form.fields).idle_limit, '60');
    is(Object.fromEntries(form.fields).life_limit, '12');
    await save(c, { idle_limit: 10 });
    const told = await c.send(form, at, { idle_limit: 20 });
    is(told.status, 409);
    for (const x of ['inzwischen geändert', 'Mara']) has(told.text, x);
    is(Object.fromEntries(Client.forms((await c.get(at)).text).find((f) => f.action === at).fields).idle_limit, '10');
    is((await (await d.enter('esra')).get(at)).status, 403, 'nobody else');
  });

  await test('settings: a shorter rest and a shorter life hold at once, also for open sessions', async () => {
    let c = await d.enter('esra');
    d.wait(590);
    is((await c.get('/konto')).status, 200);
    d.wait(610);
    is((await c.get('/konto')).status, 303, 'ten minutes at rest');
    c = await d.enter('esra');
    d.wait(300);
    await save(await admin(), { idle_limit: 5 });
    is((await c.get('/konto')).status, 303, 'one that stood before');
    await save(await admin(), { idle_limit: 60, life_limit: 1 });
    c = await d.enter('esra');
    for (let i = 0; i < 2; i++) {
      d.wait(1700);
      is((await c.get('/konto')).status, 200);
    }
    d.wait(210);
    is((await c.get('/konto')).status, 303, 'an hour in any case');
    await save(await admin(), { life_limit: 12 });
  });

  await test('settings: a group must have a second factor, with days to set it up', async () => {
    const day = 86400, demanded = 'verlangt einen zweiten Faktor bis';
    const a = await admin();
    for (const v of ['31', '-1', '']) is((await a.submit(at, at, { demand_2: '1', grace_days: v })).status, 422, `grace ${v}`);
    await save(a, { demand_2: '1', grace_days: 3 });
    let c = await d.enter('esra');
    has((await c.get('/konto')).text, demanded);
    hasNot((await (await d.enter('mara', { secret: d.mara })).get('/konto')).text, demanded);
    d.wait(2 * day);
    await save(await admin(), { idle_limit: 55 }); // a demand that stands keeps its first day
    d.wait(day - 600);
    c = await d.enter('esra');
    has((await c.get('/konto')).text, demanded);
    d.wait(700);
    is((await c.get('/konto')).headers.location?.split('?')[0], '/konto/zwei-faktor', 'an open session follows');
    d.add('nele');
    has((await (await d.enter('nele')).get('/konto')).text, demanded, 'a new person has her own days');
    c = await d.enter('esra');
    for (const p of ['/', '/zeiten', '/projekte', '/kontakte']) is((await c.get(p)).headers.location?.split('?')[0], '/konto/zwei-faktor', p);
    const secret = await d.enrol(c);
    is((await c.get('/konto')).status, 200);
    hasNot((await c.get('/konto')).text, demanded);
    const remove = async (x) => /action="(\/konto\/zwei-faktor\/\d+\/entfernen)"/.exec((await x.get('/konto/zwei-faktor')).text)?.[1];
    is(await remove(c), undefined);
    await save(await admin(), { demand_2: null, idle_limit: 60 });
    const path = await remove(c);
    const form = Client.forms((await c.get('/konto/zwei-faktor')).text).find((f) => f.action === path);
    await save(await admin(), { demand_2: '1' });
    is((await c.send(form, path)).status, 409, 'refused, although the page had offered it');
    await save(await admin(), { demand_2: null });
    c = await d.enter('esra', { secret });
    is((await c.submit('/konto/zwei-faktor', await remove(c))).status, 303);
  });

  await test('settings: strict codes count in their own half minute only', async () => {
    const ask = async (ago) => {
      const c = d.browser();
      await c.submit('/anmelden', '/anmelden', { login: 'mara', password: good });
      d.set(new Date(Math.ceil(d.now() / 30000) * 30000 + 91000).toISOString());
      return (await c.submit('/anmelden/code', '/anmelden/code', { code: totp(d.mara, d.now() - ago) })).headers.location;
    };
    is(/^\/anmelden/.test(await ask(30000)), false, 'the one before, as long as nobody is strict');
    const c = await admin();
    await save(c, { strict_codes: '1' });
    is(await ask(30000), '/anmelden/code?falsch=1');
    is(/^\/anmelden/.test(await ask(0)), false);
    await save(c, { strict_codes: null });
    is(/^\/anmelden/.test(await ask(30000)), false);
  });
}

async function console_(d, server) {
  await test('console: the first operator by link, with cookies and people of its own', async () => {
    const path = /:\d+(\/einladung\/[A-Za-z0-9_-]{43})\n?[^]*$/.exec(server.initOutput.split('\n').find((l) => /8444|Betreiber/.test(l)))?.[1];
    is(!!path, true, server.initOutput);
    d.wait(1);
    const c = new Client({ ...{ port: server.operatorPort, ca: server.ca } }, 'localhost');
    const r = await c.get(path);
    is(r.status, 404, 'the link ended long ago on this clock');
    server.addUser('ops', 'operator', good, 'system');
    const s = await c.submit('/anmelden', '/anmelden', { login: 'ops', password: good });
    is(s.status, 303, plain(s.text).slice(0, 300));
    is(c.jar.has('__Host-op'), true);
    is(c.jar.has('__Host-sid'), false);
    is((await c.get('/personen')).headers.location.split('?')[0], '/konto/zwei-faktor', 'operators must have a second factor');
    const office = d.browser();
    is((await office.submit('/anmelden', '/anmelden', { login: 'ops', password: good })).status, 422, 'nobody in the agency');
    is(server.cli(['user', 'add', '--workspace', 'system', '--login', 'x', '--group', 'administrator', '--password-stdin', '--json'],
      { input: `${good}\n`, any: true }).status, 2);
  });
}
