// time_http.mjs: projects, times and their settings over HTTP: every form sent twice, too late, too large,
// in bytes that are no text; what is wrong is told at once and beside its field.
import { Client } from '../lib/client.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const today = '2026-11-24';
const text = (r) => r.text.replace(/<[^>]*>/g, ' ').slice(0, 600);

export async function chapter(world) {
  const c = () => world.people.administrator;
  const faults = (r) => (r.text.match(/class="field-error"/g) || []).length;
  let company, person, project, category;

  await test('project: what fields and what rules find is told in one round', async () => {
    const made = await c().submit('/kontakte/neu', '/kontakte/neu', { name: 'Werft Steinwarder', city: 'Hamburg', last_name: 'Ohlsen', title: 'Frau' });
    is(made.status, 303, text(made));
    company = /\/kontakte\/(\d+)/.exec(made.headers.location)[1];
    const from = `/projekte/neu?company_id=${company}`;
    const page = await c().get(from);
    person = /value="(\d+)"/.exec(/<select[^>]*name="person_id"[\s\S]*?<\/select>/.exec(page.text)[0])[1];
    const r = await c().submit(from, '/projekte', { name: '', person_id: person, start_day: today, end_day: '2026-11-23', planned_minutes: 'viel', link1_url: 'ftp://x' });
    is(r.status, 422);
    is(faults(r), 5, text(r));
  });

  await test('project: sent twice, made once', async () => {
    const page = await c().get(`/projekte/neu?company_id=${company}`);
    const form = Client.forms(page.text).find((f) => f.action === '/projekte');
    const v = { name: 'Stapellauf', person_id: person, planned_minutes: '10' };
    const [a, b] = [await c().send(form, '/projekte', v), await c().send(form, '/projekte', v)];
    is(a.status, 303, text(a));
    is(b.headers.location, a.headers.location);
    project = /\/projekte\/(\d+)/.exec(a.headers.location)[1];
    is((await c().get('/projekte?q=Stapellauf')).text.match(/>Stapellauf</g).length, 1, 'projects');
  });

  await test('category: sent twice, made once; huge values are refused', async () => {
    const page = await c().get('/einstellungen/kategorien/neu');
    const form = Client.forms(page.text).find((f) => f.action === '/einstellungen/kategorien');
    const v = { name: 'Schweißen' };
    for (let i = 0; i < 2; i++) is((await c().send(form, '/einstellungen/kategorien', v)).status, 303);
    const list = (await c().get('/einstellungen/kategorien')).text;
    is(list.match(/Schweißen/g).length, 1, 'categories');
    category = /\/einstellungen\/kategorien\/(\d+)"[^>]*>\s*Schweißen/.exec(list)?.[1] ?? /kategorien\/(\d+)(?![\s\S]*kategorien\/\d+)/.exec(list)[1];
    const r = await c().submit('/einstellungen/kategorien/neu', '/einstellungen/kategorien', { name: 'x'.repeat(5000), sort_no: '99999999999999999999', rate: '9'.repeat(40) });
    is(r.status, 422);
    is(faults(r), 3, text(r));
  });

  const day = `/zeiten/${today}`;
  const book = (v) => c().submit(day, '/zeiten', { project_id: project, category_id: category, day: today, ...v });

  await test('time: huge values are refused beside their fields', async () => {
    const r = await book({ minutes: '9'.repeat(60), note: 'n'.repeat(4001), from_clock: '1'.repeat(99) });
    is(r.status, 422);
    is(faults(r), 3, text(r));
    is((await book({ minutes: '24:01' })).status, 422);
    is((await book({ minutes: '1', day: '9999-12-31' })).status, 422);
    is([413, 422].includes((await book({ minutes: '1', note: 'n'.repeat(70000) })).status), true);
  });

  await test('time: removed by somebody who saw an older version: told, and still there', async () => {
    is((await book({ minutes: '1:00', note: 'Nieten' })).status, 303);
    const id = /\/zeiten\/eintrag\/(\d+)(?![\s\S]*\/zeiten\/eintrag\/)/.exec((await c().get(day)).text)[1];
    const at = `/zeiten/eintrag/${id}`;
    const old = Client.forms((await c().get(at)).text).find((f) => f.action === `${at}/loeschen`);
    is((await c().submit(at, at, { note: 'Nieten, rot' })).status, 303);
    const r = await c().send(old, `${at}/loeschen`);
    is(r.status, 409);
    has(r.text, 'Nieten, rot');
    is((await c().get(at)).status, 200);
    const again = Client.forms(r.text).find((f) => f.action === `${at}/loeschen`);
    is((await c().send(again, `${at}/loeschen`)).status, 303, 'who insists');
    is((await c().get(at)).status, 404);
  });

  await test('times as a table: nothing in it runs as a formula; filters hold there too', async () => {
    for (const note of ['=cmd|calc', '+1', '@x', 'harmlos']) is((await book({ minutes: '0:15', note })).status, 303);
    const at = `/projekte/${project}/zeiten`;
    const r = await c().get(`${at}/tabelle`);
    is(r.headers['content-type'], 'text/csv; charset=utf-8');
    has(r.headers['content-disposition'], 'attachment');
    for (const cell of [";'=cmd|calc;", ";'+1;", ";'@x;", ';harmlos;']) has(r.text, cell);
    hasNot((await c().get(`${at}/tabelle?q=harmlos`)).text, 'cmd');
    has((await c().get(`${at}?q=harmlos`)).text, '/tabelle?q=harmlos');
    has((await c().get(`${at}/nachweis`)).text, '=cmd|calc');
    is((await world.people.time_recorder_1.get(`${at}/tabelle`)).status, 404);
    is((await world.people.time_recorder_1.get(`${at}/nachweis`)).status, 404);
    for (const q of ['q=%ff', 'user_id=99999999999999999999', 'seite=0', 'from_day=31.02.2026']) is([200, 422].includes((await c().get(`${at}?${q}`)).status), true, q);
  });

  await test('settings: another zone holds from the next page on', async () => {
    is((await book({ minutes: '1:00', note: 'Zone' })).status, 303);
    const id = /\/zeiten\/eintrag\/(\d+)(?![\s\S]*\/zeiten\/eintrag\/)/.exec((await c().get(day)).text)[1];
    const written = async () => /\d\d\.\d\d\.\d{4}, (\d\d):\d\d/.exec((await c().get(`/zeiten/eintrag/${id}`)).text)[1];
    const zone = async (name) => is((await c().submit('/einstellungen', '/einstellungen', { agency_name: 'Nordwerk', zone: name })).status, 303);
    await zone('Europe/Berlin');
    const here = +(await written());
    await zone('Asia/Tokyo');
    is(+(await written()), (here + 8) % 24, 'Tokyo is eight hours ahead of Berlin in winter');
    await zone('Europe/Berlin');
    is(+(await written()), here);
    is((await c().submit('/einstellungen', '/einstellungen', { agency_name: '', zone: 'Mond/Krater' })).status, 422);
  });
}
