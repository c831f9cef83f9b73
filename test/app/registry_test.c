/* registry_test.c: the commands of the registry as the command line gets them: the list of all
 * workspaces is answered whole, however many there are. */
#include "app/registry/registry.h"

#include <jansson.h>

#include "base/wire.h"
#include "guard/call.h"
#include "http/command.h"
#include "rig.h"

enum { MANY = 550 }; /* the list of so long names does not fit into a frame */
#define LONG_NAME                                                                                  \
    "Agentur für Gestaltung, Beratung, Werbung, Messebau, Druck, Film, Ton und Fotografie am "    \
    "alten Hafen"

static struct rig *rig;
static uint8_t in_buf[FRAME_MAX], out_buf[FRAME_MAX];

static int
setup(void **state)
{
    const int rc = rig_setup_of(state, SCHEMA_SYSTEM);
    rig = *state;
    return rc;
}

/* An answer larger than any that may be. */
static enum rc
run_huge(struct wtx *tx, json_t *in, json_t *out)
{
    (void)tx;
    (void)in;
    char *text = malloc(COMMAND_ANSWER_MAX);
    assert_non_null(text);
    memset(text, 'x', COMMAND_ANSWER_MAX);
    const int bad = json_object_set_new(out, "text", json_stringn(text, COMMAND_ANSWER_MAX));
    free(text);
    return bad == 0 ? OK : RC_BROKEN;
}

static const struct command huge_commands[] = {
    {"huge", EVENT_NOTHING, run_huge}
};
static const struct domain huge_domain = {
    .name = "huge", .commands = huge_commands, .n_commands = 1};

/* The result's class; its JSON in *ret_json, from the frame or beside it. */
static int64_t
ask(const char *name, const char *json, struct frame *ret_f, json_t **ret_json, bool *ret_beside)
{
    static const struct domain *const domains[] = {&registry_domain, &huge_domain};
    const struct gate g = {.store = rig->store, .domains = domains, .n_domains = 2};
    struct frame_out f;
    struct frame_out out = {.p = out_buf, .cap = sizeof out_buf};
    struct frame in;
    struct bytes body;
    int64_t rc = RC_BROKEN;
    int fd;
    frame_begin(&f, in_buf, sizeof in_buf, W_COMMAND, 7);
    frame_put_str(&f, W_F_NAME, str_of(name));
    frame_put_str(&f, W_F_BODY, str_of(json));
    assert_ok(frame_parse(f.p, f.n, &in));
    command_run(&g, rig->mem, &in, &out, &fd);
    assert_false(out.full);
    assert_ok(frame_parse(out.p, out.n, ret_f));
    assert_int_equal(ret_f->id, 7);
    assert_ok(frame_get_i64(ret_f, W_F_RC, &rc));
    struct str text = frame_get(ret_f, W_F_BODY);
    *ret_beside = fd >= 0;
    if (fd >= 0) {
        assert_null(text.p);
        assert_ok(body_fd_read(fd, COMMAND_ANSWER_MAX, rig->mem, &body));
        text = (struct str){(const char *)body.p, body.n};
        close(fd);
    }
    *ret_json = text.n > 0 ? json_loadb(text.p, text.n, 0, NULL) : NULL;
    arena_reset(rig->mem);
    return rc;
}

static void
the_list_of_many_workspaces_is_whole(void **state)
{
    struct frame f;
    json_t *j;
    bool beside;
    char json[300];
    (void)state;
    for (int i = 1; i <= MANY; i++) {
        (void)snprintf(json, sizeof json,
                       "{\"slug\":\"workspace-with-a-long-slug-%d\",\"name\":\"" LONG_NAME " %d\"}",
                       i, i);
        assert_int_equal(ask("workspace.add", json, &f, &j, &beside), OK);
        assert_false(beside);
        json_decref(j);
    }
    assert_int_equal(ask("workspace.list", "{}", &f, &j, &beside), OK);
    assert_true(beside);
    const json_t *rows = json_object_get(j, "rows");
    assert_int_equal(json_array_size(rows), MANY);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, MANY - 1), "name")),
                        LONG_NAME " 550");
    json_decref(j);
}

static void
an_answer_that_is_too_large_is_an_error(void **state)
{
    struct frame f;
    json_t *j;
    bool beside;
    (void)state;
    assert_int_equal(ask("huge", "{}", &f, &j, &beside), RC_LIMIT);
    assert_false(beside);
    assert_null(j);
    assert_str(frame_get(&f, W_F_CODE), "too_large");
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_list_of_many_workspaces_is_whole, setup, rig_teardown),
        cmocka_unit_test_setup_teardown(an_answer_that_is_too_large_is_an_error, setup,
                                        rig_teardown),
    };
    return cmocka_run_group_tests_name("app/registry", tests, NULL, NULL);
}
