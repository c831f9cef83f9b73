// office_http.mjs: one way through the office over HTTP: company, project, hour; bad input beside it.
import { Client } from '../lib/client.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const today = '2026-11-24';

export async function chapter(world) {
  const c = () => world.people.administrator;
  let company, project, category;

  await test('office: a customer with markup in the name is shown as text', async () => {
    const r = await c().submit('/kontakte/neu', '/kontakte/neu', {
      name: '<script>alert(1)</script> & Söhne', city: 'Kiel', last_name: "O'Neill", title: 'Frau', first_name: 'Zoë',
    });
    is(r.status, 303, r.text.replace(/<[^>]*>/g, ' ').slice(0, 500));
    company = /\/kontakte\/(\d+)/.exec(r.headers.location)[1];
    const page = await c().get(`/kontakte/${company}`);
    has(page.text, '&lt;script&gt;alert(1)&lt;/script&gt; &amp; Söhne');
    hasNot(page.text, '<script>alert(1)');
  });

  await test('office: the customer is found however the umlaut is written', async () => {
    for (const q of ['soehne', 'SÖHNE', 'Söhne']) has((await c().get(`/kontakte?q=${encodeURIComponent(q)}`)).text, `/kontakte/${company}`);
  });

  await test('office: a project gets its number by the scheme', async () => {
    const page = await c().get(`/projekte/neu?company_id=${company}`);
    const person = /<select[^>]*name="person_id"[\s\S]*?<\/select>/.exec(page.text)?.[0];
    const id = /value="(\d+)"/.exec(person || '')?.[1];
    const r = await c().submit(`/projekte/neu?company_id=${company}`, '/projekte', { name: 'Fahrplan-App', company_id: company, person_id: id, planned_minutes: '40' });
    is(r.status, 303, r.text.replace(/<[^>]*>/g, ' ').slice(0, 700));
    project = /\/projekte\/(\d+)/.exec(r.headers.location)[1];
    const shown = await c().get(`/projekte/${project}`);
    is(/\d\d-\d+-001/.test(shown.text), true, 'a number like 26-1-001');
  });

  await test('office: a category', async () => {
    const r = await c().submit('/einstellungen/kategorien/neu', '/einstellungen/kategorien', { name: 'Konzeption' });
    is(r.status, 303);
    const list = await c().get('/einstellungen/kategorien');
    category = /\/einstellungen\/kategorien\/(\d+)/.exec(list.text)[1];
  });

  const book = (values) => c().submit(`/zeiten/${today}`, '/zeiten', { project_id: project, category_id: category, day: today, ...values });

  await test('time: booked, shown, summed', async () => {
    const r = await book({ minutes: '1:30', note: '<b>Wireframes</b>' });
    is(r.status, 303, r.text.replace(/<[^>]*>/g, ' ').slice(0, 500));
    const page = await c().get(`/zeiten/${today}`);
    has(page.text, '&lt;b&gt;Wireframes');
    has(page.text, '1:30');
  });

  await test('time: all faults at once, input kept, nothing saved', async () => {
    const r = await book({ minutes: 'viel', from_clock: '99:99', note: 'bleibt stehen' });
    is(r.status, 422);
    has(r.text, 'bleibt stehen');
    is((r.text.match(/class="field-error"/g) || []).length, 2, 'faults beside their fields');
    hasNot((await c().get(`/zeiten/${today}`)).text, 'bleibt stehen');
  });

  await test('time: sent twice, booked once', async () => {
    const page = await c().get(`/zeiten/${today}`);
    const form = Client.forms(page.text).find((f) => f.action === '/zeiten');
    const v = { project_id: project, category_id: category, day: today, minutes: '0:17', note: 'doppelt' };
    const [a, b] = [await c().send(form, '/zeiten', v), await c().send(form, '/zeiten', v)];
    is(a.status, 303);
    is(b.status, 303);
    const shown = await c().get(`/zeiten/${today}`);
    is((shown.text.match(/<div class="entry">/g) || []).length, 2, 'entries');
  });

  await test('time: fields nobody declared are refused', async () => {
    is((await book({ minutes: '1', invoiced: '1' })).status, 422);
  });

  await test('time: a project of nobody is 404', async () => {
    is((await book({ minutes: '1', project_id: '987654' })).status, 404);
  });

  await test('time: invalid UTF-8 and broken escapes are refused', async () => {
    const page = await c().get(`/zeiten/${today}`);
    const csrf = Client.forms(page.text).find((f) => f.action === '/zeiten').fields.find(([n]) => n === 'csrf')[1];
    for (const bad of ['note=%ff%fe', 'note=%zz', 'note=%00']) {
      const body = `csrf=${csrf}&${bad}`;
      const r = await c().raw('POST', '/zeiten', { body, headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length } });
      is([400, 422].includes(r.status), true, `${bad}: ${r.status}`);
    }
  });

  await test('time: a stale form is told, nothing is lost', async () => {
    const shown = await c().get(`/zeiten/${today}`);
    const id = /\/zeiten\/eintrag\/(\d+)/.exec(shown.text)[1];
    const at = `/zeiten/eintrag/${id}`;
    const old = Client.forms((await c().get(at)).text).find((f) => f.action === at);
    is((await c().submit(at, at, { note: 'zuerst' })).status, 303);
    const r = await c().send(old, at, { note: 'zu spät' });
    is(r.status, 409);
    has(r.text, 'zu spät');
  });

  await test('forms: without token, with a foreign origin, from another site: refused', async () => {
    const page = await c().get(`/zeiten/${today}`);
    const form = Client.forms(page.text).find((f) => f.action === '/zeiten');
    const v = { project_id: project, category_id: category, day: today, minutes: '1' };
    is((await c().send(form, '/zeiten', { ...v, csrf: null })).status, 403);
    is((await c().send(form, '/zeiten', { ...v, csrf: 'a'.repeat(43) })).status, 403);
    is((await c().send(form, '/zeiten', v, { headers: { origin: 'https://boese.example' } })).status, 403);
    is((await c().send(form, '/zeiten', v, { headers: { 'sec-fetch-site': 'cross-site' } })).status, 403);
  });

  await test('time: a time recorder sees own projects only', async () => {
    is((await world.people.time_recorder_1.get(`/projekte/${project}`)).status, 404);
    hasNot((await world.people.time_recorder_1.get('/projekte')).text, 'Fahrplan-App');
  });

  await test('csv: read, checked row by row, written; again: all is known', async () => {
    const csv = Buffer.from('Firma;Anrede;Vorname;Nachname;Straße;PLZ;Ort;E-Mail\r\n' +
      'Möbelhaus Birkenried;Frau;Jördis;Ähren;Hauptstr. 1;24103;Kiel;j@birkenried.example\r\n' +
      'Möbelhaus Birkenried;Herr;Onno;=cmd|calc;Hauptstr. 1;24103;Kiel;o@birkenried.example\r\n', 'latin1');
    for (const round of [1, 2]) {
      const up = await c().upload('/kontakte/import', '/kontakte/import', 'file', 'kontakte.csv', csv);
      is(up.status, 303, up.text.replace(/<[^>]*>/g, ' ').slice(0, 400));
      const at = up.headers.location.split('?')[0];
      const mapped = await c().submit(at, at, {});
      is(mapped.status, 303, mapped.text.replace(/<[^>]*>/g, ' ').slice(0, 400));
      const check = await c().get(`${at}/pruefung`);
      has(check.text, 'Jördis');
      if (round === 1) {
        const done = await c().submit(`${at}/pruefung`, `${at}/pruefung`, {});
        is(done.status, 303, done.text.replace(/<[^>]*>/g, ' ').slice(0, 400));
        has((await c().get('/kontakte?q=birkenried')).text, 'Möbelhaus Birkenried');
      } else {
        is((await c().get('/kontakte?q=birkenried')).text.match(/Möbelhaus Birkenried/g).length >= 1, true);
      }
    }
  });

  await test('a second agency on the same server sees none of it', async () => {
    for (const path of ['/kontakte?q=soehne', '/projekte', '/', `/zeiten/${today}`]) {
      const { text } = await world.foreign.get(path);
      hasNot(text, 'Fahrplan-App');
      hasNot(text, 'Söhne');
    }
  });
}
