/* tool.h: what the files of the program kontor-archive share: main.c (the command line, looking
 * into an archive and taking it out), tool_keys.c (pairs of keys), tool_tables.c (a form that
 * people read). Inside of src/archive, and no part of its library. */
#ifndef ARCHIVE_TOOL_H
#define ARCHIVE_TOOL_H

#include <stdio.h>

#include "archive/archive.h"
#include "texts.gen.h"

struct tool {
    enum lang lang;
    const char *verb, *file, *key_file, *to, *signer;
    bool json, sheet;
    uint8_t key[ARCHIVE_KEY];
    bool has_key;
    uint8_t pinned[32];
    struct archive_head head;
    int folder; /* where it is taken out to, or -1 */
    int fd;     /* of the item being taken out, or -1 */
    struct arena *mem;
    struct manifest manifest; /* its tables in mem */
};

/* A sentence in its language with {0} … filled, and a newline. */
void tool_say(const struct tool *t, FILE *to, enum text text, const char *const *args);
#define SAY(t, to, text, ...) tool_say(t, to, text, (const char *const[]){__VA_ARGS__})
/* Says why; the exit status. */
int tool_refuse(const struct tool *t, enum rc rc, const struct err *err);
int tool_refuse_file(const struct tool *t, const char *name); /* by errno */

/* The fault of a call, by errno. */
MUST enum rc tool_io(struct err *err, const char *what);
/* A new file in t->folder; NULL with errno. */
FILE *tool_new_file(const struct tool *t, const char *path);

/* --- tool_tables.c */
/* Beside data.db and manifest.json in t->folder: tables/NAME.csv and .json of every table, compared
 * with the manifest's rows and checksums; README.txt in both languages; SHA256SUMS. */
MUST enum rc tool_unpack(const struct tool *t, const struct manifest *m, struct err *err);

/* --- tool_keys.c; each gives an exit status */
/* A new pair: the secret half into the new file t->file, as a sheet for people when t->sheet, read
 * back from there; "-" is standard output, behind the public half. Prints the public half. */
int tool_make_key(const struct tool *t);
/* Prints the public half of the secret one in the file t->file; or t->file itself, when it is a
 * public half without a slip. */
int tool_show_key(const struct tool *t);
/* The secret half of t->key_file, if one is named. */
int tool_load_key(struct tool *t);

#endif
