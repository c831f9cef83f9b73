// help_http.mjs: the help pages: every link leads somewhere, every section is in the list of contents; and the
// comparison with (EU) 2018/389: every test that it names is there, every figure is that of the code.
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/server.mjs';
import { Client, unescape } from '../lib/client.mjs';
import { has, hasNot, is, test } from '../lib/tap.mjs';

const read = (path) => readFileSync(join(root, path), 'utf8');
const files = (dir) => readdirSync(join(root, dir), { withFileTypes: true }).flatMap((e) =>
  e.isDirectory() ? files(join(dir, e.name)) : [join(dir, e.name)]);
const ids = (html) => new Set([...html.matchAll(/ id="([^"]+)"/g)].map((m) => m[1]));
const links = (html) => [...html.replace(/<header[\s\S]*?<\/header>/g, (h) => (/class="top/.test(h) ? '' : h)).matchAll(/<a\b[^>]*? href="([^"]+)"/g)].map((m) => unescape(m[1]));
const plain = (html) => unescape(html.replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
const pages = ['/hilfe', '/hilfe/homebanking'];

// enum { NAME = 5 * 60 } of a header, worked out.
function figure(file, name) {
  const found = new RegExp(`\\b${name} = ([0-9* ]+)`).exec(read(file));
  if (!found) throw new Error(`${name} is not in ${file}`);
  return found[1].split('*').reduce((n, x) => n * Number(x), 1);
}

// The rows of the comparison: {id: {always, on, tests: [[file, name]…]}}
function rowsOf(html) {
  const rows = {};
  for (const [, tr] of html.matchAll(/<tr>([\s\S]*?)<\/tr>/g)) {
    const id = /<th scope="row" id="([^"]+)"/.exec(tr)?.[1];
    if (!id) continue;
    const [always, on] = [...tr.matchAll(/<td\b[^>]*>([\s\S]*?)<\/td>/g)].map((m) => plain(m[1]));
    rows[id] = { always, on, tests: [...tr.matchAll(/<code[^>]*>([^<]*?): ([^<]*)<\/code>/g)].map((m) => [m[1], unescape(m[2])]) };
  }
  return rows;
}

export async function chapter(world) {
  const signedIn = world.people.administrator;
  const english = new Client(world.server);
  await english.get('/anmelden?sprache=en');
  const seen = [['without signing in', new Client(world.server)], ['signed in', signedIn], ['in English', english]];

  await test('help: every link leads to a page, every anchor to a section', async () => {
    const bad = [];
    const page = new Map();
    const at = async (c, path) => {
      if (!page.has(path)) page.set(path, await c.get(path));
      return page.get(path);
    };
    for (const [who, c] of seen) {
      page.clear();
      for (const p of pages) {
        for (const href of links((await at(c, p)).text).filter((h) => !h.includes('sprache='))) {
          const [path, anchor] = href.split('#');
          const r = await at(c, path === '' ? p : path);
          if (![200, 303].includes(r.status)) bad.push(`${who}, ${p}: ${href} is ${r.status}`);
          if (anchor && r.status === 200 && !ids(r.text).has(anchor)) bad.push(`${who}, ${p}: no ${href}`);
        }
      }
    }
    is(bad.join('; '), '', 'dead links');
  });

  await test('help: what other pages link to in it is there', async () => {
    const bad = [];
    let n = 0;
    for (const f of files('src').filter((x) => /\.(html|c)$/.test(x))) {
      for (const [, path, anchor] of read(f).matchAll(/"(\/hilfe[a-z/]*)(?:#([a-z-]+))?"/g)) {
        n++;
        const r = await signedIn.get(path);
        if (r.status !== 200 || (anchor && !ids(r.text).has(anchor))) bad.push(`${f}: ${path}#${anchor ?? ''}`);
      }
    }
    is(bad.join('; '), '', 'dead links');
    is(n >= 5, true, `${n} links found`);
  });

  await test('help: each section is in the list of contents, under its own name', async () => {
    for (const [who, c] of seen) {
      const html = (await c.get('/hilfe')).text;
      const listed = [...html.matchAll(/<li><a href="#([^"]+)">([^<]+)<\/a><\/li>/g)].map((m) => `${m[1]}: ${plain(m[2])}`);
      const sections = [...html.matchAll(/<section class="panel" id="([^"]+)"[\s\S]*?<h2[^>]*>([^<]+)<\/h2>/g)].map((m) => `${m[1]}: ${plain(m[2])}`);
      is(listed.join('\n'), sections.join('\n'), who);
      is(sections.length >= 10, true, 'sections');
    }
  });

  await test('help: says how long a session rests as it is set here', async () => {
    const at = '/einstellungen/anmeldung';
    has((await signedIn.get('/hilfe')).text, 'Nach 60 Minuten ohne Aktivität');
    is((await signedIn.submit(at, at, { idle_limit: '25', life_limit: '9' })).status, 303);
    const now = (await signedIn.get('/hilfe')).text;
    is((await signedIn.submit(at, at, { idle_limit: '60', life_limit: '12' })).status, 303);
    has(now, 'Nach 25 Minuten ohne Aktivität und spätestens nach 9 Stunden');
  });

  await test('compare: every row names its tests, and every test is there', async () => {
    const html = (await seen[0][1].get('/hilfe/homebanking')).text;
    const rows = rowsOf(html);
    is(Object.keys(rows).length, 8, 'rows');
    for (const [id, { tests }] of Object.entries(rows)) {
      is(tests.length > 0, true, `${id} has a test`);
      for (const [file, name] of tests) {
        const source = read(file);
        const there = file.endsWith('.c') ? source.includes(`cmocka_unit_test(${name})`)
          : source.includes(`test('${name.replaceAll("'", "\\'")}'`);
        is(there, true, `${file}: ${name}`);
      }
    }
    is((html.match(/<code/g) || []).length, Object.values(rows).reduce((n, r) => n + r.tests.length, 0), 'all of them were read');
  });

  await test('compare: every figure is that of the code, in both languages', async () => {
    const minutes = (file, name) => figure(file, name) / 60;
    const p = 'src/guard/policy.h', l = 'src/guard/limit.h', f = 'src/guard/factor.h';
    const step = figure(f, 'FACTOR_STEP_S'), wait = minutes(l, 'LIMIT_DELAY_MAX_S');
    const want = {
      elements: [[], []],
      once: [[step, step * figure(f, 'FACTOR_WINDOW')], [step]],
      codes: [[6238, figure(f, 'FACTOR_SECRET') * 8], []],
      which: [[], []],
      five: [[figure(l, 'LIMIT_FREE'), wait, figure(l, 'LIMIT_DEVICE_FAILS'), figure('src/guard/session.h', 'TICKET_TRIES')],
        [figure(p, 'HOMEBANKING_FAILS'), wait]],
      session: [[1, 2, 1, 3], []],
      idle: [[minutes(p, 'POLICY_IDLE_S'), minutes(p, 'POLICY_IDLE_MIN_S'), figure(p, 'POLICY_LIFE_S') / 3600], [minutes(p, 'HOMEBANKING_IDLE_S')]],
      block: [[wait, figure('src/app/user/user_in.h', 'NOTICE_FAILS')], [wait]],
    };
    for (const [who, c] of seen) {
      const rows = rowsOf((await c.get('/hilfe/homebanking')).text);
      for (const [id, [always, on]] of Object.entries(want)) {
        const numbers = (text) => (text.match(/\d+/g) || []).join();
        is(numbers(rows[id].always), always.join(), `${who}, ${id}, always`);
        is(numbers(rows[id].on), on.join(), `${who}, ${id}, with the switch`);
      }
    }
    for (const lang of ['de', 'en']) {
      for (const [, key, text] of read(`po/${lang}.po`).matchAll(/^msgid "(compare\.\w+\.(?:always|on))"\nmsgstr "(.*)"$/gm)) {
        is((text.replace(/\{\d\}|RFC 6238|TLS 1\.2 (und|and) 1\.3/g, '').match(/\d/g) || []).join(), '', `${lang} ${key} is typed`);
      }
    }
  });

  await test('compare: is called a comparison and no certification', async () => {
    has((await seen[0][1].get('/hilfe/homebanking')).text, 'Das ist ein Vergleich und keine Zertifizierung.');
    has((await english.get('/hilfe/homebanking')).text, 'This is a comparison and no certification.');
    has((await signedIn.get('/einstellungen/anmeldung')).text, 'href="/hilfe/homebanking"');
    hasNot((await seen[0][1].get('/hilfe/homebanking')).text, 'zertifiziert');
  });
}
