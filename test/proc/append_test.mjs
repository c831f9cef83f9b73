// append_test.mjs: a target where only age deletes (decision 89): what is older than 62 days goes, but for the last two; by
// a clock that is not believed nothing does; what is no state is nobody's. TAP on stdout. Argument: build folder.
import * as fs from 'node:fs';
import * as path from 'node:path';
import { Place } from '../lib/place.mjs';
import { finish, ok } from '../lib/tap.mjs';

const place = new Place(process.argv[2], 'append');
const { dir } = place;
const HOUR = 3600000, DAY = 24 * HOUR;
const kontor = (...args) => place.run('kontor', [...args, '--json']);
const safe = path.join(dir, 'safe/1');
const there = () => fs.readdirSync(safe).sort();
const named = (ms) => `${new Date(ms).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z.kontor`;
const put = (...names) => { for (const f of names) fs.writeFileSync(path.join(safe, f), 'of long ago'); };
const prune = (...more) => kontor('backup', 'prune', '--workspace', '1', ...more);
const clock = (ms) => { place.now = ms; };

kontor('init', '--hash-ms', '0');
fs.appendFileSync(path.join(dir, 'kontor.conf'), 'backup_target3 = append:safe\n');
fs.mkdirSync(path.join(dir, 'safe'), { mode: 0o700 });
const now = Date.parse('2026-11-25T10:00:00Z');
clock(now);
const run = kontor('backup', 'run', '--workspace', '1').json;
ok(run?.copies === 3 && there().join() === `${run.id}.kontor`, 'it has a copy of each state', run);

// --- by age ---------------------------------------------------------------------------------------------------------
const [young, old, older] = [now - 62 * DAY + HOUR, now - 62 * DAY - HOUR, now - 400 * DAY].map(named);
const strange = ['20200101T000000Z.kontor.old', '20201340T000000Z.kontor', 'notes.txt'];
put(young, named(now - 10 * DAY), old, older, ...strange); // young is none of the last two
const first = prune();
ok(first.status === 0 && [old, older].every((f) => !there().includes(f)), 'what is older than 62 days goes', there());
ok([young, `${run.id}.kontor`, ...strange].every((f) => there().includes(f)), 'what is younger stays, and so does what is no state', there());
ok(fs.readFileSync(path.join(dir, 'log/kontor.log'), 'utf8').match(/event=backup\.expired .*target=target3/g)?.length === 2, 'each is an event');

// --- the last two ---------------------------------------------------------------------------------------------------
for (const f of there()) if (/Z\.kontor$/.test(f) && !strange.includes(f)) fs.unlinkSync(path.join(safe, f));
const ages = [300, 200, 100].map((d) => named(now - d * DAY));
put(...ages);
prune();
ok(there().filter((f) => !strange.includes(f)).join() === ages.slice(1).join(), 'the last two stay, however old they are', there());

// --- a clock that is not believed -------------------------------------------------------------------------------------
put(ages[0]);
clock(now + 3 * DAY); // more than a day and a half since the last run
const jumped = prune();
ok(jumped.json?.stop?.includes('clock') === there().includes(ages[0]), 'by a clock that jumped nothing goes, unless the machine vouches for it', { jumped, there: there() });
prune('--trust-clock');
ok(!there().includes(ages[0]), 'when the operator vouches for it, it does', there());

// --- what the catalogue keeps for a reason ------------------------------------------------------------------------------
// It is the newest that is good, though two files of later names lie here.
clock(now + 70 * DAY);
put(named(now + 69 * DAY), named(now + 69 * DAY + HOUR));
fs.copyFileSync(path.join(dir, `backup/1/${run.id}.kontor`), path.join(safe, `${run.id}.kontor`));
put(named(now + 2 * DAY));
prune('--trust-clock');
ok(there().includes(`${run.id}.kontor`) && !there().includes(named(now + 2 * DAY)), 'what the catalogue keeps stays here too, however old it is', there());
finish();
process.exit();
