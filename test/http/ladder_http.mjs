// ladder_http.mjs: the ways back in for somebody whose second factor is gone (AUTH-16), each rung and each
// refusal on it, on a server of its own whose clock the tests move; and the rehearsal of it.
import { Client, totp } from '../lib/client.mjs';
import { Desk, good as password, plain } from '../lib/desk.mjs';
import { Server } from '../lib/server.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const HOUR = 3600, DAY = 24 * HOUR;

class Office extends Desk {
  people = {};

  // A person with a device, signed in.
  async hire(login, group, workspace = 'agentur', host = 'agentur.localhost') {
    const { id } = this.server.addUser(login, group, password, workspace);
    const c = new Client(this.server, host);
    await c.signIn(login, password);
    this.people[login] = { id, host, c, secret: await this.enrol(c, 'Telefon') };
    return this.people[login];
  }

  // The password alone, on a browser never seen: where does it lead?
  async knock(login) {
    const c = new Client(this.server, this.people[login].host);
    const r = await c.submit('/anmelden', '/anmelden', { login, password });
    is(r.status, 303, plain(r.text).slice(0, 300));
    return { c, to: r.headers.location.split('?')[0] };
  }

  async asksForCode(login) { is((await this.knock(login)).to, '/anmelden/code', `${login}: what the password leads to`); }

  // Signs in again, completely.
  async enter(login) {
    const p = this.people[login];
    this.wait(31);
    const { c } = await this.knock(login);
    const r = await c.submit('/anmelden/code', '/anmelden/code', { code: totp(p.secret, this.now()) });
    is(r.status, 303);
    is(/^\/anmelden/.test(r.headers.location), false, `code: ${r.headers.location}`);
    p.c = c;
    return c;
  }

  async asks(login, reason = 'Telefon im Fluss') {
    const { c } = await this.knock(login);
    const r = await c.submit('/anmelden/hilfe', '/anmelden/hilfe', { reason });
    is(r.status, 303, plain(r.text).slice(0, 400));
    return c;
  }

  page(login) { return `/personen/${this.people[login].id}/zugang`; }

  // The order under way for somebody, as an administrator's page names it.
  async order(admin, login) {
    const page = (await this.people[admin].c.get(this.page(login))).text;
    return /action="\/personen\/zugang\/(\d+)\//.exec(page)?.[1];
  }

  async does(admin, login, what) {
    const id = await this.order(admin, login);
    return this.people[admin].c.submit(this.page(login), `/personen/zugang/${id}/${what}`);
  }

  // Without the page's help: the token of any button is good for any other, the rest is the server's business.
  async forces(admin, id, what) {
    const c = this.people[admin].c;
    const form = Client.forms((await c.get('/konto/sicherheit')).text).find((f) => f.action === '/abmelden');
    return c.send({ ...form, fields: form.fields.filter(([n]) => n === 'csrf') }, `/personen/zugang/${id}/${what}`);
  }

  notices(login) { return this.people[login].c.get('/konto/hinweise').then((r) => r.text); }
}

export async function chapter() {
  const server = await Server.start({ now: '2026-11-24T08:00:00Z' });
  try {
    server.cli(['workspace', 'add', '--slug', 'sued', '--name', 'Studio Süd', '--json']);
    const o = new Office(server);
    for (const login of ['anke', 'berta', 'clara']) await o.hire(login, 'administrator');
    await o.hire('dora', 'time_recorder_2');
    await o.hire('bert', 'administrator', 'sued', 'sued.localhost');
    await asking(o);
    await approving(o);
    await refusals(o);
    await stopping(o);
    await alone(o);
    await operator(o, server);
    await console_(o, server);
    await rehearsing(o);
    await reminded(o, server);
  } finally {
    await server.stop();
  }
}

