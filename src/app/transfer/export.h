/* export.h: a workspace's own people take all of it along, whenever they like and for nothing
 * (PRIV-07, BAK-15): one archive, sealed to a key of theirs, or every table in readable form, which
 * lies here sealed and leaves in plain (tables.h). Both are fetched from the page, in parts.
 *
 *   wanted ──master──► there ──7 days, or a button──► gone
 *     │         └────► failed                           ▲
 *     └──────────────── a button ───────────────────────┘
 *
 * As with orders of states (app/restore/order.h), the row is all that is remembered: what is wanted
 * is told to master when it is ordered and again whenever the worker starts, until the end is told
 * by the command
 *
 *   transfer.is_wanted {order} -> {wanted}: asked before it is begun
 *   transfer.ended {order, what, code, result {bytes, hash}}: code "": it is written, whole
 *
 * Nobody but who ordered it may fetch it; every administrator sees it, may remove it, and is told
 * of it (a notice). */
#ifndef APP_TRANSFER_EXPORT_H
#define APP_TRANSFER_EXPORT_H

#include "archive/key.h"
#include "guard/dispatch.h"

/* Stored by number. */
enum export_state { EXPORT_WANTED = 1, EXPORT_THERE, EXPORT_FAILED, EXPORT_GONE };
enum {
    EXPORT_KEEP_DAYS = 7,
    EXPORT_A_DAY = 3,
    EXPORT_FILES = 3,
    TABLES_KEEP_DAYS = 1,
    TABLES_A_DAY = 3,
    TABLES_FILES = 1,
    EXPORT_KEY_MAX = 200
};

/* `recipient`: a public key as archive/key.h prints it; empty: a pair is made, and its secret half
 * is in ret_secret, which nobody keeps; else that becomes "". RC_INVALID E_TRANSFER_RECIPIENT: no
 * such key. RC_CONFLICT E_EXPORT_RUNNING: one is under way. RC_LIMIT E_EXPORT_OFTEN. */
MUST enum rc export_order(struct wtx *tx, struct str recipient,
                          char ret_secret[static ARCHIVE_KEY_LINE + 1],
                          struct export_file_id *ret_id);
/* Its file, or that it is written: whoever has no key of it orders another, and need not wait. It
 * counts as one of the day. RC_MISSING: there is no file of it, and will be none. */
MUST enum rc export_remove(struct wtx *tx, struct export_file_id id);

/* All tables, readable, in the same way; it stands in the audit, and all who rule here are told,
 * before it is written. RC_CONFLICT E_EXPORT_RUNNING, RC_LIMIT E_EXPORT_TABLES. */
MUST enum rc export_order_tables(struct wtx *tx, struct export_file_id *ret_id);
/* Opens what was written, for the edge; the caller closes and wipes. ret_version: a name for these
 * very bytes that nobody knows who has not begun to fetch them. RC_MISSING: there is none. */
struct sealed_file;
MUST enum rc export_open_tables(struct rtx *tx, struct export_file_id id,
                                struct sealed_file *ret_file, struct str *ret_version);

/* --- for the process */
struct export_wish {
    struct export_file_id id;
    struct str recipient;
    bool is_readable;
};
/* Was one ordered in this process since this was last asked? */
bool export_was_wanted(void);
MUST enum rc export_wishes(struct rtx *tx, struct export_wish **ret_v, size_t *ret_n);
/* There is no file to write it to. */
MUST enum rc export_give_up(struct wtx *tx, struct export_file_id id);
/* What is older than 7 days goes, and what is more than a few, and files that nobody knows; for the
 * hourly tidying. */
MUST enum rc export_tidy(struct wtx *tx);

struct json_t;
enum rc export_run_is_wanted(struct wtx *tx, struct json_t *in, struct json_t *out);
enum rc export_run_ended(struct wtx *tx, struct json_t *in, struct json_t *out);

#endif
