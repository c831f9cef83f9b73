// passkey_http.mjs: passkeys over HTTP with a security key in software: added, listed, removed; behind the password, at a
// fresh proof, in place of the password; and every way of being refused (AUTH-17).
import { Authenticator, answer, answered, question } from '../lib/authenticator.mjs';
import { Client, totp } from '../lib/client.mjs';
import { Desk, good } from '../lib/desk.mjs';
import { Server } from '../lib/server.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const short = 'gnR4;xw!pL';
const wrong = 'Dieser Passkey wurde nicht angenommen';

class Office extends Desk {
  // The password; c is then at the second factor, when there is one.
  async password(login, c = this.browser(), pw = good) {
    is((await c.submit('/anmelden', '/anmelden', { login, password: pw })).status, 303);
    return c;
  }

  async enter(login, key, c = this.browser()) {
    await this.password(login, c);
    const r = await answer(c, '/anmelden/code', key);
    is(r.headers.location, '/', `passkey of ${login}`);
    return c;
  }

  async add(c, key, name = 'Schlüssel am Bund') {
    const { form, values } = await answered(c, '/konto/passkeys/neu', key);
    return c.send(form, '/konto/passkeys', { ...values, name });
  }
}

export async function chapter() {
  const server = await Server.start({ now: '2026-11-24T08:00:00Z' });
  const d = new Office(server);
  try {
    server.cli(['workspace', 'add', '--slug', 'sued', '--name', 'Studio Süd', '--json']);
    for (const login of ['jette', 'piet', 'lene', 'tarek', 'bo']) server.addUser(login, 'time_recorder_2', good, 'agentur');
    server.addUser('mara', 'administrator', good, 'agentur');
    server.addUser('bert', 'time_recorder_2', good, 'sued');
    await adding(d);
    await behindThePassword(d);
    await refusals(d);
    await proof(d);
    await removing(d);
    await alone(d);
    await homebanking(d);
    await hosts(d);
    await console_(d);
  } finally {
    await server.stop();
  }
}

async function adding(d) {
  d.key = new Authenticator();

  await test('passkey: the browser may ask authenticators for this page and for no frame', async () => {
    has((await d.browser().get('/anmelden')).headers['permissions-policy'], 'publickey-credentials-get=(self)');
  });

  await test('passkey: added after a fresh proof only, named, and on to the recovery codes', async () => {
    const c = await d.password('jette');
    is((await c.get('/konto/zwei-faktor')).text.includes('/konto/passkeys/neu'), true);
    d.wait(301);
    is((await c.get('/konto/passkeys/neu')).headers.location, '/konto/nachweis?weiter=%2Fkonto%2Fpasskeys%2Fneu');
    is((await c.submit('/konto/nachweis', '/konto/nachweis', { password: good })).status, 303);
    const q = question((await c.get('/konto/passkeys/neu')).text);
    is(q.host, 'localhost');
    is(Buffer.from(q.challenge, 'base64url').length, 32, 'bytes of the challenge');
    is(Buffer.from(q.handle, 'base64url').length, 32);
    const before = c.jar.get('__Host-sid');
    const r = await d.add(c, d.key);
    is(r.status, 303, r.text.replace(/<[^>]*>/g, ' ').slice(0, 300));
    is(r.headers.location.split('?')[0], '/konto/wiederherstellungscodes');
    is(c.jar.get('__Host-sid') === before, false, 'a new token');
    has((await c.get('/konto/zwei-faktor')).text, 'Schlüssel am Bund');
    has((await c.get('/konto/sicherheit')).text, 'Schlüssel am Bund');
    has((await c.get('/konto/hinweise')).text, 'Für Ihr Konto wurde ein Passkey eingerichtet.');
    d.jette = c;
  });

  await test('passkey: a name is needed; an answer of another origin, host, type or challenge adds nothing', async () => {
    const c = d.jette;
    const nameless = await d.add(c, new Authenticator(), '');
    is(nameless.status, 422);
    for (const bent of [{ origin: 'https://localhost' }, { origin: `http://localhost:${d.server.port}` }, { host: 'sued.localhost' },
      { type: 'webauthn.get' }, { challenge: Buffer.alloc(32).toString('base64url') }]) {
      const { form, values } = await answered(c, '/konto/passkeys/neu', new Authenticator(), bent);
      const r = await c.send(form, '/konto/passkeys', { ...values, name: 'x' });
      is(r.status, 422, JSON.stringify(bent));
      has(r.text, wrong);
      is(question(r.text).kind, 'create', 'asked anew');
    }
    const { form, values } = await answered(c, '/konto/passkeys/neu', new Authenticator());
    is((await c.send(form, '/konto/passkeys', { ...values, name: 'x', asked: '' })).status, 422);
    d.wait(300);
    is((await c.submit('/konto/nachweis', '/konto/nachweis', { password: good })).status, 303);
    is((await c.send(form, '/konto/passkeys', { ...values, name: 'x' })).status, 422, 'asked five minutes ago');
  });

  await test('passkey: the same question adds once, the same key once', async () => {
    const c = d.jette;
    const { form, values } = await answered(c, '/konto/passkeys/neu', new Authenticator({ alg: 'EdDSA' }));
    is((await c.send(form, '/konto/passkeys', { ...values, name: 'Telefon' })).status, 303);
    const again = await c.send(form, '/konto/passkeys', { ...values, name: 'Telefon' });
    is(again.status, 409);
    const twin = await d.add(c, d.key, 'noch einmal');
    is(twin.status, 409);
    has(twin.text, 'Dieser Passkey ist schon eingerichtet.');
    const page = (await c.get('/konto/passkeys/neu')).text;
    has(page, d.key.id.toString('base64url'));
  });
}

