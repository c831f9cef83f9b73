/* lint.c: the rules of this house that no compiler knows, over the files named on the command line.
 * `lint ROOT FILE…` works in ROOT and says "file:line: rule: what is wrong"; `lint --rules` names
 * the rules. A line that must break one says so: "lint: rule, because …" in a comment on it. Exit
 * status 1 when anything was found.
 *
 * It reads C as tokens only as far as it must: comments and the insides of literals are blanked out
 * in a copy, so that a word in a comment is not taken for code. */
#include "tool.h"

#include <unistd.h>

enum { FUNCTION_LINES = 100, FILE_LINES = 800, LINE_MAX_BYTES = 4096 };

static int findings;

struct source {
    const char *path; /* from ROOT: "src/app/time/time.c" */
    struct buf text;
    char *code; /* the text with comments and the insides of literals blanked */
};

/* --- reading --------------------------------------------------------------------------------- */

enum state { CODE, LINE_COMMENT, BLOCK_COMMENT, STRING, CHARACTER };

static enum state
after_code(const char *p, size_t *i)
{
    if (p[*i] == '/' && (p[*i + 1] == '/' || p[*i + 1] == '*')) {
        *i += 1;
        return p[*i] == '/' ? LINE_COMMENT : BLOCK_COMMENT;
    }
    return p[*i] == '"' ? STRING : p[*i] == '\'' ? CHARACTER : CODE;
}

/* Where the text goes on after position *i; moves *i behind what opens or closes. */
static enum state
next_state(enum state now, const char *p, size_t *i)
{
    switch (now) {
    case CODE:
        return after_code(p, i);
    case LINE_COMMENT:
        return p[*i] == '\n' ? CODE : LINE_COMMENT;
    case BLOCK_COMMENT:
        if (p[*i] == '*' && p[*i + 1] == '/') {
            *i += 1;
            return CODE;
        }
        return BLOCK_COMMENT;
    case STRING:
    case CHARACTER:
        if (p[*i] == '\\' && p[*i + 1] != '\0') {
            *i += 1;
            return now;
        }
        return p[*i] == (now == STRING ? '"' : '\'') ? CODE : now;
    }
    return CODE;
}

/* The copy in which only code stands; quotes and line breaks stay. */
static char *
blank(const struct buf *text)
{
    char *code = copy_text(text->p, text->n);
    enum state state = CODE;

    for (size_t i = 0; i < text->n; i++) {
        size_t from = i;
        enum state before = state;

        state = next_state(state, text->p, &i);
        for (size_t k = from; k <= i; k++) {
            bool quote =
                (before == CODE) != (state == CODE) && (text->p[k] == '"' || text->p[k] == '\'');
            bool plain = before == CODE && state == CODE;

            if (!plain && !quote && text->p[k] != '\n') {
                code[k] = ' ';
            }
        }
    }
    return code;
}

/* --- saying ---------------------------------------------------------------------------------- */

static int
line_at(const struct source *s, const char *at)
{
    int line = 1;

    for (const char *p = s->text.p; p < at; p++) {
        line += *p == '\n';
    }
    return line;
}

/* True when the line of `at` holds "lint: rule, because". */
static bool
is_excused(const char *start, const char *at, const char *rule)
{
    char wanted[64];
    const char *from = at;
    const char *to = strchrnul(at, '\n');

    snprintf(wanted, sizeof(wanted), "lint: %s, because ", rule);
    while (from > start && from[-1] != '\n') {
        from--;
    }
    return memmem(from, (size_t)(to - from), wanted, strlen(wanted)) != NULL;
}

/* `at` points into text (or is the same place of code). */
static void
found(const struct source *s, size_t at, const char *rule, const char *what)
{
    if (is_excused(s->text.p, s->text.p + at, rule)) {
        return;
    }
    printf("%s:%d: %s: %s\n", s->path, line_at(s, s->text.p + at), rule, what);
    findings++;
}

/* --- places ---------------------------------------------------------------------------------- */

static bool
starts(const char *s, const char *with)
{
    return strncmp(s, with, strlen(with)) == 0;
}

static bool
ends(const char *s, const char *with)
{
    size_t n = strlen(s);
    size_t k = strlen(with);

    return n >= k && strcmp(s + n - k, with) == 0;
}

/* How high a folder of src/ stands; what is included must not stand higher. 0: not one of them. */
static int
height(const char *path)
{
    static const struct {
        const char *folder;
        int height;
    } folders[] = {
        {"base/",    1},
        {"archive/", 2},
        {"store/",   3},
        {"guard/",   4},
        {"http/",    5},
        {"app/",     6},
        {"api/",     7},
        {"proc/",    7},
        {"cli/",     8}
    };

    for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
        if (starts(path, folders[i].folder)) {
            return folders[i].height;
        }
    }
    return 0;
}

/* The part of a path up to and with its last '/'. */
static size_t
folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash != NULL ? (size_t)(slash - path) + 1 : 0;
}

