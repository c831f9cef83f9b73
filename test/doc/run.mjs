// run.mjs: the commands of README.md are run as they stand, in a folder of their own, so that it cannot lie.
import { execSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { finish, has, is, test } from '../lib/tap.mjs';
import { build, root } from '../lib/server.mjs';

const readme = readFileSync(join(root, 'README.md'), 'utf8');
const lines = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, b]) => b.trim().split('\n').map((l) => l.replace(/\s+#.*/, '')));
const dir = mkdtempSync(join(tmpdir(), 'kontor-doc-'));
const here = (l) => l.replace('build/kontor', join(build, 'kontor')).replaceAll('/srv/kontor', join(dir, 'k')).replace('0.0.0.0:443', '127.0.0.1:18999');
const verbs = execSync('./dev help', { cwd: root, encoding: 'utf8' });

for (const line of lines) {
  await test(`README: ${line}`, async () => {
    if (line.startsWith('./dev ')) {
      has(verbs, line.split(/\s+/).slice(0, 2).join(' '));
    } else if (/ serve /.test(line)) {
      const p = spawn('sh', ['-c', `exec ${here(line)} --operator-listen 127.0.0.1:18998`], { stdio: ['ignore', 'pipe', 'pipe'] });
      const ready = await new Promise((done) => {
        let all = '';
        const look = (d) => { all += d; if (/https:\/\//.test(all)) done(true); };
        p.stdout.on('data', look);
        p.stderr.on('data', look);
        p.on('exit', () => done(false));
      });
      p.kill('SIGTERM');
      is(ready, true, 'serving');
      await new Promise((done) => p.on('exit', done));
    } else {
      execSync(here(line), { stdio: 'pipe' });
    }
  });
}
await test('README: every file it names is there', () => {
  for (const [, f] of readme.matchAll(/`((?:doc|src)\/[A-Za-z0-9_./]+)`/g)) is(existsSync(join(root, f)), true, f);
});
rmSync(dir, { recursive: true, force: true });
finish();
