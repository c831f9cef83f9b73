// restore_http.mjs: a workspace's states as its administrators see and order them: the calendar with its alarm of age,
// what trying a state showed, a free preview, the order with its price, a second administrator, and the way back.
import { spawnSync } from 'node:child_process';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, build } from '../lib/server.mjs';
import { World, password } from '../lib/world.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;|\u00a0/g, ' ').replace(/\s+/g, ' ');

export async function chapter() {
  const keyFile = `/tmp/kontor-restore-http-${process.pid}.key`;
  const key = spawnSync(join(build, 'kontor-archive'), ['key', keyFile], { encoding: 'utf8' }).stdout;
  const s = await Server.start({ now: '2026-11-22T08:00:00Z', conf: `backup_escrow = ${key}` });
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
    clock('2026-11-23T03:30:00Z'); // a night later: saved and tried by the scheduler
    const id = JSON.parse(kontor('backup', 'list', '--workspace', slug).stdout).map((r) => r.id).at(-1);
    await test('backups: the night\'s state stands in the month, with its size, its trial and how long it stays', async () => {
      c = await own.again('maat', password('maat')); // the session of before is over
      const p = await page('/sicherungen');
      has(p.text, `href="/sicherungen/${id}"`);
      for (const part of [/Stand von 23\.11\.2026/, /verschlüsselt [\d,]+ (kB|MB)/, 'ganz gelesen und heil', 'bestanden', /zur Probe zurückgespielt: [\d.]+ Datensätze/,
        /mindestens bis 30\.11\.2026/, /22 gesichert [\d,]+ (kB|MB) Wochenstand/, /23 (später am Tag )?gesichert/, '24 geplant']) is(part instanceof RegExp ? part.test(p.plain) : p.plain.includes(part), true, `${part} in ${p.plain.slice(0, 1800)}`);
      is((await page(`/sicherungen/${id}`)).status, 200);
    });
    await test('backups: months before are there to look at, later ones are not', async () => {
      const p = await page('/sicherungen?monat=2026-10');
      has(p.plain, 'Sicherungen, Oktober 2026');
      has(p.text, 'href="/sicherungen?monat=2026-11"');
      hasNot((await page('/sicherungen')).text, 'monat=2026-12');
      is((await page('/sicherungen?monat=gestern')).status, 200);
    });
    await test('backups: a state of nobody\'s, a name that is none', async () => {
      is((await c.get('/sicherungen/20261101T003100Z')).status, 404);
      is((await c.get('/sicherungen/gestern')).status, 404);
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
      const warn = await alarm('2026-11-24T06:45:00Z');
      is(warn.kind[0], 'warn', warn.p.plain.slice(300, 900));
      has(warn.kind[1], '27 Stunden');
      const bad = await alarm('2026-11-25T07:00:00Z');
      is(bad.kind[0], 'bad');
      has(bad.kind[1], '51 Stunden');
      has(bad.p.plain, 'Der letzte Versuch scheiterte:');
      has(bad.p.plain, '24 fehlt');
    });
  } finally {
    await s.stop();
    rmSync(keyFile, { force: true });
  }
}