async function behindThePassword(d) {
  await test('passkey: asked for behind the password; who has no other device sees it and the recovery code', async () => {
    const c = await d.password('jette');
    is((await c.get('/')).headers.location, '/anmelden/code');
    const page = (await c.get('/anmelden/code')).text;
    is(question(page).ids.length, 2);
    hasNot(page, 'name="code"');
    has(page, '/anmelden/wiederherstellung');
    has(page, 'Dieser Browser kann hier keine Passkeys verwenden');
    const r = await answer(c, '/anmelden/code?weiter=%2Fkonto', d.key);
    is(r.headers.location, '/konto');
    is((await c.get('/konto')).status, 200);
    has((await c.get('/konto/zwei-faktor')).text, 'zuletzt genutzt');
  });

  await test('passkey: EdDSA, keys without a counter, and an app beside it', async () => {
    const c = await d.password('piet');
    const key = new Authenticator({ alg: 'EdDSA', counts: false, verifies: false });
    is((await d.add(c, key)).status, 303);
    const begun = (await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', {})).headers.location.split('?')[0];
    const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await c.get(begun)).text)[1];
    is((await c.submit(begun, begun, { code: totp(secret, d.now()) })).status, 303);
    for (let i = 0; i < 2; i++) await d.enter('piet', key);
    d.wait(31);
    const t = await d.password('piet');
    has((await t.get('/anmelden/code')).text, 'name="code"');
    is((await t.submit('/anmelden/code', '/anmelden/code', { code: totp(secret, d.now()) })).headers.location, '/');
    d.piet = { key, c };
  });

  await test('passkey: five devices and passkeys in all', async () => {
    const { c } = d.piet;
    await d.enter('piet', d.piet.key, c);
    for (let i = 0; i < 3; i++) is((await d.add(c, new Authenticator(), `Nr. ${i}`)).status, 303);
    const page = (await c.get('/konto/zwei-faktor')).text;
    hasNot(page, '/konto/passkeys/neu');
    const full = await d.add(c, new Authenticator(), 'einer zu viel');
    is(full.status, 429);
    has(full.text, 'Mehr als fünf');
  });
}

