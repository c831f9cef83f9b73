// many_http.mjs: ten thousand registered workspaces, of which nothing else is there: the server starts, the command line
// lists them whole, and the console shows them in pages and finds one.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Server, build } from '../lib/server.mjs';
import { World } from '../lib/world.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const password = 'Leuchtturm ops 47 Kiel';
const many = Number(process.env.KONTOR_MANY || 10000);

export async function chapter() {
  let s = await Server.start({});
  const plain = (t) => t.replace(/<[^>]*>/g, ' ').replace(/&nbsp;/g, ' ').replace(/\s+/g, ' ');
  const took = async (what, f) => {
    const begin = Date.now(), r = await f();
    console.log(`# ${many} workspaces: ${what} ${Date.now() - begin} ms`);
    return r;
  };
  try {
    const [, link] = /(\/einladung\/\S+)/.exec(s.initOutput.split('\n').find((l) => /8444|Betreiber/.test(l)));
    const ops = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost');
    is((await ops.submit(link, link, { login: 'wache', password, first_name: 'Wiebke', last_name: 'Achterberg' })).status, 303, 'the operator comes in');
    await World.enrol(ops);
    hasNot((await ops.get('/')).text, 'class="filters"', 'one workspace needs no search');
    await s.halt();
    is(spawnSync(join(build, 'test/proc/old_store'), [join(s.dir, 'k'), '0', String(many)], { encoding: 'utf8' }).stderr, '');
    await test('many: the server starts, and the agency is served', async () => {
      s = await took('start', () => Server.start({ dir: s.dir }));
      is((await new Client(s, 'localhost').get('/anmelden')).status, 200);
    });
    await test('many: the list of all of them is whole', async () => {
      const rows = await took('kontor workspace list', () => s.cli(['workspace', 'list', '--json']));
      is(rows.length, many + 1);
      is(rows.at(-1).slug, `w${many}-agentur`);
    });
    await test('many: one more is added, locked, and let in again', async () => {
      await took('kontor workspace add', () => s.cli(['workspace', 'add', '--slug', 'morgen', '--name', 'Agentur Morgen', '--json']));
      s.cli(['workspace', 'lock', '--workspace', 'morgen', '--reason', 'unbezahlt', '--json']);
      s.cli(['workspace', 'unlock', '--workspace', 'morgen', '--json']);
      is(s.cli(['workspace', 'list', '--json']).find((r) => r.slug === 'morgen').state, 'active');
    });
    await test('many: doctor answers', async () => {
      const found = await took('kontor doctor --quick', () => s.cli(['doctor', '--quick', '--record', '--json']));
      is(found.findings.length > 10, true);
    });
    const again = new Client({ port: s.operatorPort, ca: s.ca }, 'localhost');
    again.jar = ops.jar; // the session outlives the server
    const page = async (path) => (await again.get(path)).text;
    await test('many: the first page of the console shows a hundred, and the way to the next', async () => {
      const text = await took('first page of the console', () => page('/'));
      is((text.match(/class="main-link"/g) ?? []).length, 100);
      has(plain(text), '2 von ' + (many + 2).toLocaleString('de-DE').replace('.', ''), 'active');
      has(text, 'href="/?seite=2&amp;q="');
      const last = await page(`/?seite=${Math.ceil((many + 2) / 100)}`);
      has(last, `Agentur ${many}<`);
      hasNot(last, 'seite=' + (Math.ceil((many + 2) / 100) + 1));
    });
    await test('many: a workspace is found by a part of its name', async () => {
      const text = await page('/?q=w77-');
      has(text, 'Agentur 77<');
      is((text.match(/class="main-link"/g) ?? []).length, 1);
      has(await page('/?q=agentur+morgen'), 'morgen</td>');
      has(await page('/?q=100%25'), 'Kein Arbeitsbereich für „100%“');
      hasNot(await page('/?q=%25'), 'class="main-link"');
    });
    await test('many: an agency that has ended is said to have, and misses no backup', async () => {
      has(await page('/sicherungen'), 'Agentur Morgen');
      s.cli(['workspace', 'lock', '--workspace', 'morgen', '--reason', 'gekündigt', '--json']);
      s.cli(['workspace', 'remove', '--workspace', 'morgen', '--reason', 'gekündigt', '--confirm', 'morgen', '--at-once', '--json']);
      has(plain(await page('/?q=morgen')), 'beendet');
      hasNot(await page('/?q=morgen'), 'class="status bad"');
      for (const path of ['/sicherungen', '/proben']) hasNot(await page(path), 'Agentur Morgen', path);
      has(plain(await page('/sicherungen')), 'Gesichert 0 / 1');
    });
  } finally {
    await s.stop();
  }
}
