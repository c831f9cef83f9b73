/* charge.h: what a restore costs (BAK-14). The operator's price table is versioned: a version is
 * never changed, a higher one takes its place. A customer is shown a price, orders at it, and the
 * order is kept with what was shown. Only what enum charge_item names can cost anything: preview,
 * export and leaving have no item, so there is no way to charge for them. What is ordered while an
 * incident of the operator's is open, or up to 30 days after, is free.
 *
 * system.db has it; commands of the registrar, that is of workspace 0. Amounts are whole cents,
 * vatRate is in basis points (1900: 19 %), times are RFC 3339 in UTC or null. item is
 * "restore_whole" or "restore_records".
 *
 * For a workspace that orders. `workspace` is filled in by master, which knows who asks; no worker
 * names it:
 *
 *   charge.price {workspace, item} -> {item, version, net, vatRate, vat, total, currency, reason,
 *     regular}: what it costs now. reason "ordered", "incident" or "free" (the table says 0); with
 *     "incident" net, vat and total are 0, and regular is the total that it would have been
 *   charge.record {workspace, order, item, version, total, login} ->
 *     {recorded: true, charge, status, … as charge.price}: ordered at that price. order: the
 *       order's own name in its workspace, 1 to 64 characters; asked again with the same one,
 *       answers as the first time and writes nothing, whatever the price is now
 *     {recorded: false, code: "price.changed", … as charge.price}: version or total are not those
 *       of now; nothing was ordered, an audit row says so, and what comes along is to be shown
 *     RC_CONFLICT charge.order: that order is there, for another item
 *   charge.done {workspace, order, good} -> {status}: it was carried out, or could not be: that
 *     one is waived by itself. Asked again, changes nothing
 *   charge.find {workspace, order} -> the row as in charge.list
 *
 * For the operator:
 *
 *   price.list {} -> {rows: [{version, current, preset, currency, validFrom, madeAt,
 *     restoreWhole, restoreRecords, vatRate} …]}: the newest first. preset: nobody made it, the
 *     program came with it. vatRate is that of both
 *   price.set {restoreWhole, restoreRecords, vatRate, from} -> the row: another version; what is
 *     not named stays as in the highest one. from: not before now; absent: at once
 *   charge.list {workspace, status, after} -> {rows: [{charge, order, workspace, slug, item,
 *     version, net, vatRate, vat, total, currency, reason, incident, login, orderedAt, doneAt,
 *     billedAt, waivedAt, waiveReason, status} …]}: the oldest first, CHARGE_PAGE behind that
 *     charge; workspace (number) and status ("ordered", "done", "billed", "waived") may be absent
 *   charge.billed {charge} -> the row; RC_CONFLICT charge.not_done, charge.closed
 *   charge.waive {charge, reason} -> the row; RC_CONFLICT charge.closed
 *   incident.open {slug, from, text} -> {incident, workspace, slug, from, to, text, open}: slug
 *     absent or "": all workspaces; from absent: now
 *   incident.close {incident, to} -> the row; to absent: now. RC_CONFLICT incident.closed
 *   incident.list {} -> {rows: [row …]}: the newest first */
#ifndef APP_CHARGE_CHARGE_H
#define APP_CHARGE_CHARGE_H

#include "guard/dispatch.h"

extern const struct domain charge_domain;

/* Stored by number; never renumbered. */
enum charge_item { CHARGE_RESTORE_WHOLE = 1, CHARGE_RESTORE_RECORDS, CHARGE_ITEM_END };
enum charge_reason { CHARGE_ORDERED = 1, CHARGE_INCIDENT, CHARGE_FREE };

enum { CHARGE_PAGE = 100, CHARGE_OPEN_DAYS = 30, INCIDENT_DAYS = 30 };

/* What a thing costs here and now. */
struct charge_offer {
    enum charge_item item;
    enum charge_reason reason;
    int64_t version;
    struct money net, vat, total, regular;
    struct percent vat_percent;
    struct str currency;
    struct incident_id incident; /* 0: none */
};
MUST enum rc charge_offer(struct rtx *tx, int64_t workspace, enum charge_item item,
                          struct charge_offer *ret_offer);
/* Orders that nobody carries out any more are waived: CHARGE_OPEN_DAYS old (an approval lives for
 * 7), or their workspace has ended. For the hourly tidying. */
MUST enum rc charge_tidy(struct wtx *tx);
/* VAT of a net amount, rounded half up to the cent, and both together. */
MUST enum rc charge_vat(struct money net, struct percent rate, struct money *ret_vat,
                        struct money *ret_total);

#endif
