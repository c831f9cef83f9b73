// restore_http.mjs: a workspace's states as its administrators see and order them: the calendar with its alarm of age,
// what trying a state showed, a free preview, the order with its price, a second administrator, and the way back.
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { processesOf } from '../lib/processes.mjs';
import { Server, build } from '../lib/server.mjs';
import { backedUp, escrowLine, until } from '../lib/states.mjs';
import { World, password } from '../lib/world.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;|\u00a0/g, ' ').replace(/\s+/g, ' ');

export async function chapter() {
  const s = await Server.start({ now: '2026-11-22T08:00:00Z', conf: escrowLine() });
  const kontor = (...args) => s.cli([...args, '--json'], { any: true });
  let base, at;
  const clock = (iso) => { s.cli(['clock', 'set', '--now', iso, '--settle'], { raw: true }); base = Date.parse(iso); at = Date.now(); };
  try {
    const own = new World(s);
    own.now = () => base + Date.now() - at;
    clock('2026-11-22T08:00:10Z');
    const slug = s.cli(['workspace', 'list', '--json'])[0].slug;
    for (const [login, group] of [['maat', 'administrator'], ['lotse', 'time_recorder_2']]) s.addUser(login, group, password(login), slug);
    let c = await own.enter('maat', password('maat'), true);
    const page = async (path, lang = 'de') => { const r = await c.get(path, { 'accept-language': lang }); return { ...r, plain: plain(r.text) }; };

    await test('backups: who has not the right sees neither the page nor the way to it', async () => {
      const few = await own.enter('lotse', password('lotse'));
      is((await few.get('/sicherungen')).status, 403);
      hasNot((await few.get('/')).text, 'href="/sicherungen"');
      has((await c.get('/')).text, 'href="/sicherungen"');
    });
    const settings = async (path, values) => { const to = `/einstellungen${path}`; is((await c.submit(to, to, values)).status, 303, to); };
    await settings('', { agency_name: 'Kurs Nord', street: 'Kai 1', city: 'Kiel' });
    await settings('/projekte', { project_scheme: 'P{N:3}', project_scope: '0' });
    clock('2026-11-23T03:30:00Z'); // a night later: saved and tried by the scheduler
    const id = JSON.parse(kontor('backup', 'list', '--workspace', slug).stdout).map((r) => r.id).at(-1);
    await test('backups: the night\'s state stands in the month, with its size, its trial and how long it stays', async () => {
      c = await own.again('maat', password('maat')); // the session of before is over
      const p = await page('/sicherungen');
      has(p.text, `href="/sicherungen/${id}"`);
      for (const part of [/Stand von 23\.11\.2026/, /verschlüsselt [\d,]+ (kB|MB)/, 'ganz gelesen und heil', 'bestanden', /zur Probe zurückgespielt: [\d.]+ Datensätze/,
        /mindestens bis 30\.11\.2026/, /22 gesichert [\d,]+ (kB|MB) Ersatz für Samstag/, /23 gesichert/, '24 geplant']) is(part instanceof RegExp ? part.test(p.plain) : p.plain.includes(part), true, `${part} in ${p.plain.slice(0, 1800)}`);
      is((await page(`/sicherungen/${id}`)).status, 200);
    });
    await test('backups: one that is under way says so, and the page looks again by itself', async () => {
      let pid, p;
      for (let i = 0; i < 20; i++) { // stopped where it is, unless it was faster; then it goes on to its end
        let over = false;
        await new Promise((next) => { setTimeout(next, 1001 - Date.now() % 1000); }); // its id is a second
        const run = spawn(join(build, 'kontor'), ['backup', 'run', '--workspace', slug, '--json', '-d', join(s.dir, 'k')], { env: s.env, stdio: 'ignore' });
        const ended = new Promise((next) => { run.on('close', () => { over = true; next(); }); });
        const most = Date.now() + 60000;
        while (!over && Date.now() < most && !([pid] = processesOf('backup', join(s.dir, 'k/workspaces/1')), pid)) await new Promise((next) => { setImmediate(next); });
        try { process.kill(pid, 'SIGSTOP'); } catch { /* it was faster */ }
        p = await page('/sicherungen');
        if (/Eine Sicherung läuft/.test(p.plain)) break;
        try { process.kill(pid, 'SIGCONT'); } catch { /* it had come to its end */ }
        is(Date.now() < most, true, 'a backup within a minute');
        await ended;
      }
      has(p.plain, 'Eine Sicherung läuft');
      is(/Sie beginnt gleich|\d+ % sind geschrieben|wird jetzt ganz nachgelesen|Kopie \d von \d/.test(p.plain), true, p.plain.slice(0, 600));
      is(p.headers.refresh, '2');
      process.kill(pid, 'SIGCONT');
      p = await until(c, '/sicherungen', (text) => !text.includes('Eine Sicherung läuft'));
      is(p.headers.refresh, undefined);
    });
    await test('backups: the rules say how long a state is there, at least and at most', async () => {
      const { plain } = await page('/sicherungen');
      for (const rule of ['mindestens 7 Tage', 'mindestens 4 Wochen', 'Längstens 36 Tage und bis zu drei für das Löschen']) has(plain, rule);
    });
    await test('backups: months before are there to look at, later ones are not', async () => {
      const p = await page('/sicherungen?monat=2026-10');
      has(p.plain, 'Sicherungen, Oktober 2026');
      has(p.text, 'href="/sicherungen?monat=2026-11"');
      hasNot((await page('/sicherungen')).text, 'monat=2026-12');
      is((await page('/sicherungen?monat=gestern')).status, 200);
    });
    s.cli(['workspace', 'add', '--slug', 'sued', '--name', 'Studio Süd', '--json']);
    await new Promise((r) => setTimeout(r, 1100)); // states are named by their second
    const others = await backedUp(s, 'sued');
    await test('backups: another agency\'s state is none', async () => {
      is(others !== id, true, 'made in another second');
      is((await c.get(`/sicherungen/${others}`)).status, 404);
      is((await c.get(`/sicherungen/${others}/wiederherstellung`)).status, 404);
    });
    await test('backups: a state of nobody\'s, a name that is none', async () => {
      is((await c.get('/sicherungen/20261101T003100Z')).status, 404);
      is((await c.get('/sicherungen/gestern')).status, 404);
    });
    // --- a look, an order, a second administrator, the way back ----------------------------------------------------
    const wait = async (path, test_) => { const p = await until(c, path, (text) => test_({ text, plain: plain(text) })); return { ...p, plain: plain(p.text) }; };
    const add = async (name) => /\/kontakte\/(\d+)/.exec((await c.submit('/kontakte/neu', '/kontakte/neu', { name })).headers.location)[1];
    const has_ = async (name) => !(await c.get(`/kontakte?q=${encodeURIComponent(name)}`)).text.includes('Kein Treffer');
    const log = () => readdirSync(join(s.dir, 'k/log')).map((f) => readFileSync(join(s.dir, 'k/log', f), 'utf8')).join('');
    const charges = (...args) => JSON.parse(kontor('charge', 'list', ...args).stdout);
    const prove = async (who, login) => is((await who.submit('/konto/nachweis', '/konto/nachweis', { password: password(login) })).status, 303);
    const at_ = `/sicherungen/${id}/wiederherstellung`;
    const archive = (place) => join(s.dir, 'k', place, '1', `${id}.kontor`);
    const everywhere = (bytes) => { for (const place of ['backup', 'copies/1', 'copies/2']) writeFileSync(archive(place), bytes); };
    const gone = await add('Kam Danach GmbH');

    await test('restore: the page of a state offers a free look, and no order before it', async () => {
      const p = await page(at_);
      is(p.status, 200, p.plain.slice(0, 500));
      has(p.plain, 'Kostenlose Vorschau');
      has(p.plain, 'Uhrzeiten in der Zeitzone der Agentur, Europe/Berlin.');
      hasNot(/<title>(.*?)<\/title>/.exec(p.text)[1], id);
      hasNot(p.text, 'zahlungspflichtig bestellen');
      is((await c.submit(at_, `/sicherungen/${id}/vorschau`)).status, 303);
      const shown = await wait(at_, (x) => x.plain.includes('damals'), 'the look');
      is(/<b class="fw5">Firmen<\/b><\/td><td class="num" data-l="damals">0<\/td><td class="num" data-l="heute">1<\/td>/.test(shown.text), true, shown.plain.slice(500, 1800));
      is(new RegExp(`Kam Danach GmbH Kundennummer ${gone} entfällt nicht vorhanden vorhanden`).test(shown.plain), true, shown.plain.slice(500, 2800));
      has(shown.plain, 'Bleibt, wie es heute ist:');
      is(await has_('Kam Danach'), true, 'a look changes nothing');
    });
    // What was set behind the backup: an address, numbers, and what is demanded.
    const project = async (of, name) => {
      const made = await c.submit('/kontakte/neu', '/kontakte/neu', { name: of, tags: 'Größe A', city: 'Kiel', title: 'Frau', first_name: 'Ina', last_name: 'Reede' });
      is(made.status, 303, plain(made.text).slice(300, 1200));
      const company = /\/kontakte\/(\d+)/.exec(made.headers.location)[1];
      const form = `/projekte/neu?company_id=${company}`;
      const person = /name="person_id"[\s\S]*?value="(\d+)"/.exec((await c.get(form)).text)[1];
      const r = await c.submit(form, '/projekte', { name, company_id: company, person_id: person });
      is(r.status, 303, plain(r.text).slice(300, 900));
      return /P\d{3}/.exec(plain((await c.get(r.headers.location)).text))?.[0];
    };
    await test('restore: the look shows the settings of then and now, and that what is demanded stays', async () => {
      await settings('', { street: 'Kai 2', city: 'Husum' });
      await settings('/zeiten', { lock_days: '14', raster: '6' });
      await prove(c, 'maat');
      await settings('/anmeldung', { demand_3: '1', idle_limit: '20' });
      is(await project('Reederei Danach', 'Danach'), 'P001');
      is((await c.submit(at_, `/sicherungen/${id}/vorschau`)).status, 303);
      const p = await wait(at_, (x) => x.plain.includes('Kai 2'), 'the look');
      is(/Anschrift der Agentur, Raster und Wochenziel der Zeiten ändert sich Straße und Hausnummer Kai 1 Ort Kiel Raster der Zeiten in Minuten 15 Straße und Hausnummer Kai 2 Ort Husum Raster der Zeiten in Minuten 6/.test(p.plain), true, p.plain.slice(p.plain.indexOf('Datensatz für'), p.plain.indexOf('Datensatz für') + 1500));
      has(p.plain, 'Reederei Danach Größe A entfällt');
      is(/Bleibt, wie es heute ist: [^.]*Regeln für Anmeldung und Sperrfrist/.test(p.plain), true, p.plain.slice(p.plain.indexOf('Bleibt, wie'), p.plain.indexOf('Bleibt, wie') + 300));
    });
    await test('restore: while it runs the page says so, and looks again by itself without script', async () => {
      is((await c.submit(at_, `/sicherungen/${id}/vorschau`)).status, 303);
      const p = await page(at_);
      if (p.plain.includes('wird geöffnet, geprüft')) is(p.headers.refresh, '2');
      const done = await wait(at_, (x) => x.plain.includes('damals'), 'the look');
      is(done.headers.refresh, undefined);
    });
    await test('restore: a damaged, cut or foreign state is a sentence, and nothing is changed', async () => {
      const whole = readFileSync(archive('backup')), bad = Buffer.from(whole);
      bad[bad.length - 200] ^= 1;
      const foreign = readFileSync(join(s.dir, `k/backup/2/${others}.kontor`));
      for (const [bytes, sentence] of [[foreign, 'gehört zu einem anderen Arbeitsbereich'], [bad, 'verändert oder beschädigt'], [whole.subarray(0, whole.length - 700), 'fehlt das Ende'], [Buffer.alloc(4096, 'x'), 'kein Archiv von Kontor']]) {
        everywhere(bytes);
        is((await c.submit(at_, `/sicherungen/${id}/vorschau`)).status, 303);
        const p = await wait(at_, (x) => x.plain.includes('lässt sich nicht verwenden'), sentence);
        has(p.plain, sentence);
        has(p.plain, 'Es wurde nichts geändert.');
        if (bytes !== foreign) has(p.plain, 'Bitte wählen Sie einen anderen Stand, oder fragen Sie den Betreiber');
        hasNot(p.text, 'zahlungspflichtig bestellen');
        everywhere(whole);
        is((await c.submit(at_, `/sicherungen/${id}/vorschau`)).status, 303);
        await wait(at_, (x) => x.plain.includes('damals'), 'whole again');
      }
    });
    await test('restore: the order shows price, VAT and sum, and says that it costs something', async () => {
      const p = await page(at_);
      for (const part of ['90,00 €', '17,10 €', '107,10 €', 'Umsatzsteuer 19 %', 'zahlungspflichtig bestellen']) has(p.plain, part);
    });
    await test('restore: without a reason nothing is ordered', async () => {
      await prove(c, 'maat');
      const r = await c.submit(at_, at_, { reason: '' });
      is(r.status, 422, plain(r.text).slice(300, 900));
      is(charges().length, 0);
    });
    await test('restore: the price changed meanwhile: nothing is ordered, the new one is shown', async () => {
      const form = await c.get(at_);
      kontor('price', 'set', '--restore-whole', '120.00');
      const f = Client.forms(form.text).find((x) => x.action === at_);
      const r = await c.send(f, at_, { reason: 'versehentlich gelöscht' });
      is(r.status, 409, plain(r.text).slice(300, 900));
      has(plain(r.text), '142,80 €');
      is(Client.forms(r.text).find((x) => x.action === at_).fields.find(([n]) => n === 'price_total')[1], '14280', 'what is shown is what would be ordered');
      is(charges().length, 0, 'nothing is recorded');
    });
    let order;
    await test('restore: ordered, it is done, reported and owed', async () => {
      const r = await c.submit(at_, at_, { reason: 'versehentlich gelöscht' });
      is(r.status, 303, plain(r.text).slice(300, 1200));
      order = r.headers.location.split('?')[0];
      const done = await wait(order, (x) => x.plain.includes('ausgeführt,'), 'the restore');
      has(done.plain, `1 entfällt`);
      has(done.plain, 'versehentlich gelöscht');
      is(await has_('Kam Danach'), false, 'put back');
      for (const end = Date.now() + 10000; charges()[0]?.status !== 'done' && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      const rows = charges();
      is(rows.length, 1, JSON.stringify(rows));
      is(rows[0].status, 'done');
    });
    await test('restore: the address is that of then; what is demanded is that of today, and no number is given twice', async () => {
      const value = async (path, name) => Client.forms((await c.get(`/einstellungen${path}`)).text).flatMap((f) => f.fields).find(([n]) => n === name)?.[1];
      for (const [name, then] of [['street', 'Kai 1'], ['city', 'Kiel'], ['agency_name', 'Kurs Nord']]) is(await value('', name), then, name);
      is(await value('/zeiten', 'raster'), '15', 'how hours are rounded');
      is(await value('/zeiten', 'lock_days'), '14', 'what of the past is locked');
      is(await value('/anmeldung', 'demand_3'), '1', 'the second factor');
      is(await value('/anmeldung', 'idle_limit'), '20');
      is(await value('/projekte', 'project_scheme'), 'P{N:3}');
      is(await project('Nach der Rückkehr', 'Neu'), 'P002', 'P001 was given to somebody');
    });
    await test('restore: undone within seven days, free', async () => {
      await prove(c, 'maat');
      const f = Client.forms((await c.get(order)).text).find((x) => x.action === `${order}/zuruecknehmen`);
      const r = await c.send(f, f.action);
      is(r.status, 303, plain(r.text).slice(300, 900));
      const back = r.headers.location.split('?')[0];
      await wait(back, (x) => x.plain.includes('ausgeführt,'), 'the way back');
      is(await has_('Kam Danach'), true, 'as it was before');
      is(charges().length, 1, 'nothing more is owed');
      const twice = await c.send(f, f.action, { once: 'a'.repeat(22) });
      is(twice.status, 409, 'twice');
      has(plain(twice.text), 'Das ging nicht');
    });
    await test('restore: killed in the middle, the server does it once, and knows it', async () => {
      let made = 0;
      for (const ms of [0, 40, 120, 250]) {
        const name = `Runde ${ms} GmbH`;
        await add(name);
        await prove(c, 'maat');
        const r = await c.submit(at_, at_, { reason: name });
        is(r.status, 303, plain(r.text).slice(300, 900));
        const mine = r.headers.location.split('?')[0];
        await new Promise((x) => setTimeout(x, ms));
        s.process.kill('SIGKILL');
        await s.ended;
        const next = await Server.start({ dir: s.dir, now: new Date(own.now()).toISOString().replace(/\.\d+/, '') });
        Object.assign(s, { process: next.process, port: next.port, operatorPort: next.operatorPort, ended: next.ended, exitCode: next.exitCode });
        next.process.on('exit', (code) => { s.exitCode = code; });
        s.exitCode = undefined;
        c.port = s.port;
        const p = await wait(mine, (x) => x.plain.includes('ausgeführt,'));
        is(/\d (entfällt|entfallen)/.test(p.plain), true);
        is(await has_(name), false);
        for (const end = Date.now() + 10000; charges().at(-1).status !== 'done' && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
        made++;
        is(charges().length, 1 + made, 'each is owed once');
        is(charges().at(-1).status, 'done');
        const runs = (await page('/sicherungen')).text.match(/auftraege\/\d+/g).length;
        is(runs, 2 + made, 'one order each');
      }
    });
    await test('restore: its successor is killed right behind the swap: done once, owed once', async () => {
      const [n, orders] = [charges().length, (await page('/sicherungen')).text.match(/auftraege\/\d+/g).length];
      const store = join(s.dir, 'k/workspaces/1/data.db');
      await add('Kurz danach GmbH');
      await prove(c, 'maat');
      const before = statSync(store).ino;
      const r = await c.submit(at_, at_, { reason: 'kurz danach' });
      is(r.status, 303, plain(r.text).slice(300, 900));
      while (statSync(store).ino === before) await new Promise((x) => setImmediate(x));
      const killed = processesOf('writer', join(s.dir, 'k/workspaces/1'));
      for (const p of killed) process.kill(Number(p), 'SIGKILL');
      is(killed.length, 1, 'the one that swapped');
      await wait(r.headers.location.split('?')[0], (x) => x.plain.includes('ausgeführt,'));
      is(await has_('Kurz danach GmbH'), false);
      for (const end = Date.now() + 10000; charges().at(-1).status !== 'done' && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      is(charges().length, n + 1, 'owed once');
      is(charges().at(-1).status, 'done');
      is((await page('/sicherungen')).text.match(/auftraege\/\d+/g).length, orders + 1, 'one order');
    });
    await test('restore: the operator puts the same state back while an order waits: it is not done a second time, and costs nothing', async () => {
      const applied = () => log().match(/event=restore\.applied/g).length;
      await add('Zugleich GmbH');
      await prove(c, 'maat');
      const was = applied();
      const going = new Promise((done) => spawn(join(build, 'kontor'), ['restore', 'apply', id, '--workspace', slug, '-d', join(s.dir, 'k')], { env: s.env, stdio: 'ignore' }).on('close', done));
      let reading = [];
      while ((reading = processesOf('restore', join(s.dir, 'k/state/1'))).length === 0) await new Promise((x) => setImmediate(x));
      for (const p of reading) process.kill(Number(p), 'SIGSTOP');
      const r = await c.submit(at_, at_, { reason: 'zugleich' });
      for (const p of reading) process.kill(Number(p), 'SIGCONT');
      is(r.status, 303, plain(r.text).slice(300, 900));
      is(await going, 0, "the operator's");
      const said = await wait(r.headers.location.split('?')[0], (x) => x.plain.includes('ausgeführt,'), 'the order');
      has(said.plain, 'Der Betreiber hat diesen Stand inzwischen von sich aus zurückgeholt. Damit ist der Auftrag erledigt. Es wird nichts berechnet.');
      for (const end = Date.now() + 10000; charges().at(-1).status !== 'waived' && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      is(charges().at(-1).status, 'waived', 'not owed');
      for (const end = Date.now() + 30000; !/event=wish\.over .*name=restore\.apply/.test(log()) && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      has(log(), 'event=wish.over');
      is(applied() - was, 1, 'put back once');
    });
    await test('restore: in an incident of the operator\'s it is free, and says so without asking for money', async () => {
      const { incident } = JSON.parse(kontor('incident', 'open', '--workspace', slug, '--text', 'Platte defekt').stdout);
      const p = await page(at_);
      has(p.plain, 'kostenlos, wegen einer Störung beim Betreiber');
      hasNot(p.text, 'zahlungspflichtig bestellen');
      has(p.text, '</svg>Wiederherstellen</button>');
      await prove(c, 'maat');
      const r = await c.submit(at_, at_, { reason: 'Störung' });
      is(r.status, 303);
      await wait(r.headers.location.split('?')[0], (x) => x.plain.includes('ausgeführt,'));
      is(charges().at(-1).total, 0);
      kontor('incident', 'close', String(incident));
    });
    await test('restore: an archive became unreadable: the order is carried out from a copy, and the archive is made anew', async () => {
      const [n, whole] = [charges().length, readFileSync(archive('backup'))];
      is(kontor('backup', 'verify', id, '--workspace', slug).status, 0, 'its copies are whole');
      for (const [what, spoil] of [['flipped', (b) => { b[b.length >> 1] ^= 8; b[b.length - 300] ^= 1; writeFileSync(archive('backup'), b); }], ['gone', () => rmSync(archive('backup'))]]) {
        await add(`Vor ${what} GmbH`);
        await prove(c, 'maat');
        spoil(Buffer.from(whole));
        const was = log().length;
        const r = await c.submit(at_, at_, { reason: what });
        is(r.status, 303, plain(r.text).slice(300, 900));
        await wait(r.headers.location.split('?')[0], (x) => x.plain.includes('ausgeführt,'), `the order, ${what}`);
        is(await has_(`Vor ${what}`), false, 'put back');
        has(log().slice(was), `event=drill.source ws=1 id=${id} from=target`);
        await wait('/sicherungen', (x) => !x.plain.includes('Eine Sicherung läuft'), 'the copies of the present');
        clock(new Date(own.now() + 60000).toISOString()); // a minute later the scheduler has looked
        has(log().slice(was), `event=backup.repaired ws=1 id=${id}`);
        is(readFileSync(archive('backup')).equals(whole), true, 'as it was');
      }
      is(charges().length, n + 2, 'each is owed once');
    });
    await test('restore: an order that fails costs nothing, and who ordered it is told', async () => {
      const whole = readFileSync(archive('backup'));
      await prove(c, 'maat');
      everywhere(whole.subarray(0, whole.length - 700));
      const r = await c.submit(at_, at_, { reason: 'misslingt' });
      is(r.status, 303);
      await wait(r.headers.location.split('?')[0], (x) => x.plain.includes('fehlt das Ende'), 'the reason');
      everywhere(whole);
      has((await page('/konto/hinweise')).plain, 'Eine beauftragte Wiederherstellung ist nicht zustande gekommen. Es wurde nichts geändert und nichts berechnet.');
      for (const end = Date.now() + 10000; charges().at(-1).status !== 'waived' && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      is(charges().at(-1).status, 'waived');
    });
    const held = () => JSON.parse(kontor('backup', 'list', '--workspace', slug).stdout).filter((x) => x.pinned).length;
    const holds = async (n, what) => {
      for (const end = Date.now() + 10000; held() !== n && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      is(held(), n, what);
    };
    await test('restore: where there is a second administrator, she approves; ordered twice is refused', async () => {
      s.addUser('bootsfrau', 'administrator', password('bootsfrau'), slug);
      const before = charges().length;
      await add('Noch Eine GmbH');
      const second = await own.enter('bootsfrau', password('bootsfrau'), true);
      const form = await c.get(at_);
      has(plain(form.text), 'ein zweiter Administrator muss freigeben');
      const f = Client.forms(form.text).find((x) => x.action === at_);
      const r = await c.send(f, at_, { reason: 'noch einmal' });
      is(r.status, 303, plain(r.text).slice(300, 900));
      const mine = r.headers.location.split('?')[0];
      has((await page(mine)).plain, 'wartet auf die Freigabe');
      await holds(1, 'its state is held while it waits');
      const twice = await c.send(f, at_, { order_key: 'x'.repeat(24), reason: 'und noch einmal' });
      is(twice.status, 409);
      has(plain(twice.text), 'Es wurde nichts ein zweites Mal bestellt');
      is(charges().length, before + 1, 'the second was not recorded');
      hasNot((await page(mine)).text, 'freigeben"><', 'not one\'s own');
      is(await has_('Noch Eine'), true, 'nothing is done before');
      has(plain((await second.get('/konto/hinweise')).text), 'bittet um Ihre Freigabe');
      await prove(second, 'bootsfrau');
      is((await second.submit(mine, `${mine}/freigeben`)).status, 303);
      await wait(mine, (x) => x.plain.includes('ausgeführt,'), 'approved and done');
      await holds(0, 'and let go when it is done');
      is(await has_('Noch Eine'), false);
      has(plain((await second.get('/konto/hinweise')).text), 'wiederhergestellt');
      // One of them alone takes it back, and the other is told (decision 110).
      const back = await second.submit(mine, `${mine}/zuruecknehmen`);
      is(back.status, 303, plain(back.text).slice(300, 600));
      await wait(back.headers.location.split('?')[0], (x) => x.plain.includes('ausgeführt,'), 'taken back by one');
      is(await has_('Noch Eine'), true);
      has(plain((await c.get('/konto/hinweise')).text), 'Es gilt wieder, was davor galt.');
      // Refused: nothing is done, nothing is owed.
      const again = await c.submit(at_, at_, { reason: 'ein letztes Mal' });
      is(again.status, 303);
      const other = again.headers.location.split('?')[0];
      is((await second.submit(other, `${other}/ablehnen`)).status, 303);
      has((await page(other)).plain, 'ohne dass etwas geschah');
      for (const end = Date.now() + 10000; charges().at(-1)?.status !== 'waived' && Date.now() < end;) await new Promise((x) => setTimeout(x, 50));
      is(charges().slice(-2).map((x) => x.status).join(), 'done,waived');
    });
    await test('restore: a foreign order is none, and who has not the right has none', async () => {
      is((await c.get('/sicherungen/auftraege/987654')).status, 404);
      is((await (await own.enter('lotse', password('lotse'))).get(order)).status, 403);
    });
    await test('backups: one out of turn, once an hour', async () => {
      const states = () => JSON.parse(kontor('backup', 'list', '--workspace', slug).stdout).length, before = states();
      is((await c.submit('/sicherungen', '/sicherungen')).status, 303);
      const r = await c.submit('/sicherungen', '/sicherungen');
      is(r.status, 429, plain(r.text).slice(300, 600));
      has(plain(r.text), 'schon eine Sicherung angestoßen');
      await until(c, '/sicherungen', () => states() > before);
    });

    // From here on nothing can be saved: a file stands where the folder was.
    const folder = join(s.dir, 'k/backup/1');
    renameSync(folder, `${folder}.away`);
    writeFileSync(folder, '');
    const alarm = async (iso) => { clock(iso); c = await own.again('maat', password('maat')); const p = await page('/sicherungen'); return { p, kind: /<div class="notice (bad|warn)"[^>]*>.*?<h2>(.*?)<\/h2>/s.exec(p.text)?.slice(1) ?? [] }; };
    await test('backups: an age of 25 hours is no alarm, 27 hours is a hint, 51 hours is said clearly, with the reason', async () => {
      const { p, kind } = await alarm('2026-11-24T04:30:00Z');
      is(kind.length, 0, kind.join());
      has(p.plain, '24 steht aus');
      is((await c.submit('/sicherungen', '/sicherungen')).status, 303, 'asked for by hand');
      await until(c, '/sicherungen', (t) => plain(t).includes('kam nicht zustande (24.11.2026'));
      has((await page('/sicherungen')).plain, 'Der Datenträger des Servers meldete einen Fehler. Die früheren Stände bleiben erhalten.');
      const warn = await alarm('2026-11-24T06:45:00Z');
      is(warn.kind[0], 'warn', warn.p.plain.slice(300, 900));
      has(warn.kind[1], '27 Stunden');
      const bad = await alarm('2026-11-25T07:00:00Z');
      is(bad.kind[0], 'bad');
      has(bad.kind[1], '51 Stunden');
      has(bad.p.plain, 'Der letzte Versuch scheiterte. Der Datenträger');
      has(bad.p.plain, '24 fehlt');
    });
    await test('backups: the same stands on the first page, for who looks after backups', async () => {
      const start = async (iso) => { clock(iso); c = await own.again('maat', password('maat')); const p = await page('/'); return /<div class="notice (bad|warn)"[^>]*>.*?<h2>(.*?)<\/h2>/s.exec(p.text)?.slice(1).join(' ') ?? ''; };
      is(await start('2026-11-25T08:00:00Z'), 'bad Die neueste gute Sicherung ist 52 Stunden alt');
      has((await page('/')).text, '<a href="/sicherungen">Zu den Sicherungen</a>');
      const few = await own.enter('lotse', password('lotse'));
      hasNot((await few.get('/')).text, 'Sicherung ist');
      rmSync(folder);
      renameSync(`${folder}.away`, folder); // there is room again: it is caught up, and the alarm is gone
      is(await start('2026-11-25T09:10:00Z'), '');
      const { p, kind } = await alarm('2026-11-25T09:11:00Z');
      is(kind.length, 0);
      hasNot(p.plain, 'kam nicht zustande', 'a younger good state is there');
    });
    await test('backups: a missed day is caught up at once, and said', async () => {
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, '');
      const start = async (iso) => { clock(iso); c = await own.again('maat', password('maat')); return /<div class="notice (bad|warn)"/.exec((await page('/')).text)?.[1] ?? ''; };
      is(await start('2026-11-26T10:00:00Z'), '', '25 hours');
      is(await start('2026-11-26T12:30:00Z'), 'warn', '27 hours');
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
      is(await start('2026-11-28T09:00:00Z'), '', 'caught up');
      has((await page('/sicherungen')).plain, '27 fehlt');
      has(readFileSync(join(s.dir, 'k/log/kontor.log'), 'utf8'), 'event=backup.missed ws=1');
    });
    await test('backups: more than a week without a trial is said, until there is one again', async () => {
      renameSync(folder, `${folder}.away`);
      writeFileSync(folder, '');
      hasNot((await alarm('2026-12-06T08:00:00Z')).p.plain, 'kein Stand zur Probe');
      has((await alarm('2026-12-07T10:00:00Z')).p.plain, 'Seit 9 Tagen wurde kein Stand zur Probe zurückgespielt');
      rmSync(folder);
      renameSync(`${folder}.away`, folder);
      hasNot((await alarm('2026-12-07T11:10:00Z')).p.plain, 'kein Stand zur Probe');
    });
  } finally {
    await s.stop();
  }
}