async function asking(o) {
  await test('ladder: the page behind the code names the ways that this person has', async () => {
    const { c, to } = await o.knock('dora');
    is(to, '/anmelden/code');
    has((await c.get(to)).text, 'href="/anmelden/hilfe"');
    const page = (await c.get('/anmelden/hilfe')).text;
    has(page, 'Es ist nur ein Gerät eingerichtet');
    has(page, 'Es ist kein Code mehr übrig');
    has(page, 'Zwei Administratoren Ihrer Agentur geben frei');
    has(page, 'danach vergehen 72 Stunden');
    is((await new Client(o.server, 'agentur.localhost').get('/anmelden/hilfe')).headers.location.split('?')[0], '/anmelden', 'for nobody without the password');
  });

  await test('ladder: where two administrators are missing, rung 3 is not offered, and cannot be asked for', async () => {
    const { c } = await o.knock('bert');
    const page = (await c.get('/anmelden/hilfe')).text;
    has(page, 'keine zwei weiteren Administratoren');
    hasNot(page, 'action="/anmelden/hilfe"');
  });

  await test('ladder: asking tells the person and every administrator', async () => {
    const c = await o.asks('dora');
    has((await c.get('/anmelden/hilfe')).text, '0 von 2 Freigaben');
    for (const a of ['anke', 'berta', 'clara']) {
      has(await o.notices(a), 'bittet um Freigabe');
      has((await o.people[a].c.get('/personen')).text, o.page('dora'));
    }
    has(await o.notices('dora'), 'angefragt, den zweiten Faktor');
    has(await o.notices('dora'), 'damit ist die Anfrage beendet');
    hasNot(await o.notices('dora'), 'bittet um Freigabe');
    has((await o.people.anke.c.get(o.page('dora'))).text, 'Telefon im Fluss');
  });

  await test('ladder: asking twice is one request', async () => {
    const { c } = await o.knock('dora');
    hasNot((await c.get('/anmelden/hilfe')).text, 'action="/anmelden/hilfe"');
  });
}

async function approving(o) {
  await test('ladder: the same administrator counts once', async () => {
    is((await o.does('anke', 'dora', 'freigeben')).status, 303);
    const id = await o.order('anke', 'dora');
    const page = (await o.people.anke.c.get(o.page('dora'))).text;
    has(page, 'Sie haben freigegeben');
    hasNot(page, '/freigeben"');
    const r = await o.forces('anke', id, 'freigeben');
    is(r.status, 409);
    has(r.text, 'Sie haben schon freigegeben');
    await o.asksForCode('dora');
  });

  await test('ladder: an order of another agency is none', async () => {
    const id = await o.order('berta', 'dora');
    for (const what of ['freigeben', 'ablehnen', 'abbrechen']) is((await o.forces('bert', id, what)).status, 404, what);
    is((await o.people.bert.c.get(o.page('dora'))).status, 404);
    is((await o.forces('berta', 987654, 'freigeben')).status, 404);
  });

  await test('ladder: two approve, and for 24 hours nothing changes', async () => {
    is((await o.does('berta', 'dora', 'freigeben')).status, 303);
    has(await o.notices('dora'), 'haben freigegeben');
    has((await o.people.clara.c.get(o.page('dora'))).text, 'Freigegeben; wirkt ab');
    const id = await o.order('clara', 'dora');
    is((await o.forces('clara', id, 'freigeben')).status, 409, 'a third');
    o.old = o.people.dora.c;
    o.wait(24 * HOUR - 60);
    await o.asksForCode('dora');
  });

  await test('ladder: then the password is enough once, and a new factor comes before all else', async () => {
    o.wait(61);
    const wrong = await new Client(o.server, 'agentur.localhost').submit('/anmelden', '/anmelden', { login: 'dora', password: 'Möwen zanken um Brot 7' });
    is(wrong.status, 422, 'the password stays needed');
    const { c, to } = await o.knock('dora');
    is(to, '/');
    is((await c.get('/')).headers.location.split('?')[0], '/konto/zwei-faktor');
    is((await c.get('/zeiten')).headers.location.split('?')[0], '/konto/zwei-faktor');
    has((await c.get('/konto/hinweise')).text, 'wurde zurückgesetzt');
    o.people.dora.secret = await o.enrol(c);
    o.people.dora.c = c;
    is((await c.get('/konto')).status, 200);
    await o.asksForCode('dora');
    is((await o.old.get('/konto')).status, 303, 'sessions have ended');
  });

  await test('ladder: what was done is written down for the administrators', async () => {
    await o.enter('anke');
    const page = (await o.people.anke.c.get(o.page('dora'))).text;
    has(page, 'Zweiter Faktor zurückgesetzt');
    has(page, 'Telefon im Fluss');
    hasNot((await o.people.anke.c.get('/personen')).text, o.page('dora'));
  });
}

