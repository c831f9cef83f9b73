/* key.h: where the master key is, as the command line sees it (name, owner, disk; never the key),
 * and what that protects against. */
#ifndef CLI_KEY_H
#define CLI_KEY_H

#include "cli/cli.h"

enum key_mode {
    KEY_ABSENT,          /* no file there */
    KEY_INSIDE,          /* in the folder of the data */
    KEY_SAME_DISK,       /* elsewhere on the same disk */
    KEY_CREDENTIAL_HOST, /* a credential, on a machine without TPM: its key is on the disk */
    KEY_OTHER_DISK,
    KEY_MEMORY, /* a memory file system: gone with the power */
    KEY_CREDENTIAL
};

struct key_where {
    enum key_mode mode;
    char path[CLI_PATH_MAX + 32];
    int error;     /* errno when absent */
    unsigned bits; /* of its mode */
};
void key_where(const char *dir, const struct conf *conf, struct key_where *ret_where);
/* "inside", "same-disk", …: stable, for machines. */
const char *key_mode_name(enum key_mode mode);
/* What this mode protects against; {0} is the path, {1} the cause when absent. */
enum text key_mode_text(enum key_mode mode);

/* key_uses.c: the verb `key log`. */
MUST enum rc key_log_show(struct cli *c);

#endif
