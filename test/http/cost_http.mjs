// cost_http.mjs: AUTH-03 on a running server: people sign in across every change of what a password hash costs, up to
// the most that is allowed (the hash process has room for it) and down again.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '../lib/client.mjs';
import { Server } from '../lib/server.mjs';
import { is, test } from '../lib/tap.mjs';

const password = 'Nebelhorn Förde vier Krabben';

export async function chapter() {
  let server = await Server.start({});
  const dir = server.dir;
  const file = join(dir, 'k', 'kontor.conf');
  const plain = readFileSync(file, 'utf8').replace(/^#?hash_(ops|mem_kib) = .*\n/gm, '');
  const enter = async (login, typed = password) => (await new Client(server).submit('/anmelden', '/anmelden', { login, password: typed })).status;
  try {
    for (const login of ['piet', 'lene']) server.addUser(login, 'time_recorder_2', password, 'agentur');
    for (const [ops, mem] of [[8, 98304], [5, 81920], [3, 65536]]) {
      await server.halt();
      writeFileSync(file, `${plain}hash_ops = ${ops}\nhash_mem_kib = ${mem}\n`);
      server = await Server.start({ dir });
      await test(`cost: at ${ops} passes over ${mem} KiB people sign in, whatever their rows were hashed with`, async () => {
        is(await enter('piet'), 303, 'hashed anew');
        is(await enter('piet'), 303, 'and right again');
        is(await enter('piet', 'Möwen zanken um Brötchenreste'), 422, 'wrong');
        is(await enter('niemand'), 422, 'a name of nobody');
      });
    }
    await test('cost: somebody who was away all the time signs in, too', async () => is(await enter('lene'), 303));
    await server.halt();
    await test('cost: no hash was refused, no process lost', () => {
      const log = readFileSync(join(dir, 'k', 'log', 'kontor.log'), 'utf8');
      is(/work\.lost|request\.failed|worker\.refused/.exec(log), null);
    });
  } finally {
    await server.stop();
  }
}
