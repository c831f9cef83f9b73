// run.mjs: strangers' tools against a running demo: sslscan, openssl, testssl.sh, slowhttptest, nmap,
// wapiti, sqlmap. Each line says what the tool must find. Raw reports stay in test-out/scan/.
// Arguments: names of chapters (none: all); --testssl PATH: a testssl.sh of one's own (3.2 and later rate).
// They send to 127.0.0.1 only: as root, server and tools run in a network namespace that has nothing else.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Server, root } from '../lib/server.mjs';
import { finish, is, skip, test } from '../lib/tap.mjs';
import { World, password } from '../lib/world.mjs';

const inside = 'KONTOR_SCAN_INSIDE';
if (!process.env[inside] && spawnSync('unshare', ['-n', 'true']).status === 0) {
  const r = spawnSync('unshare', ['-n', 'sh', '-c', 'ip link set lo up && exec "$@"', 'sh', process.execPath, ...process.argv.slice(1)],
    { stdio: 'inherit', env: { ...process.env, [inside]: '1' } });
  process.exit(r.status ?? 1);
}

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

const args = process.argv.slice(2);
const at = args.indexOf('--testssl');
const testssl = at < 0 ? undefined : resolve(args.splice(at, 2)[1]);

if (!process.env[inside]) skip('only this machine can be reached', 'needs root and network namespaces');
else {
  await test('only this machine can be reached', () => {
    is(readFileSync('/proc/net/route', 'utf8').trim().split('\n').length, 1, 'no route leads out');
  });
}
const server = await Server.start({ demo: 'S' });
try {
  const slug = server.cli(['workspace', 'list', '--json'])[0].slug;
  const world = { server, tool, out, slug, testssl, host: `${slug}.localhost`, address: `127.0.0.1:${server.port}`,
    ca: join(server.dir, 'k', 'tls', 'ca.pem'), json: (name) => JSON.parse(readFileSync(join(out, name), 'utf8')) };
  const people = new World(server);
  let scanners = 0;
  world.signIn = async () => { // -> what the browser of somebody signed in sends
    const login = `scanner${++scanners}`;
    server.addUser(login, 'team_leader', password(login), slug);
    const c = await people.enter(login, password(login));
    return () => [...c.jar].map(([k, v]) => `${k}=${v}`).join('; ');
  };
  for (const name of args.length ? args : ['tls', 'slow', 'web', 'sql']) {
    await (await import(`./${name}_scan.mjs`)).chapter(world);
  }
  await test('the server is as it was: nobody of its processes died, nothing was answered 500', async () => {
    const log = readFileSync(`${server.dir}/k/log/kontor.log`, 'utf8').split('\n');
    is(log.filter((l) => /child\.ended.*(signal|status=[^0])|level=error/.test(l) && !/signal=15/.test(l)).slice(0, 5).join('\n'), '');
    is(log.filter((l) => / status=5\d\d /.test(l) && !/status=503/.test(l)).slice(0, 5).join('\n'), '');
  });
} finally {
  await server.stop();
}
finish();
