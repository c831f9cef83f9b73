/* scheduler.h: `kontor --role scheduler`: the process that knows what is due. It holds no key,
 * opens no store and writes nothing down: what was done stands in the registrar's catalogue, and
 * each look begins with asking for it. What is due it orders over its channel to master
 * (WK_COMMAND), as the command line would, but may order only what scheduler_may() names:
 *
 *   - each workspace's backup in its window (app/backup/window.h), again each hour until the day
 * has one, and at once when days were missed;
 *   - behind that day's backup, retention: what is to go is marked, what was marked a day ago goes;
 *   - behind that, a drill of the newest state (drills.h), so that each day says whether it can be
 *     put back;
 *   - the reading of a state that nobody has read for a week, or that lacks a copy;
 *   - each hour, whether all is well with them (catalogue.watch), which tells the operators;
 *   - once a day, at five in the morning, the start of each workspace, which writes the mails that
 *     are due there and brings its store up to date; at its own start as well when mail may leave.
 *
 * When a day is too short for all drills, the oldest have their turn first, by days. At most
 * SCHEDULER_AT_ONCE of these at a time, and none longer than an hour and four seconds a megabyte:
 * then its place is another's, and the workspace has none until it is answered. It looks each
 * minute, and at once when the clock was moved. Settings: "backups" (1: there is an escrow key),
 * "wake" (1: mail may leave). "schedule.wait" on its control channel is answered when nothing is
 * due and nothing is under way.
 */
#ifndef PROC_SCHEDULER_H
#define PROC_SCHEDULER_H

#include "base/str.h"

enum { SCHEDULER_AT_ONCE = 2 };

int scheduler_main(int argc, char **argv);
/* May the scheduler order this of master? */
bool scheduler_may(struct str command);

#endif
