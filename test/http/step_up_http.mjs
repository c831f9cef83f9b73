// step_up_http.mjs: AUTH-18, generated from the route tables: every form that wants a fresh proof refuses a stale
// one, changes nothing, keeps what was typed, and is done after the password. A route that no page here shows a
// form for fails the test.
import { Authenticator, answered } from '../lib/authenticator.mjs';
import { Client, totp } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { escrowLine, found, lookedInto, until } from '../lib/states.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const password = 'Nebelhorn Förde vier Krabben';
const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ');
const matches = (route, action) => new RegExp(`^${route.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(action);

// Every route's form is sent with a proof that is too old; what is not as it should be.
async function knock(c, routes, forms, values) {
  const bad = [];
  for (const r of routes) {
    const f = forms.find((x) => matches(r, x.action.split('?')[0]));
    if (!f) { bad.push(`${r.path}: no form`); continue; }
    const a = await c.send(f, f.action, values(f.action));
    const secret = a.status === 303 && a.headers.location.split('?')[0] === '/konto/nachweis'; // a code or a signature is not kept: it is given again
    if (a.status !== 403 && !secret) { bad.push(`${r.path}: ${a.status} ${plain(a.text).slice(0, 120)}`); continue; }
    if (secret) { if (!/zwei-faktor\/\{|passkeys$|mailserver$/.test(r.path)) bad.push(`${r.path}: sent away`); continue; }
    const ask = Client.forms(a.text).find((x) => x.action === '/konto/nachweis');
    const kept = new URLSearchParams(ask?.fields.find(([n]) => n === 'kept')[1]);
    for (const [n, v] of Object.entries(values(f.action))) if (kept.get(n) !== v) bad.push(`${r.path}: ${n} is lost`);
  }
  return bad;
}

export async function chapter() {
  const server = await Server.start({ now: '2026-11-24T08:00:00Z', conf: `workspace_mail = 1\nrestore_release = 1\n${escrowLine()}` });
  let base, at;
  const set = (iso) => { server.cli(['clock', 'set', iso, '--json'], { raw: true }); base = Date.parse(iso); at = Date.now(); };
  const now = () => base + Date.now() - at;
  const wait = (s) => set(new Date(Math.ceil(now() / 1000) * 1000 + s * 1000).toISOString());
  try {
    set('2026-11-24T08:00:01Z');
    const id = {};
    for (const [login, group] of [['mara', 'administrator'], ['jette', 'administrator'], ['ole', 'administrator'], ['piet', 'time_recorder_2'], ['lene', 'time_recorder_2']]) {
      id[login] = server.addUser(login, group, password, 'agentur').id;
    }
    server.cli(['user', 'lock', '--workspace', 'agentur', '--login', 'lene', '--json']);
    const enter = async (login, secret) => {
      const c = new Client(server);
      const to = await c.signIn(login, password);
      if (secret) is((await c.submit(to, '/anmelden/code', { code: totp(secret, now()) })).status, 303);
      return c;
    };
    const enrol = async (c) => {
      const begun = await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', { name: 'Telefon' });
      const page = begun.headers.location.split('?')[0];
      const secret = /((?:[A-Z2-7]{4} ){7}[A-Z2-7]{4})/.exec((await c.get(page)).text)[1];
      is((await c.submit(page, page, { code: totp(secret, now()) })).status, 303);
      return secret;
    };
    const c = await enter('mara');
    await enrol(c);
    await enrol(c); // so that one may be removed
    const asked = await answered(c, '/konto/passkeys/neu', new Authenticator());
    is((await c.send(asked.form, '/konto/passkeys', { ...asked.values, name: 'Am Bund' })).status, 303);
    await enrol(await enter('piet'));
    const jette = await enter('jette');
    await enrol(jette);
    wait(31);
    // A mail server of the workspace's own, so that its forms are there.
    const mail = '/einstellungen/verbindungen/mailserver';
    is((await c.submit(mail, mail, { host: 'mail.linden.example', port: 465, target_login: 'kontor', password: 'Sehr-geheim-0815!', sender: 'buero@linden.example', provider: 'Linden Hosting GmbH', country: 'Deutschland', contract_state: 2 })).status, 303);

    // Things for the forms to be about: a company with an address, an import, somebody invited, an order.
    const company = (await c.submit('/kontakte/neu', '/kontakte/neu', { name: 'Werft Hansen', city: 'Kiel', last_name: 'Hansen' })).headers.location?.split('?')[0];
    is(/^\/kontakte\/\d+$/.test(company ?? ''), true, `company at ${company}`);
    const address = /\/kontakte\/adressen\/\d+/.exec((await c.get(company)).text)[0];
    const upload = await c.upload('/kontakte/import', '/kontakte/import', 'file', 'kontakte.csv', 'Firma;Nachname;Ort\r\nReederei Voss;Voss;Kiel\r\n');
    const map = upload.headers.location.split('?')[0];
    const check = (await c.submit(map, map)).headers.location.split('?')[0];
    const invited = await c.submit('/personen/neu', '/personen', { first_name: 'Ina', last_name: 'Vited' });
    is(invited.status, 200, plain(invited.text).slice(0, 300));
    id.ina = /href="\/personen\/(\d+)">[^<]*Ina/.exec((await c.get('/personen')).text)[1];
    const begun = (await c.submit('/konto/zwei-faktor', '/konto/zwei-faktor', { name: 'Zweites' })).headers.location.split('?')[0];
    is((await c.submit(`/personen/${id.jette}`, `/personen/${id.jette}`, { email: 'jette@linden.example', first_name: 'Jette', last_name: 'Harms' })).status, 303);
    const piet = await c.get(`/personen/${id.piet}/zugang`);
    has(piet.text, `action="/personen/${id.piet}/zugang"`);
    is((await jette.submit(`/personen/${id.piet}/zugang`, `/personen/${id.piet}/zugang`, {})).status, 303);

    // A state that is ordered, which waits for a second administrator.
    server.cli(['backup', 'run', '--workspace', 'agentur', '--json']);
    const back = await lookedInto(server, 'agentur', c);
    const records = await found(c, back, company);
    const recordsForm = { ...Client.forms((await c.get(records)).text).find((f) => f.action === records.split('?')[0]), page: records };
    const orderForm = Client.forms((await c.get(back)).text).find((f) => f.action === back);
    const ordered = await c.send(orderForm, back, { reason: 'geleert' });
    is(ordered.status, 303, plain(ordered.text).slice(0, 900));
    const order = ordered.headers.location.split('?')[0];

    // What a form is sent with when its untouched fields would change nothing that wants a proof.
    const values = (action) => (action === address || action === `${company}/adresse` ? { iban: 'DE02120300000000202051', city: 'Kiel', name1: 'Werft' }
      : action === `/personen/${id.piet}` ? { email: 'piet@linden.example', first_name: 'Piet', last_name: 'Petersen' } : action === '/personen' ? { first_name: 'Neu', last_name: 'Mensch' }
        : action.endsWith('/gruppe') ? { group_no: '3' } : action === '/konto/adresse' ? { second_email: 'mara@linden.example' } : /zwei-faktor$/.test(action) ? { name: 'Drittes' } : /zwei-faktor\/\d+$/.test(action) ? { code: '123456' } : {});
    const pages = ['/konto/adresse', '/konto/zwei-faktor', '/konto/passkeys/neu', begun, '/konto/wiederherstellungscodes', '/personen/neu', `/personen/${id.piet}`, `/personen/${id.lene}`,
      `/personen/${id.ina}`, `/personen/${id.piet}/zugang`, `/personen/${id.mara}/zugang`, '/einstellungen/anmeldung', '/einstellungen/verbindungen', mail, '/gesamtexport', '/kontakte', address, `${company}/adresse`, check];
    const forms = [];
    for (const p of pages) {
      const page = await c.get(p);
      is(page.status, 200, p);
      forms.push(...Client.forms(page.text).map((f) => ({ ...f, page: p })));
    }
    // Of somebody else's order the page offers to refuse, of one's own to cancel: the same form to another address.
    const refuse = forms.find((f) => f.action.endsWith('/ablehnen'));
    if (refuse) forms.push({ ...refuse, action: refuse.action.replace('ablehnen', 'abbrechen') });
    for (const p of [`/personen/${id.jette}/zugang`, `/personen/${id.jette}`]) forms.push(...Client.forms((await c.get(p)).text).map((f) => ({ ...f, page: p })));

    // Without a mail server the page does not offer to send a link; a button is a button.
    const button = forms.find((f) => f.action === `/personen/${id.jette}/abmelden`);
    forms.push({ ...button, action: button.action.replace('abmelden', 'passwort') }, { ...button, action: '/konto/adresse/entfernen' });
    forms.push({ ...orderForm, page: back }, recordsForm, ...['freigeben', 'zuruecknehmen'].map((what) => ({ ...button, action: `${order}/${what}` })));
    // The switch's own form on the page leads the other way while it is off.
    const on = forms.find((f) => f.action.endsWith('/homebanking/ein'));
    forms.push({ ...on, action: on.action.replace(/ein$/, 'aus') });

    const { agency } = server.cli(['rights', '--json'], { noDir: true });
    // A second address wants a mail server, without which its page has no form.
    const routes = agency.filter((r) => r.method === 'POST' && r.stepUp && r.path !== '/konto/adresse');
    const people = () => JSON.stringify(server.cli(['user', 'list', '--workspace', 'agentur', '--json']));

    await test(`step-up: ${routes.length} forms refuse a stale proof, change nothing, and keep what was typed`, async () => {
      const before = people();
      const contacts = async () => plain((await c.get(company)).text);
      const company_ = await contacts();
      wait(301);
      const bad = await knock(c, routes, forms, values);
      const asking = agency.filter((x) => x.method === 'GET' && x.stepUp && !x.path.includes('{')); // a file's: export_http.mjs
      is(asking.length >= 2, true, `${asking.length} pages`);
      for (const r of asking) {
        const a = await c.get(r.path);
        const asks = a.status === 303 ? a.headers.location.startsWith('/konto/nachweis') : a.status === 403 && a.text.includes('action="/konto/nachweis"');
        if (!asks) bad.push(`GET ${r.path}: ${a.status}`);
      }
      is(bad.join('; '), '', 'differences');
      is(people(), before);
      is(await contacts(), company_);
    });

    await test('step-up: what changes nothing of that kind is done without', async () => {
      is((await c.submit(address, address, { city: 'Lübeck' })).status, 303);
      is((await c.submit(`/personen/${id.piet}`, `/personen/${id.piet}`, { phone: '0431 1', first_name: 'Piet', last_name: 'Petersen' })).status, 303);
    });

    await test('step-up: after the password one button does it, with every letter that was typed', async () => {
      const typed = { iban: 'DE02120300000000202051', bank_name: 'Bank „Möwe“ & <Söhne>', comments: 'Zeile 1\r\nZeile 2 = 100 %' };
      const a = await c.submit(address, address, typed);
      is(a.status, 403);
      hasNot((await c.get(address)).text, 'DE02120300000000202051');
      const ask = Client.forms(a.text).find((x) => x.action === '/konto/nachweis');
      const yes = await c.send(ask, '/konto/nachweis', { password });
      is(yes.status, 200, plain(yes.text).slice(0, 200));
      const go = Client.forms(yes.text).find((x) => x.action === address);
      is((await c.send(go, address)).status, 303);
      const form = Client.forms((await c.get(address)).text).find((x) => x.action === address);
      for (const [n, v] of Object.entries(typed)) is(form.fields.find(([k]) => k === n)[1].replace(/\r?\n/g, '\r\n').replace(/\s(?=\d{4})/g, ''), v, n);
    });

    await test('step-up: a form that another site made is not kept for the password', async () => {
      wait(301);
      const f = forms.find((x) => x.action === `/personen/${id.piet}/sperren`);
      const forged = { ...f, fields: f.fields.map(([n, v]) => [n, n === 'csrf' ? 'A'.repeat(43) : v]) };
      const r = await c.send(forged, f.action);
      is(r.status, 403);
      hasNot(r.text, 'name="kept"');
      const kept = await c.submit('/konto/nachweis', '/konto/nachweis', { password, kept_to: f.action, kept: 'csrf=falsch&version=1' });
      const go = Client.forms(kept.text).find((x) => x.action === f.action);
      is((await c.send(go, f.action)).status, 403, 'the token of the form that waits is asked');
      const away = await c.submit('/konto/nachweis', '/konto/nachweis', { password, kept_to: 'https://boese.example/', kept: 'a=b' });
      is(away.headers.location, '/konto/sicherheit');
    });

    // --- the operators' console -----------------------------------------------------------------------------------
    const [, link] = /(\/einladung\/\S+)/.exec(server.initOutput.split('\n').find((l) => /8444|Betreiber/.test(l)));
    const ops = new Client({ port: server.operatorPort, ca: server.ca }, 'localhost');
    is((await ops.submit(link, link, { login: 'wache', password, first_name: 'Wiebke', last_name: 'Achterberg' })).status, 303, 'the operator comes in');
    await enrol(ops);
    await enrol(ops);
    const key = await answered(ops, '/konto/passkeys/neu', new Authenticator());
    is((await ops.send(key.form, '/konto/passkeys', { ...key.values, name: 'Am Bund' })).status, 303);
    const open = (await ops.submit('/konto/zwei-faktor', '/konto/zwei-faktor', { name: 'Drittes' })).headers.location.split('?')[0];
    for (const login of ['heuer', 'lotse', 'luise']) id[login] = server.addUser(login, 'operator', password, 'system').id;
    server.cli(['user', 'lock', '--workspace', 'system', '--login', 'lotse', '--json']);
    const made = await ops.submit('/personen/neu', '/personen', { first_name: 'Ina', last_name: 'Vited' });
    is(made.status, 200, plain(made.text).slice(0, 300));
    const ina = /href="\/personen\/(\d+)">[^<]*Ina/.exec((await ops.get('/personen')).text)[1];
    is((await ops.submit(`/personen/${id.heuer}`, `/personen/${id.heuer}`, { email: 'heuer@hafen.example', first_name: 'Hein', last_name: 'Heuer' })).status, 303);
    const heuer = new Client({ port: server.operatorPort, ca: server.ca }, 'localhost');
    await heuer.signIn('heuer', password);
    await enrol(heuer); // so that it may be lost
    is((await ops.submit(`/personen/${id.heuer}/zugang`, `/personen/${id.heuer}/zugang`, {})).status, 303);
    // The order, approved, waits for them.
    is((await jette.submit('/konto/nachweis', '/konto/nachweis', { password })).status, 303);
    is((await jette.submit(order, `${order}/freigeben`)).status, 303);
    await until(ops, '/freigaben', (t) => t.includes('href="/freigaben/1"'));
    const console_ = [];
    for (const p of ['/konto/adresse', '/konto/zwei-faktor', '/konto/passkeys/neu', open, '/konto/wiederherstellungscodes', '/personen/neu', `/personen/${id.heuer}`, `/personen/${id.lotse}`, `/personen/${ina}`,
      `/personen/${id.heuer}/zugang`, '/auftraege/1', '/freigaben/1', '/stoerungen', '/preise']) console_.push(...Client.forms((await ops.get(p)).text).map((f) => ({ ...f, page: p })));
    // What its page shows only in another state of the thing, or with a mail server: a button is a button.
    const press = console_.find((f) => f.action === `/personen/${id.heuer}/abmelden`) ?? console_.find((f) => f.action.startsWith('/personen/') && f.fields.length <= 3);
    const operators = server.cli(['rights', '--json'], { noDir: true }).console.filter((r) => r.method === 'POST' && r.stepUp && r.path !== '/konto/adresse');
    for (const r of operators.filter((x) => !console_.some((f) => matches(x, f.action.split('?')[0])))) {
      console_.push({ ...press, action: r.path.replace('{user}', id.heuer).replace('{approval}', /\/personen\/zugang\/(\d+)/.exec((await ops.get(`/personen/${id.heuer}/zugang`)).text)?.[1] ?? '1').replace(/\{\w+\}/, '1') });
    }
    const typed = (action) => (action === '/personen' ? { first_name: 'Neu', last_name: 'Mensch' } : action === `/personen/${id.heuer}` ? { email: 'hein@hafen.example', first_name: 'Hein', last_name: 'Heuer' }
      : action === '/stoerungen' ? { incident_text: 'Platte voll' } : action === '/preise' ? { whole_net: '150,00' } : action.endsWith('/erlassen') ? { waive_reason: 'Kulanz' } : /^.freigaben.*ablehnen$/.test(action) ? { refuse_reason: 'Rückfrage' }
        : /zwei-faktor$/.test(action) ? { name: 'Viertes' } : /zwei-faktor\/\d+$/.test(action) ? { code: '123456' } : {});
    await test(`step-up: ${operators.length} forms of the operators' console refuse a stale proof and change nothing`, async () => {
      const stands = () => JSON.stringify([['user', 'list', '--workspace', 'system'], ['charge', 'list'], ['price', 'show'], ['incident', 'list']].map((args) => server.cli([...args, '--json'])));
      is(operators.length >= 15, true, `${operators.length}`);
      for (const path of ['/auftraege/{charge}/erlassen', '/freigaben/{restore_release}/ablehnen', '/freigaben/{restore_release}/freigeben', '/stoerungen', '/preise']) is(operators.some((r) => r.path === path), true, path);
      const before = stands();
      wait(301);
      is((await knock(ops, operators, console_, typed)).join('; '), '', 'differences');
      is(stands(), before);
    });
  } finally {
    await server.stop();
  }
}