async function refusals(o) {
  const fresh = async () => { for (const a of ['anke', 'berta', 'clara']) await o.enter(a); };

  await test('ladder: nobody approves for herself, in whatever session', async () => {
    await fresh();
    await o.asks('anke');
    const id = await o.order('anke', 'anke');
    has((await o.people.anke.c.get(o.page('anke'))).text, 'Freigeben müssen zwei andere');
    const r = await o.forces('anke', id, 'freigeben');
    is(r.status, 409);
    has(r.text, 'was Sie selbst betrifft');
    is((await o.forces('anke', id, 'ablehnen')).status, 409);
    is((await o.does('anke', 'anke', 'abbrechen')).status, 303, 'she may stop it');
    const self = await o.people.anke.c.get(o.page('anke'));
    hasNot(self.text, `action="${o.page('anke')}"`);
  });

  await test('ladder: an administrator who orders is the first of two', async () => {
    is((await o.people.berta.c.submit(o.page('dora'), o.page('dora'), { reason: 'am Telefon erkannt' })).status, 303);
    has((await o.people.anke.c.get(o.page('dora'))).text, '1 von 2 Freigaben');
    is((await o.forces('berta', await o.order('berta', 'dora'), 'freigeben')).status, 409);
    await o.asksForCode('dora');
  });

  await test('ladder: an approval goes with the right of who gave it', async () => {
    const berta = `/personen/${o.people.berta.id}`;
    const id = await o.order('berta', 'dora');
    is((await o.people.clara.c.submit(berta, `${berta}/gruppe`, { group_no: '3' })).status, 303);
    has((await o.people.anke.c.get(o.page('dora'))).text, '0 von 2 Freigaben');
    await o.enter('berta');
    is((await o.forces('berta', id, 'freigeben')).status, 403);
    is((await o.does('anke', 'dora', 'freigeben')).status, 303);
    has((await o.people.clara.c.get(o.page('dora'))).text, '1 von 2 Freigaben');
    is((await o.people.clara.c.submit(berta, `${berta}/gruppe`, { group_no: '5' })).status, 303);
    await o.enter('berta');
  });

  await test('ladder: what nobody approves for a week runs out', async () => {
    const id = await o.order('anke', 'dora');
    o.wait(7 * DAY);
    await fresh();
    const r = await o.forces('clara', id, 'freigeben');
    is(r.status, 409);
    has(r.text, 'abgelaufen');
    await o.asksForCode('dora');
  });

  await test('ladder: what was approved and not used for a week runs out', async () => {
    is((await o.people.berta.c.submit(o.page('dora'), o.page('dora'), { reason: '' })).status, 303);
    is((await o.does('anke', 'dora', 'freigeben')).status, 303);
    o.wait(8 * DAY);
    await o.asksForCode('dora');
    await fresh();
  });

  await test('ladder: three requests a day, then it waits until tomorrow', async () => {
    for (let i = 0; i < 3; i++) {
      const c = await o.asks('dora');
      is((await c.submit('/anmelden/hilfe', '/anmelden/hilfe/abbrechen')).status, 303);
    }
    const { c } = await o.knock('dora');
    const r = await c.submit('/anmelden/hilfe', '/anmelden/hilfe', {});
    is(r.status, 429);
    o.wait(DAY);
  });
}

async function stopping(o) {
  const begin = async () => {
    for (const a of ['anke', 'berta', 'clara']) await o.enter(a);
    is((await o.people.berta.c.submit(o.page('dora'), o.page('dora'), {})).status, 303);
    is((await o.does('anke', 'dora', 'freigeben')).status, 303);
  };
  const nothing = async (event) => {
    o.wait(25 * HOUR);
    await o.asksForCode('dora');
    await o.enter('dora');
    has(await o.notices('dora'), event);
  };

  await test('ladder: stopped by the person from the page behind the password', async () => {
    await o.enter('dora');
    await begin();
    const { c } = await o.knock('dora');
    is((await c.submit('/anmelden/hilfe', '/anmelden/hilfe/abbrechen')).status, 303);
    await nothing('wurde abgebrochen');
  });

  await test('ladder: stopped by the person in any of her sessions', async () => {
    await begin();
    const c = o.people.dora.c;
    has((await c.get('/konto/sicherheit')).text, 'Jemand hat angefragt');
    is((await c.submit('/konto/sicherheit', '/konto/zugang/abbrechen')).status, 303);
    hasNot((await c.get('/konto/sicherheit')).text, 'Jemand hat angefragt');
    await nothing('wurde abgebrochen');
  });

  await test('ladder: stopped by signing in, which shows that nothing is lost', async () => {
    await begin();
    await o.enter('dora');
    hasNot((await o.people.anke.c.get('/personen')).text, o.page('dora'));
    await nothing('wurde abgebrochen');
  });

  await test('ladder: stopped by who ordered it', async () => {
    await begin();
    is((await o.does('berta', 'dora', 'abbrechen')).status, 303);
    await nothing('wurde abgebrochen');
  });

  await test('ladder: refused by another administrator, also while it waits', async () => {
    await begin();
    is((await o.does('clara', 'dora', 'ablehnen')).status, 303);
    await nothing('wurde abgelehnt');
  });
}

