/* catalogue.h: which backups there are, as system.db knows it. The registrar alone writes it;
 * master tells it what became of each file, and asks it what may go. Files are the truth about
 * bytes, this is the truth about everything else: when a state was verified, where its copies lie,
 * what holds it. A catalogue that was lost is filled again from the folder (catalogue.found), and
 * what it finds there is believed, not good, until it was read whole.
 *
 * A state is named by its workspace's number (0: the console's own) and its stamp
 * (archive/stamp.h). Commands of the registrar, that is of workspace 0:
 *
 *   catalogue.tried {workspace}: an attempt begins
 *   catalogue.failed {workspace, code}: and came to nothing
 *   catalogue.kept {workspace, id, bytes, hash, repairedFrom, targets: ["target1" …]}: the file is
 *     there, read back whole; also after a later reading. In these places there shall be a copy:
 *     missing so far. repairedFrom: the copy that it was made anew from, or "". RC_CONFLICT
 *     E_ARCHIVE_OTHER: it is whole, and not what was kept under this name
 *   catalogue.damaged {workspace, id, code} -> {hash, bytes}: a reading found it damaged, cut,
 *     foreign or missing; hash and bytes: what a copy of it must have, "" when nobody ever read it
 *   catalogue.checked {workspace, id}: a reading begins; whatever comes of it, the scheduler has it
 *     read again in 20 hours at the earliest, but for one that is then found damaged for the first
 *     time
 *   catalogue.copied {workspace, id, target, code}: the copy there was verified (code ""), is not
 *     there ("missing"), or not whole ("archive.…"). Any other code says that its place could not
 *     be reached, read or written: then one that was verified stays so, with that fault
 *   catalogue.placed {targets: [{name, mark} …]}: where targets are, when master starts: in one
 *     whose mark is another one than before all copies are missing, until each was read there
 *   catalogue.refused {workspace, code}: it wanted more at once than master does for it
 *   catalogue.drilled {workspace, code, result}: the newest state was tried; code "": it was.
 *     result: the signed verdict of drill.record (app/restore/restore.h): whether it is good
 *   catalogue.found {workspace, states: [{id, bytes} …], targets: ["target1" …]} -> {found,
 *     missing}: what lies in the folder, the newest first; all of it, or CATALOGUE_FOUND_MAX; and
 *     the places that there are: copies in others are forgotten
 *   catalogue.list {workspace, after} -> {rows: [{id, workspace, completedAt, verified,
 *     verifiedAt, origin, bytes, hash, tombstoneAt, pinned, copies: [{target, verified,
 *     verifiedAt, fault} …]} …]}: oldest first, those behind the id `after` ("": from the first),
 *     at most CATALOGUE_PAGE
 *   catalogue.copies {workspace, id} -> {targets: "target2 target1", hash, bytes}: where it lies
 *     verified beside the folder, each day another one first, so that in turn all of them are read
 *     from; hash and bytes as above
 *   catalogue.calendar {workspace, month} -> {createdAt, goodAt, triedAt, fault, undrilled,
 *     states: [{id, bytes, origin, verifiedAt, goesAt, staysUntil, pinned, copies, saturday,
 *     substitute, tries} …]}: for its customer's own page: the states of a month ("2026-11") and of
 *     the weeks that hang over it, oldest first, at most CATALOGUE_MONTH, the newest of them.
 *     goodAt, triedAt, fault: of the workspace, whatever the month; undrilled: days without a
 *     drill, 0: as promised. saturday, substitute: it is settled that it is kept as the state of a
 *     Saturday, its own or another's; staysUntil: what is promised of it; goesAt: it may be
 *     unlinked from then on; tries: attempts that its day needed, 0: not known
 *   catalogue.plan {workspace, now, after} -> {kept, goes, old, stop: ["no_recent" …], backups:
 *     [{id, completedAt, why: ["newest" …], saturday, act} …]}: what retention would do with
 *     them, as of now or of another time; 200 of them behind the id `after`
 *   catalogue.prune {workspace, believe} -> {kept … stop, marked, unlink: "ID ID", clock, sweep,
 *     spared: "ID ID"}: says the plan, marks and revives; the files of `unlink` may go. sweep: age
 *     may delete where it alone does, but for `spared`. believe: the clock is right, says the
 *     operator
 *   catalogue.unlinked {workspace, id}: they are gone; RC_CONFLICT when it was not to go
 *   catalogue.pin {workspace, id, why, until, reason}: why "restore", "hold" or "customer"; until
 *     RFC 3339 or null;   catalogue.unpin {workspace, id}
 *   catalogue.hold {workspace, id, untilUs}: an order of its people's waits for this state or reads
 *     it, and for no other one; id "": none does. For 16 days from now at most. What else holds a
 *     state stays
 *   catalogue.duty {after} -> {rows: [{workspace, bytes, triedAt, goodAt, drilledAt, plannedAt,
 *     check} …]}: how the workspaces behind that number stand (-1: from 0 on), at most 300; bytes:
 *     of its largest state (of the console's own 0); check: the state that wants to be read, or
 *     null
 *   catalogue.health {} -> {workspaces, never, late: [{workspace, hours, never, bad, fault} …],
 *     lateCount, drills: [{workspace, fault} …], drillCount, undrilled: [{workspace, days} …],
 *     undrilledCount, rotten: ["slug" …], rottenCount, lacking: [{target, fault, states} …],
 *     damaged, repaired, clockOff}: workspaces by slug, of each kind the 50 whose newest good one
 *     is the oldest, that one first. late: no good one of the last 26 hours, bad: of the last 50;
 *     drills: whose newest state did not pass; undrilled: that none was tried for eight days;
 *     rotten: whose store has damaged pages; lacking: copies that could not be verified lately;
 *     repaired: made anew in the last week
 *   catalogue.watch {}: the same; when something is wrong the operators get a notice, once a day
 */
#ifndef APP_BACKUP_CATALOGUE_H
#define APP_BACKUP_CATALOGUE_H

#include "guard/dispatch.h"

extern const struct domain backup_domain;

enum { CATALOGUE_FOUND_MAX = 500 }; /* states in one catalogue.found */
enum { CATALOGUE_PLACES = 3 };      /* beside DIR/backup; as many as kontor.conf may name */
enum { CATALOGUE_PAGE = 60, CATALOGUE_MONTH = 250 };
#define CATALOGUE_HERE "backup" /* the target that is DIR/backup itself */

enum backup_origin { BACKUP_GOOD = 1, BACKUP_BELIEVED, BACKUP_DAMAGED };
enum copy_state { COPY_VERIFIED = 1, COPY_FAILED, COPY_MISSING };

/* Who puts it on the log what is planned, before anything is marked, and what is wrong; without one
 * nobody does. event is a literal. */
typedef void catalogue_say_fn(bool bad, const char *event, const char *text);
void catalogue_say_with(catalogue_say_fn *fn);

/* The copies of a state that were verified by themselves, but for the one in DIR/backup. */
struct catalogue_state {
    struct backup_state_id id;
    char stamp[17];
    struct instant completed_at, verified_at;
    enum backup_origin origin;
    int64_t size_bytes;
    int32_t copies;
};
/* All states of a workspace, oldest first, in the transaction's arena. */
MUST enum rc catalogue_states(struct rtx *tx, int64_t workspace, struct catalogue_state **ret_v,
                              size_t *ret_n);

#endif
