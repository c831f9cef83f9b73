// wall_http.mjs: the wall between agencies (TEN-02). One agency is filled with 1,000 marks; no page, export, log or memory of
// the other's process has one of them. Each search first proves that it would have found them.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { found, memory, processes } from '../lib/memory.mjs';
import { is, skip, test } from '../lib/tap.mjs';

const marks = 1000;
const mark = (i) => `Kanarimerk${(7919 * (i + 13)).toString(36).padStart(5, 'q')}x${i}`;
const pagesMax = 400;

// All pages that links lead to, from the start on, and what they offer as files.
async function crawl(client) {
  const seen = new Set(['/']), todo = ['/'], bodies = [];
  while (todo.length && bodies.length < pagesMax) {
    const path = todo.shift();
    const r = await client.get(path);
    bodies.push({ path, bytes: r.bytes, status: r.status });
    const links = [...r.text.matchAll(/href="(\/[^"#]*)"/g)].map((m) => m[1].replace(/&amp;/g, '&'));
    for (const to of [...links, r.headers.location].filter(Boolean)) {
      const shape = to.replace(/\d{4}-\d\d-\d\d/g, '{day}').replace(/\d+/g, '{n}');
      if (to.startsWith('/a/') || seen.has(to) || seen.has(shape)) continue;
      seen.add(to);
      if (!/^\/(kontakte|projekte)\/\d+$/.test(to)) seen.add(shape); // one page of a kind, but every contact and project
      todo.push(to);
    }
  }
  return bodies;
}

export async function chapter(world) {
  const all = [...Array(marks).keys()].map(mark);
  const others = [...Array(5).keys()].map((i) => mark(marks + i)); // a project, a category, a note, a person, a contact
  const stem = 'kanarimerk';
  const companies = (who) => who.submit('/kontakte', '/kontakte/export');
  const own = () => world.people.administrator;

  await test('wall: the neighbour is filled with 1,000 marks', async () => {
    const b = world.foreign;
    const rows = ['Firma;Ort;E-Mail', ...all.map((m) => `${m} GmbH;${m}hausen;post@${m.toLowerCase()}.example`)];
    const up = await b.upload('/kontakte/import', '/kontakte/import', 'file', 'marken.csv', rows.join('\r\n') + '\r\n');
    const at = up.headers.location;
    await b.get(at);
    is((await b.submit(at, at, {})).status, 303);
    is((await b.submit(`${at}/pruefung`, `${at}/pruefung`, {})).status, 303);
    is(found((await companies(b)).bytes, all).length, marks, 'marks in its export');
  });

  await test('wall: and has a mark in whatever else an agency has', async () => {
    const b = world.foreign;
    const done = async (from, to, values) => {
      const r = await b.submit(from, to, values);
      is(r.status, 303, `${to}: ${r.text.replace(/<[^>]*>/g, ' ').slice(0, 400)}`);
      return r.headers.location;
    };
    const today = new Intl.DateTimeFormat('en-CA', { timeZone: 'Europe/Berlin' }).format(new Date());
    const company_id = /\/kontakte\/(\d+)/.exec((await b.get('/kontakte')).text)[1];
    await done(`/kontakte/${company_id}/person`, `/kontakte/${company_id}/person`, { first_name: 'Ilse', last_name: others[4] });
    const form = (await b.get(`/projekte/neu?company_id=${company_id}`)).text;
    const person_id = /value="(\d+)"/.exec(/<select[^>]*name="person_id"[\s\S]*?<\/select>/.exec(form)[0])[1];
    const at = await done(`/projekte/neu?company_id=${company_id}`, '/projekte', { name: others[0], company_id, person_id, planned_minutes: '40' });
    await done('/einstellungen/kategorien/neu', '/einstellungen/kategorien', { name: others[1] });
    const category_id = /\/einstellungen\/kategorien\/(\d+)/.exec((await b.get('/einstellungen/kategorien')).text)[1];
    await done(`/zeiten/${today}`, '/zeiten', { project_id: /\/projekte\/(\d+)/.exec(at)[1], category_id, day: today, minutes: '1:30', note: others[2] });
    is((await b.submit('/personen/neu', '/personen', { first_name: others[3], last_name: 'Sandweg', group_no: '2' })).status, 200, 'an invitation');
  });

  await test('wall: none of them is on any page, in any export or in any refusal of the other agency', async () => {
    const bodies = await crawl(own());
    is(bodies.length > 60, true, `${bodies.length} pages`);
    is(bodies.filter((p) => p.status >= 500).map((p) => p.path).join(), '');
    for (const q of [all[0], all[999]]) { // what is asked for comes back as the question, in one place
      const r = await own().get(`/suche?q=${q}`);
      is(/Kein Treffer/.test(r.text), true, 'the search finds none');
    }
    const hits = bodies.filter((p) => p.bytes.toString('latin1').toLowerCase().includes(stem)).map((p) => p.path);
    is(hits.join(), '', 'pages with a mark');
    for (const from of ['/kontakte', '/kontakte/personen']) {
      const r = await own().submit(from, '/kontakte/export');
      is(r.headers['content-disposition']?.includes('.csv'), true, `${from} is exported`);
      is(found(r.bytes, [stem]).join(), '', `the export of ${from}`);
    }
    const theirs = await crawl(world.foreign);
    is(theirs.some((p) => p.bytes.toString('latin1').toLowerCase().includes(stem)), true, 'the search would find them');
    for (const m of others) is(theirs.some((p) => p.bytes.includes(m)), true, `${m} is on a page of its own agency`);
  });

  await test('wall: none of them is on a log', async () => {
    const dir = join(world.server.dir, 'k', 'log');
    const logs = Buffer.concat(readdirSync(dir).map((f) => readFileSync(join(dir, f))));
    is(logs.includes('/kontakte/import/'), true, 'the import is on the log');
    is(found(logs, [stem]).join(), '');
  });

  const writers = () => processes(world.server.process.pid).filter((p) => p.role === 'writer').map((p) => p.pid);
  const why = process.getuid() !== 0 ? 'needs root' : /\basan\b/.test(process.env.KONTOR_BUILD ?? '') ? 'AddressSanitizer keeps what was freed, gigabytes of it'
    : writers().length < 2 && 'the workers are not told apart';
  if (why) {
    skip('wall: the memory of the one process has none of the other', why);
  } else {
    await test('wall: the memory of the one process has none of the other', async () => {
      await own().get('/kontakte');
      await world.foreign.get('/kontakte');
      const images = writers().map((pid) => found(memory(pid), [...all, ...others]).length);
      // Mine was asked for two marks in a search above; it may remember the questions, never more.
      is(images.filter((n) => n > 2).length, 1, `marks in each process: ${images}`);
    });
  }
}
