/* worker_main.c: kontor-worker in each of its roles. */
#include "proc/backup.h"
#include "proc/drill.h"
#include "proc/hash.h"
#include "proc/rights_print.h"
#include "proc/shapes_print.h"
#include "proc/worker_own.h"

int
main(int argc, char **argv)
{
    static const struct {
        const char *name;
        int (*run)(int argc, char **argv);
    } roles[] = {
        {"hash",    hash_main  },
        {"backup",  backup_main},
        {"drill",   drill_main },
        {"restore", drill_main }
    };
    for (int i = 1; i + 1 < argc; i++) {
        for (size_t k = 0; k < sizeof roles / sizeof roles[0]; k++) {
            if (strcmp(argv[i], "--role") == 0 && strcmp(argv[i + 1], roles[k].name) == 0) {
                return roles[k].run(argc, argv);
            }
        }
    }
    if (argc == 4 && strcmp(argv[1], "--hash-time") == 0) {
        return hash_time_main(argv[2], argv[3]);
    }
    if (argc == 2 && strncmp(argv[1], "--rights", 8) == 0) {
        return rights_print(strcmp(argv[1], "--rights-json") == 0);
    }
    if (argc == 2 && strcmp(argv[1], "--shapes") == 0) {
        return shapes_print();
    }
    return worker_main(argc, argv);
}
