/* conf_test.c: kontor.conf: defaults, every kind of fault with its line, what a written file gives
 * back. */
#include "proc/conf.h"

#include <stdlib.h>

static enum rc
parse(const char *text, struct conf *c, struct config_fault *f)
{
    *f = (struct config_fault){0};
    config_defaults(conf_rows, conf_n_rows, c);
    return config_parse(str_of(text), conf_rows, conf_n_rows, c, f);
}

static void
defaults_hold_without_a_line(void **state)
{
    (void)state;
    struct conf c;
    struct config_fault f;
    assert_int_equal(parse("", &c, &f), OK);
    assert_string_equal(c.base_domain, "localhost");
    assert_string_equal(c.listen, "127.0.0.1:8443");
    assert_string_equal(c.accept_isolation, "B");
    assert_int_equal(c.worker_idle, 600);
    assert_int_equal(c.uid_base, 0);
}

static void
lines_are_read(void **state)
{
    (void)state;
    struct conf c;
    struct config_fault f;
    const char *text =
        "# a comment\n\n  base_domain =  kontor.example \r\nedges=3\nplain_socket = \n"
        "listen = [::1]:443";
    assert_int_equal(parse(text, &c, &f), OK);
    assert_string_equal(c.base_domain, "kontor.example");
    assert_int_equal(c.edges, 3);
    assert_string_equal(c.listen, "[::1]:443");
    assert_string_equal(c.plain_socket, "");
}

static void
faults_name_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int line;
        const char *key, *what;
    } rows[] = {
        {"edges = 1\nedgse = 2",     2, "edgse",            "unknown key"      },
        {"edges = 1\n\nedges = 1\n", 3, "edges",            "given twice"      },
        {"edges",                    1, "edges",            "no ="             },
        {"edges = many",             1, "edges",            "not a number"     },
        {"edges = 65",               1, "edges",            "out of bounds"    },
        {"edges = -1",               1, "edges",            "out of bounds"    },
        {"edges = 1 # one",          1, "edges",            "not a number"     },
        {"accept_isolation = AB",    1, "accept_isolation", "too long"         },
        {"base_domain = a\tb",       1, "base_domain",      "control character"},
        {"Edges = 1",                1, "Edges",            "unknown key"      },
        {"= 1",                      1, "",                 "unknown key"      },
        {"\x1b[2J = 1",              1, "2J",               "unknown key"      },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct conf c;
        struct config_fault f;
        assert_int_equal(parse(rows[i].text, &c, &f), RC_INVALID);
        assert_int_equal(f.line, rows[i].line);
        assert_string_equal(f.key, rows[i].key);
        assert_string_equal(f.what, rows[i].what);
    }
}

static void
a_file_has_a_bound(void **state)
{
    (void)state;
    static char text[CONFIG_FILE_MAX + 2];
    struct conf c;
    struct config_fault f = {0};
    memset(text, '\n', CONFIG_FILE_MAX);
    assert_int_equal(parse(text, &c, &f), OK);
    text[CONFIG_FILE_MAX] = '\n';
    assert_int_equal(parse(text, &c, &f), RC_INVALID);
    assert_string_equal(f.what, "too many lines");
    assert_int_equal(f.line, 0);
}

static void
every_key_is_at_its_bounds_allowed(void **state)
{
    (void)state;
    for (size_t i = 0; i < conf_n_rows; i++) {
        const struct config_row *r = &conf_rows[i];
        struct conf c;
        struct config_fault f;
        char text[700];
        assert_true(strlen(r->doc) > 20);
        if (r->type == CONFIG_INT) {
            (void)snprintf(text, sizeof text, "%s = %lld", r->name, (long long)r->max);
            assert_int_equal(parse(text, &c, &f), OK);
            (void)snprintf(text, sizeof text, "%s = %lld", r->name, (long long)r->max + 1);
        } else {
            assert_true(strlen(r->text) <= (size_t)r->max);
            (void)snprintf(text, sizeof text, "%s = %0*d", r->name, (int)r->max, 0);
            assert_int_equal(parse(text, &c, &f), OK);
            (void)snprintf(text, sizeof text, "%s = %0*d", r->name, (int)r->max + 1, 0);
        }
        assert_int_equal(parse(text, &c, &f), RC_INVALID);
    }
}

