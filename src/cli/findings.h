/* findings.h: what doctor found: each with a stable id, how bad it is, and a sentence. */
#ifndef CLI_FINDINGS_H
#define CLI_FINDINGS_H

#include "cli/cli.h"

enum finding_state { FINDING_GOOD, FINDING_WARN, FINDING_BAD };

struct findings {
    struct cli *c;
    json_t *list;   /* [{id, status, text}] */
    json_t *record; /* [{id, status, de, en}]; NULL: not wanted */
    size_t n[3];
    bool is_smart_unseen; /* a disk did not say how it is: no reason to forget what it has said */
};

/* What one health.record may have (app/health/health.h) and one frame holds, but for one that says
 * how many more there are. */
enum { FINDINGS_MOST = 299, FINDINGS_BYTES = 80 * 1024 };

/* For the console: those of `list` that are to be recorded, in their order, when not all of them
 * can be: the bad ones first of all, then those to look at, then the good; at most `most`, of
 * `bytes` as JSON. *ret_left: how many were left out, *ret_worst the worst state among those ("bad"
 * …). The caller's. */
json_t *findings_to_record(const json_t *list, size_t most, size_t bytes, size_t *ret_left,
                           const char **ret_worst);

/* Adds one; the sentence is filled with args (NULL ends them). */
void finding(struct findings *f, const char *id, enum finding_state s, enum text t,
             const char *const *args);
#define FINDING(f, id, s, t, ...)                                                                  \
    finding((f), (id), (s), (t), (const char *const[CLI_ARGS_MAX + 1]){__VA_ARGS__})

/* kontor.conf: each setting that can be unsafe by itself, and the files that it names. */
void findings_of_settings(struct findings *f, const struct conf *conf);
/* How long the certificates in tls/ hold. */
void findings_of_certificates(struct findings *f);
/* Room, mirror and health of the disks that the installation lies on. */
void findings_of_disks(struct findings *f);
/* Files, keys, clock, swap, kernel, limits: what can be seen without a server. */
void findings_of_host(struct findings *f, const struct conf *conf);
/* Where the master key is. */
void findings_of_key_place(struct findings *f, const struct conf *conf);
/* Its age, and whether escrow holds it: from keymgr. */
void findings_of_keys(struct findings *f, const json_t *status);
/* Isolation, processes, quarantine, build: from master's status. */
void findings_of_processes(struct findings *f, const struct conf *conf, const json_t *status);
/* The names that only the slow ones give, which ask every worker; NULL ends them. */
extern const char *const findings_slow[];
/* Whether mail leaves, for each workspace and for the console. */
void findings_of_mail(struct findings *f, const struct conf *conf);
/* Whether each workspace has a good backup, and its copies are elsewhere: from the catalogue. */
void findings_of_backups(struct findings *f, const struct conf *conf);
/* Each workspace's store, read by its own worker. */
void findings_of_stores(struct findings *f);

#endif
