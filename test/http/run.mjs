// run.mjs: the program as its users' browsers see it, over TLS, without a screen. One server, started from
// nothing; every file of this folder named *_http.mjs is a chapter.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Server } from '../lib/server.mjs';
import { World } from '../lib/world.mjs';
import { finish, is, test } from '../lib/tap.mjs';

const here = new URL('.', import.meta.url);
// Arguments: beginnings of names (none: all).
const chapters = readdirSync(here).filter((f) => f.endsWith('_http.mjs')).sort()
  .filter((f) => process.argv.length < 3 || process.argv.slice(2).some((a) => f.startsWith(a)));
const server = await Server.start({ conf: 'security_contact = mailto:sicherheit@agentur.example\n' });
try {
  const world = new World(server);
  await test('the first people and things are there', () => world.make());
  for (const f of chapters) {
    const { chapter } = await import(new URL(f, here));
    if (chapter.length > 0) await world.prove();
    await chapter(world);
  }
  await server.halt();
  await test('a copied disk without its key shows no name, no hour, no host name', () => {
    const words = ['Fahrplan-App', 'Söhne', 'Birkenried', 'Wireframes', 'Studio Süd', 'sued.localhost', 'sued', 'administrator:', 'bert'];
    const found = [];
    const walk = (dir) => {
      for (const name of readdirSync(dir)) {
        const path = join(dir, name);
        if (name === 'keys' && dir === join(server.dir, 'k')) continue;
        const st = statSync(path);
        if (st.isDirectory()) walk(path);
        else if (st.isFile()) {
          const bytes = readFileSync(path);
          for (const w of words) if (bytes.includes(w) || bytes.includes(Buffer.from(w, 'latin1'))) found.push(`${w} in ${path.slice(server.dir.length)}`);
        }
      }
    };
    walk(server.dir);
    is(found.join('; '), '', 'readable on the disk');
  });
} finally {
  await server.stop();
}
finish();
