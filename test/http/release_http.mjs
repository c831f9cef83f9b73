// release_http.mjs: the operator's release of what a customer ordered back: it waits and says so, one person or two of the
// console release it, one person never twice; refused with a reason, withdrawn, lapsed, killed in between. Amounts are seen, no content.
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, totp } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { auditOf, backedUp, escrowKey, found, lookedInto, plain, until } from '../lib/states.mjs';
import { World, password } from '../lib/world.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const words = { wache: 'Leuchtturm ops 47 Kiel', ablose: 'Ankerkette ops 12 Husum' };

export async function chapter() {
  const escrow = escrowKey();
  const s = await Server.start({ now: '2026-11-22T08:00:00Z', conf: `${escrow.line}restore_release = 1\n` });
  const kontor = (...args) => JSON.parse(s.cli([...args, '--json'], { any: true }).stdout || 'null');
  let base, at;
  const clock = (iso) => { s.cli(['clock', 'set', '--now', iso, '--settle'], { raw: true }); base = Date.parse(iso); at = Date.now(); };
  const own = new World(s);
  own.now = () => base + Date.now() - at;
  const prove = async (who, word) => is((await who.submit('/konto/nachweis', '/konto/nachweis', { password: word })).status, 303);
  const ops = {}, keys = {};
  const enter = async (login) => { // an operator's session of before is over
    ops[login] = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost');
    await ops[login].signIn(login, words[login]);
    is((await ops[login].submit('/anmelden/code', '/anmelden/code', { code: totp(keys[login], own.now()) })).status, 303, login);
  };
  const page = async (who, path, lang = 'de') => { const r = await who.get(path, { 'accept-language': lang }); return { ...r, plain: plain(r.text) }; };
  const again = async (change) => { // the server is killed and born anew
    s.process.kill('SIGKILL');
    await s.ended;
    if (change) { const f = join(s.dir, 'k/kontor.conf'); writeFileSync(f, change(readFileSync(f, 'utf8'))); }
    const next = await Server.start({ dir: s.dir, now: new Date(own.now()).toISOString().replace(/\.\d+/, '') });
    Object.assign(s, { process: next.process, port: next.port, operatorPort: next.operatorPort, ended: next.ended });
    s.exitCode = undefined;
    next.process.on('exit', (code) => { s.exitCode = code; });
    for (const o of Object.values(ops)) o.server.port = s.operatorPort;
  };
  let c;
  try {
    clock('2026-11-22T08:00:10Z');
    const slug = kontor('workspace', 'list')[0].slug;
    const links = { wache: /(\/einladung\/\S+)/.exec(s.initOutput.split('\n').find((l) => /8444|Betreiber/.test(l)))[1] };
    s.addUser('maat', 'administrator', password('maat'), slug);
    c = await own.enter('maat', password('maat'), true);
    ops.wache = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost');
    is((await ops.wache.submit(links.wache, links.wache, { login: 'wache', password: words.wache, first_name: 'Wiebke', last_name: 'Achterberg' })).status, 303);
    keys.wache = await World.enrol(ops.wache, own.now());
    s.addUser('ablose', 'operator', words.ablose, 'system');
    ops.ablose = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost');
    await ops.ablose.signIn('ablose', words.ablose);
    keys.ablose = await World.enrol(ops.ablose, own.now());

    const add = async (name) => /\/kontakte\/(\d+)/.exec((await c.submit('/kontakte/neu', '/kontakte/neu', { name })).headers.location)[1];
    const isThere = async (name) => !(await c.get(`/kontakte?q=${encodeURIComponent(name)}`)).text.includes('Kein Treffer');
    const charges = () => kontor('charge', 'list');
    const old = `/kontakte/${await add('War Schon Da GmbH')}`;
    await backedUp(s, slug);
    const state = await lookedInto(s, slug, c);
    const look = async () => { is((await c.submit(state, state.replace(/wiederherstellung$/, 'vorschau'))).status, 303); await until(c, state, (t) => t.includes(`action="${state}"`)); };
    const order = async (reason) => {
      await look();
      await prove(c, password('maat'));
      sent = Client.forms((await c.get(state)).text).find((f) => f.action === state);
      const r = await c.send(sent, state, { reason });
      is(r.status, 303, plain(r.text).slice(300, 900));
      return r.headers.location.split('?')[0];
    };
    const wait = async (path, word) => { const p = await until(c, path, (t) => plain(t).includes(word)); return { ...p, plain: plain(p.text) }; };
    const asked = async () => { // the newest order that waits
      const p = await until(ops.wache, '/freigaben', (t) => /href="\/freigaben\/\d+"[^]*?Freigaben<\/span>/.test(t));
      return /href="(\/freigaben\/\d+)"/.exec(p.text)[1];
    };
    let mine, release, sent;

    await test('release: nothing waits, and the page says when something would', async () => {
      const p = await page(ops.wache, '/freigaben');
      is(p.status, 200);
      has(p.plain, 'Es wartet kein Auftrag');
      hasNot(p.plain, 'ausgeschaltet');
      has((await page(ops.wache, '/')).text, 'href="/freigaben"');
      is((await ops.wache.get('/freigaben/987654')).status, 404);
    });
    await test('release: an order waits, says so, and nothing happens or is owed before', async () => {
      await add('Kam Danach GmbH');
      has((await page(c, state)).plain, 'Danach gibt der Betreiber den Auftrag frei');
      mine = await order('die Kundin Frau Möwe wollte es so');
      const p = await wait(mine, 'wartet auf die Freigabe des Betreibers');
      has(p.plain, 'Freigaben: 0 von 1, seit 22.11.2026');
      has(p.plain, 'Ohne Freigabe verfällt er am 29.11.2026');
      has(p.text, 'Auftrag zurückziehen');
      has((await page(c, '/sicherungen')).plain, 'wartet auf den Betreiber');
      is(charges().at(-1).status, 'ordered');
      is(await isThere('Kam Danach'), true);
    });
    await test('release: ordered once more meanwhile is refused', async () => {
      await prove(c, password('maat'));
      const r = await c.send(sent, state, { order_key: 'x'.repeat(24), reason: 'noch einmal' });
      is(r.status, 409);
      has(plain(r.text), 'Es wurde nichts ein zweites Mal bestellt');
      is(charges().length, 1);
    });
    await test('release: the operator sees whose, which state and how many, no content', async () => {
      release = await asked();
      const p = await page(ops.wache, release);
      for (const part of ['0 von 1 Freigaben', 'Administrator der Agentur, mit frischem Nachweis', '22.11.2026', 'Ganzer Stand', '1 Satz entfällt', 'Firmen 1', 'Inhalte sind für Betreiber verborgen', 'Antrag der Agentur', 'Probe in abgetrenntem Bereich', 'Prüfsumme bestätigt']) has(p.plain, part);
      for (const part of ['Möwe', 'Kam Danach', 'maat']) hasNot(p.text, part);
      has(plain((await ops.ablose.get('/konto/hinweise')).text), 'Ein Kunde hat eine Wiederherstellung beauftragt');
      is((await c.get(release)).status, 404, 'not the agency\'s');
    });
    await test('release: with a fresh proof one person releases it, it is done once, reported and owed', async () => {
      clock('2026-11-22T08:10:00Z');
      const stale = await ops.wache.submit(release, `${release}/freigeben`);
      is(stale.status, 403, 'a stale proof');
      has((await page(c, mine)).plain, 'wartet auf die Freigabe des Betreibers');
      await prove(ops.wache, words.wache);
      const r = await ops.wache.submit(release, `${release}/freigeben`);
      is(r.status, 303, plain(r.text).slice(300, 900));
      await wait(mine, 'ausgeführt,');
      is(await isThere('Kam Danach'), false);
      for (const end = Date.now() + 10000; charges().at(-1).status !== 'done' && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      is(charges().map((x) => x.status).join(), 'done');
      const p = await page(ops.wache, release);
      has(p.plain, 'Wiebke Achterberg');
      has(p.plain, 'ausgeführt');
      hasNot(p.text, 'action="/freigaben');
      has(plain((await c.get('/konto/hinweise')).text), 'wiederhergestellt', 'who waited is told');
    });
    const settled = async (status) => { for (const end = Date.now() + 10000; charges().at(-1).status !== status && Date.now() < end;) await new Promise((x) => setTimeout(x, 50)); is(charges().at(-1).status, status); };
    const give = async (login) => { await prove(ops[login], words[login]); return ops[login].submit(release, `${release}/freigeben`); };
    await test('release: refused with a reason, which the customer reads; nothing is done or owed', async () => {
      await add('Bleibt Hier GmbH');
      mine = await order('zweiter Versuch');
      await wait(mine, 'wartet auf die Freigabe des Betreibers');
      release = await asked();
      await prove(ops.wache, words.wache);
      is((await ops.wache.submit(release, `${release}/ablehnen`, { refuse_reason: '' })).status, 422, 'without a reason');
      const give_ = Client.forms((await ops.wache.get(release)).text).find((f) => f.action.endsWith('/freigeben'));
      is((await ops.wache.submit(release, `${release}/ablehnen`, { refuse_reason: 'Bitte erst <b>anrufen</b>' })).status, 303);
      const p = await wait(mine, 'vom Betreiber nicht freigegeben');
      has(p.text, 'Begründung: Bitte erst &lt;b&gt;anrufen&lt;/b&gt;');
      for (const part of ['Es wurde nichts geändert.', 'Es wird nichts berechnet.']) has(p.plain, part);
      is(await isThere('Bleibt Hier'), true);
      await settled('waived');
      has(plain((await c.get('/konto/hinweise')).text), 'nicht freigegeben');
      has((await page(c, '/sicherungen')).plain, 'nicht freigegeben');
      const late = await ops.wache.send(give_, give_.action);
      is(late.status, 409);
      has(plain(late.text), 'wartet nicht mehr auf eine Freigabe');
      has((await page(ops.wache, '/freigaben')).plain, 'abgelehnt');
    });
    await test('release: withdrawn by the customer, free, and then nobody releases it', async () => {
      mine = await order('dritter Versuch');
      await wait(mine, 'wartet auf die Freigabe des Betreibers');
      release = await asked();
      const form = Client.forms((await ops.wache.get(release)).text).find((f) => f.action.endsWith('/freigeben'));
      is((await c.submit(mine, `${mine}/abbrechen`)).status, 303);
      has((await page(c, mine)).plain, 'es wird nichts berechnet');
      await settled('waived');
      await until(ops.wache, release, (t) => plain(t).includes('zurückgezogen'));
      await prove(ops.wache, words.wache);
      is((await ops.wache.send(form, form.action)).status, 409);
      is(await isThere('Bleibt Hier'), true);
    });
    await test('release: single records wait as well, and are told by number', async () => {
      const path = await found(c, state, old);
      await prove(c, password('maat'));
      const at_ = path.replace(/\?.*/, '');
      const r = await c.send(Client.forms((await c.get(path)).text).find((f) => f.action === at_), at_, { reason: 'Name', overwrite: '1' });
      is(r.status, 303, plain(r.text).slice(300, 900));
      mine = r.headers.location.split('?')[0];
      const p = await wait(mine, 'wartet auf die Freigabe des Betreibers');
      has(p.plain, 'War Schon Da GmbH');
      release = await asked();
      const o = await page(ops.wache, release);
      for (const part of ['Einzelne Datensätze', '1 Satz ändert sich', 'Firmen 1']) has(o.plain, part);
      hasNot(o.text, 'War Schon Da');
      is((await give('wache')).status, 303);
      await wait(mine, 'ausgeführt,');
      is(await isThere('War Schon Da GmbH heute'), false);
      await settled('done');
    });
    await test('release: where two are needed, the same person is refused, another one completes it', async () => {
      await again((t) => t.replace('restore_release = 1', 'restore_release = 2'));
      mine = await order('vierter Versuch');
      await wait(mine, 'Freigaben: 0 von 2');
      release = await asked();
      const form = Client.forms((await ops.wache.get(release)).text).find((f) => f.action.endsWith('/freigeben'));
      is((await give('wache')).status, 303);
      await wait(mine, 'Freigaben: 1 von 2');
      const p = await page(ops.wache, release);
      for (const part of ['1 von 2 Freigaben', 'Sie haben freigegeben', 'muss eine andere Person sein']) has(p.plain, part);
      const twice = await ops.wache.send(form, form.action, { once: 'a'.repeat(22) });
      is(twice.status, 409);
      has(plain(twice.text), 'Die zweite Freigabe muss von einer anderen Person kommen');
      is(await isThere('Bleibt Hier'), true);
      has((await page(ops.ablose, release)).plain, 'Als zweite Person freigeben');
    });
    await test('release: who is locked meanwhile has released nothing', async () => {
      kontor('user', 'lock', '--workspace', 'system', '--login', 'wache');
      const p = await page(ops.ablose, release);
      has(p.plain, '0 von 2 Freigaben');
      hasNot(p.plain, 'Als zweite Person freigeben');
      kontor('user', 'unlock', '--workspace', 'system', '--login', 'wache');
      await enter('wache');
      has((await page(ops.ablose, release)).plain, '1 von 2 Freigaben');
    });
    await test('release: killed behind the last release, it goes on exactly once', async () => {
      const runs = () => (readFileSync(join(s.dir, 'k/log/kontor.log'), 'utf8').match(/event=restore\.applied/g) ?? []).length;
      const before = runs();
      is((await give('ablose')).status, 303);
      await again();
      await wait(mine, 'ausgeführt,');
      is(await isThere('Bleibt Hier'), false);
      await settled('done');
      await again();
      has((await page(c, mine)).plain, 'ausgeführt,');
      is(runs() - before <= 1, true, 'once');
      is(charges().filter((x) => x.status === 'done').length, 3);
    });
    await test('release: killed while it waits, it waits on; after seven days it has lapsed, free', async () => {
      await add('Wartet Weiter GmbH');
      mine = await order('fünfter Versuch');
      await wait(mine, 'Freigaben: 0 von 2');
      await again();
      has((await page(c, mine)).plain, 'Freigaben: 0 von 2');
      clock('2026-11-29T20:00:00Z');
      c = await own.again('maat', password('maat'));
      await wait(mine, 'nicht innerhalb von sieben Tagen freigegeben');
      is(await isThere('Wartet Weiter'), true);
      await settled('waived');
      await enter('wache');
      await prove(ops.wache, words.wache);
      release = /href="(\/freigaben\/\d+)"/.exec((await ops.wache.get('/freigaben')).text)[1];
      has((await page(ops.wache, release)).plain, 'verfallen');
    });
    await test('release: a state that is gone meanwhile is not released', async () => {
      const id = kontor('backup', 'list', '--workspace', slug).map((r) => r.id).at(-1);
      const path = await lookedInto(s, slug, c);
      await prove(c, password('maat'));
      mine = (await c.submit(path, path, { reason: 'sechster Versuch' })).headers.location.split('?')[0];
      await wait(mine, 'wartet auf die Freigabe des Betreibers');
      release = await asked();
      const file = join(s.dir, `k/backup/1/${id}.kontor`), bad = readFileSync(file);
      bad[bad.length - 200] ^= 1;
      writeFileSync(file, bad);
      for (const n of [1, 2]) writeFileSync(join(s.dir, `k/copies/${n}/1/${id}.kontor`), bad);
      kontor('backup', 'verify', '--workspace', slug, id);
      const r = await ops.wache.submit(release, `${release}/freigeben`);
      is(r.status, 409, plain(r.text).slice(300, 900));
      has(plain(r.text), 'gibt es nicht mehr, oder er ist beschädigt');
    });
    await test('release: each step is in the audit of both sides: who, what, and why it was refused', async () => {
      const ours = (await auditOf(s, slug, escrow)).filter((r) => /^restore\.(ordered|take_ordered|release|not_released|cancelled|finished|take$)/.test(r.event_text));
      const course = (id) => ours.filter((r) => r.subject_kind_text === 'restore_order' && r.subject_number === id).map((r) => r.event_text.slice(8)).join();
      const orders = [...new Set(ours.filter((r) => r.subject_kind_text === 'restore_order').map((r) => r.subject_number))];
      is(orders.map(course).join(' | '), [
        'ordered,release_asked,released,finished', 'ordered,release_asked,not_released', 'ordered,release_asked,cancelled',
        'take_ordered,release_asked,released,take', 'ordered,release_asked,released,released,finished', 'ordered,release_asked,not_released', 'ordered,release_asked',
      ].join(' | '));
      const theirs = (await auditOf(s, 'system', escrow)).filter((r) => /^release\./.test(r.event_text));
      const steps = (id) => theirs.filter((r) => r.subject_number === id).map((r) => `${r.event_text.slice(8)} ${r.actor_user_id ? 'by one' : 'by itself'}`).join();
      is([...new Set(theirs.map((r) => r.subject_number))].map(steps).join(' | '), [
        'asked by itself,given by one', 'asked by itself,refused by one', 'asked by itself', 'asked by itself,given by one',
        'asked by itself,given by one,given by one', 'asked by itself', 'asked by itself',
      ].join(' | '));
      const [one, two] = theirs.filter((r) => r.event_text === 'release.given').slice(-2).map((r) => r.actor_user_id);
      is(one !== two, true, 'two are two people');
      has(theirs.find((r) => r.event_text === 'release.refused').fields_text, 'Bitte erst <b>anrufen</b>');
      for (const r of theirs) hasNot(JSON.stringify(r), 'Möwe', 'no word of the customer');
    });
  } finally {
    await s.stop();
    rmSync(escrow.dir, { recursive: true });
  }
}
