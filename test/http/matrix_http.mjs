// matrix_http.mjs: the refusal matrix, generated from the route tables: every route × every group ×
// without signing in × foreign things × without the form's token.
import { groups } from '../lib/world.mjs';
import { Client } from '../lib/client.mjs';
import { hasId, knock, officeRoutes } from '../lib/routes.mjs';
import { is, test } from '../lib/tap.mjs';

export async function chapter(world) {
  const { groups: presets } = world.server.cli(['rights', '--json'], { noDir: true });
  const office = officeRoutes(world.server);
  const rights = Object.fromEntries(presets.map((p) => [p.group, new Set(p.rights)]));
  const nobody = new Client(world.server);
  const before = world.server.cli(['user', 'list', '--workspace', world.first, '--json']).length;

  await test(`matrix: nobody gets into ${office.length} routes without signing in`, async () => {
    const bad = [];
    for (const r of office.filter((x) => x.right !== 'public')) {
      const a = await knock(nobody, r);
      if (a.status !== 303 || !/^\/anmelden/.test(a.headers.location)) bad.push(`${r.method} ${r.path}: ${a.status}`);
    }
    is(bad.join('; '), '', 'open routes');
  });

  for (const g of groups) {
    await test(`matrix: ${g} reaches what the preset says and nothing else`, async () => {
      const c = world.people[g];
      const bad = [];
      for (const r of office.filter((x) => !['public', 'ticket'].includes(x.right))) {
        const a = await knock(c, r);
        const may = rights[g].has(r.right);
        let want;
        if (!may) want = [403];
        else if (hasId(r.path) || (r.method === 'GET' && r.path.includes('{text}'))) want = [404]; // a name of nothing
        else if (r.method === 'POST') want = r.upload ? [422] : [403, 303]; // no file; no token; or a fresh proof is asked for
        else want = [200, 303];
        if (!want.includes(a.status)) bad.push(`${r.method} ${r.path}: ${a.status}, want ${want}`);
      }
      is(bad.join('; '), '', 'differences');
    });
  }

  await test('matrix: a signed-in person of another agency meets none of our things', async () => {
    const bad = [];
    for (const r of office.filter((x) => hasId(x.path) && x.right !== 'public')) {
      const a = await knock(world.foreign, r);
      if (a.status !== 404) bad.push(`${r.method} ${r.path}: ${a.status}`);
    }
    is(bad.join('; '), '', 'differences');
  });

  await test('matrix: a session of one agency is nothing to the other', async () => {
    const thief = new Client(world.server, 'sued.localhost');
    thief.jar = new Map(world.people.administrator.jar);
    const a = await thief.get('/projekte');
    is(a.status, 303);
    is(a.headers.location.startsWith('/anmelden'), true, 'sent to sign in');
  });

  await test('matrix: all that knocking changed nothing', () => {
    is(world.server.cli(['user', 'list', '--workspace', world.first, '--json']).length, before);
  });
}