async function refusals(d) {
  const { server } = d;
  // What came of an answer behind jette's password, given from a browser of its own.
  const tried = async (key, bent, more = {}) => {
    d.wait(24 * 3600);
    const c = await d.password('jette');
    const { form, values } = await answered(c, '/anmelden/code', key, bent);
    const r = await c.send(form, form.action, { ...values, ...more });
    return { where: r.headers.location, c, form, values };
  };

  await test('passkey: refused alike: origin, port, host, type, challenge, foreign key, signature, form', async () => {
    const mine = d.key;
    const strange = new Authenticator();
    const liar = new Authenticator();
    liar.id = mine.id;
    for (const [what, key, bent, more] of [
      ['origin', mine, { origin: 'https://kontor.example' }],
      ['port', mine, { origin: 'https://localhost:1' }],
      ['no port', mine, { origin: 'https://localhost' }],
      ['host', mine, { host: 'kontor.example' }],
      ['type', mine, { type: 'webauthn.create' }],
      ['challenge', mine, { challenge: Buffer.alloc(32, 1).toString('base64url') }],
      ['nobody’s key', strange],
      ['another key under this name', liar],
      ['another person’s', d.piet.key],
      ['signature', mine, {}, { signature: Buffer.alloc(70, 3).toString('base64url') }],
      ['no signature', mine, {}, { signature: '' }],
      ['no base64', mine, {}, { client: '*' }],
      ['no question', mine, {}, { asked: '' }],
    ]) {
      const r = await tried(key, bent, more);
      is(r.where, '/anmelden/code?passkey=1', what);
      const page = (await r.c.get(r.where)).text;
      has(page, wrong);
      is((await r.c.get('/konto')).headers.location, '/anmelden/code', what);
    }
    const c = await d.enter('jette', mine);
    has((await c.get('/konto/sicherheit')).text, 'Zweiter Faktor abgelehnt');
  });

  await test('passkey: an answer counts once, in its browser, for its page, for five minutes', async () => {
    d.wait(24 * 3600);
    const c = await d.password('jette');
    const { form, values } = await answered(c, '/anmelden/code', d.key);
    const other = await d.password('jette');
    const theirs = Client.forms((await other.get('/anmelden/code')).text).find((f) => f.action === form.action);
    is((await other.send(theirs, form.action, values)).headers.location, '/anmelden/code?passkey=1', 'from another browser');
    is((await c.send(form, form.action, values)).headers.location, '/', 'the right one');
    const inside = Client.forms((await c.get('/konto/nachweis')).text).find((f) => f.action === '/konto/nachweis/passkey');
    is((await c.send(inside, '/konto/nachweis/passkey', values)).headers.location, '/konto/nachweis?passkey=1', 'for another page');
    d.wait(24 * 3600);
    const late = await d.password('jette');
    const asked = await answered(late, '/anmelden/code', d.key);
    d.wait(297);
    is((await late.send(asked.form, form.action, asked.values)).headers.location, '/', 'after nearly five minutes');
    // A ticket lives as long as its question; a question of a session is refused while the session goes on.
    const p = await answered(late, '/konto/nachweis', d.key);
    d.wait(301);
    is((await late.send(p.form, p.form.action, p.values)).headers.location, '/konto/nachweis?passkey=1', 'after 301 seconds');
  });

  await test('passkey: a recorded answer is worth nothing while its session goes on', async () => {
    const c = await d.enter('jette', d.key);
    const { form, values } = await answered(c, '/konto/nachweis', d.key);
    is((await c.send(form, form.action, values)).headers.location, '/konto/sicherheit');
    is((await c.send(form, form.action, values)).headers.location, '/konto/nachweis?passkey=1');
  });

  await test('passkey: a question of another workspace, and a key of its people, are nothing here', async () => {
    const south = d.browser('sued.localhost');
    await d.password('bert', south);
    const key = new Authenticator();
    is((await d.add(south, key)).status, 303);
    const t = d.browser('sued.localhost');
    await d.password('bert', t);
    const q = question((await t.get('/anmelden/code')).text);
    is(q.host, 'sued.localhost');
    const r = await tried(d.key, { challenge: q.challenge });
    is(r.where, '/anmelden/code?passkey=1');
    is((await tried(key)).where, '/anmelden/code?passkey=1');
  });

  await test('passkey: a counter that went back is refused like the rest and told to its owner', async () => {
    d.key.counter = 0;
    const { where, c, form, values } = await tried(d.key);
    is(where, '/anmelden/code?passkey=1');
    is((await c.send(form, form.action, values)).headers.location, '/anmelden/code?passkey=1');
    d.key.counter = 1000;
    const t = await d.enter('jette', d.key);
    has((await t.get('/konto/hinweise')).text, 'weil sein Zähler nicht weiterging');
    has((await t.get('/konto/sicherheit')).text, 'sein Zähler ging zurück');
  });

  await test('passkey: five tries for a ticket, twenty in a row and the password must be changed', async () => {
    let c = await d.password('tarek');
    const key = new Authenticator();
    is((await d.add(c, key)).status, 303);
    const strange = new Authenticator();
    for (let i = 0; i < 4; i++) {
      d.wait(24 * 3600);
      c = await d.password('tarek');
      for (let k = 0; k < 4; k++) is((await answer(c, '/anmelden/code', strange)).headers.location, '/anmelden/code?passkey=1');
      is((await answer(c, '/anmelden/code', strange)).headers.location.split('?')[0], '/anmelden');
    }
    d.wait(24 * 3600);
    c = await d.enter('tarek', key);
    is((await c.get('/konto/zwei-faktor')).headers.location, '/konto/passwort');
  });

  await test('passkey: of a locked person it signs nobody in', async () => {
    const key = new Authenticator();
    const c = await d.password('lene');
    is((await d.add(c, key)).status, 303);
    const t = await d.password('lene');
    const { form, values } = await answered(t, '/anmelden/code', key);
    server.cli(['user', 'lock', '--workspace', 'agentur', '--login', 'lene', '--json']);
    is((await t.send(form, form.action, values)).headers.location.split('?')[0], '/anmelden');
    d.lene = key;
  });
}

