// records_left_http.mjs: single records of which something is missing today: what they belong to, a person, their number;
// too many of them; free by the operator's fault; and the way back, which ends after seven days.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { backedUp, escrowLine, plain, recordsOf } from '../lib/states.mjs';
import { World, password } from '../lib/world.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const PAGE = 4096;

export async function chapter() {
  const s = await Server.start({ now: '2026-11-22T08:00:00Z', conf: escrowLine() });
  const kontor = (...args) => JSON.parse(s.cli([...args, '--json'], { any: true }).stdout || 'null');
  let base, at;
  const clock = (iso) => { s.cli(['clock', 'set', '--now', iso, '--settle'], { raw: true }); base = Date.parse(iso); at = Date.now(); };
  const own = new World(s);
  own.now = () => base + Date.now() - at;
  try {
    clock('2026-11-22T08:00:10Z');
    const slug = kontor('workspace', 'list')[0].slug;
    s.addUser('maat', 'administrator', password('maat'), slug);
    const empty = await backedUp(s, slug); // nothing of what follows, nor the one who did it

    s.addUser('jolle', 'administration', password('jolle'), slug);
    const made = async (who, from, to, values) => {
      const r = await who.submit(from, to, values);
      is(r.status, 303, plain(r.text).slice(300, 1200));
      return /\/(\d+)/.exec(r.headers.location)?.[1];
    };
    const jolle = await own.enter('jolle', password('jolle'));
    let c = await own.enter('maat', password('maat'), true);
    const prove = async (who = 'maat') => is((await c.submit('/konto/nachweis', '/konto/nachweis', { password: password(who) })).status, 303);
    const company = await made(c, '/kontakte/neu', '/kontakte/neu', { name: 'Reederei Anker', city: 'Kiel', title: 'Frau', first_name: 'Ina', last_name: 'Reede' });
    const form = `/projekte/neu?company_id=${company}`;
    const person = /name="person_id"[\s\S]*?value="(\d+)"/.exec((await jolle.get(form)).text)[1];
    const project = await made(jolle, form, '/projekte', { name: 'Katalog Herbst', company_id: company, person_id: person });
    await made(c, '/einstellungen/kategorien/neu', '/einstellungen/kategorien', { name: 'Konzeption' });
    const category = /\/einstellungen\/kategorien\/(\d+)/.exec((await c.get('/einstellungen/kategorien')).text)[1];
    for (const [minutes, note] of [['1:00', 'Anker gezeichnet'], ['0:30', 'Anker gemalt']]) {
      await made(jolle, '/zeiten/2026-11-20', '/zeiten', { project_id: project, category_id: category, day: '2026-11-20', minutes, note });
    }
    const [number] = /\d\d-\d+-\d{3}/.exec(plain((await c.get(`/projekte/${project}`)).text));
    const csv = 'Firma;Ort;Vorname;Nachname\r\n' + Array.from({ length: 501 }, (_, i) => `Große Flotte AG;Kiel;Matrose;Nr ${i}\r\n`).join('');
    const up = await c.upload('/kontakte/import', '/kontakte/import', 'file', 'kontakte.csv', csv);
    const map = up.headers.location.split('?')[0], check = (await c.submit(map, map)).headers.location.split('?')[0];
    await prove();
    is((await c.submit(check, check)).status, 303);
    const state = await backedUp(s, slug);
    const gone = () => is(kontor('restore', 'apply', empty, '--workspace', slug).state, empty); // all of it
    gone();

    let of = recordsOf(c, state);
    const charges = () => kontor('charge', 'list');
    const settled = async (status) => { for (const end = Date.now() + 10000; charges().at(-1)?.status !== status && Date.now() < end;) await new Promise((x) => setTimeout(x, 50)); is(charges().at(-1).status, status); };
    const isThere = async (path) => (await c.get(path)).status === 200;
    const order = async (words, label, values, end) => {
      const p = await of.choose(await of.search(words), label);
      await prove();
      const r = await of.send(p, { reason: 'war weg', ...values });
      is(r.status, 303, r.plain.slice(300, 1200));
      return { ...await of.wait(r.to, (x) => x.includes(end)), path: r.to, shown: p };
    };

    await test('records: of one whose company and person are gone nothing comes, the page names what is missing, nothing is owed', async () => {
      is(await isThere(`/kontakte/${company}`), false);
      const p = await order('Katalog', 'Katalog Herbst', {}, 'misslungen');
      has(p.plain, 'Der Datensatz gehört zu einem anderen, den es heute nicht gibt. Holen Sie diesen mit zurück: „Fehlendes Zugehöriges mitbringen“');
      has(p.plain, `Es geht um: Ansprechpartner Nr. ${person}.`);
      for (const part of ['Es wurde nichts geändert.', 'Es wird nichts berechnet.', 'Auswahl ändern']) has(p.plain, part);
      is(await isThere(`/projekte/${project}`), false);
      await settled('waived');
    });
    await test('records: what it belongs to comes with it, when that is ticked, and nothing else of that', async () => {
      const p = await order('Katalog', 'Katalog Herbst', { parents: '1' }, 'ausgeführt,');
      for (const path of [`/projekte/${project}`, `/kontakte/${company}`, `/kontakte/personen/${person}`]) is(await isThere(path), true, path);
      for (const name of ['Katalog Herbst', 'Reederei Anker', 'Reede', 'Konzeption']) is(new RegExp(`${name}[^<]*(<[^>]*>\\s*)*.*zurückgeholt`).test(p.text), true, `${name}: ${p.plain}`);
      hasNot(p.plain, 'kam nicht mit');
      has(plain((await c.get(`/projekte/${project}`)).text), '1:30');
      hasNot((await c.get('/kontakte?q=Flotte')).text, 'Große Flotte', 'nothing else');
      await settled('done');
      is((await c.submit(p.path, `${p.path}/zuruecknehmen`)).status, 303);
      is(await isThere(`/kontakte/${company}`), false, 'undone, with what came along');
    });
    await test('records: more than five hundred at once are refused in a sentence, nothing comes or is owed', async () => {
      const p = await order('Flotte', 'Firma, Kundennummer', {}, 'misslungen');
      has(p.plain, 'Das sind zu viele Datensätze auf einmal. Wählen Sie weniger, oder holen Sie den ganzen Stand zurück.');
      hasNot((await c.get('/kontakte?q=Flotte')).text, 'Große Flotte');
      await settled('waived');
    });
    await test('records: one whose number is another\'s today stays away, and the page says why', async () => {
      const other = await made(c, '/kontakte/neu', '/kontakte/neu', { name: 'Werft Heute', city: 'Kiel', title: 'Herr', first_name: 'Uwe', last_name: 'Heute' });
      const from = `/projekte/neu?company_id=${other}`;
      const contact = /name="person_id"[\s\S]*?value="(\d+)"/.exec((await c.get(from)).text)[1];
      const taker = await made(c, from, '/projekte', { name: 'Nimmt die Nummer', company_id: other, person_id: contact });
      await made(c, `/projekte/${taker}/bearbeiten`, `/projekte/${taker}/bearbeiten`, { project_no: number });
      const p = await order('Katalog', 'Katalog Herbst', { parents: '1' }, 'misslungen');
      has(p.plain, 'Seine Nummer oder sein Name ist heute an etwas anderes vergeben.');
      has(p.plain, `Es geht um: Projekt Nr. ${project}.`);
      is(await isThere(`/kontakte/${company}`), false, 'not even what it belongs to');
      await settled('waived');
    });
    await test('records: by the operator\'s fault they are free, and the button asks for no money', async () => {
      gone();
      const { incident } = kontor('incident', 'open', '--workspace', slug, '--text', 'Platte defekt');
      const p = await order('Katalog', 'Katalog Herbst', { parents: '1' }, 'ausgeführt,');
      has(p.shown.plain, 'kostenlos, wegen einer Störung beim Betreiber');
      hasNot(p.shown.text, 'zahlungspflichtig bestellen');
      has(p.shown.text, '</svg>Zurückholen</button>');
      is(await isThere(`/projekte/${project}`), true);
      await settled('done');
      is(charges().at(-1).total, 0);
      kontor('incident', 'close', String(incident));
    });

    // The store is ruined, and a state of before jolle takes its place: nobody of that name is there any more.
    const until = own.now();
    await s.halt();
    const store = join(s.dir, 'k/workspaces/1/data.db'), bytes = readFileSync(store);
    for (let n = 1; n < bytes.length / PAGE; n++) bytes[n * PAGE + 1000] ^= 0x10;
    writeFileSync(store, bytes);
    for (const end of ['-wal', '-shm']) rmSync(store + end, { force: true });
    const next = await Server.start({ dir: s.dir, now: new Date(until).toISOString().replace(/\.\d+/, '') });
    Object.assign(s, { process: next.process, port: next.port, operatorPort: next.operatorPort, ended: next.ended });
    s.exitCode = undefined;
    next.process.on('exit', (code) => { s.exitCode = code; });
    clock('2026-11-22T09:00:00Z');
    is(kontor('restore', 'apply', empty, '--damaged', '--workspace', slug).shut, true);
    is(kontor('user', 'list', '--workspace', slug).some((u) => u.login === 'jolle'), false);
    s.addUser('bootsfrau', 'administrator', password('bootsfrau'), slug);
    s.cli(['user', 'lock', '--workspace', slug, '--login', 'maat', '--json']);
    c = await own.enter('bootsfrau', password('bootsfrau'), true);
    of = recordsOf(c, state);
    let last;
    await test('records: what is nothing without a person who is gone is left, row by row, and said so', async () => {
      const p = await of.choose(await of.search('Katalog'), 'Katalog Herbst');
      await prove('bootsfrau');
      const r = await of.send(p, { reason: 'war weg', parents: '1' });
      is(r.status, 303, r.plain.slice(300, 1200));
      last = { ...await of.wait(r.to, (x) => x.includes('ausgeführt,')), path: r.to };
      has(last.plain, '2 Datensätze kamen nicht mit: Sie gehören zu Personen oder Sachen, die es heute nicht gibt.');
      is((last.text.match(/<span class="status warn">kam nicht mit/g) ?? []).length, 2, last.plain);
      is(await isThere(`/projekte/${project}`), true);
      hasNot(plain((await c.get(`/projekte/${project}`)).text), '1:30');
    });
    await test('records: the way back is there for seven days, then it is gone, and so are the names', async () => {
      const [ended] = /bis \d\d\.\d\d\.\d{4}/i.exec(last.plain);
      is(ended, 'Bis 29.11.2026');
      const action = `${last.path}/zuruecknehmen`;
      clock('2026-11-29T08:59:00Z');
      c = await own.again('bootsfrau', password('bootsfrau'));
      await prove('bootsfrau');
      const undo = Client.forms((await c.get(last.path)).text).find((f) => f.action === action);
      is(undo !== undefined, true, 'a minute before');
      clock('2026-11-29T09:02:30Z');
      hasNot((await c.get(last.path)).text, action);
      const late = await c.send(undo, action); // of a page that was left open
      is(late.status, 409, plain(late.text).slice(300, 900));
      has(plain(late.text), 'In den letzten sieben Tagen wurde keine Sicherung zurückgeholt, die sich rückgängig machen ließe.');
      is(await isThere(`/projekte/${project}`), true);
      clock('2026-11-30T11:00:00Z');
      c = await own.again('bootsfrau', password('bootsfrau'));
      const q = await recordsOf(c, state).wait(last.path, (x) => x.includes('Welche Datensätze es waren, steht hier nur sieben Tage lang'));
      hasNot(q.plain, 'Katalog Herbst');
    });
  } finally {
    await s.stop();
  }
}