static void
a_written_file_reads_back(void **state)
{
    (void)state;
    char dir[] = "/tmp/kontor-conf-XXXXXX";
    char path[64];
    struct conf a;
    struct conf b;
    struct config_fault f;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/kontor.conf", dir);
    assert_int_equal(conf_load(path, &b, &f), RC_MISSING);
    config_defaults(conf_rows, conf_n_rows, &a);
    a.uid_base = 1900000000;
    (void)snprintf(a.base_domain, sizeof a.base_domain, "kontor.example");
    assert_int_equal(conf_save(path, &a), OK);
    assert_int_equal(conf_save(path, &a), RC_IO); /* never over a file */
    assert_int_equal(conf_load(path, &b, &f), OK);
    for (size_t i = 0; i < conf_n_rows; i++) {
        const struct config_row *r = &conf_rows[i];
        size_t n = r->type == CONFIG_INT ? sizeof(int64_t) : (size_t)r->max + 1;
        assert_memory_equal((const char *)&a + r->off, (const char *)&b + r->off, n);
    }
    assert_int_equal(unlink(path), 0);
    (void)snprintf(a.listen, sizeof a.listen, "nowhere");
    assert_int_equal(conf_save(path, &a), OK);
    assert_int_equal(conf_load(path, &b, &f), RC_INVALID);
    assert_string_equal(f.key, "listen");
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
}

static void
targets(void **state)
{
    (void)state;
    struct conf c;
    struct config_fault f;
    struct conf_target t[CONF_TARGETS];
    assert_int_equal(parse("", &c, &f), OK);
    assert_int_equal(conf_targets(&c, "/k", t), 0);
    assert_int_equal(
        parse("backup_target1 = folder:copies/1\nbackup_target3 = append:/srv/a:b\n", &c, &f), OK);
    assert_int_equal(conf_targets(&c, "/k", t), 2);
    assert_string_equal(t[0].name, "target1");
    assert_string_equal(t[0].path, "/k/copies/1");
    assert_false(t[0].appends);
    assert_string_equal(t[1].name, "target3");
    assert_string_equal(t[1].path, "/srv/a:b");
    assert_true(t[1].appends);
    assert_false(conf_reaches_out(&c));
#define HOSTKEY "SHA256:abcdefghijklmnopqrstuvwxyzABCDEFGHIJ0123+/9"
    assert_int_equal(parse("backup_target2 = sftp://kontor@copies.example:2222/srv/kontor\n"
                           "backup_hostkey2 = " HOSTKEY "\nbackup_sftp_key = /etc/kontor/sftp\n",
                           &c, &f),
                     OK);
    assert_true(conf_reaches_out(&c));
    assert_int_equal(conf_targets(&c, "/k", t), 1);
    assert_true(t[0].is_remote);
    assert_false(t[0].appends);
    assert_string_equal(t[0].user, "kontor");
    assert_string_equal(t[0].host, "copies.example");
    assert_int_equal(t[0].port, 2222);
    assert_string_equal(t[0].path, "/srv/kontor");
    assert_string_equal(t[0].hostkey, HOSTKEY);
    assert_int_equal(parse("backup_target1 = sftp-append://k@192.0.2.7/a/b\n"
                           "backup_hostkey1 = " HOSTKEY "\nbackup_sftp_key = /etc/kontor/sftp\n",
                           &c, &f),
                     OK);
    assert_int_equal(conf_targets(&c, "/k", t), 1);
    assert_true(t[0].is_remote);
    assert_true(t[0].appends);
    assert_int_equal(t[0].port, 22);
}

