// homebanking_http.mjs: the switch of SES-06 as its users meet it, figure by figure; and that what a browser does by
// itself keeps nobody signed in (SES-03). The names of these tests stand on the page that compares us with
// (EU) 2018/389.
import { Authenticator, answered } from '../lib/authenticator.mjs';
import { Client, totp } from '../lib/client.mjs';
import { Desk, good, other, plain } from '../lib/desk.mjs';
import { Server } from '../lib/server.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const at = '/einstellungen/anmeldung';
const better = 'Krabbenkutter am Morgen 7 Uhr';
const whole = '/anmelden/zusammen';
const tryIt = (c, login, password, code = '') => c.submit('/anmelden', whole, { login, password, code });
const wrongCode = '000000', noSuchCode = '0000-0000-0000-0000';
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
    await together(d);
    await rest(d);
    await failures(d);
    await ways(d);
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
  const boss = await d.enter('mara', { secret: d.mara });

  await test('homebanking: switching on asks for a fresh proof', async () => {
    d.wait(301);
    is((await boss.submit(at, `${at}/homebanking/ein`)).status, 403);
    hasNot((await boss.get(at)).text, 'eingeschaltet seit');
    is((await boss.submit('/konto/nachweis', '/konto/nachweis', { password: good })).status, 303);
  });

  d.neleId = d.add('nele').id;
  const nele = await d.enter('nele');
  const c = d.browser();
  d.before = { c, form: Client.forms((await c.get('/anmelden')).text).find((f) => f.action === '/anmelden'), ticket: d.browser() };
  await d.before.ticket.submit('/anmelden', '/anmelden', { login: 'esra', password: good });
  d.before.factor = Client.forms((await d.before.ticket.get('/anmelden/code')).text)[0];

  await test('homebanking: switched on, everybody needs a second factor at once, open sessions too', async () => {
    is((await boss.submit(at, at, { idle_limit: '50', demand_2: '1', grace_days: '30' })).status, 303);
    is(await isIn(nele), true, 'thirty days to set one up');
    const r = await boss.submit(at, `${at}/homebanking/ein`);
    is(r.status, 303, plain(r.text).slice(0, 300));
    has((await boss.get(r.headers.location)).text, 'Der Homebanking-Modus ist eingeschaltet');
    for (const p of ['/', '/zeiten', '/projekte', '/kontakte', '/konto']) is(toFactor(await nele.get(p)), true, p);
    d.add('piet', 'external_cost_recorder');
    is(toFactor(await (await d.enter('piet')).get('/')), true, 'a new person of another group');
    d.nele = await d.enrol(nele);
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

// What the page says, without what differs by design: tokens, questions, and what was typed.
const bare = (html) => html.replace(/(name="(?:csrf|once|asked)" value|data-challenge)="[^"]*"| value="(niemand|esra|otto|nele)"/g, '');

async function together(d) {
  const refusals = [
    ['a name of nobody', 'niemand', good, wrongCode],
    ['a wrong password', 'esra', other, wrongCode],
    ['a wrong code', 'esra', good, wrongCode],
    ['no code', 'esra', good, ''],
    ['no code, wrong password', 'esra', other, ''],
    ['a wrong recovery code', 'esra', good, noSuchCode],
    ['a recovery code of a name of nobody', 'niemand', other, noSuchCode],
    ['a locked person', 'otto', good, ''],
  ];

  await test('homebanking: a ticket from before the switch opens nothing more', async () => {
    const { ticket, factor } = d.before;
    for (const [to, what] of [['/anmelden/code', { code: totp(d.esra, d.now()) }], ['/anmelden/wiederherstellung', { recovery_code: noSuchCode }]]) {
      const r = await ticket.send(factor, to, what);
      is(r.status, 303, plain(r.text).slice(0, 200));
      is(r.headers.location.split('?')[0], '/anmelden', to);
    }
  });

  await test('homebanking: name, password and code are asked for on one form', async () => {
    const page = (await d.browser().get('/anmelden')).text;
    is(Client.forms(page).map((f) => f.action).filter((a) => a.startsWith('/anmelden')).join(), whole);
    for (const x of ['name="login"', 'name="password"', 'name="code"', 'autocomplete="one-time-code"', 'href="/hilfe#telefon-weg"']) has(page, x);
  });

  await test('homebanking: a failed sign-in does not tell which of name, password and code was wrong', async () => {
    d.add('otto');
    d.server.cli(['user', 'lock', '--workspace', d.workspace, '--login', 'otto', '--json']);
    const seen = [];
    for (const [what, login, password, code] of refusals) {
      d.wait(901);
      const c = d.browser();
      const r = await tryIt(c, login, password, code);
      is(r.status, 422, what);
      is([...c.jar.keys()].join(), '__Host-pre', `${what}: cookies`);
      seen.push(bare(r.text));
    }
    has(seen[0], 'Benutzername, Passwort oder Code stimmt nicht');
    for (let i = 1; i < seen.length; i++) is(seen[i], seen[0], refusals[i][0]);
  });

  await test('homebanking: a right code behind a wrong password is not used up', async () => {
    d.wait(24 * 3600);
    d.step();
    const code = totp(d.esra, d.now());
    is((await tryIt(d.browser(), 'esra', other, code)).status, 422);
    const c = d.browser();
    is((await tryIt(c, 'esra', good, code)).status, 303);
    is(await isIn(c), true);
  });

  await test('homebanking: a wrong code behind the right password is told to the person, and to nobody else', async () => {
    const told = async () => (await (await d.enter('nele', { secret: d.nele })).get('/konto/sicherheit')).text.match(/Zweiter Faktor abgelehnt/g)?.length ?? 0;
    await tryIt(d.browser(), 'nele', other, wrongCode);
    is(await told(), 0, 'behind a wrong one');
    await tryIt(d.browser(), 'nele', good, wrongCode);
    is(await told(), 1);
  });

  await test('homebanking: a page from before the switch is not judged, and leads to the one form', async () => {
    const { c, form } = d.before;
    for (const password of [good, other]) {
      const r = await c.send(form, '/anmelden', { login: 'esra', password });
      is(r.headers.location, '/anmelden', plain(r.text).slice(0, 200));
      is(c.jar.has('__Host-sid'), false, 'no ticket');
    }
  });
}

async function ways(d) {
  await test('homebanking: a recovery code signs in on the same form, once, and is replaced', async () => {
    const c = await d.enter('esra', { secret: d.esra });
    const made = await c.submit('/konto/wiederherstellungscodes', '/konto/wiederherstellungscodes');
    const [code] = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/.exec(made.text);
    const by = d.browser();
    const r = await tryIt(by, 'esra', good, code.toLowerCase());
    is(r.status, 200, plain(r.text).slice(0, 200));
    has(r.text, 'Ein Wiederherstellungscode ist verbraucht');
    is(await isIn(by), true);
    is((await tryIt(d.browser(), 'esra', good, code)).status, 422, 'a second time');
  });

  await test('homebanking: a passkey signs in with the password on the same form', async () => {
    const key = new Authenticator();
    const c = await d.enter('esra', { secret: d.esra });
    const made = await answered(c, '/konto/passkeys/neu', key);
    is((await c.send(made.form, '/konto/passkeys', { ...made.values, name: 'Schlüssel' })).status, 303);
    const by = async (login, password, bent) => {
      const b = d.browser();
      const { form, values, q } = await answered(b, '/anmelden', key, bent);
      is(q.ids.join(), '', 'whose keys there are is not said');
      return b.send(form, whole, { ...values, login, password });
    };
    is((await by('esra', good)).headers.location, '/');
    const seen = [];
    for (const [what, ...how] of [['a wrong password', 'esra', other], ['a name of nobody', 'niemand', good],
      ['another person', 'nele', good], ['signed for another page', 'esra', good, { challenge: 'x'.repeat(43) }]]) {
      d.wait(901);
      const r = await by(...how);
      is(r.status, 422, what);
      seen.push(bare(r.text).replace(/ value="[^"]*"/g, ''));
    }
    for (let i = 1; i < seen.length; i++) is(seen[i], seen[0], `answer ${i}`);
    d.wait(901);
    is((await by('esra', good)).headers.location, '/');
    key.counter = 0;
    is((await by('esra', good)).status, 422, 'a copy, whose counter went back');
    const home = await d.enter('esra', { secret: d.esra });
    has((await home.get('/konto/hinweise')).text, 'Passkey', 'is told of');
  });

  await test('homebanking: twenty wrong codes behind the right password, and it has to be changed', async () => {
    for (let i = 0; i < 20; i++) {
      d.wait(901);
      is((await tryIt(d.browser(), 'esra', good, wrongCode)).status, 422, `try ${i}`);
    }
    d.wait(24 * 3600);
    const c = await d.enter('esra', { secret: d.esra });
    is((await c.get('/konto/zwei-faktor')).headers.location, '/konto/passwort');
    is((await c.submit('/konto/passwort', '/konto/passwort', { old_password: good, password: better })).status, 303);
  });

  await test('homebanking: a clock not to be believed is said to everybody alike, before anything is judged', async () => {
    const before = d.now();
    const made = await (await d.enter('nele', { secret: d.nele })).submit('/konto/wiederherstellungscodes', '/konto/wiederherstellungscodes');
    const [code] = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/.exec(made.text);
    d.set(new Date(before - 3600e3).toISOString());
    const seen = [];
    for (const [login, password] of [['niemand', good], ['nele', other], ['nele', good]]) {
      const r = await tryIt(d.browser(), login, password, wrongCode);
      is(r.status, 409, login);
      has(r.text, 'Die Uhr des Servers geht falsch');
      seen.push(bare(r.text));
    }
    is(new Set(seen).size, 1, 'answers');
    is((await tryIt(d.browser(), 'nele', good, code)).status, 200, 'a recovery code needs no clock');
    d.set(new Date(before + 120e3).toISOString());
  });

  await test('homebanking: who lost the second factor gets in by the password once two have approved', async () => {
    d.add('anke', 'administrator');
    const anke = await d.enter('anke');
    d.anke = await d.enrol(anke);
    const boss = await d.enter('mara', { secret: d.mara });
    const at = `/personen/${d.neleId}/zugang`;
    is((await boss.submit(at, at, { reason: 'am Telefon erkannt' })).status, 303);
    const id = /action="\/personen\/zugang\/(\d+)\//.exec((await anke.get(at)).text)[1];
    is((await anke.submit(at, `/personen/zugang/${id}/freigeben`)).status, 303);
    is((await tryIt(d.browser(), 'nele', good)).status, 422, 'not before the day is over');
    d.wait(25 * 3600);
    is((await tryIt(d.browser(), 'nele', other)).status, 422, 'the password stays needed');
    const c = d.browser();
    is((await tryIt(c, 'nele', good)).status, 303);
    is(toFactor(await c.get('/')), true, 'a new factor comes before all else');
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
      if (!same) for (let i = 0; i < 4; i++) d.step();
      return (await tryIt(d.browser(), 'esra', good, totp(d.esra, d.now() - ago))).status;
    };
    is(await ask(30000), 422, 'the one before');
    is(await ask(-30000), 422, 'the one after');
    is(await ask(0), 303);
    is(await ask(0, true), 422, 'a second time');
  });
}

async function failures(d) {
  const refused = async (c, what) => is((await tryIt(c, 'esra', other, wrongCode)).status, 422, what);
  const right = (c) => tryIt(c, 'esra', good, totp(d.esra, d.now()));
  const home = await d.enter('esra', { secret: d.esra });
  home.jar.delete('__Host-sid');
  d.wait(24 * 3600);

  await test('homebanking: five failures in a row close the door to strangers for fifteen minutes', async () => {
    for (let i = 0; i < 5; i++) await refused(d.browser(), `try ${i}`);
    is((await right(d.browser())).status, 429, 'also with everything right');
    d.wait(890);
    is((await right(d.browser())).status, 429);
    d.wait(11);
    d.step();
    is((await right(d.browser())).status, 303);
  });

  await test('homebanking: a known browser is let in while strangers wait', async () => {
    for (let i = 0; i < 5; i++) await refused(d.browser(), `try ${i}`);
    is((await right(d.browser())).status, 429);
    await d.enter('esra', { secret: d.esra, c: home });
    home.jar.delete('__Host-sid');
  });

  await test('homebanking: five failures of a known browser close that one only', async () => {
    const second = d.browser();
    d.wait(24 * 3600);
    await d.enter('esra', { secret: d.esra, c: second });
    for (let i = 0; i < 5; i++) await refused(home, `try ${i}`);
    d.step();
    is((await right(home)).status, 429);
    is((await right(second)).status, 303);
    d.wait(901);
    d.step();
    is((await right(home)).status, 303);
  });

  await test('homebanking: wrong passwords, wrong codes and wrong recovery codes are one row', async () => {
    d.wait(24 * 3600);
    await refused(d.browser(), 'password');
    for (const code of [wrongCode, '', noSuchCode, wrongCode]) is((await tryIt(d.browser(), 'esra', good, code)).status, 422, code);
    is((await right(d.browser())).status, 429);
    is((await tryIt(d.browser(), 'esra', good, noSuchCode)).status, 429);
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