/* --- includes -------------------------------------------------------------------------------- */

static bool
is_generated(const char *name)
{
    return ends(name, ".sql.h") || ends(name, ".tmpl.h");
}

/* x.sql.h and x.tmpl.h stand beside x.sql and x.html; templates of http/ serve everybody. */
static void
check_generated(const struct source *s, size_t at, const char *name)
{
    char path[LINE_MAX_BYTES];
    bool sql = ends(name, ".sql.h");
    size_t stem = strlen(name) - strlen(sql ? ".sql.h" : ".tmpl.h");

    if (!sql && starts(name, "http/")) {
        return;
    }
    if (strchr(name, '/') != NULL) {
        found(s, at, "generated", "a generated header belongs to its own folder");
        return;
    }
    snprintf(path, sizeof(path), "%.*s%.*s%s", (int)folder_length(s->path), s->path, (int)stem,
             name, sql ? ".sql" : ".html");
    if (access(path, R_OK) != 0) {
        found(s, at, "generated", "there is no such source in this folder");
    }
}

/* app/x may know app/y by app/y/y.h alone. */
static void
check_neighbour(const struct source *s, size_t at, const char *name)
{
    const char *mine = s->path + strlen("src/app/");
    const char *theirs = name + strlen("app/");
    size_t n = strcspn(theirs, "/");
    char contract[LINE_MAX_BYTES];

    if (theirs[n] != '/' || (strcspn(mine, "/") == n && strncmp(mine, theirs, n) == 0)) {
        return;
    }
    snprintf(contract, sizeof(contract), "%.*s/%.*s.h", (int)n, theirs, (int)n, theirs);
    if (strcmp(theirs, contract) != 0) {
        found(s, at, "neighbour", "another subject is known by its contract x/x.h alone");
    }
}

static void
check_include(const struct source *s, size_t at, const char *name)
{
    const char *place = s->path + strlen("src/");

    if (is_generated(name)) {
        check_generated(s, at, name);
        return;
    }
    if (height(name) > height(place)) {
        found(s, at, "arrow",
              "this folder must not know that one (base, archive, store, guard, http, app, proc, "
              "cli)");
    }
    if (starts(name, "app/") && starts(place, "app/") && strchr(place + 4, '/') != NULL) {
        check_neighbour(s, at, name);
    }
    if (strcmp(name, "sqlite3.h") == 0 && !starts(place, "store/") &&
        !starts(place, "archive/tool_") &&       /* of a program that reads what a store left */
        strcmp(place, "archive/print.c") != 0) { /* what that one prints as a store does */
        found(s, at, "arrow", "only store/ knows the database");
    }
}

static void
check_includes(const struct source *s)
{
    static const char mark[] = "#include ";

    for (const char *p = strstr(s->text.p, mark); p != NULL; p = strstr(p + 1, mark)) {
        char name[LINE_MAX_BYTES];
        const char *from = p + strlen(mark) + 1;
        size_t n = strcspn(from, "\">\n");

        if ((p > s->text.p && p[-1] != '\n') || n >= sizeof(name)) {
            continue;
        }
        memcpy(name, from, n);
        name[n] = '\0';
        check_include(s, (size_t)(p - s->text.p), name);
    }
}

/* --- words that do not belong somewhere ------------------------------------------------------ */

