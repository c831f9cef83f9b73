// tap.mjs: the smallest TAP writer: tests run one after the other, a failed assertion says where.
let n = 0, failed = 0;
export async function test(name, fn) {
  n++;
  try {
    await fn();
    console.log(`ok ${n} - ${name}`);
  } catch (e) {
    failed++;
    console.log(`not ok ${n} - ${name}`);
    console.log(String(e.stack || e).split('\n').slice(0, 60).map((l) => `  # ${l}`).join('\n'));
  }
}
// One that is said right away; more: what there was instead.
export function ok(good, name, more) {
  n++;
  if (!good) failed++;
  console.log(`${good ? 'ok' : 'not ok'} ${n} - ${name}`);
  if (!good && more !== undefined) console.log('# ' + JSON.stringify(more).slice(0, 3000));
}
export function skip(name, why) { n++; console.log(`ok ${n} - ${name} # SKIP ${why}`); }
export function finish() { console.log(`1..${n}`); process.exitCode = failed ? 1 : 0; }
export function is(got, want, what = 'value') { if (got !== want) throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`); }
export function has(text, part) { if (!text.includes(part)) throw new Error(`"${part}" is missing in: ${text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ').slice(0, 700)}`); }
export function hasNot(text, part) { if (text.includes(part)) throw new Error(`"${part}" should not be there`); }
