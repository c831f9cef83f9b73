// wall_http.mjs: the wall between agencies (TEN-02) and what never stands in a log (AUD-06). One agency is filled with
// 1,000 marks; no page, export, log or memory of the other's process has one of them. Then marks are typed into every
// field of a sign-in and of the account; no log and no file of the installation has one. Each search first proves that
// it would have found them.
import { closeSync, openSync, readFileSync, readSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
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

const writer = (pid, uid) => readdirSync('/proc').filter((d) => /^\d+$/.test(d)).filter((d) => {
  try {
    const stat = readFileSync(`/proc/${d}/stat`, 'utf8');
    return +stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1] === pid && /writer/.test(readFileSync(`/proc/${d}/cmdline`, 'utf8')) &&
      (uid === undefined || new RegExp(`^Uid:\\s+${uid}\\b`, 'm').test(readFileSync(`/proc/${d}/status`, 'utf8')));
  } catch { return false; }
}).map(Number);

// Everything that the process can write to or read, as a debugger would see it. A mapping of more than a gigabyte
// is the shadow of the address sanitizer: terabytes that say which bytes may be used, never what is in them.
function memory(pid) {
  const fd = openSync(`/proc/${pid}/mem`, 'r');
  const parts = [];
  for (const line of readFileSync(`/proc/${pid}/maps`, 'utf8').split('\n')) {
    const m = /^([0-9a-f]+)-([0-9a-f]+) r\S+ \S+ \S+ \S+\s*(.*)$/.exec(line);
    if (!m || /^\[v(var|syscall|dso)/.test(m[3])) continue;
    const from = parseInt(m[1], 16), n = parseInt(m[2], 16) - from;
    if (n > 2 ** 30) continue;
    const part = Buffer.alloc(n);
    try { readSync(fd, part, 0, n, from); parts.push(part); } catch { /* a guard page */ }
  }
  closeSync(fd);
  return Buffer.concat(parts);
}

// Which of them stand in these bytes, also as UTF-16 or upside down in case.
const found = (bytes, list) => {
  const text = bytes.toString('latin1').toLowerCase();
  return list.filter((m) => text.includes(m.toLowerCase()) || bytes.includes(Buffer.from(m, 'utf16le')));
};

function files(dir) {
  return readdirSync(dir).flatMap((name) => {
    const path = join(dir, name), st = statSync(path);
    return st.isDirectory() ? files(path) : st.isFile() ? [path] : [];
  });
}

export async function chapter(world) {
  const all = [...Array(marks).keys()].map(mark);
  const stem = 'kanarimerk';
  const dir = join(world.server.dir, 'k');
  const own = () => world.people.administrator;

  await test('wall: the neighbour is filled with 1,000 marks', async () => {
    const b = world.foreign;
    const rows = ['Firma;Ort;E-Mail', ...all.map((m) => `${m} GmbH;${m}hausen;post@${m.toLowerCase()}.example`)];
    const up = await b.upload('/kontakte/import', '/kontakte/import', 'file', 'marken.csv', rows.join('\r\n') + '\r\n');
    const at = up.headers.location;
    await b.get(at);
    is((await b.submit(at, at, {})).status, 303);
    is((await b.submit(`${at}/pruefung`, `${at}/pruefung`, {})).status, 303);
    is(found((await b.get('/kontakte/export?format=csv')).bytes, [all[0]]).length + found((await b.get(`/kontakte?q=${all[0]}`)).bytes, [all[0]]).length > 0, true);
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
    const theirs = await crawl(world.foreign);
    is(theirs.some((p) => p.bytes.toString('latin1').toLowerCase().includes(stem)), true, 'the search would find them');
  });

  const pids = writer(world.server.process.pid);
  const isRoot = process.getuid() === 0;
  if (!isRoot || pids.length < 2) {
    skip('wall: the memory of the one process has none of the other', isRoot ? 'the workers are not told apart' : 'needs root');
  } else {
    await test('wall: the memory of the one process has none of the other', async () => {
      await own().get('/kontakte');
      await world.foreign.get('/kontakte');
      const images = writer(world.server.process.pid).map((pid) => found(memory(pid), all).length);
      // Mine was asked for two marks in a search above; it may remember the questions, never more.
      is(images.filter((n) => n > 2).length, 1, `marks in each process: ${images}`);
    });
  }

  await test('wall: what is typed in stands in no log and in no file', async () => {
    const typed = { login: `Anmelde${mark(2001)}`, password: `Kennwort${mark(2002)} lang`, code: `Faktor${mark(2003)}`, phone: mark(2004), first_name: mark(2005) };
    const before = readFileSync(join(dir, 'log', 'kontor.log')).length;
    const c = new Client(world.server);
    await c.submit('/anmelden', '/anmelden', { login: typed.login, password: typed.password });
    await c.get(`/einladung/${mark(2006)}`);
    await c.get(`/suche?q=${mark(2007)}`);
    await c.get('/konto', { cookie: `__Host-sid=${mark(2008)}` });
    await own().submit('/konto', '/konto', { phone: typed.phone, first_name: typed.first_name });
    await own().get(`/suche?q=${mark(2009)}`);
    await own().get(`/${mark(2010)}`);
    const list = [...Object.values(typed), ...[2001, 2002, 2003, 2004, 2005, 2006, 2007, 2008, 2009, 2010].map(mark)];
    const log = readFileSync(join(dir, 'log', 'kontor.log'));
    is(log.length > before, true, 'the requests are on the log');
    is(found(Buffer.concat([log, Buffer.from(list[3])]), list).length > 0, true, 'the search would find them');
    const hits = files(world.server.dir).map((path) => [path, found(readFileSync(path), list)]).filter(([, h]) => h.length);
    is(hits.map(([path, h]) => `${path.slice(world.server.dir.length)}: ${h}`).join('; '), '');
  });
}
