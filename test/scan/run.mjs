// run.mjs: strangers' tools against a running demo: sslscan, openssl, testssl.sh, slowhttptest, nmap,
// wapiti, sqlmap. Each line says what the tool must find. Raw reports stay in test-out/scan/.
// Arguments: names of chapters (none: all).
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Server, root } from '../lib/server.mjs';
import { finish } from '../lib/tap.mjs';

export const out = join(root, 'test-out', 'scan');
mkdirSync(out, { recursive: true });

// One tool; its report goes to a file. input: what it reads (nothing by default).
function tool(name, command, args, opts = {}) {
  return new Promise((done, fail) => {
    const p = spawn(command, args, { cwd: out, env: { ...process.env, ...opts.env } });
    let text = '';
    const limit = setTimeout(() => p.kill('SIGKILL'), (opts.seconds || 120) * 1000);
    for (const s of [p.stdout, p.stderr]) s.on('data', (d) => { text += d; });
    p.on('error', fail);
    p.on('close', (code) => {
      clearTimeout(limit);
      // eslint-disable-next-line no-control-regex
      text = text.replace(/\x1b\[[0-9;]*[A-Za-z]/g, '');
      writeFileSync(join(out, `${name}.txt`), text);
      done({ code, text });
    });
    p.stdin.on('error', () => {});
    p.stdin.end(opts.input || '');
  });
}

const server = await Server.start({ demo: 'S' });
try {
  const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
  const world = { server, tool, out, slug, host: `${slug}.localhost`, address: `127.0.0.1:${server.port}`,
    ca: join(server.dir, 'k', 'tls', 'ca.pem'), json: (name) => JSON.parse(readFileSync(join(out, name), 'utf8')) };
  for (const name of process.argv.length > 2 ? process.argv.slice(2) : ['tls', 'slow', 'web']) {
    await (await import(`./${name}_scan.mjs`)).chapter(world);
  }
} finally {
  await server.stop();
}
finish();
