// export_http.mjs: the whole export as an agency's own people order and fetch it: for nothing, with a fresh proof, sealed to a
// key of theirs; fetched in parts, cut and gone on with; by nobody else; opened without the server; gone after a week.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, renameSync, rmSync, statSync, truncateSync, unlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { found, memory, processes } from '../lib/memory.mjs';
import { Server, build } from '../lib/server.mjs';
import { escrowLine, until } from '../lib/states.mjs';
import { World, password } from '../lib/world.mjs';
import { has, hasNot, is, skip, test } from '../lib/tap.mjs';

const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;|\u00a0/g, ' ').replace(/\s+/g, ' ');
const sha = (bytes) => createHash('sha256').update(bytes).digest('hex');
const page = '/gesamtexport';

// The first n bytes of an answer, then the connection is cut.
const cut = (c, path, n) => new Promise((done, fail) => {
  const rq = request({ host: '127.0.0.1', port: c.server.port, servername: c.host, ca: c.server.ca, path, agent: false,
    headers: { host: `${c.host}:${c.server.port}`, cookie: [...c.jar].map(([k, v]) => `${k}=${v}`).join('; ') } }, (rs) => {
    let got = Buffer.alloc(0);
    rs.on('data', (d) => { got = Buffer.concat([got, d]); if (got.length >= n) { rq.destroy(); done(got.subarray(0, n)); } });
    rs.on('error', () => {});
  });
  rq.on('error', (e) => { if (e.code !== 'ECONNRESET') fail(e); });
  rq.end();
});

