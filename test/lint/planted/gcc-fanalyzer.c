
#include <stdlib.h>

int planted(const char *s);

int
planted(const char *s)
{
    char *copy = strdup(s);

    if (copy == NULL) {
        return 0;
    }
    int first = copy[0];
    free(copy);
    if (first > 0) {
        free(copy);
    }
    return first;
}
