// contact_http.mjs: contacts over HTTP: forms that are refused, late or sent twice; files that are no CSV, too
// large or faulty; other people's drafts and other agencies' things.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';
import { root } from '../lib/server.mjs';

const plain = (r) => r.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 600);
const id = (r) => /\/(\d+)/.exec(r.headers.location)[1];
const fixture = (name) => readFileSync(join(root, 'test', 'fixture', 'csv', name));
const faults = (r) => (r.text.match(/class="field-error"/g) || []).length;

export async function chapter(world) {
  const c = () => world.people.administrator;
  const other = () => world.people.administration;
  const upload = (who, bytes, name = 'liste.csv') => who.upload('/kontakte/import', '/kontakte/import', 'file', name, bytes);
  let company, person;

  await test('contact: all faults at once, input kept, nothing half saved', async () => {
    const r = await c().submit('/kontakte/neu', '/kontakte/neu', { name: 'Halbe Sache', company_email: 'x', first_name: 'Ada', email: 'y' });
    is(r.status, 422, plain(r));
    is(faults(r), 4, 'faults beside their fields');
    has(r.text, 'value="Halbe Sache"');
    hasNot((await c().get('/kontakte?q=Halbe+Sache')).text, '/kontakte/import/');
    has((await c().get('/kontakte?q=Halbe+Sache')).text, 'Kein Treffer');
  });

  await test('contact: sent twice, there once', async () => {
    const form = Client.forms((await c().get('/kontakte/neu')).text).find((f) => f.action === '/kontakte/neu');
    const v = { name: 'Doppelkai KG', city: 'Kiel', last_name: 'Zwilling' };
    const [a, b] = [await c().send(form, '/kontakte/neu', v), await c().send(form, '/kontakte/neu', v)];
    is(a.status, 303, plain(a));
    is(b.status, 303, plain(b));
    is(a.headers.location, b.headers.location);
    company = id(a);
    has((await c().get('/kontakte?q=Doppelkai')).text, '1 bis 1 von 1');
    person = /\/kontakte\/personen\/(\d+)/.exec((await c().get(`/kontakte/${company}`)).text)[1];
  });

  await test('contact: a stale form is told who changed what', async () => {
    const at = `/kontakte/${company}/aendern`;
    const old = Client.forms((await c().get(at)).text).find((f) => f.action === at);
    is((await other().submit(at, at, { code: 'DK' })).status, 303);
    const late = await c().send(old, at, { name: 'Doppelkai AG' });
    is(late.status, 409, plain(late));
    has(late.text, 'Kurzzeichen: – → DK');
    has(late.text, 'value="Doppelkai AG"');
    const again = Client.forms(late.text).find((f) => f.action === at);
    is((await c().send(again, at, {})).status, 303, 'told, it may be saved');
  });

  await test('contact: a person stays at addresses of the own company', async () => {
    const b = await c().submit('/kontakte/neu', '/kontakte/neu', { name: 'Andere Firma', city: 'Ulm' });
    const at = `/kontakte/${id(b)}/person`;
    const foreign = /name="address_id"[\s\S]*?value="(\d+)"/.exec((await c().get(`/kontakte/personen/${person}/aendern`)).text)[1];
    const r = await c().submit(at, at, { last_name: 'Irrläufer', address_id: foreign });
    is(r.status, 422, plain(r));
    has(r.text, 'Diese Adresse gehört zu einer anderen Firma.');
    is((await c().submit(at, at, { last_name: 'Irrläufer', address_id: '987654' })).status, 404);
  });

  // Every form of contacts: where it stands, where it goes, what it needs to be right.
  const formsOf = async () => {
    const page = (await c().get(`/kontakte/${company}`)).text;
    const address = /\/kontakte\/adressen\/(\d+)/.exec(page)[1];
    return [
      ['/kontakte/neu', '/kontakte/neu', { name: 'Formular Neu', city: 'Kiel', last_name: 'Probe' }],
      [`/kontakte/${company}/aendern`, `/kontakte/${company}/aendern`, {}],
      [`/kontakte/${company}/konditionen`, `/kontakte/${company}/konditionen`, { price_group: 'A' }],
      [`/kontakte/${company}/adresse`, `/kontakte/${company}/adresse`, { city: 'Kiel' }],
      [`/kontakte/adressen/${address}`, `/kontakte/adressen/${address}`, {}],
      [`/kontakte/${company}/person`, `/kontakte/${company}/person`, { last_name: 'Probe' }],
      [`/kontakte/personen/${person}/aendern`, `/kontakte/personen/${person}/aendern`, {}],
      ['/kontakte/merkmale', '/kontakte/merkmale', {}],
      ['/kontakte', '/kontakte/export', {}],
    ];
  };

  await test('contact: values that are too long are each told, and nothing is saved', async () => {
    const before = (await c().get(`/kontakte/${company}`)).text.match(/<h1>[^<]*/)[0];
    for (const [from, to] of await formsOf()) {
      const form = Client.forms((await c().get(from)).text).find((f) => f.action === to);
      const texts = form.fields.map(([n]) => n).filter((n) => /^(name|code|tags|q$|price_group|street|city|comments|first_name|last_name|email|phone|iban|bic)/.test(n));
      is(texts.length > 0, true, `${to} has text fields`);
      const long = 'ü'.repeat(700);
      const r = await c().send(form, to, Object.fromEntries(texts.map((n) => [n, n === 'comments' ? 'x'.repeat(20001) : long])));
      is(r.status, 422, `${to}: ${plain(r)}`);
      if (to !== '/kontakte/export') is(faults(r) >= texts.length, true, `${to}: ${faults(r)} of ${texts.length} are told`);
      const huge = await c().send(form, to, { [texts[0]]: 'x'.repeat(70000) });
      is(huge.status, 413, `${to}: a body that is too large`);
    }
    is((await c().get(`/kontakte/${company}`)).text.match(/<h1>[^<]*/)[0], before);
  });

  await test('contact: bytes that are no text, and fields that no form has, are refused', async () => {
    for (const [from, to] of await formsOf()) {
      const form = Client.forms((await c().get(from)).text).find((f) => f.action === to);
      const good = new URLSearchParams(form.fields).toString();
      const post = (body) => c().raw('POST', to, {
        body,
        headers: {
          'content-type': 'application/x-www-form-urlencoded', origin: `https://${c().host}:${world.server.port}`,
          'sec-fetch-site': 'same-origin', 'content-length': body.length,
        },
      });
      for (const bad of ['name=%ff%fe', 'city=%c3', 'q=%ed%a0%80', 'name=a%00b']) {
        const [n] = bad.split('=');
        const r = await post(`${good.split('&').filter((p) => !p.startsWith(`${n}=`)).join('&')}&${bad}`);
        is([400, 422].includes(r.status), true, `${to} ${bad}: ${r.status}`);
      }
      is((await post(`${good}&is_admin=1`)).status, 422, `${to}: a field that it has not`);
    }
  });

  await test('contact: sent twice, each form works once', async () => {
    for (const [from, to, values] of await formsOf()) {
      if (to === '/kontakte/export') continue;
      const form = Client.forms((await c().get(from)).text).find((f) => f.action === to);
      const [a, b] = [await c().send(form, to, values), await c().send(form, to, values)];
      is(a.status, 303, `${to}: ${plain(a)}`);
      is(b.status, 303, `${to}, the second time: ${plain(b)}`);
      is(a.headers.location, b.headers.location, to);
    }
    has((await c().get('/kontakte?q=Formular+Neu')).text, '1 bis 1 von 1');
    is((await c().get(`/kontakte/${company}`)).text.split('Probe</a>').length - 1, 1, 'one new person');
  });

  await test('contact: every form that came too late is told, and keeps what was typed', async () => {
    const stale = { aendern: 'name', konditionen: 'price_group', adressen: 'name2', personen: 'position', merkmale: 'name_5' };
    for (const [from, to] of await formsOf()) {
      const field = stale[Object.keys(stale).find((k) => to.includes(k) && !(k === 'aendern' && to.includes('personen')))];
      if (!field) continue;
      const late = Client.forms((await c().get(from)).text).find((f) => f.action === to);
      const early = Client.forms((await c().get(from)).text).find((f) => f.action === to);
      is((await c().send(early, to, { [field]: 'Zuerst' })).status, 303, to);
      const r = await c().send(late, to, { [field]: 'Zu spät' });
      is(r.status, 409, `${to}: ${plain(r)}`);
      has(r.text, 'Zuerst');
      has(r.text, 'value="Zu spät"');
    }
  });

  await test('contact: ids that do not exist are not found, whatever is sent', async () => {
    for (const to of ['/kontakte/987654/aendern', '/kontakte/987654/konditionen', '/kontakte/987654/adresse',
      '/kontakte/adressen/987654', '/kontakte/987654/person', '/kontakte/personen/987654/aendern',
      '/kontakte/import/987654', '/kontakte/import/987654/pruefung', '/kontakte/import/987654/verwerfen']) {
      is((await c().get(to)).status, to.endsWith('verwerfen') ? 405 : 404, to);
      const form = Client.forms((await c().get('/kontakte/neu')).text)[0];
      const r = await c().send({ fields: form.fields.filter(([n]) => /csrf|once/.test(n)) }, to, {});
      is([403, 404].includes(r.status), true, `${to}: ${r.status}`);
    }
  });

  await test('contact: another agency meets none of it', async () => {
    for (const path of [`/kontakte/${company}`, `/kontakte/personen/${person}`, `/kontakte/${company}/aendern`]) {
      const { text } = await world.foreign.get(path);
      hasNot(text, 'Doppelkai');
      hasNot(text, 'Zwilling');
    }
  });

  await test('csv: what is no CSV file is refused with a sentence', async () => {
    for (const [bytes, sentence] of [
      ['PK\x03\x04 an xlsx', 'Das ist eine Arbeitsmappe'],
      ['%PDF-1.7', 'Das ist keine CSV-Datei'],
      ['Firma;Ort\nA\0;B\n', 'Das ist keine CSV-Datei'],
      ['Firma;Ort\n', 'keine Zeile unter der Kopfzeile'],
      ['Firma;Ort\n"A;B\nC;D\n', 'Anführungszeichen in Zeile 2'],
      [Buffer.concat([Buffer.from('\ufeffFirma;Ort\nM'), Buffer.from([0xfc]), Buffer.from('ller;Ulm\n')]), 'nennt sich UTF-8'],
      [`Firma;Ort\n${'A;B\n'.repeat(20001)}`, 'mehr als 20000 Zeilen'],
    ]) {
      const r = await upload(c(), bytes);
      is(r.status, 422, plain(r));
      has(r.text, sentence);
    }
    is((await upload(c(), Buffer.alloc(7 * 1024 * 1024, 'A;B\n'))).status, 413);
    const none = await c().upload('/kontakte/import', '/kontakte/import', 'file', '', '');
    is(none.status, 422, plain(none));
    has(none.text, 'Bitte wählen Sie eine Datei aus.');
  });

  await test('csv: faults are told line by line, and nothing is written', async () => {
    const up = await upload(c(), fixture('mit-fehlern.csv'));
    is(up.status, 303, plain(up));
    const at = up.headers.location;
    const check = await c().get(`${at}/pruefung`);
    has(check.text, '7 Zeilen mit Fehlern');
    has(check.text, 'Das ist keine E-Mail-Adresse.');
    // sent without the tick: nothing; the same form again: still nothing
    const apply = Client.forms(check.text).find((f) => f.action === `${at}/pruefung`);
    for (let i = 0; i < 2; i++) {
      const refused = await c().send(apply, `${at}/pruefung`, {});
      is(refused.status, 409, plain(refused));
      has(refused.text, 'Es wurde nichts übernommen.');
    }
    const bad = await c().get(`${at}/fehler.csv`);
    has(bad.headers['content-disposition'], 'kontor-fehlerhafte-zeilen.csv');
    is(bad.text.trimEnd().split('\r\n').length, 8, 'the header and seven rows');
    // a form of another file, sent here: the server asks again
    const csrf = Client.forms((await c().get(at)).text).find((f) => f.action === at);
    const r = await c().send({ ...csrf, fields: csrf.fields.filter(([n]) => !/^c\d/.test(n)) }, `${at}/pruefung`, { version: 1 });
    is([403, 409].includes(r.status), true, `refused: ${r.status}`);
    has((await c().get('/kontakte?q=Gut+GmbH')).text, 'Kein Treffer');
  });

  await test('csv: rows with faults are left out when a person says so', async () => {
    const at = (await upload(c(), 'Firma;Ort;E-Mail\nWeglass AG;Ulm;gut@weglass.example\nKaputt AG;Ulm;kaputt\n')).headers.location;
    const done = await c().submit(`${at}/pruefung`, `${at}/pruefung`, { leave_out: '1' });
    is(done.status, 303, plain(done));
    has((await c().get(done.headers.location)).text, 'Weggelassene Zeilen');
    has((await c().get('/kontakte?q=Weglass')).text, '1 bis 1 von 1');
    has((await c().get('/kontakte?q=Kaputt')).text, 'Kein Treffer');
  });

  await test('csv: Windows-1252 with quotes and line breaks; the second time all is there', async () => {
    for (const round of [1, 2]) {
      const up = await upload(c(), fixture('excel-kunden.csv'));
      const at = up.headers.location;
      has((await c().get(at)).text, 'Windows-1252');
      is((await c().submit(at, at, {})).status, 303);
      const check = await c().get(`${at}/pruefung`);
      if (round === 2) {
        has(check.text, 'Alle Zeilen sind schon da.');
        hasNot(check.text, 'Kontakte übernehmen');
        continue;
      }
      const done = await c().submit(`${at}/pruefung`, `${at}/pruefung`, {});
      is(done.status, 303, plain(done));
      const result = await c().get(done.headers.location);
      has(result.text, 'Die Kontakte sind übernommen.');
    }
    has((await c().get('/kontakte?q=Gasthof')).text, 'Gasthof &quot;Krone&quot;; Inh. O&#39;Brien');
    has((await c().get('/kontakte?q=soehne+gmbh')).text, 'Müller &amp; Söhne GmbH');
  });

  await test('csv: formulas and markup stay text', async () => {
    const up = await upload(c(), fixture('formeln.csv'));
    const at = up.headers.location;
    const mapped = await c().get(at);
    hasNot(mapped.text, '<script>alert');
    is((await c().submit(`${at}/pruefung`, `${at}/pruefung`, {})).status, 303);
    const list = (await c().get('/kontakte?q=hyperlink')).text;
    has(list, '=HYPERLINK(&quot;http://böse.example&quot;');
    hasNot((await c().get('/kontakte?q=alert')).text, '<script>alert');
  });

  await test('csv: a draft is its owner’s alone', async () => {
    const at = (await upload(c(), 'Firma;Ort\nGeheim;Ulm\n')).headers.location;
    is((await other().get(at)).status, 404);
    is((await other().get(`${at}/pruefung`)).status, 404);
    hasNot((await other().get('/kontakte/import')).text, at);
    is((await c().submit(`${at}/pruefung`, `${at}/verwerfen`, {})).status, 303);
    is((await c().get(at)).status, 404);
  });

  await test('csv: the template is understood as it is', async () => {
    const template = await c().get('/kontakte/import/vorlage.csv');
    has(template.headers['content-disposition'], 'kontor-kontakte.csv');
    const at = (await upload(c(), template.bytes)).headers.location;
    has((await c().get(`${at}/pruefung`)).text, 'Alle Zeilen sind in Ordnung.');
  });

  await test('two records of one company become one; sent twice, done once; a stale form is told', async () => {
    const c = world.people.administrator;
    const add = async (v) => {
      const r = await c.submit('/kontakte/neu', '/kontakte/neu', { city: 'Husum', title: 'Frau', last_name: 'Lornsen', ...v });
      is(r.status, 303, r.text.replace(/<[^>]*>/g, ' ').slice(0, 500));
      return /\/kontakte\/(\d+)/.exec(r.headers.location)[1];
    };
    const a = await add({ name: 'Dünenverlag GmbH', phone: '04841 11' });
    const b = await add({ name: 'DUENENVERLAG', first_name: 'Wiebke', email: 'wl@duenen.example' });
    const at = `/kontakte/${a}/zusammenfuehren`;
    has((await c.get('/kontakte/dubletten')).text, `${at}?mit=${b}`);
    const open = async () => Client.forms((await c.get(`${at}?mit=${b}`)).text).find((f) => f.action === at && f.fields.some(([n]) => n === 'version'));
    const form = await open();
    is((await c.send(await open(), at, { version: '77' })).status, 409);
    for (const who of ['team_leader', 'time_recorder_1']) {
      is((await world.people[who].get(`${at}?mit=${b}`)).status, 403, who);
      is((await world.people[who].send(form, at)).status, 403, who);
    }
    is((await world.foreign.get(`${at}?mit=${b}`)).status === 200, false, 'of another agency');
    const sent = [await c.send(form, at), await c.send(form, at)];
    is(sent.map((r) => r.status).join(), '303,303', sent[1].text.replace(/<[^>]*>/g, ' ').slice(0, 500));
    has((await c.get(`/kontakte/${a}`)).text, 'wl@duenen.example');
    is((await c.get(`/kontakte/${b}`)).status, 404);
    hasNot((await c.get('/kontakte/dubletten')).text, `${at}?mit=`);
  });
}
