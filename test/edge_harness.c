/* edge_harness.c: the rig of edge_rig.h to play with, and for test/bench/edge.sh: starts, prints
 * one line "ready port=… dir=… socket=…", serves until its input ends. Arguments: NAME VALUE … are
 * settings of the edge. RIG_PORT=18400 fixes the port. */
#include "edge_rig.h"

#include <stdio.h>
#include <unistd.h>

int
main(int argc, char **argv)
{
    struct rig r;
    char byte = 0;

    (void)argc;
    rig_start(&r, (const char *const *)argv + 1);
    (void)printf("ready port=%d dir=%s socket=%s\n", r.port, r.dir, r.socket);
    (void)fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0) {
        int answer = rig_tell(&r, (enum rig_command)byte);
        (void)printf("%c %d\n", byte, answer);
        (void)fflush(stdout);
    }
    return rig_stop(&r) == 0 ? 0 : 1;
}