async function alone(o) {
  await test('ladder: whatever one administrator presses, the second factor stays', async () => {
    for (const a of ['anke', 'berta', 'clara']) await o.enter(a);
    const c = o.people.anke.c;
    const dora = `/personen/${o.people.dora.id}`;
    const pressed = new Set();
    for (const page of [dora, o.page('dora'), o.page('dora')]) {
      for (const f of Client.forms((await c.get(page)).text)) {
        if (!f.action.startsWith('/personen')) continue;
        const r = await c.send(f, f.action.split('?')[0]);
        is(r.status < 500, true, `${f.action}: ${r.status}`);
        pressed.add(f.action.split('/').pop());
      }
    }
    for (const x of ['abmelden', 'gruppe', 'rechte', 'sperren', 'zugang', 'abbrechen']) is(pressed.has(x), true, `pressed ${x} of ${[...pressed]}`);
    const unlock = Client.forms((await c.get(dora)).text).find((f) => f.action.endsWith('/entsperren'));
    if (unlock) is((await c.send(unlock, unlock.action)).status, 303);
    o.wait(5 * DAY);
    await o.asksForCode('dora');
  });

  await test('ladder: nobody removes a device of somebody else', async () => {
    await o.enter('dora');
    const own = /\/konto\/zwei-faktor\/(\d+)\/entfernen/.exec((await o.people.dora.c.get('/konto/zwei-faktor')).text)[1];
    const c = await o.enter('anke');
    const form = Client.forms((await c.get('/konto/sicherheit')).text).find((f) => f.action === '/abmelden');
    is((await c.send(form, `/konto/zwei-faktor/${own}/entfernen`)).status, 404);
    await o.asksForCode('dora');
  });
}

async function operator(o, server) {
  const reset = (...args) => server.cli(['user', 'reset-2fa', ...args, '--json'], { any: true });
  const code = (r) => JSON.parse(r.stdout || r.stderr).code ?? JSON.parse(r.stdout || r.stderr).error?.code;

  await test('operator: says how the person proved who she is, or is refused', () => {
    is(reset('--workspace', 'sued', '--login', 'bert').status === 0, false, 'no reason');
    is(code(reset('--workspace', 'sued', '--login', 'bert', '--reason', '   ')), 'ladder.reason');
    is(code(reset('--workspace', 'sued', '--login', 'bert', '--reason', 'ä'.repeat(201))), 'ladder.reason');
    is(code(reset('--workspace', 'sued', '--login', 'niemand', '--reason', 'x')), 'user.unknown');
    is(code(reset('--workspace', 'sued', '--login', 'bert', '--cancel')), 'approval.ended');
  });

  await test('operator: is sent to the administrators where there are two', () => {
    is(code(reset('--workspace', 'agentur', '--login', 'dora', '--reason', 'Ausweis')), 'ladder.admins');
  });

  await test('operator: nobody without a second factor has one to reset', () => {
    server.addUser('ohne', 'time_recorder_1', password, 'sued');
    is(code(reset('--workspace', 'sued', '--login', 'ohne', '--reason', 'Ausweis')), 'ladder.factor');
  });

  await test('operator: 72 hours, with notices that the customer sees', async () => {
    await o.enter('bert');
    const r = reset('--workspace', 'sued', '--login', 'bert', '--reason', 'Vertrag 4711, Ausweis gesehen');
    is(r.status, 0, r.stderr);
    const at = Date.parse(JSON.parse(r.stdout).notBefore);
    is(Math.abs(at - o.now() - 72 * HOUR * 1000) < 60000, true, 'notBefore');
    has(await o.notices('bert'), 'Der Betreiber von Kontor hat angeordnet');
    has((await o.people.bert.c.get('/konto/sicherheit')).text, 'Jemand hat angefragt');
    is(code(reset('--workspace', 'sued', '--login', 'bert', '--reason', 'noch einmal')), 'approval.open');
    o.wait(72 * HOUR - 60);
    await o.asksForCode('bert');
    o.wait(61);
    const { c, to } = await o.knock('bert');
    is(to, '/');
    is((await c.get('/personen')).headers.location.split('?')[0], '/konto/zwei-faktor');
    o.people.bert.secret = await o.enrol(c);
    o.people.bert.c = c;
    const page = (await c.get(o.page('bert'))).text;
    has(page, 'Vertrag 4711');
    has(page, 'Betreiber');
  });

  await test('operator: stopped by the command, and by an administrator of the agency', async () => {
    is(reset('--workspace', 'sued', '--login', 'bert', '--reason', 'Ausweis').status, 0);
    is(reset('--workspace', 'sued', '--login', 'bert', '--cancel').status, 0);
    o.wait(73 * HOUR);
    await o.asksForCode('bert');
    is(reset('--workspace', 'agentur', '--login', 'dora', '--reason', 'Ausweis', '--unreachable').status, 0);
    await o.enter('clara');
    has(await o.notices('clara'), 'Der Betreiber von Kontor hat angeordnet');
    has((await o.people.clara.c.get(o.page('dora'))).text, 'Vom Betreiber angeordnet');
    is((await o.does('clara', 'dora', 'ablehnen')).status, 303);
    o.wait(73 * HOUR);
    await o.asksForCode('dora');
  });
}

