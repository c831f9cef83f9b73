/* status.c: what master knows of itself and its processes, as JSON: `kontor doctor --json` prints
 * it. */
#include "proc/master_own.h"

static void
put_json_text(FILE *o, const char *s)
{
    (void)fputc('"', o);
    for (; *s != '\0'; s++) {
        unsigned char ch = (unsigned char)*s;
        if (ch == '"' || ch == '\\') {
            (void)fputc('\\', o);
        }
        (void)fputc(ch < 0x20 || ch > 0x7e ? '?' : ch, o);
    }
    (void)fputc('"', o);
}

static void
put_processes(FILE *o, const struct master *m)
{
    const char *comma = "";
    for (const struct proc *p = m->procs; p != NULL; p = p->next) {
        (void)fprintf(
            o, "%s{\"role\":\"%s\",\"pid\":%d,\"ready\":%s,\"level\":\"%c\",\"workspace\":", comma,
            role_name(p->role), p->pid, p->is_ready ? "true" : "false",
            !p->is_ready ? '?' : isolate_level_of(m, p->walls == WALLS_HOLD));
        if (p->live != NULL) {
            (void)fprintf(o, "%lld", (long long)p->live->workspace);
        } else {
            (void)fputs(p->role == R_SYSTEM ? "0" : "null", o);
        }
        (void)fputs(",\"probe\":", o);
        put_json_text(o, p->probe);
        (void)fputc('}', o);
        comma = ",";
    }
}

static void
put_quarantined(FILE *o, const struct master *m)
{
    const char *comma = "";
    for (const struct live *lv = m->lives; lv != NULL; lv = lv->next) {
        if (lv->deaths.too_many) {
            (void)fprintf(o, "%s%lld", comma, (long long)lv->workspace);
            comma = ",";
        }
    }
}

/* Where copies go, as it was read at the start. */
static void
put_targets(FILE *o, const struct master *m)
{
    static struct conf_target targets[CONF_TARGETS];
    const size_t n = conf_targets(&m->conf, m->dir, targets);
    for (size_t i = 0; i < n; i++) {
        (void)fprintf(o, "%s\"%s\":\"%s\"", i > 0 ? "," : "", targets[i].name, targets[i].mark);
    }
}

char *
status_json(const struct master *m)
{
    char *text = NULL;
    size_t n = 0;
    FILE *o = open_memstream(&text, &n);
    if (o == NULL) {
        loop_die("memory");
    }
    char stamp[32];
    struct str now = instant_print(time_now(), stamp);
    (void)fprintf(o, "{\"pid\":%d,\"now\":\"%.*s\",\"upSeconds\":%lld,\"testBuild\":%s,", getpid(),
                  STR_FMT(now), (long long)(loop_now(m->loop) - m->started_us) / 1000000,
                  time_is_test_build() ? "true" : "false");
    (void)fprintf(o, "\"clock\":\"%s\",", clock_word(m));
    (void)fprintf(o, "\"level\":\"%c\",\"root\":%s,\"uids\":%s,\"network\":%s,\"networkWhy\":",
                  isolate_level(m), m->iso.is_root ? "true" : "false",
                  m->iso.uids ? "true" : "false", m->iso.netns ? "true" : "false");
    put_json_text(o, m->iso.netns_why);
    (void)fputs(",\"listen\":", o);
    put_json_text(o, m->conf.listen);
    (void)fputs(",\"operatorListen\":", o);
    put_json_text(o, m->conf.operator_listen);
    (void)fputs(",\"processes\":[", o);
    put_processes(o, m);
    (void)fputs("],\"quarantined\":[", o);
    put_quarantined(o, m);
    (void)fputs("],\"targets\":{", o);
    put_targets(o, m);
    (void)fputs("}}", o);
    if (fclose(o) != 0) {
        loop_die("memory");
    }
    return text;
}
