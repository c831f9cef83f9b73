// time_http.mjs: projects, times and their settings over HTTP: every form sent twice, too late, too large,
// in bytes that are no text; what is wrong is told at once and beside its field.
import { Client } from '../lib/client.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';
import { password } from '../lib/world.mjs';

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

  await test('a locked day offers no form, a locked entry is there to read', async () => {
    const t = world.people.team_leader, day = '2026-01-15';
    hasNot((await t.get('/zeiten/2020-01-02')).text, 'name="minutes"');
    has((await t.get('/zeiten/2020-01-02')).text, 'liegt mehr als 30 Tage zurück und ist gesperrt');
    const page = await c().get(`/zeiten/${day}`);
    const id = /<option value="(\d+)"[^>]*>teamleader/.exec(page.text)?.[1];
    const form = Client.forms((await c().get(`/zeiten/${day}?person=${id}`)).text).find((f) => f.action === '/zeiten');
    const category = /<select[^>]*name="category_id"[\s\S]*?value="(\d+)"/.exec(page.text)[1];
    is((await c().send(form, '/zeiten', { project_id: project, category_id: category, minutes: '0:45', note: 'Längst vorbei' })).status, 303, 'an administrator may');
    const at = /href="(\/zeiten\/eintrag\/\d+)"/.exec((await c().get(`/zeiten/${day}?person=${id}`)).text)[1];
    const r = await t.get(at);
    is(r.status, 200);
    for (const x of ['Längst vorbei', '0:45', 'Bearbeitungssperre']) has(r.text, x);
    is(Client.forms(r.text).some((f) => f.action === at), false, 'nothing that looks as if it could be changed');
  });

  await test('times as a table: nothing in it runs as a formula; filters hold there too', async () => {
    for (const note of ['=cmd|calc', '+1', '@x', 'harmlos', 'Grüße, harmlose']) is((await book({ minutes: '0:15', note })).status, 303);
    const at = `/projekte/${project}/zeiten`;
    const r = await c().get(`${at}/tabelle`);
    is(r.headers['content-type'], 'text/csv; charset=utf-8');
    has(r.headers['content-disposition'], 'attachment');
    for (const cell of [";'=cmd|calc;", ";'+1;", ";'@x;", ';harmlos;']) has(r.text, cell);
    hasNot((await c().get(`${at}/tabelle?q=harmlos`)).text, 'cmd');
    has((await c().get(`${at}?q=harmlos`)).text, '/tabelle?q=harmlos');
    for (const q of ['HARMLOS', 'GRÜẞE', 'gruesse', 'Grüße']) has((await c().get(`${at}/tabelle?q=${encodeURIComponent(q)}`)).text, 'harmlos');
    has((await c().get(`${at}/nachweis`)).text, '=cmd|calc');
    is((await world.people.time_recorder_1.get(`${at}/tabelle`)).status, 404);
    is((await world.people.time_recorder_1.get(`${at}/nachweis`)).status, 404);
    for (const q of ['q=%ff', 'user_id=99999999999999999999', 'seite=0', 'from_day=31.02.2026']) is([200, 422].includes((await c().get(`${at}?${q}`)).status), true, q);
  });

  await test('timer: started twice by one page, runs once; dropped twice, gone once', async () => {
    const page = await c().get(`/projekte/${project}`);
    const form = Client.forms(page.text).find((f) => f.action === '/zeiten/uhren');
    for (let i = 0; i < 2; i++) is((await c().send(form, '/zeiten/uhren')).status, 303);
    const timers = new Set([...(await c().get(day)).text.matchAll(/\/zeiten\/uhren\/(\d+)\/stopp/g)].map((m) => m[1]));
    is(timers.size, 1, 'timers');
    const at = `/zeiten/uhren/${[...timers][0]}`;
    is((await world.people.team_leader.get(at)).status, 404, 'nobody else sees it');
    const drop = Client.forms((await c().get(at)).text).find((f) => f.action === `${at}/verwerfen`);
    is((await c().send(drop, `${at}/verwerfen`)).status, 303);
    is((await c().send(drop, `${at}/verwerfen`)).status, 404);
  });

  await test('week: saved twice, booked once; a stale cell says who', async () => {
    const at = `/zeiten/woche/${today}`;
    const form = Client.forms((await c().get(`${at}?zeile=${project}-${category}`)).text).find((f) => f.action === '/zeiten/woche');
    const cell = form.fields.find(([n]) => new RegExp(`^z-${project}-${category}-6$`).test(n))[0];
    const saved = [await c().send(form, '/zeiten/woche', { [cell]: '2:00' }), await c().send(form, '/zeiten/woche', { [cell]: '2:00' })];
    is(saved.map((r) => r.status).join(), '303,303', text(saved[1]));
    const late = await c().send(form, '/zeiten/woche', { [cell]: '3:00' });
    is(late.status, 422);
    is(/Hier steht inzwischen 2:00[^<]*\([^<]*heute/.test(late.text), true, 'who and when');
    is((await c().send(form, '/zeiten/woche', { [cell]: '9'.repeat(99) })).status, 422);
  });

  await test('project: stale forms are told who changed what; sent twice, written once', async () => {
    const at = `/projekte/${project}`;
    const edit = `${at}/bearbeiten`;
    const old = Client.forms((await c().get(edit)).text).find((f) => f.action === edit);
    const status = Client.forms((await c().get(at)).text).find((f) => f.action === `${at}/status`);
    const v = { quick_info: 'Bug zuerst' };
    const [a, b] = [await c().send(old, edit, v), await c().send(old, edit, v)];
    is(`${a.status},${b.status}`, '303,303');
    const late = await c().send(old, edit, { quick_info: 'Heck zuerst' });
    is(late.status, 409);
    has(late.text, 'Bug zuerst');
    has(late.text, 'Heck zuerst');
    is((await c().send(status, `${at}/status`, { status: '2' })).status, 409, 'the status form is of the old version as well');
    is((await c().submit(at, `${at}/status`, { status: '17' })).status, 422);
    for (const f of ['team', 'satz']) is((await c().submit(`${at}/${f}`, `${at}/${f}`, f === 'team' ? { user: ['77777'] } : { rate: '-5' })).status, 422, f);
  });

  await test('no form of projects, times and settings takes bytes that are no text', async () => {
    const id = /\/zeiten\/eintrag\/(\d+)/.exec((await c().get(day)).text)[1];
    const forms = [[`/projekte/neu?company_id=${company}`, '/projekte', 'name'], [`/projekte/${project}/bearbeiten`, `/projekte/${project}/bearbeiten`, 'name'],
      [day, '/zeiten', 'note'], [`/zeiten/eintrag/${id}`, `/zeiten/eintrag/${id}`, 'note'], [`/zeiten/woche/${today}`, '/zeiten/woche', 'seen'],
      ['/einstellungen', '/einstellungen', 'city'], ['/einstellungen/projekte', '/einstellungen/projekte', 'department_1'],
      ['/einstellungen/zeiten', '/einstellungen/zeiten', 'week_minutes'], ['/einstellungen/kategorien/neu', '/einstellungen/kategorien', 'name']];
    for (const [from, to, field] of forms) {
      const form = Client.forms((await c().get(from)).text).find((f) => f.action === to);
      const rest = new URLSearchParams(form.fields.filter(([n]) => n !== field)).toString();
      for (const bad of ['%ff%fe', '%c0%af', '%ed%a0%80', '%00']) {
        const body = `${rest}&${field}=${bad}`;
        const r = await c().raw('POST', to, { body, headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': Buffer.byteLength(body) } });
        is([400, 422].includes(r.status), true, `${to} ${bad}: ${r.status}`);
      }
    }
  });

  await test('settings: told at once what is wrong; stale saves are told', async () => {
    const at = '/einstellungen/projekte';
    const old = Client.forms((await c().get(at)).text).find((f) => f.action === at);
    const r = await c().submit(at, at, { project_scheme: '{UNBEKANNT}', budget_warn: '5000', department_0: 'x'.repeat(61) });
    is(r.status, 422);
    is(faults(r), 3, text(r));
    is((await c().submit(at, at, { budget_warn: '90' })).status, 303);
    is((await c().send(old, at, { budget_warn: '70' })).status, 409);
    is((await c().submit('/einstellungen/zeiten', '/einstellungen/zeiten', { raster: '7', lock_days: '99999', week_minutes: '999' })).status, 422);
  });

  await test('settings: new people begin with the week and the language of the agency', async () => {
    const [times, agency] = ['/einstellungen/zeiten', '/einstellungen'];
    is((await c().submit(times, times, { raster: '15', week_minutes: '35' })).status, 303);
    is((await c().submit(agency, agency, { agency_name: 'Nordwerk', lang: '1' })).status, 303);
    has((await c().get('/personen/neu')).text, 'value="35:00"');
    world.server.addUser('neuling', 'time_recorder_2', password('neuling'), world.first);
    const page = (await (await world.enter('neuling', password('neuling'), false)).get(`/zeiten/woche/${today}`)).text;
    has(page, 'lang="en"');
    has(page, '35:00');
    is((await c().submit(times, times, { week_minutes: '40' })).status, 303);
    is((await c().submit(agency, agency, { agency_name: 'Nordwerk', lang: '0' })).status, 303);
  });

  await test('day and week of another person: administrators only', async () => {
    const open = (who) => who.get(`${day}?person=3`);
    has((await open(c())).text, 'Sie erfassen für');
    hasNot((await open(world.people.team_leader)).text, 'Sie erfassen für');
    const form = Client.forms((await open(world.people.team_leader)).text).find((f) => f.action === '/zeiten');
    is((await world.people.team_leader.send(form, '/zeiten', { project_id: project, category_id: category, minutes: '1', user_id: '1' })).status >= 400, true);
    const week = (who) => who.get(`/zeiten/woche/${today}?person=3`);
    has((await week(c())).text, 'Sie erfassen für');
    const grid = Client.forms((await week(world.people.team_leader)).text).find((f) => f.action === '/zeiten/woche');
    is(grid.fields.some(([n]) => n === 'user_id'), false, 'the week is one\'s own');
    is((await world.people.team_leader.send(grid, '/zeiten/woche', { user_id: '1' })).status >= 400, true);
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
