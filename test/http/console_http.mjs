// console_http.mjs: the operators' pages of backups, orders, incidents and prices: numbers and states, never content;
// what changes what somebody owes wants a fresh proof; each act is in the audit, and none is done twice.
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, totp } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { escrowLine, until } from '../lib/states.mjs';
import { World, password } from '../lib/world.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const secret = 'Leuchtturm ops 47 Kiel';
const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;|\u00a0/g, ' ').replace(/\s+/g, ' ');

export async function chapter() {
  const s = await Server.start({ now: '2026-11-22T08:00:00Z', conf: escrowLine() });
  const kontor = (...args) => JSON.parse(s.cli([...args, '--json'], { any: true }).stdout || 'null');
  let base, at;
  const clock = (iso) => { s.cli(['clock', 'set', '--now', iso, '--settle'], { raw: true }); base = Date.parse(iso); at = Date.now(); };
  let ops = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost'), key;
  const page = async (path, lang = 'de') => { const r = await ops.get(path, { 'accept-language': lang }); return { ...r, plain: plain(r.text) }; };
  const prove = async (who, word) => is((await who.submit('/konto/nachweis', '/konto/nachweis', { password: word })).status, 303);
  try {
    const own = new World(s);
    own.now = () => base + Date.now() - at;
    clock('2026-11-22T08:00:10Z');
    const [, link] = /(\/einladung\/\S+)/.exec(s.initOutput.split('\n').find((l) => /8444|Betreiber/.test(l)));
    const slug = kontor('workspace', 'list')[0].slug;
    s.addUser('maat', 'administrator', password('maat'), slug);
    s.addUser('lotse', 'time_recorder_2', password('lotse'), slug);
    await own.enter('maat', password('maat'), true);
    clock('2026-11-23T03:30:00Z'); // a night later
    is((await ops.submit(link, link, { login: 'wache', password: secret, first_name: 'Wiebke', last_name: 'Achterberg' })).status, 303, 'the operator comes in');
    key = await World.enrol(ops, own.now());
    const enter = async () => { // the session of before is over
      ops = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost');
      await ops.signIn('wache', secret);
      is((await ops.submit('/anmelden/code', '/anmelden/code', { code: totp(key, own.now()) })).status, 303);
    };
    const c = await own.again('maat', password('maat'));
    const id = kontor('backup', 'list', '--workspace', slug).map((r) => r.id).at(-1);
    const state = `/sicherungen/${id}/wiederherstellung`;

    await test('console: the overview has people, size, last backup and drill of each workspace', async () => {
      const row = plain((await page('/')).text.split('<tr>').at(-1));
      for (const part of [/^ 1 /, ` ${slug} `, / 3 [\d,]+ (kB|MB) heute, \d\d:\d\d heute, \d\d:\d\d aktiv/]) is(part instanceof RegExp ? part.test(row) : row.includes(part), true, `${part} in ${row}`);
      has((await page('/')).plain, 'Sicherungen heute 1 / 1');
    });
    await test('console: the night in numbers, and the last seven days of each workspace', async () => {
      kontor('doctor', '--quick', '--record');
      const p = await page('/sicherungen');
      for (const part of ['Gesichert 1 / 1', 'Probe bestanden 1 / 1', 'Zweite Kopie 1 / 1 alle auf einem Datenträger', 'Älteste Sicherung 22.11.']) has(p.plain, part);
      const cells = [...p.text.split('<tr>').at(-1).matchAll(/class="center"><span class="status (\w+)"/g)].map((m) => m[1]);
      is(cells.join(), 'idle,idle,idle,idle,idle,ok,ok', 'not there yet, then good');
    });
    await test('console: the states of one workspace with their copies', async () => {
      const p = await page('/sicherungen/1');
      is(p.status, 200);
      has(p.plain, 'gesichert und geprüft');
      has(p.plain, '3 von 3');
      is((await page('/sicherungen/987654')).status, 404);
    });
    await test('console: what the drill signed, and when', async () => {
      const p = await page('/proben');
      is(/wiederherstellbar heute, \d\d:\d\d heute, \d\d:\d\d \d+/.test(p.plain), true, p.plain.slice(0, 1500));
    });
    // --- orders ------------------------------------------------------------------------------------------------------
    const look = async () => { // the customer has seen the state, and orders it
      is((await c.submit(state, `/sicherungen/${id}/vorschau`)).status, 303);
      await until(c, state, (t) => plain(t).includes('bestellen') || plain(t).includes('beauftragen'));
    };
    const order = async (reason) => {
      await prove(c, password('maat'));
      const r = await c.submit(state, state, { reason });
      is(r.status, 303, plain(r.text).slice(300, 900));
      await until(c, r.headers.location.split('?')[0], (t) => plain(t).includes('ausgeführt,'));
      const n = kontor('charge', 'list').length;
      for (const end = Date.now() + 10000; kontor('charge', 'list').at(-1).status === 'ordered' && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      return n;
    };
    await test('console: no orders yet, and what came with the program is called so', async () => {
      has((await page('/auftraege')).plain, 'Noch keine Aufträge');
      has((await page('/preise')).plain, 'Diese Preise hat das Programm mitgebracht');
      has((await page('/preise')).plain, '107,10 EUR 90,00 netto');
    });
    await test('console: new prices want a fresh proof, are a version of their own, and never of the past', async () => {
      clock('2026-11-23T03:40:00Z');
      const stale = await ops.submit('/preise', '/preise', { whole_net: '150,00' });
      is(stale.status, 403, plain(stale.text).slice(0, 300));
      is(kontor('price', 'show').length, 1, 'nothing is changed');
      await prove(ops, secret);
      for (const [values, sentence] of [[{ whole_net: '-1' }, /./], [{ whole_net: 'viel' }, /./], [{ vat_percent: '101' }, /./], [{ valid_day: '2026-11-20' }, /rückwirkend/]]) {
        const r = await ops.submit('/preise', '/preise', values);
        is(r.status, 422, JSON.stringify(values));
        is(sentence.test(plain(r.text)), true, plain(r.text).slice(0, 900));
      }
      is((await ops.submit('/preise', '/preise', { whole_net: '150,00', valid_day: '' })).status, 303);
      const p = await page('/preise');
      has(p.plain, '178,50 EUR 150,00 netto');
      has(p.plain, '107,10 EUR 90,00 netto');
      hasNot(p.plain, 'mitgebracht');
      is(kontor('price', 'show').find((v) => v.current).version, 2);
      is((await ops.submit('/preise', '/preise', { valid_day: '2027-01-01', records_net: '0' })).status, 303);
      has((await page('/preise')).plain, 'kostenlos 19 %');
      has((await page('/preise')).plain, 'kommt');
      is(kontor('price', 'show').find((v) => v.current).version, 2, 'not before its day');
    });
    await test('console: an order with its price; billed once it is carried out, and not twice', async () => {
      await look();
      await order('Versehen');
      const list = await page('/auftraege');
      has(list.plain, '1 Auftrag abzurechnen: 178,50 EUR');
      hasNot(list.text, 'Versehen', 'the reason is the customer\'s');
      const p = await page('/auftraege/1');
      for (const part of ['Ganzer Stand', 'ausgeführt', 'maat', '150,00 EUR', '28,50 EUR', '178,50 EUR']) has(p.plain, part);
      const form = Client.forms(p.text);
      const bill = form.find((f) => f.action.endsWith('/abgerechnet')), waive = form.find((f) => f.action.endsWith('/erlassen'));
      is((await ops.send(bill, bill.action)).status, 303);
      has((await page('/auftraege/1')).plain, 'abgerechnet');
      is((await ops.send(bill, bill.action, { once: 'b'.repeat(22) })).status, 409, 'twice');
      await prove(ops, secret);
      is((await ops.send(waive, waive.action, { waive_reason: 'Kulanz' })).status, 409, 'nor waived afterwards');
      is(Client.forms((await page('/auftraege/1')).text).some((f) => f.action.startsWith('/auftraege')), false, 'no button is left');
      is(kontor('charge', 'list')[0].status, 'billed');
      is((await ops.get('/auftraege/987654')).status, 404);
    });
    await test('console: an incident makes free; it ends once', async () => {
      await prove(ops, secret);
      const none = await ops.submit('/stoerungen', '/stoerungen', { slug, incident_text: '' });
      is(none.status, 422, plain(none.text).slice(0, 300));
      is((await ops.submit('/stoerungen', '/stoerungen', { slug, incident_text: 'Platte voll <b>' })).status, 303);
      const p = await page('/stoerungen');
      has(p.plain, 'dauert an');
      has(p.text, 'Platte voll &lt;b&gt;');
      await look();
      await order('wegen der Platte');
      has((await page('/auftraege')).plain, 'kostenlos wegen Störung');
      is(kontor('charge', 'list')[1].total, 0);
      const end = Client.forms((await page('/stoerungen')).text).find((f) => f.action.endsWith('/ende'));
      is((await ops.send(end, end.action)).status, 303);
      has((await page('/stoerungen')).plain, 'kostenlos bis 23.12.2026');
      is((await ops.send(end, end.action, { once: 'c'.repeat(22) })).status, 409, 'twice');
      is((await ops.send(end, '/stoerungen/987654/ende', { once: 'd'.repeat(22) })).status, 404);
    });
    await test('console: waived with a reason, after a fresh proof', async () => {
      await prove(ops, secret);
      const f = Client.forms((await page('/auftraege/2')).text).find((x) => x.action.endsWith('/erlassen'));
      is((await ops.send(f, f.action, { waive_reason: '' })).status, 422);
      is((await ops.send(f, f.action, { waive_reason: 'Kulanz' })).status, 303);
      has((await page('/auftraege/2')).plain, 'Kulanz');
      is(kontor('charge', 'list')[1].waiveReason, 'Kulanz');
    });
    await test('console: nobody of an agency reaches these pages', async () => {
      for (const path of ['/auftraege', '/preise', '/stoerungen', '/proben']) is((await c.get(path)).status, 404, path);
    });
    await test('console: an order that nobody carries out lapses by itself, and its page says when', async () => {
      s.addUser('bootsfrau', 'administrator', password('bootsfrau'), slug); // whose approval it waits for
      await look();
      await prove(c, password('maat'));
      is((await c.submit(state, state, { reason: 'vielleicht' })).status, 303);
      const last = kontor('charge', 'list').at(-1);
      is(last.status, 'ordered');
      has((await page(`/auftraege/${last.charge}`)).plain, 'Ist der Auftrag bis 23.12.2026');
      hasNot((await page('/auftraege/1')).plain, 'Ist der Auftrag bis');
    });
    await test('console: days without a backup are red, one that took two attempts is marked', async () => {
      const cells = async () => [...(await page('/sicherungen')).text.split('<tr>').at(-1).matchAll(/class="center"><span class="status (\w+)"/g)].map((m) => m[1]).join();
      // The server slept for two nights: they are caught up as one. Who is at work there at that very moment has it rest.
      for (let minute = 0; minute < 5 && !/ok$/.test(minute > 0 ? await cells() : ''); minute++) {
        clock(`2026-11-26T12:0${minute}:10Z`);
        await enter();
      }
      is(/bad,bad,ok$/.test(await cells()), true, await cells());
      // The folder is in the way at the first attempt, and is not an hour later.
      const folder = join(s.dir, 'k/backup/1');
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, '');
      clock('2026-11-27T00:30:00Z');
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
      clock('2026-11-27T04:40:00Z');
      await enter();
      is(/ok,warn$/.test(await cells()), true, await cells());
    });
    await test('console: the first page counts whose newest good backup is too old', async () => {
      const folder = join(s.dir, 'k/backup/1');
      const count = async (iso) => { clock(iso); await enter(); return /<div class="notice (bad|warn)"[^>]*>.*?<h2>(.*?)<\/h2><p>(.*?)<a/s.exec((await page('/')).text)?.slice(1).join('|') ?? ''; };
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, '');
      is(await count('2026-11-28T05:00:00Z'), '', 'not yet');
      is(await count('2026-11-28T08:00:00Z'), 'warn|Ein Arbeitsbereich hat keine gute Sicherung, die jünger als 26 Stunden ist|');
      is(await count('2026-11-29T08:00:00Z'), 'bad|Ein Arbeitsbereich hat keine gute Sicherung, die jünger als 26 Stunden ist|Bei einem sind es mehr als 50 Stunden. ');
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
      is(await count('2026-11-29T09:10:00Z'), '', 'caught up');
    });
    await test('console: a workspace that was not tried for more than a week is marked', async () => {
      const folder = join(s.dir, 'k/backup/1');
      const drills = async (iso) => { clock(iso); await enter(); return (await page('/proben')).text; };
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, '');
      const old = '<span class="status warn">seit mehr als 8 Tagen nicht geprobt</span>';
      hasNot(await drills('2026-12-07T09:00:00Z'), old);
      has(await drills('2026-12-08T09:00:00Z'), old);
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
      hasNot(await drills('2026-12-08T10:10:00Z'), old);
    });
  } finally {
    await s.stop();
  }
}