export async function chapter() {
  const s = await Server.start({ now: '2026-11-24T08:00:00Z', conf: `smtp_host = 127.0.0.1\nsmtp_port = 9\nmail_from = kontor@nordmole.example\n${escrowLine()}` });
  const away = mkdtempSync(join(tmpdir(), 'kontor-away-'));
  const archive = (...args) => spawnSync(join(build, 'kontor-archive'), args, { encoding: 'utf8', env: { ...process.env, LANG: 'de_DE.UTF-8' } });
  const kontor = (...args) => s.cli([...args, '--json'], { any: true });
  let base, at, again;
  const clock = (iso) => { s.cli(['clock', 'set', '--now', iso, '--settle'], { raw: true }); base = Date.parse(iso); at = Date.now(); };
  try {
    const own = new World(s);
    own.now = () => base + Date.now() - at;
    clock('2026-11-24T08:00:10Z');
    const agencies = s.cli(['workspace', 'list', '--json']), slug = agencies[0].slug, folder = join(s.dir, 'k/workspaces', '1/export');
    for (const [login, group] of [['wanda', 'administrator'], ['xaver', 'administrator'], ['lotse', 'time_recorder_2']]) s.addUser(login, group, password(login), slug);
    const host = 'localhost';
    s.cli(['workspace', 'add', '--slug', 'sued', '--name', 'Studio Süd', '--json']);
    const c = await own.enter('wanda', password('wanda'), true, host), other = await own.enter('xaver', password('xaver'), true, host);
    const prove = async (who, login) => is((await who.submit('/konto/nachweis', '/konto/nachweis', { password: password(login) })).status, 303);
    const order = (who, values = {}) => who.submit(page, page, values);
    const there = async (who = c) => /\/gesamtexport\/(\d+)\/archiv/.exec((await until(who, page, (t) => !t.includes('class="status info"'))).text)?.[1];
    const notices = async (who) => plain((await who.get('/konto/hinweise')).text);
    let id, secret, whole;
    is((await c.submit('/kontakte/neu', '/kontakte/neu', { name: 'Werft Hansen' })).status, 303);

    is(kontor('user', 'invite', '--workspace', slug, '--group', 'time_recorder_2', '--name', 'Ole Deichgraf', '--email', 'ole@linden.example', '--mail').status, 0);
    const link = /\/einladung\/[\w-]{10}/; // it waits: nobody takes the mail

    await test('export: who has not the right sees neither the page nor the way to it', async () => {
      const few = await own.enter('lotse', password('lotse'), false, host);
      is((await few.get(page)).status, 403);
      hasNot((await few.get('/')).text, `href="${page}"`);
      has((await c.get('/')).text, `href="${page}"`);
    });
    await test('export: the page says what is in it, that it costs nothing, and wants a fresh proof', async () => {
      for (const part of ['Kostenlos bestellen', 'das ganze Protokoll', 'kontor-archive unpack']) has(plain((await c.get(page)).text), part);
      has(plain((await c.get(page, { 'accept-language': 'en' })).text), 'Gesamtexport'); // a known person's own language
      clock('2026-11-24T08:10:00Z');
      is((await order(c)).status, 403);
      is(existsSync(folder), false, 'nothing is made');
      await prove(c, 'wanda');
    });
    await test('export: ordered, its key is shown once, and all who rule here are told', async () => {
      const r = await order(c);
      is(r.status, 200, plain(r.text).slice(0, 600));
      secret = /kontor-archive-secret-1:[0-9a-f]{64}:[0-9a-f]{16}/.exec(r.text)[0];
      is(r.headers['cache-control'], 'no-store');
      id = await there();
      is(/^\d+$/.test(id ?? ''), true);
      hasNot((await c.get(page)).text, secret.slice(0, 60));
      for (const who of [c, other]) has(await notices(who), 'Gesamtexport dieses Arbeitsbereichs wurde bestellt');
    });
    await test('export: the key is in no file, on no log, and in no memory', () => {
      const digits = secret.split(':')[1], files = (dir) => readdirSync(dir, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? files(join(dir, e.name)) : e.isFile() ? [join(dir, e.name)] : []));
      const raw = [digits, Buffer.from(digits, 'hex').toString('latin1')];
      for (const name of files(s.dir)) is(found(readFileSync(name), raw).join(), '', name);
      is(found(Buffer.from(s.output), raw).join(), '');
      if (process.getuid() !== 0 || /\basan\b/.test(process.env.KONTOR_BUILD ?? '')) { skip('its memory: needs root and no sanitizer'); return; }
      const of = (p) => { try { return memory(p.pid); } catch (e) { if (e.code === 'ENOENT' || e.code === 'ESRCH') return Buffer.alloc(0); throw e; } }; // it has just ended
      for (const p of processes(s.process.pid)) is(found(of(p), raw).join(), '', p.role);
    });
    const file = `${page}/${id}/archiv`;
    await test('export: the whole of it, with its length, a name and a mark to go on by', async () => {
      const r = await c.get(file);
      is(r.status, 200);
      whole = r.bytes;
      is(+r.headers['content-length'], whole.length);
      is(r.headers['accept-ranges'], 'bytes');
      is(/^attachment; filename\*=UTF-8''gesamtexport-2026-11-24-\d+\.kontor$/.test(r.headers['content-disposition']), true, r.headers['content-disposition']);
      is(/^"[0-9a-f]{64}"$/.test(r.headers.etag), true, r.headers.etag);
      is(sha(whole), sha(readFileSync(join(folder, `${id}.kontor`))));
      const head = await c.raw('HEAD', file, { headers: { range: 'bytes=5-9' } });
      is([head.status, head.headers['content-length'], head.bytes.length].join(), `200,${whole.length},0`);
    });
    await test('export: a part of it, its end, what lies behind it, a part of something else', async () => {
      const etag = (await c.raw('HEAD', file)).headers.etag;
      const part = async (range, more = {}) => { const r = await c.get(file, { range, ...more }); return [r.status, r.headers['content-range'], sha(r.bytes)].join(); };
      const n = whole.length;
      is(await part('bytes=100-299'), `206,bytes 100-299/${n},${sha(whole.subarray(100, 300))}`);
      is(await part('bytes=-70'), `206,bytes ${n - 70}-${n - 1}/${n},${sha(whole.subarray(n - 70))}`);
      is(await part(`bytes=${n - 10}-${n + 10}`), `206,bytes ${n - 10}-${n - 1}/${n},${sha(whole.subarray(n - 10))}`);
      is(await part(`bytes=${n}-`), `416,bytes */${n},${sha('')}`);
      is(await part('bytes=0-1,5-6'), `200,,${sha(whole)}`);
      is(await part('bytes=7-', { 'if-range': etag }), `206,bytes 7-${n - 1}/${n},${sha(whole.subarray(7))}`);
      is(await part('bytes=7-', { 'if-range': `"${'0'.repeat(64)}"` }), `200,,${sha(whole)}`);
      is(await part('bytes=7-', { 'if-range': 'Tue, 24 Nov 2026 08:00:00 GMT' }), `200,,${sha(whole)}`);
    });
    const curl = (...args) => spawnSync('curl', ['-sS', '--cacert', join(s.dir, 'k/tls/ca.pem'), '-b', [...c.jar].map(([k, v]) => `${k}=${v}`).join('; '), ...args, `https://${host}:${s.port}${file}`], { encoding: 'utf8' });
    await test('export: cut in the middle, and gone on with by curl: the same bytes', async () => {
      const to = join(away, 'half.kontor'), half = await cut(c, file, Math.floor(whole.length / 2));
      is(half.length < whole.length, true);
      writeFileSync(to, half);
      const r = curl('-C', '-', '-o', to, '-w', '%{http_code}');
      if (r.error) { skip('there is no curl'); return; }
      is(r.stdout, '206', r.stderr);
      is(sha(readFileSync(to)), sha(whole));
    });
    await test('export: nobody else fetches it: another administrator, another agency, nobody', async () => {
      is((await other.get(file)).status, 404);
      has(plain((await other.get(page)).text), 'Herunterladen kann es nur');
      const nobody = new Client(s, host), r = await nobody.get(file, { range: 'bytes=0-9' });
      is(r.status, 303);
      is(r.headers.location.startsWith('/anmelden'), true, r.headers.location);
      const thief = new Client(s, 'sued.localhost');
      thief.jar = new Map(c.jar);
      is((await thief.get(file)).status, 303);
      is((await c.get(`${page}/${+id + 1000}/archiv`)).status, 404);
    });
    await test('export: its key opens it without the server, and nothing else does', async () => {
      const kontorFile = join(away, 'w.kontor'), key = join(away, 'key.txt');
      writeFileSync(kontorFile, whole);
      writeFileSync(key, `${secret}\n`);
      const list = archive('list', kontorFile, '--key', key);
      is(list.status, 0, list.stderr);
      const r = archive('unpack', kontorFile, '--key', key, '--to', join(away, 'out'));
      is(r.status, 0, r.stderr);
      has(readFileSync(join(away, 'out/tables/user.json'), 'utf8'), '"wanda"');
      is(archive('key', join(away, 'wrong')).status, 0);
      is(archive('list', kontorFile, '--key', join(away, 'wrong')).status !== 0, true);
      for (const name of readdirSync(folder)) hasNot(readFileSync(join(folder, name), 'latin1'), 'wanda');
    });
    await test('export: a link that waits in the outbox opens for nobody who has the archive', () => {
      const waiting = JSON.parse(readFileSync(join(away, 'out/tables/mail.json'), 'utf8')).filter((m) => m.recipient === 'ole@linden.example');
      is(waiting.length, 1);
      is(/^sealed:[0-9a-f]+$/.test(waiting[0].body), true, waiting[0].body);
      for (const name of ['data.db', 'tables/mail.csv', 'tables/audit.json']) is(link.test(readFileSync(join(away, 'out', name), 'latin1')), false, name);
    });
    await test('export: taken into an empty workspace, an export of that is the same again', async () => {
      const r = kontor('workspace', 'import', join(away, 'w.kontor'), '--slug', 'neu', '--key', join(away, 'key.txt'));
      is(r.status, 0, r.stderr);
      const key2 = join(away, 'key2'), line = archive('key', key2).stdout.trim(), to = join(away, 'again.kontor');
      const x = kontor('workspace', 'export', '--workspace', 'neu', '--to', to, '--recipient', line);
      is(x.status, 0, x.stderr);
      is(archive('unpack', to, '--key', key2, '--to', join(away, 'again')).status, 0);
      const sums = (out) => JSON.parse(readFileSync(join(away, out, 'manifest.json'), 'utf8')).tables;
      const now = new Map(sums('again').map((t) => [t.name, t.checksum]));
      const differ = sums('out').filter((t) => now.get(t.name) !== t.checksum).map((t) => t.name);
      const may = ['audit', 'credential', 'export_file', 'id_counter', 'link', 'mail', 'notice', 'session', 'factor', 'device', 'once_key'];
      is(differ.filter((n) => !may.includes(n)).join(), '', differ.join());
      for (const n of ['company', 'user', 'agency', 'policy']) is(now.has(n) && !differ.includes(n), true, n);
    });
    await test('export: for a key of one\'s own none is shown, and no other key is taken', async () => {
      await prove(c, 'wanda');
      const mine = join(away, 'mine'), line = archive('key', mine).stdout.trim();
      for (const bad of ['x', line.slice(0, -1), readFileSync(mine, 'utf8').match(/kontor-archive-secret-1:\S+/)[0]]) {
        const r = await order(c, { recipient: bad });
        is(r.status, 422, plain(r.text).slice(0, 400));
        has(plain(r.text), 'nicht der öffentliche Teil');
      }
      const r = await order(c, { recipient: ` ${line}\r\n` });
      is(r.status, 303, plain(r.text).slice(0, 400));
      const next = await there();
      is(next !== id, true);
      writeFileSync(join(away, 'own.kontor'), (await c.get(`${page}/${next}/archiv`)).bytes);
      is(archive('list', join(away, 'own.kontor'), '--key', mine).status, 0);
    });
    let tables, etag, tar;
    await test('export: readable without a program of ours: every table as CSV and JSON, described, with checksums', async () => {
      clock(new Date(own.now() + 400000).toISOString());
      is((await c.submit(page, `${page}/tabellen`)).status, 403, 'wants a fresh proof');
      await prove(c, 'wanda');
      is((await c.submit(page, `${page}/tabellen`)).status, 303);
      tables = /\/gesamtexport\/\d+\/tabellen(?=")/.exec((await until(c, page, (t) => !t.includes('class="status info"') && /\d\/tabellen"/.test(t))).text)[0];
      const r = await c.get(tables);
      is(r.status, 200, plain(r.text).slice(0, 400));
      is(/^attachment; filename\*=UTF-8''gesamtexport-2026-11-24-\d+\.tar$/.test(r.headers['content-disposition']), true, r.headers['content-disposition']);
      [tar, etag] = [r.bytes, r.headers.etag];
      is(+r.headers['content-length'], tar.length);
      writeFileSync(join(away, 'all.tar'), tar);
      const out = join(away, 'tar');
      mkdirSync(out);
      const opened = spawnSync('tar', ['xf', join(away, 'all.tar'), '-C', out], { encoding: 'utf8' });
      is(opened.status, 0, opened.stderr);
      const sums = spawnSync('sha256sum', ['-c', '--quiet', 'SHA256SUMS'], { cwd: out, encoding: 'utf8' });
      is(sums.status, 0, sums.stdout + sums.stderr);
      const names = readdirSync(join(out, 'tables'));
      is(names.length > 40 && names.filter((n) => n.endsWith('.csv')).length * 2 === names.length, true, names.join());
      is(link.test(tar.toString('latin1')), false, 'a link that waits in the outbox');
      for (const n of ['credential', 'session', 'factor', 'once_key', 'mail']) is(names.includes(`${n}.json`), false, n);
      const json = (n) => JSON.parse(readFileSync(join(out, 'tables', `${n}.json`), 'utf8'));
      is(json('company')[0].name, 'Werft Hansen');
      has(readFileSync(join(out, 'tables/company.csv'), 'utf8'), ';Werft Hansen;');
      for (const n of names.filter((x) => x.endsWith('.json'))) is(Array.isArray(json(n.slice(0, -5))), true, n);
      for (const text of ['lesbarer Form', 'readable form']) has(readFileSync(join(out, 'README.txt'), 'utf8'), text);
      has(await notices(other), 'unverschlüsselt');
    });
    await test('export: the readable tables lie on the disk sealed, and no process holds them', () => {
      const mine = join(folder, `${tables.split('/')[2]}.kontor`), bytes = readFileSync(mine);
      is(bytes.length > tar.length, true);
      is(found(bytes, ['Werft Hansen', 'tables/company.csv']).join(), '');
      const open = processes(s.process.pid).flatMap((p) => { try { return readdirSync(`/proc/${p.pid}/fd`).map((n) => readlinkSync(`/proc/${p.pid}/fd/${n}`)); } catch { return []; } });
      is(open.filter((x) => x.includes('memfd:answer')).join(), '');
    });
    await test('export: of the readable tables a part, their end, what lies behind; the second time the same bytes', async () => {
      const part = async (range, more = {}) => { const r = await c.get(tables, { range, ...more }); return [r.status, r.headers['content-range'], sha(r.bytes)].join(); };
      const n = tar.length;
      is(await part('bytes=16380-16390'), `206,bytes 16380-16390/${n},${sha(tar.subarray(16380, 16391))}`);
      is(await part('bytes=100-70000'), `206,bytes 100-70000/${n},${sha(tar.subarray(100, 70001))}`);
      is(await part('bytes=-70'), `206,bytes ${n - 70}-${n - 1}/${n},${sha(tar.subarray(n - 70))}`);
      is(await part(`bytes=${n}-`), `416,bytes */${n},${sha('')}`);
      is(await part('bytes=7-', { 'if-range': `"${'0'.repeat(64)}"` }), `200,,${sha(tar)}`);
      is((await c.submit('/kontakte/neu', '/kontakte/neu', { name: 'Reederei Voss' })).status, 303); // what is written meanwhile is in the next one
      is(await part('bytes=7-', { 'if-range': etag }), `206,bytes 7-${n - 1}/${n},${sha(tar.subarray(7))}`);
      const head = await c.raw('HEAD', tables);
      is([head.status, head.headers['content-length'], head.headers.etag].join(), `200,${n},${etag}`);
    });
    await test('export: without a fresh proof the readable tables do not begin to leave; what was begun goes on', async () => {
      clock(new Date(own.now() + 400000).toISOString());
      for (const more of [{}, { range: 'bytes=0-9' }, { range: 'bytes=7-', 'if-range': `"${'0'.repeat(64)}"` }]) {
        const r = await c.get(tables, more);
        is(r.status, 303);
        has(decodeURIComponent(r.headers.location), `/konto/nachweis?weiter=${tables}`);
      }
      const half = Math.floor(tar.length / 2), r = await c.get(tables, { range: `bytes=${half}-`, 'if-range': etag });
      is([r.status, sha(r.bytes)].join(), `206,${sha(tar.subarray(half))}`);
      hasNot((await c.get(page)).text, etag.slice(1, -1)); // only who has begun knows it
      is((await other.get(tables, { range: 'bytes=7-', 'if-range': etag })).status, 404);
      const nobody = await new Client(s, host).get(tables, { range: 'bytes=7-', 'if-range': etag });
      has(nobody.headers.location, '/anmelden');
      is((await c.get(tables.replace('tabellen', 'archiv'))).status, 404);
    });
    await test('export: a bit of the sealed tables changed: the connection ends, and nobody takes it for whole', async () => {
      await prove(c, 'wanda');
      const mine = join(folder, `${tables.split('/')[2]}.kontor`), bytes = readFileSync(mine), at = Math.floor(bytes.length / 2);
      writeFileSync(mine, Buffer.concat([bytes.subarray(0, at), Buffer.from([bytes[at] ^ 1]), bytes.subarray(at + 1)]));
      is(await c.get(tables).then((r) => r.bytes.length, () => 'cut'), 'cut');
      writeFileSync(mine, bytes);
      is(sha((await c.get(tables)).bytes), sha(tar));
      writeFileSync(mine, Buffer.concat([Buffer.from([bytes[0] ^ 1]), bytes.subarray(1)]));
      is((await c.get(tables)).status, 500);
      writeFileSync(mine, bytes);
    });
    await test('export: the readable tables three times a day, then a sentence; the newest is the one that stays', async () => {
      for (const expected of [303, 303, 429]) {
        const r = await c.submit(page, `${page}/tabellen`);
        is(r.status, expected, plain(r.text).slice(0, 400));
        if (expected === 429) has(plain(r.text), 'dreimal am Tag');
        else await until(c, page, (t) => !t.includes('class="status info"'));
      }
      is((await c.get(tables)).status, 404);
      is(existsSync(join(folder, `${tables.split('/')[2]}.kontor`)), false);
    });
    await test('export: a file that is not what was written is not there', async () => {
      const one = `${id}.kontor`, path = join(folder, one), size = statSync(path).size, bytes = readFileSync(path);
      truncateSync(path, size - 1);
      is((await c.get(`${page}/${parseInt(one, 10)}/archiv`)).status, 404);
      writeFileSync(path, bytes);
      is((await c.get(`${page}/${parseInt(one, 10)}/archiv`)).status, 200);
    });
    await test('export: removed by another administrator, it is gone', async () => {
      const gone = await other.submit(page, `${page}/${id}/entfernen`);
      is(gone.status, 303);
      is(existsSync(join(folder, `${id}.kontor`)), false);
      is((await c.get(file)).status, 404);
      is((await other.submit(page, `${page}/${id}/entfernen`).catch(() => ({ status: 404 }))).status, 404);
    });
    await test('export: three a day, then a sentence', async () => {
      await prove(c, 'wanda');
      is((await order(c)).status, 200);
      await there();
      const r = await order(c);
      is(r.status, 429);
      has(plain(r.text), 'schon drei Gesamtexporte');
    });
    await test('export: the audit says who ordered, what was written and what was removed', async () => {
      const audit = archive('unpack', join(away, 'own.kontor'), '--key', join(away, 'mine'), '--to', join(away, 'audit'));
      is(audit.status, 0);
      const rows = readFileSync(join(away, 'audit/tables/audit.json'), 'utf8');
      for (const event of ['workspace.export_ordered', 'workspace.export_made']) has(rows, event);
    });
    await test('export: after seven days the file is removed, the row stays', async () => {
      is(readdirSync(folder).length, 3); // two archives, the newest tables
      writeFileSync(join(folder, '999.part'), 'of nobody');
      clock('2026-12-02T09:00:00Z');
      for (const p of processes(s.process.pid)) if (p.role === 'writer') process.kill(p.pid, 'SIGKILL'); // tidying is the first thing a new one does
      const later = await own.again('wanda', password('wanda'), host);
      await until(later, page, (t) => !t.includes('/archiv"') && !/\d\/tabellen"/.test(t));
      for (const end = Date.now() + 20000; readdirSync(folder).length && Date.now() < end;) await new Promise((r) => setTimeout(r, 100));
      is(readdirSync(folder).join(), '');
      has(plain((await later.get(page)).text), 'die Datei ist entfernt');
      c.jar = later.jar;
    });
    await test('export: without a place for its file it does not come about, says so, and counts for nothing', async () => {
      await prove(c, 'wanda');
      renameSync(folder, `${folder}.aside`);
      writeFileSync(folder, '');
      is((await order(c)).status, 200);
      const p = await until(c, page, (t) => t.includes('nicht zustande gekommen'));
      hasNot(p.text, 'class="status info"');
      unlinkSync(folder);
      renameSync(`${folder}.aside`, folder);
    });
    await test('export: a file that cannot have its name ends as well, and the next can be ordered', async () => {
      const failures = async () => (await c.get(page)).text.match(/nicht zustande gekommen/g)?.length ?? 0, before = await failures();
      const names = Array.from({ length: 20 }, (_, i) => join(folder, `${i + 1}.kontor`)); // whatever its number will be
      for (const name of names) mkdirSync(name, { recursive: true });
      is((await order(c)).status, 200);
      await until(c, page, (t) => !t.includes('class="status info"'));
      is(await failures(), before + 1);
      for (const name of names) rmSync(name, { recursive: true, force: true });
    });
    await test('export: whose key was not seen is dropped while it is written, and another is ordered', async () => {
      is((await order(c)).status, 200);
      const running = /\/gesamtexport\/(\d+)\/entfernen/.exec((await c.get(page)).text)[1];
      is((await c.submit(page, `${page}/${running}/entfernen`)).status, 303);
      const p = await c.get(page);
      hasNot(p.text, 'class="status info"');
      has(plain(p.text), 'Neuen Export bestellen');
      is((await c.get(`${page}/${running}/archiv`)).status, 404);
    });
    await test('export: the server killed behind the order: it is done all the same, and the page says meanwhile that it runs', async () => {
      await prove(c, 'wanda');
      const r = await order(c);
      is(r.status, 200, plain(r.text).slice(0, 300));
      const line = /kontor-archive-secret-1:[0-9a-f]{64}:[0-9a-f]{16}/.exec(r.text)[0];
      s.process.kill('SIGKILL');
      await s.ended;
      again = await Server.start({ dir: s.dir, now: '2026-12-02T09:05:00Z' });
      c.server = again;
      const p = await c.get(page);
      if (p.text.includes('class="status info"')) { is(p.headers.refresh, '2'); has(plain(p.text), 'sieht von selbst wieder nach'); }
      const n = await there();
      is(/^\d+$/.test(n ?? ''), true);
      writeFileSync(join(away, 'killed.kontor'), (await c.get(`${page}/${n}/archiv`)).bytes);
      writeFileSync(join(away, 'killed.key'), `${line}\n`);
      const list = archive('list', join(away, 'killed.kontor'), '--key', join(away, 'killed.key'));
      is(list.status, 0, list.stderr);
    });
  } finally {
    await again?.halt();
    await s.stop();
    rmSync(away, { recursive: true, force: true });
  }
}
