// ldd_test.mjs: every program is linked to exactly the libraries of ldd.txt. TAP on stdout.
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';

const build = process.argv[2];
const list = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), 'ldd.txt');
const always = /^(linux-vdso|ld-linux|libc\.so)/;
// What the compiler's sanitizers bring along; a build without them has none.
const sanitizer = /^lib(asan|ubsan|gcc_s|stdc\+\+|dl|rt)\.so/;
let n = 0;
let failed = 0;
for (const line of fs.readFileSync(list, 'utf8').split('\n')) {
  const m = line.match(/^(kontor[a-z-]*): (.*)$/);
  if (!m) continue;
  const out = execFileSync('ldd', [path.join(build, m[1])], { encoding: 'utf8' });
  const names = out.split('\n').map((l) => l.trim().split(/\s/)[0].replace(/^.*\//, '')).filter((s) => s !== '');
  const instrumented = names.some((s) => s.startsWith('libasan'));
  const libs = names.filter((s) => !always.test(s) && !(instrumented && sanitizer.test(s)))
    .map((s) => s.replace(/^lib/, '').replace(/\.so.*$/, '')).sort();
  const want = m[2].split(' ').sort();
  const extra = libs.filter((l) => !want.includes(l) && !(instrumented && (l === 'm' || l === 'pthread')));
  const missing = want.filter((l) => !libs.includes(l));
  const good = extra.length === 0 && missing.length === 0;
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${m[1]} is linked to its libraries and no other`);
  if (!good) console.log(`# not on its list: ${extra.join(' ')}; on it but not there: ${missing.join(' ')}`);
}
console.log(`1..${n}`);
process.exit(failed === 0 && n === 7 ? 0 : 1);
