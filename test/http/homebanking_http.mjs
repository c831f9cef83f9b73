// homebanking_http.mjs: the switch of SES-06 as its users meet it, figure by figure; and that what a browser does by
// itself keeps nobody signed in (SES-03). The names of these tests stand on the page that compares us with
// (EU) 2018/389.
import { Client, totp } from '../lib/client.mjs';
import { Desk, good, other, plain } from '../lib/desk.mjs';
import { Server } from '../lib/server.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const at = '/einstellungen/anmeldung';
const tryIt = (c, login, password) => c.submit('/anmelden', '/anmelden', { login, password });
const isIn = async (c) => (await c.get('/konto')).status === 200;
const toFactor = (r) => r.headers.location?.split('?')[0] === '/konto/zwei-faktor';

export async function chapter() {
  const server = await Server.start({ now: '2026-11-24T08:00:00Z' });
  try {
    const d = new Desk(server);
    d.add('mara', 'administrator');
    const boss = await d.enter('mara');
    d.mara = await d.enrol(boss);
    d.add('esra');
    d.esra = await d.enrol(await d.enter('esra'));
    await quiet(d);
    await on(d);
    await rest(d);
    await failures(d);
    await off(d);
  } finally {
    await server.stop();
  }
}

async function quiet(d) {
  await test('session: what a browser fetches by itself is no activity', async () => {
    for (const header of [{ 'sec-purpose': 'prefetch;prerender' }, { 'x-kontor-background': '1' }]) {
      const c = await d.enter('esra', { secret: d.esra });
      const token = c.jar.get('__Host-sid');
      for (let i = 0; i < 5; i++) {
        d.wait(11 * 60);
        is((await c.get('/konto', header)).status, 200, `answered after ${11 * (i + 1)} minutes`);
        is(c.jar.get('__Host-sid'), token, 'no new token');
      }
      d.wait(5 * 60);
      is(await isIn(c), false, 'an hour without anybody there');
    }
    const c = await d.enter('esra', { secret: d.esra });
    for (let i = 0; i < 6; i++) {
      d.wait(11 * 60);
      is(await isIn(c), true, 'who clicks stays');
    }
  });
}

async function on(d) {
  d.add('nele');
  const nele = await d.enter('nele');
  const boss = await d.enter('mara', { secret: d.mara });

  await test('homebanking: switched on, everybody needs a second factor at once, open sessions too', async () => {
    is((await boss.submit(at, at, { idle_limit: '50', demand_2: '1', grace_days: '30' })).status, 303);
    is(await isIn(nele), true, 'thirty days to set one up');
    const r = await boss.submit(at, `${at}/homebanking/ein`);
    is(r.status, 303, plain(r.text).slice(0, 300));
    has((await boss.get(r.headers.location)).text, 'Der Homebanking-Modus ist eingeschaltet');
    for (const p of ['/', '/zeiten', '/projekte', '/kontakte', '/konto']) is(toFactor(await nele.get(p)), true, p);
    d.add('piet', 'external_cost_recorder');
    is(toFactor(await (await d.enter('piet')).get('/')), true, 'a new person of another group');
    await d.enrol(nele);
    is(await isIn(nele), true);
  });

  await test('homebanking: what it governs is shown as governed and cannot be set', async () => {
    const page = (await boss.get(at)).text;
    for (const x of ['Durch den Homebanking-Modus bestimmt', 'eingeschaltet seit', 'von allen, sofort']) has(page, x);
    for (const x of ['type="text" name="idle_limit"', 'type="checkbox" name="strict_codes"', 'type="checkbox" name="demand_2"']) hasNot(page, x);
    const esra = await d.enter('esra', { secret: d.esra });
    const b = await d.enter('mara', { secret: d.mara });
    is((await b.submit(at, at, { idle_limit: '60', strict_codes: '', life_limit: '11' })).status, 303);
    d.wait(5 * 60);
    is(await isIn(esra), false, 'still five minutes');
  });

  await test('homebanking: a stale page is told, nobody else may switch', async () => {
    const b = await d.enter('mara', { secret: d.mara });
    const form = Client.forms((await b.get(at)).text).find((f) => f.action === `${at}/homebanking/aus`);
    is((await b.submit(at, at, { life_limit: '12', idle_limit: '50' })).status, 303);
    const told = await b.send(form, `${at}/homebanking/aus`);
    is(told.status, 409);
    has(told.text, 'inzwischen geändert');
    const esra = await d.enter('esra', { secret: d.esra });
    is((await esra.send(form, `${at}/homebanking/ein`)).status, 403);
    is((await esra.send(form, `${at}/homebanking/aus`)).status, 403);
  });
}

async function rest(d) {
  await test('homebanking: five minutes without activity and the session is over', async () => {
    const c = await d.enter('esra', { secret: d.esra });
    await c.get('/konto');
    d.wait(290);
    is(await isIn(c), true);
    d.wait(301);
    const gone = await c.get('/projekte?q=1');
    is(gone.headers.location, '/anmelden?weiter=%2Fprojekte%3Fq%3D1', 'and leads back to where she was');
  });

  await test('homebanking: a page that asks by itself keeps nobody signed in', async () => {
    const c = await d.enter('esra', { secret: d.esra });
    for (let i = 0; i < 4; i++) {
      d.wait(60);
      is((await c.get('/konto', { 'x-kontor-background': '1' })).status, 200);
    }
    d.wait(61);
    is(await isIn(c), false);
  });

  await test('homebanking: a code counts in its own thirty seconds and once', async () => {
    const ask = async (ago, same) => {
      const c = d.browser();
      await tryIt(c, 'esra', good);
      if (!same) d.set(new Date(Math.ceil(d.now() / 30000) * 30000 + 91000).toISOString());
      return (await c.submit('/anmelden/code', '/anmelden/code', { code: totp(d.esra, d.now() - ago) })).headers.location;
    };
    is(await ask(30000), '/anmelden/code?falsch=1', 'the one before');
    is(await ask(-30000), '/anmelden/code?falsch=1', 'the one after');
    is(await ask(0), '/');
    is(await ask(0, true), '/anmelden/code?falsch=1', 'a second time');
  });
}

