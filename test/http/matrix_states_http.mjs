// matrix_states_http.mjs: the refusal matrix for people to whom something has happened since they opened their pages:
// the second factor is overdue, the session was ended, the person was locked, rights were taken away. Generated from
// the route tables, with things that exist and with forms that were filled from real pages: each route answers what
// the tables say, and not a byte of the store changes.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Client, unescape } from '../lib/client.mjs';
import { Desk, good, plain } from '../lib/desk.mjs';
import { fill, idsOf, knock, officeRoutes, routeOf } from '../lib/routes.mjs';
import { Server } from '../lib/server.mjs';
import { is, test } from '../lib/tap.mjs';

const where = (a) => `${a.status}${a.headers.location ? ` ${a.headers.location.split('?')[0]}` : ''}`;

// Every page that this person reaches by links, from the routes without ids on: their forms with tokens, and ids.
async function walk(c, routes) {
  const ids = {}, forms = new Map(), seen = new Set();
  const queue = routes.filter((r) => r.method === 'GET' && !['public', 'ticket'].includes(r.right)).map((r) => fill(r.path)).filter((p) => !p.includes('987654'));
  while (queue.length && seen.size < 160) {
    const path = queue.shift();
    const r = routeOf(routes, 'GET', path);
    if (!r || r.right === 'public' || seen.has(r.path)) continue;
    seen.add(r.path);
    const page = await c.get(path);
    if (page.status !== 200 || !/text\/html/.test(page.headers['content-type'])) continue;
    for (const [, href] of page.text.matchAll(/ href="(\/[^"#]*)"/g)) {
      const to = unescape(href), found = routeOf(routes, 'GET', to);
      if (!found) continue;
      for (const [name, value] of Object.entries(idsOf(found, to))) ids[name] ??= value;
      queue.push(to);
    }
    for (const f of Client.forms(page.text).filter((x) => x.fields.some(([n]) => n === 'csrf'))) {
      const to = routeOf(routes, 'POST', f.action);
      if (to && !forms.has(to.path)) forms.set(to.path, { ...f, route: to });
    }
  }
  return { ids, forms: [...forms.values()] };
}

export async function chapter() {
  const server = await Server.start({ demo: 'S', now: '2026-11-24T08:00:00Z' });
  try {
    const { slug } = server.cli(['workspace', 'list', '--json'])[0];
    server.cli(['clock', 'set', '2026-11-24T08:01:30Z', '--settle'], { raw: true }); // its drill is a row in the store
    const d = new Desk(server, slug, `${slug}.localhost`);
    d.add('chefin', 'administrator');
    const boss = await d.enter('chefin');
    d.chefin = await d.enrol(boss);
    await states(d, server);
  } finally {
    await server.stop();
  }
}

async function states(d, server) {
  const routes = officeRoutes(server);
  const inside = routes.filter((r) => r.right !== 'public');
  const preset = new Set(server.cli(['rights', '--json'], { noDir: true }).groups.find((g) => g.group === 'administration').rights);
  const admin = () => d.enter('chefin', { secret: d.chefin });
  const idOf = async (c, login) => /\/personen\/(\d+)"/.exec((await c.get('/personen')).text.split('<tr>').find((x) => x.includes(login)))[1];
  const press = async (c, from, to, values) => {
    const r = await c.submit(from, to, values);
    is(r.status, 303, `${to}: ${plain(r.text).slice(0, 300)}`);
  };
  // The store of the first agency as it lies on the disk.
  const dir = readdirSync(join(server.dir, 'k', 'workspaces')).sort((a, b) => a - b)[0];
  const bytes = () => ['data.db', 'data.db-wal'].map((f) => join(server.dir, 'k', 'workspaces', dir, f)).filter(existsSync)
    .map((f) => createHash('sha256').update(readFileSync(f)).digest('hex')).join();

  // One person of a wide group with open pages; then `happens`; then all routes, then all forms.
  async function run(login, happens, want) {
    d.add(login, 'administration');
    const c = await d.enter(login);
    const { ids, forms } = await walk(c, routes);
    is(['project', 'company', 'time_entry'].filter((n) => !(n in ids)).join(), '', 'things that exist');
    is(forms.length >= 15, true, `${forms.length} forms with tokens were collected`);
    const open = (await c.get('/kontakte')).status;
    is(open, 200, 'they were open before');
    const boss = await admin(), untouched = bytes();
    await happens(boss, login);
    is(bytes() === untouched, false, 'a change is seen on the disk');
    // The time of the last use is written now, and not again within a minute; so is a refused page's row in the audit.
    // Whoever needs longer compares what it has so far and begins anew.
    const closed = inside.find((r) => want(r) === '403');
    const bad = [], changed = [];
    let before, since;
    const begin = async () => {
      await c.get('/konto');
      if (closed) await knock(c, closed, ids);
      [before, since] = [bytes(), Date.now()];
    };
    const compare = async (r, long = 20000) => {
      if (Date.now() - since < long) return;
      if (bytes() !== before) changed.push(`up to ${r.method} ${r.path}`);
      await begin();
    };
    const judge = (r, a, what) => {
      const w = want(r);
      if (w && where(a) !== w) bad.push(`${what} ${r.method} ${r.path}: ${where(a)}, want ${w}`);
      if (a.status >= 500) bad.push(`${what} ${r.method} ${r.path}: ${a.status}`);
    };
    await begin();
    for (const r of inside) {
      judge(r, await knock(c, r, ids), 'knock');
      await compare(r);
    }
    for (const f of forms) {
      if (want(f.route)) judge(f.route, await c.send(f, f.action), 'form');
      await compare(f.route);
    }
    await compare(forms.at(-1).route, 0);
    is(bad.join('; '), '', 'differences');
    is(changed.join('; '), '', 'changes of the store');
    return { c, ids, forms };
  }

  const signIn = () => '303 /anmelden';
  await test('states: a session that an administrator ended opens nothing and changes nothing', () =>
    run('anke', async (boss, login) => {
      const id = await idOf(boss, login);
      await press(boss, `/personen/${id}`, `/personen/${id}/abmelden`);
    }, signIn));

  await test('states: a locked person\'s session opens nothing and changes nothing', () =>
    run('birte', async (boss, login) => {
      const id = await idOf(boss, login);
      await press(boss, `/personen/${id}`, `/personen/${id}/sperren`);
    }, signIn));

  await test('states: rights that were taken away are gone from open pages, forms and files', () =>
    run('clara', async (boss, login) => {
      const id = await idOf(boss, login);
      const page = await boss.get(`/personen/${id}`);
      const fields = [...page.text.matchAll(/name="(right_\d+)"/g)].map((m) => m[1]);
      await press(boss, `/personen/${id}`, `/personen/${id}/rechte`, Object.fromEntries(fields.map((f) => [f, 'minus'])));
    }, (r) => (r.right === 'ticket' ? '303 /' : r.right === 'self' ? null : '403')));

  const overdue = (r) => {
    if (r.right === 'ticket') return '303 /';
    if (!preset.has(r.right)) return '403';
    return r.enrol ? null : '303 /konto/zwei-faktor';
  };
  await test('states: an overdue second factor closes all that the group can do, exports and files too', async () => {
    const at = '/einstellungen/anmeldung';
    const { c, ids } = await run('dorte', (boss) => press(boss, at, at, { demand_4: '1', grace_days: '0' }), overdue);
    const files = inside.filter((r) => r.method === 'GET' && /export|csv|png|tabelle|nachweis|vorlage/.test(r.path) && !r.enrol && preset.has(r.right));
    is(files.length >= 3, true, `${files.length} files`);
    for (const r of files) is(where(await knock(c, r, ids)), '303 /konto/zwei-faktor', r.path);
    await d.enrol(c);
    is((await c.get('/kontakte')).status, 200, 'and with it everything is open again');
    for (const r of files.filter((x) => !/\{/.test(x.path))) is((await knock(c, r, ids)).status, 200, r.path);
  });

  await test('states: the Homebanking switch does the same to groups that nobody had asked', async () => {
    const at = '/einstellungen/anmeldung';
    await press(await admin(), at, at, { demand_4: null });
    await run('edda', (boss) => press(boss, at, `${at}/homebanking/ein`), overdue);
    is((await (await d.enter('edda', { password: good })).get('/kontakte')).headers.location, '/konto/zwei-faktor');
  });
}
