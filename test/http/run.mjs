// run.mjs: the program as its users' browsers see it, over TLS, without a screen. One server, started from
// nothing; every file of this folder named *_http.mjs is a chapter.
import { readdirSync } from 'node:fs';
import { Server } from '../lib/server.mjs';
import { World } from '../lib/world.mjs';
import { finish, test } from '../lib/tap.mjs';

const here = new URL('.', import.meta.url);
const chapters = readdirSync(here).filter((f) => f.endsWith('_http.mjs')).sort();
const server = await Server.start({});
try {
  const world = new World(server);
  await test('the first people and things are there', () => world.make());
  for (const f of chapters) {
    const { chapter } = await import(new URL(f, here));
    await chapter(world);
  }
} finally {
  await server.stop();
}
finish();
