/* health.h: what `kontor doctor` found when it last looked, for the console's page and as an alarm:
 * master has it look each hour (proc/watch.c), and whatever has become bad since is an event and a
 * notice to every operator. One command, of the registrar:
 *
 *   health.record {findings: [{id, status, de, en} …], unseen: [id …]} -> {worse, better}: all that
 *     one look found; status "good", "warn" or "bad". What is not among them any more is gone, but
 *     for those findings that this look could not have made (unseen; may be left out): they stay
 *     until one looks that can. worse, better: how many came to be bad, or are not any more. */
#ifndef APP_HEALTH_HEALTH_H
#define APP_HEALTH_HEALTH_H

#include "guard/dispatch.h"

extern const struct domain health_domain;

enum { HEALTH_FINDINGS_MAX = 300 };
enum health_state { HEALTH_GOOD = 1, HEALTH_WARN, HEALTH_BAD };

#endif