async function proof(d) {
  await test('passkey: proves again who sits there, with a new token, and leads on', async () => {
    const c = await d.enter('jette', d.key);
    d.wait(301);
    const to = (await c.get('/konto/passkeys/neu')).headers.location;
    const before = c.jar.get('__Host-sid');
    is((await answer(c, to, new Authenticator())).headers.location, '/konto/nachweis?weiter=%2Fkonto%2Fpasskeys%2Fneu&passkey=1');
    is((await c.get('/konto/passkeys/neu')).status, 303, 'still not fresh');
    is((await answer(c, to, d.key)).headers.location, '/konto/passkeys/neu');
    is(c.jar.get('__Host-sid') === before, false, 'a new token');
    is((await c.get('/konto/passkeys/neu')).status, 200);
    const bo = await d.password('bo');
    hasNot((await bo.get('/konto/nachweis')).text, 'data-passkey');
  });

  await test('passkey: proves for a form that waits, which goes on by itself afterwards', async () => {
    d.wait(24 * 3600);
    const c = await d.enter('jette', d.key), to = '/konto/zwei-faktor';
    const form = Client.forms((await c.get(to)).text).find((f) => f.action === to);
    d.wait(301);
    const begin = { ...form, page: to };
    const asked = async (answered_) => {
      const q = question(answered_.text);
      const f = Client.forms(answered_.text).find((x) => x.action === '/konto/nachweis/passkey');
      return (key) => c.send(f, f.action, key.get(q, `https://${c.host}:${c.server.port}`));
    };
    const first = await c.send(begin, to, { name: 'Tablet auf Reisen' });
    is(first.status, 403);
    has(first.text, 'Ihre Eingaben gehen dabei nicht verloren');
    const refused = await (await asked(first))(new Authenticator());
    is(refused.status, 422);
    has(refused.text, wrong);
    has(refused.text, 'Tablet+auf+Reisen'.replaceAll('+', '%20'), 'still carried along');
    const right = await (await asked(refused))(d.key);
    is(right.status, 200, right.text.replace(/<[^>]*>/g, ' ').slice(0, 200));
    const waits = Client.forms(right.text).find((x) => x.action === to);
    is(new Map(waits.fields).get('name'), 'Tablet auf Reisen');
    is((await c.send(waits, to)).headers.location.split('?')[0].startsWith('/konto/zwei-faktor/'), true);
    d.wait(301);
    const again = await c.send(begin, to, { name: 'Noch eins' });
    const mistyped = await c.send(Client.forms(again.text).find((x) => x.action === '/konto/nachweis'), '/konto/nachweis', { password: 'falsch' });
    is(mistyped.status, 422);
    is((await (await asked(mistyped))(d.key)).status, 200, 'behind a wrong password, too');
  });

  await test('passkey: the throttle closes for proofs as for passwords', async () => {
    d.wait(24 * 3600);
    const c = await d.enter('jette', d.key);
    let status;
    for (let i = 0; i < 11; i++) status = (await answer(c, '/konto/nachweis', new Authenticator())).status;
    is(status, 429);
    is((await answer(c, '/konto/nachweis', d.key)).status, 429);
    d.wait(24 * 3600);
  });
}

