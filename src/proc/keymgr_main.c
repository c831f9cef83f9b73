/* keymgr_main.c: kontor-keymgr is one program with two roles that never share a process: keymgr
 * (master key, key ring) and signer (TLS keys). */
#include "proc/keymgr.h"
#include "proc/signer.h"

static const char *
option(int argc, char **argv, const char *name)
{
    for (int i = 1; i + 1 < argc && argv[i] != NULL; i++) {
        if (strcmp(argv[i], name) == 0) {
            return argv[i + 1];
        }
    }
    return NULL;
}

int
main(int argc, char **argv)
{
    const char *make = option(argc, argv, "--make-keys");
    if (make != NULL) {
        return keymgr_make(make);
    }
    if (argc == 2 && strcmp(argv[1], "--restore") == 0) {
        return keymgr_restore();
    }
    const char *role = option(argc, argv, "--role");
    if (role != NULL && strcmp(role, "keymgr") == 0) {
        return keymgr_main(argc, argv);
    }
    return signer_main(argc, argv);
}
