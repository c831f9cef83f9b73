/* shelf.c: see shelf.h. */
#include "shelf.h"

#include "app/backup/catalogue.h"
#include "app/registry/registry.h"
#include "base/time.h"
#include "guard/audit.h"

struct rig *shelf_rig;
static const struct domain *const domains[] = {&backup_domain, &registry_domain};
struct instant shelf_now;

int
shelf_setup(void **state)
{
    const int rc = rig_setup_of(state, SCHEMA_SYSTEM);
    shelf_rig = *state;
    shelf_now = (struct instant){0};
    return rc == 0 && time_zone("Europe/Berlin") == OK ? 0 : -1;
}

void
shelf_at(const char *time)
{
    assert_ok(instant_parse(str_of(time), &shelf_now));
}

json_t *
shelf_ask(enum rc want, const char *name, const char *in)
{
    return rig_command(shelf_rig, domains, 2, shelf_now, want, name, in);
}

void
shelf_tell(const char *name, const char *in)
{
    json_decref(shelf_ask(OK, name, in));
}

const char *
shelf_listed(size_t n, const char *key)
{
    static char text[1000];
    json_t *out = shelf_ask(OK, "catalogue.list", "{\"workspace\": 3}");
    json_t *v = json_object_get(json_array_get(json_object_get(out, "rows"), n), key);
    char *s = v != NULL ? json_dumps(v, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    (void)snprintf(text, sizeof text, "%s", s != NULL ? s : "");
    free(s);
    json_decref(out);
    return text;
}

struct str
shelf_last_event_of(const char *kind)
{
    struct audit_entry *v;
    size_t n;
    struct rtx *tx = rig_look(shelf_rig);
    static char text[80];
    struct subject s = {kind, 0};
    text[0] = '\0';
    for (s.id = 1; s.id < 200; s.id++) {
        assert_ok(audit_history(tx, s, 1, &v, &n));
        if (n > 0) {
            (void)snprintf(text, sizeof text, "%.*s", STR_FMT(v[0].event));
        }
    }
    rig_end(shelf_rig);
    return str_of(text);
}

struct str
shelf_last_event(void)
{
    return shelf_last_event_of("backup_state");
}

void
shelf_keep(const char *id)
{
    char json[300];
    (void)snprintf(json, sizeof json,
                   "{\"workspace\": 3, \"id\": \"%s\", \"bytes\": 4711, \"hash\": \"" HASH "\"}",
                   id);
    shelf_tell("catalogue.kept", json);
}