static bool
is_word_char(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

/* Every place in code where `word` stands, as a whole word where it begins or ends with a letter.
 */
static void
refuse_word(const struct source *s, const char *text, const char *word, const char *rule,
            const char *what)
{
    size_t n = strlen(word);

    for (const char *p = strstr(text, word); p != NULL; p = strstr(p + 1, word)) {
        bool before = p == text || !is_word_char(word[0]) || !is_word_char(p[-1]);
        bool behind = !is_word_char(word[n - 1]) || !is_word_char(p[n]);

        if (before && behind) {
            found(s, (size_t)(p - text), rule, what);
        }
    }
}

static void
check_words(const struct source *s)
{
    const char *place = s->path + strlen("src/");
    bool app = starts(place, "app/");

    if (!starts(place, "http/html.")) {
        refuse_word(s, s->code, "(struct html){", "html",
                    "markup is made by http/html.c; write HTML(\"…\") or put()");
    }
    if (!starts(place, "http/")) {
        refuse_word(s, s->code, "(struct url){", "html",
                    "addresses are made by http/; write URL(\"…\"), url_fmt() or url_parse()");
    }
    if (app) {
        refuse_word(s, s->code, "double", "float", "money and time are whole numbers");
        refuse_word(s, s->code, "float", "float", "money and time are whole numbers");
        refuse_word(s, s->text.p, "\"SELECT ", "sql", "statements stand in the .sql file");
        refuse_word(s, s->text.p, "\"INSERT INTO ", "sql", "statements stand in the .sql file");
        refuse_word(s, s->text.p, "\"UPDATE ", "sql", "statements stand in the .sql file");
        refuse_word(s, s->text.p, "\"DELETE FROM ", "sql", "statements stand in the .sql file");
    }
    if ((app || starts(place, "store/") || starts(place, "base/") || starts(place, "archive/")) &&
        !starts(place, "base/log.")) {
        refuse_word(s, s->code, "log_line", "log", "return the fault; http, proc and cli log");
    }
    if (!starts(place, "guard/")) {
        refuse_word(s, s->code, ".right =", "route", "routes are written with GET and POST");
    }
    if (!starts(place, "base/time.")) {
        refuse_word(s, s->code, "clock_gettime(", "clock", "only base/time.c reads a clock");
        refuse_word(s, s->code, "localtime_r(", "clock", "only base/time.c knows zones");
        refuse_word(s, s->code, "gettimeofday(", "clock", "only base/time.c reads a clock");
    }
}

/* --- shape ----------------------------------------------------------------------------------- */

static void
check_unfinished(const struct source *s)
{
    /* Put together here, so that this file does not find itself. */
    static const char *const words[] = {"TO"
                                        "DO",
                                        "FIX"
                                        "ME",
                                        "HA"
                                        "CK"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        refuse_word(s, s->text.p, words[i], "unfinished", "finish it, or write an issue");
    }
}

/* A C file opens with its name and what it is for. */
static void
check_opening(const struct source *s)
{
    char wanted[LINE_MAX_BYTES];

    snprintf(wanted, sizeof(wanted), "/* %s: ", s->path + folder_length(s->path));
    if (!starts(s->text.p, wanted)) {
        found(s, 0, "opening", "the file opens with its own name and what it is for");
    }
}

/* A function's body starts with "{" and ends with "}", each alone in the first column. */
static void
check_lengths(const struct source *s)
{
    int line = 1;
    int opened = 0;
    size_t at = 0;

    for (const char *p = s->code; *p != '\0'; p = strchrnul(p, '\n'), p += *p == '\n', line++) {
        if (starts(p, "{\n")) {
            opened = line;
            at = (size_t)(p - s->code);
        } else if (starts(p, "}\n") && opened > 0) {
            if (line - opened - 1 > FUNCTION_LINES) {
                found(s, at, "function-length", "a function has at most 100 lines");
            }
            opened = 0;
        }
    }
    if (line - 1 > FILE_LINES) {
        found(s, 0, "file-length", "a file has at most 800 lines");
    }
}

/* --- texts that people read ------------------------------------------------------------------ */

/* A literal that reads like a sentence or a heading: a capital, lower-case letters, then a blank
 * and another word; or any letter outside ASCII. Texts for people stand in po/. */
static bool
is_sentence(const char *p, size_t n)
{
    size_t words = 0;

    for (size_t i = 0; i < n; i++) {
        if ((unsigned char)p[i] == 0xC3) {
            return true;
        }
        words += p[i] == ' ' && i + 1 < n && islower((unsigned char)p[i + 1]);
    }
    return n > 8 && isupper((unsigned char)p[0]) && islower((unsigned char)p[1]) && words > 0;
}

static void
check_texts(const struct source *s)
{
    const char *place = s->path + strlen("src/");

    bool served = starts(place, "app/") || starts(place, "guard/") || starts(place, "http/");

    /* The demo's contents are data, in one language, as an agency would have typed them. */
    if (!served || starts(place, "app/demo/")) {
        return;
    }
    for (const char *p = strchr(s->code, '"'); p != NULL; p = strchr(p + 1, '"')) {
        const char *end = strchr(p + 1, '"');
        size_t at = (size_t)(p - s->code);

        if (end == NULL) {
            break;
        }
        if (is_sentence(s->text.p + at + 1, (size_t)(end - p) - 1)) {
            found(s, at, "text", "what people read stands in po/, under a key");
        }
        p = end;
    }
}

/* --- all of it ------------------------------------------------------------------------------- */

static void
check_file(const char *path)
{
    struct source s = {.path = path, .text = read_file(path)};

    s.code = blank(&s.text);
    check_unfinished(&s);
    check_lengths(&s);
    if (starts(path, "src/") && (ends(path, ".c") || ends(path, ".h"))) {
        check_opening(&s);
        check_includes(&s);
        check_words(&s);
        check_texts(&s);
    }
    free(s.code);
    free(s.text.p);
}

int
main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--rules") == 0) {
        puts("arrow\nclock\nfile-length\nfloat\nfunction-length\ngenerated\nhtml\nlog\nneighbour\n"
             "opening\nroute\nsql\ntext\nunfinished");
        return 0;
    }
    if (argc < 3) {
        die("lint", 0, "usage: lint ROOT FILE...");
    }
    if (chdir(argv[1]) != 0) {
        die(argv[1], 0, "cannot go there: %s", strerror(errno));
    }
    for (int i = 2; i < argc; i++) {
        check_file(argv[i]);
    }
    return findings > 0;
}
