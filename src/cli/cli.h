/* cli.h: what the verbs of `kontor` share: the command line, one connection to master, sentences in
 * the user's language, JSON. The command line opens no store: it asks the running server, or starts
 * the same processes for the one command. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <jansson.h>

#include "proc/conf.h"
#include "texts.gen.h"

enum { CLI_ARGS_MAX = 5, CLI_OPTIONS_MAX = 128, CLI_PATH_MAX = 1024 };

struct cli {
    char dir[CLI_PATH_MAX]; /* absolute */
    bool json;
    enum lang lang;
    const struct cli_verb *verb;
    struct {
        const char *name, *value;
    } options[CLI_OPTIONS_MAX];
    size_t n_options;
    const char *arg; /* the one word behind the verb, if the verb takes one */
    int sock;        /* connection to master, -1: none yet */
    int64_t started; /* pid of the master that we started for this command, or 0 */
    uint64_t next_id;
    void (*watch)(struct cli *c); /* twice a second while a server is at work; NULL: nobody */
    bool
        rescues_console; /* a master that we start leaves the console's store as it is until then */
    bool quiet;          /* cli_try: a refusal is not said, */
    char code[64];       /* its code is kept here */
};

struct cli_verb {
    const char *words;   /* "workspace add" */
    const char *options; /* "--slug= --name= --password-stdin": '=' takes a value */
    bool takes_arg;
    enum text help;
    enum rc (*run)(struct cli *c);
};

/* Tables of the nouns; each ends with a row without words. */
extern const struct cli_verb init_verbs[], serve_verbs[], workspace_verbs[], user_verbs[],
    transfer_verbs[], doctor_verbs[], rights_verbs[], clock_verbs[], key_verbs[], backup_verbs[],
    restore_verbs[], price_verbs[], charge_verbs[], incident_verbs[];

/* The value of an option, NULL when not given; "" for one without value. */
const char *cli_option(const struct cli *c, const char *name);
/* The same, or a usage fault in a sentence. */
MUST enum rc cli_need(struct cli *c, const char *name, const char **ret_value);

/* --- sentences: SAY(c, T_cli_done, "a", "b") fills {0} and {1} */
#define SAY(c, t, ...) cli_say((c), stdout, (t), (const char *const[CLI_ARGS_MAX + 1]){__VA_ARGS__})
void cli_say(const struct cli *c, FILE *to, enum text t, const char *const *args);
/* The sentence of a code on stderr (or its JSON), and rc back. */
enum rc cli_fail(struct cli *c, enum rc rc, const char *code, const char *detail);
/* Prints and frees. */
void cli_print_json(json_t *j);
/* A member's text, "" when there is none; lives as long as the row. */
const char *cli_text(const json_t *row, const char *key);
/* A member's number in digits, "0" when there is none: text, back. */
enum { CLI_NUMBER = 24 };
const char *cli_number(const json_t *row, const char *key, char text[static CLI_NUMBER]);

/* --- master */
/* One command: workspace ("0", "system", a slug), name, parameters (stolen; NULL: {}) -> result
 * (new reference). A refusal is said by cli_fail. */
MUST enum rc cli_call(struct cli *c, const char *workspace, const char *name, json_t *in,
                      json_t **ret_out);
/* The same without parameters, and without a word when it is refused: *ret_code is why, valid until
 * the next try. */
MUST enum rc cli_try(struct cli *c, const char *workspace, const char *name, json_t **ret_out,
                     const char **ret_code);
/* The same for a body that is no JSON (clock.set). */
MUST enum rc cli_call_text(struct cli *c, const char *workspace, const char *name, const char *body,
                           json_t **ret_out);
/* The same, and an open file goes along (stays ours). */
MUST enum rc cli_call_fd(struct cli *c, const char *name, int fd, json_t **ret_out);
/* The same about a workspace, with a body that is no JSON. */
MUST enum rc cli_call_file(struct cli *c, const char *workspace, const char *name, const char *body,
                           int fd, json_t **ret_out);
/* Milliseconds that a password hash of these parameters takes here; 0: not to be measured. */
int64_t cli_hash_ms(int64_t ops, int64_t mem_kib);
/* Is a server running for this installation? Connects if so, and never starts one. */
bool cli_is_running(struct cli *c);
/* Ends the connection, and the processes that were started for it. */
void cli_hang_up(struct cli *c);
/* The settings; faults are said. */
MUST enum rc cli_conf(struct cli *c, struct conf *ret_conf);

/* The address of a workspace as the running server serves it (its port may differ from the
 * settings). slug NULL: the operator console. */
MUST enum rc cli_origin(struct cli *c, const char *slug, char *buf, size_t cap);

/* One line of secret text from stdin, without its end of line; at most cap - 1 bytes. */
MUST enum rc cli_read_secret(struct cli *c, char *buf, size_t cap);

#endif
