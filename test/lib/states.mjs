// states.mjs: a workspace with a state that somebody has looked into, for tests of what is ordered of it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
