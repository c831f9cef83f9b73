/* Passwords that others use too, and passwords that must pass. */
#include "guard/common.h"

static struct arena *mem;

static void
expect(enum common_why why, const char *password)
{
    static const struct str context[] = {STR("mara.tannhof"), STR("Mara"),   STR("Tannhof"),
                                         STR("Lindenkai"),    STR("kontor"), STR("")};
    const enum common_why got = common_password(mem, str_of(password), context, 6);

    if (got != why) {
        FAIL_TEST("%s: %d, not %d", password, (int)got, (int)why);
    }
    arena_reset(mem);
}

static void
test_words(void **state)
{
    static const char *const refused[] = {
        "passwort",         "Passwort123",    "P4ssw0rt!",      "PASSWORTPASSWORT",
        "sommer2026",       "Sommer!2026",    "SommerWinter26", "ichliebedich",
        "meinPasswort1",    "rechnung-2026",  "iloveyou",       "letmein12345678",
        "Schatz Schatz 99", "München1972",    "bayernmünchen",  "AdminAdmin1234",
        "willkommen2026!",  "2026Urlaub2027", "b@seb@ll",       "h4ll0w3lt",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        expect(COMMON_WORDS, refused[i]);
    }
}

static void
test_walks_and_repeats(void **state)
{
    (void)state;
    expect(COMMON_WALK, "qwertzuiop");
    expect(COMMON_WALK, "qwertyuiopasdfgh");
    expect(COMMON_WALK, "1q2w3e4r5t6z7u8i");
    expect(COMMON_WALK, "123456789012345");
    expect(COMMON_WALK, "abcdefghijklmno");
    expect(COMMON_WALK, "mnbvcxylkjhgfdsa");
    expect(COMMON_REPEAT, "aaaaaaaaaaaaaaa");
    expect(COMMON_REPEAT, "xK7xK7xK7xK7xK7");
    expect(COMMON_REPEAT, "gHt%R2wgHt%R2wgHt%R2w");
}

static void
test_context(void **state)
{
    (void)state;
    expect(COMMON_CONTEXT, "Tannhof2026");
    expect(COMMON_CONTEXT, "maratannhof1984");
    expect(COMMON_CONTEXT, "Lindenkai!Lindenkai");
    expect(COMMON_CONTEXT, "kontor-passwort-1");
    expect(COMMON_NOT, "Tannhof Nebelhorn Krabbe"); /* a name among words that are none of ours */
}

static void
test_passes(void **state)
{
    static const char *const good[] = {
        "correct horse battery staple",
        "Nebelhorn Förde vier Krabben",
        "Zwölf Boxkämpfer jagen",
        "kT7#pQ2!xW9z",
        "9f1c-77aa-03be-d1e4",
        "Mein Hund frisst keine Möhren",
        "ab 83920 19283 75 61",
        "Гусь плывёт по реке",
        /* More letters than are read as words: nobody guesses that by a list. */
        "Nebelhorn Foerde vier Krabben an der Mole und ein Kutter ohne Netz vor dem Leuchtturm wo "
        "Wellen gegen Steine laufen bis alle Boote vom Fang heimkehren und der Hafen wieder voller "
        "Lichter ist",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        expect(COMMON_NOT, good[i]);
    }
}

/* Nothing that can be typed may take it off its feet. */
static void
test_odd_input(void **state)
{
    char longest[513];

    (void)state;
    expect(COMMON_NOT, "");
    memset(longest, 'z', 512);
    longest[512] = '\0';
    expect(COMMON_REPEAT, longest);
    for (size_t i = 0; i < 512; i++) {
        longest[i] = (char)('a' + (i * i * 7 + i * 3) % 26);
    }
    (void)common_password(mem, str_of(longest), NULL, 0);
}

static int
setup(void **state)
{
    (void)state;
    mem = arena_new(16 * 1024 * 1024);
    return 0;
}

static int
teardown(void **state)
{
    (void)state;
    arena_free(mem);
    return 0;
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),     cmocka_unit_test(test_walks_and_repeats),
        cmocka_unit_test(test_context),   cmocka_unit_test(test_passes),
        cmocka_unit_test(test_odd_input),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
