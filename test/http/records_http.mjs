// records_http.mjs: single records of an older state as administrators look for them and order them back: what came,
// what was left and why, the price, a second administrator, the way back; and that the operator looks at nothing
// without the agency knowing.
import { rmSync } from 'node:fs';
import { Client } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { auditOf, backedUp, escrowKey, plain, recordsOf } from '../lib/states.mjs';
import { World, password } from '../lib/world.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

export async function chapter() {
  const escrow = escrowKey();
  const s = await Server.start({ conf: escrow.line });
  const kontor = (...args) => s.cli([...args, '--json'], { any: true });
  try {
    const own = new World(s);
    const slug = s.cli(['workspace', 'list', '--json'])[0].slug;
    for (const [login, group] of [['maat', 'administrator'], ['lotse', 'time_recorder_2']]) s.addUser(login, group, password(login), slug);
    const c = await own.enter('maat', password('maat'), true);
    const add = async (name, more = {}) => /\/kontakte\/(\d+)/.exec((await c.submit('/kontakte/neu', '/kontakte/neu', { name, ...more })).headers.location)[1];
    const rename = async (id, name, more = {}) => is((await c.submit(`/kontakte/${id}/aendern`, `/kontakte/${id}/aendern`, { name, ...more })).status, 303, name);
    const nameOf = async (id) => { const r = await c.get(`/kontakte/${id}`); return r.status === 200 ? /<h1[^>]*>([^<]*)/.exec(r.text)[1] : r.status; };
    const prove = async (who, login) => is((await who.submit('/konto/nachweis', '/konto/nachweis', { password: password(login) })).status, 303);
    const charges = () => JSON.parse(kontor('charge', 'list').stdout);
    const settled = async (n, status) => { for (const end = Date.now() + 10000; (charges().length !== n || charges().at(-1).status !== status) && Date.now() < end;) await new Promise((x) => setTimeout(x, 50)); return charges().map((x) => `${x.item} ${x.status} ${x.total}`); };
    const notices = async (who) => plain((await who.get('/konto/hinweise')).text);

    const old = await add('Alte Werft KG', { city: 'Kiel' });
    await add('Werft Gleich GmbH');
    const state = await backedUp(s, slug);
    await rename(old, 'Neue Werft KG', { comments: 'Nur intern' });
    const later = await add('Werft Danach GmbH');
    const { find, order, wait, search, choose, send } = recordsOf(c, state), look = `/sicherungen/${state}/wiederherstellung`;
    await test('preview: record by record, the values of then beside those of today', async () => {
      is((await c.submit(look, `/sicherungen/${state}/vorschau`)).status, 303);
      const p = await wait(look, (x) => x.includes('Datensatz für Datensatz'));
      const row = (name) => plain(new RegExp(`<tr><td data-l="Datensatz"><span><b class="fw5">${name}.*?</tr>`, 's').exec(p.text)?.[0] ?? '');
      is(/Alte Werft KG .*ändert sich Name Alte Werft KG und ein weiterer Wert, der hier nicht gezeigt wird Name Neue Werft KG und ein weiterer/.test(row('Alte Werft KG')), true, row('Alte Werft KG'));
      is(/entfällt nicht vorhanden vorhanden/.test(row('Werft Danach GmbH')), true, row('Werft Danach GmbH'));
      hasNot(p.text, 'Werft Gleich', 'what is the same is not there');
      has(plain((await c.get(look, { 'accept-language': 'de' })).text), 'Firmen 1 ändert sich 1 entfällt');
    });
    await test('preview: of many, the first are there, and it is said how many more', async () => {
      const csv = 'Firma\r\n' + Array.from({ length: 60 }, (_, i) => `Reihe ${i} GmbH\r\n`).join('');
      const up = await c.upload('/kontakte/import', '/kontakte/import', 'file', 'kontakte.csv', csv);
      const map = up.headers.location.split('?')[0], check = (await c.submit(map, map)).headers.location.split('?')[0];
      await prove(c, 'maat');
      is((await c.submit(check, check)).status, 303);
      is((await c.submit(look, `/sicherungen/${state}/vorschau`)).status, 303);
      const p = await wait(look, (x) => /6\d entfallen/.test(x));
      is(/\d+ weitere Datensätze dieser Art stehen hier nicht einzeln/.test(p.plain), true, p.plain.slice(0, 1500));
      has(p.plain, 'Alte Werft KG');
    });
    await test('records: who has not the right finds nothing', async () => {
      const few = await own.enter('lotse', password('lotse'));
      is((await few.get(find)).status, 403);
      is((await few.get(order)).status, 403);
    });
    let page;
    await test('records: found by their name of then, what is new or the same is not', async () => {
      page = await search('werft');
      has(page.plain, 'Alte Werft KG');
      has(page.plain, 'heute anders');
      has(page.plain, 'Name: damals Alte Werft KG, heute Neue Werft KG. und ein weiterer Wert, der hier nicht gezeigt wird');
      hasNot(page.plain, 'Nur intern');
      hasNot(page.plain, 'Werft Danach');
      hasNot(page.plain, 'Werft Gleich');
    });
    await test('records: no hit is said, an empty search is refused', async () => {
      has((await search('Gibtesnicht')).plain, 'Nichts gefunden, was heute fehlt oder anders ist');
      is((await c.submit(find, find, { words: ' ' })).status, 422);
    });
    await test('records: nobody sees what another one looked for', async () => {
      page = await search('werft');
      s.addUser('jolle', 'administrator', password('jolle'), slug);
      const other = await own.enter('jolle', password('jolle'), true);
      hasNot((await other.get(find)).text, 'Alte Werft');
      is((await other.get(`${order}?find=${/name="find" value="(\d+)"/.exec(page.text)[1]}&h1=1`)).status, 404);
      s.cli(['user', 'lock', '--workspace', slug, '--login', 'jolle', '--json']);
    });
    await test('records: the order shows what is chosen, price, VAT and sum', async () => {
      const p = await choose(page, 'Alte Werft KG');
      for (const part of ['Alte Werft KG', '30,00 €', '5,70 €', '35,70 €', 'Umsatzsteuer 19 %', 'zahlungspflichtig bestellen', 'Heutige Werte überschreiben']) has(p.plain, part);
      has((await choose(page)).plain, 'Bitte kreuzen Sie mindestens einen Datensatz an.');
    });
    await test('records: without a reason, or without saying that today is overwritten, nothing is ordered', async () => {
      await prove(c, 'maat');
      const p = await choose(page, 'Alte Werft KG');
      const r = await send(p, { reason: '' });
      is(r.status, 422);
      has(r.plain, 'Sollen die Werte von damals gelten, kreuzen Sie das hier an');
      has(r.plain, 'Alte Werft KG', 'the choice is still there');
      is(charges().length, 0);
    });
    await test('records: the price changed meanwhile: nothing is ordered, the new one is shown', async () => {
      const p = await choose(page, 'Alte Werft KG');
      kontor('price', 'set', '--restore-records', '40.00');
      const r = await send(p, { reason: 'umbenannt', overwrite: '1' });
      is(r.status, 409, r.plain.slice(300, 900));
      has(r.plain, '47,60 €');
      is(charges().length, 0);
    });
    let done;
    await test('records: ordered, they are back, reported and owed, and nothing else is changed', async () => {
      const p = await choose(page, 'Alte Werft KG');
      const r = await send(p, { reason: 'versehentlich umbenannt', overwrite: '1' });
      is(r.status, 303, r.plain.slice(300, 1200));
      done = await wait(r.to, (x) => x.includes('ausgeführt,'));
      done.path = r.to;
      has(done.plain, '1 Datensatz hat wieder die Werte von damals.'.replace('1', 'Ein'));
      has(done.plain, 'auf damals gesetzt');
      has(done.plain, 'versehentlich umbenannt');
      is(await nameOf(old), 'Alte Werft KG');
      is(await nameOf(later), 'Werft Danach GmbH');
      is((await settled(1, 'done')).join(), 'restore_records done 4760');
      is((await c.get('/sicherungen')).text.includes(r.to), true, 'it stands among the orders');
    });
    await test('records: undone by one person within seven days, free, once', async () => {
      await prove(c, 'maat');
      const f = Client.forms(done.text).find((x) => x.action === `${done.path}/zuruecknehmen`);
      is((await c.send(f, f.action)).status, 303);
      is(await nameOf(old), 'Neue Werft KG');
      const p = await c.get(done.path);
      has(plain(p.text), 'rückgängig gemacht,');
      hasNot(p.text, '/zuruecknehmen"');
      is((await c.send(f, f.action, { once: 'b'.repeat(22) })).status, 409, 'once');
      is(charges().length, 1);
    });
    await test('records: what was changed since stays, and the refusal names it', async () => {
      const p = await choose(page, 'Alte Werft KG');
      const r = await send(p, { reason: 'noch einmal', overwrite: '1' });
      is(r.status, 303, r.plain.slice(300, 900));
      const q = await wait(r.to, (x) => x.includes('ausgeführt,'));
      await rename(old, 'Inzwischen Anders KG');
      const f = Client.forms(q.text).find((x) => x.action === `${r.to}/zuruecknehmen`), no = await c.send(f, f.action);
      is(no.status, 409);
      has(plain(no.text), 'Ein Datensatz wurde seit dem Zurückholen geändert.');
      has(plain(no.text), `Es geht um: Firma Nr. ${old}.`);
      is(await nameOf(old), 'Inzwischen Anders KG');
      is((await settled(2, 'done')).at(-1), 'restore_records done 4760');
    });
    await test('records: killed in the middle, the server does it once, and knows it', async () => {
      for (const ms of [0, 60, 150]) {
        const n = charges().length;
        page = await search('werft');
        const p = await choose(page, 'Alte Werft KG');
        await prove(c, 'maat');
        const r = await send(p, { reason: `Runde ${ms}`, overwrite: '1' });
        is(r.status, 303, r.plain.slice(300, 900));
        await new Promise((x) => setTimeout(x, ms));
        s.process.kill('SIGKILL');
        await s.ended;
        const next = await Server.start({ dir: s.dir });
        Object.assign(s, { process: next.process, port: next.port, operatorPort: next.operatorPort, ended: next.ended, exitCode: next.exitCode });
        next.process.on('exit', (code) => { s.exitCode = code; });
        s.exitCode = undefined;
        const q = await wait(r.to, (x) => x.includes('ausgeführt,'));
        has(q.plain, 'auf damals gesetzt');
        is(await nameOf(old), 'Alte Werft KG');
        is((await settled(n + 1, 'done')).at(-1), 'restore_records done 4760', 'owed once');
        await rename(old, 'Inzwischen Anders KG');
        await new Promise((x) => setTimeout(x, 300));
        is(await nameOf(old), 'Inzwischen Anders KG', 'not done again over what was changed since');
      }
    });
    let second;
    await test('records: a second administrator approves, is told, and may undo alone', async () => {
      s.addUser('bootsfrau', 'administrator', password('bootsfrau'), slug);
      second = await own.enter('bootsfrau', password('bootsfrau'), true);
      page = await search('werft');
      const p = await choose(page, 'Alte Werft KG'), again = await choose(page, 'Alte Werft KG');
      has(p.plain, 'ein zweiter Administrator muss freigeben');
      const r = await send(p, { reason: 'zu zweit', overwrite: '1' });
      is(r.status, 303, r.plain.slice(300, 900));
      has(plain((await c.get(r.to)).text), 'wartet auf die Freigabe');
      const asked = plain((await second.get(r.to)).text);
      is(new RegExp(`Diese Datensätze sollen zurückkommen .*Alte Werft KG Kundennummer ${old} Firma heute anders`).test(asked), true, asked);
      has(asked, 'Die heutigen Werte werden überschrieben.');
      hasNot(asked, 'Wozu sie gehören');
      hasNot(asked, 'Werft Gleich', 'what is not ordered stays unsaid');
      is(await nameOf(old), 'Inzwischen Anders KG', 'nothing is done before');
      const twice = await send(again, { reason: 'doppelt', overwrite: '1' });
      hasNot((await choose(page, 'Alte Werft KG')).text, 'zahlungspflichtig bestellen', 'no second one is offered');
      is(twice.status, 409);
      has(twice.plain, 'schon beauftragt');
      has(await notices(second), 'bittet um Ihre Freigabe');
      await prove(second, 'bootsfrau');
      is((await second.submit(r.to, `${r.to}/freigeben`)).status, 303);
      await wait(r.to, (x) => x.includes('ausgeführt,'));
      is(await nameOf(old), 'Alte Werft KG');
      has(await notices(second), 'Einzelne Datensätze wurden aus einem früheren Stand zurückgeholt.');
      is((await second.submit(r.to, `${r.to}/zuruecknehmen`)).status, 303, 'alone, though ordering takes two');
      is(await nameOf(old), 'Inzwischen Anders KG');
      has(await notices(c), 'Das Zurückholen einzelner Datensätze wurde rückgängig gemacht.');
    });
    await test('records: what was put right by hand meanwhile is not owed', async () => {
      page = await search('werft');
      const n = charges().length, p = await choose(page, 'Alte Werft KG');
      await prove(c, 'maat');
      const r = await send(p, { reason: 'zu spät', overwrite: '1', parents: '1' });
      is(r.status, 303, r.plain.slice(300, 900));
      has(plain((await second.get(r.to)).text), 'Wozu sie gehören, kommt mit');
      await rename(old, 'Alte Werft KG', { comments: '' });
      await prove(second, 'bootsfrau');
      is((await second.submit(r.to, `${r.to}/freigeben`)).status, 303);
      const q = await wait(r.to, (x) => x.includes('misslungen'));
      has(q.plain, 'Die gewählten Datensätze sind heute schon so, wie sie damals waren. Es wurde nichts geändert. Es wird nichts berechnet.');
      is((await settled(n + 1, 'waived')).at(-1), 'restore_records waived 4760');
      hasNot(q.text, '/zuruecknehmen"');
      await rename(old, 'Inzwischen Anders KG');
    });
    await test('operator: nothing of an agency is looked at in silence', async () => {
      const before = (await notices(c)).split('Der Betreiber hat in einen früheren Stand').length;
      const count = async () => (await notices(c)).split('Der Betreiber hat in einen früheren Stand').length - before;
      is(JSON.parse(kontor('restore', 'find', '--workspace', slug, state, '--text', 'werft').stdout).rows.length > 0, true);
      is(await count(), 1, 'a search');
      is(kontor('restore', 'preview', '--workspace', slug, state).status, 0);
      is(await count(), 2, 'a preview');
      is(kontor('restore', 'find', '--workspace', slug, '20200101T000000Z', '--text', 'werft').status !== 0, true);
      is(await count(), 2, 'of a state that is none there is nothing to see');
      is(kontor('restore', 'take', '--workspace', slug, state, '--record', `company:${old}`, '--overwrite').status, 0);
      has(await notices(c), 'Der Betreiber hat einzelne Datensätze aus einem früheren Stand zurückgeholt.');
      const looks = (await auditOf(s, slug, escrow)).filter((r) => r.event_text === 'restore.operator_looked');
      is(looks.map((r) => r.actor_user_id).join(), ',', 'two rows in the audit, of nobody of the agency');
    });
  } finally {
    await s.stop();
    rmSync(escrow.dir, { recursive: true });
  }
}