async function removing(d) {
  await test('passkey: removed one by one, after a fresh proof; what was removed signs nobody in', async () => {
    let c = await d.enter('jette', d.key);
    const page = (await c.get('/konto/zwei-faktor')).text;
    const [first, second] = [...page.matchAll(/action="(\/konto\/passkeys\/\d+\/entfernen)"/g)].map((m) => m[1]);
    const bo = await d.password('bo');
    is((await bo.raw('POST', first, { body: '', headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': 0 } })).status, 404, 'another person’s');
    d.wait(301);
    is((await c.submit('/konto/zwei-faktor', second)).status, 403, 'a proof of the last five minutes');
    is((await answer(c, '/konto/nachweis', d.key)).status, 303);
    is((await c.submit('/konto/zwei-faktor', second)).headers.location.split('?')[0], '/konto/zwei-faktor');
    has((await c.get('/konto/hinweise')).text, 'Ein Passkey wurde aus Ihrem Konto entfernt.');
    is((await c.submit('/konto/zwei-faktor', first)).status, 303, 'the last one: the password is long enough');
    c = d.browser();
    is((await c.submit('/anmelden', '/anmelden', { login: 'jette', password: good })).headers.location, '/', 'no factor left');
  });

  await test('passkey: the last one holds a short password and a demand', async () => {
    const c = await d.password('bo');
    const key = new Authenticator();
    is((await d.add(c, key)).status, 303);
    is((await c.submit('/konto/passwort', '/konto/passwort', { old_password: good, password: short })).status, 303);
    const action = /action="(\/konto\/passkeys\/\d+\/entfernen)"/.exec((await c.get('/konto/zwei-faktor')).text)[1];
    const no = await c.submit('/konto/zwei-faktor', action);
    is(no.status, 409);
    has(no.text, 'braucht Ihr Passwort 15 Zeichen');
    const m = await d.password('mara');
    is((await m.get('/')).headers.location.split('?')[0], '/konto/zwei-faktor');
    d.mara = new Authenticator();
    is((await d.add(m, d.mara)).status, 303);
    is((await m.get('/personen')).status, 200, 'a passkey is a second factor');
    has((await m.get('/konto/zwei-faktor')).text, 'Ihre Benutzergruppe braucht einen zweiten Faktor');
    hasNot((await m.get('/konto/zwei-faktor')).text, '/entfernen');
    d.bo = key;
    d.admin = m;
  });
}

async function alone(d) {
  const entered = async (key, bent, more = {}, c = d.browser()) => {
    const { form, values } = await answered(c, '/anmelden', key, bent);
    return { r: await c.send(form, '/anmelden/passkey', { ...values, ...more }), c };
  };

  await test('passkey: not in place of the password until the workspace says so', async () => {
    const c = d.browser();
    const page = await c.get('/anmelden');
    hasNot(page.text, 'passkey');
    const form = Client.forms(page.text).find((f) => f.action === '/anmelden');
    is((await c.send(form, '/anmelden/passkey', {})).status, 403, 'the token of another form');
    is((await d.admin.submit('/einstellungen/anmeldung', '/einstellungen/anmeldung', { passkey_alone: '1' })).status, 303);
    has((await d.browser().get('/anmelden')).text, 'Mit Passkey anmelden');
    hasNot((await d.browser('sued.localhost').get('/anmelden')).text, 'Mit Passkey anmelden');
  });

  await test('passkey: signs in alone, without a name', async () => {
    const { r, c } = await entered(d.bo);
    is(r.headers.location, '/');
    is((await c.get('/konto')).status, 200);
    has((await c.get('/konto')).text, 'bo');
    has((await c.get('/konto/sicherheit')).text, 'Angemeldet');
    const { r: on } = await entered(d.mara);
    is(on.headers.location, '/');
  });

  await test('passkey: alone, nobody’s, a locked one’s, one without a PIN and a wrong one look alike', async () => {
    const bare = (t) => t.replace(/name="(csrf|once|asked)" value="[^"]*"|data-challenge="[^"]*"/g, '');
    const liar = new Authenticator();
    Object.assign(liar, { id: d.bo.id, handle: d.bo.handle });
    const careless = Object.assign(Object.create(Object.getPrototypeOf(d.bo)), d.bo, { verifies: false });
    const strange = new Authenticator();
    strange.handle = d.bo.handle;
    const back = Object.assign(Object.create(Object.getPrototypeOf(d.bo)), d.bo, { counter: -1 });
    let first;
    for (const [what, key, bent, more] of [['nobody', strange], ['locked', d.lene], ['wrong key', liar], ['no PIN', careless], ['counter', back],
      ['origin', d.bo, { origin: 'https://localhost' }], ['no handle', d.bo, {}, { handle: '' }], ['another’s handle', d.bo, {}, { handle: d.mara.handle }],
      ['no form', d.bo, {}, { asked: '', client: '' }]]) {
      const { r, c } = await entered(key, bent, more);
      const page = await c.get(r.headers.location);
      const seen = `${r.status} ${r.headers.location} ${Object.keys(r.headers)} ${r.bytes.length} ${page.status} ${bare(page.text)}`;
      first ??= seen;
      is(seen, first, what);
      has(page.text, wrong);
      is((await c.get('/konto')).status, 303, what);
    }
    const { c } = await entered(d.bo);
    has((await c.get('/konto/hinweise')).text, 'weil sein Zähler nicht weiterging');
  });

  await test('passkey: alone, an answer counts once, in its browser and for its page', async () => {
    const c = d.browser();
    const { form, values } = await answered(c, '/anmelden', d.bo);
    const other = d.browser();
    const theirs = Client.forms((await other.get('/anmelden')).text).find((f) => f.action === '/anmelden/passkey');
    is((await other.send(theirs, form.action, values)).headers.location, '/anmelden?passkey=1');
    is((await c.send(form, form.action, values)).headers.location, '/');
    c.jar.delete('__Host-sid');
    is((await c.send(form, form.action, values)).headers.location, '/anmelden?passkey=1', 'a recorded answer');
    const late = await answered(c, '/anmelden', d.bo);
    d.wait(301);
    is((await c.send(late.form, form.action, late.values)).headers.location, '/anmelden?passkey=1', 'five minutes later');
    const t = await d.password('bo', d.browser(), short);
    const behind = await answered(t, '/anmelden/code', d.bo);
    t.jar.delete('__Host-sid');
    const f = Client.forms((await t.get('/anmelden')).text).find((x) => x.action === '/anmelden/passkey');
    is((await t.send(f, '/anmelden/passkey', behind.values)).headers.location, '/anmelden?passkey=1', 'of another page');
  });

  await test('passkey: alone, a network that fails thirty times waits', async () => {
    d.wait(24 * 3600);
    const c = d.browser();
    for (let i = 0; i < 30; i++) is((await entered(new Authenticator(), {}, {}, c)).r.status, 303, `try ${i + 1}`);
    const { r } = await entered(new Authenticator(), {}, {}, c);
    is(r.status, 429);
    has(r.text, 'Mit Passkey anmelden');
    d.wait(24 * 3600);
    is((await entered(d.bo)).r.headers.location, '/');
  });

  await test('passkey: a person who was locked, and the switch turned back', async () => {
    is((await entered(d.lene)).r.headers.location, '/anmelden?passkey=1');
    const t = d.browser();
    const form = Client.forms((await t.get('/anmelden')).text).find((f) => f.action === '/anmelden/passkey');
    const admin = await d.enter('mara', d.mara);
    is((await admin.submit('/einstellungen/anmeldung', '/einstellungen/anmeldung', { passkey_alone: null })).status, 303);
    is((await t.send(form, '/anmelden/passkey', {})).status, 404);
  });
}

async function homebanking(d) {
  await test('passkey: a ticket from before the mode of home banking opens nothing more', async () => {
    d.wait(24 * 3600);
    const c = await d.password('bo', d.browser(), short);
    const { form, values } = await answered(c, '/anmelden/code', d.bo);
    const admin = await d.enter('mara', d.mara);
    const way = '/einstellungen/anmeldung/homebanking';
    is((await admin.submit('/einstellungen/anmeldung', `${way}/ein`)).status, 303);
    is((await c.send(form, form.action, values)).headers.location, '/anmelden');
    is((await c.get('/konto')).status, 303, 'the ticket is over');
    is((await admin.submit('/einstellungen/anmeldung', `${way}/aus`)).status, 303);
  });
}

// localhost and agentur.localhost lead to the same workspace.
async function hosts(d) {
  const there = 'agentur.localhost', only = 'wurde unter localhost angelegt';
  const key = new Authenticator();
  let code;

  await test('passkey: of another address of the workspace, the sign-in page says why it is not asked for', async () => {
    d.server.addUser('vera', 'administrator', good, 'agentur');
    const c = await d.password('vera');
    is((await d.add(c, key)).status, 303);
    code = /[0-9A-Z]{4}(-[0-9A-Z]{4}){3}/.exec((await c.submit('/konto/wiederherstellungscodes', '/konto/wiederherstellungscodes')).text)[0];
    d.wait(24 * 3600);
    const t = await d.password('vera', d.browser(there));
    const page = (await t.get('/anmelden/code')).text;
    has(page, only);
    has(page, 'href="/anmelden/wiederherstellung');
    hasNot(page, 'data-passkey');
    hasNot(page, 'name="code"');
    is((await t.get('/konto')).headers.location?.split('?')[0], '/anmelden/code', 'the password alone opens nothing there');
    hasNot((await (await d.password('vera')).get('/anmelden/code')).text, only);
  });

  await test('passkey: of another address it meets no demand, and says so in the account', async () => {
    const c = await d.password('vera', d.browser(there));
    is((await c.submit('/anmelden/wiederherstellung', '/anmelden/wiederherstellung', { recovery_code: code })).status, 200);
    is((await c.get('/')).headers.location?.split('?')[0], '/konto/zwei-faktor', 'a second factor for this address comes first');
    const page = (await c.get('/konto/zwei-faktor')).text;
    has(page, only);
    has(page, 'Bitte richten Sie jetzt den zweiten Faktor ein');
    has((await c.get('/konto/sicherheit')).text, 'nur unter localhost');
    const second = new Authenticator();
    is((await d.add(c, second, 'Hier')).status, 303);
    is((await c.get('/')).status, 200);
    const left = [...(await c.get('/konto/zwei-faktor')).text.matchAll(/action="(\/konto\/passkeys\/\d+\/entfernen)"/g)].map((m) => m[1]);
    is(left.length, 1, 'the only one for this address stays, that of the other may go');
    const home = await d.enter('vera', key);
    const other = [...(await home.get('/konto/zwei-faktor')).text.matchAll(/action="(\/konto\/passkeys\/\d+\/entfernen)"/g)].map((m) => m[1]);
    is(other.length === 1 && other[0] !== left[0], true, 'and there it is the other way round');
    const form = Client.forms((await home.get('/konto/zwei-faktor')).text).find((f) => f.action === other[0]);
    is((await home.send(form, left[0])).status, 409);
    is((await home.send(form, other[0])).status, 303);
  });
}

async function console_(d) {
  await test('passkey: a second factor at the console, and never more', async () => {
    const at = { port: d.server.operatorPort, ca: d.server.ca };
    d.server.addUser('ops', 'operator', good, 'system');
    const c = new Client(at);
    await d.password('ops', c);
    const key = new Authenticator();
    is((await d.add(c, key)).status, 303);
    is((await c.get('/personen')).status, 200);
    const t = new Client(at);
    await d.password('ops', t);
    is((await answer(t, '/anmelden/code', key)).headers.location, '/');
    const page = (await new Client(at).get('/anmelden')).text;
    hasNot(page, 'passkey');
  });
}
