/* conf.h: kontor.conf as a struct, from the rows of config.def. */
#ifndef PROC_CONF_H
#define PROC_CONF_H

#include "base/config.h"

struct conf {
#define TEXT(name, init, max, when, doc) char name[(max) + 1];
#define INT(name, init, min, max, when, doc) int64_t name;
#include "proc/config.def"
#undef TEXT
#undef INT
};

extern const struct config_row conf_rows[];
extern const size_t conf_n_rows;

/* Defaults, then the file. RC_MISSING: no such file; RC_INVALID: fault tells line and reason. Also
 * checks what no single key can: addresses, the level, the domain. */
MUST enum rc conf_load(const char *path, struct conf *ret_s, struct config_fault *ret_fault);
/* The sample file: every key with its doc, those that differ from the default set. */
MUST enum rc conf_save(const char *path, const struct conf *s);

/* A place for copies of backups: a folder of master's, which may be another disk, or one on another
 * machine that egress reaches by SFTP. */
enum { CONF_TARGETS = 3, CONF_TARGET_PATH = 1200, CONF_TARGET_MARK = 16 };
struct conf_target {
    const char *name;                /* "target1": as the catalogue and everybody names it */
    char mark[CONF_TARGET_MARK + 1]; /* another one when kontor.conf says another place */
    bool appends;                    /* nothing but its own rule deletes there */
    bool is_remote;                  /* and then: */
    char user[64], host[254];
    int64_t port;
    const char *hostkey; /* "SHA256:…" */
    char path[CONF_TARGET_PATH];
};
/* Those that are set; dir is the installation's. */
size_t conf_targets(const struct conf *c, const char *dir,
                    struct conf_target ret_targets[static CONF_TARGETS]);

/* "127.0.0.1:8443" or "[::1]:8443". */
struct listen_address {
    char host[64];
    uint16_t port;
};
MUST enum rc listen_address_parse(struct str s, struct listen_address *ret_a);
/* "https://nord.localhost:8443"; without slug the base domain's; slug NULL: the operator console.
 */
void conf_origin(const struct conf *c, const char *slug, char *buf, size_t cap);
/* Does this installation reach anything outside at all? Otherwise no process has a network. */
bool conf_reaches_out(const struct conf *c);
/* Lower-case letters, digits and inner hyphens, labels 1 … 63, at most 253 bytes. */
bool domain_is_valid(struct str s);

#endif