// The operators' own console: the same ladder, for those who are the last rung of everybody else's.
async function console_(o, server) {
  const reset = (...args) => server.cli(['user', 'reset-2fa', '--workspace', 'system', ...args, '--json'], { any: true });
  const code = (r) => JSON.parse(r.stdout || r.stderr).code ?? JSON.parse(r.stdout || r.stderr).error?.code;
  const browser = () => new Client({ port: server.operatorPort, ca: server.ca });
  const knock = async (login) => {
    const c = browser();
    const r = await c.submit('/anmelden', '/anmelden', { login, password });
    is(r.status, 303, plain(r.text).slice(0, 300));
    return { c, to: r.headers.location.split('?')[0] };
  };
  const hire = async (login) => {
    const { id } = server.addUser(login, 'operator', password, 'system');
    const { c } = await knock(login);
    return { id, secret: await o.enrol(c), c };
  };
  const enter = async (login, secret) => {
    o.wait(31);
    const { c } = await knock(login);
    const r = await c.submit('/anmelden/code', '/anmelden/code', { code: totp(secret, o.now()) });
    is(/^\/anmelden/.test(r.headers.location), false, `code: ${r.headers.location}`);
    return c;
  };
  let nils, ole;

  await test('console: the only operator gets back in by the command and 72 hours, and is told', async () => {
    nils = await hire('nils');
    is(code(reset('--login', 'niemand', '--reason', 'Ausweis')), 'user.unknown');
    is(code(reset('--login', 'nils', '--reason', ' ')), 'ladder.reason');
    const r = reset('--login', 'nils', '--reason', 'im Rechenzentrum, Ausweis gesehen');
    is(r.status, 0, r.stderr);
    is(Math.abs(Date.parse(JSON.parse(r.stdout).notBefore) - o.now() - 72 * HOUR * 1000) < 60000, true, 'notBefore');
    has((await nils.c.get('/konto/hinweise')).text, 'Der Betreiber von Kontor hat angeordnet');
    o.wait(72 * HOUR - 60);
    is((await knock('nils')).to, '/anmelden/code', 'not before');
    o.wait(61);
    const { c, to } = await knock('nils');
    is(to, '/');
    is((await c.get('/')).headers.location.split('?')[0], '/konto/zwei-faktor', 'nothing else is open');
    nils.secret = await o.enrol(c);
    is((await c.get('/personen')).status, 200);
    is((await nils.c.get('/konto')).status, 303, 'sessions from before have ended');
  });

  await test('console: stopped by the command, and by signing in', async () => {
    is(reset('--login', 'nils', '--reason', 'Ausweis').status, 0);
    is(reset('--login', 'nils', '--cancel').status, 0);
    is(code(reset('--login', 'nils', '--cancel')), 'approval.ended');
    is(reset('--login', 'nils', '--reason', 'Ausweis').status, 0);
    await enter('nils', nils.secret);
    o.wait(73 * HOUR);
    is((await knock('nils')).to, '/anmelden/code');
  });

  await test('console: where two other operators are, they approve it, and the command says so', async () => {
    ole = await hire('ole');
    const ida = await hire('ida');
    is(code(reset('--login', 'nils', '--reason', 'Ausweis')), 'ladder.admins');
    const at = `/personen/${nils.id}/zugang`;
    is((await ole.c.submit(at, at, { reason: 'am Tisch gegenüber' })).status, 303);
    const id = /action="\/personen\/zugang\/(\d+)\//.exec((await ida.c.get(at)).text)?.[1];
    is((await ida.c.submit(at, `/personen/zugang/${id}/freigeben`)).status, 303);
    o.wait(24 * HOUR + 1);
    is((await knock('nils')).to, '/', 'the password is enough once');
  });
}

