/* escrow.c: see escrow.h. */
#include "cli/escrow.h"

#include <unistd.h>

#include "cli/archive.h"

enum { LINE = 24 + 64 + 1 + 16 };

void
escrow_beside(const struct cli *c, char ret_path[static CLI_PATH_MAX])
{
    if (snprintf(ret_path, CLI_PATH_MAX, "%s.escrow-key", c->dir) >= CLI_PATH_MAX) {
        ret_path[0] = '\0';
    }
}

/* --- the pair --------------------------------------------------------------------------------- */

static enum rc
make_pair(struct cli *c, const char *to, struct escrow *e)
{
    char verb[] = "key";
    char sheet[] = "--sheet";
    char name[] = "kontor-archive";
    char file[CLI_PATH_MAX];
    char text[sizeof(e->sheet)];
    char *const argv[] = {name, verb, file, sheet, NULL};
    (void)snprintf(file, sizeof(file), "%s", to);
    const bool shown = strcmp(to, "-") == 0;
    const int status = archive_run(argv, 1, text, sizeof(text));
    if (status != 0 || strlen(text) < LINE + 1) {
        return cli_fail(c, RC_CONFLICT, code_name(E_ESCROW_PLACE), to);
    }
    (void)snprintf(e->public, sizeof(e->public), "%.*s", LINE, text);
    (void)snprintf(e->file, sizeof(e->file), "%s", shown ? "" : to);
    (void)snprintf(e->sheet, sizeof(e->sheet), "%s", shown ? text + LINE + 1 : "");
    explicit_bzero(text, sizeof(text));
    return OK;
}

/* Made elsewhere, which is better still: kontor-archive knows whether it was copied without a slip.
 */
static enum rc
take_given(struct cli *c, const char *given, struct escrow *e)
{
    char verb[] = "public";
    char name[] = "kontor-archive";
    char key[sizeof(e->public)];
    char text[sizeof(e->public)];
    char *const argv[] = {name, verb, key, NULL};
    (void)snprintf(key, sizeof(key), "%s", given);
    if (archive_run(argv, 1, text, sizeof(text)) != 0 || strncmp(text, given, LINE) != 0) {
        cli_say(c, stderr, T_cli_wrong_escrow, (const char *const[]){given, NULL});
        return RC_INVALID;
    }
    (void)snprintf(e->public, sizeof(e->public), "%.*s", LINE, text);
    return OK;
}

enum rc
escrow_make(struct cli *c, struct escrow *ret_e)
{
    const char *to = cli_option(c, "--escrow-out");
    const char *given = cli_option(c, "--escrow");
    char beside[CLI_PATH_MAX];
    *ret_e = (struct escrow){0};
    if (given != NULL) {
        return strcmp(given, "none") == 0 ? OK : take_given(c, given, ret_e);
    }
    const bool shows = !c->json && isatty(STDOUT_FILENO) == 1;
    ret_e->is_demo = cli_option(c, "--demo") != NULL;
    ret_e->is_beside = to == NULL && (ret_e->is_demo || !shows);
    if (ret_e->is_beside) {
        escrow_beside(c, beside);
        return make_pair(c, beside, ret_e);
    }
    return make_pair(c, to != NULL ? to : "-", ret_e);
}

void
escrow_drop(const struct escrow *e)
{
    if (e->file[0] != '\0') {
        (void)unlink(e->file);
    }
}

void
escrow_say(const struct cli *c, struct escrow *e)
{
    if (e->public[0] == '\0') {
        SAY(c, T_cli_escrow_none);
        return;
    }
    if (e->sheet[0] != '\0') {
        SAY(c, T_cli_escrow_sheet);
        (void)printf("\n%s\n", e->sheet);
        explicit_bzero(e->sheet, sizeof(e->sheet));
    } else if (e->file[0] != '\0') {
        const enum text beside = e->is_demo ? T_cli_escrow_beside : T_cli_escrow_left;
        SAY(c, e->is_beside ? beside : T_cli_escrow_file, e->file);
    }
}