async function failures(d) {
  const refused = async (c, what) => is((await tryIt(c, 'esra', other)).status, 422, what);
  const home = await d.enter('esra', { secret: d.esra });
  home.jar.delete('__Host-sid');
  d.wait(24 * 3600);

  await test('homebanking: five failures in a row close the door to strangers for fifteen minutes', async () => {
    for (let i = 0; i < 5; i++) await refused(d.browser(), `try ${i}`);
    is((await tryIt(d.browser(), 'esra', good)).status, 429, 'also with the right password');
    d.wait(890);
    is((await tryIt(d.browser(), 'esra', good)).status, 429);
    d.wait(11);
    is((await tryIt(d.browser(), 'esra', good)).status, 303);
  });

  await test('homebanking: a known browser is let in while strangers wait', async () => {
    for (let i = 0; i < 3; i++) {
      await refused(d.browser(), `try ${i}`);
      d.wait(901);
    }
    await refused(d.browser(), 'the last one');
    is((await tryIt(d.browser(), 'esra', good)).status, 429);
    await d.enter('esra', { secret: d.esra, c: home });
    home.jar.delete('__Host-sid');
  });

  await test('homebanking: five failures of a known browser close that one only', async () => {
    const second = d.browser();
    d.wait(24 * 3600);
    await d.enter('esra', { secret: d.esra, c: second });
    for (let i = 0; i < 5; i++) await refused(home, `try ${i}`);
    is((await tryIt(home, 'esra', good)).status, 429);
    is((await tryIt(second, 'esra', good)).status, 303);
    d.wait(901);
    is((await tryIt(home, 'esra', good)).status, 303);
  });

  await test('homebanking: wrong passwords and wrong codes are one row', async () => {
    d.wait(24 * 3600);
    const [early, late] = [d.browser(), d.browser()];
    is((await tryIt(early, 'esra', good)).headers.location, '/anmelden/code', 'a ticket from before');
    for (let i = 0; i < 3; i++) await refused(d.browser(), `password ${i}`);
    await tryIt(late, 'esra', good);
    for (let i = 0; i < 2; i++) {
      is((await late.submit('/anmelden/code', '/anmelden/code', { code: '000000' })).headers.location, '/anmelden/code?falsch=1');
    }
    for (const c of [late, early]) {
      const r = await c.submit('/anmelden/code', '/anmelden/code', { code: totp(d.esra, d.now()) });
      is(r.headers.location.split('?')[0], '/anmelden', 'not judged any more');
      is((await c.get('/anmelden/code')).headers.location.startsWith('/anmelden?'), true, 'the ticket is over');
    }
    is((await tryIt(d.browser(), 'esra', good)).status, 429);
  });

  await test('homebanking: with recovery codes it is the same row', async () => {
    d.wait(24 * 3600);
    const c = d.browser();
    await tryIt(c, 'esra', good);
    for (let i = 0; i < 5; i++) await refused(d.browser(), `password ${i}`);
    const r = await c.submit('/anmelden/wiederherstellung', '/anmelden/wiederherstellung', { recovery_code: '0000-0000-0000-0000' });
    is(r.headers.location.split('?')[0], '/anmelden');
    d.wait(24 * 3600);
  });
}

async function off(d) {
  await test('homebanking: switching off asks for a fresh proof, then the single settings hold again', async () => {
    const boss = await d.enter('mara', { secret: d.mara });
    for (let i = 0; i < 2; i++) { d.wait(200); await boss.get(at); }
    const to = `${at}/homebanking/aus`, from = { referer: `https://localhost:${d.server.port}${at}` };
    const r = await boss.submit(at, to, {}, { headers: from });
    is(r.status, 403);
    has((await boss.get(at)).text, 'eingeschaltet seit');
    const yes = await boss.send(Client.forms(r.text).find((f) => f.action === '/konto/nachweis'), '/konto/nachweis', { password: good });
    is(yes.status, 200);
    has((await boss.get(at)).text, 'eingeschaltet seit');
    is((await boss.send(Client.forms(yes.text).find((f) => f.action === to), to)).status, 303, 'the form that waited');
    hasNot((await boss.get(at)).text, 'eingeschaltet seit');
    const fields = Object.fromEntries(Client.forms((await boss.get(at)).text).find((f) => f.action === at).fields);
    is([fields.idle_limit, fields.demand_2, fields.strict_codes].join(), '50,1,', 'what was set before');
    d.wait(45 * 60);
    is(await isIn(boss), true);
  });

  await test('homebanking: without it the page says what it would do', async () => {
    const boss = await d.enter('mara', { secret: d.mara });
    for (const x of ['nach 5 Minuten ohne Aktivität', 'Nach 5 Fehlversuchen hintereinander wartet die Anmeldung 15 Minuten']) has((await boss.get(at)).text, x);
    const r = await boss.submit(at, at, { demand_2: null, idle_limit: 60 });
    is(r.status, 303);
  });
}
