// states.mjs: a workspace with a state that somebody has looked into, for tests of what is ordered of it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, unescape } from './client.mjs';
import { build } from './server.mjs';

// A key that opens every archive: its file, for whoever removes its folder, and the line of kontor.conf without which
// nothing is backed up.
export function escrowKey() {
  const dir = mkdtempSync(join(tmpdir(), 'kontor-escrow-')), file = join(dir, 'key');
  const { stdout } = spawnSync(join(build, 'kontor-archive'), ['key', file], { encoding: 'utf8' });
  return { dir, file, line: `backup_escrow = ${stdout.trim()}\n` };
}
export function escrowLine() {
  const { dir, line } = escrowKey();
  rmSync(dir, { recursive: true });
  return line;
}

// The rows of a workspace's audit, as a state of now has them.
export async function auditOf(server, workspace, key) {
  const stamp = await backedUp(server, workspace), to = join(key.dir, `${workspace}-${stamp}`);
  const { workspace: number } = server.cli(['workspace', 'list', '--json']).find((w) => w.slug === workspace) ?? { workspace: 0 };
  const r = spawnSync(join(build, 'kontor-archive'), ['unpack', join(server.dir, `k/backup/${number}/${stamp}.kontor`), '--key', key.file, '--to', to], { encoding: 'utf8' });
  if (r.status !== 0) throw new Error(`kontor-archive unpack: ${r.stderr}`);
  const rows = JSON.parse(readFileSync(join(to, 'tables/audit.json'), 'utf8'));
  rmSync(to, { recursive: true });
  return rows;
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

// What a page says, without its marks.
export const plain = (html) => html.replace(/<[^>]*>/g, ' ').replace(/&nbsp;|\u00a0/g, ' ').replace(/\s+/g, ' ');

// Single records of a state, as an administrator looks for them and orders them back.
export function recordsOf(client, state) {
  const find = `/sicherungen/${state}/datensaetze`, order = `${find}/bestellung`;
  const wait = async (path, test) => { const p = await until(client, path, (text) => test(plain(text))); return { ...p, plain: plain(p.text) }; };
  const search = async (words) => {
    const r = await client.submit(find, find, { words });
    if (r.status !== 303) throw new Error(`search: ${r.status} ${plain(r.text).slice(300, 900)}`);
    return wait(find, (x) => x.includes(`für „${words}“`) && !x.includes('wird im Stand gesucht'));
  };
  // Ticks the boxes of these names and goes on to the order.
  const choose = async (page, ...labels) => {
    const rows = [...page.text.matchAll(/<input type="checkbox" name="(h\d+)" value="1">(.*?)<\/label>/gs)];
    const ticked = labels.map((l) => { const r = rows.find(([, , text]) => plain(text).includes(l)); if (!r) throw new Error(`${l} in ${page.plain}`); return `&${r[1]}=1`; });
    const path = `${order}?find=${/name="find" value="(\d+)"/.exec(page.text)[1]}${ticked.join('')}`, r = await client.get(path);
    if (r.status !== 200) throw new Error(`${path}: ${r.status} ${r.text.slice(0, 300)}`);
    return { ...r, path, plain: plain(r.text), form: Client.forms(r.text).find((f) => f.action === order) };
  };
  const send = async (p, values) => { const r = await client.send(p.form, order, values); return { ...r, plain: plain(r.text), to: r.headers.location?.split('?')[0] }; };
  return { find, order, wait, search, choose, send };
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
