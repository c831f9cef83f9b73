// states.mjs: a workspace with a state that somebody has looked into, for tests of what is ordered of it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { unescape } from './client.mjs';
import { build } from './server.mjs';

// A line of kontor.conf without which nothing is backed up.
export function escrowLine() {
  const dir = mkdtempSync(join(tmpdir(), 'kontor-escrow-'));
  const { stdout } = spawnSync(join(build, 'kontor-archive'), ['key', join(dir, 'key')], { encoding: 'utf8' });
  rmSync(dir, { recursive: true });
  return `backup_escrow = ${stdout.trim()}\n`;
}

export async function until(client, path, test, ms = 30000) {
  let page;
  for (const end = Date.now() + ms; Date.now() < end;) {
    page = await client.get(path);
    if (test(page.text)) return page;
    await new Promise((r) => setTimeout(r, 50));
  }
  throw new Error(`${path} did not come to it: ${page.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 1500)}`);
}

// A state of now; again, while the server is at one by itself or has made one in this second, which is its id.
export async function backedUp(server, slug) {
  for (const end = Date.now() + 20000;;) {
    const r = server.cli(['backup', 'run', '--workspace', slug, '--json'], { any: true });
    if (r.status === 0) return JSON.parse(r.stdout).id;
    if (!/archive\.exists|backup\.running/.test(r.stderr) || Date.now() > end) throw new Error(`backup run: ${r.stderr}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}

// The newest state's page to put it back, with the preview made.
export async function lookedInto(server, slug, client) {
  const list = () => server.cli(['backup', 'list', '--workspace', slug, '--json']);
  let states = list();
  if (!states.length) {
    server.cli(['backup', 'run', '--workspace', slug, '--json'], { any: true });
    states = list();
  }
  const path = `/sicherungen/${states.at(-1).id}/wiederherstellung`;
  const r = await client.submit(path, path.replace(/wiederherstellung$/, 'vorschau'));
  if (r.status !== 303) throw new Error(`${r.status}`);
  await until(client, path, (text) => text.includes(`action="${path}"`));
  return path;
}

// A company that is called otherwise since that state (of whose page lookedInto() gave the path), found by its name of then:
// the page of the order that brings it back.
export async function found(client, path, company) {
  const page = path.replace(/wiederherstellung$/, 'datensaetze');
  const name = unescape(/<h1[^>]*>([^<]*)/.exec((await client.get(company)).text)[1]).trim();
  for (const [at, values] of [[`${company}/aendern`, { name: `${name} heute` }], [page, { words: name }]]) {
    const r = await client.submit(at, at, values);
    if (r.status !== 303) throw new Error(`${at}: ${r.status}`);
  }
  const { text } = await until(client, page, (t) => t.includes('name="h'));
  return `${page}/bestellung?find=${/name="find" value="(\d+)"/.exec(text)[1]}&${/name="(h\d+)"/.exec(text)[1]}=1`;
}