/* Values of the right length that mean nothing stop the start and name their key. */
static void
values_that_mean_nothing(void **state)
{
    (void)state;
    static const struct {
        const char *text, *key;
    } rows[] = {
        {"base_domain = Nord.example\n",                                         "base_domain"       },
        {"base_domain = nord.example.\n",                                        "base_domain"       },
        {"listen = localhost:8443\n",                                            "listen"            },
        {"operator_listen = 127.0.0.1\n",                                        "operator_listen"   },
        {"accept_isolation = D\n",                                               "accept_isolation"  },
        {"master_key = keys/master.key\n",                                       "master_key"        },
        {"smtp_host = mail.kontor.example\n",                                    "mail_from"         },
        {"smtp_host = mail.kontor.example\nmail_from = kontor\n",                "mail_from"         },
        {"smtp_password_file = password\n",                                      "smtp_password_file"},
        {"smtp_ca = ca.pem\n",                                                   "smtp_ca"           },
        {"backup_target1 = copies/1\n",                                          "backup_target1"    },
        {"backup_target2 = folder:\n",                                           "backup_target2"    },
        {"backup_target3 = sftp:host\n",                                         "backup_target3"    },
        {"backup_target3 = sftp://host/srv\n",                                   "backup_target3"    },
        {"backup_target3 = sftp://k@host\n",                                     "backup_target3"    },
        {"backup_target3 = sftp://k@host/\n",                                    "backup_target3"    },
        {"backup_target3 = sftp://k@host/a b\n",                                 "backup_target3"    },
        {"backup_target3 = sftp://k@host/a%20b\n",                               "backup_target3"    },
        {"backup_target3 = sftp://k:word@host/srv\n",                            "backup_target3"    },
        {"backup_target3 = sftp://k@host:0/srv\n",                               "backup_target3"    },
        {"backup_target3 = sftp://k@host:70000/srv\n",                           "backup_target3"    },
        {"backup_target3 = sftp://@host/srv\n",                                  "backup_target3"    },
        {"backup_target3 = sftp://k@host/srv\n",                                 "backup_hostkey3"   },
        {"backup_target3 = sftp://k@host/srv\nbackup_hostkey3 = " HOSTKEY "=\n", "backup_hostkey3"   },
        {"backup_target3 = sftp://k@host/srv\nbackup_hostkey3 = MD5:00:11\n",    "backup_hostkey3"   },
        {"backup_target3 = sftp://k@host/srv\nbackup_hostkey3 = " HOSTKEY "\n",  "backup_sftp_key"   },
        {"backup_target3 = sftp://k@host/srv\nbackup_hostkey3 = " HOSTKEY
         "\nbackup_sftp_key = sftp\n",                                  "backup_sftp_key"   },
    };
    char path[] = "/tmp/kontor-conf-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct conf c;
        struct config_fault f = {0};
        const ssize_t n = (ssize_t)strlen(rows[i].text);
        assert_int_equal(ftruncate(fd, 0), 0);
        assert_int_equal(pwrite(fd, rows[i].text, (size_t)n, 0), n);
        assert_int_equal(conf_load(path, &c, &f), RC_INVALID);
        assert_string_equal(f.key, rows[i].key);
        assert_true(strncmp(f.what, "not ", 4) == 0);
    }
    close(fd);
    assert_int_equal(unlink(path), 0);
}

static void
addresses_and_domains(void **state)
{
    (void)state;
    struct listen_address a;
    static const char *const good[] = {"127.0.0.1:1", "0.0.0.0:65535", "[::]:443",
                                       "[fe80::1]:8443"};
    static const char *const bad[] = {
        "",
        "8443",
        ":8443",
        "localhost:8443",
        "1.2:0",
        "127.0.0.1:0",
        "127.0.0.1:65536",
        "127.0.0.1:",
        "1.2.3",
        "127.0.0.1:8443 ",
        "[::1:8443",
        "[00000000000000000000000000000000000000000000000000000000000"
        "00000000000000000000000000000000000000000000000000001]:8443"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_int_equal(listen_address_parse(str_of(good[i]), &a), OK);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(listen_address_parse(str_of(bad[i]), &a), RC_INVALID);
    }
    assert_true(domain_is_valid(STR("localhost")));
    assert_true(domain_is_valid(STR("a-1.kontor.example")));
    assert_false(domain_is_valid(STR("")));
    assert_false(domain_is_valid(STR("Nord.example")));
    assert_false(domain_is_valid(STR("nord..example")));
    assert_false(domain_is_valid(STR("-nord.example")));
    assert_false(domain_is_valid(STR("nord-.example")));
    assert_false(domain_is_valid(STR("nord.example.")));
    assert_false(domain_is_valid(STR("n\xc3\xb6rd.example")));
}

/* A new installation has no network at all; a mail server of its own, or leave for those of the
 * workspaces, opens it. */
static void
reaches_outside_only_when_told(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool reaches;
    } rows[] = {
        {"",                                false},
        {"workspace_mail = 0",              false},
        {"smtp_host = ",                    false},
        {"mail_from = post@kontor.example", false},
        {"workspace_mail = 1",              true },
        {"smtp_host = mail.kontor.example", true },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct conf c;
        struct config_fault f;
        assert_int_equal(parse(rows[i].text, &c, &f), OK);
        assert_int_equal(conf_reaches_out(&c), rows[i].reaches);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_without_a_line),
        cmocka_unit_test(lines_are_read),
        cmocka_unit_test(faults_name_their_line),
        cmocka_unit_test(a_file_has_a_bound),
        cmocka_unit_test(every_key_is_at_its_bounds_allowed),
        cmocka_unit_test(a_written_file_reads_back),
        cmocka_unit_test(targets),
        cmocka_unit_test(values_that_mean_nothing),
        cmocka_unit_test(addresses_and_domains),
        cmocka_unit_test(reaches_outside_only_when_told),
    };
    return cmocka_run_group_tests_name("proc/conf", tests, NULL, NULL);
}
