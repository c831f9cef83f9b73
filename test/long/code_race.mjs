// code_race.mjs: the race of race_http.mjs a thousand times.
import { finish } from '../lib/tap.mjs';
import { chapter } from '../http/race_http.mjs';

await chapter(null, Number(process.env.KONTOR_ROUNDS || 1000));
finish();