async function rehearsing(o) {
  await test('rehearsal: advice for who has one device and no codes, and the date is kept', async () => {
    const c = await o.enter('dora');
    has((await c.get('/konto/sicherheit')).text, 'Noch nie geprobt');
    const page = (await c.get('/konto/notfall')).text;
    has(page, 'Sie haben keine Wiederherstellungscodes. Legen Sie welche an');
    has(page, 'Richten Sie ein zweites Gerät ein');
    has(page, 'Zu Ihrem Konto gehört keine E-Mail-Adresse');
    is((await c.submit('/konto/notfall', '/konto/notfall', {})).status, 303);
    has((await c.get('/konto/notfall')).text, '2 Wege führten bei der Probe wieder hinein');
    has((await c.get('/konto/sicherheit')).text, 'Zuletzt geprobt');
  });

  await test('rehearsal: a code is checked and stays good', async () => {
    const c = o.people.dora.c;
    const sheet = await c.submit('/konto/wiederherstellungscodes', '/konto/wiederherstellungscodes');
    is(sheet.status, 200, plain(sheet.text).slice(0, 200));
    const codes = [...sheet.text.matchAll(/([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})/g)].map((m) => m[1]);
    is(codes.length, 10);
    for (const wrong of ['0000-0000-0000-0000', 'kein Code']) {
      const r = await c.submit('/konto/notfall', '/konto/notfall', { recovery_code: wrong });
      is(r.status, 422, wrong);
      has(r.text, 'Dieser Code gilt nicht');
    }
    is((await c.submit('/konto/notfall', '/konto/notfall', { recovery_code: codes[3].toLowerCase() })).status, 303);
    has((await c.get('/konto/notfall')).text, '3 Wege führten');
    has((await c.get('/konto/sicherheit')).text, '10');
    const { c: t } = await o.knock('dora');
    is((await t.submit('/anmelden/wiederherstellung', '/anmelden/wiederherstellung', { recovery_code: codes[3] })).status, 200, 'the same code at a sign-in');
    const again = await c.submit('/konto/notfall', '/konto/notfall', { recovery_code: codes[3] });
    is(again.status, 422, 'used up now');
  });
}

async function reminded(o, server) {
  await test('a second factor that becomes a duty: told a week and a day before, each once', async () => {
    server.addUser('emil', 'time_recorder_1', password, 'agentur');
    o.people.emil = { host: 'agentur.localhost' };
    const c = await o.enter('anke');
    const r = await c.submit('/einstellungen/anmeldung', '/einstellungen/anmeldung', { demand_1: '1', grace_days: '14' });
    is(r.status, 303, plain(r.text).slice(0, 400));
    const week = 'In spätestens sieben Tagen', day = 'Ab morgen brauchen Sie';
    const look = async () => { const k = await o.knock('emil'); return (await k.c.get('/konto/hinweise')).text; };
    const count = (text, part) => text.split(part).length - 1;
    hasNot(await look(), week);
    o.wait(7 * DAY + 60);
    is(count(await look(), week), 1);
    is(count(await look(), week), 1, 'once');
    hasNot(await look(), day);
    o.wait(6 * DAY);
    is(count(await look(), day), 1);
    is(count(await look(), day), 1, 'once');
    is(count(await look(), week), 1, 'once');
    o.wait(DAY);
    const { c: late } = await o.knock('emil');
    is((await late.get('/zeiten')).headers.location.split('?')[0], '/konto/zwei-faktor', 'then it must be there');
  });
}
